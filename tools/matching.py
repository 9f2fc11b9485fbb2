"""The page docs/reference/matching.md: how well matching does on pairs whose answer is known.

The pairs are in tests/links/gold.csv, made from names that occur in the sources. Half of them is
for tuning and half is held back; which half a pair is in follows from what it is.

`python tools/matching.py` prints the measures; `--errors` also prints the pairs of the tuning half
that come out wrong, and never those of the other half.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz, utils
from tables import table

from openness.links.entity import Entity
from openness.links.score import AUTOMATIC, REVIEW, score

FILE: Final = Path(__file__).resolve().parent.parent / "tests" / "links" / "gold.csv"
TUNE: Final = "tune"
HELD: Final = "held"
HALVES: Final = {TUNE: "for tuning", HELD: "held back"}
SEPARATOR: Final = " ; "

_Z: Final = 1.959964
"""The quantile of the normal distribution for 95 %."""

Matcher = Callable[[Entity, Entity], float]


@dataclass(frozen=True)
class Pair:
    """Two things and whether they are the same.

    Attributes:
        category: what makes it hard.
        is_same: whether they are the same thing.
        why: why they are or are not, in a few words.
        ours: one of them, as the source has it.
        theirs: the other.
        where: the files that the names occur in, by their paths in the folder of the sources.
        half: tune or held.
    """

    category: str
    is_same: bool
    why: str
    ours: Entity
    theirs: Entity
    where: tuple[str, str]
    half: str


@dataclass(frozen=True)
class Measure:
    """How many pairs a threshold accepts and should accept."""

    right: int
    accepted: int
    same: int

    @property
    def precision(self) -> float:
        """Return the part of what is accepted that is right; 1 if nothing is accepted."""
        return self.right / self.accepted if self.accepted else 1.0

    @property
    def least_precision(self) -> float:
        """Return the lower end of a 95 % interval (Wilson's) for precision; 0 of nothing."""
        if not self.accepted:
            return 0.0
        n, z2 = self.accepted, _Z * _Z
        spread = _Z * math.sqrt(self.precision * (1 - self.precision) / n + z2 / (4 * n * n))
        return max(0.0, (self.precision + z2 / (2 * n) - spread) / (1 + z2 / n))

    @property
    def recall(self) -> float:
        """Return the part of what is the same that is accepted; 1 if nothing is the same."""
        return self.right / self.same if self.same else 1.0

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@cache
def pairs() -> tuple[Pair, ...]:
    """Return the pairs of the gold set, in the order of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_pair(row) for row in csv.DictReader(file))


def _pair(row: dict[str, str]) -> Pair:
    if row["same"] not in ("yes", "no"):
        raise ValueError(f"{FILE}: {row['same']} is neither yes nor no.")
    return Pair(
        row["category"],
        row["same"] == "yes",
        row["why"],
        _entity(row, "ours"),
        _entity(row, "theirs"),
        (row["where_ours"], row["where_theirs"]),
        row["half"],
    )


def _entity(row: dict[str, str], side: str) -> Entity:
    def several(field: str) -> tuple[str, ...]:
        return tuple(one for one in row[f"{side}_{field}"].split(SEPARATOR) if one)

    return Entity(
        "",
        row[f"{side}_label"],
        several("aliases"),
        row[f"{side}_kind"],
        websites=several("website"),
        dates=several("date"),
        links=several("links"),
        country=row[f"{side}_country"],
    )


def half(pair: Pair) -> str:
    """Return the half that a pair belongs in: by the last bit of its SHA-256, whatever the order.

    What is hashed are the kind, label and file of either side.
    """
    sides = zip((pair.ours, pair.theirs), pair.where, strict=True)
    text = "\n".join(sorted(f"{one.kind} {one.label} {where}" for one, where in sides))
    return (TUNE, HELD)[hashlib.sha256(text.encode()).digest()[-1] % 2]


def ours(a: Entity, b: Entity) -> float:
    """Score a pair as Openness does."""
    return score(a, b).total


def baseline(a: Entity, b: Entity) -> float:
    """Score a pair by its labels alone: rapidfuzz's ratio, after its default process."""
    return fuzz.ratio(a.label, b.label, processor=utils.default_process) / 100


def measure(some: Iterable[Pair], matcher: Matcher, threshold: float) -> Measure:
    """Count what a matcher accepts from a threshold on."""
    judged = [(pair.is_same, matcher(pair.ours, pair.theirs) >= threshold) for pair in some]
    return Measure(
        sum(same and accepted for same, accepted in judged),
        sum(accepted for _, accepted in judged),
        sum(same for same, _ in judged),
    )


def of_half(name: str) -> list[Pair]:
    """Return the pairs of one half."""
    return [pair for pair in pairs() if pair.half == name]


def best_threshold(matcher: Matcher) -> float:
    """Return the threshold, in hundredths, with the highest F1 on the tuning half."""
    tune = of_half(TUNE)
    return max((step / 100 for step in range(40, 101)), key=lambda t: measure(tune, matcher, t).f1)


_INTRODUCTION: Final = """\
# How well matching does

[What is compared, and how](../matching.md). Precision is the part of the accepted pairs that are
right; recall is the part of the pairs that are the same thing and are accepted. From {automatic} on
a match may be accepted without a look at it; from {review} on a person is asked.
The pairs are in `tests/links/gold.csv`.

"""


_BOUND: Final = """
*At least* is the lower end of Wilson's 95 % interval: what so few pairs can show.
"""


def page() -> str:
    """Return the text of the page."""
    return (
        _INTRODUCTION.format(automatic=AUTOMATIC, review=REVIEW)
        + _counts()
        + "\n## Against the likeness of labels\n\n"
        + _against()
        + "\n## By kind\n\n"
        + _split("kind", lambda pair: pair.ours.kind)
        + "\n## By what makes it hard\n\n"
        + _split("category", lambda pair: pair.category)
    )


def _counts() -> str:
    rows = []
    for name, words in HALVES.items():
        some = of_half(name)
        same = sum(pair.is_same for pair in some)
        rows.append((words, len(some), same, len(some) - same))
    return table(("half", "pairs", "the same", "not the same"), rows)


def _against() -> str:
    best = best_threshold(baseline)
    matchers = [
        ("Openness", ours, AUTOMATIC),
        ("Openness", ours, REVIEW),
        ("ratio of labels", baseline, AUTOMATIC),
        (f"ratio of labels, best F1 of the tuning half ({best:.2f})", baseline, best),
    ]
    rows = []
    for name, words in HALVES.items():
        for label, matcher, threshold in matchers:
            found = measure(of_half(name), matcher, threshold)
            wrong = found.accepted - found.right
            rows.append((words, label, f"{threshold:.2f}", *_figures(found), wrong))
    header = ("half", "by", "from", "precision", "at least", "recall", "F1", "wrongly accepted")
    return table(header, rows) + _BOUND


def _split(title: str, by: Callable[[Pair], str]) -> str:
    rows = []
    for value in sorted({by(pair) for pair in pairs()}):
        for name, words in HALVES.items():
            some = [pair for pair in of_half(name) if by(pair) == value]
            automatic, review = (measure(some, ours, level) for level in (AUTOMATIC, REVIEW))
            rows.append(
                (
                    value,
                    words,
                    len(some),
                    automatic.same,
                    automatic.right,
                    automatic.accepted - automatic.right,
                    review.right,
                    review.accepted - review.right,
                )
            )
    header = (title, "half", "pairs", "the same", f"right from {AUTOMATIC}")
    return table((*header, "wrong", f"right from {REVIEW}", "wrong"), rows)


def _figures(found: Measure) -> tuple[str, str, str, str]:
    values = (found.precision, found.least_precision, found.recall, found.f1)
    first, second, third, fourth = (f"{value:.3f}" for value in values)
    return first, second, third, fourth


def errors() -> Sequence[tuple[float, Pair]]:
    """Return what comes out wrong in the tuning half: wrongly accepted, or not accepted."""
    scored = [(ours(pair.ours, pair.theirs), pair) for pair in of_half(TUNE)]
    return [
        (total, pair)
        for total, pair in scored
        if (total >= AUTOMATIC) != pair.is_same and (pair.is_same or total >= REVIEW)
    ] + [(t, pair) for t, pair in scored if not pair.is_same and REVIEW <= t < AUTOMATIC]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--errors", action="store_true", help="list those of the tuning half")
    parser.add_argument("--tune", action="store_true", help="leave the other half unmeasured")
    options = parser.parse_args()
    if options.tune:
        for level in (AUTOMATIC, REVIEW):
            print(level, measure(of_half(TUNE), ours, level))
    else:
        print(page())
    if options.errors:
        for total, pair in sorted(errors(), key=lambda one: (one[1].is_same, -one[0])):
            answer = "same" if pair.is_same else "not the same"
            print(f"{total:.3f} {answer}, {pair.category}: {pair.ours.label} | {pair.theirs.label}")
