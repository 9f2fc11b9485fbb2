"""One import: the statements it makes, and the account of what it read, wrote and left."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias, TypeVar
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode, Quad

from openness import __version__
from openness.errors import BrokenFileError
from openness.importers.claim import Claim
from openness.importers.identity import Identities, slugify
from openness.terms import CATALOGUE, GRAPH, ID, PREFIXES

T = TypeVar("T")
Value: TypeAlias = NamedNode | Literal | str | int | float | bool

_XSD: Final = PREFIXES["xsd"]
_NEAR: Final = 92.0
"""How alike a new name and a known one are (0 to 100) to be shown to a person as a near miss."""


@dataclass(frozen=True)
class Source:
    """An upstream data set.

    Attributes:
        name: its name, and that of its named graph.
        title: what it is called.
        publisher: who publishes it.
        address: where it comes from.
        licence: the address of its data licence, or None if it states none.
        ships: whether facts from it may ship with the package.
    """

    name: str
    title: str
    publisher: str
    address: str
    licence: str | None
    ships: bool = True

    @property
    def graph(self) -> str:
        """The IRI of its named graph."""
        return GRAPH + self.name


class RecordError(Exception):
    """A record that cannot be read; the message is the reason."""


@dataclass
class Report:
    """What became of the records and of the names in them."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    """For a person: `skipped`, `unresolved`, `near-miss` or `note`; the record; the reason."""


class Job:
    """What an importer writes into, and asks for ids.

    Args:
        source: the data set.
        identities: upstream names to ids.
        strict: stop at the first record that cannot be read.
        progress: told (done, total) as records are read.
    """

    def __init__(
        self,
        source: Source,
        identities: Identities,
        strict: bool = False,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> None:
        self.source = source
        self.identities = identities
        self.strict = strict
        self.progress = progress
        self.report = Report()
        self.quads: set[Quad] = set()
        self.claims: list[Claim] = []
        self._graph = NamedNode(source.graph)
        self._named: dict[tuple[str, str, str], NamedNode] = {}
        self._new: list[tuple[str, str]] = []
        self._labels: dict[NamedNode, str] = {}

    def records(self, items: Iterable[T], name: Callable[[T], str]) -> Iterator[T]:
        """Yield records one by one, counting them; a caller reports a bad one by :meth:`skip`.

        Args:
            items: the records.
            name: gives the name that a person finds a record by, such as its file.
        """
        listed = list(items)
        for number, item in enumerate(listed, 1):
            self.report.counts["read"] += 1
            yield item
            self.progress(number, len(listed))

    def skip(self, record: str, reason: str) -> None:
        """Leave a record out, with the reason.

        Raises:
            BrokenFileError: if the import is strict.
        """
        if self.strict:
            raise BrokenFileError(f"{self.source.name}: {record}: {reason}")
        self.report.counts["skipped"] += 1
        self.report.lines.append(("skipped", record, reason))

    def note(self, record: str, reason: str) -> None:
        """Say in the report what a person should know of a record that was read."""
        self.report.lines.append(("note", record, reason))

    def add(self, subject: NamedNode, predicate: str, *values: Value | None) -> None:
        """Add statements; text becomes an English literal, empty values none.

        Args:
            subject: the thing.
            predicate: a compact term such as `schema:creator`.
            values: terms, or Python values.
        """
        prefix, _, local = predicate.partition(":")
        for value in values:
            if value is not None and value != "":
                term = _term(value)
                if predicate == "rdfs:label":
                    self._labels.setdefault(subject, term.value)
                self.quads.add(
                    Quad(subject, NamedNode(PREFIXES[prefix] + local), term, self._graph)
                )

    def thing(
        self, kind: str, name: str, *classes: str, qualifier: str = "", record: str = ""
    ) -> NamedNode:
        """Return the id of what an upstream name means, and say of it what upstream calls it.

        Args:
            kind: a kind of the ids, as `model`.
            name: as upstream writes it.
            classes: compact terms of its classes, as `fair4ml:MLModel`.
            qualifier: what tells homonyms apart, as the maker; see the identity table.
            record: where it was met, for the report.

        Raises:
            RecordError: if the name is empty or cannot stand in an id.
        """
        label = " ".join(name.replace("\ufeff", "").split())
        if not label:
            raise RecordError(f"the name of the {kind} is empty")
        if known := self._named.get((kind, label, qualifier)):
            return known
        try:
            found = self.identities.find(kind, label, self.source.name, qualifier)
        except ValueError as error:
            raise RecordError(str(error)) from error
        node = self._named[kind, label, qualifier] = NamedNode(found.iri)
        self._account(kind, label, found.how, record)
        self.add(node, "openness:sourceName", Literal(name.strip("\ufeff\r\n")))
        if found.how == "new" and node not in self._labels:
            self.add(node, "rdfs:label", label)
        for curie in classes:
            self.add(node, "rdf:type", self.term(curie))
        return node

    def own(self, kind: str, key: str, label: str, name: str, *classes: str) -> NamedNode:
        """Return a thing by an id that is made of more than its name, such as one of two homonyms.

        Args:
            kind: a kind of the ids.
            key: what becomes the last part of the id.
            label: what people read.
            name: as upstream writes it.
            classes: compact terms of its classes.
        """
        node = self.node(kind, key)
        self.add(node, "openness:sourceName", Literal(name.strip("\ufeff\r\n")))
        if node not in self._labels:
            self.add(node, "rdfs:label", label)
        self.add(node, "rdf:type", *map(self.term, classes))
        return node

    def claim(self, claim: Claim) -> None:
        """Take what a record says of a page elsewhere; families are no thing that has one."""
        if claim.subject.value not in self.identities.families:
            self.claims.append(claim)

    def label(self, iri: str) -> str:
        """Return the label of a thing as the curated data or this import have it, or nothing."""
        return self.identities.label(iri) or self._labels.get(NamedNode(iri), "")

    def assertion(
        self,
        key: str,
        label: str,
        subject: NamedNode,
        criterion: NamedNode,
        outcome: str,
        word: str,
        assessor: NamedNode,
        *,
        date: Literal | None = None,
        evidence: Iterable[str] = (),
    ) -> NamedNode:
        """Add one verdict of the source, and return it.

        Args:
            key: what tells it from the others of this source; becomes part of its id.
            label: what people read.
            subject: what was assessed, exactly.
            criterion: by which criterion.
            outcome: a compact term: `earl:passed`, `earl:failed`, `openness:partial`, …
            word: the source's own word for it, as `open` or `1`.
            assessor: by whom.
            date: when, as :func:`date_of` gives it.
            evidence: addresses; those that are none, or end in `.invalid`, are dropped.

        Raises:
            RecordError: if another verdict has the same key.
        """
        node = self.node("assertion", f"{self.source.name} {key}")
        if Quad(node, NamedNode(PREFIXES["earl"] + "subject"), subject, self._graph) in self.quads:
            raise RecordError(f"two verdicts have the key {key}")
        result = self.node("result", f"{self.source.name} {word}")
        self.add(result, "rdf:type", self.term("earl:TestResult"))
        self.add(result, "rdfs:label", word)
        self.add(result, "earl:outcome", self.term(outcome))
        self.add(node, "rdf:type", self.term("earl:Assertion"))
        self.add(node, "rdfs:label", label)
        self.add(node, "earl:assertedBy", assessor)
        self.add(node, "earl:subject", subject)
        self.add(node, "earl:test", criterion)
        self.add(node, "earl:mode", self.term("earl:manual"))
        self.add(node, "earl:result", result)
        self.add(node, "dcterms:date", date)
        self.add(node, "dcterms:source", *map(link, evidence))
        self.report.counts["assertions"] += 1
        return node

    def measurement(
        self, key: str, label: str, subject: NamedNode, metric: NamedNode, value: Value
    ) -> NamedNode:
        """Add one score of the source, and return it."""
        node = self.node("measurement", f"{self.source.name} {key}")
        self.add(node, "rdf:type", self.term("dqv:QualityMeasurement"))
        self.add(node, "rdfs:label", label)
        self.add(node, "dqv:computedOn", subject)
        self.add(node, "dqv:isMeasurementOf", metric)
        self.add(node, "dqv:value", value)
        return node

    def node(self, kind: str, name: str) -> NamedNode:
        """Return the id of a record of this source's own, which no other source can mean."""
        return NamedNode(f"{ID}{kind}/{slugify(name)}")

    def term(self, curie: str) -> NamedNode:
        """Return the term that a compact form stands for."""
        prefix, _, local = curie.partition(":")
        return NamedNode(PREFIXES[prefix] + local)

    def describe(self, version: str | None, retrieved: str) -> None:
        """Describe the source's graph in the catalogue."""
        about: dict[str, NamedNode | Literal | None] = {
            "rdf:type": self.term("dcat:Dataset"),
            "rdfs:label": Literal(self.source.title, language="en"),
            "dcterms:publisher": Literal(self.source.publisher),
            "dcterms:source": NamedNode(self.source.address),
            "schema:version": Literal(version) if version else None,
            "pav:retrievedOn": Literal(retrieved, datatype=NamedNode(_XSD + "date")),
            "pav:importedBy": Literal(f"openness {__version__}"),
            "dcterms:license": NamedNode(self.source.licence) if self.source.licence else None,
            "dcterms:rights": None if self.source.licence else Literal("none stated; facts only"),
        }
        for predicate, value in about.items():
            if value is not None:
                term = self.term(predicate)
                self.quads.add(Quad(self._graph, term, value, NamedNode(CATALOGUE)))

    def near_misses(self) -> None:
        """Add to the report each new name that is almost a known one, for a person to decide."""
        from rapidfuzz import fuzz, process

        for kind in sorted({kind for kind, _ in self._new}):
            known = self.identities.known(kind)
            for label in [label for new_kind, label in self._new if new_kind == kind]:
                best = process.extractOne(
                    label.casefold(), list(known), scorer=fuzz.ratio, score_cutoff=_NEAR
                )
                if best:
                    target = known[best[0]].removeprefix(ID)
                    self.report.lines.append(("near-miss", label, f"almost “{best[0]}” ({target})"))

    def _account(self, kind: str, label: str, how: str, record: str) -> None:
        self.report.counts["unresolved" if how == "new" else "resolved"] += 1
        if how == "new":
            self._new.append((kind, label))
            reason = f"no {kind} of the curated data has this name; it has a node of its own"
            self.report.lines.append(
                ("unresolved", label, f"{reason} ({record})" if record else reason)
            )


