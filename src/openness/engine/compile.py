"""Compiling: from the files of the graph to a store on disk, once per content.

The store holds every named graph, what the rules derive, and the merge of all graphs, each triple
once, as the default graph. It is built beside its place and moved there whole, so that a reader
never sees half of one and two processes may compile at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple

from openness import mappings, shipped
from openness.engine.rules import derive
from openness.errors import BrokenFileError, NotFoundError
from openness.terms import EDITORS, GRAPH, ONTOLOGY, PREFIXES

_LAYOUT: Final = "4"
"""Raised when the same files would compile to another store."""
_KEEP_SECONDS: Final = 14 * 24 * 3600

FORMATS: Final[dict[str, RdfFormat]] = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".jsonld": RdfFormat.JSON_LD,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
}
"""The file endings that are read as RDF."""


@dataclass(frozen=True)
class Input:
    """One file of the graph, and the named graph of those of its triples that name none."""

    path: Path
    graph: str


@dataclass(frozen=True)
class Inputs:
    """All that a store is compiled from."""

    files: tuple[Input, ...]
    rules: tuple[Path, ...]

    def digest(self) -> str:
        """Return a hash of the contents, of where they go, and of what compiles them."""
        total = hashlib.sha256(f"{_LAYOUT} {pyoxigraph.__version__}".encode())
        total.update(repr(sorted(PREFIXES.items())).encode())
        for path, graph in [(i.path, i.graph) for i in self.files] + [(r, "") for r in self.rules]:
            content = path.read_bytes()
            total.update(f"\0{path.name}\0{graph}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()[:32]


def collect(workspace: Path | None = None, extra: Iterable[Path] = ()) -> Inputs:
    """Return the inputs: what ships, the user's workspace, and files named for this run.

    Args:
        workspace: a folder whose RDF files are added, if it exists.
        extra: more RDF files, or folders of them.

    Raises:
        NotFoundError: if an extra file does not exist.
        BrokenFileError: if an extra file's ending is not that of an RDF syntax.
    """
    modules = sorted(p for p in shipped.ontology().glob("*.ttl") if p.name != "shapes.ttl")
    files = [Input(path, ONTOLOGY) for path in modules]
    own = []
    if workspace is not None and workspace.is_dir():
        own = [*rdf_files(workspace), *mapping_files(workspace)]
    imported = {_source(path) for path in own} - {None}
    # An import of the user's takes the place of the one that ships: never two versions at once.
    ours = [*rdf_files(shipped.data()), *mapping_files(shipped.data())]
    files += [_own(path, EDITORS) for path in ours if _source(path) not in imported]
    files += [_own(path) for path in own]
    for path in extra:
        if path.is_dir():
            files += [_own(inner) for inner in [*rdf_files(path), *mapping_files(path)]]
        elif not path.exists():
            raise NotFoundError(f"There is no file {path}.")
        elif path.suffix.lower() not in FORMATS and not _is_mapping(path):
            known = " ".join((*FORMATS, mappings.ENDING))
            raise BrokenFileError(f"{path} ends in none of {known}.")
        else:
            files.append(_own(path))
    return Inputs(tuple(files), tuple(sorted((shipped.ontology() / "rules").glob("*.rq"))))


def rdf_files(folder: Path) -> list[Path]:
    """Return the RDF files below a folder, in the order of their paths."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in FORMATS)
    return sorted(path for path in found if path.is_file())


def mapping_files(folder: Path) -> list[Path]:
    """Return the SSSOM files below a folder, in the order of their paths."""
    return sorted(path for path in folder.rglob(f"*{mappings.ENDING}") if path.is_file())


def open_store(inputs: Inputs, cache: Path, note: Callable[[str], None]) -> Store:
    """Return the compiled store of some inputs, read-only, compiling it if it is not in the cache.

    Args:
        inputs: what the store holds.
        cache: the folder of compiled stores.
        note: told, in one line, that a store is compiled or that it cannot be kept.

    Raises:
        BrokenFileError: if a file cannot be parsed or a rule is not well formed.
    """
    place = cache / f"store-{inputs.digest()}"
    if place.is_dir():
        with contextlib.suppress(OSError):
            os.utime(place)
        return Store.read_only(str(place))
    note("compiling the graph (once; it is kept for the next time)")
    memory = build(inputs)
    try:
        _save(memory, place)
    except OSError as error:
        reason = error.strerror or str(error).splitlines()[0]
        note(
            f"the graph cannot be kept in {cache} ({reason}); set OPENNESS_CACHE to another folder"
        )
        return memory
    _sweep(cache)
    return Store.read_only(str(place))


