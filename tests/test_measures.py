"""Measures of networks: against small graphs whose answer is plain, and what a header may say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from openness import measures, queries
from openness.engine.base import Cell, Solutions
from openness.errors import BrokenFileError, UsageError
from openness.graph import Graph
from openness.measures import MEASURES, Measure, answer


def edges(text: str) -> Solutions:
    """Return `a-b b-c` as rows of things."""
    pairs = [pair.split("-") for pair in text.split()]
    return Solutions(["s", "o"], [(NamedNode(f"urn:{s}"), NamedNode(f"urn:{o}")) for s, o in pairs])


def measured(function: str, text: str, **options: str) -> list[tuple[str, ...]]:
    """Return the rows of a measure as text."""
    columns = tuple("abcdef"[: len(MEASURES[function].columns)])
    measure = Measure(function, ("s", "o"), options, columns)
    found = answer(measure, edges(text), {})
    assert tuple(found.variables) == columns
    return [tuple(written(cell) for cell in row) for row in found.rows]


def written(cell: Cell) -> str:
    return str(getattr(cell, "value", "")).removeprefix("urn:")


STAR = "a-m b-m c-m d-m"
TWO_TRIANGLES = "a-b b-c c-a c-x x-y y-z z-x"


def test_betweenness_is_the_share_of_shortest_ways() -> None:
    assert measured("centrality", STAR)[0] == ("m", "1", "4")
    assert measured("centrality", "a-b b-c c-d") == [
        ("b", "0.666667", "2"),
        ("c", "0.666667", "2"),
        ("a", "0", "1"),
        ("d", "0", "1"),
    ]


def test_other_centralities() -> None:
    assert measured("centrality", STAR, by="degree")[:2] == [("m", "1", "4"), ("a", "0.25", "1")]
    assert measured("centrality", STAR, by="closeness")[0] == ("m", "1", "4")
    assert measured("centrality", STAR, by="reach")[0] == ("m", "4", "4")
    assert measured("centrality", "a-b b-c", by="reach") == [
        ("c", "2", "1"),
        ("b", "1", "2"),
        ("a", "0", "1"),
    ]


def test_pagerank_solves_its_equation() -> None:
    """On a star all weight of the rays flows to the middle, and what the middle has, to all."""
    ((_, middle, _), (_, ray, _), *_) = measured("centrality", STAR, by="pagerank")
    base = 0.15 / 5 + 0.85 * float(middle) / 5
    assert float(ray) == pytest.approx(base, abs=2e-6)
    assert float(middle) == pytest.approx(base + 0.85 * 4 * float(ray), abs=1e-5)
    assert sum(float(row[1]) for row in measured("centrality", STAR, by="pagerank")) == (
        pytest.approx(1, abs=1e-5)
    )


@pytest.mark.parametrize("by", ["greedy", "louvain"])
def test_communities(by: str) -> None:
    rows = measured("communities", TWO_TRIANGLES, by=by)
    assert rows == [
        ("1", "a", "2", "0"),
        ("1", "b", "2", "0"),
        ("1", "c", "2", "1"),
        ("2", "x", "2", "1"),
        ("2", "y", "2", "0"),
        ("2", "z", "2", "0"),
    ]


def test_bridges_keep_their_direction() -> None:
    assert measured("bridges", TWO_TRIANGLES) == [("c", "x", "3")]
    assert measured("bridges", "b-a c-b") == [("b", "a", "1"), ("c", "b", "1")]
    assert measured("bridges", "a-b b-a") == [("a", "b", "1")], "two relations of a pair are one"


def test_cut_points() -> None:
    assert measured("cut-points", TWO_TRIANGLES) == [("c", "2", "2"), ("x", "2", "2")]
    assert measured("cut-points", STAR) == [("m", "4", "3")]


def test_components_and_distances() -> None:
    assert measured("components", "a-b x-y y-z") == [
        ("1", "x", "3"),
        ("1", "y", "3"),
        ("1", "z", "3"),
        ("2", "a", "2"),
        ("2", "b", "2"),
    ]
    start = "urn:c"
    assert measured("distances", "a-b b-c x-y", start=start) == [("b", "1"), ("a", "2")]
    assert measured("distances", "a-b", start="urn:elsewhere") == []


@pytest.mark.parametrize("function", MEASURES)
def test_no_edges_are_no_rows_and_a_loop_is_none(function: str) -> None:
    options = {"start": "urn:a"} if function == "distances" else {}
    assert measured(function, "", **options) == []
    looped = measured(function, "a-a", **options)
    assert all("a" in row for row in looped)


def test_what_is_no_thing_is_no_end() -> None:
    thing = NamedNode("urn:a")
    rows: list[tuple[Cell, ...]] = [(thing, None), (thing, Literal("x")), (BlankNode("b"), thing)]
    measure = Measure("components", ("s", "o"), {}, ("a", "b", "c"))
    assert answer(measure, Solutions(["s", "o"], rows), {}).rows == []


def test_rows_and_shown_choose_rows() -> None:
    assert measured("centrality", STAR, rows="1") == [("m", "1", "4")]
    assert measured("centrality", STAR, rows="0") == []
    assert [row[0] for row in measured("centrality", STAR, shown="s")] == ["a", "b", "c", "d"]
    with pytest.raises(UsageError, match="no -1 rows"):
        measured("centrality", STAR, rows="-1")
    with pytest.raises(UsageError, match="select it"):
        answer(Measure("bridges", ("s", "x"), {}, ("a", "b", "c")), edges(STAR), {})


def test_a_large_network_is_estimated_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "_EXACT", 5)
    monkeypatch.setattr(measures, "_SAMPLE", 3)
    first = measured("centrality", TWO_TRIANGLES)
    assert first == measured("centrality", TWO_TRIANGLES)


def test_the_answer_does_not_hang_on_the_order_of_sets(tmp_path: Path) -> None:
    """Two processes that walk sets of text differently say the same."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from test_measures import measured\n"
        "text = ' '.join(f'n{i}-n{(i * 7 + 3) % 40} n{i}-n{(i * i) % 40}' for i in range(40))\n"
        "for by in ('greedy', 'louvain'): print(measured('communities', text, by=by))\n"
        "print(measured('centrality', text), measured('bridges', text))\n"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1


