"""Single facts of an external data set, in our own terms: what `openness enrich` brings in.

Wikidata and DBpedia are asked by SPARQL, because what counts there (ranks, the precision of a date,
the day on which a web site ceased to be the right one) is more than an entity to compare has.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from openness.links.sources import huggingface, ror, select
from openness.links.sources.documents import Rows
from openness.net.cache import Cache

BATCH: Final = 50
"""About how many things one query is sent."""
VARIABLES: Final = ("asked", "item", "what", "value")
"""What the queries about given things select: what was asked for, where it stands, and a fact."""

PROPERTIES: Final = {
    "founded": "schema:foundingDate",
    "country": "schema:addressCountry",
    "website": "schema:url",
    "logo": "schema:logo",
    "licence": "dcterms:license",
    "parameters": "openness:hasParameterCount",
}
"""What can be asked for, and the property that it becomes."""


@dataclass(frozen=True)
class Origin:
    """A data set that facts can be taken from.

    Attributes:
        name: its name, and that of its named graph.
        title: what it is called.
        publisher: who publishes it.
        page: where it is on the web.
        url: the address that is asked.
        licence: the address of its data licence, or None if it states none.
        whats: which of `PROPERTIES` it has.
        batch: how many things one request is for.
    """

    name: str
    title: str
    publisher: str
    page: str
    url: str
    licence: str | None
    whats: tuple[str, ...]
    batch: int = BATCH


# Licences as the sources state them: https://www.wikidata.org/wiki/Wikidata:Licensing (structured
# data CC0); http://wiki.dbpedia.org/Imprint (CC BY-SA 3.0 and the GFDL); https://ror.org (CC0).
_CC0: Final = "https://creativecommons.org/publicdomain/zero/1.0/"
ORIGINS: Final = {
    "wikidata": Origin(
        "wikidata",
        "Wikidata",
        "Wikimedia Foundation",
        "https://www.wikidata.org/",
        "https://query.wikidata.org/sparql",
        _CC0,
        ("founded", "country", "website", "logo"),
    ),
    "dbpedia": Origin(
        "dbpedia",
        "DBpedia",
        "DBpedia Association",
        "https://www.dbpedia.org/",
        "https://dbpedia.org/sparql",
        "https://creativecommons.org/licenses/by-sa/3.0/",
        ("founded", "country", "website"),
    ),
    "ror": Origin(
        "ror",
        "Research Organization Registry",
        "Research Organization Registry",
        "https://ror.org/",
        ror.URL,
        _CC0,
        ("founded", "country", "website"),
        batch=1,
    ),
    "huggingface": Origin(
        "huggingface",
        "Hugging Face Hub",
        "Hugging Face",
        "https://huggingface.co/",
        huggingface.URL,
        None,
        ("logo", "licence", "parameters"),
        batch=1,
    ),
}
"""The data sets, by the word after `--from`."""


@dataclass
class Found:
    """What a source says of one of its things.

    Attributes:
        iri: where the facts stand: another IRI than was asked for, if the source redirects.
        values: terms by what was asked for, none twice, in a fixed order.
        retrieved: the day on which the source gave them.
        notes: what was left out, and why, in one line each.
    """

    iri: str
    values: dict[str, list[NamedNode | Literal]] = field(default_factory=dict)
    retrieved: datetime.date = datetime.date.min
    notes: list[str] = field(default_factory=list)


# Ranks and value nodes: https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format; P154 and
# P571: https://www.wikidata.org/wiki/Wikidata:WikiProject_Websites; P856:
# https://www.wikidata.org/wiki/Property_talk:P856; P17, P297 and P582 as in public queries for
# countries' codes (`?item wdt:P17/wdt:P297 ?code`) and for terms of office (`pq:P582 ?end`).
# A path of length 0 or 1 in place of the first UNION makes Virtuoso 7.2, which DBpedia runs, find
# nothing when there are several things.
_WIKIDATA: Final = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX p: <http://www.wikidata.org/prop/>
PREFIX pq: <http://www.wikidata.org/prop/qualifier/>
PREFIX ps: <http://www.wikidata.org/prop/statement/>
PREFIX psv: <http://www.wikidata.org/prop/statement/value/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
PREFIX wikibase: <http://wikiba.se/ontology#>
SELECT DISTINCT ?asked ?item ?what ?value ?precision ?rank ?end
WHERE {
  { VALUES ?asked { {things} } BIND(?asked AS ?item) }
  UNION
  { VALUES ?asked { {things} } ?asked owl:sameAs ?item }
  { ?item p:P571 ?statement . ?statement psv:P571 ?node ; wikibase:rank ?rank .
    ?node wikibase:timeValue ?value ; wikibase:timePrecision ?precision .
    BIND("founded" AS ?what) }
  UNION
  { ?item p:P17 ?statement . ?statement ps:P17 ?country ; wikibase:rank ?rank .
    ?country wdt:P297 ?value . BIND("country" AS ?what) }
  UNION
  { ?item p:P856 ?statement . ?statement ps:P856 ?value ; wikibase:rank ?rank .
    BIND("website" AS ?what) }
  UNION
  { ?item p:P154 ?statement . ?statement ps:P154 ?value ; wikibase:rank ?rank .
    BIND("logo" AS ?what) }
  OPTIONAL { ?statement pq:P582 ?end }
}
ORDER BY ?asked ?item ?what ?value ?precision ?rank ?end
"""
_WIKIBASE: Final = "http://wikiba.se/ontology#"

