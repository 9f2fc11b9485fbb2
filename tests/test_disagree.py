"""Where assessors differ: what is listed, what is a conflict, and the ranking."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from openness import disagree
from openness.disagree import AGREE, ALONE, CONFLICT, OUTSIDE, Statement
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph


@pytest.fixture
def graph(contested: Graph) -> Graph:
    return contested


def said(graph: Graph, model: str) -> dict[str, Statement]:
    """Return what is said of a model, by the last part of the assertion's id."""
    found = disagree.statements(graph, graph.find(model, "model"))
    return {one.assertion.id.removeprefix("assertion:"): one for one in found}


def test_assessors_of_one_subject_and_aspect_conflict(graph: Graph) -> None:
    found = said(graph, "fam-7b")
    assert found["a-w7"].status == found["b-w7"].status == CONFLICT
    assert (found["a-w7"].word, found["a-w7"].outcome.id) == ("open", "earl:passed")
    assert (found["b-w7"].word, found["b-w7"].outcome.id) == ("invalid", "earl:failed")


def test_a_statement_names_criterion_evidence_dates_and_source(graph: Graph) -> None:
    one = said(graph, "fam-7b")["a-w7"]
    assert one.aspect is not None
    assert one.aspect.label == "weights"
    assert one.criterion.label == "Weights (A)"
    assert one.match == "skos:closeMatch"
    assert one.dates == ("2024-05",)
    assert one.evidence == ("https://example.org/1", "https://example.org/2")
    assert (one.source.id, one.source.label) == ("graph:a", "A data")


def test_a_different_word_for_the_same_outcome_is_agreement(graph: Graph) -> None:
    found = said(graph, "fam-7b")
    assert found["a-d7"].status == found["b-d7"].status == AGREE


def test_a_related_or_partial_criterion_is_listed_and_never_a_conflict(graph: Graph) -> None:
    found = said(graph, "fam")
    assert found["c-d7"].status == found["c-wdev"].status == OUTSIDE
    assert (found["c-d7"].match, found["c-wdev"].match) == ("skos:broadMatch", "skos:relatedMatch")


def test_versions_and_sizes_are_listed_with_their_own_subject(graph: Graph) -> None:
    found = said(graph, "fam")
    assert {name: one.subject.id for name, one in found.items() if "w" in name.split("-")[1]} == {
        "a-w7": "model:fam-7b",
        "b-w7": "model:fam-7b",
        "a-w70": "model:fam-70b",
        "b-wfam": "model:fam",
        "a-wchat": "model:fam-7b-chat",
        "b-wchat": "model:fam-7b-chat",
        "a-wsys": "model:a-system",
        "c-wdev": "organization:dev",
    }


def test_another_subject_is_no_conflict(graph: Graph) -> None:
    found = said(graph, "fam")
    assert found["a-w70"].status == found["b-wfam"].status == ALONE


def test_a_family_is_not_listed_for_its_version(graph: Graph) -> None:
    found = said(graph, "fam-7b")
    assert not {"b-wfam", "a-w70", "c-wdev"} & found.keys()


def test_a_system_that_has_the_model_as_version_is_listed(graph: Graph) -> None:
    assert "a-wsys" in said(graph, "fam-7b-chat")
    assert "a-wsys" not in said(graph, "fam-70b")


def test_who_says_both_does_not_contradict_who_says_one(graph: Graph) -> None:
    found = said(graph, "fam-7b-chat")
    assert {found[name].status for name in ("a-wchat", "a-tchat", "b-wchat")} == {AGREE}


def test_a_developer_is_listed_only_for_the_model_of_its_score(graph: Graph) -> None:
    assert "c-odev" not in said(graph, "fam")
    assert not {"c-wdev", "c-odev"} & said(graph, "lone").keys()


def test_verdicts_on_the_licence_are_compared_criterion_by_criterion(graph: Graph) -> None:
    found = said(graph, "fam-70b")
    assert found["a-l5"].status == found["rules-l5"].status == CONFLICT
    assert found["a-l5"].subject.id == "licence:l"


