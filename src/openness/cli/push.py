"""`openness push`: the graph into a remote SPARQL engine."""

from __future__ import annotations

from typing import Annotated

import typer

from openness.cli import output, progress
from openness.cli.export import complete_source, named_graph
from openness.cli.state import State, state_of
from openness.errors import UsageError


def push(
    context: typer.Context,
    to: Annotated[str, typer.Option("--to", help="The SPARQL endpoint of the other engine.")],
    graph_store: Annotated[
        str | None,
        typer.Option(
            "--graph-store",
            help="Its Graph Store Protocol address, if the endpoint's address does not tell.",
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            help="Push only this named graph, as graph:article.",
            autocompletion=complete_source,
        ),
    ] = None,
    prune: Annotated[
        bool,
        typer.Option(
            "--prune",
            help="Also remove there what is ours by its name, graph:…, and is here no longer.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show the graphs and their sizes, and write and remove nothing."
        ),
    ] = False,
) -> None:
    """Load the graph into a remote SPARQL engine, graph by graph, and verify the counts.

    Every graph is replaced whole: what an interruption leaves is old or new, and pushing again goes
    on. Graphs of others stay as they are. A login is taken from OPENNESS_ENDPOINT_USER and
    OPENNESS_ENDPOINT_PASSWORD, or from your keyring. Exit code 1: the counts differ.

    Examples:
        openness push --to http://localhost:7878/query --dry-run

        openness push --to http://localhost:8890/sparql --source article --dry-run

        openness push --to http://localhost:7878/query --prune --dry-run
    """
    from openness import push as feature

    state = state_of(context)
    store = graph_store or feature.store_of(to)
    if source is not None and prune:
        raise UsageError("--prune goes with all that is pushed: leave --source out.")
    only = None if source is None else named_graph(state, source)
    if dry_run:
        return _show(state, to, only, prune)
    with progress.bar(state, "pushing") as bar:

        def told(name: str, done: int, total: int) -> None:
            bar(done, total, name)

        found = feature.push(state.graph, to, store, only, told, prune)
    differ = [one for one in found if one.here != one.there]
    if differ:
        rows = [(one.graph or "default graph", str(one.here), str(one.there)) for one in differ]
        output.write_rows(("graph", "here", "there"), rows, "table", state.color)
        raise typer.Exit(1)
    removed = sum(one.is_removed for one in found)
    total = sum(one.here for one in found)
    state.note(f"{len(found) - removed} graphs, {total:,} statements, are in {to} as they are here")
    if prune:
        state.note(f"graphs that are here no longer, and were removed there: {removed}")


def _show(state: State, to: str, only: str | None, prune: bool) -> None:
    """Write what would be pushed and, if that is asked for, what would be removed there."""
    from openness import push as feature

    sizes = feature.counts(state.graph.engine)
    shown = [(n or "default graph", str(c)) for n, c in sizes.items() if only in (None, n)]
    if not prune:
        return output.write_rows(("graph", "statements"), sorted(shown), "table", state.color)
    gone = feature.outdated(state.graph, to)
    rows = [(*row, "put there") for row in sorted(shown)]
    rows += [(name, str(count), "removed there") for name, count in gone.items()]
    output.write_rows(("graph", "statements", "is"), rows, "table", state.color)
