"""Answers as Python objects: tables of rows whose cells are things with labels, or plain values."""

from __future__ import annotations

import datetime
import html
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeAlias

from pyoxigraph import BlankNode, Literal, NamedNode

from openness.engine.base import Cell, Solutions
from openness.terms import PREFIXES, compact

_XSD: Final = PREFIXES["xsd"]


@dataclass(frozen=True)
class Thing:
    """Something with an IRI, and the label by which people know it."""

    iri: str
    label: str

    @property
    def id(self) -> str:
        """The IRI in short, as `model:llama-2`."""
        return compact(self.iri)

    def __str__(self) -> str:
        return self.label

    def to_dict(self) -> dict[str, str]:
        """Return IRI, short form and label, as they stand in JSON documents."""
        return {"iri": self.iri, "id": self.id, "label": self.label}


Value: TypeAlias = Thing | str | int | float | bool | Decimal | datetime.date | None
"""A cell: a thing, a Python value where the datatype has one, else text; None if unbound."""


class Table:
    """The answer to a SELECT query.

    Iterating gives rows with one attribute per column: `for row in table: print(row.model.label)`.
    """

    def __init__(self, solutions: Solutions, labels: Mapping[str, str]) -> None:
        self.columns = tuple(solutions.variables)
        row: Callable[..., Any] = namedtuple("Row", list(self.columns), rename=True)  # type: ignore[misc]
        self.rows: list[Any] = [
            row(*(to_value(cell, labels) for cell in cells)) for cells in solutions.rows
        ]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Any:
        return self.rows[index]

    def __repr__(self) -> str:
        return f"<Table of {len(self)} rows: {', '.join(self.columns)}>"

    def to_dicts(self) -> list[dict[str, Value]]:
        """Return the rows as dictionaries by column, for example for a data frame."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def _repr_html_(self) -> str:
        """Show the table in a notebook, things as links."""
        head = "".join(f"<th>{html.escape(column)}</th>" for column in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in row) + "</tr>" for row in self
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _html(value: Value) -> str:
    text = html.escape("" if value is None else str(value))
    if isinstance(value, Thing) and value.iri.startswith(("http://", "https://")):
        return f'<a href="{html.escape(value.iri)}">{text}</a>'
    return text


def to_value(cell: Cell, labels: Mapping[str, str]) -> Value:
    """Return a term as a thing or a Python value; a literal that its datatype refuses, as text."""
    if cell is None:
        return None
    if isinstance(cell, NamedNode):
        return Thing(cell.value, labels.get(cell.value) or compact(cell.value))
    if isinstance(cell, BlankNode):
        return str(cell)
    convert = _CONVERTERS.get(cell.datatype.value.removeprefix(_XSD))
    if convert is None or "_" in cell.value or not cell.value.isascii():
        return cell.value
    try:
        return convert(cell.value)
    except (ValueError, ArithmeticError, LookupError):
        return cell.value


_CONVERTERS: Final[dict[str, Callable[[str], Value]]] = {
    "integer": int,
    "decimal": Decimal,
    "double": float,
    "float": float,
    "boolean": {"true": True, "1": True, "false": False, "0": False}.__getitem__,
    "date": datetime.date.fromisoformat,
}


def to_text(cell: Cell, labels: Mapping[str, str]) -> str:
    """Return a term as people read it: a label, a compact id, or a literal's text."""
    if cell is None:
        return ""
    return cell.value if isinstance(cell, Literal) else str(to_value(cell, labels))
