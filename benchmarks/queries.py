"""How long each saved question, check and view takes on what ships, against one named peer.

Everything is asked in one process that has the compiled store open on disk, as users have it. The
peer is the saved query `sources`, asked right before each; times are of the processor, so that
others on the machine count little. A question that grew slow with the data stands at the top.

Run: python benchmarks/queries.py [RUNS]
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from openness import check, queries, shipped, views
from openness.engine.compile import collect, open_store
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph

PEER = "sources"
SLOW_SECONDS = 2.0
"""What takes longer is asked once."""
SLOW_RATIO = 10
"""From here on a row is in bold."""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    with tempfile.TemporaryDirectory() as folder:
        graph = Graph(EmbeddedEngine(open_store(collect(), Path(folder), print)))
        print(
            f"CPython {platform.python_version()}, {os.cpu_count()} cores; median of {runs} runs.\n"
        )
        report({name: compare(graph, ask, runs) for name, ask in asked(graph).items()})


def asked(graph: Graph) -> dict[str, Callable[[], object]]:
    """Return how to ask each question that needs no value from the user and no other service."""
    found: dict[str, Callable[[], object]] = {}
    for path in queries.find_files().values():
        saved = queries.load(path)
        if not saved.is_federated and not any(p.is_required for p in saved.parameters):
            found[f"{saved.topic}/{saved.name}"] = partial(graph.answer, saved, {})
    for name in views.find_files():
        if not any(p.is_required for p in views.find(name).query.parameters):
            found[f"views/{name}"] = partial(graph.view, name)
    shapes = shipped.ontology() / "shapes.ttl"
    return found | {"the shapes, by pySHACL": partial(check.shape_findings, graph, shapes)}


def compare(graph: Graph, ask: Callable[[], object], runs: int) -> tuple[float, float]:
    """Return the seconds that a question takes, and its ratio to the peer: medians."""
    pairs = []
    for _ in range(runs):
        peer = seconds(partial(graph.ask, PEER))
        pairs.append((seconds(ask), peer))
        if pairs[-1][0] > SLOW_SECONDS:
            break
    return statistics.median(a for a, _ in pairs), statistics.median(a / b for a, b in pairs)


def seconds(ask: Callable[[], object]) -> float:
    """Return the processor's time for asking once."""
    start = time.process_time()
    ask()
    return time.process_time() - start


def report(costs: dict[str, tuple[float, float]]) -> None:
    """Print a Markdown table, the slowest first."""
    print(f"| question | ms | against `{PEER}` |\n|---|---|---|")
    for name, (cost, ratio) in sorted(costs.items(), key=lambda one: -one[1][1]):
        mark = "**" if ratio >= SLOW_RATIO else ""
        print(f"| {name} | {cost * 1000:.0f} | {mark}× {ratio:.2f}{mark} |")


if __name__ == "__main__":
    main()
