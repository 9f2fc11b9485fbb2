"""`openness enrich`: facts of external data sets about linked things."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output, progress, sources
from openness.cli.sources import Fresh, Offline, OneThing, cache_of, require_one
from openness.cli.state import State, state_of
from openness.errors import UsageError

if TYPE_CHECKING:
    from openness.enrich import Fact, Outcome
    from openness.net.cache import Cache

_FORMATS: Final = ("table", "md", "csv", "tsv", "jsonl")
_KINDS: Final = ("organization", "person", "model", "licence", "dataset", "software")
_TITLES: Final = ("thing", "fact", "theirs", "ours", "status", "link")


def enrich(
    context: typer.Context,
    thing: OneThing = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            help=f"The data set: {', '.join(sources.NAMES)}.",
            autocompletion=output.completion(*sources.NAMES),
        ),
    ] = None,
    what: Annotated[
        str | None,
        typer.Option(
            help="Which facts, with commas between: founded, country, website, logo, licence, "
            "parameters; default: all that the data set has."
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help="All linked things of a kind, as organization or model.",
            autocompletion=output.completion(*_KINDS),
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would come; write nothing.")
    ] = False,
    service: Annotated[
        str | None, typer.Option(help="Ask the data set at this address: a mirror of it.")
    ] = None,
    offline: Offline = False,
    fresh: Fresh = False,
    wanted: Annotated[
        str | None,
        output.format_option(
            "table (default on a terminal), csv (default in a pipe), tsv, md, jsonl.", *_FORMATS
        ),
    ] = None,
) -> None:
    """Fetch facts from an external data set over accepted links, beside what the graph says.

    They go into a graph of their own in your workspace, with source and date; what is curated
    stays. Where the two differ, openness disagree THING shows it.

    Examples:
        openness enrich eleutherai --from wikidata --what founded,website --dry-run

        openness enrich --kind organization --from ror
    """
    state = state_of(context)
    name = output.choose(wanted, _FORMATS, "table", "csv")
    if source is None:
        raise UsageError(f"From where? --from {', '.join(sources.NAMES)}.")
    require_one(thing, kind)
    if kind is not None:
        kind = output.choose(kind, _KINDS, "", "", "--kind")
    kept = cache_of(state, fresh=fresh, offline=offline)
    _run(state, source, thing, kind, what, name, service, dry_run, kept)


def _run(
    state: State,
    source: str,
    thing: str | None,
    kind: str | None,
    what: str | None,
    name: str,
    service: str | None,
    dry_run: bool,
    kept: Cache,
) -> None:
    from openness import enrich as feature
    from openness.graph import workspace
    from openness.net.policy import require_address

    origin = feature.origin_of(source)
    whats = feature.wanted(what, origin)
    url = require_address(service) if service else origin.url
    iri = state.graph.find(thing).iri if thing is not None else None
    some = feature.accepted(state.graph, origin, iri, kind)
    with progress.bar(state, f"asking {origin.title}") as told:
        outcome = feature.ask(
            state.graph,
            origin,
            some,
            whats,
            kept,
            datetime.date.today(),
            url,
            state.timeout,
            told,
        )
    _write(state, outcome, name)
    for line in outcome.notes:
        state.note(line)
    came = sum(len(fact.theirs) for fact in outcome.facts)
    if dry_run:
        state.note(f"{_count(came, 'fact')} would come; nothing was written")
    elif not outcome.found:
        state.note("nothing came; nothing was written")
    else:
        path = feature.file_of(workspace(state.data), origin)
        written = feature.save(path, origin, outcome, whats, url)
        things = len(outcome.found)
        state.note(f"{_count(written, 'fact')} of {_count(things, 'thing')}: {path}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def _write(state: State, outcome: Outcome, name: str) -> None:
    """Write one row per fact; on a terminal those that the source says nothing of are left out."""
    from pyoxigraph import NamedNode

    from openness.enrich import NONE

    shown = name in ("table", "md")
    facts = [fact for fact in outcome.facts if not shown or fact.status != NONE or fact.ours]
    iris = {fact.link.ours for fact in facts} | {g for fact in facts for _, g in fact.ours}
    iris |= {
        term.value
        for fact in facts
        for term in (*fact.theirs, *(value for value, _ in fact.ours))
        if isinstance(term, NamedNode)
    }
    labels = state.graph.labels(iris) if shown else {}
    rows = [_row(fact, labels) for fact in facts]
    if not rows:
        state.note("no facts")
    if shown:
        output.write_rows(_TITLES, rows, name, state.color)
    else:
        output.write_cells(_TITLES, rows, name)


def _row(fact: Fact, labels: dict[str, str]) -> list[str]:
    def named(iri: str) -> str:
        return labels.get(iri, iri)

    ours = [f"{named(value.value)} ({named(graph)})" for value, graph in fact.ours]
    return [
        named(fact.link.ours),
        fact.what,
        "\n".join(named(term.value) for term in fact.theirs),
        "\n".join(ours),
        fact.status,
        fact.link.theirs,
    ]
