"""Views: their headers, exactly what they show of the frozen world, and what the user may cut."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest

from openness import views
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.errors import BrokenFileError, NotFoundError, UsageError
from openness.graph import Graph
from openness.terms import PREFIXES
from openness.view_graph import ViewGraph, cut
from openness.views import Limits

EDGES = Path(__file__).parent / "draw" / "edges"
NAMES = sorted(views.find_files())
CLASSES = """
@prefix graph: <https://w3id.org/openness/graph/> .
@prefix openness: <https://w3id.org/openness/ont#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
graph:catalogue { graph:ontology rdfs:label "The words" }
graph:ontology {
    openness:eats rdfs:domain openness:Cat ; rdfs:range openness:Mouse ; rdfs:label "eats" .
    openness:age rdfs:domain openness:Cat ; rdfs:range xsd:integer ; rdfs:label "age" .
    openness:Cat rdfs:subClassOf openness:Animal ; rdfs:label "cat" .
}
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    """A world that consists of three classes."""
    path = tmp_path_factory.mktemp("classes") / "classes.trig"
    path.write_text(CLASSES, encoding="utf-8")
    return Graph(EmbeddedEngine(build(Inputs((Input(path, "urn:classes"),), ()))))


def as_csv(graph: ViewGraph) -> str:
    """Return things and relations in lines, as a person reads them in a diff."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for node, data in sorted(graph.nodes(data=True)):
        more = {k: data[k] for k in sorted(data.keys() - {"iri", "label", "kind", "sources"})}
        said = "; ".join(f"{k}={v}" for k, v in more.items())
        writer.writerow([node, data["kind"], data["label"], said, " + ".join(data["sources"])])
    for subject, target, key, data in sorted(graph.edges(keys=True, data=True), key=str):
        known = {"iri", "label", "relation", "sources"}
        said = "; ".join(f"{k}={data[k]}" for k in sorted(data.keys() - known))
        row = [subject, key, target, data["label"], said, " + ".join(data["sources"])]
        writer.writerow(row)
    return text.getvalue()


# Headers


def test_there_are_the_twelve_views() -> None:
    wanted = "story ecosystem members lineage clauses proof disagreement timeline licences ontology"
    assert {*wanted.split(), "sources", "neighbourhood"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_header_is_complete(name: str) -> None:
    """It says what is shown, what kinds and relations occur, and what THING is."""
    view = views.find(name)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert view.query.title
    assert view.query.description.endswith(".")
    assert view.kinds
    assert view.relations
    assert view.layout in views.LAYOUTS
    assert not view.legend or view.legend.endswith(".")
    for relation in (*view.relations, *view.reverse):
        assert relation.partition(":")[0] in PREFIXES, relation
        assert relation in view.relations
    assert bool(view.thing) == ("{thing}" in view.query.title)
    for parameter in view.query.parameters:
        assert f"?{parameter.variable}" in view.query.text or view.grows
        assert parameter.default is not None or parameter.optional
    selected = re.search(r"^SELECT DISTINCT (.*)\nWHERE", view.query.text, re.MULTILINE)
    assert selected
    ordered = view.query.text[view.query.text.rindex("ORDER BY") :]
    assert sorted(selected[1].split()) == sorted(ordered.removeprefix("ORDER BY").split())


@pytest.mark.parametrize("name", NAMES)
def test_what_occurs_is_named_in_the_header(name: str, shipped_graph: Graph) -> None:
    """The legend and the edges have our words for all kinds and relations of what ships."""
    view, graph = views.find(name), shipped_graph.view(name)
    assert {data["kind"] for _, data in graph.nodes(data=True)} <= set(view.kinds)
    if not view.grows:
        relations = {r for _, _, r in graph.edges(keys=True)}
        named = {r for r in relations if r.startswith("openness:")} if name == "ontology" else set()
        assert relations - named <= set(view.relations)


HEADER = """#+ title: Cats
#+ description: All cats.
#+ kinds: {cat: cats}
#+ relations: {openness:eats: eats}
#+ layout: dot
SELECT ?subject WHERE { ?subject ?p ?o } ORDER BY ?subject
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title: Cats", "nothing: 1", "no title"),
        ("description: All cats.", "descripton: All", "no “descripton”. Did you mean description"),
        ("kinds: {cat: cats}", "kinds: {}", "has no kinds"),
        ("relations: {openness:eats: eats}", "relations: eats", "relations is dict"),
        ("layout: dot", "layout: star", "layout is one of dot, neato"),
        ("layout: dot", "layout: dot\n#+ answered_by: oracle", "answered_by is one of"),
        ("layout: dot", "layout: dot\n#+ direction: up", "direction is one of down, right"),
    ],
)
def test_a_wrong_header_is_told(old: str, new: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "cats.rq"
    path.write_text(HEADER.replace(old, new), encoding="utf-8")
    with pytest.raises(BrokenFileError, match=re.escape(message)):
        views.load(path)


def test_a_view_of_ones_own_needs_no_python(world: Graph, tmp_path: Path) -> None:
    (tmp_path / "views").mkdir()
    text = """#+ title: "Makers of {thing}"
#+ description: Who made it.
#+ params:
#+   thing: {type: model, label: a model, default: falcon}
#+ kinds: {model: model, organization: maker}
#+ relations: {schema:creator: comes from}
#+ layout: neato
PREFIX schema: <http://schema.org/>
SELECT ?subject ?relation ?object ?source WHERE {
  VALUES ?relation { schema:creator }
  GRAPH ?source { ?_thing ?relation ?object }
  BIND(?_thing AS ?subject)
} ORDER BY ?subject ?relation ?object ?source
"""
    (tmp_path / "views" / "makers.rq").write_text(text, encoding="utf-8")
    own = Graph(world.engine, [tmp_path])
    graph = own.view("makers")
    assert list(graph.edges(keys=True)) == [("model:falcon", "organization:tii", "schema:creator")]
    assert graph.edges["model:falcon", "organization:tii", "schema:creator"] == {
        "relation": "schema:creator",
        "iri": "http://schema.org/creator",
        "label": "comes from",
        "sources": ["The daily paper"],
        "asserted": True,
    }
    assert graph.nodes["organization:tii"] == {
        "iri": "https://w3id.org/openness/id/organization/tii",
        "label": "TII",
        "kind": "organization",
        "sources": ["The daily paper"],
    }
    assert graph.graph == {
        "name": "makers",
        "title": "Makers of Falcon",
        "description": "Who made it.",
        "layout": "neato",
        "direction": "down",
        "reverse": [],
        "legend": "",
        "kinds": {"model": "model", "organization": "maker"},
        "date": "2031-06-01",
        "sources": ["The daily paper"],
        "source_iris": {"The daily paper": "https://w3id.org/openness/graph/paper"},
        "roots": ["model:falcon"],
        "cut": "",
    }


# What they show


@pytest.mark.parametrize("name", [name for name in NAMES if name != "ontology"])
def test_golden_edges(name: str, world: Graph, request: pytest.FixtureRequest) -> None:
    """A view shows exactly these things and relations of the frozen world."""
    values: dict[str, Any] = {"minimum": 20} if name == "sources" else {}
    # How many statements the rules derive changes with every new rule.
    found = re.sub(r"(?m)^(graph:derived,.*)=\d+", r"\1=N", as_csv(world.view(name, **values)))
    path = EDGES / f"{name}.csv"
    if request.config.getoption("--golden"):
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")
    assert found.count("\n") > 2


def test_no_golden_edges_without_their_view() -> None:
    assert {path.stem for path in EDGES.glob("*.csv")} == set(NAMES) - {"ontology"}


def test_ontology_shows_relations_subclasses_and_plain_properties(classes: Graph) -> None:
    graph = classes.view("ontology")
    assert sorted(graph.edges(keys=True)) == [
        ("openness:Cat", "openness:Animal", "rdfs:subClassOf"),
        ("openness:Cat", "openness:Mouse", "openness:eats"),
    ]
    assert graph.nodes["openness:Cat"]["value"] == "age"
    assert {data["kind"] for _, data in graph.nodes(data=True)} == {"class"}
    assert graph.nodes["openness:Mouse"]["label"] == "openness:Mouse"


def test_the_story_tells_the_article(shipped_graph: Graph) -> None:
    """Everything that the article speaks of is there, with the link that it has there."""
    edges = {(s, t) for s, t in shipped_graph.view("story").edges()}
    assert edges >= {
        ("person:joelle-pineau", "organization:fair"),
        ("organization:fair", "organization:meta"),
        ("model:llama-2", "organization:meta"),
        ("model:llama-2", "licence:llama-2"),
        ("licence:llama-2", "clause:llama-2-2"),
        ("clause:llama-2-2", "criterion:osd-5"),
        ("licence:llama-2", "clause:llama-2-1-b-v"),
        ("claim:ticker-user-threshold", "licence:llama-2"),
        ("claim:llama-2-licence-user-threshold", "licence:llama-2"),
        ("criteria:osd", "organization:open-source-initiative"),
        ("organization:meta", "organization:partnership-on-ai"),
        ("organization:meta", "organization:mlcommons"),
        ("release:gpt-2-xl", "organization:openai"),
        ("release:gpt-4", "organization:openai"),
        ("release:gpt-4", "topic:competition"),
        ("model:pythia", "organization:eleutherai"),
        ("model:stable-diffusion", "organization:stability-ai"),
        ("model:falcon", "organization:technology-innovation-institute"),
        ("model:falcon", "model:llama-2"),
        ("claim:osi-review-of-licences", "organization:open-source-initiative"),
        ("event:osaid-process", "organization:open-source-initiative"),
        ("criteria:fmti-2023", "organization:meta"),
    }


def test_a_conflict_of_licences_is_marked(world: Graph) -> None:
    graph = world.view("lineage", thing="free-llama")
    conflict = graph.edges["model:free-llama", "licence:llama-2", "openness:inheritsFrom"]
    assert conflict["conflict"] is True
    assert conflict["inherited"] is True
    assert conflict["value"] == "item 1; §2; §3"


def test_a_thing_and_parameters(world: Graph) -> None:
    """THING is what a person writes; other parameters are those of the header."""
    by_label = world.view("members", thing="Partnership on AI")
    by_thing = world.view("members", thing=world.find("partnership-on-ai"))
    assert as_csv(by_label) == as_csv(by_thing)
    assert "organization:mlcommons" in by_label
    then = world.view("members", thing="partnership-on-ai", at="2020-01-01")
    ends = ("organization:meta", "organization:partnership-on-ai")
    assert by_label.has_edge(*ends)
    assert not then.has_edge(*ends)
    with pytest.raises(NotFoundError, match="Did you mean"):
        world.view("members", thing="partnership-on-iA-x")
    with pytest.raises(UsageError, match="no parameter colour"):
        world.view("members", colour="red")
    with pytest.raises(NotFoundError, match=r"no view “lineages”\. Did you mean lineage"):
        world.view("lineages")


# How much of it


def test_hops_grow_the_neighbourhood(world: Graph) -> None:
    one = world.view("neighbourhood", thing="joelle-pineau")
    two = world.view("neighbourhood", thing="joelle-pineau", limits=Limits(hops=2))
    assert set(one) < set(two)
    assert "organization:meta" not in one
    assert two.has_edge("organization:fair", "organization:meta", "org:unitOf")
    assert one.graph["roots"] == ["person:joelle-pineau"]


def test_only_and_without_take_kinds_and_relations(world: Graph) -> None:
    limits = Limits(hops=2, only=("organization", "unitOf"))
    only = world.view("neighbourhood", thing="fair", limits=limits)
    assert {key for _, _, key in only.edges(keys=True)} == {"org:unitOf"}
    without = world.view("ecosystem", limits=Limits(without=("person", "has licence")))
    assert "person:joelle-pineau" not in without
    assert "licence:llama-2" not in without
    assert "model:llama-2" in without
    with pytest.raises(UsageError, match=r"“peson” is no kind and no relation .* person"):
        world.view("ecosystem", limits=Limits(without=("peson",)))


def test_what_a_header_leaves_out_can_be_asked_for(world: Graph) -> None:
    plain = world.view("neighbourhood", thing="model:falcon-40b")
    asked = world.view(
        "neighbourhood", thing="model:falcon-40b", limits=Limits(only=("assertion",))
    )
    assert not any(node.startswith("assertion:") for node in plain)
    assert any(node.startswith("assertion:") for node in asked)


def test_a_cut_is_noted_and_keeps_the_nearest(world: Graph) -> None:
    graph = world.view("ecosystem", limits=Limits(max_nodes=3))
    assert len(graph) == 3
    assert "organization:meta" in graph
    assert graph.graph["cut"] == (
        "3 of 7 things are shown: those nearest to Meta, then those with most links. "
        "--max-nodes shows more."
    )


def test_the_cutting_rule() -> None:
    """Fewest steps from the root, then most links, then by id."""
    graph = ViewGraph()
    for subject, target in ("ra", "rb", "bc", "bd", "xy", "xz", "xw"):
        for node in (subject, target):
            graph.add_thing(node, label=node)
        graph.add_relation(subject, "is", target)
    copy = graph.copy()
    assert cut(graph, 4, ["r"]) == 5
    assert sorted(graph) == ["a", "b", "c", "r"]
    assert cut(copy, 1) == 8
    assert list(copy) == ["b"]
    assert cut(copy, 1) == 0


def test_several_roles_and_values_are_listed_once() -> None:
    graph = ViewGraph()
    graph.add_thing("a", ["one"], label="A", value="x")
    graph.add_thing("a", ["two", "one"], label="A", value="y", date=None)
    assert graph.nodes["a"] == {
        "iri": "a",
        "label": "A",
        "value": "x; y",
        "sources": ["one", "two"],
    }
    for label in ("member", "founding member", "head"):
        graph.add_relation("a", "is", "b", label=label)
    assert graph.edges["a", "b", "is"]["label"] == "founding member, head"
