"""Models side by side."""

from __future__ import annotations

import pytest

from openness import compare
from openness.compare import Row
from openness.graph import Graph


def rows(graph: Graph, *names: str) -> dict[tuple[str, str], Row]:
    found = compare.rows(graph, [graph.find(name, "model") for name in names])
    return {(row.group, row.item): row for row in found}


def texts(row: Row) -> list[list[str]]:
    return [[f"{one} @ {one.subject.id}" for one in cell] for cell in row.cells]


def test_licence_maker_and_size_stand_side_by_side(contested: Graph) -> None:
    found = rows(contested, "fam-7b", "lone")
    assert texts(found["about", "licence"]) == [["L-Licence @ model:fam-7b"], []]
    assert texts(found["about", "made by"]) == [[], ["Dev @ model:lone"]]
    assert texts(found["about", "parameters"]) == [["7000000000 @ model:fam-7b"], []]


def test_a_family_has_the_answers_of_its_versions_with_their_subjects(contested: Graph) -> None:
    found = rows(contested, "fam", "lone")
    assert texts(found["about", "licence"])[0] == [
        "L-Licence @ model:fam-70b",
        "L-Licence @ model:fam-7b",
    ]
    assert texts(found["weights", "A-Index"]) == [
        [
            "open @ model:fam-70b",
            "open @ model:fam-7b",
            "open @ model:fam-7b-chat",
            "partial @ model:fam-7b-chat",
        ],
        ["open @ model:lone"],
    ]


def test_clauses_that_fail_are_named_with_their_place(contested: Graph) -> None:
    row = rows(contested, "lone", "fam-70b")["clauses that fail", "No discrimination (osd-5)"]
    assert texts(row) == [[], ["§2: Not for many users @ model:fam-70b"]]


def test_verdicts_are_by_aspect_and_assessor_or_else_by_criterion(contested: Graph) -> None:
    found = rows(contested, "fam-7b", "lone")
    assert texts(found["weights", "B-Tool"]) == [
        ["invalid @ model:fam-7b", "included @ model:fam-7b-chat"],
        [],
    ]
    part = found["criteria", "Data in part (C) (c-data), by C-Stanford"]
    assert texts(part) == [["1 @ model:fam-7b"], []]


def test_scores_are_by_metric_with_the_subject_they_were_given_to(contested: Graph) -> None:
    assert texts(rows(contested, "fam", "lone")["scores", "Total (C)"]) == [
        ["54 @ organization:dev"],
        [],
    ]


def test_groups_come_in_their_order(contested: Graph) -> None:
    models = [contested.find(name, "model") for name in ("fam", "lone")]
    groups = dict.fromkeys(row.group for row in compare.rows(contested, models))
    assert list(groups) == [
        *("about", "clauses that fail", "criteria", "training data", "weights", "scores"),
    ]


def test_the_document_has_a_cell_for_each_model(contested: Graph) -> None:
    models = [contested.find(name, "model") for name in ("fam-7b", "lone", "unseen")]
    document = compare.document(models, compare.rows(contested, models))
    assert [model["id"] for model in document["models"]] == [
        *("model:fam-7b", "model:lone", "model:unseen"),
    ]
    assert {len(row["cells"]) for row in document["rows"]} == {3}
    (licence,) = [row for row in document["rows"] if row["item"] == "licence"]
    (entry,) = licence["cells"][0]
    assert entry["value"]["id"] == "licence:l"
    assert entry["subject"]["id"] == "model:fam-7b"
    (fails,) = [row for row in document["rows"] if row["group"] == "clauses that fail"]
    assert fails["cells"][0][0]["note"] == "§2"


@pytest.mark.parametrize("model", ["llama-2", "llama-2-70b"])
def test_what_ships_shows_what_holds_llama_back(shipped_graph: Graph, model: str) -> None:
    found = rows(shipped_graph, model, "falcon-40b")
    persons = next(row for key, row in found.items() if "(osd-5)" in key[1])
    assert persons.group == "clauses that fail"
    assert any(one.note == "§2" for one in persons.cells[0])
    assert persons.cells[1] == ()
    assert "Apache License 2.0" in {str(one) for one in found["about", "licence"].cells[1]}
