"""Web services other than SPARQL, by httpx, under the same policy as every request."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Final

import httpx

from openness.errors import NetworkError
from openness.net import credentials, policy

_REASONS: Final = {401: "it asks for another login", 403: "it forbids it", 404: "nothing is there"}


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
        url: the address, without query.
        timeout: seconds for all of it, waiting for a busy service included; None for any number.
        parameters: the fields of the query.
        headers: besides the User-Agent.
        content: what is sent.
        is_own: whether the user named the service as theirs: only then is a login sent, and only
            when it asks for one.

    Raises:
        NetworkError: if it cannot be reached, refuses, redirects, or sends too much or too slowly.
    """
    policy.require_address(url)
    deadline = policy.Deadline(url, timeout)
    with policy.turn(url), _client(url, is_own) as client:
        for pause in policy.pauses(deadline):
            client.timeout = httpx.Timeout(deadline.left())
            try:
                with client.stream(
                    method, url, params=parameters, headers=headers, content=content
                ) as response:
                    if response.status_code in policy.BUSY:
                        pause(response.headers.get("Retry-After"))
                        continue
                    body = _read(response, deadline)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = " ".join(str(error).split())[:200] or type(error).__name__
                raise NetworkError(f"{url} did not answer: {reason}") from error
            if response.is_success:
                return body
            raise NetworkError(f"{url} did not do it: {_refusal(response, body)}")
    raise AssertionError("the last attempt raises")


def _client(url: str, is_own: bool) -> httpx.Client:
    return httpx.Client(
        headers={"User-Agent": policy.AGENT},
        auth=_Login(url) if is_own else None,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_connections=1),
    )


def _read(response: httpx.Response, deadline: policy.Deadline) -> bytes:
    pieces = response.iter_bytes()
    return policy.read(lambda size: next(pieces, b""), deadline)


def _refusal(response: httpx.Response, body: bytes) -> str:
    if response.is_redirect:
        return f"it leads to {response.headers.get('Location')}; give that address"
    reason = _REASONS.get(
        response.status_code, f"HTTP status {response.status_code}, {response.reason_phrase}"
    )
    text = body[:4096].decode(errors="replace").strip()
    said = "" if text.startswith("<") else next(iter(text.splitlines()), "")[:200]
    return f"{reason}. {said}".strip()


class _Login(httpx.Auth):
    """The user's login for one address, by the scheme that it asks for, when it asks."""

    requires_response_body = True

    def __init__(self, url: str) -> None:
        self._url = url

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Send the request, and once more with the login."""
        response = yield request
        found = credentials.login(self._url) if response.status_code == 401 else None
        if found is None:
            return
        digest = response.headers.get("WWW-Authenticate", "").lower().startswith("digest")
        if not digest:
            yield from httpx.BasicAuth(*found).auth_flow(request)
            return
        flow = httpx.DigestAuth(*found).auth_flow(request)
        next(flow)  # the request as it was sent before the server said what it wants
        yield flow.send(response)
