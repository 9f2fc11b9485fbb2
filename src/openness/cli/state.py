"""The global options of one run, and the graph that they open."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import typer

if TYPE_CHECKING:
    from openness.graph import Graph

_COMPLETION_SECONDS: Final = 10.0


@dataclass
class State:
    """What the global options say."""

    endpoint: str | None = None
    data: Path | None = None
    graphs: list[Path] = field(default_factory=list)
    queries: list[Path] = field(default_factory=list)
    timeout: float | None = None
    color: bool = True
    quiet: bool = False

    @cached_property
    def graph(self) -> Graph:
        """The graph that the options name, opened when a command first needs it."""
        from openness.graph import Graph, connect

        engine = connect(self.endpoint, self.data, self.graphs, self.timeout, self.note)
        return Graph(engine, self.queries)

    def note(self, line: str) -> None:
        """Tell the user something on stderr, unless --quiet."""
        if not self.quiet:
            with contextlib.suppress(OSError):
                print(f"openness: {line}", file=sys.stderr)


def state_of(context: typer.Context) -> State:
    """Return the state of the run that a command belongs to.

    While the shell completes a word no callback has run: then the options are read here.
    """
    root = context.find_root()
    if not isinstance(root.obj, State):
        given = root.params
        root.obj = State(
            endpoint=given.get("endpoint"),
            data=Path(given["data"]) if given.get("data") else None,
            graphs=[Path(path) for path in given.get("graph") or ()],
            queries=[Path(path) for path in given.get("queries") or ()],
            timeout=_COMPLETION_SECONDS,
            quiet=True,
        )
    state: State = root.obj
    return state
