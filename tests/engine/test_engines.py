"""One answer on every engine: embedded, plain rdflib, the Oxigraph server and Virtuoso."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import engine_page
import pytest
import rdflib
from pyoxigraph import QueryResultsFormat, RdfFormat, parse_query_results
from tests.servers import oxigraph, virtuoso

from openness import push, queries
from openness.engine.base import Cell, Engine, Results, Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.federation import open_federation
from openness.engine.remote import RemoteEngine, declare_prefixes
from openness.graph import Graph
from openness.terms import compact

ALL: Final = sorted(queries.find_files())
FEDERATED: Final = [name for name in ALL if queries.find(name).is_federated]
NAMES: Final = [name for name in ALL if name not in FEDERATED]
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


BEHIND: Final = "with Virtuoso on the PATH, run pytest tests/engine/test_engines.py --golden"


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


class Answers:
    """The answers of every engine that this machine has, each asked for once.

    Args:
        graphs: the same graph on each of them, by its name; the first is the embedded one.
        services: what stands in for the services that federated queries ask.
    """

    def __init__(self, graphs: dict[str, Graph], services: dict[str | None, str]) -> None:
        self.graphs = graphs
        self.services = services
        self.known: dict[tuple[str, str], list[list[str]]] = {}

    def of(self, engine: str, name: str) -> list[list[str]]:
        """Return the rows of a saved query, numbers to nine places."""
        if (engine, name) not in self.known:
            saved = queries.find(name)
            asked = next((p.default for p in saved.parameters if p.type == "endpoint"), None)
            values = {"service": self.services[asked]} if saved.is_federated else {}
            found = self.graphs[engine].answer(saved, values)
            assert isinstance(found, Solutions)
            self.known[engine, name] = [[text(cell) for cell in row] for row in found.rows]
        return self.known[engine, name]


@contextlib.contextmanager
def on_all(graph: Graph, folder: Path) -> Iterator[dict[str, Graph]]:
    """Put a graph on every engine that this machine has."""
    assert isinstance(graph.engine, EmbeddedEngine)
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        found = {"embedded": graph, "rdflib": Graph(PlainRdflib(graph.engine))}
        for name in ("oxigraph", "virtuoso"):
            (folder / name).mkdir()
        url = stack.enter_context(oxigraph.started(folder / "oxigraph")).endpoint
        found["oxigraph"] = pushed(graph, url)
        if virtuoso.is_there():
            patch.setenv("OPENNESS_ENDPOINT_USER", virtuoso.USER)
            patch.setenv("OPENNESS_ENDPOINT_PASSWORD", virtuoso.PASSWORD)
            url = stack.enter_context(virtuoso.started(folder / "virtuoso")).endpoint
            found["virtuoso"] = pushed(graph, url)
        yield found


@pytest.fixture(scope="session")
def answers(world: Graph, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """What the engines answer on the frozen world."""
    with on_all(world, tmp_path_factory.mktemp("engines")) as graphs:
        yield Answers(graphs, {})


@pytest.fixture(scope="session")
def federated(
    linked: Graph, services: dict[str | None, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Answers]:
    """What they answer with links, and with services that are asked."""
    folder = tmp_path_factory.mktemp("federated")
    with on_all(linked, folder) as graphs:
        for graph in graphs.values():
            # One cache for all: a service names its blank nodes anew with each answer.
            graph.engine.services = open_federation(folder / "services")
        yield Answers(graphs, services)


def pushed(world: Graph, url: str) -> Graph:
    """Return the world as an engine holds it after a push that was counted."""
    for one in push.push(world, url, push.store_of(url)):
        assert one.here == one.there, one
    return Graph(RemoteEngine(url))


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
    name: str, engine: str, answers: Answers
) -> None:
    assert answers.of(engine, name) == answers.of("embedded", name)


@pytest.mark.parametrize("engine", ["rdflib", *REMOTE])
@pytest.mark.parametrize("name", FEDERATED)
def test_every_federated_query_gives_the_same_rows_in_the_same_order(
    name: str, engine: str, federated: Answers
) -> None:
    assert federated.of("embedded", name)
    assert federated.of(engine, name) == federated.of("embedded", name)


# The page that tells so


def rows(engines: Iterable[str], answers: Answers, federated: Answers) -> list[list[str]]:
    """Return the rows of the page, as far as some engines go."""
    found = []
    for saved in sorted(map(queries.find, ALL), key=lambda q: (q.topic, q.name)):
        asked = federated if saved.is_federated else answers
        ours = asked.of("embedded", saved.name)
        same = ("same" if asked.of(one, saved.name) == ours else "differs" for one in engines)
        found.append([saved.topic, f"`{saved.name}`", str(len(ours)), *same])
    return found


@pytest.mark.virtuoso
@pytest.mark.skipif(not virtuoso.is_there(), reason="no virtuoso-t on the PATH")
def test_the_page_of_engines_is_as_generated(
    answers: Answers, federated: Answers, request: pytest.FixtureRequest
) -> None:
    """All but the versions, which are those of the machine that it was written on."""
    versions = {
        "embedded": answers.graphs["embedded"].engine.name,
        "rdflib": rdflib.__version__,
        "oxigraph": oxigraph.version(),
        "virtuoso": virtuoso.version(),
    }
    page = engine_page.page(versions, rows(versions, answers, federated))
    if request.config.getoption("--golden"):
        engine_page.PATH.write_text(page, encoding="utf-8")
    written = engine_page.PATH.read_text(encoding="utf-8")
    found, expected = (re.sub(r"(?<= \()[^()]*\d", "VERSION", one) for one in (written, page))
    assert found == expected, BEHIND
    assert found.count("VERSION") == len(versions)


@pytest.mark.parametrize("engine", ["embedded", "rdflib", *REMOTE])
def test_the_page_of_engines_is_what_they_answer(
    engine: str, answers: Answers, federated: Answers
) -> None:
    """A column of it can be held against an engine on any machine that has that one."""
    written = engine_page.rows_of(engine_page.PATH.read_text(encoding="utf-8"))
    columns = (*engine_page.FIXED, engine_page.TITLES[engine])
    found = [[row[column] for column in columns] for row in written]
    assert found == rows([engine], answers, federated), BEHIND
