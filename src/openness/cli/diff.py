"""`openness diff`: two versions of the graph, in terms of facts and of verdicts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output
from openness.cli.state import State, state_of
from openness.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from openness.diff import Difference

_FORMATS: Final = ("table", "md", "json", "csv", "tsv", "jsonl")
_COLUMNS: Final = ("change", "subject", "what", "value", "why")


def diff(
    context: typer.Context,
    old: Annotated[Path, typer.Argument(help="The earlier version.")],
    new: Annotated[Path, typer.Argument(help="The later version.")],
    wanted: Annotated[
        str | None, output.format_option("table (default), md, json, csv, tsv, jsonl.", *_FORMATS)
    ] = None,
) -> None:
    """Compare two versions of the graph: facts that came and went, verdicts that changed.

    A version is an RDF file, a folder of them, a checkout, or the wheel of a release; verdicts are
    derived anew for each. Two texts (.txt, .md, .LICENSE) are compared as versions of a licence:
    which clauses rest on words that have changed. The exit code is 1 if anything differs.

    Examples:
        openness diff path/to/old.trig path/to/new.trig

        openness diff path/to/openness-0.1.0.whl . -f json
    """
    from openness import diff as feature

    state = state_of(context)
    name = output.choose(wanted, _FORMATS, "table", "table")
    for path in (old, new):
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {path}.")
    if feature.is_text(old) != feature.is_text(new):
        raise UsageError(f"{old} and {new} cannot be compared: one is a text, the other a graph.")
    if feature.is_text(old):
        moved = feature.text_difference(state.graph, old, new)
        _write(
            state,
            [(m.state, m.clause.label, m.place, "", "; ".join(m.verdicts)) for m in moved],
            name,
        )
        raise typer.Exit(1 if moved else 0)
    found = feature.difference(old, new)
    if name == "json":
        output.write(json.dumps(feature.document(found), ensure_ascii=False, indent=2) + "\n")
    else:
        _write(state, _rows(found), name)
    raise typer.Exit(1 if found else 0)


def _rows(found: Difference) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (
            f"verdict: {v.before or 'none'} → {v.after or 'none'}",
            v.subject.label,
            v.criterion.label,
            "",
            "; ".join(v.because),
        )
        for v in found.verdicts
    ]
    rows += [("removed", f.subject, f.property, f.value, f.source) for f in found.removed]
    rows += [("added", f.subject, f.property, f.value, f.source) for f in found.added]
    return rows


def _write(state: State, rows: list[tuple[str, ...]], name: str) -> None:
    if not rows:
        state.note("no difference")
    if name in ("table", "md"):
        output.write_rows(_COLUMNS, rows, name, state.color)
    elif name == "json":
        lines = [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
        output.write(json.dumps(lines, ensure_ascii=False, indent=2) + "\n")
    else:
        output.write_cells(_COLUMNS, rows, name)
