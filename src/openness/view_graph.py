"""A view as a graph: things with their kinds, relations with their sources, and what was cut.

Nodes are compact ids (`model:llama-2`) with the attributes `iri`, `label`, `kind`, `sources`, and
where there is one `date`, `value`, `outcome`, `row` and `column`. Edges are keyed by their relation
and have `relation`, `label`, `sources`, `asserted` (whether the triple stands so in the graph), and
where there is one `outcome`, `conflict`, `inherited`, `date` and, where it is to point backwards in
a layout by rank, `backward`. The graph has `name`, `title`,
`description`, `layout`, `direction`, `reverse`, `legend`, `kinds`, `date`, `sources`,
`source_iris` (by their labels), `roots` and `cut`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

import networkx

from openness.terms import expand

if TYPE_CHECKING:
    from openness.draw.around import Surroundings

_BETWEEN: Final = {"value": "; ", "label": ", "}
"""Attributes of which a thing or relation may have several, and what stands between them."""


class ViewGraph(networkx.MultiDiGraph):  # type: ignore[misc]  # networkx has no types
    """A NetworkX graph that shows itself as a picture in a notebook."""

    around: Callable[[], Surroundings] | None = None
    """Asks for what lies around its things, of a view that was read from a graph; copies do not."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what is pickled and copied: the view, without the graph behind it."""
        return {name: value for name, value in self.__dict__.items() if name != "around"}

    def _repr_svg_(self) -> str | None:
        """Show the picture in a notebook; nothing, if there is nothing to show."""
        from openness import draw

        return draw.render(self, "svg").decode() if self else None

    def add_thing(self, key: str, sources: Iterable[str] = (), **attributes: Any) -> None:
        """Add a node, or what is said of one that is there already.

        Args:
            key: its compact id.
            sources: the labels of the named graphs that say so.
            attributes: `iri`, `label`, `kind` and the like; None is nothing said.
        """
        if key not in self:
            self.add_node(key, sources=[], iri=attributes.get("iri") or expand(key) or key)
        _merge(self.nodes[key], sources, attributes)

    def add_relation(
        self,
        subject: str,
        relation: str,
        object: str,  # noqa: A002  (RDF's own word)
        sources: Iterable[str] = (),
        **attributes: Any,
    ) -> None:
        """Add an edge, or what is said of one that is there already.

        Args:
            subject: the compact id of the node where it begins.
            relation: the compact id of the relation, which is the edge's key.
            object: the compact id of the node where it ends.
            sources: the labels of the named graphs that say so.
            attributes: `label`, `outcome`, `conflict` and the like; None is nothing said.
        """
        if not self.has_edge(subject, object, relation):
            iri = attributes.get("iri") or expand(relation) or relation
            self.add_edge(subject, object, relation, relation=relation, iri=iri, sources=[])
        _merge(self.edges[subject, object, relation], sources, attributes)


def _merge(known: dict[str, Any], sources: Iterable[str], attributes: dict[str, Any]) -> None:
    known["sources"] = sorted({*known["sources"], *sources})
    for name, value in attributes.items():
        if value is None or value == "":
            continue
        if name in _BETWEEN and name in known:
            between = _BETWEEN[name]
            listed = {*str(known[name]).split(between), str(value)}
            told = [one for one in listed if not any(f" {one}" in other for other in listed)]
            known[name] = between.join(sorted(told))
        elif name == "conflict":
            known[name] = bool(value) or bool(known.get(name))
        else:
            known.setdefault(name, value)


def nearest(graph: ViewGraph, roots: Iterable[str]) -> list[str]:
    """Return the nodes in the order in which a cut keeps them.

    First the roots, then what is fewest steps away from one of them, in whatever direction; of
    those, what has most links, then by id.
    """
    distance = dict.fromkeys((root for root in roots if root in graph), 0)
    frontier = list(distance)
    while frontier:
        reached: list[str] = []
        for node in frontier:
            for near in (*graph.successors(node), *graph.predecessors(node)):
                if near not in distance:
                    distance[near] = distance[node] + 1
                    reached.append(near)
        frontier = reached
    far = len(graph) + 1
    degree = dict(graph.degree())
    return sorted(graph, key=lambda node: (distance.get(node, far), -degree[node], node))


def cut(graph: ViewGraph, max_nodes: int, roots: Iterable[str] = ()) -> int:
    """Leave only so many nodes in a graph; return how many were left out, and note it."""
    total = len(graph)
    if total <= max_nodes:
        return 0
    graph.remove_nodes_from(nearest(graph, roots)[max_nodes:])
    names = [str(graph.nodes[root]["label"]) for root in roots if root in graph]
    rule = f"those nearest to {', '.join(names)}, then " if names else ""
    note = (
        f"{max_nodes:,} of {total:,} things are shown: {rule}those with most links. "
        "--max-nodes shows more."
    )
    graph.graph["cut"] = " ".join(filter(None, (graph.graph.get("cut"), note)))
    return total - max_nodes
