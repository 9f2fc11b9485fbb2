"""Single keys from a terminal, without a line feed after them."""

from __future__ import annotations

import contextlib
import os
import select
import sys
from collections.abc import Callable, Iterator
from typing import Final

END: Final = "\x04"
"""What a terminal sends for the end of input (Ctrl-D), and what we return for it."""
_ESCAPE: Final = b"\x1b"


@contextlib.contextmanager
def pressed() -> Iterator[Callable[[], str]]:
    """Give a function that waits for a key and returns it in lower case.

    A key that sends several bytes (an arrow, a letter beyond ASCII) is the empty string, so that
    no part of it counts as a key of its own. Ctrl-C interrupts as always. Afterwards the terminal
    is as it was before.
    """
    try:
        import termios
        import tty
    except ImportError:
        yield _on_windows
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)

    def key() -> str:
        byte = os.read(terminal, 1)
        if not byte:
            return END
        if byte == _ESCAPE or byte >= b"\x80":
            while select.select([terminal], [], [], 0.02)[0] and os.read(terminal, 1):
                pass
            return ""
        return byte.decode("ascii").lower()

    try:
        tty.setcbreak(terminal, termios.TCSANOW)
        yield key
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _on_windows() -> str:
    import msvcrt  # mypy knows of it on Windows only

    key = str(msvcrt.getwch())  # type: ignore[attr-defined]
    if key in ("\x00", "\xe0"):
        msvcrt.getwch()  # type: ignore[attr-defined]
        return ""
    if key == "\x03":
        raise KeyboardInterrupt
    return END if key == "\x1a" else key.lower()
