"""SPARQL endpoints over HTTP, by SPARQLWrapper: queries as POSTed forms, which all understand."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from SPARQLWrapper import JSON, POST, TURTLE, URLENCODED, SPARQLWrapper

from openness.errors import NetworkError
from openness.net import credentials, policy

Watch: TypeAlias = Callable[[socket.socket], None]

_REASONS: Final = {
    401: "it asks for a login",
    403: "it forbids it",
    404: "there is no endpoint at this address",
}
_GRAPH: Final = "application/n-triples, text/turtle;q=0.9"
"""N-Triples, which is Turtle too, before Turtle: in that Virtuoso writes the decimal 2.0 as 2."""
_SAID_BYTES: Final = 4096
"""How much of an error's page is read, for its first line."""


class Reply(NamedTuple):
    """What an endpoint answered: the body, and the header, whose names are read in any case."""

    body: bytes
    header: Message


def post(
    url: str,
    query: str,
    form: str,
    timeout: float | None,
    *,
    parameters: Mapping[str, Iterable[str]] | None = None,
    max_bytes: int | None = policy.MAX_BYTES,
    is_own: bool = False,
) -> bytes:
    """Send a query and return the body of the whole answer, as :func:`ask` does."""
    return ask(
        url, query, form, timeout, parameters=parameters, max_bytes=max_bytes, is_own=is_own
    ).body


def ask(
    url: str,
    query: str,
    form: str,
    timeout: float | None,
    *,
    parameters: Mapping[str, Iterable[str]] | None = None,
    max_bytes: int | None = policy.MAX_BYTES,
    is_own: bool = False,
) -> Reply:
    """Send a query and return the whole answer: JSON results, or for a graph N-Triples or Turtle.

    Args:
        url: the endpoint's address.
        query: complete SPARQL, its prefixes declared.
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        timeout: seconds for all of it, waiting for a busy service included; None for any number.
        parameters: more fields of the form, such as `default-graph-uri`.
        max_bytes: how long the answer may be; None for any length.
        is_own: whether the user named the endpoint as theirs: only then is a login sent.

    Raises:
        SyntaxError: if the endpoint does not take the query for SPARQL.
        NetworkError: if it cannot be reached, is busy, or answers too much or too slowly.
    """
    deadline = policy.Deadline(policy.require_address(url), timeout)
    with policy.turn(deadline), policy.cut_off(deadline) as watch:
        wrapper = _Wrapper(url, is_own, watch)
        wrapper.setReturnFormat(TURTLE if form in ("CONSTRUCT", "DESCRIBE") else JSON)
        for name, values in (parameters or {}).items():
            for value in values:
                wrapper.addParameter(name, value)
        wrapper.queryString, wrapper.queryType = query, form
        for pause in policy.pauses(deadline):
            reply = _attempt(wrapper, url, deadline, max_bytes)
            if isinstance(reply, Reply):
                return reply
            pause(reply.get("Retry-After"))
    raise AssertionError("the last attempt raises")


def _attempt(
    wrapper: _Wrapper, url: str, deadline: policy.Deadline, max_bytes: int | None
) -> Reply | Message:
    """Return what the endpoint answers, or only the header if it has no time."""
    left = deadline.left()
    wrapper.seconds = None if left is None else left + 1
    try:
        with contextlib.closing(wrapper.query().response) as response:
            body = policy.read(response.read1, deadline, max_bytes)
            if response.length:
                raise NetworkError(f"{url} broke off in the middle of its answer.")
            return Reply(body, response.headers)
    except HTTPError as error:
        with contextlib.closing(error):
            if error.code in policy.BUSY:
                return error.headers
            raise _refused(url, error) from error
    except UnicodeEncodeError as error:
        if error.encoding == "utf-8":
            raise  # the query is no text
        raise NetworkError(f"{url} asks for a login, and that one cannot be sent.") from None
    except (HTTPException, OSError, ValueError) as error:
        deadline.left()
        # urllib wraps what the system says, in angle brackets.
        said = error.reason if isinstance(error, URLError) else error
        reason = policy.one_line(str(said)) or type(error).__name__
        raise NetworkError(f"{url} did not answer: {reason}") from error


