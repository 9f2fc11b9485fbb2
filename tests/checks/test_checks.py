"""The check queries: each finds what it is for, and nothing in the data that ships."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
)

from openness import shipped
from openness.engine.embedded import EmbeddedEngine
from openness.engine.remote import declare_prefixes
from openness.graph import Graph
from openness.header import read_header
from openness.sparql.tokens import tokenize
from openness.terms import PREFIXES, compact

CHECKS = sorted((shipped.queries() / "checks").glob("*.rq"))
COLUMNS = ("entity", "property", "value")
PRELUDE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
Row = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    """A data set in which a check finds nothing, one in which it does, and what it finds there."""

    passes: str
    fails: str
    finds: tuple[Row, ...]


CASES: dict[str, Case] = {
    "assertion-without-premises": Case(
        passes="""
            graph:derived {
                assertion:a a earl:Assertion ; earl:mode earl:automatic ; earl:test criterion:c ;
                    prov:wasDerivedFrom clause:c ; prov:wasGeneratedBy run:r .
                assertion:b a earl:Assertion ; earl:mode earl:manual .
            }""",
        fails="""
            graph:derived {
                assertion:a a earl:Assertion ; earl:mode earl:automatic ; earl:test criterion:c ;
                    prov:wasGeneratedBy run:r .
                assertion:b a earl:Assertion ; earl:mode earl:automatic ;
                    prov:wasDerivedFrom clause:c .
            }""",
        finds=(
            ("assertion:a", "prov:wasDerivedFrom", "criterion:c"),
            ("assertion:b", "prov:wasGeneratedBy", ""),
        ),
    ),
    "blank-node": Case(
        passes="graph:page { model:a schema:creator organization:o . }",
        fails="""
            graph:page {
                model:a schema:creator _:o .
                _:o rdfs:label "O"@en .
            }""",
        finds=(("_", "rdfs:label", "O"), ("model:a", "schema:creator", "_")),
    ),
    "clause-without-place": Case(
        passes="""
            graph:page {
                clause:a openness:hasSection "§1" ; oa:hasSource text:t ;
                    oa:hasSelector selector:a .
            }
            graph:editors { clause:a a odrl:Permission . }""",
        fails="""
            graph:page { clause:a openness:hasSection "§1" . clause:b oa:hasSource text:t . }
            graph:editors { clause:a a odrl:Duty . clause:b a oa:SpecificResource . }""",
        finds=(
            ("clause:a", "oa:hasSelector", "odrl:Duty"),
            ("clause:a", "oa:hasSource", "odrl:Duty"),
            ("clause:b", "oa:hasSelector", "oa:SpecificResource"),
            ("clause:b", "openness:hasSection", "oa:SpecificResource"),
        ),
    ),
    "dangling-thing": Case(
        passes="""
            graph:page {
                model:a schema:creator organization:o ; schema:url <https://example.org/> .
            }
            graph:other { organization:o a schema:Organization . }""",
        fails="""
            graph:page { model:a schema:creator organization:o , organization:oo . }
            graph:other { organization:o a schema:Organization . }""",
        finds=(("model:a", "schema:creator", "organization:oo"),),
    ),
    "end-before-start": Case(
        passes="""
            graph:page {
                membership:same-year schema:startDate "2017-05"^^xsd:gYearMonth ;
                    schema:endDate "2017"^^xsd:gYear .
                membership:open schema:startDate "2017-05-03"^^xsd:date .
                release:day schema:validFrom "2019-05"^^xsd:gYearMonth .
            }
            graph:other { release:day schema:validThrough "2019-05-01"^^xsd:date . }""",
        fails="""
            graph:page {
                membership:m schema:startDate "2017-05"^^xsd:gYearMonth ;
                    schema:endDate "2016"^^xsd:gYear .
                release:day schema:validFrom "2019-05"^^xsd:gYearMonth .
            }
            graph:other { release:day schema:validThrough "2019-04-30"^^xsd:date . }""",
        finds=(
            ("membership:m", "schema:endDate", "2016"),
            ("release:day", "schema:validThrough", "2019-04-30"),
        ),
    ),
    "lineage-cycle": Case(
        passes="""
            graph:a {
                model:a openness:derivedFromModel model:b .
                model:b openness:derivedFromModel model:c .
                model:d openness:derivedFromModel model:c .
            }""",
        fails="""
            graph:a {
                model:a openness:derivedFromModel model:b .
                model:b openness:derivedFromModel model:a .
                model:c openness:derivedFromModel model:a .
            }
            graph:b { model:s openness:derivedFromModel model:s . }""",
        finds=(
            ("model:a", "openness:derivedFromModel", "model:b"),
            ("model:b", "openness:derivedFromModel", "model:a"),
            ("model:s", "openness:derivedFromModel", "model:s"),
        ),
    ),
    "licence-without-reading": Case(
        passes="graph:editors { licence:a a odrl:Set ; openness:isReadInFull true . }",
        fails="""
            graph:editors {
                licence:a a odrl:Set ; openness:isReadInFull false .
                licence:b a odrl:Set .
            }""",
        finds=(
            ("licence:a", "openness:isReadInFull", "false"),
            ("licence:b", "openness:isReadInFull", ""),
        ),
    ),
    "release-terms-differ": Case(
        passes="""
            graph:page {
                release:same a openness:Release ; dcterms:license licence:a ;
                    openness:offers model:a , model:b .
                release:ended a openness:Release ; dcterms:license licence:b ;
                    openness:offers model:a ; schema:validThrough "2022"^^xsd:gYear .
                release:unknown a openness:Release ; dcterms:license licence:b ;
                    openness:offers model:b .
                model:a dcterms:license licence:a .
            }""",
        fails="""
            graph:page {
                release:a a openness:Release ; dcterms:license licence:b ; openness:offers model:a .
            }
            graph:other { model:a dcterms:license licence:a . }""",
        finds=(("release:a", "dcterms:license", "licence:b"),),
    ),
    "rule-without-licence": Case(
        passes="""
            graph:editors {
                licence:a odrl:permission clause:a ; odrl:prohibition clause:b ;
                    odrl:obligation clause:c .
                clause:a a odrl:Permission ; odrl:duty clause:d .
                clause:b a odrl:Prohibition .
                clause:c a odrl:Duty .
                clause:d a odrl:Duty .
                clause:e a oa:SpecificResource .
            }""",
        fails="""
            graph:editors {
                licence:a odrl:permission clause:a .
                clause:a a odrl:Permission .
                clause:b a odrl:Prohibition .
                clause:c a odrl:Duty .
            }""",
        finds=(
            ("clause:b", "odrl:prohibition", "odrl:Prohibition"),
            ("clause:c", "odrl:obligation", "odrl:Duty"),
        ),
    ),
    "several-labels": Case(
        passes="""
            graph:page { model:a rdfs:label "A"@en , "Ein A"@de ; skos:altLabel "The A"@en . }
            graph:other { model:a rdfs:label "A"@en . }""",
        fails="""
            graph:page { model:a rdfs:label "A"@en . }
            graph:other { model:a rdfs:label "The A"@en . }""",
        finds=(("model:a", "rdfs:label", "A"), ("model:a", "rdfs:label", "The A")),
    ),
    "statement-without-source": Case(
        passes="""
            graph:catalogue {
                graph:catalogue a dcat:Catalog .
                graph:page a dcat:Dataset .
            }
            graph:page { model:a schema:creator organization:o . }
            graph:undescribed { model:a schema:creator organization:o . }""",
        fails="""
            graph:catalogue {
                graph:catalogue a dcat:Catalog .
                graph:page a dcat:Dataset .
            }
            graph:page { model:a schema:creator organization:o . }
            graph:undescribed { model:b schema:creator organization:o . }
            model:c rdfs:label "in no named graph"@en .""",
        finds=(
            ("model:b", "schema:creator", "organization:o"),
            ("model:c", "rdfs:label", "in no named graph"),
        ),
    ),
    "thing-without-label": Case(
        passes="""
            graph:page { model:a a fair4ml:MLModel . graph:page a dcat:Dataset . }
            graph:other { model:a rdfs:label "A"@en . }""",
        fails="""
            graph:page {
                model:a a fair4ml:MLModel ; rdfs:label "Ein A"@de .
                model:b schema:creator model:a .
            }""",
        finds=(("model:a", "rdfs:label", "fair4ml:MLModel"), ("model:b", "rdfs:label", "")),
    ),
    "thing-without-type": Case(
        passes="""
            graph:page { model:a rdfs:label "A"@en . graph:page rdfs:label "Page"@en . }
            graph:other { model:a a fair4ml:MLModel . }""",
        fails="""
            graph:page {
                model:a rdfs:label "A"@en .
                model:b schema:creator organization:o .
            }""",
        finds=(("model:a", "rdf:type", "A"), ("model:b", "rdf:type", "")),
    ),
    "undefined-term": Case(
        passes="""
            graph:ontology {
                openness:Release rdfs:isDefinedBy <https://w3id.org/openness/ont/core> .
                openness:offers rdfs:isDefinedBy <https://w3id.org/openness/ont/core> .
            }
            graph:page { release:a a openness:Release ; openness:offers model:a . }""",
        fails="""
            graph:ontology {
                openness:Release rdfs:isDefinedBy <https://w3id.org/openness/ont/core> .
            }
            graph:page {
                openness:offers rdfs:isDefinedBy <https://w3id.org/openness/ont/core> .
                release:a a openness:Release , openness:Relaese ; openness:offers model:a .
            }""",
        finds=(
            ("release:a", "rdf:type", "openness:Relaese"),
            ("release:a", "openness:offers", "model:a"),
        ),
    ),
    "undescribed-source": Case(
        passes="""
            graph:catalogue {
                graph:catalogue a dcat:Catalog ; rdfs:label "Catalogue"@en .
                graph:editors a dcat:Dataset ; rdfs:label "Editors"@en .
                graph:page a dcat:Dataset ; rdfs:label "Page"@en ;
                    dcterms:source <https://example.org/> ; pav:retrievedOn "2026-11-23"^^xsd:date .
            }
            graph:editors { topic:t a openness:Topic . }
            graph:page { model:a a fair4ml:MLModel . }""",
        fails="""
            graph:catalogue {
                graph:catalogue a dcat:Catalog ; rdfs:label "Catalogue"@en .
                graph:page a dcat:Dataset ; rdfs:label "Page"@en ;
                    dcterms:source <https://example.org/> .
            }
            graph:editors { topic:t a openness:Topic . }
            graph:page { model:b a fair4ml:MLModel . model:a a fair4ml:MLModel . }""",
        finds=(
            ("graph:editors", "rdf:type", "1"),
            ("graph:editors", "rdfs:label", "1"),
            ("graph:page", "pav:retrievedOn", "2"),
        ),
    ),
}


def name(path: Path) -> str:
    """Return a check's name, as the id of its tests."""
    return path.stem


