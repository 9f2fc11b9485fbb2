"""Binding: any term in any position gives the rows of the query with the term written by hand."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryTriples,
    RdfFormat,
    Store,
)

from openness.errors import BindingError
from openness.sparql.binding import Bindable, bind
from openness.sparql.tokens import tokenize

EX: Final = "http://example.org/"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
HEAD: Final = f"PREFIX ex: <{EX}> PREFIX xsd: <{XSD}> "

DATA: Final = """
@prefix ex: <http://example.org/> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
ex:a ex:knows ex:b , ex:c ; ex:label "Ann" , "Anne"@fr , "" ; ex:size 3 ; ex:at ex:p .
ex:b ex:knows ex:c ; ex:label "Bob" , "say \\"?_p\\"\\n" ; ex:size 5 ; ex:list ex:list1 .
ex:list1 rdf:first ex:c ; rdf:rest ex:list2 . ex:list2 rdf:first ex:b ; rdf:rest rdf:nil .
ex:c ex:knows ex:d ; ex:label "Ann" , "} DROP ALL #" ; ex:size 5 ; ex:ok true .
ex:d ex:knows ex:a ; ex:born "1950-01-02"^^xsd:date ; ex:size 5.0 ; ex:ok false .
<http://example.org/it's#(1)> ex:knows ex:a ; ex:label "\\\\u0022" , "x"^^ex:type .
ex:g1 { ex:a ex:knows ex:b . ex:b ex:label "Bob" . ex:knows ex:at ex:g1 }
ex:g2 { ex:c ex:label "Ann" ; ex:size 5 . ex:a ex:knows ex:c }
"""


@functools.cache
def store() -> Store:
    """The small store that all queries run on."""
    loaded = Store()
    loaded.load(DATA.encode(), RdfFormat.TRIG)
    return loaded


@dataclass(frozen=True)
class Template:
    """A query with a parameter, and the same query by a person; `«»` is where the term goes."""

    name: str
    parameter: str
    by_hand: str


def _same(name: str, text: str) -> Template:
    """A query in which the term simply stands where the parameter stood."""
    return Template(name, text, text.replace("?_p", "«»"))


IRI_ONLY: Final = [
    _same("subject", "SELECT ?p ?o { ?_p ?p ?o }"),
    _same("predicate", "SELECT ?s ?o { ?s ?_p ?o }"),
    _same("subject and object", "SELECT ?s ?o { ?_p ex:knows ?o . ?s ex:knows ?_p }"),
    _same("predicate of a blank node", "SELECT ?o { ?s ex:knows [ ?_p ?o ] }"),
    _same("after a semicolon", "SELECT ?s ?o { ?s ex:size ?n ; ?_p ?o }"),
    _same("graph name", "SELECT ?s ?o { GRAPH ?_p { ?s ?p ?o } }"),
    _same("graph name and inside", "SELECT ?x { GRAPH ?_p { ?x ex:at ?_p } }"),
    _same("FROM", "SELECT ?s ?p ?o FROM ?_p { ?s ?p ?o }"),
    _same("FROM NAMED", "SELECT ?g FROM NAMED ?_p { GRAPH ?g { ?s ?p ?o } }"),
    _same("path, sequence", "SELECT ?s ?o { ?s ?_p/ex:label ?o }"),
    _same("path, one or more", "SELECT ?s ?o { ?s ?_p+ ?o }"),
    _same("path, zero or more", "SELECT ?o { ex:a ?_p* ?o }"),
    _same("path, inverse", "SELECT ?s ?o { ?s ^?_p ?o }"),
    _same("path, alternatives", "SELECT ?s ?o { ?s (ex:at|?_p)/ex:label? ?o }"),
    _same("path, negated", "SELECT ?s ?o { ?s !?_p ?o }"),
    _same("path, negated set", "SELECT ?s ?o { ?s !(ex:size|?_p|^?_p) ?o }"),
    _same("path, from a term", "SELECT ?o { ?_p ex:knows+ ?o }"),
    _same("CONSTRUCT, subject", "CONSTRUCT { ?_p ex:of ?o } WHERE { ?s ex:knows ?o }"),
    _same("CONSTRUCT, predicate", "CONSTRUCT { ?s ?_p ?o } WHERE { ?s ?_p ?o }"),
    _same("DESCRIBE", "DESCRIBE ?_p"),
    _same("DESCRIBE beside a variable", "DESCRIBE ?_p ?s WHERE { ?s ex:knows ?_p }"),
    _same("typed literal's datatype", 'SELECT ?s { ?s ex:label "x"^^?_p }'),
    Template(
        "GROUP BY in a sub-SELECT, beside others",
        "SELECT ?s ?n { { SELECT ?_p ?s (COUNT(?o) AS ?n) { ?s ?_p ?o } GROUP BY ?_p ?s } }",
        "SELECT ?s ?n { { SELECT ?s (COUNT(?o) AS ?n) { ?s «» ?o } GROUP BY ?s } }",
    ),
    Template(
        "projected, of a predicate",
        "SELECT ?s ?_p ?o { ?s ?_p ?o }",
        "SELECT ?s («» AS ?_p) ?o { ?s «» ?o }",
    ),
]

LITERAL_ONLY: Final = [
    _same("a condition by itself", "SELECT ?s { ?s ex:knows ?o FILTER(?_p) }"),
    _same("a condition negated", "SELECT ?s { ?s ex:knows ?o FILTER(!?_p) }"),
    _same("order", "SELECT ?s { ?s ?q ?o FILTER(?o < ?_p || ?o >= ?_p) }"),
    _same("order, no spaces", "SELECT ?s { ?s ?q ?o FILTER(?_p<?o||?_p>?o) }"),
    _same("arithmetic", "SELECT ?s ((?n+?_p)*2-?_p AS ?m) { ?s ex:size ?n }"),
    _same("string function", "SELECT ?s { ?s ex:label ?o FILTER STRSTARTS(STR(?o), ?_p) }"),
    _same("language", "SELECT ?s { ?s ex:label ?o FILTER LANGMATCHES(LANG(?o), ?_p) }"),
    _same("sum", "SELECT (SUM(?n + ?_p) AS ?m) { ?s ex:size ?n }"),
    _same("HAVING, order", "SELECT ?o { ?s ?p ?o } GROUP BY ?o HAVING (COUNT(?s) > ?_p)"),
]

ANY: Final = [
    _same("object", "SELECT ?s ?p { ?s ?p ?_p }"),
    _same("object, after a comma", "SELECT ?s { ?s ex:label ?o , ?_p }"),
    _same("object, then a dot", "SELECT ?s { ?s ?p ?_p. ?s ex:size ?n }"),
    _same("with a dollar sign and space", "SELECT ?s ?p { ?s ?p ?_p\n}"),
    _same("in a collection", "SELECT ?s { ?s ex:list ( ?_p ex:b ) }"),
    _same("object of a blank node", "SELECT ?s { ?s ex:knows [ ?p ?_p ] }"),
    _same("object in a graph", "SELECT ?g ?s { GRAPH ?g { ?s ?p ?_p } }"),
    _same("FILTER, equal", "SELECT ?s ?o { ?s ?p ?o FILTER(?o = ?_p) }"),
    _same("FILTER, unequal", "SELECT ?s ?o { ?s ?p ?o FILTER(?_p!=?o) }"),
    _same("FILTER, same term", "SELECT ?s ?o { ?s ?p ?o FILTER sameTerm(?o, ?_p) }"),
    _same("FILTER, kind of term", "SELECT ?s { ?s ex:ok ?o FILTER(isIRI(?_p) || isLiteral(?_p)) }"),
    _same("IN", "SELECT ?s ?o { ?s ?p ?o FILTER(?o IN (?_p, ex:c, 3)) }"),
    _same("NOT IN", "SELECT ?s ?o { ?s ?p ?o FILTER(?o NOT IN (ex:c, ?_p)) }"),
    _same("IN, on the left", "SELECT ?s { ?s ex:label ?o FILTER(?_p IN (?o, ex:c)) }"),
    _same("BIND", "SELECT ?s ?x { ?s ex:ok ?o BIND(?_p AS ?x) }"),
    _same(
        "BIND, in functions",
        "SELECT ?s ?x { ?s ?p ?o BIND(IF(?o = ?_p, CONCAT(STR(?_p), '!'), DATATYPE(?_p)) AS ?x) }",
    ),
    _same("COALESCE", "SELECT ?s ?x { ?s ex:size ?n BIND(COALESCE(1/0, ?_p, 2) AS ?x) }"),
    _same("ASK", "ASK { ?s ?p ?_p }"),
    _same("ASK with FILTER", "ASK { ?s ex:label ?o FILTER(STR(?o) = STR(?_p)) }"),
    _same("count", "SELECT (COUNT(?_p) AS ?n) { ?s ex:knows ?o }"),
    _same("count, distinct", "SELECT (COUNT(DISTINCT ?_p) AS ?n) { ?s ex:knows ?o }"),
    _same("count of what matches", "SELECT (COUNT(*) AS ?n) { ?s ?p ?_p }"),
    _same("aggregates", "SELECT (MAX(?_p) AS ?m) (SAMPLE(?_p) AS ?n) { ?s ex:knows ?o }"),
    _same(
        "GROUP_CONCAT",
        "SELECT (GROUP_CONCAT(STR(?_p); separator='?_x') AS ?m) { ?s ex:knows ?o }",
    ),
    _same("GROUP BY an expression", "SELECT ?x { ?s ?p ?o } GROUP BY (STR(?_p) AS ?x)"),
    _same(
        "GROUP BY a comparison",
        "SELECT ?x (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY (?o = ?_p AS ?x)",
    ),
    _same("HAVING", "SELECT ?s { ?s ex:label ?o } GROUP BY ?s HAVING (MIN(?o) = ?_p)"),
    _same("ORDER BY an expression", "SELECT ?s ?o { ?s ?p ?o } ORDER BY (?o = ?_p) ?s ?p ?o"),
    _same("ORDER BY DESC", "SELECT ?s ?o { ?s ?p ?o } ORDER BY DESC(?o = ?_p) ?s ?p ?o"),
    _same("MINUS", "SELECT ?s { ?s ex:knows ?o MINUS { ?s ?p ?_p } }"),
    _same("NOT EXISTS", "SELECT ?s { ?s ex:knows ?o FILTER NOT EXISTS { ?s ?p ?_p } }"),
    _same("EXISTS", "SELECT ?s { ?s ex:knows ?o FILTER(EXISTS { ?s ?p ?_p } && ?s != ?_p) }"),
    _same("EXISTS as a value", "SELECT ?s (EXISTS { ?s ?p ?_p } AS ?x) { ?s ex:knows ?o }"),
    _same("OPTIONAL", "SELECT ?s ?p { ?s ex:knows ?o OPTIONAL { ?s ?p ?_p } }"),
    _same(
        "OPTIONAL, condition", "SELECT ?s ?n { ?s ?q ?o OPTIONAL { ?s ex:size ?n FILTER(?o=?_p) } }"
    ),
    _same("UNION", "SELECT ?s ?p { { ?s ?p ?_p } UNION { ?s ?p 5 . ?s ex:label ?_p } }"),
    _same("path to a term", "SELECT ?s { ?s ex:knows*/ex:label ?_p }"),
    _same("CONSTRUCT, object", "CONSTRUCT { ?s ex:is ?_p } WHERE { ?s ?p ?_p }"),
    _same("CONSTRUCT WHERE", "CONSTRUCT WHERE { ?s ?p ?_p }"),
    _same("DESCRIBE by a pattern", "DESCRIBE ?s { ?s ?p ?_p }"),
    _same("renamed", "SELECT ?s (?_p AS ?x) { ?s ?p ?_p }"),
    _same("SELECT *", "SELECT * { ?s ?p ?_p }"),
    _same("VALUES, a value", "SELECT ?s ?x { VALUES ?x { ?_p 5 } ?s ?p ?x }"),
    _same(
        "VALUES, in a row",
        "SELECT ?s ?x ?y { VALUES (?x ?y) { (?_p 1) (UNDEF ?_p) } ?s ?p ?x }",
    ),
    _same("VALUES, then FILTER", "SELECT ?s ?x { VALUES ?x { 3 5 } ?s ?p ?x FILTER(?_p != ?x) }"),
    _same(
        "rows of VALUES, then FILTER",
        "SELECT ?s { VALUES (?s ?x) { (ex:a 3) (ex:b 5) } FILTER(?_p = ?s || ?_p = ?x) }",
    ),
    _same(
        "VALUES at the end", "SELECT ?s ?o { ?s ?p ?o FILTER(?o = ?_p) } VALUES ?s { ex:a ex:c }"
    ),
    _same(
        "in words of any case", "select ?s { ?s ?p ?_p filter(?_p != 7) } group by ?s having(true)"
    ),
    Template(
        "with a dollar sign",
        "SELECT $s { $s ?p $_p FILTER(?_p = $_p) }",
        "SELECT ?s { ?s ?p «» FILTER(«» = «») }",
    ),
    Template("BOUND", "SELECT ?s { ?s ?p ?_p FILTER BOUND(?_p) }", "SELECT ?s { ?s ?p «» }"),
    Template(
        "BOUND, negated",
        "SELECT ?s { ?s ?p ?_p FILTER(!bound( ?_p ) || BOUND(?n)) OPTIONAL { ?s ex:size ?n } }",
        "SELECT ?s { ?s ?p «» OPTIONAL { ?s ex:size ?n } FILTER BOUND(?n) }",
    ),
    Template(
        "BOUND, as a value",
        "SELECT ?s (BOUND(?_p) AS ?x) { ?s ?p ?_p }",
        "SELECT ?s (true AS ?x) { ?s ?p «» }",
    ),
    Template("projected alone", "SELECT ?_p { ?s ?p ?_p }", "SELECT («» AS ?_p) { ?s ?p «» }"),
    Template(
        "projected first",
        "SELECT ?_p ?s WHERE { ?s ?p ?_p }",
        "SELECT («» AS ?_p) ?s WHERE { ?s ?p «» }",
    ),
    Template(
        "projected, distinct",
        "SELECT DISTINCT ?_p { ?s ?p ?_p }",
        "SELECT DISTINCT («» AS ?_p) { ?s ?p «» }",
    ),
    Template(
        "projected and counted",
        "SELECT ?_p (COUNT(?s) AS ?n) { ?s ?p ?_p } GROUP BY ?_p",
        "SELECT («» AS ?_p) (COUNT(?s) AS ?n) { ?s ?p «» } GROUP BY («»)",
    ),
    Template(
        "grouped and ordered by the parameter itself",
        "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?_p ?s ORDER BY ?_p ?s",
        "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ORDER BY ?s",
    ),
    Template(
        "sub-SELECT, the only variable",
        "SELECT ?s ?p { ?s ?p ?_p { SELECT ?_p { ?x ex:knows ?_p } } }",
        "SELECT ?s ?p { ?s ?p «» { SELECT («» AS ?z) { ?x ex:knows «» } } }",
    ),
    Template(
        "sub-SELECT, the only variable, distinct",
        "SELECT ?s { { SELECT DISTINCT ?_p WHERE { ?x ?y ?_p } } ?s ex:label ?o FILTER(?o = ?_p) }",
        "SELECT ?s { { SELECT DISTINCT («» AS ?z) { ?x ?y «» } } ?s ex:label ?o FILTER(?o = «») }",
    ),
    Template(
        "sub-SELECT, the only variable, twice",
        "SELECT ?s { ?s ex:knows ?o { SELECT ?_p { ?x ?y ?_p } } { SELECT ?_p { ?_q ?_p_ ?_p } } }",
        "SELECT ?s { ?s ex:knows ?o { SELECT (1 AS ?m) { ?x ?y «» } }"
        " { SELECT (1 AS ?n) { ?x ?y «» } } }",
    ),
    Template(
        "sub-SELECT, beside others",
        "SELECT ?s ?n { { SELECT ?s ?_p (COUNT(*) AS ?n) { ?s ?p ?_p } GROUP BY ?s ?_p } }",
        "SELECT ?s ?n { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p «» } GROUP BY ?s } }",
    ),
    Template(
        "sub-SELECT, beside others, distinct",
        "SELECT ?x { { SELECT DISTINCT ?_p ?x { ?x ?y ?_p } } MINUS { ?x ex:ok ?ok } }",
        "SELECT ?x { { SELECT DISTINCT ?x { ?x ?y «» } } MINUS { ?x ex:ok ?ok } }",
    ),
    Template(
        "sub-SELECT *",
        "SELECT ?x { { SELECT * { ?x ?y ?_p } } }",
        "SELECT ?x { { SELECT * { ?x ?y «» } } }",
    ),
    Template(
        "sub-SELECT in NOT EXISTS",
        "SELECT ?s { ?s ex:knows ?o FILTER NOT EXISTS { SELECT ?_p { ?s ?y ?_p } } }",
        "SELECT ?s { ?s ex:knows ?o FILTER NOT EXISTS { SELECT (1 AS ?z) { ?s ?y «» } } }",
    ),
    Template(
        "sub-SELECT in a sub-SELECT",
        "SELECT ?s { { SELECT ?s ?_p { { SELECT ?_p ?s { ?s ?p ?_p } } } ORDER BY ?_p } }",
        "SELECT ?s { { SELECT ?s { { SELECT ?s { ?s ?p «» } } } } }",
    ),
    Template(
        "CONSTRUCT from a sub-SELECT",
        "CONSTRUCT { ?s ex:is ?_p } WHERE { SELECT ?s ?_p { ?s ?p ?_p } }",
        "CONSTRUCT { ?s ex:is «» } WHERE { SELECT ?s { ?s ?p «» } }",
    ),
    Template(
        "beside names that begin alike",
        "SELECT ?s ?_p1 ?_ps { ?s ?_p1 ?_p ; ?_ps ?x_p BIND('?_p' AS ?p) } # ?_p",
        "SELECT ?s ?_p1 ?_ps { ?s ?_p1 «» ; ?_ps ?x BIND('?_p' AS ?p) }",
    ),
]

NASTY: Final = (
    '" } DROP ALL #',
    "' } DROP ALL #",
    '""" } ; DROP ALL #',
    "\\",
    '\\"',
    "\\u0022 } #",
    "\\\\u0022",
    '"@en',
    "?_p",
    "$_p ?_p1",
    "(?_p AS ?_p)",
    "# no comment",
    "\n\r\t\b\f",
    "} {",
    "<http://example.org/>",
    "ex:a",
    "é ü 漢 😀 \u2028",
    "\x00\x7f\x85",
    "AS",
    "LIMIT",
    "VALUES",
)

