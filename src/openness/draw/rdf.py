"""A view as RDF: its triples, and for each relation a statement that names its sources."""

from __future__ import annotations

import hashlib
from typing import Any, Final
from urllib.parse import quote

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad

from openness.draw import dot
from openness.draw.style import Style
from openness.draw.text import clean
from openness.serialize import serialize_quads
from openness.terms import PREFIXES

_RDF: Final = PREFIXES["rdf"]
_LABEL: Final = PREFIXES["rdfs"] + "label"
_DCTERMS: Final = PREFIXES["dcterms"]
_VIEW: Final = "urn:openness:view:"
_SAFE: Final = "!#$%&'()*+,/:;=?@[]~"


def turtle(graph: Any, style: Style) -> bytes:
    """Return a view as Turtle."""
    return serialize_quads(_Writer(graph).quads(), "ttl")


def json_ld(graph: Any, style: Style) -> bytes:
    """Return a view as JSON-LD."""
    return serialize_quads(_Writer(graph).quads(), "jsonld")


class _Writer:
    """Collects the triples of one view.

    A relation that sums up several triples of the graph is described, and not stated.
    """

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self._sources: dict[str, str] = graph.graph.get("source_iris") or {}
        self._quads: set[Quad] = set()

    def quads(self) -> list[Quad]:
        """Return all triples, in order."""
        self._describe()
        for node, data in self.graph.nodes(data=True):
            self._say(_iri(node, data), _LABEL, data.get("label", ""))
            self._say(_iri(node, data), _DCTERMS + "type", data.get("kind", "thing"))
        for subject, target, key, data in self.graph.edges(keys=True, data=True):
            ends = [_iri(node, self.graph.nodes[node]) for node in (subject, target)]
            self._relation(ends[0], _iri(key, data), ends[1], data)
        return sorted(self._quads, key=str)

    def _describe(self) -> None:
        about = self.graph.graph
        view = _iri(_VIEW + str(about.get("name") or "view"), {})
        for key, word in (("title", "title"), ("description", "description"), ("date", "date")):
            if about.get(key):
                self._say(view, _DCTERMS + word, about[key])
        for source in about.get("sources") or ():
            self._cite(view, source)

    def _relation(self, subject: str, relation: str, target: str, data: dict[str, Any]) -> None:
        digest = hashlib.sha256(" ".join((subject, relation, target)).encode()).hexdigest()
        statement = f"urn:sha256:{digest}"
        if data.get("asserted"):
            self._add(subject, relation, target)
        self._add(statement, _RDF + "type", _RDF + "Statement")
        for word, value in (("subject", subject), ("predicate", relation), ("object", target)):
            self._add(statement, _RDF + word, value)
        self._say(statement, _LABEL, dot.edge_label(data))
        for source in data.get("sources") or ():
            self._cite(statement, source)

    def _cite(self, subject: str, source: str) -> None:
        """Name a source: the named graph with its label, or only the label if that is all."""
        if source in self._sources:
            self._add(subject, _DCTERMS + "source", self._sources[source])
            self._say(self._sources[source], _LABEL, source)
        else:
            self._say(subject, _DCTERMS + "source", source)

    def _add(self, subject: str, predicate: str, value: str) -> None:
        terms = (NamedNode(subject), NamedNode(predicate), NamedNode(value))
        self._quads.add(Quad(*terms, DefaultGraph()))

    def _say(self, subject: str, predicate: str, text: object) -> None:
        terms = (NamedNode(subject), NamedNode(predicate), Literal(clean(text)))
        self._quads.add(Quad(*terms, DefaultGraph()))


def _iri(key: object, data: dict[str, Any]) -> str:
    """Return the IRI of a node or relation; one is made of its key where it has none."""
    text = quote(clean(data.get("iri") or key), safe=_SAFE).replace("[", "%5B").replace("]", "%5D")
    try:
        return NamedNode(text).value
    except ValueError:
        return f"urn:openness:{quote(clean(key), safe='')}"
