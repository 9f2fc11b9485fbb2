"""What the commands that ask external sources share: options, the cache, and who is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from openness.cli.show import complete_thing
from openness.cli.state import State
from openness.errors import UsageError

if TYPE_CHECKING:
    from openness.links.sources.base import Describe
    from openness.net.cache import Cache

NAMES: Final = ("wikidata", "dbpedia", "ror", "huggingface")
"""The data sets that can be asked, by the word after `--to` and `--from`."""
OneThing = Annotated[
    str | None,
    typer.Argument(
        help="An IRI, a CURIE, an id or a label; or --kind.", autocompletion=complete_thing
    ),
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Use only answers that are kept; ask nobody.")
]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ask anew, whatever is kept.")]


def cache_of(state: State, *, fresh: bool, offline: bool) -> Cache:
    """Return the cache of services' answers.

    Raises:
        UsageError: if both are wanted, which exclude each other.
    """
    from openness.graph import cache
    from openness.net.cache import Cache

    if fresh and offline:
        raise UsageError("--fresh asks anew and --offline asks nobody: leave one out.")
    return Cache(cache() / "answers", is_fresh=fresh, is_offline=offline)


def require_one(thing: str | None, kind: str | None) -> None:
    """Accept a thing or a kind of things.

    Raises:
        UsageError: if both are given, or neither.
    """
    if (thing is None) == (kind is None):
        raise UsageError("Name a thing, or a kind of things with --kind: one of the two.")


def decision_files(state: State) -> set[Path]:
    """Return the files with decisions on links: the user's own, and those that ship."""
    from openness import shipped
    from openness.engine.compile import mapping_files
    from openness.graph import workspace

    folders = (workspace(state.data) / "links", shipped.data() / "links")
    return {path for folder in folders for path in mapping_files(folder)}


def describers(
    state: State, cache: Cache, names: Iterable[str], service: str | None
) -> dict[str, Describe]:
    """Return what describes the things of each data set that we know how to ask.

    Args:
        state: the run's options, for its time limit.
        cache: of their answers.
        names: of the data sets that are wanted.
        service: an address to ask in place of the one data set's own.

    Raises:
        UsageError: if an address is given for more than one data set.
    """
    from openness.links.sources.registry import describer
    from openness.net.policy import require_address

    known = sorted(set(names) & set(NAMES))
    if service is not None and len(known) != 1:
        raise UsageError(f"--service is the address of one data set, not of {len(known)}.")
    url = require_address(service) if service else None
    return {name: describer(name, cache, url, state.timeout) for name in known}
