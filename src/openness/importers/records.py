"""Records of YAML sources: files, and fields that are a value or `{value, explanation}`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from openness.importers.job import RecordError


def load(path: Path) -> Any:
    """Return what a YAML file holds, whatever its byte order mark and line ends.

    Raises:
        RecordError: if it is no YAML, or not in UTF-8.
    """
    try:
        return yaml.safe_load(path.read_bytes().decode("utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise RecordError(f"no YAML in UTF-8: {' '.join(str(error).split())[:120]}") from error
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}") from error


def value(field: object) -> object:
    """Return the value of a field that is a value or `{value, explanation}`."""
    return field.get("value") if isinstance(field, dict) else field


def text(field: object) -> str:
    """Return a field as text, empty if it has none or holds a list.

    >>> text({"value": " open ", "explanation": "…"}), text(2022), text(None), text(["a"])
    ('open', '2022', '', '')
    """
    found = value(field)
    return (
        "" if found is None or isinstance(found, list | dict) else str(found).strip("\ufeff \t\r\n")
    )


def texts(field: object) -> list[str]:
    """Return a field as a list of texts: a list's items, one text, or none."""
    found = value(field)
    return [one for item in (found if isinstance(found, list) else [found]) if (one := text(item))]
