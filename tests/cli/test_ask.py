"""`openness ask`: the list, the options that headers make, every format, every mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode
from rdflib.query import Result
from tests.mistakes import failed

from openness import queries
from openness.engine.base import Cell, Solutions
from openness.graph import Graph

pytestmark = pytest.mark.usefixtures("in_world")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Complete = Callable[..., list[str]]

TABLES = ["why-limited", "models-by-organization", "largest-models", "scores", "claims-about"]
"""Saved queries whose answers have between them IRIs, texts, numbers, dates and unbound cells."""


# The list


def test_the_list_has_all_queries_by_topic(run: Run) -> None:
    done = run("ask", "-f", "jsonl")
    listed = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert done.stderr == ""
    assert {entry["name"] for entry in listed} == set(queries.find_files())
    assert len([entry for entry in listed if entry["topic"] != "checks"]) >= 25
    assert [entry["topic"] for entry in listed] == sorted(entry["topic"] for entry in listed)
    assert all(entry["title"].endswith("?") for entry in listed)


def test_the_list_for_people_names_each_topic_once(run: Run) -> None:
    table, markdown = run("ask").stdout, run("ask", "-f", "md").stdout
    assert "Why is a model's openness called limited?" in table
    rows = [line.strip("| ").split(" | ") for line in markdown.splitlines()[2:]]
    assert len(rows) == len(queries.find_files())
    topics = [line.split("|")[1].strip() for line in markdown.splitlines()[2:]]
    named = [topic for topic in topics if topic]
    assert len(named) == len(set(named)) > 5
    assert all(f" {name} " in table for name in queries.find_files())


def test_the_list_of_one_topic_has_only_its_queries(run: Run) -> None:
    done = run("ask", "--topic", "models", "-f", "jsonl")
    listed = [json.loads(line) for line in done.stdout.splitlines()]
    assert {entry["topic"] for entry in listed} == {"models"}
    assert {"largest-models", "rivals"} <= {entry["name"] for entry in listed}


# Help


def test_help_of_a_query_shows_what_its_header_says(run: Run) -> None:
    done = run("ask", "why-limited", "--help")
    help_text = " ".join(done.stdout.split())
    saved = queries.find("why-limited")
    assert done.returncode == 0
    assert saved.title in help_text
    assert "--model MODEL the model or family [default: llama-2]" in help_text
    assert "--criteria CRITERIA the set of criteria [default: osd]" in help_text
    assert "openness ask why-limited --model llama-2 --criteria osd" in help_text
    for column, meaning in saved.columns.items():
        assert f"{column}: {meaning}" in help_text


def test_help_of_a_query_shows_its_choices(run: Run) -> None:
    done = run("ask", "licences-meeting-criterion", "--help")
    assert "--outcome CHOICE the verdict (passed, failed, cantTell)" in " ".join(
        done.stdout.split()
    )


# Formats


def test_a_pipe_gets_csv(run: Run) -> None:
    piped = run("ask", "why-limited")
    assert piped.stdout == run("ask", "why-limited", "-f", "csv").stdout
    assert piped.stdout.splitlines()[0] == ",".join(queries.find("why-limited").columns)


def text_of(cell: Cell) -> str:
    """Return what the CSV format has for a term."""
    if cell is None:
        return ""
    assert isinstance(cell, NamedNode | Literal)
    return cell.value


def raw(graph: Graph, name: str) -> Solutions:
    """Return the answer of a saved query as terms, without any format."""
    found = graph.answer(queries.find(name), {})
    assert isinstance(found, Solutions)
    return found


def key(term: object) -> tuple[str, ...]:
    """Return what makes a term of pyoxigraph or of rdflib the term that it is."""
    if isinstance(term, Literal):
        return term.value, term.language or term.datatype.value
    if isinstance(term, rdflib.Literal):
        return str(term), term.language or str(term.datatype or rdflib.XSD.string)
    if isinstance(term, NamedNode):
        return (term.value,)
    return (str(term),) if isinstance(term, rdflib.URIRef) else ()


@pytest.mark.parametrize("wanted", ["json", "xml", "tsv"])
@pytest.mark.parametrize("name", TABLES)
def test_w3c_formats_hold_the_same_rows(name: str, wanted: str, run: Run, known: Graph) -> None:
    """A standard parser reads from every W3C format the terms that the Python API gives."""
    found = raw(known, name)
    done = run("ask", name, "-f", wanted)
    parsed = Result.parse(io.BytesIO(done.stdout.encode()), format=wanted)
    columns = parsed.vars or []
    assert (done.returncode, done.stderr) == (0, "")
    assert [str(column) for column in columns] == found.variables
    assert len(found.rows) > 1
    written = [[key(row.get(column)) for column in columns] for row in parsed.bindings]
    assert written == [[key(cell) for cell in row] for row in found.rows]


@pytest.mark.parametrize("name", TABLES)
def test_csv_markdown_and_lines_of_json_hold_the_same_rows(
    name: str, run: Run, known: Graph
) -> None:
    found = raw(known, name)
    written = run("ask", name, "-f", "csv").stdout
    rows = list(csv.reader(io.StringIO(written, newline="")))
    assert rows == [found.variables, *([text_of(cell) for cell in row] for row in found.rows)]

    lines = [json.loads(line) for line in run("ask", name, "-f", "jsonl").stdout.splitlines()]
    assert [list(line) for line in lines] == [found.variables] * len(found.rows)
    as_text = [["" if v is None else str(v) for v in line.values()] for line in lines]
    assert as_text == rows[1:]

    markdown = run("ask", name, "-f", "md").stdout.splitlines()
    assert markdown[0] == f"| {' | '.join(found.variables)} |"
    assert len(markdown) == len(found.rows) + 2


def test_the_table_shows_labels_and_the_w3c_formats_full_terms(run: Run) -> None:
    table, terms = run("ask", "why-limited", "-f", "table"), run("ask", "why-limited", "-f", "csv")
    assert "Everybody" in table.stdout
    assert "https://w3id.org/" not in table.stdout
    assert "https://w3id.org/openness/id/criterion/osd-5" in terms.stdout
    assert "Everybody" not in terms.stdout


@pytest.mark.parametrize("wanted", ["table", "csv", "tsv", "json", "xml", "md", "jsonl"])
def test_no_rows_is_no_failure_but_a_note(wanted: str, run: Run) -> None:
    done = run("ask", "rivals", "--model", "llama-2-7b", "-f", wanted)
    assert (done.returncode, done.stderr) == (0, "openness: no rows\n")


@pytest.mark.parametrize("wanted", ["csv", "tsv", "json", "xml"])
def test_one_row_is_not_noted_as_none(wanted: str, run: Run) -> None:
    done = run("ask", "largest-models", "--limit", "1", "-f", wanted)
    assert (done.returncode, done.stderr) == (0, "")


# Parameters


def test_a_parameter_changes_the_answer(run: Run) -> None:
    meta = run("ask", "models-by-organization", "--organization", "meta").stdout
    openai = run("ask", "models-by-organization", "--organization", "openai").stdout
    assert "id/model/llama-2" in meta
    assert "id/model/llama-2" not in openai
    assert "id/model/gpt-4" in openai


@pytest.mark.parametrize(
    "value",
    [
        "meta",
        "META",
        "organization:meta",
        "https://w3id.org/openness/id/organization/meta",
        "<https://w3id.org/openness/id/organization/meta>",
        " meta ",
    ],
)
def test_a_thing_is_an_id_a_label_a_short_form_or_an_iri(value: str, run: Run) -> None:
    expected = run("ask", "models-by-organization", "--organization", "meta").stdout
    done = run("ask", "models-by-organization", "--organization", value)
    assert done.stdout == expected
    assert "id/model/llama-2" in expected


def test_a_limit_is_a_number(run: Run) -> None:
    done = run("ask", "largest-models", "--limit", "3", "-f", "jsonl")
    assert len(done.stdout.splitlines()) == 3


def test_a_choice_is_taken_in_any_case(run: Run) -> None:
    exact = run("ask", "licences-meeting-criterion", "--outcome", "failed")
    loose = run("ask", "licences-meeting-criterion", "--outcome", "FAILED")
    every = run("ask", "licences-meeting-criterion")
    assert exact.stdout == loose.stdout != every.stdout
    assert "id/licence/llama-2," in exact.stdout


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("why-limitd",), 3, "why-limited"),
        (("nothing-of-the-kind-at-all",), 3, "nothing-of-the-kind-at-all"),
        (("why-limited", "--modle", "llama-2"), 2, "--model"),
        (("why-limited", "--model", "lama-2"), 3, "llama-2"),
        (("why-limited", "--model", "model:lama-2"), 3, "llama-2"),
        (("why-limited", "--model", "meta"), 3, "model"),
        (("why-limited", "--model", ""), 3, "model"),
        (("why-limited", "--model"), 2, "--model"),
        (("why-limited", "--criteria", "osdd"), 3, "osd"),
        (("members-of-group", "--group", "partnership-on-ia"), 3, "partnership-on-ai"),
        (("members-of-group", "--group", "meta"), 3, "group"),
        (("licences-meeting-criterion", "--outcome", "pased"), 2, "Did you mean passed"),
        (("licences-meeting-criterion", "--outcome", "maybe"), 2, "passed, failed, cantTell"),
        (("largest-models", "--limit", "ten"), 2, "whole number"),
        (("largest-models", "--limit", "1.5"), 2, "whole number"),
        (("largest-models", "--limit", "-1"), 2, "whole number"),
        (("largest-models", "--limit", "9" * 40), 2, "whole number"),
        (("--topic", "model"), 3, "models"),
        (("--topc", "models"), 2, "--topic"),
        (("-f", "tabel"), 2, "Did you mean table"),
        (("why-limited", "-f", "jsn"), 2, "Did you mean json"),
        (("why-limited", "-f", "ttl"), 2, "csv"),
        (("why-limited", "more"), 2, "more"),
        (("why-limited", "--model", "two\nlines"), 3, "two lines"),
        (("why\nlimited",), 3, "why limited"),
        (("why-limited", "--model", "\udcff"), 2, "UTF-8"),
    ],
)
def test_a_mistake_is_one_line_that_names_what_is_right(
    arguments: tuple[str, ...], code: int, named: str, run: Run
) -> None:
    assert failed(run("ask", *arguments), code, named)


def test_an_unknown_command_names_the_nearest(run: Run) -> None:
    assert failed(run("aks"), 2, "'ask'")


# Completion


@pytest.fixture
def complete(cache: Path, tmp_path: Path) -> Complete:
    """Return the words that the shell is offered for the last word of a line."""
    beside = Path(sys.executable).parent
    program = shutil.which("openness", path=str(beside)) or shutil.which("openness")
    assert program is not None
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENNESS_")}

    def words(*line: str, fails: bool = False) -> list[str]:
        asked = {
            "_OPENNESS_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(["openness", *line]),
            "COMP_CWORD": str(len(line)),
            "OPENNESS_CACHE": str(cache),
            "OPENNESS_DATA": str(tmp_path / "data"),
        }
        done = subprocess.run(
            [program],
            capture_output=True,
            encoding="utf-8",
            env=kept | asked,
            check=False,
            timeout=60,
        )
        assert done.stderr == ""
        assert fails or done.returncode == 0
        return done.stdout.split()

    return words


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (("as",), {"ask"}),
        (("--qu",), {"--queries", "--quiet"}),
        (("ask", "why"), {"why-limited"}),
        (("ask", "--to"), {"--topic"}),
        (("ask", "--topic", "mod"), {"models"}),
        (("ask", "-f", "j"), {"jsonl"}),
        (("ask", "why-limited", "--"), {"--model", "--criteria", "--format", "--help"}),
        (("ask", "why-limited", "--criteria", "osaid-1"), {"osaid-1.0"}),
        (("ask", "why-limited", "-f", "j"), {"json", "jsonl"}),
        (("ask", "licences-meeting-criterion", "--outcome", "f"), {"failed"}),
        (("sparql", "-f", "t"), {"table", "tsv", "ttl", "trig"}),
        (("export", "-f", "n"), {"nt", "nq"}),
        (("export", "--source", "gaz"), {"gazette"}),
        (("check", "--fail-on", "w"), {"warning"}),
        (("check", "-f", "t"), {"table", "tsv"}),
        (("info", "-f", "x"), {"xml"}),
    ],
)
def test_the_shell_completes(line: tuple[str, ...], offered: set[str], complete: Complete) -> None:
    assert set(complete(*line)) == offered


def test_the_shell_completes_ids_from_the_graph(complete: Complete) -> None:
    models = complete("ask", "why-limited", "--model", "llama-2")
    assert {"llama-2", "llama-2-7b", "llama-2-7b-chat"} <= set(models)
    assert all(word.startswith("llama-2") for word in models)
    groups = complete("ask", "members-of-group", "--group", "")
    assert "partnership-on-ai" in groups
    assert "meta" not in groups
    assert {"llama-2", "llama-2-7b"} <= set(complete("show", "llama-2"))


def test_the_shell_completes_from_the_files_of_the_same_line(
    complete: Complete, tmp_path: Path
) -> None:
    more = tmp_path / "more.ttl"
    more.write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        '<https://w3id.org/openness/id/model/zyx> rdfs:label "Zyx" .\n',
        encoding="utf-8",
    )
    (tmp_path / "zyx-known.rq").write_text("#+ title: Known?\nASK {}\n", encoding="utf-8")
    assert complete("--graph", str(more), "show", "zy") == ["zyx"]
    assert complete("show", "zy") == []
    assert complete("--queries", str(tmp_path), "ask", "zyx") == ["zyx-known"]


@pytest.mark.parametrize(
    "line", [("--graph", "no-such.ttl", "show", "lla"), ("ask", "no-such-query", "--mo")]
)
def test_what_cannot_be_completed_does_not_disturb_the_line(
    line: tuple[str, ...], complete: Complete
) -> None:
    assert complete(*line, fails=True) == []


# A user's own queries

MINE = """#+ title: Which models have that name?
#+ description: A question of my own.
#+ params:
#+   name: {type: string, label: a part of the name}
#+   class: {type: choice, label: of what class, choices: [small, LARGE], default: small}
#+   at_most: {type: integer, label: how many, default: 2}
#+ columns:
#+   model: the model
#+   class: the class

