"""The remote engine, against an endpoint on this machine that answers from a store."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    Literal,
    NamedNode,
    Quad,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
)

from openness import __version__
from openness.engine.base import Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.remote import RemoteEngine, declare_prefixes
from openness.errors import (
    BindingError,
    EngineError,
    QuerySyntaxError,
    QueryTimeoutError,
    QueryTooComplexError,
    UsageError,
)
from openness.sparql.binding import Bindable
from openness.terms import GRAPH, MERGE, PREFIXES, PUSHED

EX: Final = "http://example.org/"
DATA: Final = """
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:a rdfs:label "A \\"quoted\\"\\n<&>" , "Ä 漢 😀"@de ; ex:size 1 , 3e0 ; ex:ok true ; ex:to ex:b .
ex:b rdfs:label "" , "x"^^ex:type ; ex:to ex:a .
ex:g { ex:a ex:to ex:c }
"""


class Endpoint(ThreadingHTTPServer):
    """A SPARQL endpoint on loopback; its path says how it answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = Store()
        self.store.load(DATA.encode(), RdfFormat.TRIG)
        self.asked: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.listed: list[tuple[str, dict[str, str], dict[str, list[str]]]] = []
        self.wake = threading.Event()

    def at(self, path: str) -> RemoteEngine:
        """Return an engine that asks this endpoint at a path."""
        return RemoteEngine(f"http://127.0.0.1:{self.server_port}/{path}")


class Handler(BaseHTTPRequestHandler):
    """Answers POSTed forms."""

    server: Endpoint

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Say nothing."""

    def do_POST(self) -> None:
        """Answer as the path says."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(body, strict_parsing=True)
        asked = self.server.listed if PUSHED in form["query"][0] else self.server.asked
        asked.append((self.command, dict(self.headers.items()), form))
        answer = getattr(self, "_" + self.path.partition("?")[0].strip("/"))
        answer(form["query"][0])

    def _send(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _sparql(self, query: str) -> None:
        try:
            results = self.server.store.query(query)
        except SyntaxError as error:
            return self._send(400, "text/plain", f"{error}\nsecond line".encode())
        if isinstance(results, QueryTriples):
            turtle = results.serialize(format=RdfFormat.TURTLE)
            return self._send(200, "text/turtle", turtle or b"")
        table = results.serialize(format=QueryResultsFormat.JSON)
        return self._send(200, "application/sparql-results+json", table or b"")

    def _refuses(self, query: str) -> None:
        self._send(400, "text/plain", "Erreur à la ligne 2: it's \\n wrong\nmore".encode())

    def _refuses_silently(self, query: str) -> None:
        self._send(400, "text/plain", b"")

    def _fails(self, query: str) -> None:
        self._send(500, "text/plain", b"SQ200: No column\nat line 1")

    def _fails_silently(self, query: str) -> None:
        self._send(500, "text/plain", b"")

    def _is_missing(self, query: str) -> None:
        self._send(404, "text/html", b"<h1>Not found</h1>")

    def _is_forbidden(self, query: str) -> None:
        self._send(403, "text/plain", b"no")

    def _is_busy(self, query: str) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "3600")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _html(self, query: str) -> None:
        self._send(200, "text/html", b"<html><h1>Welcome</h1></html>")

    def _empty(self, query: str) -> None:
        self._send(200, "application/sparql-results+json", b"")

    def _other_json(self, query: str) -> None:
        self._send(200, "application/json", b'{"hello": ["world"]}')

    def _half_json(self, query: str) -> None:
        self._send(200, "application/sparql-results+json", b'{"head":{"vars":["s"]},"resul')

    def _strange_term(self, query: str) -> None:
        cell = b'{"s":{"type":"strange","value":"x"}}'
        table = b'{"head":{"vars":["s"]},"results":{"bindings":[' + cell + b"]}}"
        self._send(200, "application/sparql-results+json", table)

    def _no_http(self, query: str) -> None:
        self.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    def _breaks_off(self, query: str) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{")

    def _hangs_up(self, query: str) -> None:
        self.close_connection = True

    def _sleeps(self, query: str) -> None:
        self.server.wake.wait(20)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    """An endpoint that runs for the tests of this module."""
    with Endpoint() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.wake.set()
        server.shutdown()


def test_the_name_is_the_address() -> None:
    assert RemoteEngine("https://example.org/sparql").name == "https://example.org/sparql"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8890/sparql",
        "https://query.example.org",
        "http://127.0.0.1/?graph=a",
        "http://example.org?graph=a",
        "http://[::1]:7878/query",
    ],
)
def test_an_address_is_taken(url: str) -> None:
    assert RemoteEngine(url).url == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "example.org/sparql", "ftp://example.org/", "http://", "http:///sparql", "file:///a"),
        *("http://a b/", "http://127.0.0.1:port/", "http://[::1/", "http://a:1:2/", "\nhttp://a/"),
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EngineError, match="is not the address of an endpoint"):
        RemoteEngine(url)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o",
        "SELECT ?o ?s { ?s rdfs:label ?o } ORDER BY ?o",
        "SELECT ?s ?x { ?s <http://example.org/ok> ?o OPTIONAL { ?s <urn:no> ?x } }",
        "SELECT ?s { ?s <urn:no> ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        'SELECT ("Ä漢😀 &=+%" AS ?x) {}',
        "SELECT * {}",
        "ASK { ?s rdfs:label ?o }",
        "ASK { ?s <urn:no> ?o }",
        "CONSTRUCT { ?o rdfs:seeAlso ?s } WHERE { ?s <http://example.org/to> ?o }",
        "CONSTRUCT WHERE { ?s rdfs:label ?o }",
        "CONSTRUCT WHERE { ?s <urn:no> ?o }",
        "DESCRIBE <http://example.org/a>",
        "# INSERT DATA { }\nPREFIX rdfs: <http://example.org/> SELECT (rdfs:a AS ?x) {}",
    ],
)
def test_an_endpoint_gives_the_answer_that_the_store_gives_here(
    endpoint: Endpoint, query: str
) -> None:
    here = EmbeddedEngine(endpoint.store).query(query)
    there = endpoint.at("sparql").query(query, timeout=20)
    if isinstance(here, list):
        assert isinstance(there, list)
        assert set(there) == set(here)
        assert all(isinstance(triple, Triple) for triple in there)
    else:
        assert there == here


