"""`openness link check`: dead, moved, contradicting and mistaken links."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli import output, progress
from openness.cli.check import FORMATS, FailOn, chosen_threshold, counted, fail, write_findings
from openness.cli.sources import Fresh, cache_of, describers
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
    fail_on: FailOn = "warning",
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
    fresh: Fresh = False,
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
    threshold = chosen_threshold(fail_on)
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
        with progress.line(state) as say:
            found += feature.pages(some, per_host, _PAGE_SECONDS, partial(_tell, say))
    found = feature.ordered(found)
    write_findings(state, found, name)
    state.note(f"{len(some)} links: {counted(found)}")
    fail(found, threshold)


def _asked(
    state: State, held: list[Link], some: list[Link], service: str | None, *, fresh: bool
) -> list[Finding]:
    """Return what the data sets of some links say against them, and against others held."""
    from openness.links import check as feature
    from openness.links.ledger import source_of

    sources = {source_of(link.theirs) for link in some}
    describe = describers(state, cache_of(state, fresh=fresh, offline=False), sources, service)
    with progress.line(state) as say:
        return feature.described(held, describe, partial(_tell, say))


def _tell(say: Callable[[str], None], name: str, done: int, total: int) -> None:
    say(f"asking {name}: {done} of {total}")
