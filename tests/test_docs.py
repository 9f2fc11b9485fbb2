"""Documentation is under test: it names what there is, and its examples run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pyoxigraph
import pytest
import typer

from openness.cli.main import app

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def blocks(language: str, text: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def example_lines() -> list[str]:
    """Return the `openness` command lines of the README."""
    lines = "\n".join(blocks("sh", README)).splitlines()
    return [line.partition("  #")[0] for line in lines if line.startswith("openness ")]


def help_examples() -> list[str]:
    """Return the `openness` command lines in the help of the commands, but for users' files."""
    root = typer.main.get_command(app)
    texts = [root.commands[name].help or "" for name in root.commands]  # type: ignore[attr-defined]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [
        line
        for line in lines
        if line.startswith("openness ") and not re.search(r"question\.rq|mine\.trig|path/to", line)
    ]


@pytest.mark.parametrize("line", [*example_lines(), *help_examples()])
def test_example_runs(line: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example of the README and of the help does what it says, without an error."""
    monkeypatch.chdir(tmp_path)
    done = run(*shlex.split(line)[1:])
    assert done.returncode == 0, done.stderr
    assert done.stdout or " -o " in line


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


def reference() -> ModuleType:
    """Return the script that writes the reference."""
    spec = importlib.util.spec_from_file_location("reference", ROOT / "tools" / "reference.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    """docs/reference/ was written by tools/reference.py from this very code."""
    module = reference()
    pages = module.pages()
    folder: Path = module.FOLDER
    assert {path.name for path in folder.iterdir()} == set(pages)
    for name, text in pages.items():
        written = (folder / name).read_text(encoding="utf-8")
        assert written == text, f"run tools/reference.py: {name} is behind"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link in a page names a file that exists."""
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target
