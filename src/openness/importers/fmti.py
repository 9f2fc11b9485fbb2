"""Stanford's Foundation Model Transparency Index: three editions of 100 indicators, met or not.

The scores name developers, never models, so developers are what the verdicts are about. A verdict
is a cell of a scores file; its evidence is the addresses that the transparency report of the same
developer and edition gives for the indicator, where there is such a report.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode

from openness.errors import NotFoundError
from openness.importers import fmti_files as files
from openness.importers.fmti_files import EDITIONS, Cell, Edition, Scores
from openness.importers.identity import normalize, slugify
from openness.importers.job import Job, RecordError, Source, date_of
from openness.terms import slug

SOURCE: Final = Source(
    name="fmti",
    title="The Foundation Model Transparency Index: indicators and scores",
    publisher="Stanford Center for Research on Foundation Models",
    address="https://github.com/stanford-crfm/fmti",
    licence="https://creativecommons.org/licenses/by/4.0/",
)
_OUTCOMES: Final = {"1": "earl:passed", "0": "earl:failed"}
_LEVELS: Final = ("Domain", "Subdomain", "Indicator")
_SCHEME: Final = (
    "Measures how much the developers of foundation models disclose, in the edition of {}: about"
    " what goes into a model, about the model itself and about its use afterwards. Each indicator"
    " is met or not."
)
_METRIC: Final = "The number of the index's indicators{} that a developer met in {}."


@dataclass(frozen=True)
class Indicator:
    """An indicator of an edition.

    Attributes:
        node: its id.
        name: its name.
        domain: the name of its domain.
        listed: the file and place where it is defined; editions may share them.
        question: what it asks, to be compared, not copied.
    """

    node: NamedNode
    name: str
    domain: str
    listed: tuple[str, int | None]
    question: str


def read(path: Path, job: Job) -> None:
    """Read the editions that are there.

    Raises:
        NotFoundError: if the folder holds the scores of no edition.
    """
    if not any((path / edition.scores).is_file() for edition in EDITIONS):
        raise NotFoundError(f"{path} holds no {EDITIONS[0].scores}: it is no copy of fmti.")
    read_editions: dict[Edition, _Marks] = {}
    cells: list[Cell] = []
    for edition in EDITIONS:
        try:
            found = files.scores(path, edition)
        except RecordError as error:
            job.skip(edition.scores, str(error))
            continue
        criteria = _Criteria(path, edition, found, job)
        read_editions[edition] = _Marks(path, edition, found, criteria, job)
        cells += found.cells
    _relate([marks.criteria for marks in read_editions.values()], job)
    for cell in job.records(cells, lambda cell: cell.record):
        read_editions[cell.edition].score(cell)
    for marks in read_editions.values():
        marks.measure()


class _Criteria:
    """The set of criteria of one edition, and its metrics: new, but for what is curated."""

    def __init__(self, path: Path, edition: Edition, found: Scores, job: Job) -> None:
        self.edition, self._job = edition, job
        self._prefix = f"{SOURCE.name} {edition.year}"
        self._curated = {
            iri
            for kind in ("criteria", "criterion", "metric")
            for iri in job.identities.known(kind).values()
        }
        self._scheme = job.node("criteria", self._prefix)
        self._numbers: dict[tuple[str, ...], int] = defaultdict(int)
        self._notations: dict[NamedNode, str] = {}
        self._introduce_set()
        self.indicators = self._introduce(path, found.names)

    def metrics(self) -> dict[str, NamedNode]:
        """Introduce the metrics, by their domains; the total is that of no domain."""
        job, metrics = self._job, {}
        for domain in ["", *sorted({one.domain for one in self.indicators.values()} - {""})]:
            metric = metrics[domain] = job.node("metric", f"{self._prefix} {domain or 'total'}")
            if self._new(metric, f"{domain or 'Total'} of the {self.edition.name}", "dqv:Metric"):
                part = f" in the domain {domain}" if domain else ""
                job.add(metric, "skos:definition", _METRIC.format(part, self.edition.title))
                job.add(metric, "dqv:expectedDataType", job.term("xsd:integer"))
                job.add(metric, "prov:wasDerivedFrom", self._scheme)
        return metrics

    def _introduce_set(self) -> None:
        job, scheme = self._job, self._scheme
        if self._new(scheme, self.edition.name, "skos:ConceptScheme"):
            job.add(scheme, "dcterms:description", _SCHEME.format(self.edition.title))
            job.add(scheme, "dcterms:publisher", job.node("organization", "stanford-crfm"))
            job.add(scheme, "dcterms:issued", date_of(self.edition.date))
            job.add(scheme, "dcterms:license", NamedNode(SOURCE.licence or ""))
            job.add(scheme, "schema:about", job.node("topic", "transparency"))

    def _introduce(self, path: Path, names: list[str]) -> dict[int, Indicator]:
        """Introduce the indicators with what is above them; return them by their rows."""
        listed = self._listed(path)
        places = files.aligned(names, [record.get("indicator", "") for record in listed])
        found: dict[int, Indicator] = {}
        for row, name in enumerate(names):
            if not slugify(name) or normalize(name) in map(normalize, names[:row]):
                continue
            at = places.get(row)
            facts = listed[at] if at is not None else {}
            above = [facts[key] for key in ("domain", "subdomain") if facts.get(key)]
            if len(above) < 2:
                record = f"{self.edition.scores}: {name}"
                self._job.note(record, f"{self.edition.indicators} does not say where it belongs")
            node: NamedNode | None = None
            for level, label in zip(_LEVELS, above, strict=False):
                node = self._criterion(label, level, node)
            node = self._criterion(name, _LEVELS[-1], node)
            question = normalize(facts.get("definition", ""))
            domain = above[0] if above else ""
            found[row] = Indicator(node, name, domain, (self.edition.indicators, at), question)
        return found

    def _listed(self, path: Path) -> list[dict[str, str]]:
        try:
            return files.records(path / self.edition.indicators)
        except RecordError as error:
            self._job.note(self.edition.indicators, str(error))
            return []

    def _criterion(self, name: str, level: str, above: NamedNode | None) -> NamedNode:
        """Introduce a criterion, numbered within the one above it in the order of the file."""
        node = self._job.node("criterion", f"{self._prefix} {name}")
        if node not in self._notations:
            start = f"{self._notations[above]}." if above else ""
            self._numbers[(start,)] += 1
            number = self._notations[node] = f"{start}{self._numbers[(start,)]}"
            if self._new(node, name, "earl:TestRequirement", "skos:Concept"):
                what = f"{level} {number} of the {self.edition.name}."
                self._job.add(node, "dcterms:description", what)
                self._job.add(node, "skos:inScheme", self._scheme)
                self._job.add(node, "skos:notation", Literal(number))
                self._job.add(node, "skos:broader", above)
        return node

    def _new(self, node: NamedNode, label: str, *classes: str) -> bool:
        """Say what a thing is, unless the curated data do; return whether they do not."""
        if node.value in self._curated:
            return False
        self._job.add(node, "rdf:type", *map(self._job.term, classes))
        self._job.add(node, "rdfs:label", label)
        return True


class _Marks:
    """The verdicts and totals of one edition."""

    def __init__(
        self, path: Path, edition: Edition, found: Scores, criteria: _Criteria, job: Job
    ) -> None:
        self.criteria = criteria
        self._edition, self._printed, self._job = edition, found.totals, job
        self._points: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._incomplete: set[str] = set()
        self._reports: dict[str, dict[int, tuple[str, list[str]]]] = {}
        for name, report in files.reports(path, edition, found):
            if isinstance(report, str):
                job.note(name, report)
            else:
                self._reports[name] = report

    def score(self, cell: Cell) -> None:
        """Add one verdict, or report why it cannot be read."""
        try:
            domain = self._verdict(cell)
        except RecordError as error:
            self._incomplete.add(cell.developer)
            self._job.skip(cell.record, str(error))
        else:
            for part in {"", domain}:
                self._points[cell.developer][part] += int(cell.score)

    def measure(self) -> None:
        """Add the totals of each developer whose scores could all be read."""
        metrics = self.criteria.metrics()
        for name, points in self._points.items():
            record = f"{self._edition.scores}: {name}"
            if name in self._incomplete:
                self._job.note(record, "no totals, for some of the scores cannot be read")
                continue
            developer = self._developer(name, record)
            for domain, metric in metrics.items():
                key = f"{self._edition.year} {slug(developer.value)} {domain}"
                label = f"{name}: {domain or 'total'} in the {self._edition.name}"
                self._job.measurement(key, label, developer, metric, points[domain])
            if self._printed.get(name, str(points[""])) != str(points[""]):
                self._job.note(record, f"adds up to {points['']}, not {self._printed[name]}")

    def _verdict(self, cell: Cell) -> str:
        """Add one verdict; return the domain of its indicator."""
        indicator = self.criteria.indicators.get(cell.row)
        if indicator is None:
            raise RecordError("the indicator has no name, or stands twice")
        if cell.score not in _OUTCOMES:
            raise RecordError(f"the score “{cell.score}” is neither 0 nor 1")
        developer = self._developer(cell.developer, cell.record)
        said, evidence = self._reports.get(cell.developer, {}).get(cell.row, (cell.score, []))
        self._job.assertion(
            f"{self._edition.year} {slug(developer.value)} {indicator.name}",
            f"{self._edition.name}, on {cell.developer}: {indicator.name} {cell.score}",
            developer,
            indicator.node,
            _OUTCOMES[cell.score],
            cell.score,
            self._job.node("organization", "stanford-crfm"),
            date=date_of(self._edition.date),
            evidence=evidence,
        )
        if said != cell.score:
            self._job.note(cell.record, f"the developer's report has the score “{said}”")
        return indicator.domain

    def _developer(self, name: str, record: str) -> NamedNode:
        classes = ("org:Organization", "schema:Organization")
        return self._job.thing("organization", name, *classes, record=record)


def _relate(editions: list[_Criteria], job: Job) -> None:
    """Say which indicators of a later edition are those of an earlier one.

    One that has the same name and asks the same is an exact match; one of the same name that asks
    something else, or the same under another name, is a close one.
    """
    for earlier, later in combinations(editions, 2):
        for new in later.indicators.values():
            for old in earlier.indicators.values():
                named = normalize(new.name) == normalize(old.name)
                same = new.question == old.question != ""
                moved = new.listed == old.listed and new.listed[1] is not None
                if named or moved:
                    match = "skos:exactMatch" if named and same else "skos:closeMatch"
                    job.add(new.node, match, old.node)
