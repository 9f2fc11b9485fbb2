"""`openness path`: the shortest chains of relations between two things, listed or drawn."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from openness.cli import draw, output
from openness.cli.show import complete_thing
from openness.cli.state import State, state_of

if TYPE_CHECKING:
    from openness.path import Paths


def path(
    context: typer.Context,
    start: Annotated[
        str, typer.Argument(help="Where the chains begin.", autocompletion=complete_thing)
    ],
    end: Annotated[str, typer.Argument(help="Where they end.", autocompletion=complete_thing)],
    everything: Annotated[
        bool, typer.Option("--all", help="All of the shortest chains, not only the first 10.")
    ] = False,
    max_length: Annotated[
        int, typer.Option(min=1, help="How many relations a chain may have.")
    ] = 6,
    avoid: Annotated[
        list[str] | None,
        typer.Option(help="A thing, relation, kind or source to go around. Repeatable."),
    ] = None,
    through: Annotated[
        list[str] | None,
        typer.Option(help="Go through what is left out otherwise, as assertion. Repeatable."),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option("--output", "-o", metavar="FILE", help="Draw it, as `openness draw` does."),
    ] = None,
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default), json (a document), md, jsonl, csv, tsv or xml (rows); with -o: "
            "what is drawn.",
            *output.TABLES,
        ),
    ] = None,
    style: Annotated[Path | None, typer.Option(help="With -o: YAML of looks.")] = None,
    layout: Annotated[str | None, typer.Option(help="With -o: how it is laid out.")] = None,
    theme: Annotated[str, typer.Option(help="With -o: light or dark.")] = "light",
) -> None:
    """List or draw the shortest chains of relations between two things.

    Relations are walked both ways; a membership is one step. Exit code 1: there is no chain.

    Examples:
        openness path meta mlcommons

        openness path joelle-pineau eleutherai --avoid meta --all

        openness path meta openai --avoid "member of" -o path.svg
    """
    from openness import path as feature

    state = state_of(context)
    formats = draw.formats_of(to, wanted) if to else {}
    name = "" if to else output.choose(wanted, output.TABLES, "table", "table")
    shown = None if everything else feature.SHOWN
    wish = feature.Wish(max_length, tuple(avoid or ()), tuple(through or ()), shown)
    with output.working(state, "looking for chains"):
        found = feature.between(state.graph, start, end, wish)
    if found.chains and formats:
        looks: dict[str, Any] = {"style": style, "layout": layout, "theme": theme}
        draw.write_drawing(feature.drawing(state.graph, found), formats, **looks)
    elif name:
        _list(state, found, name)
    _note(state, found)


def _note(state: State, found: Paths) -> None:
    """Say what is not shown; if there is no chain at all, end with exit code 1."""
    if found.total > len(found.chains):
        state.note(f"{len(found.chains)} of {found.total:,} shortest chains; --all shows them all")
    if not found.chains:
        length = f"at most {found.wish.max_length} relation{'s' * (found.wish.max_length > 1)}"
        ends = f"{found.start.label} ({found.start.id}) and {found.end.label} ({found.end.id})"
        state.note(f"no chain of {length} between {ends}; see --max-length and --through")
        raise typer.Exit(1)


def _list(state: State, found: Paths, name: str) -> None:
    from openness import path as feature

    if name == "json":
        document = feature.document(found)
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("table", "md"):
        if found.chains:
            _write_chains(state, found, name)
    else:
        output.write_solutions(state, feature.solutions(found), name)


def _write_chains(state: State, found: Paths, name: str) -> None:
    """Write the chains, each thing, relation and source by its label."""
    from openness.path import name_of
    from openness.terms import compact

    def label(iri: str) -> str:
        return found.labels.get(iri) or compact(iri)

    rows = []
    for number, chain in enumerate(found.chains, 1):
        for place, step in enumerate(chain):
            for index, relation in enumerate(step.relations):
                word = name_of(relation, found.labels)
                rows.append(
                    (
                        str(number) if not place and not index else "",
                        "" if index else label(step.here),
                        f"{word} →" if relation.forward else f"← {word}",
                        "" if index else label(step.there),
                        "; ".join(map(label, relation.sources)),
                    )
                )
    ends = [f"{end.label} ({end.id})" for end in (found.start, found.end)]
    heading = f"From {ends[0]} to {ends[1]}: {_counted(found)}"
    output.write(f"## {heading}\n\n" if name == "md" else f"{heading}\n")
    output.write_rows(("chain", "thing", "relation", "next", "source"), rows, name, state.color)


def _counted(found: Paths) -> str:
    chains = f"{found.total:,} shortest chain{'s' * (found.total > 1)}"
    return f"{chains} of {found.length} relation{'s' * (found.length > 1)}"
