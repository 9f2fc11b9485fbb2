"""How long a saved query takes as a whole process, as ratios against named peers in one run.

Peers: an empty Python process, one that imports Typer, and the same query by plain rdflib, which
parses the same files and has no rules to run: it is given what the rules derived.

Run: python benchmarks/start.py [RUNS]
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openness import lookup, queries
from openness.engine.compile import build, collect
from openness.engine.embedded import EmbeddedEngine
from openness.export import collect as quads_of
from openness.export import serialize_quads
from openness.graph import Graph
from openness.sparql.binding import bind

NAME = "why-limited"

RDFLIB = """
import sys, rdflib
data = rdflib.Dataset(default_union=True)
data.parse(sys.argv[1], format="trig")
rows = list(data.query(open(sys.argv[2], encoding="utf-8").read()))
assert len(rows) == int(sys.argv[3]), len(rows)
"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as folder:
        commands, environment = prepare(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(runs + 1):
            for name, command in commands.items():
                seconds = measure(command, environment)
                if number:
                    times[name].append(seconds)
    report(times, runs)


def prepare(folder: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Write the files of the peers, compile the store, and return the commands to time."""
    graph = Graph(EmbeddedEngine(build(collect())))
    saved = queries.find(NAME)
    bindings = {
        p.variable: lookup.value_of(graph.engine, p, p.default or "") for p in saved.parameters
    }
    rows = len(graph.ask(NAME))
    files = {name: folder / name for name in ("all.trig", "query.rq", "peer.py")}
    files["all.trig"].write_bytes(serialize_quads(quads_of(graph), "trig"))
    files["query.rq"].write_text(bind(saved.text, bindings), encoding="utf-8")
    files["peer.py"].write_text(RDFLIB, encoding="utf-8")
    python = sys.executable
    openness = [python, "-m", "openness", "ask", NAME]
    environment = os.environ | {
        "OPENNESS_CACHE": str(folder / "cache"),
        "OPENNESS_DATA": str(folder / "data"),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    peer = [python, *(str(files[n]) for n in ("peer.py", "all.trig", "query.rq")), str(rows)]
    commands = {
        f"openness ask {NAME}": openness,
        "python -c pass": [python, "-c", "pass"],
        'python -c "import typer"': [python, "-c", "import typer"],
        "plain rdflib: parse, query": peer,
    }
    return commands, environment


def measure(command: list[str], environment: dict[str, str]) -> float:
    """Return the wall time of one run, in seconds."""
    start = time.perf_counter()
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def report(times: dict[str, list[float]], runs: int) -> None:
    """Print a Markdown table: median time, and the ratio of ours to it, run by run."""
    ours = next(iter(times.values()))
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores,"
    )
    print(f"median of {runs} runs after one that is not counted; ratios pair by pair.\n")
    print("| command | ms | ours against it |\n|---|---|---|")
    for name, theirs in times.items():
        ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
        print(f"| `{name}` | {statistics.median(theirs) * 1000:.0f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
