"""Where a query asks others, read from its text."""

from __future__ import annotations

import pytest

from openness.errors import QuerySyntaxError
from openness.sparql import services
from openness.sparql.services import Structure, as_graphs, dissect, kept, mentions_service

HERE = "<http://example.org/sparql>"


def only(query: str) -> tuple[Structure, services.Service]:
    """Return a query's structure and its one block in the outermost group."""
    structure = dissect(query)
    (service,) = structure.services
    return structure, service


def kept_text(query: str) -> list[str]:
    """Return what of a query is asked to learn what its one block joins on."""
    structure = dissect(query)
    service = structure.services[0]
    return services.text_of(structure, kept(structure.elements, service)).splitlines()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { SERVICE <http://x> { ?s ?p ?o } }", True),
        ("SELECT * { service silent ?x { } }", True),
        ("SELECT * { ?service ?p ?o }", False),
        ("SELECT * { ?s ex:SERVICE ?o }", False),
        ('SELECT * { ?s <http://x/SERVICE> \'SERVICE\', """SERVICE""" }', False),
        ("SELECT * { # SERVICE <http://x> { }\n ?s ?p ?o }", False),
        ("SELECT * { ?s ?p '\\u0027 SERVICE <http://x> { }' }", False),
    ],
)
def test_a_service_is_a_keyword_and_no_text(query: str, expected: bool) -> None:
    assert mentions_service(query) is expected


def test_a_block_in_the_outermost_group() -> None:
    structure, service = only(
        f"PREFIX ex: <http://e/>\nSELECT ?a {{ ?a ex:p ?w SERVICE SILENT {HERE} {{ ?w ex:l ?l }} }}"
    )
    assert structure.address(service) == "http://example.org/sparql"
    assert service.is_silent
    assert not service.passes_on
    assert services.inside(structure, service) == "?w ex:l ?l"
    assert service.scope == {"w", "l"}
    assert structure.scattered == ()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?a ?b ?c OPTIONAL { S } }",
        "SELECT * { { S } UNION { ?a ?b ?c } }",
        "SELECT * { { SELECT ?a { S } } }",
        "SELECT * { SELECT ?a { S } }",
        "SELECT * { ?a ?b ?c FILTER EXISTS { S } }",
        "SELECT * { ?a ?b ?c FILTER(NOT EXISTS { S } || ?c > 1) }",
        "SELECT * { GRAPH ?g { S } }",
        "SELECT (EXISTS { S } AS ?e) { ?a ?b ?c }",
        "SELECT ?a { ?a ?b ?c } GROUP BY ?a HAVING (EXISTS { S })",
        "SELECT * { ?a ?b ?c MINUS { S } }",
        "SELECT * { { { S } } }",
    ],
)
def test_a_block_anywhere_else(query: str) -> None:
    structure = dissect(_with_block(query))
    assert structure.services == []
    (block,) = structure.scattered
    assert structure.address(block) == "http://example.org/sparql"


def _with_block(query: str) -> str:
    return query.replace("{ S }", f"{{ SERVICE {HERE} {{ ?a ?b ?c }} }}")


def test_a_block_within_a_block_belongs_to_it() -> None:
    structure, service = only(
        f"SELECT * {{ SERVICE {HERE} {{ ?a ?b ?c SERVICE <http://other> {{ ?c ?d ?e }} }} }}"
    )
    assert service.passes_on
    assert service.scope == {"a", "b", "c", "d", "e"}
    assert structure.scattered == ()


@pytest.mark.parametrize(
    ("declared", "named", "address"),
    [
        ("", "<http://x/?q=1#a>", "http://x/?q=1#a"),
        ("BASE <http://x/a/>", "<../b>", "http://x/b"),
        ("PREFIX e: <http://x/>", "e:sparql\\,1", "http://x/sparql,1"),
        ("BASE <http://x/> PREFIX e: <y/>", "e:z", "http://x/y/z"),
        ("", "<http://x/\\u0061>", "http://x/a"),
        ("", "schema:x", "http://schema.org/x"),
    ],
)
def test_the_address_of_a_block(declared: str, named: str, address: str) -> None:
    structure, service = only(f"{declared} SELECT * {{ SERVICE {named} {{ ?a ?b ?c }} }}")
    assert structure.address(service) == address


