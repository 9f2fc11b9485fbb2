"""`push` into real engines: what is put there, what is removed, and what stays."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from tests.servers import oxigraph, virtuoso

from openness import push
from openness.engine.remote import RemoteEngine
from openness.errors import EngineError, NetworkError, UsageError
from openness.graph import Graph
from openness.net import http
from openness.terms import GRAPH, MERGE, PUSHED

Run = Callable[..., "subprocess.CompletedProcess[str]"]

GONE: Final = (f"{GRAPH}gone", f"{GRAPH}gone/too?a=b&c=%C3%A4")
OTHERS: Final = ("urn:others", GRAPH.removesuffix("/") + "s-of-others/x", "http://w3id.org/x")


@pytest.fixture(
    scope="module",
    params=[
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
def endpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An engine that may be written to."""
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp(request.param)
        if request.param == "oxigraph":
            yield stack.enter_context(oxigraph.started(folder)).endpoint
        else:
            patch.setenv("OPENNESS_ENDPOINT_USER", virtuoso.USER)
            patch.setenv("OPENNESS_ENDPOINT_PASSWORD", virtuoso.PASSWORD)
            yield stack.enter_context(virtuoso.started(folder)).endpoint


@pytest.fixture
def held(endpoint: str) -> str:
    """That engine, with graphs of ours that are nowhere here, and with graphs of others."""
    for number, name in enumerate((*GONE, *OTHERS), 1):
        triples = "".join(f"<urn:s> <urn:p> <urn:o{i}> .\n" for i in range(number))
        push._send("PUT", push.store_of(endpoint), name, 60, triples.encode())
    return endpoint


def everything(endpoint: str) -> dict[str, int]:
    """Return the graphs that an engine holds, whoever they are of, with their sizes."""
    return push._counted(RemoteEngine(endpoint, is_whole=True), push._COUNTS)


def counted(endpoint: str) -> dict[str | None, int]:
    """Return what commands see of the graphs that were pushed, and of the merge."""
    found = push.counts(RemoteEngine(endpoint))
    return {name: count for name, count in found.items() if name not in (*GONE, *OTHERS)}


def test_ours_that_are_here_no_longer(held: str, known: Graph) -> None:
    push.push(known, held, push.store_of(held))
    assert push.outdated(known, held) == {GONE[0]: 1, GONE[1]: 2}


def test_without_prune_what_is_only_there_stays(held: str, known: Graph) -> None:
    counts = push.push(known, held, push.store_of(held))
    assert not any(one.is_removed for one in counts)
    assert everything(held).keys() >= {*GONE, *OTHERS}


def test_prune_removes_ours_and_nothing_of_others(held: str, known: Graph) -> None:
    before = everything(held)
    counts = push.push(known, held, push.store_of(held), is_pruned=True)
    assert [one for one in counts if one.is_removed] == [
        push.Count(name, 0, 0, is_removed=True) for name in GONE
    ]
    assert all(one.here == one.there for one in counts)
    after = everything(held)
    assert not after.keys() & set(GONE)
    assert {name: after[name] for name in OTHERS} == {OTHERS[i]: i + 3 for i in range(3)}
    ours = {*known.named_graphs(), MERGE, PUSHED}
    assert {n: c for n, c in after.items() if n not in ours} == {
        n: c for n, c in before.items() if n not in ours and n not in GONE
    }  # such as the graphs that Virtuoso keeps for itself
    assert counted(held) == push.counts(known.engine)
    assert push.outdated(known, held) == {}


def test_one_source_cannot_be_pruned_by(held: str, known: Graph) -> None:
    with pytest.raises(UsageError, match="not one source"):
        push.push(known, held, push.store_of(held), only=f"{GRAPH}article", is_pruned=True)
    assert everything(held).keys() >= {*GONE, *OTHERS}


def test_a_removal_that_fails_is_told_with_what_was_done(
    held: str, known: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = http.send

    def fails(method: str, *arguments: Any, **more: Any) -> bytes:
        if method == "DELETE" and GONE[1] in more["parameters"].values():
            raise NetworkError("it did not answer: reset")
        return send(method, *arguments, **more)

    monkeypatch.setattr(http, "send", fails)
    with pytest.raises(EngineError, match=r"1 of 2 that are here no longer were removed; .*reset"):
        push.push(known, held, push.store_of(held), is_pruned=True)
    assert GONE[0] not in everything(held)
    assert counted(held) == push.counts(known.engine)


def test_the_command_line(held: str, run: Run, in_world: None) -> None:
    """What the help shows, on a real engine: first without doing it."""
    login = {
        "OPENNESS_ENDPOINT_USER": virtuoso.USER,
        "OPENNESS_ENDPOINT_PASSWORD": virtuoso.PASSWORD,
    }
    text = run("push", "--help").stdout
    (example,) = re.findall(r"openness push .*--prune.*--dry-run", text)
    arguments = shlex.split(example.replace("http://localhost:7878/query", held))[1:]
    before = everything(held)
    shown = run(*arguments)
    assert shown.returncode == 0, shown.stderr
    removed = [line.split() for line in shown.stdout.splitlines() if "removed there" in line]
    assert [(name, count) for name, count, *_ in removed] == [(GONE[0], "1"), (GONE[1], "2")]
    assert everything(held) == before
    done = run(*(word for word in arguments if word != "--dry-run"), env=login)
    assert done.returncode == 0, done.stderr
    assert "were removed there: 2" in done.stderr
    assert done.stdout == ""
    assert not everything(held).keys() & set(GONE)
    again = run(*arguments)
    assert "removed there" not in again.stdout


def test_a_source_and_prune_contradict_each_other(run: Run, in_world: None) -> None:
    done = run("push", "--to", "http://localhost:1/query", "--source", "article", "--prune")
    assert (done.returncode, done.stdout) == (2, "")
    assert "leave --source out" in done.stderr
