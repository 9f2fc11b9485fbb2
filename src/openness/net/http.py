"""Web services other than SPARQL, by httpx: pages, JSON documents, and what is pushed.

Redirections are followed within one host only, so that neither a token nor a login nor a query goes
where the user did not send it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urljoin, urlsplit

import httpx

from openness.errors import NetworkError, UsageError
from openness.net import credentials, policy

MAX_DOCUMENT: Final = 8 * 1024 * 1024
"""How long a JSON document may be, in bytes: parsed, it is many times as long."""
_MOVES: Final = (301, 302, 303, 307, 308)
_HOPS: Final = 5
_REASONS: Final = {401: "it asks for another login", 403: "it forbids it", 404: "nothing is there"}
_JSON: Final = ("application/json", "text/json", "application/javascript", "text/javascript")
_SAID_BYTES: Final = 4096
"""How much of an error's page is looked at, for its first line."""


@dataclass(frozen=True)
class Reply:
    """What a server said.

    Attributes:
        status: the HTTP status.
        media_type: of the body, in lower case and without parameters; empty if it does not say.
        location: the address that it leads to, if any.
        body: what it sent.
        reason: the words after the status.
    """

    status: int
    media_type: str
    location: str | None
    body: bytes
    reason: str = ""


@dataclass(frozen=True)
class _Message:
    """What is sent."""

    method: str
    headers: Mapping[str, str]
    content: bytes | None
    is_own: bool = False


def request(
    url: str,
    timeout: float | None,
    method: str = "GET",
    accept: str = "*/*",
    *,
    max_bytes: int | None = policy.MAX_BYTES,
    is_body_wanted: bool = True,
) -> Reply:
    """Return what a server says to one request; a busy one is asked again, a move is not followed.

    Args:
        url: an address of HTTP.
        timeout: seconds for all of it, waiting for a busy service included; None for any number.
        method: GET or HEAD.
        accept: which kinds of document are wanted.
        max_bytes: how long the body may be; None for any length.
        is_body_wanted: whether the body is read at all.

    Raises:
        NetworkError: if the server cannot be reached, is busy, or answers too much or too slowly.
    """
    deadline = policy.Deadline(policy.require_address(url), timeout)
    message = _Message(method, {"Accept": accept}, None)
    is_body_wanted = is_body_wanted and method != "HEAD"
    return _exchange(url, deadline, message, max_bytes if is_body_wanted else 0)


def send(
    method: str,
    url: str,
    timeout: float | None,
    *,
    parameters: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    is_own: bool = False,
) -> bytes:
    """Send one request, again if the service is busy, and return the body of the answer.

    Args:
        method: GET, PUT, POST or DELETE.
        url: the address.
        timeout: seconds for all of it, waiting for a busy service included; None for any number.
        parameters: more fields of the query.
        headers: besides the User-Agent.
        content: what is sent.
        is_own: whether the user named the service as theirs: only then is a login sent, and only
            when it asks for one.

    Raises:
        NetworkError: if it cannot be reached, refuses, redirects, or sends too much or too slowly.
    """
    deadline = policy.Deadline(policy.require_address(url), timeout)
    message = _Message(method, headers or {}, content, is_own)
    reply = _exchange(policy.address(url, parameters), deadline, message)
    if 200 <= reply.status < 300:
        return reply.body
    raise NetworkError(f"{url} did not do it: {_refusal(reply)}")


def follow(
    url: str,
    timeout: float | None,
    *,
    parameters: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    token: str | None = None,
) -> Reply:
    """Return what a server says to a request for JSON, where it has moved on its own host too.

    Args:
        url: the address.
        timeout: seconds for all of it; None for any number.
        parameters: more fields of the query.
        form: the fields of a form that is POSTed; without them, it is a GET.
        token: sent as a bearer token, if given.

    Raises:
        UsageError: if a token would be sent for others to read.
        NetworkError: as :func:`request`, or if it leads to another host or in a circle.
    """
    deadline = policy.Deadline(policy.require_address(url), timeout)
    headers = {"Accept": "application/json"}
    if token:
        if not credentials.is_private(url):
            raise UsageError(f"A token is sent over HTTPS only, and {url} is not.")
        headers["Authorization"] = f"Bearer {token}"
    content = None
    if form is not None:
        content = urlencode(form).encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    message = _Message("GET" if form is None else "POST", headers, content)
    where = policy.address(url, parameters)
    for _ in range(_HOPS):
        reply = _exchange(where, deadline, message, MAX_DOCUMENT)
        if reply.status not in _MOVES or not reply.location:
            return reply
        if _origin(reply.location) != _origin(url):
            there = policy.one_line(reply.location)
            raise NetworkError(f"{url} leads to another host: {there}; give that address.")
        where = reply.location
    raise NetworkError(f"{url} leads in a circle.")


def document(
    url: str,
    timeout: float | None,
    *,
    parameters: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    token: str | None = None,
    missing: tuple[int, ...] = policy.MISSING,
) -> bytes | None:
    """Return a JSON document as it came, or None if there is none at its address.

    Args:
        url: the address.
        timeout: seconds for all of it; None for any number.
        parameters: more fields of the query.
        form: the fields of a form that is POSTed; without them, it is a GET.
        token: sent as a bearer token, if given.
        missing: the statuses that say that there is none.

    Raises:
        NetworkError: as :func:`follow`, or if the server refuses or sends something else.
    """
    reply = follow(url, timeout, parameters=parameters, form=form, token=token)
    if reply.status in missing:
        return None
    if reply.status != 200:
        raise NetworkError(f"{url} did not answer: {_refusal(reply)}")
    if not is_json(reply):
        raise NetworkError(f"{url} sent no JSON, but {policy.one_line(reply.media_type)}.")
    policy.parse_json(url, reply.body)
    return reply.body


