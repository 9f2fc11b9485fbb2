"""What lies around the things of a view: their facts, and neighbours that it does not show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fact:
    """A statement about a thing.

    Attributes:
        is_of: whether the thing is its subject; it is its object otherwise.
        relation: what the property is called.
        value: the other end, by its label or as text.
        iri: the other end, if it is a thing.
        sources: the labels of the named graphs that say so.
    """

    is_of: bool
    relation: str
    value: str
    iri: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What lies around the things of a view.

    Attributes:
        facts: the facts of things, by their compact ids.
        more_facts: the things that have more facts than are listed.
        neighbours: a graph of relations from things of the view to things that it does not show.
        left_out: how many neighbours of a thing are not in that graph, where there are such.
        rule: how much of it there is, in a sentence.
    """

    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    more_facts: frozenset[str] = frozenset()
    neighbours: Any = None
    left_out: Mapping[str, int] = field(default_factory=dict)
    rule: str = ""
