"""The OSI's machine-readable list of approved licences (OpenSourceOrg/licenses)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from openness.errors import NotFoundError
from openness.importers.job import Job, RecordError, Source

SOURCE: Final = Source(
    name="osi-licenses",
    title="OSI-approved licences, machine-readable (OpenSourceOrg/licenses)",
    publisher="Open Source Initiative",
    address="https://github.com/OpenSourceOrg/licenses",
    licence="https://creativecommons.org/publicdomain/zero/1.0/",
)


def read(path: Path, job: Job) -> None:
    raise NotImplementedError
