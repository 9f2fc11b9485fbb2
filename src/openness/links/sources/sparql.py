"""Data sets that have a SPARQL endpoint: candidates are found by exact names, pages and ids.

A term that is known as a whole is looked up in an index by every engine, however many items there
are; a search within texts is not, and every engine has another syntax for it. What is near, and how
near, is for the score to say.
"""

from __future__ import annotations

import abc
import dataclasses
import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Final, TypeAlias

from pyoxigraph import Literal, NamedNode

from openness.links.entity import Entity
from openness.links.sources import facts
from openness.links.sources.forms import forms
from openness.links.sources.select import Row, ask
from openness.net.cache import Cache

Keys: TypeAlias = Mapping[str, Iterable[str]]
"""By a name of :attr:`SparqlSource.patterns`, the texts to look for."""

LANGUAGES: Final = ("en", "mul", "de", "fr", "es", "it", "pt")
"""The languages that a name is looked for in; Wikidata's `mul` is the name in most of them."""
MOST_CHARACTERS: Final = 30_000
"""About how long the terms in one query may be together."""
MOST_TEXTS: Final = 300
"""How many texts are looked for in one query at most."""
VARIABLES: Final = ("item", "what", "value")
"""What queries select: one of theirs, what is said of it or it was found by, and the text."""
NAMES: Final = ("label", "alias", "name")
"""The patterns whose texts are names: a match of any other one is worth more."""

_COMMON: Final = ("founded", "country", "website")
"""What is compared and may have ranks."""


