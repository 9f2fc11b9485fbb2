"""Why a verdict: what terms decide, what is inherited, and what others published."""

from __future__ import annotations

import json

import pytest

from openness import why
from openness.graph import Graph
from openness.why import CANNOT_TELL, FAILED, PASSED, Explanation, Verdict, explanations


def explain(graph: Graph, thing: str, criteria: str = "osd") -> list[Explanation]:
    """Return the explanations of a model, or of a licence by `licence:…`."""
    kind = "licence" if thing.startswith("licence:") else "model"
    return explanations(graph, graph.find(thing, kind), graph.find(criteria, "criteria"))


def verdicts(graph: Graph, thing: str, criteria: str = "osd") -> dict[str, Verdict]:
    """Return the verdicts of the only subject, by the criterion's number."""
    (found,) = explain(graph, thing, criteria)
    return {verdict.number: verdict for verdict in found.verdicts}


def places(verdict: Verdict) -> set[str]:
    """Return the places of the clauses that a verdict rests on."""
    return {clause.place for proof in verdict.proofs for clause in proof.clauses}


def test_criteria_come_in_their_order(terms: Graph) -> None:
    assert list(verdicts(terms, "plain")) == ["1", "3", "5", "6", "7", "8", "10"]


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("free", dict.fromkeys(("1", "3", "5", "6", "7", "8"), PASSED)),
        ("limited", {"1": CANNOT_TELL, "5": FAILED, "6": FAILED, "7": CANNOT_TELL, "8": PASSED}),
        ("narrow", {"1": FAILED, "3": FAILED, "5": PASSED, "6": FAILED}),
        ("silent", {"1": FAILED, "3": FAILED, "5": PASSED, "6": PASSED}),
        ("half", {"1": FAILED, "3": FAILED, "5": CANNOT_TELL, "6": CANNOT_TELL}),
        ("unread", dict.fromkeys(("1", "3", "5", "6", "7", "8"), CANNOT_TELL)),
    ],
)
def test_what_a_licence_decides(licence: str, expected: dict[str, str], terms: Graph) -> None:
    found = verdicts(terms, f"licence:{licence}")
    assert {number: found[number].outcome for number in expected} == expected
    assert found["10"].outcome == CANNOT_TELL, "it asks for more than terms"


def test_the_chain_from_the_rule_to_the_source(terms: Graph) -> None:
    """Rule → clause → place in the text → licence → model → source."""
    verdict = verdicts(terms, "limited")["5"]
    (proof,) = verdict.proofs
    assert proof.rule.id == "rule:limit-found"
    assert proof.licence is not None
    assert proof.licence.id == "licence:limited"
    assert proof.grant.model.id == "model:limited"
    clause = next(c for c in proof.clauses if c.place == "§2")
    assert clause.thing.label == "Few users"
    assert (clause.start, clause.end) == (4, 9)
    assert clause.source is not None
    assert clause.source.id == "graph:deed"
    assert [source.id for source in proof.grant.options[0].sources] == ["graph:cards"]
    assert places(verdict) == {"§2", "§3", "§4"}


def test_a_clause_of_the_policy_names_the_way_to_it(terms: Graph) -> None:
    assert places(verdicts(terms, "limited")["6"]) == {"§3", "§5", "§6 → Limited policy, 1"}


def test_what_would_be_passed_fails_by_what_is_inherited(terms: Graph) -> None:
    verdict = verdicts(terms, "conflicting")["5"]
    assert verdict.outcome == FAILED
    (proof,) = verdict.proofs
    assert [step.base.label for step in proof.grant.chain] == ["Tuned"]
    (found,) = explain(terms, "conflicting")
    assert {c.clause.label for c in found.subject.conflicts} >= {"Few users", "No other models"}


def test_an_unread_base_leaves_it_open(terms: Graph) -> None:
    assert verdicts(terms, "of-unread")["5"].outcome == CANNOT_TELL


@pytest.mark.parametrize("model", ["nameless", "website"])
def test_without_a_licence_it_cannot_be_told_and_says_what_is_missing(
    model: str, terms: Graph
) -> None:
    verdict = verdicts(terms, model)["5"]
    assert verdict.outcome == CANNOT_TELL
    assert verdict.missing[0].startswith("the licence of ")


def test_a_family_lists_its_members(terms: Graph) -> None:
    found = explain(terms, "family")
    assert [one.subject.thing.label for one in found] == ["Family", "Family C"]


def test_a_circle_is_reported(terms: Graph) -> None:
    (found,) = explain(terms, "hen")
    assert [model.label for model in found.subject.cycle] == ["Hen", "Egg", "Hen"]


def test_what_others_published_is_theirs(world: Graph) -> None:
    """No rule judges components; the tool does, and its verdict is named as its own."""
    found = explain(world, "falcon-40b", "mof")[0]
    by_label = {verdict.criterion.label: verdict for verdict in found.verdicts}
    code = by_label["Code of training"]
    assert (code.outcome, code.proofs) == (FAILED, ())
    assert [j.assessor.label for j in code.judgements] == ["The tool"]
    assert by_label["Class III"].outcome == PASSED
    assert by_label["Class III"].proofs[0].rule.id == "rule:mof-class"
    assert by_label["Class III"].proofs[0].licence is None


def test_numbers_are_sorted_as_numbers() -> None:
    numbers = ["10", "2", "5.1", "5", "", "II", "1"]
    assert sorted(numbers, key=why._natural) == ["", "II", "1", "2", "5", "5.1", "10"]


def test_the_document_is_a_tree_in_json(terms: Graph) -> None:
    criteria = terms.find("osd", "criteria")
    found = explain(terms, "conflicting")
    document = why.document(criteria, found, lambda clause: "words")
    assert json.loads(json.dumps(document)) == document
    (subject,) = document["subjects"]
    verdict = next(v for v in subject["verdicts"] if v["number"] == "5")
    (because,) = verdict["because"]
    assert because["chain"][0]["base"]["id"] == "model:tuned"
    assert {c["words"] for c in because["clauses"]} == {"words"}
    assert subject["conflicts"]
