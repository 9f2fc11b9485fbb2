"""What the graph says of one thing, each statement with its source."""

from __future__ import annotations

from typing import Any, Final

from pyoxigraph import NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import Thing, to_value

FACTS: Final = """
SELECT DISTINCT ?direction ?property ?value ?source
WHERE {
  { GRAPH ?source { ?_thing ?property ?value } BIND("of" AS ?direction) }
  UNION
  { GRAPH ?source { ?value ?property ?_thing } BIND("to" AS ?direction) }
}
ORDER BY ?direction ?property ?value ?source
"""


def facts(graph: Graph, thing: Thing) -> Solutions:
    """Return the statements that have a thing as subject (`of`) or as object (`to`).

    The columns are direction, property, value (the other end) and source (the named graph).
    """
    answer = graph.engine.query(FACTS, {"_thing": NamedNode(thing.iri)})
    assert isinstance(answer, Solutions)
    return answer


def document(graph: Graph, thing: Thing, found: Solutions) -> dict[str, Any]:
    """Return the facts of a thing as the JSON document of `openness show -f json`.

    `{"iri", "id", "label", "facts": [{"direction", "property", "value", "source"}]}`, where
    property, source and a value that is a thing are `{"iri", "id", "label"}`, and a value that
    is a literal is text.
    """
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
        "facts": [dict(zip(found.variables, map(written, row), strict=True)) for row in found.rows],
    }
