"""What data sets say of their own things, for a person who compares and for the check of links."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.sources import facts
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

    def describe(iris: Sequence[str]) -> Mapping[str, Entity]:
        if name not in _QUERIES:
            return {
                iri: entity
                for iri in iris
                if (entity := _documented(origin, iri, cache, url or origin.url, timeout))
            }
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


def _documented(
    origin: facts.Origin, iri: str, cache: Cache, url: str, timeout: float | None
) -> Entity | None:
    kept = facts.asked_document(origin, iri, cache, url, timeout)
    if kept is None:
        return None
    where, said, _ = kept
    try:
        return _ror(iri, said) if origin.name == "ror" else _huggingface(iri, said)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise NetworkError(f"{where} is not what it should be: {error}.") from error


def _ror(iri: str, said: dict[str, Any]) -> Entity:
    """Return a record of ROR's schema 2 (github.com/ror-community/ror-schema) as an entity."""
    names = said.get("names") or []
    shown = [one["value"] for one in names if "ror_display" in one["types"]]
    others = tuple(dict.fromkeys(one["value"] for one in names if one["value"] not in shown[:1]))
    rows = list(facts.READERS["ror"][0](iri, said))

    def texts(what: str) -> tuple[str, ...]:
        return tuple(str(row["value"]["value"]) for name, row in rows if name == what)

    elsewhere = [
        f"http://www.wikidata.org/entity/{number}"
        for one in said.get("external_ids") or ()
        if one["type"] == "wikidata"
        for number in one["all"]
    ]
    # A record that was withdrawn in favour of another names its successor.
    successors = [
        one["id"] for one in said.get("relationships") or () if one["type"] == "successor"
    ]
    is_withdrawn = said.get("status") == "withdrawn" and len(successors) == 1
    return Entity(
        successors[0] if is_withdrawn else str(said.get("id") or iri),
        shown[0] if shown else iri,
        others,
        "organization",
        tuple(said.get("types") or ()),
        texts("website"),
        texts("founded"),
        tuple(elsewhere),
        ", ".join(dict.fromkeys(texts("country"))),
    )


def _huggingface(iri: str, said: dict[str, Any]) -> Entity:
    """Return a page of Hugging Face: of a model, a data set, or whoever publishes them."""
    name = iri.removeprefix(facts.HUGGINGFACE).strip("/")
    if "/" not in name:
        label = str(said.get("fullname") or name)
        return Entity(iri, label, (name,) if label != name else (), "organization")
    is_data = name.startswith("datasets/")
    now = str(said.get("id") or name.removeprefix("datasets/"))
    return Entity(
        f"{facts.HUGGINGFACE}{'datasets/' * is_data}{now}",
        now.rpartition("/")[2],
        (now,),
        "dataset" if is_data else "model",
        tuple(str(tag) for tag in (said.get("pipeline_tag"),) if tag),
    )
