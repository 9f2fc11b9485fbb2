"""The dataset of a query: FROM and FROM NAMED, put where the grammar has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from openness.sparql.tokens import tokenize

_AFTER: Final = frozenset({"GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
"""What may follow the terms of a DESCRIBE that has no pattern."""


def names_dataset(query: str) -> bool:
    """Tell whether a query itself says which graphs it is about."""
    return any(token.kind == "word" and token.text.upper() == "FROM" for token in tokenize(query))


def with_dataset(query: str, default: str, named: Iterable[str]) -> str:
    """Return a query that says which graphs it is about, on the line where its pattern begins.

    Args:
        query: SELECT, ASK, CONSTRUCT or DESCRIBE, without FROM.
        default: the IRI of the graph that is the default graph.
        named: the IRIs of the named graphs.
    """
    clauses = f" FROM <{default}> " + "".join(f"FROM NAMED <{graph}> " for graph in named)
    at = _before_pattern(query)
    return query[:at] + clauses + query[at:]


def _before_pattern(query: str) -> int:
    """Return the offset of the outermost WHERE, of its brace if it has no WHERE, or the end."""
    form, is_template, depth, end = "", False, 0, 0
    for token in tokenize(query):
        if token.kind in ("space", "comment"):
            continue
        word = token.text.upper()
        if not form:
            is_form = token.kind == "word" and word not in ("PREFIX", "BASE")
            form = word if is_form else ""
            is_template = word == "CONSTRUCT"
        elif is_template and word == "WHERE" and depth == 0:
            return token.start
        elif token.text in "({":
            if token.text == "{" and depth == 0 and not is_template:
                return token.start
            depth += 1
        elif token.text in ")}":
            depth -= 1
            is_template = is_template and depth > 0
        elif token.kind == "word" and depth == 0 and (word == "WHERE" or word in _AFTER):
            return token.start
        end = token.start + len(token.text)
    return end
