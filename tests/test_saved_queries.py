"""Every saved query: its golden answer on the frozen world, its form, its speed on what ships."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from openness import queries
from openness.engine.base import Solutions
from openness.engine.federation import open_federation
from openness.graph import Graph
from openness.queries import SavedQuery
from openness.terms import compact

GOLDEN = Path(__file__).parent / "golden"
ASKED = [n for n, path in queries.find_files().items() if path.parent.name != "checks"]
FEDERATED = [n for n in ASKED if queries.find(n).is_federated]
NAMES = [n for n in ASKED if n not in FEDERATED]
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
    compare(queries.find(name), answer(world, queries.find(name)), request)


@pytest.mark.parametrize("name", FEDERATED)
def test_golden_answer_of_a_federated_query(
    name: str,
    linked: Graph,
    services: dict[str | None, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """It joins the frozen world with real engines that hold data shaped as the services'."""
    saved = queries.find(name)
    linked.engine.services = open_federation(tmp_path)
    found = linked.answer(saved, {"service": services[service_of(saved)]})
    assert isinstance(found, Solutions)
    compare(saved, found, request)


def service_of(saved: SavedQuery) -> str | None:
    """Return the address that a federated query asks by default, if it has one."""
    return next(p.default for p in saved.parameters if p.type == "endpoint")


def compare(saved: SavedQuery, solutions: Solutions, request: pytest.FixtureRequest) -> None:
    """Hold an answer against the golden one, or make it that."""
    path = GOLDEN / saved.topic / f"{saved.name}.csv"
    # What stands for a blank node is named after a port, and by the server's own name for it.
    found = re.sub(r"http://127[^/]*(/.well-known/genid/)[^,\n]*", r"\1SOME", as_csv(solutions))
    if request.config.getoption("--golden"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"write {path.name} with pytest --golden, and read it"
    assert found == path.read_text(encoding="utf-8")
    assert found.count("\n") > 1, "the world has nothing for this question to find"


def test_no_golden_answer_without_its_query() -> None:
    """A golden answer whose question is gone is gone too."""
    assert sorted(path.stem for path in GOLDEN.rglob("*.csv")) == sorted(ASKED)


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
        # Nobody but the user knows where another instance is.
        assert parameter.default or parameter.optional or parameter.type == "endpoint"
    ordered = saved.text[saved.text.rindex("ORDER BY") :]
    for column in columns:
        grouped = f"GROUP BY ?{column}" in saved.text or "GROUP BY" in saved.text
        assert f"?{column}" in ordered or grouped, f"rows that differ in {column} have no order"


@pytest.mark.parametrize("name", NAMES)
def test_finds_something_in_what_ships(name: str, shipped_graph: Graph) -> None:
    """No question comes out empty on the real data."""
    assert answer(shipped_graph, queries.find(name)).rows
