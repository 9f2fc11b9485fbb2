"""Rules: run to a fixpoint, into a graph of their own, each described as a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, Store

from openness import shipped
from openness.engine.rules import Rule, derive, strata
from openness.errors import BrokenFileError
from openness.terms import DERIVED, ID, PREFIXES

HEAD: Final = (
    "#+ title: A title\n#+ description: What it does.\n#+ why: It follows.\n"
    "#+ criteria: none\n#+ source: graph:osd\n"
)
DERIVED_GRAPH: Final = NamedNode(DERIVED)


def rule(folder: Path, name: str, text: str, head: str = HEAD) -> Path:
    """Write a rule and return its path."""
    path = folder / f"{name}.rq"
    path.write_text(head + text, encoding="utf-8")
    return path


def node(name: str) -> NamedNode:
    """Return a node of the tests' own."""
    return NamedNode("urn:" + name)


def store_of(*triples: str) -> Store:
    """Return a store of triples such as `a p b` in the default graph."""
    store = Store()
    for triple in triples:
        subject, predicate, value = triple.split()
        store.add(Quad(node(subject), node(predicate), node(value)))
    return store


def own(store: Store, *predicates: str) -> set[str]:
    """Return the triples of the default graph with some predicates, in the form of `store_of`."""
    return {
        " ".join(str(term)[5:-1] for term in quad.triple)
        for name in predicates
        for quad in store.quads_for_pattern(None, node(name), None, DefaultGraph())
    }


CLOSE: Final = "CONSTRUCT { ?a <urn:p> ?c } WHERE { ?a <urn:p> ?b . ?b <urn:p> ?c }"


def test_a_rule_is_run_until_nothing_new_comes(tmp_path: Path) -> None:
    store = store_of("a p b", "b p c", "c p d", "d p e")
    derive(store, [rule(tmp_path, "close", CLOSE)])
    pairs = [(a, b) for a in "abcde" for b in "abcde" if a < b]
    assert own(store, "p") == {f"{a} p {b}" for a, b in pairs}


def test_a_long_chain_comes_to_rest(tmp_path: Path) -> None:
    """The closure doubles its reach in every round."""
    store = store_of(*(f"n{i} p n{i + 1}" for i in range(60)))
    derive(store, [rule(tmp_path, "close", CLOSE)])
    assert len(own(store, "p")) == 61 * 60 // 2


