"""The ontology, its shapes and the data that ships: well formed, well named, all of it used."""

from __future__ import annotations

import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Final

import pyoxigraph
import pyshacl
import pytest
import rdflib
from pyoxigraph import DefaultGraph, RdfFormat
from rdflib import OWL, RDF, RDFS, SH, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, ODRL2, ORG, PROV, SDO, VANN, XSD, DefinedNamespace

from openness import shipped
from openness.engine.compile import FORMATS, rdf_files
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph as Compiled
from openness.header import read_header
from openness.terms import ID, ONT, PREFIXES, expand

SHAPES: Final = shipped.ontology() / "shapes.ttl"
MODULES: Final = sorted(p for p in shipped.ontology().glob("*.ttl") if p != SHAPES)
RULES: Final = sorted((shipped.ontology() / "rules").glob("*.rq"))
RDF_FILES: Final = [*MODULES, SHAPES, *rdf_files(shipped.data())]
MODULE: Final = "https://w3id.org/openness/ont/"
CC: Final = "http://creativecommons.org/ns#"

RAPPER: Final = {".ttl": "turtle", ".trig": "trig", ".nt": "ntriples", ".nq": "nquads"}
"""The names that `rapper` has for the syntaxes of files, by ending."""

VOCABULARIES: Final[dict[str, type[DefinedNamespace]]] = {
    str(namespace): namespace
    for namespace in (DCAT, DCTERMS, ODRL2, ORG, OWL, PROV, RDF, RDFS, SH, SKOS, VANN, XSD)
} | {PREFIXES["schema"]: SDO}
"""Published vocabularies that rdflib knows; its schema.org has https, like the newer releases."""

TERMS_BY_HAND: Final[dict[str, set[str]]] = {
    # DCAT 3; rdflib has DCAT 2.
    str(DCAT): {"hasVersion"},
    CC: {"Attribution", "CommercialUse", "DerivativeWorks", "Distribution", "Notice"}
    | {"Reproduction", "ShareAlike", "Sharing", "SourceCode"},
    PREFIXES["dqv"]: {"Metric", "QualityMeasurement", "computedOn", "expectedDataType"}
    | {"isMeasurementOf", "value"},
    PREFIXES["earl"]: {"Assertion", "TestRequirement", "TestResult", "assertedBy", "mode"}
    | {"outcome", "result", "subject", "test", "passed", "failed", "cantTell", "inapplicable"}
    | {"OutcomeValue", "untested", "automatic", "manual", "semiAuto", "undisclosed", "unknownMode"},
    PREFIXES["fair4ml"]: {"MLModel", "fineTunedFrom", "trainedOn"},
    PREFIXES["oa"]: {"SpecificResource", "TextPositionSelector", "end", "hasSelector", "hasSource"}
    | {"start"},
    PREFIXES["pav"]: {"importedBy", "retrievedOn"},
    PREFIXES["semapv"]: {"BackgroundKnowledgeBasedMatching", "CompositeMatching"}
    | {"LexicalMatching", "ManualMappingCuration", "MappingChaining"},
    PREFIXES["sssom"]: {"author_label", "confidence", "mapping_justification", "reviewer_label"},
    # Younger than the schema.org of rdflib.
    PREFIXES["schema"]: {"observationAbout"},
}
"""Terms of published vocabularies that rdflib does not know, as their specifications have them."""

NAMESPACES: Final = (*VOCABULARIES, *TERMS_BY_HAND)


def relative(path: Path) -> str:
    """Return a file's place in the repository, as the id of its tests."""
    return str(path.relative_to(shipped.root()))


def local(term: object) -> str:
    """Return the local name of a term, as the id of its tests."""
    return str(term).rpartition("#")[2]


def read_modules() -> Graph:
    """Return the merge of the ontology's modules."""
    graph = Graph()
    for path in MODULES:
        graph.parse(path)
    return graph


ONTOLOGY: Final = read_modules()
SHAPES_GRAPH: Final = Graph().parse(SHAPES)
TERMS: Final = sorted({URIRef(str(s)) for s in ONTOLOGY.subjects() if str(s).startswith(ONT)})
NODE_SHAPES: Final = sorted(URIRef(str(s)) for s in SHAPES_GRAPH.subjects(RDF.type, SH.NodeShape))


@pytest.fixture(scope="module")
def merge(shipped_graph: Compiled) -> Graph:
    """Return the merge of all graphs that ship, as rdflib has it."""
    assert isinstance(shipped_graph.engine, EmbeddedEngine)
    data = shipped_graph.engine.store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return Graph().parse(data=data, format="nt")