def load(trig: str) -> Store:
    """Return a store with the graphs of a data set and, as the default graph, their merge."""
    store = Store()
    for quad in parse(PRELUDE + trig, RdfFormat.TRIG):
        store.add(quad)
        store.add(Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()))
    return store


def run(check: Path, store: Store) -> list[Row]:
    """Return what a check finds, with IRIs in their short form, in the order of the answer."""
    solutions = store.query(check.read_text(encoding="utf-8"))
    assert isinstance(solutions, QuerySolutions)
    assert tuple(variable.value for variable in solutions.variables) == COLUMNS
    rows = []
    for solution in solutions:
        entity, prop, value = (_show(cell) for cell in tuple(solution))
        rows.append((entity, prop, value))
    return rows


def _show(term: object) -> str:
    if isinstance(term, NamedNode):
        return compact(term.value)
    if isinstance(term, BlankNode):
        return "_"
    return term.value if isinstance(term, Literal) else ""


def test_every_check_has_its_cases() -> None:
    assert [check.stem for check in CHECKS] == sorted(CASES)


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_nothing_is_found_where_all_is_well(check: Path) -> None:
    assert run(check, load(CASES[check.stem].passes)) == []


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_what_is_wrong_is_found(check: Path) -> None:
    case = CASES[check.stem]
    assert run(check, load(case.fails)) == list(case.finds)


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_another_engine_finds_the_same(check: Path) -> None:
    case = CASES[check.stem]
    for trig, expected in ((case.passes, ()), (case.fails, case.finds)):
        dataset = rdflib.Dataset(default_union=False)
        dataset.parse(data=load(trig).dump(format=RdfFormat.N_QUADS), format="nquads")
        found = set()
        for row in dataset.query(check.read_text(encoding="utf-8")):
            assert isinstance(row, rdflib.query.ResultRow)
            found.add(tuple(_show_rdflib(cell) for cell in row))
        assert found == set(expected)