LITERALS: Final = (
    Literal("Ann"),
    Literal("Anne", language="fr"),
    Literal("Bob"),
    Literal(""),
    Literal('say "?_p"\n'),
    Literal("} DROP ALL #"),
    Literal("\\u0022"),
    Literal("x", datatype=NamedNode(EX + "type")),
    Literal(0),
    Literal(3),
    Literal(5),
    Literal(-5),
    Literal(5.0),
    Literal("5.0", datatype=NamedNode(XSD + "decimal")),
    Literal("05", datatype=NamedNode(XSD + "integer")),
    Literal("five", datatype=NamedNode(XSD + "integer")),
    Literal(True),
    Literal(False),
    Literal("1950-01-02", datatype=NamedNode(XSD + "date")),
    Literal("2023-07-18T00:00:00Z", datatype=NamedNode(XSD + "dateTime")),
)

IRIS: Final = tuple(
    NamedNode(EX + name)
    for name in (
        *("a", "b", "c", "d", "it's#(1)", "knows", "label", "size", "at", "list", "ok", "type"),
        *("g1", "g2", "nothing", "?_p", "a?b=?_p&c=$_p", "é/漢", "x(y)", "!$&'()*+,;=:@", "%22"),
    )
)

texts = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.sampled_from("\"'\\#<>{}()?_p$.@^ \n\rau0022é")),
    st.text(st.characters(exclude_categories=["Cs"])),
)
literals = st.one_of(
    st.sampled_from(LITERALS),
    texts.map(Literal),
    st.builds(Literal, texts, language=st.sampled_from(["en", "de-AT", "zh-Hant"])),
    st.builds(Literal, texts, datatype=st.sampled_from(IRIS)),
    st.integers().map(Literal),
    st.floats().map(Literal),
    st.booleans().map(Literal),
    st.dates().map(lambda day: Literal(str(day), datatype=NamedNode(XSD + "date"))),
)
iris = st.sampled_from(IRIS)
terms: st.SearchStrategy[Bindable] = st.one_of(literals, iris)


