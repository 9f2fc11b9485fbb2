"""Current AI's open source AI map: who makes what, and how open it is (currentai-org/os-ai-map)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from openness.errors import NotFoundError
from openness.importers.identity import normalize
from openness.importers.job import Job, RecordError, Source, date_of, link
from openness.importers.licences import licence
from openness.importers.links import claim_account, claim_repository
from openness.importers.os_ai_map_components import base_of, licence_of
from openness.importers.records import load, text
from openness.terms import ID

SOURCE: Final = Source(
    name="os-ai-map",
    title="Open source AI map: organizations, products and their scores",
    publisher="Current AI",
    address="https://github.com/currentai-org/os-ai-map",
    licence="https://spdx.org/licenses/MIT",
)

_OUTCOMES: Final = {
    "open_source": "earl:passed",
    "open": "earl:passed",
    "open_weights": "openness:partial",
    "restricted": "openness:partial",
    "open_core": "openness:partial",
    "source_available": "openness:partial",
    "gated": "openness:partial",
    "documented_only": "openness:partial",
    "closed": "earl:failed",
}
"""The classes of the map's rubric: the top one per type of product passes, the bottom one fails."""
_PRODUCTS: Final = {
    "model": "fair4ml:MLModel",
    "software": "schema:SoftwareApplication",
    "dataset": "schema:Dataset",
}
_TYPES: Final = {
    "company": "An organization that sells goods or services.",
    "lab": "A group of researchers, within an organization or between several.",
    "foundation": "A non-profit body that looks after a shared project or cause.",
    "individual": "A person, or a few, behind a project that bears another name.",
    "government": "A body of a state.",
}
_JOINT: Final = {"princeton nlp / openai": ("Princeton NLP", "OpenAI")}
"""Records of several organizations at once, as the map's own comments call them."""
_PEOPLE: Final = frozenset({"assaf elovic"})
"""Makers that are one person, by the names of their home pages; LibreChat is no person's name."""
_AXES: Final = {
    "openness": ("score", range(6), "How open a product is, in whole points from 0 to 5."),
    "adoption": ("level", range(1, 6), "How widely a product is used, in levels from 1 to 5."),
    "capability": ("score", range(1, 6), "How well a product performs, in points from 1 to 5."),
}
_BROKEN: Final = (AttributeError, LookupError, TypeError, ValueError)
"""What a record of another shape than the map's can raise."""
_ACCOUNT: Final = "The record has it as the organization's account on GitHub."
_PAGE: Final = "The record has it as the one page of the product on Hugging Face."
_ORGANIZATION: Final = ("org:Organization", "schema:Organization")
_SCHEME: Final = (
    "Grades the products of the AI stack by openness, use and performance. Openness is a class and"
    " 0 to 5 points, with links to what was read and the day of reading."
)
_CRITERION: Final = (
    "How open a product is: open_source (models, software) or open (data sets) is the best class,"
    " closed the worst; between them are open_weights and restricted for models, source_available"
    " and open_core for software, gated and documented_only for data sets."
)


def read(path: Path, job: Job) -> None:
    """Read the map: categories, organizations, products and scores, one file per record.

    Raises:
        NotFoundError: if the folder is not in the map's layout.
    """
    folder = path / "sources" if (path / "sources").is_dir() else path
    if not (folder / "products").is_dir():
        raise NotFoundError(f"{path} has no folder sources/products: it is no copy of the map.")
    reader = _Reader(job)
    handlers: dict[str, Callable[[Any, str], None]] = {
        "categories": reader.category,
        "organizations": reader.organization,
        "products": reader.product,
        "scores": reader.score,
    }
    files = [file for part in handlers for file in sorted((folder / part).glob("*.y*ml"))]
    reader.taxonomy(folder / "taxonomy.yaml")
    for file in job.records(files, lambda file: file.name):
        record = f"{file.parent.name}/{file.name}"
        try:
            handlers[file.parent.name](load(file), record)
        except RecordError as error:
            job.skip(record, str(error))
        except _BROKEN as error:
            job.skip(record, f"cannot be read: {error}")


