"""Any SPARQL endpoint: what the vocabularies that most data sets share say of a thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from openness.links.entity import Entity
from openness.links.held import OWN
from openness.links.ledger import source_of
from openness.links.sources import sparql
from openness.links.sources.forms import pages
from openness.net.cache import Cache

# schema.org is written with http and with https.
_PREFIXES: Final = """\
PREFIX dbo: <http://dbpedia.org/ontology/>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX org: <http://www.w3.org/ns/org#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>
PREFIX sdo: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
DESCRIBE: Final = (
    _PREFIXES
    + """\
SELECT DISTINCT ?item ?what ?value
WHERE {
  VALUES ?item { {things} }
  { VALUES (?p ?what) {
      (rdfs:label "label") (skos:prefLabel "label") (schema:name "label") (sdo:name "label")
      (foaf:name "label") (dcterms:title "label")
      (skos:altLabel "alias") (schema:alternateName "alias") (sdo:alternateName "alias")
      (schema:url "website") (sdo:url "website") (foaf:homepage "website")
      (schema:foundingDate "date") (sdo:foundingDate "date") (schema:datePublished "date")
      (sdo:datePublished "date") (schema:birthDate "date") (sdo:birthDate "date")
      (dcterms:issued "date") (schema:addressCountry "country") (sdo:addressCountry "country")
      (owl:sameAs "link") (schema:sameAs "link") (sdo:sameAs "link") (skos:exactMatch "link")
      (schema:codeRepository "link") (sdo:codeRepository "link")
      (dcterms:description "description") (schema:description "description")
      (sdo:description "description") (rdfs:comment "description") }
    ?item ?p ?value }
  UNION
  { ?item a ?type . ?type rdfs:label ?value . BIND("type" AS ?what) }
  UNION
  { VALUES (?type ?value) {
      (schema:Organization "organization") (sdo:Organization "organization")
      (foaf:Organization "organization") (org:Organization "organization")
      (org:FormalOrganization "organization") (schema:Person "person") (sdo:Person "person")
      (foaf:Person "person") (schema:Dataset "dataset") (sdo:Dataset "dataset")
      (schema:SoftwareApplication "software") (sdo:SoftwareApplication "software")
      (dcterms:LicenseDocument "licence") (<https://w3id.org/fair4ml#MLModel> "model") }
    ?item a ?type . BIND("kind" AS ?what) }
}
ORDER BY ?item ?what ?value
"""
)


class Anything(sparql.SparqlSource):
    """The things behind an endpoint of which nothing is known but that it speaks SPARQL."""

    prologue: ClassVar[str] = _PREFIXES
    about: ClassVar[str] = DESCRIBE
    patterns: ClassVar[Mapping[str, str]] = {
        "label": "VALUES ?p { rdfs:label skos:prefLabel schema:name sdo:name foaf:name "
        "dcterms:title } ?item ?p ?value .",
        "alias": "VALUES ?p { skos:altLabel schema:alternateName sdo:alternateName } "
        "?item ?p ?value .",
        "website": "VALUES ?p { schema:url sdo:url foaf:homepage } ?item ?p ?value .",
        "link": "VALUES ?p { owl:sameAs schema:sameAs sdo:sameAs skos:exactMatch } "
        "?item ?p ?value .",
    }
    addresses: ClassVar[Sequence[str]] = ("website", "link")
    languages: ClassVar[Sequence[str]] = ("", *sparql.LANGUAGES)

    def __init__(self, url: str, cache: Cache, timeout: float | None) -> None:
        """Ask at an address: see :class:`openness.links.sources.sparql.SparqlSource`."""
        super().__init__(url, cache, timeout)
        self.name = source_of(url)
        self.namespace = ""

    def keys(self, ours: Entity) -> sparql.Keys:
        """Return names, pages, and where else the same thing is."""
        names = sparql.names_of(ours)
        links = [*ours.links, ours.iri]
        return {"label": names, "alias": names, "website": pages(ours.websites), "link": links}

    def is_candidate(self, iri: str) -> bool:
        """Tell whether it is none of ours, which a second instance of ourselves has too."""
        return not iri.startswith(OWN)
