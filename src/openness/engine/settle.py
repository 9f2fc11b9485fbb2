"""Answers of other engines in the one form and order of the embedded engine.

Engines differ in what SPARQL leaves open: how a number or a truth value is written, and in which
order strings, terms of different kinds and unbound variables come. Both are settled here, in one
place for all queries: the rows that came back are given to Oxigraph as a table (VALUES), which
writes and sorts them as it does its own. What an engine computes is not touched by this.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from typing import Final, NamedTuple, cast

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from openness.engine.base import Cell
from openness.sparql.tokens import tokenize
from openness.terms import PREFIXES

_DECIMAL: Final = NamedNode(PREFIXES["xsd"] + "decimal")
_INTEGER: Final = NamedNode(PREFIXES["xsd"] + "integer")
_VIRTUOSO_INTEGERS: Final = range(-(2**31), 2**31)
"""Virtuoso keeps whole numbers beyond these as decimals."""
_AFTER_ORDER: Final = ("LIMIT", "OFFSET", "VALUES")
_NOT_BY_ROWS: Final = ("{", "COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")
"""In an order: what needs the data, or the groups, and not only the rows."""


def table(body: bytes, query: str, is_virtuoso: bool) -> QuerySolutions | QueryBoolean:
    """Return the answer to a SELECT or ASK query from JSON results.

    Args:
        body: what the engine sent.
        query: what it was asked, with its prefixes declared.
        is_virtuoso: whether the engine is Virtuoso, which loses some datatypes.

    Raises:
        SyntaxError, ValueError: if the body is no result.
    """
    results = parse_query_results(body, QueryResultsFormat.JSON)
    if isinstance(results, QueryBoolean):
        return results
    variables = [variable.value for variable in results.variables]
    rows = [tuple(row) for row in results]
    if not variables or any(isinstance(cell, BlankNode) for row in rows for cell in row):
        # VALUES takes no blank nodes; their order means nothing anyway.
        return cast(QuerySolutions, parse_query_results(body, QueryResultsFormat.JSON))
    if is_virtuoso:
        rows = [
            tuple(_typed(cell) if isinstance(cell, Literal) else cell for cell in row)
            for row in rows
        ]
    text = _as_query(variables, rows, query)
    try:
        return cast(QuerySolutions, Store().query(text))
    except SyntaxError:  # an IRI with a space, which no query can name
        return cast(QuerySolutions, parse_query_results(body, QueryResultsFormat.JSON))


def graph(body: bytes, is_virtuoso: bool) -> QueryTriples:
    """Return the answer to a CONSTRUCT or DESCRIBE query from N-Triples or Turtle.

    Raises: as :func:`table`.
    """
    store = Store()
    for quad in parse(body, RdfFormat.TURTLE):
        value = quad.object
        if is_virtuoso and isinstance(value, Literal):
            value = _typed(value)
        store.add(Quad(quad.subject, quad.predicate, value))
    return cast(QueryTriples, store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"))


class Order(NamedTuple):
    """The ORDER BY clause of the outermost query, and what of it is left to the engine.

    Attributes:
        clause: the clause, if the rows alone decide the order that it asks for; else nothing.
        query: the query to send: without that clause, unless LIMIT or OFFSET depends on it.
    """

    clause: str
    query: str


def order_of(query: str, variables: Collection[str] | None = None) -> Order:
    """Take the order out of a query.

    An engine that need not sort cannot sort in its own way, and Virtuoso gives a term that BIND
    made as a string once it has been sorted.

    Args:
        query: a SELECT query.
        variables: the columns of the answer; without them, those that the query names.
    """
    start, end, is_cut = _place_of_order(query)
    if start < 0:
        return Order("", query)
    clause = query[start:end]
    columns = _projected(query) if variables is None else variables
    if not _is_about(clause, columns):
        return Order("", query)
    return Order(clause, query if is_cut else f"{query[:start]} {query[end:]}")


def _place_of_order(query: str) -> tuple[int, int, bool]:
    """Return where ORDER BY begins (or -1) and ends, and whether LIMIT or OFFSET rests on it."""
    depth, start, end, is_cut = 0, -1, len(query), False
    for token in tokenize(query):
        if token.kind == "mark" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
        elif token.kind == "word" and depth == 0:
            word = token.text.upper()
            if word == "ORDER":
                start, end = token.start, len(query)
            elif word in _AFTER_ORDER:
                end = min(end, token.start) if start >= 0 else end
                is_cut = is_cut or word != "VALUES"
    return start, end, is_cut


def _projected(query: str) -> set[str]:
    """Return the variables that the outermost SELECT names; all that there are for SELECT *."""
    found: set[str] = set()
    depth, is_selecting, previous = 0, False, ""
    for token in tokenize(query):
        if token.kind in ("space", "comment"):
            continue
        word = token.text.upper()
        if is_selecting and (token.text == "{" or word in ("WHERE", "FROM")):
            return found
        if is_selecting and token.text == "*" and depth == 0:
            return {t.text[1:] for t in tokenize(query) if t.kind == "variable"}
        if token.text in "()":
            depth += 1 if token.text == "(" else -1
        if is_selecting and token.kind == "variable" and (depth == 0 or previous == "AS"):
            found.add(token.text[1:])
        is_selecting = is_selecting or word == "SELECT"
        previous = word
    return found


def _as_query(variables: list[str], rows: list[tuple[Cell, ...]], query: str) -> str:
    """Return a query over nothing but the rows, in the order that the first query asked for.

    It is DISTINCT again if the first is: two values that an engine holds apart may be one.
    """
    names = " ".join(f"?{variable}" for variable in variables)
    lines = (" ".join("UNDEF" if cell is None else str(cell) for cell in row) for row in rows)
    block = "\n".join(f"({line})" for line in lines)
    order = order_of(query, variables).clause
    prologue, select = _beginning(query)
    return f"{prologue} {select} {names} WHERE {{ VALUES ({names}) {{\n{block}\n}} }}\n{order}"


def _is_about(order: str, variables: Collection[str]) -> bool:
    """Tell whether the rows alone decide an order: it uses no variable that they do not have."""
    for token in tokenize(order):
        if token.kind == "variable" and token.text[1:] not in variables:
            return False
        if token.text.upper() in _NOT_BY_ROWS:
            return False
    return True


def _beginning(query: str) -> tuple[str, str]:
    """Return what stands before SELECT, the declarations of prefixes, and SELECT with DISTINCT."""
    code = [token for token in tokenize(query) if token.kind not in ("space", "comment")]
    for this, following in itertools.pairwise(code):
        if this.kind == "word" and this.text.upper() == "SELECT":
            is_distinct = following.text.upper() == "DISTINCT"
            return query[: this.start], "SELECT DISTINCT" if is_distinct else "SELECT"
    return "", "SELECT"


def _typed(value: Literal) -> Literal:
    """Return what Virtuoso was given for a whole number that it gives back as a decimal."""
    if value.datatype != _DECIMAL or not value.value.lstrip("+-").isdecimal():
        return value
    if len(value.value) < 10 or int(value.value) in _VIRTUOSO_INTEGERS:
        return value
    return Literal(value.value, datatype=_INTEGER)
