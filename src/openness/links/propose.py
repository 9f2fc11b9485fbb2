"""Proposing links: candidates of another data set, scored, as rows of an SSSOM file.

A proposal is for a person: nobody stands for it, and nothing gets into the graph by it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode

from openness import __version__, lookup
from openness.errors import NotFoundError
from openness.graph import Graph
from openness.links.entity import KINDS, Entity
from openness.links.held import Link
from openness.links.ledger import NAMESPACES, Pair, source_of
from openness.links.ours import entities
from openness.links.review import CONCEPTS
from openness.links.score import REVIEW, Score, score
from openness.links.sources.base import Source
from openness.mappings import REQUIRED, serialize
from openness.terms import DATA_LICENCE, ID, PREFIXES, compact

CHOICES: Final = (*KINDS, "group", *CONCEPTS)
"""The kinds that links are proposed for, an industry group being a kind of organization."""
LIMIT: Final = 5
"""How many candidates of one thing are proposed."""
SEARCHED: Final = 20
"""How many candidates of one thing are described and scored at most."""
BATCH: Final = 25
"""How many things a source is asked about at once."""

_LEXICAL: Final = ("label", "alias", "tokens")
"""The parts of a score that compare names only."""
_PREFIX_OF: Final = {"wikidata": "wd", "dbpedia": "dbr", "huggingface": "hf"}
"""By what a data set is abbreviated, where that is not by its name."""


@dataclass(frozen=True)
class Proposed:
    """One candidate: ours, theirs, and how alike they are."""

    ours: Entity
    theirs: Entity
    score: Score

    @property
    def pair(self) -> Pair:
        """The IRIs at both ends."""
        return self.ours.iri, self.theirs.iri


@dataclass
class Outcome:
    """What came of a search.

    Attributes:
        proposed: the candidates, those of one thing together, the best first.
        asked: how many things were searched for.
        nothing: how many of them the source has no candidate for.
        below: how many candidates scored too little, or were one too many.
        decided: how many candidates somebody has decided on already.
    """

    proposed: list[Proposed]
    asked: int = 0
    nothing: int = 0
    below: int = 0
    decided: int = 0


def things(graph: Graph, iri: str | None, kind: str | None) -> list[str]:
    """Return the IRIs of what links are proposed for: one thing, or all of a kind.

    Raises:
        NotFoundError: if there is none of that kind.
    """
    if iri is not None:
        return [iri]
    found = lookup.things(graph.engine, kind or "thing")
    if not found:
        raise NotFoundError(f"The graph has nothing of the kind {kind}.")
    return found


def linked(links: Iterable[Link], source: Source) -> set[str]:
    """Return which of our things are the same as something of a source, as the graph says."""
    return {
        link.ours
        for link in links
        if link.is_same
        and (
            link.theirs.startswith(source.namespace)
            if source.namespace
            else source_of(link.theirs) == source.name
        )
    }


def propose(
    graph: Graph,
    iris: Sequence[str],
    source: Source,
    decided: AbstractSet[Pair],
    minimum: float = REVIEW,
    limit: int = LIMIT,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Search a source for things of ours, and score what it has.

    Args:
        graph: where the things are known.
        iris: the things.
        source: where to search.
        decided: pairs that are held or were decided on, which are left out.
        minimum: the least score, from 0 to 1.
        limit: how many candidates of one thing.
        progress: told (done, total) as things are searched for.

    Raises:
        NetworkError: if the source cannot be asked or its answer cannot be used.
    """
    outcome = Outcome([], len(iris))
    progress(0, len(iris))
    for start in range(0, len(iris), BATCH):
        some = entities(graph, iris[start : start + BATCH])
        for ours, candidates in zip(some, source.search(some, SEARCHED), strict=True):
            _add(outcome, ours, candidates, decided, minimum, limit)
        progress(min(start + BATCH, len(iris)), len(iris))
    return outcome


