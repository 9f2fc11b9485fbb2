"""What another endpoint answered, read as terms of ours."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Cell
from openness.errors import NetworkError

Row = tuple[Cell, ...]

_LITERALS: Final = ("literal", "typed-literal")
"""Virtuoso still writes the second one, from a draft of the format."""
_XML: Final = "{http://www.w3.org/2005/sparql-results#}"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def read(url: str, request: str, body: bytes, names: Sequence[str]) -> tuple[list[Row], int]:
    """Return the solutions of an answer, and how many were left out as no RDF.

    A blank node becomes an IRI that stands for it, as RDF 1.1, section 3.5, has it: the same one
    each time the same answer is read, and never one for nodes of two answers.

    Args:
        url: the endpoint that answered.
        request: the query that it answered.
        body: SPARQL results as JSON, or as XML from a service that knows nothing else.
        names: the variables, in the order of the cells.

    Raises:
        NetworkError: if it is no such thing, in whole or in part.
    """
    solutions = _xml(url, body) if body.lstrip()[:1] == b"<" else _json(url, body)
    skolem = _Skolem(url, request)
    rows, odd = [], 0
    for solution in solutions:
        try:
            rows.append(tuple(skolem.term(solution.get(name)) for name in names))
        except (ValueError, KeyError, TypeError, AttributeError):
            odd += 1
    return rows, odd


class _Skolem:
    """Names for the blank nodes of one answer."""

    def __init__(self, url: str, request: str) -> None:
        parts = urlsplit(url)
        answer = hashlib.sha256(f"{url}\n{request}".encode()).hexdigest()[:16]
        self._start = f"{parts.scheme}://{parts.netloc}/.well-known/genid/{answer}-"

    def term(self, cell: dict[str, Any] | None) -> Cell:
        if cell is None:
            return None
        kind, value = cell["type"], cell["value"]
        if kind == "uri":
            return NamedNode(value)
        if kind == "bnode":  # its name may be anything: Virtuoso's looks like an IRI
            return NamedNode(self._start + hashlib.sha256(value.encode()).hexdigest()[:16])
        if kind not in _LITERALS:
            raise ValueError(kind)
        if cell.get("xml:lang"):
            return Literal(value, language=cell["xml:lang"])
        datatype = cell.get("datatype")
        return Literal(value, datatype=NamedNode(datatype)) if datatype else Literal(value)


def _json(url: str, body: bytes) -> list[dict[str, Any]]:
    try:
        found = json.loads(body)["results"]["bindings"]
        if all(isinstance(solution, dict) for solution in found):
            return list(found)
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise NetworkError(f"{url} sent no SPARQL results, or not all of them ({len(body):,} bytes).")


def _xml(url: str, body: bytes) -> list[dict[str, Any]]:
    """Read the XML format; a document type, by which XML can grow without bound, is refused."""
    from xml.etree import ElementTree

    try:
        if b"<!DOCTYPE" in body[:1000].upper():
            raise ValueError("a web page")
        root = ElementTree.fromstring(body)
        results = root.find(f"{_XML}results")
        if results is None:
            raise ValueError("no results")
        return [
            {binding.attrib["name"]: _xml_cell(binding[0]) for binding in result}
            for result in results
        ]
    except (ElementTree.ParseError, ValueError, KeyError, IndexError) as error:
        raise NetworkError(f"{url} sent a page and no SPARQL results.") from error


def _xml_cell(node: Any) -> dict[str, Any]:
    cell = {"type": node.tag.removeprefix(_XML), "value": node.text or ""}
    if _LANGUAGE in node.attrib:
        cell["xml:lang"] = node.attrib[_LANGUAGE]
    if "datatype" in node.attrib:
        cell["datatype"] = node.attrib["datatype"]
    return cell
