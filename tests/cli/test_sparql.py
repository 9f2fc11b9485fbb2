"""`openness sparql`: all forms in all formats, where a query comes from, what can go wrong."""

from __future__ import annotations

import csv
import io
import json
import socket
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
)
from rdflib.query import Result
from tests.mistakes import failed

from openness.engine.base import Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph
from openness.terms import PREFIXES

pytestmark = pytest.mark.usefixtures("in_world")

Run = Callable[..., "subprocess.CompletedProcess[str]"]

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
TERMS = """SELECT * { VALUES (?a ?b ?c ?d) {
    ("x,\\"y\\"\\n\\tz|w\\\\"@en 1 1.5 UNDEF)
    (<urn:a> true 2.5e0 "2023-07"^^xsd:gYearMonth)
    ("é→𝕏<&>" -3 "1"^^<urn:type> "")
} }"""
GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}
NOT_SPARQL_CASES = [
    ("SELECT * { ?s ?p ?o", "line 1, column 20"),
    ("SELECT * {\n ?s ?p ?o\n}}", "line 3, "),
    ("SELECT *\n{ ?s ?p ?o }\nORDER ?s", "line 3, "),
    ("SELEKT * {}", "line 1"),
    ("SELECT ?m { BIND(nope:y AS ?m) }", "line 1"),
    ("DELETE WHERE { ?s ?p ?o }", "line 1"),
    ("", "line 1, column 1"),
    ('ASK { ?s ?p "open }', "line 1"),
]


# SELECT


def key(term: object) -> tuple[str, ...]:
    """Return what makes a term of rdflib the term that it is."""
    if isinstance(term, rdflib.Literal):
        return str(term), term.language or str(term.datatype or rdflib.XSD.string)
    return (str(term),) if isinstance(term, rdflib.URIRef) else ()


@pytest.mark.parametrize("wanted", ["json", "xml", "tsv"])
def test_select_in_a_w3c_format_keeps_every_term(wanted: str, run: Run) -> None:
    done = run("sparql", TERMS, "-f", wanted)
    parsed = Result.parse(io.BytesIO(done.stdout.encode()), format=wanted)
    xsd = PREFIXES["xsd"]
    assert (done.returncode, done.stderr) == (0, "")
    assert [str(column) for column in parsed.vars or []] == ["a", "b", "c", "d"]
    assert [[key(row.get(v)) for v in parsed.vars or []] for row in parsed.bindings] == [
        [('x,"y"\n\tz|w\\', "en"), ("1", f"{xsd}integer"), ("1.5", f"{xsd}decimal"), ()],
        [
            ("urn:a",),
            ("true", f"{xsd}boolean"),
            ("2.5", f"{xsd}double"),
            ("2023-07", f"{xsd}gYearMonth"),
        ],
        [
            ("é→𝕏<&>", f"{xsd}string"),
            ("-3", f"{xsd}integer"),
            ("1", "urn:type"),
            ("", f"{xsd}string"),
        ],
    ]


