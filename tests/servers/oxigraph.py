"""The Oxigraph server, started in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import sysconfig
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import free_port, running

_START_SECONDS = 30.0


@dataclass(frozen=True)
class Oxigraph:
    """A running Oxigraph server."""

    root: str

    @property
    def endpoint(self) -> str:
        """Where queries go."""
        return f"{self.root}/query"


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Oxigraph]:
    """Run a new, empty Oxigraph server in a folder."""
    port = free_port()
    root = f"http://127.0.0.1:{port}"

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"{root}/query?query=ASK%20%7B%7D", timeout=5):
                return True
        except OSError:
            return False

    program = str(Path(sysconfig.get_path("scripts")) / "oxigraph")
    command = [program, "serve", "--bind", f"127.0.0.1:{port}", "--location", "store"]
    with running(command, folder, is_ready, _START_SECONDS):
        yield Oxigraph(root)