def build(inputs: Inputs) -> Store:
    """Return a store in memory with the inputs, what the rules derive, and the merge of all.

    Raises:
        BrokenFileError: if a file cannot be parsed or a rule is not well formed.
    """
    store = Store()
    mapped = {one: mappings.read(one.path) for one in inputs.files if _is_mapping(one.path)}
    rows = [row for some in mapped.values() for row in some if row.is_settled]
    # What somebody has denied counts nowhere, whoever claims it.
    denied = {row.triple for row in rows if row.is_negated}
    for source in inputs.files:
        if source in mapped:
            _add_mappings(store, NamedNode(source.graph), mapped[source], denied)
        else:
            _load(store, source)
    store.extend([Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in store])
    derive(store, inputs.rules)
    return store


def _source(path: Path) -> str | None:
    """Return the source that an import of it wrote a file for, if one did."""
    return path.name.removesuffix(mappings.ENDING).removesuffix(".trig") if _is_made(path) else None


def _is_made(path: Path) -> bool:
    return path.parent.name == "sources" and path.name.endswith((mappings.ENDING, ".trig"))


def _own(path: Path, mapped: str | None = None) -> Input:
    """Return a file, and the graph of what names none: of mappings, their source's or a given one.

    Links that the records of a source give are statements of that source.
    """
    graph = None
    if _is_mapping(path):
        source = _source(path)
        graph = GRAPH + source if source else mapped
    return Input(path, graph or path.resolve().as_uri())


def _is_mapping(path: Path) -> bool:
    return path.name.endswith(mappings.ENDING)


def _add_mappings(
    store: Store, graph: NamedNode, rows: Iterable[mappings.Mapping], denied: set[Triple]
) -> None:
    """Add the matches that somebody stands for and nobody denies, each with its reasons."""
    for row in rows:
        if row.is_negated or not row.is_settled or row.triple in denied:
            continue
        for subject, predicate, value in (row.triple, *mappings.reasons(row)):
            store.add(Quad(subject, predicate, value, graph))


def _load(store: Store, source: Input) -> None:
    syntax = FORMATS[source.path.suffix.lower()]
    named = syntax.supports_datasets
    try:
        quads = pyoxigraph.parse(
            path=source.path, format=syntax, base_iri=source.graph, rename_blank_nodes=True
        )
        graph = NamedNode(source.graph)
        for quad in quads:
            if named and not isinstance(quad.graph_name, DefaultGraph):
                store.add(quad)
            else:
                store.add(Quad(quad.subject, quad.predicate, quad.object, graph))
    except SyntaxError as error:
        raise BrokenFileError(f"{source.path}: {_locate(error)}") from error
    except (OSError, ValueError) as error:
        raise BrokenFileError(f"{source.path} cannot be read: {error}") from error


def _locate(error: SyntaxError) -> str:
    where = f"line {error.lineno}, column {error.offset}: " if error.lineno else ""
    return where + str(error.msg).splitlines()[0]


def _save(memory: Store, place: Path) -> None:
    """Write a store to its place in one move; another process may be there first."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".new-", dir=place.parent) as folder:
        new = Path(folder) / "store"
        disk = Store(str(new))
        disk.bulk_extend(iter(memory))
        disk.optimize()
        disk.flush()
        del disk
        try:
            new.rename(place)
        except OSError:
            if not place.is_dir():
                raise


def _sweep(cache: Path) -> None:
    """Remove stores that nobody opened for two weeks, and what interrupted compilations left."""
    for path in [*cache.glob("store-*"), *cache.glob(".new-*")]:
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _KEEP_SECONDS:
                shutil.rmtree(path)
