"""Models side by side: their terms, the clauses that fail a criterion, verdicts and scores."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from pyoxigraph import Literal, NamedNode

from openness import disagree
from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import Thing, to_value

ABOUT: Final = "about"
CLAUSES: Final = "clauses that fail"
CRITERIA: Final = "criteria"
SCORES: Final = "scores"

_ABOUT: Final = """
SELECT DISTINCT ?item ?value ?subject
WHERE {
  {
    { BIND("made by" AS ?item) ?_model schema:creator ?value . BIND(?_model AS ?subject) }
    UNION
    { BIND("parameters" AS ?item) ?_model openness:hasParameterCount ?value .
      BIND(?_model AS ?subject) }
    UNION
    { BIND("licence" AS ?item) ?_model dcat:hasVersion* ?subject .
      ?subject dcterms:license ?value }
  }
}
ORDER BY ?item ?subject ?value
"""

# A clause of a policy that the licence incorporates is among the premises of the licence's verdict.
_CLAUSES: Final = """
SELECT DISTINCT ?licence ?criterion ?place ?clause
WHERE {
  VALUES ?licence { {things} }
  ?assertion earl:subject ?licence ;
    earl:assertedBy agent:openness ;
    earl:test ?criterion ;
    earl:result ?result ;
    prov:wasDerivedFrom ?clause .
  ?result earl:outcome earl:failed .
  ?clause openness:hasSection ?place .
}
ORDER BY ?licence ?criterion ?place ?clause
"""

# The measurements are found first: with the pattern in one piece, Virtuoso 7.2.5 loses a row now
# and then, always the same one as long as it runs (one start in ten, with the same data).
_SCORES: Final = """
SELECT DISTINCT ?metric ?value ?subject
WHERE {
  { SELECT DISTINCT ?measurement
    WHERE {
      ?_model dcat:hasVersion* ?thing .
      { ?measurement dqv:computedOn ?thing } UNION { ?measurement schema:about ?thing }
    } }
  ?measurement dqv:isMeasurementOf ?metric ;
    dqv:value ?value ;
    dqv:computedOn ?subject .
}
ORDER BY ?metric ?subject ?value
"""


@dataclass(frozen=True)
class Entry:
    """One answer in a cell: a thing or a text, and of which subject exactly."""

    value: Thing | str
    subject: Thing
    note: str = ""

    def __str__(self) -> str:
        return f"{self.note}: {self.value}" if self.note else str(self.value)


@dataclass(frozen=True)
class Row:
    """One respect in which the models are compared; a cell for each model."""

    group: str
    item: str
    cells: tuple[tuple[Entry, ...], ...]


_Found: TypeAlias = list[tuple[str, str, Entry]]
"""Of one model: the group and the item of each row, and an answer."""


def rows(graph: Graph, models: Sequence[Thing]) -> list[Row]:
    """Return what is known of some models, side by side.

    The answers of a family are its own and its versions', each with its exact subject.
    """
    columns = [_of_model(graph, model) for model in models]
    cells: dict[tuple[str, str], list[list[Entry]]] = defaultdict(lambda: [[] for _ in models])
    for number, column in enumerate(columns):
        for group, item, entry in column:
            cell = cells[group, item][number]
            if entry not in cell:
                cell.append(entry)
    places = {group: number for number, group in enumerate((ABOUT, CLAUSES, CRITERIA))}
    order = sorted(cells, key=lambda key: (places.get(key[0], 9), key[0] == SCORES, key))
    return [Row(group, item, tuple(map(tuple, cells[group, item]))) for group, item in order]


def _of_model(graph: Graph, model: Thing) -> _Found:
    found: _Found = []
    licensed: dict[str, list[Thing]] = defaultdict(list)
    for item, value, subject in _select(graph, _ABOUT, model):
        found.append((ABOUT, str(item), Entry(_value(value), _thing(subject))))
        if item == "licence" and isinstance(value, Thing):
            licensed[value.iri].append(_thing(subject))
    licences = Solutions(["licence"], [(NamedNode(iri),) for iri in sorted(licensed)])
    for licence, criterion, place, clause in _read(
        graph, disagree.of_things(graph, _CLAUSES, licences)
    ):
        for subject in licensed[_thing(licence).iri]:
            entry = Entry(_value(clause), subject, str(place))
            found.append((CLAUSES, _criterion(criterion), entry))
    for metric, value, subject in _select(graph, _SCORES, model):
        found.append((SCORES, str(metric), Entry(_value(value), _thing(subject))))
    return found + _verdicts(disagree.statements(graph, model))


def _verdicts(statements: Iterable[disagree.Statement]) -> _Found:
    """Return verdicts by aspect and assessor; those on a part of an aspect by criterion."""
    found: _Found = []
    for one in statements:
        if one.aspect is not None and one.is_of_aspect:
            group, item = one.aspect.label, one.assessor.label
        else:
            group, item = CRITERIA, f"{_criterion(one.criterion)}, by {one.assessor.label}"
        found.append((group, item, Entry(one.word, one.subject)))
    return found


def _criterion(criterion: object) -> str:
    """Return how a criterion is called in a row: its id tells to which set it belongs."""
    if isinstance(criterion, Thing):
        return f"{criterion.label} ({criterion.id.partition(':')[2]})"
    return str(criterion)


def document(models: Sequence[Thing], found: Iterable[Row]) -> dict[str, Any]:
    """Return the comparison as the JSON document of `openness compare -f json`.

    `{"models": [thing], "rows": [{"group", "item", "cells": [[{"value", "subject", "note"}]]}]}`:
    a list of answers for each model, in the order of the models. A thing is `{"iri", "id",
    "label"}`; a value is a thing or text; the note is a clause's place in the licence, or "".
    """

    def entry(one: Entry) -> dict[str, Any]:
        value = one.value.to_dict() if isinstance(one.value, Thing) else one.value
        return {"value": value, "subject": one.subject.to_dict(), "note": one.note}

    return {
        "models": [model.to_dict() for model in models],
        "rows": [
            {
                "group": row.group,
                "item": row.item,
                "cells": [[entry(one) for one in cell] for cell in row.cells],
            }
            for row in found
        ],
    }


def _select(graph: Graph, text: str, model: Thing) -> Iterable[list[Thing | str]]:
    """Yield the rows of a query about a model, things with their labels, literals as text."""
    answer = graph.engine.query(text, {"_model": NamedNode(model.iri)})
    assert isinstance(answer, Solutions)
    yield from _read(graph, answer)


def _read(graph: Graph, answer: Solutions) -> Iterable[list[Thing | str]]:
    labels = graph.labels_in(answer)
    for row in answer.rows:
        yield [
            cell.value if isinstance(cell, Literal) else _value(to_value(cell, labels))
            for cell in row
        ]


def _value(value: object) -> Thing | str:
    return value if isinstance(value, Thing) else "" if value is None else str(value)


def _thing(value: Thing | str) -> Thing:
    return value if isinstance(value, Thing) else Thing(value, value)
