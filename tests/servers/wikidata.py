"""An endpoint that answers as Wikidata's does: a real engine over invented items."""

from __future__ import annotations

import contextlib
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.servers import oxigraph

DATA = Path(__file__).parent.parent / "fixtures" / "wikidata-facts.ttl"


def load(root: str, path: Path) -> None:
    """Add a Turtle file to the default graph of an Oxigraph server."""
    request = urllib.request.Request(
        f"{root}/store?default", path.read_bytes(), {"Content-Type": "text/turtle"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status in (200, 201, 204)


@contextlib.contextmanager
def started(folder: Path) -> Iterator[str]:
    """Run it in a folder, and give its address."""
    with oxigraph.started(folder) as server:
        load(server.root, DATA)
        yield server.endpoint
