"""The tokens of SPARQL 1.1, so that a parameter is replaced as a token and never as text.

Source of the terminals: SPARQL 1.1 Query Language, section 19.8, productions 139 to 173.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# Beyond ASCII every character counts as part of a name: the parser knows which are not, and the
# exact ranges would cost every command 15 ms.
_PN_START = r"A-Za-z\u0080-\U0010FFFF"
_WORD = _PN_START + "_0-9"
# The bound on a prefix keeps the time linear: `a.a.a.a…` would be read to its end from every start.
_PREFIX = rf"(?:[{_PN_START}](?:[{_WORD}.\-]{{0,99}}[{_WORD}\-])?)?"
_ESCAPE = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_LOCAL = (
    rf"(?:(?:[{_WORD}:]|{_ESCAPE})(?:(?:[{_WORD}:.\-]|{_ESCAPE})*(?:[{_WORD}:\-]|{_ESCAPE}))?)?"
)

_TERMINALS: Final = (
    ("space", r"[ \t\r\n]+"),
    ("comment", r"#[^\r\n]*"),
    ("iri", r"<(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"),
    (
        "string",
        r"'''(?:(?:'|'')?(?:[^'\\]|\\.))*'''"
        r'|"""(?:(?:"|"")?(?:[^"\\]|\\.))*"""'
        r"|'(?:[^'\\\r\n]|\\.)*'"
        r'|"(?:[^"\\\r\n]|\\.)*"',
    ),
    ("variable", rf"[?$][{_WORD}]+"),
    ("blank", rf"_:[{_WORD}](?:[{_WORD}.\-]*[{_WORD}\-])?"),
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
