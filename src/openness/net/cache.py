"""What services answered, kept on disk with its age."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openness.errors import EngineError, NetworkError
from openness.files import write_atomically

MAX_AGE: Final = datetime.timedelta(days=7)
"""How old an answer may be that is used in place of a new one."""


@dataclass(frozen=True)
class Kept:
    """An answer as it came, and when."""

    body: bytes
    retrieved: datetime.datetime


@dataclass(frozen=True)
class Cache:
    """A folder of answers.

    Attributes:
        folder: where they are; made when the first one is kept.
        is_fresh: whether every answer must come from the service now (`--fresh`).
        is_offline: whether none may (`--offline`): then an answer of any age is used.
    """

    folder: Path
    is_fresh: bool = False
    is_offline: bool = False

    def find(self, url: str, request: str) -> Kept | None:
        """Return the answer that may be used for a request, or None if it must be sent.

        Raises:
            NetworkError: if there is none and none may be asked for.
        """
        kept = None if self.is_fresh else self._read(self._place(url, request))
        if self.is_offline:
            if kept is None:
                raise NetworkError(f"{url} may not be asked offline, and no answer of it is kept.")
            return kept
        # What comes from the future was kept while a clock was wrong.
        if kept and abs(datetime.datetime.now(datetime.UTC) - kept.retrieved) <= MAX_AGE:
            return kept
        return None

    def keep(self, url: str, request: str, body: bytes) -> Kept:
        """Keep an answer that has just come; a folder that cannot be written to keeps nothing."""
        kept = Kept(body, datetime.datetime.now(datetime.UTC).replace(microsecond=0))
        document = {
            "url": url,
            "request": request,
            "retrieved": kept.retrieved.isoformat(),
            "body": base64.b64encode(body).decode(),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._place(url, request), json.dumps(document).encode())
        except (OSError, EngineError):
            return kept
        return kept

    def _place(self, url: str, request: str) -> Path:
        name = hashlib.sha256(f"{url}\n{request}".encode()).hexdigest()
        return self.folder / f"{name}.json"

    def _read(self, place: Path) -> Kept | None:
        """Return what a file keeps; one that something else broke is as good as none."""
        try:
            document = json.loads(place.read_bytes())
            when = datetime.datetime.fromisoformat(document["retrieved"])
            if when.tzinfo is None:
                return None
            return Kept(base64.b64decode(document["body"], validate=True), when)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None
