"""The Research Organization Registry, by version 2 of its REST API.

Sources: https://ror.readme.io/v2/docs/rest-api (the parameters `query` and `affiliation`),
https://github.com/ror-community/ror-api (what answers look like; errors come with status 200),
https://ror.readme.io/docs/ror-data-structure (records).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, zip_longest
from typing import Any, Final, TypeVar

from openness.links.entity import Entity
from openness.links.ledger import NAMESPACES
from openness.links.sources.documents import Answer, Rows, ask, iri_of, the
from openness.net.cache import Cache

URL: Final = "https://api.ror.org/v2/organizations"
NAMESPACE: Final = NAMESPACES["ror"]
_NAMES: Final = 3
"""How many names of one thing are searched for at most: each is a request."""
_WIKIDATA: Final = re.compile(r"https?://www\.wikidata\.org/(?:entity|wiki)/(Q[0-9]+)")
_T = TypeVar("_T")


class Ror:
    """Organizations of ROR; it knows nothing else."""

    name = "ror"
    namespace = NAMESPACE

    def __init__(self, url: str, cache: Cache, timeout: float | None) -> None:
        """Ask at an address, whose default is `URL`, with so many seconds for a request."""
        self.url = url
        self._cache = cache
        self._timeout = timeout

    def search(self, wanted: Sequence[Entity], limit: int) -> list[list[Entity]]:
        """Return organizations for each of our things: see :class:`..base.Source`.

        Active records only: that is how ROR searches.
        """
        return [
            self._candidates(one, limit) if one.kind == "organization" and limit > 0 else []
            for one in wanted
        ]

    def describe(self, iris: Sequence[str]) -> dict[str, Entity]:
        """Return the records of organizations: see :class:`..base.Source`.

        One that was withdrawn in favour of a single other one is where that is.
        """
        answers = (
            (iri, document(iri, self.url, self._cache, self._timeout, partial(entity, iri)))
            for iri in iris
        )
        return {iri: answer.value for iri, answer in answers if answer is not None}

    def _candidates(self, ours: Entity, limit: int) -> list[Entity]:
        """Return what has one of the names, else what ROR takes for a form of the first one."""
        items = [match.group(1) for match in map(_WIKIDATA.fullmatch, ours.links) if match]
        names = list(dict.fromkeys(name for name in (ours.label, *ours.aliases) if name.strip()))
        some = [self._asked({"query": term}) for term in (*items, *map(_phrase, names[:_NAMES]))]
        if not any(some) and names:
            some = [self._asked({"affiliation": names[0]})]
        # The first of each name before the second of any.
        found = {one.iri: one for one in chain(*zip_longest(*some)) if one is not None}
        return list(found.values())[:limit]

    def _asked(self, parameters: dict[str, str]) -> list[Entity]:
        answer = ask(self.url, self._cache, self._timeout, _results, parameters=parameters)
        return answer.value if answer else []


def _phrase(name: str) -> str:
    """Return a name as Elasticsearch's query strings have a phrase."""
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _results(said: Any) -> list[Entity]:
    """Return the records of an answer, those of `affiliation` being one level deeper."""
    if "errors" in the(said, dict):
        raise ValueError("; ".join(the(one, str) for one in the(said["errors"], list)))
    records = [one.get("organization", one) for one in the(said["items"], list)]
    return [entity(iri_of(the(one["id"], str), NAMESPACE), one) for one in records]


def document(
    iri: str,
    url: str,
    cache: Cache,
    timeout: float | None,
    read: Callable[[Any], _T],
) -> Answer[_T] | None:
    """Return what is read of the record of an organization, or None if there is no such record.

    Raises:
        NetworkError: if it cannot be asked for or is not what it should be.
    """
    return ask(f"{url.rstrip('/')}/{iri.rstrip('/').rpartition('/')[2]}", cache, timeout, read)


def place(iri: str, said: Any) -> str:
    """Return where a record says that it stands."""
    return iri_of(the(the(said, dict).get("id") or iri, str), NAMESPACE)


def facts(iri: str, said: dict[str, Any]) -> Rows:
    """Yield the facts of a record; it says in which year the organization was established."""
    if said.get("established") is not None:
        yield "founded", {"value": {"value": str(int(said["established"]))}}
    for where in said.get("locations") or ():
        code = (where.get("geonames_details") or {}).get("country_code")
        if code:
            yield "country", {"value": {"value": the(code, str)}}
    for page in said.get("links") or ():
        if page["type"] == "website":
            yield "website", {"value": {"value": the(page["value"], str)}}


def entity(iri: str, said: dict[str, Any]) -> Entity:
    """Return a record as an entity.

    Raises:
        KeyError, TypeError, ValueError or AttributeError: if it is no such record.
    """
    here = place(iri, said)
    names = [(the(one["value"], str), one["types"]) for one in the(said["names"], list)]
    shown = [name for name, types in names if "ror_display" in types]
    rows = list(facts(iri, said))

    def texts(what: str) -> Iterator[str]:
        return (row["value"]["value"] for name, row in rows if name == what)

    # A record that was withdrawn in favour of another names its successor.
    successors = [
        iri_of(one["id"], NAMESPACE)
        for one in said.get("relationships") or ()
        if one["type"] == "successor"
    ]
    is_withdrawn = said.get("status") == "withdrawn" and len(successors) == 1
    return Entity(
        successors[0] if is_withdrawn else here,
        shown[0] if shown else iri,
        tuple(dict.fromkeys(name for name, _ in names if name not in shown[:1])),
        "organization",
        tuple(the(one, str) for one in said.get("types") or ()),
        tuple(texts("website")),
        tuple(texts("founded")),
        tuple(_elsewhere(said)),
        ", ".join(dict.fromkeys(texts("country"))),
    )


def _elsewhere(said: dict[str, Any]) -> Iterator[str]:
    for one in said.get("external_ids") or ():
        if one["type"] == "wikidata":
            for number in one["all"]:
                yield iri_of(f"http://www.wikidata.org/entity/{the(number, str)}")
