"""A server on loopback that answers as ROR, the Hugging Face Hub and a reconciliation service do.

It really searches a few invented records, counts what it is asked, and can be told to misbehave in
the ways in which such services, and whoever stands between us and them, really do.
"""

from __future__ import annotations

import base64
import contextlib
import datetime
import difflib
import email.utils
import gzip
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

JSON: Final = "application/json"
USER, PASSWORD, REALM, NONCE = "ada", "pa:ss wörd", "theirs", "8f1c"

# What the services know


def organization(number: str, names: list[tuple[str, str]], **more: Any) -> dict[str, Any]:
    """Return a record as ROR's schema 2 has it."""
    return {
        "id": f"https://ror.org/{number}",
        "names": [{"value": name, "types": [kind], "lang": None} for name, kind in names],
        "types": ["nonprofit"],
        "status": "active",
        "established": None,
        "links": [],
        "locations": [],
        "external_ids": [],
        "relationships": [],
        "domains": [],
    } | more


MLC: Final = organization(
    "0mlcomm01",
    [("MLCommons", "ror_display"), ("MLC", "acronym"), ("ML Commons Association", "alias")],
    established=2020,
    links=[
        {"type": "wikipedia", "value": "https://en.wikipedia.example/MLCommons"},
        {"type": "website", "value": "https://mlcommons.example/"},
    ],
    locations=[{"geonames_id": 1, "geonames_details": {"country_code": "US", "name": "X"}}],
    external_ids=[{"type": "wikidata", "preferred": None, "all": ["Q910006"]}],
)
MILA: Final = organization("0mila0001", [("Mila", "ror_display"), ("MLC", "acronym")])
OLD: Final = organization(
    "0mlperf01",
    [("MLPerf", "ror_display")],
    status="withdrawn",
    relationships=[{"type": "successor", "id": MLC["id"], "label": "MLCommons"}],
)
ORGANIZATIONS: Final = (MLC, MILA, OLD)

MODELS: Final = (
    {"id": "tii/falcon-40b", "downloads": 900, "pipeline_tag": "text-generation", "likes": 3},
    {"id": "tii/falcon-40b-instruct", "downloads": 1200, "pipeline_tag": "text-generation"},
    {"id": "someone/falcon-40b-GGUF", "downloads": 12},
    {"id": "gpt2", "downloads": 5000, "pipeline_tag": "text-generation"},
)
DATASETS: Final = ({"id": "tii/falcon-refinedweb", "downloads": 70},)
RENAMED: Final = {"tiiuae/falcon-40b": "tii/falcon-40b"}
ACCOUNTS: Final = {
    "organizations": {
        "tii": {"name": "tii", "fullname": "Technology Innovation Institute", "avatarUrl": "x"},
        "eleuther": {"name": "eleuther", "fullname": "EleutherAI", "avatarUrl": "x"},
    },
    "users": {"someone": {"user": "someone", "fullname": "Some One", "avatarUrl": "x"}},
}

MANIFEST: Final = {
    "versions": ["0.1", "0.2"],
    "name": "Things",
    "identifierSpace": "https://things.example/id/",
    "schemaSpace": "https://things.example/type",
    "defaultTypes": [{"id": "Thing", "name": "thing"}],
    "view": {"url": "https://things.example/page?id={{id}}"},
    "batchSize": 2,
    "extend": {"propose_properties": {"service_url": "HERE", "service_path": "/properties"}},
}
ORG: Final = {"id": "https://things.example/type/Organization", "name": "organization"}
THINGS: Final = (
    {"id": "t1", "name": "MLCommons", "type": [ORG], "description": "benchmarks"},
    {"id": "t2", "name": "ML Commons", "type": ["Person"]},
    {"id": "t/3", "name": "Mila", "type": []},
)
PROPERTIES: Final = (
    {"id": "p1", "name": "Inception"},
    {"id": "p2", "name": "official website"},
    {"id": "p3", "name": "number of employees"},
    {"id": "p4", "name": "also known as"},
)
VALUES: Final = {
    "t1": {
        "p1": [{"date": "2020-01-01T00:00:00+00:00"}, {}],
        "p2": [{"str": "https://mlcommons.example/"}],
        "p4": [{"str": "MLC"}, {"id": "t9", "name": "MLPerf"}],
    }
}


@dataclass(frozen=True)
class Asked:
    """A request: its fields are those of the address and of the form."""

    method: str
    path: str
    fields: dict[str, str]
    headers: dict[str, str]


Fault: TypeAlias = Callable[["Handler"], None]


