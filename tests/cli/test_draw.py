"""`openness draw`, and the pictures of `why` and `may`, as a user runs them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.usefixtures("in_world")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to draw into."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_without_a_name_the_views_are_listed(run: Run) -> None:
    done = run("draw")
    assert done.returncode == 0
    assert "story" in done.stdout
    assert "The lineage of a model" in done.stdout
    rows = [json.loads(line) for line in run("draw", "-f", "jsonl").stdout.splitlines()]
    (timeline,) = [row for row in rows if row["view"] == "timeline"]
    assert timeline["thing"] == "organization (default: openai)"


def test_a_view_is_drawn_into_several_files(run: Run, here: Path) -> None:
    done = run("draw", "ecosystem", "meta", "-o", "a.svg", "-o", "a.csv", "-o", "a.mmd")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""
    assert {path.name for path in here.iterdir()} == {"a.svg", "a.csv", "a-nodes.csv", "a.mmd"}


def test_stdout_takes_a_format(run: Run, here: Path) -> None:
    done = run("draw", "lineage", "-o", "-", "-f", "mmd")
    assert done.stdout.startswith("---\ntitle: ")
    assert run("draw", "lineage", "-f", "mmd").stdout == done.stdout
    both = run("draw", "lineage", "-o", "-", "-o", "b.json", "-f", "mmd")
    assert both.stdout == done.stdout
    assert json.loads((here / "b.json").read_text(encoding="utf-8"))["directed"]
    assert run("draw", "lineage", "-o", "-").returncode == 2


def test_help_shows_the_parameters_of_a_view(run: Run) -> None:
    done = run("draw", "proof", "--help")
    assert done.returncode == 0
    for word in ("[THING]", "--criteria", "--hops", "--max-nodes", "--layout", "Example:"):
        assert word in done.stdout
    assert "Examples: openness draw" in " ".join(run("draw", "--help").stdout.split())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["timeline", "mlcommons", "-o", "a.svg"], 3, "has nothing to show"),
        (["lineage", "-o", "a.jpeg"], 2, "there are .svg, .png, .pdf, .dot, .mmd, .graphml"),
        (["lineage"], 2, "Name a file: openness draw lineage llama-2 -o lineage.svg"),
        (["linage", "-o", "a.svg"], 3, "Did you mean lineage"),
        (["lineage", "lama-2", "-o", "a.svg"], 3, "Did you mean llama-2"),
        (["lineage", "-o", "a.svg", "--layout", "spiral"], 2, "there are dot, neato"),
        (["lineage", "-o", "a.svg", "--theme", "blue"], 2, "there are light, dark"),
        (["lineage", "-o", "a.svg", "--style", "none.yaml"], 3, "no file none.yaml"),
        (["lineage", "-o", "a.svg", "--only", "peoples"], 2, "is no kind and no relation"),
        (["lineage", "-o", "a.svg", "-f", "png"], 2, "ends in .svg, and -f says png"),
        (["lineage", "-o", "no/a.svg"], 4, "cannot be written"),
    ],
)
def test_what_goes_wrong_is_one_line_and_no_file(
    arguments: list[str], code: int, message: str, run: Run, here: Path
) -> None:
    done = run("draw", *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not list(here.iterdir())


def test_a_cut_is_told(run: Run) -> None:
    done = run("draw", "ecosystem", "--max-nodes", "3", "-o", "a.json")
    assert done.returncode == 0
    assert "3 of 7 things are shown" in done.stderr


def test_options_reach_the_picture(run: Run, here: Path) -> None:
    (here / "style.yaml").write_text("kinds: {model: {colour: '#123456'}}", encoding="utf-8")
    options = ("--style", "style.yaml", "--theme", "dark", "--layout", "neato")
    done = run("draw", "lineage", *options, "--without", "licence", "-o", "a.svg")
    assert done.returncode == 0, done.stderr
    text = (here / "a.svg").read_text(encoding="utf-8")
    assert "#123456" in text
    assert "#14181d" in text.lower()
    assert "Apache" not in text


def test_why_and_may_draw(run: Run, here: Path) -> None:
    assert run("why", "llama-2", "-o", "why.svg").returncode == 0
    assert "Few users only" in (here / "why.svg").read_text(encoding="utf-8").replace("\n", " ")
    assert run("may", "--matrix", "-o", "may.svg").returncode == 0
    assert "Apache terms" in (here / "may.svg").read_text(encoding="utf-8")


def test_the_same_from_two_processes(run: Run, here: Path) -> None:
    for name in ("a", "b"):
        files = [f"{name}.{ending}" for ending in ("svg", "png", "pdf", "graphml", "gexf", "ttl")]
        assert run("draw", "story", *[w for f in files for w in ("-o", f)]).returncode == 0
    for path in here.glob("a.*"):
        assert path.read_bytes() == path.with_stem("b").read_bytes(), path.name
