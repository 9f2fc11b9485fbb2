"""Quads as text in any RDF syntax."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import Quad, RdfFormat, Triple, serialize

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
    quads = list(quads)
    if SYNTAXES[syntax].supports_datasets:
        return _serialize(quads, syntax, PREFIXES)
    return serialize_triples(sorted({quad.triple for quad in quads}, key=str), syntax)


def serialize_triples(
    triples: Iterable[Triple], syntax: str, prefixes: Mapping[str, str] = PREFIXES
) -> bytes:
    """Return triples in a syntax, in their order, with some prefixes if it has such."""
    triples = list(triples)
    if syntax == "rdfxml":
        _require_xml_names(triples)
    return _serialize(triples, syntax, prefixes)


def _serialize(
    statements: Sequence[Quad] | Sequence[Triple], syntax: str, prefixes: Mapping[str, str]
) -> bytes:
    has_prefixes = syntax in ("ttl", "trig")
    given: Any = statements
    text = serialize(
        given, format=SYNTAXES[syntax], prefixes=dict(prefixes) if has_prefixes else None
    )
    assert text is not None
    if has_prefixes:
        return _order_prefixes(text)
    return text if not text or text.endswith(b"\n") else text + b"\n"


def _require_xml_names(triples: Iterable[Triple]) -> None:
    """Refuse what RDF/XML cannot say: a property is an element there, and must end in a name."""
    for triple in triples:
        name = triple.predicate.value
        if not re.search(r"[^\W\d][\w.\-]*$", name):
            raise UsageError(f"RDF/XML has no name for the property {name}; use another syntax.")


def _order_prefixes(text: bytes) -> bytes:
    """Put the prefixes in order and leave out the unused: the serializer's order is random."""
    lines = text.splitlines(keepends=True)
    end = next((i for i, line in enumerate(lines) if not line.startswith(b"@prefix")), len(lines))
    body = b"".join(lines[end:])
    used = [line for line in lines[:end] if line.split()[1] in body]
    return b"".join(sorted(used)) + (b"\n" if used else b"") + body
