"""`openness export`: the graph, one source or one thing as an RDF file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from openness.cli import output
from openness.cli.show import complete_thing
from openness.cli.state import State, state_of
from openness.errors import NotFoundError, UsageError, did_you_mean
from openness.terms import GRAPH, expand, slug


def complete_source(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the ids of the named graphs that begin with what has been typed."""
    words = sorted(map(slug, state_of(ctx).graph.named_graphs()))
    return [word for word in words if word.startswith(incomplete)]


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
        str | None,
        typer.Option(
            "--source",
            help="Only this named graph, as graph:article.",
            autocompletion=complete_source,
        ),
    ] = None,
    wanted: Annotated[
        str | None,
        output.format_option(
            f"{', '.join(output.GRAPHS)}; for stdout trig is the default.", *output.GRAPHS
        ),
    ] = None,
    description: Annotated[
        bool,
        typer.Option(
            "--description", help="A description of the whole graph (VoID and DCAT) in its place."
        ),
    ] = False,
    dump_url: Annotated[
        list[str] | None,
        typer.Option(
            help="For the description: where the whole graph can be fetched as a file. Repeatable."
        ),
    ] = None,
) -> None:
    """Write the graph, one named graph or one thing in an RDF syntax, or what describes the graph.

    trig, nq and jsonld keep the named graphs; ttl, nt and rdfxml hold their merge. One thing as
    jsonld is a document for web pages: with labels, in the words of schema.org, its sources listed.

    Examples:
        openness export -o openness.trig

        openness export --source article -o article.ttl

        openness export llama-2 -f jsonld

        openness export --description -o openness.void.ttl
    """
    from openness import export as feature

    state = state_of(context)
    path = None if to is None or str(to) == "-" else to
    if description and (thing or source):
        raise UsageError("--description is of the whole graph: leave out the thing and --source.")
    if dump_url and not description:
        raise UsageError("--dump-url is a part of what --description writes.")
    if wanted is None and path is not None:
        syntax = feature.syntax_of(path)
    else:
        usual = "ttl" if description else "trig"
        syntax = output.choose(wanted, output.GRAPHS, usual, usual)
    if description:
        return _write(
            state, path, *feature.serialize_description(state.graph, dump_url or (), syntax)
        )
    graph = None if source is None else named_graph(state, source)
    about = None if thing is None else state.graph.find(thing).iri
    quads = feature.collect(state.graph, graph, about)
    if about is not None and source is None and syntax == "jsonld":
        content = feature.serialize_thing(state.graph, about, quads)
    else:
        content = feature.serialize_quads(quads, syntax)
    _write(state, path, len(quads), content)


def _write(state: State, path: Path | None, statements: int, content: bytes) -> None:
    from openness.files import write_atomically

    if path is None:
        return output.write(content)
    write_atomically(path, content)
    state.note(f"{statements:,} statements to {path}")


def named_graph(state: State, source: str) -> str:
    """Return the IRI of the named graph that a person means."""
    named = state.graph.named_graphs()
    iri = expand(source) or GRAPH + source
    if iri not in named:
        hint = did_you_mean(source.rpartition(":")[2], sorted(map(slug, named)))
        raise NotFoundError(f"There is no source “{source}” in the graph.{hint}")
    return iri
