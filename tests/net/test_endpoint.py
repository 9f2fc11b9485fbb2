"""SPARQL by SPARQLWrapper against a server that does what servers do.

What is done with an answer that came whole is for the tests of federation and of the remote engine.
"""

from __future__ import annotations

import logging
import time
from typing import Final

import pytest
from tests.servers import web
from tests.servers.web import FAULTS, PASSWORD, USER, Web

from openness import __version__
from openness.errors import NetworkError
from openness.net import endpoint, policy

SECONDS: Final = 1.5
REASONS: Final = {
    "busy for an hour": "is busy: it asks to come again in 3600 s, and 1 s are left.",
    "busy until a time": "is busy: it asks to come again in 3",
    "busy without end": "is busy: it asks to come again in 2 s, and 0 s are left.",
    "busy, no number": "is busy: it asks to come again in 2 s, and 0 s are left.",
    "too short": "broke off in the middle of its answer.",
    "half a chunk": "did not answer: IncompleteRead",
    "no last chunk": "did not answer: IncompleteRead",
    "refused": "did not answer: it forbids it.",
    "failed": "did not answer: HTTP status 500, Internal Server Error. oops",
    "coloured": "did not answer: HTTP status 500, Internal Server Error. [31mred",
    "trickle": "did not answer within 1.5 s.",
    "trickled header": "did not answer within 1.5 s.",
    "trickled status": "did not answer",
    "silence": "did not answer within 1.5 s.",
    "half, then silence": "did not answer within 1.5 s.",
    "flood": "sent more than 32 MiB; it was left there.",
    "endless flood": "sent more than 32 MiB; it was left there.",
    "away": "did not answer: HTTP status 307, it leads to http://localhost:",
    "to a file": "did not answer: HTTP status 302, ",
    "to no address": "did not answer: ",
    "circle": "did not answer: HTTP status 308, ",
    "further": "did not answer: HTTP status 301, ",
    "no HTTP": "did not answer: SSH-2.0-OpenSSH_9.6",
    "nothing": "did not answer: Remote end closed connection without response",
}
"""Faults on the way, and what is said of them."""


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's login in the environment."""
    monkeypatch.setenv("OPENNESS_ENDPOINT_USER", USER)
    monkeypatch.setenv("OPENNESS_ENDPOINT_PASSWORD", PASSWORD)


def ask(server: Web, seconds: float | None = 20, *, is_own: bool = False) -> bytes:
    return endpoint.post(f"{server.url}/sparql", "ASK {}", "ASK", seconds, is_own=is_own)


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("name", REASONS)
def test_a_failure_is_one_clear_line_in_time_and_tells_no_login(
    name: str, server: Web, other: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fault = FAULTS[name]
    start = time.monotonic()
    with pytest.raises(NetworkError) as caught:
        ask(server, SECONDS, is_own=True)
    assert time.monotonic() - start < SECONDS + 1
    text = str(caught.value)
    assert text.startswith(f"{server.url}/sparql {REASONS[name]}")
    assert text.isprintable()
    assert len(text) < 400
    assert other.asked == []
    assert not any("Authorization" in one.headers for one in server.asked)
    assert PASSWORD not in caplog.text


def test_a_query_says_who_asks(server: Web) -> None:
    assert b"true" in ask(server)
    (asked,) = server.asked
    assert asked.fields["query"] == "ASK {}"
    assert asked.headers["User-Agent"] == f"openness/{__version__} (https://w3id.org/openness)"


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
@pytest.mark.usefixtures("user")
def test_a_login_is_sent_when_it_is_asked_for(scheme: str, server: Web) -> None:
    server.wants = scheme
    assert b"true" in ask(server, is_own=True)
    first, second = (one.headers.get("Authorization", "") for one in server.asked)
    assert (first, second.partition(" ")[0]) == ("", scheme)


@pytest.mark.usefixtures("user")
def test_no_login_for_what_is_not_the_users_own(server: Web) -> None:
    server.wants = "Basic"
    with pytest.raises(NetworkError, match="it asks for a login"):
        ask(server)
    assert not any("Authorization" in one.headers for one in server.asked)


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("scheme", ["Bearer", "Negotiate"])
def test_a_scheme_that_we_do_not_have_is_one_line(scheme: str, server: Web) -> None:
    server.wants = scheme
    with pytest.raises(NetworkError) as caught:
        ask(server, is_own=True)
    assert str(caught.value).isprintable()
    assert not any("Authorization" in one.headers for one in server.asked)


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("fault", [web.leads_with_much, web.asks_with_much])
def test_long_words_on_the_way_are_not_read(fault: web.Fault, server: Web) -> None:
    server.fault, server.times = fault, 1
    assert b"true" in ask(server, is_own=True)
    assert server.sent < 16_000_000
    assert len(server.asked) == 2


def test_retry_after_beyond_the_deadline_fails_at_once(server: Web) -> None:
    server.fault = web.busy(503, "30")
    start = time.monotonic()
    with pytest.raises(NetworkError, match=r"asks to come again in 30 s, and \d+ s are left"):
        ask(server)
    assert time.monotonic() - start < 1
    assert len(server.asked) == 1


def test_an_answer_of_any_length_where_it_is_the_users_own(server: Web) -> None:
    server.fault = FAULTS["flood"]
    url = f"{server.url}/sparql"
    body = endpoint.post(url, "ASK {}", "ASK", 30, max_bytes=None, is_own=True)
    assert policy.MAX_BYTES < len(body) == 50_000_000


def test_a_proxy_is_not_asked_about_this_machine(
    server: Web, other: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.delenv("no_proxy", raising=False)
    assert b"true" in ask(server)
    assert other.asked == []