def written(term: Bindable) -> str:
    """Write a term as a careful person would."""
    if isinstance(term, NamedNode):
        return f"<{term.value}>"
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
    text = '"' + "".join(escapes.get(c, c) for c in term.value) + '"'
    return f"{text}@{term.language}" if term.language else f"{text}^^<{term.datatype.value}>"


def answer(query: str) -> object:
    """Return an answer in a form that can be compared: rows keep their order where one is asked."""
    results = store().query(HEAD + query)
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QueryTriples):
        return {str(triple) for triple in results}
    rows = [tuple(map(str, row)) for row in results]
    is_ordered = "ORDER BY" in query.rpartition("}")[2]
    return [v.value for v in results.variables], rows if is_ordered else sorted(rows)


def is_empty(found: object) -> bool:
    """Tell whether an answer says nothing."""
    return not (found[1] if isinstance(found, tuple) else found)


def check(template: Template, term: Bindable) -> object:
    """Compare the two forms of a query and return their answer."""
    bound = answer(bind(template.parameter, {"_p": term}))
    assert bound == answer(template.by_hand.replace("«»", written(term)))
    return bound


def _named(template: Template) -> str:
    return template.name


@pytest.mark.parametrize("template", ANY, ids=_named)
@given(term=terms)
@settings(max_examples=40, deadline=None)
def test_any_term_gives_the_rows_of_the_query_by_hand(template: Template, term: Bindable) -> None:
    """Where IRIs and literals are legal alike."""
    check(template, term)