@pytest.mark.parametrize(
    "result_format",
    [
        QueryResultsFormat.CSV,
        QueryResultsFormat.TSV,
        QueryResultsFormat.JSON,
        QueryResultsFormat.XML,
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "query", ["SELECT ?s ?o { ?s rdfs:label ?o } ORDER BY ?o", "ASK { ?s rdfs:label ?o }"]
)
def test_an_answer_is_serialized_as_the_store_does_here(
    endpoint: Endpoint, query: str, result_format: QueryResultsFormat
) -> None:
    here = b"".join(EmbeddedEngine(endpoint.store).serialize(query, result_format))
    assert b"".join(endpoint.at("sparql").serialize(query, result_format)) == here


def test_blank_nodes_come_as_blank_nodes(endpoint: Endpoint) -> None:
    answer = endpoint.at("sparql").query("CONSTRUCT { [] rdfs:seeAlso ?s } WHERE { ?s ?p 1 }")
    assert isinstance(answer, list)
    assert [str(triple.subject)[:2] for triple in answer] == ["_:"]


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
@settings(max_examples=25, deadline=None)
def test_a_value_arrives_as_it_was_sent(endpoint: Endpoint, text: str) -> None:
    values: dict[str, Bindable] = {"_p": Literal(text), "_q": Literal(text, language="en")}
    answer = endpoint.at("sparql").query("SELECT ?_p ?_q {}", values, timeout=20)
    assert answer == Solutions(["_p", "_q"], [(values["_p"], values["_q"])])


def test_a_long_query_is_sent_whole(endpoint: Endpoint) -> None:
    iris = [NamedNode(f"{EX}{n}") for n in range(5000)]
    table = " ".join(map(str, iris))
    answer = endpoint.at("sparql").query(f"SELECT ?x {{ VALUES ?x {{ {table} }} }}")
    assert answer == Solutions(["x"], [(iri,) for iri in iris])


def test_a_query_is_a_posted_form_that_names_us(endpoint: Endpoint) -> None:
    endpoint.asked.clear()
    endpoint.at("sparql").query("ASK { ?s ?p 'é' }")
    endpoint.at("sparql").query("CONSTRUCT WHERE { ?s ?p ?o }")
    (command, headers, form), (_, graph_headers, _) = endpoint.asked
    assert command == "POST"
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert "application/sparql-results+json" in headers["Accept"]
    assert "text/turtle" in graph_headers["Accept"]
    assert headers["User-Agent"].startswith(f"openness/{__version__} ")
    assert form["query"] == ["ASK { ?s ?p 'é' }"]


def test_an_engine_with_a_default_graph_is_asked_once_whether_it_has_a_merge(
    endpoint: Endpoint,
) -> None:
    endpoint.listed.clear()
    endpoint.asked.clear()
    engine = endpoint.at("sparql")
    engine.query("ASK {}")
    engine.query("ASK {}")
    assert len(endpoint.listed) == 1
    assert all(form.keys() == {"query"} for _, _, form in endpoint.asked)


def test_where_the_merge_is_a_named_graph_every_query_names_its_dataset(endpoint: Endpoint) -> None:
    part, merge = NamedNode(PREFIXES["dcterms"] + "hasPart"), NamedNode(MERGE)
    quads = [Quad(merge, part, NamedNode(GRAPH + n), NamedNode(PUSHED)) for n in ("a", "b")]
    endpoint.store.extend(quads)
    endpoint.asked.clear()
    try:
        engine = endpoint.at("sparql")
        engine.query("ASK {}")
        engine.query("ASK FROM <urn:a> {}")
        assert endpoint.at("sparql?default-graph-uri=urn:b").query("ASK {}") is True
    finally:
        for quad in quads:
            endpoint.store.remove(quad)
    sent = [form["query"][0] for _, _, form in endpoint.asked]
    dataset = f" FROM <{MERGE}> FROM NAMED <{GRAPH}a> FROM NAMED <{GRAPH}b> "
    assert sent == [f"ASK {dataset}{{}}", "ASK FROM <urn:a> {}", "ASK {}"]


def test_a_refused_query_is_a_syntax_error_in_the_endpoints_words(endpoint: Endpoint) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        endpoint.at("sparql").query("SELECT * { ?s ?p")
    assert str(caught.value).startswith("The query is not valid SPARQL: ")
    assert "line 1, column 17" in str(caught.value)
    assert "second line" not in str(caught.value)
    with pytest.raises(QuerySyntaxError) as other:
        endpoint.at("refuses").query("ASK {}")
    expected = "The query is not valid SPARQL: Erreur à la ligne 2: it's \\n wrong"
    assert str(other.value) == expected


def test_a_query_refused_without_a_word_is_still_a_syntax_error(endpoint: Endpoint) -> None:
    with pytest.raises(QuerySyntaxError, match=r"^The query is not valid SPARQL: .+"):
        endpoint.at("refuses_silently").query("ASK {}")


@pytest.mark.parametrize("query", ["SELECT * { ?s ?p ?o }", "ASK {}", "DESCRIBE <urn:a>"])
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("fails", "did not answer: .*500.* SQ200: No column"),
        ("fails_silently", "did not answer: .*500"),
        ("is_missing", "did not answer: there is no endpoint"),
        ("is_forbidden", "did not answer: it forbids it"),
        ("is_busy", "is busy"),
        ("html", "sent no SPARQL result: "),
        ("other_json", "sent no SPARQL result: "),
        ("half_json", "sent no SPARQL result: |: "),
        ("no_http", "did not answer: SSH-2.0-OpenSSH"),
        ("breaks_off", "broke off in the middle"),
        ("hangs_up", "did not answer: "),
    ],
)
def test_an_endpoint_that_fails_is_one_line_with_its_address(
    endpoint: Endpoint, path: str, reason: str, query: str
) -> None:
    engine = endpoint.at(path)
    with pytest.raises(EngineError, match=reason) as caught:
        engine.query(query, timeout=20)
    assert not isinstance(caught.value, QueryTimeoutError)
    assert str(caught.value).startswith(engine.url)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", ["empty", "strange_term"])
