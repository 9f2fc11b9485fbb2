"""Whose name is it? Upstream names to our ids: one curated table, and conservative normalization.

A wrong merge is a false statement, so precision comes first: two names mean the same thing only if
the table says so, if they are a label that the curated data give the thing, or if they differ in
nothing but case, spaces and punctuation.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import Literal, NamedNode

from openness import shipped
from openness.errors import BrokenFileError
from openness.terms import ID, KINDS, PREFIXES

TABLE_COLUMNS: Final = ("kind", "source", "name", "qualifier", "id", "note")
"""The columns of `data/curated/identities.csv`; a source of `*` means any."""
_LABELS: Final = (PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "altLabel")
_IDENTIFIER: Final = PREFIXES["dcterms"] + "identifier"
_VERSION: Final = PREFIXES["dcat"] + "hasVersion"


@dataclass(frozen=True)
class Identity:
    """A name's id and how it was found: `table`, `label`, `id`, or `new` for one of its own."""

    iri: str
    how: str


def normalize(name: str) -> str:
    r"""Return a name without what never tells two things apart: case, form and runs of spaces.

    >>> normalize("\ufeff Meta\u00a0 AI ")
    'meta ai'
    """
    return " ".join(unicodedata.normalize("NFKC", name).replace("\ufeff", "").split()).casefold()


def slugify(name: str) -> str:
    """Return a name as the last part of an id; a plus is a word, for `Command R+` is not `R`.

    >>> slugify("Command R+"), slugify("Llama 3.1 (8B)")
    ('command-r-plus', 'llama-3.1-8b')
    """
    text = (
        unicodedata.normalize("NFKD", normalize(name)).replace("+", " plus ").replace("&", " and ")
    )
    text = re.sub(r"[^a-z0-9.]+", "-", text.encode("ascii", "ignore").decode())
    return re.sub(r"\.(?=-|$)|(?<=-)\.|^\.", "", text).strip("-.")


@dataclass
class Curated:
    """What the curated data say of their things that an import needs.

    Attributes:
        names: IRIs by normalized label, other labels among them.
        labels: the label by IRI.
        identifiers: IRIs of licences by their id in somebody's list.
        families: IRIs of models that have versions.
    """

    names: dict[str, set[str]]
    labels: dict[str, str]
    identifiers: dict[str, set[str]]
    families: set[str]

    @classmethod
    def read(cls, folder: Path) -> Curated:
        """Read the TriG files of a folder."""
        found = cls(defaultdict(set), {}, defaultdict(set), set())
        for path in sorted(folder.rglob("*.trig")):
            for quad in pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TRIG):
                subject, value = quad.subject, quad.object
                if isinstance(subject, NamedNode) and isinstance(value, NamedNode | Literal):
                    found.take(subject.value, quad.predicate.value, value.value)
        return found

    def take(self, subject: str, predicate: str, value: str) -> None:
        """Take one statement, if it is of use."""
        if predicate in _LABELS:
            self.names[normalize(value)].add(subject)
        if predicate == _LABELS[0]:
            self.labels[subject] = min(value, self.labels.get(subject, value))
        elif predicate == _IDENTIFIER:
            self.identifiers[value].add(subject)
        elif predicate == _VERSION:
            self.families.add(subject)


class Identities:
    """The curated table and the labels of the curated things.

    Attributes:
        families: the curated models that have versions.
        identifiers: curated licences by their id in somebody's list.
    """

    def __init__(self, table: dict[tuple[str, str, str, str], str], curated: Curated):
        self._table = table
        self._labels = curated.names
        self._shown = curated.labels
        self._ids = {iri for iris in curated.names.values() for iri in iris}
        self.families = frozenset(curated.families)
        self.identifiers = curated.identifiers

    @classmethod
    def load(cls, curated: Path | None = None) -> Identities:
        """Read the table and the labels from the folder of curated data.

        Raises:
            BrokenFileError: if the table has other columns, an unknown kind, or one name twice.
        """
        folder = curated or shipped.data() / "curated"
        return cls(_read_table(folder / "identities.csv"), Curated.read(folder))

    def find(self, kind: str, name: str, source: str, qualifier: str = "") -> Identity:
        """Return the identity of an upstream name.

        Args:
            kind: a kind of the ids, as `model`.
            name: as upstream writes it.
            source: the name of the source.
            qualifier: what upstream tells homonyms apart by, as the maker or the file.

        Raises:
            ValueError: if nothing of the name can stand in an id.
        """
        key = normalize(name)
        for where in (source, "*"):
            for which in dict.fromkeys((normalize(qualifier), "")):
                if iri := self._table.get((kind, where, key, which)):
                    return Identity(iri, "table")
        start = f"{ID}{kind}/"
        labelled = {iri for iri in self._labels.get(key, set()) if iri.startswith(start)}
        if len(labelled) == 1:
            return Identity(labelled.pop(), "label")
        slug = slugify(name)
        if not slug:
            raise ValueError(f"nothing in the name {name!r} can stand in an id")
        iri = start + slug
        return Identity(iri, "id" if iri in self._ids else "new")

    def telling(self, kind: str, name: str, source: str, qualifier: str) -> str:
        """Return a qualifier if the table tells a name apart by it, else nothing."""
        key = (normalize(name), normalize(qualifier))
        return qualifier if any((kind, w, *key) in self._table for w in (source, "*")) else ""

    def label(self, iri: str) -> str:
        """Return the label that the curated data give a thing, or nothing."""
        return self._shown.get(iri, "")

    def known(self, kind: str) -> dict[str, str]:
        """Return the ids of all curated things of a kind by their normalized labels."""
        start = f"{ID}{kind}/"
        return {
            label: iri
            for label, iris in sorted(self._labels.items())
            for iri in sorted(iris)
            if iri.startswith(start)
        }


def _read_table(path: Path) -> dict[tuple[str, str, str, str], str]:
    table: dict[tuple[str, str, str, str], str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != TABLE_COLUMNS:
            raise BrokenFileError(f"{path}: the columns are {', '.join(TABLE_COLUMNS)}.")
        for row in reader:
            kind, _, slug = row["id"].partition("/")
            if row["kind"] != kind or kind not in KINDS or not slug:
                raise BrokenFileError(f"{path}: line {reader.line_num}: {row['id']} is no such id.")
            key = (kind, row["source"], normalize(row["name"]), normalize(row["qualifier"]))
            if table.setdefault(key, ID + row["id"]) != ID + row["id"]:
                raise BrokenFileError(
                    f"{path}: line {reader.line_num}: {row['name']} stands twice."
                )
    return table
