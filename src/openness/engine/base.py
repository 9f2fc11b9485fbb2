"""What every engine can do: answer one SPARQL query, as objects or as bytes in a W3C format."""

from __future__ import annotations

import contextlib
import io
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

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
from openness.errors import EngineError, QuerySyntaxError, QueryTimeoutError, UsageError
from openness.sparql.binding import Bindable, bind
from openness.sparql.limits import guard
from openness.sparql.services import mentions_service
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


@dataclass(frozen=True)
class Resolved:
    """A query in which the answers of other endpoints stand in place of its SERVICE blocks.

    Attributes:
        text: the query, for this engine alone.
        finish: to be called once it has ended well.
    """

    text: str
    finish: Callable[[], None] = lambda: None


class Services(Protocol):
    """What asks other endpoints: :class:`openness.engine.federation.Federation`."""

    def resolve(
        self,
        query: str,
        values: Mapping[str, Bindable],
        select: Callable[[str], Solutions],
        left: Callable[[], float | None],
    ) -> Resolved:
        """Ask the endpoints that a query names, and return it with what they answered."""
        ...


class Engine(ABC):
    """A SPARQL 1.1 engine that is only read from.

    Attributes:
        timeout: seconds that a query may take when its caller names no other limit; None for any.
        services: what asks the endpoints that a query's SERVICE blocks name; None, where nobody
            may be asked on another's behalf, refuses such a query.
    """

    timeout: float | None = None
    services: Services | None = None

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
        clock = Clock(self.timeout if timeout is None else timeout)
        resolved = self._resolve(text, values or {}, clock)
        answer = self._ask(resolved.text, clock)
        resolved.finish()
        return answer

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
        clock = Clock(self.timeout if timeout is None else timeout)
        resolved = self._resolve(text, values or {}, clock)
        limit = clock.left()

        def job(emit: Callable[[bytes], None]) -> None:
            with self._answering(resolved.text, limit) as results:
                if isinstance(results, QueryTriples):
                    raise QuerySyntaxError("A graph has no table format; use -f ttl, nt or jsonld.")
                with io.BufferedWriter(_Emitter(emit), 64 * 1024) as out:
                    results.serialize(out, result_format)

        yield from stream(job, limit)
        resolved.finish()

    def select(self, bound: str, clock: Clock) -> Solutions:
        """Return the answer to a SELECT query of ours, which may be larger than a user's may.

        Raises: as :meth:`query`.
        """
        answer = self._ask(bound, clock)
        assert isinstance(answer, Solutions)
        return answer

    def _ask(self, bound: str, clock: Clock) -> Answer:
        limit = clock.left()

        def job(emit: Callable[[Answer], None]) -> None:
            with self._answering(bound, limit) as results:
                answer = _collect(results)
            emit(answer)

        return next(stream(job, limit))

    def _resolve(self, text: str, values: Mapping[str, Bindable], clock: Clock) -> Resolved:
        """Return the query with its parameters bound and its SERVICE blocks answered."""
        bound = bind(text, values)
        guard(bound)
        if not mentions_service(bound):
            return Resolved(bound)
        if self.services is None:
            raise UsageError("SERVICE is not allowed here: no other endpoint is asked.")
        return self.services.resolve(
            bound, values, lambda query: self.select(query, clock), clock.left
        )

    @contextlib.contextmanager
    def _answering(self, bound: str, timeout: float | None) -> Iterator[Results]:
        """Hand out the results; what the engine raises, at once or with a later row, is ours."""
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


class Clock:
    """How long a query, with everything that it needs, may still take."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._start = time.monotonic()
        self._is_new = True

    def left(self) -> float | None:
        """Return the seconds that are left, or None for any number; the first time, all of them.

        Raises:
            QueryTimeoutError: if none are left.
        """
        if self.seconds is None or self._is_new:
            self._is_new = False
            return self.seconds
        left = round(self.seconds - (time.monotonic() - self._start), 3)
        if left <= 0:
            raise QueryTimeoutError(
                f"The query was stopped after {self.seconds:g} s; --timeout SECONDS allows more."
            )
        return left


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
