"""SERVICE: other endpoints are asked by us, and the engine sees what they answered as VALUES.

So answers, limits and the cache are the same on every engine, and no engine opens a connection of
its own. docs/federation.md says what is sent to whom, and why it is what it is.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, NamedNode, Store

from openness.engine import service_answer
from openness.engine.base import Cell, Resolved, Solutions, explain
from openness.engine.embedded import EmbeddedEngine
from openness.engine.service_answer import Row
from openness.engine.snapshot import Snapshot
from openness.engine.worker import stream
from openness.errors import NetworkError, QuerySyntaxError, QueryTooComplexError, UsageError
from openness.header import read_header
from openness.net.cache import Cache, Kept
from openness.sparql import services
from openness.sparql.binding import Bindable
from openness.sparql.services import Service, Structure

BATCH_ROWS: Final = 100
"""Local rows that one request carries."""
BATCH_CHARACTERS: Final = 50_000
"""Characters of local rows that one request carries, if there is more than one row."""
MAX_ROWS: Final = 10_000
"""Different local rows that one SERVICE block may be sent: 100 requests."""
MAX_SOLUTIONS: Final = 100_000
"""Solutions that the services may answer one query with; Oxigraph reads so many in 2 s."""
_ITSELF: Final = "query"
"""Stands for the name of a query that has none, where its header is at fault."""

Select = Callable[[str], Solutions]
Left = Callable[[], float | None]


@dataclass(frozen=True)
class Block:
    """A SERVICE block with what it is to be asked.

    Attributes:
        address: the endpoint.
        service: the block.
        is_top: whether it stands in the outermost group.
        columns: the variables that its solutions are taken for.
        join: the variables whose local values are sent; none if there are none in common.
        rows: how many different local rows there are; None if they do not matter.
        requests: the queries to send; none if the rows are not known before other answers are.
    """

    address: str
    service: Service
    is_top: bool
    columns: tuple[str, ...]
    join: tuple[str, ...]
    rows: int | None
    requests: tuple[str, ...]


@dataclass
class _Count:
    """What one service was asked for."""

    sent: int = 0
    kept: list[datetime.datetime] = field(default_factory=list)
    odd: int = 0


@dataclass
class Federation:
    """Resolves the SERVICE blocks of queries.

    Attributes:
        cache: answers that may be used in place of new ones.
        note: told, in one line each, what was sent and what was kept.
        snapshot: the file in which a query's answers are recorded, or from which they come.
    """

    cache: Cache
    note: Callable[[str], None] = lambda line: None
    snapshot: Snapshot | None = None

    def resolve(
        self, query: str, values: Mapping[str, Bindable], select: Select, left: Left
    ) -> Resolved:
        """Ask the services of a query, and return it with their answers in their place.

        Args:
            query: the text, its parameters bound.
            values: the parameters' terms, by which its header may name services.
            select: asks the local engine.
            left: returns the seconds that are left, or None; raises when none are.

        Raises:
            UsageError: if the query is not SPARQL, asks a variable, or would send too much.
            NetworkError: if a service fails and the block does not say SILENT.
        """
        run = _Run(self, query, values, select, left)
        while block := run.next_block():
            run.answer(block)
        run.tell()
        return Resolved(run.resolved(), run.finish)

    def plan(
        self, query: str, values: Mapping[str, Bindable], select: Select, left: Left
    ) -> tuple[list[Block], str]:
        """Return what :meth:`resolve` would ask, as far as it can be told without asking.

        Beside the blocks comes the query for the local engine, without the answers.

        Raises:
            UsageError: as :meth:`resolve`.
        """
        run = _Run(self, query, values, select, left)
        blocks = []
        while block := run.next_block():
            blocks.append(block)
            run.put(block, None)
        return blocks, run.resolved()


class _Run:
    """One query on its way from SERVICE blocks to answers."""

    def __init__(
        self,
        federation: Federation,
        query: str,
        values: Mapping[str, Bindable],
        select: Select,
        left: Left,
    ) -> None:
        self.federation = federation
        self.original = self.text = query
        self.select, self.left = select, left
        self.answers: dict[str, str] = {}
        self.unknown: set[str] = set()
        self.counts: dict[str, _Count] = {}
        self.solutions = 0
        _check(query, left())
        structure = services.dissect(query)
        addresses = {self._address(structure, one) for one in _blocks(structure)}
        self.joins = _joins(query, values, addresses)

    def next_block(self) -> Block | None:
        """Return a block that is to be asked next: one that local rows restrict, if there is."""
        structure = services.dissect(self.text)
        waiting = structure.services
        known = [(one, self._join(structure, one)) for one in waiting]
        for service, join in sorted(known, key=lambda pair: not pair[1]):
            return self._block(structure, service, join, is_top=True)
        for service in structure.scattered:
            return self._block(structure, service, (), is_top=False)
        return None

    def answer(self, block: Block) -> None:
        """Ask what a block asks, and put the answers in its place."""
        rows: list[Row] = []
        self._warn(block)
        self.counts.setdefault(block.address, _Count())
        try:
            for request in block.requests:
                rows += self._ask(block, request)
        except NetworkError as error:
            if not block.service.is_silent:
                raise
            self.federation.note(f"{error} The block says SILENT, so the query goes on without it.")
            rows = [(None,) * len(block.columns)]  # one solution that binds nothing
        self.put(block, rows)

    def put(self, block: Block, rows: list[Row] | None) -> None:
        """Put solutions in the place of a block; None where nobody is asked for them.

        Their text is long, and nothing about it matters until the query is complete but which of
        the variables are always bound: until then a row of the same form stands for all of them.
        """
        mark = f"\x01{len(self.answers)}\x01"
        names = " ".join(f"?{name}" for name in block.columns)
        if rows is None:
            full = [name in block.service.certain for name in block.columns]
            data = f"# what {block.address} answers\n"
        else:
            full = [all(row[i] is not None for row in rows) for i in range(len(block.columns))]
            data = " ".join(map(_data_row, rows))
        stand_in = f"{mark} ({' '.join('0' if is_full else 'UNDEF' for is_full in full)})"
        self.answers[stand_in] = data
        if rows is None:
            self.unknown.add(mark)
        self._replace(block.service, f"VALUES ({names}) {{ {stand_in} }}")

    def resolved(self, text: str | None = None) -> str:
        """Return the query, or a piece of it, with the answers that have come."""
        text = self.text if text is None else text
        if not self.answers:
            return text
        # In one pass: what a service answered is not looked into.
        stand_ins = "|".join(map(re.escape, self.answers))
        return re.sub(stand_ins, lambda found: self.answers[found[0]], text)

    def tell(self) -> None:
        """Tell what each service was asked, and how old what was kept is."""
        for address, count in self.counts.items():
            self.federation.note(f"{address}: {self._told(count)}")
            if count.odd:
                self.federation.note(
                    f"{address}: {_number(count.odd, 'solution')} left out: a term in it is no RDF"
                )

    def finish(self) -> None:
        """Record the answers, now that the query has ended well."""
        if self.federation.snapshot is not None:
            self.federation.snapshot.finish(self.original)

    def _told(self, count: _Count) -> str:
        kept = sorted(when.date() for when in count.kept)
        ages = f" of {kept[0]}" if kept else ""
        if kept and kept[-1] != kept[0]:
            ages += f" to {kept[-1]}"
        if self._is_replayed:
            path = self.federation.snapshot.path if self.federation.snapshot else ""
            return f"nothing sent; {_number(len(kept), 'answer')}{ages} from {path}"
        sent = f"{_number(count.sent, 'request')} sent" if count.sent else "nothing sent"
        if self.federation.cache.is_offline and kept:
            days = (datetime.datetime.now(datetime.UTC).date() - kept[0]).days
            ages += f", up to {_number(days, 'day')} old"
            sent = "nothing sent, offline"
        return f"{sent}; {_number(len(kept), 'answer')}{ages} from the cache" if kept else sent

    @property
    def _is_replayed(self) -> bool:
        return bool(self.federation.snapshot and self.federation.snapshot.is_replayed)

    def _warn(self, block: Block) -> None:
        if block.service.passes_on:
            self.federation.note(
                f"{block.address} is sent a SERVICE within the block, and asks others by itself"
            )
        if not block.is_top:
            self.federation.note(
                f"SERVICE {block.address} does not stand in the outermost group:"
                " it is sent as it stands, whatever the rest of the query finds"
            )
        elif not block.join:
            self.federation.note(
                f"SERVICE {block.address} shares no variable that the rest of the query binds:"
                " it is sent as it stands"
            )

    def _address(self, structure: Structure, service: Service) -> str:
        from openness.net.policy import require_address

        return require_address(structure.address(service))

    def _join(self, structure: Structure, service: Service) -> tuple[str, ...]:
        """Return the variables that the rest of the query gives a block values for."""
        shared = services.offered(services.kept(structure.elements, service)) & service.scope
        wanted = self.joins.get(self._address(structure, service))
        if wanted is not None:
            shared &= wanted
        return tuple(sorted(shared & service.certain or shared))

    def _block(
        self, structure: Structure, service: Service, join: tuple[str, ...], is_top: bool
    ) -> Block:
        address = self._address(structure, service)
        rows: list[Row] = []
        code = services.text_of(structure, services.kept(structure.elements, service))
        is_known = not any(mark in code for mark in self.unknown)
        if join and is_known:
            join, rows = self._local_rows(structure, service, join, self.resolved(code))
        outside = structure.used_outside(service)
        taken = service.scope if outside is None else (service.scope & outside) | set(join)
        columns = tuple(sorted(taken or sorted(service.scope)[:1]))
        batches = list(_batches(rows)) if join else [[]]
        requests = (_request(structure, service, columns, join, batch) for batch in batches)
        count = len(rows) if join and is_known else None
        return Block(address, service, is_top, columns, join, count, tuple(requests))

    def _local_rows(
        self, structure: Structure, service: Service, join: tuple[str, ...], code: str
    ) -> tuple[tuple[str, ...], list[Row]]:
        """Return the different local values of some variables, without those that cannot be sent.

        A variable that a row leaves unbound restricts nothing, so that it is none to join on. A
        blank node is another one for everybody else: no solution of a service has it.
        """
        found = self.select(
            f"{structure.prologue(code)}SELECT DISTINCT {_names(join)} {structure.dataset}"
            f" WHERE {{\n{code}\n}} LIMIT {MAX_ROWS + 1}"
        )
        if len(found.rows) > MAX_ROWS:
            raise QueryTooComplexError(
                f"SERVICE {self._address(structure, service)} would be sent more than"
                f" {MAX_ROWS:,} different rows; let the rest of the query leave fewer."
            )
        whole = [
            i
            for i, name in enumerate(join)
            if all(row[i] is not None for row in found.rows)
            and (name in service.certain or not any(_is_blank(row[i]) for row in found.rows))
        ]
        rows = {tuple(row[i] for i in whole) for row in found.rows}
        sendable = [row for row in rows if not any(map(_is_blank, row))]
        return tuple(join[i] for i in whole), sorted(sendable, key=_by_text)

    def _ask(self, block: Block, request: str) -> list[Row]:
        url, snapshot = block.address, self.federation.snapshot
        kept = self._kept(url, request)
        body = self._new(url, request) if kept is None else kept.body
        rows, odd = service_answer.read(url, request, body, block.columns)
        if kept is None:  # what comes is kept if it can be read
            kept = self.federation.cache.keep(url, request, body)
        if snapshot:
            snapshot.add(url, request, kept)
        self.counts[url].odd += odd
        self.solutions += len(rows)
        if self.solutions > MAX_SOLUTIONS:
            raise QueryTooComplexError(
                f"The services answer with more than {MAX_SOLUTIONS:,} solutions; let SERVICE"
                f" {block.address} ask for less."
            )
        return rows

    def _kept(self, url: str, request: str) -> Kept | None:
        """Return a service's answer, recorded or kept, or None if it must be asked."""
        snapshot = self.federation.snapshot
        source = snapshot if snapshot and snapshot.is_replayed else self.federation.cache
        kept = source.find(url, request)
        if kept is not None:
            self.counts[url].kept.append(kept.retrieved)
        return kept

    def _new(self, url: str, request: str) -> bytes:
        from openness.net import endpoint

        self.counts[url].sent += 1
        try:
            return endpoint.post(url, request, "SELECT", self.left())
        except SyntaxError as error:
            raise NetworkError(f"{url} does not take what it was asked: {error}") from error

    def _replace(self, service: Service, text: str) -> None:
        self.text = f"{self.text[: service.start]}{text}{self.text[service.end :]}"


