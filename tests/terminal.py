"""A real pseudo-terminal with a process in it, and somebody who presses keys."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

CTRL_C = "\x03"
_SECONDS = 60.0
_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    """A process whose input and messages are a terminal, and whose results go to a pipe."""

    process: subprocess.Popen[bytes]
    handle: int
    shown: str = field(default="")
    _seen: int = 0

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.handle, keys.encode())

    def wait_for(self, text: str) -> str:
        """Wait until a text is shown, after what was waited for before; return what is between."""
        end = time.monotonic() + _SECONDS
        while text not in self.shown[self._seen :]:
            assert time.monotonic() < end, f"no “{text}” in:\n{self.shown[self._seen :]}"
            assert self._read(0.2) or self.process.poll() is None, (
                f"it ended without “{text}”:\n{self.shown[self._seen :]}"
            )
        start = self._seen
        self._seen = self.shown.index(text, start) + len(text)
        return self.shown[start : self._seen]

    def end(self) -> int:
        """Wait for the process to end, and return its exit code."""
        deadline = time.monotonic() + _SECONDS
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.shown
            self._read(0.1)
        while self._read(0.1):
            pass
        return self.process.returncode

    def is_cooked(self) -> bool:
        """Tell whether the terminal waits for whole lines and shows what is typed, as before."""
        wanted = termios.ICANON | termios.ECHO
        return bool(termios.tcgetattr(self.handle)[3] & wanted == wanted)

    def _read(self, seconds: float) -> bool:
        if not select.select([self.handle], [], [], seconds)[0]:
            return False
        try:
            data = os.read(self.handle, 65536)
        except OSError:  # The other end is closed.
            return False
        text = data.decode(errors="replace").replace("\r\n", "\n")
        self.shown += _CODES.sub("", text)
        return bool(data)


@contextlib.contextmanager
def terminal(arguments: Sequence[str], env: dict[str, str]) -> Iterator[Terminal]:
    """Run a process in a terminal of its own, of which Ctrl-C interrupts it."""
    handle, inner = pty.openpty()
    process = subprocess.Popen(
        arguments,
        stdin=inner,
        stdout=subprocess.PIPE,
        stderr=inner,
        env=env | {"COLUMNS": "200", "TERM": "xterm"},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    try:
        yield Terminal(process, handle)
    finally:
        process.kill()
        process.wait()
        os.close(inner)
        os.close(handle)