HEADER = """#+ title: T
#+ measure: {measure}
#+ params:
#+   by: {{type: choice, label: B, default: degree, choices: [{choices}]}}
#+   limit: {{type: integer, label: L, default: 3}}
#+ columns: {{a: A, b: B, c: C}}
SELECT ?s ?o WHERE {{ ?s ?p ?o }} ORDER BY ?s ?o
"""


def load(path: Path, measure: str, choices: str = "degree") -> queries.SavedQuery:
    path.write_text(HEADER.format(measure=measure, choices=choices), encoding="utf-8")
    return queries.load(path)


def test_a_header_names_a_measure(tmp_path: Path) -> None:
    text = "{function: centrality, of: [s, o], by: $by, rows: $limit, shown: s}"
    saved = load(tmp_path / "a.rq", text, "degree, reach")
    assert saved.measure == Measure(
        "centrality",
        ("s", "o"),
        {"by": "$by", "rows": "$limit", "shown": "s"},
        ("a", "b", "c"),
    )
    assert load(tmp_path / "b.rq", "{function: components, of: [s, o]}").measure is not None


@pytest.mark.parametrize(
    ("measure", "complaint"),
    [
        ("centrality", "measure maps"),
        ("{of: [s, o]}", "measure maps"),
        ("{function: centralty, of: [s, o]}", "not centralty. Did you mean centrality"),
        ("{function: centrality}", "of: .one column"),
        ("{function: centrality, of: [s, s]}", "of: .one column"),
        ("{function: communities, of: [s, o]}", "communities has 4 columns"),
        ("{function: centrality, of: [s, o], bye: degree}", "no option bye. Did you mean by"),
        ("{function: centrality, of: [s, o], by: fame}", "by of the measure is betweenness or"),
        ("{function: centrality, of: [s, o], by: $limit}", "by of the measure is"),
        ("{function: centrality, of: [s, o], rows: $rows}", "which is no parameter"),
        ("{function: centrality, of: [s, o], rows: many}", "is a number, not many"),
        ("{function: centrality, of: [s, o], shown: x}", "shown of the measure is s or o"),
    ],
)
def test_a_broken_measure_is_told(measure: str, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match=complaint) as error:
        load(tmp_path / "broken.rq", measure)
    assert "broken.rq" in str(error.value)


def test_choices_have_to_be_what_the_measure_takes(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="by of the measure is"):
        load(tmp_path / "a.rq", "{function: centrality, of: [s, o], by: $by}", "degree, fame")


def test_distances_need_a_start(tmp_path: Path) -> None:
    path = tmp_path / "a.rq"
    text = HEADER.format(measure="{function: distances, of: [s, o]}", choices="degree")
    path.write_text(text.replace(", c: C", ""), encoding="utf-8")
    with pytest.raises(BrokenFileError, match="needs start"):
        queries.load(path)


def test_python_asks_it_like_any_other(world: Graph) -> None:
    rows = world.ask("network-centrality", network="membership", by="degree", limit=2)
    assert [row.thing.id for row in rows] == ["organization:meta", "organization:fair"]
    other = world.ask("distances", thing="openai")
    assert other[0].steps == 1


def test_each_measure_has_a_question_and_a_line_in_the_documentation() -> None:
    used = {
        saved.measure.function
        for saved in map(queries.load, queries.find_files().values())
        if saved.measure
    }
    assert used == set(MEASURES)
    page = (Path(__file__).parent.parent / "docs" / "network.md").read_text(encoding="utf-8")
    for name, kind in MEASURES.items():
        assert f"`{name}`" in page
        for option, values in kind.options.items():
            assert f"`{option}`" in page
            assert all(f"`{value}`" in page for value in values)
