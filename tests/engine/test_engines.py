"""One answer on every engine: embedded, plain rdflib, the Oxigraph server and Virtuoso."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

import pytest
import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse_query_results
from tests.servers import oxigraph, virtuoso

from openness import push, queries
from openness.engine.base import Cell, Engine, Results, Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.remote import RemoteEngine, declare_prefixes
from openness.graph import Graph
from openness.queries import SavedQuery
from openness.terms import compact

NAMES: Final = sorted(n for n in queries.find_files() if not queries.find(n).is_federated)
REMOTE: Final = [
    "oxigraph",
    pytest.param(
        "virtuoso",
        marks=[
            pytest.mark.virtuoso,
            pytest.mark.skipif(not virtuoso.is_there(), reason="no virtuoso-t on the PATH"),
        ],
    ),
]


class PlainRdflib(Engine):
    """rdflib alone: its own store in memory, its own evaluator."""

    def __init__(self, store: EmbeddedEngine) -> None:
        self.dataset = rdflib.Dataset()
        content = store.store.dump(format=RdfFormat.N_QUADS)
        assert content is not None
        self.dataset.parse(data=content.decode(), format="nquads")

    @property
    def name(self) -> str:
        """Its name."""
        return "rdflib"

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Answer a SELECT or ASK query."""
        content = self.dataset.query(declare_prefixes(query)).serialize(format="json")
        assert content is not None
        return parse_query_results(content, QueryResultsFormat.JSON)


@pytest.fixture(scope="session")
def others(world: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Graph]]:
    """The frozen world on every engine that this machine has."""
    assert isinstance(world.engine, EmbeddedEngine)
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        found = {"rdflib": Graph(PlainRdflib(world.engine))}
        url = stack.enter_context(oxigraph.started(tmp_path_factory.mktemp("oxigraph"))).endpoint
        found["oxigraph"] = pushed(world, url)
        if virtuoso.is_there():
            patch.setenv("OPENNESS_ENDPOINT_USER", virtuoso.USER)
            patch.setenv("OPENNESS_ENDPOINT_PASSWORD", virtuoso.PASSWORD)
            url = stack.enter_context(
                virtuoso.started(tmp_path_factory.mktemp("virtuoso"))
            ).endpoint
            found["virtuoso"] = pushed(world, url)
        yield found


def pushed(world: Graph, url: str) -> Graph:
    """Return the world as an engine holds it after a push that was counted."""
    for one in push.push(world, url, push.store_of(url)):
        assert one.here == one.there, one
    return Graph(RemoteEngine(url))


def answer(graph: Graph, saved: SavedQuery) -> list[list[str]]:
    """Return the rows of a saved query, numbers to nine places."""
    found = graph.answer(saved, {})
    assert isinstance(found, Solutions)
    return [[text(cell) for cell in row] for row in found.rows]


def text(cell: Cell) -> str:
    """Return a term for comparison: engines differ in the digits of a quotient."""
    if cell is None:
        return ""
    kind = getattr(getattr(cell, "datatype", None), "value", "").rpartition("#")[2]
    if kind in ("decimal", "double", "float"):
        return f"{float(cell.value):.9f}"
    return compact(cell.value) + (f" {kind}" if kind not in ("", "string", "langString") else "")


@pytest.mark.parametrize("engine", ["rdflib", *REMOTE])
@pytest.mark.parametrize("name", NAMES)
def test_every_saved_query_gives_the_same_rows_in_the_same_order(
    name: str, engine: str, world: Graph, others: dict[str, Graph]
) -> None:
    saved = queries.find(name)
    assert answer(others[engine], saved) == answer(world, saved)
