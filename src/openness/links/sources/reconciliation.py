"""Any service that has the Reconciliation Service API, version 0.2 or 0.1.

Source: https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/. A service
says in its manifest what it is; queries are POSTed in batches; a data extension service, if there
is one, is asked for the few properties whose names say what they mean.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.sources.documents import ask, iri_of, the
from openness.net import policy
from openness.net.cache import Cache

BATCH: Final = 10
"""How many queries are sent at once, unless the service wants fewer."""
_NAMES: Final = 3
"""How many names of one thing are tried at most."""
_TYPES: Final = 3
"""How many types a service is asked for its properties of at most."""
_KINDS: Final = {
    "organization": ("organization", "organisation", "corporate body", "company", "business"),
    "person": ("person", "human", "human being"),
    "dataset": ("dataset", "data set"),
    "software": ("software", "software application"),
    "licence": ("licence", "license", "software license", "free license"),
}
"""The words for our kinds, as types are called."""
_PROPERTIES: Final = {
    "aliases": ("alias", "alternative name", "also known as", "other name", "variant name"),
    "dates": ("date of birth", "date founded", "established", "founded", "inception"),
    "links": ("exact match", "ror id", "same as", "sameas", "wikidata id"),
    "websites": ("homepage", "official website", "url", "web page", "website"),
}
"""What properties are called, by the attribute of an entity that they fill."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class _Manifest:
    """What a service says of itself, as far as it is used.

    Attributes:
        start: what precedes an id in an IRI.
        end: what follows it.
        is_encoded: whether the ids in it are percent-encoded: in a view template they are.
        batch: how many queries it takes at once.
        extends: whether it has a data extension service.
        proposals: the address that names its properties, or nothing.
        default: the id of the type that it takes for all its entities, or nothing.
    """

    start: str
    end: str
    is_encoded: bool
    batch: int
    extends: bool
    proposals: str
    default: str

    def iri(self, name: str) -> str:
        """Return the IRI of an entity.

        Raises:
            ValueError: if its id makes none.
        """
        if name.startswith(("http://", "https://")):
            return iri_of(name)
        if not self.start:
            raise ValueError(f"the service does not say which IRI “{name:.60}” stands for")
        return iri_of(self.start + (quote(name, safe="") if self.is_encoded else name) + self.end)

    def id(self, iri: str) -> str:
        """Return the id that an IRI was made of, the IRI itself if it was not made of one."""
        if not self.start or not (iri.startswith(self.start) and iri.endswith(self.end)):
            return iri
        name = iri[len(self.start) : len(iri) - len(self.end)]
        return unquote(name) if self.is_encoded else name


@dataclass(frozen=True)
class _Candidate:
    """An entity of a service, its id, and the ids of its types."""

    entity: Entity
    id: str
    types: tuple[str, ...]


