"""`openness disagree`: where assessors, or the sources of facts, differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output
from openness.cli.show import complete_thing
from openness.cli.state import State, state_of
from openness.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    from openness.differences import Difference
    from openness.disagree import Statement
    from openness.table import Thing

FORMATS: Final = ("table", "md", "csv", "tsv", "json", "jsonl")
_SHOWN: Final = (
    *("aspect", "subject", "assessor", "says", "outcome", "compared", "criterion"),
    *("date", "evidence", "source"),
)
_TITLES: Final = (*_SHOWN, "match", "assertion")
_FACTS: Final = ("thing", "fact", "value", "source")
_RANKING: Final = ("model", "conflicts", "compared", "assessors")


def disagree(
    context: typer.Context,
    thing: Annotated[
        str | None,
        typer.Argument(
            help="A model or family, or any thing, as an IRI, a CURIE, an id or a label; "
            "without it, all.",
            autocompletion=complete_thing,
        ),
    ] = None,
    facts: Annotated[
        bool,
        typer.Option("--facts", help="Only facts on which sources differ, as when it was founded."),
    ] = False,
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default on a terminal), csv (default in a pipe), tsv, md, jsonl, "
            "json (a document).",
            *FORMATS,
        ),
    ] = None,
) -> None:
    """Show what each assessor says of a model, aspect by aspect, and where they conflict.

    A conflict is on the same subject: a verdict on a version is none on its family. Without a
    model: the models that two have assessed, those with most conflicts first.

    Of any thing: the facts that have one value, as a founding date, a web site or a number of
    parameters, and on which sources differ. A year and a day in it are no difference.

    Examples:
        openness disagree

        openness disagree llama-2

        openness disagree bloom -f json

        openness disagree meta --facts
    """
    state = state_of(context)
    name = output.choose(wanted, FORMATS, "table", "csv")
    if thing is None:
        if facts:
            _write_facts(state, None, name)
        else:
            _write_ranking(state, name)
        return
    found = _find(state, thing)
    if facts or not found.id.startswith("model:"):
        _write_facts(state, found, name)
    else:
        _write_statements(state, found, name)


def _find(state: State, text: str) -> Thing:
    """Return the model that a text means, or else the thing of any kind."""
    try:
        return state.graph.find(text, "model")
    except (NotFoundError, UsageError):
        return state.graph.find(text)


def _write_statements(state: State, model: Thing, name: str) -> None:
    from openness import differences
    from openness import disagree as feature

    found = feature.statements(state.graph, model)
    differing = differences.differing(state.graph, model)
    if name == "json":
        document = feature.document(model, found) | {"facts": differences.document(differing)}
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("table", "md"):
        _write_heading(model, name)
        if found:
            output.write_rows(_SHOWN, _shown(found), name, state.color)
        if differing:
            output.write("\n")
            output.write_rows(_FACTS, _fact_rows(differing, is_shown=True), name, state.color)
    else:
        output.write_cells(_TITLES, [_row(one) for one in found], name)
    state.note(_summary(found))
    if differing:
        state.note(_differing(differing) + ("" if name in ("table", "md", "json") else ": --facts"))


def _write_heading(thing: Thing, name: str) -> None:
    heading = f"{thing.label} ({thing.id})"
    output.write(f"## {heading}\n\n" if name == "md" else f"{heading}\n")


def _write_facts(state: State, thing: Thing | None, name: str) -> None:
    """Write a row for each value of each fact on which sources differ."""
    from openness import differences

    found = differences.differing(state.graph, thing)
    if name == "json":
        about = thing.to_dict() if thing else {}
        document = about | {"facts": differences.document(found)}
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    elif name in ("table", "md"):
        if thing is not None:
            _write_heading(thing, name)
        if found:
            output.write_rows(_FACTS, _fact_rows(found, is_shown=True), name, state.color)
    else:
        output.write_cells(_FACTS, _fact_rows(found, is_shown=False), name)
    state.note(_differing(found))


def _fact_rows(found: list[Difference], is_shown: bool) -> list[list[str]]:
    """Return a row per value: for people by labels, each fact named once, else in whole terms."""
    rows = []
    for one in found:
        for number, value in enumerate(one.values):
            if is_shown:
                first = (one.thing.label, one.what) if number == 0 else ("", "")
                sources = "; ".join(source.label for source in value.sources)
                rows.append([*first, value.text, sources])
            else:
                sources = " ".join(source.iri for source in value.sources)
                rows.append([one.thing.iri, one.property.iri, value.value.value, sources])
    return rows


def _differing(found: list[Difference]) -> str:
    count = len(found)
    if not count:
        return "no facts on which sources differ"
    return f"{count} {'fact' if count == 1 else 'facts'} on which sources differ"


def _row(one: Statement) -> list[str]:
    """Return the cells of a statement in whole terms."""
    return [
        *(one.aspect.iri if one.aspect else "", one.subject.iri, one.assessor.iri, one.word),
        *(one.outcome.iri, one.status, one.criterion.iri),
        *(" ".join(one.dates), " ".join(one.evidence), one.source.iri),
        *(one.match, one.assertion.iri),
    ]


def _shown(found: list[Statement]) -> list[list[str]]:
    """Return the rows for people; what an assessor says time and again is said once, counted.

    An index that judges many systems made of one base model repeats its verdict on the model.
    """
    groups: dict[tuple[object, ...], list[Statement]] = {}
    for one in found:
        key = (one.aspect, one.subject, one.assessor, one.criterion, one.word, one.status)
        groups.setdefault((*key, one.outcome, one.source), []).append(one)
    rows, last = [], ""
    for one, *more in groups.values():
        dates = sorted({date for same in (one, *more) for date in same.dates})
        evidence = dict.fromkeys(link for same in (one, *more) for link in same.evidence)
        aspect = one.aspect.label if one.aspect else "–"
        rows.append(
            [
                *("" if aspect == last else aspect, one.subject.label, one.assessor.label),
                f"{one.word} (in {len(more) + 1} records)" if more else one.word,
                *(one.outcome.label, one.status, one.criterion.label),
                *(", ".join(dates), "\n".join(evidence), one.source.label),
            ]
        )
        last = aspect
    return rows


def _summary(found: list[Statement]) -> str:
    """Say in one line how many assessed the model, and how often they conflict."""
    from openness import disagree as feature

    who = [thing.label for thing in feature.assessors(found)]
    if not who:
        return "nobody in the graph has assessed it"
    if len(who) == 1:
        return f"no second assessor: only {who[0]} has assessed it"
    conflicts, compared = feature.counts(found)
    if not compared:
        return f"no two of {', '.join(who)} have judged the same aspect of the same subject"
    noun = "conflict" if conflicts == 1 else "conflicts"
    return f"{conflicts} {noun} in {compared} compared; assessors: {', '.join(who)}"


def _write_ranking(state: State, name: str) -> None:
    from openness import disagree as feature

    ranks = feature.ranking(state.graph)
    if name == "json":
        document = feature.ranking_document(ranks)
        output.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
    else:
        shown = name in ("table", "md")
        rows = [
            [
                r.model.label if shown else r.model.iri,
                str(r.conflicts),
                str(r.compared),
                "; ".join(a.label if shown else a.iri for a in r.assessors),
            ]
            for r in ranks
        ]
        if shown:
            output.write_rows(_RANKING, rows, name, state.color)
        else:
            output.write_cells(_RANKING, rows, name)
    if not ranks:
        state.note("no model has two assessors")