def test_select_as_csv_and_for_people(run: Run) -> None:
    piped, markdown = run("sparql", TERMS), run("sparql", TERMS, "-f", "md").stdout
    assert list(csv.reader(io.StringIO(piped.stdout, newline=""))) == [
        ["a", "b", "c", "d"],
        ['x,"y"\n\tz|w\\', "1", "1.5", ""],
        ["urn:a", "true", "2.5", "2023-07"],
        ["é→𝕏<&>", "-3", "1", ""],
    ]
    assert piped.stdout == run("sparql", TERMS, "-f", "CSV").stdout
    lines = run("sparql", TERMS, "-f", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [
        {"a": 'x,"y"\n\tz|w\\', "b": 1, "c": "1.5", "d": None},
        {"a": "urn:a", "b": True, "c": 2.5, "d": "2023-07"},
        {"a": "é→𝕏<&>", "b": -3, "c": "1", "d": ""},
    ]
    assert len(markdown.splitlines()) == 5
    assert all(line.replace("\\|", "").count("|") == 5 for line in markdown.splitlines())
    assert "é→𝕏<&>" in run("sparql", TERMS, "-f", "table").stdout


def test_lines_of_json_are_json_for_any_number(run: Run) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    text = 'SELECT * { VALUES ?x { "INF"^^xsd:double "NaN"^^xsd:float "maybe"^^xsd:boolean } }'
    lines = run("sparql", text, "-f", "jsonl").stdout.splitlines()
    rows = [json.loads(line, parse_constant=refuse) for line in lines]
    assert rows == [{"x": "INF"}, {"x": "NaN"}, {"x": "maybe"}]


def test_select_without_rows_is_noted(run: Run) -> None:
    done = run("sparql", "SELECT ?s { ?s ?p <urn:nothing> }")
    assert (done.returncode, done.stdout.split()) == (0, ["s"])
    assert done.stderr == "openness: no rows\n"


# ASK


@pytest.mark.parametrize(("text", "code"), [("ASK {}", 0), ("ASK { ?s ?p <urn:nothing> }", 1)])
def test_ask_says_yes_or_no_by_its_exit_code_too(text: str, code: int, run: Run) -> None:
    answer = "false" if code else "true"
    for wanted in ("table", "csv", "tsv", "md", "jsonl"):
        done = run("sparql", text, "-f", wanted)
        assert (done.returncode, done.stdout, done.stderr) == (code, f"{answer}\n", "")
    as_json, as_xml = (run("sparql", text, "-f", wanted) for wanted in ("json", "xml"))
    assert (as_json.returncode, as_xml.returncode) == (code, code)
    assert json.loads(as_json.stdout)["boolean"] is (not code)
    root = ElementTree.fromstring(as_xml.stdout)
    assert root.findtext("{http://www.w3.org/2005/sparql-results#}boolean") == answer


# CONSTRUCT and DESCRIBE


@pytest.mark.parametrize("wanted", list(GRAPHS))
def test_construct_in_every_syntax_holds_the_same_triples(wanted: str, run: Run) -> None:
    text = (
        "CONSTRUCT { ?m rdfs:label ?l ; schema:creator ?o . <urn:x> rdfs:comment ?c } WHERE {"
        ' ?m schema:creator ?o ; rdfs:label ?l . BIND("<a & \\"b\\"\\n>"@en-gb AS ?c) }'
    )
    done = run("sparql", text, "-f", wanted)
    plain = run("sparql", text, "-f", "nt").stdout
    assert (done.returncode, done.stderr) == (0, "")
    found = {quad.triple for quad in pyoxigraph.parse(done.stdout, GRAPHS[wanted])}
    expected = {quad.triple for quad in pyoxigraph.parse(plain, RdfFormat.N_TRIPLES)}
    assert len(expected) > 10
    assert found == expected
    model, meta = NamedNode(PREFIXES["model"] + "llama-2"), PREFIXES["organization"] + "meta"
    assert Triple(model, NamedNode(PREFIXES["schema"] + "creator"), NamedNode(meta)) in found
    comment = Literal('<a & "b"\n>', language="en-gb")
    label = NamedNode(PREFIXES["rdfs"] + "comment")
    assert Triple(NamedNode("urn:x"), label, comment) in found
    assert run("sparql", text, "-f", wanted).stdout == done.stdout


def test_describe_is_turtle_by_default(run: Run, known: Graph) -> None:
    done = run("sparql", "DESCRIBE model:llama-2")
    described = {quad.triple for quad in pyoxigraph.parse(done.stdout, RdfFormat.TURTLE)}
    answer = known.query("CONSTRUCT WHERE { model:llama-2 ?p ?o }")
    assert isinstance(answer, list)
    assert described == set(answer)
    assert done.stdout.startswith("@prefix dcat: <http://www.w3.org/ns/dcat#> .")
    assert "\nmodel:llama-2 " in done.stdout


def test_no_triples_is_noted(run: Run) -> None:
    done = run("sparql", "DESCRIBE model:no-such-model")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "openness: no triples\n")


@pytest.mark.parametrize(
    ("text", "wanted", "named"),
    [("ASK {}", "ttl", "csv"), ("DESCRIBE model:llama-2", "csv", "ttl"), ("ASK {}", "jso", "json")],
)
def test_a_format_that_does_not_fit(text: str, wanted: str, named: str, run: Run) -> None:
    assert failed(run("sparql", text, "-f", wanted), 2, named)


# Where the query comes from


def test_a_query_from_stdin_or_a_file(run: Run, tmp_path: Path) -> None:
    text = "# a comment\nSELECT ?m\nWHERE { ?m schema:creator organization:meta } ORDER BY ?m\n"
    (tmp_path / "question.rq").write_text(text, encoding="utf-8")
    expected = run("sparql", text).stdout
    assert "model/llama-2" in expected
    assert run("sparql", "-", stdin=text).stdout == expected
    assert run("sparql", "--file", str(tmp_path / "question.rq")).stdout == expected


