"""DBpedia: how its resources are found and described, by SPARQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from openness.links.entity import Entity
from openness.links.ledger import NAMESPACES
from openness.links.sources import facts, sparql
from openness.links.sources.forms import pages

ORIGIN: Final = facts.ORIGINS["dbpedia"]
URL: Final = ORIGIN.url

_PREFIXES: Final = """\
PREFIX dbo: <http://dbpedia.org/ontology/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""
# A page that was moved is dbo:wikiPageRedirects, and its title another name of the thing.
DESCRIBE: Final = (
    _PREFIXES
    + """\
SELECT DISTINCT ?item ?what ?value
WHERE {
  VALUES ?item { {things} }
  { ?item dbo:wikiPageRedirects ?value . BIND("moved" AS ?what) }
  UNION
  { ?item rdfs:label ?value . FILTER(LANG(?value) = "en") BIND("label" AS ?what) }
  UNION
  { ?item rdfs:label ?value . FILTER(LANG(?value) != "en") BIND("other label" AS ?what) }
  UNION
  { ?item foaf:name ?value . BIND("alias" AS ?what) }
  UNION
  { ?page dbo:wikiPageRedirects ?item . ?page rdfs:label ?value .
    FILTER(LANG(?value) = "en") BIND("alias" AS ?what) }
  UNION
  { ?item rdfs:comment ?value . FILTER(LANG(?value) = "en") BIND("description" AS ?what) }
  UNION
  { VALUES (?class ?value) { (dbo:Organisation "organization") (dbo:Person "person")
      (dbo:Software "software") }
    ?item a ?class . BIND("kind" AS ?what) }
  UNION
  { ?item a ?class . ?class rdfs:label ?value .
    FILTER(LANG(?value) = "en" && STRSTARTS(STR(?class), "http://dbpedia.org/ontology/"))
    BIND("type" AS ?what) }
  UNION
  { ?item owl:sameAs ?value . FILTER(STRSTARTS(STR(?value), "http://www.wikidata.org/"))
    BIND("link" AS ?what) }
}
ORDER BY ?item ?what ?value
"""
)


class DBpedia(sparql.SparqlSource):
    """The resources of DBpedia's English edition."""

    name = "dbpedia"
    namespace = NAMESPACES["dbpedia"]
    prologue: ClassVar[str] = _PREFIXES
    about: ClassVar[str] = DESCRIBE
    origin: ClassVar[facts.Origin | None] = ORIGIN
    patterns: ClassVar[Mapping[str, str]] = {
        "label": "?item rdfs:label ?value . "
        "FILTER NOT EXISTS { ?item dbo:wikiPageRedirects ?target }",
        "alias": "?page rdfs:label ?value . ?page dbo:wikiPageRedirects ?item .",
        "name": "?item foaf:name ?value .",
        "website": "?item foaf:homepage ?value .",
        "link": "?item owl:sameAs ?value .",
    }
    addresses: ClassVar[Sequence[str]] = ("website", "link")
    # A page that tells things of one name apart is none of them.
    without: ClassVar[str] = "  FILTER NOT EXISTS { ?item dbo:wikiPageDisambiguates ?meant }\n"

    def keys(self, ours: Entity) -> sparql.Keys:
        """Return names, pages, and the Wikidata items that are the same."""
        names = sparql.names_of(ours)
        return {
            "label": names,
            "alias": names,
            "name": names,
            "website": pages(ours.websites),
            "link": [one for one in ours.links if one.startswith(NAMESPACES["wikidata"])],
        }
