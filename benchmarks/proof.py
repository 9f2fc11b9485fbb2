"""How long a proof takes in a graph of many models that are made from each other.

    python benchmarks/proof.py 10000 1000000

Writes a graph of synthetic models beside what ships: chains of up to 12 derivations, each model
under the licence of the first or, one in twenty, under another; drawn by a seeded generator.
Compiles it once, then asks `why` and `may` about models at the ends of chains, and about ones that
were made from nothing. Times are medians of the asked models, in one process that has the store
open; the last column is against a single look-up of the model's label in the same store.
"""

from __future__ import annotations

import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from openness.clauses import Library
from openness.engine.compile import collect, open_store
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph
from openness.may import Question, rulings
from openness.table import Thing
from openness.terms import ID
from openness.why import explanations

CHAIN = 12
ASKED = 15
DEVIATING = 0.05
"""The share of models that are not under the licence of the first one of their chain."""
LICENCES = (
    "apache-2.0",
    "mit",
    "llama-2",
    "cc-by-4.0",
    "creativeml-openrail-m",
    "gemma-terms-2024-04-01",
)


def synthetic(path: Path, count: int) -> None:
    """Write a graph of so many models, in chains of up to twelve derivations."""
    draw = random.Random(20261125)
    with path.open("w", encoding="utf-8") as out:
        out.write("@prefix m: <" + ID + "model/> .\n@prefix l: <" + ID + "licence/> .\n")
        out.write("@prefix o: <https://w3id.org/openness/ont#> .\n")
        out.write("@prefix d: <http://purl.org/dc/terms/> .\n")
        out.write("@prefix f: <https://w3id.org/fair4ml#> .\n")
        out.write("@prefix r: <http://www.w3.org/2000/01/rdf-schema#> .\n")
        out.write("<urn:benchmark> {\n")
        common = LICENCES[0]
        for number in range(count):
            place = number % (CHAIN + 1)
            out.write(f'm:syn-{number} a f:MLModel ; r:label "Synthetic {number}"@en ;\n')
            if place:
                out.write(f"  o:fineTunedFromModel m:syn-{number - 1} ;\n")
            else:
                common = draw.choice(LICENCES)
            licence = draw.choice(LICENCES) if draw.random() < DEVIATING else common
            out.write(f"  d:license l:{licence} .\n")
        out.write("}\n")


def median_ms(job: Callable[[Thing], object], things: list[Thing]) -> float:
    """Return the median time of a job over some things, in milliseconds."""
    times = []
    for thing in things:
        begin = time.perf_counter()
        job(thing)
        times.append((time.perf_counter() - begin) * 1000)
    return statistics.median(times)


def measure(count: int) -> None:
    """Print the row of one size."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "synthetic.trig"
        synthetic(file, count)
        begin = time.perf_counter()
        store = open_store(collect(None, [file]), Path(folder) / "cache", lambda line: None)
        compiled = time.perf_counter() - begin
        graph = Graph(EmbeddedEngine(store))
        osd = graph.find("osd", "criteria")
        step = (CHAIN + 1) * max(1, count // (CHAIN + 1) // ASKED)
        numbers = list(range(CHAIN, count, step))[:ASKED]
        ends = [Thing(f"{ID}model/syn-{number}", "") for number in numbers]
        roots = [Thing(f"{ID}model/syn-{number - CHAIN}", "") for number in numbers]
        question = Question("use-commercially")
        library = Library(graph)
        rows: list[tuple[str, Callable[[Thing], object], list[Thing]]] = [
            ("look-up of a label", lambda one: graph.labels([one.iri]), ends),
            ("may, made from nothing", lambda one: rulings(graph, question, one), roots),
            ("may, 12 derivations", lambda one: rulings(graph, question, one), ends),
            ("the same, licences known", lambda one: rulings(graph, question, one, library), ends),
            ("why, 12 derivations", lambda one: explanations(graph, one, osd), ends),
        ]
        base = 0.0
        for title, job, things in rows:
            job(things[0])
            ms = median_ms(job, things)
            base = base or ms
            print(f"| {count:,} | {title} | {ms:.1f} | {ms / base:.0f} |", flush=True)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"| {count:,} | compiling, once | {compiled * 1000:.0f} | peak {peak} MB |", flush=True
        )


if __name__ == "__main__":
    print("| models | what | ms | against a look-up |\n|---|---|---|---|")
    for argument in sys.argv[1:] or ["10000"]:
        measure(int(argument))
