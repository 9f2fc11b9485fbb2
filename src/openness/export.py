"""The graph as RDF files: all of it, one named graph, or one thing with what is said of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, serialize

from openness import description, jsonld
from openness.engine.base import Solutions
from openness.errors import UsageError
from openness.graph import Graph
from openness.serialize import SYNTAXES, serialize_quads, serialize_triples

__all__ = [
    "SYNTAXES",
    "collect",
    "serialize_description",
    "serialize_quads",
    "serialize_thing",
    "syntax_of",
]

_ENDINGS: Final = {f".{name}": name for name in SYNTAXES} | {
    ".rdf": "rdfxml",
    ".xml": "rdfxml",
    ".json": "jsonld",
}


def syntax_of(path: Path) -> str:
    """Return the syntax that a file's ending names.

    Raises:
        UsageError: if it names none.
    """
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        known = " ".join(sorted(_ENDINGS))
        raise UsageError(f"{path.name} ends in none of {known}; -f names the syntax.") from None


def turtle(graph: Graph, source: str | None) -> bytes:
    """Return one named graph, or with None the default graph, as N-Triples, which is Turtle too."""
    where = "?s ?p ?o" if source is None else "GRAPH ?_source { ?s ?p ?o }"
    values = {} if source is None else {"_source": NamedNode(source)}
    answer = graph.engine.query(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {where} }}", values)
    assert isinstance(answer, list)
    content = serialize(sorted(answer, key=str), format=RdfFormat.N_TRIPLES)
    assert content is not None
    return content


def collect(graph: Graph, source: str | None = None, thing: str | None = None) -> list[Quad]:
    """Return quads of the named graphs, in a fixed order.

    Args:
        graph: where from.
        source: the IRI of one named graph, or None for all.
        thing: the IRI of a thing that each quad must have as subject or object.
    """
    pattern = "GRAPH ?g { ?s ?p ?o }"
    if thing:  # two look-ups by index, where a filter would read everything
        pattern = (
            "{ GRAPH ?g { ?_thing ?p ?o } BIND(?_thing AS ?s) }"
            " UNION { GRAPH ?g { ?s ?p ?_thing } BIND(?_thing AS ?o) }"
        )
    values = {"_thing": NamedNode(thing)} if thing else {}
    if source:
        values["g"] = NamedNode(source)
    answer = graph.engine.query(f"SELECT ?g ?s ?p ?o WHERE {{ {pattern} }}", values)
    assert isinstance(answer, Solutions)
    quads = set()
    for name, subject, predicate, value in answer.rows:
        assert isinstance(name, NamedNode)
        assert isinstance(subject, NamedNode | BlankNode)
        assert isinstance(predicate, NamedNode)
        assert isinstance(value, NamedNode | BlankNode | Literal)
        quads.add(Quad(subject, predicate, value, name))
    return sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))


def serialize_thing(graph: Graph, thing: str, quads: list[Quad]) -> bytes:
    """Return the statements about one thing as compact JSON-LD, with labels and sources."""
    return jsonld.serialize(jsonld.document(graph.engine, thing, quads))


def serialize_description(graph: Graph, dumps: Iterable[str], syntax: str) -> tuple[int, bytes]:
    """Return how many statements describe the graph, and those in a syntax.

    Raises:
        UsageError: if an address among `dumps` is none of a file of the graph.
    """
    triples = description.describe(graph.engine, dumps)
    return len(triples), serialize_triples(triples, syntax, description.PREFIXES)
