"""Reviewing proposed links: what is left to decide, what a decision writes, and its undoing."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openness.errors import BrokenFileError
from openness.links.held import SAME, Link
from openness.links.ledger import Ledger, Pair, Row, decided_in, source_of
from openness.mappings import load
from openness.terms import ID, compact

ACCEPT: Final = "accept"
REJECT: Final = "reject"
CLOSE: Final = "close match"
SKIP: Final = "skip"

CONCEPTS: Final = (
    "access",
    "area",
    "aspect",
    "circumstance",
    "classification",
    "criterion",
    "purpose",
    "status",
    "topic",
)
"""The kinds of ours that are concepts: these match; all others are, or are not, the same thing."""
MARGIN: Final = 0.1
"""A candidate is only accepted without a look if each rival's score is lower by more than this."""

_LOOKED: Final = "semapv:ManualMappingCuration"
_UNSEEN: Final = "semapv:MappingReview"


@dataclass(frozen=True)
class Candidate:
    """One proposal.

    Attributes:
        pair: the IRIs of ours and theirs.
        row: the slots of its row.
        score: how sure the proposer is, from 0 to 1; None if it does not say.
    """

    pair: Pair
    row: Row
    score: float | None

    @property
    def source(self) -> str:
        """The name of the data set that theirs belongs to."""
        return source_of(self.pair[1])

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts of the score, as the file has them in its slot `other`: `label=0.9|…`."""
        found = (part.partition("=") for part in self.row.get("other", "").split("|"))
        return [(name.strip(), value.strip()) for name, _, value in found if name.strip()]


@dataclass(frozen=True)
class Proposal:
    """A file of candidates, those of one thing together, the best first."""

    candidates: list[Candidate]
    prefixes: dict[str, str]


def read(path: Path) -> Proposal:
    """Return the proposals in an SSSOM file; what somebody has decided in it is none.

    Raises:
        BrokenFileError: naming the line, if it is no such file, a subject is none of our things,
            or a score is no number from 0 to 1.
    """
    found = load(path)
    best: dict[Pair, Candidate] = {}
    for one in found.mappings:
        where = f"{path}: line {one.line}"
        subject, _, value = one.triple
        ours, theirs = subject.value, value.value
        if not ours.startswith(ID) or theirs.startswith(ID):
            raise BrokenFileError(f"{where}: a link leads from a thing of ours to one of theirs.")
        candidate = Candidate((ours, theirs), one.slots, _score(where, one.slots))
        if one.is_settled or one.is_negated:
            continue
        known = best.get(candidate.pair)
        if known is None or (candidate.score or 0) > (known.score or 0):
            best[candidate.pair] = candidate
    return Proposal(sorted(best.values(), key=_order), found.prefixes)


def _order(one: Candidate) -> tuple[object, ...]:
    label = one.row.get("subject_label", "").casefold()
    return label, one.pair[0], one.source, -(one.score or 0), one.pair[1]


def _score(where: str, row: Row) -> float | None:
    text = row.get("confidence") or row.get("similarity_score")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 1:
        raise BrokenFileError(f"{where}: the score “{text}” is no number from 0 to 1.")
    return number


class Review:
    """One sitting: candidates one after the other, each decision saved as it is made.

    Attributes:
        total: how many candidates the file has.
        made: how many decisions of each kind were made in this sitting.
    """

    def __init__(
        self,
        proposal: Proposal,
        ledger: Ledger,
        links: Sequence[Link],
        decided: Iterable[Pair],
        reviewer: str,
        today: datetime.date,
    ) -> None:
        """Begin, or go on.

        Args:
            proposal: the candidates.
            ledger: where decisions go.
            links: what the graph holds already.
            decided: the pairs on which other files have decided.
            reviewer: who decides.
            today: the day that decisions bear.
        """
        self._prefixes = proposal.prefixes
        self._ledger = ledger
        self._links = [link for link in links if link.relation in SAME]
        self._reviewer = reviewer
        self._today = today.isoformat()
        held = {(link.ours, link.theirs) for link in links}
        before = held | set(decided) | decided_in(_existing(ledger, proposal))
        self._all = proposal.candidates
        self._open = [one for one in self._all if one.pair not in before]
        self._accepted: set[Pair] = set()
        self._rejected: set[Pair] = set()
        self._done: list[_Step] = []
        self.total = len(self._all)

    @property
    def left(self) -> int:
        """How many candidates are not decided, those skipped included."""
        return len(self._open) - sum(step.decision != SKIP for step in self._done)

    @property
    def made(self) -> dict[str, int]:
        """How often each decision was made in this sitting and not undone."""
        names = [step.decision for step in self._done]
        return {name: names.count(name) for name in (ACCEPT, CLOSE, REJECT, SKIP)}

    def upcoming(self, count: int) -> list[Candidate]:
        """Return the candidates that come next, at most so many, the present one first."""
        gone = {step.candidate.pair for step in self._done}
        return [one for one in self._open if one.pair not in gone][:count]

    def next(self) -> Candidate | None:
        """Return the candidate to decide on, or None; what another review has decided is left out.

        Raises:
            BrokenFileError: if a file of decisions has been broken meanwhile.
        """
        for one in self.upcoming(len(self._open)):
            rows, _ = self._ledger.rows(one.pair)
            if not any(_is_settled(row) for row in rows):
                return one
            self._open.remove(one)
        return None

    def decide(self, candidate: Candidate, decision: str) -> None:
        """Save a decision that a person made: ACCEPT, CLOSE, REJECT or SKIP, which saves nothing.

        Raises:
            EngineError: if it cannot be saved; then it is not made.
        """
        before: tuple[list[Row], dict[str, str]] = ([], {})
        if decision != SKIP:
            before = self._ledger.rows(candidate.pair)
            rows = [self._decided(candidate, decision)]
            self._ledger.replace(candidate.pair, rows, self._prefixes)
        self._done.append(_Step(candidate, decision, *before))
        self._remember(candidate.pair, decision)

    def undo(self) -> bool:
        """Take the last decision of this sitting back, and tell whether there was one.

        Raises:
            EngineError: if that cannot be saved; then the decision stands.
        """
        if not self._done:
            return False
        step = self._done[-1]
        if step.decision != SKIP:
            self._ledger.replace(step.candidate.pair, step.rows, step.prefixes)
        self._done.pop()
        self._remember(step.candidate.pair, SKIP)
        return True

    def rivals(self, candidate: Candidate) -> list[str]:
        """Return, in words, what else ours or theirs is, or may be, linked to."""
        ours, theirs = candidate.pair
        linked = [
            f"{compact(a)} is already the same as {b}" for a, b in self._linked_beside(candidate)
        ]
        return linked + [
            f"candidate for {one.row.get('subject_label') or compact(one.pair[0])} too"
            f"{_rounded(one.score)}"
            if one.pair[1] == theirs
            else f"{compact(ours)} has another candidate: "
            f"{one.row.get('object_label') or one.pair[1]}{_rounded(one.score)}"
            for one in self._candidates_beside(candidate)
        ]

    def automatic(self, threshold: float) -> tuple[list[Candidate], list[Candidate]]:
        """Return which open candidates may be accepted without a look, and which need one.

        Those of the second list reach the threshold too, but theirs or ours is linked already, or
        has a rival that reaches the threshold or comes within `MARGIN` of the candidate.
        """
        accepted: list[Candidate] = []
        contested: list[Candidate] = []
        for one in self._open:
            if one.score is None or one.score < threshold:
                continue
            limit = min(threshold, one.score - MARGIN)
            near = [r for r in self._candidates_beside(one) if r.score is None or r.score >= limit]
            (contested if near or self._linked_beside(one) else accepted).append(one)
        return accepted, contested

    def accept_all(self, candidates: Sequence[Candidate], threshold: float) -> None:
        """Save that candidates are accepted without a look, all at once.

        A row keeps the tool's justification; another one says that it passed a review, by whom,
        and that nobody looked.

        Raises:
            EngineError: if they cannot be saved; then, in the file concerned, none is.
        """
        changes = {one.pair: self._unseen(one, threshold) for one in candidates}
        self._ledger.replace_all(changes, self._prefixes)
        gone = set(changes)
        self._open = [one for one in self._open if one.pair not in gone]
        self._accepted |= gone

    def _linked_beside(self, candidate: Candidate) -> list[Pair]:
        ours, theirs = candidate.pair
        pairs = {(link.ours, link.theirs) for link in self._links} | self._accepted
        return sorted(
            pair
            for pair in pairs - {candidate.pair}
            if pair[1] == theirs or (pair[0] == ours and source_of(pair[1]) == candidate.source)
        )

    def _candidates_beside(self, candidate: Candidate) -> list[Candidate]:
        ours, theirs = candidate.pair
        return [
            one
            for one in self._open
            if one.pair != candidate.pair
            and one.pair not in self._rejected | self._accepted
            and (one.pair[1] == theirs or (one.pair[0] == ours and one.source == candidate.source))
        ]

    def _remember(self, pair: Pair, decision: str) -> None:
        self._accepted.discard(pair)
        self._rejected.discard(pair)
        if decision == ACCEPT:
            self._accepted.add(pair)
        elif decision in (REJECT, CLOSE):
            self._rejected.add(pair)

    def _decided(self, candidate: Candidate, decision: str) -> Row:
        """Return the row of a decision: whoever looked stands for it, and no score does."""
        rest = {name: text for name, text in candidate.row.items() if name != "confidence"}
        return rest | {
            "predicate_id": _relation(candidate, decision),
            "predicate_modifier": "Not" if decision == REJECT else "",
            "mapping_justification": _LOOKED,
            "reviewer_label": self._reviewer,
            "mapping_date": self._today,
        }

    def _unseen(self, candidate: Candidate, threshold: float) -> list[Row]:
        row = candidate.row | {
            "predicate_id": _relation(candidate, ACCEPT),
            "reviewer_label": self._reviewer,
            "mapping_date": self._today,
        }
        said = f"Accepted without a look: {candidate.score:g} reaches {threshold:g}."
        return [row, row | {"mapping_justification": _UNSEEN, "comment": said}]


@dataclass(frozen=True)
class _Step:
    """A decision, and what the file said of the pair before it."""

    candidate: Candidate
    decision: str
    rows: list[Row]
    prefixes: dict[str, str]


def _existing(ledger: Ledger, proposal: Proposal) -> list[Path]:
    sources = {one.source for one in proposal.candidates}
    return [path for path in map(ledger.path, sorted(sources)) if path.exists()]


def _is_settled(row: Mapping[str, str]) -> bool:
    return bool(row.get("author_label") or row.get("reviewer_label"))


def _relation(candidate: Candidate, decision: str) -> str:
    """Return the relation of ours to theirs: a concept matches, a thing is the same."""
    is_concept = candidate.pair[0].removeprefix(ID).partition("/")[0] in CONCEPTS
    if decision == CLOSE:
        return "skos:closeMatch" if is_concept else "rdfs:seeAlso"
    proposed = candidate.row["predicate_id"]
    if is_concept:
        return proposed if proposed.startswith("skos:") else "skos:exactMatch"
    return "schema:sameAs"


def _rounded(score: float | None) -> str:
    return "" if score is None else f" ({score:.2f})"
