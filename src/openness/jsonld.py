"""One thing as JSON-LD that a web page can carry: in the words of schema.org where it has them.

A property that means the same in schema.org is written with the name that it has there. One that
means more than schema.org's stays, and the statement of schema.org stands beside it. Everything
else keeps its own name behind a prefix. Which is which is read from the ontology's alignments.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from pyoxigraph import Literal, NamedNode, Quad, Triple

from openness import alignments, lookup
from openness.engine.base import Engine, Solutions, Term
from openness.terms import PREFIXES, compact

_SCHEMA: Final = PREFIXES["schema"]
_XSD: Final = PREFIXES["xsd"]
_TYPE: Final = PREFIXES["rdf"] + "type"
_FIRST: Final = ("name", "alternateName", "description", "identifier", "url", "sameAs")
"""The keys that come before the others, in this order."""
_WIDTH: Final = 100
_SAFE_INTEGER: Final = 2**53
"""Up to here every reader of JSON has whole numbers exactly."""

Facts: TypeAlias = dict[str, set[Term]]
"""Values by the IRI of their property."""
Node: TypeAlias = dict[str, Any]
"""A node of the document, whose values are still terms of RDF or nodes."""


def document(engine: Engine, thing: str, quads: Iterable[Quad]) -> dict[str, Any]:
    """Return the JSON-LD document of a thing.

    Args:
        engine: where labels, alignments and the catalogue of sources are looked up.
        thing: its IRI.
        quads: the statements that have it as subject or object, with their named graphs.

    Returns:
        `@context`, `@id`, `@type`, what is said of the thing, `subjectOf` (the named graphs that
        say it) and `@reverse` (what points to it).
    """
    subject = NamedNode(thing)
    of: Facts = {}
    to: Facts = {}
    sources: set[str] = set()
    for quad in quads:
        if isinstance(quad.graph_name, NamedNode):
            sources.add(quad.graph_name.value)
        if quad.subject == subject:
            assert not isinstance(quad.object, Triple)
            of.setdefault(quad.predicate.value, set()).add(quad.object)
        else:
            assert not isinstance(quad.subject, Triple)
            to.setdefault(quad.predicate.value, set()).add(quad.subject)
    words = alignments.read(engine, _SCHEMA)
    writer = _Writer(words, lookup.names(engine, _iris(of, to)))
    entries = _catalogue(engine, sources)
    body: Node = {"@id": thing}
    body |= writer.thing(of)
    body["subjectOf"] = [writer.source(iri, entries.get(iri, {})) for iri in sorted(sources)]
    if to:
        body["@reverse"] = writer.reverse(to)
    written = writer.context.resolve(body)  # before the context is complete
    return {"@context": writer.context.document()} | written


def serialize(found: Mapping[str, Any]) -> bytes:
    r"""Return a document as text: what fits on a line stands on one.

    `</` is written `<\/`, which JSON reads alike and a page does not take for the end of a script.
    """
    return (_lines(found, 0) + "\n").replace("</", "<\\/").encode()


def _lines(value: Any, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, list):
        opening, closing = "[]"
        parts = [inner + _lines(item, indent + 2) for item in value]
    else:
        opening, closing = "{}"
        parts = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {_lines(item, indent + 2)}"
            for key, item in value.items()
        ]
    return f"{opening}\n" + ",\n".join(parts) + f"\n{' ' * indent}{closing}"


class _Context:
    """The `@context`: the prefixes that are used, and what the plain values of a key are."""

    def __init__(self) -> None:
        self.prefixes: set[str] = set()
        self.kinds: dict[str, Counter[tuple[str, str]]] = {}

    def id(self, iri: str) -> str:
        """Return an IRI behind a prefix of the project, if there is one."""
        short = compact(iri)
        prefix, _, local = short.partition(":")
        if short == iri or not local or local.startswith("//"):
            return iri
        self.prefixes.add(prefix)
        return short

    def key(self, iri: str) -> str:
        """Return the name of a property or class: a plain one, if it is schema.org's."""
        local = iri.removeprefix(_SCHEMA)
        # A prefix of the same name would be taken for the term: `text`, `model`.
        return self.id(iri) if local == iri or local in PREFIXES else local

    def add(self, node: Node, key: str, values: Iterable[Term | Node]) -> None:
        """Put values into a node, and note what those are that are no nodes."""
        kept = node.setdefault(key, [])
        for value in values:
            kept.append(value)
            if not isinstance(value, dict):
                self.kinds.setdefault(key, Counter())[_kind(value)] += 1

    def resolve(self, node: Node) -> dict[str, Any]:
        """Return a node as JSON has it."""
        found: dict[str, Any] = {}
        for key, value in node.items():
            if key == "@id":
                found[key] = value
            elif key == "@type":
                found[key] = value[0] if len(value) == 1 else value
            elif key == "@reverse":
                found[key] = self.resolve(value)
            else:
                items = [self._value(key, item) for item in value]
                found[key] = items[0] if len(items) == 1 else items
        return found

    def _value(self, key: str, value: Term | Node) -> Any:
        if isinstance(value, dict):
            return self.resolve(value)
        kind = _kind(value)
        usual = self._usual(key)
        plain = self._plain(value)
        if kind == usual or (not usual[0] and kind[0] in ("", "native")):
            return plain
        name, detail = kind
        if name == "@id":
            return {"@id": plain}
        if name in ("", "native"):
            return {"@value": plain}
        return {"@value": plain, name: self.id(detail) if name == "@type" else detail}

    def _plain(self, value: Term) -> str | int | bool:
        if isinstance(value, Literal):
            return _native(value)
        return self.id(value.value) if isinstance(value, NamedNode) else str(value)

    def _usual(self, key: str) -> tuple[str, str]:
        """Return what most plain values of a key are, if the context has to say it."""
        counts = self.kinds.get(key)
        if not counts or "://" in key:
            return "", ""
        usual = min(counts, key=lambda kind: (-counts[kind], kind))
        return ("", "") if usual[0] == "native" else usual

    def _definition(self, key: str) -> dict[str, str]:
        name, detail = self._usual(key)
        if name == "@id":
            return {"@type": "@id"}
        return {name: self.id(detail) if name == "@type" else detail} if name else {}

    def document(self) -> dict[str, Any]:
        """Return the context itself."""
        keys = sorted(self.kinds, key=_order)
        definitions = {key: found for key in keys if (found := self._definition(key))}
        used = {prefix: PREFIXES[prefix] for prefix in sorted(self.prefixes)}
        return {"@vocab": _SCHEMA} | used | definitions


