"""Openness: a knowledge graph of how open AI really is, with a query interface.

>>> import openness
>>> graph = openness.open()
>>> for row in graph.ask("why-limited", model="llama-2"):
...     print(row.place, row.restriction.label, row.criterion.label)  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from openness.graph import Graph

__all__ = ["__version__", "open"]

__version__: Final = "0.1.0"


def open(  # noqa: A001  (openness.open() reads as it should)
    endpoint: str | None = None,
    *,
    data: str | Path | None = None,
    graphs: Iterable[str | Path] = (),
    queries: Iterable[str | Path] = (),
    timeout: float | None = None,
) -> Graph:
    """Open the graph.

    Args:
        endpoint: the address of a SPARQL 1.1 endpoint; without it, the embedded store.
        data: the user's own workspace folder; default: the user's data directory.
        graphs: more RDF files or folders, for this graph only.
        queries: folders of more saved queries.
        timeout: seconds that one query may take; None for no limit.

    Returns:
        The graph, with `.ask()`, `.query()`, `.find()` and `.dataset()`.

    Raises:
        openness.errors.OpennessError: if a file or the endpoint cannot be read.
    """
    from openness.graph import Graph, connect

    files = [Path(path) for path in graphs]
    engine = connect(endpoint, Path(data) if data else None, files, timeout)
    return Graph(engine, [Path(folder) for folder in queries])
