"""How much the graph holds, and of what: counts in few queries, each of plain SPARQL 1.1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Engine, Solutions
from openness.terms import ID, ONT

BASE: Final = "https://w3id.org/openness/"
"""What all IRIs of ours begin with."""

_TOTALS: Final = """
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?p) AS ?properties)
  (COUNT(DISTINCT ?o) AS ?objects)
WHERE { ?s ?p ?o }
"""
_ENTITIES: Final = f"""
SELECT (COUNT(DISTINCT ?s) AS ?entities)
WHERE {{ ?s a ?class FILTER(STRSTARTS(STR(?s), "{ID}")) }}
"""
_CLASSES: Final = "SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a ?class } GROUP BY ?class"
_PROPERTIES: Final = """
SELECT ?p (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
WHERE { ?s ?p ?o }
GROUP BY ?p
"""
_GRAPHS: Final = "SELECT ?g (COUNT(*) AS ?triples) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"

_THINGS: Final = (
    "schema:sameAs skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch"
    " skos:relatedMatch rdfs:seeAlso dcterms:license dcterms:source schema:url"
    " schema:codeRepository dcat:landingPage"
)
"""The relations by which things, and the sources of what is said of them, lead out of the graph."""
_TERMS: Final = (
    "owl:equivalentClass owl:equivalentProperty rdfs:subClassOf rdfs:subPropertyOf"
    " skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch"
)
"""The relations by which terms of the ontology lead to terms of others."""

# Scheme and host are cut out with string functions: engines differ in what REPLACE understands.
# An address that is only a host leads to a site and to nothing in it.
_LINKS: Final = f"""
SELECT ?relation ?scheme ?host (COUNT(*) AS ?triples)
WHERE {{
  VALUES ?relation {{ {_THINGS} }}
  ?s ?relation ?o .
  FILTER(STRSTARTS(STR(?s), "{BASE}") && !STRSTARTS(STR(?s), "{ONT}"))
  FILTER(ISIRI(?o) && !STRSTARTS(STR(?o), "{BASE}"))
  BIND(STRBEFORE(STR(?o), "://") AS ?scheme)
  BIND(STRBEFORE(STRAFTER(STR(?o), "://"), "/") AS ?host)
  FILTER(?host != "")
}}
GROUP BY ?relation ?scheme ?host
"""
_TERM_LINKS: Final = f"""
SELECT ?relation ?o (COUNT(*) AS ?triples)
WHERE {{
  VALUES ?relation {{ {_TERMS} }}
  ?s ?relation ?o .
  FILTER(STRSTARTS(STR(?s), "{ONT}") && ISIRI(?o) && !STRSTARTS(STR(?o), "{BASE}"))
}}
GROUP BY ?relation ?o
"""


@dataclass(frozen=True)
class Property:
    """One property of the graph: its triples, and how many subjects and objects they have."""

    iri: str
    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True)
class Link:
    """Triples of one relation that lead to addresses which begin alike: a host or a namespace."""

    relation: str
    space: str
    triples: int


@dataclass(frozen=True)
class Statistics:
    """Counts over the merge of all named graphs, each triple once.

    Attributes:
        triples, subjects, objects: how many distinct ones; literals count as objects.
        entities: things of ours that have a type.
        classes: by IRI, how many distinct things are of a class.
        properties: each property with its counts, in the order of their IRIs.
        graphs: by IRI, the triples of a named graph.
        links: what leads from our things and terms out of the graph.
    """

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: dict[str, int]
    properties: tuple[Property, ...]
    graphs: dict[str, int]
    links: tuple[Link, ...]


def measure(engine: Engine) -> Statistics:
    """Return the counts of the graph behind an engine."""
    ((triples, subjects, _, objects),) = (counts for _, counts in _rows(engine, _TOTALS, 0))
    ((entities,),) = (counts for _, counts in _rows(engine, _ENTITIES, 0))
    return Statistics(
        triples=triples,
        subjects=subjects,
        objects=objects,
        entities=entities,
        classes={iri: n for (iri,), (n,) in _rows(engine, _CLASSES, 1)},
        properties=tuple(Property(iri, *n) for (iri,), n in _rows(engine, _PROPERTIES, 1)),
        graphs={iri: n for (iri,), (n,) in _rows(engine, _GRAPHS, 1)},
        links=tuple(_links(engine)),
    )


def namespace(iri: str) -> str:
    """Return what comes before the last part of a term's IRI.

    >>> namespace("http://schema.org/Offer")
    'http://schema.org/'
    """
    return iri[: max(iri.rfind("#"), iri.rfind("/")) + 1]


def _links(engine: Engine) -> Iterable[Link]:
    totals: dict[tuple[str, str], int] = {}
    for (relation, scheme, host), (n,) in _rows(engine, _LINKS, 3):
        key = (relation, f"{scheme}://{host}/")
        totals[key] = totals.get(key, 0) + n
    for (relation, target), (n,) in _rows(engine, _TERM_LINKS, 2):
        key = (relation, namespace(target))
        totals[key] = totals.get(key, 0) + n
    return (Link(relation, space, n) for (relation, space), n in sorted(totals.items()))


def _rows(engine: Engine, query: str, width: int) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    """Return sorted rows, each as its first cells, which are text, and the numbers after them."""
    answer = engine.query(query)
    assert isinstance(answer, Solutions)
    found = []
    for row in answer.rows:
        texts = tuple(it.value for it in row[:width] if isinstance(it, NamedNode | Literal))
        counts = tuple(int(it.value) for it in row[width:] if isinstance(it, Literal))
        if len(texts) == width:
            found.append((texts, counts))
    return sorted(found)
