"""Stanford's Ecosystem Graphs: models, data sets and applications, and what each was made from.

The repository states no licence for its data. This importer is for a user's own copy, takes facts
only, and nothing of it ships.

A dependency is an asset that was “used to create” another: its weights, its outputs, its code or
no more than its architecture (Jais names GPT-3, Gemma 2 names Gemma). So a model's dependency on a
data set is `fair4ml:trainedOn`, and every other is `dcterms:requires`; none is a derivation from a
model, which would make one model inherit the terms of the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.errors import NotFoundError
from openness.importers.identity import normalize, slugify
from openness.importers.job import Job, RecordError, Source, date_of, link
from openness.importers.licences import licence
from openness.importers.records import load, text, texts

SOURCE: Final = Source(
    name="ecosystem-graphs",
    title="Ecosystem Graphs",
    publisher="Stanford Center for Research on Foundation Models",
    address="https://github.com/stanford-crfm/ecosystem-graphs",
    licence=None,
    ships=False,
)
KINDS: Final = {
    "application": ("software", "schema:SoftwareApplication"),
    "dataset": ("dataset", "schema:Dataset"),
    "model": ("model", "fair4ml:MLModel"),
}
"""The types of asset: the kind of our id, and the class."""
_ORGANIZATION: Final = ("org:Organization", "schema:Organization")
_NOT_SAID: Final = frozenset({"", "unknown", "none", "n/a"})
_TAILS: Final = re.compile(r"^(inc|ltd|llc|co)\b\.?$|^college park$", re.IGNORECASE)
"""What follows a comma and belongs to the name before it."""
_TWO: Final = {
    "ByteDance and University of Maryland": ("ByteDance", "University of Maryland"),
    "Paladin Group and Dais Technology": ("Paladin Group", "Dais Technology"),
}
"""Names of two organizations without a comma; others with “and” are one."""
_PARAMETERS: Final = re.compile(
    r"(\d+(?:\.\d+)?)([MBT]) parameters(?: \((?:dense|sparse)(?: model)?\))?"
)
_SCALE: Final = {"M": 10**6, "B": 10**9, "T": 10**12}


@dataclass(frozen=True)
class Asset:
    """What one record says."""

    record: str
    type: str
    name: str
    makers: tuple[str, ...]
    dependencies: tuple[str, ...]
    created: str
    access: str
    licence: str
    size: str
    country: str
    url: str

    @property
    def key(self) -> tuple[str, str]:
        """What tells assets apart, but for homonyms."""
        return self.type, normalize(self.name)


def read(path: Path, job: Job) -> None:
    """Read `assets/*.yaml`, each a list of assets.

    Raises:
        NotFoundError: if there are no such files.
        BrokenFileError: if the import is strict and a record cannot be read.
    """
    files = sorted((path / "assets").glob("*.yaml"))
    if not files:
        raise NotFoundError(f"{path} has no files assets/*.yaml.")
    assets = []
    for record, content in job.records(list(_records(files)), lambda pair: pair[0]):
        try:
            assets.append(parse(record, content))
        except RecordError as error:
            job.skip(record, str(error))
    nodes = _nodes(assets, job)
    by_name: dict[str, set[str]] = defaultdict(set)
    for asset in assets:
        by_name[normalize(asset.name)].add(nodes[asset].value)
        _describe(asset, nodes[asset], job)
    _depend(assets, nodes, by_name, job)


def _records(files: Iterable[Path]) -> Iterable[tuple[str, object]]:
    for file in files:
        try:
            content = load(file)
        except RecordError as error:
            content = error
        for number, item in enumerate(content if isinstance(content, list) else [content], 1):
            yield f"{file.name}, {number}", item


def parse(record: str, content: object) -> Asset:
    """Return what a record says.

    Raises:
        RecordError: if it has no name, or none of the three types.
    """
    if isinstance(content, RecordError):
        raise content
    if not isinstance(content, dict):
        raise RecordError("it is no asset")
    fields = {field: text(content.get(field)) for field in content}
    if not slugify(fields.get("name", "")):
        raise RecordError("the asset has no name")
    kind = fields.get("type", "").casefold()
    if kind not in KINDS:
        raise RecordError(f"the type {kind!r} is none of {', '.join(KINDS)}")
    return Asset(
        record=record,
        type=kind,
        name=fields["name"],
        makers=tuple(organizations(fields.get("organization", ""))),
        dependencies=tuple(dict.fromkeys(texts(content.get("dependencies")))),
        created=fields.get("created_date", ""),
        access=fields.get("access", "").casefold(),
        licence=fields.get("license", ""),
        size=fields.get("size", ""),
        country=fields.get("nationality", ""),
        url=fields.get("url", ""),
    )


def organizations(words: str) -> list[str]:
    """Return the organizations that a field names, which are mostly joined by commas.

    >>> organizations("Mistral AI, NVIDIA"), organizations("Runway AI, Inc.")
    (['Mistral AI', 'NVIDIA'], ['Runway AI, Inc.'])
    """
    found: list[str] = []
    for part in (part.strip() for part in words.split(",")):
        if found and _TAILS.match(part):
            found[-1] += f", {part}"
        elif slugify(part):
            found.append(part.removeprefix("and "))
    parts = [name for one in found for name in _split_two(one)]
    return [name for name in parts if normalize(name) not in _NOT_SAID]


def _split_two(name: str) -> list[str]:
    for joint, parts in _TWO.items():
        if name.startswith(joint):
            return [parts[0], parts[1] + name.removeprefix(joint)]
    return [name]


def _nodes(assets: list[Asset], job: Job) -> dict[Asset, NamedNode]:
    """Return the id of each asset: one of name and maker where makers of one name differ."""
    makers: dict[tuple[str, str], set[tuple[str, ...]]] = defaultdict(set)
    first: dict[tuple[str, str], Asset] = {}
    nodes = {}
    for asset in assets:
        makers[asset.key].add(asset.makers)
    for asset in assets:
        kind, classes = KINDS[asset.type]
        if len(makers[asset.key]) > 1:
            maker = ", ".join(asset.makers) or "unknown"
            job.note(
                asset.record, f"another {asset.type} {asset.name} is not by {maker}; kept apart"
            )
            label = f"{asset.name} ({maker})"
            nodes[asset] = job.own(kind, f"{asset.name} {maker}", label, asset.name, classes)
            continue
        if asset.key in first:
            other = first[asset.key].record
            job.note(asset.record, f"{asset.name} is in {other} too; both are the same thing")
        first.setdefault(asset.key, asset)
        nodes[asset] = job.thing(kind, asset.name, classes, record=asset.record)
    return nodes


def _describe(asset: Asset, node: NamedNode, job: Job) -> None:
    for maker in asset.makers:
        job.add(
            node,
            "schema:creator",
            job.thing("organization", maker, *_ORGANIZATION, record=asset.record),
        )
    job.add(node, "schema:url", link(asset.url))
    if normalize(asset.created) not in _NOT_SAID:
        created = date_of(asset.created)
        job.add(node, "schema:dateCreated", created)
        if created is None:
            job.note(asset.record, f"“{asset.created}” is no date; left out")
    if asset.access not in _NOT_SAID:
        job.add(node, "schema:conditionsOfAccess", Literal(asset.access))
    if normalize(asset.country) not in _NOT_SAID:
        job.add(node, "schema:countryOfOrigin", Literal(asset.country))
    size = _PARAMETERS.fullmatch(asset.size)
    if size and asset.type == "model" and not _is_curated(asset, job):
        number = round(float(size[1]) * _SCALE[size[2]])
        job.add(node, "openness:hasParameterCount", number)
    if len(asset.licence) > 80 or "[[" in asset.licence:
        job.note(asset.record, "the licence is a text, not a name; left out")
    elif slugify(asset.licence) and normalize(asset.licence) != "none":
        job.add(node, "dcterms:license", licence(job, asset.licence, asset.record))


def _is_curated(asset: Asset, job: Job) -> bool:
    """Tell whether curated data know the name; if of a family, it has no size (Llama 2, 70B)."""
    return job.identities.find("model", asset.name, SOURCE.name).how != "new"


def _depend(
    assets: list[Asset],
    nodes: dict[Asset, NamedNode],
    by_name: dict[str, set[str]],
    job: Job,
) -> None:
    edges: dict[str, set[str]] = defaultdict(set)
    for asset in assets:
        for name in asset.dependencies:
            meant = by_name.get(normalize(name), set())
            if normalize(name) in _NOT_SAID or not slugify(name):
                job.note(asset.record, f"the dependency “{name}” names nothing; left out")
            elif len(meant) > 1:
                job.note(asset.record, f"{len(meant)} assets have the name {name}; left out")
            elif nodes[asset].value in meant:
                job.note(asset.record, f"{asset.name} depends on itself; left out")
            else:
                other = NamedNode(*meant) if meant else _dangling(name, asset, job)
                trained = asset.type == "model" and _is_dataset(other)
                job.add(nodes[asset], "fair4ml:trainedOn" if trained else "dcterms:requires", other)
                edges[nodes[asset].value].add(other.value)
    _note_cycles(edges, job)


def _is_dataset(node: NamedNode) -> bool:
    return "/id/dataset/" in node.value


def _dangling(name: str, asset: Asset, job: Job) -> NamedNode:
    """Return the thing of a name that no asset has: a curated one, or one of no known kind."""
    known = [
        (kind, classes)
        for kind, classes in KINDS.values()
        if job.identities.find(kind, name, SOURCE.name).how != "new"
    ]
    kind, classes = known[0] if len(known) == 1 else ("work", "schema:CreativeWork")
    job.note(
        asset.record, f"no asset has the name of the dependency {name}; {kind}:{slugify(name)}"
    )
    return job.thing(kind, name, classes, record=asset.record)


def _note_cycles(edges: dict[str, set[str]], job: Job) -> None:
    """Note each cycle; the statements stay, for they are what the source says."""
    left = {node: sorted(edges[node]) for node in sorted(edges)}
    while True:
        try:
            TopologicalSorter(left).prepare()
        except CycleError as error:
            cycle: list[str] = error.args[1]
            names = [node.rpartition("/")[2] for node in reversed(cycle)]
            job.note(names[0], f"a cycle of dependencies: {' -> '.join(names)}")
            left[cycle[1]].remove(cycle[0])
        else:
            return