class _Writer:
    """Turns facts into nodes; the label of another thing is given where it is first met."""

    def __init__(self, words: alignments.Alignments, names: Mapping[str, Literal]) -> None:
        self.context = _Context()
        self.words = words
        self.names = dict(names)

    def thing(self, facts: Facts) -> Node:
        """Return what is said of a thing, the classes and properties of schema.org first."""
        written: dict[str, set[Term]] = {}
        for iri, values in facts.items():
            if iri == _TYPE:
                continue
            for target in (self.words.same.get(iri, iri), *self.words.wider.get(iri, ())):
                written.setdefault(self.context.key(target), set()).update(values)
        node: Node = self._types(facts)
        for key in sorted(written, key=_order):
            self.context.add(node, key, map(self._node, sorted(written[key], key=_place)))
        return node

    def source(self, iri: str, facts: Facts) -> Node:
        """Return a named graph with what the catalogue says of it in the words of schema.org."""
        known: Facts = {}
        for given, values in facts.items():
            for target in self.words.wider.get(given, (given,)):
                if target.startswith(_SCHEMA):
                    known.setdefault(target, set()).update(values)
        node: Node = {"@id": self.context.id(iri)}
        return node | self._types(facts, only=_SCHEMA) | self.thing(known)

    def reverse(self, facts: Facts) -> Node:
        """Return what points to a thing, by the property."""
        written = {self.context.key(self.words.same.get(iri, iri)): iri for iri in facts}
        node: Node = {}
        for key in sorted(written, key=_order):
            values = sorted(facts[written[key]], key=_place)
            node[key] = [self._full(self._node(value)) for value in values]
        return node

    def _types(self, facts: Facts, only: str = "") -> Node:
        stated = {it.value for it in facts.get(_TYPE, ()) if isinstance(it, NamedNode)}
        known = stated.union(*(self.words.classes.get(it, ()) for it in stated))
        names = [self.context.key(iri) for iri in known if iri.startswith(only)]
        return {"@type": sorted(names, key=lambda it: (":" in it, it))} if names else {}

    def _node(self, value: Term) -> Term | Node:
        name = self.names.pop(value.value, None) if isinstance(value, NamedNode) else None
        if name is None:
            return value
        node: Node = {"@id": self.context.id(value.value)}
        self.context.add(node, "name", [name])
        return node

    def _full(self, value: Term | Node) -> Node:
        """Return a node even for a thing without a name: what points somewhere has to be one."""
        if isinstance(value, dict):
            return value
        return {"@id": self.context.id(value.value) if isinstance(value, NamedNode) else str(value)}


def _order(key: str) -> tuple[int, bool, str]:
    return _FIRST.index(key) if key in _FIRST else len(_FIRST), ":" in key, key


def _place(value: Term) -> tuple[str, str]:
    """Return what terms are sorted by."""
    return value.value, str(value)


def _kind(value: Term) -> tuple[str, str]:
    """Return how JSON-LD has to be told what a value is, and what it is."""
    if not isinstance(value, Literal):
        return "@id", ""
    if value.language:
        return "@language", value.language
    if not isinstance(_native(value), str):
        return "native", ""
    datatype = value.datatype.value
    return ("", "") if datatype == _XSD + "string" else ("@type", datatype)


def _native(value: Literal) -> str | int | bool:
    """Return a value as JSON has it, if nothing of it is lost: whole numbers and truth values."""
    text, datatype = value.value, value.datatype.value
    if datatype == _XSD + "boolean" and text in ("true", "false"):
        return text == "true"
    is_integer = datatype == _XSD + "integer" and text.lstrip("-").isdecimal()
    if is_integer and str(int(text)) == text and abs(int(text)) < _SAFE_INTEGER:
        return int(text)
    return text


def _iris(*facts: Facts) -> set[str]:
    """Return the IRIs of the things at the other end."""
    return {
        value.value
        for found in facts
        for iri, values in found.items()
        for value in values
        if isinstance(value, NamedNode) and iri != _TYPE
    }


def _catalogue(engine: Engine, sources: Iterable[str]) -> dict[str, Facts]:
    """Return what the catalogue says of some named graphs, by their IRI."""
    block = " ".join(str(NamedNode(iri)) for iri in sorted(sources))
    answer = engine.query(
        "SELECT ?source ?property ?value WHERE {"
        f" VALUES ?source {{ {block} }} ?source ?property ?value }}"
    )
    assert isinstance(answer, Solutions)
    found: dict[str, Facts] = {}
    for source, name, value in answer.rows:
        if isinstance(source, NamedNode) and isinstance(name, NamedNode) and value is not None:
            found.setdefault(source.value, {}).setdefault(name.value, set()).add(value)
    return found
