"""The European Open Source AI Index: a YAML file for each system, twelve dimensions judged in each.

Who is judged? A file is about a system: a base model, the end model made of it that people meet,
and all that was published with them. The readme asks of each dimension that ends in `_basemodel`
about the base model, of each that ends in `_endmodel` about the end model, and of the others about
“the project” or “all major parts of the system”. So the first are verdicts on the model that
`basemodelname` names, the second on the one that `endmodelname` names, and the rest on the system.
Where no model is named, or the name is a guess (`Command A?`), the verdict is on the system too.

A system is a thing of its own, even where it has the name of a family: the index's “Falcon” is
Falcon-H1R of 2026. It has the end model as version, requires the base model and is about the
curated family, if one has exactly its name. The licence is the end model's (`endmodellicense`),
maker and date are the system's.

What was made from what? The readme has `basemodelname` as the name of the “foundation model” that
was used, and where there is no such difference the base mirrors the end. So an end model was made
from the base model if both are named and are two models. No field says how it was made, so it is
`openness:derivedFromModel` and none of its kinds. A few records do not bear that reading out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.errors import NotFoundError
from openness.importers.identity import slugify
from openness.importers.job import Job, RecordError, Source, date_of, link
from openness.importers.licences import licence
from openness.importers.links import claim_account, claim_repository
from openness.importers.records import load, text, texts

SOURCE: Final = Source(
    name="osai-index",
    title="European Open Source AI Index: main database",
    publisher="Radboud University",
    address="https://github.com/Language-Technology-Assessment/main-database",
    licence="https://creativecommons.org/licenses/by/4.0/",
)
DIMENSIONS: Final = {
    "datasources_basemodel": "Base Model Data",
    "datasources_endmodel": "End User Model Data",
    "weights_basemodel": "Base Model Weights",
    "weights_endmodel": "End User Model Weights",
    "trainingcode": "Training Code",
    "code": "Code Documentation",
    "hardware_architecture": "Hardware Architecture",
    "preprint": "Preprint",
    "paper": "Paper",
    "modelcard": "Modelcard",
    "datasheet": "Datasheet",
    "licenses": "Licenses",
}
"""The dimensions by the names of their fields; each is a criterion `osai-…` of the curated data."""
OUTCOMES: Final = {"open": "earl:passed", "partial": "openness:partial", "closed": "earl:failed"}
"""The classes of the index."""
_MODEL: Final = "fair4ml:MLModel"
_ORGANIZATION: Final = ("org:Organization", "schema:Organization")
_NO_NAME: Final = re.compile(r"\?|\bunknown\b|\bundisclosed\b|^(none|n/?a|-)$", re.IGNORECASE)
_MONTHS: Final = tuple(re.findall("...", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"))
_PEOPLE: Final = frozenset({"Bram Vanroy", "Ethan Yanjia Li", "John", "Jon Durbin", "Zheng Zian"})
"""Makers that are people, as the files say."""
_JOINT: Final = {
    "AMD Silo AI and TurkuNLP and High Performance Language Technologies (HPLT)": (
        "AMD Silo AI",
        "TurkuNLP",
        "High Performance Language Technologies (HPLT)",
    ),
    "CUHK and Tencent": ("CUHK", "Tencent"),
    "DeepFloyd and StabilityAI and LAION (major contributors)": (
        "DeepFloyd",
        "StabilityAI",
        "LAION",
    ),
    "EleutherAI and Together Computer": ("EleutherAI", "Together Computer"),
    "Microsoft and Peking University": ("Microsoft", "Peking University"),
    "Mistral AI and NVIDIA": ("Mistral AI", "NVIDIA"),
    "Silo AI and TurkuNLP and High Performance Language Technologies (HPLT)": (
        "Silo AI",
        "TurkuNLP",
        "High Performance Language Technologies (HPLT)",
    ),
    "University of California San Diego, Mila-Quebec AI Institute, University of Surre and LAION": (
        "University of California San Diego",
        "Mila-Quebec AI Institute",
        "University of Surre",
        "LAION",
    ),
}
"""Makers that are several; a name with “and” that is not here, such as a laboratory's, is one."""

