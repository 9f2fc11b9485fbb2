"""The importer of Current AI's map, on invented records in its layout and on the extract."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyoxigraph import NamedNode, Quad

from openness.errors import BrokenFileError, NotFoundError
from openness.importers import os_ai_map
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.importers.os_ai_map_components import base_of, licence_of
from openness.terms import compact

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
EXTRACT = Path(REFERENCE or ".").parent / "sources" / "os-ai-map"
reference = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts"),
]

STARCODER = "model:starcoder2-15b-instruct-v0.1"
ORGANIZATION = """\
name: zorblatt
display_name: 'Zorblatt  Labs '
type: lab
country: NZ
homepage: https://zorblatt.example.org
github:
- url: https://github.com/zorblatt
products: [zorb-1, zorb-bench]
"""
MODEL = """\
name: zorb-1
display_name: Zorb-1
type: model
description: Must not travel.
github: https://github.com/zorblatt/zorb
huggingface_model:
- url: https://huggingface.co/zorblatt/Zorb-1
pypi:
- url: https://registry.invalid/project/zorb
"""
SCORE = """\
product: zorb-1
openness:
  score: {value: 3, explanation: Must not travel.}
  class: open_weights
  components: weights:open;license:Apache-2.0(OSI; no limits)
  note: Must not travel.
  sources:
  - url: https://zorblatt.example.org/licence
    shows: Must not travel.
    accessed: 2026-02-03
  - url: https://registry.invalid/project/zorb
    shows: Must not travel.
    accessed: 31 February
adoption: {level: 9, reach: null, signal_type: unknown, sources: []}
capability: {score: null, basis: n/a}
"""


def score(product: str, word: str = "closed") -> str:
    """Return the least that a file of scores must hold."""
    link = f"https://example.org/{product}"
    return (
        f"product: {product}\nopenness:\n  score: 1\n  class: {word}\n"
        f"  sources: [{{url: '{link}'}}]\nadoption: {{}}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A map of one organization, one category, one model and its scores."""
    for path, text in {
        "taxonomy.yaml": "arcs:\n- {name: Things, categories: [things_zorb]}\n",
        "categories/things_zorb.yaml": (
            "name: things_zorb\ndisplay_name: Zorb things\nproducts: [zorb-1]\n"
        ),
        "organizations/zorblatt.yaml": "\ufeff" + ORGANIZATION.replace("\n", "\r\n"),
        "products/zorb-1.yaml": MODEL,
        "scores/zorb-1.yaml": SCORE,
    }.items():
        write(tmp_path, path, text)
    return tmp_path


def write(folder: Path, path: str, text: str) -> None:
    """Write a file of the map as it stands, line ends and all."""
    file = folder / "sources" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode())


def imported(folder: Path, strict: bool = False) -> Job:
    """Run the importer."""
    job = Job(os_ai_map.SOURCE, Identities.load(), strict)
    os_ai_map.read(folder, job)
    return job


def about(job: Job, subject: str) -> dict[str, set[str]]:
    """Return what the job says of a thing, in compact terms and plain values."""
    found: dict[str, set[str]] = {}
    for quad in job.quads:
        if compact(_value(quad.subject)) == subject:
            value = quad.object
            text = compact(value.value) if isinstance(value, NamedNode) else _value(value)
            found.setdefault(compact(quad.predicate.value), set()).add(text)
    return found


def claims(job: Job, subject: str) -> set[tuple[str, str]]:
    """Return what the records claim of a thing: the relation, and the page elsewhere."""
    return {
        (one.relation, one.theirs) for one in job.claims if compact(one.subject.value) == subject
    }


def _value(term: Any) -> str:
    return str(term.value)


def lines(job: Job, what: str) -> dict[str, str]:
    """Return the report's lines of one sort, reasons by records."""
    return {record: reason for kind, record, reason in job.report.lines if kind == what}


def test_an_organization_with_byte_order_mark_and_carriage_returns(folder: Path) -> None:
    job = imported(folder)
    assert about(job, "organization:zorblatt-labs") == {
        "rdf:type": {"org:Organization", "schema:Organization"},
        "rdfs:label": {"Zorblatt Labs"},
        "openness:sourceName": {"Zorblatt  Labs"},
        "org:classification": {"classification:os-ai-map-lab"},
        "schema:addressCountry": {"NZ"},
        "schema:url": {"https://zorblatt.example.org"},
    }
    # The account is the laboratory's, by the record; but its name is not quite that.
    assert claims(job, "organization:zorblatt-labs") == {
        ("rdfs:seeAlso", "https://github.com/zorblatt")
    }


