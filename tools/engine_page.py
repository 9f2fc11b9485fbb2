"""The page that says on which engines which query gives the same answer.

It is written by `pytest tests/engine/test_engines.py --golden`, on a machine that has the engines,
from the very answers that the tests there compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tables import table

PATH: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "engines.md"
NOTE: Final = "<!-- Written by pytest tests/engine/test_engines.py --golden; do not edit. -->\n\n"
TITLES: Final = {
    "embedded": "embedded",
    "rdflib": "plain rdflib",
    "oxigraph": "Oxigraph server",
    "virtuoso": "Virtuoso",
}
"""The engines, as the tests and as the page name them."""
FIXED: Final = ("topic", "query", "rows")
"""The columns before those of the engines."""


def page(versions: Mapping[str, str], rows: Sequence[Sequence[str]]) -> str:
    """Return the text of the page.

    Args:
        versions: the version of each engine, by the names of :data:`TITLES`.
        rows: topic, query, number of rows, and `same` or `differs` for each engine.
    """
    named = ", ".join(f"{TITLES[name]} ({version})" for name, version in versions.items())
    return (
        f"{NOTE}# The same answers on every engine\n\n"
        "Every saved query and check with its defaults, on the frozen world of the tests: how\n"
        "many rows it gives there, and whether each engine gives the same rows in the same order.\n"
        "Numbers are compared to nine places. The federated queries run on that world with its\n"
        "links, and ask Oxigraph servers that hold data shaped as Wikidata's, DBpedia's and\n"
        "another instance's. What is known of each engine: [engines](../engines.md).\n\n"
        f"Engines: {named}.\n\n" + table((*FIXED, *(TITLES[name] for name in versions)), rows)
    )


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of the page, each by the titles of its columns."""
    lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    titles, _, *rows = lines
    return [dict(zip(titles, row, strict=True)) for row in rows]
