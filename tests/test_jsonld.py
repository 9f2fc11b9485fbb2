"""JSON-LD of a thing: in the words of schema.org, with labels and sources, and nothing lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse
from rdflib import OWL, RDFS, URIRef
from rdflib.namespace import SDO

from openness import jsonld, lookup, shipped
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.export import collect, serialize_thing
from openness.graph import Graph
from openness.terms import GRAPH, ID, KINDS, ONT, ONTOLOGY, PREFIXES, expand

WORLD: Final = Path(__file__).parent / "fixtures" / "world.trig"
GOLDEN: Final = Path(__file__).parent / "fixtures" / "jsonld"
SCHEMA: Final = PREFIXES["schema"]
LABEL: Final = NamedNode(PREFIXES["rdfs"] + "label")
PER_KIND: Final = 10

ALIGNMENTS: Final = rdflib.Graph().parse(shipped.ontology() / "alignments.ttl")


def same(predicate: str) -> str:
    """Return the property of schema.org that means the same, as another reader finds it."""
    found = ALIGNMENTS.value(URIRef(predicate), OWL.equivalentProperty)
    return str(found) if str(found).startswith(SCHEMA) else predicate


def wider(predicate: str) -> set[str]:
    """Return the properties of schema.org that a statement is true with as well."""
    reached, queue = set(), [URIRef(predicate)]
    while queue:
        term = queue.pop()
        for relation in (OWL.equivalentProperty, RDFS.subPropertyOf):
            queue += [o for o in ALIGNMENTS.objects(term, relation) if isinstance(o, URIRef)]
        reached.add(str(term))
    return {term for term in reached - {predicate} if term.startswith(SCHEMA)}


@pytest.fixture(scope="module")
def aligned() -> Graph:
    """The frozen world, with the ontology that ships."""
    modules = sorted(p for p in shipped.ontology().glob("*.ttl") if p.name != "shapes.ttl")
    rules = sorted((shipped.ontology() / "rules").glob("*.rq"))
    files = (*(Input(path, ONTOLOGY) for path in modules), Input(WORLD, "urn:world"))
    return Graph(EmbeddedEngine(build(Inputs(files, tuple(rules)))))


def exported(graph: Graph, thing: str) -> tuple[list[Quad], bytes]:
    """Return the statements about a thing, and its document as text."""
    quads = collect(graph, thing=thing)
    return quads, serialize_thing(graph, thing, quads)


def read(content: bytes) -> set[Triple]:
    """Return the triples of a document, all of which stand in the default graph."""
    return {quad.triple for quad in parse(content, format=RdfFormat.JSON_LD)}


# Exact documents


@pytest.mark.parametrize("name", ["model:llama-2", "organization:meta", "licence:llama-2"])
def test_a_document_is_exactly_this(name: str, aligned: Graph, pytestconfig: pytest.Config) -> None:
    path = GOLDEN / f"{name.replace(':', '-')}.jsonld"
    content = exported(aligned, expand(name) or "")[1].decode()
    if pytestconfig.getoption("--golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert content == path.read_text(encoding="utf-8")


# Nothing lost, nothing invented


def test_nothing_that_is_said_of_a_thing_is_lost(shipped_graph: Graph) -> None:
    """Of ten things of each kind, every statement is there, if need be in schema.org's words."""
    checked = 0
    for kind in KINDS:
        known = lookup.things(shipped_graph.engine, kind)
        for thing in known[:: max(1, len(known) // PER_KIND)][:PER_KIND]:
            quads, content = exported(shipped_graph, thing)
            found = read(content)
            for quad in quads:
                renamed = NamedNode(same(quad.predicate.value))
                assert Triple(quad.subject, renamed, quad.object) in found, quad
                if quad.subject == NamedNode(thing):
                    for iri in wider(quad.predicate.value):
                        assert Triple(quad.subject, NamedNode(iri), quad.object) in found, quad
            sources = {quad.graph_name for quad in quads}
            listed = {t.object for t in found if t.predicate.value == SCHEMA + "subjectOf"}
            assert listed == sources
            checked += 1
    assert checked > 250


@pytest.mark.parametrize("name", ["organization:meta", "model:llama-2", "graph:fmti"])
def test_nothing_is_said_that_does_not_follow(name: str, shipped_graph: Graph) -> None:
    """Each triple is stated in the graph, or follows by one alignment, or names a source."""
    assert isinstance(shipped_graph.engine, EmbeddedEngine)
    store = shipped_graph.engine.store
    thing = NamedNode(expand(name) or "")
    stated: set[tuple[str, str, str]] = set()
    found = read(exported(shipped_graph, thing.value)[1])
    for subject in {triple.subject for triple in found}:
        for quad in store.quads_for_pattern(subject, None, None):
            predicate = quad.predicate.value
            for iri in {predicate, same(predicate)} | wider(predicate):
                stated.add((str(subject), iri, str(quad.object)))
    left = [
        triple
        for triple in found
        if (str(triple.subject), triple.predicate.value, str(triple.object)) not in stated
    ]
    kinds = {triple.predicate.value.rpartition("/")[2].rpartition("#")[2] for triple in left}
    assert kinds == {"subjectOf", "type"}
    for triple in left:
        if triple.predicate.value == SCHEMA + "subjectOf":
            assert triple.subject == thing
            assert isinstance(triple.object, NamedNode)
            assert list(store.quads_for_pattern(None, None, None, triple.object))
        else:
            assert str(triple.object)[1:-1].startswith(SCHEMA)


@pytest.mark.parametrize("name", ["organization:meta", "licence:llama-2", "openness:Release"])
def test_another_parser_reads_the_same(name: str, shipped_graph: Graph) -> None:
    content = exported(shipped_graph, expand(name) or "")[1]
    there = rdflib.Graph().parse(data=content.decode(), format="json-ld")
    assert len(there) == len(read(content)) > 20
    assert {(str(s), str(p)) for s, p, _ in there} == {
        (str(t.subject)[1:-1], t.predicate.value) for t in read(content)
    }


# Readable


def test_what_ships_says_this_of_meta(shipped_graph: Graph) -> None:
    """Real facts, as a program without any knowledge of RDF finds them."""
    document = json.loads(exported(shipped_graph, ID + "organization/meta")[1])
    assert document["@id"] == ID + "organization/meta"
    assert document["@context"]["@vocab"] == SCHEMA
    assert document["@type"][0] == "Organization"
    assert document["name"] == "Meta"
    assert "Meta Platforms, Inc." in document["alternateName"]
    assert document["foundingDate"] == "2004"
    assert document["@context"]["foundingDate"] == {"@type": "xsd:gYear"}
    made = {node["name"] for node in document["@reverse"]["creator"] if "name" in node}
    assert "Llama 2" in made
    article = next(it for it in document["subjectOf"] if it["@id"] == "graph:article")
    assert article["@type"] == "Dataset"
    assert article["isBasedOn"].startswith("https://ticker.tv/")


def test_what_ships_says_this_of_llama_2(shipped_graph: Graph) -> None:
    document = json.loads(exported(shipped_graph, ID + "model/llama-2")[1])
    assert document["@type"] == ["CreativeWork", "fair4ml:MLModel"]
    assert document["license"]["name"] == "Llama 2 Community License Agreement"
    assert document["creator"] == {"@id": "organization:meta", "name": "Meta"}
    versions = {node["@id"] for node in document["workExample"]}
    assert versions == set(document["dcat:hasVersion"])
    assert "model:llama-2-7b" in versions


def test_plain_names_are_those_of_schema_org(shipped_graph: Graph) -> None:
    """A key without a prefix is a term of schema.org, whatever the thing."""

    def keys(value: Any) -> set[str]:
        if isinstance(value, list):
            return {key for item in value for key in keys(item)}
        if not isinstance(value, dict):
            return set()
        types = value.get("@type", [])
        inner = {key for item in value.values() for key in keys(item)}
        return set(value) | inner | set([types] if isinstance(types, str) else types)

    used: set[str] = set()
    for kind in KINDS:
        for thing in lookup.things(shipped_graph.engine, kind)[:3]:
            document = json.loads(exported(shipped_graph, thing)[1])
            del document["@context"]
            used |= {key for key in keys(document) if ":" not in key and not key.startswith("@")}
    assert {"name", "license", "subjectOf", "Dataset", "DefinedTerm"} <= used
    assert sorted(name for name in used if name not in SDO) == []


def test_a_label_is_given_where_a_thing_is_first_met(aligned: Graph) -> None:
    found = read(exported(aligned, ID + "model/llama-2")[1])
    named = {t.subject for t in found if t.predicate.value == SCHEMA + "name"}
    others = {t.object for t in found if str(t.object).startswith(f"<{ID}")}
    store = aligned.engine
    assert isinstance(store, EmbeddedEngine)
    labelled = {
        it
        for it in others
        if isinstance(it, NamedNode) and list(store.store.quads_for_pattern(it, LABEL, None))
    }
    assert labelled <= named
    assert len(labelled) > 5


# Values and names of any kind

XSD: Final = PREFIXES["xsd"]
LITERALS: Final = [
    Literal("plain"),
    Literal("deutsch", language="de"),
    Literal("english", language="en"),
    Literal(7),
    Literal(2**60),
    Literal("007", datatype=NamedNode(XSD + "integer")),
    Literal("-0", datatype=NamedNode(XSD + "integer")),
    Literal(True),
    Literal("1", datatype=NamedNode(XSD + "boolean")),
    Literal("1.50", datatype=NamedNode(XSD + "decimal")),
    Literal("1e3", datatype=NamedNode(XSD + "double")),
    Literal("2023-07", datatype=NamedNode(XSD + "gYearMonth")),
    Literal("2023-07-18", datatype=NamedNode(XSD + "date")),
    Literal("x", datatype=NamedNode("http://example.org/type")),
    Literal('quote " \\ \n <b> 😀'),
]


@pytest.mark.parametrize("count", [1, 2, len(LITERALS)])
@pytest.mark.parametrize("first", range(len(LITERALS)))
def test_every_value_comes_back_as_it_was(first: int, count: int, world: Graph) -> None:
    """Alone, with a neighbour, and among all others under one property."""
    thing = NamedNode("https://example.org/thing")
    values = (LITERALS * 2)[first : first + count]
    terms: list[Literal | NamedNode] = [
        *values,
        NamedNode("http://example.org/other"),
        NamedNode(ID + "text/x"),
    ]
    graph = NamedNode(GRAPH + "paper")
    names = [NamedNode(iri) for iri in (SCHEMA + "text", SCHEMA + "about", ONT + "p", "urn:p:q")]
    quads = [Quad(thing, name, term, graph) for name in names for term in terms]
    quads += [Quad(thing, SCHEMA_ONLY, term, graph) for term in values]
    document = jsonld.document(world.engine, thing.value, quads)
    found = read(jsonld.serialize(document))
    assert {quad.triple for quad in quads} <= found


SCHEMA_ONLY: Final = NamedNode(SCHEMA + "value")


def test_a_name_of_schema_org_that_is_a_prefix_here_keeps_its_own(world: Graph) -> None:
    """`text` is a prefix and a property: the key must not be taken for the prefix."""
    thing, graph = NamedNode(ID + "text/x"), NamedNode(GRAPH + "paper")
    quads = [
        Quad(thing, NamedNode(SCHEMA + "text"), Literal("words"), graph),
        Quad(thing, NamedNode(SCHEMA + "about"), NamedNode(ID + "text/y"), graph),
        Quad(NamedNode(ID + "model/z"), NamedNode(SCHEMA + "model"), thing, graph),
    ]
    document = jsonld.document(world.engine, thing.value, quads)
    assert document["schema:text"] == "words"
    assert document["about"] == "text:y"
    assert "schema:model" in document["@reverse"]
    assert {quad.triple for quad in quads} <= read(jsonld.serialize(document))


def test_a_page_can_carry_any_text(world: Graph) -> None:
    """No value ends the script element that the document stands in."""
    thing, graph = NamedNode(ID + "model/x"), NamedNode(GRAPH + "paper")
    value = Literal("a</script><b>\\</ \\")
    quads = [Quad(thing, NamedNode(SCHEMA + "name"), value, graph)]
    content = jsonld.serialize(jsonld.document(world.engine, thing.value, quads))
    assert b"</" not in content
    assert quads[0].triple in read(content)


def test_lines_are_short_where_they_can_be(shipped_graph: Graph) -> None:
    """Whatever is longer than a line is one value that cannot be split."""
    text = exported(shipped_graph, ID + "organization/meta")[1].decode()
    long = [line.strip() for line in text.splitlines() if len(line) > 110]
    assert [line for line in long if line.startswith("{") or line.endswith("[")] == []
    assert text.endswith("}\n")
    assert text == exported(shipped_graph, ID + "organization/meta")[1].decode()
