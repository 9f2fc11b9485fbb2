"""The answers of services that one query used, in a file from which it can be run again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from openness.errors import BrokenFileError, NetworkError
from openness.files import write_atomically
from openness.net.cache import Kept

FORMAT: Final = "openness-snapshot-1"


@dataclass
class Snapshot:
    """A file of answers, to be read if it is there, else to be written.

    Attributes:
        path: the file.
        is_fresh: whether it is written anew although it is there (`--fresh`).
    """

    path: Path
    is_fresh: bool = False
    _answers: dict[tuple[str, str], Kept] = field(default_factory=dict)
    _is_read: bool = False

    @property
    def is_replayed(self) -> bool:
        """Whether the answers come from the file, so that none may be asked for."""
        if not self._is_read and not self.is_fresh and self.path.exists():
            self._answers, self._is_read = _read(self.path), True
        return self._is_read

    def find(self, url: str, request: str) -> Kept:
        """Return the recorded answer to a request.

        Raises:
            NetworkError: if there is none.
        """
        found = self._answers.get((url, request))
        if found is None:
            raise NetworkError(
                f"{self.path} has no answer of {url} to this request: the query or the graph is"
                " another one than when it was recorded; --fresh records it anew."
            )
        return found

    def add(self, url: str, request: str, kept: Kept) -> None:
        """Remember an answer that the query uses."""
        self._answers[url, request] = kept

    def finish(self, query: str) -> None:
        """Write the file, if the answers did not come from it.

        Raises:
            EngineError: if it cannot be written.
        """
        if self._is_read:
            return
        answers = [
            {
                "service": url,
                "request": request,
                "retrieved": kept.retrieved.isoformat(),
                "body": kept.body.decode(errors="surrogateescape"),
            }
            for (url, request), kept in sorted(self._answers.items())
        ]
        document = {"format": FORMAT, "query": query, "answers": answers}
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        write_atomically(self.path, text.encode(errors="surrogateescape"))


def _read(path: Path) -> dict[tuple[str, str], Kept]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError("another format")
        return dict(map(_answer, document["answers"]))
    except OSError as error:
        raise BrokenFileError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenFileError(
            f"{path} is no snapshot of a federated query; name another file."
        ) from error


def _answer(entry: Mapping[str, Any]) -> tuple[tuple[str, str], Kept]:
    when = datetime.datetime.fromisoformat(entry["retrieved"])
    if when.tzinfo is None:
        raise ValueError("a time without a zone")
    return (str(entry["service"]), str(entry["request"])), Kept(entry["body"].encode(), when)