class Reconciliation:
    """Whatever a reconciliation service knows: things of any kind.

    Attributes:
        name: the host of the service.
        url: its endpoint.
        namespace: how its IRIs begin; empty before it was asked for the first time.
    """

    def __init__(self, url: str, cache: Cache, timeout: float | None) -> None:
        """Ask at an endpoint, with so many seconds for a request."""
        self.name = policy.host_of(url)
        self.url = url
        self.namespace = ""
        self._cache = cache
        self._timeout = timeout
        self._manifest: _Manifest | None = None

    def search(self, wanted: Sequence[Entity], limit: int) -> list[list[Entity]]:
        """Return candidates for each of our things: see :class:`..base.Source`.

        The service's own score decides on their order. Where it finds nothing by the first name,
        the others are tried.
        """
        found: list[list[_Candidate]] = [[] for _ in wanted]
        names = [[n for n in (one.label, *one.aliases) if n.strip()][:_NAMES] for one in wanted]
        for turn in range(_NAMES if limit > 0 else 0):
            missing = [i for i, some in enumerate(found) if not some and turn < len(names[i])]
            answers = self._queried([names[i][turn] for i in missing], limit)
            for i, some in zip(missing, answers, strict=True):
                found[i] = some[:limit]
        known = self._extended([one for some in found for one in some])
        return [[known[one.id] for one in some] for some in found]

    def describe(self, iris: Sequence[str]) -> dict[str, Entity]:
        """Return what the service says of its own things: see :class:`..base.Source`.

        It is asked for their ids as if they were names, which it should understand.
        """
        if not iris:
            return {}
        ids = [self._known().id(iri) for iri in iris]
        found: dict[str, _Candidate] = {}
        for iri, name, some in zip(iris, ids, self._queried(ids, BATCH), strict=True):
            for one in some:
                if one.id == name:
                    found[iri] = one
        known = self._extended(list(found.values()))
        return {iri: known[one.id] for iri, one in found.items()}

    def _known(self) -> _Manifest:
        """Return the manifest, which is asked for once."""
        if self._manifest is None:
            answer = ask(self.url, self._cache, self._timeout, _manifest)
            if answer is None:
                raise NetworkError(f"{self.url} did not answer: nothing is there.")
            self._manifest = answer.value
            self.namespace = answer.value.start
        return self._manifest

    def _queried(self, texts: Sequence[str], limit: int) -> list[list[_Candidate]]:
        """Return what the service finds by each of some texts, the best first."""
        found: list[list[_Candidate]] = []
        size = self._known().batch if texts else 1
        for start in range(0, len(texts), size):
            part = texts[start : start + size]
            queries = {f"q{i}": {"query": text, "limit": limit} for i, text in enumerate(part)}
            found += self._sent("queries", queries, _reader(list(queries), self._known()))
        return found

    def _sent(self, field: str, query: dict[str, Any], read: Callable[[Any], _T]) -> _T:
        form = {field: json.dumps(query, ensure_ascii=False)}
        answer = ask(self.url, self._cache, self._timeout, read, form=form)
        if answer is None:
            raise NetworkError(f"{self.url} did not answer: nothing is there.")
        return answer.value

    def _extended(self, some: Sequence[_Candidate]) -> dict[str, Entity]:
        """Return entities by their ids, with what the data extension service knows of them."""
        known = {one.id: one.entity for one in some}
        if not known or not self._known().extends:
            return known
        fields = self._fields(some)
        if not fields:
            return known
        query = {"ids": list(known), "properties": [{"id": name} for name in fields]}

        def read(said: Any) -> dict[str, Entity]:
            _complain(said)
            rows = the(said["rows"], dict)
            return {name: _filled(one, rows.get(name, {}), fields) for name, one in known.items()}

        return self._sent("extend", query, read)

    def _fields(self, some: Sequence[_Candidate]) -> dict[str, str]:
        """Return the ids of the properties that can be used, and which attribute each fills."""
        manifest = self._known()
        # Addresses on other hosts were not what the user named.
        if policy.host_of(manifest.proposals) != policy.host_of(self.url):
            return {}
        types = dict.fromkeys(one.types[0] for one in some if one.types)
        found: dict[str, str] = {}
        for name in list(types)[:_TYPES] or [manifest.default]:
            answer = ask(
                manifest.proposals,
                self._cache,
                self._timeout,
                _proposed,
                parameters={"type": name},
            )
            found |= answer.value if answer else {}
        return found


def is_service(url: str, cache: Cache, timeout: float | None) -> bool:
    """Tell whether an address is that of a reconciliation service.

    Raises:
        NetworkError: if nothing can be asked there.
    """
    kept = cache.find(url, "GET")
    if kept is None:
        from openness.net import http

        reply = http.follow(url, timeout)
        if reply.status != 200 or not http.is_json(reply):
            return False
        body, is_new = reply.body, True
    else:
        body, is_new = kept.body, False
    try:
        _manifest(policy.parse_json(url, body))
    except (NetworkError, KeyError, TypeError, ValueError, AttributeError):
        return False
    if is_new:
        cache.keep(url, "GET", body)
    return True


