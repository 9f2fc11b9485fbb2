"""Mappings in SSSOM TSV: what in one set is or means the same as what in another one.

A file (https://w3id.org/sssom) begins with metadata, YAML in comments, whose `curie_map` says what
the prefixes stand for; then comes a table. The graph gets the match itself, as one triple; who made
it, when, and how certain it is stays in the file, for people. A row that nobody stands for (no
`author_label`, no `reviewer_label`) is a proposal, and one whose `predicate_modifier` is `Not` says
that there is no match: neither gets into the graph.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Literal, NamedNode, Triple

from openness.errors import BrokenFileError
from openness.terms import ID, PREFIXES, compact, expand

ENDING: Final = ".sssom.tsv"
"""How the names of mapping files end."""
PREDICATES: Final = (
    "skos:exactMatch",
    "skos:closeMatch",
    "skos:broadMatch",
    "skos:narrowMatch",
    "skos:relatedMatch",
    "schema:sameAs",
    "rdfs:seeAlso",
)
"""The relations by which a mapping can hold: those of SKOS between concepts; between things, that
they are the same, or that the other one is near enough to be worth a look."""
COLUMNS: Final = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_label",
    "reviewer_label",
    "mapping_tool",
    "mapping_tool_version",
    "mapping_date",
    "confidence",
    "similarity_score",
    "similarity_measure",
    "see_also",
    "other",
    "comment",
)
"""The slots of SSSOM that we write, in its order."""
REQUIRED: Final = ("subject_id", "predicate_id", "object_id", "mapping_justification")
"""The slots that every row has: all of them are terms."""
_BUILT_IN: Final = {
    prefix: PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "schema", "skos", "xsd")
}
_XSD_DATE: Final = NamedNode(PREFIXES["xsd"] + "date")
_XSD_DECIMAL: Final = NamedNode(PREFIXES["xsd"] + "decimal")


@dataclass(frozen=True)
class MappingSet:
    """A whole file: what it says of itself, what its prefixes stand for, and its rows.

    Attributes:
        metadata: the slots of the set (`mapping_set_id`, `license`, …), without the `curie_map`.
        prefixes: what the prefixes stand for, as the file declares them.
        mappings: the rows, in their order.
    """

    metadata: dict[str, Any]
    prefixes: dict[str, str]
    mappings: list[Mapping]


@dataclass(frozen=True)
class Mapping:
    """One row of a file: its line, its slots by name, what it says, and how that was found."""

    line: int
    slots: dict[str, str]
    triple: Triple
    justification: NamedNode | None = None

    @property
    def is_negated(self) -> bool:
        """Whether the row says that this match does not hold."""
        return self.slots.get("predicate_modifier") == "Not"

    @property
    def is_settled(self) -> bool:
        """Whether a person stands for the row, so that it counts."""
        return bool(self.slots.get("author_label") or self.slots.get("reviewer_label"))


def read(path: Path) -> list[Mapping]:
    """Return the mappings of a file, in their order.

    Raises:
        BrokenFileError: as :func:`load`.
    """
    return load(path).mappings


def load(path: Path) -> MappingSet:
    """Return a file with its metadata; lines may end as on Windows, and a byte order mark is none.

    Raises:
        BrokenFileError: naming the line, if the file is not SSSOM TSV, a prefix is not declared,
            or the predicate is none of `PREDICATES`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BrokenFileError(f"{path} cannot be read: {error}") from error
    # Not by splitlines, which takes the end of a line for what a cell may hold, such as U+2028.
    lines = list(io.StringIO(text, newline=""))
    head = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    metadata = _metadata(path, [line.rstrip("\r\n") for line in lines[:head]])
    declared = {str(prefix): str(address) for prefix, address in metadata.pop("curie_map").items()}
    table = csv.DictReader(lines[head:], delimiter="\t", quoting=csv.QUOTE_MINIMAL, strict=True)
    _require_columns(f"{path}: line {head + 1}", _names(path, table, head))
    prefixes = _BUILT_IN | declared
    rows = [
        Mapping(
            line,
            slots,
            _triple(f"{path}: line {line}", slots, prefixes),
            _justification(slots["mapping_justification"], prefixes),
        )
        for line, slots in _rows(path, table, head)
    ]
    return MappingSet(metadata, declared, rows)


def _names(path: Path, table: csv.DictReader[str], head: int) -> list[str]:
    try:
        return list(table.fieldnames or ())
    except csv.Error as error:
        raise BrokenFileError(f"{path}: line {head + 1}: {error}.") from error


