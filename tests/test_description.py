"""The description of the graph: its numbers, its links and its form, each checked another way."""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pyshacl
import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    parse,
    parse_query_results,
)
from rdflib import RDF, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, VOID

from openness import description
from openness.engine.base import Answer, Engine, Results, Solutions
from openness.errors import UsageError
from openness.export import collect, serialize_description, serialize_quads
from openness.graph import Graph
from openness.sparql.binding import Bindable
from openness.terms import GRAPH, ID, ONT, PREFIXES

DATASET: Final = URIRef("https://w3id.org/openness/void#dataset")
TYPE: Final = PREFIXES["rdf"] + "type"
OURS: Final = "https://w3id.org/openness/"
DUMP: Final = "https://data.example/openness.trig.gz"

NEWER_TERMS: Final = {str(DCAT) + "version"}
"""Terms of DCAT 3, which rdflib does not have yet."""

SHAPES: Final = Path(__file__).parent / "fixtures" / "description-shapes.ttl"


def described(graph: Graph, *dumps: str) -> rdflib.Graph:
    """Return a description as another parser reads it."""
    content = serialize_description(graph, dumps, "ttl")[1].decode()
    return rdflib.Graph().parse(data=content, format="turtle")


def number(found: rdflib.Graph, subject: object, name: str) -> int:
    """Return one of the numbers of a subject."""
    return int(str(found.value(URIRef(str(subject)), VOID[name])))


@pytest.fixture(scope="module")
def ours(shipped_graph: Graph) -> rdflib.Graph:
    """The description of what ships."""
    return described(shipped_graph, DUMP)


@pytest.fixture(scope="module")
def triples(shipped_graph: Graph) -> set[tuple[str, str, str]]:
    """The merge of all that is exported, counted here without any SPARQL."""
    content = serialize_quads(collect(shipped_graph), "nq")
    read = parse(content, format=RdfFormat.N_QUADS)
    return {(str(q.subject)[1:-1], q.predicate.value, str(q.object)) for q in read}


# Numbers


def test_the_totals_are_those_of_the_export(
    ours: rdflib.Graph, triples: set[tuple[str, str, str]]
) -> None:
    things = {s for s, p, _ in triples if p == TYPE and s.startswith(ID)}
    assert number(ours, DATASET, "triples") == len(triples) > 100_000
    assert number(ours, DATASET, "distinctSubjects") == len({s for s, _, _ in triples})
    assert number(ours, DATASET, "distinctObjects") == len({o for _, _, o in triples})
    assert number(ours, DATASET, "properties") == len({p for _, p, _ in triples})
    assert number(ours, DATASET, "classes") == len({o for _, p, o in triples if p == TYPE})
    assert number(ours, DATASET, "entities") == len(things)
    assert str(ours.value(DATASET, VOID.uriSpace)) == ID


def test_each_partition_is_counted_right(
    ours: rdflib.Graph, triples: set[tuple[str, str, str]]
) -> None:
    entities = Counter(o[1:-1] for _, p, o in triples if p == TYPE)
    found = {
        str(ours.value(node, VOID["class"])): number(ours, node, "entities")
        for node in ours.objects(DATASET, VOID.classPartition)
    }
    assert found == entities
    by_property: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for subject, predicate, value in triples:
        by_property[predicate].append((subject, value))
    counted = {
        predicate: (len(pairs), len({s for s, _ in pairs}), len({o for _, o in pairs}))
        for predicate, pairs in by_property.items()
    }
    names = ("triples", "distinctSubjects", "distinctObjects")
    assert counted == {
        str(ours.value(node, VOID.property)): tuple(number(ours, node, name) for name in names)
        for node in ours.objects(DATASET, VOID.propertyPartition)
    }


def test_each_named_graph_is_a_subset_with_its_size(
    ours: rdflib.Graph, shipped_graph: Graph
) -> None:
    sizes = Counter(str(quad.graph_name)[1:-1] for quad in collect(shipped_graph))
    found = {
        str(node): number(ours, node, "triples")
        for node in ours.objects(DATASET, VOID.subset)
        if (node, RDF.type, VOID.Dataset) in ours
    }
    assert found == sizes
    assert len(found) > 200


