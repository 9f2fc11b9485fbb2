"""The embedded engine: answers, formats, errors and deadlines of Oxigraph in this process."""

from __future__ import annotations

import functools
import gc
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pyoxigraph
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

from openness import shipped
from openness.engine.base import Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.worker import is_busy
from openness.errors import EngineError, QuerySyntaxError, QueryTimeoutError, UsageError
from openness.sparql.binding import Bindable
from openness.sparql.tokens import place, tokenize

EX: Final = "http://example.org/"
RDFS_LABEL: Final = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
FORMATS: Final = (
    QueryResultsFormat.CSV,
    QueryResultsFormat.TSV,
    QueryResultsFormat.JSON,
    QueryResultsFormat.XML,
)
DATA: Final = """
@prefix ex: <http://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
ex:a rdfs:label "A, \\"quoted\\"\\n<&>" , "Ä"@de ; ex:size 1 , 2.50 , 3e0 .
ex:a ex:ok true ; ex:to ex:b .
ex:b rdfs:label "" ; ex:to [ ex:size 4 ] .
ex:g { ex:a ex:to ex:c }
"""
RUNAWAY: Final = "{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"


@functools.cache
def engine() -> EmbeddedEngine:
    """An engine over a small store."""
    store = Store()
    store.load(DATA.encode(), RdfFormat.TRIG)
    return EmbeddedEngine(store)


@functools.cache
def large() -> EmbeddedEngine:
    """An engine over a store of which a product of patterns has no end."""
    store = Store()
    store.extend(
        Quad(NamedNode(f"{EX}{i}"), NamedNode(EX + "size"), Literal(i)) for i in range(300)
    )
    return EmbeddedEngine(store)


def rows(query: str, values: dict[str, Bindable] | None = None) -> list[tuple[object, ...]]:
    """Return the rows of a SELECT query."""
    answer = engine().query(query, values)
    assert isinstance(answer, Solutions)
    return list(answer.rows)


def test_the_name_has_the_version() -> None:
    assert engine().name == f"Oxigraph {pyoxigraph.__version__}"


def test_select_gives_variables_in_their_order_and_rows_in_theirs() -> None:
    answer = engine().query("SELECT ?z ?s { ?s <http://example.org/size> ?z } ORDER BY ?z LIMIT 2")
    decimal = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
    assert isinstance(answer, Solutions)
    assert answer.variables == ["z", "s"]
    assert answer.rows == [
        (Literal(1), NamedNode(EX + "a")),
        (Literal("2.5", datatype=decimal), NamedNode(EX + "a")),
    ]


def test_an_unbound_cell_is_none() -> None:
    query = "SELECT ?s ?x { BIND(1 AS ?s) OPTIONAL { ?s <urn:no> ?x } }"
    assert rows(query) == [(Literal(1), None)]


def test_no_rows_keep_their_variables() -> None:
    assert engine().query("SELECT ?a ?b { ?a <urn:no> ?b }") == Solutions(["a", "b"], [])


def test_ask_gives_a_truth() -> None:
    assert engine().query("ASK { ?s ?p true }") is True
    assert engine().query("ASK { ?s ?p false }") is False


def test_construct_and_describe_give_triples() -> None:
    a, to, b = (NamedNode(EX + name) for name in ("a", "to", "b"))
    query = f"CONSTRUCT {{ ?o <{EX}from> ?s }} WHERE {{ ?s <{EX}to> ?o FILTER isIRI(?o) }}"
    assert engine().query(query) == [Triple(b, NamedNode(EX + "from"), a)]
    described = engine().query(f"DESCRIBE <{EX}a>")
    assert isinstance(described, list)
    assert Triple(a, to, b) in described


def test_the_prefixes_of_the_project_need_no_declaration() -> None:
    assert (Literal(""),) in rows("SELECT ?o { ?s rdfs:label ?o }")
    assert rows("SELECT (STR(model:llama-2) AS ?x) {}") == [
        (Literal("https://w3id.org/openness/id/model/llama-2"),)
    ]


def test_a_prefix_that_the_query_declares_wins() -> None:
    query = "PREFIX rdfs: <urn:> SELECT (rdfs:label AS ?x) {}"
    assert rows(query) == [(NamedNode("urn:label"),)]


