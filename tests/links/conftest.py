"""A world that is linked, and a server with data shaped as Wikidata's."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers import oxigraph

from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph

FIXTURES = Path(__file__).parent.parent / "fixtures"
LINKED = FIXTURES / "linked.trig"


def load(root: str, path: Path) -> None:
    """Add a Turtle file to the default graph of an Oxigraph server."""
    request = urllib.request.Request(
        f"{root}/store?default", path.read_bytes(), {"Content-Type": "text/turtle"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 201, 204)


@pytest.fixture(scope="session")
def wikidata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an endpoint that answers as Wikidata's does."""
    with oxigraph.started(tmp_path_factory.mktemp("wikidata")) as server:
        load(server.root, FIXTURES / "wikidata.ttl")
        yield server.endpoint


@pytest.fixture(scope="session")
def linked() -> Graph:
    """The frozen world with links and facts of a register."""
    files = (Input(FIXTURES / "world.trig", "urn:world"), Input(LINKED, "urn:linked"))
    return Graph(EmbeddedEngine(build(Inputs(files, ()))))
