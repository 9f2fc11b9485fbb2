"""`openness link propose`: candidates for links, from an external data set."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output, progress, sources
from openness.cli.sources import Fresh, Offline, OneThing, cache_of, require_one
from openness.cli.state import State, state_of
from openness.errors import EngineError, UsageError

if TYPE_CHECKING:
    from openness.links.propose import Outcome, Proposed
    from openness.links.sources.base import Source

_KINDS: Final = ("organization", "person", "model", "licence", "dataset", "software", "group")
_PROTOCOLS: Final = ("sparql", "reconciliation")
_FORMATS: Final = ("table", "md", "csv", "tsv", "jsonl")
_TITLES: Final = ("thing", "theirs", "score", "part", "value", "weight", "cap", "compared")


def propose(
    context: typer.Context,
    thing: OneThing = None,
    to: Annotated[
        str | None,
        typer.Option(
            help=f"Where to search: {', '.join(sources.NAMES)}, or the address of a SPARQL "
            "endpoint or Reconciliation service.",
            autocompletion=output.completion(*sources.NAMES),
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            help=f"All things of a kind: {', '.join(_KINDS)}, or one of concepts, as aspect.",
            autocompletion=output.completion(*_KINDS),
        ),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file for the proposals; default: stdout."),
    ] = None,
    min_score: Annotated[
        float, typer.Option(min=0, max=1, help="The least score that is proposed.")
    ] = 0.5,
    limit: Annotated[
        int, typer.Option(min=1, max=20, help="How many candidates of one thing at most.")
    ] = 5,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="To stdout goes a table with each part of each score, and what was compared; the "
            "proposals go to the file of -o, if it is given.",
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Also for things that are linked there already.")
    ] = False,
    service: Annotated[
        str | None, typer.Option(help="Ask the data set of --to at this address: a mirror of it.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            help="What an address of --to speaks: sparql or reconciliation; default: it is asked.",
            autocompletion=output.completion(*_PROTOCOLS),
        ),
    ] = None,
    offline: Offline = False,
    fresh: Fresh = False,
    wanted: Annotated[
        str | None,
        output.format_option(
            "Of --explain: table (default on a terminal), csv (default in a pipe), tsv, md, jsonl.",
            *_FORMATS,
        ),
    ] = None,
) -> None:
    """Search an external data set for the same things, score what it has, and propose links.

    The proposals are an SSSOM file for openness link review; nothing gets into the graph. What
    somebody has accepted or rejected is not proposed again.

    Examples:
        openness link propose meta --to wikidata -o path/to/wikidata.sssom.tsv

        openness link propose --kind model --to huggingface --explain -o path/to/models.sssom.tsv

        openness link propose eleutherai --to https://example.org/sparql
    """
    if to is None:
        raise UsageError(f"Where to? --to {', '.join(sources.NAMES)}, or a URL.")
    require_one(thing, kind)
    if wanted is not None and not explain:
        raise UsageError("-f is for the table of --explain; proposals are always SSSOM TSV.")
    from openness.files import require_folder_of
    from openness.links.propose import to_sssom
    from openness.links.sources.registry import source

    if file is not None:
        require_folder_of(file)
        if file.is_dir():
            raise EngineError(f"{file} cannot be written: it is a folder.")
    name = output.choose(wanted, _FORMATS, "table", "csv") if explain else ""
    state = state_of(context)
    spoken = output.choose(protocol, _PROTOCOLS, "", "", "--protocol") or None
    kept = cache_of(state, fresh=fresh, offline=offline)
    begun = source(to, kept, state.timeout, service, spoken)
    outcome = _search(state, begun, thing, kind, min_score, limit, again=again)
    content = to_sssom(outcome.proposed, begun, datetime.date.today())
    _write(state, outcome, content, file, name)
    state.note(_summary(outcome, begun))


def _search(
    state: State,
    begun: Source,
    thing: str | None,
    kind: str | None,
    min_score: float,
    limit: int,
    *,
    again: bool,
) -> Outcome:
    """Return what a source has for things that nobody has linked or decided on."""
    from openness.links import propose as feature
    from openness.links.held import links
    from openness.links.ledger import decided_in

    if kind is not None:
        kind = output.choose(kind, feature.CHOICES, "", "", "--kind")
    iri = state.graph.find(thing).iri if thing is not None else None
    wanted = feature.things(state.graph, iri, kind)
    held = links(state.graph)
    done = set() if again else feature.linked(held, begun) & set(wanted)
    if done:
        state.note(f"linked to {begun.name} already: {len(done)}; --again searches for them too")
    decided = decided_in(sorted(sources.decision_files(state)))
    decided |= {(link.ours, link.theirs) for link in held}
    with progress.bar(state, f"asking {begun.name}") as told:
        left = [one for one in wanted if one not in done]
        return feature.propose(state.graph, left, begun, decided, min_score, limit, told)


def _write(state: State, outcome: Outcome, content: bytes, file: Path | None, name: str) -> None:
    """Write the proposals, and, if it was asked for, the table that explains them."""
    from openness.files import write_atomically

    if file is not None:
        write_atomically(file, content)
    if not name:
        if file is None:
            output.write(content)
        return
    rows = [row for one in outcome.proposed for row in _explained(one)]
    if name in ("table", "md"):
        output.write_rows(_TITLES, rows, name, state.color)
    else:
        output.write_cells(_TITLES, rows, name)


def _explained(one: Proposed) -> list[list[str]]:
    from openness.terms import compact

    ends = [compact(one.ours.iri), one.theirs.iri, f"{one.score.total:.3f}"]
    return [
        [
            *ends,
            part.name,
            "" if part.value is None else f"{part.value:.3g}",
            f"{part.weight:g}" if part.weight else "",
            f"{part.cap:g}" if part.cap < 1 else "",
            part.reason,
        ]
        for part in one.score.parts
    ]


def _summary(outcome: Outcome, begun: Source) -> str:
    things = len({one.ours.iri for one in outcome.proposed})
    words = [f"candidates: {len(outcome.proposed)}, for {things} of {outcome.asked} things"]
    if outcome.nothing:
        words.append(f"{begun.name} has none for {outcome.nothing}")
    if outcome.below:
        words.append(f"{outcome.below} scored too little or are too many")
    if outcome.decided:
        words.append(f"{outcome.decided} decided on before")
    return "; ".join(words)
