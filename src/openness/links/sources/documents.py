"""JSON documents of web services: from the cache, or asked for, read and then kept."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar
from urllib.parse import urlencode

from openness.errors import NetworkError
from openness.net import policy
from openness.net.cache import Cache

Rows: TypeAlias = Iterator[tuple[str, dict[str, Any]]]
"""Facts of a document, by what they are, each as a row of a SPARQL answer."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Answer(Generic[_T]):
    """What a document says, and the day on which the service gave it."""

    value: _T
    retrieved: datetime.date


def ask(
    url: str,
    cache: Cache,
    timeout: float | None,
    read: Callable[[Any], _T],
    *,
    parameters: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    token: str | None = None,
    missing: tuple[int, ...] = policy.MISSING,
) -> Answer[_T] | None:
    """Return what a service answers, or None if it has no such document.

    Only what could be read is kept.

    Args:
        url: the address.
        cache: of answers.
        timeout: seconds for the request.
        read: returns what is wanted of the parsed JSON; where it finds none of it, it raises a
            KeyError, TypeError, ValueError or AttributeError.
        parameters: the fields of the query.
        form: the fields of a form to POST.
        token: sent as a bearer token.
        missing: the HTTP statuses that say that there is no such document.

    Raises:
        NetworkError: if it cannot be asked for, or is not what it should be.
    """
    where = policy.address(url, parameters)
    sent = "GET" if form is None else f"POST {urlencode(form)}"
    kept = cache.find(where, sent)
    if kept is not None:
        return Answer(_read(url, kept.body, read), kept.retrieved.date())
    from openness.net import http  # which an answer from the cache does not need

    body = http.document(
        url, timeout, parameters=parameters, form=form, token=token, missing=missing
    )
    if body is None:
        return None
    value = _read(url, body, read)
    return Answer(value, cache.keep(where, sent, body).retrieved.date())


def _read(url: str, body: bytes, read: Callable[[Any], _T]) -> _T:
    said = policy.parse_json(url, body)
    try:
        return read(said)
    except KeyError as error:
        raise NetworkError(f"{url} is not what it should be: it has no {error}.") from error
    except (TypeError, AttributeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise NetworkError(f"{url} is not what it should be: {reason}.") from error


def the(value: Any, kind: type[_T]) -> _T:
    """Return a value that must be of a type of JSON's.

    Raises:
        TypeError: if it is of another.
    """
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        words = {dict: "an object", list: "a list", str: "a text", int: "a number"}
        raise TypeError(f"{value!r:.60} is not {words.get(kind, kind.__name__)}")
    return value


def iri_of(text: str, namespace: str = "") -> str:
    """Return an IRI that a source gave as one.

    Raises:
        ValueError: if it is none, or does not begin as those of the source do.
    """
    from pyoxigraph import NamedNode

    found = NamedNode(text).value
    if not found.startswith(namespace or ("http://", "https://")) or found == namespace:
        raise ValueError(f"“{text:.60}” is no IRI of {namespace or 'the web'}")
    return found