def is_json(reply: Reply) -> bool:
    """Tell whether a reply is called JSON, or nothing at all."""
    kind = reply.media_type
    return not kind or kind in _JSON or kind.endswith("+json")


def _exchange(
    url: str,
    deadline: policy.Deadline,
    message: _Message,
    max_bytes: int | None = policy.MAX_BYTES,
) -> Reply:
    """Send one message until the server has time for it."""
    with policy.turn(deadline), policy.cut_off(deadline) as watch, _client(url) as client:
        for pause in policy.pauses(deadline):
            reply = _attempt(client, url, deadline, message, max_bytes, watch)
            if isinstance(reply, Reply):
                return reply
            pause(reply.get("Retry-After"))
    raise AssertionError("the last attempt raises")


def _attempt(
    client: httpx.Client,
    url: str,
    deadline: policy.Deadline,
    message: _Message,
    max_bytes: int | None,
    watch: Callable[..., None],
) -> Reply | Mapping[str, str]:
    """Return what the server says, or only its header if it has no time."""

    def trace(event: str, said: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            watch(said["return_value"].get_extra_info("socket"))

    try:
        request = client.build_request(
            message.method,
            url,
            headers=message.headers,
            content=message.content,
            timeout=deadline.left(),
            extensions={"trace": trace},
        )
        with contextlib.closing(client.send(request, stream=True)) as response:
            known = _with_login(request, response, deadline.url) if message.is_own else None
            if known is None:
                return _said(url, response, deadline, max_bytes)
        with contextlib.closing(client.send(known, stream=True)) as response:
            return _said(url, response, deadline, max_bytes)
    except httpx.LocalProtocolError as error:
        # Its words would be those of the header, a token among them.
        raise NetworkError(f"{deadline.url} cannot be asked that.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        deadline.left()
        reason = policy.one_line(str(error)) or type(error).__name__
        raise NetworkError(f"{deadline.url} did not answer: {reason}") from error


def _with_login(request: httpx.Request, response: httpx.Response, url: str) -> httpx.Request | None:
    """Return the request with the user's login at an address, by the scheme that is asked for.

    None if it does not ask for one, or there is none.
    """
    if response.status_code != 401:
        return None
    found = credentials.login(url)
    if found is None:
        return None
    if not response.headers.get("WWW-Authenticate", "").lower().startswith("digest"):
        return next(httpx.BasicAuth(*found).auth_flow(request))
    flow = httpx.DigestAuth(*found).auth_flow(request)
    next(flow)  # the request as it was sent before the server said what it wants
    return flow.send(response)


def _client(url: str) -> httpx.Client:
    return httpx.Client(
        headers={"User-Agent": policy.AGENT, "Accept-Encoding": "identity"},
        follow_redirects=False,
        # A proxy that the environment names stands between us and others, not us and ourselves.
        trust_env=not credentials.is_here(url),
        limits=httpx.Limits(max_connections=1),
    )


def _said(
    url: str, response: httpx.Response, deadline: policy.Deadline, max_bytes: int | None
) -> Reply | Mapping[str, str]:
    if response.status_code in policy.BUSY:
        return response.headers
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    where = _location(url, response)
    body = b"" if where or max_bytes == 0 else _read(response, deadline, max_bytes)
    return Reply(response.status_code, kind, where, body, response.reason_phrase)


def _read(response: httpx.Response, deadline: policy.Deadline, max_bytes: int | None) -> bytes:
    """Return the body, or if the server refuses, as much of it as may be told."""
    is_packed = response.headers.get("Content-Encoding", "identity").lower() != "identity"
    pieces = response.iter_raw()
    if response.is_error:
        said = b""
        while not is_packed and len(said) < _SAID_BYTES and (piece := next(pieces, b"")):
            deadline.left()
            said += piece
        return said[:_SAID_BYTES]
    if is_packed:
        # A few bytes of it may stand for gigabytes, and we did not ask for it.
        raise NetworkError(f"{deadline.url} sent what it had compressed, which was not asked for.")
    return policy.read(lambda size: next(pieces, b""), deadline, max_bytes)


def _location(url: str, response: httpx.Response) -> str | None:
    where = response.headers.get("Location")
    if not where or response.status_code not in _MOVES:
        return None
    try:
        return urljoin(url, str(where))
    except ValueError:
        return str(where)


def _origin(url: str) -> tuple[str, str]:
    """Return the scheme and the host of an address; both are empty if it has none."""
    try:
        return urlsplit(url).scheme, policy.host_of(url)
    except ValueError:
        return "", ""


def _refusal(reply: Reply) -> str:
    if reply.location:
        return f"it leads to {policy.one_line(reply.location)}; give that address"
    reason = _REASONS.get(
        reply.status, f"HTTP status {reply.status}, {policy.one_line(reply.reason)}"
    )
    text = reply.body.decode(errors="replace").strip()
    said = "" if text.startswith("<") else policy.one_line(text)
    return f"{reason}. {said}".strip()
