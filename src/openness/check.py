"""Checks: SHACL shapes and check queries over the graph, in one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode

from openness import shipped
from openness.engine.base import Solutions
from openness.errors import BrokenFileError
from openness.export import collect, serialize_quads
from openness.graph import Graph
from openness.header import read_header
from openness.terms import PREFIXES, slug
from openness.texts import Texts

if TYPE_CHECKING:
    from rdflib import Graph as RdfGraph
    from rdflib.term import Node

SEVERITIES: Final = ("error", "warning", "info")
"""From the gravest to the lightest."""
_SHACL: Final = {
    PREFIXES["sh"] + "Violation": "error",
    PREFIXES["sh"] + "Warning": "warning",
    PREFIXES["sh"] + "Info": "info",
}


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that a check complains of; terms are IRIs or text."""

    severity: str
    check: str
    entity: str
    property: str
    value: str
    problem: str
    solution: str


def run(
    graph: Graph,
    progress: Callable[[str], None] = lambda name: None,
    texts: Path | None = None,
) -> list[Finding]:
    """Return what all checks find, in a fixed order.

    Args:
        graph: what to check.
        progress: told the name of each check before it runs.
        texts: a folder of licence texts, to hold against those that clauses were read from.

    Raises:
        NotFoundError: if there is no such folder.
    """
    found: list[Finding] = []
    for path in sorted((shipped.queries() / "checks").glob("*.rq")):
        progress(path.stem)
        found += query_findings(graph, path)
    progress("shapes")
    found += shape_findings(graph, shipped.ontology() / "shapes.ttl")
    if texts is not None:
        progress("texts")
        found += text_findings(graph, texts)
    return sorted(found, key=lambda f: (SEVERITIES.index(f.severity), f))


def query_findings(graph: Graph, path: Path) -> list[Finding]:
    """Return what one check query finds: a finding for each of its rows.

    Raises:
        BrokenFileError: if its header or its columns are not those of a check.
    """
    text = path.read_text(encoding="utf-8")
    header = read_header(path, text)
    if header.get("severity") not in SEVERITIES or not {"problem", "solution"} <= header.keys():
        raise BrokenFileError(f"{path}: a check has a problem, a solution and a severity.")
    answer = graph.engine.query(text)
    if not isinstance(answer, Solutions) or answer.variables != ["entity", "property", "value"]:
        raise BrokenFileError(f"{path}: a check selects ?entity ?property ?value.")
    rows = [["" if c is None else str(getattr(c, "value", c)) for c in row] for row in answer.rows]
    return [
        Finding(
            severity=header["severity"],
            check=path.stem,
            entity=entity,
            property=prop,
            value=value,
            problem=" ".join(str(header["problem"]).split()),
            solution=" ".join(str(header["solution"]).split()),
        )
        for entity, prop, value in rows
    ]


def text_findings(graph: Graph, folder: Path) -> list[Finding]:
    """Return the licence texts that a folder does not hold as they were when they were read.

    Raises:
        NotFoundError: if there is no such folder.
    """
    at_hand = Texts(folder).by_hash
    answer = graph.engine.query(
        "SELECT ?text ?sum { ?text schema:sha256 ?sum . ?c oa:hasSource ?text }"
    )
    assert isinstance(answer, Solutions)
    return [
        Finding(
            severity="error",
            check="text-changed",
            entity=entity,
            property=PREFIXES["schema"] + "sha256",
            value=value,
            problem="The text from which clauses were read is not in the folder, or has changed.",
            solution="Compare both with openness diff OLD NEW, and read what has changed.",
        )
        for entity, value in sorted({(row[0].value, row[1].value) for row in answer.rows})  # type: ignore[union-attr]
        if value not in at_hand
    ]


def shape_findings(graph: Graph, shapes: Path) -> list[Finding]:
    """Return what the SHACL shapes find in the merge of all named graphs."""
    import rdflib
    from pyshacl import validate
    from rdflib.namespace import RDF, SH

    data = rdflib.Graph()
    data.parse(data=serialize_quads(collect(graph), "nt"), format="nt")
    shape_graph = rdflib.Graph().parse(shapes, format="turtle")
    _, report, _ = validate(data, shacl_graph=shape_graph, inplace=True)
    assert isinstance(report, rdflib.Graph)

    def text(result: rdflib.term.Node, prop: rdflib.URIRef) -> str:
        value = report.value(result, prop)
        return "" if value is None else str(value)

    return [
        Finding(
            _SHACL[text(result, SH.resultSeverity)],
            _shape_name(shape_graph, report.value(result, SH.sourceShape)),
            text(result, SH.focusNode),
            _path(report, report.value(result, SH.resultPath)),
            text(result, SH.value),
            problem=text(result, SH.resultMessage),
            solution="Correct the statement, or its shape in ontology/shapes.ttl.",
        )
        for result in report.subjects(RDF.type, SH.ValidationResult)
    ]


def _path(report: RdfGraph, path: Node | None) -> str:
    """Return the property that a result is about: those of an alternative with bars between them.

    A property that is followed backwards begins with `^`, as in SPARQL.
    """
    from rdflib import BNode
    from rdflib.collection import Collection
    from rdflib.namespace import SH

    if not isinstance(path, BNode):
        return "" if path is None else str(path)
    backwards = report.value(path, SH.inversePath)
    if backwards is not None:
        return f"^{_path(report, backwards)}"
    choice = report.value(path, SH.alternativePath)
    steps: Iterable[Node] = () if choice is None else Collection(report, choice)
    return "|".join(_path(report, step) for step in steps)


def _shape_name(shapes: RdfGraph, shape: Node | None) -> str:
    """Return the name of a node shape, or of the one that a nameless property shape is part of."""
    from rdflib import BNode
    from rdflib.namespace import SH

    if isinstance(shape, BNode):
        shape = next(shapes.subjects(SH.property, shape), shape)
    return f"shape {slug(str(shape))}"


def labels_of(graph: Graph, findings: list[Finding]) -> dict[str, str]:
    """Return labels for the IRIs in findings."""
    texts = {text for f in findings for text in (f.entity, f.property, f.value)}
    iris = []
    for text in texts:
        try:
            iris.append(NamedNode(text).value)
        except ValueError:
            continue
    return graph.labels(iris)
