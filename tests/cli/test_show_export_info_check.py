"""`openness show`, `export`, `info` and `check`, as a person or a program uses them."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import DefaultGraph, Quad, RdfFormat
from tests.mistakes import failed
from typer.testing import CliRunner, Result

from openness import __version__
from openness import check as feature
from openness.check import Finding
from openness.cli.main import app
from openness.engine.embedded import EmbeddedEngine
from openness.export import SYNTAXES
from openness.graph import Graph
from openness.terms import GRAPH, ID, PREFIXES

pytestmark = pytest.mark.usefixtures("in_world")

Run = Callable[..., "subprocess.CompletedProcess[str]"]

LLAMA = f"{ID}model/llama-2"
TITLES = ["severity", "check", "entity", "property", "value", "problem", "solution"]
HEAD = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def planted(folder: Path, facts: str, name: str = "planted.trig") -> tuple[str, str, str]:
    """Return options that add facts, as if the paper said them."""
    path = folder / name
    path.write_text(f"{HEAD}graph:paper {{ {facts} }}\n", encoding="utf-8")
    return "--quiet", "--graph", str(path)


# show


@pytest.mark.parametrize(
    "name",
    ["LLAMA-2", "Llama 2", "lLaMa 2", "llama_2", "model:llama-2", LLAMA, f"<{LLAMA}>", " llama-2 "],
)
def test_a_thing_is_shown_by_any_of_its_names(name: str, run: Run) -> None:
    done = run("show", name, "-f", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == run("show", "llama-2", "-f", "csv").stdout
    assert f"{ID}organization/meta" in done.stdout


def test_show_for_people_groups_facts_and_names_sources(run: Run) -> None:
    table, markdown = run("show", "llama-2").stdout, run("show", "llama-2", "-f", "md").stdout
    assert table.startswith(f"Llama 2 (model:llama-2)\n{LLAMA}\n")
    assert markdown.startswith("## Llama 2 (model:llama-2)\n\n| relation | value | source |\n")
    cells = [[c.strip() for c in line.strip("|").split(" | ")] for line in markdown.splitlines()]
    relations = [row[0] for row in cells[4:] if row[0]]
    assert len(relations) == len(set(relations)) > 3
    assert all(row[2] for row in cells[4:])
    assert any(row[1] == "Meta" for row in cells[4:])


def test_show_as_a_json_document(run: Run, known: Graph) -> None:
    document = json.loads(run("show", "joelle pineau", "-f", "json").stdout)
    assert list(document) == ["iri", "id", "label", "facts"]
    assert document["iri"] == f"{ID}person/joelle-pineau"
    assert document["id"] == "person:joelle-pineau"
    assert document["label"] == "Joelle Pineau"
    things = ("property", "source")
    for fact in document["facts"]:
        assert list(fact) == ["direction", "property", "value", "source"]
        assert fact["direction"] in ("of", "to")
        assert all(list(fact[name]) == ["iri", "id", "label"] for name in things)
        assert fact["source"]["iri"] in known.named_graphs()
        assert isinstance(fact["value"], str) or list(fact["value"]) == ["iri", "id", "label"]
    stated = {
        (fact["direction"], fact["property"]["id"], json.dumps(fact["value"]))
        for fact in document["facts"]
    }
    assert ("of", "rdfs:label", '"Joelle Pineau"') in stated
    assert {direction for direction, _, _ in stated} == {"of", "to"}


def test_show_says_why_a_link_is_held(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "links.sssom.tsv"
    path.write_text(
        "# curie_map:\n#   organization: https://w3id.org/openness/id/organization/\n"
        "#   semapv: https://w3id.org/semapv/vocab/\n#   wd: http://www.wikidata.org/entity/\n"
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\tauthor_label\tconfidence"
        "\tsee_also\tcomment\n"
        "organization:meta\tschema:sameAs\twd:Q9\tsemapv:ManualMappingCuration\tAnn\t0.9"
        "\thttps://list.example/1|https://list.example/2\tThe list has both.\n",
        encoding="utf-8",
    )
    line = ("--graph", str(path), "show", "meta")
    told = run(*line).stdout
    head, _, why = told.partition("because")
    assert "http://www.wikidata.org/entity/Q9" in head
    assert "link of" not in told
    for text in ("The list has both.", "https://list.example/2", "Ann", "0.9", "person's decision"):
        assert text in why
    assert "https://list.example/1" in run(*line, "-f", "md").stdout
    (fact,) = [f for f in json.loads(run(*line, "-f", "json").stdout)["facts"] if "because" in f]
    assert fact["value"]["iri"] == "http://www.wikidata.org/entity/Q9"
    assert fact["because"] == {
        "justification": f"{PREFIXES['semapv']}ManualMappingCuration",
        "evidence": ["https://list.example/1", "https://list.example/2"],
        "comment": "The list has both.",
        "confidence": "0.9",
        "author": "Ann",
    }
    assert "because" not in run("show", "meta").stdout


@pytest.mark.parametrize("wanted", ["csv", "tsv", "xml", "jsonl"])
def test_show_as_rows_has_as_many_facts_as_the_document(wanted: str, run: Run) -> None:
    facts = json.loads(run("show", "llama-2", "-f", "json").stdout)["facts"]
    written = run("show", "llama-2", "-f", wanted).stdout
    rows = written.count("<result>") if wanted == "xml" else len(written.splitlines())
    assert rows - (wanted in ("csv", "tsv")) == len(facts) > 10


def test_an_ambiguous_label_lists_what_it_may_mean(run: Run, tmp_path: Path) -> None:
    facts = 'model:zork-1 rdfs:label "Zork"@en . model:zork-2 rdfs:label "ZORK"@en .'
    mine = planted(tmp_path, facts)
    assert failed(run(*mine, "show", "zork"), 2, "model:zork-1", "model:zork-2")
    assert run(*mine, "show", "zork-1").returncode == 0


def test_a_label_in_another_language_or_an_other_name_is_found(run: Run, tmp_path: Path) -> None:
    facts = 'organization:zork rdfs:label "Zork"@en , "Größe"@de ; skos:altLabel "ZRK Ltd."@en .'
    mine = planted(tmp_path, facts)
    for name in ("GRÖßE", "größe", "zrk ltd."):
        done = run(*mine, "show", name, "-f", "json")
        assert json.loads(done.stdout)["label"] == "Zork"


@pytest.mark.parametrize(
    ("name", "named"),
    [
        ("lama-2", "llama-2"),
        ("model:lama-2", "llama-2"),
        ("joele pineau", "joelle-pineau"),
        ("nothing-of-the-kind", "nothing-of-the-kind"),
        ("urn:nothing", "urn:nothing"),
        ("https://example.org/a b", "https://example.org/a b"),
        ("", "“”"),
        ('"} UNION {', "UNION"),
    ],
)
def test_an_unknown_thing_names_the_nearest(name: str, named: str, run: Run) -> None:
    assert failed(run("show", name), 3, named)


def test_show_takes_formats_of_tables(run: Run) -> None:
    assert failed(run("show", "llama-2", "-f", "ttl"), 2, "json")


# export


@pytest.fixture(scope="module")
def stated(known: Graph) -> set[Quad]:
    """Every statement of every named graph that ships, read from the store itself."""
    assert isinstance(known.engine, EmbeddedEngine)
    store = known.engine.store
    return {quad for quad in store if not isinstance(quad.graph_name, DefaultGraph)}


@pytest.mark.parametrize("syntax", list(SYNTAXES))
def test_every_syntax_holds_every_statement(
    syntax: str, run: Run, stated: set[Quad], tmp_path: Path
) -> None:
    """Read back, an export is what was stated; a syntax without graphs holds their merge."""
    path = tmp_path / f"all.{syntax}"
    done = run("export", "-o", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"openness: {len(stated):,} statements to {path}\n"
    found = list(pyoxigraph.parse(path=path, format=SYNTAXES[syntax]))
    assert len(found) == len(set(found))
    if SYNTAXES[syntax].supports_datasets:
        assert set(found) == stated
    else:
        assert {quad.triple for quad in found} == {quad.triple for quad in stated}


@pytest.mark.parametrize("syntax", list(SYNTAXES))
def test_an_export_is_the_same_bytes_every_time(syntax: str, run: Run) -> None:
    first = run("export", "-f", syntax, env={"PYTHONHASHSEED": "1"})
    second = run("export", "-f", syntax, "-o", "-", env={"PYTHONHASHSEED": "2"})
    assert first.stdout == second.stdout
    assert first.stdout.endswith("\n")
    assert (first.returncode, first.stderr, second.stderr) == (0, "", "")


def test_export_to_stdout_is_trig(run: Run) -> None:
    done = run("export", "llama-2")
    assert done.stdout == run("export", "llama-2", "-f", "trig").stdout
    assert "graph:paper {" in done.stdout


RDFLIB = {"ttl": "turtle", "nt": "nt", "nq": "nquads", "trig": "trig", "jsonld": "json-ld"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("syntax", [name for name in SYNTAXES if name != "jsonld"])
def test_one_thing_is_exported_with_what_is_said_of_it(
    syntax: str, run: Run, stated: set[Quad]
) -> None:
    """Another parser reads it, and finds each statement with the thing at either end."""
    done = run("export", "Llama 2", "-f", syntax)
    read = rdflib.Dataset().parse(data=done.stdout, format=RDFLIB.get(syntax, "xml"))
    about = {q for q in stated if LLAMA in (str(q.subject)[1:-1], str(q.object)[1:-1])}
    graphs = SYNTAXES[syntax].supports_datasets
    expected = len(about) if graphs else len({quad.triple for quad in about})
    assert len(list(read.quads())) == expected > 10


def test_one_thing_as_json_ld_is_a_document_for_a_web_page(run: Run, tmp_path: Path) -> None:
    """tests/test_jsonld.py holds what is in it; with --source it is quads as before."""
    done = run("export", "Llama 2", "-f", "jsonld")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert (document["@id"], document["name"]) == (LLAMA, "Llama 2")
    assert document["creator"] == {"@id": "organization:meta", "name": "Meta"}
    path = tmp_path / "llama.jsonld"
    assert run("export", "llama-2", "-o", str(path)).stdout == ""
    assert path.read_text(encoding="utf-8") == done.stdout
    quads = run("export", "llama-2", "--source", "paper", "-f", "jsonld").stdout
    assert isinstance(json.loads(quads), list)


def test_a_description_of_the_graph_is_exported(run: Run, tmp_path: Path) -> None:
    """tests/test_description.py holds what it says."""
    path = tmp_path / "world.void.ttl"
    done = run("export", "--description", "-o", str(path))
    assert (done.returncode, done.stdout) == (0, "")
    read = rdflib.Graph().parse(path)
    assert done.stderr == f"openness: {len(read):,} statements to {path}\n"
    assert run("export", "--description").stdout == path.read_text(encoding="utf-8")
    url = "https://data.example/openness.nq"
    told = run("export", "--description", "--dump-url", url, "-f", "nt").stdout
    assert f"<http://rdfs.org/ns/void#dataDump> <{url}>" in told


def test_a_mistake_in_asking_for_a_description(run: Run) -> None:
    assert failed(run("export", "llama-2", "--description"), 2, "whole graph")
    assert failed(run("export", "--description", "--source", "paper"), 2, "whole graph")
    assert failed(run("export", "--dump-url", "https://data.example/a.nq"), 2, "--description")
    assert failed(run("export", "--description", "--dump-url", "a.nq"), 2, "a.nq")


@pytest.mark.parametrize("name", ["paper", "graph:paper", f"{GRAPH}paper"])
def test_one_source_is_exported(name: str, run: Run, stated: set[Quad]) -> None:
    done = run("export", "--source", name, "-f", "nq")
    found = set(pyoxigraph.parse(done.stdout, format=RdfFormat.N_QUADS))
    assert found == {q for q in stated if str(q.graph_name) == f"<{GRAPH}paper>"}
    assert len(found) > 50


def test_what_one_source_says_of_one_thing(run: Run, stated: set[Quad]) -> None:
    done = run("export", "meta", "--source", "paper", "-f", "nt")
    meta = f"<{ID}organization/meta>"
    expected = {
        quad.triple
        for quad in stated
        if meta in (str(quad.subject), str(quad.object)) and "graph/paper" in str(quad.graph_name)
    }
    found = {quad.triple for quad in pyoxigraph.parse(done.stdout, format=RdfFormat.N_TRIPLES)}
    assert found == expected
    assert expected


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("--source", "papr"), 3, "paper"),
        (("--source", "model:llama-2"), 3, "model:llama-2"),
        (("lama-2",), 3, "llama-2"),
        (("-f", "turtle"), 2, "ttl"),
        (("-f", "csv"), 2, "ttl"),
        (("-o", "all.docx"), 2, ".ttl"),
        (("-o", "all"), 2, "-f"),
        (("-o", "none/all.ttl"), 4, "none"),
        (("-f", "ttl", "-o", "."), 4, "cannot be written"),
    ],
)
def test_a_mistake_in_an_export(
    arguments: tuple[str, ...],
    code: int,
    named: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert failed(run("export", *arguments), code, named)
    assert list(tmp_path.iterdir()) == []


def test_the_format_wins_over_the_ending(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "meta.txt"
    run("export", "meta", "-f", "nt", "-o", str(path))
    assert f"<{ID}organization/meta>" in path.read_text(encoding="utf-8")
    assert len(list(pyoxigraph.parse(path=path, format=RdfFormat.N_TRIPLES))) > 10


def test_a_failed_export_leaves_what_was_there(cache: Path, tmp_path: Path) -> None:
    """A disk that fills up in the middle neither cuts the old file short nor leaves a new one."""
    path = tmp_path / "all.ttl"
    path.write_text("# as it was\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "openness", "export", "-o", str(path)],
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"OPENNESS_CACHE": str(cache), "OPENNESS_DATA": str(tmp_path / "data")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000)),
        check=False,
        timeout=60,
    )
    assert failed(done, 4, str(path))
    assert path.read_text(encoding="utf-8") == "# as it was\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_export_replaces_a_file_whole_and_follows_a_link(run: Run, tmp_path: Path) -> None:
    target, link = tmp_path / "target.nt", tmp_path / "link.nt"
    target.write_text("old\n" * 100_000, encoding="utf-8")
    link.symlink_to(target)
    assert run("export", "meta", "-o", str(link)).returncode == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == run("export", "meta", "-f", "nt").stdout
    assert sorted(tmp_path.iterdir()) == [link, target]


def test_an_export_into_a_named_pipe_goes_through_it(run: Run, tmp_path: Path) -> None:
    """A device or pipe is written to; a regular file in its place would do harm."""
    pipe = tmp_path / "pipe.nt"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    done = run("export", "meta", "-o", str(pipe))
    reader.join(timeout=30)
    assert done.returncode == 0
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert read == [run("export", "meta", "-f", "nt").stdout]


def test_rdfxml_is_refused_for_a_property_that_it_cannot_name(run: Run, tmp_path: Path) -> None:
    mine = planted(tmp_path, "model:zork rdfs:label 'Zork'@en ; <http://example.org/1> 2 .")
    assert failed(run(*mine, "export", "zork", "-f", "rdfxml"), 2, "http://example.org/1")
    done = run(*mine, "export", "zork", "-f", "ttl")
    assert len(list(pyoxigraph.parse(done.stdout, format=RdfFormat.TURTLE))) == 2


# info


def test_info_as_a_json_document(run: Run, known: Graph, stated: set[Quad]) -> None:
    document = json.loads(run("info", "-f", "json").stdout)
    assert list(document) == ["version", "engine", "statements", "things", "sources"]
    assert document["version"] == __version__
    assert document["engine"] == f"Oxigraph {pyoxigraph.__version__}"
    assert document["statements"] == len({quad.triple for quad in stated})
    assert document["things"] > 50
    sources = document["sources"]
    assert {source["source"] for source in sources} == known.named_graphs()
    assert sum(source["statements"] for source in sources) == len(stated)
    assert [s["statements"] for s in sources] == sorted(s["statements"] for s in sources)[::-1]
    (paper,) = (source for source in sources if source["source"] == f"{GRAPH}paper")
    assert paper == {
        "source": f"{GRAPH}paper",
        "statements": len([q for q in stated if str(q.graph_name) == f"<{GRAPH}paper>"]),
        "publisher": "Paper",
        "version": None,
        "read": "2031-06-01",
        "licence": None,
        "label": "The daily paper",
    }


def test_info_as_rows_and_for_people(run: Run, known: Graph) -> None:
    rows = list(csv.DictReader(io.StringIO(run("info", "-f", "csv").stdout)))
    assert {row["source"] for row in rows} == known.named_graphs()
    assert list(rows[0]) == ["source", "statements", "publisher", "version", "read", "licence"]
    table, markdown = run("info").stdout, run("info", "-f", "md").stdout
    for text in (table, markdown):
        assert text.startswith(f"version: {__version__}\nengine: Oxigraph ")
        assert "\nstatements: " in text
    assert markdown.count("\n| ") == len(rows) + 2


# check

WRONG = 'model:zork a fair4ml:MLModel ; rdfs:label "Zork"@en , "Zorg"@en .'


def test_what_ships_passes_every_check(run: Run) -> None:
    """The whole graph, not only the world, has neither an error nor a warning."""
    done = run("--quiet", "--timeout", "0", "check", "-f", "jsonl", env={"PYTHONPATH": ""})
    grave = [line for line in done.stdout.splitlines() if '"severity": "info"' not in line]
    assert (grave, done.stderr, done.returncode) == ([], "", 0)


def test_what_is_wrong_is_found_and_named(run: Run, tmp_path: Path) -> None:
    """Queries and shapes report alike; the gravest come first; the same is said every time."""
    check = (*planted(tmp_path, WRONG), "check", "-f")
    done = run(*check, "json")
    found = json.loads(done.stdout)
    zork = [f for f in found if f["entity"] == f"{ID}model/zork" and f["severity"] == "error"]
    assert (done.returncode, done.stderr) == (1, "")
    assert [list(finding) for finding in found] == [TITLES] * len(found)
    assert {finding["check"] for finding in zork} == {"several-labels", "shape label"}
    assert {"Zork", "Zorg"} <= {finding["value"] for finding in zork}
    assert all(finding["problem"] and finding["solution"] for finding in found)
    order = [finding["severity"] for finding in found]
    assert order == sorted(order, key=["error", "warning", "info"].index)
    lines = run(*check, "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == found


FINDINGS = [
    Finding("error", "shape Model", LLAMA, "urn:p|urn:q", 'a "b"\t, c', "It | is.", "Mend it."),
    Finding("info", "no-date", "urn:x", "", "", "It may be wrong.", "Look at it."),
]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command in this process, with findings that are given."""

    def invoke(findings: list[Finding], *arguments: str) -> Result:
        monkeypatch.setattr(feature, "run", lambda graph, progress, texts: findings)
        monkeypatch.setattr(feature, "labels_of", lambda graph, found: {LLAMA: "Llama 2"})
        endpoint = ("--endpoint", "http://127.0.0.1:9/")  # which nobody asks
        return CliRunner().invoke(app, [*endpoint, "check", *arguments])

    return invoke