# Of DBpedia's ontology: foundingDate and foundingYear of an organization, locationCountry, and a
# country's iso31661Code; a page's own site is its foaf:homepage, a moved page wikiPageRedirects.
_DBPEDIA: Final = """
PREFIX dbo: <http://dbpedia.org/ontology/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
SELECT DISTINCT ?asked ?item ?what ?value
WHERE {
  { VALUES ?asked { {things} } BIND(?asked AS ?item) }
  UNION
  { VALUES ?asked { {things} } ?asked dbo:wikiPageRedirects ?item }
  { ?item dbo:foundingDate|dbo:foundingYear ?value . BIND("founded" AS ?what) }
  UNION
  { ?item dbo:locationCountry ?country . ?country dbo:iso31661Code ?value .
    BIND("country" AS ?what) }
  UNION
  { ?item foaf:homepage ?value . BIND("website" AS ?what) }
}
ORDER BY ?asked ?item ?what ?value
"""


def fetch(
    origin: Origin,
    iris: Sequence[str],
    whats: Iterable[str],
    cache: Cache,
    today: datetime.date,
    url: str | None = None,
    timeout: float | None = None,
) -> dict[str, Found]:
    """Return what a source says of its things; one that it says nothing of is missing.

    Args:
        origin: the source.
        iris: its IRIs.
        whats: what is wanted: names of `PROPERTIES`.
        cache: of the source's answers.
        today: from this day on, what has ended has ended.
        url: an address to ask in place of the source's own.
        timeout: seconds for one request.

    Raises:
        NetworkError: if the source cannot be asked or its answer cannot be used.
    """
    wanted = set(whats)
    ask = _documents if origin.name in _DOCUMENTED else _sparql
    found: dict[str, Found] = {}
    for start in range(0, len(iris), origin.batch):
        part = iris[start : start + origin.batch]
        found |= ask(origin, part, cache, today, url or origin.url, timeout)
    for one in found.values():
        one.values = {name: terms for name, terms in one.values.items() if name in wanted and terms}
        one.notes = [note for note in one.notes if note.partition(":")[0] in wanted]
    return found


def _sparql(
    origin: Origin,
    iris: Sequence[str],
    cache: Cache,
    today: datetime.date,
    url: str,
    timeout: float | None,
) -> dict[str, Found]:
    template = _WIKIDATA if origin.name == "wikidata" else _DBPEDIA
    answer = select.ask(url, query(template, iris), VARIABLES, cache, timeout)
    rows: dict[tuple[str, str], list[select.Row]] = {}
    found: dict[str, Found] = {}
    for row in answer.value:
        asked, item, what = (row[name]["value"] for name in ("asked", "item", "what"))
        one = found.setdefault(asked, Found(item, retrieved=answer.retrieved))
        # What stands at the new place counts, should anything stand at the old one too.
        one.iri = item if item != asked else one.iri
        rows.setdefault((asked, what), []).append(row)
    for (asked, what), some in rows.items():
        best = _best(some, today) if origin.name == "wikidata" else some
        for row in best:
            term, why_not = _TERMS[what](row)
            if term is not None:
                _add(found[asked].values.setdefault(what, []), term)
            else:
                found[asked].notes.append(f"{what}: {why_not}")
    for one in found.values():
        one.values = {what: _precise(what, terms) for what, terms in one.values.items()}
    return found


def query(template: str, iris: Sequence[str]) -> str:
    """Return a query about things, from a template with `{things}` in it."""
    return template.replace("{things}", " ".join(str(NamedNode(iri)) for iri in sorted(iris)))