def test_the_default_graph_is_not_the_union_of_the_named_ones() -> None:
    assert engine().query("ASK { ?s ?p <http://example.org/c> }") is False
    assert engine().query("ASK { GRAPH ?g { ?s ?p <http://example.org/c> } }") is True


def test_values_are_bound_as_terms() -> None:
    values: dict[str, Bindable] = {"_p": Literal('A, "quoted"\n<&>'), "_q": RDFS_LABEL}
    assert rows("SELECT ?s ?_q { ?s ?_q ?_p }", values) == [(NamedNode(EX + "a"), RDFS_LABEL)]


@pytest.mark.parametrize("result_format", FORMATS, ids=str)
@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o } ORDER BY ?p ?o",
        "SELECT ?o ?s { ?s ?p ?o . FILTER isLiteral(?o) } ORDER BY ?o",
        "SELECT ?a ?b { ?a <urn:no> ?b }",
        "SELECT ?s ?x { ?s <http://example.org/ok> ?o OPTIONAL { ?s <urn:no> ?x } }",
        "SELECT (1 AS ?x) {}",
        "SELECT * {}",
    ],
)
def test_a_table_is_serialized_as_oxigraph_does(
    query: str, result_format: QueryResultsFormat
) -> None:
    results = engine().store.query(query)
    assert not isinstance(results, QueryTriples)
    expected = results.serialize(format=result_format)
    assert b"".join(engine().serialize(query, result_format)) == expected


@pytest.mark.parametrize("result_format", FORMATS, ids=str)
@pytest.mark.parametrize("query", ["ASK { ?s ?p ?o }", "ASK { ?s <urn:no> ?o }"])
def test_a_truth_is_serialized_as_oxigraph_does(
    query: str, result_format: QueryResultsFormat
) -> None:
    results = engine().store.query(query)
    assert not isinstance(results, QueryTriples)
    expected = results.serialize(format=result_format)
    assert b"".join(engine().serialize(query, result_format)) == expected


@given(cells=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5))
@settings(max_examples=30, deadline=None)
@pytest.mark.parametrize("result_format", FORMATS, ids=str)
def test_any_text_is_serialized_as_oxigraph_does(
    result_format: QueryResultsFormat, cells: list[str]
) -> None:
    table = " ".join(str(Literal(cell)) for cell in cells)
    query = f"SELECT * {{ VALUES ?x {{ {table} ?_p }} }}"
    value = Literal("".join(cells), language="en")
    by_hand = engine().store.query(query.replace("?_p", str(value)))
    assert not isinstance(by_hand, QueryTriples)
    streamed = b"".join(engine().serialize(query, result_format, {"_p": value}))
    assert streamed == by_hand.serialize(format=result_format)


@pytest.mark.parametrize("result_format", FORMATS, ids=str)
def test_a_long_table_comes_in_pieces_that_make_the_whole(
    result_format: QueryResultsFormat,
) -> None:
    query = "SELECT ?a ?c ?d { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
    results = large().store.query(query)
    assert not isinstance(results, QueryTriples)
    pieces = list(large().serialize(query, result_format, timeout=60))
    assert b"".join(pieces) == results.serialize(format=result_format)
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 1_000_000


@pytest.mark.parametrize("result_format", FORMATS, ids=str)
def test_a_table_without_end_is_read_as_far_as_one_likes(
    result_format: QueryResultsFormat,
) -> None:
    """The first rows come at once, and the query ends when its reader leaves."""
    start = time.monotonic()
    stream = large().serialize("SELECT * " + RUNAWAY, result_format)
    assert len(next(stream)) > 1000
    stream.close()  # type: ignore[attr-defined]
    while is_busy() and time.monotonic() - start < 10:
        time.sleep(0.01)
    assert not is_busy()
    assert time.monotonic() - start < 10


def test_a_table_without_end_and_a_slow_reader_meet_the_deadline() -> None:
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError):  # noqa: PT012
        for _ in large().serialize("SELECT * " + RUNAWAY, QueryResultsFormat.CSV, timeout=0.5):
            time.sleep(0.05)
            assert time.monotonic() - start < 5


