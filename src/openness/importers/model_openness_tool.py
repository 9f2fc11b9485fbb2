"""LF AI & Data's Model Openness Tool: a YAML file for each model, with its components and licences.

The files list what was released; whether that counts is decided as the tool does, by its readme:
a component has the licence that is given with it, else that of its type (code, data, document),
else that of the whole distribution, else none. Its state is `included` if that licence is open and
suits the type, `not type-appropriate` if it is open only (which passes, with a warning), else
`unlicensed` or `invalid`. Open is what SPDX's list (`licenses.json`) marks as approved by the OSI
or libre to the FSF, what the tool's own list names (`mof-licenses.json`), and the usual licences of
open data. The tool compares ids letter by letter: “Apache 2.0” is not open, only Apache-2.0 is. We
give its verdict, and note in the report where only the spelling decides.

The licence that was looked at is `schema:about` of the verdict; that of the final parameters, or
of the distribution where they are not listed, is the model's. `date` is the day of the record.
`origin` is “Base model” in the tool's form: the pretrained version that a model is based on, or the
model itself. The files have other things there too: licences, families, architectures (Jais names
GPT-3), other generations (ChatGLM2 names ChatGLM3-6B-Base). So a model is derived from what it
names only if that is the same model but for words such as “Instruct” and “Base”; the report lists
the others. Parameter counts are left out, for `version` mixes them with versions.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode

from openness.errors import BrokenFileError, NotFoundError
from openness.importers.identity import normalize, slugify
from openness.importers.job import Job, RecordError, Source, date_of, link
from openness.importers.licences import licence, spdx
from openness.importers.links import claim_repository
from openness.importers.records import load, text, value

SOURCE: Final = Source(
    name="model-openness-tool",
    title="Model Openness Tool: models, components and licences",
    publisher="LF AI & Data",
    address="https://github.com/lfai/model_openness_tool",
    licence="https://spdx.org/licenses/MIT",
)
COMPONENTS: Final = {
    "Model architecture": "code",
    "Data preprocessing code": "code",
    "Training code": "code",
    "Inference code": "code",
    "Evaluation code": "code",
    "Supporting libraries and tools": "code",
    "Model parameters (Final)": "data",
    "Model parameters (Intermediate)": "data",
    "Datasets": "data",
    "Evaluation data": "data",
    "Model metadata": "data",
    "Sample model outputs": "document",
    "Model card": "document",
    "Data card": "document",
    "Technical report": "document",
    "Research paper": "document",
    "Evaluation results": "document",
}
"""The components and their types; each is a criterion `mof-…` of the curated data."""
OUTCOMES: Final = {
    "included": "earl:passed",
    "not type-appropriate": "earl:passed",
    "unlicensed": "earl:failed",
    "invalid": "earl:failed",
}
"""The states that the tool gives a component that a file lists."""
_SAYS: Final = "The record has it as the page of the model on Hugging Face."
_ORGANIZATION: Final = ("org:Organization", "schema:Organization")
_PARAMETERS: Final = "Model parameters (Final)"
_LISTS: Final = "web/modules/mof"
_OPEN_DATA: Final = re.compile(
    r"(CC0|CC-BY|CC-BY-SA)-\d\.\d(-[A-Z]+)?|CDLA-(Permissive|Sharing)-\d\.\d|ODC-(PDDL|By)-1\.0"
    r"|ODbL-1\.0|GFDL-1\.3|OGL-(Canada|UK)-\d\.\d"
)
_NOT_INCLUDED: Final = re.compile(r"component not includ", re.IGNORECASE)
_TUNED: Final = re.compile(r"-(chat|instruct|it)(?=-|$)")
"""Words that the name of a model adds to that of the pretrained version."""
_NAMELESS: Final = frozenset({"unnamed-model", "my-model"})
"""What the tool's form and sample call a model that has no name yet."""
_JOINT: Final = {
    "AI Sweden, RISE": ("AI Sweden", "RISE"),
    "Carnegie Mellon University and Princeton": ("Carnegie Mellon University", "Princeton"),
    "Dampish, Arkane Industries": ("Dampish", "Arkane Industries"),
    "EleutherAI and LF AI and Data": ("EleutherAI", "LF AI and Data"),
    "Microsoft, NVIDIA": ("Microsoft", "NVIDIA"),
    "Multilateral, lead by BAAI": ("BAAI",),
    "Technology Innovation Institute, LightOn": ("Technology Innovation Institute", "LightOn"),
    "USC, Meta, CMU, and UCSD": ("USC", "Meta", "CMU", "UCSD"),
}
"""Producers that are several; a name with “and” or a comma that is not here is taken to be one."""


