"""`openness disagree` and `openness compare` as a user meets them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Run = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def ask(run: Run, contested_file: Path) -> Run:
    """Run the command line over what ships and the world in which assessors differ."""

    def openness(*arguments: str) -> CompletedProcess[str]:
        return run("--graph", str(contested_file), *arguments)

    return openness


def records(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_disagree_lists_and_marks_conflicts(ask: Run) -> None:
    done = ask("disagree", "fam-7b", "-f", "table")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert lines[0] == "Fam 7B (model:fam-7b)"
    (one,) = [line for line in lines if "Weights (A)" in line and "open" in line]
    assert "conflict" in one
    assert "https://example.org/1" in one
    assert "2024-05" in one
    assert "2 conflicts in 4 compared; assessors: A-Index, B-Tool" in done.stderr


def test_disagree_writes_whole_terms_in_csv_and_tsv(ask: Run) -> None:
    rows = records(ask("disagree", "fam-7b").stdout)
    assert rows == records(ask("disagree", "fam-7b", "-f", "tsv").stdout, "\t")
    (row,) = [row for row in rows if row["assertion"].endswith("/a-w7")]
    assert row["subject"] == "https://w3id.org/openness/id/model/fam-7b"
    assert row["evidence"] == "https://example.org/1 https://example.org/2"
    assert (row["says"], row["compared"]) == ("open", "conflict")


def test_disagree_has_a_document(ask: Run) -> None:
    document = json.loads(ask("disagree", "fam-7b", "-f", "json").stdout)
    assert (document["id"], document["conflicts"], document["compared"]) == ("model:fam-7b", 2, 4)
    lines = ask("disagree", "fam-7b", "-f", "jsonl").stdout.splitlines()
    assert len(lines) == len(document["statements"])
    assert json.loads(lines[0])["aspect"]


def test_disagree_has_markdown(ask: Run) -> None:
    done = ask("disagree", "fam-7b", "-f", "md")
    assert done.stdout.startswith("## Fam 7B (model:fam-7b)\n\n| aspect | subject |")


@pytest.mark.parametrize(
    ("model", "note"),
    [
        ("lone", "no second assessor: only A-Index has assessed it"),
        ("unseen", "nobody in the graph has assessed it"),
    ],
)
def test_disagree_says_when_nobody_can_differ(ask: Run, model: str, note: str) -> None:
    done = ask("disagree", model, "-f", "table")
    assert done.returncode == 0
    assert note in done.stderr


@pytest.mark.usefixtures("in_world")
def test_disagree_counts_what_one_assessor_repeats(run: Run, tmp_path: Path) -> None:
    more = tmp_path / "more.nq"
    words = [
        ("earl#assertedBy", "organization/o"),
        ("earl#subject", "model/m"),
        ("earl#test", "criterion/osai-code"),
        ("earl#result", "result/r"),
    ]
    ours = "https://w3id.org/openness/id/"
    lines = [f'<{ours}model/m> <http://www.w3.org/2000/01/rdf-schema#label> "M"@en <urn:g> .']
    lines += [f"<{ours}result/r> <http://www.w3.org/ns/earl#outcome> <urn:yes> <urn:g> ."]
    for number in (1, 2):
        for prop, value in words:
            predicate = f"http://www.w3.org/ns/{prop}"
            lines.append(f"<{ours}assertion/{number}> <{predicate}> <{ours}{value}> <urn:g> .")
    more.write_text("\n".join(lines), encoding="utf-8")
    done = run("--graph", str(more), "disagree", "m", "-f", "table")
    assert "(in 2 records)" in done.stdout
    assert len(records(run("--graph", str(more), "disagree", "m").stdout)) == 2


def test_disagree_without_a_model_ranks(ask: Run) -> None:
    rows = records(ask("disagree").stdout)
    first = next(row for row in rows if row["model"].endswith("/fam-7b"))
    assert (first["conflicts"], first["compared"]) == ("1", "2")
    document = json.loads(ask("disagree", "-f", "json").stdout)
    assert len(document["models"]) == len(rows)
    assert "Fam 7B" in ask("disagree", "-f", "table").stdout


@pytest.mark.parametrize("command", ["disagree", "compare"])
def test_what_is_no_model_is_not_found(run: Run, command: str) -> None:
    done = run(command, "lama-2")
    assert (done.returncode, done.stdout) == (3, "")
    assert "Did you mean llama-2" in done.stderr


def test_compare_sets_models_side_by_side(ask: Run) -> None:
    done = ask("compare", "fam", "lone", "-f", "table")
    assert done.returncode == 0
    head = done.stdout.splitlines()[1]
    assert head.split() == ["Fam", "Lone"]
    assert "§2: Not for many users (Fam 70B, Fam 7B)" in done.stdout


def test_compare_has_columns_by_id(ask: Run) -> None:
    rows = records(ask("compare", "fam-7b", "lone").stdout)
    assert list(rows[0]) == ["group", "item", "model:fam-7b", "model:lone"]
    (licence,) = [row for row in rows if row["item"] == "licence"]
    assert (licence["model:fam-7b"], licence["model:lone"]) == ("L-Licence", "")


def test_compare_has_a_document_and_markdown(ask: Run) -> None:
    document = json.loads(ask("compare", "fam-7b", "lone", "-f", "json").stdout)
    assert [model["id"] for model in document["models"]] == ["model:fam-7b", "model:lone"]
    assert ask("compare", "fam", "lone", "-f", "md").stdout.startswith("|  |  | Fam | Lone |\n")


@pytest.mark.parametrize("models", [["llama-2"], ["llama-2", "model:llama-2"]])
def test_compare_needs_two_models(run: Run, models: list[str]) -> None:
    done = run("compare", *models)
    assert (done.returncode, done.stdout) == (2, "")
    assert "two or more models" in done.stderr


def test_a_wrong_format_is_a_wrong_request(run: Run) -> None:
    assert run("disagree", "-f", "xml").returncode == 2
    assert run("compare", "llama-2", "falcon-40b", "-f", "ttl").returncode == 2


def test_a_broken_mapping_file_is_named_with_its_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.sssom.tsv"
    path.write_text("# curie_map: {}\nsubject_id\n", encoding="utf-8")
    done = run("--graph", str(path), "disagree")
    assert done.returncode == 2
    assert f"{path}: line 2: no column" in done.stderr
