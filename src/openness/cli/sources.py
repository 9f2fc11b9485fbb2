"""What the commands that ask external sources share: their cache, and how far they are."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openness.cli.state import State
from openness.errors import UsageError

if TYPE_CHECKING:
    from openness.links.beside import Describe
    from openness.net.cache import Cache


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
    from openness.links.sources.facts import ORIGINS
    from openness.links.sources.registry import describer
    from openness.net.policy import require_address

    known = sorted(set(names) & ORIGINS.keys())
    if service is not None and len(known) != 1:
        raise UsageError(f"--service is the address of one data set, not of {len(known)}.")
    url = require_address(service) if service else None
    return {name: describer(name, cache, url, state.timeout) for name in known}


@contextmanager
def progress(state: State, name: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal while things are asked about; give what tells it (done, total)."""
    if state.quiet or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"asking {name}", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
