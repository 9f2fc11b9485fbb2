"""`openness compare`: models side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output
from openness.cli.show import complete_thing
from openness.cli.state import state_of
from openness.errors import UsageError

if TYPE_CHECKING:
    from openness.compare import Entry, Row
    from openness.table import Thing

FORMATS: Final = ("table", "md", "csv", "tsv", "json", "jsonl")


def compare(
    context: typer.Context,
    model: Annotated[
        list[str],
        typer.Argument(
            help="Two or more models: IRIs, CURIEs, ids or labels.", autocompletion=complete_thing
        ),
    ],
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default on a terminal), csv (default in a pipe), tsv, md, jsonl, "
            "json (a document).",
            *FORMATS,
        ),
    ] = None,
) -> None:
    """Set models side by side: licence, clauses that fail a criterion, verdicts and scores.

    An answer that is not on the model itself, but on one of its versions or its licence, names it.

    Examples:
        openness compare llama-2 falcon-40b

        openness compare llama-2 falcon-40b pythia -f md
    """
    from openness import compare as feature

    state = state_of(context)
    name = output.choose(wanted, FORMATS, "table", "csv")
    models = list(dict.fromkeys(state.graph.find(text, "model") for text in model))
    if len(models) < 2:
        raise UsageError("Give two or more models to compare.")
    found = feature.rows(state.graph, models)
    if name == "json":
        document = feature.document(models, found)
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    shown = name in ("table", "md")
    titles = ["", "", *(m.label for m in models)] if shown else _columns(models)
    rows = [_row(row, models, "\n" if shown else "; ") for row in found]
    if shown:
        groups = ["", *(row[0] for row in rows)]
        for last, row in zip(groups, rows, strict=False):
            row[0] = "" if row[0] == last else row[0]
        output.write_rows(titles, rows, name, state.color)
    else:
        output.write_cells(titles, rows, name)


def _columns(models: list[Thing]) -> list[str]:
    return ["group", "item", *(model.id for model in models)]


def _row(row: Row, models: list[Thing], between: str) -> list[str]:
    """Return the cells of a row as text."""
    cells = zip(row.cells, models, strict=True)
    return [row.group, row.item, *(between.join(_texts(cell, own)) for cell, own in cells)]


def _texts(cell: tuple[Entry, ...], model: Thing) -> list[str]:
    """Return the answers of a cell, each with its subject where that is not the model itself.

    What is the same for several subjects is said once.
    """
    subjects: dict[str, list[str]] = {}
    for entry in cell:
        subjects.setdefault(str(entry), []).append(
            "" if entry.subject == model else entry.subject.label
        )
    return [
        text if "" in labels else f"{text} ({', '.join(dict.fromkeys(labels))})"
        for text, labels in subjects.items()
    ]