def test_each_link_set_has_as_many_triples_as_lead_there(
    ours: rdflib.Graph, triples: set[tuple[str, str, str]]
) -> None:
    """Counted again from the target's side: triples whose object lies in one of its spaces."""
    sets = list(ours.subjects(RDF.type, VOID.Linkset))
    for node in sets:
        relation = str(ours.value(node, VOID.linkPredicate))
        target = ours.value(node, VOID.objectsTarget)
        spaces = tuple(f"<{space}" for space in ours.objects(target, VOID.uriSpace))
        leading = [
            subject
            for subject, predicate, value in triples
            if predicate == relation
            and value.removesuffix(">").startswith(spaces)
            and subject.startswith(OURS)
        ]
        assert number(ours, node, "triples") == len(leading) > 0, node
    titles = {str(ours.value(node, DCTERMS.title)) for node in sets}
    assert "Links to Hugging Face by schema:sameAs" in titles
    assert "Links to schema.org by rdfs:subClassOf" in titles


def test_no_identity_is_left_out_of_the_link_sets(
    ours: rdflib.Graph, triples: set[tuple[str, str, str]]
) -> None:
    """Each schema:sameAs and each match that leads elsewhere is in one, known host or not."""
    relations = [PREFIXES["schema"] + "sameAs"]
    relations += [PREFIXES["skos"] + f"{kind}Match" for kind in ("exact", "close", "broad")]
    for relation in relations:
        outward = [
            value
            for subject, predicate, value in triples
            if predicate == relation
            and subject.startswith(OURS)
            and not value.startswith(f"<{OURS}")
        ]
        linked = sum(
            number(ours, node, "triples")
            for node in ours.subjects(VOID.linkPredicate, URIRef(relation))
        )
        assert linked == len(outward), relation


# What is said


def test_a_source_is_described_as_the_catalogue_has_it(ours: rdflib.Graph) -> None:
    index = URIRef(GRAPH + "fmti")
    publisher = ours.value(index, DCTERMS.publisher)
    assert (index, RDF.type, DCAT.Dataset) in ours
    assert str(ours.value(publisher, FOAF.name)).startswith("Stanford Center for Research")
    assert str(ours.value(index, DCTERMS.license)).startswith("https://creativecommons.org/")
    assert str(ours.value(index, URIRef(PREFIXES["pav"] + "retrievedOn"))) == "2026-11-23"
    assert (URIRef(GRAPH + "catalogue"), DCAT.dataset, index) in ours


def test_examples_exist(ours: rdflib.Graph, triples: set[tuple[str, str, str]]) -> None:
    typed = {subject for subject, predicate, _ in triples if predicate == TYPE}
    examples = {str(it) for it in ours.objects(DATASET, VOID.exampleResource)}
    assert examples <= typed
    assert f"{ID}model/llama-2" in examples


def test_a_vocabulary_is_named_for_each_term(
    ours: rdflib.Graph, triples: set[tuple[str, str, str]]
) -> None:
    named = tuple(str(it) for it in ours.objects(DATASET, VOID.vocabulary))
    used = {p for _, p, _ in triples} | {o[1:-1] for _, p, o in triples if p == TYPE}
    assert [term for term in used if not term.startswith(named)] == []
    assert all(any(term.startswith(space) for term in used) for space in named)
    assert ONT in named


def test_a_dump_is_named_only_where_the_user_says_it_lies(
    ours: rdflib.Graph, shipped_graph: Graph
) -> None:
    (node,) = ours.objects(DATASET, DCAT.distribution)
    assert str(ours.value(node, DCAT.downloadURL)) == DUMP
    assert str(ours.value(node, DCAT.mediaType)).endswith("/application/trig")
    assert str(ours.value(node, DCAT.compressFormat)).endswith("/application/gzip")
    assert (DATASET, VOID.dataDump, URIRef(DUMP)) in ours
    bare = described(shipped_graph)
    assert not list(bare.subjects(RDF.type, DCAT.Distribution))
    assert not list(bare.objects(None, VOID.dataDump))


