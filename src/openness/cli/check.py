"""`openness check`: shapes and check queries in one report."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output
from openness.cli.state import State, state_of

if TYPE_CHECKING:
    from openness.check import Finding

FORMATS: Final = ("table", "md", "csv", "tsv", "json", "jsonl")


def check(
    context: typer.Context,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit with 1 on findings of this severity or worse: error, warning, info, never.",
            autocompletion=output.completion("error", "warning", "info", "never"),
        ),
    ] = "error",
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
    severities = (*feature.SEVERITIES, "never")
    threshold = output.choose(fail_on, severities, "error", "error", "--fail-on")
    with _progress(state) as progress:
        findings = feature.run(state.graph, progress, texts)
    write_findings(state, findings, name)
    counts = Counter(finding.severity for finding in findings)
    state.note(", ".join(f"{counts[severity]} {severity}" for severity in feature.SEVERITIES))
    grave = severities[: severities.index(threshold) + 1]
    if threshold != "never" and any(counts[severity] for severity in grave):
        raise typer.Exit(1)


@contextmanager
def _progress(state: State) -> Iterator[Callable[[str], None]]:
    """Give what tells a person on a terminal which check is running; at last, clear the line."""
    if state.quiet or not sys.stderr.isatty():
        yield lambda name: None
        return

    def say(text: str) -> None:
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    try:
        yield lambda name: say(f"checking {name}")
    finally:
        say("")


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
