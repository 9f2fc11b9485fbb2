"""From the answer to a view's query to its graph: rows become things and relations, and are cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pyoxigraph import BlankNode, Literal, NamedNode

from openness import lookup, views
from openness.engine.base import Cell, Engine, Solutions
from openness.errors import BrokenFileError, UsageError, did_you_mean
from openness.sparql.binding import Bindable
from openness.table import Thing, to_value
from openness.terms import CATALOGUE, GRAPH, ID, KINDS, ONT, PREFIXES, compact
from openness.view_graph import ViewGraph, cut
from openness.views import Limits, View

_BATCH: Final = 300
_TERMS: Final = ("subject", "relation", "object", "source")
_OTHER_KINDS: Final = {GRAPH: "source", ONT: "term", ID: "thing"}

_CATALOGUE: Final = f"""
SELECT ?source ?label ?read
WHERE {{
  GRAPH <{CATALOGUE}> {{ ?source rdfs:label ?label . OPTIONAL {{ ?source pav:retrievedOn ?read }} }}
}}
ORDER BY ?source ?label ?read
"""

_ASSERTED: Final = """
SELECT DISTINCT ?subject ?relation ?object
WHERE {
  VALUES (?subject ?relation ?object) { {triples} }
  ?subject ?relation ?object .
}
ORDER BY ?subject ?relation ?object
"""

_LABELLED: Final = """
SELECT DISTINCT ?thing ?source
WHERE {
  VALUES ?thing { {things} }
  GRAPH ?source { ?thing rdfs:label ?label }
}
ORDER BY ?thing ?source
"""

_GROUPS: Final = "SELECT ?group WHERE { ?group a openness:IndustryGroup } ORDER BY ?group"


def collect(engine: Engine, view: View, bound: Mapping[str, Bindable], limits: Limits) -> ViewGraph:
    """Return the graph of a view's rows.

    Args:
        engine: where to ask.
        view: the view.
        bound: the terms for its parameters, by variable.
        limits: of a view that grows, how far; and what it must not go through.
    """
    reader = _Reader(engine, view)
    thing = bound.get("_thing")
    if not view.grows:
        reader.read(_select(engine, view.query.text, bound))
        return reader.graph
    assert isinstance(thing, NamedNode), "a view that grows has a thing to grow from"
    reached, frontier = {thing.value}, [thing.value]
    for _ in range(limits.hops):
        for start in range(0, len(frontier), _BATCH):
            block = views.around(view, frontier[start : start + _BATCH])
            reader.read(_select(engine, block.text, bound))
        _label(engine, view, reader.graph)
        restrict(reader.graph, view, limits, [compact(thing.value)])
        found = {reader.graph.nodes[node]["iri"] for node in reader.graph}
        frontier = sorted(found - reached)
        reached |= found
    return reader.graph


def finish(
    engine: Engine,
    view: View,
    graph: ViewGraph,
    limits: Limits,
    thing: Thing | None,
) -> ViewGraph:
    """Return a view's graph with title, sources, labels and kinds, as large as is wanted."""
    roots = [thing.id] if thing and thing.id in graph else []
    _label(engine, view, graph)
    restrict(graph, view, limits, roots)
    cut(graph, limits.max_nodes or view.max_nodes, roots)
    _mark_asserted(engine, graph)
    parameter = view.thing
    about = thing.label if thing else parameter.label if parameter else ""
    describe(graph, view, about, roots)
    sources = _sources(engine)
    _name_sources(engine, graph, sources)
    named = {name for _, _, data in graph.edges(data=True) for name in data["sources"]}
    named |= {name for _, data in graph.nodes(data=True) for name in data["sources"]}
    graph.graph["sources"] = sorted(named)
    graph.graph["source_iris"] = {
        label: iri for iri, (label, _) in sorted(sources.items()) if label in named
    }
    dates = [read for label, read in sources.values() if label in named and read]
    graph.graph["date"] = max(dates, default="")
    return graph