def test_a_graph_has_no_table_format() -> None:
    with pytest.raises(UsageError, match="A graph has no table format"):
        list(engine().serialize("CONSTRUCT WHERE { ?s ?p ?o }", QueryResultsFormat.CSV))


MEASURE: Final = """
import json, os, sys, time
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat, Store
from openness.engine.embedded import EmbeddedEngine
from openness.engine.worker import is_busy
from openness.errors import OpennessError

engine = EmbeddedEngine(Store())
ex = "http://example.org/"
engine.store.extend(
    Quad(NamedNode(f"{ex}{i}"), NamedNode(ex + "size"), Literal(i)) for i in range(300)
)
how, timeout, own, query = sys.argv[1], float(sys.argv[2]), sys.argv[3] == "own", sys.argv[4]
engine.timeout = timeout if own else 3600.0
start = time.monotonic()
try:
    if how == "query":
        engine.query(query, timeout=None if own else timeout)
    else:
        b"".join(engine.serialize(query, QueryResultsFormat.JSON, timeout=None if own else timeout))
    name, message = "", ""
except OpennessError as error:
    name, message = type(error).__name__, str(error)
print(json.dumps([name, message, time.monotonic() - start, is_busy()]))
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.parametrize("how", ["query", "serialize"])
@pytest.mark.parametrize(
    ("form", "timeout", "own"),
    [
        ("SELECT (COUNT(*) AS ?x) ", 1.0, "argument"),
        ("SELECT (COUNT(*) AS ?x) ", 0.5, "own"),
        ("SELECT DISTINCT ?b ", 0.5, "argument"),
    ],
)
def test_a_query_that_runs_away_ends_at_its_deadline(
    how: str, form: str, timeout: float, own: str
) -> None:
    """It runs in a process of its own, as nothing else would end it."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, how, str(timeout), own, form + RUNAWAY],
        capture_output=True,
        check=False,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(Path(shipped.__file__).resolve().parents[1])},
    )
    assert done.returncode == 0
    assert done.stderr == b""
    name, message, seconds, busy = json.loads(done.stdout)
    assert name == "QueryTimeoutError"
    assert message == f"The query was stopped after {timeout:g} s; --timeout SECONDS allows more."
    assert timeout <= seconds < timeout + 2
    assert busy


def test_a_deadline_that_is_not_reached_changes_nothing() -> None:
    assert engine().query("ASK {}", timeout=60) is True


@pytest.mark.parametrize(
    ("query", "where", "near"),
    [
        ("SELECT * WHERE { ?s ?p ?o", "line 1, column 26", "at the end of the line"),
        ("SELEC * { ?s ?p ?o }", "line 1, column 1", "near “SELEC * { ?s ?p ?o }”"),
        ("SELECT * { ?s ?p }", "line 1, column 18", "near “}”"),
        ("SELECT *\nWHERE { ?s ?p ?o\n  FILTER(?o >) }", "line 3, column 14", "near “) }”"),
        ("ASK {\n FILTER(?o = )\n ?a ?b ?c }\n", "line 2, column 14", "near “)”"),
        ("SELECT *\n{ ?s ?p ?o }\nORDER ?s\nLIMIT 1", "line 3, column 7", "near “?s”"),
        ("SELECT *\r\n{ ?s ?p ?o } }", "line 2, column 14", "near “}”"),
        ('ASK { ?s ?p "Ä漢😀" , } }', "line 1, column 21", "near “} }”"),
        ('ASK { ?s ?p "open\n ?s ?p ?o }', "line 1, column 18", "at the end of the line"),
        (
            "INSERT DATA { <a:b> <a:c> 1 }",
            "line 1, column 1",
            "near “INSERT DATA { <a:b> <a:c> 1 }”",
        ),
        ("", "line 1, column 1", "at the end of the line"),
        ("# nothing\n", "line 2, column 1", "at the end of the line"),
        (
            "ASK { ?s\n nowhere:a ?o }",
            "line 2, column 2",
            "near “nowhere:a ?o }” (Prefix not found)",
        ),
    ],
)
def test_a_syntax_error_names_its_line_and_column(query: str, where: str, near: str) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        engine().query(query)
    assert str(caught.value) == f"The query is not valid SPARQL: {where}, {near}."


