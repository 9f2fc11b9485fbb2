"""`openness path`, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.usefixtures("in_world")


def test_the_listing_shows_direction_and_source(run: Run) -> None:
    done = run("path", "meta", "openai")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "From Meta (organization:meta) to OpenAI (organization:openai): "
        "1 shortest chain of 2 relations"
    )
    assert "member of (founder) →" in done.stdout
    assert "← member of (founder)" in done.stdout
    assert "The gazette; The daily paper" in done.stdout


def test_every_format(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("path", "meta", "mlcommons", "-f", "csv").stdout)))
    assert [row["direction"] for row in rows] == ["of"]
    said = json.loads(run("path", "meta", "mlcommons", "-f", "json").stdout)
    assert said["chains"][0][0]["next"]["id"] == "organization:mlcommons"
    (line,) = run("path", "meta", "mlcommons", "-f", "jsonl").stdout.splitlines()
    assert json.loads(line)["step"] == 1
    assert run("path", "meta", "mlcommons", "-f", "md").stdout.startswith("## From Meta")
    assert run("path", "meta", "mlcommons", "-f", "tsv").stdout.startswith("?chain\t?step")
    assert "<results>" in run("path", "meta", "mlcommons", "-f", "xml").stdout
    wrong = run("path", "meta", "mlcommons", "-f", "tabel")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "Did you mean table" in wrong.stderr


def test_no_chain_is_exit_code_1(run: Run) -> None:
    done = run("path", "meta", "openai", "--max-length", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no chain of at most 1 relation between Meta (organization:meta)" in done.stderr
    document = run("path", "meta", "openai", "--max-length", "1", "-f", "json")
    assert document.returncode == 1
    assert json.loads(document.stdout)["chains"] == []
    rows = run("path", "meta", "openai", "--max-length", "1", "-f", "csv")
    assert (rows.returncode, rows.stdout.strip()) == (
        1,
        "chain,step,thing,direction,relation,next,via,source",
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("metta", "openai"), 3, "Did you mean meta"),
        (("meta", "openia"), 3, "Did you mean openai"),
        (("meta", "meta"), 2, "one thing"),
        (("meta", "openai", "--avoid", "nobody-knows"), 3, "no thing “nobody-knows”"),
        (("meta", "openai", "--max-length", "0"), 2, "max-length"),
        (("meta", "openai", "-o", "a.xyz"), 2, "ending"),
    ],
)
def test_bad_requests(arguments: tuple[str, ...], code: int, said: str, run: Run) -> None:
    done = run("path", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_it_is_drawn(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("path", "meta", "openai", "-o", "a.svg", "-o", "a.json", "--theme", "dark")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert b"From Meta to OpenAI" in (tmp_path / "a.svg").read_bytes()
    assert len(json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["nodes"]) == 3
    assert run("path", "meta", "openai", "-o", "-", "-f", "mmd").stdout.startswith("---\ntitle")
    none = run("path", "meta", "openai", "--max-length", "1", "-o", "b.svg")
    assert none.returncode == 1
    assert not (tmp_path / "b.svg").exists()
