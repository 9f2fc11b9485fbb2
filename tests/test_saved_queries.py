"""Every saved query: its golden answer on the frozen world, its form, its speed on what ships."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from openness import queries
from openness.engine.base import Solutions
from openness.graph import Graph
from openness.queries import SavedQuery
from openness.terms import compact

GOLDEN = Path(__file__).parent / "golden"
NAMES = [n for n, path in queries.find_files().items() if path.parent.name != "checks"]
ALL = list(queries.find_files())


def answer(graph: Graph, saved: SavedQuery) -> Solutions:
    """Return the answer to a saved query with its own defaults."""
    found = graph.answer(saved, {})
    assert isinstance(found, Solutions)
    return found


def as_csv(solutions: Solutions) -> str:
    """Return rows as CSV with compact ids, as a person reads them in a diff."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(solutions.variables)
    for row in solutions.rows:
        writer.writerow("" if c is None else compact(getattr(c, "value", str(c))) for c in row)
    return text.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_golden_answer(name: str, world: Graph, request: pytest.FixtureRequest) -> None:
    """A saved query gives exactly its expected answer on the frozen world, and not nothing."""
    saved = queries.find(name)
    path = GOLDEN / saved.topic / f"{name}.csv"
    found = as_csv(answer(world, saved))
    if request.config.getoption("--golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"write {path.name} with pytest --golden, and read it"
    assert found == path.read_text(encoding="utf-8")
    assert found.count("\n") > 1, "the world has nothing for this question to find"


def test_no_golden_answer_without_its_query() -> None:
    """A golden answer whose question is gone is gone too."""
    assert sorted(path.stem for path in GOLDEN.rglob("*.csv")) == sorted(NAMES)


def test_there_are_enough_questions() -> None:
    """At least 25 saved queries ship."""
    assert len(NAMES) >= 25


@pytest.mark.parametrize("name", ALL)
def test_form(name: str) -> None:
    """A header says what is asked and what comes out; the order of rows is total."""
    saved = queries.find(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert saved.description
    assert "_" not in saved.topic
    projected = re.search(
        r"^SELECT (?:DISTINCT )?(.*?)^WHERE", saved.text, re.DOTALL | re.MULTILINE
    )
    assert projected, "SELECT and WHERE begin lines of their own"
    variables = re.findall(r"AS \?(\w+)\)|(?<![(\w])\?(\w+)(?![^(]*\))", projected[1])
    columns = [first or second for first, second in variables]
    selected = saved.measure.of if saved.measure else saved.columns
    assert list(selected) == columns, "every column is explained, in its order"
    options = saved.measure.options.values() if saved.measure else ()
    code = "".join(line for line in saved.text.splitlines(True) if not line.startswith("#"))
    for parameter in saved.parameters:
        assert f"?{parameter.variable}" in code or f"${parameter.name}" in options
        assert parameter.default is not None or parameter.optional
    ordered = saved.text[saved.text.rindex("ORDER BY") :]
    for column in columns:
        grouped = f"GROUP BY ?{column}" in saved.text or "GROUP BY" in saved.text
        assert f"?{column}" in ordered or grouped, f"rows that differ in {column} have no order"


@pytest.mark.parametrize("name", NAMES)
def test_finds_something_in_what_ships(name: str, shipped_graph: Graph) -> None:
    """No question comes out empty on the real data."""
    assert answer(shipped_graph, queries.find(name)).rows
