"""The importer of Ecosystem Graphs, on invented assets in its layout and on the extract."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from pyoxigraph import NamedNode

from openness.errors import BrokenFileError, NotFoundError
from openness.importers import ecosystem_graphs
from openness.importers.ecosystem_graphs import KINDS, organizations
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.terms import compact

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
EXTRACT = Path(REFERENCE or ".").parent / "sources" / "ecosystem-graphs"
reference = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts"),
]

ASSETS = """\
- name: 'Zorb-1 '
  type: model
  organization: {value: 'Zorblatt Labs, Meta AI', explanation: Must not travel.}
  created_date: {value: 2023-07-18, explanation: Must not travel.}
  access: {value: Open, explanation: Must not travel.}
  license: {value: Apache 2.0, explanation: Must not travel.}
  size: 1.5B parameters (dense)
  nationality: NZ
  url: https://zorblatt.example.org
  description: Must not travel.
  dependencies: {value: [Zorb corpus, Llama 2, The Pile, Nobody knows, 'zorb-1'], explanation: x}
- name: Zorb corpus
  type: dataset
  organization: unknown
  created_date: unknown
  license: none
  url: none
  dependencies: [Zorb Chat]
- name: Zorb Chat
  type: application
  organization: Zorblatt Labs
  created_date: Spring
  license: 'Use is limited, says the [[page]](https://zorblatt.example.org/terms).'
  dependencies: Zorb-1
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A graph of a model, a data set and an application."""
    (tmp_path / "assets").mkdir()
    write(tmp_path, "zorblatt.yaml", "\ufeff" + ASSETS.replace("\n", "\r\n"))
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    """Write a file of assets as it stands, line ends and all."""
    (folder / "assets" / name).write_bytes(text.encode())


def imported(folder: Path, strict: bool = False) -> Job:
    """Run the importer."""
    job = Job(ecosystem_graphs.SOURCE, Identities.load(), strict)
    ecosystem_graphs.read(folder, job)
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


def lines(job: Job, what: str) -> list[tuple[str, str]]:
    """Return the report's lines of one sort: record and reason."""
    return [(record, reason) for kind, record, reason in job.report.lines if kind == what]


def test_it_states_no_licence_and_does_not_ship() -> None:
    assert ecosystem_graphs.SOURCE.licence is None
    assert not ecosystem_graphs.SOURCE.ships


def test_a_model_with_all_that_is_said_of_it(folder: Path) -> None:
    assert about(imported(folder), "model:zorb-1") == {
        "rdf:type": {"fair4ml:MLModel"},
        "rdfs:label": {"Zorb-1"},
        "openness:sourceName": {"Zorb-1"},
        "schema:creator": {"organization:zorblatt-labs", "organization:meta"},
        "schema:dateCreated": {"2023-07-18"},
        "schema:conditionsOfAccess": {"open"},
        "schema:countryOfOrigin": {"NZ"},
        "schema:url": {"https://zorblatt.example.org"},
        "openness:hasParameterCount": {"1500000000"},
        "dcterms:license": {"licence:apache-2.0"},
        "fair4ml:trainedOn": {"dataset:zorb-corpus", "dataset:the-pile"},
        "dcterms:requires": {"model:llama-2", "work:nobody-knows"},
    }


def test_a_family_of_the_curated_data_gets_no_size(folder: Path) -> None:
    write(folder, "b.yaml", "- {name: LLAMA 2, type: model, size: 70B parameters (dense)}\n")
    family = about(imported(folder), "model:llama-2")
    assert family == {"rdf:type": {"fair4ml:MLModel"}, "openness:sourceName": {"LLAMA 2"}}


def test_what_is_unknown_is_left_out(folder: Path) -> None:
    job = imported(folder)
    assert about(job, "dataset:zorb-corpus") == {
        "rdf:type": {"schema:Dataset"},
        "rdfs:label": {"Zorb corpus"},
        "openness:sourceName": {"Zorb corpus"},
        "dcterms:requires": {"software:zorb-chat"},
    }
    assert about(job, "software:zorb-chat").keys() == {
        "rdf:type",
        "rdfs:label",
        "openness:sourceName",
        "schema:creator",
        "dcterms:requires",
    }


def test_the_report_tells_what_was_left_out(folder: Path) -> None:
    assert lines(imported(folder), "note") == [
        ("zorblatt.yaml, 3", "“Spring” is no date; left out"),
        ("zorblatt.yaml, 3", "the licence is a text, not a name; left out"),
        ("zorblatt.yaml, 1", "no asset has the name of the dependency Llama 2; model:llama-2"),
        ("zorblatt.yaml, 1", "no asset has the name of the dependency The Pile; dataset:the-pile"),
        (
            "zorblatt.yaml, 1",
            "no asset has the name of the dependency Nobody knows; work:nobody-knows",
        ),
        ("zorblatt.yaml, 1", "Zorb-1 depends on itself; left out"),
        (
            "zorb-corpus",
            "a cycle of dependencies: zorb-corpus -> zorb-chat -> zorb-1 -> zorb-corpus",
        ),
    ]


def test_a_model_is_not_said_to_derive_from_a_model(folder: Path) -> None:
    assert not [q for q in imported(folder).quads if "FromModel" in q.predicate.value]


def test_no_sentence_of_the_source_travels(folder: Path) -> None:
    assert not [quad for quad in imported(folder).quads if "Must not travel" in str(quad)]


