"""Saved queries: one question in one file, its title, parameters and columns in a `#+` header."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from openness import measures, shipped
from openness.errors import BrokenFileError, NotFoundError, did_you_mean
from openness.header import read_header
from openness.measures import Measure
from openness.sparql.services import mentions_service
from openness.terms import KINDS

_RESERVED: Final = ("format", "help")
LITERAL_TYPES: Final = ("string", "integer", "date", "choice")
"""Parameter types whose values are literals."""
TYPES: Final = (*LITERAL_TYPES, "endpoint", "thing", "group", *KINDS)
"""All parameter types: the literals, the address of a SPARQL `endpoint`, any `thing`, an industry
`group`, or a thing of one kind."""
_OF_FEDERATED: Final = ("fresh", "offline", "snapshot")


@dataclass(frozen=True)
class Parameter:
    """A typed parameter `name`, which stands in the query as the variable `?_name`."""

    name: str
    type: str
    label: str
    default: str | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def variable(self) -> str:
        """The variable's name, without question mark."""
        return f"_{self.name}"

    @property
    def is_required(self) -> bool:
        """Whether the query cannot run without a value from the user."""
        return self.default is None and not self.optional


@dataclass(frozen=True)
class SavedQuery:
    """A question, ready to be asked.

    Where it has a measure, the query selects the edges of a network, and the columns are those of
    the measure.
    """

    name: str
    topic: str
    path: Path
    text: str
    title: str
    description: str
    parameters: tuple[Parameter, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    measure: Measure | None = None

    @property
    def is_federated(self) -> bool:
        """Whether it asks other endpoints."""
        return mentions_service(self.text)


def find_files(folders: tuple[Path, ...] = ()) -> dict[str, Path]:
    """Return the files of the saved queries by name; a later folder wins over an earlier one.

    Args:
        folders: the user's own folders, beside those that ship.

    Raises:
        NotFoundError: if a folder does not exist.
    """
    files: dict[str, Path] = {}
    for folder in (shipped.queries(), *folders):
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder {folder} of queries.")
        files |= {
            path.stem: path
            for path in sorted(folder.rglob("*.rq"))
            if path.relative_to(folder).parts[0] != "views"
        }
    return files


def find(name: str, folders: tuple[Path, ...] = ()) -> SavedQuery:
    """Return the saved query of a name.

    Raises:
        NotFoundError: naming the nearest ones.
    """
    files = find_files(folders)
    if name not in files:
        raise NotFoundError(f"There is no saved query “{name}”.{did_you_mean(name, list(files))}")
    return load(files[name])


def load(path: Path) -> SavedQuery:
    """Read a saved query from its file.

    Raises:
        BrokenFileError: if the header lacks something or says something unknown.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFileError(f"{path} cannot be read: {error}") from error
    header = read_header(path, text)
    if not isinstance(header.get("title"), str):
        raise BrokenFileError(f"{path}: the #+ header has no title.")
    parameters = header.get("params") or {}
    columns = header.get("columns") or {}
    if not isinstance(parameters, dict) or not isinstance(columns, dict):
        raise BrokenFileError(f"{path}: params and columns map names to what they are.")
    reserved = (*_RESERVED, *_OF_FEDERATED) if mentions_service(text) else _RESERVED
    typed = tuple(_parameter(path, str(k), v, reserved) for k, v in parameters.items())
    measure = None
    if "measure" in header:
        choices = {parameter.name: parameter.choices for parameter in typed}
        measure = measures.read(path, header["measure"], map(str, columns), choices)
    return SavedQuery(
        name=path.stem,
        topic=path.parent.name,
        path=path,
        text=text,
        title=header["title"],
        description=str(header.get("description") or header.get("problem") or "").strip(),
        parameters=typed,
        columns={str(k): str(v) for k, v in columns.items()},
        measure=measure,
    )


def _parameter(path: Path, name: str, entry: Any, reserved: tuple[str, ...]) -> Parameter:
    where = f"{path}: parameter {name}"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or not isinstance(entry, dict):
        raise BrokenFileError(f"{where}: a lower-case name and a mapping are needed.")
    if name in reserved:
        raise BrokenFileError(f"{where}: there is an option --{name} anyway; use another name.")
    unknown = entry.keys() - {"type", "label", "default", "choices", "optional"}
    if unknown:
        raise BrokenFileError(f"{where}: nothing is called {', '.join(sorted(map(str, unknown)))}.")
    if entry.get("type") not in TYPES:
        raise BrokenFileError(f"{where}: its type is one of {', '.join(TYPES)}.")
    choices = entry.get("choices") or []
    if not isinstance(choices, list) or bool(choices) != (entry["type"] == "choice"):
        raise BrokenFileError(f"{where}: the type choice, and no other, has a list of choices.")
    default = entry.get("default")
    return Parameter(
        name=name,
        type=entry["type"],
        label=str(entry.get("label", name)),
        default=None if default is None else str(default),
        choices=tuple(map(str, choices)),
        optional=bool(entry.get("optional")),
    )