class Web(ThreadingHTTPServer):
    """The server.

    Attributes:
        asked: what came, in its order.
        fault: what is done in place of an answer, if anything.
        good: how many requests are answered before that begins.
        times: how many times it is done.
        wants: the scheme by which a login is asked for, if one is.
        sent: how many bytes a flood got rid of.
        at_once: how many requests were under way at the same time at most.
        manifest: what the reconciliation service says of itself.
        away: where redirections lead to.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[Asked] = []
        self.fault: Fault | None = None
        self.good = 0
        self.times = 1_000_000
        self.wants = ""
        self.sent = 0
        self.at_once = self._now = 0
        self.manifest: dict[str, Any] = MANIFEST
        self.away = ""
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.server_port}"

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count a request as under way."""
        with self._lock:
            self._now += 1
            self.at_once = max(self.at_once, self._now)
        try:
            yield
        finally:
            with self._lock:
                self._now -= 1

    def next_fault(self) -> Fault | None:
        """Return what is to be done in place of the next answer."""
        if self.good > 0:
            self.good -= 1
            return None
        self.times -= 1
        return self.fault if self.times >= 0 else None


class Handler(BaseHTTPRequestHandler):
    """Answers GET, HEAD, PUT, DELETE and POSTed forms."""

    server: Web
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def handle_any(self) -> None:
        """Count the request; do what is to be done, or answer."""
        self.close_connection = True
        parts = urlsplit(self.path)
        self.where = unquote(parts.path)
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        pairs = parse_qs(parts.query) | (parse_qs(text) if self.command == "POST" else {})
        self.fields = {name: values[0] for name, values in pairs.items()}
        asked = Asked(self.command, self.where, self.fields, dict(self.headers.items()))
        self.server.asked.append(asked)
        with self.server.counted(), contextlib.suppress(OSError):
            fault = self.server.next_fault()
            if fault:
                fault(self)
            elif self.server.wants and not self.is_known():
                scheme = f'{self.server.wants} realm="{REALM}", nonce="{NONCE}", qop="auth"'
                self.send(401, "text/plain", b"who are you?", WWW_Authenticate=scheme)
            else:
                self.send(*self.answer())

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815

    def is_known(self) -> bool:
        """Tell whether the login is right."""
        scheme, _, said = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            right = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
            return bool(said == right)
        of = dict(re.findall(r'(\w+)="?([^",]+)"?', said))
        if scheme != "Digest" or of.get("nonce") != NONCE:
            return False

        def md5(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        ours = md5(f"{USER}:{REALM}:{PASSWORD}"), md5(f"{self.command}:{of['uri']}")
        right = md5(f"{ours[0]}:{NONCE}:{of['nc']}:{of['cnonce']}:auth:{ours[1]}")
        return bool(of["response"] == right)

    def answer(self) -> tuple[int, str, bytes]:
        """Return what the service answers."""
        start, _, rest = self.where.strip("/").partition("/")
        services: dict[str, Callable[[str], Any]] = {
            "v2": self.ror,
            "api": self.hub,
            "reconcile": self.reconciled,
            "properties": lambda rest: {"properties": PROPERTIES, "type": self.fields["type"]},
            "page": lambda rest: {"a page": rest},
            "sparql": lambda rest: {"head": {}, "boolean": True},
        }
        found = services[start](rest) if start in services else None
        if isinstance(found, tuple):
            return found[0], JSON, json.dumps(found[1]).encode()
        return (404 if found is None else 200), JSON, json.dumps(found).encode()

    def ror(self, rest: str) -> Any:
        """Return what ROR answers."""
        number = rest.partition("/")[2]
        if number:
            some = [one for one in ORGANIZATIONS if one["id"].endswith(f"/{number}")]
            return some[0] if some else (404, {"errors": [f"ROR ID '{number}' does not exist"]})
        active = [one for one in ORGANIZATIONS if one["status"] == "active"]
        if "affiliation" in self.fields:
            words = set(self.fields["affiliation"].casefold().split())
            items: list[Any] = [
                {"substring": "", "score": 0.9, "chosen": False, "organization": one}
                for one in active
                if words & {word for name in one["names"] for word in spoken(name["value"])}
            ]
            return {"number_of_results": len(items), "items": items}
        if self.fields.keys() - {"query", "page", "filter"}:
            return {"errors": ["query parameter 'x' is illegal"]}
        term = self.fields["query"]
        phrase = json.loads(term).casefold() if term.startswith('"') else term.casefold()
        items = [
            one
            for one in active
            if phrase in {name["value"].casefold() for name in one["names"]}
            or any(phrase.upper() in each["all"] for each in one["external_ids"])
        ]
        return {"number_of_results": len(items), "time_taken": 5, "items": items, "meta": {}}

    def hub(self, rest: str) -> Any:
        """Return what the Hub answers."""
        kind, _, name = rest.partition("/")
        if kind == "quicksearch":
            term = self.fields["q"].casefold()
            named = ACCOUNTS["organizations"].values()
            return {"orgs": [one for one in named if term in " ".join(one.values()).casefold()]}
        if kind in ACCOUNTS:
            return ACCOUNTS[kind].get(name.removesuffix("/overview"))
        known: Any = MODELS if kind == "models" else DATASETS
        if name:
            now = RENAMED.get(name, name)
            some = [one for one in known if one["id"] == now]
            return some[0] if some else (401, {"error": "Invalid username or password."})
        term = self.fields["search"].casefold()
        some = [one for one in known if term in one["id"].casefold()]
        if self.fields.get("sort") == "downloads" and self.fields.get("direction") == "-1":
            some.sort(key=lambda one: -one["downloads"])
        return some[: int(self.fields["limit"])]

    def reconciled(self, rest: str) -> Any:
        """Return what the reconciliation service answers."""
        if "queries" in self.fields:
            queries = json.loads(self.fields["queries"])
            if len(queries) > self.server.manifest.get("batchSize", 100):
                return 413, {}
            return {key: {"result": matches(query)} for key, query in queries.items()}
        if "extend" in self.fields:
            query = json.loads(self.fields["extend"])
            wanted = [one["id"] for one in query["properties"]]
            rows = {
                name: {prop: VALUES.get(name, {}).get(prop, []) for prop in wanted}
                for name in query["ids"]
            }
            return {"meta": [{"id": prop, "name": prop} for prop in wanted], "rows": rows}
        text = json.dumps(self.server.manifest).replace("HERE", self.server.url)
        return json.loads(text)

    def send(self, status: int, media_type: str, body: bytes, **headers: str) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def begin(self, **headers: str) -> None:
        """Send the header of an answer."""
        self.send_response(200)
        for name, value in {"Content_Type": JSON, "Connection": "close", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def spoken(name: str) -> list[str]:
    """Return the words of a name."""
    return name.casefold().split()


def matches(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the candidates for a query, the best last, as the standard only advises otherwise."""
    found = []
    for one in THINGS:
        text = query["query"]
        ratio = difflib.SequenceMatcher(None, text.casefold(), one["name"].casefold()).ratio()  # type: ignore[attr-defined]
        score = 100.0 if text == one["id"] else round(100 * ratio, 1)
        if score > 50:
            found.append(one | {"score": score, "match": score == 100})
    found.sort(key=lambda one: one["score"])  # type: ignore[arg-type, return-value]
    return found[-query.get("limit", 10) :]


# How they fail


def busy(status: int, retry_after: str | None = None) -> Fault:
    """Return a refusal for now, with Retry-After if it says until when."""
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return lambda handler: handler.send(status, "text/plain", b"come again", **headers)


def in_an_hour(handler: Handler) -> None:
    """Refuse until a certain time."""
    when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    busy(429, email.utils.format_datetime(when, usegmt=True))(handler)


def says(body: bytes, media_type: str = JSON, status: int = 200) -> Fault:
    """Return an answer of a text."""
    return lambda handler: handler.send(status, media_type, body)


def other_type(handler: Handler) -> None:
    """Answer rightly under a media type that says otherwise."""
    handler.send(200, "application/octet-stream", handler.answer()[2])


def too_short(handler: Handler) -> None:
    """Announce more than there is."""
    body = handler.answer()[2]
    handler.begin(Content_Length=str(len(body) + 10))
    handler.wfile.write(body)


def half_a_chunk(handler: Handler) -> None:
    """Break off within a chunk."""
    body = handler.answer()[2]
    handler.begin(Transfer_Encoding="chunked")
    handler.wfile.write(b"%x\r\n" % len(body) + body[: len(body) // 2])


def no_last_chunk(handler: Handler) -> None:
    """Break off between two chunks, all of the answer being there."""
    body = handler.answer()[2]
    handler.begin(Transfer_Encoding="chunked")
    handler.wfile.write(b"%x\r\n" % len(body) + body + b"\r\n")


def trickle(handler: Handler) -> None:
    """Send a byte now and then."""
    handler.begin()
    for _ in range(400):
        handler.wfile.write(b" ")
        time.sleep(0.05)


def trickled_header(handler: Handler) -> None:
    """Send a header that never ends, a byte now and then."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    for _ in range(400):
        handler.wfile.write(b"x")
        time.sleep(0.05)


def trickled_status(handler: Handler) -> None:
    """Say again and again that the answer will come."""
    for _ in range(400):
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)


def silence(handler: Handler) -> None:
    """Say nothing for a while."""
    time.sleep(8)


def half_then_silence(handler: Handler) -> None:
    """Begin without a length, and stop: cut off there, it would look like all of it."""
    handler.begin()
    handler.wfile.write(handler.answer()[2])
    time.sleep(8)


def flood(handler: Handler) -> None:
    """Send 50 MB."""
    handler.begin(Content_Length="50000000")
    poured(handler)


def endless_flood(handler: Handler) -> None:
    """Send 50 MB without having said so."""
    handler.begin()
    poured(handler)


def poured(handler: Handler) -> None:
    """Send 50 MB, and count them."""
    piece = b'["' + b"x" * 49_992 + b'", 1],'
    for _ in range(1000):
        handler.wfile.write(piece)
        handler.server.sent += len(piece)


def bomb(handler: Handler) -> None:
    """Send 50 MB as 50 kB."""
    handler.send(200, JSON, BOMB, Content_Encoding="gzip")


BOMB: Final = gzip.compress(b"[" + b" " * 50_000_000 + b"]")


def away(handler: Handler) -> None:
    """Lead to another host."""
    handler.send(307, "text/plain", b"", Location=f"{handler.server.away}{handler.path}")


def leads_with_much(handler: Handler) -> None:
    """Lead to another page of the same host, in 50 MB of words."""
    handler.send_response(307)
    handler.send_header("Location", "/sparql?again")
    handler.send_header("Content-Length", "50000000")
    handler.end_headers()
    poured(handler)


def asks_with_much(handler: Handler) -> None:
    """Ask for a login in 50 MB of words."""
    handler.send_response(401)
    handler.send_header("WWW-Authenticate", f'Basic realm="{REALM}"')
    handler.send_header("Content-Length", "50000000")
    handler.end_headers()
    poured(handler)


def leads(where: str, status: int = 302) -> Fault:
    """Return an answer that leads somewhere."""
    return lambda handler: handler.send(status, "text/plain", b"", Location=where)


def circle(handler: Handler) -> None:
    """Lead to the same place."""
    handler.send(308, "text/plain", b"", Location=handler.path)


def further(handler: Handler) -> None:
    """Lead on and on."""
    handler.send(301, "text/plain", b"", Location=f"/further{len(handler.server.asked)}")


def odd_ids(handler: Handler) -> None:
    """Answer with ids of which no IRI can be made."""

    def spoilt(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                name: f"{one} <{name}>" if name == "id" and isinstance(one, str) else spoilt(one)
                for name, one in value.items()
            }
        return [spoilt(one) for one in value] if isinstance(value, list) else value

    status, media_type, body = handler.answer()
    handler.send(status, media_type, json.dumps(spoilt(json.loads(body))).encode())


def no_http(handler: Handler) -> None:
    """Answer in another protocol."""
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


def nothing(handler: Handler) -> None:
    """Hang up."""


def coloured(handler: Handler) -> None:
    """Refuse in words that a terminal would obey."""
    handler.send(500, "text/plain", b"\x1b[31mred\x07\nand a second line")


PAGE: Final = b"<!DOCTYPE html><html><body><h1>Sorry.</h1></body></html>"
FAULTS: Final[dict[str, Fault]] = {
    "busy for an hour": busy(429, "3600"),
    "busy until a time": in_an_hour,
    "busy without end": busy(503),
    "busy, no number": busy(503, "soon"),
    "too short": too_short,
    "half a chunk": half_a_chunk,
    "no last chunk": no_last_chunk,
    "other type": other_type,
    "web page": says(PAGE, "text/html"),
    "web page called JSON": says(PAGE),
    "refused": says(b'{"error": "no"}', status=403),
    "failed": says(b"oops\nat line 1", "text/plain", 500),
    "coloured": coloured,
    "trickle": trickle,
    "trickled header": trickled_header,
    "trickled status": trickled_status,
    "silence": silence,
    "half, then silence": half_then_silence,
    "flood": flood,
    "endless flood": endless_flood,
    "bomb": bomb,
    "away": away,
    "to a file": leads("file:///etc/passwd"),
    "to no address": leads("http://[::1"),
    "circle": circle,
    "further": further,
    "no UTF-8": says(b'{"items": ["\xff\xfe"]}'),
    "nested": says(b"[" * 100_000),
    "no number": says(b'{"items": NaN}'),
    "empty": says(b""),
    "null": says(b"null"),
    "text": says(b'"text"'),
    "lists in lists": says(b"[[[]]]"),
    "odd ids": odd_ids,
    "no HTTP": no_http,
    "nothing": nothing,
}
"""What a server can do in place of an answer."""


@contextlib.contextmanager
def started() -> Iterator[Web]:
    """Run a server for as long as the block lasts."""
    server = Web()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