# --- Files -------------------------------------------------------------------


@pytest.mark.parametrize("path", RDF_FILES, ids=relative)
def test_rdflib_reads_the_file(path: Path) -> None:
    assert len(rdflib.Dataset().parse(path)) > 0


@pytest.mark.parametrize("path", RDF_FILES, ids=relative)
def test_oxigraph_reads_the_file(path: Path) -> None:
    assert list(pyoxigraph.parse(path=path, format=FORMATS[path.suffix]))


@pytest.mark.parametrize("path", RDF_FILES, ids=relative)
@pytest.mark.skipif(not shutil.which("rapper"), reason="needs rapper (Debian: raptor2-utils)")
def test_rapper_reads_the_file(path: Path) -> None:
    command = ["rapper", "-q", "-c", "-i", RAPPER[path.suffix], str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("path", [p for p in RDF_FILES if p != SHAPES], ids=relative)
def test_the_file_has_no_blank_node(path: Path) -> None:
    quads = pyoxigraph.parse(path=path, format=FORMATS[path.suffix])
    terms = {term for quad in quads for term in (quad.subject, quad.object)}
    assert [term for term in terms if isinstance(term, pyoxigraph.BlankNode)] == []


# --- Our terms ---------------------------------------------------------------


@pytest.mark.parametrize("term", TERMS, ids=local)
def test_a_term_has_label_definition_and_module(term: URIRef) -> None:
    (label,) = ONTOLOGY.objects(term, RDFS.label)
    (definition,) = ONTOLOGY.objects(term, SKOS.definition)
    for text in (label, definition):
        assert isinstance(text, Literal)
        assert text.language == "en"
        assert text.strip() == str(text) != ""
    assert str(label).casefold() not in str(definition).casefold()
    (module,) = ONTOLOGY.objects(term, RDFS.isDefinedBy)
    path = shipped.ontology() / f"{str(module).removeprefix(MODULE)}.ttl"
    assert re.search(rf"(?m)^openness:{local(term)} a ", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("term", TERMS, ids=local)
def test_a_term_is_named_after_its_kind(term: URIRef) -> None:
    is_class = (term, RDF.type, OWL.Class) in ONTOLOGY
    pattern = r"[A-Z][a-z]+([A-Z][a-z]+)*" if is_class else r"[a-z]+([A-Z][a-z]+)*"
    assert re.fullmatch(pattern, local(term))


def test_no_property_is_the_inverse_of_another() -> None:
    assert not list(ONTOLOGY.subject_objects(OWL.inverseOf))


def test_terms_are_told_apart_by_their_labels() -> None:
    labels = [str(ONTOLOGY.value(term, RDFS.label)) for term in TERMS]
    assert len(labels) == len(set(labels))


@pytest.mark.parametrize("term", TERMS, ids=local)
def test_a_term_is_used(term: URIRef) -> None:
    """In a query, rule, shape, data file or feature: what none of them uses does not exist."""
    package = Path(shipped.__file__).parent
    folders = (shipped.queries(), shipped.ontology() / "rules", shipped.data(), package)
    files = [
        SHAPES,
        *(p for f in folders for p in f.rglob("*") if p.suffix in (".rq", ".trig", ".py")),
    ]
    used = re.compile(
        rf"openness:{local(term)}\b|{re.escape(str(term))}\b|ONT \+ \"{local(term)}\""
    )
    assert any(used.search(p.read_text(encoding="utf-8")) for p in files if p.is_file())


# --- Published terms ---------------------------------------------------------


def published_terms(graph: Graph) -> set[URIRef]:
    """Return the foreign predicates and classes of a graph, and what it maps our terms to."""
    mappings = [RDFS.domain, RDFS.range, RDFS.subClassOf, RDFS.subPropertyOf, SKOS.closeMatch]
    mappings += [OWL.equivalentClass, OWL.equivalentProperty, SKOS.broadMatch]
    found = set(graph.predicates()) | set(graph.objects(None, RDF.type))
    found |= {o for predicate in mappings for o in graph.objects(None, predicate)}
    own = (ONT, ID)
    return {term for term in found if isinstance(term, URIRef) and not str(term).startswith(own)}


def vocabulary_terms(graph: Graph) -> set[URIRef]:
    """Return every IRI of a graph, in any place, that lies in a published vocabulary."""
    terms = {term for triple in graph for term in triple if isinstance(term, URIRef)}
    return {t for t in terms if str(t).startswith(NAMESPACES) and str(t) not in NAMESPACES}


def is_published(term: URIRef) -> bool:
    """Return whether a term exists in the vocabulary of its namespace."""
    namespace = max((n for n in NAMESPACES if str(term).startswith(n)), key=len)
    name = str(term).removeprefix(namespace)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return name in TERMS_BY_HAND.get(namespace, set()) or (
            namespace in VOCABULARIES and name in VOCABULARIES[namespace]
        )


def test_every_published_term_exists(merge: Graph) -> None:
    terms = vocabulary_terms(merge) | vocabulary_terms(SHAPES_GRAPH)
    assert sorted(term for term in terms if not is_published(term)) == []


def test_no_term_is_of_an_unknown_vocabulary(merge: Graph) -> None:
    terms = published_terms(merge)
    assert sorted(term for term in terms if not str(term).startswith(NAMESPACES)) == []


def test_a_misspelt_term_is_noticed() -> None:
    for right in ("schema:creator", "prov:wasDerivedFrom", "dcat:hasVersion", "earl:passed"):
        assert is_published(URIRef(expand(right) or ""))
    for wrong in ("schema:creater", "prov:wasDerived", "dcat:hasVersions", "earl:pass"):
        assert not is_published(URIRef(expand(wrong) or ""))


def test_every_term_that_a_table_can_show_has_a_label(merge: Graph) -> None:
    shown = published_terms(merge) | set(vocabulary_terms(merge))
    shown -= {term for term in shown if str(term).startswith(str(XSD))}
    unlabelled = [term for term in shown if (term, RDFS.label, None) not in merge]
    assert sorted(unlabelled) == []


# --- Rules -------------------------------------------------------------------


@pytest.mark.parametrize("path", RULES, ids=relative)
def test_a_rule_names_its_own_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert {"title", "description", "why", "criteria", "source"} <= read_header(path, text).keys()
    runs = set(re.findall(r"\brun:([a-z0-9-]+)", text))
    # The one rule without a run of its own repeats in general what a source says in particular.
    assert runs == (set() if path.stem == "derived-model" else {path.stem})


# --- Shapes ------------------------------------------------------------------


def validate(data: Graph, shape: URIRef | None = None) -> list[tuple[str, str, str]]:
    """Return severity, message and focus node of what the shapes, or one of them, find."""
    chosen: list[URIRef | str] | None = None
    if shape is not None:
        chosen = [shape, *named_properties(shape)]
    _, report, _ = pyshacl.validate(
        data, shacl_graph=SHAPES_GRAPH, advanced=False, inference="none", use_shapes=chosen
    )
    assert isinstance(report, Graph)
    return sorted(
        (
            local(report.value(result, SH.resultSeverity)),
            str(report.value(result, SH.resultMessage)),
            str(report.value(result, SH.focusNode)),
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    )


def named_properties(shape: URIRef) -> list[URIRef]:
    """Return the property shapes of a node shape that it shares with others."""
    return [p for p in SHAPES_GRAPH.objects(shape, SH.property) if isinstance(p, URIRef)]


def messages(shape: URIRef) -> set[str]:
    """Return the messages of a shape and of its properties."""
    parts = [shape, *SHAPES_GRAPH.objects(shape, SH.property)]
    return {str(m) for part in parts for m in SHAPES_GRAPH.objects(part, SH.message)}


# That the data that ships has the shapes, tests/cli/test_show_export_info_check.py tests.


def test_every_shape_finds_something_to_test(merge: Graph) -> None:
    """Each node shape has a target in the data that ships, so that conforming means something."""
    idle = []
    for shape in NODE_SHAPES:
        targets = [
            *(merge.subjects(RDF.type, c) for c in SHAPES_GRAPH.objects(shape, SH.targetClass)),
            *(merge.subjects(p) for p in SHAPES_GRAPH.objects(shape, SH.targetSubjectsOf)),
        ]
        if not any(True for target in targets for _ in target):
            idle.append(local(shape))
    assert idle == []


@pytest.mark.parametrize("shape", NODE_SHAPES, ids=local)
def test_a_shape_says_what_is_wrong_and_how_badly(shape: URIRef) -> None:
    (label,) = SHAPES_GRAPH.objects(shape, RDFS.label)
    assert isinstance(label, Literal)
    assert label.language == "en"
    nested = {part for p in (SH["or"], SH["not"]) for part in SHAPES_GRAPH.objects(shape, p)}
    own = set(SHAPES_GRAPH.predicates(shape)) & {SH.pattern, SH["class"]}
    parts = [*SHAPES_GRAPH.objects(shape, SH.property), *([shape] if nested or own else [])]
    for part in parts:
        (message,) = SHAPES_GRAPH.objects(part, SH.message)
        assert isinstance(message, Literal)
        assert message.language == "en"
        assert message.endswith(".")
    for part in (shape, *parts):
        (severity,) = SHAPES_GRAPH.objects(part, SH.severity)
        assert severity in (SH.Violation, SH.Warning, SH.Info)


def test_every_shape_has_a_broken_example() -> None:
    assert sorted(BROKEN) == [local(shape) for shape in NODE_SHAPES]


@pytest.mark.parametrize("shape", NODE_SHAPES, ids=local)
def test_a_broken_example_fails_its_shape(shape: URIRef) -> None:
    """Every message of the shape is heard, so each of its constraints is one that can fail."""
    prelude = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    example = Graph().parse(data=prelude + BROKEN[local(shape)], format="turtle")
    heard = {message for _, message, _ in validate(ONTOLOGY + example, shape)}
    assert heard == messages(shape)
    assert heard <= {message for _, message, _ in validate(ONTOLOGY + example)}


# --- Broken examples ---------------------------------------------------------

BROKEN: Final[dict[str, str]] = {
    "AccessLevel": "access:Bad a openness:AccessLevel .",
    "Aspect": "aspect:Bad a openness:Aspect .",
    "Assertion": """
        assertion:Bad a earl:Assertion ; dcterms:date "July" ; dcterms:source "a page" .""",
    "Association": "association:Bad a prov:Association .",
    "CatalogueEntry": """
        <https://example.org/page> a dcat:Dataset ; dcterms:issued "2023" ; schema:version 1 ;
            dcterms:source "https://example.org" ; dcterms:license "CC-BY-4.0" ;
            pav:retrievedOn "2026"^^xsd:gYear .
        graph:page a dcat:Dataset .""",
    "Claim": """
        claim:Bad a schema:Claim ; dcterms:description "no language" ; schema:about "safety" ;
            schema:datePublished "July" .
        claim:empty a schema:Claim .""",
    "Clause": """
        clause:Bad a odrl:Duty ; dcterms:description "no language" ; dcterms:references "§2" ;
            schema:position 0 ; dcterms:isPartOf clause:whole .
        clause:empty a oa:SpecificResource .""",
    "Concept": """
        <https://example.org/c> a skos:Concept ; skos:broader "safety" ; skos:related model:m .""",
    "Constraint": """
        constraint:Bad a odrl:Constraint ; odrl:leftOperand openness:useTrademark ;
            odrl:operator odrl:and ; openness:isPresumed "yes" ; openness:isCountedOn "2023" .""",
    "CriteriaSet": """
        criteria:Bad a skos:ConceptScheme ; dcterms:description "no language" ;
            schema:about "safety" ; dcterms:issued "2023" ; schema:version 1 .
        criteria:empty a skos:ConceptScheme .""",
    "Criterion": """
        criterion:Bad a earl:TestRequirement ; dcterms:description "no language" ;
            openness:forbidsLimitOn "persons" ; openness:requiresRightTo openness:persons .
        criterion:empty a earl:TestRequirement .""",
    "DataSet": """
        dataset:Bad a schema:Dataset ; skos:altLabel "no language" ;
            dcterms:description "no language" ; schema:creator "EleutherAI" ;
            dcterms:license <https://example.org/licence> ; dcterms:issued "2020" .""",
    "DerivedAssertion": "assertion:a prov:wasGeneratedBy rule:r ; earl:mode earl:manual .",
    "Duty": """
        clause:a a odrl:Duty ; odrl:constraint "on Mondays" ;
            openness:isWaivableBy organization:meta .""",
    "Event": """
        event:Bad a schema:Event ; dcterms:description "no language" ; schema:about "safety" ;
            schema:startDate "2023" ; schema:endDate "2023" ; schema:organizer "OSI" ;
            prov:wasAssociatedWith "Meta" ; schema:superEvent run:r ; prov:generated "a draft" .
        event:empty a schema:Event .""",
    "Evidence": "assertion:a a earl:Assertion .",
    "IndustryGroup": "organization:g a openness:IndustryGroup .",
    "KnownLicence": "licence:a a dcterms:LicenseDocument .",
    "Licence": """
        licence:Bad a odrl:Set ; skos:altLabel "no language" ; dcterms:description "no language" ;
            dcterms:issued "2023" ; schema:version 2 ; dcterms:identifier "Llama 2" ;
            dcterms:publisher "Meta" ; schema:encoding "text" ; openness:isApprovedBy "OSI" ;
            openness:incorporates "policy" ; odrl:conflict odrl:ignore ;
            openness:hasReviewStatus "discouraged" ; dcterms:isReplacedBy "GPL-3.0" ;
            odrl:permission clause:c ; odrl:prohibition clause:c ; odrl:obligation clause:c .""",
    "LicenceConflict": """
        conflict:Bad a openness:LicenceConflict ; openness:arisesFor licence:l ;
            openness:inheritsFrom licence:l ; openness:setsAside "a clause" .""",
    "Limit": "model:m openness:limits topic:safety .",
    "Lineage": "dataset:d openness:distilledFromModel dataset:e .",
    "Measurement": """
        measurement:Bad a dqv:QualityMeasurement ; schema:about "Llama 2" ; dqv:value "54" .""",
    "Membership": """
        membership:Bad a org:Membership ; schema:startDate "2023" ; schema:endDate "2023" ;
            org:role "head" .
        membership:empty a org:Membership .""",
    "Metric": "metric:Bad a dqv:Metric .",
    "Model": """
        model:Bad a fair4ml:MLModel ; skos:altLabel "no language" ;
            dcterms:description "no language" ; schema:creator "Meta" ;
            dcterms:license <https://example.org/licence> ; openness:hasParameterCount 0 ;
            dcat:hasVersion dataset:d ; openness:rivals dataset:d ; fair4ml:trainedOn "the web" ;
            fair4ml:fineTunedFrom model:m .
        model:empty a fair4ml:MLModel .""",
    "Organization": """
        organization:Bad a org:FormalOrganization ; skos:altLabel "no language" ;
            dcterms:description "no language" ; schema:foundingDate "2004" ;
            schema:founder "somebody" ; schema:url "https://example.org/" ;
            org:purpose "safety" .""",
    "Permission": """
        clause:a a odrl:Permission , odrl:Prohibition ; odrl:constraint "on Mondays" ;
            odrl:duty "tell" ; openness:isWaivableBy organization:meta .""",
    "Person": """
        person:Bad a schema:Person ; skos:altLabel "no language" ;
            dcterms:description "no language" .""",
    "Program": "agent:Bad a prov:SoftwareAgent .",
    "Prohibition": """
        clause:a a odrl:Prohibition , odrl:Duty ; odrl:action odrl:purpose ;
            odrl:constraint "on Mondays" ; odrl:duty clause:b ; openness:isWaivableBy "Meta" .""",
    "Provision": """
        clause:a a oa:SpecificResource ; odrl:action odrl:use .
        clause:b a oa:SpecificResource ; openness:isNoRuleBecause "no language" .""",
    "ReadDocument": """
        graph:page a dcat:Dataset ; dcterms:source <https://example.org/> .""",
    "ReadLicence": """
        licence:a odrl:permission clause:c .
        licence:b openness:isReadInFull "yes" .""",
    "Release": """
        release:Bad a openness:Release ; dcterms:description "no language" ;
            dcterms:license <https://example.org/licence> ; openness:givesReason "safety" ;
            schema:validFrom "2023" ; schema:validThrough "2023" .
        release:empty a openness:Release .""",
    "Result": """
        result:Bad a earl:TestResult ; dcterms:description "no language" ;
            earl:outcome "passed" .""",
    "Role": "role:Bad a org:Role .",
    "Rule": """
        rule:Bad a prov:Plan ; dcterms:description "no language" .
        rule:empty a prov:Plan .""",
    "Run": "assertion:a prov:wasGeneratedBy <https://example.org/run> .",
    "Selector": """
        selector:Bad a oa:TextPositionSelector ; oa:start 9 ; oa:end 5 .
        selector:empty a oa:TextPositionSelector .""",
    "Software": """
        software:Bad a schema:SoftwareApplication ; skos:altLabel "no language" ;
            dcterms:description "no language" ; schema:creator "Meta" ;
            dcterms:license <https://example.org/licence> .""",
    "Text": """
        text:Bad a schema:MediaObject ; schema:sha256 "DA0B734B" .""",
    "Topic": "topic:Bad a openness:Topic .",
    "Unit": "organization:u a org:OrganizationalUnit .",
    "ValueClaim": "model:m schema:unitText 5 .",
    "Work": """
        work:Bad a schema:CreativeWork ; skos:altLabel "no language" ;
            dcterms:description "no language" ; schema:creator "MLCommons" ;
            schema:about "safety" ; schema:datePublished "2018" ; schema:version 1 ;
            schema:contributor "Meta" .""",
}
"""For each node shape, things that between them break every one of its constraints."""
