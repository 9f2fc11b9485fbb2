"""Write the links of licences that ship: `python tools/licence_links.py`.

What `openness import spdx` knows of hundreds of licences, for those only that the graph gives an id
in SPDX's or ScanCode's list. Run it when a licence comes in, or the packages have new versions.
"""

from __future__ import annotations

from pathlib import Path

import pyoxigraph
from pyoxigraph import NamedNode, RdfFormat

from openness import shipped
from openness.engine.compile import rdf_files
from openness.importers import registry, spdx
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.terms import ID, PREFIXES

RETRIEVED = "2026-11-25"
"""The day on which the packages were installed from which the shipped file was made."""


def write(folder: Path, retrieved: str) -> None:
    """Write `spdx.trig`, an entry of the catalogue, and `spdx.sssom.tsv` into a folder."""
    job = Job(spdx.SOURCE, Identities.load())
    spdx.read(Path(), job)
    licences = identified()
    job.quads.clear()
    job.claims = [one for one in job.claims if one.subject in licences]
    registry.write(job, folder, spdx.version(Path()), retrieved)


def identified() -> set[NamedNode]:
    """Return the licences to which the shipped data give an id."""
    found = set()
    for path in rdf_files(shipped.data()):
        for quad in pyoxigraph.parse(path=path, format=RdfFormat.TRIG):
            subject = quad.subject
            is_id = quad.predicate.value == PREFIXES["dcterms"] + "identifier"
            if is_id and isinstance(subject, NamedNode) and subject.value.startswith(_LICENCE):
                found.add(subject)
    return found


_LICENCE = f"{ID}licence/"

if __name__ == "__main__":
    write(shipped.data() / "sources", RETRIEVED)