@pytest.mark.parametrize("template", IRI_ONLY, ids=_named)
@given(term=iris)
@settings(max_examples=40, deadline=None)
def test_any_iri_gives_the_rows_of_the_query_by_hand(template: Template, term: NamedNode) -> None:
    """Where only an IRI is legal."""
    check(template, term)


@pytest.mark.parametrize("template", LITERAL_ONLY, ids=_named)
@given(term=literals)
@settings(max_examples=40, deadline=None)
def test_any_literal_gives_the_rows_of_the_query_by_hand(template: Template, term: Literal) -> None:
    """Where a literal is meant."""
    check(template, term)


@pytest.mark.parametrize("template", [*ANY, *IRI_ONLY, *LITERAL_ONLY], ids=_named)
def test_the_templates_are_not_vacuous(template: Template) -> None:
    """Every query finds something for one of the known terms, and its answers differ."""
    pool: list[Bindable] = []
    pool += [] if template in LITERAL_ONLY else IRIS
    pool += [] if template in IRI_ONLY else LITERALS
    assert any(not is_empty(check(template, term)) for term in pool)


@given(
    term=st.one_of(
        iris,
        texts.map(Literal),
        st.builds(Literal, texts, language=st.just("en-GB")),
        st.builds(Literal, texts, datatype=iris),
    )
)
def test_a_term_comes_back_as_it_went_in(term: Bindable) -> None:
    results = store().query(bind("SELECT (?_p AS ?x) ?_p {}", {"_p": term}))
    assert not isinstance(results, QueryBoolean | QueryTriples)
    assert [tuple(row) for row in results] == [(term, term)]


