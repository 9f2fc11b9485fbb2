"""The importer of the Model Openness Tool, on invented files in its layout and on the extract."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest
import yaml
from pyoxigraph import NamedNode

from openness.errors import BrokenFileError, NotFoundError
from openness.importers import model_openness_tool
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.importers.model_openness_tool import COMPONENTS, Lists
from openness.terms import compact

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
EXTRACT = Path(REFERENCE or ".").parent / "sources" / "model-openness-tool"

SPDX = [
    {"licenseId": "Zorb-Code-1.0", "isOsiApproved": True},
    {"licenseId": "Zorb-Libre-1.0", "isOsiApproved": False, "isFsfLibre": True},
    {"licenseId": "Zorb-Closed-1.0", "isOsiApproved": False},
]
OWN = [
    {"licenseId": "Zorb-Code-1.0", "isOsiApproved": True, "ContentType": ["code"]},
    {"licenseId": "Zorb-Data-1.0", "isOsiApproved": False, "ContentType": "data"},
]
HEAD = "framework: {name: Model Openness Framework}\n"
RELEASE = """\
release:
  name: ' Zorb-1 '
  version: 7B
  date: '2031-02-03'
  origin: Zorb-0
  producer: 'Microsoft, NVIDIA'
  huggingface: 'https://huggingface.co/zorb/zorb-1'
  repository: 'https://registry.invalid/zorb'
  license:
    distribution: {name: ' Zorb House Licence', path: ''}
    code: {name: Zorb-Code-1.0, path: null}
  components:
    - {name: Training code, description: Must not travel.}
    - name: Model parameters (Final)
      description: Must not travel.
      license: Zorb-Data-1.0
      component_path: 'https://zorb.example.org/weights'
      license_path: 'https://registry.invalid/licence'
    - {name: Datasets, license: Zorb-Code-1.0}
    - {name: Model card, license: unlicensed}
    - {name: Data card}
    - {name: Research paper, license: {value: Zorb-Libre-1.0, explanation: Must not travel.}}
    - {name: Evaluation results, license: Component Component not included}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in the tool's layout with one model."""
    lists = tmp_path / "web" / "modules" / "mof"
    lists.mkdir(parents=True)
    (lists / "licenses.json").write_text(json.dumps({"licenses": SPDX}), encoding="utf-8")
    (lists / "mof-licenses.json").write_text(json.dumps({"licenses": OWN}), encoding="utf-8")
    (tmp_path / "models").mkdir()
    add(tmp_path, "Zorb-1.yml", "\ufeff" + (HEAD + RELEASE).replace("\n", "\r\n"))
    return tmp_path


def add(folder: Path, name: str, text: str) -> None:
    """Write a file of a model."""
    (folder / "models" / name).write_text(text, encoding="utf-8", newline="")


def least(name: str, components: str) -> str:
    """Return the least that a file must hold."""
    return f"release:\n  name: '{name}'\n  components: {components}\n"


def run(folder: Path, strict: bool = False) -> Job:
    """Import a folder."""
    job = Job(model_openness_tool.SOURCE, Identities.load(), strict)
    model_openness_tool.read(folder, job)
    return job


def values(job: Job, subject: str, predicate: str) -> set[str]:
    """Return what the graph says of a thing, in short."""
    return {
        compact(getattr(quad.object, "value", ""))
        for quad in job.quads
        if isinstance(quad.subject, NamedNode)
        and compact(quad.subject.value) == subject
        and compact(quad.predicate.value) == predicate
    }


def state(job: Job, component: str, stem: str = "zorb-1") -> tuple[str, str]:
    """Return the state of a component and its outcome."""
    (result,) = values(job, f"assertion:model-openness-tool-{stem}-{component}", "earl:result")
    (word,) = values(job, result, "rdfs:label")
    (outcome,) = values(job, result, "earl:outcome")
    return word, outcome


def skipped(job: Job) -> list[tuple[str, str]]:
    """Return what was left out, with the reasons."""
    return [(record, reason) for kind, record, reason in job.report.lines if kind == "skipped"]


