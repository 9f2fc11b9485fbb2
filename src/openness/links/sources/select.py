"""SELECT queries to the endpoints of data sets, answered from the cache where that may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

from openness.errors import NetworkError
from openness.links.sources.documents import Answer
from openness.net import policy
from openness.net.cache import Cache

Row: TypeAlias = dict[str, dict[str, str]]
"""A solution as SPARQL's JSON results have it: `{"item": {"type": "uri", "value": "http://…"}}`."""


def ask(
    url: str, query: str, needed: Iterable[str], cache: Cache, timeout: float | None
) -> Answer[list[Row]]:
    """Return the rows of a query that bind all of some variables, and the day they are of.

    They come from the cache or the endpoint; only what can be used is kept.

    Raises:
        NetworkError: if the endpoint cannot be asked, takes the query for no SPARQL, or sends no
            result.
    """
    names = set(needed)
    old = cache.find(url, query)
    if old is not None:
        return Answer(_rows(url, old.body, names), old.retrieved.date())
    from openness.net.endpoint import post

    try:
        body = post(url, query, "SELECT", timeout)
    except SyntaxError as error:
        raise NetworkError(f"{url} does not take the query: {error}") from error
    rows = _rows(url, body, names)
    return Answer(rows, cache.keep(url, query, body).retrieved.date())


def _rows(url: str, body: bytes, names: set[str]) -> list[Row]:
    try:
        rows: Any = policy.parse_json(url, body)["results"]["bindings"]
        return [row for row in rows if names <= row.keys()]
    except (NetworkError, KeyError, TypeError, AttributeError) as error:
        what = "a page and no" if body.lstrip()[:1] == b"<" else "no"
        raise NetworkError(f"{url} sent {what} SPARQL result.") from error