def describe(graph: ViewGraph, view: View, about: str = "", roots: Iterable[str] = ()) -> None:
    """Give a graph what the header of its view says.

    Args:
        graph: the graph, with what its nodes and edges say of their sources.
        view: the view.
        about: what `{thing}` in the title stands for.
        roots: the nodes that the view is about.
    """
    graph.graph |= {
        "name": view.name,
        "title": view.query.title.replace("{thing}", about),
        "description": view.query.description.replace("{thing}", about),
        "layout": view.layout,
        "direction": view.direction,
        "reverse": list(view.reverse),
        "legend": view.legend,
        "kinds": dict(view.kinds),
        "date": graph.graph.get("date", ""),
        "sources": sorted({s for _, data in graph.nodes(data=True) for s in data["sources"]}),
        "roots": list(roots),
        "cut": graph.graph.get("cut", ""),
    }


def _name_sources(engine: Engine, graph: ViewGraph, sources: Mapping[str, tuple[str, str]]) -> None:
    """Name for things of which no row named a source the graphs that give them their label."""
    bare = {data["iri"]: data for _, data in graph.nodes(data=True) if not data["sources"]}
    wanted = sorted(bare)
    for start in range(0, len(wanted), _BATCH):
        block = " ".join(str(NamedNode(iri)) for iri in wanted[start : start + _BATCH])
        found = _select(engine, _LABELLED.replace("{things}", block), {})
        for thing, source in found.rows:
            if isinstance(thing, NamedNode) and isinstance(source, NamedNode):
                label, _ = sources.get(source.value, (compact(source.value), ""))
                bare[thing.value]["sources"].append(label)


class _Reader:
    """Reads rows into a graph, with the labels that the header or the graph gives."""

    def __init__(self, engine: Engine, view: View) -> None:
        self.engine, self.view = engine, view
        self.graph = ViewGraph()
        self._sources = _sources(engine)

    def read(self, solutions: Solutions) -> None:
        """Add the rows of an answer.

        Raises:
            BrokenFileError: if the query does not select the things that a view is made of.
        """
        if "subject" not in solutions.variables:
            raise BrokenFileError(f"{self.view.query.path}: a view selects ?subject.")
        for row in solutions.rows:
            self._add(dict(zip(solutions.variables, row, strict=True)))

    def _add(self, row: Mapping[str, Cell]) -> None:
        ends = {name: row.get(name) for name in ("subject", "object")}
        if not isinstance(ends["subject"], NamedNode):
            return
        source = self._source(row.get("source"))
        for name, cell in ends.items():
            if isinstance(cell, NamedNode):
                said = {
                    column.removeprefix(name).lower(): _plain(value)
                    for column, value in row.items()
                    if column.startswith(name) and column != name
                }
                key = compact(cell.value)
                self.graph.add_thing(key, source, iri=cell.value, **said)
        subject, relation, target = (row.get(n) for n in ("subject", "relation", "object"))
        if isinstance(relation, NamedNode) and isinstance(target, NamedNode):
            assert isinstance(subject, NamedNode)
            said = {
                column: _plain(value)
                for column, value in row.items()
                if column not in _TERMS and not column.startswith(("subject", "object"))
            }
            ids = (compact(subject.value), compact(relation.value), compact(target.value))
            self.graph.add_relation(*ids, source, iri=relation.value, **said)

    def _source(self, cell: Cell) -> list[str]:
        if not isinstance(cell, NamedNode):
            return []
        label, _ = self._sources.get(cell.value, (compact(cell.value), ""))
        return [label]


def _plain(cell: Cell) -> Any:
    """Return a cell as an attribute: text, number or truth value; of a thing, its compact id."""
    if isinstance(cell, NamedNode):
        return compact(cell.value)
    if isinstance(cell, BlankNode):
        return str(cell)
    value = to_value(cell, {})
    return value if isinstance(value, bool | int | float | None) else str(value)


def _select(engine: Engine, text: str, bound: Mapping[str, Bindable]) -> Solutions:
    answer = engine.query(text, bound)
    if not isinstance(answer, Solutions):
        raise BrokenFileError("A view is a SELECT query.")
    return answer


def _sources(engine: Engine) -> dict[str, tuple[str, str]]:
    """Return the label of each named graph, and when its source was read."""
    found: dict[str, tuple[str, str]] = {}
    for source, label, read in _select(engine, _CATALOGUE, {}).rows:
        if isinstance(source, NamedNode) and isinstance(label, Literal):
            found[source.value] = (label.value, read.value if isinstance(read, Literal) else "")
    return found


# What things are called and of what kind they are


def kind_of(iri: str) -> str:
    """Return the kind that an IRI tells: a segment of our ids, `source`, `term`, or `thing`."""
    prefix, colon, _ = compact(iri).partition(":")
    if colon and prefix in KINDS:
        return prefix
    return next((kind for start, kind in _OTHER_KINDS.items() if iri.startswith(start)), "thing")


