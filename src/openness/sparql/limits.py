"""Bounds on a query's text, kept before any parser sees it.

Oxigraph's parser and evaluator recurse: at 8 MiB of stack about 2,250 nested braces end the whole
process, and 200 nested collections take over 6 s to parse. The bounds here, together with the
stack that :mod:`openness.engine.worker` gives a query, keep every query that passes from
overflowing; `tests/sparql/test_limits.py` runs what is just below them.
"""

from __future__ import annotations

import re
from typing import Final

from openness.errors import QueryTooComplexError
from openness.sparql.tokens import place, tokenize

MAX_LENGTH: Final = 1_000_000
"""Characters of query text."""
MAX_DEPTH: Final = 100
"""Brackets, braces and parentheses open at once."""
MAX_STRUCTURE: Final = 20_000
"""Brackets, operators and words: what can build a deep syntax tree without any nesting."""

_OPENING: Final = frozenset("({[")
_CLOSING: Final = frozenset(")}]")
_FLAT: Final = frozenset(".;,")
_NESTING_IN_IRI: Final = re.compile(r"[(){}\[\]!]")


def guard(query: str) -> None:
    """Refuse a query that is too long or too deep.

    Nesting inside what looks like an IRI counts too: `?a <((1))> ?b` is an IRI to one parser and
    a comparison to another.

    Raises:
        QueryTooComplexError: naming the bound and the place.
    """
    if len(query) > MAX_LENGTH:
        raise QueryTooComplexError(
            f"The query has {len(query):,} characters; at most {MAX_LENGTH:,} are run."
        )
    depth = structure = 0
    for kind, text, start in tokenize(query):
        if kind == "iri":
            marks = _NESTING_IN_IRI.findall(text)
        elif kind in ("mark", "word") and text not in _FLAT:
            marks = [text]
        else:
            continue
        structure += len(marks)
        for mark in marks:
            depth += (mark in _OPENING) - (mark in _CLOSING)
            if depth > MAX_DEPTH:
                raise QueryTooComplexError(
                    f"The query is nested more than {MAX_DEPTH} deep at {place(query, start)}."
                )
            depth = max(depth, 0)
        if structure > MAX_STRUCTURE:
            raise QueryTooComplexError(
                f"The query has more than {MAX_STRUCTURE:,} operators, words and brackets"
                f" at {place(query, start)}."
            )
