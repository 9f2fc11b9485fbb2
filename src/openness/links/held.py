"""The links to external data sets that the graph holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.terms import ID, compact

SAME: Final = ("schema:sameAs", "skos:exactMatch")
"""The relations that say that theirs is ours."""
NEAR: Final = (
    "rdfs:seeAlso",
    "skos:closeMatch",
    "skos:broadMatch",
    "skos:narrowMatch",
    "skos:relatedMatch",
)
"""The relations that say less."""
OWN: Final = "https://w3id.org/openness/"
"""How all IRIs of ours begin, those of terms and graphs included."""

_LINKS: Final = """
SELECT DISTINCT ?ours ?relation ?theirs ?graph
WHERE {
  VALUES ?relation { {relations} }
  GRAPH ?graph { ?ours ?relation ?theirs }
  FILTER(ISIRI(?theirs) && STRSTARTS(STR(?ours), ?_ours) && !STRSTARTS(STR(?theirs), ?_own))
}
ORDER BY ?ours ?relation ?theirs ?graph
"""


@dataclass(frozen=True, order=True)
class Link:
    """One link: the IRIs at its ends, its relation in short, and the named graph that says so."""

    ours: str
    relation: str
    theirs: str
    graph: str

    @property
    def is_same(self) -> bool:
        """Whether theirs is ours, and not only near it."""
        return self.relation in SAME

    @property
    def kind(self) -> str:
        """The kind of our thing, as its id has it: `organization`, `model`, …."""
        return self.ours.removeprefix(ID).partition("/")[0]


def links(graph: Graph, relations: Iterable[str] = (*SAME, *NEAR)) -> list[Link]:
    """Return the links from our things to what is not ours, in a fixed order."""
    answer = graph.engine.query(
        _LINKS.replace("{relations}", " ".join(relations)),
        {"_ours": Literal(ID), "_own": Literal(OWN)},
    )
    assert isinstance(answer, Solutions)
    return [
        Link(ours.value, compact(relation.value), theirs.value, source.value)
        for ours, relation, theirs, source in answer.rows
        if isinstance(ours, NamedNode)
        and isinstance(relation, NamedNode)
        and isinstance(theirs, NamedNode)
        and isinstance(source, NamedNode)
    ]
