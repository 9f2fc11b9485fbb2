"""The files of Stanford's transparency index: scores, lists of indicators, transparency reports."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from openness.importers.identity import normalize
from openness.importers.job import RecordError

_LINK: Final = re.compile(r"https?://[^\s,;\"<>]+")
_NO_DEVELOPER: Final = ("domain", "subdomain", "indicator", "total")
"""The columns of a scores file that are no developer's."""


@dataclass(frozen=True)
class Edition:
    """An edition of the index, and the file that sorts its indicators into domains."""

    year: str
    title: str
    date: str
    folder: str
    indicators: str

    @property
    def scores(self) -> str:
        """The file of its scores."""
        return f"{self.folder}/{self.folder}_scores.csv"

    @property
    def name(self) -> str:
        """What people call it."""
        return f"Foundation Model Transparency Index, {self.title}"


EDITIONS: Final = (
    Edition("2023", "October 2023", "2023-10", "October2023", "fmti-indicators.csv"),
    Edition("2024", "May 2024", "2024-05", "May2024", "fmti-indicators.csv"),
    Edition("2025", "December 2025", "2025-12", "Dec2025", "Dec2025/Dec2025_indicators.csv"),
)
"""The editions, oldest first; the first two share their list of indicators."""


@dataclass(frozen=True)
class Cell:
    """One score: a developer's, in a row of the file."""

    edition: Edition
    row: int
    indicator: str
    developer: str
    score: str

    @property
    def record(self) -> str:
        """The name that a person finds it by."""
        place = f"{self.developer or 'no developer'}, {self.indicator or f'row {self.row + 1}'}"
        return f"{self.edition.scores}: {place}"


@dataclass(frozen=True)
class Scores:
    """A scores file: its indicators by row, its cells, and the totals that it prints."""

    names: list[str]
    cells: list[Cell]
    totals: dict[str, str]


def rows(path: Path) -> list[list[str]]:
    """Return the rows of a CSV file that are not empty, without spaces around and doubled in cells.

    Raises:
        RecordError: if it is not there, or no CSV in UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = [[" ".join(cell.split()) for cell in row] for row in csv.reader(file)]
    except OSError as error:
        raise RecordError(f"cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise RecordError(f"no CSV in UTF-8: {error}") from error
    return [row for row in found if any(row)]


def records(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by the names of its columns, in lower case.

    Raises:
        RecordError: as for :func:`rows`.
    """
    head, *body = rows(path) or [[]]
    return [dict(zip(map(str.casefold, head), row, strict=False)) for row in body]


def scores(path: Path, edition: Edition) -> Scores:
    """Read a scores file: a row per indicator, a column per developer.

    Raises:
        RecordError: if it cannot be read, or has no column of indicators.
    """
    head, *body = rows(path / edition.scores) or [[]]
    columns = [column.casefold() for column in head]
    if "indicator" not in columns:
        raise RecordError("it has no column Indicator")
    at = columns.index("indicator")
    body = [row + [""] * (len(head) - len(row)) for row in body]
    developers = [
        index
        for index, column in enumerate(columns)
        if column not in _NO_DEVELOPER and (column or any(row[index] for row in body))
    ]
    asked = [row for row in body if row[at].casefold() != "total"]
    cells = [
        Cell(edition, number, row[at], head[index], row[index])
        for number, row in enumerate(asked)
        for index in developers
    ]
    last = next((row for row in body if row[at].casefold() == "total"), None)
    totals = {head[index]: last[index] for index in developers} if last else {}
    return Scores([row[at] for row in asked], cells, totals)


def aligned(names: list[str], others: list[str]) -> dict[int, int]:
    """Return which of the other names each name means, by their places.

    It is the one that is the same; or, in lists of one length, the one at the same place, if
    neither of the two stands in the other list: so an indicator is found that was reworded.

    >>> aligned(["Size", "License", "Risks"], ["Risks", "Model License", "Size"])
    {0: 2, 1: 1, 2: 0}
    """
    mine, theirs = [[normalize(one) for one in listed] for listed in (names, others)]
    places: dict[int, int] = {}
    for place, name in enumerate(mine):
        if name in theirs:
            places[place] = theirs.index(name)
        elif len(mine) == len(theirs) and theirs[place] not in mine:
            places[place] = place
    return places


def reports(
    path: Path, edition: Edition, found: Scores
) -> Iterator[tuple[str, dict[int, tuple[str, list[str]]] | str]]:
    """Yield the developer of each report, with score and links by row of the scores file.

    In place of the developer stands the file and of the rows the reason, if it cannot be read.
    """
    developers = {cell.developer for cell in found.cells} - {""}
    for file in sorted((path / edition.folder / "reports").glob("*.csv")):
        about = normalize(file.stem.replace("_", " "))
        owners = [one for one in developers if re.match(re.escape(normalize(one)) + r"\b", about)]
        record = f"{edition.folder}/reports/{file.name}"
        try:
            lines = rows(file)
            columns = [column.casefold() for column in lines[0]] if lines else []
            score, references = columns.index("score"), columns.index("references")
        except RecordError as error:
            yield record, str(error)
            continue
        except ValueError:
            yield record, "it has no columns Score and References"
            continue
        if not owners:
            yield record, "its name begins with no developer of the edition"
            continue
        body = [row + [""] * (len(columns) - len(row)) for row in lines[1:]]
        places = aligned(found.names, [row[0] for row in body])
        yield (
            max(owners, key=len),
            {
                row: (body[at][score], list(links(body[at][references])))
                for row, at in places.items()
            },
        )


def links(text: str) -> Iterator[str]:
    """Yield the addresses in a text, without the punctuation after them.

    >>> list(links("[1] https://example.org/a. [2] https://example.org/b(c) (https://example.org)"))
    ['https://example.org/a', 'https://example.org/b(c)', 'https://example.org']
    """
    for found in _LINK.findall(text):
        address = found.rstrip(".:'’”")
        while address.endswith((")", "]")) and address.count("(") < address.count(")"):
            address = address[:-1].rstrip(".")
        yield address.rstrip("]")
