"""SERVICE, against real SPARQL engines on loopback that are counted and told to misbehave."""

from __future__ import annotations

import datetime
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    Literal,
    NamedNode,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
)
from tests.servers import endpoint, oxigraph
from tests.servers.endpoint import Endpoint

from openness import __version__
from openness.engine import federation
from openness.engine.base import Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.federation import Federation, open_federation
from openness.engine.remote import RemoteEngine
from openness.errors import (
    EngineError,
    NetworkError,
    OpennessError,
    QuerySyntaxError,
    QueryTimeoutError,
    QueryTooComplexError,
    UsageError,
)
from openness.graph import Graph
from openness.net.cache import Cache, Kept
from openness.sparql.binding import Bindable
from openness.sparql.services import as_graphs

EX: Final = "http://example.org/"
PREFIX: Final = f"PREFIX ex: <{EX}>\n"
THEIRS: Final = """
@prefix ex: <http://example.org/> .
ex:w0 ex:label "null"@en , "Null"@de ; ex:size 0 .
ex:w1 ex:label "one"@en , "Eins"@de ; ex:size 1 ; ex:part ex:w0 .
ex:w2 ex:label "two"@en ; ex:of [ ex:label "nobody" ] .
ex:other ex:label "other"@en .
ex:one ex:code "1" . ex:two ex:code "2"@en .
"""
OURS: Final = """
@prefix ex: <http://example.org/> .
ex:a ex:same ex:w0 ; ex:is ex:big . ex:b ex:same ex:w1 . ex:c ex:same ex:w2 , ex:w9 .
ex:d ex:same _:nobody . ex:d ex:code "1" .
"""


