"""The importer of the European Open Source AI Index, on invented systems and on the extract."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from pyoxigraph import NamedNode

from openness.errors import BrokenFileError, NotFoundError
from openness.importers import osai_index
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.importers.osai_index import DIMENSIONS, OUTCOMES
from openness.terms import compact

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
EXTRACT = Path(REFERENCE or ".").parent / "sources" / "osai-index"
reference = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts"),
]

SYSTEM = """\
---
# National origin: nowhere
system:
    name: 'Zorb '
    link: https://zorblatt.example.org/zorb
    type: text
    basemodelname: Zorb-2-70B
    endmodelname: Zorb-2-70B-Chat
    endmodellicense: Apache 2.0
    releasedate: 2024-05
    notes: Must not travel.
org:
    name: Zorblatt and Sons Laboratory
    link: zorblatt.example.org
    notes: Must not travel.
"""
VERDICTS = """\
weights_basemodel: {class: open, link: "https://example.org/base", notes: Must not travel.}
weights_endmodel: {class: ' Partial', link: ["https://example.org/end", "https://pkg.invalid/x"]}
datasources_endmodel: closed
modelcard: {class: closed, link:}
paper: {class: {value: open, explanation: Must not travel.}, link: no link at all}
preprint: {class:, link:}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An index of one system, with the files that are none."""
    write(tmp_path, "Zorb.yaml", "\ufeff" + (SYSTEM + VERDICTS).replace("\n", "\r\n"))
    write(tmp_path, "_parameters.yml", "- name: Availability\n")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    """Write a file as it stands, line ends and all."""
    (folder / name).write_bytes(text.encode())


def imported(folder: Path, strict: bool = False) -> Job:
    """Run the importer."""
    job = Job(osai_index.SOURCE, Identities.load(), strict)
    osai_index.read(folder, job)
    return job


def about(job: Job, subject: str) -> dict[str, set[str]]:
    """Return what the job says of a thing, in compact terms and plain values."""
    found: dict[str, set[str]] = {}
    for quad in job.quads:
        if compact(str(getattr(quad.subject, "value", ""))) == subject:
            value = str(getattr(quad.object, "value", ""))
            text = compact(value) if isinstance(quad.object, NamedNode) else value
            found.setdefault(compact(quad.predicate.value), set()).add(text)
    return found


def derivations(job: Job) -> set[tuple[str, str]]:
    """Return which model is derived from which, by the last parts of their ids."""
    return {
        (str(quad.subject.value).rpartition("/")[2], quad.object.value.rpartition("/")[2])
        for quad in job.quads
        if isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, NamedNode)
        and compact(quad.predicate.value) == "openness:derivedFromModel"
    }


def lines(job: Job, what: str) -> list[tuple[str, str]]:
    """Return the report's lines of one sort: record and reason."""
    return [(record, reason) for kind, record, reason in job.report.lines if kind == what]


def test_a_system_is_a_thing_of_its_own(folder: Path) -> None:
    assert about(imported(folder), "model:osai-index-zorb") == {
        "rdf:type": {"fair4ml:MLModel"},
        "rdfs:label": {"Zorb (system of the European Open Source AI Index)"},
        "openness:sourceName": {"Zorb"},
        "dcat:hasVersion": {"model:zorb-2-70b-chat"},
        "dcterms:requires": {"model:zorb-2-70b"},
        "schema:creator": {"organization:zorblatt-and-sons-laboratory"},
        "schema:datePublished": {"2024-05"},
        "schema:url": {"https://zorblatt.example.org/zorb"},
    }


def test_the_licence_is_the_end_models(folder: Path) -> None:
    model = about(imported(folder), "model:zorb-2-70b-chat")
    assert model["dcterms:license"] == {"licence:apache-2.0"}
    assert model["rdfs:label"] == {"Zorb-2-70B-Chat"}


def test_a_licence_that_the_table_corrects_holds_for_its_file_only(folder: Path) -> None:
    for name in ("Llama-3.1", "other"):
        text = f"system: {{name: {name}, endmodelname: {name}-x, endmodellicense: {{}}}}\n"
        write(folder, f"{name}.yaml", text.replace("{}", "Meta Llama 3 Community License"))
    job = imported(folder)
    assert about(job, "model:llama-3.1-x")["dcterms:license"] == {"licence:llama-3.1"}
    assert about(job, "model:other-x")["dcterms:license"] == {"licence:llama-3"}


