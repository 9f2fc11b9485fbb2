"""Wikidata: how its items are found and described, by SPARQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Final

from openness.links.entity import Entity
from openness.links.ledger import NAMESPACES
from openness.links.sources import facts, sparql
from openness.links.sources.forms import pages

ORIGIN: Final = facts.ORIGINS["wikidata"]
URL: Final = ORIGIN.url

_PREFIXES: Final = """\
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX psv: <http://www.wikidata.org/prop/statement/value/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX wd: <http://www.wikidata.org/entity/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
"""

# As in public queries: P31 and P279 lead to classes; Q5 is a human, Q43229 an organization, Q7397
# software, Q115305900 a large language model, Q207621 a software licence, Q1172284 a data set;
# P6782 is a ROR id, P2037 a name on GitHub, P496 an ORCID, P2479 an SPDX id, P1324 the address of
# source code, P577 the date of publication, P569 that of birth.
DESCRIBE: Final = (
    _PREFIXES
    + """\
SELECT DISTINCT ?item ?what ?value
WHERE {
  VALUES ?item { {things} }
  { ?item owl:sameAs ?value . BIND("moved" AS ?what) }
  UNION
  { ?item rdfs:label ?value . FILTER(LANG(?value) = "en") BIND("label" AS ?what) }
  UNION
  { ?item rdfs:label ?value . FILTER(LANG(?value) != "en") BIND("other label" AS ?what) }
  UNION
  { ?item skos:altLabel ?value . FILTER(LANG(?value) IN ("en", "mul")) BIND("alias" AS ?what) }
  UNION
  { ?item schema:description ?value . FILTER(LANG(?value) = "en") BIND("description" AS ?what) }
  UNION
  { ?item wdt:P31 ?type . ?type rdfs:label ?value .
    FILTER(LANG(?value) = "en") BIND("type" AS ?what) }
  UNION
  { VALUES (?class ?value) { (wd:Q43229 "organization") (wd:Q7397 "software")
      (wd:Q115305900 "model") (wd:Q207621 "licence") (wd:Q1172284 "dataset") }
    ?item wdt:P31/wdt:P279* ?class . BIND("kind" AS ?what) }
  UNION
  { ?item wdt:P31 wd:Q5 . BIND("person" AS ?value) BIND("kind" AS ?what) }
  UNION
  { VALUES (?property ?start) { (wdt:P6782 "https://ror.org/") (wdt:P2037 "https://github.com/")
      (wdt:P496 "https://orcid.org/") (wdt:P2479 "https://spdx.org/licenses/") }
    ?item ?property ?id . BIND(CONCAT(?start, STR(?id)) AS ?value) BIND("link" AS ?what) }
  UNION
  { ?item wdt:P1324 ?code . BIND(STR(?code) AS ?value) BIND("link" AS ?what) }
  UNION
  { VALUES (?property ?node) { (p:P577 psv:P577) (p:P569 psv:P569) }
    ?item ?property ?statement . ?statement a wikibase:BestRank ; ?node ?time .
    ?time wikibase:timeValue ?day ; wikibase:timePrecision ?precision .
    BIND(CONCAT(STR(?day), " ", STR(?precision)) AS ?value) BIND("date" AS ?what) }
}
ORDER BY ?item ?what ?value
"""
)

_IDS: Final = {
    "ror": re.compile(r"https?://ror\.org/([^/?#]+)/?"),
    "github": re.compile(r"https?://github\.com/([^/?#]+)/?"),
    "orcid": re.compile(r"https?://orcid\.org/([^/?#]+)/?"),
    "spdx": re.compile(r"https?://spdx\.org/licenses/([^/?#]+?)(?:\.html|\.json)?"),
}
"""By pattern, what is an id in the address of the same thing elsewhere."""


class Wikidata(sparql.SparqlSource):
    """Wikidata's items."""

    name = "wikidata"
    namespace = NAMESPACES["wikidata"]
    prologue: ClassVar[str] = _PREFIXES
    about: ClassVar[str] = DESCRIBE
    origin: ClassVar[facts.Origin | None] = ORIGIN
    patterns: ClassVar[Mapping[str, str]] = {
        "label": "?item rdfs:label ?value .",
        "alias": "?item skos:altLabel ?value .",
        "website": "?item wdt:P856 ?value .",
        "code": "?item wdt:P1324 ?value .",
        "ror": "?item wdt:P6782 ?value .",
        "github": "?item wdt:P2037 ?value .",
        "orcid": "?item wdt:P496 ?value .",
        "spdx": "?item wdt:P2479 ?value .",
    }
    addresses: ClassVar[Sequence[str]] = ("website", "code")
    # Q4167410 is the class of pages that tell things of one name apart.
    without: ClassVar[str] = "  FILTER NOT EXISTS { ?item wdt:P31 wd:Q4167410 }\n"

    def keys(self, ours: Entity) -> sparql.Keys:
        """Return names, pages, and the ids in addresses of the same thing elsewhere."""
        names = sparql.names_of(ours)
        found: dict[str, list[str]] = {"label": names, "alias": names}
        found["website"] = pages(ours.websites)
        found["code"] = pages(one for one in ours.links if "://github.com/" in one)
        for what, pattern in _IDS.items():
            found[what] = list(_ids(pattern, ours))
        if ours.kind == "licence":
            found["spdx"] += [name for name in (ours.label, *ours.aliases) if " " not in name]
        return found

    def is_candidate(self, iri: str) -> bool:
        """Tell whether it is an item, and no property or lexeme."""
        return iri.startswith(f"{self.namespace}Q")


def _ids(pattern: re.Pattern[str], ours: Entity) -> Iterator[str]:
    for address in (*ours.links, *ours.websites):
        match = pattern.fullmatch(address)
        if match is not None:
            yield match[1]
