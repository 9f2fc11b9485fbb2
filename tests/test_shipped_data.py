"""Invariants of what ships, each naming facts that its sources state."""

from __future__ import annotations

import pytest

from openness.graph import Graph


def rows(graph: Graph, name: str, *columns: str, **values: str) -> set[tuple[str, ...]]:
    """Return some columns of a saved query's answer as text, things by their compact ids."""
    return {
        tuple(str(getattr(getattr(row, c), "id", getattr(row, c))) for c in columns)
        for row in graph.ask(name, **values)
    }


def test_why_meta_is_called_limited(shipped_graph: Graph) -> None:
    """The article's first question: user threshold, other models, and the use policy."""
    assert rows(shipped_graph, "why-limited", "place", "number", model="llama-2") == {
        ("§2", "5"),
        ("§1.b.v", "6"),
        ("§1.b.iv → Llama 2 Acceptable Use Policy, Prohibited Uses, 1", "6"),
        ("§1.b.iv → Llama 2 Acceptable Use Policy, Prohibited Uses, 2", "6"),
        ("§1.b.iv → Llama 2 Acceptable Use Policy, Prohibited Uses, 3", "6"),
    }


def test_the_threshold_is_greater_than_700_million(shipped_graph: Graph) -> None:
    """Section 2 says greater than 700 million monthly active users, and Meta may waive it."""
    assert shipped_graph.query(
        """ASK { clause:llama-2-2 a odrl:Prohibition ; openness:isWaivableBy organization:meta ;
          odrl:constraint ?over . ?over odrl:leftOperand openness:monthlyActiveUsers ;
          odrl:operator odrl:gt ; odrl:rightOperand 700000000 }"""
    )


def test_osi_and_our_rules_agree_on_llama_2(shipped_graph: Graph) -> None:
    """The OSI named points 5 and 6; our rules find the same, and name them as their own."""
    found = rows(
        shipped_graph, "assessments-of", "criterion", "assessor", thing="llama-2", outcome="failed"
    )
    for assessor in ("organization:open-source-initiative", "agent:openness"):
        for criterion in ("criterion:osd-5", "criterion:osd-6"):
            assert (criterion, assessor) in found


def test_apache_passes_what_our_rules_can_decide(shipped_graph: Graph) -> None:
    """An approved licence fails nothing; what no rule decides is not passed."""
    table = shipped_graph.query(
        """SELECT ?number ?verdict WHERE {
          ?assertion earl:subject licence:apache-2.0 ; earl:assertedBy agent:openness ;
            earl:test ?criterion ; earl:result/earl:outcome ?outcome .
          ?criterion skos:inScheme criteria:osd ; skos:notation ?number .
          BIND(STRAFTER(STR(?outcome), "#") AS ?verdict)
        }"""
    )
    verdicts = {int(row.number): row.verdict for row in table}  # type: ignore[union-attr]
    passed = {1, 3, 4, 5, 6, 7, 8, 9, 10}
    assert verdicts == {n: "passed" if n in passed else "cantTell" for n in range(1, 11)}


def test_the_700_million_are_daily_and_monthly(shipped_graph: Graph) -> None:
    """The article counts daily users, the licence monthly active ones; both claims stand."""
    pairs = {
        frozenset((str(row.unit), str(row.otherUnit)))
        for row in shipped_graph.ask("contradicting-claims", aspect="user-threshold")
    }
    assert any(
        any("daily" in unit for unit in pair) and any("monthly" in unit for unit in pair)
        for pair in pairs
    )


@pytest.mark.parametrize(
    ("model", "base", "source"),
    [
        ("chatmusician", "llama-2-7b", "osai-index"),
        ("claire-7b-fr-instruct-0.1", "falcon-7b", "osai-index"),
        ("guru-32b", "qwen2.5-32b", "osai-index"),
        ("hermes-4-llama-3.1-70b", "llama-3.1-70b", "os-ai-map"),
        ("llama-3-8b-instruct", "llama-3-8b", "model-openness-tool"),
    ],
)
def test_sources_say_what_was_made_from_what(
    model: str, base: str, source: str, shipped_graph: Graph
) -> None:
    """Base models, as the sources name them."""
    made = f"model:{model} openness:derivedFromModel model:{base}"
    assert shipped_graph.query(f"ASK {{ GRAPH graph:{source} {{ {made} }} }}")