def test_a_variable_is_no_address() -> None:
    structure, service = only("SELECT *\n{ ?a ?b ?x SERVICE ?x { ?c ?d ?e } }")
    with pytest.raises(QuerySyntaxError, match=r"SERVICE \?x at line 2, column 20: whom to ask"):
        structure.address(service)


def test_what_must_not_be_asked_alone_is_left_out() -> None:
    assert kept_text(
        """PREFIX e: <http://e/> SELECT * {
          ?a e:p ?w , ?n .  # a comment }
          FILTER(?n > 1) FILTER(?l != 'x') FILTER(RAND() > 0) FILTER EXISTS { ?a e:q ?z }
          BIND(STR(?w) AS ?text) BIND(STR(?l) AS ?no) BIND(UUID() AS ?uuid)
          OPTIONAL { ?a e:o ?o } MINUS { ?a e:m ?m }
          { ?a e:u ?u } UNION { ?a e:v ?v }
          GRAPH ?g { ?a e:g ?h OPTIONAL { ?h e:i ?i } }
          VALUES (?w ?k) { (e:x 1) (UNDEF 2) }
          SERVICE <http://x> { ?w e:l ?l }
          SERVICE <http://y> { ?w e:m ?mm }
          { SELECT ?a (COUNT(*) AS ?count) { ?a e:c ?c } GROUP BY ?a }
          { SERVICE <http://z> { ?w e:d ?d } }
        }"""
    ) == [
        "?a e:p ?w , ?n .",
        "FILTER(?n > 1)",
        "BIND(STR(?w) AS ?text)",
        "{ ?a e:u ?u } UNION { ?a e:v ?v }",
        "GRAPH ?g { ?a e:g ?h OPTIONAL { ?h e:i ?i } }",
        "VALUES (?w ?k) { (e:x 1) (UNDEF 2) }",
        "{ SELECT ?a (COUNT(*) AS ?count) { ?a e:c ?c } GROUP BY ?a }",
    ]


@pytest.mark.parametrize(
    ("rest", "offered"),
    [
        ("?a ?b ?c", {"a", "b", "c"}),
        ("?a <http://p>/<http://q>* [ <http://r> ( ?b 'c' ) ]", {"a", "b"}),
        ("OPTIONAL { ?a ?b ?c }", set()),
        ("{ ?a ?b 1 } UNION { ?a ?c 2 }", {"a"}),
        ("GRAPH ?g { ?a ?b 1 OPTIONAL { ?a ?c 2 } }", {"g", "a", "b"}),
        ("VALUES ?x { 1 2 }", {"x"}),
        ("VALUES ?x { 1 UNDEF }", set()),
        ("VALUES (?x ?y ?z) { (1 'a'@en -2) (UNDEF 'b'^^<http://t> <http://i>) }", {"y", "z"}),
        ("{ SELECT ?a (1 AS ?one) { ?a ?b ?c } }", {"a"}),
        ("{ SELECT * { ?a ?b ?c } }", {"a", "b", "c"}),
        ("BIND(1 AS ?x)", {"x"}),
        ("BIND(?z AS ?x)", set()),
        ("?a ?b ?c FILTER(?a<?b&&?x>?c)", {"a", "b", "c"}),
    ],
)
def test_what_is_always_bound(rest: str, offered: set[str]) -> None:
    structure, service = only(f"SELECT * {{ {rest} SERVICE <http://x> {{ ?s ?p ?o }} }}")
    assert services.offered(kept(structure.elements, service)) == offered


