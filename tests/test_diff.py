"""Two versions of the graph: facts, verdicts, rules, and texts of licences."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from openness import shipped
from openness.diff import Difference, difference, document, is_text, text_difference
from openness.errors import BrokenFileError, NotFoundError
from openness.graph import Graph

TERMS = Path(__file__).parent / "fixtures" / "terms.trig"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The invented terms without the clause on users."""
    text = TERMS.read_text(encoding="utf-8")
    assert "odrl:prohibition clause:limited-2 , clause:limited-3 ," in text
    path = tmp_path / "changed.trig"
    text = text.replace("odrl:prohibition clause:limited-2 , ", "odrl:prohibition ")
    text = text.replace(
        "clause:limited-3 , clause:limited-4 , clause:limited-5 .", "clause:limited-5 ."
    )
    path.write_text(text, encoding="utf-8")
    return path


def test_a_version_does_not_differ_from_itself() -> None:
    assert not difference(TERMS, TERMS)


def test_facts_and_the_verdicts_that_changed_because_of_them(changed: Path) -> None:
    found = difference(TERMS, changed)
    assert not found.added
    assert {(f.subject, f.property, f.value) for f in found.removed} == {
        ("Limited licence", "has prohibition", clause)
        for clause in ("Few users", "Little money", "Not in the union")
    }
    by_criterion = {
        v.criterion.label: v for v in found.verdicts if v.subject.id == "licence:limited"
    }
    everybody = by_criterion["Everybody"]
    assert (everybody.before, everybody.after) == ("failed", "passed")
    assert "no longer: Few users" in everybody.because
    assert (
        "no longer: A prohibition limits what the criterion forbids to limit" in everybody.because
    )


def test_the_other_way_round(changed: Path) -> None:
    forth, back = difference(TERMS, changed), difference(changed, TERMS)
    assert (forth.added, forth.removed) == (back.removed, back.added)
    assert [(v.before, v.after) for v in forth.verdicts] == [
        (v.after, v.before) for v in back.verdicts
    ]


def checkout(folder: Path, *, without: str = "", data: Path = TERMS) -> Path:
    """Return a small checkout with these data, and with one rule left out."""
    shutil.copytree(shipped.ontology(), folder / "ontology")
    (folder / "data").mkdir()
    shutil.copy(data, folder / "data" / "terms.trig")
    if without:
        (folder / "ontology" / "rules" / f"{without}.rq").unlink()
    return folder


def test_a_change_of_a_rule_shows(tmp_path: Path) -> None:
    old = checkout(tmp_path / "old")
    new = checkout(tmp_path / "new")
    path = new / "ontology" / "rules" / "limit-found.rq"
    text = path.read_text(encoding="utf-8").replace(
        "earl:outcome earl:failed", "earl:outcome earl:cantTell"
    )
    path.write_text(text, encoding="utf-8")
    found = difference(old, new)
    rule = "A prohibition limits what the criterion forbids to limit"
    assert {f.subject for f in (*found.added, *found.removed)} == {rule}
    assert ("failed", "cantTell") in {(v.before, v.after) for v in found.verdicts}


def test_a_wheel_is_a_version(tmp_path: Path, changed: Path) -> None:
    folder = checkout(tmp_path / "new", data=changed)
    wheel = tmp_path / "openness-9-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"openness/_shipped/{path.relative_to(folder)}")
    assert not difference(folder, wheel)


@pytest.mark.parametrize("name", ["none.trig", "none"])
def test_what_does_not_exist(name: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no file or folder"):
        difference(TERMS, tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.zip", b"", "ends in none of"),
        ("a.whl", b"no zip", "is no wheel"),
        ("a.ttl", b"no turtle", "line 1"),
    ],
)
def test_what_is_no_version(name: str, content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BrokenFileError, match=reason):
        difference(path, TERMS)


def test_a_wheel_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "other.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other/__init__.py", "")
    with pytest.raises(BrokenFileError, match="no wheel of Openness"):
        difference(path, TERMS)


def test_the_document_is_json(changed: Path) -> None:
    found = document(difference(TERMS, changed))
    assert json.loads(json.dumps(found)) == found
    assert found["removed"][0].keys() == {"subject", "property", "value", "source"}
    assert document(Difference((), (), ())) == {"added": [], "removed": [], "verdicts": []}


# Texts


@pytest.fixture
def deed(tmp_path: Path) -> Path:
    """The text that the clause on users was read from."""
    path = tmp_path / "deed.txt"
    path.write_text("Cut few users here.\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("Cut few users there.\n", None),
        ("Now cut few users here.\n", "moved to 8"),
        ("Cut all users here.\n", "changed"),
    ],
)
def test_a_new_text_of_a_licence(text: str, state: str | None, deed: Path, terms: Graph) -> None:
    new = deed.with_name("new.txt")
    new.write_text(text, encoding="utf-8")
    found = text_difference(terms, deed, new)
    assert [(m.place, m.state) for m in found] == ([("§2", state)] if state else [])
    if state:
        assert "Limited licence: Everybody: failed" in found[0].verdicts


def test_a_text_that_nobody_read(deed: Path, terms: Graph) -> None:
    with pytest.raises(NotFoundError, match="No clause in the graph was read from"):
        text_difference(terms, TERMS, deed)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.txt", True), ("a.LICENSE", True), ("a.trig", False), ("a.whl", False)],
)
def test_what_counts_as_a_text(name: str, expected: bool, tmp_path: Path) -> None:
    path = tmp_path / name
    path.touch()
    assert is_text(path) is expected
    assert not is_text(tmp_path)
