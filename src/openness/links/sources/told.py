"""What data sets say of their own things, for a person who compares and for the check of links."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

from openness.links.entity import Entity
from openness.links.sources import facts
from openness.links.sources.huggingface import HuggingFace
from openness.links.sources.ror import Ror
from openness.net.cache import Cache

Describe: TypeAlias = Callable[[Sequence[str]], Mapping[str, Entity]]

# P31 and P279 lead to classes; Q5 is a human, Q43229 an organization: as in public queries for
# either (`?item wdt:P31 wd:Q5`, `?item wdt:P31/wdt:P279* wd:Q43229`); P6782 is a ROR id.
_WIKIDATA: Final = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
SELECT DISTINCT ?asked ?item ?what ?value
WHERE {
  VALUES ?asked { {things} }
  ?asked owl:sameAs? ?item .
  { ?item rdfs:label ?value . FILTER(LANG(?value) = "en") BIND("label" AS ?what) }
  UNION
  { ?item rdfs:label ?value . FILTER(LANG(?value) != "en") BIND("other label" AS ?what) }
  UNION
  { ?item skos:altLabel ?value . FILTER(LANG(?value) = "en") BIND("alias" AS ?what) }
  UNION
  { ?item schema:description ?value . FILTER(LANG(?value) = "en") BIND("description" AS ?what) }
  UNION
  { ?item wdt:P31 ?type . ?type rdfs:label ?value .
    FILTER(LANG(?value) = "en") BIND("type" AS ?what) }
  UNION
  { ?item wdt:P31 wd:Q5 . BIND("person" AS ?value) BIND("kind" AS ?what) }
  UNION
  { ?item wdt:P31/wdt:P279* wd:Q43229 .
    BIND("organization" AS ?value) BIND("kind" AS ?what) }
  UNION
  { ?item wdt:P6782 ?ror . BIND(CONCAT("https://ror.org/", STR(?ror)) AS ?value)
    BIND("link" AS ?what) }
}
ORDER BY ?asked ?item ?what ?value
"""
_DBPEDIA: Final = """
PREFIX dbo: <http://dbpedia.org/ontology/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?asked ?item ?what ?value
WHERE {
  VALUES ?asked { {things} }
  ?asked dbo:wikiPageRedirects? ?item .
  { ?item rdfs:label ?value . FILTER(LANG(?value) = "en") BIND("label" AS ?what) }
  UNION
  { ?item rdfs:comment ?value . FILTER(LANG(?value) = "en") BIND("description" AS ?what) }
  UNION
  { ?item a dbo:Organisation . BIND("organization" AS ?value) BIND("kind" AS ?what) }
  UNION
  { ?item a dbo:Person . BIND("person" AS ?value) BIND("kind" AS ?what) }
  UNION
  { ?item owl:sameAs ?value . FILTER(STRSTARTS(STR(?value), "http://www.wikidata.org/"))
    BIND("link" AS ?what) }
}
ORDER BY ?asked ?item ?what ?value
"""
_QUERIES: Final = {"wikidata": _WIKIDATA, "dbpedia": _DBPEDIA}
_WITH_DOCUMENTS: Final[dict[str, type[Ror] | type[HuggingFace]]] = {
    "ror": Ror,
    "huggingface": HuggingFace,
}
_COMMON: Final = ("founded", "country", "website")


def describer(
    name: str, cache: Cache, url: str | None = None, timeout: float | None = None
) -> Describe:
    """Return what describes the things of a data set, by their IRIs; the dead are missing.

    Args:
        name: one of :data:`openness.links.sources.facts.ORIGINS`.
        cache: of its answers.
        url: an address to ask in place of its own.
        timeout: seconds for one request.
    """
    origin = facts.ORIGINS[name]
    today = datetime.date.today()
    if name in _WITH_DOCUMENTS:
        return _WITH_DOCUMENTS[name](url or origin.url, cache, timeout).describe

    def describe(iris: Sequence[str]) -> Mapping[str, Entity]:
        found = facts.fetch(origin, iris, _COMMON, cache, today, url, timeout)
        return _named(origin, iris, found, cache, url or origin.url, timeout)

    return describe


def _named(
    origin: facts.Origin,
    iris: Sequence[str],
    found: Mapping[str, facts.Found],
    cache: Cache,
    url: str,
    timeout: float | None,
) -> dict[str, Entity]:
    """Add names and kinds to facts; what has no name at all is dead."""
    entities = {}
    for start in range(0, len(iris), origin.batch):
        part = sorted(iris[start : start + origin.batch])
        said: dict[str, dict[str, list[str]]] = {}
        place: dict[str, str] = {}
        for row in facts.answer(_QUERIES[origin.name], part, url, cache, timeout):
            asked, item = row["asked"]["value"], row["item"]["value"]
            place[asked] = item if item != asked else place.get(asked, item)
            said.setdefault(asked, {}).setdefault(row["what"]["value"], []).append(
                row["value"]["value"]
            )
        for asked, of in said.items():
            entities[asked] = _entity(place[asked], of, found.get(asked))
    return entities


def _entity(iri: str, said: Mapping[str, list[str]], found: facts.Found | None) -> Entity:
    names = list(dict.fromkeys([*said.get("label", ()), *said.get("other label", ())]))
    values = found.values if found else {}

    def texts(what: str) -> tuple[str, ...]:
        return tuple(term.value for term in values.get(what, ()))

    kinds = set(said.get("kind", ()))
    return Entity(
        iri,
        names[0] if names else iri,
        tuple(dict.fromkeys([*said.get("alias", ()), *names[1:]])),
        kinds.pop() if len(kinds) == 1 else "",
        tuple(dict.fromkeys(said.get("type", ()))),
        texts("website"),
        texts("founded"),
        tuple(dict.fromkeys(said.get("link", ()))),
        ", ".join(texts("country")),
        " ".join(said.get("description", ())),
    )
