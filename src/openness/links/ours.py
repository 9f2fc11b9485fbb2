"""Our own things as they are compared with others': many in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.links.entity import KINDS, Entity
from openness.terms import ID

_BATCH: Final = 200
_FACTS: Final = """
SELECT DISTINCT ?thing ?part ?value
WHERE {
  { VALUES ?thing { {things} }
    VALUES (?p ?part) {
      (rdfs:label "label") (skos:altLabel "alias") (openness:sourceName "alias")
      (dcterms:identifier "alias")
      (schema:url "website") (schema:codeRepository "link") (schema:sameAs "link")
      (schema:foundingDate "date") (schema:datePublished "date") (dcterms:issued "date")
      (schema:addressCountry "country") (dcterms:description "description") }
    ?thing ?p ?value }
  UNION
  { VALUES ?thing { {things} }
    ?thing a ?type . ?type rdfs:label ?value . BIND("type" AS ?part) }
  UNION
  { VALUES ?thing { {things} }
    VALUES ?p { schema:creator org:unitOf } ?thing ?p ?other . ?other rdfs:label ?maker .
    BIND(CONCAT("of ", STR(?maker)) AS ?value) BIND("type" AS ?part) }
}
ORDER BY ?thing ?part ?value
"""


def entity(graph: Graph, iri: str) -> Entity:
    """Return one thing of ours as the graph has it."""
    return entities(graph, [iri])[0]


def entities(graph: Graph, iris: Iterable[str]) -> list[Entity]:
    """Return things of ours as the graph has them, in the order of their IRIs as given."""
    wanted = list(dict.fromkeys(iris))
    found: dict[str, dict[str, list[str]]] = {iri: {} for iri in wanted}
    for start in range(0, len(wanted), _BATCH):
        block = " ".join(str(NamedNode(iri)) for iri in wanted[start : start + _BATCH])
        answer = graph.engine.query(_FACTS.replace("{things}", block))
        assert isinstance(answer, Solutions)
        for thing, part, value in answer.rows:
            if isinstance(thing, NamedNode) and part is not None and value is not None:
                found[thing.value].setdefault(part.value, []).append(value.value)
    return [_entity(iri, said) for iri, said in found.items()]


def _entity(iri: str, said: dict[str, list[str]]) -> Entity:
    def texts(part: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(said.get(part, ())))

    labels = texts("label")
    names: Sequence[str] = (*labels[1:], *texts("alias"))
    kind = iri.removeprefix(ID).partition("/")[0]
    return Entity(
        iri,
        labels[0] if labels else iri,
        tuple(dict.fromkeys(name for name in names if name not in labels[:1])),
        kind if kind in KINDS else "",
        texts("type"),
        texts("website"),
        texts("date"),
        texts("link"),
        ", ".join(texts("country")),
        " ".join(texts("description")),
    )
