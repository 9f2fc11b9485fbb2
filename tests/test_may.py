"""May I? Every step of the answer, on invented terms that each have one thing to get wrong."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest

from openness import may
from openness.graph import Graph
from openness.may import NO, ONLY_IF, UNKNOWN, YES, Question, Ruling, rulings


def ask(graph: Graph, action: str, thing: str, **said: Any) -> list[Ruling]:
    """Return the rulings on a question as a person puts it: a field by its id."""
    if "field" in said:
        said["field"] = graph.find(said["field"], "purpose").iri
    kind = "licence" if thing.startswith("licence:") else "model"
    return rulings(graph, Question(action, **said), graph.find(thing, kind))


def one(graph: Graph, action: str, thing: str, **said: Any) -> Ruling:
    """Return the only ruling."""
    found = ask(graph, action, thing, **said)
    assert len(found) == 1
    return found[0]


def places(reasons: tuple[may.Reason, ...]) -> list[str]:
    """Return the places of the clauses."""
    return [reason.clause.place for reason in reasons]


@pytest.mark.parametrize("action", [*may.ACTIONS])
def test_free_terms_allow_everything(action: str, terms: Graph) -> None:
    ruling = one(terms, action, "plain")
    assert ruling.answer == YES
    assert places(ruling.decided_by) == ["§1"]
    assert not ruling.conditions
    assert not ruling.limits


@pytest.mark.parametrize(
    ("action", "duties"),
    [
        ("use", ["§4"]),
        ("host-as-a-service", ["§4"]),
        ("redistribute", ["§3", "§4"]),
        ("modify", ["§1, condition", "§4"]),
        ("fine-tune", ["§1, condition", "§4"]),
        ("rename-derivative", ["§1, condition", "§3", "§4"]),
    ],
)
def test_duties_are_those_that_fall_due(action: str, duties: list[str], terms: Graph) -> None:
    """Not those of other acts, of permissions that are not used, or after the end."""
    assert sorted(places(one(terms, action, "plain").duties)) == duties


@pytest.mark.parametrize(
    ("users", "answer"), [(699, YES), (700, YES), (701, ONLY_IF), (None, ONLY_IF)]
)
def test_more_than_is_not_at_least(users: int | None, answer: str, terms: Graph) -> None:
    ruling = one(terms, "use", "limited", users=users, revenue=1)
    assert ruling.answer == answer
    assert (places(ruling.decided_by) == ["§2"]) == (answer == ONLY_IF)


def test_above_the_threshold_only_the_licensor_helps(terms: Graph) -> None:
    assert one(terms, "use", "limited", users=800).conditions == (
        "The maker grants a licence for it",
    )


def test_an_open_threshold_says_how_it_is_counted(terms: Graph) -> None:
    """From which number on, of what, and when."""
    (condition,) = one(terms, "use", "limited").conditions
    assert condition == (
        "monthly active users: at most 700 (Of all products. Counted once, as of 2030-01-02.), "
        "or The maker grants a licence"
    )


@pytest.mark.parametrize(
    ("revenue", "answer"), [(999, YES), (1000, NO), (1001, NO), (None, ONLY_IF)]
)
def test_at_least_is_not_more_than(revenue: int | None, answer: str, terms: Graph) -> None:
    """Nobody can waive this one: it is no."""
    ruling = one(terms, "use-commercially", "limited", users=1, revenue=revenue)
    assert ruling.answer == answer
    if answer == ONLY_IF:
        assert ruling.conditions == ("annual revenue: fewer than 1,000 USD",)


def test_a_threshold_on_commercial_use_is_a_limit_of_use(terms: Graph) -> None:
    """Whether the use is commercial is a purpose, which the question may leave open."""
    ruling = one(terms, "use", "limited", users=1, revenue=5000)
    assert ruling.answer == YES
    assert "§3" in places(ruling.limits)


@pytest.mark.parametrize(("country", "answer"), [("AA", NO), ("CC", YES), (None, ONLY_IF)])
def test_the_domicile_counts_by_area(country: str | None, answer: str, terms: Graph) -> None:
    assert one(terms, "redistribute", "limited", users=1, country=country).answer == answer
    assert one(terms, "use", "limited", users=1, country="AA").answer == YES


@pytest.mark.parametrize(("field", "answer"), [("war", NO), ("harm", NO), ("study", YES)])
def test_a_field_of_the_policy_makes_it_no(field: str, answer: str, terms: Graph) -> None:
    """War is a kind of harm; the policy is read as part of the terms."""
    ruling = one(terms, "use", "limited", users=1, field=field)
    assert ruling.answer == answer
    reasons = ruling.decided_by if answer == NO else ruling.limits
    assert "§6 → Limited policy, 1" in places(reasons)


@pytest.mark.parametrize(
    ("action", "kind", "answer"),
    [
        ("train-other-model", "language-model", NO),
        ("train-other-model", "other", YES),
        ("generate-training-data", "language-model", NO),
        ("generate-training-data", "other", YES),
    ],
)
def test_which_other_model_is_trained(action: str, kind: str, answer: str, terms: Graph) -> None:
    ruling = one(terms, action, "limited", users=1, revenue=1, target_kind=kind)
    assert ruling.answer == answer
    if answer == NO:
        assert places(ruling.decided_by) == ["§5"]


def test_a_special_act_is_a_limit_of_the_general_one(terms: Graph) -> None:
    assert "§5" in places(one(terms, "use", "limited", users=1).limits)


@pytest.mark.parametrize(
    ("action", "said", "answer"),
    [
        ("use", {}, YES),
        ("use", {"field": "study"}, YES),
        ("use-commercially", {}, NO),
        ("use", {"field": "commercial"}, NO),
        ("redistribute", {"field": "commercial"}, NO),
        ("modify", {}, YES),
        ("rename-derivative", {}, NO),
    ],
)
def test_non_commercial_and_no_derivatives(
    action: str, said: dict[str, str], answer: str, terms: Graph
) -> None:
    assert one(terms, action, "licence:narrow", **said).answer == answer


def test_what_is_not_for_money_is_a_limit(terms: Graph) -> None:
    assert places(one(terms, "use", "licence:narrow").limits) == ["§2"]
    assert places(one(terms, "use", "licence:narrow", field="study").limits) == []


def test_a_permission_that_the_licensor_must_give(terms: Graph) -> None:
    ruling = one(terms, "host-as-a-service", "asking")
    assert (ruling.answer, places(ruling.decided_by)) == (ONLY_IF, ["§3"])


def test_a_circumstance_is_left_open(terms: Graph) -> None:
    ruling = one(terms, "train-other-model", "asking", target_kind="other")
    assert ruling.answer == ONLY_IF
    assert ruling.conditions == ("not: the other model is a foundation",)
    assert one(terms, "train-other-model", "asking").answer == YES


def test_what_no_clause_grants_is_no(terms: Graph) -> None:
    ruling = one(terms, "redistribute", "licence:silent")
    assert ruling.answer == NO
    assert ruling.notes == ("Silent licence grants no right to distribute",)
    assert one(terms, "host-as-a-service", "licence:silent").answer == YES


def test_what_has_not_been_read_is_never_yes(terms: Graph) -> None:
    ruling = one(terms, "use", "licence:half")
    assert ruling.answer == UNKNOWN
    assert ruling.missing == ("a reading of Unread policy, in full",)
    assert one(terms, "use", "unread").missing == ("a reading of Unread licence, in full",)


def test_a_clause_that_was_read_forbids_all_the_same(terms: Graph) -> None:
    assert one(terms, "redistribute", "licence:half").answer == NO


@pytest.mark.parametrize("model", ["nameless", "website"])
def test_without_a_licence_it_is_unknown(model: str, terms: Graph) -> None:
    ruling = one(terms, "use", model)
    assert ruling.answer == UNKNOWN
    assert ruling.missing[0].startswith("the licence of ")


def test_a_name_that_nobody_resolves_is_a_note(terms: Graph) -> None:
    ruling = one(terms, "use", "both")
    assert ruling.answer == YES
    assert any("“see website”" in note for note in ruling.notes)


def test_sources_that_differ_must_agree_on_the_answer(terms: Graph) -> None:
    assert one(terms, "use", "contested").answer == YES
    ruling = one(terms, "use-commercially", "contested")
    assert ruling.answer == UNKNOWN
    assert ruling.missing == ("which licence Contested has",)
    assert any(note.startswith("sources differ on the licence") for note in ruling.notes)


# Lineage


def test_terms_are_inherited_along_the_chain(terms: Graph) -> None:
    ruling = one(terms, "train-other-model", "conflicting")
    assert ruling.answer == NO
    assert places(ruling.decided_by) == ["§5"]
    (own, inherited) = ruling.subject.grants
    assert own.options[0].licence.label == "Free licence"
    assert inherited.options[0].licence.label == "Limited licence"
    assert [step.base.label for step in inherited.chain] == ["Tuned"]
    assert [step.relation.id for step in inherited.chain] == ["openness:quantizedFromModel"]


def test_a_conflict_is_named(terms: Graph) -> None:
    notes = one(terms, "use", "conflicting", users=1).notes
    (from_limited, from_tuned) = (note for note in notes if note.startswith("licence conflict"))
    assert from_limited.startswith("licence conflict: Free licence sets aside what is inherited")
    assert "“Few users”" in from_limited
    assert "“Few users”" in from_tuned
    assert not one(terms, "use", "tuned", users=1).notes


def test_share_alike_is_set_aside(terms: Graph) -> None:
    notes = one(terms, "use", "shared").notes
    assert any("inherited from Asking: " in note and "“Share alike”" in note for note in notes)


def test_an_unread_base_makes_it_unknown(terms: Graph) -> None:
    assert one(terms, "use", "of-unread").answer == UNKNOWN


def test_a_circle_ends(terms: Graph) -> None:
    ruling = one(terms, "use", "hen")
    assert ruling.answer == YES
    assert ruling.notes == ("the lineage runs in a circle: Hen → Egg → Hen",)


# Families and time


def test_a_family_lists_those_whose_terms_differ(terms: Graph) -> None:
    found = ask(terms, "use-commercially", "family")
    assert [(r.subject.thing.label, r.answer) for r in found] == [
        ("Family", YES),
        ("Family C", NO),
    ]
    assert may.overall(found) == ONLY_IF
    assert one(terms, "use-commercially", "family-b").answer == YES


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ([YES, YES], YES),
        ([NO, NO], NO),
        ([YES, NO], ONLY_IF),
        ([YES, UNKNOWN], ONLY_IF),
        ([NO, UNKNOWN], UNKNOWN),
        ([ONLY_IF, NO], ONLY_IF),
    ],
)
def test_one_answer_for_a_family(answers: list[str], answer: str, terms: Graph) -> None:
    subject = one(terms, "use", "plain").subject
    assert may.overall([Ruling(subject, each) for each in answers]) == answer


@pytest.mark.parametrize(
    ("day", "answer"),
    [
        ("2030-02-28", UNKNOWN),
        ("2030-03-01", NO),
        ("2030-05-31", NO),
        ("2030-06-01", YES),
        (None, YES),
    ],
)
def test_the_release_in_force_has_the_terms(day: str | None, answer: str, terms: Graph) -> None:
    at = datetime.date.fromisoformat(day) if day else None
    ruling = one(terms, "use-commercially", "moved", at=at)
    assert ruling.answer == answer
    if answer == UNKNOWN:
        assert "the first is of 2030-03-01" in ruling.missing[0]


@pytest.mark.parametrize(
    ("day", "licence"),
    [
        ("2031-02-01", "Updated licence of 2031"),
        ("2032-07-01", "Updated licence of 2032"),
        (None, "Updated licence of 2032"),
    ],
)
def test_the_version_of_a_licence_follows_the_day(
    day: str | None, licence: str, terms: Graph
) -> None:
    at = datetime.date.fromisoformat(day) if day else None
    ruling = one(terms, "use", "updated", at=at)
    assert [option.licence.label for option in ruling.subject.grants[0].options] == [licence]
    assert ruling.notes


def test_a_licence_that_was_not_yet_issued(terms: Graph) -> None:
    ruling = one(terms, "use", "limited", at=datetime.date(2029, 12, 31))
    assert ruling.answer == UNKNOWN
    assert "was issued on 2030-01-02 only" in ruling.missing[0]


# The document


def test_the_document_is_json_and_names_everything(terms: Graph) -> None:
    question = Question("use", users=1)
    found = rulings(terms, question, terms.find("conflicting", "model"))
    document = may.document(question, found, lambda clause: "words")
    assert json.loads(json.dumps(document)) == document
    assert document["answer"] == YES
    (ruling,) = document["rulings"]
    assert ruling["terms"][1]["chain"][0]["base"]["id"] == "model:tuned"
    reason = ruling["decidedBy"][0]
    assert reason.keys() == {
        "clause",
        "place",
        "says",
        "reading",
        "document",
        "source",
        "model",
        "words",
    }
