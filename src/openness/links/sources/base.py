"""What every external source can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from openness.links.entity import Entity

Describe: TypeAlias = Callable[[Sequence[str]], Mapping[str, Entity]]
"""What returns a source's facts of its own things: :meth:`Source.describe`."""


class Source(Protocol):
    """A data set elsewhere, asked over the network or from the cache of its answers.

    Attributes:
        name: the word after `--to` and `--from`: `wikidata`, `dbpedia`, `ror`, …
        url: the address that is asked.
        namespace: how the IRIs of its things begin, empty if that is not known.
    """

    name: str
    url: str
    namespace: str

    def search(self, wanted: Sequence[Entity], limit: int) -> list[list[Entity]]:
        """Return at most `limit` candidates for each of our things, in the order of the things.

        The candidates have all that the source says of them and :class:`Entity` has a place for.

        Raises:
            NetworkError: if the source cannot be asked or its answer cannot be used.
        """

    def describe(self, iris: Sequence[str]) -> dict[str, Entity]:
        """Return what the source says of its own things, by the IRI that was asked for.

        An entity with another IRI than was asked for is where the source redirects to; an IRI that
        is missing in the answer is dead.

        Raises:
            NetworkError: as :meth:`search`.
        """
