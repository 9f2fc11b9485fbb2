"""Documentation is under test: it names what there is, and its examples run."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import engine_page
import pyoxigraph
import pytest
import reference
import typer

from openness.cli.main import app
from openness.graph import Graph

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def blocks(language: str, text: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def examples(text: str) -> list[tuple[str, int]]:
    """Return the `openness` command lines in a page, each with the code that its comment notes."""
    lines = "\n".join(blocks("sh", text)).splitlines()
    split = [line.partition("  #") for line in lines if line.startswith("openness ")]
    return [(line.strip(), _exit_code(comment)) for line, _, comment in split]


def _exit_code(comment: str) -> int:
    noted = re.search(r"\bexit (\d+)", comment)
    return int(noted[1]) if noted else 0


def page_examples() -> list[tuple[str, int]]:
    """Return the command lines of the README, of CONTRIBUTING and of docs/, each once."""
    found = (one for page in PAGES for one in examples(page.read_text(encoding="utf-8")))
    return list(dict.fromkeys(found))


def help_examples() -> list[tuple[str, int]]:
    """Return the `openness` command lines in the help of the commands, but for users' own."""
    root = typer.main.get_command(app)
    texts = [root.commands[name].help or "" for name in root.commands]  # type: ignore[attr-defined]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [
        (line, 0)
        for line in lines
        if line.startswith("openness ")
        and not re.search(r"question\.rq|mine\.trig|path/to|openness enrich|--prune", line)
    ]


# The check of all that ships takes long: tests/cli/test_show_export_info_check.py runs it once.
RUN_ELSEWHERE = {("openness check", 0)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        one
        for one in dict.fromkeys([*page_examples(), *help_examples()])
        if one not in RUN_ELSEWHERE
    ],
)
def test_example_runs(
    line: str, code: int, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every example of the pages and of the help does what it says, with the code that is noted."""
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(line)[1:])
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout or " -o " in line


def test_exit_codes_are_read_from_comments() -> None:
    """A comment that names a code, and one that does not."""
    page = "```sh\nopenness may use gpt-4   # no licence: exit 6\nopenness info  # version\n```"
    assert examples(page) == [("openness may use gpt-4", 6), ("openness info", 0)]


def test_python_example_runs(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's Python runs as it stands."""
    monkeypatch.setenv("OPENNESS_CACHE", str(cache))
    (code,) = blocks("python", README)
    names: dict[str, object] = {}
    exec(code, names)
    assert len(names["table"]) > 5  # type: ignore[arg-type]
    assert len(names["dataset"]) > 1000  # type: ignore[arg-type]


def test_example_of_a_curated_fact_is_trig() -> None:
    """The example that people copy when they add facts can be parsed."""
    (code,) = blocks("trig", (ROOT / "docs" / "curation.md").read_text(encoding="utf-8"))
    quads = list(pyoxigraph.parse(code, format=pyoxigraph.RdfFormat.TRIG))
    assert len(quads) > 5


def test_the_readme_names_every_command_and_global_option() -> None:
    """Nothing that a user can call is left to be found by chance."""
    root = typer.main.get_command(app)
    for name in root.commands:  # type: ignore[attr-defined]
        assert f"openness {name}" in README
    for parameter in root.params:
        option = parameter.opts[0]
        if option not in ("--version", "--show-completion"):
            assert option in README, option


def test_the_generated_pages_are_what_the_code_says(shipped_graph: Graph) -> None:
    """The pages were written by tools/reference.py from this very code and these data."""
    pages = reference.pages(shipped_graph)
    in_folder = {f"reference/{path.name}" for path in (reference.DOCS / "reference").iterdir()}
    in_folder -= {f"reference/{engine_page.PATH.name}"}  # tests/engine/test_engines.py holds it
    assert in_folder == {path for path in pages if path.startswith("reference/")}
    for path, text in pages.items():
        written = (reference.DOCS / path).read_text(encoding="utf-8")
        assert written == text, f"run tools/reference.py: {path} is behind"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link in a page names a file that exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


def test_every_decision_is_listed() -> None:
    """The list of decisions names each page beside it."""
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert sorted([*listed, "README.md"]) == sorted(path.name for path in folder.glob("*.md"))