@pytest.fixture(scope="session")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real engine with a little data."""
    with oxigraph.started(tmp_path_factory.mktemp("theirs")) as server:
        url = server.endpoint
        numbered = "".join(f'<{EX}n{i}> <{EX}label> "n{i}"@en .\n' for i in range(600))
        oxigraph.load(url, (THEIRS + numbered).encode(), "turtle")
        yield url


@pytest.fixture
def service(behind: str) -> Iterator[Endpoint]:
    """An endpoint in front of it."""
    with endpoint.in_front_of(behind) as server:
        yield server


class Asked:
    """An engine that may ask others, and what it said meanwhile."""

    def __init__(self, folder: Path, service: Endpoint, data: str = OURS) -> None:
        store = Store()
        store.load(data.encode(), RdfFormat.TURTLE)
        self.engine = EmbeddedEngine(store)
        self.engine.timeout = 60
        self.folder = folder
        self.service = service
        self.notes: list[str] = []
        self.options()

    def options(
        self, fresh: bool = False, offline: bool = False, snapshot: Path | None = None
    ) -> None:
        """Ask as the options of the command line say."""
        folder = self.folder / "services"
        self.engine.services = open_federation(folder, self.notes.append, fresh, offline, snapshot)

    def rows(self, query: str) -> list[tuple[str, ...]]:
        """Return the rows as text, sorted; HERE in the query is the service."""
        found = self.engine.query(PREFIX + query.replace("HERE", f"<{self.service.url}>"))
        assert isinstance(found, Solutions)
        return sorted(
            tuple("" if c is None else c.value.removeprefix(EX) for c in row) for row in found.rows
        )

    def said(self) -> str:
        """Return the notes, the address in short."""
        return "\n".join(self.notes).replace(self.service.url, "HERE")


@pytest.fixture
def ask(tmp_path: Path, service: Endpoint) -> Asked:
    """An engine of ours with a little data."""
    return Asked(tmp_path, service)


LABELS: Final = (
    "SELECT ?a ?l { ?a ex:same ?w SERVICE HERE { ?w ex:label ?l FILTER(LANG(?l) = 'en') } }"
)
THREE: Final = [("a", "null"), ("b", "one"), ("c", "two")]


# What is sent, and how often


def test_local_values_are_sent_and_nothing_else(ask: Asked) -> None:
    assert ask.rows(LABELS) == THREE
    (request,) = ask.service.asked
    assert request == (
        f"{PREFIX}SELECT ?l ?w WHERE {{\n"
        f"  VALUES (?w) {{ (<{EX}w0>) (<{EX}w1>) (<{EX}w2>) (<{EX}w9>) }}\n"
        "  ?w ex:label ?l FILTER(LANG(?l) = 'en')\n}"
    )
    assert ask.service.headers[0]["User-Agent"].startswith(f"openness/{__version__} ")
    assert "Authorization" not in ask.service.headers[0]
    assert ask.said() == "HERE: 1 request sent"


@pytest.mark.parametrize(("rows", "requests"), [(1, 1), (100, 1), (101, 2), (500, 5)])
def test_many_rows_are_few_requests(
    rows: int, requests: int, service: Endpoint, tmp_path: Path
) -> None:
    data = "".join(f"<{EX}m{i}> <{EX}same> <{EX}n{i}> .\n" for i in range(rows))
    ask = Asked(tmp_path, service, data)
    assert len(ask.rows(LABELS)) == rows
    assert len(service.asked) == requests
    assert all(request.count("(<") <= federation.BATCH_ROWS for request in service.asked)


def test_a_long_batch_is_cut(ask: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(federation, "BATCH_CHARACTERS", 60)
    assert ask.rows(LABELS) == THREE
    assert [request.count("(<") for request in ask.service.asked] == [2, 2]


def test_no_local_row_no_request(ask: Asked) -> None:
    assert ask.rows("SELECT * { ?a ex:nothing ?w SERVICE HERE { ?w ex:label ?l } }") == []
    assert ask.service.asked == []
    assert ask.said() == "HERE: nothing sent"


def test_conditions_of_the_rest_leave_fewer_rows(ask: Asked) -> None:
    query = "SELECT ?l { ?a ex:same ?w ; ex:is ex:big SERVICE HERE { ?w ex:label ?l } }"
    assert ask.rows(query) == [("Null",), ("null",)]
    assert "w1" not in ask.service.asked[0]


def test_comments_and_the_rest_of_the_query_stay_here(ask: Asked) -> None:
    ask.rows(
        "SELECT ?a { ?a ex:same ?w # a secret\n"
        " SERVICE HERE { ?w ex:size ?n # another one }\n } FILTER(?a != ex:private) }"
    )
    assert not {"secret", "another", "private"} & set(
        ask.service.asked[0].replace(":", " ").split()
    )


def test_blocks_in_a_row_join_on_what_came_before(ask: Asked) -> None:
    query = (
        "SELECT ?a ?l { SERVICE HERE { ?part ex:label ?l FILTER(LANG(?l) = 'de') }"
        " ?a ex:same ?w SERVICE HERE { ?w ex:part ?part } }"
    )
    assert ask.rows(query) == [("b", "Null")]
    first, second = ask.service.asked
    assert "ex:part ?part" in first
    assert f"VALUES (?part) {{ (<{EX}w0>) }}" in second


@pytest.mark.parametrize("form", ["ASK", "CONSTRUCT { ?a ex:named ?l }", "DESCRIBE ?a"])
def test_every_form_of_query(form: str, ask: Asked) -> None:
    text = (
        f"{PREFIX}{form} WHERE {{ ?a ex:same ?w SERVICE <{ask.service.url}> {{ ?w ex:size ?l }} }}"
    )
    found = ask.engine.query(text)
    assert found is True or (isinstance(found, list) and len(found) in (2, 3))


def test_tables_come_in_the_standard_formats(ask: Asked) -> None:
    text = PREFIX + LABELS.replace("HERE", f"<{ask.service.url}>") + " ORDER BY ?a"
    content = b"".join(ask.engine.serialize(text, QueryResultsFormat.CSV))
    assert content.decode().splitlines() == ["a,l", *(f"{EX}{a},{label}" for a, label in THREE)]


def test_a_block_elsewhere_is_sent_as_it_stands_with_a_warning(ask: Asked) -> None:
    query = "SELECT ?a ?n { ?a ex:same ?w OPTIONAL { SERVICE HERE { ?w ex:size ?n } } }"
    assert ask.rows(query) == [("a", "0"), ("b", "1"), ("c", ""), ("c", ""), ("d", "")]
    assert "VALUES" not in ask.service.asked[0]
    assert "does not stand in the outermost group: it is sent as it stands" in ask.said()


def test_a_block_that_shares_nothing_is_sent_once_with_a_warning(ask: Asked) -> None:
    query = "SELECT ?a ?l { ?a ex:is ex:big SERVICE HERE { ?x ex:part ?y . ?y ex:label ?l } }"
    assert ask.rows(query) == [("a", "Null"), ("a", "null")]
    assert len(ask.service.asked) == 1
    assert "shares no variable that the rest of the query binds" in ask.said()


def test_a_block_within_a_block_is_theirs_to_ask(ask: Asked, service: Endpoint) -> None:
    inner = f"SERVICE <{service.behind}> {{ ?w ex:size ?n }}"
    query = f"SELECT ?n {{ ?a ex:same ?w SERVICE HERE {{ ?w ex:label ?l {inner} }} }}"
    assert ask.rows(query) == [("0",), ("0",), ("1",), ("1",)]
    assert "is sent a SERVICE within the block" in ask.said()


def test_a_header_names_what_is_joined_on(ask: Asked) -> None:
    query = (
        "SELECT ?a { ?a ex:same ?w ; ex:code ?c SERVICE HERE { ?w ex:label ?x . ?y ex:code ?c } }"
    )
    ask.rows(query)
    ask.rows(f"#+ services:\n#+   {ask.service.url}: [c]\n{query}")
    assert "VALUES (?c ?w)" not in ask.service.asked[-1]
    assert 'VALUES (?c) { ("1") }' in ask.service.asked[-1]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("services: [a]", "map an address"),
        ("services: {'http://nobody.example/': [w]}", "which the query does not ask"),
        ("services: {HERE: w}", "a list of variables"),
        ("services: {", "is not YAML"),
    ],
)
def test_a_wrong_header_is_refused(header: str, message: str, ask: Asked) -> None:
    text = header.replace("HERE", ask.service.url)
    with pytest.raises(UsageError, match=message):
        ask.rows(f"#+ {text}\n{LABELS}")
    assert ask.service.asked == []


def test_a_parameter_names_the_service(ask: Asked) -> None:
    values: dict[str, Bindable] = {
        "_service": NamedNode(ask.service.url),
        "_size": Literal(1),
    }
    text = PREFIX + (
        "#+ services: {service: [w]}\n"
        "SELECT ?a { ?a ex:same ?w SERVICE ?_service { ?w ex:size ?_size } }"
    )
    found = ask.engine.query(text, values)
    assert isinstance(found, Solutions)
    assert found.rows == [(NamedNode(EX + "b"),)]


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("SELECT * { SERVICE ?x { ?a ?b ?c } }", QuerySyntaxError, r"SERVICE \?x at line 2, col"),
        ("SELECT * { SERVICE <ftp://x> { ?a ?b ?c } }", EngineError, "not the address"),
        ("SELECT * { SERVICE <relative> { ?a ?b ?c } }", QuerySyntaxError, "line 2, column 20"),
        ("SELECT * { SERVICE <http://u:p@x/> { ?a ?b ?c } }", UsageError, "must not carry a pass"),
        ("SELECT * { SERVICE HERE { ?a ?b } }", QuerySyntaxError, "line 2, column"),
        ("SELECT * { SERVICE HERE { ?a ?b ?c }", QuerySyntaxError, "end of the line"),
        ("SELECT * { ?a ?b ?c SERVICE nope:x { ?a ?b ?c } }", QuerySyntaxError, "not valid"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_sent(
    query: str, error: type[OpennessError], message: str, ask: Asked
) -> None:
    with pytest.raises(error, match=message) as caught:
        ask.rows(query)
    assert "\n" not in str(caught.value)
    assert "GRAPH" not in str(caught.value)
    assert ask.service.asked == []


def test_an_engine_without_services_refuses(ask: Asked) -> None:
    ask.engine.services = None
    with pytest.raises(UsageError, match="SERVICE is not allowed here"):
        ask.rows(LABELS)
    assert ask.service.asked == []


def test_oxigraph_itself_never_opens_a_connection(ask: Asked) -> None:
    for query in (f"ASK {{ SERVICE <{ask.service.url}> {{ ?a ?b ?c }} }}", "# SERVICE\nASK {}"):
        if "{ SERVICE" in query:
            with pytest.raises(EngineError, match="does not reach Oxigraph"):
                ask.engine.evaluate(query, None)
        else:
            assert ask.engine.evaluate(query, None)
    assert ask.service.asked == []


def test_more_rows_than_may_be_sent_are_refused(
    ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(federation, "MAX_ROWS", 3)
    with pytest.raises(QueryTooComplexError, match="more than 3 different rows"):
        ask.rows(LABELS)
    assert ask.service.asked == []


def test_more_solutions_than_are_taken_are_refused(
    ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(federation, "MAX_SOLUTIONS", 500)
    with pytest.raises(QueryTooComplexError, match="more than 500 solutions"):
        ask.rows("SELECT * { SERVICE HERE { ?x ex:label ?y } }")


def test_five_thousand_answers_are_no_burden(service: Endpoint, tmp_path: Path) -> None:
    """More than a user may write as VALUES: what we make ourselves is bounded otherwise."""
    data = "".join(f"<{EX}m{i}> <{EX}same> <{EX}n{i % 600}> .\n" for i in range(5000))
    ask = Asked(tmp_path, service, data)
    query = "SELECT ?a ?x { ?a ex:same ?w SERVICE HERE { ?w ex:label ?l . ?x ex:label ?n } }"
    with pytest.raises(QueryTooComplexError, match="more than 100,000 solutions"):
        ask.rows(query)
    assert len(ask.rows(LABELS)) == 5000


# Blank nodes


def test_blank_nodes_of_ours_are_not_sent(ask: Asked) -> None:
    ask.rows(LABELS)
    assert "_:" not in ask.service.asked[0]


def test_blank_nodes_of_theirs_get_a_name(ask: Asked) -> None:
    query = "SELECT ?o ?l { ?a ex:same ?w SERVICE HERE { ?w ex:of ?o . ?o ex:label ?l } }"
    ((name, label),) = ask.rows(query)
    assert label == "nobody"
    host = ask.service.url.removesuffix("/sparql")
    assert name.startswith(f"{host}/.well-known/genid/")
    assert ask.rows(query) == [(name, label)]  # the same answer, the same name
    assert len(ask.service.asked) == 1


# Failures


def test_a_busy_service_is_asked_again_when_it_says(ask: Asked) -> None:
    ask.service.faults = [endpoint.busy(429, "0"), endpoint.busy(503, "0")]
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 3


FAULTS: Final = {
    "a web page": (endpoint.web_page, "sent a page and no SPARQL results"),
    "broken off": (endpoint.broken_off, "did not answer|broke off"),
    "half": (endpoint.half, "no SPARQL results, or not all of them"),
    "flood": (endpoint.flood, "more than 32 MiB"),
    "failure": (endpoint.failure, "HTTP status 500.*SQ200: something internal"),
    "busy for long": (endpoint.busy(429, "3600"), "asks to come again in 3600 s"),
    "elsewhere": (endpoint.redirect("http://other.invalid/sparql"), "leads to http://other.inv"),
    "not SPARQL": (
        lambda handler: handler.send(400, "text/plain", b"no such function"),
        "does not take what it was asked: no such function",
    ),
    "a truth value": (
        lambda handler: handler.send(200, endpoint.JSON, b'{"head":{},"boolean":true}'),
        "sent no SPARQL results",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_is_one_line_and_leaves_nothing(name: str, ask: Asked) -> None:
    fault, message = FAULTS[name]
    snapshot = ask.folder / "snapshot.json"
    ask.options(snapshot=snapshot)
    ask.service.faults = [fault]
    with pytest.raises(NetworkError, match=message) as caught:
        ask.rows(LABELS)
    assert "\n" not in str(caught.value)
    assert ask.service.url in str(caught.value)
    assert not snapshot.exists()
    assert [path for path in ask.folder.rglob("*") if path.is_file()] == []
    assert ask.rows(LABELS) == THREE  # and nothing wrong was kept


@pytest.mark.parametrize("name", FAULTS)
def test_a_silent_failure_is_one_solution_that_binds_nothing(name: str, ask: Asked) -> None:
    ask.service.faults = [FAULTS[name][0]]
    rows = ask.rows(LABELS.replace("SERVICE", "SERVICE SILENT"))
    assert rows == [(a, "") for a in ("a", "b", "c", "c", "d")]
    assert "The block says SILENT, so the query goes on without it." in ask.said()


def test_a_wrong_media_type_does_not_matter_where_the_answer_is_right(ask: Asked) -> None:
    ask.service.faults = [endpoint.other_type]
    assert ask.rows(LABELS) == THREE


def test_a_slow_trickle_ends_with_the_time(ask: Asked) -> None:
    ask.engine.timeout = 1
    ask.service.faults = [endpoint.trickle]
    with pytest.raises((NetworkError, QueryTimeoutError), match=r"within 1|after 1 s|0\.9\d* s"):
        ask.rows(LABELS)


def test_nobody_there(ask: Asked) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{one.getsockname()[1]}/"
    with pytest.raises(NetworkError, match="did not answer"):
        ask.rows(f"SELECT * {{ SERVICE <{closed}> {{ ?a ?b ?c }} }}")


def test_a_later_batch_that_fails_silently_takes_the_earlier_ones_with_it(
    ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(federation, "BATCH_ROWS", 1)
    ask.service.faults = [lambda handler: handler.send(*handler.answer()), endpoint.failure]
    rows = ask.rows(LABELS.replace("SERVICE", "SERVICE SILENT"))
    assert rows == [(a, "") for a in ("a", "b", "c", "c", "d")]


def test_results_in_xml_and_odd_terms(ask: Asked) -> None:
    xml = (
        '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
        '<variable name="w"/><variable name="l"/></head><results>'
        f'<result><binding name="w"><uri>{EX}w0</uri></binding>'
        '<binding name="l"><literal xml:lang="en">zero</literal></binding></result>'
        "</results></sparql>"
    )
    ask.service.faults = [lambda h: h.send(200, "application/sparql-results+xml", xml.encode())]
    assert ask.rows(LABELS) == [("a", "zero")]
    bindings = [
        {"w": {"type": "uri", "value": f"{EX}w0"}, "l": {"type": "bnode", "value": "nodeID://b1"}},
        {"w": {"type": "uri", "value": f"{EX}w1"}, "l": {"type": "typed-literal", "value": "1"}},
        {"w": {"type": "uri", "value": "http://not an iri"}},
        {"w": {"type": "uri", "value": "http://x> } SERVICE <http://evil.invalid/"}},
        {"w": {"type": "literal", "value": "x", "xml:lang": "en> }"}},
        {"w": {"type": "triple", "value": {}}},
    ]
    body = json.dumps({"head": {"vars": ["w", "l"]}, "results": {"bindings": bindings}}).encode()
    ask.options(fresh=True)
    ask.service.faults = [lambda handler: handler.send(200, endpoint.JSON, body)]
    (first, second) = ask.rows(LABELS)
    assert "/.well-known/genid/" in first[1]
    assert second == ("b", "1")
    assert "HERE: 4 solutions left out: a term in it is no RDF" in ask.said()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"results":{}}', b'{"results":{"bindings":[1]}}', b"\xff", b"[" * 100_000,
     b'<!DOCTYPE x [<!ENTITY a "b">]><sparql/>', b"<a/>", b"<a"],
)  # fmt: skip
def test_what_is_no_answer_is_one_line(body: bytes, ask: Asked) -> None:
    ask.service.faults = [lambda handler: handler.send(200, endpoint.JSON, body)]
    with pytest.raises(NetworkError, match=f"{ask.service.url} sent") as caught:
        ask.rows(LABELS)
    assert "\n" not in str(caught.value)


def test_a_solution_with_the_text_of_a_query_stays_text(ask: Asked) -> None:
    evil = '") } SERVICE <http://evil.invalid/> { ?a ?b "\x010\x01 (0 0)\'\\\n'
    bindings = [{"w": {"type": "uri", "value": f"{EX}w0"}, "l": {"type": "literal", "value": evil}}]
    body = json.dumps({"head": {"vars": ["w", "l"]}, "results": {"bindings": bindings}}).encode()
    ask.service.faults = [lambda handler: handler.send(200, endpoint.JSON, body)]
    assert ask.rows(LABELS) == [("a", evil)]


# Cache


def test_an_answer_is_kept_and_its_age_told(ask: Asked) -> None:
    assert ask.rows(LABELS) == ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 1
    today = datetime.datetime.now(datetime.UTC).date()
    assert ask.notes[-1].endswith(f": nothing sent; 1 answer of {today} from the cache")
    ask.options(fresh=True)
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 2


def age(ask: Asked, days: float) -> None:
    """Make the kept answers older."""
    for path in (ask.folder / "services").iterdir():
        document = json.loads(path.read_bytes())
        when = datetime.datetime.fromisoformat(document["retrieved"])
        document["retrieved"] = (when - datetime.timedelta(days=days)).isoformat()
        path.write_text(json.dumps(document))


@pytest.mark.parametrize(("days", "requests"), [(6.9, 1), (7.1, 2), (700, 2)])
def test_an_answer_of_a_week_is_asked_for_anew(days: float, requests: int, ask: Asked) -> None:
    ask.rows(LABELS)
    age(ask, days)
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == requests


def test_offline_uses_what_is_kept_however_old_and_says_so(ask: Asked) -> None:
    ask.rows(LABELS)
    age(ask, 40)
    ask.options(offline=True)
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 1
    assert ask.notes[-1].endswith(", up to 40 days old from the cache")
    assert "nothing sent, offline; 1 answer of " in ask.notes[-1]


def test_offline_without_an_answer_is_one_line(ask: Asked) -> None:
    ask.options(offline=True)
    with pytest.raises(NetworkError, match="may not be asked offline"):
        ask.rows(LABELS)
    assert ask.service.asked == []


def test_fresh_and_offline_contradict_each_other(ask: Asked) -> None:
    with pytest.raises(UsageError, match="choose one"):
        ask.options(fresh=True, offline=True)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[1]", b'{"retrieved":"2026-01-01T00:00:00","body":""}']
)
def test_a_broken_file_in_the_cache_is_as_good_as_none(content: bytes, ask: Asked) -> None:
    ask.rows(LABELS)
    (path,) = (ask.folder / "services").iterdir()
    path.write_bytes(content)
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 2


def test_a_cache_that_cannot_be_written_does_not_matter(ask: Asked) -> None:
    (ask.folder / "services").write_text("a file where the folder would be")
    assert ask.rows(LABELS) == THREE


# Snapshots


def test_a_snapshot_answers_again_when_the_service_has_gone(ask: Asked, behind: str) -> None:
    path = ask.folder / "snapshot.json"
    ask.options(snapshot=path)
    assert ask.rows(LABELS) == THREE
    first = path.read_bytes()
    document = json.loads(first)
    assert document["query"] == PREFIX + LABELS.replace("HERE", f"<{ask.service.url}>")
    (answer,) = document["answers"]
    assert answer["service"] == ask.service.url
    assert answer["request"] == ask.service.asked[0]
    assert json.loads(answer["body"])["results"]["bindings"]
    for kept in (ask.folder / "services").iterdir():
        kept.unlink()
    ask.service.faults = [endpoint.failure]
    ask.options(snapshot=path)
    assert ask.rows(LABELS) == THREE
    assert len(ask.service.asked) == 1
    assert f"nothing sent; 1 answer of {answer['retrieved'][:10]} from {path}" in ask.notes[-1]
    assert path.read_bytes() == first


def test_a_snapshot_is_the_same_bytes_for_the_same_answers(
    ask: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(federation, "BATCH_ROWS", 1)
    paths = [ask.folder / "one.json", ask.folder / "two.json"]
    for path in paths:
        ask.options(snapshot=path)
        ask.rows(LABELS)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    answers = json.loads(paths[0].read_bytes())["answers"]
    assert len(answers) == 4
    assert answers == sorted(answers, key=lambda a: (a["service"], a["request"]))


def test_fresh_writes_a_snapshot_anew(ask: Asked) -> None:
    path = ask.folder / "snapshot.json"
    path.write_text("whatever this is")
    ask.options(fresh=True, snapshot=path)
    assert ask.rows(LABELS) == THREE
    assert json.loads(path.read_bytes())["format"] == "openness-snapshot-1"


def test_another_query_is_not_answered_by_a_snapshot(ask: Asked) -> None:
    path = ask.folder / "snapshot.json"
    ask.options(snapshot=path)
    ask.rows(LABELS)
    ask.options(snapshot=path)
    with pytest.raises(NetworkError, match=r"snapshot\.json has no answer of .* --fresh"):
        ask.rows(LABELS.replace("'en'", "'de'"))
    assert len(ask.service.asked) == 1


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"format": "another"}', '{"format": "openness-snapshot-1", "answers": [{}]}'],
)
def test_a_file_that_is_no_snapshot_is_refused(content: str, ask: Asked) -> None:
    path = ask.folder / "snapshot.json"
    path.write_text(content)
    ask.options(snapshot=path)
    with pytest.raises(UsageError, match="is no snapshot"):
        ask.rows(LABELS)
    assert path.read_text() == content


def test_a_query_that_is_not_read_to_its_end_records_nothing(ask: Asked) -> None:
    path = ask.folder / "snapshot.json"
    ask.options(snapshot=path)
    text = PREFIX + LABELS.replace("HERE", f"<{ask.service.url}>")
    chunks = ask.engine.serialize(text, QueryResultsFormat.CSV)
    next(chunks)
    del chunks
    assert not path.exists()


# What would be sent


def test_a_plan_sends_nothing(ask: Asked) -> None:
    services = ask.engine.services
    assert isinstance(services, Federation)
    text = PREFIX + (
        f"SELECT * {{ ?a ex:same ?w SERVICE <{ask.service.url}> {{ ?w ex:part ?p }}"
        f" SERVICE <{ask.service.url}> {{ ?p ex:label ?l }} }}"
    )

    def select(query: str) -> Solutions:
        found = ask.engine.query(query)
        assert isinstance(found, Solutions)
        return found

    blocks, rest = services.plan(text, {}, select, lambda: None)
    assert [(b.join, b.rows, len(b.requests)) for b in blocks] == [
        (("w",), 4, 1),
        (("p",), None, 0),
    ]
    assert "SERVICE" not in rest
    assert ask.service.asked == []


# The same on every engine


def test_the_local_engine_may_be_a_remote_one(
    linked: Graph, services: dict[str | None, str], tmp_path: Path
) -> None:
    from openness import queries

    assert isinstance(linked.engine, EmbeddedEngine)
    content = linked.engine.store.dump(format=RdfFormat.N_QUADS)
    assert content is not None
    folder = tmp_path / "ours"
    folder.mkdir()
    with oxigraph.started(folder) as server:
        url = server.endpoint
        oxigraph.load(url, content, "n-quads")
        remote = Graph(RemoteEngine(url))
        for name in queries.find_files():
            saved = queries.find(name)
            if not saved.is_federated:
                continue
            address = next(p.default for p in saved.parameters if p.type == "endpoint")
            for graph in (linked, remote):
                graph.engine.services = open_federation(tmp_path / "services")
            values = {"service": services[address]}
            assert remote.answer(saved, values) == linked.answer(saved, values), name


# Any query


def term(kind: str) -> st.SearchStrategy[str]:
    """Return terms of a small world, in which much is shared."""
    variable = st.sampled_from(["?x", "?y", "?z", "?u"])
    iri = st.sampled_from(["ex:a", "ex:b", "ex:c"])
    literal = st.sampled_from(["1", "'t'@en", "'t'"])
    return {
        "s": variable | iri,
        "p": st.sampled_from(["ex:p", "ex:q", "?v"]),
        "o": variable | iri | literal,
    }[kind]


TRIPLE: Final = st.tuples(term("s"), term("p"), term("o")).map(" ".join)
TRIPLES: Final = st.lists(TRIPLE, min_size=1, max_size=2).map(" . ".join)
FILTER: Final = st.sampled_from(
    ["FILTER(?x != ex:a)", "FILTER(BOUND(?y))", "FILTER(!BOUND(?z))", "FILTER(?x = ?y || ?z = 1)",
     "FILTER NOT EXISTS { ?x ex:p ?u }", "FILTER(COALESCE(?z, 1) = 1)"]
)  # fmt: skip
BIND: Final = st.sampled_from(
    ["BIND(ex:a AS ?n)", "BIND(?x AS ?n)", "BIND(1 / ?z AS ?n)", "BIND(COALESCE(?y, ex:b) AS ?n)"]
)
VALUES: Final = st.sampled_from(
    ["VALUES ?x { ex:a ex:b }", "VALUES (?x ?z) { (ex:a UNDEF) (UNDEF 1) (ex:b 't'@en) }"]
)
ELEMENT: Final = st.one_of(
    TRIPLES,
    TRIPLES,
    TRIPLES.map("OPTIONAL {{ {} }}".format),
    TRIPLES.map("MINUS {{ {} }}".format),
    st.tuples(TRIPLES, TRIPLES).map(lambda two: f"{{ {two[0]} }} UNION {{ {two[1]} }}"),
    TRIPLES.map("{{ SELECT ?x ?y {{ {} }} }}".format),
    FILTER,
    VALUES,
)
GROUP: Final = st.lists(ELEMENT, min_size=1, max_size=3).map(" ".join)
DATA: Final = st.sets(
    st.tuples(
        st.sampled_from(["ex:a", "ex:b", "ex:c"]),
        st.sampled_from(["ex:p", "ex:q"]),
        st.sampled_from(["ex:a", "ex:b", "ex:c", "1", "'t'@en", "'t'"]),
    ).map(" ".join),
    max_size=8,
)  # fmt: skip


FORMS: Final = ("SELECT *", "SELECT ?x ?y", "SELECT DISTINCT ?u", "SELECT (COUNT(*) AS ?count)")


class InProcess:
    """Answers requests from a store, and remembers them; so that hypothesis can try thousands."""

    def __init__(self, theirs: str) -> None:
        self.store = Store()
        self.store.load(theirs.encode(), RdfFormat.TURTLE)
        self.asked: list[str] = []

    def post(self, url: str, query: str, form: str, timeout: float | None) -> bytes:
        """Answer as the network would."""
        self.asked.append(query)
        results = self.store.query(query)
        assert isinstance(results, QuerySolutions)
        content = results.serialize(format=QueryResultsFormat.JSON)
        assert content is not None
        return content


@settings(max_examples=400, deadline=None)
@given(
    ours=DATA, theirs=DATA, before=GROUP, inside=GROUP, after=st.none() | ELEMENT,
    bind=st.none() | BIND, form=st.sampled_from(FORMS),
)  # fmt: skip
def test_any_query_means_what_it_would_mean_were_the_service_a_graph(
    ours: set[str], theirs: set[str], before: str, inside: str, after: str | None,
    bind: str | None, form: str,
) -> None:  # fmt: skip
    head = f"@prefix ex: <{EX}> .\n"
    their_text = head + "".join(f"{triple} .\n" for triple in sorted(theirs))
    both = Store()
    both.load((head + "".join(f"{t} .\n" for t in sorted(ours))).encode(), RdfFormat.TURTLE)
    both.load(their_text.encode(), RdfFormat.TURTLE, to_graph=NamedNode("http://service.example/"))
    both.add_graph(NamedNode("http://service.example/"))  # a service is there without any triple
    parts = [before, bind or "", f"SERVICE <http://service.example/> {{ {inside} }}", after or ""]
    query = f"{PREFIX}{form} {{ {' '.join(parts)} }}"
    try:
        expected = EmbeddedEngine(both).query(as_graphs(query))
    except QuerySyntaxError:  # such as a BIND of what is bound
        return
    fake = InProcess(their_text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("openness.net.endpoint.post", fake.post)
        patch.setattr(federation, "BATCH_ROWS", 2)
        engine = EmbeddedEngine(both)
        engine.services = Federation(Nothing(Path("/nowhere")))
        found = engine.query(query)
    assert isinstance(found, Solutions)
    assert isinstance(expected, Solutions)
    assert as_bag(found) == as_bag(expected), fake.asked


class Nothing(Cache):
    """A cache that keeps nothing."""

    def keep(self, url: str, request: str, body: bytes) -> Kept:
        """Return the answer."""
        return Kept(body, datetime.datetime.now(datetime.UTC))


def as_bag(solutions: Solutions) -> list[tuple[tuple[str, str], ...]]:
    """Return solutions in an order of their own, repetitions included."""
    return sorted(
        tuple(sorted((v, str(c)) for v, c in zip(solutions.variables, row, strict=True) if c))
        for row in solutions.rows
    )
