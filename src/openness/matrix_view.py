"""The matrix of `openness may` as a graph: from each licence to each act, with the answer."""

from __future__ import annotations

from openness import matrix, views
from openness.graph import Graph
from openness.matrix import Matrix
from openness.table import Table
from openness.terms import ONT
from openness.view_answer import describe
from openness.view_graph import ViewGraph


def answer(graph: Graph, selected: Table) -> ViewGraph:
    """Return the answers of the licences in the rows of a view's query."""
    wanted = {row.licence for row in selected}
    found = matrix.matrix(graph)
    licences = tuple(licence for licence in found.licences if licence in wanted)
    return matrix_graph(Matrix(licences, found.actions, found.answers))


def matrix_graph(found: Matrix) -> ViewGraph:
    """Return the matrix as a graph of rows (licences) and columns (acts), drawn as a table."""
    graph = ViewGraph()
    most = {
        one: sum(found.answers[one, a] == "yes" for a in found.actions) for one in found.licences
    }
    licences = sorted(found.licences, key=lambda one: (-most[one], one.label))
    for number, action in enumerate(found.actions):
        label = action.replace("-", " ")
        graph.add_thing(
            f"act:{action}", iri=f"{ONT}{action}", label=label, kind="action", column=number
        )
    for number, licence in enumerate(licences):
        graph.add_thing(
            licence.id, iri=licence.iri, label=licence.label, kind="licence", row=number
        )
        for action in found.actions:
            word = found.answers[licence, action]
            graph.add_relation(licence.id, "odrl:action", f"act:{action}", label=word, outcome=word)
    describe(graph, views.find("licences"))
    return graph
