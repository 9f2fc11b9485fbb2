"""From what a person writes to the thing that is meant, on the frozen world."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode

from openness import lookup
from openness.errors import NotFoundError, UsageError
from openness.graph import Graph
from openness.queries import Parameter
from openness.terms import GRAPH, ID, ONT, PREFIXES


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (f"{ID}model/falcon-40b", "model/falcon-40b"),
        (f"<{ID}model/falcon-40b>", "model/falcon-40b"),
        ("model:falcon-40b", "model/falcon-40b"),
        ("falcon-40b", "model/falcon-40b"),
        ("Falcon_40B", "model/falcon-40b"),
        (" falcon 40b\t", "model/falcon-40b"),
        ("MLCommons", "organization/mlcommons"),
        ("partnership ON ai", "organization/partnership-on-ai"),
        ("Facebook", "organization/meta"),
        ("look but do not touch", "licence/display-only"),
        ("licence:llama-2", "licence/llama-2"),
    ],
)
def test_a_thing_has_many_names(text: str, meant: str, world: Graph) -> None:
    assert lookup.resolve(world.engine, text) == ID + meant


@pytest.mark.parametrize(
    ("kind", "meant"),
    [
        ("thing", "model/llama-2"),
        ("model", "model/llama-2"),
        ("licence", "licence/llama-2"),
        ("release", "release/llama-2"),
        ("text", "text/llama-2"),
    ],
)
def test_an_id_that_several_kinds_have_means_what_people_speak_of(
    kind: str, meant: str, world: Graph
) -> None:
    assert lookup.resolve(world.engine, "llama-2", kind) == ID + meant


def test_sources_and_terms_have_ids_too(world: Graph, shipped_graph: Graph) -> None:
    assert lookup.resolve(world.engine, "gazette") == f"{GRAPH}gazette"
    assert lookup.resolve(shipped_graph.engine, "openness:rivals") == f"{ONT}rivals"
    assert lookup.resolve(world.engine, "https://paper.example/1") == "https://paper.example/1"


def test_a_group_is_an_organization_of_that_class(world: Graph) -> None:
    assert lookup.resolve(world.engine, "mlcommons", "group") == f"{ID}organization/mlcommons"
    with pytest.raises(NotFoundError, match="no group “meta”"):
        lookup.resolve(world.engine, "meta", "group")


@pytest.mark.parametrize("text", ["model:falcon", f"{ID}model/falcon", "Falcon", "falcon"])
def test_a_thing_of_another_kind_is_not_taken(text: str, world: Graph) -> None:
    with pytest.raises(NotFoundError, match="no organization"):
        lookup.resolve(world.engine, text, "organization")


def test_a_label_of_several_things_lists_them(world: Graph) -> None:
    with pytest.raises(UsageError) as caught:
        lookup.resolve(world.engine, "§2")
    assert str(caught.value) == "“§2” may mean selector:apache-2, selector:llama-2-2."


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lama-2", "llama-2"),
        ("model:lama-2", "llama-2"),
        (f"{ID}model/lama-2", "llama-2"),
        ("pithia", "pythia"),
        ("joele-pineau", "joelle-pineau"),
        ("elutherai", "eleutherai"),
    ],
)
def test_a_near_miss_names_the_right_one(text: str, hint: str, world: Graph) -> None:
    with pytest.raises(NotFoundError, match=rf"Did you mean .*{hint}"):
        lookup.resolve(world.engine, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "xqzw",
        "urn:nothing",
        "a b",
        "<>",
        '"',
        "\\",
        "?x",
        "} UNION {",
        "http://[",
        "http://a b",
        "urn:<",
        "x\0",
    ],
)
def test_what_is_nowhere_near_is_just_not_found(text: str, world: Graph) -> None:
    with pytest.raises(NotFoundError):
        lookup.resolve(world.engine, text)


def test_things_of_a_kind(world: Graph) -> None:
    models = lookup.things(world.engine, "model")
    assert models == sorted(models)
    assert all(iri.startswith(f"{ID}model/") for iri in models)
    assert f"{ID}model/falcon" in models
    assert lookup.things(world.engine, "group") == [
        f"{ID}organization/mlcommons",
        f"{ID}organization/partnership-on-ai",
    ]
    assert set(models) < set(lookup.things(world.engine))


def test_labels_prefer_english_and_need_no_limit(shipped_graph: Graph) -> None:
    everything = lookup.things(shipped_graph.engine)
    assert len(everything) > 600
    labels = lookup.labels(shipped_graph.engine, [*everything, "urn:nothing"])
    assert set(labels) == set(everything)
    assert labels[f"{ID}person/joelle-pineau"] == "Joelle Pineau"
    assert lookup.labels(shipped_graph.engine, []) == {}


def parameter(kind: str, *choices: str) -> Parameter:
    """Return a parameter of a type."""
    return Parameter("some_name", kind, "a label", choices=choices)


@pytest.mark.parametrize(
    ("kind", "text", "term"),
    [
        ("string", ' "quoted"\n} ', Literal(' "quoted"\n} ')),
        ("integer", "12", Literal(12)),
        ("integer", " +7 ", Literal(7)),
        ("integer", "-3", Literal(-3)),
        (
            "date",
            "2023-07-18",
            Literal("2023-07-18", datatype=NamedNode(PREFIXES["xsd"] + "date")),
        ),
        ("thing", "Llama 2", NamedNode(f"{ID}model/llama-2")),
        ("licence", "Llama-2", NamedNode(f"{ID}licence/llama-2")),
        ("group", "MLCommons", NamedNode(f"{ID}organization/mlcommons")),
    ],
)
def test_a_value_becomes_a_term_of_its_type(
    kind: str, text: str, term: Literal | NamedNode, world: Graph
) -> None:
    assert lookup.value_of(world.engine, parameter(kind), text) == term


def test_a_choice_is_taken_in_any_case_and_kept_as_written(world: Graph) -> None:
    choice = parameter("choice", "cantTell", "passed")
    assert lookup.value_of(world.engine, choice, "CANTTELL ") == Literal("cantTell")
    with pytest.raises(UsageError, match=r"--some-name takes cantTell, passed.*mean passed\?"):
        lookup.value_of(world.engine, choice, "pased")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "ten"),
        ("integer", "1.5"),
        ("integer", ""),
        ("integer", "1_000"),
        ("integer", "٣"),
        ("integer", "9" * 19),
        ("date", "18 July 2023"),
        ("date", "2023-02-30"),
        ("date", ""),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, text: str, world: Graph) -> None:
    with pytest.raises(UsageError, match=r"--some-name takes a (whole number|date)"):
        lookup.value_of(world.engine, parameter(kind), text)