class _Reader:
    """The records as statements; what one record says of another is kept until that comes."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.arcs: dict[str, NamedNode] = {}
        self.categories: dict[str, list[NamedNode]] = defaultdict(list)
        self.makers: dict[str, list[NamedNode]] = defaultdict(list)
        self.products: dict[str, tuple[NamedNode, str]] = {}
        self.assessor = job.thing("organization", "Current AI", *_ORGANIZATION)
        self.criterion, self.metrics = self._criteria()

    def taxonomy(self, file: Path) -> None:
        """Take the groups of categories from the manifest, if it can be read."""
        try:
            for arc in load(file)["arcs"]:
                name = text(arc["name"])
                concept = self._concept(name, f"A group of categories of the map: {name}.")
                self.arcs |= dict.fromkeys(map(text, arc["categories"]), concept)
        except (RecordError, *_BROKEN) as error:
            self.job.note(file.name, f"the groups of categories are left out: {error}")

    def category(self, data: Any, record: str) -> None:
        """Introduce a category, and keep which products are in it."""
        slug, name = _names(data)
        concept = self._concept(name, f"Products that the map files under “{name}”.")
        self.job.add(concept, "skos:broader", self.arcs.get(slug))
        for product in _list(data.get("products")):
            self.categories[text(product)].append(concept)

    def organization(self, data: Any, record: str) -> None:
        """Introduce an organization, and keep which products it makes."""
        job = self.job
        _, name = _names(data)
        makers: list[NamedNode] = []
        if normalize(name) == "unknown":
            job.note(record, "stands for makers that the map does not know; no organization")
        elif parts := _JOINT.get(normalize(name)):
            makers = [job.thing("organization", p, *_ORGANIZATION, record=record) for p in parts]
            job.note(record, f"stands for {' and '.join(parts)} together")
        else:
            makers = [self._maker(name, data, record)]
        for product in _list(data.get("products")):
            self.makers[text(product)] += makers

    def _maker(self, name: str, data: Any, record: str) -> NamedNode:
        """Return an organization or a person, with kind, country, home page and account."""
        job = self.job
        if normalize(name) in _PEOPLE:
            node = job.thing("person", name, "schema:Person", record=record)
        else:
            node = job.thing("organization", name, *_ORGANIZATION, record=record)
            kind = text(data.get("type"))
            if kind in _TYPES:
                job.add(node, "org:classification", self._concept(kind, _TYPES[kind]))
            elif kind and kind != "unknown":
                job.note(record, f"the type “{kind}” is not one of the map's; left out")
        if country := text(data.get("country")):
            job.add(node, "schema:addressCountry", Literal(country))
        job.add(node, "schema:url", link(text(data.get("homepage"))))
        for page in _links(data.get("github")):
            claim_account(job, node, (name,), page.value, f"sources/{record}", _ACCOUNT)
        return node

    def product(self, data: Any, record: str) -> None:
        """Introduce a product as a model, a data set or software, with its makers."""
        job = self.job
        slug, name = _names(data)
        kind = text(data.get("type"))
        if kind not in _PRODUCTS:
            raise RecordError(f"the type “{kind}” is unknown")
        if slug in self.products:
            raise RecordError(f"another file has the name {slug}")
        node = job.thing(kind, name, _PRODUCTS[kind], qualifier=slug, record=record)
        self.products[slug] = (node, name)
        job.add(node, "schema:creator", *self.makers[slug])
        job.add(node, "dcterms:type", *self.categories[slug])
        job.add(node, "schema:codeRepository", *_links(data.get("github")))
        for field in ("huggingface_model", "huggingface_dataset"):
            pages = list(_links(data.get(field)))
            where = f"sources/{record}"
            own = len(pages) == 1 and claim_repository(
                job, node, (name,), pages[0].value, where, _PAGE
            )
            if not own:
                job.add(node, "schema:url", *pages)

    def score(self, data: Any, record: str) -> None:
        """Add the verdict on a product's openness, its scores and its licence."""
        slug = text(data.get("product"))
        if slug not in self.products:
            raise RecordError(f"there is no product “{slug}”")
        node, name = self.products[slug]
        openness = data.get("openness") or {}
        word = text(openness.get("class"))
        if word not in _OUTCOMES:
            raise RecordError(f"the openness class “{word}” is unknown")
        seen = {axis: self._evidence(data.get(axis) or {}, record) for axis in _AXES}
        links, date = seen["openness"]
        self.job.assertion(
            f"{slug} openness",
            f"Open source AI map on {name}: {word}",
            node,
            self.criterion,
            _OUTCOMES[word],
            word,
            self.assessor,
            date=date,
            evidence=links,
        )
        for axis, (links, date) in seen.items():
            if value := self._value(axis, data.get(axis) or {}, record):
                label = f"Open source AI map on {name}: {axis} {value}"
                metric = self.metrics[axis]
                made = self.job.measurement(f"{slug} {axis}", label, node, metric, int(value))
                self.job.add(made, "dcterms:date", date)
                self.job.add(made, "dcterms:source", *map(link, links))
        components = text(openness.get("components"))
        self._licence(node, components, record)
        self._base(node, base_of(components), record)

    def _value(self, axis: str, data: Any, record: str) -> str:
        """Return a score as a whole number on its scale, or nothing."""
        field, allowed, _ = _AXES[axis]
        value = text(data.get(field))
        if value and not (value.isdecimal() and int(value) in allowed):
            self.job.note(record, f"{axis}: “{value}” is no {field}; left out")
            return ""
        return value

    def _evidence(self, data: Any, record: str) -> tuple[list[str], Literal | None]:
        """Return the addresses of the evidence and the last day on which any of it was seen."""
        links, dates = [], []
        for source in _list(data.get("sources")):
            links.append(text(source.get("url") if isinstance(source, dict) else source))
            written = text(source.get("accessed") if isinstance(source, dict) else None)
            if date := date_of(written):
                dates.append(date)
            elif written:
                self.job.note(record, f"“{written}” is no date; left out")
        return links, max(dates, key=lambda date: date.value, default=None)

    def _licence(self, node: NamedNode, components: str, record: str) -> None:
        name, remark = licence_of(components)
        if name:
            self.job.add(node, "dcterms:license", licence(self.job, name, record))
        elif remark:
            self.job.note(record, f"no licence of the whole product: {remark}")

    def _base(self, node: NamedNode, name: str, record: str) -> None:
        """Say which model a model was made from."""
        if name and node.value.startswith(f"{ID}model/"):
            base = self.job.thing("model", name, _PRODUCTS["model"], record=record)
            self.job.add(node, "openness:derivedFromModel", base if base != node else None)

    def _concept(self, name: str, definition: str) -> NamedNode:
        node = self.job.node("classification", f"{SOURCE.name} {name}")
        self.job.add(node, "rdf:type", self.job.term("skos:Concept"))
        self.job.add(node, "rdfs:label", name)
        self.job.add(node, "skos:definition", definition)
        return node

    def _criteria(self) -> tuple[NamedNode, dict[str, NamedNode]]:
        """Introduce the map's one criterion and its three metrics."""
        job = self.job
        scheme = job.node("criteria", SOURCE.name)
        criterion = job.node("criterion", "os-ai-map-openness")
        job.add(scheme, "rdf:type", job.term("skos:ConceptScheme"))
        job.add(scheme, "rdfs:label", "Open source AI map")
        job.add(scheme, "dcterms:description", _SCHEME)
        job.add(scheme, "dcterms:publisher", self.assessor)
        job.add(criterion, "rdf:type", job.term("earl:TestRequirement"), job.term("skos:Concept"))
        job.add(criterion, "rdfs:label", "Openness of a product")
        job.add(criterion, "dcterms:description", _CRITERION)
        job.add(criterion, "skos:inScheme", scheme)
        job.add(criterion, "skos:notation", Literal("1"))
        metrics = {axis: job.node("metric", f"{SOURCE.name} {axis}") for axis in _AXES}
        for axis, metric in metrics.items():
            job.add(metric, "rdf:type", job.term("dqv:Metric"))
            job.add(metric, "rdfs:label", f"Open source AI map: {axis}")
            job.add(metric, "skos:definition", _AXES[axis][2])
            job.add(metric, "dqv:expectedDataType", job.term("xsd:integer"))
            job.add(metric, "prov:wasDerivedFrom", scheme)
        return criterion, metrics


def _names(data: Any) -> tuple[str, str]:
    """Return the map's own id and the name for people."""
    slug, name = text(data.get("name")), text(data.get("display_name"))
    if not slug or not name:
        raise RecordError("the record has no name")
    return slug, name


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _links(value: Any) -> Iterator[NamedNode]:
    for item in _list(value):
        if found := link(text(item.get("url") if isinstance(item, dict) else item)):
            yield found
