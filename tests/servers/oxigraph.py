"""The Oxigraph server, started in a folder and on a port of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sysconfig
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import free_port, running

_START_SECONDS = 30.0
_PROGRAM = str(Path(sysconfig.get_path("scripts")) / "oxigraph")


@dataclass(frozen=True)
class Oxigraph:
    """A running Oxigraph server."""

    root: str

    @property
    def endpoint(self) -> str:
        """Where queries go."""
        return f"{self.root}/query"


def version() -> str:
    """Return the server's version, as it tells it."""
    told = subprocess.run([_PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[-1]


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

    command = [_PROGRAM, "serve", "--bind", f"127.0.0.1:{port}", "--location", "store"]
    with running(command, folder, is_ready, _START_SECONDS):
        yield Oxigraph(root)


def load(url: str, content: bytes, syntax: str) -> None:
    """Add RDF to the server whose SPARQL endpoint is at an address.

    Args:
        url: its endpoint, as :func:`started` gives it.
        content: the file.
        syntax: `turtle` for the default graph, `trig` or `n-quads` for all of them.
    """
    types = {"turtle": "text/turtle", "trig": "application/trig", "n-quads": "application/n-quads"}
    store = url.removesuffix("/query") + "/store" + ("?default" if syntax == "turtle" else "")
    request = urllib.request.Request(store, content, {"Content-Type": types[syntax]}, method="POST")
    with urllib.request.urlopen(request, timeout=60):
        pass