def test_a_filter_that_hides_a_variable_in_what_looks_like_an_iri_is_left_out() -> None:
    query = "SELECT * { ?a ?b ?c SERVICE <http://x> { ?a ?q ?r } FILTER(?c<?r&&?c>?r) }"
    assert kept_text(query) == ["?a ?b ?c ."]


def test_a_bind_that_may_fail_decides_nothing_that_an_optional_may_decide_otherwise() -> None:
    query = (
        "SELECT * { ?a ?b ?c BIND(1 / ?c AS ?x) OPTIONAL { ?a ?d ?x }"
        " FILTER(COALESCE(?x, 0) = 0) SERVICE <http://x> { ?a ?q ?r } }"
    )
    assert kept_text(query) == ["?a ?b ?c .", "BIND(1 / ?c AS ?x)"]


@pytest.mark.parametrize(
    ("block", "is_open"),
    [
        ("?w ?p ?o", True),
        ("?w ?p ?o OPTIONAL { ?w ?q ?r }", True),
        ("OPTIONAL { ?w ?q ?r } ?w ?p ?o", False),
        ("?s ?p ?o MINUS { ?w ?q ?r } ?w ?t ?u", False),
        ("?w ?p ?o FILTER(?w != ?o)", True),
        ("OPTIONAL { ?x ?y ?w } FILTER(BOUND(?w))", False),
        ("BIND(?w AS ?x) ?w ?p ?o", False),
        ("SELECT ?w { ?w ?p ?o } LIMIT 3", False),
        ("{ SELECT ?w { ?w ?p ?o } LIMIT 3 }", True),
    ],
)
def test_where_values_may_stand(block: str, is_open: bool) -> None:
    _, service = only(f"SELECT * {{ SERVICE <http://x> {{ {block} }} }}")
    assert services.is_open(service, ["w"]) is is_open


def test_what_is_wrong_in_a_block_stays_at_its_place() -> None:
    query = "SELECT * {\n service\tSILENT # x\n <http://x> { ?a ?b } }"
    changed = as_graphs(query)
    assert len(changed) == len(query)
    assert changed == "SELECT * {\n GRAPH  \t       # x\n <http://x> { ?a ?b } }"


@pytest.mark.parametrize(
    ("query", "used"),
    [
        ("SELECT ?l { ?a ?b ?w SERVICE <http://x> { ?w ?p ?l } }", {"l", "a", "b", "w"}),
        ("SELECT * { ?a ?b ?w SERVICE <http://x> { ?w ?p ?l } }", None),
        ("SELECT (COUNT(DISTINCT *) AS ?n) { SERVICE <http://x> { ?w ?p ?l } }", None),
        ("SELECT (COUNT(*) AS ?n) { SERVICE <http://x> { ?w ?p ?l } }", {"n"}),
        ("CONSTRUCT { ?w ?p 1 } { SERVICE <http://x> { ?w ?p ?l } }", {"w", "p"}),
        ("DESCRIBE ?w { SERVICE <http://x> { ?w ?p ?l } }", {"w"}),
        ("ASK { SERVICE <http://x> { ?w ?p ?l } FILTER(?l<?p&&?l>1) }", {"l", "p"}),
    ],
)
def test_what_is_used_of_a_block(query: str, used: set[str] | None) -> None:
    structure, service = only(query)
    assert structure.used_outside(service) == used


def test_the_dataset_and_the_prefixes_go_along() -> None:
    structure, _ = only(
        "BASE <http://b/> PREFIX e: <http://e/> PREFIX f: <http://f/>\n"
        "SELECT ?a FROM <http://g> # not WHERE\nFROM NAMED <http://h> WHERE { SERVICE e:s { } }"
    )
    assert structure.dataset == "FROM <http://g>  \nFROM NAMED <http://h>"
    assert structure.prologue("?a e:b schema:c , 'f:d'") == (
        "BASE <http://b/>\nPREFIX e: <http://e/>\nPREFIX schema: <http://schema.org/>\n"
    )
