"""Virtuoso, in a folder and on ports of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.request import urlopen

from tests.servers.ports import free_port

SETTINGS: Final = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
[Parameters]
ServerPort = {sql_port}
NumberOfBuffers = 20000
MaxDirtyBuffers = 15000
[HTTPServer]
ServerPort = {port}
[SPARQL]
ResultSetMaxRows = 1000000
"""
LOGIN: Final = {"OPENNESS_ENDPOINT_USER": "dba", "OPENNESS_ENDPOINT_PASSWORD": "dba"}
"""What a new Virtuoso lets in."""
_SECONDS: Final = 60


def is_installed() -> bool:
    """Tell whether there is a Virtuoso on this machine (Debian: virtuoso-opensource)."""
    return shutil.which("virtuoso-t") is not None


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Start Virtuoso in a folder, give the address of its SPARQL endpoint, and stop it."""
    port = free_port()
    settings = folder / "virtuoso.ini"
    text = SETTINGS.format(folder=folder, port=port, sql_port=free_port())
    settings.write_text(text, encoding="utf-8")
    server = subprocess.Popen(
        ["virtuoso-t", "+foreground", "+configfile", str(settings)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(server, f"http://127.0.0.1:{port}/sparql")
        yield f"http://127.0.0.1:{port}/sparql"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "Virtuoso ended at once"
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"Virtuoso did not answer within {_SECONDS} s")
