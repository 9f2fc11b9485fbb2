"""Asks the graph for what lies around the things of a view, within stated limits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness import lookup, view_answer, views
from openness.draw.around import Fact, Surroundings
from openness.engine.base import Cell, Engine, Solutions
from openness.terms import compact
from openness.view_graph import ViewGraph, nearest
from openness.views import Limits

MOST_THINGS: Final = 300
"""Of how many things of a view the facts and neighbours are asked for."""
MOST_FACTS: Final = 120
"""How many facts of one thing there are at most."""
MOST_NEIGHBOURS: Final = 24
"""How many things that a view does not show are brought in by one that it shows."""
_MOST_ROWS: Final = 4 * MOST_FACTS
_LONGEST: Final = 1000

_FACTS: Final = f"""
SELECT DISTINCT ?direction ?property ?value ?source
WHERE {{
  {{ GRAPH ?source {{ ?_thing ?property ?value }} BIND("of" AS ?direction) }}
  UNION
  {{ GRAPH ?source {{ ?value ?property ?_thing }} BIND("to" AS ?direction) }}
}}
ORDER BY ?direction ?property ?value ?source
LIMIT {_MOST_ROWS}
"""


def read(engine: Engine, graph: ViewGraph) -> Surroundings:
    """Return the facts and the neighbours of the things of a view, nearest to its roots first."""
    things = dict(_askable(graph))
    facts, more = _facts(engine, things)
    neighbours, left_out = _neighbours(engine, graph, things)
    rule = f"At most {MOST_FACTS} facts and {MOST_NEIGHBOURS} further neighbours of each thing"
    if len(things) < len(graph):
        rule += f", and of the first {len(things):,} things only,"
    rule += " are in this file."
    return Surroundings(facts, more, neighbours, left_out, rule)


def _askable(graph: ViewGraph) -> Iterator[tuple[str, NamedNode]]:
    """Yield the things that can be asked for, with their terms."""
    for key in nearest(graph, graph.graph.get("roots") or ())[:MOST_THINGS]:
        try:
            yield key, NamedNode(graph.nodes[key]["iri"])
        except ValueError:
            continue


# Facts


def _facts(
    engine: Engine, things: dict[str, NamedNode]
) -> tuple[dict[str, tuple[Fact, ...]], frozenset[str]]:
    """Return the facts of each thing, and the things that have more."""
    rows = {key: _rows(engine, term) for key, term in things.items()}
    cells = {cell for found in rows.values() for row in found for cell in row}
    labels = lookup.labels(engine, (c.value for c in cells if isinstance(c, NamedNode)))
    facts, more = {}, set()
    for key, found in rows.items():
        listed = _merged(found, labels)
        facts[key] = tuple(listed[:MOST_FACTS])
        if len(found) == _MOST_ROWS or len(listed) > MOST_FACTS:
            more.add(key)
    return facts, frozenset(more)


def _rows(engine: Engine, thing: NamedNode) -> list[tuple[Cell, ...]]:
    answer = engine.query(_FACTS, {"_thing": thing})
    assert isinstance(answer, Solutions)
    return [row for row in answer.rows if isinstance(row[2], NamedNode | Literal)]


def _merged(rows: list[tuple[Cell, ...]], labels: dict[str, str]) -> list[Fact]:
    """Return one fact for each statement, with all its sources."""
    found: dict[Fact, list[str]] = {}
    for direction, relation, value, source in rows:
        iri = value.value if isinstance(value, NamedNode) else ""
        is_of = isinstance(direction, Literal) and direction.value == "of"
        fact = Fact(is_of, _name(relation, labels), _name(value, labels), iri)
        found.setdefault(fact, []).append(_name(source, labels))
    return [
        dataclasses.replace(fact, sources=tuple(dict.fromkeys(sources)))
        for fact, sources in found.items()
    ]


def _name(cell: Cell, labels: dict[str, str]) -> str:
    """Return what a person reads: a label, a short id, or text that may be cut."""
    if isinstance(cell, NamedNode):
        return labels.get(cell.value) or compact(cell.value)
    text = cell.value if isinstance(cell, Literal) else ""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


# Neighbours


def _neighbours(
    engine: Engine, graph: ViewGraph, things: dict[str, NamedNode]
) -> tuple[ViewGraph, dict[str, int]]:
    """Return the neighbours that the view does not show, and how many of each had no room."""
    view = views.find("neighbourhood")
    found, left_out = ViewGraph(), {}
    for key, term in things.items():
        star = view_answer.collect(engine, view, {"_thing": term}, Limits())
        wanted = _best(star, key, graph)
        if len(wanted) > MOST_NEIGHBOURS:
            left_out[key] = len(wanted) - MOST_NEIGHBOURS
        _add(found, star, key, wanted[:MOST_NEIGHBOURS])
    if not found:
        return found, left_out
    everything = dataclasses.replace(view, without=())
    limits = Limits(max_nodes=len(found))
    return view_answer.finish(engine, everything, found, limits, None), left_out


def _best(star: ViewGraph, key: str, graph: ViewGraph) -> list[str]:
    """Return the neighbours that a view does not show, of kinds that have ids of ours first."""
    if key not in star:
        return []
    near = {*star.successors(key), *star.predecessors(key)} - {key, *graph}
    foreign = ("thing", "term")
    kinds = {node: view_answer.kind_of(star.nodes[node]["iri"]) for node in near}
    return sorted(near, key=lambda node: (kinds[node] in foreign, node))


def _add(found: ViewGraph, star: ViewGraph, key: str, wanted: list[str]) -> None:
    """Add what lies between a thing and some of its neighbours to the graph of all neighbours."""
    chosen = star.subgraph([key, *wanted])
    for subject, target, relation, data in sorted(chosen.edges(keys=True, data=True), key=_order):
        if key not in (subject, target) or subject == target:
            continue
        for node in (subject, target):
            found.add_thing(node, **star.nodes[node])
        said = {name: value for name, value in data.items() if name != "relation"}
        found.add_relation(subject, relation, target, **said)


def _order(edge: tuple[str, str, str, object]) -> tuple[str, str, str]:
    return edge[:3]


def attach(engine: Engine, graph: ViewGraph) -> ViewGraph:
    """Let a view ask for its surroundings when something needs them; return it."""
    graph.around = lambda: read(engine, graph)
    return graph
