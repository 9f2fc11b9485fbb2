"""Commands that read, on what ships: the same bytes from the embedded store and from others."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.servers import oxigraph, virtuoso

from openness import push
from openness.graph import Graph

Run = Callable[..., "subprocess.CompletedProcess[str]"]

COMMANDS: Final = (
    "ask why-limited --model llama-2 -f json",
    "sparql CONSTRUCT{?m?p?o}WHERE{?m?p?o.FILTER(?m=model:llama-2)} -f nt",
    "show llama-2 -f csv",
    "why llama-2 --criteria osd -f json",
    "may use-commercially llama-2 --users 800000000 -f json",
    "compare llama-2 falcon-40b -f json",
    "disagree bloom -f json",
    "export llama-2 -f nq",
    "draw members -o members.csv",
    "path meta mlcommons -f json",
)


@pytest.fixture(scope="module")
def endpoints(
    shipped_graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """What ships, pushed to the engines that this machine has, and counted."""
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp("oxigraph")
        found = {"oxigraph": stack.enter_context(oxigraph.started(folder)).endpoint}
        if virtuoso.is_there():
            patch.setenv("OPENNESS_ENDPOINT_USER", virtuoso.USER)
            patch.setenv("OPENNESS_ENDPOINT_PASSWORD", virtuoso.PASSWORD)
            folder = tmp_path_factory.mktemp("virtuoso")
            found["virtuoso"] = stack.enter_context(virtuoso.started(folder)).endpoint
        for url in found.values():
            for one in push.push(shipped_graph, url, push.store_of(url)):
                assert one.here == one.there, one
        yield found


@pytest.mark.parametrize(
    "engine",
    [
        "oxigraph",
        pytest.param(
            "virtuoso",
            marks=[
                pytest.mark.virtuoso,
                pytest.mark.skipif(not virtuoso.is_there(), reason="no virtuoso-t on the PATH"),
            ],
        ),
    ],
)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[0])
def test_a_command_that_reads_gives_the_same_bytes(
    command: str,
    engine: str,
    endpoints: dict[str, str],
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "members.csv"
    here = run("-q", *command.split())
    drawn = file.read_bytes() if file.exists() else b""
    there = run("-q", "--endpoint", endpoints[engine], *command.split())
    assert here.returncode in (0, 5), here.stderr
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout), there.stderr
    assert (file.read_bytes() if file.exists() else b"") == drawn
    assert here.stdout or drawn