def open_federation(
    folder: Path,
    note: Callable[[str], None] = lambda line: None,
    is_fresh: bool = False,
    is_offline: bool = False,
    snapshot: Path | None = None,
) -> Federation:
    """Return what resolves SERVICE blocks, with answers kept in a folder.

    Args:
        folder: where answers are kept.
        note: told what was sent.
        is_fresh: whether every answer must be a new one.
        is_offline: whether none may be.
        snapshot: the file to record the answers in, or to take them from.

    Raises:
        UsageError: if both are wanted.
    """
    if is_fresh and is_offline:
        raise UsageError("--fresh asks the services anew, and --offline asks none: choose one.")
    recorded = Snapshot(snapshot, is_fresh) if snapshot else None
    return Federation(Cache(folder, is_fresh, is_offline), note, recorded)


def _check(query: str, limit: float | None) -> None:
    """Find what is wrong in a query's syntax, by asking an empty store.

    Raises:
        QuerySyntaxError: naming the place.
    """

    def job(emit: Callable[[None], None]) -> None:
        EmbeddedEngine(Store()).evaluate(services.as_graphs(query), None)
        emit(None)

    try:
        next(stream(job, limit))
    except SyntaxError as error:
        raise QuerySyntaxError(explain(error, query)) from error
    except UnicodeEncodeError as error:
        raise QuerySyntaxError(f"The query is not Unicode text: {error}.") from error