def _manifest(said: Any) -> _Manifest:
    """Return what a service says of itself; three fields are demanded of it in every version."""
    _complain(said)
    the(said["name"], str)
    the(said["schemaSpace"], str)
    space = the(said["identifierSpace"], str)
    view = the(the(said.get("view") or {}, dict).get("url", ""), str)
    # Some name a document in place of the beginning of their IRIs; their view has to do.
    is_space = bool(re.fullmatch(r"https?://.*[/#=:]", space))
    start, _, end = (space, "", "") if is_space else view.partition("{{id}}")
    if not is_space and "{{id}}" not in view:
        start = end = ""
    extend = said.get("extend")
    paths = the(the(extend or {}, dict).get("propose_properties") or {}, dict)
    proposals = paths.get("service_url", "") + paths.get("service_path", "")
    types = the(said.get("defaultTypes") or [], list)
    return _Manifest(
        start,
        end,
        not is_space,
        min(BATCH, max(1, the(said.get("batchSize", BATCH), int))),
        extend is not None,
        the(proposals, str),
        _type(types[0])[0] if types else "",
    )


def _complain(said: Any) -> None:
    """Raise what a service says went wrong, in the way that several do, with status 200."""
    if the(said, dict).get("status") == "error":
        raise ValueError(the(said.get("message") or "it says that it failed", str))


def _reader(keys: list[str], manifest: _Manifest) -> Callable[[Any], list[list[_Candidate]]]:
    """Return what reads the candidates for the queries of a batch."""

    def read(said: Any) -> list[list[_Candidate]]:
        _complain(said)
        return [_results(the(said[key], dict)["result"], manifest) for key in keys]

    return read


def _results(said: Any, manifest: _Manifest) -> list[_Candidate]:
    some = [(_score(one), _candidate(one, manifest)) for one in the(said, list)]
    return [one for _, one in sorted(some, key=lambda pair: -pair[0])]


def _score(one: Any) -> float:
    score = the(one, dict).get("score", 0)
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise TypeError(f"{score!r:.60} is no score")
    return float(score)


def _candidate(one: dict[str, Any], manifest: _Manifest) -> _Candidate:
    name = the(one["id"], str)
    given = one.get("type") or []
    types = [_type(each) for each in (given if isinstance(given, list) else [given])]
    entity = Entity(
        manifest.iri(name),
        the(one["name"], str),
        kind=_kind(word for pair in types for word in pair),
        types=tuple(dict.fromkeys(label for _, label in types)),
        description=the(one.get("description") or "", str),
    )
    return _Candidate(entity, name, tuple(found for found, _ in types))


def _type(given: Any) -> tuple[str, str]:
    """Return the id and the name of a type, which may be given by its id alone."""
    if isinstance(given, str):
        return given, given
    name = the(the(given, dict)["id"], str)
    return name, the(given.get("name") or name, str)


def _kind(words: Iterable[str]) -> str:
    """Return what a thing is by the names of its types, or nothing if they do not say one thing."""
    plain = {re.split("[/#:]", word)[-1].strip().casefold() for word in words}
    kinds = [kind for kind, names in _KINDS.items() if plain & set(names)]
    return kinds[0] if len(kinds) == 1 else ""


def _proposed(said: Any) -> dict[str, str]:
    """Return the properties whose names say what they mean, and which attribute each fills."""
    _complain(said)
    named = [
        (the(one["id"], str), the(one["name"], str).strip().casefold())
        for one in the(said["properties"], list)
    ]
    return {
        found: field
        for found, name in named
        for field, names in _PROPERTIES.items()
        if name in names
    }


def _filled(one: Entity, row: Any, fields: dict[str, str]) -> Entity:
    """Return an entity with the values of properties."""
    found: dict[str, tuple[str, ...]] = {}
    for name, field in fields.items():
        for value in the(the(row, dict).get(name) or [], list):
            for text in _texts(value, field):
                found[field] = (*found.get(field, ()), text)
    unique: dict[str, Any] = {name: tuple(dict.fromkeys(some)) for name, some in found.items()}
    return dataclasses.replace(one, **unique)


def _texts(value: Any, field: str) -> Iterator[str]:
    """Yield a property's value as an entity has it; an empty one is none."""
    the(value, dict)
    if "date" in value:
        day = the(value["date"], str)[:10]
        # A year alone is sent as its first day.
        yield day.removesuffix("-01-01")
    elif "str" in value or "name" in value:
        text = the(value["str"] if "str" in value else value["name"], str).strip()
        if text and (field not in ("links", "websites") or text.startswith(("http:", "https:"))):
            yield text
    elif "int" in value and field == "dates":
        yield str(the(value["int"], int))