@dataclass(frozen=True)
class Lists:
    """The tool's lists of licences.

    Attributes:
        open: ids of open licences.
        types: for each type, ids of the licences that suit it.
    """

    open: frozenset[str]
    types: dict[str, frozenset[str]]

    @classmethod
    def load(cls, folder: Path) -> Lists:
        """Read `licenses.json` and `mof-licenses.json`.

        Raises:
            NotFoundError: if one of them is missing.
            BrokenFileError: if one of them is no list of licences.
        """
        found, types = set(), defaultdict(set)
        for name in ("licenses.json", "mof-licenses.json"):
            try:
                entries = json.loads((folder / name).read_bytes())["licenses"]
                for entry in entries:
                    suits = entry.get("ContentType") or []
                    for kind in [suits] if isinstance(suits, str) else suits:
                        types[kind].add(entry["licenseId"])
                    if suits or entry.get("isOsiApproved") or entry.get("isFsfLibre"):
                        found.add(entry["licenseId"])
            except OSError as error:
                raise NotFoundError(f"There is no list of licences {folder / name}.") from error
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise BrokenFileError(f"{folder / name} is no list of licences.") from error
        return cls(frozenset(found), {kind: frozenset(ids) for kind, ids in types.items()})

    def is_open(self, identifier: str) -> bool:
        """Tell whether a string is the exact id of an open licence."""
        return identifier in self.open or bool(_OPEN_DATA.fullmatch(identifier))

    def state(self, identifier: str, kind: str) -> str:
        """Return the state of a listed component of some type with some licence, or none."""
        if self.is_open(identifier):
            suits = identifier in self.types.get(kind, frozenset())
            return "included" if suits else "not type-appropriate"
        return "invalid" if identifier else "unlicensed"


@dataclass(frozen=True)
class Component:
    """One entry of a file's list of components, with the licence that holds for it."""

    name: str
    licence: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """What one file says."""

    file: str
    name: str
    maker: str
    origin: str
    date: str
    links: tuple[str, ...]
    licence: str
    components: tuple[Component, ...]

    @property
    def stem(self) -> str:
        """The name of the file without its ending."""
        return self.file.rpartition(".")[0]


def read(path: Path, job: Job) -> None:
    """Read the tool's folder: its lists of licences, and `models/`, one model a file.

    Raises:
        NotFoundError: if the folder is not in the tool's layout.
        BrokenFileError: if a list of licences is none, or the import is strict and a record
            cannot be read.
    """
    files = sorted(path.glob("models/*.y*ml")) if path.is_dir() else []
    if not files:
        raise NotFoundError(f"{path} has no folder models with a YAML file for each model.")
    lists = Lists.load(path / _LISTS)
    assessor = job.node("organization", "lf-ai-and-data")
    slugs: set[str] = set()
    for file in job.records(files, lambda file: file.name):
        try:
            model = parse(file, job)
            if slugify(model.stem) in slugs:
                raise RecordError("another file has the same name but for case and signs")
            _write(model, lists, assessor, job)
        except RecordError as error:
            job.skip(file.name, str(error))
            continue
        slugs.add(slugify(model.stem))


def parse(file: Path, job: Job) -> Model:
    """Return what a file says; components that cannot be read are skipped one by one.

    Raises:
        RecordError: if it holds no release with a name.
    """
    content = load(file)
    release = content.get("release") if isinstance(content, dict) else None
    if not isinstance(release, dict):
        raise RecordError("it holds no release")
    name = text(release.get("name"))
    if not slugify(name) or not slugify(file.stem):
        raise RecordError("the model has no name")
    given = _licences(release.get("license"))
    return Model(
        file=file.name,
        name=name,
        maker=text(release.get("producer")),
        origin=text(release.get("origin")),
        date=text(release.get("date")),
        links=(text(release.get("huggingface")), text(release.get("repository"))),
        licence=given.get("distribution", ""),
        components=tuple(_components(release.get("components"), given, file.name, job)),
    )


def _licences(field: object) -> dict[str, str]:
    """Return the licences of the types and of the distribution; one alone is the distribution's."""
    if not isinstance(field, dict) or "value" in field or "name" in field:
        field = {"distribution": field}
    return {kind: _licence_name(one) for kind, one in field.items() if isinstance(kind, str)}