@pytest.mark.parametrize("names", [("first", "second"), ("z-first", "a-second")])
def test_one_rule_builds_on_another_whatever_their_order(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    first = rule(tmp_path, names[0], "CONSTRUCT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b }")
    second = rule(tmp_path, names[1], "CONSTRUCT { ?b <urn:r> ?a } WHERE { ?a <urn:q> ?b }")
    for order in ([first, second], [second, first]):
        store = store_of("a p b", "c q d")
        derive(store, order)
        assert own(store, "q", "r") == {"a q b", "c q d", "b r a", "d r c"}


def test_two_rules_that_feed_each_other_come_to_rest(tmp_path: Path) -> None:
    rules = [
        rule(tmp_path, "one", "CONSTRUCT { ?b <urn:q> ?a } WHERE { ?a <urn:p> ?b }"),
        rule(tmp_path, "two", "CONSTRUCT { ?b <urn:p> ?a } WHERE { ?a <urn:q> ?b }"),
    ]
    store = store_of("a p b")
    derive(store, rules)
    assert own(store, "p", "q") == {"a p b", "b q a"}


def test_what_is_derived_stands_in_its_own_graph_and_in_the_default_graph(tmp_path: Path) -> None:
    store = store_of("a p b")
    derive(store, [rule(tmp_path, "one", "CONSTRUCT { ?b <urn:q> ?a } WHERE { ?a <urn:p> ?b }")])
    derived = (node("b"), node("q"), node("a"))
    assert Quad(*derived) in store
    assert Quad(*derived, DERIVED_GRAPH) in store
    assert Quad(node("a"), node("p"), node("b"), DERIVED_GRAPH) not in store
    graphs = {quad.graph_name for quad in store}
    assert graphs == {DefaultGraph(), DERIVED_GRAPH}
    named = {quad.triple for quad in store if quad.graph_name == DERIVED_GRAPH}
    assert named < {quad.triple for quad in store if quad.graph_name == DefaultGraph()}


def test_a_conclusion_that_was_a_fact_counts_as_derived_too(tmp_path: Path) -> None:
    store = store_of("a p b", "b q a")
    derive(store, [rule(tmp_path, "one", "CONSTRUCT { ?b <urn:q> ?a } WHERE { ?a <urn:p> ?b }")])
    assert Quad(node("b"), node("q"), node("a"), DERIVED_GRAPH) in store


def test_rules_read_the_default_graph(tmp_path: Path) -> None:
    store = Store()
    store.add(Quad(node("a"), node("p"), node("b"), node("g")))
    derive(store, [rule(tmp_path, "one", "CONSTRUCT { ?b <urn:q> ?a } WHERE { ?a <urn:p> ?b }")])
    assert own(store, "q") == set()


def test_the_prefixes_of_the_project_need_no_declaration(tmp_path: Path) -> None:
    store = store_of("a p b")
    derive(store, [rule(tmp_path, "one", "CONSTRUCT { ?a a odrl:Set } WHERE { ?a <urn:p> ?b }")])
    kind = NamedNode(PREFIXES["rdf"] + "type")
    assert Quad(node("a"), kind, NamedNode(PREFIXES["odrl"] + "Set")) in store


def test_a_rule_and_its_run_are_described_even_if_nothing_follows(tmp_path: Path) -> None:
    store = Store()
    head = HEAD.replace("A title", "'Who: asks'")
    head = head.replace("What it does.", ">-\n#+   Two\n#+   lines.")
    derive(store, [rule(tmp_path, "some-rule", CLOSE, head)])

    def objects(subject: str, predicate: str) -> set[object]:
        prefix, _, local = predicate.partition(":")
        found = store.quads_for_pattern(
            NamedNode(ID + subject), NamedNode(PREFIXES[prefix] + local), None, DERIVED_GRAPH
        )
        return {quad.object for quad in found}

    named = {kind: NamedNode(f"{ID}{kind}/some-rule") for kind in ("rule", "association")}
    assert objects("rule/some-rule", "rdf:type") == {NamedNode(PREFIXES["prov"] + "Plan")}
    assert objects("rule/some-rule", "rdfs:label") == {Literal("Who: asks", language="en")}
    assert objects("rule/some-rule", "dcterms:description") == {
        Literal("Two lines.", language="en")
    }
    assert objects("rule/some-rule", "skos:note") == {Literal("It follows.", language="en")}
    assert objects("rule/some-rule", "dcterms:source") == {NamedNode(PREFIXES["graph"] + "osd")}
    assert objects("run/some-rule", "prov:qualifiedAssociation") == {named["association"]}
    assert objects("association/some-rule", "prov:hadPlan") == {named["rule"]}
    assert {quad.triple for quad in store if quad.graph_name == DefaultGraph()} == {
        quad.triple for quad in store if quad.graph_name == DERIVED_GRAPH
    }


def test_without_rules_nothing_changes() -> None:
    store = store_of("a p b")
    derive(store, [])
    assert len(store) == 1


def test_to_derive_again_adds_nothing(tmp_path: Path) -> None:
    store = store_of("a p b", "b p c")
    rules = [rule(tmp_path, "close", CLOSE)]
    derive(store, rules)
    before = set(store)
    derive(store, rules)
    assert set(store) == before


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("", "lacks title, description, why, criteria, source"),
        ("# title: A\n# description: B\n", "lacks title"),
        ("#+ title: A\n", "lacks description"),
        (HEAD.replace("#+ why: It follows.\n", ""), "lacks why"),
        (HEAD.replace("graph:osd", "https://opensource.org"), "source of a rule is a named graph"),
        ("#+ - title\n#+ - description\n", "not a mapping"),
        ("#+ title: [A\n#+ description: B\n", "not YAML"),
        ("#+ title: A: B\n#+ description: B\n", "not YAML"),
    ],
)
def test_a_rule_without_its_header_is_refused(tmp_path: Path, head: str, reason: str) -> None:
    path = rule(tmp_path, "one", CLOSE, head)
    with pytest.raises(BrokenFileError, match=reason) as caught:
        derive(store_of("a p b"), [path])
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("SELECT ?a { ?a <urn:p> ?b }", "a rule is a CONSTRUCT query"),
        ("ASK { ?a <urn:p> ?b }", "a rule is a CONSTRUCT query"),
        ("CONSTRUCT { ?a ?b ?b }\nWHERE { ?a <urn:p> ?b", "line 7, column 22"),
        ("CONSTRUCT { ?a nowhere:q ?b } WHERE { }", "line 6, column 16, .*Prefix not found"),
        ("INSERT { ?a <urn:q> ?b } WHERE { ?a <urn:p> ?b }", "line 6, column 1"),
        ("", "line 6, column 1"),
    ],
)
def test_what_is_no_construct_query_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = rule(tmp_path, "one", text)
    with pytest.raises(BrokenFileError, match=reason) as caught:
        derive(store_of("a p b"), [path])
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


