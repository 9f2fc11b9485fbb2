"""The matrix of acts and licences: what each licence that has been read says to each act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openness import may
from openness.clauses import Library
from openness.graph import Graph
from openness.table import Table, Thing

_LICENCES = """
SELECT DISTINCT ?licence
WHERE {
  ?licence odrl:profile ?profile ; rdfs:label ?label .
  FILTER NOT EXISTS { ?other openness:incorporates ?licence }
}
ORDER BY ?licence
"""


@dataclass(frozen=True)
class Matrix:
    """Answers by licence and act, with nothing said of users, revenue, country or field."""

    licences: tuple[Thing, ...]
    actions: tuple[str, ...]
    answers: Mapping[tuple[Thing, str], str]


def matrix(graph: Graph) -> Matrix:
    """Return what all licences with a reading say to all acts."""
    found = graph.query(_LICENCES)
    assert isinstance(found, Table)
    licences = tuple(row.licence for row in found)
    library = Library(graph)
    library.terms(licence.iri for licence in licences)
    answers = {
        (licence, action): may.overall(may.rulings(graph, may.Question(action), licence, library))
        for licence in licences
        for action in may.ACTIONS
    }
    return Matrix(licences, tuple(may.ACTIONS), answers)


def document(found: Matrix) -> dict[str, Any]:
    """Return the JSON document of `openness may --matrix -f json`: answers by licence and act."""
    return {
        "actions": list(found.actions),
        "licences": [
            {
                "licence": licence.to_dict(),
                "answers": {action: found.answers[licence, action] for action in found.actions},
            }
            for licence in found.licences
        ],
    }
