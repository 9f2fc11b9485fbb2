"""Results to stdout, in every format; everything else goes to stderr."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import typer

from openness.cli.state import State
from openness.engine.base import Answer, Cell, Solutions
from openness.errors import UsageError, did_you_mean
from openness.sparql.binding import Bindable
from openness.sparql.tokens import query_form

W3C: Final = ("csv", "tsv", "json", "xml")
PEOPLE: Final = ("table", "md", "jsonl")
TABLES: Final = ("table", "csv", "tsv", "json", "xml", "md", "jsonl")
GRAPHS: Final = ("ttl", "nt", "nq", "trig", "jsonld", "rdfxml")


def choose(
    wanted: str | None, known: Sequence[str], terminal: str, piped: str, option: str = "-f"
) -> str:
    """Return the word that the user gave an option, or the default for where stdout leads.

    Raises:
        UsageError: if the word is not one of the known ones.
    """
    if wanted is None:
        return terminal if sys.stdout.isatty() else piped
    name = wanted.lower()
    if name not in known:
        hint = did_you_mean(name, list(known))
        raise UsageError(f"{option} takes {', '.join(known)} here, not “{wanted}”.{hint}")
    return name


def completion(*words: str) -> Callable[[str], list[str]]:
    """Return what completes the value of an option that takes one of some words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def format_option(help: str, *words: str) -> Any:  # noqa: A002  (Typer's own word)
    """Return the option `--format`, `-f` of a command, which completes to the formats it takes."""
    return typer.Option("--format", "-f", help=help, autocompletion=completion(*words))


def write(text: str | bytes) -> None:
    """Write to stdout; a reader that closes the pipe has had enough, which is no error."""
    try:
        sys.stdout.buffer.write(text.encode() if isinstance(text, str) else text)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        close_pipe()
        raise typer.Exit(0) from None


def close_pipe() -> None:
    """Let what is still buffered for a closed pipe go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_query(
    state: State,
    text: str,
    wanted: str | None,
    values: Mapping[str, Bindable] | None = None,
    headings: Mapping[str, str] | None = None,
) -> None:
    """Run a query and write its answer; ASK false ends with exit code 1.

    Args:
        state: the run's options.
        text: the query.
        wanted: the format that the user asked for, if any.
        values: terms for its variables.
        headings: titles of the columns of a table, if other than the variables' names.
    """
    if query_form(text) in ("CONSTRUCT", "DESCRIBE"):
        return _write_triples(state, text, choose(wanted, GRAPHS, "ttl", "ttl"), values)
    name = choose(wanted, TABLES, "table", "csv")
    if name in W3C:
        _write_w3c(state, text, name, values)
    else:
        answer = state.graph.engine.query(text, values)
        write_answer(state, answer, name, headings)


def write_answer(
    state: State, answer: Answer, name: str, headings: Mapping[str, str] | None = None
) -> None:
    """Write an answer that is at hand in one of the formats for people."""
    if isinstance(answer, bool):
        write(json.dumps(answer) + "\n")
        if not answer:
            raise typer.Exit(1)
    elif isinstance(answer, Solutions):
        labels = state.graph.labels_in(answer) if name != "jsonl" else {}
        if not answer.rows:
            state.note("no rows")
        if name == "jsonl":
            write("".join(json_lines(answer)))
        else:
            rows = [[_readable(cell, labels) for cell in row] for row in answer.rows]
            titles = [(headings or {}).get(v, v) for v in answer.variables]
            write_rows(titles, rows, name, state.color)


def write_solutions(
    state: State, found: Solutions, name: str, headings: Mapping[str, str] | None = None
) -> None:
    """Write a table that was made here, in any of the formats of tables."""
    if name not in W3C:
        return write_answer(state, found, name, headings)
    from openness.engine.results import serialize_solutions

    content = serialize_solutions(found, name)
    write(content if content.endswith(b"\n") else content + b"\n")
    if not found.rows:
        state.note("no rows")


def write_rows(
    titles: Sequence[str], rows: Sequence[Sequence[str]], name: str, color: bool = True
) -> None:
    """Write rows of text as a table for the terminal or as Markdown."""
    if name == "md":
        escaped = [[cell.replace("|", "\\|").replace("\n", " ") for cell in r] for r in rows]
        lines = [list(titles), ["---"] * len(titles), *escaped]
        write("".join("| " + " | ".join(line) + " |\n" for line in lines))
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*(_plain(cell) for cell in row))
    render(table, color)


def write_cells(titles: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> None:
    """Write rows of text as comma- or tab-separated values, or as one JSON object per row."""
    if name == "jsonl":
        lines = (dict(zip(titles, row, strict=True)) for row in rows)
        write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
        return
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, delimiter="," if name == "csv" else "\t")
    writer.writerows([titles, *rows])
    write(text.getvalue())


def render(item: Any, color: bool) -> None:
    """Write something that Rich can draw: as wide as the terminal, or as it needs in a pipe."""
    from rich.console import Console

    is_terminal = sys.stdout.isatty()
    width = None if is_terminal or "COLUMNS" in os.environ else 10_000
    system: Literal["auto"] | None = "auto" if color else None
    console = Console(color_system=system, width=width, highlight=False, soft_wrap=False)
    with console.capture() as capture:
        console.print(item)
    write("\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n")


@contextlib.contextmanager
def working(state: State, what: str) -> Iterator[None]:
    """Show on a terminal's stderr that something is being done, once it takes over a second."""
    if state.quiet or not sys.stderr.isatty():
        yield
        return
    import threading

    shown = contextlib.ExitStack()
    timer = threading.Timer(1.0, lambda: shown.enter_context(_bar(state, what)))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        shown.close()


