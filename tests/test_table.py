"""Answers as Python objects: things, values, rows and the table that a notebook shows."""

from __future__ import annotations

import datetime
import math
import xml.etree.ElementTree as ElementTree
from decimal import Decimal

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from openness.engine.base import Cell, Solutions
from openness.table import Table, Thing, Value, to_text, to_value
from openness.terms import ID, PREFIXES

LLAMA = f"{ID}model/llama-2"


def literal(text: str, datatype: str) -> Literal:
    """Return a literal of a type of XML Schema."""
    return Literal(text, datatype=NamedNode(PREFIXES["xsd"] + datatype))


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (None, None),
        (Literal("text"), "text"),
        (Literal("12"), "12"),
        (Literal("Text", language="en"), "Text"),
        (literal("12", "integer"), 12),
        (literal("-0012", "integer"), -12),
        (literal("1.50", "decimal"), Decimal("1.50")),
        (literal("2e3", "double"), 2000.0),
        (literal("INF", "double"), math.inf),
        (literal("0.5", "float"), 0.5),
        (literal("true", "boolean"), True),
        (literal("0", "boolean"), False),
        (literal("2023-07-18", "date"), datetime.date(2023, 7, 18)),
        (literal("2023-07", "gYearMonth"), "2023-07"),
        (literal("2023", "gYear"), "2023"),
        (BlankNode("b1"), "_:b1"),
        (Literal("12", datatype=NamedNode("urn:integer")), "12"),
        # What a datatype refuses stays as it is written.
        (literal("twelve", "integer"), "twelve"),
        (literal("1_000", "integer"), "1_000"),
        (literal("٣", "integer"), "٣"),
        (literal("yes", "boolean"), "yes"),
        (literal("one.two", "decimal"), "one.two"),
        (literal("2023-02-30", "date"), "2023-02-30"),
        (literal("2023-07-18Z", "date"), "2023-07-18Z"),
    ],
)
def test_a_term_becomes_the_value_of_its_datatype(
    term: Literal | BlankNode | None, value: Value
) -> None:
    found = to_value(term, {})
    assert found == value
    assert type(found) is type(value)


def test_an_iri_becomes_a_thing_with_its_label_or_its_short_form() -> None:
    node = NamedNode(LLAMA)
    assert to_value(node, {LLAMA: "Llama 2"}) == Thing(LLAMA, "Llama 2")
    assert to_value(node, {}) == Thing(LLAMA, "model:llama-2")
    assert to_value(NamedNode("urn:x"), {}) == Thing("urn:x", "urn:x")
    assert Thing(LLAMA, "Llama 2").id == "model:llama-2"
    assert str(Thing(LLAMA, "Llama 2")) == "Llama 2"


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (None, ""),
        (NamedNode(LLAMA), "Llama 2"),
        (NamedNode(f"{ID}model/x"), "model:x"),
        (literal("1.50", "decimal"), "1.50"),
        (literal("true", "boolean"), "true"),
        (Literal("Text", language="en"), "Text"),
        (BlankNode("b1"), "_:b1"),
    ],
)
def test_people_read_labels_and_literals_as_they_are_written(
    term: NamedNode | Literal | BlankNode | None, text: str
) -> None:
    assert to_text(term, {LLAMA: "Llama 2"}) == text


@pytest.fixture
def table() -> Table:
    """A table of two rows, one column of which has the name of a Python keyword."""
    rows: list[tuple[Cell, ...]] = [
        (NamedNode(LLAMA), Literal("<b>&"), literal("3", "integer")),
        (NamedNode("javascript:alert(1)"), None, literal("1", "integer")),
    ]
    return Table(Solutions(["model", "class", "count"], rows), {LLAMA: "Llama <2>"})


def test_rows_have_the_columns_as_attributes(table: Table) -> None:
    first, second = table
    assert first.model.label == "Llama <2>"
    assert first.model.iri == LLAMA
    assert (first.count, second.count) == (3, 1)
    assert tuple(second) == (Thing("javascript:alert(1)", "javascript:alert(1)"), None, 1)
    assert table[1] is second
    assert len(table) == 2
    assert table.columns == ("model", "class", "count")
    assert repr(table) == "<Table of 2 rows: model, class, count>"
    with pytest.raises(AttributeError):
        first.modle  # noqa: B018


def test_rows_as_dictionaries_keep_every_name(table: Table) -> None:
    assert table.to_dicts() == [
        {"model": Thing(LLAMA, "Llama <2>"), "class": "<b>&", "count": 3},
        {
            "model": Thing("javascript:alert(1)", "javascript:alert(1)"),
            "class": None,
            "count": 1,
        },
    ]


def test_a_notebook_shows_links_to_web_addresses_and_no_markup_of_the_data(table: Table) -> None:
    shown = ElementTree.fromstring(table._repr_html_())
    assert [cell.text for cell in shown.iter("th")] == ["model", "class", "count"]
    assert [(link.get("href"), link.text) for link in shown.iter("a")] == [(LLAMA, "Llama <2>")]
    texts = ["".join(cell.itertext()) for cell in shown.iter("td")]
    assert texts == ["Llama <2>", "<b>&", "3", "javascript:alert(1)", "", "1"]


def test_a_table_without_rows_or_columns() -> None:
    empty = Table(Solutions(["a"], []), {})
    assert (list(empty), empty.to_dicts(), len(empty)) == ([], [], 0)
    assert "<th>a</th>" in empty._repr_html_()
    assert Table(Solutions([], [()]), {}).to_dicts() == [{}]