def test_each_component_is_one_verdict(folder: Path) -> None:
    job = run(folder)
    assert job.report.counts["assertions"] == 7
    verdict = "assertion:model-openness-tool-zorb-1-model-parameters-final"
    assert values(job, verdict, "earl:subject") == {"model:zorb-1"}
    assert values(job, verdict, "earl:test") == {"criterion:mof-model-parameters-final"}
    assert values(job, verdict, "earl:assertedBy") == {"organization:lf-ai-and-data"}
    assert values(job, verdict, "dcterms:date") == {"2031-02-03"}
    assert values(job, verdict, "dcterms:source") == {"https://zorb.example.org/weights"}
    assert values(job, verdict, "schema:about") == {"licence:zorb-data-1.0"}


@pytest.mark.parametrize(
    ("component", "word", "outcome"),
    [
        ("model-parameters-final", "included", "earl:passed"),  # of its own
        ("training-code", "included", "earl:passed"),  # of its type
        ("data-card", "invalid", "earl:failed"),  # of the distribution
        ("datasets", "not type-appropriate", "earl:passed"),  # open, of another type
        ("research-paper", "not type-appropriate", "earl:passed"),  # libre to the FSF
        ("model-card", "unlicensed", "earl:failed"),  # said to have none, whatever else is given
        ("evaluation-results", "invalid", "earl:failed"),  # said not to be there
    ],
)
def test_a_licence_decides(folder: Path, component: str, word: str, outcome: str) -> None:
    assert state(run(folder), component) == (word, outcome)


def test_the_model_has_makers_and_the_licence_of_its_parameters(folder: Path) -> None:
    job = run(folder)
    assert values(job, "model:zorb-1", "rdf:type") == {"fair4ml:MLModel"}
    assert values(job, "model:zorb-1", "rdfs:label") == {"Zorb-1"}
    assert values(job, "model:zorb-1", "schema:creator") == {
        "organization:microsoft",
        "organization:nvidia",
    }
    assert values(job, "model:zorb-1", "dcterms:license") == {"licence:zorb-data-1.0"}
    assert values(job, "model:zorb-1", "schema:url") == {"https://huggingface.co/zorb/zorb-1"}
    assert values(job, "model:zorb-1", "schema:codeRepository") == set()


def test_only_facts_travel(folder: Path) -> None:
    text = "\n".join(map(str, run(folder).quads))
    for other in ("Must not travel", ".invalid", "7B", "Zorb-0", "omponent not"):
        assert other not in text


@pytest.mark.parametrize(
    ("name", "origin", "base"),
    [
        ("Plim-7B-Instruct", "plim-7b", "model:plim-7b"),
        ("Plim-7B-Instruct", "Plim-7B-Base", "model:plim-7b-base"),
        ("Plim-7B-Preview", "Plim-7B-Base-Preview", "model:plim-7b-base-preview"),
        ("Plim-7B-it", "Plim-7B", "model:plim-7b"),
        ("Plim-7B-Chat", "Plim-13B", None),
        ("Plim-7B-Chat", "Plim", None),
        ("Plim-7B-Base", "Plim-7B-Chat", None),
        ("Plim-7B", "plim 7b", None),
        ("Plim-7B", "Apache-2.0", None),
        ("Plim-7B", "", None),
    ],
)
def test_a_model_is_made_from_its_own_pretrained_version(
    folder: Path, name: str, origin: str, base: str | None
) -> None:
    """The tool's field for the base model has families, sizes and licences in it as well."""
    add(folder, "Plim.yml", least(name, "[]") + f"  origin: '{origin}'\n")
    job = run(folder)
    node = f"model:{name.lower()}"
    assert values(job, node, "openness:derivedFromModel") == ({base} if base else set())
    noted = any(line[:2] == ("note", "Plim.yml") for line in job.report.lines)
    assert noted == (not base and origin not in ("", "plim 7b"))


def test_the_file_tells_what_a_string_of_a_licence_means(folder: Path) -> None:
    for name in ("Stable-Diffusion-v1.1", "Plim"):
        parts = "[{name: Model parameters (Final), license: OpenRAIL}]"
        add(folder, f"{name}.yml", least(name, parts))
    job = run(folder)
    terms = values(job, "model:stable-diffusion-v1.1", "dcterms:license")
    assert terms == {"licence:creativeml-openrail-m"}
    assert values(job, "model:plim", "dcterms:license") == {"licence:openrail"}