def test_the_end_model_is_made_from_the_base_model(folder: Path) -> None:
    job = imported(folder)
    made = about(job, "model:zorb-2-70b-chat")
    assert made["openness:derivedFromModel"] == {"model:zorb-2-70b"}
    assert derivations(job) == {("zorb-2-70b-chat", "zorb-2-70b")}


@pytest.mark.parametrize(
    ("file", "base", "end"),
    [
        ("same", "Zorb-3", "zorb 3"),
        ("guess", "Zorb-3?", "Zorb-3-Chat"),
        ("none", "", "Zorb-3-Chat"),
        ("no-end", "Zorb-3", ""),
        ("Vicuna", "Vicuna-13B", "Vicuna-13B-v1.5"),
        ("MusicLDM", "musicldm", "mudicldm"),
    ],
)
def test_where_nothing_is_said_to_be_made(folder: Path, file: str, base: str, end: str) -> None:
    """One model under two names, a guess, none, and what a record does not bear out."""
    text = f"system: {{name: Y, basemodelname: '{base}', endmodelname: '{end}'}}\n"
    write(folder, f"{file}.yaml", text)
    job = imported(folder)
    assert derivations(job) == {("zorb-2-70b-chat", "zorb-2-70b")}
    told = [reason for _, reason in lines(job, "note") if reason.startswith("not said to be made")]
    assert len(told) == (file == "Vicuna")


def test_an_exception_holds_for_the_base_model_that_it_names(folder: Path) -> None:
    text = "system: {name: V, basemodelname: LLaMA-13B, endmodelname: Vicuna-13B-v1.5}\n"
    write(folder, "Vicuna.yaml", text)
    assert ("vicuna-13b-v1.5", "llama-13b") in derivations(imported(folder))


@pytest.mark.parametrize(
    ("dimension", "subject", "outcome", "evidence"),
    [
        ("weights-basemodel", "model:zorb-2-70b", "open", {"https://example.org/base"}),
        ("weights-endmodel", "model:zorb-2-70b-chat", "partial", {"https://example.org/end"}),
        ("datasources-endmodel", "model:zorb-2-70b-chat", "closed", None),
        ("modelcard", "model:osai-index-zorb", "closed", None),
        ("paper", "model:osai-index-zorb", "open", None),
    ],
)
def test_each_verdict_has_its_exact_subject(
    folder: Path, dimension: str, subject: str, outcome: str, evidence: set[str] | None
) -> None:
    job = imported(folder)
    verdict = about(job, f"assertion:osai-index-zorb-{dimension}")
    assert verdict["earl:subject"] == {subject}
    assert verdict["earl:test"] == {f"criterion:osai-{dimension}"}
    assert verdict["earl:assertedBy"] == {"organization:radboud-university"}
    assert verdict["earl:result"] == {f"result:osai-index-{outcome}"}
    assert verdict.get("dcterms:source") == evidence
    result = about(job, f"result:osai-index-{outcome}")
    assert result["earl:outcome"] == {OUTCOMES[outcome]}


def test_what_is_not_rated_gets_no_verdict(folder: Path) -> None:
    job = imported(folder)
    assert not about(job, "assertion:osai-index-zorb-preprint")
    assert job.report.counts["assertions"] == 5
    assert not lines(job, "skipped")


def test_no_sentence_of_the_source_travels(folder: Path) -> None:
    assert not [quad for quad in imported(folder).quads if "Must not travel" in str(quad)]


@pytest.mark.parametrize(
    "name", ["", "unknown", "Undisclosed", "Zorb-1?", "Zorb (version unknown)"]
)
def test_without_a_model_the_verdict_is_on_the_system(folder: Path, name: str) -> None:
    text = (SYSTEM + VERDICTS).replace("Zorb-2-70B\n", f"{name}\n")
    write(folder, "Zorb.yaml", text)
    job = imported(folder)
    verdict = about(job, "assertion:osai-index-zorb-weights-basemodel")
    assert verdict["earl:subject"] == {"model:osai-index-zorb"}
    assert "dcterms:requires" not in about(job, "model:osai-index-zorb")
    told = [f"“{name}” names no model" in reason for _, reason in lines(job, "note")]
    assert any(told) == bool(name)


