"""`openness import`: an upstream data set into the graph."""

from __future__ import annotations

import csv
import datetime
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openness.cli import output, progress
from openness.cli.state import State, state_of
from openness.errors import UsageError

if TYPE_CHECKING:
    from openness.importers.job import Report


def complete_source(incomplete: str) -> list[str]:
    """Return the sources that begin with what has been typed."""
    from openness.importers.registry import MODULES

    return [name for name in sorted(MODULES) if name.startswith(incomplete)]


def import_source(
    context: typer.Context,
    source: Annotated[
        str | None,
        typer.Argument(
            help="The source; without one, they are listed.", autocompletion=complete_source
        ),
    ] = None,
    path: Annotated[
        Path | None, typer.Argument(help="Its folder, in the upstream layout; spdx needs none.")
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="Write the file into this folder; default: your workspace."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(help="Write a line per skipped or unresolved record to this CSV file."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first record that cannot be read.")
    ] = False,
    version: Annotated[
        str | None, typer.Option(help="The upstream version; default: as SOURCE.txt says.")
    ] = None,
    retrieved: Annotated[
        str | None, typer.Option(help="The day the upstream data were fetched; default: today.")
    ] = None,
) -> None:
    """Import an upstream data set; without arguments, list the sources.

    An import is all or nothing: on an error what was there before stays. It replaces the version
    of the same source that ships.

    Examples:
        openness import

        openness import fmti path/to/fmti --report fmti.csv
    """
    state = state_of(context)
    if source is None:
        _list(state)
        return
    from openness.graph import workspace
    from openness.importers import registry

    module = registry.module_of(source)
    if path is None and source != "spdx":
        raise UsageError(f"Where is it? openness import {source} PATH")
    folder = to or workspace(state.data) / "sources"
    if to is not None and not module.SOURCE.ships and to.name == "sources":
        raise UsageError(f"{source} states no licence: its facts may not ship.")
    with progress.bar(state, source) as told:
        found = registry.run(
            source,
            path or Path(),
            folder,
            _day(retrieved),
            strict=strict,
            version=version,
            progress=told,
        )
    if report is not None:
        _write_report(report, found)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(found.counts.items()))
    state.note(f"{source}: {counts}; {folder / source}.trig")


def _day(text: str | None) -> str:
    if text is None:
        return datetime.date.today().isoformat()
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise UsageError(f"--retrieved takes a date such as 2026-11-23, not “{text}”.") from None


def _list(state: State) -> None:
    """Write the sources with licence, version and the number of statements in this graph."""
    from openness.importers import registry
    from openness.table import to_text

    found = state.graph.engine.query(
        """SELECT ?g ?version (COUNT(*) AS ?n) WHERE {
          GRAPH ?g { ?s ?p ?o } OPTIONAL { ?g schema:version ?version }
        } GROUP BY ?g ?version"""
    )
    known = {to_text(g, {}): (to_text(v, {}), to_text(n, {})) for g, v, n in found.rows}  # type: ignore[union-attr]
    rows = []
    for source in registry.sources():
        compact = f"graph:{source.name}"
        there, statements = known.get(compact, ("", "0"))
        licence = source.licence or "none stated"
        rows.append((source.name, source.title, licence, there[:12], statements))
    titles = ("source", "title", "data licence", "version", "statements")
    output.write_rows(titles, rows, "table", state.color)


def _write_report(path: Path, report: Report) -> None:
    from openness.files import write_atomically

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("what", "record", "reason"))
    writer.writerows(report.lines)
    write_atomically(path, text.getvalue().encode())