def _best(rows: list[dict[str, Any]], today: datetime.date) -> list[dict[str, Any]]:
    """Return the statements that hold: not deprecated, not ended, and preferred if any is."""
    ranked: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if not _has_ended(row.get("end"), today):
            ranked.setdefault(row["rank"]["value"].removeprefix(_WIKIBASE), []).append(row)
    return ranked.get("PreferredRank") or ranked.get("NormalRank") or []


def _has_ended(end: dict[str, str] | None, today: datetime.date) -> bool:
    """Tell whether a day has come; one that is only said to exist has."""
    if end is None:
        return False
    day = re.match(r"([+-]?\d{4,})-(\d\d)-(\d\d)", end["value"])
    if day is None:
        return True
    return tuple(map(int, day.groups())) <= (today.year, today.month, today.day)


def _founded(row: dict[str, Any]) -> tuple[Literal | None, str]:
    """Return a date as precise as the source has it: Wikidata's 9 is a year, 10 a month, 11 a day.

    The numbers: https://www.mediawiki.org/wiki/Wikibase/DataModel/JSON.
    """
    text = row["value"]["value"]
    parts = re.match(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T|Z|$|[+-]\d\d:)", text.lstrip("+"))
    if parts is None:
        return None, f"“{text}” is no date of our era"
    precision = int(row["precision"]["value"]) if "precision" in row else 11
    depth = min(precision - 8, sum(part is not None for part in parts.groups()))
    if depth < 1:
        return None, f"“{text}” is less precise than a year"
    words = "-".join(parts.groups()[:depth])
    return dated(words), f"“{text}” is no date"


def dated(words: str) -> Literal | None:
    """Return a day, month or year as a typed literal, or None if there is no such day."""
    from openness.importers.job import date_of

    return date_of(words)


def _country(row: dict[str, Any]) -> tuple[Literal | None, str]:
    text = row["value"]["value"].strip().upper()
    is_code = re.fullmatch(r"[A-Z]{2}", text)
    return (Literal(text) if is_code else None), f"“{text}” is no two-letter code"


def _address(row: dict[str, Any]) -> tuple[NamedNode | None, str]:
    from openness.importers.job import link

    text = row["value"]["value"]
    return link(text), f"“{text}” is no web address"


def _licence(row: dict[str, Any]) -> tuple[Literal | None, str]:
    """Return the source's own word for a licence: what it means is for the graph to say."""
    text = str(row["value"]["value"]).strip()
    return (Literal(text) if text else None), "a licence without a name"


def _parameters(row: dict[str, Any]) -> tuple[Literal | None, str]:
    number = row["value"]["value"]
    is_count = isinstance(number, int) and not isinstance(number, bool) and number > 0
    return (Literal(number) if is_count else None), f"“{number}” is no number of parameters"


_TERMS: Final[dict[str, Callable[[dict[str, Any]], tuple[NamedNode | Literal | None, str]]]] = {
    "founded": _founded,
    "country": _country,
    "website": _address,
    "logo": _address,
    "licence": _licence,
    "parameters": _parameters,
}


def _add(terms: list[NamedNode | Literal], term: NamedNode | Literal) -> None:
    if term not in terms:
        terms.append(term)


def _precise(what: str, terms: list[NamedNode | Literal]) -> list[NamedNode | Literal]:
    """Return terms in order, without a date that is only the beginning of a more precise one."""
    texts = [term.value for term in terms]
    if what == "founded":
        terms = [t for t in terms if not any(o.startswith(t.value + "-") for o in texts)]
    return sorted(terms, key=str)


def _documents(
    origin: Origin,
    iris: Sequence[str],
    cache: Cache,
    today: datetime.date,
    url: str,
    timeout: float | None,
) -> dict[str, Found]:
    """Ask a source that has a JSON document for each thing."""
    source = _DOCUMENTED[origin.name]
    found = {}
    for iri in iris:

        def read(said: Any, iri: str = iri) -> Found:
            return _found(source.place(iri, said), source.facts(iri, said))

        answer = source.document(iri, url, cache, timeout, read)
        if answer is not None:
            found[iri] = answer.value
            found[iri].retrieved = answer.retrieved
    return found


def _found(iri: str, rows: Rows) -> Found:
    """Return the facts of a document as terms."""
    one = Found(iri)
    for what, row in rows:
        term, why_not = _TERMS[what](row)
        if term is not None:
            _add(one.values.setdefault(what, []), term)
        else:
            one.notes.append(f"{what}: {why_not}")
    return one


_DOCUMENTED: Final[dict[str, ModuleType]] = {"ror": ror, "huggingface": huggingface}
"""The data sets that have a JSON document for each thing, and what reads it."""
