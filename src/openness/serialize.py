"""Quads as text in any RDF syntax, and files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from pyoxigraph import DefaultGraph, Quad, RdfFormat, serialize

from openness.errors import EngineError, UsageError
from openness.terms import PREFIXES

SYNTAXES: Final[dict[str, RdfFormat]] = {
    "ttl": RdfFormat.TURTLE,
    "nt": RdfFormat.N_TRIPLES,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
    "jsonld": RdfFormat.JSON_LD,
    "rdfxml": RdfFormat.RDF_XML,
}
"""The syntaxes by the names that `-f` takes."""


def serialize_quads(quads: Iterable[Quad], syntax: str) -> bytes:
    """Return quads in a syntax; one without named graphs gets their merge, each triple once."""
    rdf_format = SYNTAXES[syntax]
    quads = list(quads)
    if syntax == "rdfxml":
        _require_xml_names(quads)
    if not rdf_format.supports_datasets:
        merged = {Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in quads}
        quads = sorted(merged, key=str)
    statements: Any = quads if rdf_format.supports_datasets else (quad.triple for quad in quads)
    prefixes = PREFIXES if syntax in ("ttl", "trig") else None
    text = serialize(statements, format=rdf_format, prefixes=prefixes)
    assert text is not None
    if prefixes:
        return _order_prefixes(text)
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _require_xml_names(quads: Iterable[Quad]) -> None:
    """Refuse what RDF/XML cannot say: a property is an element there, and must end in a name."""
    for quad in quads:
        if not re.search(r"[^\W\d][\w.\-]*$", quad.predicate.value):
            raise UsageError(
                f"RDF/XML has no name for the property {quad.predicate.value}; use another syntax."
            )


def _order_prefixes(text: bytes) -> bytes:
    """Put the prefixes in order and leave out the unused: the serializer's order is random."""
    lines = text.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix")), len(lines))
    body = b"".join(lines[end:])
    used = [line for line in lines[:end] if line.split()[1] in body]
    return b"".join(sorted(used)) + (b"\n" if used else b"") + body


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that an interruption leaves what was there before.

    A link is followed, and a device or named pipe is written to as it is.

    Raises:
        EngineError: if it cannot be written.
    """
    write_all_atomically({path: content})


def write_all_atomically(contents: Mapping[Path, bytes]) -> None:
    """Write several files so that either all of them are there anew, or what was there before.

    Links are followed, and a device or named pipe is written to as it is, after the files.

    Raises:
        EngineError: if one cannot be written; none of the files has changed then.
    """
    resolved = {path.resolve(): content for path, content in contents.items()}
    special = [path for path in resolved if path.exists() and not path.is_file()]
    with contextlib.ExitStack() as stack:
        ready = [
            (stack.enter_context(_beside(path, content)), path)
            for path, content in resolved.items()
            if path not in special
        ]
        for written, path in ready:
            with _told(path):
                written.replace(path)
    for path in special:
        with _told(path):
            path.write_bytes(resolved[path])


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Write a file beside the one that it will replace; it is gone at the end, if it did not."""
    with _told(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with _told(path):
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