def _label(engine: Engine, view: View, graph: ViewGraph) -> None:
    """Give each node its label and kind, and each edge its label, where the query did not."""
    bare = {data["iri"] for _, data in graph.nodes(data=True) if "label" not in data}
    relations = {data["iri"] for _, _, data in graph.edges(data=True) if "label" not in data}
    labels = lookup.labels(engine, bare | relations)
    groups = {t.value for (t,) in _select(engine, _GROUPS, {}).rows if isinstance(t, NamedNode)}
    for key, data in graph.nodes(data=True):
        data.setdefault("label", labels.get(data["iri"]) or key)
        data.setdefault("kind", "group" if data["iri"] in groups else kind_of(data["iri"]))
    for _, _, relation, data in graph.edges(keys=True, data=True):
        named = view.relations.get(relation) or labels.get(data["iri"])
        data.setdefault("label", named or relation.rpartition(":")[2])


def _mark_asserted(engine: Engine, graph: ViewGraph) -> None:
    """Say of each edge whether its triple stands in the graph, or sums up several."""
    triples: dict[tuple[str, ...], dict[str, Any]] = {}
    for subject, target, _, data in graph.edges(keys=True, data=True):
        iris = (graph.nodes[subject]["iri"], data["iri"], graph.nodes[target]["iri"])
        triples[iris] = data
        data["asserted"] = False
    wanted = sorted(triples)
    for start in range(0, len(wanted), _BATCH):
        block = " ".join(
            f"({' '.join(str(NamedNode(iri)) for iri in triple)})"
            for triple in wanted[start : start + _BATCH]
        )
        found = _select(engine, _ASSERTED.replace("{triples}", block), {})
        for row in found.rows:
            triples[tuple(getattr(cell, "value", "") for cell in row)]["asserted"] = True


# What the user wants to see of it


def restrict(graph: ViewGraph, view: View, limits: Limits, roots: Sequence[str]) -> None:
    """Leave out the kinds and relations that are not wanted, and what then stands alone.

    Raises:
        UsageError: if a word is no kind and no relation.
    """
    kinds = {key: data["kind"] for key, data in graph.nodes.items()}
    words = _words(graph, view, kinds)
    only, without = (_meant(limits.only, words), _meant(limits.without, words))
    without |= {word for word in view.without if word not in only}
    if not only and not without:
        return
    alone = {node for node, degree in graph.degree() if not degree} | set(roots)
    wanted_kinds = {word for word in only if word in kinds.values() or word in KINDS}
    wanted_relations = only - wanted_kinds
    graph.remove_edges_from(
        [
            (subject, target, key)
            for subject, target, key in graph.edges(keys=True)
            if key in without or (wanted_relations and key not in wanted_relations)
        ]
    )
    graph.remove_nodes_from(
        [
            node
            for node, kind in kinds.items()
            if node not in roots
            and (kind in without or (wanted_kinds and kind not in wanted_kinds))
        ]
    )
    graph.remove_nodes_from([n for n, degree in graph.degree() if not degree and n not in alone])


def _words(graph: ViewGraph, view: View, kinds: Mapping[str, str]) -> dict[str, str]:
    """Return the kinds and relations by what a user may call them, in lower case."""
    known: dict[str, str] = {}
    relations = {
        key: data.get("label", "") for _, _, key, data in graph.edges(keys=True, data=True)
    }
    for relation, label in (relations | dict(view.relations)).items():
        known |= {relation.lower(): relation, relation.rpartition(":")[2].lower(): relation}
        known[str(label).lower()] = relation
    for kind in (*KINDS, *view.kinds, *kinds.values()):
        known |= {kind.lower(): kind, str(view.kinds.get(kind, kind)).lower(): kind}
    known.pop("", None)
    return known


def _meant(wanted: Iterable[str], words: Mapping[str, str]) -> set[str]:
    found = set()
    for word in wanted:
        if word.lower() in words:
            found.add(words[word.lower()])
        elif word.partition(":")[0] in PREFIXES:
            found.add(word)  # a relation that a later step may find
        else:
            hint = did_you_mean(word.lower(), sorted(words))
            raise UsageError(f"“{word}” is no kind and no relation of this view.{hint}")
    return found
