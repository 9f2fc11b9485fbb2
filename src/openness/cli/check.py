"""`openness check`: shapes and check queries in one report."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output, progress
from openness.cli.state import State, state_of

if TYPE_CHECKING:
    from openness.check import Finding

FORMATS: Final = ("table", "md", "csv", "tsv", "json", "jsonl")
_THRESHOLDS: Final = ("error", "warning", "info", "never")
FailOn = Annotated[
    str,
    typer.Option(
        help=f"Exit with 1 on findings of this severity or worse: {', '.join(_THRESHOLDS)}.",
        autocompletion=output.completion(*_THRESHOLDS),
    ),
]
"""From which severity on findings are a failure."""


def check(
    context: typer.Context,
    fail_on: FailOn = "error",
    texts: Annotated[
        Path | None,
        typer.Option(help="A folder of licence texts: each must be as it was when it was read."),
    ] = None,
    wanted: Annotated[
        str | None,
        output.format_option(f"{', '.join(FORMATS)}; default: table.", *FORMATS),
    ] = None,
) -> None:
    """Run the SHACL shapes and the check queries over the graph.

    Each finding names its check, what it is about, the problem and the solution.

    Examples:
        openness check

        openness --graph mine.trig check --fail-on warning -f csv

        openness check --texts path/to/texts
    """
    from openness import check as feature

    state = state_of(context)
    name = output.choose(wanted, FORMATS, "table", "table")
    threshold = chosen_threshold(fail_on)
    with progress.line(state) as say:
        findings = feature.run(state.graph, lambda one: say(f"checking {one}"), texts)
    write_findings(state, findings, name)
    state.note(counted(findings))
    fail(findings, threshold)


def chosen_threshold(fail_on: str) -> str:
    """Return the severity from which on findings are a failure, or `never`.

    Raises:
        UsageError: if it is none.
    """
    return output.choose(fail_on, _THRESHOLDS, "error", "error", "--fail-on")


def counted(findings: Iterable[Finding]) -> str:
    """Return how many findings there are of each severity, in words."""
    counts = Counter(finding.severity for finding in findings)
    return ", ".join(f"{counts[one]} {one}" for one in _THRESHOLDS[:-1])


def fail(findings: Iterable[Finding], threshold: str) -> None:
    """End with 1 if a finding is as grave as the threshold."""
    grave = _THRESHOLDS[: _THRESHOLDS.index(threshold) + 1]
    if threshold != "never" and any(finding.severity in grave for finding in findings):
        raise typer.Exit(1)


def write_findings(state: State, findings: list[Finding], name: str) -> None:
    """Write findings in one of `FORMATS`; none are an empty table."""
    from openness import check as feature

    rows = [dataclasses.asdict(finding) for finding in findings]
    titles = [field.name for field in dataclasses.fields(feature.Finding)]
    if name == "json":
        output.write(json.dumps(rows, ensure_ascii=False, indent=2) + "\n")
    elif name == "jsonl":
        output.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    elif name in ("csv", "tsv"):
        text = io.StringIO()
        delimiter = "," if name == "csv" else "\t"
        writer = csv.DictWriter(text, titles, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
        output.write(text.getvalue())
    elif rows:
        labels = feature.labels_of(state.graph, findings)
        shown = [[labels.get(row[title], row[title]) for title in titles] for row in rows]
        output.write_rows(titles, shown, name, state.color)
