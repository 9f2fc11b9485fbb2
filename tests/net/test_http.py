"""The client of web services, against a server on loopback that does what servers do."""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import logging
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
from tests.servers import web
from tests.servers.web import FAULTS, PASSWORD, USER, Web

from openness import __version__
from openness.errors import EngineError, NetworkError, UsageError
from openness.net import credentials, http, policy

SECONDS: Final = 1.5
TOKEN: Final = "hf_SecretSecretSecret"
ANSWERS: Final = ("null", "text", "lists in lists", "odd ids")
"""Faults of which the client cannot know: they are JSON."""
REASONS: Final = {
    "busy for an hour": "is busy: it asks to come again in 3600 s, and 1 s are left.",
    "busy without end": "is busy: it asks to come again in 2 s, and 0 s are left.",
    "too short": "did not answer: peer closed connection without sending complete message body",
    "other type": "sent no JSON, but application/octet-stream.",
    "web page": "sent no JSON, but text/html.",
    "web page called JSON": "sent no JSON.",
    "refused": 'did not answer: it forbids it. {"error": "no"}',
    "failed": "did not answer: HTTP status 500, Internal Server Error. oops",
    "coloured": "did not answer: HTTP status 500, Internal Server Error. [31mred",
    "trickle": "did not answer within 1.5 s.",
    "trickled header": "did not answer within 1.5 s.",
    "trickled status": "did not answer within 1.5 s.",
    "silence": "did not answer within 1.5 s.",
    "half, then silence": "did not answer within 1.5 s.",
    "flood": "sent more than 8 MiB; it was left there.",
    "endless flood": "sent more than 8 MiB; it was left there.",
    "bomb": "sent what it had compressed, which was not asked for.",
    "away": "leads to another host: http://localhost:",
    "to a file": "leads to another host: file:///etc/passwd; give that address.",
    "to no address": "did not answer: Invalid URL in location header",
    "circle": "leads in a circle.",
    "further": "leads in a circle.",
    "no UTF-8": "sent no JSON.",
    "nested": "sent no JSON.",
    "no number": "sent no JSON.",
    "empty": "sent no JSON.",
}


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in ANSWERS])
def test_a_failure_is_one_clear_line_in_time_and_tells_no_token(
    name: str, server: Web, other: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fault = FAULTS[name]
    url = f"{server.url}/page/1"
    start = time.monotonic()
    with pytest.raises(NetworkError) as caught:
        http.document(url, SECONDS, token=TOKEN)
    assert time.monotonic() - start < SECONDS + 1
    text = str(caught.value)
    assert text.startswith(f"{url} {REASONS.get(name, '')}")
    assert text.isprintable()
    assert len(text) < 400
    error: BaseException | None = caught.value
    while error:
        assert TOKEN not in f"{error!r} {error}"
        error = error.__cause__ or error.__context__
    assert TOKEN not in caplog.text
    assert [one for one in server.asked if one.headers["Authorization"] == f"Bearer {TOKEN}"]
    assert other.asked == []


@pytest.mark.parametrize("name", ["flood", "endless flood", "bomb", "nested"])
def test_memory_is_bounded(name: str, server: Web) -> None:
    server.fault = FAULTS[name]
    tracemalloc.start()
    try:
        with pytest.raises(NetworkError):
            http.document(f"{server.url}/page/1", 20)
        assert tracemalloc.get_traced_memory()[1] < 2 * http.MAX_DOCUMENT
    finally:
        tracemalloc.stop()
    # What the system holds on the way comes on top.
    assert server.sent < http.MAX_DOCUMENT + 16_000_000


@pytest.mark.usefixtures("user")
@pytest.mark.parametrize("fault", [web.leads_with_much, web.asks_with_much])
def test_long_words_on_the_way_are_not_read(fault: web.Fault, server: Web) -> None:
    server.fault, server.times = fault, 1
    with contextlib.suppress(NetworkError):
        http.send("PUT", f"{server.url}/page/1", 20, is_own=True)
    assert server.sent < 16_000_000


def test_a_request_says_who_asks_and_leaves_its_connection(server: Web) -> None:
    assert http.document(f"{server.url}/page/1", 5) == b'{"a page": "1"}'
    (asked,) = server.asked
    assert asked.headers["User-Agent"] == f"openness/{__version__} (https://w3id.org/openness)"
    assert asked.headers["Accept"] == "application/json"
    assert asked.headers["Accept-Encoding"] == "identity"
    assert "Authorization" not in asked.headers


def test_one_request_at_a_time_to_a_host(server: Web, other: Web) -> None:
    both = threading.Barrier(2, timeout=10)

    def together(handler: web.Handler) -> None:
        both.wait()  # for the other server's request
        time.sleep(0.02)
        handler.send(*handler.answer())

    server.fault = other.fault = together
    urls = [f"{one.url}/page/{i}" for i in range(4) for one in (server, other)]
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda url: http.document(url, 20), urls))
    assert (server.at_once, other.at_once) == (1, 1)
    assert len(server.asked) == len(other.asked) == 4