def _show_rdflib(term: object) -> str:
    if isinstance(term, rdflib.URIRef):
        return compact(str(term))
    if isinstance(term, rdflib.BNode):
        return "_"
    return "" if term is None else str(term)


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_the_header_tells_what_to_do(check: Path) -> None:
    header = read_header(check, check.read_text(encoding="utf-8"))
    assert set(header) == {"title", "problem", "solution", "severity", "columns"}
    assert header["severity"] in ("error", "warning", "info")
    assert tuple(header["columns"]) == COLUMNS
    texts = [header["title"], header["problem"], header["solution"], *header["columns"].values()]
    assert all(isinstance(text, str) and text.strip() for text in texts)


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_the_query_stands_on_its_own(check: Path) -> None:
    """Its prefixes are declared as everywhere in the project, and each is used."""
    text = check.read_text(encoding="utf-8")
    assert declare_prefixes(text) == text
    declared = dict(re.findall(r"(?m)^PREFIX ([a-z0-9]+): <([^>]*)>$", text))
    assert declared == {prefix: PREFIXES[prefix] for prefix in declared}
    assert list(declared) == sorted(declared)
    body = text[text.index("SELECT") :]
    names = {token.text.partition(":")[0] for token in tokenize(body) if token.kind == "name"}
    assert names == set(declared)


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_every_engine_takes_the_query(check: Path) -> None:
    """The order of the rows is total, and no EXISTS stands in another, which Virtuoso refuses."""
    text = check.read_text(encoding="utf-8")
    order = text[text.rindex("ORDER BY") :].split()[2:]
    assert [term for term in order if term.startswith("?")] == [f"?{column}" for column in COLUMNS]
    depth = 0
    inside: list[int] = []
    for token in re.findall(r"EXISTS|[{}]", text[text.index("SELECT") :]):
        if token == "EXISTS":
            assert not inside
            inside.append(depth)
        else:
            depth += 1 if token == "{" else -1
            inside = [start for start in inside if start < depth]


@pytest.mark.parametrize("check", CHECKS, ids=name)
def test_the_data_that_ships_is_well(check: Path, shipped_graph: Graph) -> None:
    header = read_header(check, check.read_text(encoding="utf-8"))
    if header["severity"] != "info":
        assert isinstance(shipped_graph.engine, EmbeddedEngine)
        assert run(check, shipped_graph.engine.store) == []
