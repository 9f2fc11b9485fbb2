"""Saved queries: what their headers may say, and where their files may lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from openness import queries
from openness.errors import BrokenFileError, NotFoundError
from openness.header import read_header
from openness.queries import Parameter

WHOLE = """#+ title: Which?
#+ description: >-
#+   Over two
#+   lines.
#+ params:
#+   model: {type: model, label: a model, default: llama-2}
#+   how_many: {type: integer, default: 10}
#+   outcome: {type: choice, choices: [yes please, 2], optional: true}
#+   name: {type: string}
#+ columns:
#+   thing: what it is

# A comment of the query's own.
SELECT ?thing {}
"""


def written(folder: Path, text: str, name: str = "which-one.rq") -> Path:
    """Write a query file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_header_says_all_about_a_query(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE, "some-topic/which-one.rq")
    saved = queries.load(path)
    assert (saved.name, saved.topic, saved.path) == ("which-one", "some-topic", path)
    assert (saved.title, saved.description) == ("Which?", "Over two lines.")
    assert saved.text == WHOLE
    assert saved.columns == {"thing": "what it is"}
    assert saved.parameters == (
        Parameter("model", "model", "a model", default="llama-2"),
        Parameter("how_many", "integer", "how_many", default="10"),
        Parameter("outcome", "choice", "outcome", choices=("yes please", "2"), optional=True),
        Parameter("name", "string", "name"),
    )
    assert [p.variable for p in saved.parameters] == ["_model", "_how_many", "_outcome", "_name"]
    assert [p.is_required for p in saved.parameters] == [False, False, False, True]


def test_a_check_is_described_by_its_problem(tmp_path: Path) -> None:
    saved = queries.load(written(tmp_path, "#+ title: T\n#+ problem: Something.\nASK {}"))
    assert saved.description == "Something."
    assert saved.parameters == ()
    assert saved.columns == {}


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("#+ title: [", "not YAML"),
        ("#+ title: 'T", "not YAML"),
        ("#+ title: !!python/object:os.system T", "not YAML"),
        ("#+ just text", "not a mapping"),
        ("#+ [1, 2]", "not a mapping"),
        ("", "no title"),
        ("# title: T", "no title"),
        ("#+ title: 5", "no title"),
        ("#+ title: T\n#+ params: model", "params and columns"),
        ("#+ title: T\n#+ columns: [model]", "params and columns"),
        ("#+ title: T\n#+ params: {Model: {type: model}}", "parameter Model: a lower-case name"),
        ("#+ title: T\n#+ params: {a b: {type: model}}", "parameter a b: a lower-case name"),
        ("#+ title: T\n#+ params: {model: model}", "parameter model: .* a mapping"),
        ("#+ title: T\n#+ params: {model: {type: modle}}", "its type is one of .*model"),
        ("#+ title: T\n#+ params: {model: {label: a model}}", "its type is one of"),
        ("#+ title: T\n#+ params: {model: {type: [model]}}", "its type is one of"),
        ("#+ title: T\n#+ params: {model: {type: model, lable: x}}", "nothing is called lable"),
        ("#+ title: T\n#+ params: {model: {type: model, 1: x, b: y}}", "is called 1, b"),
        ("#+ title: T\n#+ params: {x: {type: choice}}", "list of choices"),
        ("#+ title: T\n#+ params: {x: {type: choice, choices: passed}}", "list of choices"),
        ("#+ title: T\n#+ params: {x: {type: model, choices: [a]}}", "list of choices"),
        ("#+ title: T\n#+ params: {help: {type: model}}", "option --help"),
        ("#+ title: T\n#+ params: {format: {type: model}}", "option --format"),
    ],
)
def test_a_broken_header_names_the_file_and_what_is_wrong(
    header: str, complaint: str, tmp_path: Path
) -> None:
    path = written(tmp_path, f"{header}\nASK {{}}\n")
    with pytest.raises(BrokenFileError, match=complaint) as caught:
        queries.load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "latin.rq"
    path.write_bytes(b"#+ title: \xe9\n")
    with pytest.raises(BrokenFileError, match=r"latin\.rq cannot be read"):
        queries.load(path)


def test_a_header_is_nothing_but_its_lines(tmp_path: Path) -> None:
    """It may be indented within, stand anywhere, and is not looked for in the query's strings."""
    text = "#+title: T\nSELECT * { ?s ?p ' #+ title: no' }\n#+ params:\n#+   a: b\n"
    assert read_header(tmp_path, text) == {"title": "T", "params": {"a": "b"}}
    assert read_header(tmp_path, "ASK {}") == {}


def test_folders_are_searched_in_depth_and_the_last_one_wins(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    written(first, WHOLE, "topic/which-one.rq")
    written(first, WHOLE, "views/drawn.rq")
    written(first, "no query", "notes.txt")
    own = written(second, WHOLE, "why-limited.rq")
    later = written(second, WHOLE, "deep/er/which-one.rq")
    files = queries.find_files((first, second))
    assert files["which-one"] == later
    assert files["why-limited"] == own
    assert set(files) - set(queries.find_files()) == {"which-one"}
    assert queries.find_files()["why-limited"] != own


def test_a_folder_must_exist(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="none"):
        queries.find_files((tmp_path / "none",))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("why-limitd", " Did you mean why-limited?"), ("../why-limited", ""), ("", "")],
)
def test_an_unknown_query_names_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        queries.find(name)
    assert str(caught.value).startswith(f"There is no saved query “{name}”.{hint}")
