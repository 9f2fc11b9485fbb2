"""`openness link check`: dead, moved, contradicting and mistaken links."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output
from openness.cli.check import FORMATS, write_findings
from openness.cli.sources import cache_of, describers
from openness.cli.state import State, state_of
from openness.errors import NotFoundError, UsageError, did_you_mean

if TYPE_CHECKING:
    from openness.check import Finding
    from openness.links.held import Link

_PAGE_SECONDS: Final = 20.0


def check(
    context: typer.Context,
    web: Annotated[
        bool, typer.Option("--web", help="Ask for other web pages too: hundreds of them.")
    ] = False,
    per_host: Annotated[
        int, typer.Option(min=1, help="With --web, how many pages of one host to ask for at most.")
    ] = 50,
    fail_on: Annotated[
        str,
        typer.Option(
            help="Exit with 1 on findings of this severity or worse: error, warning, info, never.",
            autocompletion=output.completion("error", "warning", "info", "never"),
        ),
    ] = "warning",
    source: Annotated[
        str | None,
        typer.Option("--from", help="Only links to this data set, as wikidata."),
    ] = None,
    service: Annotated[
        str | None,
        typer.Option(help="Ask the data set of --from at this address: a mirror of it."),
    ] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="Only what the graph itself shows; ask nobody.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask anew, whatever is kept.")] = False,
    wanted: Annotated[
        str | None,
        output.format_option(f"{', '.join(FORMATS)}; default: table.", *FORMATS),
    ] = None,
) -> None:
    """Find links to other data sets that are dead, have moved, contradict each other, or are wrong.

    Two of ours that are the same thing of theirs; two of theirs that one of ours is; an
    organization that is a person there. A data set that cannot be asked is told as not checked.

    Examples:
        openness link check --offline -f csv

        openness link check --from wikidata -f csv

        openness link check --web --per-host 20
    """
    from openness.links import check as feature
    from openness.links.held import links
    from openness.links.ledger import NAMESPACES, source_of

    state = state_of(context)
    name = output.choose(wanted, FORMATS, "table", "table")
    severities = ("error", "warning", "info", "never")
    threshold = output.choose(fail_on, severities, "warning", "warning", "--fail-on")
    if offline and (web or service):
        raise UsageError("--offline asks nobody: leave out --web and --service.")
    if service and source is None:
        raise UsageError("Which data set is at that address? --from wikidata --service URL")
    held = links(state.graph)
    some = [link for link in held if source in (None, source_of(link.theirs))]
    if source is not None and not some:
        known = sorted(NAMESPACES.keys() | {source_of(link.theirs) for link in held})
        if source not in known:
            raise NotFoundError(f"There are no links to {source}.{did_you_mean(source, known)}")
        state.note(f"no links to {source}")
    found = feature.offline(some)
    if some and not offline:
        found += _asked(state, held, some, service, fresh=fresh)
    if web:
        with _progress(state) as told:
            found += feature.pages(some, per_host, _PAGE_SECONDS, told)
    _end(state, feature.ordered(found), some, name, threshold, severities)


def _asked(
    state: State, held: list[Link], some: list[Link], service: str | None, *, fresh: bool
) -> list[Finding]:
    """Return what the data sets of some links say against them, and against others held."""
    from openness.links import check as feature
    from openness.links.ledger import source_of

    sources = {source_of(link.theirs) for link in some}
    describe = describers(state, cache_of(state, fresh=fresh, offline=False), sources, service)
    with _progress(state) as told:
        return feature.described(held, describe, told)


def _end(
    state: State,
    found: list[Finding],
    held: list[Link],
    name: str,
    threshold: str,
    severities: tuple[str, ...],
) -> None:
    write_findings(state, found, name)
    counts = Counter(one.severity for one in found)
    told = ", ".join(f"{counts[severity]} {severity}" for severity in severities[:-1])
    state.note(f"{len(held)} links: {told}")
    grave = severities[: severities.index(threshold) + 1]
    if threshold != "never" and any(counts[severity] for severity in grave):
        raise typer.Exit(1)


@contextmanager
def _progress(state: State) -> Iterator[Callable[[str, int, int], None]]:
    """Give what tells a person on a terminal how far it is; at last, clear the line."""
    if state.quiet or not sys.stderr.isatty():
        yield lambda name, done, total: None
        return

    def say(text: str) -> None:
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    try:
        yield lambda name, done, total: say(f"asking {name}: {done} of {total}")
    finally:
        say("")