@given(text=texts, template=st.sampled_from([*ANY, *LITERAL_ONLY]))
def test_no_value_changes_the_structure_of_a_query(text: str, template: Template) -> None:
    def shape(value: str) -> list[tuple[str, str]]:
        bound = bind(template.parameter, {"_p": Literal(value)})
        return [(t.kind, "" if t.kind == "string" else t.text) for t in tokenize(bound)]

    assert shape(text) == shape("x")


@pytest.mark.parametrize("value", NASTY)
@pytest.mark.parametrize("quote", ["'", '"', "'''", '"""'])
def test_a_value_stays_one_string_beside_strings_of_every_kind(value: str, quote: str) -> None:
    query = f"ASK {{ BIND({quote}?_p{quote} AS ?x) BIND(?_p AS ?y) FILTER(?x = '?_p') }}"
    assert answer(bind(query, {"_p": Literal(value)})) is True


UNTOUCHED: Final = (
    "'?_p'",
    '"?_p"',
    "'''?_p'''",
    '"""?_p"""',
    '""" "?_p" ""?_p\n?_p"""',
    "''' \"'?_p' ''?_p\\'''?_p'''",
    r'"\"?_p\\"',
    r"'\'?_p\\'",
    '"?_p"@en',
    '"?_p"^^<http://example.org/?_p>',
    "<http://example.org/?_p>",
    "<?_p>",
    "<http://example.org/#$_p>",
    "# ?_p\n",
    "#?_p '\n",
    '#?_p "\r',
    r"ex:a\?_p",
    r"ex:a\$_p",
    r"ex:a\#_p",
    "ex:_p",
    "_p:_p",
    "_:_p",
    "?_p1",
    "$_p1",
    "?_ps",
    "?_p_",
    "?__p",
    "?p",
    "?x_p",
    "?_pé",
    "?_P",
    "_p",
    "?1_p",
)


