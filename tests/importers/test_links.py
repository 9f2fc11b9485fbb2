"""What becomes of the links that records give, on invented records."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode

from openness.importers.claim import Claim
from openness.importers.identity import Identities
from openness.importers.job import Job, Source
from openness.importers.links import (
    COMPOSITE,
    account,
    alike,
    claim_account,
    claim_repository,
    repository,
    settle,
)
from openness.importers.registry import write
from openness.mappings import load
from openness.terms import ID, compact

SOURCE = Source(
    "zorb-index",
    "Zorb index",
    "Zorblatt",
    "https://github.com/zorblatt/index",
    "https://creativecommons.org/publicdomain/zero/1.0/",
)
HUB = "https://huggingface.co/"


def node(name: str) -> NamedNode:
    """Return an id of ours, as `model/zorb-1`."""
    return NamedNode(ID + name)


def claim(ours: str, theirs: str, relation: str = "schema:sameAs", record: str = "r") -> Claim:
    """Return a claim of a record."""
    return Claim(node(ours), theirs, record, "It says so.", COMPOSITE, "0.9", relation)


def pairs(*claims: Claim) -> set[tuple[str, str]]:
    """Return what is kept of some claims."""
    return {(compact(ours), theirs) for ours, theirs in settle(claims)[0]}


@pytest.fixture
def job() -> Job:
    return Job(SOURCE, Identities.load())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://huggingface.co/zorblatt/Zorb-1", "zorblatt/Zorb-1"),
        ("http://www.huggingface.co/zorblatt/Zorb-1/", "zorblatt/Zorb-1"),
        ("https://huggingface.co/zorblatt/Zorb-1/blob/main/README.md?x=1#y", "zorblatt/Zorb-1"),
        ("https://huggingface.co/zorblatt/Zorb-1#use", "zorblatt/Zorb-1"),
        ("https://huggingface.co/datasets/zorblatt/zorbs", "datasets/zorblatt/zorbs"),
        ("https://huggingface.co/zorblatt", None),
        ("https://huggingface.co/datasets/zorbs", None),
        ("https://huggingface.co/collections/zorblatt/zorbs-1", None),
        ("https://huggingface.co/spaces/zorblatt/demo", None),
        ("https://huggingface.co/papers/2309.16609", None),
        ("https://huggingface.co.example.org/zorblatt/Zorb-1", None),
        ("https://github.com/zorblatt/Zorb-1", None),
        ("zorblatt/Zorb-1", None),
    ],
)
def test_repositories_are_told_from_what_else_is_there(address: str, expected: str | None) -> None:
    assert repository(address) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://huggingface.co/zorblatt/", f"{HUB}zorblatt"),
        ("https://github.com/zorblatt", "https://github.com/zorblatt"),
        ("https://github.com/zorblatt/zorb", None),
        ("https://huggingface.co/zorblatt/Zorb-1", None),
        ("https://huggingface.co/datasets", None),
        ("https://github.com/", None),
        ("https://github.com.example.org/zorblatt", None),
    ],
)
def test_accounts_are_told_from_what_else_is_there(address: str, expected: str | None) -> None:
    assert account(address) == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Zorb-1.5", "zorb-1_5", True),
        ("Zorb 7B Chat", "zorb-7b-chat", True),
        ("Zorb-7B", "Zorb-7b-hf", False),
        ("Zorb-7B", "Zorb-70B", False),
        ("Zorb-7B-Chat", "Zorb-7B", False),
        ("Zorb-1.5", "Zorb-15", False),
        ("Zorb R+", "Zorb-R", False),
        ("", "", False),
        ("\u2026", "\u2026", False),
    ],
)
def test_names_are_alike_only_but_for_signs(one: str, other: str, expected: bool) -> None:
    assert alike(one, other) is expected


def test_a_page_counts_only_if_it_bears_the_name(job: Job) -> None:
    model = node("model/zorb-7b-chat")
    for page in ("Zorb-7B", "Zorb-70B-Chat", "Zorb-7B-Chat-GGUF"):
        assert not claim_repository(job, model, ("Zorb 7B Chat",), f"{HUB}z/{page}", "r", "It.")
    assert claim_repository(job, model, (), f"{HUB}z/zorb_7b_chat", "r", "It.")
    assert [one.theirs for one in job.claims] == [f"{HUB}z/zorb_7b_chat"]


def test_a_name_of_the_record_counts_beside_the_id(job: Job) -> None:
    """The table may give a name an id of other words; a name known to be wrong is not passed."""
    model = node("model/zorb-large")
    assert claim_repository(job, model, ("ZorbL",), f"{HUB}z/ZorbL", "r", "It.")
    assert not claim_repository(job, node("model/zorb-small"), (), f"{HUB}z/ZorbL", "r", "It.")


def test_a_family_has_no_page(job: Job) -> None:
    """Llama 2 is a family of models: a page of its name is none of theirs."""
    claim_repository(job, node("model/llama-2"), (), f"{HUB}someone/llama-2", "r", "It.")
    assert not job.claims


def test_an_account_of_another_name_is_only_near(job: Job) -> None:
    claim_account(job, node("organization/zorb-labs"), (), "https://github.com/zorb-labs", "r", "")
    claim_account(job, node("organization/zorb"), ("Zorb",), "https://github.com/zl", "r", "")
    assert [one.relation for one in job.claims] == ["schema:sameAs", "rdfs:seeAlso"]


def test_two_of_ours_for_one_of_theirs_are_both_left_out() -> None:
    kept, left = settle([claim("model/a", f"{HUB}z/A"), claim("model/b", f"{HUB}z/a")])
    assert kept == {}
    assert len(left) == 2
    assert "model:b" in left[0]


def test_two_of_theirs_for_one_of_ours_are_both_left_out() -> None:
    assert pairs(claim("model/a", f"{HUB}z/A"), claim("model/a", f"{HUB}y/A")) == set()


def test_a_page_on_each_site_is_no_contradiction() -> None:
    one, other = f"{HUB}zorb", "https://github.com/zorb"
    data = f"{HUB}datasets/z/a"
    assert pairs(
        claim("organization/zorb", one),
        claim("organization/zorb", other),
        claim("model/a", f"{HUB}z/a"),
        claim("model/a", data),
    ) == {
        ("organization:zorb", one),
        ("organization:zorb", other),
        ("model:a", f"{HUB}z/a"),
        ("model:a", data),
    }


def test_what_is_only_near_contradicts_nothing() -> None:
    near = claim("organization/b", "https://github.com/a", "rdfs:seeAlso")
    assert pairs(claim("organization/a", "https://github.com/a"), near) == {
        ("organization:a", "https://github.com/a"),
        ("organization:b", "https://github.com/a"),
    }


def test_the_file_has_one_row_with_all_evidence(job: Job, tmp_path: Path) -> None:
    job.add(node("model/a"), "rdfs:label", "A")
    for record in ("b c.yaml", "a.yaml", "a.yaml"):
        job.claim(claim("model/a", f"{HUB}z/A", record=record))
    write(job, tmp_path, "f" * 40, "2026-11-25")
    (row,) = load(tmp_path / "zorb-index.sssom.tsv").mappings
    start = f"https://github.com/zorblatt/index/blob/{'f' * 40}"
    assert row.slots["see_also"] == f"{start}/a.yaml|{start}/b%20c.yaml"
    assert row.slots["subject_label"] == "A"
    assert row.is_settled
    assert job.report.counts["links"] == 1


def test_without_links_there_is_no_file_and_none_stays(job: Job, tmp_path: Path) -> None:
    old = tmp_path / "zorb-index.sssom.tsv"
    old.write_text("of an import before", encoding="utf-8")
    write(job, tmp_path, None, "2026-11-25")
    assert not old.exists()
    assert (tmp_path / "zorb-index.trig").exists()
