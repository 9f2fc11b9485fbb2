"""A second instance of Openness, started and asked as the docs say."""

from __future__ import annotations

import csv
import re
import shlex
import sysconfig
import urllib.request
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Final

import pytest
from tests.servers.process import free_port, running

from openness.terms import compact

ROOT: Final = Path(__file__).resolve().parents[2]
ELSEWHERE: Final = ROOT / "tests" / "fixtures" / "elsewhere.trig"
LINKED: Final = ELSEWHERE.with_name("linked.trig")
GOLDEN: Final = ROOT / "tests" / "golden" / "federated"

Run = Callable[..., "CompletedProcess[str]"]


def steps(port: int) -> list[list[str]]:
    """Return the commands of the docs, on another port."""
    page = (ROOT / "docs" / "federation.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```console\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    lines = block.replace("localhost:7878", f"127.0.0.1:{port}").splitlines()
    return [shlex.split(line.removeprefix("$ ")) for line in lines]


def test_the_steps_of_the_docs(
    run: Run, in_world: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prefixes, _, graph = re.split("# As everywhere.*|(?=graph:elsewhere {)", ELSEWHERE.read_text())
    Path("mine.trig").write_text(prefixes + graph)  # the merge is made by compiling
    port = free_port()
    (mkdir, folder, also, *serve, background), *commands = steps(port)
    assert (mkdir, also, background) == ("mkdir", "&&", "&")
    Path(folder).mkdir()
    program = Path(sysconfig.get_path("scripts")) / serve[0]
    asked = f"http://127.0.0.1:{port}/query?query=ASK%20%7B%7D"

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(asked, timeout=5):
                return True
        except OSError:
            return False

    with running([str(program), *serve[1:]], tmp_path, is_ready, 30):
        push, *asks = (command[1:] for command in commands)
        ours = ("--quiet", "--graph", str(LINKED))
        done = [run("--quiet", *push), *(run(*ours, *ask) for ask in asks)]
    assert [one.returncode for one in done] == [0, 0, 0], [one.stderr for one in done]
    asked_for = [ask[1] for ask in asks]
    assert asked_for == ["licences-elsewhere", "verdicts-elsewhere"]
    for name, one in zip(asked_for, done[1:], strict=True):
        found = [",".join(map(compact, row)) for row in csv.reader(one.stdout.splitlines())]
        assert found == (GOLDEN / f"{name}.csv").read_text(encoding="utf-8").splitlines()