SELECT ?model (?_class AS ?class)
WHERE { ?model a fair4ml:MLModel ; rdfs:label ?label FILTER(CONTAINS(LCASE(?label), ?_name)) }
ORDER BY ?model
LIMIT ?_at_most
"""


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a folder with one saved query of a user's own."""
    folder = tmp_path / "mine"
    (folder / "names").mkdir(parents=True)
    (folder / "names" / "models-by-name.rq").write_text(MINE, encoding="utf-8")
    return folder


def test_own_queries_are_listed_beside_those_that_ship(mine: Path, run: Run) -> None:
    listed = run("--queries", str(mine), "ask", "-f", "jsonl").stdout
    entries = [json.loads(line) for line in listed.splitlines()]
    assert ("names", "models-by-name") in [(entry["topic"], entry["name"]) for entry in entries]
    assert len(entries) == len(queries.find_files()) + 1
    assert failed(run("ask", "models-by-name"), 3)


def test_an_own_query_has_typed_options(mine: Path, run: Run) -> None:
    ask = ("--queries", str(mine), "ask", "models-by-name")
    done = run(*ask, "--name", "llama 2", "--class", "large", "--at-most", "3", "-f", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert len(rows) == 3
    assert {row["class"] for row in rows} == {"LARGE"}
    assert rows[0]["model"] == "https://w3id.org/openness/id/model/llama-2"
    assert failed(run(*ask), 2, "--name")
    assert failed(run(*ask, "--name", "x", "--class", "huge"), 2, "small, LARGE")
    assert failed(run(*ask, "--name", "x", "--at-most", "few"), 2, "--at-most")
    help_text = " ".join(run(*ask, "--help").stdout.split())
    assert "--at-most INTEGER how many [default: 2]" in help_text


def test_an_own_query_stands_in_for_one_that_ships(tmp_path: Path, run: Run) -> None:
    own = tmp_path / "why-limited.rq"
    own.write_text("#+ title: Mine?\nSELECT (1 AS ?one) {}\n", encoding="utf-8")
    done = run("--queries", str(tmp_path), "ask", "why-limited")
    assert done.stdout.split() == ["one", "1"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("#+ title: [\nASK {}", "YAML"),
        ("#+ - a\n#+ - b\nASK {}", "mapping"),
        ("ASK {}", "title"),
        ("#+ title: T\n#+ params: [a]\nASK {}", "params"),
        ("#+ title: T\n#+ params: {a: {type: modle}}\nASK {}", "type"),
        ("#+ title: T\n#+ params: {a: {type: string, defualt: x}}\nASK {}", "defualt"),
        ("#+ title: T\n#+ params: {a: {type: choice}}\nASK {}", "choices"),
        ("#+ title: T\n#+ params: {format: {type: string}}\nASK {}", "--format"),
        ("#+ title: T\nSELECT ?a WHERE {", "line 2"),
        ("#+ title: T\nDELETE WHERE { ?s ?p ?o }", "line 2"),
        (f"#+ title: T\nASK {{ {'{' * 5000}", "line 2"),
    ],
)
def test_a_broken_query_of_ones_own_is_one_line(
    text: str, complaint: str, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "own-question.rq").write_text(text, encoding="utf-8")
    done = run("--queries", str(tmp_path), "ask", "own-question")
    assert failed(done, 2, complaint)


def test_a_broken_header_is_named_in_the_list_too(tmp_path: Path, run: Run) -> None:
    (tmp_path / "own-question.rq").write_text("#+ title: [\nASK {}", encoding="utf-8")
    assert failed(run("--queries", str(tmp_path), "ask"), 2, "own-question.rq")
    assert run("--queries", str(tmp_path), "ask", "why-limited").returncode == 0


def test_a_missing_folder_of_queries(run: Run, tmp_path: Path) -> None:
    assert failed(run("--queries", str(tmp_path / "none"), "ask"), 3, "none")