class SparqlSource(abc.ABC):
    """One data set behind an endpoint.

    A subclass says what to look for and how (`keys`, `patterns`), and how its things are described.

    Attributes:
        name: as in :class:`openness.links.sources.base.Source`.
        url: the address that is asked.
        namespace: how the IRIs of its things begin.
        prologue: the PREFIX lines of `patterns` and `without`.
        patterns: by name, the triples that lead from `?value` to `?item`.
        addresses: the patterns whose texts are IRIs.
        without: what no candidate may be.
        languages: those that names have in it; an empty one is a text without.
        about: the query that describes things: see :func:`told`.
        origin: where facts that have ranks come from, if there are such.
    """

    name: str
    url: str
    namespace: str
    prologue: ClassVar[str] = ""
    patterns: ClassVar[Mapping[str, str]]
    addresses: ClassVar[Sequence[str]] = ("website",)
    without: ClassVar[str] = ""
    languages: ClassVar[Sequence[str]] = LANGUAGES
    about: ClassVar[str]
    origin: ClassVar[facts.Origin | None] = None

    def __init__(self, url: str, cache: Cache, timeout: float | None) -> None:
        """Ask at an address, for so many seconds per request, what the cache does not have."""
        self.url = url
        self._cache = cache
        self._timeout = timeout

    @abc.abstractmethod
    def keys(self, ours: Entity) -> Keys:
        """Return what to look for to find a thing of ours."""

    def describe(self, iris: Sequence[str]) -> dict[str, Entity]:
        """Return what is said of things: see :class:`openness.links.sources.base.Source`.

        Of what is missing nothing is said: it is dead.
        """
        some = sorted(iris)
        found: Mapping[str, facts.Found] = {}
        if self.origin is not None:
            today = datetime.date.today()
            found = facts.fetch(
                self.origin, some, _COMMON, self._cache, today, self.url, self._timeout
            )
        said = told(self.url, self.about, some, self._cache, self._timeout)
        return {iri: entity(place, of, found.get(iri)) for iri, place, of in said}

    def is_candidate(self, iri: str) -> bool:
        """Tell whether an IRI is that of one of its things."""
        return iri.startswith(self.namespace)

    def search(self, wanted: Sequence[Entity], limit: int) -> list[list[Entity]]:
        """Return candidates: see :class:`openness.links.sources.base.Source`.

        Those that were found by an id or a page come before those that have the name only.
        """
        by_key: dict[tuple[str, str], list[int]] = {}
        for index, ours in enumerate(wanted):
            for what, texts in self.keys(ours).items():
                for text in texts:
                    by_key.setdefault((what, text), []).append(index)
        found: list[dict[str, _Hit]] = [{} for _ in wanted]
        for row in self._rows(list(by_key)):
            iri, what, text = (row[name]["value"] for name in VARIABLES)
            if row["item"]["type"] == "uri" and self.is_candidate(iri):
                for index in by_key.get((what, text), ()):
                    found[index].setdefault(iri, _Hit(iri)).add(what, text)
        best = [sorted(some.values(), key=_Hit.order)[:limit] for some in found]
        told = self.describe(sorted({hit.iri for some in best for hit in some}))
        return [_entities(some, told) for some in best]

    def _rows(self, keys: Sequence[tuple[str, str]]) -> Iterator[Row]:
        for query in self.queries(keys):
            yield from ask(self.url, query, VARIABLES, self._cache, self._timeout).value

    def queries(self, keys: Sequence[tuple[str, str]]) -> Iterator[str]:
        """Yield the queries that look for texts, each of them by the name of its pattern."""
        return (self._query(part) for part in self._parts(keys))

    def _parts(self, keys: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
        """Cut what is looked for into as much as one request may carry."""
        part: list[tuple[str, str]] = []
        size = 0
        for key in keys:
            length = sum(len(term) + 1 for term in self._terms(*key))
            if part and (size + length > MOST_CHARACTERS or len(part) == MOST_TEXTS):
                yield part
                part, size = [], 0
            part.append(key)
            size += length
        if part:
            yield part

    def _query(self, keys: Iterable[tuple[str, str]]) -> str:
        terms: dict[str, list[str]] = {}
        for what, text in keys:
            terms.setdefault(what, []).extend(self._terms(what, text))
        blocks = [
            f"  {{ VALUES ?value {{ {' '.join(dict.fromkeys(some))} }}\n"
            f'    {self.patterns[what]} BIND("{what}" AS ?what) }}'
            for what, some in terms.items()
            if some
        ]
        return (
            f"{self.prologue}SELECT DISTINCT ?item ?what ?value\nWHERE {{\n"
            + "\n  UNION\n".join(blocks)
            + f"\n{self.without}}}\nORDER BY ?item ?what ?value\n"
        )

    def _terms(self, what: str, text: str) -> list[str]:
        """Return a text as the terms that it may be: names in languages, addresses, or strings."""
        if what in NAMES:
            return [
                str(Literal(text, language=tag) if tag else Literal(text)) for tag in self.languages
            ]
        if what in self.addresses:
            return _iris(text)
        return [str(Literal(text))]


def _iris(text: str) -> list[str]:
    try:
        return [str(NamedNode(text))]
    except ValueError:
        return []


@dataclasses.dataclass
class _Hit:
    """One of theirs, with the texts by which it was found, by the names of their patterns."""

    iri: str
    by: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    def add(self, what: str, text: str) -> None:
        texts = self.by.setdefault(what, [])
        if text not in texts:
            texts.append(text)

    def order(self) -> tuple[object, ...]:
        strong = sum(what not in NAMES for what in self.by)
        # Of several of a name, the one whose number is lower has usually been known for longer.
        return -strong, "label" not in self.by, len(self.iri), self.iri

    @property
    def names(self) -> list[str]:
        return sorted(text for what, texts in self.by.items() if what in NAMES for text in texts)


def _entities(hits: Iterable[_Hit], told: Mapping[str, Entity]) -> list[Entity]:
    """Return what hits are, none twice, with the names that they were found by."""
    found: dict[str, Entity] = {}
    for hit in hits:
        entity = told.get(hit.iri)
        if entity is not None:
            entity = found.get(entity.iri, entity)
            known = {entity.label, *entity.aliases}
            more = tuple(dict.fromkeys(name for name in hit.names if name not in known))
            found[entity.iri] = dataclasses.replace(entity, aliases=(*entity.aliases, *more))
    return list(found.values())


def names_of(ours: Entity) -> list[str]:
    """Return the names of a thing of ours, and other ways to write them."""
    return forms((ours.label, *ours.aliases))


def told(
    url: str, template: str, iris: Sequence[str], cache: Cache, timeout: float | None
) -> Iterator[tuple[str, str, dict[str, list[str]]]]:
    """Yield each thing that a query knows: its IRI, where it stands now, and what is said of it.

    Args:
        url: the endpoint.
        template: a query with `{things}` in it that selects ?item, ?what and ?value; for what has
            been `moved`, it is asked once more where that is.
        iris: the things.
        cache: of its answers.
        timeout: seconds for one request.
    """
    for start in range(0, len(iris), facts.BATCH):
        part = sorted(iris[start : start + facts.BATCH])
        said = _said(url, template, part, cache, timeout)
        places = {iri: min(of.get("moved") or [iri]) for iri, of in said.items()}
        more = sorted(set(places.values()) - set(part))
        if more:
            said |= _said(url, template, more, cache, timeout)
        yield from ((iri, place, said[place]) for iri, place in places.items() if place in said)


def _said(
    url: str, template: str, iris: Sequence[str], cache: Cache, timeout: float | None
) -> dict[str, dict[str, list[str]]]:
    said: dict[str, dict[str, list[str]]] = {}
    for row in ask(url, facts.query(template, iris), VARIABLES, cache, timeout).value:
        item, what, value = (row[name]["value"] for name in VARIABLES)
        said.setdefault(item, {}).setdefault(what, []).append(value)
    # In an order of our own: engines collate texts differently.
    return {item: {what: sorted(some) for what, some in of.items()} for item, of in said.items()}


def entity(iri: str, said: Mapping[str, list[str]], found: facts.Found | None) -> Entity:
    """Return a thing of theirs, from what :func:`told` yields and what :func:`facts.fetch` found.

    Its kind is the most particular one, if it is only of one; `software` says less than `model`.
    """
    names = list(dict.fromkeys([*said.get("label", ()), *said.get("other label", ())]))
    values = found.values if found else {}

    def texts(what: str) -> tuple[str, ...]:
        return tuple(term.value for term in values.get(what, ()))

    kinds = set(said.get("kind", ()))
    if "model" in kinds:
        kinds -= {"software"}
    return Entity(
        iri,
        names[0] if names else iri,
        tuple(dict.fromkeys([*said.get("alias", ()), *names[1:]])),
        kinds.pop() if len(kinds) == 1 else "",
        tuple(dict.fromkeys(said.get("type", ()))),
        tuple(dict.fromkeys((*texts("website"), *said.get("website", ())))),
        tuple(dict.fromkeys((*texts("founded"), *_dates(said.get("date", ()))))),
        tuple(dict.fromkeys(said.get("link", ()))),
        ", ".join(dict.fromkeys((*texts("country"), *said.get("country", ())))),
        " ".join(said.get("description", ())),
    )


def _dates(texts: Iterable[str]) -> Iterator[str]:
    """Yield dates as precise as they are: a 9 after a time means a year, 10 a month, 11 a day."""
    for text in texts:
        found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:[TZ+][^ ]*)?(?: (\d+))?", text)
        if found is None:
            continue
        depth = int(found[4]) - 8 if found[4] else 3
        if depth > 0:
            yield "-".join(part for part in found.groups()[: min(depth, 3)] if part)
