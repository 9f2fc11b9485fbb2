"""Ours and theirs side by side: what each says, as far as it can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.review import Candidate
from openness.links.sources.base import Describe

BATCH: Final = 20
"""How many candidates are asked for at once."""


def rows(ours: Entity, theirs: Entity | None) -> list[tuple[str, str, str]]:
    """Return what is known of either side: the name of the fact, ours, and theirs."""

    def cells(one: Entity | None) -> list[tuple[str, str]]:
        if one is None:
            one = Entity("", "")
        return [
            ("name", one.label),
            ("other names", _few(one.aliases)),
            ("is", _few(one.types)),
            ("country", one.country),
            ("dates", _few(one.dates)),
            ("web site", _few(one.websites)),
            ("elsewhere", _few(one.links)),
            ("in words", one.description),
            ("address", one.iri),
        ]

    both = zip(cells(ours), cells(theirs), strict=True)
    return [(name, a, b) for (name, a), (_, b) in both if a or b]


def _few(texts: Sequence[str], limit: int = 6) -> str:
    more = f"\n… and {len(texts) - limit} more" if len(texts) > limit else ""
    return "\n".join(texts[:limit]) + more


class Theirs:
    """What sources say of candidates, asked for in batches; one that fails is asked no more."""

    def __init__(self, describe: dict[str, Describe]) -> None:
        """Ask by the functions of sources, by the sources' names."""
        self._describe = describe
        self._known: dict[str, Entity | None] = {}
        self.failed: dict[str, str] = {}

    def of(self, candidate: Candidate, upcoming: Sequence[Candidate]) -> Entity | None:
        """Return what theirs is, or None if its source does not know it or cannot be asked.

        Args:
            candidate: which one.
            upcoming: those that will be wanted next, for which is asked at the same time.
        """
        source, iri = candidate.source, candidate.pair[1]
        if iri not in self._known and source in self._describe and source not in self.failed:
            wanted = {iri: None} | {one.pair[1]: None for one in upcoming if one.source == source}
            asked = [other for other in wanted if other not in self._known][:BATCH]
            try:
                found = self._describe[source](asked)
            except NetworkError as error:
                self.failed[source] = str(error)
                return None
            self._known |= {other: found.get(other) for other in asked}
        return self._known.get(iri)

    def is_dead(self, candidate: Candidate) -> bool:
        """Tell whether the source was asked and knows nothing of it."""
        iri = candidate.pair[1]
        return iri in self._known and self._known[iri] is None
