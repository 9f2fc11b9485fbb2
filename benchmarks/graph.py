"""What the graph costs: imports, where the extracts are at hand, compilation, the store's size.

The peer of compilation is rdflib parsing the same files into a Dataset, without rules or merge.

Run: python benchmarks/graph.py [FOLDER OF THE EXTRACTS]
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from openness import shipped
from openness.importers import registry

PEER = """
import sys, rdflib
data = rdflib.Dataset()
for path in sys.argv[1:]:
    data.parse(path, format="trig" if path.endswith(".trig") else "turtle")
"""


def main() -> None:
    print(f"CPython {platform.python_version()}, {os.cpu_count()} cores\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = os.environ | {"OPENNESS_DATA": str(folder / "none")}
        if len(sys.argv) > 1:
            imports(Path(sys.argv[1]), folder, environment)
        compilation(folder, environment)


def imports(extracts: Path, folder: Path, environment: dict[str, str]) -> None:
    """Time the import of each source, as a process of its own."""
    print("| import | s | peak MB | file MB |\n|---|---|---|---|")
    for source in registry.sources():
        path = [] if source.name == "spdx" else [str(extracts / source.name)]
        to = folder / "imported"
        command = [sys.executable, "-m", "openness", "-q", "import", source.name, *path]
        seconds, peak = measure([*command, "--to", str(to)], environment)
        size = (to / f"{source.name}.trig").stat().st_size / 1e6
        print(f"| {source.name} | {seconds:.1f} | {peak:.0f} | {size:.1f} |")
    print()


def compilation(folder: Path, environment: dict[str, str]) -> None:
    """Time the first command, which compiles, the second, which reopens, and the peer."""
    cache = folder / "cache"
    environment = environment | {"OPENNESS_CACHE": str(cache)}
    command = [sys.executable, "-m", "openness", "-q", "sparql", "ASK {}"]
    compiled, peak = measure(command, environment)
    reopened, _ = measure(command, environment)
    files = list(shipped.data().rglob("*.trig")) + sorted(shipped.ontology().glob("*.ttl"))
    peer, peer_peak = measure([sys.executable, "-c", PEER, *map(str, files)], environment)
    size = sum(path.stat().st_size for path in cache.rglob("*") if path.is_file()) / 1e6
    print("| command | s | peak MB | against compiling |\n|---|---|---|---|")
    print(f"| `openness sparql`, compiling | {compiled:.1f} | {peak:.0f} | 1.00 |")
    print(f"| `openness sparql`, reopening | {reopened:.2f} | | {reopened / compiled:.3f} |")
    print(f"| rdflib, parsing alone | {peer:.1f} | {peer_peak:.0f} | {peer / compiled:.2f} |")
    print(f"\nThe compiled store has {size:.1f} MB.")


def measure(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the wall time in seconds and the peak memory in MB of one run."""
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command} ended with {process.returncode}")
    assert isinstance(used, resource.struct_rusage)
    return time.perf_counter() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