def test_a_model_with_maker_category_licence_and_links(folder: Path) -> None:
    job = imported(folder)
    assert about(job, "model:zorb-1") == {
        "rdf:type": {"fair4ml:MLModel"},
        "rdfs:label": {"Zorb-1"},
        "openness:sourceName": {"Zorb-1"},
        "schema:creator": {"organization:zorblatt-labs"},
        "dcterms:type": {"classification:os-ai-map-zorb-things"},
        "dcterms:license": {"licence:apache-2.0"},
        "schema:codeRepository": {"https://github.com/zorblatt/zorb"},
    }
    assert claims(job, "model:zorb-1") == {
        ("schema:sameAs", "https://huggingface.co/zorblatt/Zorb-1")
    }
    category = about(job, "classification:os-ai-map-zorb-things")
    assert category["skos:broader"] == {"classification:os-ai-map-things"}


def test_a_verdict_and_its_scores(folder: Path) -> None:
    job = imported(folder)
    verdict = about(job, "assertion:os-ai-map-zorb-1-openness")
    assert verdict["earl:subject"] == {"model:zorb-1"}
    assert verdict["earl:assertedBy"] == {"organization:current-ai"}
    assert verdict["earl:test"] == {"criterion:os-ai-map-openness"}
    assert verdict["dcterms:source"] == {"https://zorblatt.example.org/licence"}
    assert verdict["dcterms:date"] == {"2026-02-03"}
    assert about(job, "result:os-ai-map-open-weights")["earl:outcome"] == {"openness:partial"}
    assert about(job, "measurement:os-ai-map-zorb-1-openness")["dqv:value"] == {"3"}
    assert not about(job, "measurement:os-ai-map-zorb-1-adoption")
    notes = [reason for kind, _, reason in job.report.lines if kind == "note"]
    assert notes == ["“31 February” is no date; left out", "adoption: “9” is no level; left out"]


def test_no_sentence_of_the_source_travels(folder: Path) -> None:
    assert not [quad for quad in imported(folder).quads if "Must not travel" in str(quad)]


def test_a_page_of_another_name_is_not_the_model_itself(folder: Path) -> None:
    write(folder, "products/zorb-1.yaml", MODEL.replace("zorblatt/Zorb-1", "zorblatt/Zorb-1-7B"))
    job = imported(folder)
    assert not claims(job, "model:zorb-1")
    assert about(job, "model:zorb-1")["schema:url"] == {"https://huggingface.co/zorblatt/Zorb-1-7B"}


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("open_source", "earl:passed"), ("open", "earl:passed"), ("closed", "earl:failed")]
    + [(w, "openness:partial") for w in ("restricted", "open_core", "source_available", "gated")],
)
def test_classes_keep_their_word(folder: Path, word: str, outcome: str) -> None:
    write(folder, "scores/zorb-1.yaml", score("zorb-1", word))
    result = about(imported(folder), f"result:os-ai-map-{word.replace('_', '-')}")
    assert (result["earl:outcome"], result["rdfs:label"]) == ({outcome}, {word})


BAD = {
    "organizations/nameless.yaml": ("type: company\n", "the record has no name"),
    "organizations/list.yaml": ("- a\n- b\n", "cannot be read: 'list' object"),
    "products/broken.yaml": ("name: [\n", "no YAML in UTF-8: while parsing"),
    "products/empty.yaml": ("", "cannot be read: 'NoneType' object"),
    "products/toaster.yaml": (
        "name: t\ndisplay_name: T\ntype: toaster\n",
        "the type “toaster” is unknown",
    ),
    "products/zorb-2.yaml": (MODEL, "another file has the name zorb-1"),
    "products/latin.yaml": ("name: \udcff", "no YAML in UTF-8"),
    "scores/ghost.yaml": (score("ghost"), "there is no product “ghost”"),
    "scores/zorb-2.yaml": (score("zorb-1"), "two verdicts have the key zorb-1 openness"),
    "scores/deep.yaml": ("[" * 5000, "no YAML in UTF-8: "),
}


@pytest.mark.parametrize("path", BAD)
def test_a_bad_record_is_skipped_and_stops_only_a_strict_import(folder: Path, path: str) -> None:
    text, reason = BAD[path]
    file = folder / "sources" / path
    file.write_bytes(text.encode(errors="surrogateescape"))
    job = imported(folder)
    assert lines(job, "skipped")[path].startswith(reason)
    assert job.report.counts["skipped"] == 1
    assert job.report.counts["assertions"] == 1
    assert job.report.counts["read"] == 5
    with pytest.raises(BrokenFileError, match=path):
        imported(folder, strict=True)


def test_an_unknown_class_is_no_verdict(folder: Path) -> None:
    write(folder, "scores/zorb-1.yaml", score("zorb-1", "open-ish"))
    job = imported(folder)
    assert lines(job, "skipped") == {
        "scores/zorb-1.yaml": "the openness class “open-ish” is unknown"
    }
    assert not [quad for quad in job.quads if "assertion" in str(quad.subject)]


