"""The Oxigraph server, in memory or in a folder of its own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.servers.ports import free_port

_SECONDS: Final = 30


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start an Oxigraph server in a folder, give the address of its SPARQL endpoint, stop it."""
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    server = subprocess.Popen(
        [program, "serve", "--location", str(folder), "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + _SECONDS
        while time.monotonic() < end:
            assert server.poll() is None, "the Oxigraph server ended at once"
            with contextlib.suppress(URLError, OSError), urlopen(f"http://127.0.0.1:{port}/"):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/query"
    finally:
        server.kill()
        server.wait(10)


def load(url: str, content: bytes, syntax: str) -> None:
    """Add RDF to the server whose SPARQL endpoint is at an address.

    Args:
        url: as :func:`running` gives it.
        content: the file.
        syntax: `turtle` for the default graph, `trig` or `n-quads` for all of them.
    """
    types = {"turtle": "text/turtle", "trig": "application/trig", "n-quads": "application/n-quads"}
    store = url.removesuffix("/query") + "/store" + ("?default" if syntax == "turtle" else "")
    request = Request(store, content, {"Content-Type": types[syntax]}, method="POST")
    with urlopen(request, timeout=60):
        pass
