"""The Python API, as somebody in a notebook meets it."""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Triple

import openness
from openness import graph as graph_module
from openness import shipped
from openness.engine.compile import Input, Inputs
from openness.engine.remote import RemoteEngine
from openness.errors import (
    BindingError,
    BrokenFileError,
    EngineError,
    NotFoundError,
    OpennessError,
    QuerySyntaxError,
    QueryTimeoutError,
    QueryTooComplexError,
    UsageError,
)
from openness.graph import Graph
from openness.table import Table, Thing
from openness.terms import GRAPH, ID, PREFIXES

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the frozen world and nothing else."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copy(Path(__file__).parent / "fixtures" / "world.trig", folder)
    return folder


@pytest.fixture
def _own_folders(data: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the world, the cache of the session, and nothing of the developer's own."""
    monkeypatch.setattr(shipped, "data", lambda: data)
    monkeypatch.setenv("OPENNESS_CACHE", str(cache))
    monkeypatch.setenv("OPENNESS_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("OPENNESS_ENDPOINT", raising=False)


# Opening


@pytest.mark.usefixtures("_own_folders")
def test_the_graph_opens_without_any_argument() -> None:
    graph = openness.open()
    rows = graph.ask("why-limited", model="llama-2")
    assert {row.criterion.id for row in rows} == {"criterion:osd-5", "criterion:osd-6"}
    assert [row.place for row in rows] == ["§10 → Use policy, item 1", "§2", "§3"]


@pytest.mark.usefixtures("_own_folders")
def test_a_workspace_files_and_queries_of_ones_own_are_opened_too(tmp_path: Path) -> None:
    head = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "a.ttl").write_text(f'{head}<{ID}model/zyx> rdfs:label "Zyx" .\n')
    (tmp_path / "b.ttl").write_text(f'{head}<{ID}model/zyy> rdfs:label "Zyy" .\n')
    (tmp_path / "mine.rq").write_text("#+ title: Mine?\nSELECT (1 AS ?one) {}\n")
    plain = openness.open()
    graph = openness.open(
        data=str(tmp_path / "work"), graphs=[str(tmp_path / "b.ttl")], queries=[str(tmp_path)]
    )
    assert (graph.find("zyx").label, graph.find("zyy").label) == ("Zyx", "Zyy")
    assert [row.one for row in graph.ask("mine")] == [1]
    assert graph.named_graphs() - plain.named_graphs() == {
        (tmp_path / "work" / "a.ttl").as_uri(),
        (tmp_path / "b.ttl").as_uri(),
    }
    with pytest.raises(NotFoundError):
        plain.find("zyx")


@pytest.mark.usefixtures("_own_folders")
def test_what_cannot_be_opened_says_why(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.ttl").write_text("<urn:a> .")
    with pytest.raises(NotFoundError, match=r"none\.ttl"):
        openness.open(graphs=[tmp_path / "none.ttl"])
    with pytest.raises(BrokenFileError, match=r"broken\.ttl: line 1"):
        openness.open(graphs=[tmp_path / "broken.ttl"])
    with pytest.raises(EngineError, match="nowhere"):
        openness.open("nowhere")
    monkeypatch.setenv("OPENNESS_ENDPOINT", "http://127.0.0.1:9/sparql")
    assert openness.open().engine.name == "http://127.0.0.1:9/sparql"
    with pytest.raises(UsageError, match="Files cannot be added"):
        openness.open(graphs=[tmp_path / "broken.ttl"])
    assert capfd.readouterr() == ("", "")


def test_folders_come_from_the_argument_the_environment_or_the_system(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("OPENNESS_DATA", str(tmp_path / "env"))
    monkeypatch.setenv("OPENNESS_CACHE", str(tmp_path / "cache"))
    assert graph_module.workspace(tmp_path / "own") == tmp_path / "own"
    assert graph_module.workspace() == tmp_path / "env"
    assert graph_module.cache() == tmp_path / "cache"
    monkeypatch.delenv("OPENNESS_DATA")
    monkeypatch.delenv("OPENNESS_CACHE")
    assert graph_module.workspace().name == "openness"
    assert graph_module.cache().name == "openness"
    assert graph_module.workspace() != graph_module.cache()


# Asking


def test_ask_gives_rows_of_things_and_values(world: Graph) -> None:
    table = world.ask("models-by-organization", organization="openai")
    assert isinstance(table, Table)
    last = table[-1]
    assert last.model == Thing(f"{ID}model/gpt-4", "GPT-4")
    assert last.model.id == "model:gpt-4"
    assert last.date == datetime.date(2030, 3, 14)
    assert last.licence is None
    assert last.source.label == "The daily paper"
    assert [row["date"] for row in table.to_dicts()] == [
        "2025-02",
        datetime.date(2025, 11, 5),
        datetime.date(2030, 3, 14),
    ]
    assert "GPT-4" in table._repr_html_()


def test_ask_takes_ids_labels_numbers_and_things(world: Graph) -> None:
    expected = world.ask("why-limited", model="llama-2").to_dicts()
    assert len(expected) == 3
    assert world.ask("why-limited", model="LLAMA 2").to_dicts() == expected
    assert world.ask("why-limited", model=world.find("llama-2")).to_dicts() == expected
    assert world.ask("why-limited").to_dicts() == expected
    assert len(world.ask("largest-models", limit=2)) == 2


def test_a_thing_is_taken_by_its_iri_even_if_its_label_means_another(world: Graph) -> None:
    impostor = Thing(f"{ID}model/falcon-40b", "Llama 2")
    table = world.ask("versions", model=impostor)
    assert table.to_dicts() == world.ask("versions", model="falcon-40b").to_dicts()


@pytest.mark.parametrize(
    ("name", "values", "error", "message"),
    [
        ("why-limitd", {}, NotFoundError, "why-limited"),
        ("why-limited", {"modle": "llama-2"}, UsageError, "no parameter modle.*mean model"),
        ("why-limited", {"model": "lama-2"}, NotFoundError, "llama-2"),
        ("why-limited", {"model": "§2"}, NotFoundError, "no model"),
        ("largest-models", {"limit": "ten"}, UsageError, "whole number"),
        ("largest-models", {"limit": -1}, BindingError, "whole number"),
    ],
)
def test_a_wrong_question_says_what_is_right(
    name: str, values: dict[str, str], error: type[OpennessError], message: str, world: Graph
) -> None:
    with pytest.raises(error, match=message):
        world.ask(name, **values)


def test_a_parameter_may_have_any_name_and_must_be_given_if_required(
    world: Graph, tmp_path: Path
) -> None:
    (tmp_path / "named.rq").write_text(
        "#+ title: T\n#+ params: {name: {type: string}, self: {type: integer, optional: true}}\n"
        "SELECT ?_name ?_self {}\n"
    )
    (tmp_path / "yes-or-no.rq").write_text("#+ title: T\nASK {}\n")
    graph = Graph(world.engine, [tmp_path])
    assert graph.ask("named", name="x", self=1).to_dicts() == [{"_name": "x", "_self": 1}]
    assert graph.ask("named", name="x").to_dicts() == [{"_name": "x", "_self": None}]
    with pytest.raises(UsageError, match="needs a value for name"):
        graph.ask("named")
    with pytest.raises(UsageError, match="no SELECT"):
        graph.ask("yes-or-no")


# Querying


def test_query_answers_every_form(world: Graph) -> None:
    table = world.query("SELECT ?m { ?m schema:creator organization:tii } ORDER BY ?m")
    assert isinstance(table, Table)
    assert [row.m.label for row in table] == ["Falcon", "Falcon 180B", "Falcon 40B"]
    assert world.query("ASK { model:falcon schema:creator organization:tii }") is True
    assert world.query("ASK { model:falcon schema:creator organization:meta }") is False
    made = world.query("CONSTRUCT { ?m <urn:by> ?o } WHERE { ?m schema:creator ?o }")
    assert isinstance(made, list)
    by = Triple(
        NamedNode(f"{ID}model/falcon"), NamedNode("urn:by"), NamedNode(f"{ID}organization/tii")
    )
    assert by in made
    described = world.query("DESCRIBE model:pythia")
    assert isinstance(described, list)
    assert {triple.subject for triple in described} == {NamedNode(f"{ID}model/pythia")}


def test_query_takes_terms_as_values(world: Graph) -> None:
    table = world.query(
        "SELECT ?m { ?m schema:creator ?_by ; rdfs:label ?_label }",
        {"_by": NamedNode(f"{ID}organization/tii"), "_label": Literal("Falcon 40B", language="en")},
    )
    assert isinstance(table, Table)
    assert [row.m.id for row in table] == ["model:falcon-40b"]


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("SELECT * {", QuerySyntaxError, "line 1, column"),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", QuerySyntaxError, "line 1"),
        ("ASK {" * 1000, QueryTooComplexError, "line 1"),
    ],
)
def test_a_query_that_cannot_be_run(
    text: str, error: type[OpennessError], message: str, world: Graph
) -> None:
    with pytest.raises(error, match=message):
        world.query(text)


@pytest.mark.usefixtures("_own_folders")
def test_a_query_that_runs_away_is_stopped() -> None:
    graph = openness.open(timeout=0.2)
    with pytest.raises(QueryTimeoutError, match=r"0\.2 s"):
        graph.query(RUNAWAY)
    assert graph.query("ASK {}") is True


# Finding


def test_find_gives_a_thing_with_its_label(world: Graph) -> None:
    assert world.find("joelle pineau") == Thing(f"{ID}person/joelle-pineau", "Joelle Pineau")
    assert world.find("llama-2", "licence").label == "Llama 2 terms"
    assert world.find("https://paper.example/1").label == "https://paper.example/1"
    with pytest.raises(NotFoundError, match="joelle-pineau"):
        world.find("joele-pineau")
    with pytest.raises(UsageError, match="may mean"):
        world.find("§2")


def test_labels_and_named_graphs(world: Graph) -> None:
    assert world.labels([f"{ID}model/falcon", "urn:nothing"]) == {f"{ID}model/falcon": "Falcon"}
    assert {f"{GRAPH}paper", f"{GRAPH}derived", f"{GRAPH}editors"} <= world.named_graphs()


# rdflib


def count(answer: object) -> int:
    """Return the one number that a query for a count gives, by either library."""
    if isinstance(answer, Table):
        return int(answer[0][0])
    assert isinstance(answer, rdflib.query.Result)
    (row,) = answer
    assert isinstance(row, rdflib.query.ResultRow)
    return int(row[0])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
        "SELECT (COUNT(*) AS ?n) { GRAPH graph:paper { ?s ?p ?o } }",
        "SELECT (COUNT(DISTINCT ?m) AS ?n) { ?m a fair4ml:MLModel }",
        "SELECT (COUNT(*) AS ?n) { ?m schema:creator organization:tii }",
        "SELECT (COUNT(*) AS ?n) { ?m dcat:hasVersion+ ?v FILTER NOT EXISTS { ?v a ?x ; a ?x } }",
        "SELECT (COUNT(*) AS ?n) { ?a earl:result/earl:outcome earl:failed }",
    ],
)
def test_the_rdflib_dataset_gives_the_same_counts(text: str, world: Graph) -> None:
    assert count(world.dataset().query(text)) == count(world.query(text))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_rdflib_dataset_is_the_same_graph(world: Graph) -> None:
    dataset = world.dataset()
    model = rdflib.Namespace(PREFIXES["model"])
    creator = rdflib.URIRef(PREFIXES["schema"] + "creator")
    assert dataset.value(model.falcon, creator) == rdflib.URIRef(f"{ID}organization/tii")
    names = {str(graph.identifier) for graph in dataset.graphs()}
    assert world.named_graphs() <= names
    paper = dataset.graph(rdflib.URIRef(f"{GRAPH}paper"))
    stated = world.query("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH graph:paper { ?s ?p ?o } }")
    assert isinstance(stated, list)
    assert len(paper) == len(stated) > 50
    bound = {prefix: str(namespace) for prefix, namespace in dataset.namespaces()}
    assert PREFIXES.items() <= bound.items()
    assert "model:falcon" in dataset.default_graph.serialize(format="turtle")


def test_there_is_no_rdflib_dataset_of_a_remote_engine() -> None:
    with pytest.raises(EngineError, match="embedded"):
        Graph(RemoteEngine("http://127.0.0.1:9/sparql")).dataset()


def test_inputs_are_told_apart_by_content_name_and_graph(tmp_path: Path) -> None:
    """What a store is compiled from decides where it is kept."""
    path, other = tmp_path / "a.ttl", tmp_path / "b.ttl"
    path.write_text("<urn:a> <urn:b> 1 .")
    other.write_text("<urn:a> <urn:b> 1 .")
    digests = {Inputs((Input(path, "urn:g"),), ()).digest()}
    digests.add(Inputs((Input(path, "urn:h"),), ()).digest())
    digests.add(Inputs((Input(other, "urn:g"),), ()).digest())
    digests.add(Inputs((Input(path, "urn:g"), Input(other, "urn:g")), ()).digest())
    path.write_text("<urn:a> <urn:b> 2 .")
    digests.add(Inputs((Input(path, "urn:g"),), ()).digest())
    assert len(digests) == 5
    path.write_text("<urn:a> <urn:b> 1 .")
    assert Inputs((Input(path, "urn:g"),), ()).digest() in digests