@pytest.mark.parametrize(
    "url", ["openness.trig", "ftp://data.example/a.nq", "https://data.example/", "https:///a.nq"]
)
def test_a_dump_has_an_address_and_a_known_ending(url: str, world: Graph) -> None:
    with pytest.raises(UsageError, match="is not the address of a file"):
        description.describe(world.engine, [url])


# Form


def test_every_term_of_a_description_is_published(ours: rdflib.Graph) -> None:
    """Each property and class of VoID, DCAT, DCMI and FOAF exists in its vocabulary."""
    spaces = (VOID, DCAT, DCTERMS, FOAF)
    used = set(ours.predicates()) | set(ours.objects(None, RDF.type))
    checked = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for term in used:
            for space in spaces:
                if str(term).startswith(str(space)) and str(term) not in NEWER_TERMS:
                    assert str(term).removeprefix(str(space)) in space, term
                    checked += 1
        assert "tripels" not in VOID
    assert checked > 30


def test_a_description_has_the_shapes(ours: rdflib.Graph) -> None:
    shapes = rdflib.Graph().parse(SHAPES)
    conforms, _, report = pyshacl.validate(ours, shacl_graph=shapes, inference="none")
    assert conforms, report
    broken = rdflib.Graph() + ours
    links = next(iter(ours.subjects(RDF.type, VOID.Linkset)))
    broken.remove((links, VOID.objectsTarget, None))
    assert not pyshacl.validate(broken, shacl_graph=shapes, inference="none")[0]


@pytest.mark.parametrize("syntax", ["ttl", "nt", "rdfxml", "jsonld", "trig", "nq"])
def test_a_description_is_the_same_each_time_and_in_each_syntax(syntax: str, world: Graph) -> None:
    count, content = serialize_description(world, [DUMP], syntax)
    assert (count, content) == serialize_description(world, [DUMP], syntax)
    names = {
        "ttl": RdfFormat.TURTLE,
        "nt": RdfFormat.N_TRIPLES,
        "rdfxml": RdfFormat.RDF_XML,
        "jsonld": RdfFormat.JSON_LD,
        "trig": RdfFormat.TRIG,
        "nq": RdfFormat.N_QUADS,
    }
    read = {quad.triple for quad in parse(content, format=names[syntax])}
    assert read == set(description.describe(world.engine, [DUMP]))
    assert len(read) == count
    terms = {term for triple in read for term in (triple.subject, triple.object)}
    assert not [term for term in terms if isinstance(term, BlankNode)]


class PlainEngine(Engine):
    """rdflib itself: an engine that shares no code with the embedded one."""

    name = "rdflib"

    def __init__(self, graph: Graph) -> None:
        quads = serialize_quads(collect(graph), "nq").decode()
        self.data = rdflib.Dataset().parse(data=quads, format="nquads")
        for subject, predicate, value, _ in list(self.data.quads()):
            self.data.default_graph.add((subject, predicate, value))

    def query(
        self,
        text: str,
        values: Mapping[str, Bindable] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Answer a SELECT query without parameters."""
        assert not values
        found = self.data.query(text, initNs=PREFIXES).serialize(format="json")
        parsed = parse_query_results(found, QueryResultsFormat.JSON)
        assert isinstance(parsed, QuerySolutions)
        rows = [tuple(row) for row in parsed]
        return Solutions([variable.value for variable in parsed.variables], rows)

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Do nothing: `query` answers."""
        raise NotImplementedError


def test_another_engine_gives_the_same_description(world: Graph) -> None:
    """The queries are plain SPARQL 1.1: none of their numbers depends on the engine."""
    there = description.describe(PlainEngine(world))
    assert there == description.describe(world.engine)
    assert len(there) > 500


def test_two_names_that_look_alike_stay_apart() -> None:
    sheet = description._Sheet()
    names = [sheet.name("publisher", text) for text in ("A & B", "A + B", "A & B", "!")]
    assert names[0] == names[2]
    assert len(set(names)) == 3


def test_the_export_does_not_carry_its_description(shipped_graph: Graph) -> None:
    store = {quad.graph_name for quad in collect(shipped_graph)}
    assert NamedNode(description.DOCUMENT) not in store
    assert DefaultGraph() not in store
    assert all(urlsplit(str(name)[1:-1]).scheme == "https" for name in store)