PING: Final = "CONSTRUCT { [] <urn:q> ?a } WHERE { ?a <urn:p> ?b }"
PONG: Final = "CONSTRUCT { ?a <urn:p> ?a } WHERE { ?a <urn:q> <urn:a> }"
COUNT: Final = """CONSTRUCT { <urn:a> <urn:n> ?m } WHERE {
  { SELECT (MAX(?n) + 1 AS ?m) { <urn:a> <urn:n> ?n } }
}"""


def test_a_pair_of_rules_that_never_rests_is_reported(tmp_path: Path) -> None:
    """Each conclusion of one is a new node, about which the other concludes."""
    rules = [rule(tmp_path, "ping", PING), rule(tmp_path, "pong", PONG)]
    with pytest.raises(BrokenFileError, match="still derive something new after 50 rounds"):
        derive(store_of("a p b"), rules)


def test_a_rule_that_counts_on_is_reported(tmp_path: Path) -> None:
    store = store_of("a p b")
    store.add(Quad(node("a"), node("n"), Literal(1)))
    with pytest.raises(BrokenFileError, match="still derive something new after 50 rounds"):
        derive(store, [rule(tmp_path, "count", COUNT)])


def test_a_count_that_has_an_end_comes_to_rest(tmp_path: Path) -> None:
    store = Store()
    store.add(Quad(node("a"), node("n"), Literal(1)))
    derive(store, [rule(tmp_path, "count", COUNT.replace("\n}", " FILTER(?m <= 40)\n}"))])
    found = store.quads_for_pattern(node("a"), node("n"), None, DefaultGraph())
    assert {quad.object for quad in found} == {Literal(n) for n in range(1, 41)}


def test_the_rules_that_ship_make_no_blank_nodes_and_come_to_rest_on_nothing() -> None:
    """On an empty graph they conclude nothing but what describes them."""
    rules = sorted((shipped.ontology() / "rules").glob("*.rq"))
    store = Store()
    derive(store, rules)
    assert not [quad for quad in store if BlankNode in map(type, quad)]
    plans = store.quads_for_pattern(
        None, NamedNode(PREFIXES["prov"] + "hadPlan"), None, DefaultGraph()
    )
    assert {str(quad.object) for quad in plans} == {f"<{ID}rule/{path.stem}>" for path in rules}


# --- Rules that wait for others --------------------------------------------------


def after(*names: str) -> str:
    """Return a header that names the rules to run after."""
    return f"{HEAD}#+ after: [{', '.join(names)}]\n"


def test_a_rule_may_rest_on_what_those_before_it_did_not_conclude(tmp_path: Path) -> None:
    """What is open is what the fixpoint of the first rule, not its first round, leaves open."""
    rules = [
        rule(tmp_path, "z-close", CLOSE),
        rule(
            tmp_path,
            "a-open",
            "CONSTRUCT { ?a <urn:open> ?b } WHERE { ?a <urn:q> ?b "
            "FILTER NOT EXISTS { ?a <urn:p> ?b } }",
            after("z-close"),
        ),
    ]
    store = store_of("a p b", "b p c", "c p d", "d p e", "a q e", "e q a")
    derive(store, rules)
    assert own(store, "open") == {"e open a"}


def test_rules_wait_through_others(tmp_path: Path) -> None:
    def step(one: str, two: str) -> str:
        return f"CONSTRUCT {{ ?a <urn:{two}> ?b }} WHERE {{ ?a <urn:{one}> ?b }}"

    rules = [
        rule(tmp_path, "c", step("r", "s"), after("b")),
        rule(tmp_path, "b", step("q", "r"), after("a")),
        rule(tmp_path, "a", step("p", "q")),
    ]
    assert [[one.path.stem for one in s] for s in strata([Rule.read(path) for path in rules])] == [
        ["a"],
        ["b"],
        ["c"],
    ]
    store = store_of("a p b")
    derive(store, rules)
    assert own(store, "s") == {"a s b"}


def test_rules_that_wait_for_each_other_are_refused(tmp_path: Path) -> None:
    rules = [rule(tmp_path, "a", CLOSE, after("b")), rule(tmp_path, "b", CLOSE, after("a"))]
    with pytest.raises(BrokenFileError, match="wait for each other: "):
        derive(store_of("a p b"), rules)


def test_a_rule_that_waits_for_no_rule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BrokenFileError, match="there is no rule nothing to run after"):
        derive(Store(), [rule(tmp_path, "a", CLOSE, after("nothing"))])