def test_unknown_makers_and_joint_makers_are_no_organizations(folder: Path) -> None:
    write(folder, "organizations/unknown.yaml", "{name: u, display_name: Unknown, products: [a]}")
    joint = (
        "{name: j, display_name: Princeton NLP / OpenAI, products: [b], homepage: 'http://a.org'}"
    )
    write(folder, "organizations/joint.yaml", joint)
    for slug in "ab":
        text = f"{{name: {slug}, display_name: Gadget {slug}, type: software}}"
        write(folder, f"products/{slug}.yaml", text)
    job = imported(folder)
    assert "schema:creator" not in about(job, "software:gadget-a")
    makers = {"organization:princeton-nlp", "organization:openai"}
    assert about(job, "software:gadget-b")["schema:creator"] == makers
    assert "schema:url" not in about(job, "organization:princeton-nlp")
    assert not about(job, "organization:unknown")


def test_a_person_is_no_organization(folder: Path) -> None:
    text = "{name: a, display_name: Assaf Elovic, type: individual, products: [zorb-1]}"
    write(folder, "organizations/assaf.yaml", text)
    job = imported(folder)
    assert about(job, "person:assaf-elovic")["rdf:type"] == {"schema:Person"}
    assert "person:assaf-elovic" in about(job, "model:zorb-1")["schema:creator"]


def test_homonyms_and_aliases_follow_the_table(folder: Path) -> None:
    for slug in ("github-copilot", "github-copilot-github-microsoft"):
        text = f"{{name: {slug}, display_name: GitHub Copilot, type: software}}"
        write(folder, f"products/{slug}.yaml", text)
    write(folder, "organizations/ai2.yaml", "{name: ai2, display_name: Ai2, type: lab}")
    job = imported(folder)
    assert about(job, "software:github-copilot-agent-mode")
    assert about(job, "software:github-copilot")["rdfs:label"] == {"GitHub Copilot"}
    assert about(job, "organization:allen-institute-for-ai")
    assert not about(job, "organization:ai2")


def test_one_thing_written_in_two_ways_has_one_label(folder: Path) -> None:
    for number, name in enumerate(("Zorb-License-2.0", "Zorb License 2.0"), 2):
        product = f"{{name: z{number}, display_name: Z{number}, type: software}}"
        write(folder, f"products/z{number}.yaml", product)
        scores = score(f"z{number}", f"restricted\n  components: license:{name}")
        write(folder, f"scores/z{number}.yaml", scores)
    licence = about(imported(folder), "licence:zorb-license-2.0")
    assert licence["rdfs:label"] == {"Zorb-License-2.0"}
    assert licence["openness:sourceName"] == {"Zorb-License-2.0", "Zorb License 2.0"}
    assert licence["rdf:type"] == {"dcterms:LicenseDocument"}


@pytest.mark.parametrize(
    ("components", "name", "remark"),
    [
        ("weights:open;license:MIT", "MIT", ""),
        ("license:MIT(OSI, (c)2026 Zorb Inc.)", "MIT", ""),
        ("license:Zorb License 2.0(non-OSI: 5M users; no resale)", "Zorb License 2.0", ""),
        ("model-license:Zorb-License(non-OSI)", "Zorb-License", ""),
        ("license:proprietary(SaaS);source:closed", "", ""),
        ("license:none", "", ""),
        ("weights:closed; the license is a secret", "", ""),
        ("", "", ""),
        ("license:MIT(OSI, SDK)", "", "MIT(OSI, SDK)"),
        ("license:MIT(a)+Apache-2.0(b)", "", "MIT(a)+Apache-2.0(b)"),
        ("license:MIT(OSI) for the small ones", "", "MIT(OSI) for the small ones"),
        ("license:code MIT + model Zorb", "", "code MIT + model Zorb"),
        ("license:MIT(OSI", "", "MIT(OSI"),
        ("per-dataset-licenses:mixed(CC)", "", ""),
    ],
)
def test_licences(components: str, name: str, remark: str) -> None:
    assert licence_of(components) == (name, remark)


@pytest.mark.parametrize(
    ("components", "base"),
    [
        ("weights:open;base:Zorb-1.1B(open, documented);license:MIT", "Zorb-1.1B"),
        ("weights:open;base-data:open(The Zorb)", ""),
        ("base-models:fixed allowlist", ""),
        ("base:a zorb of some kind", ""),
        ("weights:open(base:Zorb)", ""),
        ("", ""),
    ],
)
def test_base_models(components: str, base: str) -> None:
    assert base_of(components) == base


