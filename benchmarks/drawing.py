"""What drawing costs, by format and number of things.

    python benchmarks/drawing.py 50 500 5000 50000

Draws a synthetic graph of so many models, each made from an earlier one and under one of twenty
licences (a seeded generator), into each format; one run of each, in a process of its own. The last
column is against NetworkX writing the same graph as GraphML, in the same process. Larger graphs are
laid out by `sfdp`, as views are.
"""

from __future__ import annotations

import os
import platform
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def synthetic(count: int) -> object:
    """Return a view of so many models with their licences and derivations."""
    import networkx

    draw = random.Random(20261125)
    graph = networkx.MultiDiGraph(title=f"{count:,} models", layout="dot")
    licences = [f"licence:{number}" for number in range(20)]
    for node in licences:
        graph.add_node(node, label=node.title(), kind="licence", iri=f"urn:{node}", sources=["s"])
    for number in range(count - len(licences)):
        node, label = f"model:{number}", f"Model {number}"
        graph.add_node(node, label=label, kind="model", iri=f"urn:{node}", sources=["s"])
        graph.add_edge(node, draw.choice(licences), "dcterms:license", label="has licence")
        if number:
            base = f"model:{draw.randrange(number)}"
            graph.add_edge(node, base, "openness:derivedFromModel", label="derived from model")
    for _, _, key, data in graph.edges(keys=True, data=True):
        data.update(relation=key, iri=f"urn:{key}", sources=["s"])
    return graph


def one(name: str, count: int) -> None:
    """Draw one graph into one format and print its row; in a process of its own."""
    import networkx

    from openness import draw

    graph = synthetic(count)
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        networkx.write_graphml(networkx.Graph(networkx.DiGraph(graph).edges), Path(folder) / "peer")
        peer = time.perf_counter() - begin
        begin = time.perf_counter()
        draw.write(graph, Path(folder) / f"picture.{name}")
        seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"| {count:,} | {name} | {seconds:.2f} | {seconds / peer:.1f} | {peak} |", flush=True)


def main(sizes: list[int]) -> None:
    """Print a row for each size and format."""
    from openness import draw

    print(f"CPython {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| things | format | s | against GraphML by NetworkX | peak MB |\n|---|---|---|---|---|")
    for size in sizes:
        for name in draw.FORMATS:
            command = [sys.executable, __file__, "--one", name, str(size)]
            done = subprocess.run(command, check=False, capture_output=True, text=True)
            said = done.stderr.strip().splitlines()[-1:]
            print(done.stdout or f"| {size:,} | {name} | {' '.join(said)} | | |\n", end="")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or [50, 500])
