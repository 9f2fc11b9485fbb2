"""How likely it is that two entities are the same thing, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openness.links.entity import Entity

AUTOMATIC: Final = 0.95
"""From this score on, a match may be accepted without a look at it (`--accept-above`)."""


@dataclass(frozen=True)
class Part:
    """What one comparison says.

    Attributes:
        name: label, alias, type, website, date, link or country.
        value: from 0 (they differ) to 1 (they agree), or None if one side does not say.
        reason: the two values that were compared, for `--explain`.
    """

    name: str
    value: float | None
    reason: str


@dataclass(frozen=True)
class Score:
    """The whole comparison: its result from 0 to 1, and its parts."""

    total: float
    parts: tuple[Part, ...]


def score(ours: Entity, theirs: Entity) -> Score:
    """Compare two entities."""
    from rapidfuzz import fuzz, utils

    names = (ours.label, *ours.aliases), (theirs.label, *theirs.aliases)
    best = max(
        fuzz.ratio(a, b, processor=utils.default_process) for a in names[0] for b in names[1]
    )
    part = Part("label", best / 100, f"{ours.label} | {theirs.label}")
    return Score(part.value or 0.0, (part,))
