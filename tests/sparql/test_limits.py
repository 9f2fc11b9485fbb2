"""Limits: no query, however long, deep or hidden its nesting is, ends the process.

What may end it runs in a process of its own, through the embedded engine, two at a time.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from openness import shipped
from openness.errors import QuerySyntaxError, QueryTooComplexError, UsageError
from openness.sparql.limits import MAX_DEPTH, MAX_LENGTH, MAX_STRUCTURE, MAX_TOKENS, guard

SOURCE: Final = Path(shipped.__file__).resolve().parents[1]

RUN: Final = """
import os, sys
from pyoxigraph import Store
from openness.engine.embedded import EmbeddedEngine
from openness.errors import OpennessError
query = sys.stdin.buffer.read().decode()
try:
    EmbeddedEngine(Store()).query(query, timeout=float(sys.argv[1]))
    print("answered")
except OpennessError as error:
    print(type(error).__name__)
sys.stdout.flush()
os._exit(0)
"""

ENDINGS: Final = (
    "answered",
    "UsageError",
    "UsageError",
    "QuerySyntaxError",
    "QueryTooComplexError",
    "QueryTimeoutError",
)


@functools.cache
def pool() -> ThreadPoolExecutor:
    """What waits for the processes."""
    return ThreadPoolExecutor(max_workers=os.cpu_count())


def start(query: str, timeout: float) -> Future[subprocess.CompletedProcess[bytes]]:
    """Run a query in a process of its own."""
    return pool().submit(
        subprocess.run,
        [sys.executable, "-c", RUN, str(timeout)],
        input=query.encode(),
        capture_output=True,
        check=False,
        timeout=120,
        env=os.environ | {"PYTHONPATH": str(SOURCE)},
    )


def ending(process: Future[subprocess.CompletedProcess[bytes]]) -> str:
    """Return how a query ended; fail if it took its process with it."""
    done = process.result()
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    how = done.stdout.decode().strip()
    assert how in ENDINGS
    return how


# Nesting: what opens a level, what stands inside, what closes it, and what stands around.
NESTED: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "groups": ("SELECT * {", "{", "?s ?p ?o", "}", "}"),
    "OPTIONAL": ("SELECT * {", "OPTIONAL{", "?s ?p ?o", "}", "}"),
    "MINUS": ("SELECT * {", "?s ?p ?o . MINUS{", "?s ?p ?o", "}", "}"),
    "UNION": ("SELECT * {", "{?s ?p ?o} UNION {", "?s ?p ?o", "}", "}"),
    "GRAPH": ("SELECT * {", "GRAPH ?g {", "?s ?p ?o", "}", "}"),
    "sub-SELECT": ("SELECT * {", "{SELECT * {", "?s ?p ?o", "}}", "}"),
    "FILTER EXISTS": ("SELECT * {", "FILTER EXISTS{", "?s ?p ?o", "}", "}"),
    "FILTER NOT EXISTS": ("SELECT * {", "FILTER NOT EXISTS{", "?s ?p ?o", "}", "}"),
    "EXISTS in brackets": ("SELECT * {", "FILTER(EXISTS{", "?s ?p ?o", "})", "}"),
    "SERVICE": ("SELECT * {", "SERVICE SILENT ?s {", "?s ?p ?o", "}", "}"),
    "parentheses": ("SELECT * {FILTER", "(", "1", ")", "}"),
    "negation": ("SELECT * {FILTER(", "!(", "1", ")", ")}"),
    "functions": ("SELECT * {FILTER(", "STR(", "1", ")", ")}"),
    "functions of three": ("SELECT * {FILTER(", "IF(1,2,", "1", ")", ")}"),
    "IN": ("SELECT * {FILTER(", "1 IN (", "1", ")", ")}"),
    "aggregates": ("SELECT (COUNT(", "STR(", "1", ")", ") AS ?n) {}"),
    "collections as subject": ("SELECT * {", "(", "1", ")", " ?p ?o}"),
    "collections as object": ("SELECT * {?s ?p ", "(", "1", ")", "}"),
    "blank nodes as subject": ("SELECT * {", "[?p ", "1", "]", "}"),
    "blank nodes as object": ("SELECT * {?s ?p ", "[?p ", "1", "]", "}"),
    "blank nodes in CONSTRUCT": ("CONSTRUCT {?s ?p ", "[?p ", "1", "]", "} WHERE {?s ?p ?o}"),
    "paths": ("SELECT * {?s ", "(", "<a:b>", ")*", " ?o}"),
    "inverse paths": ("SELECT * {?s ", "^(", "<a:b>", ")", " ?o}"),
    "paths, two ways": ("SELECT * {?s ", "(<a:b>|", "<a:b>", ")+", " ?o}"),
    "ORDER BY": ("SELECT * {} ORDER BY ", "(", "1", ")", ""),
    "HAVING": ("SELECT ?s {} GROUP BY ?s HAVING ", "(", "1", ")", ""),
    "triple terms": ("SELECT * {?s ?p ", "<<(?s ?p ", "?o", ")>>", "}"),
}

# Chains: what is repeated, and what stands around; deep trees without any nesting.
CHAINS: Final[dict[str, tuple[str, str, str]]] = {
    "!": ("SELECT * {FILTER(", "!", "1)}"),
    "||": ("SELECT * {FILTER(1", "||1", ")}"),
    "&&": ("SELECT * {FILTER(1", "&&?x", ")}"),
    "+": ("SELECT * {FILTER(1", "+1", ")}"),
    "-": ("SELECT * {BIND(1", "-?x", " AS ?y)}"),
    "*": ("SELECT * {FILTER(1", "*1", ")}"),
    "UNION": ("SELECT * {{?s ?p ?o}", "UNION{?s ?p ?o}", "}"),
    "OPTIONAL": ("SELECT * {", "OPTIONAL{?s ?p ?o}", "}"),
    "MINUS": ("SELECT * {?s ?p ?o ", "MINUS{?s ?p ?o}", "}"),
    "groups": ("SELECT * {", "{?s ?p ?o}", "}"),
    "FILTER": ("SELECT * {", "FILTER(?x)", "}"),
    "FILTER EXISTS": ("SELECT * {", "FILTER EXISTS{?s ?p ?o}", "}"),
    "sub-SELECT": ("SELECT * {", "{SELECT * {}}", "}"),
    "path /": ("SELECT * {?s <a:b>", "/<a:b>", " ?o}"),
    "path |": ("SELECT * {?s <a:b>", "|<a:b>", " ?o}"),
    "path !": ("SELECT * {?s !(<a:b>", "|^<a:b>", ") ?o}"),
    "triple terms": ("SELECT * {?s ?p ", "<<?s ?p ", "?o"),
    "triples": ("SELECT * {", "?s?p?o.", "}"),
    "predicates": ("SELECT * {?s ?p ?o", ";?p ?o", "}"),
    "objects": ("SELECT * {?s ?p ?o", ",1", "}"),
    "members": ("SELECT * {?s ?p (1", " 1", ")}"),
    "IN": ("SELECT * {FILTER(?x IN (1", ",1", "))}"),
    "arguments": ("SELECT * {FILTER(COALESCE(1", ",?x", "))}"),
    "VALUES": ("SELECT * {VALUES ?x {", " 1", "}}"),
    "projection": ("SELECT ?s", "(1 AS ?s)", "{}"),
}


def nested(name: str, depth: int) -> str:
    """Return a query nested so deep."""
    before, opening, inside, closing, after = NESTED[name]
    return before + opening * depth + inside + closing * depth + after


def chain(name: str, length: int) -> str:
    """Return a query with so many links."""
    before, link, after = CHAINS[name]
    return before + link * length + after


def passes(query: str) -> bool:
    """Tell whether the guard lets a query through."""
    try:
        guard(query)
    except QueryTooComplexError:
        return False
    return True


def deepest(name: str) -> str:
    """Return the deepest query of its kind that the guard lets through."""
    depth = max(depth for depth in range(MAX_DEPTH + 1) if passes(nested(name, depth)))
    assert depth >= MAX_DEPTH // 2 - 1
    return nested(name, depth)


def longest(name: str) -> str:
    """Return the longest chain, but for a few links, that the guard lets through."""
    before, link, _ = CHAINS[name]
    with pytest.raises(QueryTooComplexError) as caught:
        guard(chain(name, (MAX_LENGTH - 100) // len(link)))
    column = int(str(caught.value).rpartition(" ")[2].rstrip("."))
    length = (column - len(before)) // len(link) - 5
    assert passes(chain(name, length))
    assert not passes(chain(name, length + 10))
    return chain(name, length)


# Nesting that hides: in what a tokenizer might take for a string, an IRI or a comment.
def hidden(size: int) -> dict[str, str]:
    """Return queries with so many brackets or operators where they might not be counted."""
    deep = "(" * size + "1" + ")" * size
    groups = "{" * size + "}" * size
    return {
        "quote in a name": rf"PREFIX x: <a:> SELECT * {{FILTER(x:\'!={deep}||x:\'=1)}}",
        "double quote is no escape": rf'SELECT * {{FILTER(1=\"||{deep}||\"1")}}',
        "hash in a name": rf"PREFIX x: <a:> SELECT * {{FILTER(x:\#!={deep})}}",
        "brackets in a name": r"PREFIX x: <a:> SELECT * {?s x:" + r"\(" * size + " ?o}",
        "hash in an IRI": f"SELECT * {{FILTER(<http://e.x/#>!={deep})}}",
        "quote in an IRI": f"SELECT * {{FILTER(<http://e.x/'>!={deep}||<http://e.x/'>=1)}}",
        "codepoint, hash in an IRI": rf"SELECT * {{FILTER(<http://e.x/\u0062#>!={deep})}}",
        "codepoint, quote in an IRI": rf"SELECT * {{FILTER(<a:\u0062'>!={deep})}}#'",
        "long codepoint in an IRI": rf"SELECT * {{FILTER(<a:\U00000062'>!={deep})}}#'",
        "less-than, quote": f"SELECT * {{FILTER(?a<'>'||{deep})}}#'",
        "less-than, quote later": f"SELECT * {{FILTER(?a<?b+'>'||{deep})}}#'",
        "less-than, quote after a path": f"SELECT * {{FILTER(?a<'//>'||{deep})}}#'",
        "less-or-equal, quote": f"SELECT * {{FILTER(?a<='>'||{deep})}}#'",
        "less-than, after a string": f"SELECT * {{FILTER('a'<'>'||{deep})}}#'",
        "less-than, after a call": f"SELECT * {{FILTER(STR(1)<'>'||{deep})}}#'",
        "less-than, after true": f"SELECT * {{FILTER(true<'>'||{deep})}}#'",
        "less-than, in a function": f"SELECT * {{FILTER STR(1<'>'||{deep})}}#'",
        "less-than, long quote": f"SELECT * {{FILTER(?a<?b#>'''\n||{deep})}}#'''",
        "less-than, comment eats closers": "SELECT * {FILTER("
        + "(1<2#>)\n+" * (size // 4)
        + "1"
        + ")" * (size // 4)
        + ")}",
        "less-than, brackets": f"SELECT * {{FILTER(?a<{deep}>?b)}}",
        "less-than, brackets, slashes": f"SELECT * {{FILTER(?a<{deep}//>?b)}}",
        "less-than, signs, slashes": "SELECT * {FILTER(1<1" + "&&1" * size + "//>1)}",
        "less-than, and": "SELECT * {FILTER(1<1" + "&&1" * size + "&&2>1)}",
        "less-than, times": "SELECT * {FILTER(1<1" + "*1" * size + "&&2>1)}",
        "less-than, plus": "SELECT * {FILTER(1<?a" + "+1" * size + ">2)}",
        "less-than, not": "SELECT * {FILTER(1<" + "!" * size + "1>2)}",
        "IRIs that close": "SELECT * {FILTER("
        + "(<a:)>=<a:)>||" * (size // 8)
        + "1"
        + ")" * (size // 8)
        + ")}",
        "comment ended by CR": f"SELECT * {{#\r{groups}}}",
        "comment in a string": f"SELECT * {{FILTER('#'!={deep})}}",
        "string in a comment": f"SELECT * {{#'\n FILTER({deep})}}#'",
        "string not closed": f"SELECT * {{FILTER('a!={deep})}}",
        "long string not closed": f"SELECT * {{FILTER('''a!={deep})}}",
        "escaped end of a string": rf"SELECT * {{FILTER('a\'!={deep})}}",
        "line break in a string": f"SELECT * {{FILTER('a\n'!={deep})}}#'",
        "escaped line break in a string": f"SELECT * {{FILTER('a\\\n'!={deep})}}#'",
        "five quotes": f"SELECT * {{FILTER('''''!={deep})}}#'''",
        "eight quotes": f"SELECT * {{FILTER(''''''''!={deep})}}",
        "empty string, then a string": f"SELECT * {{VALUES ?x {{'' '{groups}' }}}}",
        "codepoints for brackets": r"SELECT * {FILTER" + r"\u0028" * size + "1" + ")" * size + "}",
        "codepoints for quotes": rf"SELECT * {{FILTER(\u0027a\u0027!={deep})}}",
        "codepoint quote in a string": rf"SELECT * {{FILTER('\u0027!={deep}||1!='\u0027')}}",
        "codepoint break in a comment": rf"SELECT * {{#\u000A{groups}",
        "only openings": "SELECT * {" + "{" * size,
        "only closings": "}" * size + "SELECT * {}",
        "not SPARQL": "(" * size,
        "dotted words": "a." * size,
    }


SIZE: Final = 100_000
LARGE: Final = 450_000


@functools.cache
def all_started() -> dict[str, Future[subprocess.CompletedProcess[bytes]]]:
    """Start every process of this file; the tests wait for theirs."""
    started = {}
    for name in CHAINS:
        started[f"chain of {name}"] = start(longest(name), 1.5)
    for name in NESTED:
        started[f"nested {name}"] = start(deepest(name), 5)
        started[f"very deep {name}"] = start(nested(name, SIZE), 5)
    for size in (SIZE, LARGE):
        for name, query in hidden(size).items():
            if not refused(query):
                started[f"hidden {name} {size}"] = start(query, 2)
    return started


def refused(query: str) -> bool:
    """Tell whether a query is refused before any parser of Oxigraph sees it."""
    try:
        guard(query)
    except UsageError:
        return True
    return False


@pytest.mark.parametrize("name", NESTED)
def test_a_query_100_000_deep_is_refused_and_the_process_lives(name: str) -> None:
    assert refused(nested(name, SIZE))
    assert refused(NESTED[name][0] + NESTED[name][1] * SIZE)
    assert ending(all_started()[f"very deep {name}"]) == "QueryTooComplexError"


@pytest.mark.parametrize("name", NESTED)
def test_what_is_nested_as_deep_as_allowed_is_answered(name: str) -> None:
    how = ending(all_started()[f"nested {name}"])
    # No SERVICE is asked at all, unless the caller allows it.
    assert how in (("UsageError",) if name == "SERVICE" else ("answered", "QueryTimeoutError"))


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_as_long_as_allowed_leaves_the_process_alive(name: str) -> None:
    """A deadline may pass; a crash may not."""
    ending(all_started()[f"chain of {name}"])


@pytest.mark.parametrize("name", CHAINS)
def test_a_longer_chain_is_refused(name: str) -> None:
    with pytest.raises(QueryTooComplexError, match=r"^The query has .*[0-9]"):
        guard(chain(name, SIZE))


@pytest.mark.parametrize("size", [SIZE, LARGE])
@pytest.mark.parametrize("name", hidden(1))
def test_no_nesting_hides_from_the_guard(name: str, size: int) -> None:
    """What the guard lets through, the parser survives."""
    process = all_started().get(f"hidden {name} {size}")
    if process is not None:
        ending(process)


@pytest.mark.parametrize(
    "name",
    [
        *("quote in a name", "hash in a name", "hash in an IRI", "quote in an IRI"),
        *("codepoint, hash in an IRI", "codepoint, quote in an IRI", "long codepoint in an IRI"),
        *("less-than, quote", "less-than, quote later", "less-than, quote after a path"),
        *("less-or-equal, quote", "less-than, after a string", "less-than, after a call"),
        *("less-than, after true", "less-than, in a function", "less-than, long quote"),
        *("less-than, comment eats closers", "less-than, brackets", "less-than, and"),
        *("less-than, times", "less-than, not", "IRIs that close", "comment ended by CR"),
        *("string in a comment", "string not closed", "not SPARQL"),
        *("less-than, brackets, slashes", "less-than, signs, slashes"),
    ],
)
def test_what_a_parser_could_read_as_nesting_is_refused(name: str) -> None:
    assert refused(hidden(SIZE)[name])


@pytest.mark.parametrize(
    ("opening", "where"),
    [
        ("SELECT * {", "line 1, column 110"),
        ("SELECT *\n\n{", "line 3, column 101"),
        ("SELECT * # {{{{\n '{{{'\n {", "line 3, column 102"),
    ],
)
def test_too_deep_names_the_place_of_the_first_bracket_too_many(opening: str, where: str) -> None:
    with pytest.raises(QueryTooComplexError) as caught:
        guard(opening + "{" * SIZE)
    assert str(caught.value) == f"The query has more than 100 open brackets at {where}."


def test_depth_is_what_is_open_at_once() -> None:
    guard("SELECT * {" + "{" * (MAX_DEPTH - 1) + "}" * MAX_DEPTH)
    guard("SELECT * {" + "{([])}" * 1000 + "}")
    guard("}" * MAX_DEPTH + "{" * MAX_DEPTH)
    with pytest.raises(QueryTooComplexError):
        guard("}" * MAX_DEPTH + "{" * (MAX_DEPTH + 1))


def test_too_many_operators_names_the_bound_and_the_place() -> None:
    guard("SELECT *\n" + "!" * (MAX_STRUCTURE - 2))
    with pytest.raises(QueryTooComplexError) as caught:
        guard("SELECT *\n" + "!" * (MAX_STRUCTURE - 1))
    assert str(caught.value) == (
        "The query has more than 20,000 operators, words and brackets at line 2, column 19999."
    )


def test_too_many_tokens_names_the_bound_and_the_place() -> None:
    guard("SELECT *\n" + "1 " * (MAX_TOKENS - 2))
    with pytest.raises(QueryTooComplexError) as caught:
        guard("SELECT *\n" + "1 " * (MAX_TOKENS - 1))
    assert str(caught.value) == (
        "The query has more than 50,000 terms and marks at line 2, column 99997."
    )


def test_too_long_names_both_lengths() -> None:
    guard("#" * MAX_LENGTH)
    with pytest.raises(QueryTooComplexError) as caught:
        guard("#" * (MAX_LENGTH + 1))
    assert str(caught.value) == "The query has 1,000,001 characters; at most 1,000,000 are run."


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s <http://e.x/it's#(a)> ?o . ?o <#b> <urn:it's> }",
        "SELECT * { FILTER(?a = <http://e.x/#a> || ?a IN (<#b>, <urn:x:(c)>)) }",
        "SELECT * { FILTER(?a < ?b && ?c > ?d || ?a < '>' || (1 < (2))) }",
        "SELECT * { ?s (<http://e.x/#a>|<#b>)/^<urn:it's> ?o }",
        "SELECT * { ?s ?p (?a <http://e.x/#a> <http://e.x/it's> <urn:a>) }",
        "SELECT * { VALUES (?a ?b) { (1 <http://e.x/#a>) (<urn:uuid:1-2> <urn:uuid:3-4>) } }",
        "SELECT * { FILTER(<http://e.x/#f>(?a, <#b>)) }",
        "ASK { FILTER(?a<?b) }",
        "ASK { FILTER(?a<1||?a>2) }",
    ],
)
def test_what_people_write_passes(query: str) -> None:
    guard(query)


def test_a_large_table_of_values_passes() -> None:
    rows = "".join(f"(<http://e.x/#{n}> <http://e.x/it's_({n})>)" for n in range(4000))
    guard(f"SELECT * {{ VALUES (?a ?b) {{ {rows} }} }}")


@pytest.mark.parametrize(
    ("query", "iri", "where"),
    [
        ("ASK {\n FILTER(?a<?b#>\n)}", "<?b#>", "line 2, column 11"),
        ("ASK { FILTER(?a<'>'||1) }", "<'>", "line 1, column 16"),
        ("ASK { FILTER(?a<(?b)&&?c>?d) }", "<(?b)&&?c>", "line 1, column 16"),
    ],
)
def test_an_iri_that_could_be_a_comparison_is_refused_with_advice(
    query: str, iri: str, where: str
) -> None:
    with pytest.raises(QuerySyntaxError) as caught:
        guard(query)
    assert f"{iri} at {where} may be an IRI or a comparison" in str(caught.value)
    assert "put a space after the <" in str(caught.value)
    guard(query.replace("<", "< "))


@pytest.mark.parametrize("path", sorted(shipped.root().glob("**/*.rq")), ids=lambda p: p.name)
def test_every_query_and_rule_that_ships_passes(path: Path) -> None:
    guard(path.read_text(encoding="utf-8"))
