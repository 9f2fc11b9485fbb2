"""The Hugging Face Hub: models, data sets, and the organizations that publish them.

Sources: https://huggingface.co/docs/hub/api (`/api/models`, `/api/datasets` and their parameters);
for `/api/organizations/NAME/overview` and `/api/users/NAME/overview` the Hub's own clients, which
also tell that an unknown model answers 401 to those who have not logged in. `/api/quicksearch` is
what the Hub's own search field asks; where it is missing, likely names are tried.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from openness.links.entity import Entity
from openness.links.ledger import NAMESPACES
from openness.links.sources.documents import Answer, Rows, ask, iri_of, the
from openness.net import credentials, policy
from openness.net.cache import Cache

URL: Final = "https://huggingface.co"
NAMESPACE: Final = NAMESPACES["huggingface"]
_LISTS: Final = {"model": "models", "dataset": "datasets"}
_NAMES: Final = 3
"""How many names of one thing are searched for at most: each is a request."""
_ID: Final = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?", re.ASCII)
"""What names of the Hub look like."""
_T = TypeVar("_T")


class HuggingFace:
    """Models, data sets and organizations of the Hub; it knows nothing else."""

    name = "huggingface"
    namespace = NAMESPACE

    def __init__(self, url: str, cache: Cache, timeout: float | None) -> None:
        """Ask at an address, whose default is `URL`, with so many seconds for a request.

        The user's token goes to the Hub itself and to this machine, not to a mirror.
        """
        self.url = url.rstrip("/")
        self._cache = cache
        self._timeout = timeout

    def search(self, wanted: Sequence[Entity], limit: int) -> list[list[Entity]]:
        """Return pages for each of our things: see :class:`..base.Source`.

        Of models and data sets those that are fetched most often come first.
        """
        return [self._candidates(one, limit) if limit > 0 else [] for one in wanted]

    def describe(self, iris: Sequence[str]) -> dict[str, Entity]:
        """Return pages of the Hub: see :class:`..base.Source`.

        One that has been renamed is where it is now. Who has an account that is no organization's,
        a person or a group, the Hub does not say.
        """
        answers = (
            (iri, document(iri, self.url, self._cache, self._timeout, partial(entity, iri)))
            for iri in iris
        )
        return {iri: answer.value for iri, answer in answers if answer is not None}

    def _candidates(self, ours: Entity, limit: int) -> list[Entity]:
        if ours.kind == "organization":
            return self._organizations(ours, limit)
        if ours.kind not in _LISTS:
            return []
        found: dict[str, Entity] = {}
        for name in list(_searched(ours))[:_NAMES]:
            found |= {one.iri: one for one in self._listed(ours.kind, name, limit)}
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    def _listed(self, kind: str, name: str, limit: int) -> list[Entity]:
        start = NAMESPACE + ("datasets/" if kind == "dataset" else "")

        def read(said: Any) -> list[Entity]:
            names = [(_id(one["id"]), one) for one in the(said, list)]
            return [entity(start + name, one) for name, one in names]

        # direction -1 is downwards.
        fields = {"search": name, "sort": "downloads", "direction": "-1", "limit": str(limit)}
        answer = ask(
            f"{self.url}/api/{_LISTS[kind]}",
            self._cache,
            self._timeout,
            read,
            parameters=fields,
            token=_token(self.url),
        )
        return answer.value if answer else []

    def _organizations(self, ours: Entity, limit: int) -> list[Entity]:
        def read(said: Any) -> list[Entity]:
            some = the(the(said, dict)["orgs"], list)
            return [entity(NAMESPACE + _id(one["name"]), one) for one in some]

        names = dict.fromkeys(name for name in (ours.label, *ours.aliases) if name.strip())
        for name in list(names)[:_NAMES]:
            answer = ask(
                f"{self.url}/api/quicksearch",
                self._cache,
                self._timeout,
                read,
                parameters={"q": name, "type": "org", "limit": str(limit)},
                token=_token(self.url),
            )
            if answer is None:
                return list(self._guessed(ours))[:limit]
            if answer.value:
                return answer.value[:limit]
        return []

    def _guessed(self, ours: Entity) -> Iterator[Entity]:
        for name in list(dict.fromkeys(_guesses(ours)))[:_NAMES]:
            answer = ask(
                f"{self.url}/api/organizations/{name}/overview",
                self._cache,
                self._timeout,
                lambda said, name=name: entity(NAMESPACE + name, said),  # type: ignore[misc]
                token=_token(self.url),
            )
            if answer is not None:
                yield answer.value


def _searched(ours: Entity) -> Iterator[str]:
    """Yield what is searched for: names of the Hub first; there a hyphen stands for a space."""
    names = [name for name in (ours.label, *ours.aliases) if name.strip()]
    yield from (name for name in names if "/" in name)
    for name in names:
        if "/" not in name:
            yield name
            if " " in name.strip():
                yield "-".join(name.split())


def _guesses(ours: Entity) -> Iterator[str]:
    for name in (ours.label, *ours.aliases):
        for guess in ("-".join(name.split()), "".join(name.split())):
            if _ID.fullmatch(guess) and "/" not in guess:
                yield guess.lower()


def document(
    iri: str,
    url: str,
    cache: Cache,
    timeout: float | None,
    read: Callable[[Any], _T],
) -> Answer[_T] | None:
    """Return what is read of a page, or None if there is none, or none that all may see.

    Raises:
        NetworkError: if it cannot be asked for or is not what it should be.
    """
    name = _name(iri)
    start, token = f"{url.rstrip('/')}/api", _token(url)
    if not _ID.fullmatch(name.removeprefix("datasets/")):
        return None
    if "/" in name:
        where = f"{start}/{name}" if name.startswith("datasets/") else f"{start}/models/{name}"
        gone = policy.MISSING if token else (401, *policy.MISSING)
        return ask(where, cache, timeout, read, token=token, missing=gone)
    # A name alone is that of an account, but for models that had it before models had owners.
    for rest in (f"organizations/{name}/overview", f"users/{name}/overview", f"models/{name}"):
        gone = policy.MISSING if token or rest.endswith("/overview") else (401, *policy.MISSING)
        answer = ask(f"{start}/{rest}", cache, timeout, read, token=token, missing=gone)
        if answer is not None:
            return answer
    return None


def _token(url: str) -> str | None:
    """Return the user's token for the Hub, or None if that is not what is asked."""
    is_hub = url.rstrip("/") == URL or credentials.is_here(url)
    return credentials.token("huggingface") if is_hub else None