def test_a_system_is_about_the_family_of_its_name_and_is_not_the_family(folder: Path) -> None:
    write(
        folder, "Llama.yaml", "system: {name: LLAMA 2, endmodelname: Llama-2-70B-Chat}\ncode: open"
    )
    job = imported(folder)
    assert about(job, "model:osai-index-llama")["schema:about"] == {"model:llama-2"}
    assert "schema:about" not in about(job, "model:osai-index-zorb")
    assert not about(job, "model:llama-2")


def test_two_spellings_of_a_model_have_one_label(folder: Path) -> None:
    write(folder, "b.yaml", "system: {name: B, basemodelname: ZORB 2 70b}\n")
    model = about(imported(folder), "model:zorb-2-70b")
    assert model["openness:sourceName"] == {"Zorb-2-70B", "ZORB 2 70b"}
    assert len(model["rdfs:label"]) == 1


def test_a_swap_that_the_table_corrects_holds_for_its_file_only(folder: Path) -> None:
    swapped = "system: {name: Guru, basemodelname: Guru-32B, endmodelname: Qwen2.5-32B}\n"
    write(folder, "Guru.yaml", swapped + "weights_endmodel: open\n")
    write(folder, "Other.yaml", swapped.replace("Guru,", "Other,") + "weights_endmodel: open\n")
    job = imported(folder)
    subjects = [
        about(job, f"assertion:osai-index-{name}-weights-endmodel")["earl:subject"]
        for name in ("guru", "other")
    ]
    assert subjects == [{"model:guru-32b"}, {"model:qwen2.5-32b"}]
    assert ("guru-32b", "qwen2.5-32b") in derivations(job)


def test_makers_that_are_several_or_people(folder: Path) -> None:
    joint = "Silo AI and TurkuNLP and High Performance Language Technologies (HPLT)"
    write(folder, "a.yaml", f"system: {{name: A}}\norg: {{name: '{joint}'}}\n")
    write(folder, "b.yaml", "system: {name: B, releasedate: 2024 NOV}\norg: Jon Durbin\n")
    job = imported(folder)
    assert len(about(job, "model:osai-index-a")["schema:creator"]) == 3
    assert about(job, "model:osai-index-b")["schema:creator"] == {"person:jon-durbin"}
    assert about(job, "model:osai-index-b")["schema:datePublished"] == {"2024-11"}
    reasons = [reason for _, reason in lines(job, "note")]
    assert "the maker “Zorblatt and Sons Laboratory” was taken to be one" in reasons


BAD = {
    "a.yaml": ("system: {name: }\ncode: {class: open}\n", "the system has no name"),
    "b.yaml": ("- a\n- b\n", "it holds no system"),
    "c.yaml": ("system: [\n", "no YAML in UTF-8"),
    "d.yaml": ("", "it holds no system"),
    "e.yml": ("system: {name: '??'}\n", "the system has no name"),
    "zorb.yaml": ("system: {name: Zorb}\n", "another file has the same name"),
}


@pytest.mark.parametrize("file", BAD)
def test_a_bad_file_is_left_out_with_the_reason(folder: Path, file: str) -> None:
    text, reason = BAD[file]
    write(folder, file, text)
    if len(list(folder.glob("[Zz]orb.yaml"))) == 1 and file == "zorb.yaml":
        pytest.skip("this file system does not tell cases apart")
    job = imported(folder)
    counts = job.report.counts
    assert (counts["read"], counts["skipped"], counts["assertions"]) == (2, 1, 5)
    [(record, said)] = lines(job, "skipped")
    assert record == file
    assert said.startswith(reason)
    with pytest.raises(BrokenFileError, match=re.escape(file)):
        imported(folder, strict=True)


def test_no_utf_8(folder: Path) -> None:
    (folder / "x.yaml").write_bytes(b"system: {name: Caf\xe9}\n")
    assert [record for record, _ in lines(imported(folder), "skipped")] == ["x.yaml"]


