"""The tokens of SPARQL 1.1, so that a parameter is replaced as a token and never as text.

Source of the terminals: SPARQL 1.1 Query Language, section 19.8, productions 139 to 173.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_PN_START = r"A-Za-z\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D"
_PN_START += r"\u2070-\u218F\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_WORD = _PN_START + r"_0-9\u00B7\u0300-\u036F\u203F\u2040"
_PREFIX = rf"(?:[{_PN_START}](?:[{_WORD}.\-]*[{_WORD}\-])?)?"
_ESCAPE = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = rf"(?:(?:[{_WORD}:]|{_ESCAPE})(?:(?:[{_WORD}:.\-]|{_ESCAPE})*(?:[{_WORD}:\-]|{_ESCAPE}))?)?"

_TERMINALS: Final = (
    ("space", r"[ \t\r\n]+"),
    ("comment", r"#[^\r\n]*"),
    ("iri", r"<[^<>\"{}|^`\\\x00-\x20]*>"),
    (
        "string",
        r"'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''"
        r'|"""(?:(?:"|"")?(?:[^"\\]|\\.))*"""'
        r"|'(?:[^'\\\r\n]|\\.)*'"
        r'|"(?:[^"\\\r\n]|\\.)*"',
    ),
    ("variable", rf"[?$][{_PN_START}_0-9][{_PN_START}_0-9\u00B7\u0300-\u036F\u203F\u2040]*"),
    ("blank", rf"_:[{_PN_START}_0-9](?:[{_WORD}.\-]*[{_WORD}\-])?"),
    ("name", rf"{_PREFIX}:{_LOCAL}"),
    ("language", r"@[A-Za-z]+(?:-[A-Za-z0-9]+)*"),
    ("number", r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"),
    ("word", r"[A-Za-z][A-Za-z0-9_]*"),
    ("mark", r"\^\^|&&|\|\||!=|<=|>=|."),
)
_TOKEN: Final = re.compile("|".join(f"(?P<{n}>{p})" for n, p in _TERMINALS), re.DOTALL)


class Token(NamedTuple):
    """One token: its kind (a name of the list above), its text and where it starts."""

    kind: str
    text: str
    start: int


def tokenize(query: str) -> Iterator[Token]:
    """Split a query into tokens; joined, their texts are the query again.

    Nothing is rejected here: what is no token of SPARQL comes out as a `mark` of one character,
    for the engine's parser to complain of.
    """
    for match in _TOKEN.finditer(query):
        yield Token(match.lastgroup or "mark", match.group(), match.start())


def place(query: str, offset: int) -> str:
    """Return `line L, column C` of an offset, both counted from 1."""
    before = query[:offset]
    return f"line {before.count(chr(10)) + 1}, column {offset - before.rfind(chr(10))}"


def query_form(query: str) -> str:
    """Return SELECT, ASK, CONSTRUCT or DESCRIBE, or nothing if the query begins with none."""
    for token in tokenize(query):
        word = token.text.upper()
        if token.kind == "word" and word not in ("PREFIX", "BASE"):
            return word if word in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE") else ""
    return ""
