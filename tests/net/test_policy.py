"""What holds for every request: addresses, waiting for a busy service, deadlines, bounds."""

from __future__ import annotations

import datetime
import email.utils
import itertools
import math
import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness import __version__
from openness.errors import EngineError, NetworkError, UsageError
from openness.net import policy

URL: Final = "http://service.example/sparql"


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        monkeypatch.setattr(time, "sleep", self.sleep)

    def sleep(self, seconds: float) -> None:
        """Let the time go by."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """That clock, in place of the real one."""
    return Clock(monkeypatch)


# Who asks whom


def test_we_say_who_we_are_and_where_to_ask_about_us() -> None:
    name, where = policy.AGENT.split()
    assert (name, where) == (f"openness/{__version__}", "(https://w3id.org/openness)")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Query.Example.ORG/sparql", "query.example.org"),
        ("http://localhost:7878/query", "localhost:7878"),
        ("http://[::1]:8890/sparql?x=http://other.example/", "[::1]:8890"),
        ("http://user:word@a.example/", "a.example"),
    ],
)
def test_the_host_of_an_address(url: str, host: str) -> None:
    assert policy.host_of(url) == host


@pytest.mark.parametrize("url", [URL, "https://a.example?query=b@c", "http://[::1]:1/@x"])
def test_an_address_is_given_back(url: str) -> None:
    assert policy.require_address(url) == url


@pytest.mark.parametrize("url", ["", "a.example", "file:///etc/hosts", "ftp://a.example/", "http:"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="is not the address of an endpoint"):
        policy.require_address(url)


@pytest.mark.parametrize("login", ["me:secret", "secret", "me:secret@x"])
def test_an_address_with_a_password_is_refused_without_repeating_it(login: str) -> None:
    with pytest.raises(UsageError, match="must not carry a password") as caught:
        policy.require_address(f"http://{login}@a.example/")
    assert "secret" not in str(caught.value)


# How long to wait


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0),
        (" 120 ", 120),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),  # a digit, but not one of HTTP's
        ("²", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 0),  # the two older forms
        ("Sun Nov  6 08:49:37 1994", 0),
        ("Wed, 31 Feb 2030 07:28:00 GMT", None),
        ("1 Jan 9999999999999999999999 00:00:00 GMT", None),
        ("9" * 400, math.inf),
    ],
)
def test_what_retry_after_means(header: str | None, seconds: float | None) -> None:
    assert policy.seconds_of(header) == seconds


@pytest.mark.parametrize("zone", [datetime.UTC, datetime.timezone(datetime.timedelta(hours=-8))])
def test_a_date_to_come(zone: datetime.timezone) -> None:
    when = datetime.datetime.now(zone) + datetime.timedelta(seconds=90)
    found = policy.seconds_of(email.utils.format_datetime(when))
    assert found is not None
    assert 85 <= found <= 90


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,30} [A-Z][a-z]{2} \d{1,30} \d+:\d+:\d+ .*"))
def test_any_header_means_some_seconds_or_nothing(header: str) -> None:
    found = policy.seconds_of(header)
    assert found is None or found >= 0


def test_a_busy_service_is_asked_five_times_with_longer_and_longer_pauses(clock: Clock) -> None:
    pauses = policy.pauses(policy.Deadline(URL, None))
    for pause in itertools.islice(pauses, 4):
        pause(None)
    assert clock.slept == [1, 2, 4, 8]
    with pytest.raises(NetworkError, match=f"^{URL} is busy: asked 5 times"):
        next(pauses)(None)
    assert len(clock.slept) == 4


def test_what_the_service_says_goes_before_our_own_pause(clock: Clock) -> None:
    pauses = policy.pauses(policy.Deadline(URL, 60))
    for header in ("7", "nonsense", "0"):
        next(pauses)(header)
    assert clock.slept == [7, 2, 0]


def test_no_pause_goes_beyond_the_deadline(clock: Clock) -> None:
    pauses = policy.pauses(policy.Deadline(URL, 10))
    next(pauses)("6")
    with pytest.raises(NetworkError, match=r"come again in 5 s, and 4 s are left\.$"):
        next(pauses)("5")
    assert clock.slept == [6]


@pytest.mark.parametrize("header", ["999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_without_a_deadline_nobody_waits_for_days(header: str, clock: Clock) -> None:
    with pytest.raises(NetworkError, match=r"is busy: it asks to come again in \w+ s\.$"):
        next(policy.pauses(policy.Deadline(URL, None)))(header)
    assert clock.slept == []


# Deadlines and reading


def test_a_deadline_passes(clock: Clock) -> None:
    deadline = policy.Deadline(URL, 2.5)
    assert deadline.left() == 2.5
    clock.sleep(2)
    assert deadline.left() == 0.5
    clock.sleep(0.5)
    with pytest.raises(NetworkError, match=f"^{URL} did not answer within 2.5 s"):
        deadline.left()


def test_no_deadline_never_passes(clock: Clock) -> None:
    deadline = policy.Deadline(URL, None)
    clock.sleep(1e9)
    assert deadline.left() is None


def test_all_pieces_are_read() -> None:
    pieces = iter([b"a", b"bc", b"d" * 100_000])
    found = policy.read(lambda size: next(pieces, b""), policy.Deadline(URL, 10))
    assert found == b"abc" + b"d" * 100_000


@pytest.mark.parametrize(("length", "is_read"), [(2**20, True), (2**20 + 1, False)])
def test_no_more_is_read_than_was_agreed(length: int, is_read: bool) -> None:
    sizes: list[int] = []

    def read_some(size: int) -> bytes:
        sizes.append(min(size, length - sum(sizes)))
        return b"x" * sizes[-1]

    if is_read:
        assert len(policy.read(read_some, policy.Deadline(URL, 10), 2**20)) == length
    else:
        with pytest.raises(NetworkError, match=f"^{URL} sent more than 1 MiB; it was left there"):
            policy.read(read_some, policy.Deadline(URL, 10), 2**20)


def test_a_flood_is_left_where_it_is() -> None:
    """What never ends is read no further than the bound and the piece that passed it."""
    taken = 0

    def read_some(size: int) -> bytes:
        nonlocal taken
        taken += size
        return b"x" * size

    with pytest.raises(NetworkError, match="more than 32 MiB"):
        policy.read(read_some, policy.Deadline(URL, None))
    assert policy.MAX_BYTES < taken <= policy.MAX_BYTES + 2**16


def test_any_length_where_that_was_agreed() -> None:
    pieces = iter([b"x" * 2**20] * 40)
    found = policy.read(lambda size: next(pieces, b""), policy.Deadline(URL, None), None)
    assert len(found) > policy.MAX_BYTES


def test_a_trickle_ends_with_the_deadline() -> None:
    def read_some(size: int) -> bytes:
        time.sleep(0.02)
        return b"x"

    start = time.monotonic()
    with pytest.raises(NetworkError, match=r"did not answer within 0\.2 s"):
        policy.read(read_some, policy.Deadline(URL, 0.2))
    assert 0.2 <= time.monotonic() - start < 5
