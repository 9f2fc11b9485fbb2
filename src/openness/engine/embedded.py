"""The embedded engine: Oxigraph over a store that was compiled from files."""

from __future__ import annotations

import bisect
import re
from typing import Final

import pyoxigraph
from pyoxigraph import Store

from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.sparql.services import mentions_service
from openness.sparql.tokens import tokenize
from openness.terms import PREFIXES

_MARGIN: Final = " " * 40 + "\0"
"""Longer than any keyword, and then what no query has."""


class EmbeddedEngine(Engine):
    """Oxigraph in this process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def name(self) -> str:
        """The engine's name and version."""
        return f"Oxigraph {pyoxigraph.__version__}"

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Start a query; Oxigraph knows no timeout, its caller stops waiting.

        Raises:
            EngineError: if a SERVICE is left in it: Oxigraph would open a connection by itself.
        """
        if mentions_service(query):
            raise EngineError("SERVICE does not reach Oxigraph: only a query may ask others.")
        try:
            return self.store.query(query, prefixes=PREFIXES)
        except SyntaxError as error:
            before = query[: _first_wrong(query)]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            message = str(error).partition(": ")[2]
            raise SyntaxError(f"error at {line}:{column}: {message}") from error


def _first_wrong(query: str) -> int:
    """Return the offset of the first token with which no query can go on.

    Oxigraph itself tells how far it has looked, and it looks as far ahead as its longest keyword:
    past the token that is wrong, and often on another line.
    """
    code = [token for token in tokenize(query) if token.kind not in ("space", "comment")]
    wrong = bisect.bisect_left(
        code, True, key=lambda token: not _can_go_on(query[: token.start + len(token.text)])
    )
    reached = min(_reached(query), len(query))
    return min(reached, code[wrong].start) if wrong < len(code) else reached


def _can_go_on(beginning: str) -> bool:
    return _reached(beginning + _MARGIN) >= len(beginning) + len(_MARGIN) - 1


def _reached(text: str) -> int:
    """Return the offset of the last character that Oxigraph looked at."""
    try:
        Store().query(text, prefixes=PREFIXES)
    except SyntaxError as error:
        found = re.match(r"error at (\d+):(\d+): ", str(error))
        if found:
            above = text.split("\n")[: int(found[1]) - 1]
            return sum(len(line) + 1 for line in above) + int(found[2]) - 1
    return len(text)
