"""Licence texts on the user's disk: found by their hash, so that a clause can be quoted.

The texts do not ship. A text counts as the one that a clause was read from only if it has the same
SHA-256 as UTF-8 with line feeds; in a file with metadata between `---` lines, below them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from openness.clauses import Clause
from openness.errors import NotFoundError

_METADATA = re.compile(r"^---\n", re.MULTILINE)


class Texts:
    """The texts in one folder."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder {folder} of licence texts.")
        self.folder = folder

    @cached_property
    def by_hash(self) -> dict[str, str]:
        """The texts by their SHA-256; files that are no UTF-8 text are passed over."""
        found = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file():
                try:
                    text = body(path.read_text(encoding="utf-8"))
                except UnicodeDecodeError:
                    continue
                found[hashlib.sha256(text.encode()).hexdigest()] = text
        return found

    def words(self, clause: Clause) -> str | None:
        """Return the exact words of a clause, or None if its text is not here."""
        text = self.by_hash.get(clause.sha256)
        return None if text is None else text[clause.start : clause.end]

    def lacking(self, clauses: Iterable[Clause]) -> list[str]:
        """Return the labels of the documents of some clauses whose texts are not here."""
        wanted = {c.document.label for c in clauses if c.sha256 not in self.by_hash}
        return sorted(wanted)


def body(content: str) -> str:
    r"""Return the text of a file as positions count it: without metadata, with line feeds.

    >>> body("---\nkey: mit\n---\nPermission is granted")
    'Permission is granted'
    """
    content = content.replace("\r\n", "\n")
    parts = _METADATA.split(content, maxsplit=2)
    return parts[2] if content.startswith("---\n") and len(parts) == 3 else content
