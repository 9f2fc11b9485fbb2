"""Mappings in SSSOM TSV: which concept of one set means what another one does.

A file (https://w3id.org/sssom) begins with metadata, YAML in comments, whose `curie_map` says what
the prefixes stand for; then comes a table. The graph gets the match itself, as one triple; who made
it, when, and how certain it is stays in the file, for people.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pyoxigraph import NamedNode, Triple

from openness.errors import BrokenFileError
from openness.terms import PREFIXES

ENDING: Final = ".sssom.tsv"
"""How the names of mapping files end."""
PREDICATES: Final = ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
"""The relations of SKOS by which a mapping can hold."""
_REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_BUILT_IN: Final = {prefix: PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "skos", "xsd")}


@dataclass(frozen=True)
class Mapping:
    """One row of a file: its line, and its slots by name."""

    line: int
    slots: dict[str, str]
    triple: Triple


def read(path: Path) -> list[Mapping]:
    """Return the mappings of a file, in their order.

    Raises:
        BrokenFileError: naming the line, if the file is not SSSOM TSV, a prefix is not declared,
            or the predicate is not one of SKOS.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFileError(f"{path} cannot be read: {error}") from error
    head = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    prefixes = _prefixes(path, lines[:head])
    table = csv.DictReader(lines[head:], delimiter="\t", quoting=csv.QUOTE_MINIMAL, strict=True)
    missing = [name for name in _REQUIRED if name not in (table.fieldnames or ())]
    if missing:
        raise BrokenFileError(f"{path}: line {head + 1}: no column {', '.join(missing)}.")
    return [
        Mapping(line, slots, _triple(f"{path}: line {line}", slots, prefixes))
        for line, slots in _rows(path, table, head)
    ]


def _rows(
    path: Path, table: csv.DictReader[str], head: int
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its line."""
    try:
        for row in table:
            line = head + table.line_num
            if None in row or None in row.values():
                raise BrokenFileError(f"{path}: line {line}: more or fewer cells than columns.")
            yield line, {name: text.strip() for name, text in row.items()}
    except csv.Error as error:
        raise BrokenFileError(f"{path}: line {head + table.reader.line_num}: {error}.") from error


def _prefixes(path: Path, comments: list[str]) -> dict[str, str]:
    """Return what the prefixes stand for, by the metadata."""
    import yaml

    text = "\n".join(line[1:].removeprefix(" ") for line in comments)
    try:
        metadata: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise BrokenFileError(f"{path}: {where}the metadata are not YAML.") from error
    declared = metadata.get("curie_map") if isinstance(metadata, dict) else None
    if not isinstance(declared, dict):
        raise BrokenFileError(f"{path}: line 1: the metadata have no curie_map.")
    return _BUILT_IN | {str(prefix): str(address) for prefix, address in declared.items()}


def _triple(where: str, slots: dict[str, str], prefixes: dict[str, str]) -> Triple:
    """Return what a row says."""

    def term(slot: str) -> NamedNode:
        prefix, colon, local = slots[slot].partition(":")
        if not colon or not local or prefix not in prefixes:
            wrong = f"{slot} “{slots[slot]}” has no prefix of the curie_map"
            raise BrokenFileError(f"{where}: {wrong}.")
        try:
            return NamedNode(prefixes[prefix] + local)
        except ValueError as error:
            raise BrokenFileError(f"{where}: {slot} “{slots[slot]}” is no IRI.") from error

    if not slots["mapping_justification"]:
        raise BrokenFileError(f"{where}: mapping_justification is empty.")
    predicate = term("predicate_id")
    if predicate.value.removeprefix(PREFIXES["skos"]) not in PREDICATES:
        known = ", ".join(f"skos:{name}" for name in PREDICATES)
        raise BrokenFileError(f"{where}: predicate_id is one of {known}.")
    return Triple(term("subject_id"), predicate, term("object_id"))