@given(
    parts=st.lists(st.sampled_from([*UNTOUCHED, "?_p", "$_p"]), max_size=12),
    term=terms,
    glue=st.sampled_from([" ", "\n", "\t"]),
)
def test_only_the_variable_itself_is_replaced(parts: list[str], term: Bindable, glue: str) -> None:
    """The same name in strings, IRIs, comments and longer names stays, whatever stands around."""
    query = "{" + glue.join(["", *parts, ""]) + "}"
    replaced = [f" {term} " if part in ("?_p", "$_p") else part for part in parts]
    assert bind(query, {"_p": term}) == "{" + glue.join(["", *replaced, ""]) + "}"


@given(parts=st.lists(st.sampled_from([*UNTOUCHED, "?_p", "SELECT", "{", "}", "(", ")"])))
def test_without_values_nothing_changes(parts: list[str]) -> None:
    query = " ".join(parts)
    assert bind(query, {}) == query
    assert bind(query, {"q": Literal(1)}) == query


@given(short=terms, long=terms)
@settings(deadline=None)
@pytest.mark.parametrize("names", [("_p", "_p1"), ("_model", "_models"), ("_p", "_p_")])
def test_two_parameters_one_the_beginning_of_the_other(
    names: tuple[str, str], short: Bindable, long: Bindable
) -> None:
    first, second = names
    values = {first: short, second: long}
    query = (
        f"SELECT ?{second} ?{first} ?s {{ ?s ?p ?{first} . ?s ?q ${second}"
        f" FILTER(?{first}!=?{second})"
        f" MINUS {{ SELECT ?{first} ?{second} {{ ?s ?q ?{first} }} }} }}"
    )
    a, b = written(short), written(long)
    by_hand = (
        f"SELECT ({b} AS ?{second}) ({a} AS ?{first}) ?s {{ ?s ?p {a} . ?s ?q {b}"
        f" FILTER({a} != {b}) MINUS {{ SELECT (1 AS ?z) {{ ?s ?q {a} }} }} }}"
    )
    assert answer(bind(query, values)) == answer(by_hand)
    assert bind(query, values) == bind(query, dict(reversed(values.items())))