def test_a_table_that_is_none_is_an_error_of_the_engine(endpoint: Endpoint, path: str) -> None:
    """Even if only a later row shows it."""
    with pytest.raises(EngineError, match=f"^{endpoint.at(path).url}"):
        endpoint.at(path).query("SELECT * { ?s ?p ?o }")
    with pytest.raises(EngineError, match=f"^{endpoint.at(path).url}"):
        list(endpoint.at(path).serialize("SELECT * { ?s ?p ?o }", QueryResultsFormat.CSV))


def test_nobody_there_is_an_error_of_the_engine() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(EngineError, match=rf"^http://127.0.0.1:{port}/ did not answer: .*refused"):
        RemoteEngine(f"http://127.0.0.1:{port}/").query("ASK {}", timeout=20)


def test_an_endpoint_that_sleeps_meets_the_deadline(endpoint: Endpoint) -> None:
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=r"stopped after 0\.3 s"):
        endpoint.at("sleeps").query("ASK {}", timeout=0.3)
    assert 0.3 <= time.monotonic() - start < 2


def test_the_connection_itself_is_given_up_after_the_deadline(endpoint: Endpoint) -> None:
    """Otherwise what nobody waits for would stay connected."""
    start = time.monotonic()
    with pytest.raises(EngineError, match=r"did not answer within"):
        endpoint.at("sleeps").evaluate("ASK {}", 0.1)
    assert time.monotonic() - start < 5