def _require_columns(where: str, names: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise BrokenFileError(f"{where}: no column {', '.join(missing)}.")
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice or "" in names:
        raise BrokenFileError(f"{where}: a column without a name, or two of one name.")


def _rows(
    path: Path, table: csv.DictReader[str], head: int
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with the line on which it begins."""
    try:
        for row in table:
            more = sum(text.count("\n") for text in row.values() if isinstance(text, str))
            line = head + table.line_num - more
            if None in row or None in row.values():
                raise BrokenFileError(f"{path}: line {line}: more or fewer cells than columns.")
            yield line, {name: text.strip() for name, text in row.items()}
    except csv.Error as error:
        raise BrokenFileError(f"{path}: line {head + table.reader.line_num}: {error}.") from error


def _metadata(path: Path, comments: list[str]) -> dict[str, Any]:
    """Return the metadata, among them the `curie_map`: what the prefixes stand for."""
    import yaml

    text = "\n".join(line[1:].removeprefix(" ") for line in comments)
    try:
        metadata: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise BrokenFileError(f"{path}: {where}the metadata are not YAML.") from error
    if not isinstance(metadata, dict) or not isinstance(metadata.get("curie_map"), dict):
        raise BrokenFileError(f"{path}: line 1: the metadata have no curie_map.")
    return metadata


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
    if compact(predicate.value) not in PREDICATES:
        raise BrokenFileError(f"{where}: predicate_id is one of {', '.join(PREDICATES)}.")
    if slots.get("predicate_modifier", "") not in ("", "Not"):
        raise BrokenFileError(f"{where}: predicate_modifier is empty or Not.")
    return Triple(term("subject_id"), predicate, term("object_id"))


def _justification(text: str, prefixes: Dictionary[str, str]) -> NamedNode | None:
    """Return a term of the mapping vocabulary; files of others may have anything there."""
    prefix, _, local = text.partition(":")
    address = prefixes.get(prefix, PREFIXES["semapv"] if prefix == "semapv" else "")
    return next(_iris(address + local), None) if address and local else None


def _iris(text: str) -> Iterator[NamedNode]:
    """Yield the absolute IRIs of a cell that may have several."""
    for part in text.split("|"):
        with contextlib.suppress(ValueError):
            yield NamedNode(part.strip())


def reasons(mapping: Mapping) -> list[Triple]:
    """Return what a row says of itself, about a node whose IRI follows from the match alone.

    SSSOM's own terms, but for its `see_also`, which is the evidence and so `dcterms:source`, as
    everywhere in the graph. What is no number or day there is left out.
    """
    subject, predicate, value = mapping.triple
    slots = mapping.slots
    node = NamedNode(_node(mapping.triple))
    name = slots.get("subject_label") or compact(subject.value)
    label = f"Link of {name} to {slots['object_id']}"
    said: list[tuple[str, NamedNode | Literal]] = [
        ("rdf:type", NamedNode(PREFIXES["owl"] + "Axiom")),
        ("rdfs:label", Literal(label, language="en")),
        ("owl:annotatedSource", subject),
        ("owl:annotatedProperty", predicate),
        ("owl:annotatedTarget", value),
    ]
    if mapping.justification is not None:
        said.append(("sssom:mapping_justification", mapping.justification))
    said += [("dcterms:source", page) for page in _iris(slots.get("see_also", ""))]
    if slots.get("comment"):
        said.append(("rdfs:comment", Literal(slots["comment"], language="en")))
    for slot in ("author_label", "reviewer_label"):
        if slots.get(slot):
            said.append((f"sssom:{slot}", Literal(slots[slot])))
    said += _typed(slots)
    return [Triple(node, NamedNode(expand(term) or term), thing) for term, thing in said]


def _node(match: Triple) -> str:
    """Return the IRI of the node of a match: what it is of, to be read, and a hash."""
    subject = match.subject.value  # type: ignore[union-attr]  # made from an IRI above
    name = subject.removeprefix(ID).replace("/", "-") + "-" if subject.startswith(ID) else ""
    return f"{ID}mapping/{name}{hashlib.sha256(str(match).encode()).hexdigest()[:12]}"


def _typed(slots: dict[str, str]) -> Iterator[tuple[str, Literal]]:
    """Yield the confidence and the day of a row, if they are well formed."""
    with contextlib.suppress(ArithmeticError):
        number = Decimal(slots.get("confidence") or "none")
        if 0 <= number <= 1:
            yield "sssom:confidence", Literal(f"{number:f}", datatype=_XSD_DECIMAL)
    with contextlib.suppress(ValueError):
        day = datetime.date.fromisoformat(slots.get("mapping_date") or "none")
        yield "dcterms:created", Literal(day.isoformat(), datatype=_XSD_DATE)


def serialize(
    metadata: Dictionary[str, Any],
    prefixes: Dictionary[str, str],
    rows: Iterable[Dictionary[str, str]],
) -> bytes:
    """Return a file of mappings: the same rows give the same bytes.

    Args:
        metadata: slots of the whole set, such as `mapping_set_id` and `license`.
        prefixes: what the prefixes of the rows stand for.
        rows: the mappings by slot; they are put in order, and a column that no row fills is left
            out, unless every file must have it. Slots that are none of `COLUMNS` come last, in
            the order of their names.
    """
    import yaml

    head = yaml.safe_dump(
        {**metadata, "curie_map": dict(sorted(prefixes.items()))},
        allow_unicode=True,
        sort_keys=False,
        width=1_000_000,
    )
    given = [dict(row) for row in rows]
    known = (*COLUMNS, *sorted({name for row in given for name in row} - set(COLUMNS)))
    ordered = sorted(given, key=lambda row: [row.get(name, "") for name in known])
    columns = [c for c in known if c in REQUIRED or any(row.get(c) for row in ordered)]
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in head.splitlines())
    table = csv.DictWriter(
        text, columns, delimiter="\t", lineterminator="\n", extrasaction="ignore", restval=""
    )
    table.writeheader()
    table.writerows(ordered)
    return text.getvalue().encode()