def test_two_parameters_in_a_query_that_finds_something() -> None:
    values: dict[str, Bindable] = {"_p": NamedNode(EX + "a"), "_p1": Literal("Bob")}
    query = "SELECT ?_p1 ?_p { ?_p ex:knows ?x . ?x ex:label ?_p1 }"
    bob, ann = f'"Bob"^^<{XSD}string>', f"<{EX}a>"
    found = answer(bind(query, values))
    assert found == answer(f"SELECT ({bob} AS ?_p1) ({ann} AS ?_p) {{ {ann} ex:knows ex:b }}")
    assert not is_empty(found)


def test_a_value_is_not_searched_for_other_parameters() -> None:
    values = {"_p": Literal("?_q"), "_q": Literal("?_p")}
    found = answer(bind("SELECT ?_p ?_q {}", values))
    assert found == (["_p", "_q"], [('"?_q"', '"?_p"')])


def test_a_service_is_called_by_its_bound_address() -> None:
    bound = bind("SELECT ?s { SERVICE SILENT ?_p { ?s ?p ?_p } }", {"_p": NamedNode(EX + "sparql")})
    iri = f"<{EX}sparql>"
    assert bound.split() == f"SELECT ?s {{ SERVICE SILENT {iri} {{ ?s ?p {iri} }} }}".split()


@given(count=st.integers(0, 12), skip=st.integers(0, 12))
@settings(deadline=None)
@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT ?_p OFFSET ?_q",
        "select ?s ?o { ?s ?p ?o } ORDER BY ?s ?p ?o offset $_q limit $_p",
        "SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT?_p\nOFFSET # from\n ?_q",
        "SELECT ?s ?o { { SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT ?_p OFFSET ?_q } }"
        " ORDER BY ?s ?p ?o",
    ],
)
def test_limit_and_offset_take_a_whole_number(query: str, count: int, skip: int) -> None:
    everything = answer("SELECT ?s ?o { ?s ?p ?o } ORDER BY ?s ?p ?o")
    assert isinstance(everything, tuple)
    values = {"_p": Literal(count), "_q": Literal(skip)}
    assert answer(bind(query, values)) == (["s", "o"], everything[1][skip : skip + count])


