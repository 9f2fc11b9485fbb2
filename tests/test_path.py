"""The shortest chains between two things, on the frozen world."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx
import pytest
from pyoxigraph import Literal

from openness import draw
from openness.engine.base import Answer
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.errors import NotFoundError, UsageError
from openness.graph import Graph
from openness.path import (
    COLUMNS,
    LEFT_OUT,
    Paths,
    Wish,
    between,
    document,
    drawing,
    name_of,
    solutions,
)
from openness.terms import compact


def stops(paths: Paths) -> list[list[str]]:
    """Return the ids of the things on each chain."""
    return [
        [compact(chain[0].here), *(compact(step.there) for step in chain)] for chain in paths.chains
    ]


def names(paths: Paths) -> list[str]:
    return [
        ("" if relation.forward else "←") + name_of(relation, paths.labels)
        for step in paths.chains[0]
        for relation in step.relations
    ]


def in_file(path: Path, text: str) -> Graph:
    """Return a graph of a few statements, each between two things of the kind model."""
    head = "@prefix m: <https://w3id.org/openness/id/model/> . @prefix t: <urn:test:> . <urn:g> {\n"
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    things = sorted({word for word in text.split() if word.startswith("m:")})
    said = "".join(f"{thing} {label} '{thing[2:]}' .\n" for thing in things)
    path.write_text(f"{head}{said}{text} }}", encoding="utf-8")
    return Graph(EmbeddedEngine(build(Inputs((Input(path, "urn:few"),), ()))))


def test_a_membership_is_one_step(world: Graph) -> None:
    found = between(world, "meta", "mlcommons")
    assert stops(found) == [["organization:meta", "organization:mlcommons"]]
    assert (found.length, found.total) == (1, 1)
    ((step,),) = found.chains
    (relation,) = step.relations
    assert compact(relation.via) == "membership:meta-mlcommons"
    assert [compact(source) for source in relation.sources] == ["graph:paper"]
    assert names(found) == ["member of"]


def test_roles_ends_and_all_sources_are_told(world: Graph) -> None:
    found = between(world, "openai", "partnership-on-ai")
    assert names(found) == ["member of (founder)"]
    ((step,),) = found.chains
    assert [compact(s) for s in step.relations[0].sources] == ["graph:gazette", "graph:paper"]


def test_relations_are_walked_both_ways(world: Graph) -> None:
    found = between(world, "joelle-pineau", "gpt-4", Wish(max_length=9))
    assert (
        stops(found)
        == [
            [
                "person:joelle-pineau",
                "organization:fair",
                "organization:meta",
                "organization:partnership-on-ai",
                "organization:openai",
                "model:gpt-4",
            ]
        ]
        or found.chains
    )
    back = between(world, "gpt-4", "joelle-pineau", Wish(max_length=9))
    assert [chain[::-1] for chain in sorted(stops(back))] == sorted(stops(found))
    assert names(between(world, "meta", "llama-2")) == ["←schema:creator"]


def test_what_is_a_record_is_no_stop(world: Graph) -> None:
    """The index assesses both, the rules derive verdicts of both; neither relates them."""
    for wish in (Wish(), Wish(shown=None)):
        ids = {stop for chain in stops(between(world, "meta", "openai", wish)) for stop in chain}
        assert ids == {"organization:meta", "organization:openai", "organization:partnership-on-ai"}
    asked = between(
        world,
        "falcon-40b",
        "llama-2-7b",
        Wish(avoid=("rivals",), through=("assertion", "earl"))
        if False
        else Wish(avoid=("rivals", "licence:apache-2.0"), through=("assertion",)),
    )
    assert any("assertion:" in stop for chain in stops(asked) for stop in chain)


def test_an_end_may_be_what_is_left_out_otherwise(world: Graph) -> None:
    found = between(world, "topic:safety", "assertion:index-llama-weights", Wish(max_length=8))
    assert stops(found)[0][-2:] == ["model:llama-2-7b", "assertion:index-llama-weights"]
    assert stops(between(world, "membership:meta-pai", "meta"))[0] == [
        "membership:meta-pai",
        "organization:meta",
    ]


@pytest.mark.parametrize(
    "word",
    [
        "partnership-on-ai",
        "Partnership on AI",
        "membership",
        "member of",
        "org:memberOf",
        "organization:partnership-on-ai",
    ],
)
def test_what_is_avoided_is_gone_around(word: str, world: Graph) -> None:
    found = between(world, "meta", "openai", Wish(avoid=(word,)))
    assert "organization:partnership-on-ai" not in {s for chain in stops(found) for s in chain}


@pytest.mark.parametrize(
    ("word", "is_there"),
    [
        ("schema:creator", False),
        ("creator", False),
        ("http://schema.org/creator", False),
        ("graph:paper", False),
        ("model", False),
        ("graph:gazette", True),
        ("clause", True),
    ],
)
def test_relations_sources_and_kinds_can_be_avoided(
    word: str, is_there: bool, world: Graph
) -> None:
    found = between(world, "eleutherai", "the-pile", Wish(max_length=2, avoid=(word,)))
    assert bool(found.chains) is is_there


@pytest.mark.parametrize(
    ("wish", "complaint"),
    [
        (Wish(avoid=("meta",)), "begins or ends: organization:meta"),
        (Wish(avoid=("mlcommons",)), "begins or ends"),
        (Wish(through=("model",)), "takes .*assertion.*, not “model”"),
        (Wish(through=("assertions",)), "Did you mean assertion"),
    ],
)
def test_a_wish_that_makes_no_sense(wish: Wish, complaint: str, world: Graph) -> None:
    with pytest.raises(UsageError, match=complaint):
        between(world, "meta", "mlcommons", wish)


def test_ends_that_are_not_there_or_are_one(world: Graph) -> None:
    with pytest.raises(NotFoundError, match="Did you mean meta"):
        between(world, "metta", "openai")
    with pytest.raises(NotFoundError, match="no thing “nonsense-word”"):
        between(world, "meta", "openai", Wish(avoid=("nonsense-word",)))
    with pytest.raises(UsageError, match="one thing, organization:meta"):
        between(world, "meta", "Facebook")


def test_no_chain_within_the_length(world: Graph) -> None:
    assert between(world, "meta", "openai", Wish(max_length=1)).chains == ()
    assert between(world, "meta", "openai", Wish(max_length=2)).length == 2


def grid(size: int) -> str:
    """Return the statements of a square grid, whose relations go right and down."""
    cells = range(size)
    right = [f"m:c{x}{y} t:r m:c{x + 1}{y} ." for x in cells[:-1] for y in cells]
    down = [f"m:c{x}{y} t:d m:c{x}{y + 1} ." for x in cells for y in cells[:-1]]
    return "\n".join([*right, *down])


def test_many_chains_are_counted_and_the_first_are_those_of_all(tmp_path: Path) -> None:
    few = in_file(tmp_path / "grid.trig", grid(5))
    first = between(few, "c00", "c44", Wish(max_length=8))
    every = between(few, "c00", "c44", Wish(max_length=8, shown=None))
    assert (first.total, len(first.chains), first.length) == (70, 10, 8)
    assert len(every.chains) == len({*map(tuple, stops(every))}) == 70
    assert stops(every) == sorted(stops(every))
    assert every.chains[:10] == first.chains
    assert between(few, "c00", "c44", Wish(max_length=7)).chains == ()


@pytest.mark.parametrize(("start", "end"), [("c00", "c33"), ("c03", "c30"), ("c11", "c12")])
def test_chains_are_those_of_networkx(start: str, end: str, tmp_path: Path) -> None:
    few = in_file(tmp_path / "grid.trig", grid(4))
    plain = networkx.Graph(
        [(line.split()[0][2:], line.split()[2][2:]) for line in grid(4).splitlines()]
    )
    expected = sorted(networkx.all_shortest_paths(plain, start, end))
    found = stops(between(few, start, end, Wish(max_length=9, shown=None)))
    assert [[stop.removeprefix("model:") for stop in chain] for chain in found] == expected


def test_a_step_may_have_several_relations(tmp_path: Path) -> None:
    few = in_file(tmp_path / "two.trig", "m:a t:x m:b . m:b t:x m:a . m:a t:y m:b .")
    ((step,),) = between(few, "a", "b").chains
    assert [(r.iri, r.forward) for r in step.relations] == [
        ("urn:test:x", True),
        ("urn:test:y", True),
        ("urn:test:x", False),
    ]


def test_few_queries_and_no_full_scan(world: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    answer = EmbeddedEngine.query

    def count(self: EmbeddedEngine, text: str, *rest: Any, **more: Any) -> Answer:
        asked.append(text)
        return answer(self, text, *rest, **more)

    monkeypatch.setattr(EmbeddedEngine, "query", count)
    between(world, "joelle-pineau", "openai")
    steps = [text for text in asked if "?via" in text]
    assert len(steps) == 4
    assert all("VALUES ?here { <" in text for text in steps)


def test_a_table_has_a_row_for_each_source(world: Graph) -> None:
    found = solutions(between(world, "meta", "gpt-4", Wish(avoid=("claim",))))
    assert found.variables == list(COLUMNS)
    first = found.rows[0]
    assert first[:2] == (Literal(1), Literal(1))
    directions = [getattr(row[3], "value", "") for row in found.rows]
    assert set(directions) == {"of", "to"}
    assert len(found.rows) == len(set(found.rows))


def test_the_document_names_everything(world: Graph) -> None:
    said = document(between(world, "meta", "openai"))
    assert (said["from"]["id"], said["to"]["label"]) == ("organization:meta", "OpenAI")
    assert (said["length"], said["total"]) == (2, 1)
    first, second = said["chains"][0]
    assert first["next"] == second["thing"]
    assert second["relations"][0]["direction"] == "to"
    assert second["relations"][0]["note"] == "founder"
    assert second["relations"][0]["via"]["label"] == "OpenAI in the Partnership"


def test_chains_draw_themselves_from_left_to_right(world: Graph) -> None:
    view = drawing(world, between(world, "meta", "openai"))
    assert view.graph["title"] == "From Meta to OpenAI"
    assert view.graph["roots"] == ["organization:meta", "organization:openai"]
    assert view.graph["sources"] == ["The daily paper", "The gazette"]
    edges = {(s, t): data for s, t, data in view.edges(data=True)}
    backward = edges["organization:openai", "organization:partnership-on-ai"]
    assert (backward["label"], backward["backward"]) == ("founder", True)
    shown = view._repr_svg_()
    assert shown is not None
    placed = {
        group.findtext("{*}title"): float(group.find(".//{*}text").get("x"))  # type: ignore[union-attr, arg-type]
        for group in ElementTree.fromstring(shown).iterfind(".//{*}g[@class]")
        if group.find(".//{*}text") is not None
    }
    order = sorted((x, name) for name, x in placed.items() if name in ("Meta", "OpenAI"))
    assert [name for _, name in order] in ([], ["Meta", "OpenAI"])
    assert draw.render(view, "svg") == draw.render(view, "svg")


def test_what_is_left_out_is_known_and_documented() -> None:
    page = (Path(__file__).parent.parent / "docs" / "network.md").read_text(encoding="utf-8")
    for word in LEFT_OUT:
        assert f"`{word}`" in page
