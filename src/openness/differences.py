"""Facts that have one value, and whose values differ between sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import Thing, to_text
from openness.terms import PREFIXES, compact

Term: TypeAlias = NamedNode | Literal

SINGLE: Final = {
    "schema:foundingDate": "founded",
    "schema:addressCountry": "country",
    "schema:url": "website",
    "schema:datePublished": "published",
    "openness:hasParameterCount": "parameters",
    "dcterms:license": "licence",
}
"""The properties of which a thing has one value at a time, with a short name for each."""

_FACTS: Final = """
SELECT DISTINCT ?thing ?property ?value ?graph
WHERE {
  {thing}
  VALUES ?property { {properties} }
  GRAPH ?graph { ?thing ?property ?value }
}
ORDER BY ?thing ?property ?value ?graph
"""


@dataclass(frozen=True)
class Value:
    """One value of a fact, and the sources that give it."""

    value: Term
    text: str
    sources: tuple[Thing, ...]


@dataclass(frozen=True)
class Difference:
    """A fact of a thing on which sources differ: each of its values, and who says so."""

    thing: Thing
    property: Thing
    what: str
    values: tuple[Value, ...]


def differing(graph: Graph, thing: Thing | None = None) -> list[Difference]:
    """Return the facts, of one thing or of all, on which no two sources' values go together.

    What one source itself gives several values of (a model under two licences) differs from
    another source only if none of its values is one of the other's.
    """
    properties = {PREFIXES[c.partition(":")[0]] + c.partition(":")[2]: c for c in SINGLE}
    text = _FACTS.replace("{properties}", " ".join(f"<{iri}>" for iri in properties))
    about = f"VALUES ?thing {{ {NamedNode(thing.iri)} }}" if thing else ""
    answer = graph.engine.query(text.replace("{thing}", about))
    assert isinstance(answer, Solutions)
    said: dict[tuple[str, str], dict[str, list[Term]]] = {}
    for subject, prop, value, source in answer.rows:
        if (
            isinstance(subject, NamedNode)
            and isinstance(prop, NamedNode)
            and isinstance(source, NamedNode)
            and isinstance(value, NamedNode | Literal)
        ):
            key = subject.value, prop.value
            said.setdefault(key, {}).setdefault(source.value, []).append(value)
    labels = graph.labels_in(answer)

    def named(iri: str) -> Thing:
        return Thing(iri, labels.get(iri) or compact(iri))

    return [
        Difference(
            named(subject),
            named(prop),
            SINGLE[properties[prop]],
            _values(by_source, named, labels),
        )
        for (subject, prop), by_source in said.items()
        if _differ(SINGLE[properties[prop]], list(by_source.values()))
    ]


def _differ(what: str, sides: Sequence[Sequence[Term]]) -> bool:
    return any(
        not any(agree(what, a, b) for a in one for b in other)
        for number, one in enumerate(sides)
        for other in sides[:number]
    )


def _values(
    by_source: dict[str, list[Term]], named: Any, labels: dict[str, str]
) -> tuple[Value, ...]:
    sources: dict[Term, list[str]] = {}
    for source, terms in by_source.items():
        for term in terms:
            sources.setdefault(term, []).append(source)
    return tuple(
        Value(term, to_text(term, labels), tuple(named(iri) for iri in sorted(who)))
        for term, who in sorted(sources.items(), key=lambda item: str(item[0]))
    )


def agree(what: str, one: Term, other: Term) -> bool:
    """Tell whether two values of one fact go together.

    Dates do if the less precise one is the beginning of the other; addresses of web sites if they
    differ in nothing but the scheme, a leading `www.`, case of the host, and a slash at the end;
    numbers if they are equal; parameter counts, which are often rounded (`7B`), if they are equal
    within five percent.
    """
    if one == other:
        return True
    a, b = one.value, other.value
    if what in ("founded", "published"):
        short, long = sorted((a, b), key=len)
        return long == short or long.startswith(short + "-")
    if what in ("website", "logo"):
        return _address(a) == _address(b)
    if what == "country":
        return a.casefold() == b.casefold()
    if what == "parameters":
        return _near(a, b)
    return False


_ROUNDED: Final = 0.05


def _near(one: str, other: str) -> bool:
    try:
        a, b = float(one), float(other)
    except ValueError:
        return False
    return abs(a - b) <= _ROUNDED * max(a, b)


def _address(text: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(text)
    except ValueError:
        return text, "", ""
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    return host, parts.path.rstrip("/"), parts.query


def document(found: Iterable[Difference]) -> list[dict[str, Any]]:
    """Return differences as they stand in the JSON document of `openness disagree -f json`.

    `[{"thing", "property", "what", "values": [{"value", "sources"}]}]`, where a thing is `{"iri",
    "id", "label"}`, and a value is one if it is an IRI, else text.
    """
    return [
        {
            "thing": one.thing.to_dict(),
            "property": one.property.to_dict(),
            "what": one.what,
            "values": [
                {
                    "value": Thing(v.value.value, v.text).to_dict()
                    if isinstance(v.value, NamedNode)
                    else v.value.value,
                    "sources": [source.to_dict() for source in v.sources],
                }
                for v in one.values
            ],
        }
        for one in found
    ]
