"""The options of a query that asks other endpoints, and what it would ask them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from openness.cli import output
from openness.cli.state import State

if TYPE_CHECKING:
    from openness.engine.federation import Block

Fresh = Annotated[
    bool, typer.Option("--fresh", help="Ask the services anew, whatever answers are kept.")
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Ask no service; use kept answers, however old.")
]
Snapshot = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        metavar="FILE",
        help="Record the services' answers in FILE; if it is there, take them from it.",
    ),
]

NAMES: Final = ("is_fresh", "is_offline", "snapshot")
OPTIONS: Final[tuple[tuple[str, Any, Any], ...]] = (
    (NAMES[0], Fresh, False),
    (NAMES[1], Offline, False),
    (NAMES[2], Snapshot, None),
)
"""Python name, annotation and default of each, for commands that are made from a file's header."""


def apply(state: State, is_fresh: bool, is_offline: bool, snapshot: Path | None) -> None:
    """Let the services of this run's queries be asked as the options say.

    Raises:
        UsageError: if the options contradict each other.
        EngineError: if a snapshot could not be written.
    """
    from openness.engine.federation import open_federation
    from openness.files import require_folder_of
    from openness.graph import cache

    if snapshot is not None:
        require_folder_of(snapshot)

    state.graph.engine.services = open_federation(
        cache() / "services", state.note, is_fresh, is_offline, snapshot
    )


def explain(state: State, query: str) -> None:
    """Write what a query would ask whom, and ask nobody.

    Raises:
        UsageError: if the query is not SPARQL, or asks a variable.
    """
    from openness.engine.base import Clock
    from openness.engine.federation import Federation
    from openness.sparql.limits import guard

    guard(query)
    engine = state.graph.engine
    assert isinstance(engine.services, Federation)
    clock = Clock(engine.timeout)
    blocks, rest = engine.services.plan(query, {}, lambda q: engine.select(q, clock), clock.left)
    texts = ["\n".join(_told(block)) for block in blocks]
    output.write("\n\n".join([*texts, f"# then {engine.name}:\n{rest.strip()}"]) + "\n")


def _told(block: Block) -> Iterator[str]:
    """Yield the lines that say what one service would be sent."""
    names = ", ".join(f"?{name}" for name in block.join)
    if not block.is_top:
        what = "1 request, as it stands: it is not in the outermost group"
    elif not block.join:
        what = "1 request, as it stands: it shares no variable with the rest"
    elif block.rows is None:
        what = f"requests for what came before, joined on {names}"
    else:
        what = f"{len(block.requests)} requests for {block.rows} rows, joined on {names}"
    yield f"# {block.address}: {what}"
    if block.requests:
        yield block.requests[0]
    if len(block.requests) > 1:
        yield f"# … and {len(block.requests) - 1} more"