def test_an_unknown_class_is_skipped_alone(folder: Path) -> None:
    write(folder, "x.yaml", "system: {name: X}\ncode: {class: ajar}\npaper: open\nlicenses: [1]\n")
    job = imported(folder)
    assert [record for record, _ in lines(job, "skipped")] == ["x.yaml, code", "x.yaml, licenses"]
    assert about(job, "assertion:osai-index-x-paper")


def test_a_bad_date_is_left_out(folder: Path) -> None:
    write(folder, "x.yaml", "system: {name: X, releasedate: 2024-13}\n")
    job = imported(folder)
    assert "schema:datePublished" not in about(job, "model:osai-index-x")
    assert ("x.yaml", "“2024-13” is no date; left out") in lines(job, "note")


def test_a_folder_without_systems(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="YAML"):
        osai_index.read(tmp_path, Job(osai_index.SOURCE, Identities.load()))


@pytest.fixture(scope="module")
def job() -> Job:
    """The import of the extract."""
    return imported(EXTRACT)


class TestExtract:
    """The full extract, against a count of its lines by hand."""

    pytestmark = reference

    def test_verdicts_equal_the_raw_files(self, job: Job) -> None:
        """Every line `class: …` of a system's file is one verdict."""
        words: Counter[str] = Counter()
        for file in EXTRACT.glob("*.yaml"):
            if file.name != "a_submission_template.yaml":
                words.update(re.findall(r"(?m)^ +class: *(\w+)", file.read_text("utf-8")))
        results = Counter(
            compact(str(getattr(quad.object, "value", ""))).rpartition("-")[2]
            for quad in job.quads
            if quad.predicate.value.endswith("#result")
        )
        assert results == words
        assert job.report.counts["assertions"] == sum(words.values()) == 193 * len(DIMENSIONS)

    def test_all_files_are_read_but_the_template(self, job: Job) -> None:
        assert job.report.counts["read"] == len(list(EXTRACT.glob("*.yaml"))) == 194
        assert lines(job, "skipped") == [("a_submission_template.yaml", "the system has no name")]

    def test_evidence_equals_the_raw_files(self, job: Job) -> None:
        raw = set()
        for file in EXTRACT.glob("*.yaml"):
            content = yaml.safe_load(file.read_text("utf-8"))
            for dimension in DIMENSIONS:
                found = content[dimension].get("link") or []
                for one in [found] if isinstance(found, str) else found:
                    if re.match(r"https?://\S+$", one.strip()) and ".invalid" not in one:
                        raw.add((file.stem, dimension, one.strip()))
        written = [
            quad
            for quad in job.quads
            if quad.predicate.value.endswith("terms/source") and "/assertion/" in str(quad.subject)
        ]
        assert len(written) == len(raw)

    def test_derivations_equal_the_raw_files(self, job: Job) -> None:
        """Each pair of two names is one, but for five exceptions, a misspelling and guesses."""
        pairs = set()
        for file in EXTRACT.glob("*.yaml"):
            system = yaml.safe_load(file.read_text("utf-8"))["system"]
            base, end = system["basemodelname"], system["endmodelname"]
            if base and end and base.strip() != end.strip() and not re.search(r"\?|known", base):
                pairs.add((file.stem, base.strip()))
        exceptions = set(osai_index._NOT_MADE)
        assert exceptions < pairs
        left = pairs - exceptions - {("MusicLDM", "musicldm")}
        assert len(derivations(job)) == len(left) == 134
        assert {(a, b) for a, b in derivations(job) if (b, a) in derivations(job)} == set()

    @pytest.mark.parametrize(
        ("assertion", "subject", "word"),
        [
            ("llama-2-chat-weights-endmodel", "llama-2-70b-chat", "partial"),
            ("falcon-modelcard", "osai-index-falcon", "closed"),
            ("bloomz-datasources-basemodel", "bloom", "open"),
        ],
    )
    def test_spot_checks(self, job: Job, assertion: str, subject: str, word: str) -> None:
        verdict = about(job, f"assertion:osai-index-{assertion}")
        assert verdict["earl:subject"] == {f"model:{subject}"}
        assert verdict["earl:result"] == {f"result:osai-index-{word}"}