@pytest.mark.parametrize(("kind", "base"), [("model", "Zorb-0"), ("software", None)])
def test_a_model_is_made_from_the_base_that_its_components_name(
    folder: Path, kind: str, base: str | None
) -> None:
    write(folder, "products/zorb-1.yaml", MODEL.replace("type: model", f"type: {kind}"))
    write(folder, "scores/zorb-1.yaml", SCORE.replace("weights:open;", "base:Zorb-0(open);"))
    said = about(imported(folder), f"{kind}:zorb-1").get("openness:derivedFromModel", set())
    assert said == ({"model:zorb-0"} if base else set())


def test_a_model_is_not_made_from_itself(folder: Path) -> None:
    write(folder, "scores/zorb-1.yaml", SCORE.replace("weights:open;", "base:zorb-1;"))
    assert "openness:derivedFromModel" not in about(imported(folder), "model:zorb-1")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no folder sources/products"):
        imported(tmp_path)


class TestExtract:
    """The whole extract, against an independent count of its files."""

    pytestmark = reference

    @pytest.fixture(scope="class")
    @classmethod
    def job(cls) -> Job:
        """One import of the extract; nothing in it is skipped."""
        return imported(EXTRACT, strict=True)

    @pytest.fixture(scope="class")
    @classmethod
    def scores(cls) -> list[dict[str, Any]]:
        """The raw scores."""
        files = (EXTRACT / "sources" / "scores").glob("*.yaml")
        return [yaml.safe_load(file.read_bytes()) for file in files]

    def test_every_file_is_read(self, job: Job) -> None:
        files = [f for f in (EXTRACT / "sources").rglob("*.yaml") if f.stem != "taxonomy"]
        assert job.report.counts["read"] == len(files)

    def test_one_verdict_per_file_of_scores_by_class(
        self, job: Job, scores: list[dict[str, Any]]
    ) -> None:
        raw = Counter(raw["openness"]["class"] for raw in scores)
        results = Counter(
            compact(_value(q.object)) for q in job.quads if q.predicate.value.endswith("#result")
        )
        assert results == {f"result:os-ai-map-{w.replace('_', '-')}": n for w, n in raw.items()}

    @pytest.mark.parametrize(
        ("axis", "field"), [("openness", "score"), ("adoption", "level"), ("capability", "score")]
    )
    def test_sums_of_scores(
        self, job: Job, scores: list[dict[str, Any]], axis: str, field: str
    ) -> None:
        raw = [s[axis][field] for s in scores if s[axis][field] is not None]
        end = f"-{axis}"
        made = [
            int(_value(quad.object))
            for quad in job.quads
            if quad.predicate.value.endswith("dqv#value") and _value(quad.subject).endswith(end)
        ]
        assert (len(made), sum(made)) == (len(raw), sum(raw))

    def test_evidence(self, job: Job, scores: list[dict[str, Any]]) -> None:
        raw = {
            (s["product"], link["url"])
            for s in scores
            for link in s["openness"]["sources"]
            if ".invalid" not in link["url"]
        }
        made = [q for q in job.quads if "assertion" in str(q.subject) and _is_source(q)]
        assert len(made) == len(raw)

    @pytest.mark.parametrize(
        ("subject", "term", "value"),
        [
            (
                "assertion:os-ai-map-llama-3-1-openness",
                "earl:result",
                "result:os-ai-map-restricted",
            ),
            ("assertion:os-ai-map-pythia-openness", "earl:subject", "model:pythia"),
            ("assertion:os-ai-map-starcoder2-openness", "earl:subject", STARCODER),
            ("assertion:os-ai-map-command-r-openness", "earl:subject", "model:command-r-plus"),
            ("model:olmo-2", "schema:creator", "organization:allen-institute-for-ai"),
            ("dataset:gsm8k", "schema:creator", "organization:openai"),
            ("software:vllm", "dcterms:license", "licence:apache-2.0"),
            ("model:hermes-4-14b", "openness:derivedFromModel", "model:qwen3-14b"),
        ],
    )
    def test_traced_by_hand(self, job: Job, subject: str, term: str, value: str) -> None:
        assert about(job, subject)[term] == {value}

    @pytest.mark.parametrize(
        ("subject", "link"),
        [
            ("organization:meta", ("rdfs:seeAlso", "https://github.com/facebookresearch")),
            ("organization:openai", ("schema:sameAs", "https://github.com/openai")),
            ("dataset:gsm8k", ("schema:sameAs", "https://huggingface.co/datasets/openai/gsm8k")),
        ],
    )
    def test_links_traced_by_hand(self, job: Job, subject: str, link: tuple[str, str]) -> None:
        assert claims(job, subject) == {link}


def _is_source(quad: Quad) -> bool:
    return quad.predicate.value == "http://purl.org/dc/terms/source"