def _licence_name(field: object) -> str:
    name = text(field.get("name") if isinstance(field, dict) and "name" in field else field)
    return "" if name == "unlicensed" else name


def _components(field: object, given: dict[str, str], file: str, job: Job) -> list[Component]:
    components: dict[str, Component] = {}
    entries = value(field)
    for number, entry in enumerate(entries if isinstance(entries, list) else [], 1):
        name = text(entry.get("name")) if isinstance(entry, dict) else ""
        if name not in COMPONENTS:
            job.skip(f"{file}, component {number}", f"“{name}” is none of the tool's components")
        elif name in components:
            job.skip(f"{file}, component {number}", f"“{name}” stands twice")
        else:
            own = entry.get("license")
            kinds = given.get(COMPONENTS[name]) or given.get("distribution", "")
            paths = (text(entry.get("component_path")), text(entry.get("license_path")))
            components[name] = Component(name, kinds if own is None else _licence_name(own), paths)
    return list(components.values())


def _write(model: Model, lists: Lists, assessor: NamedNode, job: Job) -> None:
    node = _model(model, job)
    for name in _JOINT.get(model.maker, (model.maker,)):
        if slugify(name):
            maker = job.thing("organization", name, *_ORGANIZATION, record=model.file)
            job.add(node, "schema:creator", maker)
    _derive(model, node, job)
    page, repository = map(link, model.links)
    job.add(node, "schema:url", page)
    if page:
        told = job.identities.telling("model", model.name, SOURCE.name, model.stem)
        names = () if told else (model.name,)
        claim_repository(job, node, names, page.value, f"models/{model.file}", _SAYS)
    job.add(node, "schema:codeRepository", repository)
    date = date_of(model.date)
    if model.date and date is None:
        job.note(model.file, f"“{model.date}” is no date; left out")
    released = {one.name: one for one in model.components}
    whole = released[_PARAMETERS].licence if _PARAMETERS in released else model.licence
    job.add(node, "dcterms:license", _licence(whole, model, job))
    for one in model.components:
        state = lists.state(one.licence, COMPONENTS[one.name])
        listed = spdx(one.licence)
        if state == "invalid" and listed and lists.is_open(listed[0]):
            reason = f"“{one.licence}” is not the id of a licence, {listed[0]} would be open"
            job.note(f"{model.file}, {one.name}", reason)
        verdict = job.assertion(
            f"{model.stem} {one.name}",
            f"Model Openness Tool, {model.name}: {one.name}",
            node,
            job.node("criterion", f"mof {one.name}"),
            OUTCOMES[state],
            state,
            assessor,
            date=date,
            evidence=one.evidence,
        )
        job.add(verdict, "schema:about", _licence(one.licence, model, job))


def _model(model: Model, job: Job) -> NamedNode:
    """Return the model; the table may tell a file with another model's name apart, by the file."""
    if normalize(model.name) in _NAMELESS:
        job.note(model.file, f"“{model.name}” stands for a model without a name")
        label = f"Model without a name ({model.file} of the Model Openness Tool)"
        return job.own("model", f"{SOURCE.name} {model.stem}", label, model.name, "fair4ml:MLModel")
    told = job.identities.telling("model", model.name, SOURCE.name, model.stem)
    return job.thing("model", model.name, "fair4ml:MLModel", qualifier=told, record=model.file)


def _derive(model: Model, node: NamedNode, job: Job) -> None:
    """Say what a model was made from, if `origin` names its pretrained version."""
    if not slugify(model.origin):
        return
    origin = job.identities.find("model", model.origin, SOURCE.name).iri
    name, base = (iri.rpartition("/")[2] for iri in (node.value, origin))
    if name == base:
        return
    if _TUNED.sub("", name) != re.sub(r"-base(?=-|$)", "", base):
        reason = f"the base model “{model.origin}” is not this model before tuning; left out"
        job.note(model.file, reason)
    else:
        made = job.thing("model", model.origin, "fair4ml:MLModel", record=model.file)
        job.add(node, "openness:derivedFromModel", made)


def _licence(name: str, model: Model, job: Job) -> NamedNode | None:
    """Return the licence of a string; none if it says that there is no such component."""
    if not slugify(name) or _NOT_INCLUDED.search(
        re.sub(r"(component )+", "component ", name.lower())
    ):
        return None
    return licence(job, name, model.file, model.stem)
