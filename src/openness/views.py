"""Views: a question whose answer is a picture, in one file of `queries/views/`.

The query selects `?subject ?relation ?object ?source`; a row without object is a thing that stands
alone. A column that begins with `subject` or `object` says something of that thing (`?objectKind`,
`?subjectDate`, `?subjectValue`, `?subjectLabel`, …), any other something of the relation
(`?label`, `?outcome`, `?conflict`, `?date`). The header names the kinds and relations that occur.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from openness import queries, shipped
from openness.errors import BrokenFileError, NotFoundError, did_you_mean
from openness.header import read_header
from openness.queries import Parameter, SavedQuery

LAYOUTS: Final = ("dot", "neato", "sfdp", "force", "timeline", "matrix")
ANSWERS: Final = {
    "disagreement": "openness.disagreement_view",
    "matrix": "openness.matrix_view",
    "proof": "openness.proof_view",
}
"""Modules that make a view of what its query selects, where SPARQL has no word for it."""
MAX_NODES: Final = 150
"""How many things a view shows, unless its header or the user says otherwise."""

_KEYS: Final = {
    "title": str,
    "description": str,
    "params": dict,
    "kinds": dict,
    "relations": dict,
    "layout": str,
    "reverse": list,
    "direction": str,
    "legend": str,
    "grows": bool,
    "without": list,
    "max_nodes": int,
    "answered_by": str,
}
_DIRECTIONS: Final = ("down", "right")


@dataclass(frozen=True)
class Limits:
    """What a user wants to see of a view.

    Attributes:
        hops: how many steps to go from the thing, in a view that grows.
        only: kinds and relations, by id or label; all, if empty.
        without: kinds and relations to leave out.
        max_nodes: how many things at most; None for as many as the view's header says.
    """

    hops: int = 1
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    max_nodes: int | None = None


@dataclass(frozen=True)
class View:
    """A view, as its file describes it.

    Attributes:
        query: title, description, parameters and text.
        kinds: what each kind of thing that occurs is called in the legend.
        relations: what each relation that occurs is called on its edges, by compact id.
        layout: how it is laid out, one of `LAYOUTS`.
        reverse: relations whose object stands before their subject in the layout `dot`.
        direction: which way edges point in the layout `dot`: `down` or `right`.
        legend: how to read the picture, in one sentence, or empty.
        grows: whether the query is asked anew for the things that it found.
        without: kinds and relations that are left out unless the user asks for them.
        max_nodes: how many things it shows at most.
        answered_by: one of `ANSWERS`, if the query only selects what is asked about.
    """

    query: SavedQuery
    kinds: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    layout: str = "dot"
    direction: str = "down"
    reverse: tuple[str, ...] = ()
    legend: str = ""
    grows: bool = False
    without: tuple[str, ...] = ()
    max_nodes: int = MAX_NODES
    answered_by: str | None = None

    @property
    def name(self) -> str:
        """The name by which it is called."""
        return self.query.name

    @property
    def thing(self) -> Parameter | None:
        """The parameter that THING stands for, if the view is about one."""
        return next((p for p in self.query.parameters if p.name == "thing"), None)

    @property
    def options(self) -> tuple[Parameter, ...]:
        """The parameters beside THING."""
        return tuple(p for p in self.query.parameters if p.name != "thing")


def find_files(folders: Iterable[Path] = ()) -> dict[str, Path]:
    """Return the files of the views by name: those that ship, then `views/` in the user's folders.

    Raises:
        NotFoundError: if a folder does not exist.
    """
    files: dict[str, Path] = {}
    for folder in (shipped.queries(), *folders):
        if not folder.is_dir():
            raise NotFoundError(f"There is no folder {folder} of queries.")
        files |= {path.stem: path for path in sorted((folder / "views").glob("*.rq"))}
    return files


def find(name: str, folders: Iterable[Path] = ()) -> View:
    """Return the view of a name.

    Raises:
        NotFoundError: naming the nearest ones.
    """
    files = find_files(folders)
    if name not in files:
        raise NotFoundError(f"There is no view “{name}”.{did_you_mean(name, list(files))}")
    return load(files[name])


def load(path: Path) -> View:
    """Read a view from its file.

    Raises:
        BrokenFileError: if the header lacks something or says something unknown.
    """
    query = queries.load(path)
    header = read_header(path, query.text)
    _require(path, header)
    return View(
        query=query,
        kinds={str(k): str(v) for k, v in header["kinds"].items()},
        relations={str(k): str(v) for k, v in header["relations"].items()},
        layout=header["layout"],
        direction=header.get("direction", "down"),
        reverse=tuple(map(str, header.get("reverse") or ())),
        legend=str(header.get("legend", "")).strip(),
        grows=bool(header.get("grows")),
        without=tuple(map(str, header.get("without") or ())),
        max_nodes=int(header.get("max_nodes", MAX_NODES)),
        answered_by=header.get("answered_by"),
    )


def _require(path: Path, header: Mapping[str, Any]) -> None:
    for key, value in header.items():
        if key not in _KEYS:
            hint = did_you_mean(str(key), list(_KEYS))
            raise BrokenFileError(f"{path}: the header of a view has no “{key}”.{hint}")
        if not isinstance(value, _KEYS[key]):
            raise BrokenFileError(f"{path}: {key} is {_KEYS[key].__name__}, not “{value}”.")
    for key in ("title", "description", "kinds", "relations", "layout"):
        if not header.get(key):
            raise BrokenFileError(f"{path}: the #+ header has no {key}.")
    for key, known in (
        ("layout", LAYOUTS),
        ("direction", _DIRECTIONS),
        ("answered_by", tuple(ANSWERS)),
    ):
        if key in header and header[key] not in known:
            raise BrokenFileError(f"{path}: {key} is one of {', '.join(known)}.")


_HERE: Final = re.compile(r"VALUES\s+\?here\s*\{\s*UNDEF\s*\}")


def around(view: View, iris: Iterable[str]) -> SavedQuery:
    """Return the query of a view that grows, asked of the things that have been reached.

    Raises:
        BrokenFileError: if the query has no place for them.
    """
    block = f"VALUES ?here {{ {' '.join(f'<{iri}>' for iri in iris)} }}"
    text, found = _HERE.subn(lambda match: block, view.query.text)
    if not found:
        raise BrokenFileError(f"{view.query.path}: a view that grows has VALUES ?here {{ UNDEF }}.")
    return replace(view.query, text=text)