def _bar(state: State, what: str) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, color_system="auto" if state.color else None)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    progress = Progress(*columns, console=console, transient=True)
    progress.add_task(what, total=None)
    return progress


def _plain(cell: str) -> Any:
    from rich.text import Text

    return Text(cell)


def _readable(cell: Cell, labels: Mapping[str, str]) -> str:
    from openness.table import to_text

    return to_text(cell, labels)


def json_lines(answer: Solutions) -> Iterable[str]:
    """Yield one JSON object per row: IRIs and text as strings, numbers and truth values as such."""
    from openness.table import Thing, to_text, to_value

    def plain(cell: Cell) -> Any:
        value = to_value(cell, {})
        if isinstance(value, Thing):
            return value.iri
        if isinstance(value, float) and not math.isfinite(value):
            return to_text(cell, {})
        return value if isinstance(value, bool | int | float | None) else str(value)

    for row in answer.rows:
        cells = dict(zip(answer.variables, map(plain, row), strict=True))
        yield json.dumps(cells, ensure_ascii=False) + "\n"


def _write_w3c(state: State, text: str, name: str, values: Mapping[str, Bindable] | None) -> None:
    from openness.engine.results import FORMATS

    start, tail = b"", b""
    for chunk in state.graph.engine.serialize(text, FORMATS[name], values):
        write(chunk)
        start = start or chunk
        tail = (tail + chunk)[-100:]
    if not tail.endswith(b"\n"):
        write("\n")
    if query_form(text) == "ASK":
        if b"false" in tail:
            raise typer.Exit(1)
    elif _has_no_rows(name, start, tail):
        state.note("no rows")


def _has_no_rows(name: str, start: bytes, tail: bytes) -> bool:
    """Tell whether a table in a W3C format, of which the beginning and end are given, is empty."""
    if name in ("csv", "tsv"):
        return start.count(b"\n") == 1 and start.endswith(tail)
    return b'"bindings":[]' in tail or b"<results></results>" in tail


def _write_triples(
    state: State, text: str, name: str, values: Mapping[str, Bindable] | None
) -> None:
    from pyoxigraph import DefaultGraph, Quad

    from openness.export import serialize_quads

    answer = state.graph.engine.query(text, values)
    assert isinstance(answer, list)
    if not answer:
        state.note("no triples")
    quads = {Quad(t.subject, t.predicate, t.object, DefaultGraph()) for t in answer}
    write(serialize_quads(sorted(quads, key=str), name))