def test_without_listed_parameters_the_distribution_licenses_the_model(folder: Path) -> None:
    add(folder, "Plim.yml", "release: {name: Plim, license: Zorb House Licence, components: []}")
    job = run(folder)
    assert values(job, "model:plim", "dcterms:license") == {"licence:zorb-house-licence"}
    assert values(job, "licence:zorb-house-licence", "rdf:type") == {"dcterms:LicenseDocument"}


def test_no_licence_anywhere_is_unlicensed(folder: Path) -> None:
    add(folder, "Plim.yml", least("Plim", "[{name: Datasets}, {name: Data card, license: null}]"))
    job = run(folder)
    assert state(job, "datasets", "plim") == ("unlicensed", "earl:failed")
    assert state(job, "data-card", "plim") == ("unlicensed", "earl:failed")


def test_spelling_decides_and_is_noted(folder: Path) -> None:
    spdx = [*SPDX, {"licenseId": "Apache-2.0", "isOsiApproved": True}]
    path = folder / "web" / "modules" / "mof" / "licenses.json"
    path.write_text(json.dumps({"licenses": spdx}), encoding="utf-8")
    add(folder, "Plim.yml", least("Plim", "[{name: Training code, license: Apache 2.0}]"))
    job = run(folder)
    assert state(job, "training-code", "plim") == ("invalid", "earl:failed")
    assert ("note", "Plim.yml, Training code") in [line[:2] for line in job.report.lines]
    verdict = "assertion:model-openness-tool-plim-training-code"
    assert values(job, verdict, "schema:about") == {"licence:apache-2.0"}


def test_what_cannot_be_read_is_reported_and_the_rest_is_read(folder: Path) -> None:
    add(folder, "a-list.yml", "- 1\n")
    add(folder, "broken.yml", "release: {name: [\n")
    add(folder, "nameless.yml", least(" ", "[]"))
    add(folder, "zorb-1-.yml", least("Zorb", "[{name: Datasets}]"))
    add(folder, "Plim.yml", least("Plim", "[{name: Zorb juice}, Datasets, {name: Datasets}]"))
    add(folder, "Plom.yml", least("Plom", "[{name: Datasets}, {name: Datasets}]"))
    job = run(folder)
    assert sorted(record for record, _ in skipped(job)) == [
        "Plim.yml, component 1",
        "Plim.yml, component 2",
        "Plom.yml, component 2",
        "a-list.yml",
        "broken.yml",
        "nameless.yml",
        "zorb-1-.yml",
    ]
    assert job.report.counts["read"] == 7
    assert job.report.counts["assertions"] == 9


def test_strict_stops_at_the_first(folder: Path) -> None:
    add(folder, "Plim.yml", least("Plim", "[{name: Zorb juice}]"))
    with pytest.raises(BrokenFileError, match=r"Plim\.yml, component 1: “Zorb juice” is none"):
        run(folder, strict=True)


def test_a_model_without_a_name_is_its_own(folder: Path) -> None:
    add(folder, "Unnamed-Model.yml", least("Unnamed-Model", "[{name: Datasets}]"))
    verdict = "assertion:model-openness-tool-unnamed-model-datasets"
    node = "model:model-openness-tool-unnamed-model"
    assert values(run(folder), verdict, "earl:subject") == {node}


def test_two_files_on_one_model_are_two_verdicts(folder: Path) -> None:
    add(folder, "Zorb-1-again.yml", least("Zorb-1", "[{name: Datasets}]"))
    job = run(folder)
    assert job.report.counts["assertions"] == 8
    assert state(job, "datasets", "zorb-1-again") == ("unlicensed", "earl:failed")


def test_a_bad_date_is_left_out_and_noted(folder: Path) -> None:
    text = least("Plim", "[{name: Datasets}]") + "  date: 31 February\n"
    add(folder, "Plim.yml", text)
    job = run(folder)
    assert ("note", "Plim.yml", "“31 February” is no date; left out") in job.report.lines


