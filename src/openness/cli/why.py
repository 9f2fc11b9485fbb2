"""`openness why`: the verdict for each criterion of a set, and the proof down to the clause."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output, terms_options
from openness.cli.state import State, state_of

if TYPE_CHECKING:
    from openness.clauses import Clause
    from openness.why import Explanation, Proof, Verdict

_FORMATS: Final = ("table", "md", "json", "csv", "tsv", "jsonl")
_COLUMNS: Final = ("number", "criterion", "verdict", "because", "place", "terms", "source")
_WORDS: Final = {"cantTell": "cannot tell"}


def _complete_criteria(ctx: typer.Context, incomplete: str) -> list[str]:
    from openness import lookup
    from openness.terms import slug

    found = map(slug, lookup.things(state_of(ctx).graph.engine, "criteria"))
    return [word for word in found if word.startswith(incomplete)]


def why(
    context: typer.Context,
    thing: Annotated[
        str,
        typer.Argument(
            metavar="MODEL-OR-LICENCE",
            help="A model, or a licence by its id, SPDX or ScanCode id.",
            autocompletion=terms_options.complete_terms,
        ),
    ],
    criteria: Annotated[
        str, typer.Option(help="The set of criteria.", autocompletion=_complete_criteria)
    ] = "osd",
    texts: Annotated[Path | None, terms_options.texts_option()] = None,
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="Draw the proof into this file.")
    ] = None,
    wanted: Annotated[
        str | None, output.format_option("table (default), md, json, csv, tsv, jsonl.", *_FORMATS)
    ] = None,
) -> None:
    """Explain a verdict: rule, clause, place in the licence, whose terms, source.

    A criterion that no rule can decide from the facts is “cannot tell”. For a criterion that only
    other assessors judge, their published verdicts are given as theirs.

    Examples:
        openness why llama-2 --criteria osd

        openness why falcon-40b --criteria osaid -f json

        openness why llama-2 -o why.svg
    """
    from openness import why as feature

    state = state_of(context)
    name = output.choose(wanted, _FORMATS, "table", "table")
    chosen = state.graph.find(criteria, "criteria")
    found = feature.explanations(state.graph, terms_options.find(state, thing), chosen)
    if to is not None:
        from openness import draw

        return draw.write(feature.picture(chosen, found), to)
    words = terms_options.quoting(state, texts)
    verdicts = [verdict for one in found for verdict in one.verdicts]
    proofs = [proof for verdict in verdicts for proof in verdict.proofs]
    end = terms_options.closing(state, [clause for proof in proofs for clause in proof.clauses])
    if name == "json":
        document = feature.document(chosen, found, words) | {"closing": end}
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("csv", "tsv", "jsonl"):
        rows = [
            (one.subject.thing.label, *row)
            for one in found
            for verdict in one.verdicts
            for row in _rows(verdict, words, repeat=True)
        ]
        output.write_cells(("subject", *_COLUMNS), rows, name)
    else:
        for one in found:
            _write(state, one, name, words)
        output.write(terms_options.closing_lines(end))


def _write(
    state: State, one: Explanation, name: str, words: Callable[[Clause], str | None]
) -> None:
    from openness import lineage

    subject = one.subject
    heading = f"{subject.thing.label} ({subject.thing.id})"
    output.write(f"## {heading}\n\n" if name == "md" else f"{heading}\n")
    output.write("".join(f"{line}\n" for line in lineage.conflict_lines(subject)))
    if subject.cycle:
        circle = " → ".join(model.label for model in subject.cycle)
        output.write(f"the lineage runs in a circle: {circle}\n")
    rows = [row for verdict in one.verdicts for row in _rows(verdict, words)]
    output.write_rows(_COLUMNS, rows, name, state.color)


def _rows(
    verdict: Verdict, words: Callable[[Clause], str | None], repeat: bool = False
) -> list[Sequence[str]]:
    """Return a line for each clause or other ground of a verdict; the verdict stands on the first.

    Args:
        verdict: the verdict.
        words: gives the exact words of a clause, or nothing.
        repeat: whether the verdict stands on every line, for a reader that is a program.
    """
    outcome = _WORDS.get(verdict.outcome, verdict.outcome)
    grounds = [ground for proof in verdict.proofs for ground in _grounds(proof, words)]
    grounds += [
        (f"judged {_WORDS.get(j.outcome, j.outcome)} by {j.assessor.label}", "", "", j.source.label)
        for j in verdict.judgements
    ]
    grounds += [(f"missing: {text}", "", "", "") for text in verdict.missing]
    rows: list[Sequence[str]] = []
    for number, ground in enumerate(grounds or [("", "", "", "")]):
        first = number == 0 or repeat
        lead = (verdict.number, verdict.criterion.label, outcome) if first else ("", "", "")
        rows.append((*lead, *ground))
    return rows


def _grounds(
    proof: Proof, words: Callable[[Clause], str | None]
) -> list[tuple[str, str, str, str]]:
    """Return the rule, then a line for each clause, with its words where the text is at hand."""
    chain = "".join(f" ← {step.base.label}" for step in proof.grant.chain)
    terms = f"{proof.licence.label}{chain}" if proof.licence else ""
    lines = [(f"rule: {proof.rule.label}", "", terms, "")]
    for clause in proof.clauses:
        source = clause.source.label if clause.source else ""
        lines.append((clause.thing.label, clause.place, terms, source))
        quoted = words(clause)
        if quoted is not None:
            lines.append((f"“{' '.join(quoted.split())}”", "", "", ""))
    return lines
