"""Virtuoso, started in a folder and on ports of its own."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.servers.process import free_port, running

USER, PASSWORD = "dba", "dba"
_START_SECONDS = 60.0
_INI = """
[Database]
DatabaseFile = v.db
ErrorLogFile = v.log
LockFile = v.lck
TransactionFile = v.trx
xa_persistent_file = v.pxa
[TempDatabase]
DatabaseFile = v-temp.db
TransactionFile = v-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
NumberOfBuffers = 40000
MaxDirtyBuffers = 30000
MaxCheckpointRemap = 2000
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
MaxClientConnections = 8
[SPARQL]
{limits}
"""


@dataclass(frozen=True)
class Virtuoso:
    """A running Virtuoso."""

    root: str

    @property
    def endpoint(self) -> str:
        """Where everybody may ask."""
        return f"{self.root}/sparql"

    @property
    def own_endpoint(self) -> str:
        """Where its owner may ask and write."""
        return f"{self.root}/sparql-auth"


def is_there() -> bool:
    """Tell whether Virtuoso is installed."""
    return shutil.which("virtuoso-t") is not None


def version() -> str:
    """Return the server's version, as it tells it; it counts asking for that as a failure."""
    told = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, check=False)
    found = re.search(r"Version (\d+\.\d+\.\d+)", told.stdout + told.stderr)
    assert found, told
    return found[1]


@contextlib.contextmanager
def started(folder: Path, limits: str = "ResultSetMaxRows = 1000000") -> Iterator[Virtuoso]:
    """Run a new, empty Virtuoso in a folder.

    Args:
        folder: an empty folder of its own.
        limits: lines of the section [SPARQL] of its settings.
    """
    sql, http = free_port(), free_port()
    (folder / "v.ini").write_text(_INI.format(sql=sql, http=http, limits=limits))
    root = f"http://127.0.0.1:{http}"

    def is_ready() -> bool:
        try:
            with urllib.request.urlopen(f"{root}/sparql?query=ASK%20%7B%7D", timeout=5):
                return True
        except (urllib.error.URLError, OSError):
            return False

    command = ["virtuoso-t", "+configfile", "v.ini", "+foreground"]
    with running(command, folder, is_ready, _START_SECONDS):
        yield Virtuoso(root)


def load(server: Virtuoso, content: bytes, graph: str) -> None:
    """Put Turtle into a named graph, which is part of the default graph of queries.

    Args:
        server: where.
        content: the file.
        graph: the IRI of the graph.
    """
    where = f"{server.root}/sparql-graph-crud-auth?{urlencode({'graph-uri': graph})}"
    logins = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    logins.add_password(None, server.root, USER, PASSWORD)
    opener = urllib.request.build_opener(urllib.request.HTTPDigestAuthHandler(logins))
    request = urllib.request.Request(where, content, {"Content-Type": "text/turtle"}, method="PUT")
    with opener.open(request, timeout=60):
        pass
