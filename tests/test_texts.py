"""Licence texts on disk: found by hash, quoted by position."""

from __future__ import annotations

from pathlib import Path

import pytest

from openness.check import text_findings
from openness.clauses import Clause, Library
from openness.errors import NotFoundError
from openness.graph import Graph
from openness.texts import Texts, body

DEED = "Cut few users here.\n"


@pytest.fixture
def clause(terms: Graph) -> Clause:
    """The clause of the invented terms that has a place in a text."""
    licence = terms.find("limited", "licence").iri
    (found,) = Library(terms).terms([licence])
    return next(one for one in found.clauses if one.thing.label == "Few users")


@pytest.mark.parametrize(
    "content",
    [DEED, DEED.replace("\n", "\r\n"), f"---\nkey: deed\n---\n{DEED}"],
    ids=["plain", "carriage returns", "metadata"],
)
def test_the_words_of_a_clause(content: str, clause: Clause, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "deed.txt").write_bytes(content.encode())
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe\x00")
    texts = Texts(tmp_path)
    assert texts.words(clause) == "few u"
    assert texts.lacking([clause]) == []


def test_a_text_that_has_changed_is_not_quoted(clause: Clause, tmp_path: Path) -> None:
    (tmp_path / "deed.txt").write_text("Cut more users here.\n", encoding="utf-8")
    texts = Texts(tmp_path)
    assert texts.words(clause) is None
    assert texts.lacking([clause]) == ["Limited licence"]


def test_a_check_finds_the_text_that_has_changed(terms: Graph, tmp_path: Path) -> None:
    deed = tmp_path / "deed.txt"
    deed.write_text(DEED, encoding="utf-8")
    assert text_findings(terms, tmp_path) == []
    deed.write_text("Cut more users here.\n", encoding="utf-8")
    (found,) = text_findings(terms, tmp_path)
    assert (found.severity, found.check) == ("error", "text-changed")
    assert found.entity.endswith("/text/deed")


def test_without_a_folder_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no folder"):
        Texts(tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a\r\nb", "a\nb"),
        ("---\nkey: x\n---\ntext\n---\nmore", "text\n---\nmore"),
        ("--- no metadata\n---\ntext", "--- no metadata\n---\ntext"),
        ("text\n---\nmore\n---\n", "text\n---\nmore\n---\n"),
    ],
)
def test_the_body_is_what_stands_below_the_metadata(content: str, expected: str) -> None:
    assert body(content) == expected
