"""The `#+` header of a query or rule file: YAML in comments, as grlc introduced it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openness.errors import BrokenFileError


def read_header(path: Path, text: str) -> dict[str, Any]:
    """Return the header of a `.rq` file as a mapping; empty when it has none.

    Raises:
        BrokenFileError: if the header is not a YAML mapping.
    """
    import yaml

    lines = [line[2:].removeprefix(" ") for line in text.splitlines() if line.startswith("#+")]
    try:
        header = yaml.load("\n".join(lines), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise BrokenFileError(f"{path}: the #+ header is not YAML: {_one_line(error)}") from error
    if header is None:
        return {}
    if not isinstance(header, dict):
        raise BrokenFileError(f"{path}: the #+ header is not a mapping of names to values.")
    return header


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