CORRECT: Final = """# A query with something of everything.
PREFIX ex: <http://example.org/>
SELECT DISTINCT ?s (COUNT(?o) AS ?n) # counted
WHERE {
  ?s a ex:Thing ; ex:p/ex:q* ?o , "é漢😀"@en .
  OPTIONAL { ?s ex:r [ ex:t ( 1 2.5 ) ] }
  FILTER(?o < 3 && NOT EXISTS { ?o ?p '''it's''' } || ?s IN (ex:a, <http://e.x/#b>))
  { SELECT ?s { VALUES (?s ?x) { (ex:a UNDEF) } } } UNION { BIND(IF(?o, 1, "") AS ?y) }
}
GROUP BY ?s HAVING (COUNT(?o) > 1)
ORDER BY DESC(?n) ?s
LIMIT 10
"""


@given(data=st.data(), wrong=st.sampled_from(["%", "\\", "&", "=)", "}" * 9, ")" * 9]))
@settings(max_examples=60, deadline=None)
def test_the_place_of_a_syntax_error_is_that_of_the_first_wrong_token(
    data: st.DataObject, wrong: str
) -> None:
    """What is wrong where it was put is found there, however far the parser has looked ahead."""
    tokens = [t for t in tokenize(CORRECT) if t.kind not in ("space", "comment")]
    offset = data.draw(st.sampled_from(tokens)).start
    query = f"{CORRECT[:offset]} {wrong} {CORRECT[offset:]}"
    with pytest.raises(QuerySyntaxError) as caught:
        engine().query(query)
    found = re.search(r"line \d+, column \d+", str(caught.value))
    assert found
    assert found[0] in {place(query, offset + 1 + i) for i in range(len(wrong))}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT ?x { } GROUP BY ?y", "The SELECT contains a variable that is unbound"),
        ("SELECT * { } GROUP BY ?y", "SELECT * is not authorized with GROUP BY"),
        ("SELECT (1 AS ?x) (2 AS ?x) {}", "Duplicated variable name in SELECT"),
        ("SELECT * { ?s <http://a b> ?o }", "IRI parsing failed"),
        ("SELECT * { ?s foo:bar ?o }", "Prefix not found"),
    ],
)
def test_an_error_of_meaning_says_its_reason(query: str, reason: str) -> None:
    with pytest.raises(
        QuerySyntaxError, match=r"^The query is not valid SPARQL: line 1.*"
    ) as error:
        engine().query(query)
    assert str(error.value).endswith(f"({reason}).")


@pytest.mark.parametrize("query", ["ASK { ?s ?p '\ud800' }", "\udcff"])
def test_text_that_is_not_unicode_is_a_syntax_error(query: str) -> None:
    """As it comes from a command line with bytes that are not UTF-8."""
    with pytest.raises(QuerySyntaxError, match="not Unicode text"):
        engine().query(query)


def test_what_fails_with_a_row_is_an_error_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is said on standard error of results that were freed on the wrong thread."""
    query = "SELECT (<urn:function>(1) AS ?x) {}"
    unraisable: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(EngineError, match=r"^Oxigraph 0") as first:
        engine().query(query)
    with pytest.raises(EngineError, match=r"^Oxigraph 0") as second:
        list(engine().serialize(query, QueryResultsFormat.CSV))
    del first, second
    gc.collect()
    assert unraisable == []


def test_no_service_is_asked_unless_the_caller_allows_it() -> None:
    query = "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"
    with pytest.raises(UsageError, match="SERVICE is not allowed here"):
        engine().query(query)


def test_an_error_with_a_row_of_a_deep_query_leaves_the_process_alive() -> None:
    """What is freed after the error recurses as deep as the query."""
    deep = "OPTIONAL { ?a ?b ?c }" * 1000
    query = f"SELECT (<urn:function>(1) AS ?x) {{ {deep} }}"
    with pytest.raises(EngineError):
        engine().query(query)


def test_the_store_is_only_read() -> None:
    before = len(engine().store)
    for update in ("INSERT DATA { <a:b> <a:c> <a:d> }", "CLEAR ALL", "DROP ALL"):
        with pytest.raises(QuerySyntaxError):
            engine().query(update)
    assert len(engine().store) == before