class _Wrapper(SPARQLWrapper):
    """A SPARQLWrapper that stays on its host, and logs in by whatever scheme it is asked for.

    SPARQLWrapper itself opens addresses by the process's global opener: a redirection takes the
    Authorization header to any other host, and an error's page is read whole.
    """

    def __init__(self, url: str, is_own: bool, watch: Watch) -> None:
        super().__init__(url, agent=policy.AGENT)
        self.setMethod(POST)
        self.setRequestMethod(URLENCODED)
        self.setOnlyConneg(True)  # fields such as `format` would override the Accept header
        logins = _Logins(url) if is_own else urllib.request.HTTPPasswordMgr()
        self.seconds: float | None = None
        self._opener = urllib.request.build_opener(
            # A proxy that the environment names stands between us and others, not ourselves.
            *([urllib.request.ProxyHandler({})] if credentials.is_here(url) else []),
            _Http(watch),
            _Https(watch),
            _SameHost,
            urllib.request.HTTPBasicAuthHandler(logins),
            _Digest(logins),
        )

    def _query(self) -> tuple[HTTPResponse, str]:
        request = self._createRequest()
        if self.returnFormat == TURTLE:
            request.add_header("Accept", _GRAPH)
        return self._opener.open(request, timeout=self.seconds), self.returnFormat


class _Http(urllib.request.HTTPHandler):
    """Gives each connection to the one who watches them."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an address."""
        return self.do_open(_watched(HTTPConnection, self._watch), req)


class _Https(urllib.request.HTTPSHandler):
    """Gives each connection to the one who watches them."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        """Open an address."""
        return self.do_open(_watched(HTTPSConnection, self._watch), req)


def _watched(kind: type[HTTPConnection], watch: Watch) -> Any:
    """Return what makes a connection that is watched as soon as there is one."""

    class Watched(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            super().connect()
            watch(self.sock)

    return Watched


class _SameHost(urllib.request.HTTPRedirectHandler):
    """Goes where it is sent on the same host only, with the query, which urllib would drop."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """Return the same request to the new address.

        Raises:
            HTTPError: if that is on another host.
        """
        if policy.host_of(newurl) != policy.host_of(req.full_url):
            raise HTTPError(req.full_url, code, f"it leads to {newurl}", headers, fp)
        if urlsplit(newurl).scheme != urlsplit(req.full_url).scheme:
            raise HTTPError(req.full_url, code, f"it leads to {newurl}", headers, fp)
        fp.close()  # else it would be read to its end, however far away that is
        return urllib.request.Request(newurl, req.data, dict(req.header_items()))


class _Digest(urllib.request.HTTPDigestAuthHandler):
    """Takes names and passwords in any script, as RFC 7616 has it; urllib's takes ASCII."""

    def get_algorithm_impls(self, algorithm: str) -> Any:
        """Return the functions H and KD of RFC 7616 for an algorithm.

        Raises:
            ValueError: if it is not known.
        """
        name = {"MD5": "md5", "SHA-256": "sha256"}.get(algorithm)
        if name is None:
            raise ValueError(f"it asks for a login by {algorithm}")

        def digest(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        return digest, lambda secret, data: digest(f"{secret}:{data}")


class _Logins(urllib.request.HTTPPasswordMgr):
    """The user's login for one address, looked for when a server asks for it."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def find_user_password(
        self, realm: str | None, authuri: str | Any
    ) -> tuple[str | None, str | None]:
        """Return name and password for an address on the same host, or two times None."""
        if policy.host_of(authuri) not in (policy.host_of(self._url), authuri.lower()):
            return None, None
        found = credentials.login(self._url)
        return (found.user, found.password) if found else (None, None)


def _refused(url: str, error: HTTPError) -> Exception:
    """Return what an HTTP error means: 400 is about the query, all others about the service."""
    body = _said(error)
    if error.code == 400:
        return SyntaxError(body or "the endpoint does not say why")
    said = policy.one_line(str(error.reason))
    reason = _REASONS.get(error.code, f"HTTP status {error.code}, {said}")
    return NetworkError(f"{url} did not answer: {reason}. {body}".strip())


def _said(error: HTTPError) -> str:
    """Return the first line of an error's page, unless it is HTML, which says nothing in one."""
    with contextlib.suppress(HTTPException, OSError):
        text = error.read(_SAID_BYTES).decode(errors="replace").strip()
        return "" if text.startswith("<") else policy.one_line(text)
    return ""
