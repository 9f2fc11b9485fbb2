"""Decisions on links, kept in SSSOM files: one row per decision, merged into what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

from openness import mappings
from openness.files import locked, write_atomically
from openness.importers.identity import slugify
from openness.mappings import ENDING, REQUIRED, MappingSet, load, serialize
from openness.terms import DATA_LICENCE, PREFIXES

Pair: TypeAlias = tuple[str, str]
"""The IRIs of a thing of ours and of one of theirs."""
Row: TypeAlias = dict[str, str]

NAMESPACES: Final = {
    "wikidata": "http://www.wikidata.org/entity/",
    "dbpedia": "http://dbpedia.org/resource/",
    "ror": "https://ror.org/",
    "huggingface": "https://huggingface.co/",
    "github": "https://github.com/",
    "spdx": "http://spdx.org/licenses/",
    "scancode": "https://scancode-licensedb.aboutcode.org/",
}
"""How the IRIs of the external data sets begin, by the names of their files."""
_ALWAYS: Final = {"semapv": PREFIXES["semapv"]}


def source_of(iri: str) -> str:
    """Return the name of the data set that an IRI belongs to: that of its host, if it is unknown.

    >>> source_of("http://www.wikidata.org/entity/Q1")
    'wikidata'
    >>> source_of("https://data.example.org/thing/1")
    'data.example.org'
    """
    for name, start in NAMESPACES.items():
        if iri.startswith(start):
            return name
    return slugify(urlsplit(iri).netloc or "others")


class Ledger:
    """The decisions in a folder, in one file per external data set: `wikidata.sssom.tsv`, ….

    Every change reads the file anew, merges, and puts the new file in the old one's place, while
    the folder is locked (where the system has such locks: Linux, macOS), so that two reviews at
    once lose nothing of each other and an interruption leaves a whole file.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, source: str) -> Path:
        """Return the file of an external data set."""
        return self.folder / f"{source}{ENDING}"

    def rows(self, pair: Pair) -> tuple[list[Row], dict[str, str]]:
        """Return what stands there on a pair, and what the prefixes in it stand for.

        Raises:
            BrokenFileError: if the file is none of mappings.
        """
        path = self.path(source_of(pair[1]))
        if not path.exists():
            return [], {}
        found = load(path)
        return list(_by_pair(found).get(pair, ())), found.prefixes

    def replace(self, pair: Pair, rows: Iterable[Row], prefixes: Mapping[str, str]) -> None:
        """Let rows be all that stands on a pair; none removes what did.

        Args:
            pair: what the rows are about.
            rows: slots by name; subject, predicate and object are set by whoever calls.
            prefixes: what the prefixes in them stand for.

        Raises:
            BrokenFileError: if the file is none of mappings.
            EngineError: if it cannot be written.
        """
        self.replace_all({pair: list(rows)}, prefixes)

    def replace_all(
        self, changes: Mapping[Pair, Iterable[Row]], prefixes: Mapping[str, str]
    ) -> None:
        """Do as :meth:`replace` for many pairs, each file being written once."""
        by_file: dict[str, dict[Pair, list[Row]]] = {}
        for pair, rows in changes.items():
            by_file.setdefault(source_of(pair[1]), {})[pair] = list(rows)
        with locked(self.folder):
            for source, some in by_file.items():
                self._merge(source, some, prefixes)

    def _merge(
        self, source: str, changes: Mapping[Pair, list[Row]], prefixes: Mapping[str, str]
    ) -> None:
        path = self.path(source)
        old = load(path) if path.exists() else _empty(source)
        known = dict(old.prefixes)
        short = _shortener(known, prefixes)
        kept = [row for pair, some in _by_pair(old).items() if pair not in changes for row in some]
        new = [short(row) for some in changes.values() for row in some]
        used = {row[slot].partition(":")[0] for row in [*kept, *new] for slot in REQUIRED}
        # What the file declared stays, used or not: it is not ours to tidy.
        final = {
            name: address
            for name, address in known.items()
            if name in old.prefixes or name in used or name in _ALWAYS
        }
        write_atomically(path, serialize(old.metadata, final, [*kept, *new]))


def decided_in(paths: Iterable[Path]) -> set[Pair]:
    """Return the pairs that files have decided on, one way or the other.

    A row that nobody stands for decides nothing.

    Raises:
        BrokenFileError: if a file is none of mappings.
    """
    return {_pair(one) for path in paths for one in load(path).mappings if one.is_settled}


def _empty(source: str) -> MappingSet:
    about: dict[str, Any] = {
        "mapping_set_id": f"https://w3id.org/openness/mappings/{source}",
        "mapping_set_title": f"Openness links to {source}",
        "license": DATA_LICENCE,
    }
    return MappingSet(about, dict(_ALWAYS), [])


def _by_pair(some: MappingSet) -> dict[Pair, list[Row]]:
    found: dict[Pair, list[Row]] = {}
    for one in some.mappings:
        found.setdefault(_pair(one), []).append(one.slots)
    return found


def _pair(one: mappings.Mapping) -> Pair:
    subject, _, value = one.triple
    return subject.value, value.value


def _shortener(known: dict[str, str], given: Mapping[str, str]) -> Callable[[Row], Row]:
    """Return what writes a row's terms by a file's prefixes, which it adds to where they lack one.

    A prefix that means something else in the file gets a number: `b` becomes `b2`.
    """
    all_given = PREFIXES | dict(given)

    def rename(term: str) -> str:
        prefix, _, local = term.partition(":")
        address = all_given[prefix]
        for name, other in known.items():
            if other == address:
                return f"{name}:{local}"
        name, number = prefix, 1
        while name in known:
            number += 1
            name = f"{prefix}{number}"
        known[name] = address
        return f"{name}:{local}"

    def short(row: Row) -> Row:
        return row | {slot: rename(row[slot]) for slot in REQUIRED}

    return short