def _blocks(structure: Structure) -> list[Service]:
    return [*structure.services, *structure.scattered]


def _joins(
    query: str, values: Mapping[str, Bindable], addresses: set[str]
) -> dict[str, frozenset[str]]:
    """Return the variables that a header wants each service to be joined on.

    `#+ services: {address or parameter: [variable, …]}`.

    Raises:
        UsageError: if it names none of the services, or no variables.
    """
    if "#+" not in query:
        return {}
    named: Any = read_header(Path(_ITSELF), query).get("services") or {}
    if not isinstance(named, dict):
        raise UsageError("The header's services map an address or parameter to variables.")
    found = {}
    for name, variables in named.items():
        term = values.get(f"_{name}")
        address = term.value if isinstance(term, NamedNode) else str(name)
        if address not in addresses:
            raise UsageError(f"The header joins a service {name}, which the query does not ask.")
        if not isinstance(variables, list) or not variables:
            raise UsageError(f"The header joins {name} on a list of variables, without ?.")
        found[address] = frozenset(map(str, variables))
    return found


def _request(
    structure: Structure,
    service: Service,
    columns: tuple[str, ...],
    join: tuple[str, ...],
    rows: Sequence[Row],
) -> str:
    """Return the query that one endpoint is sent for some rows, or for none in particular."""
    pattern = services.inside(structure, service)
    selected = _names(columns) if columns else "(1 AS ?one)"
    data = ""
    if join:
        data = f"  VALUES ({_names(join)}) {{ {' '.join(map(_data_row, rows))} }}\n"
        pattern = pattern if services.is_open(service, join) else f"{{ {pattern} }}"
    return f"{structure.prologue(pattern)}SELECT {selected} WHERE {{\n{data}  {pattern}\n}}"


def _batches(rows: list[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    length = 0
    for row in rows:
        size = len(_data_row(row))
        if batch and (len(batch) == BATCH_ROWS or length + size > BATCH_CHARACTERS):
            yield batch
            batch, length = [], 0
        batch.append(row)
        length += size
    if batch:
        yield batch


def _names(names: Sequence[str]) -> str:
    return " ".join(f"?{name}" for name in names)


def _data_row(row: Row) -> str:
    return f"({' '.join('UNDEF' if term is None else str(term) for term in row)})"


def _by_text(row: Row) -> tuple[str, ...]:
    return tuple(map(str, row))


def _is_blank(term: Cell) -> bool:
    return isinstance(term, BlankNode)


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
