"""What this graph is: version, engine, and its sources with their licences and sizes."""

from __future__ import annotations

from typing import Any, Final

from pyoxigraph import NamedNode

from openness import __version__
from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import to_text

SOURCES: Final = """
SELECT ?source ?statements ?publisher ?version ?read ?licence
WHERE {
  { SELECT ?source (COUNT(*) AS ?statements) WHERE { GRAPH ?source { ?s ?p ?o } } GROUP BY ?source }
  OPTIONAL { ?source dcterms:publisher ?publisher }
  OPTIONAL { ?source schema:version ?version }
  OPTIONAL { ?source pav:retrievedOn ?read }
  OPTIONAL { ?source dcterms:license|dcterms:rights ?licence }
}
ORDER BY DESC(?statements) ?source ?publisher ?version ?read ?licence
"""
"""The query behind the table of sources."""


def sources(graph: Graph) -> Solutions:
    """Return one row per named graph: its size, publisher, version, date of reading, licence."""
    answer = graph.engine.query(SOURCES)
    assert isinstance(answer, Solutions)
    return answer


def summary(graph: Graph) -> dict[str, Any]:
    """Return version, engine and the counts of statements, sources and things."""
    answer = graph.engine.query(
        "SELECT (COUNT(DISTINCT ?s) AS ?things) WHERE"
        ' { ?s a ?class FILTER(STRSTARTS(STR(?s), "https://w3id.org/openness/id/")) }'
    )
    statements = graph.engine.query("SELECT (COUNT(*) AS ?statements) WHERE { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    assert isinstance(statements, Solutions)
    return {
        "version": __version__,
        "engine": graph.engine.name,
        "statements": int(to_text(statements.rows[0][0], {})),
        "things": int(to_text(answer.rows[0][0], {})),
    }


def document(graph: Graph) -> dict[str, Any]:
    """Return the JSON document of `openness info -f json`: the summary and `sources`."""
    found = sources(graph)
    rows = [[None if c is None else to_text(c, {}) for c in row] for row in found.rows]
    iris = [cell.value if isinstance(cell := row[0], NamedNode) else None for row in found.rows]
    named = graph.labels(iri for iri in iris if iri)
    listed: list[dict[str, Any]] = [
        dict(zip(found.variables, row, strict=True))
        | {"source": iri, "label": named.get(iri or "")}
        for row, iri in zip(rows, iris, strict=True)
    ]
    for entry in listed:
        entry["statements"] = int(entry["statements"])
    return summary(graph) | {"sources": listed}
