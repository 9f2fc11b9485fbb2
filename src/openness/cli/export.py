"""`openness export`: the graph, one source or one thing as an RDF file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openness.cli import output
from openness.cli.show import complete_thing
from openness.cli.state import state_of
from openness.errors import UsageError


def export(
    context: typer.Context,
    thing: Annotated[
        str | None,
        typer.Argument(help="Only what is said of this thing.", autocompletion=complete_thing),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file; its ending names the syntax. - is stdout."),
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only this named graph, as graph:article.")
    ] = None,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help=f"{', '.join(output.GRAPHS)}; for stdout trig is the default.",
            autocompletion=output.complete_format,
        ),
    ] = None,
) -> None:
    """Write the graph, one named graph or one thing in an RDF syntax.

    trig, nq and jsonld keep the named graphs; ttl, nt and rdfxml hold their merge.

    Examples:
        openness export -o openness.trig

        openness export --source article -o article.ttl

        openness export llama-2 -f jsonld
    """
    from openness import export as feature

    state = state_of(context)
    path = None if to is None or str(to) == "-" else to
    if wanted is None and path is not None:
        syntax = feature.syntax_of(path)
    else:
        syntax = output.choose(wanted, output.GRAPHS, "trig", "trig")
    graph = None
    if source is not None:
        graph = state.graph.find(source if ":" in source else f"graph:{source}").iri
        if graph not in state.graph.named_graphs():
            raise UsageError(f"{source} is not a named graph.")
    about = None if thing is None else state.graph.find(thing).iri
    quads = feature.collect(state.graph, graph, about)
    content = feature.serialize_quads(quads, syntax)
    if path is None:
        output.write(content)
    else:
        feature.write_atomically(path, content)
        state.note(f"{len(quads):,} statements to {path}")
