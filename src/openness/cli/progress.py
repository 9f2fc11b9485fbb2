"""What tells a person at a terminal how far a long piece of work is; nobody else sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from openness.cli.state import State


class Told(Protocol):
    """What moves a bar."""

    def __call__(self, done: int, total: int, what: str | None = None) -> None:
        """Show how much is done, and of what, if that is another thing now."""


@contextmanager
def bar(state: State, what: str) -> Iterator[Told]:
    """Show a bar with a name while something is done; it is gone at the end."""
    if _is_unseen(state):
        yield lambda done, total, what=None: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total, what=None: shown.update(
            task, completed=done, total=total, description=what
        )


@contextmanager
def line(state: State) -> Iterator[Callable[[str], None]]:
    """Give what shows a line in the place of the last one; it is gone at the end."""
    if _is_unseen(state):
        yield lambda text: None
        return

    def say(text: str) -> None:
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    try:
        yield say
    finally:
        say("")


def _is_unseen(state: State) -> bool:
    return state.quiet or not sys.stderr.isatty()
