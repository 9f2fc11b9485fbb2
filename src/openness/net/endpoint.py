"""SPARQL endpoints over HTTP, by SPARQLWrapper: queries as POSTed forms, which all understand."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterable, Mapping
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import Any, Final, NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit

from SPARQLWrapper import JSON, POST, TURTLE, URLENCODED, SPARQLWrapper

from openness.errors import NetworkError
from openness.net import credentials, policy

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
    wrapper = _Wrapper(policy.require_address(url), is_own)
    wrapper.setReturnFormat(TURTLE if form in ("CONSTRUCT", "DESCRIBE") else JSON)
    for name, values in (parameters or {}).items():
        for value in values:
            wrapper.addParameter(name, value)
    wrapper.queryString, wrapper.queryType = query, form
    deadline = policy.Deadline(url, timeout)
    with policy.turn(url):
        for pause in policy.pauses(deadline):
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
                    if error.code not in policy.BUSY:
                        raise _refused(url, error) from error
                    pause(error.headers.get("Retry-After"))
            except (HTTPException, OSError) as error:
                raise NetworkError(f"{url} did not answer: {_first_line(error)}") from error
    raise AssertionError("the last attempt raises")


class _Wrapper(SPARQLWrapper):
    """A SPARQLWrapper that stays on its host, and logs in by whatever scheme it is asked for.

    SPARQLWrapper itself opens addresses by the process's global opener: a redirection takes the
    Authorization header to any other host, and an error's page is read whole.
    """

    def __init__(self, url: str, is_own: bool) -> None:
        super().__init__(url, agent=policy.AGENT)
        self.setMethod(POST)
        self.setRequestMethod(URLENCODED)
        self.setOnlyConneg(True)  # fields such as `format` would override the Accept header
        logins = _Logins(url) if is_own else urllib.request.HTTPPasswordMgr()
        self.seconds: float | None = None
        self._opener = urllib.request.build_opener(
            _SameHost,
            urllib.request.HTTPBasicAuthHandler(logins),
            urllib.request.HTTPDigestAuthHandler(logins),
        )

    def _query(self) -> tuple[HTTPResponse, str]:
        request = self._createRequest()
        if self.returnFormat == TURTLE:
            request.add_header("Accept", _GRAPH)
        return self._opener.open(request, timeout=self.seconds), self.returnFormat


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
        return urllib.request.Request(newurl, req.data, dict(req.header_items()))


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
    reason = _REASONS.get(error.code, f"HTTP status {error.code}, {error.reason}")
    return NetworkError(f"{url} did not answer: {reason}. {body}".strip())


def _said(error: HTTPError) -> str:
    """Return the first line of an error's page, unless it is HTML, which says nothing in one."""
    with contextlib.suppress(HTTPException, OSError):
        text = error.read(_SAID_BYTES).decode(errors="replace").strip()
        return "" if text.startswith("<") else next(iter(text.splitlines()), "")[:200]
    return ""


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