def _name(iri: str) -> str:
    return iri.removeprefix(NAMESPACE).strip("/")


def _id(name: Any) -> str:
    if not _ID.fullmatch(the(name, str)):
        raise ValueError(f"“{name:.60}” is no name of the Hub")
    return str(name)


def place(iri: str, said: Any) -> str:
    """Return where a page says that it stands: it has a name of its own."""
    if _is_account(said):
        return iri
    is_data = _name(iri).startswith("datasets/")
    return iri_of(f"{NAMESPACE}{'datasets/' * is_data}{_id(said['id'])}")


def _is_account(said: Any) -> bool:
    """Tell whether a document is about who publishes; only they have a full name."""
    return "fullname" in the(said, dict)


def facts(iri: str, said: dict[str, Any]) -> Rows:
    """Yield the facts of a page, whose documents are as huggingface_hub's ModelInfo has them.

    A model has `cardData.license` and `safetensors.total`; an organization `avatarUrl`.
    """
    if _is_account(said):
        if said.get("avatarUrl"):
            yield "logo", {"value": {"value": the(said["avatarUrl"], str)}}
        return
    names = (said.get("cardData") or {}).get("license") or ()
    for name in [names] if isinstance(names, str) else names:
        yield "licence", {"value": {"value": name}}
    total = (said.get("safetensors") or {}).get("total")
    if total is not None:
        yield "parameters", {"value": {"value": total}}


def entity(iri: str, said: Any) -> Entity:
    """Return a page as an entity: of a model, a data set, or whoever publishes them.

    The day on which a page was made is left out: many are older or younger than what they show.

    Raises:
        KeyError, TypeError, ValueError or AttributeError: if it is no such page.
    """
    name = _name(iri)
    here = place(iri, said)
    if _is_account(said):
        label = the(said["fullname"] or name, str)
        kind = "" if "user" in said else "organization"
        return Entity(here, label, (name,) if label != name else (), kind)
    is_data = name.startswith("datasets/")
    now = _name(here).removeprefix("datasets/")
    types = tuple(the(tag, str) for tag in (said.get("pipeline_tag"),) if tag)
    by = now.rpartition("/")[0]
    return Entity(
        here,
        now.rpartition("/")[2],
        (now,),
        "dataset" if is_data else "model",
        types,
        description=", ".join([*types, *([f"by {by}"] if by else [])]),
    )
