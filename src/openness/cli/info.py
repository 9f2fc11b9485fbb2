"""`openness info`: version, engine and sources."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from openness.cli import output
from openness.cli.state import state_of


def info(
    context: typer.Context,
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default), json (a document), md, jsonl, csv, tsv or xml (the sources).",
            *output.TABLES,
        ),
    ] = None,
) -> None:
    """Show version, engine, counts per source and the licence of each source.

    Examples:
        openness info

        openness info -f json
    """
    from openness import info as feature

    state = state_of(context)
    name = output.choose(wanted, output.TABLES, "table", "table")
    if name == "json":
        document = feature.document(state.graph)
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    if name in ("table", "md"):
        lines = [f"{key}: {value}" for key, value in feature.summary(state.graph).items()]
        output.write("".join(f"{line}\n" for line in lines) + "\n")
    output.write_query(state, feature.SOURCES, name)