def _term(value: Value) -> NamedNode | Literal:
    if isinstance(value, NamedNode | Literal):
        return value
    return Literal(value, language="en") if isinstance(value, str) else Literal(value)


def link(address: str) -> NamedNode | None:
    """Return a web address as a term, or None if it is none or its host ends in `.invalid`."""
    text = address.strip()
    if not re.match(r"https?://[^\s/]+", text) or re.search(r'[\s<>"{}|\\^`]', text):
        return None
    try:
        host = urlsplit(text).hostname or ""
        return None if host.endswith(".invalid") or "." not in host else NamedNode(text)
    except ValueError:
        return None


def date_of(text: object) -> Literal | None:
    """Return a day, month or year as a typed literal, exactly as precise as it was written.

    None for what is no date: a bad date is left out, not mended.
    """
    import datetime

    words = str(text).strip() if text is not None else ""
    for pattern, form, datatype in (
        (r"\d{4}-\d{2}-\d{2}", "%Y-%m-%d", "date"),
        (r"\d{4}-\d{2}", "%Y-%m", "gYearMonth"),
        (r"\d{4}", "%Y", "gYear"),
    ):
        if re.fullmatch(pattern, words):
            try:
                datetime.datetime.strptime(words, form)
            except ValueError:
                return None
            return Literal(words, datatype=NamedNode(_XSD + datatype))
    return None
