"""The second reading: what readers of the texts alone answered, beside what the program answers."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
import second_reading
from second_reading import QUESTIONS, Answer

from openness import matrix
from openness.clauses import Library
from openness.graph import Graph
from openness.may import NO, ONLY_IF, UNKNOWN, YES, Ruling


@pytest.fixture(scope="module")
def compared(shipped_graph: Graph) -> list[tuple[Answer, Ruling]]:
    """The readers' answers with the program's."""
    return second_reading.compared(shipped_graph, Library(shipped_graph))


def test_every_licence_that_was_read_has_ten_answers(shipped_graph: Graph) -> None:
    """No licence goes by with our own reading alone, and no question is left out or put twice."""
    asked = defaultdict(list)
    for one in second_reading.answers():
        asked[shipped_graph.find(one.licence, "licence")].append(one.question)
    assert set(asked) == set(matrix.matrix(shipped_graph).licences)
    assert all(numbers == list(QUESTIONS) for numbers in asked.values())
    assert list(QUESTIONS) == list(range(1, 11))


def test_every_difference_is_settled(compared: list[tuple[Answer, Ruling]]) -> None:
    """An answer agrees with the program's, or the words of the text settle which one holds."""
    for one, ruling in compared:
        assert ruling.answer == one.answer or one.settled, (one, ruling.answer)


def test_what_is_settled_differs(compared: list[tuple[Answer, Ruling]]) -> None:
    """A settlement outlives no difference, cites a section, and ends with the answer that holds."""
    for one, ruling in compared:
        if one.settled:
            assert ruling.answer != one.answer, one
            assert "§" in one.settled
            assert f": {ruling.answer}." in one.settled, (one.settled, ruling.answer)


def test_answers_are_complete() -> None:
    """Each has one of the four answers, the sections that decide, and a reason."""
    found = second_reading.answers()
    assert {one.answer for one in found} <= {YES, NO, ONLY_IF, UNKNOWN}
    assert all(one.section and one.reason for one in found)
    assert max(Counter((one.licence, one.question) for one in found).values()) == 1