def test_a_number_is_a_count_after_limit_and_a_term_elsewhere() -> None:
    found = answer(bind("SELECT ?s ?_p { ?s ?p ?_p } ORDER BY ?s LIMIT ?_p", {"_p": Literal(5)}))
    assert found == answer("SELECT ?s (5 AS ?_p) { ?s ?p 5 } ORDER BY ?s LIMIT 5")


@pytest.mark.parametrize("text", ["7", "+7", "007", "+0007"])
def test_every_way_to_write_a_whole_number_counts(text: str) -> None:
    value = Literal(text, datatype=NamedNode(XSD + "integer"))
    assert bind("SELECT * {} LIMIT ?_p", {"_p": value}).split()[-1] == "7"


@pytest.mark.parametrize("word", ["LIMIT", "OFFSET", "limit", "Offset"])
@pytest.mark.parametrize(
    "value",
    [
        Literal(-1),
        Literal("1"),
        Literal("1", language="en"),
        Literal(1.0),
        Literal("1", datatype=NamedNode(XSD + "decimal")),
        Literal("1", datatype=NamedNode(XSD + "int")),
        Literal("1.0", datatype=NamedNode(XSD + "integer")),
        Literal("", datatype=NamedNode(XSD + "integer")),
        Literal("1 OFFSET 2", datatype=NamedNode(XSD + "integer")),
        Literal("1\n", datatype=NamedNode(XSD + "integer")),
        Literal("١", datatype=NamedNode(XSD + "integer")),
        Literal("9" * 5000, datatype=NamedNode(XSD + "integer")),
        Literal(True),
        NamedNode(EX + "1"),
    ],
    ids=str,
)
def test_limit_and_offset_take_nothing_else(word: str, value: Bindable) -> None:
    with pytest.raises(BindingError, match=r"^\?_p limits the rows: it takes a whole number, not"):
        bind(f"SELECT * {{}} {word} ?_p", {"_p": value})


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("SELECT (1 AS ?_p) {}", "line 1, column 14"),
        ("SELECT * {\n BIND(1 AS ?_p) }", "line 2, column 12"),
        ("SELECT * { BIND(1 as $_p) }", "line 1, column 22"),
        ("SELECT * { BIND(1 AS # this\n ?_p) }", "line 2, column 2"),
        ("SELECT (COUNT(*) AS ?_p) {}", "line 1, column 21"),
        ("SELECT * {} GROUP BY (1 AS ?_p)", "line 1, column 28"),
        ("SELECT * { { SELECT (?_p AS ?_p) {} } }", "line 1, column 29"),
        ("SELECT * { VALUES ?_p { 1 } }", "line 1, column 19"),
        ("SELECT * { values $_p { 1 } }", "line 1, column 19"),
        ("SELECT * {} VALUES ?_p { 1 }", "line 1, column 20"),
        ("SELECT * { VALUES (?_p) { (1) } }", "line 1, column 20"),
        ("SELECT * { VALUES (?_p ?x) { (1 2) } }", "line 1, column 20"),
        ("SELECT * {\n\n VALUES (?x\n ?_p) { (1 2) } }", "line 4, column 2"),
        ("SELECT * { VALUES ?x { 1 } VALUES (?y ?_p) { (1 2) } }", "line 1, column 39"),
        ("SELECT * {} ORDER BY ?x VALUES (?x ?_p) { (1 2) }", "line 1, column 36"),
    ],
)
def test_a_parameter_that_the_query_assigns_is_refused_with_its_place(
    query: str, where: str
) -> None:
    with pytest.raises(BindingError) as caught:
        bind(query, {"_p": Literal(1)})
    assert str(caught.value).endswith(f"is assigned a value by the query itself at {where}.")


def test_a_blank_node_is_refused() -> None:
    with pytest.raises(BindingError, match="A blank node cannot be the value of _p"):
        bind("SELECT * { ?s ?p ?_p }", {"_p": BlankNode("x")})  # type: ignore[dict-item]