def test_another_layout_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no folder models"):
        run(folder / "models")
    (tmp_path / "web" / "modules" / "mof" / "licenses.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BrokenFileError, match="no list of licences"):
        run(folder)
    (tmp_path / "web" / "modules" / "mof" / "licenses.json").unlink()
    with pytest.raises(NotFoundError, match="no list of licences"):
        run(folder)


def test_the_usual_licences_of_open_data_are_open() -> None:
    lists = Lists(frozenset(), {})
    for identifier in ("CC-BY-3.0-AT", "CC0-1.0", "CDLA-Sharing-1.0", "ODC-By-1.0", "ODbL-1.0"):
        assert lists.is_open(identifier)
    for identifier in ("CC-BY-NC-4.0", "CC-BY-ND-4.0", "CC-BY-NC-SA-4.0", "", "cc-by-4.0"):
        assert not lists.is_open(identifier)


@pytest.fixture(scope="module")
def extract() -> Job:
    """The import of the whole extract."""
    return run(EXTRACT)


@pytest.mark.reference
@pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts")
class TestExtract:
    """The whole extract, counted in the raw files in another way."""

    def test_verdicts_are_the_entries_of_the_files(self, extract: Job) -> None:
        lines = [
            line.strip(" -").removeprefix("name:").strip(" '")
            for path in EXTRACT.glob("models/*")
            for line in path.read_text(encoding="utf-8").partition("components:")[2].splitlines()
            if line.strip().startswith("name:")
        ]
        assert extract.report.counts["read"] == len(list(EXTRACT.glob("models/*"))) == 273
        assert extract.report.counts["skipped"] == 0
        assert extract.report.counts["assertions"] == len(lines) == 1834
        tests = Counter(
            quad.object.value.rpartition("/mof-")[2]
            for quad in extract.quads
            if quad.predicate.value.endswith("#test") and isinstance(quad.object, NamedNode)
        )
        assert tests == Counter(
            name.lower().replace(" (", "-").replace(")", "").replace(" ", "-") for name in lines
        )
        assert len(tests) == len(COMPONENTS) == 17

    def test_verdicts_by_state(self, extract: Job) -> None:
        """Counted by the ids of open licences that the files name, as a person knows them."""
        libre = {"Apache-2.0", "MIT", "CC-BY-4.0", "CC-BY-SA-4.0", "CDLA-Permissive-2.0"}
        count = Counter[str]()
        for path in EXTRACT.glob("models/*"):
            release = yaml.safe_load(path.read_text(encoding="utf-8"))["release"]
            whole = {kind: one["name"] for kind, one in release["license"].items()}
            for one in release["components"]:
                general = whole.get(COMPONENTS[one["name"]]) or whole.get("distribution")
                name = one.get("license", general) or "unlicensed"
                passed = name in libre | {"ODC-By-1.0"}
                count["failed" if not passed else "passed"] += 1
        results = Counter(
            "failed" if quad.object.value.endswith(("-unlicensed", "-invalid")) else "passed"
            for quad in extract.quads
            if quad.predicate.value.endswith("#result") and isinstance(quad.object, NamedNode)
        )
        assert results == count

    def test_what_was_made_from_what(self, extract: Job) -> None:
        """Counted by hand in the values of `origin`; the swapped file of Qwen2.5-72B has none."""
        made = [
            (compact(quad.subject.value), compact(quad.object.value))
            for quad in extract.quads
            if quad.predicate.value.endswith("#derivedFromModel")
            and isinstance(quad.subject, NamedNode)
            and isinstance(quad.object, NamedNode)
        ]
        assert len(made) == 26
        assert ("model:llama-3.1-8b-instruct", "model:llama-3.1-8b") in made
        assert "model:qwen2.5-72b-instruct" not in dict(made)

    @pytest.mark.parametrize(
        ("verdict", "subject", "word", "licence", "evidence"),
        [
            (
                "bloom-research-paper",
                "model:bloom",
                "included",
                {"licence:cc-by-4.0"},
                {"https://arxiv.org/abs/2211.05100"},
            ),
            (
                "falcon-180b-model-parameters-final",
                "model:falcon-180b",
                "invalid",
                {"licence:falcon-180b-tii"},
                set(),
            ),
            ("unnamed-model-research-paper", None, "unlicensed", set(), set()),
        ],
    )
    def test_from_file_to_graph(
        self,
        extract: Job,
        verdict: str,
        subject: str | None,
        word: str,
        licence: set[str],
        evidence: set[str],
    ) -> None:
        node = f"assertion:model-openness-tool-{verdict}"
        assert values(extract, node, "earl:subject") == {
            subject or "model:model-openness-tool-unnamed-model"
        }
        assert values(extract, node, "earl:result") == {
            f"result:model-openness-tool-{word.replace(' ', '-')}"
        }
        assert values(extract, node, "schema:about") == licence
        assert values(extract, node, "dcterms:source") == evidence
