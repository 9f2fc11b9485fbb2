"""`why`, `may` and `diff` as a user meets them, on what ships."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

NO_ADVICE = "no legal advice"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("train-other-model", "llama-2"), 1, "§1.b.v"),
        (("use-commercially", "llama-2", "--users", "800000000"), 5, "Meta grants a licence"),
        (("use-commercially", "llama-2", "--users", "700000001"), 5, "Meta grants a licence"),
        (("use-commercially", "llama-2", "--users", "700000000"), 0, "§1.a"),
        (("use-commercially", "llama-2", "--users", "5000000"), 0, "Comply with the law"),
        (("use-commercially", "llama-2"), 5, "at most 700,000,000"),
        (("use", "llama-2", "--users", "1", "--field", "spam"), 1, "Prohibited Uses, 3"),
        (("use", "falcon-180b"), 6, "a reading of Falcon-180B TII License"),
        (("use", "gpt-4"), 6, "the licence of GPT-4"),
        (("redistribute", "falcon-40b"), 0, "§4(d)"),
        (("use-commercially", "falcon-40b", "--at", "2023-05-27"), 6, "TII Falcon LLM License"),
        (("redistribute", "Apache-2.0"), 0, "Hand on the licence"),
        (("use", "llama-2-license-2023"), 5, "Llama 2 Community License Agreement"),
    ],
)
def test_answers_and_exit_codes(arguments: tuple[str, ...], code: int, says: str, run: Run) -> None:
    """The answers that the issue names, and their neighbours."""
    done = run("may", *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stdout
    assert NO_ADVICE in done.stdout.splitlines()[-1]
    assert "data of 2" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("use",), 2, "may takes an act and a model or licence"),
        (("fly", "llama-2"), 2, "ACTION takes use, use-commercially"),
        (("use", "lama-2"), 3, "Did you mean llama-2"),
        (("use", "meta"), 3, "There is no model or licence “meta”"),
        (("use", "llama-2", "--in", "Germany"), 2, "two-letter ISO code"),
        (("use", "llama-2", "--at", "yesterday"), 2, "--at takes a date"),
        (("use", "llama-2", "--field", "wr"), 3, "There is no purpose “wr”"),
        (("use", "llama-2", "--target-kind", "cat"), 2, "--target-kind takes"),
        (("use", "llama-2", "--users", "-1"), 2, "--users"),
        (("use", "llama-2", "--texts", "/nowhere"), 3, "no folder /nowhere"),
        (("use", "llama-2", "-f", "xml"), 2, "-f takes"),
        (("use", "llama-2", "--matrix"), 2, "leave out the others"),
    ],
)
def test_bad_input(arguments: tuple[str, ...], code: int, says: str, run: Run) -> None:
    done = run("may", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_document_of_an_answer(run: Run) -> None:
    done = run("may", "train-other-model", "llama-2", "-f", "json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["answer"]) == (1, "no")
    (ruling,) = document["rulings"]
    assert [reason["place"] for reason in ruling["decidedBy"]] == ["§1.b.v"]
    assert NO_ADVICE in document["closing"]["caution"]


@pytest.mark.parametrize("name", ["csv", "tsv", "jsonl", "md"])
def test_other_formats_of_an_answer(name: str, run: Run) -> None:
    done = run("may", "redistribute", "apache-2.0", "-f", name)
    assert done.returncode == 0
    assert "Hand on the licence" in done.stdout
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        assert {row["answer"] for row in rows} == {"yes"}
        assert {row["role"] for row in rows} == {"decides", "duty"}


def test_a_text_that_has_changed_is_noted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("something else", encoding="utf-8")
    done = run("may", "redistribute", "apache-2.0", "--texts", str(tmp_path))
    assert done.returncode == 0
    assert "has changed since it was read" in done.stderr


def test_the_matrix(run: Run) -> None:
    done = run("may", "--matrix", "-f", "csv")
    rows = {row["licence"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["Apache License 2.0"]["redistribute"] == "yes"
    llama = rows["Llama 2 Community License Agreement"]
    assert (llama["train-other-model"], llama["use"]) == ("no", "only if")
    assert done.returncode == 0


def test_why_llama_2_fails(run: Run) -> None:
    done = run("why", "llama-2", "--criteria", "osd", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    verdicts = {row["number"]: row["verdict"] for row in rows}
    assert list(verdicts) == [str(n) for n in range(1, 11)]
    assert [n for n, verdict in verdicts.items() if verdict == "failed"] == ["5", "6"]
    (fifth,) = [row for row in rows if row["number"] == "5" and row["place"]]
    assert fifth["place"] == "§2"
    assert fifth["terms"] == "Llama 2 Community License Agreement"
    assert "Llama 2 licence text" in fifth["source"]


@pytest.mark.parametrize("criteria", ["osaid", "mof", "osai-index", "osaid-1.0"])
def test_why_by_any_set(criteria: str, run: Run) -> None:
    done = run("why", "pythia-12b", "--criteria", criteria)
    assert done.returncode == 0, done.stderr
    assert NO_ADVICE in done.stdout
    assert "Pythia 12B" in done.stdout


def test_why_says_what_is_missing(run: Run) -> None:
    assert "missing: the licence of GPT-4" in run("why", "gpt-4").stdout


def test_why_as_a_tree(run: Run) -> None:
    document = json.loads(run("why", "llama-2", "-f", "json").stdout)
    (subject,) = document["subjects"]
    fifth = next(v for v in subject["verdicts"] if v["number"] == "5")
    (because,) = fifth["because"]
    assert because["rule"]["id"] == "rule:limit-found"
    (clause,) = because["clauses"]
    assert (clause["place"], clause["end"] - clause["start"]) == ("§2", 507)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("lama-2",), 3, "Did you mean llama-2"),
        (("llama-2", "--criteria", "ods"), 3, "There is no criteria “ods”"),
        (("llama-2", "-f", "xml"), 2, "-f takes"),
    ],
)
def test_why_with_bad_input(arguments: tuple[str, ...], code: int, says: str, run: Run) -> None:
    done = run("why", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_diff(run: Run, tmp_path: Path) -> None:
    old, new = tmp_path / "old.ttl", tmp_path / "new.ttl"
    old.write_text('<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "A" .', encoding="utf-8")
    new.write_text('<urn:a> <http://www.w3.org/2000/01/rdf-schema#label> "B" .', encoding="utf-8")
    done = run("diff", str(old), str(new), "-f", "csv")
    assert done.returncode == 1
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["change"], row["value"]) for row in rows] == [("removed", "A"), ("added", "B")]
    same = run("diff", str(old), str(old))
    assert (same.returncode, "no difference" in same.stderr) == (0, True)
    assert json.loads(run("diff", str(old), str(new), "-f", "json").stdout)["added"]


def test_diff_of_unlike_things(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text", encoding="utf-8")
    (tmp_path / "a.ttl").write_text("", encoding="utf-8")
    done = run("diff", str(tmp_path / "a.txt"), str(tmp_path / "a.ttl"))
    assert done.returncode == 2
    assert "one is a text, the other a graph" in done.stderr
    assert run("diff", str(tmp_path / "a.txt"), str(tmp_path / "b.txt")).returncode == 3
    assert run("diff", str(tmp_path / "a.txt"), str(tmp_path / "a.txt")).returncode == 3
