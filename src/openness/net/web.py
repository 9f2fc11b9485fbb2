"""Pages and documents of the web, asked for one at a time and never followed to another host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin, urlsplit

from openness.errors import NetworkError
from openness.net import policy

if TYPE_CHECKING:
    import httpx

_MOVES: Final = (301, 302, 303, 307, 308)
_HOPS: Final = 5


@dataclass(frozen=True)
class Reply:
    """What a server said: the HTTP status, the address that it points to, if any, and the body."""

    status: int
    location: str | None
    body: bytes


def request(
    url: str,
    timeout: float | None,
    method: str = "GET",
    accept: str = "*/*",
    token: str | None = None,
    max_bytes: int | None = policy.MAX_BYTES,
) -> Reply:
    """Return what a server says to one request; a busy one is asked again.

    Args:
        url: an address of HTTP.
        timeout: seconds for all of it, waiting for a busy service included; None for any number.
        method: GET or HEAD.
        accept: which kinds of document are wanted.
        token: sent as a bearer token, if given.
        max_bytes: how long the body may be; None for any length.

    Raises:
        NetworkError: if the server cannot be reached, is busy, or answers too much or too slowly.
    """
    import httpx

    headers = {"User-Agent": policy.AGENT, "Accept": accept}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    deadline = policy.Deadline(policy.require_address(url), timeout)
    with policy.turn(url), httpx.Client(headers=headers, follow_redirects=False) as client:
        for pause in policy.pauses(deadline):
            try:
                with client.stream(method, url, timeout=deadline.left()) as response:
                    if response.status_code not in policy.BUSY:
                        body = _body(response, deadline, max_bytes)
                        return Reply(response.status_code, _location(url, response), body)
                    asked = response.headers.get("Retry-After")
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                what = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
                raise NetworkError(f"{url} did not answer: {what}") from error
            pause(asked)
    raise AssertionError("the last attempt raises")


def document(url: str, timeout: float | None, token: str | None = None) -> bytes | None:
    """Return a JSON document, or None if there is none at its address; moves are followed.

    Raises:
        NetworkError: as :func:`request`, or if the server refuses, or sends us to another host.
    """
    address = url
    for _ in range(_HOPS):
        reply = request(address, timeout, accept="application/json", token=token)
        if reply.status in _MOVES and reply.location:
            parts, old = urlsplit(reply.location), urlsplit(address)
            if (parts.scheme, parts.netloc) != (old.scheme, old.netloc):
                raise NetworkError(f"{url} leads to another host: {reply.location}")
            address = reply.location
        elif reply.status in (404, 410):
            return None
        elif reply.status != 200:
            raise NetworkError(f"{url} did not answer: HTTP status {reply.status}.")
        else:
            return reply.body
    raise NetworkError(f"{url} leads in a circle.")


def _body(response: httpx.Response, deadline: policy.Deadline, max_bytes: int | None) -> bytes:
    pieces = response.iter_bytes()
    return policy.read(lambda _: next(pieces, b""), deadline, max_bytes)


def _location(url: str, response: httpx.Response) -> str | None:
    where = response.headers.get("Location")
    return urljoin(url, where) if where and response.status_code in _MOVES else None