def test_what_would_end_a_process_is_not_sent(endpoint: Endpoint) -> None:
    endpoint.asked.clear()
    with pytest.raises(QueryTooComplexError):
        endpoint.at("sparql").query("SELECT * " + "{" * 100_000)
    with pytest.raises(BindingError):
        endpoint.at("sparql").query("SELECT (1 AS ?_p) {}", {"_p": Literal(1)})
    with pytest.raises(UsageError, match="not Unicode text"):
        endpoint.at("sparql").query("ASK { ?s ?p '\ud800' }")
    assert endpoint.asked == []


@pytest.mark.parametrize(
    "query",
    [
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX ex: <http://example.org/>\n# SELECT\ndelete { ?s ?p ?o } where { ?s ?p ?o }",
        "DROP ALL",
        "CLEAR DEFAULT",
        "LOAD <http://127.0.0.1:1/>",
        "WITH <urn:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "hello",
        "",
    ],
)
def test_an_endpoint_is_only_read(endpoint: Endpoint, query: str) -> None:
    endpoint.asked.clear()
    with pytest.raises(QuerySyntaxError, match="begins with SELECT, ASK, CONSTRUCT or DESCRIBE"):
        endpoint.at("sparql").query(query)
    assert endpoint.asked == []


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "query",
    [
        "PREFIX é.ü-1: <http://e.x/#> ASK {}",
        "BASE <http://e.x/INSERT> PREFIX insert: <DELETE> ASK {}",
        "# INSERT DATA { <a:b> <a:c> <a:d> }\n#DELETE\r\n\n\tASK{}",
        "ask { FILTER('DELETE WHERE { ?s ?p ?o }' = '''DELETE WHERE { ?s ?p ?o }''') }",
    ],
)
def test_a_query_is_sent_as_a_query_whatever_words_it_has(endpoint: Endpoint, query: str) -> None:
    endpoint.asked.clear()
    assert endpoint.at("sparql").query(query) is True
    assert endpoint.asked[0][2]["query"] == [query]


@pytest.mark.parametrize(
    ("query", "declared"),
    [
        ("ASK { ?s rdfs:label ?o }", ["rdfs"]),
        ("ASK { ?s skos:prefLabel ?o ; a org:Role ; skos:note ?n }", ["org", "skos"]),
        ("PREFIX rdfs: <urn:> ASK { ?s rdfs:label ?o }", []),
        ("prefix\n# here\nrdfs: <urn:> ASK { ?s rdfs:label ?o ; org:role ?r }", ["org"]),
        ("PREFIX : <urn:> ASK { ?s :label ?o }", []),
        ("ASK { ?s nowhere:label ?o }", []),
        ("ASK { ?s <rdfs:label> 'rdfs:label' } # rdfs:label", []),
        ('ASK { ?s ?p """\nrdfs:label""" , ?rdfs , _:rdfs }', []),
        ("ASK { ?s RDFS:label ?o }", []),
        ("ASK { BIND(xsd:integer('1') AS ?x) }", ["xsd"]),
        ("ASK { BIND('1'^^xsd:integer AS ?x) }", ["xsd"]),
        ("ASK { ?s (rdfs:label|^org:role)/!skos:note* model: }", ["model", "org", "rdfs", "skos"]),
        ("", []),
    ],
)
def test_prefixes_are_declared_where_they_are_used_and_missing(
    query: str, declared: list[str]
) -> None:
    head = "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in declared)
    assert declare_prefixes(query) == head + query


@given(names=st.lists(st.sampled_from(sorted(PREFIXES)), max_size=8))
def test_a_query_with_its_prefixes_declared_needs_no_more(names: list[str]) -> None:
    query = "SELECT * {" + " ".join(f"{name}:a {name}: {name}:b ." for name in names) + "}"
    declared = declare_prefixes(query)
    assert declare_prefixes(declared) == declared
    assert declared.count("PREFIX") == len(set(names))
    assert declared.count("\n") == query.count("\n")
    Store().query(declared)