HOMONYMS = """\
- {name: Drake, type: model, organization: One, created_date: 2022}
- {name: drake, type: model, organization: 'Two, Three', created_date: 2023}
- {name: Wyvern, type: model, organization: One, license: Apache 2.0}
- {name: Wyvern, type: model, organization: One, license: MIT}
- {name: Hydra, type: model, organization: One, dependencies: [Drake, Wyvern, Unknown]}
"""


def test_homonyms_of_different_makers_are_kept_apart(folder: Path) -> None:
    write(folder, "b.yaml", HOMONYMS)
    job = imported(folder)
    assert not about(job, "model:drake")
    assert about(job, "model:drake-one")["rdfs:label"] == {"Drake (One)"}
    assert about(job, "model:drake-two-three")["schema:dateCreated"] == {"2023"}
    assert about(job, "model:wyvern")["dcterms:license"] == {"licence:apache-2.0", "licence:mit"}
    assert about(job, "model:hydra")["dcterms:requires"] == {"model:wyvern"}
    assert ("b.yaml, 5", "2 assets have the name Drake; left out") in lines(job, "note")
    assert ("b.yaml, 5", "the dependency “Unknown” names nothing; left out") in lines(job, "note")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", []),
        ("unknown", []),
        ("Zorblatt", ["Zorblatt"]),
        ("Mistral AI, NVIDIA", ["Mistral AI", "NVIDIA"]),
        ("Runway AI, Inc.", ["Runway AI, Inc."]),
        ("A, B, and C.", ["A", "B", "C."]),
        (
            "ByteDance and University of Maryland, College Park",
            ["ByteDance", "University of Maryland, College Park"],
        ),
        ("Institute of Science and Technology", ["Institute of Science and Technology"]),
    ],
)
def test_joint_makers(words: str, expected: list[str]) -> None:
    assert organizations(words) == expected


BAD = {
    "- {type: model}\n": "the asset has no name",
    "- {name: X, type: toaster}\n": "the type 'toaster' is none of application, dataset, model",
    "- just a name\n": "it is no asset",
    "name: X\n": "the type '' is none of",
    "": "it is no asset",
    "- [\n": "no YAML in UTF-8",
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_record_is_left_out_with_the_reason(folder: Path, text: str) -> None:
    write(folder, "b.yaml", text)
    job = imported(folder)
    assert (job.report.counts["read"], job.report.counts["skipped"]) == (4, 1)
    [(record, reason)] = lines(job, "skipped")
    assert record == "b.yaml, 1"
    assert reason.startswith(BAD[text])
    with pytest.raises(BrokenFileError, match=re.escape("b.yaml, 1")):
        imported(folder, strict=True)


def test_a_folder_without_assets(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="assets"):
        imported(tmp_path)


@pytest.fixture(scope="module")
def job() -> Job:
    """The import of the extract."""
    return imported(EXTRACT)


class TestExtract:
    """The full extract, against a count of its lines by hand."""

    pytestmark = reference

    def test_every_asset_is_read(self, job: Job) -> None:
        raw: Counter[str] = Counter()
        for file in (EXTRACT / "assets").glob("*.yaml"):
            raw.update(re.findall(r"(?m)^  type: (\w+)", file.read_text("utf-8")))
        assert raw == {"model": 429, "dataset": 112, "application": 98}
        assert (job.report.counts["read"], job.report.counts["skipped"]) == (639, 0)
        assert len(lines(job, "skipped")) == 0

    def test_dependencies_equal_the_raw_files(self, job: Job) -> None:
        """Each is a statement, but for those that the report says were left out or stand twice."""
        raw = 0
        for file in (EXTRACT / "assets").glob("*.yaml"):
            for asset in yaml.safe_load(file.read_text("utf-8")):
                found = asset["dependencies"]
                raw += len(found["value"] if isinstance(found, dict) else found)
        left_out = (
            "names nothing; left out",
            "depends on itself; left out",
            "assets have the name",
        )
        dropped = sum(any(w in reason for w in left_out) for _, reason in lines(job, "note"))
        terms = ("terms/requires", "fair4ml#trainedOn")
        written = sum(quad.predicate.value.endswith(terms) for quad in job.quads)
        assert (raw, dropped, written) == (816, 3, 813)

    @pytest.mark.parametrize(("type_", "twins"), [("model", 2), ("dataset", 0), ("application", 0)])
    def test_things_by_kind(self, job: Job, type_: str, twins: int) -> None:
        """Two assets of one name and maker are one thing; dangling names may be known things."""
        kind, classes = KINDS[type_]
        raw = 0
        for file in (EXTRACT / "assets").glob("*.yaml"):
            raw += len(re.findall(rf"(?m)^  type: {type_}$", file.read_text("utf-8")))
        typed = {
            quad.subject
            for quad in job.quads
            if compact(quad.predicate.value) == "rdf:type"
            and compact(str(getattr(quad.object, "value", ""))) == classes
        }
        dangling = {
            reason.rpartition("; ")[2]
            for _, reason in lines(job, "note")
            if reason.startswith("no asset") and f"; {kind}:" in reason
        }
        assert len(typed) == raw - twins + len(dangling)

    @pytest.mark.parametrize(
        ("thing", "predicate", "expected"),
        [
            ("model:dragonfly-together", "dcterms:requires", {"model:llama"}),
            ("model:esm-2", "openness:hasParameterCount", {"15000000000"}),
            ("dataset:pmd", "schema:dateCreated", {"2021-12-08"}),
        ],
    )
    def test_spot_checks(self, job: Job, thing: str, predicate: str, expected: set[str]) -> None:
        assert about(job, thing)[predicate] == expected
