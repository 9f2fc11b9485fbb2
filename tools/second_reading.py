"""The page docs/second-reading.md: what a second reader answered, and what the program answers.

The readers' answers are in tests/reading/second-reading.csv, with a settlement for each that
differs.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tables import table

from openness.clauses import Library
from openness.graph import Graph
from openness.may import Question, Ruling, rulings
from openness.terms import ID

FILE: Final = Path(__file__).resolve().parent.parent / "tests" / "reading" / "second-reading.csv"

QUESTIONS: Final[Mapping[int, tuple[str, Question]]] = {
    1: ("run it and use its output", Question("use")),
    2: ("the same for commercial advantage", Question("use-commercially")),
    3: ("the same with 800,000,000 monthly users", Question("use-commercially", users=800_000_000)),
    4: ("the same with 2,000,000 dollars a year", Question("use-commercially", revenue=2_000_000)),
    5: ("hand on copies", Question("redistribute")),
    6: ("train it further, for itself", Question("fine-tune")),
    7: ("improve another large language model with it", Question("train-other-model")),
    8: ("let others use it over a network", Question("host-as-a-service")),
    9: ("hand on a derivative under a new name", Question("rename-derivative")),
    10: ("use it for military purposes", Question("use", field=f"{ID}purpose/military")),
}
"""What an ordinary company, of which nothing else is known, may do: in words and as a question."""

_INTRODUCTION: Final = """\
# The second reading

Before the program was asked, readers answered ten questions about each licence. They saw the texts
and the questions; neither our encoding nor the program's answers. Their answers, the sections and
the reasons, in their own words, are in `tests/reading/second-reading.csv`. This page sets the
program's answers beside them; a test fails on a difference that nobody has settled by the words of
the text.

## The questions

May an ordinary company, of which nothing is known but what the question says,

"""

_ANSWERS: Final = """
Users are those of all its products, on every date that may count; dollars are US dollars of
revenue.

*Yes*: allowed, whatever duties go with it; limits on purposes leave it a yes unless the question
names such a purpose. *No*: a clause forbids it to this company, or none grants it. *Only if*: it
hangs on a fact that the question leaves open, or on a permission yet to be given. *Unknown*:
another document is part of the terms, was not at hand, and the answer could hang on it.
"""

_CHANGED: Final = """
## Readings that were changed

Comparing the two showed readings of ours that the words of the text do not bear. They were changed,
and the tables hold the answers after that:

- **LLaMA 2023, hosting**: now *no*. §1.a grants acts for the licensee's own research only, and §1.c
  rules out that further rights are implied.
- **GPL-3.0 and AGPL-3.0, redistribution**: now *yes*. The seventh paragraph of §11 (discriminatory
  patent arrangements) and §12 (conflicting obligations) name cases that an ordinary licensee is not
  in; they are presumed not to hold and stand among the limits.
- **Stability AI Non-Commercial, commercial use and hosting**: now *no*. That §1.b names an address
  to ask at for other terms is no clause that lifts the ban.
"""

_DIFFERENCES: Final = """
## What still differs

Two sorts of difference are left. Where a licence makes a policy part of its terms that nobody has
read for us, the reader answered from the text at hand; the program never says yes while a part of
the terms is unread. And LLaMA's licence of 2023 refers to a documentation that the reader counts
among the terms and we do not.

"""


@dataclass(frozen=True)
class Answer:
    """What a second reader answered to one question about one licence.

    Attributes:
        licence: the id of the licence.
        question: the number of the question.
        answer: yes, no, only if or unknown.
        section: the sections that decide, by the numbering of the text.
        reason: the reason in the reader's words.
        settled: how a difference to the program's answer is settled; empty where there is none.
    """

    licence: str
    question: int
    answer: str
    section: str
    reason: str
    settled: str


def answers() -> list[Answer]:
    """Return the second readers' answers, by licence and question."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [Answer(**row | {"question": int(row["question"])}) for row in csv.DictReader(file)]  # type: ignore[arg-type]


def compared(graph: Graph, library: Library) -> list[tuple[Answer, Ruling]]:
    """Return each answer of a second reader with the program's ruling on the same question."""
    found = []
    for answer in answers():
        licence = graph.find(answer.licence, "licence")
        (ruling,) = rulings(graph, QUESTIONS[answer.question][1], licence, library)
        found.append((answer, ruling))
    return found


def page(graph: Graph, library: Library) -> str:
    """Return the page."""
    rows = compared(graph, library)
    differing = [(one, ruling) for one, ruling in rows if one.answer != ruling.answer]
    asked = "".join(f"{number}. {words}?\n" for number, (words, _) in QUESTIONS.items())
    count = (
        f"Of {len(rows)} answers on {len({one.licence for one, _ in rows})} licences, "
        f"{len(rows) - len(differing)} agree and {len(differing)} differ.\n\n"
    )
    return (
        _INTRODUCTION
        + asked
        + _ANSWERS
        + _CHANGED
        + _DIFFERENCES
        + count
        + _differences(differing)
        + "\n## Licence by licence\n"
        + "".join(_licences(rows))
    )


def _differences(rows: Sequence[tuple[Answer, Ruling]]) -> str:
    titles = ("licence", "question", "second reader", "program", "settled by the words of the text")
    return table(
        titles,
        (
            (f"`{one.licence}`", one.question, one.answer, ruling.answer, one.settled)
            for one, ruling in rows
        ),
    )


def _licences(rows: Sequence[tuple[Answer, Ruling]]) -> Iterable[str]:
    titles = ("", "question", "second reader", "section", "reason", "program", "by")
    for name in dict.fromkeys(one.licence for one, _ in rows):
        own = [(one, ruling) for one, ruling in rows if one.licence == name]
        yield f"\n### {own[0][1].subject.thing.label} (`{name}`)\n\n"
        yield table(titles, (_row(one, ruling) for one, ruling in own))


def _row(one: Answer, ruling: Ruling) -> tuple[object, ...]:
    places = "; ".join(dict.fromkeys(reason.clause.place for reason in ruling.decided_by))
    program = ruling.answer if ruling.answer == one.answer else f"**{ruling.answer}**"
    words = QUESTIONS[one.question][0]
    return one.question, words, one.answer, one.section, one.reason, program, places
