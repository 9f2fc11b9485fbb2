"""A SPARQL endpoint on loopback that counts what it is asked, and can be told to misbehave.

It hands queries on to a real engine; what it does instead is what public endpoints really do.
"""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

JSON: Final = "application/sparql-results+json"
Faults = list[Callable[["Handler"], None]]


class Endpoint(ThreadingHTTPServer):
    """An endpoint in front of another one.

    Attributes:
        behind: the address of the real engine.
        asked: the queries that came, in their order.
        headers: the header of each.
        sent: the bytes of the answers that went back, without their headers.
        faults: what is done in place of an answer to the next requests, one each.
    """

    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.behind = behind
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.sent = 0
        self.faults: Faults = []

    @property
    def url(self) -> str:
        """Where queries go."""
        return f"http://127.0.0.1:{self.server_port}/sparql"


class Handler(BaseHTTPRequestHandler):
    """Answers forms, POSTed or in the address."""

    server: Endpoint

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        """Take a form as it comes from us."""
        self.take(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self) -> None:
        """Take a form as it comes from rdflib, when it is short."""
        self.take(self.path.partition("?")[2].encode())

    def take(self, form: bytes) -> None:
        """Count the query; do what is next in line, or ask the engine."""
        self.form = form
        self.server.asked.append(parse_qs(self.form.decode())["query"][0])
        self.server.headers.append(dict(self.headers.items()))
        if self.server.faults:
            with contextlib.suppress(OSError):
                self.server.faults.pop(0)(self)
            return
        status, media_type, body = self.answer()
        self.send(status, media_type, body)

    def answer(self) -> tuple[int, str, bytes]:
        """Return what the engine answers."""
        request = urllib.request.Request(self.server.behind, self.form, {"Accept": JSON})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return response.status, response.headers["Content-Type"], response.read()
        except urllib.error.HTTPError as error:
            return error.code, "text/plain", error.read()

    def send(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.server.sent += len(body)
        self.wfile.write(body)


def busy(status: int, retry_after: str | None = None) -> Callable[[Handler], None]:
    """Return a refusal for now, with Retry-After if it says until when."""
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return lambda handler: handler.send(status, "text/plain", b"come again", **headers)


def web_page(handler: Handler) -> None:
    """Answer 200 with a page that says that something is wrong."""
    handler.send(200, "text/html", b"<!DOCTYPE html><html><body>Sorry.</body></html>")


def other_type(handler: Handler) -> None:
    """Answer rightly under a media type that says otherwise."""
    handler.send(200, "application/octet-stream", handler.answer()[2])


def broken_off(handler: Handler) -> None:
    """Announce the whole answer and send half of it."""
    body = handler.answer()[2]
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.connection.close()


def half(handler: Handler) -> None:
    """Send half an answer as if it were all, and a stack trace: so does Wikidata's at its limit."""
    body = handler.answer()[2]
    handler.send(200, JSON, body[: len(body) // 2] + b"\njava.util.concurrent.TimeoutException\n")


def flood(handler: Handler) -> None:
    """Send 50 MB."""
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    handler.wfile.write(b'{"head":{"vars":[]},"results":{"bindings":[')
    for _ in range(50):
        handler.wfile.write(b"{}," * 350_000)


def trickle(handler: Handler) -> None:
    """Send a byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.05)


def redirect(url: str) -> Callable[[Handler], None]:
    """Return an answer that leads somewhere else."""
    return lambda handler: handler.send(307, "text/plain", b"", Location=url)


def failure(handler: Handler) -> None:
    """Answer that the engine has failed."""
    handler.send(500, "text/plain", b"SQ200: something internal\nat line 1")


@contextlib.contextmanager
def in_front_of(behind: str) -> Iterator[Endpoint]:
    """Run an endpoint in front of another one, for as long as the block lasts."""
    server = Endpoint(behind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
