"""Bounds on a query's text, kept before any parser sees it.

Oxigraph's parser and evaluator recurse: at 8 MiB of stack about 2,250 nested braces end the whole
process, and 200 nested collections take over 6 s to parse. The bounds here, together with the
stack that :mod:`openness.engine.worker` gives a query, keep every query that passes from
overflowing; `tests/sparql/test_limits.py` runs what is just below them.
"""

from __future__ import annotations

import re
from typing import Final

from openness.errors import QuerySyntaxError, QueryTooComplexError
from openness.sparql.tokens import Token, place, tokenize

MAX_LENGTH: Final = 1_000_000
"""Characters of query text."""
MAX_DEPTH: Final = 100
"""Brackets, braces and parentheses open at once."""
MAX_STRUCTURE: Final = 20_000
"""Brackets, operators and words: what can build a deep syntax tree without any nesting."""
MAX_TOKENS: Final = 50_000
"""Tokens of any kind: a long list of objects or of members becomes a deep tree of joins."""

_OPENING: Final = frozenset("({[")
_CLOSING: Final = frozenset(")}]")
_FLAT: Final = frozenset(".;,")
_BEFORE_SLASHES: Final = re.compile(r"[^'#]*?(?=//)|.*", re.DOTALL)
_NESTING: Final = re.compile(r"['#()\[\]]")
_OPERATOR: Final = re.compile(r"[!&=+*/\-]")


def guard(query: str) -> None:
    """Refuse a query that is too long, too deep or too large.

    Raises:
        QueryTooComplexError: naming the bound and the place.
        QuerySyntaxError: if what is nested cannot be told; see :func:`_operators`.
    """
    if len(query) > MAX_LENGTH:
        raise QueryTooComplexError(
            f"The query has {len(query):,} characters; at most {MAX_LENGTH:,} are run."
        )
    brackets: list[str] = []
    structure = tokens = 0
    before = Token("mark", "", 0)
    for token in tokenize(query):
        if token.kind in ("space", "comment"):
            continue
        tokens += 1
        if token.kind in ("mark", "word"):
            structure += token.text not in _FLAT
            if token.text in _OPENING:
                brackets.append(token.text)
            elif token.text in _CLOSING and brackets:
                brackets.pop()
        elif token.kind == "iri" and brackets[-1:] == ["("]:
            structure += _operators(query, before, token)
        before = token
        for count, most, what in (
            (len(brackets), MAX_DEPTH, "open brackets"),
            (structure, MAX_STRUCTURE, "operators, words and brackets"),
            (tokens, MAX_TOKENS, "terms and marks"),
        ):
            if count > most:
                raise QueryTooComplexError(
                    f"The query has more than {most:,} {what} at {place(query, token.start)}."
                )


def _operators(query: str, before: Token, iri: Token) -> int:
    """Return how many operators an IRI would hide, were its `<` read as less-than.

    `?a<?b&&?c>?d` has an IRI in it to a tokenizer, as the standard has it, and two comparisons to
    Oxigraph. Then what seems quoted after `?a<'>'` is code, and could be nested without bound.
    No comparison goes on after `//`, so that `http://` is told from one.

    Raises:
        QuerySyntaxError: if brackets, a quote or a comment would begin or end in it.
    """
    if before.kind == "mark" and before.text not in (")", ">"):
        return 0
    compared = _BEFORE_SLASHES.match(iri.text)
    code = compared[0] if compared else ""
    if _NESTING.search(code):
        raise QuerySyntaxError(
            f"The query is not valid SPARQL: {iri.text[:30]} at {place(query, iri.start)} may be an"
            " IRI or a comparison; put a space after the <, or write the IRI as prefix:name."
        )
    return len(_OPERATOR.findall(code))
