"""The four W3C formats of SPARQL results, also for rows that no engine answered."""

from __future__ import annotations

import json
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, QueryResultsFormat, QuerySolutions, parse_query_results

from openness.engine.base import Solutions, Term

FORMATS: Final = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
"""The formats by the names that `-f` takes."""


def serialize_solutions(solutions: Solutions, name: str) -> bytes:
    """Return rows in one of `FORMATS`, byte for byte as an engine's own answer would be."""
    rows = [
        {
            variable: _json(cell)
            for variable, cell in zip(solutions.variables, row, strict=True)
            if cell is not None
        }
        for row in solutions.rows
    ]
    document = {"head": {"vars": solutions.variables}, "results": {"bindings": rows}}
    parsed = parse_query_results(json.dumps(document).encode(), QueryResultsFormat.JSON)
    assert isinstance(parsed, QuerySolutions)
    content = parsed.serialize(format=FORMATS[name])
    assert content is not None
    return content


def _json(term: Term) -> dict[str, Any]:
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if not isinstance(term, Literal):
        return {"type": "uri", "value": term.value}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}
