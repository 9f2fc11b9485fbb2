"""The clauses against the texts that they were read from, where the texts are at hand.

`OPENNESS_REFERENCE` names a folder with the texts in `licenses/`. They are not shipped.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from openness.graph import Graph

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no licence texts"),
]

FILES = {
    "text:llama-2": "llama-2-license-2023.LICENSE",
    "text:llama-2-use-policy": "llama-2-use-policy.md",
    "text:apache-2.0": "apache-2.0.LICENSE",
}
"""Where the text of each licence that has been read in full lies."""

CLAUSES = """
SELECT ?clause ?section ?start ?end WHERE {
  ?clause oa:hasSource ?_text ; openness:hasSection ?section ; oa:hasSelector ?selector .
  ?selector oa:start ?start ; oa:end ?end .
} ORDER BY ?start DESC(?end)
"""


def text_of(name: str) -> str:
    """Return the text as the data count it: below the metadata, with line feeds."""
    raw = (Path(REFERENCE or "") / "licenses" / FILES[name]).read_text(encoding="utf-8")
    parts = re.split(r"^---\n", raw.replace("\r\n", "\n"), maxsplit=2, flags=re.MULTILINE)
    return parts[2] if raw.startswith("---") else raw


def clauses(graph: Graph, name: str) -> list[tuple[str, str, int, int]]:
    """Return id, section, start and end of every provision of a text."""
    table = graph.query(CLAUSES, {"_text": NamedNode(graph.find(name).iri)})
    return [(row.clause.id, row.section, row.start, row.end) for row in table]  # type: ignore[union-attr]


def test_every_text_that_is_read_in_full_is_here(shipped_graph: Graph) -> None:
    """No licence claims to be read in full whose text these tests do not see."""
    table = shipped_graph.query(
        "SELECT ?text WHERE { ?licence openness:isReadInFull true ; schema:encoding ?text }"
    )
    assert {row.text.id for row in table} == set(FILES)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FILES)
def test_hash(name: str, shipped_graph: Graph) -> None:
    """The text is the one that was read."""
    table = shipped_graph.query(f"SELECT ?sum WHERE {{ {name} schema:sha256 ?sum }}")
    expected = hashlib.sha256(text_of(name).encode()).hexdigest()
    assert [row.sum for row in table] == [expected]  # type: ignore[union-attr]


@pytest.mark.parametrize("name", FILES)
def test_spans_begin_with_their_numbers(name: str, shipped_graph: Graph) -> None:
    """A provision's span begins with the number of its section and has no space around it."""
    text, checked = text_of(name), 0
    for clause, section, start, end in clauses(shipped_graph, name):
        span = text[start:end]
        assert span, clause
        assert span == span.strip(), clause
        number = re.search(r"(?:§|[.,(] ?|^)(\w+)\)?$", section)
        if number and (section.startswith("§") or section[-1].isdigit()):
            assert re.match(rf"\(?{number[1]}[.)]", span), (clause, section, span[:30])
            checked += 1
    assert checked >= 4


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_left_out(name: str, shipped_graph: Graph) -> None:
    """What stands in no provision is a title or a heading: a few words on a line."""
    text = text_of(name)
    covered = [False] * len(text)
    for _, _, start, end in clauses(shipped_graph, name):
        covered[start:end] = [True] * (end - start)
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
    for name in FILES:
        for found, _, start, end in clauses(shipped_graph, name):
            if found == clause:
                assert words in " ".join(text_of(name)[start:end].split())
                return
    pytest.fail(f"{clause} is in no text")
