"""The embedded engine: Oxigraph over a store that was compiled from files."""

from __future__ import annotations

import pyoxigraph
from pyoxigraph import Store

from openness.engine.base import Engine, Results
from openness.terms import PREFIXES


class EmbeddedEngine(Engine):
    """Oxigraph in this process."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def name(self) -> str:
        """The engine's name and version."""
        return f"Oxigraph {pyoxigraph.__version__}"

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Start a query; Oxigraph knows no timeout, its caller stops waiting."""
        return self.store.query(query, prefixes=PREFIXES)
