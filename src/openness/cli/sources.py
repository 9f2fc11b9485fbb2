"""What the commands that ask external sources share: their cache, and their names' completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openness.cli.state import State

if TYPE_CHECKING:
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
