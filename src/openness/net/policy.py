"""What holds for every request to somebody else's service, whatever library sends it.

We say who asks, send one request at a time to a host, wait as long as we are told to, and read no
more, for no longer, than was agreed.
"""

from __future__ import annotations

import contextlib
import datetime
import email.utils
import json
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from openness import __version__
from openness.errors import EngineError, NetworkError, UsageError

AGENT: Final = f"openness/{__version__} (https://w3id.org/openness)"
"""The User-Agent of every request."""
MAX_BYTES: Final = 32 * 1024 * 1024
"""How much of an answer of a service that is not the user's own is read."""
BUSY: Final = (429, 503)
"""HTTP statuses that ask to come again later (RFC 6585, section 4; RFC 9110, section 15.6.4)."""
MISSING: Final = (404, 410)
"""HTTP statuses that say that nothing is there (RFC 9110, sections 15.5.5 and 15.5.11)."""
_FIRST_WAIT_SECONDS: Final = 1.0
_LONGEST_WAIT_SECONDS: Final = 3600.0
"""What a service may make us wait where there is no deadline."""
_ATTEMPTS: Final = 5
_CHUNK: Final = 64 * 1024

_ADDRESS: Final = re.compile(r"https?://([^/\s:\[\]@]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?([/?]|$)")

_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


def host_of(url: str) -> str:
    """Return the host and port of an address, in lower case."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def require_address(url: str) -> str:
    """Return the address of a service as it is.

    Raises:
        EngineError: if it is not one of HTTP.
        UsageError: if it carries a password, which would end in messages and caches.
    """
    if "@" in re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        raise UsageError(
            "An address must not carry a password: set OPENNESS_ENDPOINT_USER and"
            " OPENNESS_ENDPOINT_PASSWORD, or use the keyring."
        )
    if not _ADDRESS.match(url) or not _is_sound(url):
        raise EngineError(f"{url} is not the address of an endpoint (http:// or https://).")
    return url


def _is_sound(url: str) -> bool:
    """Tell whether the host and the port of an address can be read."""
    try:
        parts = urlsplit(url)
        return parts.port is None or bool(parts.hostname)
    except ValueError:
        return False


def address(url: str, parameters: Mapping[str, str] | None) -> str:
    """Return an address with more fields in its query, and without what is after `#`."""
    url = url.partition("#")[0]
    if not parameters:
        return url
    return f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}"


def parse_json(url: str, body: bytes) -> Any:
    """Return what a JSON document says that a service has sent.

    Raises:
        NetworkError: if it is none.
    """
    try:
        return json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NetworkError(f"{url} sent no JSON.") from error


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and infinity are Python's, not JSON's


def one_line(text: str) -> str:
    """Return the first line of what a server says, without what a terminal would obey, in short."""
    lines = text.strip().splitlines()
    return "".join(c for c in lines[0][:200] if c.isprintable()) if lines else ""


@dataclass
class Deadline:
    """A point in time that a request with all its repetitions must not pass.

    Attributes:
        url: what is asked, for the message.
        seconds: how long it may take; None for any time.
    """

    url: str
    seconds: float | None

    def __post_init__(self) -> None:
        self._end = None if self.seconds is None else time.monotonic() + self.seconds

    def left(self) -> float | None:
        """Return the seconds that are left, or None for any number.

        Raises:
            NetworkError: if none are left.
        """
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise NetworkError(f"{self.url} did not answer within {self.seconds:.3g} s.")
        return left


@contextlib.contextmanager
def turn(deadline: Deadline) -> Iterator[None]:
    """Wait until no other request of this process to the same host is under way.

    Raises:
        NetworkError: if that takes until the deadline.
    """
    lock, left = _turns[host_of(deadline.url)], deadline.left()
    while not lock.acquire(timeout=-1 if left is None else min(left, threading.TIMEOUT_MAX)):
        deadline.left()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def cut_off(deadline: Deadline) -> Iterator[Callable[[socket.socket], None]]:
    """Yield the function to give each connection to: what is still open at the deadline is cut.

    The timeout of a socket is for one piece only: without this, a server that sends a byte of its
    header now and then would hold us for ever.
    """
    lock, is_over = threading.Lock(), threading.Event()
    connections: list[socket.socket] = []

    def cut() -> None:
        with lock:
            is_over.set()
            for one in connections:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def watch(connection: socket.socket) -> None:
        # A second handle on it: the first is given up when TLS begins.
        with lock:
            connections.append(
                socket.fromfd(connection.fileno(), connection.family, connection.type)
            )
        if is_over.is_set():
            cut()

    left = deadline.left()
    timer = None if left is None else threading.Timer(min(left, threading.TIMEOUT_MAX), cut)
    if timer:
        timer.daemon = True
        timer.start()
    try:
        yield watch
    finally:
        if timer:
            timer.cancel()
        with lock:
            for one in connections:
                one.close()


def pauses(deadline: Deadline) -> Iterator[Callable[[str | None], None]]:
    """Yield, per attempt, the function to call when the service is busy, with its Retry-After.

    The function sleeps for as long as the service says, else twice as long as the last time; it
    gives up when that would pass the deadline, or take more than an hour where there is none, or
    after the last attempt.
    """
    wait = _FIRST_WAIT_SECONDS

    for attempt in range(1, _ATTEMPTS + 1):

        def pause(retry_after: str | None, attempt: int = attempt, wait: float = wait) -> None:
            asked = seconds_of(retry_after)
            seconds = wait if asked is None else asked
            left = deadline.left()
            if attempt == _ATTEMPTS:
                raise NetworkError(f"{deadline.url} is busy: asked {attempt} times.")
            if seconds >= (_LONGEST_WAIT_SECONDS if left is None else left):
                rest = "" if left is None else f", and {left:.0f} s are left"
                raise NetworkError(
                    f"{deadline.url} is busy: it asks to come again in {seconds:.0f} s{rest}."
                )
            time.sleep(seconds)

        yield pause
        wait *= 2


def seconds_of(retry_after: str | None) -> float | None:
    """Return the seconds that a Retry-After header means, or None if it has no meaning.

    It is a number or a date (RFC 9110, section 10.2.3).
    """
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return max(0.0, (when - datetime.datetime.now(datetime.UTC)).total_seconds())


def read(
    read_some: Callable[[int], bytes], deadline: Deadline, max_bytes: int | None = MAX_BYTES
) -> bytes:
    """Return all that a response has, in pieces, so that neither a flood nor a trickle holds us.

    Args:
        read_some: returns at most so many bytes as soon as there are any; none at the end.
        deadline: when it must have ended.
        max_bytes: how many there may be; None for any number.

    Raises:
        NetworkError: if it is too long or too slow.
    """
    pieces: list[bytes] = []
    total = 0
    while piece := read_some(_CHUNK):
        deadline.left()
        total += len(piece)
        if max_bytes is not None and total > max_bytes:
            raise NetworkError(
                f"{deadline.url} sent more than {max_bytes // 1024 // 1024} MiB; it was left there."
            )
        pieces.append(piece)
    deadline.left()  # where nothing says how long it is, what was cut off looks like the end
    return b"".join(pieces)
