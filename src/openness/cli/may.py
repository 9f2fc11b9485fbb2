"""`openness may`: whether the terms of a model or licence allow an act, with the clauses."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from openness.cli import output, terms_options
from openness.cli.state import State, state_of
from openness.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from openness.clauses import Clause
    from openness.may import Question, Reason, Ruling

_FORMATS: Final = ("table", "md", "json", "csv", "tsv", "jsonl")
_EXIT_CODES: Final = {"yes": 0, "no": 1, "only if": 5, "unknown": 6}
_COLUMNS: Final = ("subject", "answer", "role", "place", "clause", "says", "model", "source")
_ACTIONS: Final = (
    "use",
    "use-commercially",
    "redistribute",
    "modify",
    "fine-tune",
    "train-other-model",
    "generate-training-data",
    "host-as-a-service",
    "rename-derivative",
)
_TARGETS: Final = ("language-model", "other")


def _complete_field(ctx: typer.Context, incomplete: str) -> list[str]:
    from openness import lookup
    from openness.terms import slug

    found = map(slug, lookup.things(state_of(ctx).graph.engine, "purpose"))
    return [word for word in found if word.startswith(incomplete)]


def may(
    context: typer.Context,
    action: Annotated[
        str | None,
        typer.Argument(
            help=f"One of {', '.join(_ACTIONS)}.",
            autocompletion=output.completion(*_ACTIONS),
            show_default=False,
        ),
    ] = None,
    thing: Annotated[
        str | None,
        typer.Argument(
            metavar="MODEL-OR-LICENCE",
            help="A model, or a licence by its id, SPDX or ScanCode id.",
            autocompletion=terms_options.complete_terms,
            show_default=False,
        ),
    ] = None,
    users: Annotated[int | None, typer.Option(min=0, help="Your monthly active users.")] = None,
    revenue: Annotated[int | None, typer.Option(min=0, help="Your US dollars a year.")] = None,
    country: Annotated[
        str | None,
        typer.Option("--in", metavar="COUNTRY", help="Your domicile, as a two-letter ISO code."),
    ] = None,
    field: Annotated[
        str | None,
        typer.Option(
            help="What it is for: a purpose of the graph.", autocompletion=_complete_field
        ),
    ] = None,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="As of a day, such as 2023-07-18.")
    ] = None,
    target_kind: Annotated[
        str,
        typer.Option(
            help=f"What other model is trained: {', '.join(_TARGETS)}.",
            autocompletion=output.completion(*_TARGETS),
        ),
    ] = _TARGETS[0],
    matrix: Annotated[
        bool, typer.Option("--matrix", help="All acts for all licences that have been read.")
    ] = False,
    texts: Annotated[Path | None, terms_options.texts_option()] = None,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the matrix into a file.")
    ] = None,
    wanted: Annotated[
        str | None, output.format_option("table (default), md, json, csv, tsv, jsonl.", *_FORMATS)
    ] = None,
) -> None:
    """Tell whether the terms of a model, or a licence, allow an act: yes, no, only if, unknown.

    The exit code is 0 for yes, 1 for no, 5 for only if, 6 for unknown. A fact that a clause asks
    for and the question does not state makes it only if; a restriction on purposes stands among the
    limits unless --field names a restricted one. Terms of models that it was made from count too.

    Examples:
        openness may use-commercially llama-2 --users 5000000

        openness may redistribute apache-2.0

        openness may --matrix -f md
    """
    from openness import may as feature

    state = state_of(context)
    name = output.choose(wanted, _FORMATS, "table", "table")
    if matrix:
        if action or thing:
            raise UsageError("--matrix is about all acts and licences; leave out the others.")
        return _write_matrix(state, name, to)
    if not action or not thing:
        raise UsageError("may takes an act and a model or licence: openness may use llama-2.")
    if to:
        raise UsageError("-o draws the --matrix; an answer goes to stdout.")
    question = feature.Question(
        _choice("ACTION", action, _ACTIONS),
        users,
        revenue,
        _country(country),
        state.graph.find(field, "purpose").iri if field else None,
        _choice("--target-kind", target_kind, _TARGETS),
        _date(at),
    )
    found = feature.rulings(state.graph, question, terms_options.find(state, thing))
    _write(state, question, found, name, terms_options.quoting(state, texts))
    raise typer.Exit(_EXIT_CODES[feature.overall(found)])


def _choice(option: str, text: str, known: Sequence[str]) -> str:
    if text.lower() not in known:
        hint = did_you_mean(text, list(known))
        raise UsageError(f"{option} takes {', '.join(known)}, not “{text}”.{hint}")
    return text.lower()


def _country(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[A-Za-z]{2}", text):
        raise UsageError(f"--in takes a two-letter ISO code such as DE, not “{text}”.")
    return text.upper() if text else None


def _date(text: str | None) -> datetime.date | None:
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--at takes a date such as 2023-07-18, not “{text}”.") from None


def _clauses(found: Sequence[Ruling]) -> list[Clause]:
    groups = ((*r.decided_by, *r.duties, *r.limits) for r in found)
    return [reason.clause for group in groups for reason in group]


def _write(
    state: State,
    question: Question,
    found: Sequence[Ruling],
    name: str,
    words: Callable[[Clause], str | None],
) -> None:
    from openness import may as feature

    end = terms_options.closing(state, _clauses(found))
    if name == "json":
        document = feature.document(question, found, words) | {"closing": end}
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("csv", "tsv", "jsonl"):
        rows = [row for ruling in found for row in _rows(ruling)]
        output.write_cells(_COLUMNS, rows, name)
    else:
        if len(found) > 1:
            output.write(f"{feature.overall(found)}: it depends on the version\n\n")
        for ruling in found:
            _write_ruling(state, question, ruling, name, words)
        output.write(terms_options.closing_lines(end))


def _rows(ruling: Ruling) -> list[tuple[str, ...]]:
    """Return a line for each clause, condition and lack; at least one for the answer."""
    subject, answer = ruling.subject.thing.label, ruling.answer
    rows = [(subject, answer, *_row(role, reason)) for role, reason in _reasons(ruling)]
    said = [("missing", text) for text in ruling.missing] + [("note", t) for t in ruling.notes]
    rows += [(subject, answer, role, "", "", text, "", "") for role, text in said]
    return rows or [(subject, answer, "", "", "", "", "", "")]


def _reasons(ruling: Ruling) -> list[tuple[str, Reason]]:
    groups = (("decides", ruling.decided_by), ("duty", ruling.duties), ("limit", ruling.limits))
    return [(role, reason) for role, group in groups for reason in group]


def _row(role: str, reason: Reason) -> tuple[str, ...]:
    clause = reason.clause
    source = clause.source.label if clause.source else ""
    return (role, clause.place, clause.thing.label, reason.says, reason.grant.model.label, source)


def _write_ruling(
    state: State,
    question: Question,
    ruling: Ruling,
    name: str,
    words: Callable[[Clause], str | None],
) -> None:
    heading = f"{question.action}, {ruling.subject.thing.label}: {ruling.answer}"
    output.write(f"## {heading}\n\n" if name == "md" else f"{heading}\n")
    lead = "- " if name == "md" else "  "
    for grant in ruling.subject.grants:
        output.write(f"{lead}{_terms(grant)}\n")
    for title, lines in (("only if", ruling.conditions), ("missing", ruling.missing)):
        output.write("".join(f"{lead}{title}: {line}\n" for line in lines))
    output.write("".join(f"{lead}note: {line}\n" for line in ruling.notes))
    if name == "md":
        output.write("\n")
    rows: list[Sequence[str]] = []
    for role, reason in _reasons(ruling):
        rows.append(_row(role, reason))
        quoted = words(reason.clause)
        if quoted is not None:
            rows.append(("", "", f"“{' '.join(quoted.split())}”", "", "", ""))
    if rows:
        output.write_rows(_COLUMNS[2:], rows, name, state.color)


def _terms(grant: Any) -> str:
    """Return one line about whose terms count, and by which steps of the lineage."""
    licences = " or ".join(option.licence.label for option in grant.options) or "no licence known"
    chain = " → ".join(f"{step.relation.label} {step.base.label}" for step in grant.chain)
    if chain:
        return f"inherited ({chain}): {licences}"
    return f"terms: {licences}" if grant.options and grant.options[0].sources else licences


def _write_matrix(state: State, name: str, to: Path | None) -> None:
    from openness import matrix as feature

    found = feature.matrix(state.graph)
    if to is not None:
        from openness import draw

        draw.write(feature.picture(found), to)
    elif name == "json":
        output.write(json.dumps(feature.document(found), ensure_ascii=False, indent=2) + "\n")
    else:
        rows = [
            [licence.label, *(found.answers[licence, action] for action in found.actions)]
            for licence in found.licences
        ]
        titles = ["licence", *found.actions]
        if name in ("table", "md"):
            output.write_rows(titles, rows, name, state.color)
        else:
            output.write_cells(titles, rows, name)