def test_no_model_is_made_from_itself(shipped_graph: Graph) -> None:
    """A cycle would be two names that were taken for one."""
    assert not shipped_graph.query("ASK { ?model openness:derivedFromModel+ ?model }")


@pytest.mark.parametrize("group", ["partnership-on-ai", "mlcommons"])
def test_meta_is_in_the_groups_of_the_article(group: str, shipped_graph: Graph) -> None:
    """The article names both groups."""
    found = rows(shipped_graph, "openness-initiatives", "group", "source", organization="meta")
    assert (f"organization:{group}", "graph:article") in found


def test_openai_moved_from_open_to_closed(shipped_graph: Graph) -> None:
    """The full GPT-2 could be downloaded from November 2019; GPT-4 could not in March 2023."""
    found = rows(shipped_graph, "open-to-closed", "closedDate", "reason", organization="openai")
    assert ("2023-03-14", "topic:competition") in found
    assert ("2023-03-14", "topic:safety") in found
    assert ("2019-11-05",) in rows(
        shipped_graph, "open-to-closed", "openDate", organization="openai"
    )


def test_who_keeps_releasing_openly(shipped_graph: Graph) -> None:
    """Stability AI and EleutherAI, as the article says."""
    found = rows(shipped_graph, "open-releasers", "organization")
    assert {("organization:stability-ai",), ("organization:eleutherai",)} <= found


def test_falcon_rivals_llama_2_under_two_licences(shipped_graph: Graph) -> None:
    """The 40B model ended under Apache 2.0; the 180B one has terms that nobody has read for us."""
    found = rows(shipped_graph, "rivals", "version", "licence", "textRead", model="llama-2")
    assert ("model:falcon-40b", "licence:apache-2.0", "True") in found
    assert ("model:falcon-180b", "licence:falcon-180b-tii", "False") in found


def test_llama_2_has_six_versions(shipped_graph: Graph) -> None:
    """Three sizes, each also as a chat variant that was fine-tuned from it."""
    found = rows(shipped_graph, "versions", "version", "base", model="llama-2")
    sizes = ("7b", "13b", "70b")
    assert found == {(f"model:llama-2-{size}", "None") for size in sizes} | {
        (f"model:llama-2-{size}-chat", f"model:llama-2-{size}") for size in sizes
    }


def test_all_ten_criteria_are_there(shipped_graph: Graph) -> None:
    """The Open Source Definition has ten, in its own numbering."""
    found = rows(shipped_graph, "criteria-of-set", "number", "criterion", criteria="osd")
    assert found == {(str(n), f"criterion:osd-{n}") for n in range(1, 11)}


def test_measures_beyond_the_label(shipped_graph: Graph) -> None:
    """Stanford's index, the framework, the European index and the AI definition."""
    found = rows(shipped_graph, "measures-of-openness", "criteria")
    expected = ("fmti-2023", "fmti-2024", "fmti-2025", "mof", "osai-index", "osaid-1.0", "osd")
    assert {(f"criteria:{name}",) for name in expected} <= found


def test_the_road_to_the_definition_ends_with_its_release(shipped_graph: Graph) -> None:
    """Version 1.0 was released on 28 October 2024."""
    found = rows(shipped_graph, "road-to-criteria", "start", criteria="osaid-1.0")
    assert ("2024-10-28",) in found


def test_size(shipped_graph: Graph) -> None:
    """At least 60 things, from many documents."""
    things = shipped_graph.query(
        "SELECT (COUNT(DISTINCT ?t) AS ?n) { ?t a ?class FILTER(?class IN"
        " (schema:Organization, schema:Person, fair4ml:MLModel, odrl:Set, openness:Release)) }"
    )
    assert things[0].n >= 60  # type: ignore[index,union-attr]
