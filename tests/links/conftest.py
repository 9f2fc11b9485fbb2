"""A world that is linked, and a server with data shaped as Wikidata's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.wikidata import started

from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph

FIXTURES = Path(__file__).parent.parent / "fixtures"
LINKED = FIXTURES / "accepted.trig"


@pytest.fixture(scope="session")
def wikidata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an endpoint that answers as Wikidata's does."""
    with started(tmp_path_factory.mktemp("wikidata")) as address:
        yield address


@pytest.fixture(scope="session")
def linked() -> Graph:
    """The frozen world with links and facts of a register."""
    files = (Input(FIXTURES / "world.trig", "urn:world"), Input(LINKED, "urn:linked"))
    return Graph(EmbeddedEngine(build(Inputs(files, ()))))