def test_a_missing_file_or_no_one_query(run: Run, tmp_path: Path) -> None:
    assert failed(run("sparql", "--file", str(tmp_path / "none.rq")), 3, "none.rq")
    assert failed(run("sparql", "--file", str(tmp_path)), 2, tmp_path.name)
    assert failed(run("sparql", "ASK {}", "--file", "any.rq"), 2, "one query")
    assert failed(run("sparql"), 2, "--file")
    (tmp_path / "latin.rq").write_bytes(b"ASK { ?s ?p '\xe9' }")
    assert failed(run("sparql", "--file", str(tmp_path / "latin.rq")), 2, "latin.rq")


# Prefixes


def test_every_prefix_of_the_project_is_declared(run: Run) -> None:
    rows = "\n".join(f'("{prefix}" {prefix}:x)' for prefix in PREFIXES)
    done = run("sparql", f"SELECT ?prefix ?iri {{ VALUES (?prefix ?iri) {{ {rows} }} }}")
    found = dict(list(csv.reader(done.stdout.splitlines()))[1:])
    assert found == {prefix: f"{namespace}x" for prefix, namespace in PREFIXES.items()}


def test_an_own_prefix_wins(run: Run) -> None:
    text = "PREFIX model: <urn:mine:> SELECT (model:x AS ?mine) (licence:x AS ?theirs) {}"
    assert run("sparql", text).stdout.split() == [
        "mine,theirs",
        "urn:mine:x,https://w3id.org/openness/id/licence/x",
    ]


def test_explain_shows_what_would_be_sent(run: Run) -> None:
    text = "PREFIX model: <urn:mine:>\nSELECT ?m { ?m a model:x ; schema:creator [] }"
    done = run("sparql", "--explain", text)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"PREFIX schema: <http://schema.org/> {text}\n"
    assert pyoxigraph.Store().query(done.stdout) is not None


# Mistakes and excess


@pytest.mark.parametrize(("text", "place"), NOT_SPARQL_CASES)
def test_a_syntax_error_has_line_and_column(text: str, place: str, run: Run) -> None:
    assert failed(run("sparql", text), 2, "not valid SPARQL", place, "column")


@pytest.mark.parametrize("opening", ["{", "(", "[", "!", "OPTIONAL {"])
def test_a_query_nested_without_end_is_refused_at_once(opening: str, run: Run) -> None:
    deep = opening * 100_000
    started = time.monotonic()
    assert failed(run("sparql", "-", stdin=f"SELECT * {{ FILTER({deep}"), 2)
    assert failed(run("sparql", "-", stdin=f"SELECT * {{ {deep}"), 2)
    assert time.monotonic() - started < 10


def test_a_query_of_megabytes_is_refused(run: Run) -> None:
    assert failed(run("sparql", "-", stdin="ASK {" + " " * 2_000_000 + "}"), 2, "1,000,000")


@pytest.mark.parametrize("wanted", ["csv", "table"])
def test_a_runaway_query_is_stopped(wanted: str, run: Run) -> None:
    started = time.monotonic()
    assert failed(run("--timeout", "1", "sparql", RUNAWAY, "-f", wanted), 4, "1 s", "--timeout")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("value", ["soon", "-1"])
def test_a_timeout_is_a_number_of_seconds(value: str, run: Run) -> None:
    assert failed(run("--timeout", value, "info"), 2, "--timeout")


# A remote engine


class Endpoint(ThreadingHTTPServer):
    """A SPARQL endpoint on the loopback that answers POSTed forms from a store."""

    def __init__(self, store: Store) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.store = store
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sparql"