def test_a_rule_has_the_outcome_as_word_and_is_silent_if_it_cannot_tell(graph: Graph) -> None:
    found = said(graph, "fam-70b")
    assert found["rules-l5"].word == found["rules-l5"].outcome.label
    assert "rules-l6" not in found


def test_an_undecided_outcome_is_not_compared(graph: Graph) -> None:
    found = said(graph, "lone")
    assert found["a-lone"].status == ALONE
    assert found["a-lone-odd"].status == OUTSIDE
    assert found["a-lone-odd"].aspect is None


def test_counts_are_of_subjects_and_aspects(graph: Graph) -> None:
    found = disagree.statements(graph, graph.find("fam", "model"))
    assert disagree.counts(found) == (2, 4)
    names = [thing.label for thing in disagree.assessors(found)]
    assert names == ["A-Index", "B-Tool", "C-Stanford", "Rules"]


def test_a_model_that_nobody_assessed_has_no_statement(graph: Graph) -> None:
    assert said(graph, "unseen") == {}
    assert disagree.counts([]) == (0, 0)


def test_the_ranking_has_models_with_two_assessors_by_conflicts(graph: Graph) -> None:
    ranks = disagree.ranking(graph)
    assert [(rank.model.id, rank.conflicts, rank.compared) for rank in ranks] == [
        ("model:fam-7b", 1, 2),
        ("model:fam-7b-chat", 0, 1),
    ]
    assert [thing.label for thing in ranks[0].assessors] == ["A-Index", "B-Tool", "C-Stanford"]


def test_the_documents(graph: Graph) -> None:
    model = graph.find("fam-7b", "model")
    document = disagree.document(model, disagree.statements(graph, model))
    assert (document["id"], document["conflicts"], document["compared"]) == ("model:fam-7b", 2, 4)
    assert {one["status"] for one in document["statements"]} >= {CONFLICT, AGREE, ALONE}
    ranking = disagree.ranking_document(disagree.ranking(graph))
    assert ranking["models"][0]["model"]["id"] == "model:fam-7b"


def test_aspects_come_in_their_order_and_what_has_none_at_the_end(graph: Graph) -> None:
    found = disagree.statements(graph, graph.find("lone", "model"))
    assert [one.aspect.label if one.aspect else None for one in found] == ["weights", None]


def test_the_same_verdict_in_two_documents_is_one(contested_file: Path, tmp_path: Path) -> None:
    again = "graph:z { assertion:a-lone earl:subject model:lone }"
    world = tmp_path / "world.trig"
    world.write_text(contested_file.read_text(encoding="utf-8") + again, encoding="utf-8")
    graph = Graph(EmbeddedEngine(build(Inputs((Input(world, "urn:w"),), ()))))
    found = disagree.statements(graph, graph.find("lone", "model"))
    assert [one.assertion.id for one in found] == ["assertion:a-lone", "assertion:a-lone-odd"]


def test_what_ships_shows_that_the_osi_and_the_rules_agree_on_llama_2(shipped_graph: Graph) -> None:
    found = disagree.statements(shipped_graph, shipped_graph.find("llama-2", "model"))
    licence = [one for one in found if one.subject.id == "licence:llama-2"]
    assert {one.status for one in licence if one.criterion.id == "criterion:osd-5"} == {AGREE}
    whole = [one for one in found if one.criterion.id == "criterion:osaid-1.0-conformance"]
    assert {(one.assessor.id, one.subject.id, one.outcome.id) for one in whole} == {
        ("organization:open-source-initiative", "model:llama-2", "earl:failed"),
        ("agent:openness", "licence:llama-2", "earl:failed"),
    }


def test_it_is_quick(shipped_graph: Graph) -> None:
    start = time.perf_counter()
    disagree.statements(shipped_graph, shipped_graph.find("llama-2", "model"))
    disagree.ranking(shipped_graph)
    assert time.perf_counter() - start < 2