_NOT_MADE: Final = {
    ("CogVideoX", "CogVideoX-5b"): "an earlier version, and the link for its weights leads to"
    " another model, CogVideoX-2b",
    ("DeepSeek-Coder", "DeepSeek-V2"): "the record itself calls the inheritance arguable",
    ("Starling", "Llama-2-13B"): "a model of 13B for one of 7B, whose model card names"
    " Openchat-3.5-0106, made from Mistral 7B",
    ("T5", "T5"): "T5X is T5 in another code base; the record files both together",
    ("Vicuna", "Vicuna-13B"): "the family's own name; the record says that it was made from LLaMA",
}
"""Why the end model of a file is not said to be made from its base model, by file and base name."""


_PAGES: Final = {
    "weights_basemodel": "The record gives it for the weights of the base model.",
    "weights_endmodel": "The record gives it for the weights of the end model.",
    "modelcard": "The record gives it for the model card.",
}
"""The dimensions whose evidence can be a model's own page, and what the record says by that."""
_OTHER: Final = {"basemodel": "endmodel", "endmodel": "basemodel"}
_MAKER: Final = "The record has it as the page of the maker."


@dataclass(frozen=True)
class Verdict:
    """What the index says of one dimension."""

    dimension: str
    word: str
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class System:
    """What one file says."""

    file: str
    name: str
    base: str
    end: str
    licence: str
    released: str
    maker: str
    links: tuple[str, ...]
    accounts: tuple[str, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def stem(self) -> str:
        """The name of the file without its ending."""
        return self.file.rpartition(".")[0]


def read(path: Path, job: Job) -> None:
    """Read the folder of the index, one system a file; files that begin with `_` are none.

    Raises:
        NotFoundError: if there is no system in the folder.
        BrokenFileError: if the import is strict and a record cannot be read.
    """
    found = [*path.glob("*.yaml"), *path.glob("*.yml")] if path.is_dir() else []
    files = sorted(file for file in found if not file.name.startswith("_"))
    if not files:
        raise NotFoundError(f"{path} is no folder of systems, one YAML file each.")
    slugs: set[str] = set()
    for file in job.records(files, lambda file: file.name):
        try:
            system = parse(file, job)
            if slugify(system.stem) in slugs:
                raise RecordError("another file has the same name but for case and signs")
        except RecordError as error:
            job.skip(file.name, str(error))
            continue
        slugs.add(slugify(system.stem))
        _write(system, job)


def parse(file: Path, job: Job) -> System:
    """Return what a file says; verdicts that cannot be read are skipped one by one.

    Raises:
        RecordError: if it holds no system with a name.
    """
    content = load(file)
    about = content.get("system") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(about, dict):
        raise RecordError("it holds no system")
    maker = content.get("org")
    maker = maker if isinstance(maker, dict) else {"name": maker}
    name = text(about.get("name"))
    if not slugify(name) or not slugify(file.stem):
        raise RecordError("the system has no name")
    return System(
        file=file.name,
        name=name,
        base=_model_name(about.get("basemodelname"), file.name, job),
        end=_model_name(about.get("endmodelname"), file.name, job),
        licence=text(about.get("endmodellicense")) or text(about.get("endmodel license")),
        released=text(about.get("releasedate")),
        maker=text(maker.get("name")),
        links=tuple(texts(about.get("link")) + texts(maker.get("link"))),
        accounts=tuple(texts(maker.get("link"))),
        verdicts=tuple(_verdicts(content, file.name, job)),
    )


def _verdicts(content: dict[str, object], file: str, job: Job) -> list[Verdict]:
    verdicts = []
    for dimension in DIMENSIONS:
        field = content.get(dimension)
        word = text(field.get("class", field.get("value")) if isinstance(field, dict) else field)
        if word.casefold() in OUTCOMES:
            links = texts(field.get("link")) if isinstance(field, dict) else []
            verdicts.append(Verdict(dimension, word, tuple(links)))
        elif word or isinstance(field, list):
            job.skip(f"{file}, {dimension}", f"the class {word or field!r} is none of the index's")
    return verdicts


def _model_name(field: object, file: str, job: Job) -> str:
    name = text(field)
    if name and (_NO_NAME.search(name) or not slugify(name)):
        job.note(file, f"“{name}” names no model; verdicts on it are verdicts on the system")
        return ""
    return name


def _write(system: System, job: Job) -> None:
    label = f"{system.name} (system of the European Open Source AI Index)"
    node = job.own("model", f"{SOURCE.name} {system.stem}", label, system.name, _MODEL)
    base = _model(system, "base", system.base, job)
    end = _model(system, "end", system.end, job)
    job.add(node, "dcat:hasVersion", end)
    job.add(node, "dcterms:requires", base if base != end else None)
    _derive(system, base, end, job)
    family = job.identities.find("model", system.name, SOURCE.name)
    job.add(node, "schema:about", NamedNode(family.iri) if family.how != "new" else None)
    job.add(node, "schema:datePublished", _date(system, job))
    makers = _makers(system, job)
    job.add(node, "schema:creator", *makers)
    _claim(system, base, end, makers, job)
    job.add(node, "schema:url", *map(link, system.links))
    if slugify(system.licence):
        terms = licence(job, system.licence, system.file, system.stem)
        job.add(end or node, "dcterms:license", terms)
    subjects = {"basemodel": base or node, "endmodel": end or node}
    for verdict in system.verdicts:
        job.assertion(
            f"{system.stem} {verdict.dimension}",
            f"European Open Source AI Index, {system.name}: {DIMENSIONS[verdict.dimension]}",
            subjects.get(verdict.dimension.rpartition("_")[2], node),
            job.node("criterion", f"osai {verdict.dimension}"),
            OUTCOMES[verdict.word.casefold()],
            verdict.word,
            job.node("organization", "radboud-university"),
            evidence=verdict.evidence,
        )


def _claim(
    system: System,
    base: NamedNode | None,
    end: NamedNode | None,
    makers: list[NamedNode],
    job: Job,
) -> None:
    """Claim what the record gives for the models' weights and cards, and as the maker's page."""
    for node, role, name in ((base, "basemodel", system.base), (end, "endmodel", system.end)):
        for verdict in system.verdicts:
            says = _PAGES.get(verdict.dimension)
            if node is None or says is None or verdict.dimension.endswith(_OTHER[role]):
                continue
            told = job.identities.telling(
                "model", name, SOURCE.name, f"{system.stem} {role.removesuffix('model')}"
            )
            for address in filter(link, verdict.evidence):
                claim_repository(job, node, () if told else (name,), address, system.file, says)
    if len(makers) == 1:
        for address in filter(link, system.accounts):
            claim_account(job, makers[0], (system.maker,), address, system.file, _MAKER)


def _derive(system: System, base: NamedNode | None, end: NamedNode | None, job: Job) -> None:
    """Say that the end model was made from the base model, where the record says so."""
    if base is None or end is None or base == end:
        return
    if reason := _NOT_MADE.get((system.stem, system.base)):
        job.note(system.file, f"not said to be made from {system.base}: {reason}")
    else:
        job.add(end, "openness:derivedFromModel", base)


def _model(system: System, role: str, name: str, job: Job) -> NamedNode | None:
    """Return the model of a name; the table may correct it for one file, as `Guru end`."""
    if not name:
        return None
    told = job.identities.telling("model", name, SOURCE.name, f"{system.stem} {role}")
    return job.thing("model", name, _MODEL, qualifier=told, record=system.file)


def _makers(system: System, job: Job) -> list[NamedNode]:
    makers = []
    for name in _JOINT.get(system.maker, (system.maker,)):
        if re.search(r"\band\b|,", name):
            job.note(system.file, f"the maker “{name}” was taken to be one")
        if name in _PEOPLE:
            makers.append(job.thing("person", name, "schema:Person", record=system.file))
        elif slugify(name) and not _NO_NAME.search(name):
            makers.append(job.thing("organization", name, *_ORGANIZATION, record=system.file))
    return makers


def _date(system: System, job: Job) -> Literal | None:
    """Return the date; the readme's own form, `2024 NOV`, is a month."""
    words = system.released
    form = re.fullmatch(r"(\d{4}) ([A-Z]{3})", words)
    if form and form[2] in _MONTHS:
        words = f"{form[1]}-{_MONTHS.index(form[2]) + 1:02}"
    found = date_of(words)
    if words and found is None:
        job.note(system.file, f"“{words}” is no date; left out")
    return found