class Handler(BaseHTTPRequestHandler):
    """One request; what is asked for by path: an answer, an error, nonsense, or nothing at all."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Endpoint)
        assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        query = form["query"][0]
        server.asked.append(query)
        if self.path == "/broken":
            self.answer(500, "text/plain", b"out of order\nreally")
        elif self.path == "/nonsense":
            self.answer(200, "text/html", b"<html>Welcome</html>")
        elif self.path == "/slow":
            time.sleep(20)
        else:
            self.evaluate(server.store, query)

    def evaluate(self, store: Store, query: str) -> None:
        try:
            results = store.query(query)
        except SyntaxError as error:
            self.answer(400, "text/plain", str(error).encode())
            return
        if isinstance(results, QueryTriples):
            body = results.serialize(format=RdfFormat.TURTLE)
            self.answer(200, "text/turtle", body or b"")
        else:
            body = results.serialize(format=QueryResultsFormat.JSON)
            self.answer(200, "application/sparql-results+json", body or b"")

    def answer(self, code: int, media_type: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def endpoint(known: Graph) -> Iterator[Endpoint]:
    """An endpoint over what ships."""
    assert isinstance(known.engine, EmbeddedEngine)
    server = Endpoint(known.engine.store)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    "arguments",
    [
        ("sparql", "SELECT ?m ?o { ?m schema:creator ?o } ORDER BY ?m ?o"),
        ("sparql", "SELECT ?m ?o { ?m schema:creator ?o } ORDER BY ?m ?o", "-f", "xml"),
        ("sparql", "SELECT ?m { ?m schema:creator <urn:nobody> }", "-f", "json"),
        ("sparql", TERMS, "-f", "tsv"),
        ("sparql", "ASK { model:llama-2 a fair4ml:MLModel }"),
        ("sparql", "ASK { model:llama-2 a fair4ml:Nothing }", "-f", "md"),
        ("sparql", "DESCRIBE model:llama-2", "-f", "nt"),
        ("sparql", "CONSTRUCT WHERE { ?m schema:creator ?o }", "-f", "jsonld"),
        ("ask", "why-limited", "--model", "Llama 2", "-f", "md"),
        ("show", "llama-2", "-f", "json"),
        ("export", "--source", "paper", "-f", "trig"),
        ("info", "-f", "csv"),
    ],
)
def test_an_endpoint_gives_what_the_embedded_engine_gives(
    arguments: tuple[str, ...], endpoint: Endpoint, run: Run
) -> None:
    endpoint.asked.clear()
    remote, embedded = run("--endpoint", endpoint.url, *arguments), run(*arguments)
    assert endpoint.asked
    assert (remote.stdout, remote.stderr) == (embedded.stdout, embedded.stderr)
    assert remote.returncode == embedded.returncode
    assert embedded.stdout


def test_the_endpoint_may_stand_in_the_environment(endpoint: Endpoint, run: Run) -> None:
    endpoint.asked.clear()
    done = run("sparql", "ASK { ?s a fair4ml:MLModel }", env={"OPENNESS_ENDPOINT": endpoint.url})
    assert (done.returncode, done.stdout) == (0, "true\n")
    dataset, asked = endpoint.asked
    assert "graph/merge" in dataset  # what its default graph is, asked once
    assert asked == "PREFIX fair4ml: <https://w3id.org/fair4ml#> ASK { ?s a fair4ml:MLModel }"


def test_an_endpoint_that_nobody_serves(run: Run) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/sparql"
        assert failed(run("--endpoint", url, "sparql", "ASK {}"), 4, url)
    assert failed(run("--endpoint", "nowhere", "sparql", "ASK {}"), 4, "nowhere")


@pytest.mark.parametrize(("path", "named"), [("broken", "/broken"), ("nonsense", "/nonsense")])
def test_an_endpoint_that_is_out_of_order(
    path: str, named: str, endpoint: Endpoint, run: Run
) -> None:
    url = endpoint.url.replace("sparql", path)
    for text in ("SELECT * { ?s ?p ?o }", "ASK {}", "DESCRIBE model:llama-2"):
        assert failed(run("--endpoint", url, "sparql", text), 4, named)


def test_an_endpoint_that_never_answers(endpoint: Endpoint, run: Run) -> None:
    started = time.monotonic()
    url = endpoint.url.replace("sparql", "slow")
    assert failed(run("--endpoint", url, "--timeout", "1", "sparql", "ASK {}"), 4)
    assert time.monotonic() - started < 10


def test_an_endpoint_is_not_sent_what_is_no_query(endpoint: Endpoint, run: Run) -> None:
    assert failed(run("--endpoint", endpoint.url, "sparql", "SELECT * {"), 2)
    endpoint.asked.clear()
    assert failed(run("--endpoint", endpoint.url, "sparql", "-", stdin="{" * 100_000), 2)
    assert endpoint.asked == []


def test_files_cannot_be_added_to_an_endpoint(endpoint: Endpoint, run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.ttl").write_text("<urn:a> <urn:b> <urn:c> .", encoding="utf-8")
    mine = ("--graph", str(tmp_path / "mine.ttl"), "--endpoint", endpoint.url)
    assert failed(run(*mine, "sparql", "ASK {}"), 2, "--graph")


def test_rows_of_the_endpoint_are_those_of_the_python_api(
    endpoint: Endpoint, run: Run, known: Graph
) -> None:
    text = "SELECT ?c (COUNT(?m) AS ?n) { ?m a ?c } GROUP BY ?c ORDER BY ?c"
    answer = known.engine.query(text)
    assert isinstance(answer, Solutions)
    rows = list(csv.reader(run("--endpoint", endpoint.url, "sparql", text).stdout.splitlines()))
    assert rows[1:] == [[getattr(cell, "value", "") for cell in row] for row in answer.rows]
    assert len(rows) > 10
