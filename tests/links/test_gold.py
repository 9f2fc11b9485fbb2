"""Matching, measured on pairs whose answer is known."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import matching
import pytest
from matching import HELD, TUNE

from openness.links.entity import KINDS, Entity
from openness.links.score import AUTOMATIC, REVIEW

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
SOURCES = Path(REFERENCE or "") / ".." / "sources"
CATEGORIES = {
    *("alias", "evidence", "family", "format", "homonym", "merged", "renamed", "similar", "size"),
    *("spelling", "unit", "variant", "version", "licence-id", "licence-scope", "licence-version"),
}


@pytest.mark.parametrize("half", [TUNE, HELD])
def test_what_is_accepted_unseen_is_right(half: str) -> None:
    found = matching.measure(matching.of_half(half), matching.ours, AUTOMATIC)
    assert found.precision >= 0.99
    assert found.recall >= 0.4


@pytest.mark.parametrize("half", [TUNE, HELD])
def test_what_is_the_same_is_shown_to_a_person(half: str) -> None:
    found = matching.measure(matching.of_half(half), matching.ours, REVIEW)
    assert found.recall >= 0.9
    assert found.precision >= 0.8


@pytest.mark.parametrize("half", [TUNE, HELD])
def test_it_does_better_than_the_likeness_of_labels(half: str) -> None:
    pairs = matching.of_half(half)
    best = matching.best_threshold(matching.baseline)
    baseline = matching.measure(pairs, matching.baseline, best)
    assert matching.measure(pairs, matching.ours, REVIEW).f1 > baseline.f1 + 0.2
    assert matching.measure(pairs, matching.baseline, AUTOMATIC).precision < 0.9


def test_there_are_enough_pairs_of_every_sort() -> None:
    pairs = matching.pairs()
    assert len(pairs) >= 240
    assert {pair.category for pair in pairs} == CATEGORIES
    assert {one.kind for pair in pairs for one in (pair.ours, pair.theirs)} <= set(KINDS)
    same = Counter(pair.is_same for pair in pairs)
    assert 0.4 < same[True] / len(pairs) < 0.6
    assert all(pair.why and pair.ours.label and pair.theirs.label for pair in pairs)


def test_each_pair_stands_once_and_in_its_half() -> None:
    sides = [
        frozenset((one.kind, one.label, where) for one, where in _sides(pair))
        for pair in matching.pairs()
    ]
    assert max(Counter(sides).values()) == 1
    assert all(pair.half == matching.half(pair) for pair in matching.pairs())


def test_a_measure_counts_what_is_accepted() -> None:
    found = matching.Measure(right=3, accepted=4, same=6)
    assert (found.precision, found.recall) == (0.75, 0.5)
    assert found.f1 == pytest.approx(0.6)
    assert 0.3 < found.least_precision < 0.31
    assert matching.Measure(0, 0, 0).precision == 1.0


@pytest.mark.reference
@pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts")
def test_every_name_occurs_in_the_file_that_is_named() -> None:
    texts: dict[str, str] = {}
    for pair in matching.pairs():
        for one, where in _sides(pair):
            if where not in texts:
                texts[where] = (SOURCES / where).read_text(encoding="utf-8")
            for fact in (one.label, *one.aliases, *one.websites, *one.links):
                escaped = json.dumps(fact)[1:-1]  # as a JSON file can have it
                owned = fact.removeprefix("https://huggingface.co/").removeprefix("datasets/")
                assert any(text in texts[where] for text in (fact, escaped, owned)), (fact, where)


def _sides(pair: matching.Pair) -> list[tuple[Entity, str]]:
    return list(zip((pair.ours, pair.theirs), pair.where, strict=True))
