"""Two servers on loopback, whose hosts have different names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.servers import web
from tests.servers.web import Web


@pytest.fixture
def other() -> Iterator[Web]:
    """Where redirections lead to."""
    with web.started() as server:
        yield server


@pytest.fixture
def server(other: Web) -> Iterator[Web]:
    """The one that is asked."""
    with web.started() as server:
        server.away = f"http://localhost:{other.server_port}"
        yield server
