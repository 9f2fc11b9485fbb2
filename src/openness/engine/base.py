"""What every engine can do: answer one SPARQL query, as objects or as bytes in a W3C format."""

from __future__ import annotations

import contextlib
import io
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Triple,
)

from openness.engine.worker import stream
from openness.errors import EngineError, QuerySyntaxError
from openness.sparql.binding import Bindable, bind
from openness.sparql.limits import guard
from openness.sparql.tokens import place

Term: TypeAlias = NamedNode | BlankNode | Literal
Cell: TypeAlias = Term | None


@dataclass(frozen=True)
class Solutions:
    """The answer to a SELECT query: variables without question mark, and rows in their order."""

    variables: list[str]
    rows: list[tuple[Cell, ...]] = field(default_factory=list)


Answer: TypeAlias = Solutions | bool | list[Triple]
"""The answer to SELECT, to ASK, and to CONSTRUCT or DESCRIBE."""

Results: TypeAlias = QuerySolutions | QueryBoolean | QueryTriples


class Engine(ABC):
    """A SPARQL 1.1 engine that is only read from.

    Attributes:
        timeout: seconds that a query may take when its caller names no other limit; None for any.
    """

    timeout: float | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """The engine's name and version, or its address."""

    @abstractmethod
    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Start a query; called on a worker thread.

        Raises:
            SyntaxError: `error at LINE:COLUMN: …`, if the text is not SPARQL.
            OSError: if the engine fails.
        """

    def query(
        self,
        text: str,
        values: Mapping[str, Bindable] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """Return the whole answer to a query.

        Args:
            text: SPARQL; the project's prefixes need not be declared.
            values: terms for variables, by name without question mark.
            timeout: seconds; default: the engine's own limit.

        Raises:
            UsageError: if the text is not SPARQL, is too complex, or cannot take a value.
            EngineError: if the engine fails or the time is up.
        """
        limit = self.timeout if timeout is None else timeout

        def job(emit: Callable[[Answer], None]) -> None:
            with self._answering(text, values, limit) as results:
                answer = _collect(results)
            emit(answer)

        return next(stream(job, limit))

    def serialize(
        self,
        text: str,
        result_format: QueryResultsFormat,
        values: Mapping[str, Bindable] | None = None,
        timeout: float | None = None,
    ) -> Iterator[bytes]:
        """Yield the answer to a SELECT or ASK query in a W3C results format, as it comes.

        Raises: as :meth:`query`.
        """
        limit = self.timeout if timeout is None else timeout

        def job(emit: Callable[[bytes], None]) -> None:
            with self._answering(text, values, limit) as results:
                if isinstance(results, QueryTriples):
                    raise QuerySyntaxError("A graph has no table format; use -f ttl, nt or jsonld.")
                with io.BufferedWriter(_Emitter(emit), 64 * 1024) as out:
                    results.serialize(out, result_format)

        return stream(job, limit)

    @contextlib.contextmanager
    def _answering(
        self, text: str, values: Mapping[str, Bindable] | None, timeout: float | None
    ) -> Iterator[Results]:
        """Hand out the results; what the engine raises, at once or with a later row, is ours."""
        bound = bind(text, values or {})
        guard(bound)
        try:
            results = self.evaluate(bound, timeout)
        except SyntaxError as error:
            raise QuerySyntaxError(explain(error, bound)) from error
        except UnicodeEncodeError as error:
            raise QuerySyntaxError(f"The query is not Unicode text: {error}.") from error
        except (OSError, RuntimeError) as error:
            raise EngineError(f"{self.name}: {error}") from error
        try:
            yield results
        except (OSError, RuntimeError, SyntaxError) as error:
            raise EngineError(f"{self.name}: {error}") from error


class _Emitter(io.RawIOBase):
    """A file that hands on what is written to it."""

    def __init__(self, emit: Callable[[bytes], None]) -> None:
        self._emit = emit

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        chunk = bytes(data)  # type: ignore[call-overload]
        self._emit(chunk)
        return len(chunk)


def _collect(results: Results) -> Answer:
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        return list(results)
    variables = [variable.value for variable in results.variables]
    return Solutions(variables, [tuple(row) for row in results])


def explain(error: SyntaxError, query: str) -> str:
    """Return one line that says where the text stops being SPARQL, from Oxigraph's message."""
    found = re.match(r"error at (\d+):(\d+): (.*)", str(error), re.DOTALL)
    if not found:
        return f"The query is not valid SPARQL: {str(error).splitlines()[0]}"
    line, column = int(found[1]), int(found[2])
    lines = query.split("\n")
    rest = lines[line - 1][column - 1 :].strip() if line <= len(lines) else ""
    near = f"near “{rest[:30]}”" if rest else "at the end of the line"
    where = place(query, sum(len(text) + 1 for text in lines[: line - 1]) + column - 1)
    # Among the tokens that Oxigraph expected there may be a sentence.
    reason = re.search(r"[A-Z][A-Za-z]+( [*A-Za-z]+){2,}", found[3])
    because = f" ({reason[0]})" if reason else ""
    return f"The query is not valid SPARQL: {where}, {near}{because}."
