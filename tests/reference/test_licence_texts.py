"""The clauses against the texts that they were read from, where the texts are at hand.

`OPENNESS_REFERENCE` names a folder with the texts in `licenses/`. They are not shipped.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from openness.graph import Graph
from openness.table import Table
from openness.terms import expand
from openness.texts import Texts

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no licence texts"),
]

SOURCES = sorted((Path(__file__).parents[2] / "data" / "curated" / "licences").glob("*.trig"))
NAMES = sorted(
    {
        name
        for path in SOURCES
        for name in re.findall(r"schema:encoding (text:\S+)", path.read_text())
    }
)
"""The texts that licences in the data were read from."""

CLAUSES = """
SELECT ?clause ?section ?start ?end ?number ?whole ?kind ?reason WHERE {
  ?clause oa:hasSource ?_text ; openness:hasSection ?section ; oa:hasSelector ?selector ; a ?kind .
  ?selector oa:start ?start ; oa:end ?end .
  OPTIONAL { ?clause schema:position ?number }
  OPTIONAL { ?clause dcterms:isPartOf ?whole }
  OPTIONAL { ?clause openness:isNoRuleBecause ?reason }
} ORDER BY ?start DESC(?end) ?clause
"""


@dataclass(frozen=True)
class Place:
    """A provision, or a part of one, and what it has been read as."""

    clause: str
    section: str
    start: int
    end: int
    number: int | None
    whole: str | None
    kind: str
    reason: str | None


@cache
def texts() -> dict[str, str]:
    """Return the texts at hand, as the data count them, by their SHA-256."""
    return Texts(Path(REFERENCE or "") / "licenses").by_hash


def rows(graph: Graph, query: str, values: dict[str, NamedNode] | None = None) -> Table:
    """Return the answer to a SELECT query."""
    answer = graph.query(query, values)
    assert isinstance(answer, Table)
    return answer


def text_of(graph: Graph, name: str) -> str:
    """Return the text that the data name by its hash; fails if it has changed."""
    (row,) = rows(graph, f"SELECT ?sum WHERE {{ {name} schema:sha256 ?sum }}")
    assert row.sum in texts(), f"{name} has changed since it was read, or is not here"
    return texts()[row.sum]


def places(graph: Graph, name: str) -> list[Place]:
    """Return every provision of a text and every part of one."""
    found = rows(graph, CLAUSES, {"_text": NamedNode(expand(name) or "")})
    return [
        Place(
            row.clause.id,
            row.section,
            row.start,
            row.end,
            row.number,
            row.whole.id if row.whole else None,
            row.kind.id,
            row.reason,
        )
        for row in found
    ]


def provisions(graph: Graph, name: str) -> list[Place]:
    """Return the numbered provisions of a text, in their order."""
    found = [place for place in places(graph, name) if place.number is not None]
    return sorted(found, key=lambda place: place.number or 0)


def test_every_text_that_is_read_in_full_is_tested(shipped_graph: Graph) -> None:
    """No licence claims to be read in full whose text these tests do not see."""
    table = shipped_graph.query(
        "SELECT ?text WHERE { ?licence openness:isReadInFull true ; schema:encoding ?text }"
    )
    assert {row.text.id for row in table} == set(NAMES)  # type: ignore[union-attr]


def test_at_least_thirty_texts() -> None:
    """The licences that the project promises, and the policies of those that have one at hand."""
    assert len(NAMES) >= 35


@pytest.mark.parametrize("name", NAMES)
def test_the_text_is_the_one_that_was_read(name: str, shipped_graph: Graph) -> None:
    assert text_of(shipped_graph, name)


@pytest.mark.parametrize("name", NAMES)
def test_provisions_are_numbered_without_a_gap_and_do_not_overlap(
    name: str, shipped_graph: Graph
) -> None:
    found = provisions(shipped_graph, name)
    assert [place.number for place in found] == list(range(1, len(found) + 1))
    for one, two in pairwise(found):
        assert one.end <= two.start, (one, two)


@pytest.mark.parametrize("name", NAMES)
def test_every_provision_is_a_rule_or_says_why_not(name: str, shipped_graph: Graph) -> None:
    """It is one, or has parts that are, or is left out with a reason."""
    found = places(shipped_graph, name)
    rules = {place.clause for place in found if place.kind.startswith("odrl:")}
    wholes = {place.whole for place in found if place.clause in rules}
    for place in found:
        is_rule = place.clause in rules
        assert is_rule or place.clause in wholes or place.reason, place
        assert not (is_rule and place.reason), place


@pytest.mark.parametrize("name", NAMES)
def test_every_part_falls_inside_its_provision(name: str, shipped_graph: Graph) -> None:
    found = places(shipped_graph, name)
    whole = {place.clause: place for place in found}
    for place in found:
        assert (place.number is None) != (place.whole is None), place
        if place.whole:
            outer = whole[place.whole]
            assert outer.start <= place.start < place.end <= outer.end, (outer, place)


@pytest.mark.parametrize("name", NAMES)
def test_spans_are_words_and_begin_with_their_numbers(name: str, shipped_graph: Graph) -> None:
    """A span has no space around it; that of a numbered section begins with the number."""
    text = text_of(shipped_graph, name)
    for place in places(shipped_graph, name):
        span = text[place.start : place.end]
        assert span, place
        assert span == span.strip(), place
        number = re.fullmatch(r"§(?:\d+\.)*(\w+)", place.section)
        if number and place.number is not None and re.match(r"\W*\w{1,3}[.)]", span):
            assert re.match(rf"\W*(?:\d+\.)*{number[1]}[.)\s]", span, re.IGNORECASE), (
                place.section,
                span[:30],
            )


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_left_out(name: str, shipped_graph: Graph) -> None:
    """What stands in no provision is a title or a heading: a few words on a line."""
    text = text_of(shipped_graph, name)
    covered = [False] * len(text)
    for place in provisions(shipped_graph, name):
        covered[place.start : place.end] = [True] * (place.end - place.start)
    rest = "".join(
        " " if hidden and c != "\n" else c for c, hidden in zip(text, covered, strict=True)
    )
    left = [line.strip() for line in rest.splitlines() if re.search(r"\w", line)]
    for line in left:
        assert len(line.split()) <= 8, line
    assert len(left) < 16, left


@pytest.mark.parametrize(
    ("clause", "words"),
    [
        ("clause:llama-2-1-b-v", "to improve any other large language model"),
        ("clause:llama-2-2", "700 million monthly active users"),
        ("clause:llama-2-1-b-iv", "incorporated by reference"),
        ("clause:llama-2-use-policy-2", "Military, warfare, nuclear"),
    ],
)
def test_the_restrictions_of_the_story_say_so(
    clause: str, words: str, shipped_graph: Graph
) -> None:
    """The clauses that the first answer rests on contain the words that it rests on."""
    for name in NAMES:
        for place in places(shipped_graph, name):
            if place.clause == clause:
                span = text_of(shipped_graph, name)[place.start : place.end]
                assert words in " ".join(span.split())
                return
    pytest.fail(f"{clause} is in no text")


def test_no_reading_repeats_the_text(shipped_graph: Graph) -> None:
    """Descriptions and reasons are ours: no run of ten words stands in the text they are about."""
    found = rows(
        shipped_graph,
        """SELECT ?text ?clause ?said WHERE {
          ?clause oa:hasSource ?text ; dcterms:description|openness:isNoRuleBecause ?said }""",
    )
    runs = {name: runs_of(text_of(shipped_graph, name)) for name in NAMES}
    copied = {
        row.clause.id: sorted(" ".join(run) for run in same)[0]
        for row in found
        if (same := runs_of(row.said) & runs[row.text.id])
    }
    assert not copied


def runs_of(text: str, length: int = 10) -> set[tuple[str, ...]]:
    """Return all runs of so many words, without case and punctuation."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}
