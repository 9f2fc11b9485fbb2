"""SELECT queries to the endpoints of data sets, answered from the cache where that may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from openness.errors import NetworkError
from openness.net import policy
from openness.net.cache import Cache, Kept

Row: TypeAlias = dict[str, dict[str, str]]
"""A solution as SPARQL's JSON results have it: `{"item": {"type": "uri", "value": "http://…"}}`."""


def kept(
    url: str, query: str, cache: Cache, timeout: float | None, needed: Iterable[str] = ()
) -> Kept:
    """Return the answer to a query, from the cache or the endpoint; only what can be used is kept.

    Raises:
        NetworkError: if the endpoint cannot be asked, takes the query for no SPARQL, or sends no
            result.
    """
    old = cache.find(url, query)
    if old is not None:
        return old
    from openness.net.endpoint import post

    try:
        body = post(url, query, "SELECT", timeout)
    except SyntaxError as error:
        raise NetworkError(f"{url} does not take the query: {error}") from error
    bindings(url, body, needed)
    return cache.keep(url, query, body)


def bindings(url: str, body: bytes, needed: Iterable[str]) -> list[Row]:
    """Return the rows of an answer that bind all of some variables.

    Raises:
        NetworkError: if it is no result of a SELECT query.
    """
    names = set(needed)
    try:
        rows: Any = policy.parse_json(url, body)["results"]["bindings"]
        return [row for row in rows if names <= row.keys()]
    except (NetworkError, KeyError, TypeError, AttributeError) as error:
        what = "a page and no" if body.lstrip()[:1] == b"<" else "no"
        raise NetworkError(f"{url} sent {what} SPARQL result.") from error


def select(
    url: str, query: str, needed: Iterable[str], cache: Cache, timeout: float | None
) -> list[Row]:
    """Return the rows of a query that bind all of some variables.

    Raises:
        NetworkError: as :func:`kept`.
    """
    names = tuple(needed)
    return bindings(url, kept(url, query, cache, timeout, names).body, names)
