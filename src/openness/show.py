"""What the graph says of one thing, each statement with its source, and why its links hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Cell, Solutions
from openness.graph import Graph
from openness.table import Thing, to_value
from openness.terms import PREFIXES

FACTS: Final = """
SELECT DISTINCT ?direction ?property ?value ?source
WHERE {
  { GRAPH ?source { ?_thing ?property ?value } BIND("of" AS ?direction) }
  UNION
  { GRAPH ?source { ?value ?property ?_thing } BIND("to" AS ?direction) }
}
ORDER BY ?direction ?property ?value ?source
"""

REASONS: Final = """
SELECT DISTINCT ?property ?value ?source ?slot ?said
WHERE {
  GRAPH ?source {
    ?mapping owl:annotatedSource ?_thing ; owl:annotatedProperty ?property ;
      owl:annotatedTarget ?value ; ?slot ?said
  }
}
ORDER BY ?property ?value ?source ?slot ?said
"""
_ABOUT: Final = tuple(
    NamedNode(PREFIXES["owl"] + f"annotated{end}") for end in ("Source", "Target")
)
_SLOTS: Final = {
    PREFIXES["dcterms"] + "source": "evidence",
    PREFIXES["rdfs"] + "comment": "comment",
    PREFIXES["sssom"] + "mapping_justification": "justification",
    PREFIXES["sssom"] + "confidence": "confidence",
    PREFIXES["sssom"] + "author_label": "author",
    PREFIXES["sssom"] + "reviewer_label": "reviewer",
    PREFIXES["dcterms"] + "created": "date",
}

Link: TypeAlias = tuple[Cell, Cell, Cell]
"""A statement that links a thing: its property, its value, and the named graph that says so."""


@dataclass
class Reason:
    """Why a link is held, as a row of SSSOM says; what it does not say is empty.

    Attributes:
        justification: how it was found, a term of the Semantic Mapping Vocabulary.
        evidence: the addresses at which it can be seen.
        comment: what stands there.
        confidence: from 0 to 1, as text.
        author: who decided.
        reviewer: who looked at it.
        date: the day of that.
    """

    justification: str = ""
    evidence: list[str] = field(default_factory=list)
    comment: str = ""
    confidence: str = ""
    author: str = ""
    reviewer: str = ""
    date: str = ""


def reasons(graph: Graph, thing: Thing) -> dict[Link, Reason]:
    """Return why the links of a thing are held, in the order of their statements."""
    answer = graph.engine.query(REASONS, {"_thing": NamedNode(thing.iri)})
    assert isinstance(answer, Solutions)
    found: dict[Link, Reason] = {}
    for relation, value, source, slot, said in answer.rows:
        reason = found.setdefault((relation, value, source), Reason())
        name = _SLOTS.get(slot.value) if isinstance(slot, NamedNode) else None
        if name is None or not isinstance(said, NamedNode | Literal):
            continue
        if name == "evidence":
            reason.evidence.append(said.value)
        else:
            setattr(reason, name, said.value)
    return found


def without_mappings(found: Solutions) -> Solutions:
    """Return facts without those that only say that a link has reasons."""
    rows = [row for row in found.rows if row[1] not in _ABOUT]
    return Solutions(found.variables, rows)


def facts(graph: Graph, thing: Thing) -> Solutions:
    """Return the statements that have a thing as subject (`of`) or as object (`to`).

    The columns are direction, property, value (the other end) and source (the named graph).
    """
    answer = graph.engine.query(FACTS, {"_thing": NamedNode(thing.iri)})
    assert isinstance(answer, Solutions)
    return answer


def document(
    graph: Graph, thing: Thing, found: Solutions, why: Mapping[Link, Reason]
) -> dict[str, Any]:
    """Return the facts of a thing as the JSON document of `openness show -f json`.

    `{"iri", "id", "label", "facts": [{"direction", "property", "value", "source"}]}`, where
    property, source and a value that is a thing are `{"iri", "id", "label"}`, and a value that
    is a literal is text. A fact that is a link has `"because"`: what is known of `justification`,
    `evidence` (a list), `comment`, `confidence`, `author`, `reviewer` and `date`.
    """
    found = without_mappings(found)
    labels = graph.labels_in(found)

    def written(cell: Any) -> Any:
        value = to_value(cell, labels)
        if isinstance(value, Thing):
            return {"iri": value.iri, "id": value.id, "label": value.label}
        return cell.value if hasattr(cell, "value") else value

    return {
        "iri": thing.iri,
        "id": thing.id,
        "label": thing.label,
        "facts": [
            dict(zip(found.variables, map(written, row), strict=True)) | _because(row, why)
            for row in found.rows
        ],
    }


def _because(row: tuple[Cell, ...], why: Mapping[Link, Reason]) -> dict[str, Any]:
    """Return the member of a fact that says why it is held, if it is a link of the thing."""
    direction, relation, value, source = row
    reason = why.get((relation, value, source))
    if reason is None or not isinstance(direction, Literal) or direction.value != "of":
        return {}
    return {"because": {name: said for name, said in vars(reason).items() if said}}