def _add(
    outcome: Outcome,
    ours: Entity,
    candidates: Iterable[Entity],
    decided: AbstractSet[Pair],
    minimum: float,
    limit: int,
) -> None:
    """Add the best candidates of one thing to the outcome, and count the others."""
    theirs = {one.iri: one for one in candidates if can_be_linked(one.iri)}
    if not theirs:
        outcome.nothing += 1
    left = [one for iri, one in theirs.items() if (ours.iri, iri) not in decided]
    outcome.decided += len(theirs) - len(left)
    scored = [Proposed(ours, one, score(ours, one)) for one in left]
    scored.sort(key=lambda one: (-one.score.total, one.theirs.iri))
    best = [one for one in scored if one.score.total >= minimum][:limit]
    outcome.below += len(scored) - len(best)
    outcome.proposed += best


def can_be_linked(iri: str) -> bool:
    """Tell whether it is an IRI, and none of ours, which other data sets may hold too."""
    try:
        return not NamedNode(iri).value.startswith(ID)
    except ValueError:
        return False


def to_sssom(proposed: Iterable[Proposed], source: Source, day: datetime.date) -> bytes:
    """Return proposals as an SSSOM file in TSV: what `openness link review` reads.

    The parts of a score are in `other`, as `label=0.9|website=1`, which a review shows.

    Args:
        proposed: the candidates.
        source: where they were found.
        day: the date that the rows bear.
    """
    prefixes = {name: PREFIXES[name] for name in ("semapv", "schema", "skos")}
    rows = [_row(one, prefixes, day) for one in proposed]
    metadata = {
        "mapping_set_id": f"https://w3id.org/openness/mappings/proposed/{source.name}",
        "mapping_set_title": f"Proposed links to {source.name}, to be reviewed",
        "license": DATA_LICENCE,
    }
    used = {row[slot].partition(":")[0] for row in rows for slot in REQUIRED} | {"semapv"}
    return serialize(metadata, {k: v for k, v in prefixes.items() if k in used}, rows)


def _row(one: Proposed, prefixes: dict[str, str], day: datetime.date) -> dict[str, str]:
    subject = compact(one.ours.iri)
    kind = subject.partition(":")[0]
    prefixes[kind] = PREFIXES[kind]
    said = [part for part in one.score.parts if part.value is not None]
    is_lexical = all(part.name in _LEXICAL for part in said)
    return {
        "subject_id": subject,
        "subject_label": _line(one.ours.label),
        "predicate_id": "skos:exactMatch" if kind in CONCEPTS else "schema:sameAs",
        "object_id": _curie(one.theirs.iri, prefixes),
        "object_label": _line(one.theirs.label),
        "mapping_justification": f"semapv:{'Lexical' if is_lexical else 'Composite'}Matching",
        "mapping_tool": "openness",
        "mapping_tool_version": __version__,
        "mapping_date": day.isoformat(),
        "confidence": f"{one.score.total:.3f}",
        "other": "|".join(f"{part.name}={part.value:.3g}" for part in said),
    }


def _line(text: str) -> str:
    """Return a text without tabs, line feeds and spaces that a table would have to quote."""
    return " ".join(text.split())


def _curie(iri: str, prefixes: dict[str, str]) -> str:
    """Return an IRI by a prefix, which is declared if it is not yet."""
    source = source_of(iri)
    name, start = _PREFIX_OF.get(source, source), NAMESPACES.get(source, iri)
    if iri == start:
        name, start = "x", _start(iri)
    for known, address in prefixes.items():
        if address == start:
            return f"{known}:{iri[len(start) :]}"
    number = 1
    while (free := name if number == 1 else f"{name}{number}") in prefixes:
        number += 1
    prefixes[free] = start
    return f"{free}:{iri[len(start) :]}"


def _start(iri: str) -> str:
    """Return the part of an IRI before its last name, which is not empty."""
    end = max(iri.rfind(mark, 0, len(iri) - 1) for mark in "/#:")
    return iri[: end + 1]
