"""What the commands that ask external sources share: their cache, and their names' completion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from openness.cli.state import State

if TYPE_CHECKING:
    from openness.links.beside import Describe
    from openness.net.cache import Cache


def cache_of(state: State, *, fresh: bool, offline: bool) -> Cache:
    """Return the cache of services' answers.

    Raises:
        UsageError: if both are wanted, which exclude each other.
    """
    from openness.errors import UsageError
    from openness.graph import cache
    from openness.net.cache import Cache

    if fresh and offline:
        raise UsageError("--fresh asks anew and --offline asks nobody: leave one out.")
    return Cache(cache() / "answers", is_fresh=fresh, is_offline=offline)


def describers(cache: Cache, names: Iterable[str], service: str | None) -> dict[str, Describe]:
    """Return what describes the things of each data set that we know how to ask.

    Args:
        cache: of their answers.
        names: of the data sets that are wanted.
        service: an address to ask in place of the one data set's own.

    Raises:
        UsageError: if an address is given for more than one data set.
    """
    return {}
