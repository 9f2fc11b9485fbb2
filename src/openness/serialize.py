"""Quads as text in any RDF syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from pyoxigraph import DefaultGraph, Quad, RdfFormat, serialize

from openness.errors import UsageError
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