def test_waiting_for_its_turn_counts(server: Web) -> None:
    server.fault = FAULTS["silence"]
    there = f"{server.url}/page/1"

    def ask_first() -> None:
        with contextlib.suppress(NetworkError):
            http.request(there, 3)

    first = threading.Thread(target=ask_first)
    first.start()
    time.sleep(0.2)
    with pytest.raises(NetworkError, match=r"did not answer within 0\.5 s"):
        http.request(there, 0.5)
    first.join()
    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("is_date", [False, True])
def test_a_busy_server_is_asked_again_when_it_says(status: int, is_date: bool, server: Web) -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    said = email.utils.format_datetime(soon, usegmt=True) if is_date else "1"
    server.fault, server.times = web.busy(status, said), 1
    start = time.monotonic()
    assert http.document(f"{server.url}/page/1", 10) == b'{"a page": "1"}'
    assert 0.9 < time.monotonic() - start < 3
    assert len(server.asked) == 2


def test_a_server_without_an_hour_to_say_is_asked_later_and_later(
    server: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(policy.time, "sleep", waits.append)  # type: ignore[attr-defined]
    server.fault = web.busy(503)
    with pytest.raises(NetworkError, match="is busy: asked 5 times"):
        http.request(f"{server.url}/page/1", None)
    assert waits == [1, 2, 4, 8]


def test_retry_after_beyond_the_deadline_fails_at_once(server: Web) -> None:
    server.fault = web.busy(429, "30")
    start = time.monotonic()
    with pytest.raises(NetworkError, match=r"asks to come again in 30 s, and \d+ s are left"):
        http.request(f"{server.url}/page/1", 20)
    assert time.monotonic() - start < 1
    assert len(server.asked) == 1


def test_a_move_on_the_same_host_is_followed_with_what_was_sent(server: Web) -> None:
    server.fault, server.times = web.leads("/page/2?x=1", 308), 1
    got = http.document(f"{server.url}/page/1", 5, form={"a": "b c"}, token=TOKEN)
    assert got == b'{"a page": "2"}'
    assert [(one.method, one.path, one.fields) for one in server.asked] == [
        ("POST", "/page/1", {"a": "b c"}),
        ("POST", "/page/2", {"x": "1", "a": "b c"}),
    ]
    assert {one.headers["Authorization"] for one in server.asked} == {f"Bearer {TOKEN}"}


def test_fields_are_added_to_those_of_the_address(server: Web) -> None:
    http.document(f"{server.url}/page/1?lang=en#top", 5, parameters={"q": "ü&="})
    assert server.asked[0].fields == {"lang": "en", "q": "ü&="}


def test_what_is_not_there_is_none(server: Web) -> None:
    assert http.document(f"{server.url}/nowhere", 5) is None
    server.fault = web.says(b"{}", status=401)
    assert http.document(f"{server.url}/page/1", 5, missing=(401,)) is None


def test_a_single_request_does_not_follow(server: Web, other: Web) -> None:
    server.fault = FAULTS["away"]
    reply = http.request(f"{server.url}/page/1", 5, "HEAD")
    assert (reply.status, reply.location) == (307, f"{server.away}/page/1")
    assert other.asked == []


def test_a_body_that_is_not_wanted_is_not_fetched(server: Web) -> None:
    server.fault = FAULTS["flood"]
    reply = http.request(f"{server.url}/page/1", 5, is_body_wanted=False)
    assert (reply.status, reply.body) == (200, b"")


def test_a_head_has_no_body_whatever_its_header_says(server: Web) -> None:
    server.fault = FAULTS["bomb"]
    assert http.request(f"{server.url}/page/1", 5, "HEAD").status == 200


@pytest.mark.parametrize(
    ("headers", "words"),
    [({}, " xxxx"), ({"Content_Encoding": "gzip"}, "")],
)
def test_of_a_refusal_no_more_is_read_than_is_told(
    headers: dict[str, str], words: str, server: Web
) -> None:
    def refuse(handler: web.Handler) -> None:
        handler.send(403, "text/plain", b"x" * 50_000_000, **headers)

    server.fault = refuse
    with pytest.raises(NetworkError, match=f"did not answer: it forbids it\\.{words}"):
        http.document(f"{server.url}/page/1", 5)


# Tokens


def test_a_token_is_not_sent_for_others_to_read(server: Web) -> None:
    with pytest.raises(UsageError, match="over HTTPS only") as caught:
        http.document("http://192.0.2.1/page", 1, token=TOKEN)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("given", [f"{TOKEN}\r\nX-Other: 1", f"{TOKEN} two", f"{TOKEN}é"])
def test_a_token_that_is_none_is_told_without_it(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", given)
    with pytest.raises(UsageError, match="HF_TOKEN") as caught:
        credentials.token("huggingface")
    assert TOKEN not in str(caught.value)


def test_a_token_from_the_environment_is_stripped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", f" {TOKEN}\n")
    assert credentials.token("huggingface") == TOKEN


# Logins


@pytest.fixture
def user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's login in the environment."""
    monkeypatch.setenv("OPENNESS_ENDPOINT_USER", USER)
    monkeypatch.setenv("OPENNESS_ENDPOINT_PASSWORD", PASSWORD)


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
@pytest.mark.usefixtures("user")
def test_a_login_is_sent_when_it_is_asked_for(
    scheme: str, server: Web, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.wants = scheme
    assert http.send("PUT", f"{server.url}/page/1", 5, content=b"x", is_own=True)
    first, second = (one.headers.get("Authorization", "") for one in server.asked)
    assert (first, second.partition(" ")[0]) == ("", scheme)
    assert second not in caplog.text
    assert PASSWORD not in caplog.text


@pytest.mark.usefixtures("user")
def test_no_login_for_who_does_not_ask_or_is_not_the_users_own(server: Web) -> None:
    assert http.send("PUT", f"{server.url}/page/1", 5, is_own=True)
    server.wants = "Basic"
    with pytest.raises(NetworkError, match=r"it asks for another login\. who are you"):
        http.send("PUT", f"{server.url}/page/1", 5)
    with pytest.raises(NetworkError, match="it asks for another login"):
        http.document(f"{server.url}/page/1", 5)
    assert len(server.asked) == 3
    assert not any("Authorization" in one.headers for one in server.asked)


@pytest.mark.usefixtures("user")
def test_no_login_goes_to_another_host(server: Web, other: Web) -> None:
    server.fault, other.wants = FAULTS["away"], "Basic"
    with pytest.raises(NetworkError, match="it leads to http://localhost:") as caught:
        http.send("PUT", f"{server.url}/page/1", 5, is_own=True)
    assert other.asked == []
    assert PASSWORD not in str(caught.value)


def test_a_wrong_login_is_sent_once(server: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENNESS_ENDPOINT_USER", "eve")
    monkeypatch.setenv("OPENNESS_ENDPOINT_PASSWORD", "guessed")
    server.wants = "Digest"
    with pytest.raises(NetworkError, match="it asks for another login") as caught:
        http.send("PUT", f"{server.url}/page/1", 5, is_own=True)
    assert len(server.asked) == 2
    assert "guessed" not in str(caught.value)


# Addresses


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://[::::]/", "http://x:99999/", "x"])
def test_what_is_no_address_is_not_asked(url: str) -> None:
    with pytest.raises(EngineError, match="is not the address of an endpoint"):
        http.request(url, 1)


def test_nobody_there() -> None:
    with web.started() as server:
        url = f"{server.url}/page/1"
    with pytest.raises(NetworkError, match=r"did not answer: .*refused"):
        http.request(url, 5)


def test_a_proxy_is_not_asked_about_this_machine(
    server: Web, other: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", other.url)
    monkeypatch.setenv("http_proxy", other.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert http.document(f"{server.url}/page/1", 5)
    assert other.asked == []
    assert http.document("http://things.example/page/1", 5) == b'{"a page": "1"}'
    assert len(other.asked) == 1
