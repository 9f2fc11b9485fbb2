"""The sources by name, and the running of one import, all or nothing on disk."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Final

from openness.errors import NotFoundError, did_you_mean
from openness.files import write_atomically
from openness.importers import links
from openness.importers.identity import Identities
from openness.importers.job import Job, Report, Source
from openness.mappings import ENDING
from openness.serialize import serialize_quads

MODULES: Final = {
    "ecosystem-graphs": "ecosystem_graphs",
    "fmti": "fmti",
    "model-openness-tool": "model_openness_tool",
    "os-ai-map": "os_ai_map",
    "osai-index": "osai_index",
    "osi-licenses": "osi_licenses",
    "spdx": "spdx",
}
"""The importers' modules by the names of their sources."""


def module_of(name: str) -> ModuleType:
    """Return the importer of a source, a module with `SOURCE` and `read(path, job)`.

    Raises:
        NotFoundError: naming the nearest sources.
    """
    if name not in MODULES:
        hint = did_you_mean(name, list(MODULES))
        raise NotFoundError(f"There is no source “{name}”.{hint}")
    return importlib.import_module(f"openness.importers.{MODULES[name]}")


def sources() -> list[Source]:
    """Return all sources in the order of their names."""
    return [module_of(name).SOURCE for name in sorted(MODULES)]


def version_of(path: Path) -> str | None:
    """Return the commit that `SOURCE.txt` beside an extract names, if there is one."""
    note = path / "SOURCE.txt"
    if not note.is_file():
        return None
    found = re.search(r"commit:?\s+([0-9a-f]{40})", note.read_text(encoding="utf-8"))
    return found[1] if found else None


def run(
    name: str,
    path: Path,
    folder: Path,
    retrieved: str,
    *,
    strict: bool = False,
    version: str | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Import a source and write `<folder>/<name>.trig`; on any error nothing is written.

    Links that its records give go into `<name>.sssom.tsv` beside it.

    Args:
        name: the source.
        path: its folder, in the upstream layout.
        folder: where the file goes.
        retrieved: the day on which the upstream data were fetched, as 2026-11-23.
        strict: stop at the first record that cannot be read.
        version: the version or commit; default: what SOURCE.txt in the folder names.
        progress: told (done, total) as records are read.

    Returns:
        The report: counts, and lines for a person.

    Raises:
        NotFoundError: if there is no such source, or the path is not in its layout.
        BrokenFileError: if it is strict and a record cannot be read.
        EngineError: if the file cannot be written.
    """
    module = module_of(name)
    if not path.exists():
        raise NotFoundError(f"There is no file or folder {path}.")
    job = Job(module.SOURCE, Identities.load(), strict, progress)
    module.read(path, job)
    job.near_misses()
    write(job, folder, version or getattr(module, "version", version_of)(path), retrieved)
    return job.report


def write(job: Job, folder: Path, version: str | None, retrieved: str) -> None:
    """Write what a job holds: its statements with the entry of the catalogue, and its links.

    Args:
        job: the import, read to its end; its report gets the counts and what was left out.
        folder: where the files go.
        version: the version or commit of the data set.
        retrieved: the day on which it was fetched.

    Raises:
        EngineError: if a file cannot be written.
    """
    name = job.source.name
    job.describe(version, retrieved)
    pairs, left = links.settle(job.claims)
    job.report.lines += [("note", name, line) for line in left]
    job.report.counts["links"] = len(pairs)
    job.report.counts["written"] = len(job.quads)
    labels = {ours: job.label(ours) for ours, _ in pairs}
    mappings = links.file(job.source, version, pairs, labels)
    ordered = sorted(job.quads, key=lambda quad: (str(quad.graph_name), str(quad)))
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / f"{name}{ENDING}"
    if pairs:
        write_atomically(beside, mappings)
    else:
        beside.unlink(missing_ok=True)
    write_atomically(folder / f"{name}.trig", serialize_quads(ordered, "trig"))