@pytest.mark.parametrize(
    ("severities", "arguments", "code"),
    [
        ("", (), 0),
        ("", ("--fail-on", "info"), 0),
        ("error", (), 1),
        ("warning info", (), 0),
        ("error", ("--fail-on", "error"), 1),
        ("warning", ("--fail-on", "error"), 0),
        ("warning", ("--fail-on", "warning"), 1),
        ("error info", ("--fail-on", "Warning"), 1),
        ("info", ("--fail-on", "warning"), 0),
        ("info", ("--fail-on", "INFO"), 1),
        ("error warning info", ("--fail-on", "never"), 0),
    ],
)
def test_how_grave_a_finding_must_be_to_fail(
    severities: str, arguments: tuple[str, ...], code: int, check: Callable[..., Result]
) -> None:
    found = [Finding(name, "c", "urn:e", "", "", "p", "s") for name in severities.split()]
    done = check(found, "-f", "csv", *arguments)
    assert done.exit_code == code
    counts = (f"{severities.split().count(name)} {name}" for name in feature.SEVERITIES)
    assert done.stderr == f"openness: {', '.join(counts)}\n"


def test_a_report_in_every_format_has_the_same_findings(check: Callable[..., Result]) -> None:
    names = ("json", "jsonl", "csv", "tsv", "md", "table")
    written = {name: check(FINDINGS, "-f", name).stdout for name in names}
    expected = [dataclasses.asdict(finding) for finding in FINDINGS]
    assert list(expected[0]) == TITLES
    assert json.loads(written["json"]) == expected
    assert [json.loads(line) for line in written["jsonl"].splitlines()] == expected
    for name, delimiter in (("csv", ","), ("tsv", "\t")):
        text = io.StringIO(written[name], newline="")
        assert list(csv.DictReader(text, delimiter=delimiter)) == expected
    assert written["md"].splitlines()[2:] == [
        '| error | shape Model | Llama 2 | urn:p\\|urn:q | a "b"\t, c | It \\| is. | Mend it. |',
        "| info | no-date | urn:x |  |  | It may be wrong. | Look at it. |",
    ]
    assert "Llama 2" in written["table"]
    assert check([], "-f", "table").stdout == ""
    assert check([], "-f", "json").stdout == "[]\n"


def test_a_shape_with_alternatives_names_them(known: Graph, tmp_path: Path) -> None:
    shapes = tmp_path / "shapes.ttl"
    shapes.write_text(
        f"""{HEAD}
        <urn:shape> a sh:NodeShape ; sh:targetNode model:falcon ; sh:property
            [ sh:path [ sh:alternativePath ( <urn:p> <urn:q> ) ] ; sh:minCount 1 ] ,
            [ sh:path <urn:r> ; sh:minCount 1 ; sh:severity sh:Info ] .
        """,
        encoding="utf-8",
    )
    found = {(f.severity, f.property, f.entity) for f in feature.shape_findings(known, shapes)}
    falcon = f"{ID}model/falcon"
    assert found == {("error", "urn:p|urn:q", falcon), ("info", "urn:r", falcon)}


def test_a_mistake_in_a_check(run: Run) -> None:
    assert failed(run("check", "--fail-on", "eror"), 2, "--fail-on", "error")
    assert failed(run("check", "-f", "xml"), 2, "csv")
