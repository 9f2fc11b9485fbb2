"""What `openness disagree` finds as a graph: who judges what of a model, and where they differ."""

from __future__ import annotations

from typing import Final

from openness import disagree
from openness.disagree import Statement
from openness.graph import Graph
from openness.table import Table
from openness.view_graph import ViewGraph

_OUTCOMES: Final = {
    "earl:passed": "passed",
    "earl:failed": "failed",
    "openness:partial": "partial",
}


def answer(graph: Graph, selected: Table) -> ViewGraph:
    """Return the verdicts on the models in the rows of a view's query."""
    found = ViewGraph()
    for row in selected:
        listed = [one for one in disagree.statements(graph, row.model) if one.is_of_aspect]
        compared = {one.key for one in listed if one.status in (disagree.CONFLICT, disagree.AGREE)}
        for one in listed:
            if one.key in compared:
                _add(found, one)
    _number(found)
    return found


def _add(found: ViewGraph, one: Statement) -> None:
    """Add a verdict: from who judges to the aspect of the subject that was judged."""
    aspect = one.aspect
    assert aspect is not None
    sources = [one.source.label]
    key = f"{one.subject.id} {aspect.id}"
    label = f"{aspect.label} of {one.subject.label}"
    found.add_thing(key, sources, iri=aspect.iri, label=label, kind="aspect")
    found.add_thing(
        one.assessor.id,
        sources,
        iri=one.assessor.iri,
        label=one.assessor.label,
        kind="organization",
    )
    conflict = one.status == disagree.CONFLICT
    outcome = _OUTCOMES.get(one.outcome.id, "cantTell")
    found.add_relation(
        one.assessor.id,
        "earl:outcome",
        key,
        sources,
        label=one.word,
        outcome=outcome,
        conflict=conflict,
    )


def _number(found: ViewGraph) -> None:
    """Number rows and columns: aspects with conflicts first, assessors by how much they judge."""
    aspects = [node for node, data in found.nodes(data=True) if data["kind"] == "aspect"]
    differing = {node for _, node, data in found.edges(data=True) if data["conflict"]}
    aspects.sort(key=lambda node: (node not in differing, found.nodes[node]["label"]))
    assessors = sorted(set(found) - set(aspects), key=lambda node: (-found.degree(node), node))
    for name, nodes in (("row", aspects), ("column", assessors)):
        for number, node in enumerate(nodes):
            found.nodes[node][name] = number
