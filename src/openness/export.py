"""The graph as RDF files: all of it, one named graph, or one thing with what is said of it."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from openness.engine.base import Solutions
from openness.errors import EngineError, UsageError
from openness.graph import Graph
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
_ENDINGS: Final = {f".{name}": name for name in SYNTAXES} | {
    ".rdf": "rdfxml",
    ".xml": "rdfxml",
    ".json": "jsonld",
}


def syntax_of(path: Path) -> str:
    """Return the syntax that a file's ending names.

    Raises:
        UsageError: if it names none.
    """
    try:
        return _ENDINGS[path.suffix.lower()]
    except KeyError:
        known = " ".join(sorted(_ENDINGS))
        raise UsageError(f"{path.name} ends in none of {known}; -f names the syntax.") from None


def collect(graph: Graph, source: str | None = None, thing: str | None = None) -> list[Quad]:
    """Return quads of the named graphs, in a fixed order.

    Args:
        graph: where from.
        source: the IRI of one named graph, or None for all.
        thing: the IRI of a thing that each quad must have as subject or object.
    """
    pattern = "GRAPH ?g { ?s ?p ?o }"
    if thing:
        pattern += " FILTER(?s = ?_thing || ?o = ?_thing)"
    values = {"_thing": NamedNode(thing)} if thing else {}
    if source:
        values["g"] = NamedNode(source)
    answer = graph.engine.query(f"SELECT ?g ?s ?p ?o WHERE {{ {pattern} }}", values)
    assert isinstance(answer, Solutions)
    quads = []
    for name, subject, predicate, value in answer.rows:
        assert isinstance(name, NamedNode)
        assert isinstance(subject, NamedNode | BlankNode)
        assert isinstance(predicate, NamedNode)
        assert isinstance(value, NamedNode | BlankNode | Literal)
        quads.append(Quad(subject, predicate, value, name))
    return sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))


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
    path = path.resolve()
    if path.exists() and not path.is_file():
        try:
            path.write_bytes(content)
        except OSError as error:
            raise EngineError(f"{path} cannot be written: {error.strerror}.") from error
        return
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
