"""One visual language: what each kind of thing, each relation and each outcome looks like.

The colours are those of Okabe and Ito, which people with any kind of colour vision tell apart. No
meaning rests on colour alone: kinds differ in shape too, outcomes in words, conflicts in weight.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from openness.errors import BrokenFileError, NotFoundError, UsageError, did_you_mean

BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
YELLOW: Final = "#F0E442"
GREY: Final = "#7F8A94"

SHAPES: Final = (
    "box",
    "rounded",
    "ellipse",
    "hexagon",
    "octagon",
    "note",
    "tab",
    "folder",
    "component",
    "cylinder",
    "dashed",
    "cds",
    "house",
    "box3d",
    "plain",
)
"""The shapes that a style may choose from: Graphviz's, and boxes with round corners."""


@dataclass(frozen=True)
class KindStyle:
    """How things of a kind are drawn."""

    shape: str
    colour: str
    label: str = ""


@dataclass(frozen=True)
class Theme:
    """The colours of a picture; `tint` is how much of its kind's colour a node is filled with."""

    background: str
    text: str
    muted: str
    line: str
    conflict: str
    tint: float


THEMES: Final = {
    "light": Theme("#FFFFFF", "#1B1F23", "#57606A", "#8A939C", "#C4001D", 0.16),
    "dark": Theme("#14181D", "#F0F3F6", "#A9B4BF", "#76818C", "#FF6A70", 0.28),
}

KINDS: Final[Mapping[str, KindStyle]] = {
    "organization": KindStyle("rounded", BLUE),
    "group": KindStyle("hexagon", SKY, "industry group"),
    "person": KindStyle("ellipse", ORANGE),
    "model": KindStyle("box", GREEN),
    "release": KindStyle("cds", GREEN),
    "access": KindStyle("tab", SKY, "access level"),
    "dataset": KindStyle("cylinder", YELLOW, "data set"),
    "software": KindStyle("component", YELLOW),
    "work": KindStyle("folder", YELLOW),
    "licence": KindStyle("note", PURPLE),
    "clause": KindStyle("tab", PURPLE),
    "text": KindStyle("folder", PURPLE),
    "action": KindStyle("plain", GREY, "act"),
    "criteria": KindStyle("folder", VERMILION, "set of criteria"),
    "criterion": KindStyle("octagon", VERMILION),
    "aspect": KindStyle("octagon", GREY),
    "metric": KindStyle("octagon", BLUE),
    "measurement": KindStyle("dashed", BLUE, "score"),
    "assessment": KindStyle("dashed", VERMILION),
    "assertion": KindStyle("dashed", VERMILION, "assessment"),
    "claim": KindStyle("dashed", ORANGE),
    "event": KindStyle("cds", ORANGE),
    "topic": KindStyle("ellipse", SKY),
    "purpose": KindStyle("ellipse", PURPLE),
    "rule": KindStyle("box3d", GREY, "rule of derivation"),
    "agent": KindStyle("component", BLUE, "program"),
    "source": KindStyle("folder", GREY),
    "class": KindStyle("box", BLUE),
    "term": KindStyle("box", SKY),
    "conflict": KindStyle("octagon", "#C4001D", "licence conflict"),
}
_OTHER: Final = KindStyle("box", GREY)

OUTCOMES: Final = {
    "passed": BLUE,
    "yes": BLUE,
    "failed": ORANGE,
    "no": ORANGE,
    "partial": PURPLE,
    "only if": PURPLE,
    "cantTell": GREY,
    "unknown": GREY,
}
"""Blue is yes, orange is no, purple lies between; grey is not known. Red is for conflicts alone."""

LINES: Final = (
    (GREY, "solid"),
    (BLUE, "solid"),
    (GREEN, "dotted"),
    (PURPLE, "solid"),
    (ORANGE, "dotted"),
    (SKY, "dotted"),
)
"""How relations are drawn that are too many to be labelled one by one, most frequent first.

Dashes are for what is inherited.
"""


@dataclass(frozen=True)
class Style:
    """What a picture looks like."""

    theme: Theme = THEMES["light"]
    kinds: Mapping[str, KindStyle] = field(default_factory=lambda: KINDS)

    def of(self, kind: str) -> KindStyle:
        """Return how a kind is drawn."""
        return self.kinds.get(kind, _OTHER)

    def fill(self, colour: str) -> str:
        """Return a colour as it fills a node: so pale, or so dark, that text on it can be read."""
        return mix(colour, self.theme.background, self.theme.tint)

    def stroke(self, colour: str) -> str:
        """Return a colour as it draws a line: pale ones darker on white."""
        is_pale = colour in (YELLOW, SKY, ORANGE)
        return mix(colour, "#000000", 0.78) if is_pale and not self.is_dark else colour

    @property
    def is_dark(self) -> bool:
        """Whether the background is darker than the text on it."""
        return _light(self.theme.background) < _light(self.theme.text)


def _light(colour: str) -> int:
    return sum(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def mix(colour: str, ground: str, share: float) -> str:
    """Return a colour of which a share is the one and the rest is the other.

    >>> mix("#ffffff", "#000000", 0.5)
    '#808080'
    """
    pairs = ((int(colour[i : i + 2], 16), int(ground[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02x}" for a, b in pairs)


def load(path: Path | None, theme: str = "light") -> Style:
    """Return the style of a theme, with what a user's file changes.

    The file is YAML: `kinds` maps a kind to `colour` (`#rrggbb`), `shape` and `label`; `colours`
    maps `background`, `text`, `muted`, `line` and `conflict` to a colour.

    Raises:
        NotFoundError: if there is no such file.
        BrokenFileError: if it is not YAML or says something unknown.
        UsageError: if there is no such theme.
    """
    if theme not in THEMES:
        raise UsageError(f"There is no theme “{theme}”; there are {', '.join(THEMES)}.")
    style = Style(THEMES[theme])
    return style if path is None else _changed(style, path, _read(path))


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFoundError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BrokenFileError(
            f"{path} cannot be read as YAML: {' '.join(str(error).split())}"
        ) from None
    if not isinstance(found, dict):
        raise BrokenFileError(f"{path} is no mapping with kinds or colours.")
    return found


def _changed(style: Style, path: Path, found: dict[str, Any]) -> Style:
    _known(path, "", found, ("kinds", "colours"))
    kinds = dict(style.kinds)
    for kind, entry in _mapping(path, "kinds", found.get("kinds")).items():
        where = f"kinds.{kind}"
        entry = _mapping(path, where, entry)
        _known(path, where, entry, ("colour", "shape", "label"))
        if "colour" in entry:
            _colour(path, where, entry["colour"])
        if entry.get("shape", SHAPES[0]) not in SHAPES:
            hint = did_you_mean(str(entry["shape"]), list(SHAPES))
            raise BrokenFileError(
                f"{path}: {where}: there is no shape “{entry['shape']}”; there are "
                f"{', '.join(SHAPES)}.{hint}"
            )
        changes = {key: str(value) for key, value in entry.items()}
        kinds[str(kind)] = replace(kinds.get(str(kind), _OTHER), **changes)
    colours = _mapping(path, "colours", found.get("colours"))
    _known(path, "colours", colours, ("background", "text", "muted", "line", "conflict"))
    for key, value in colours.items():
        _colour(path, f"colours.{key}", value)
    return Style(replace(style.theme, **colours), kinds)


def _mapping(path: Path, where: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BrokenFileError(f"{path}: {where} is a mapping, not “{value}”.")
    return value


def _known(path: Path, where: str, found: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in found:
        if key not in known:
            hint = did_you_mean(str(key), list(known))
            place = f"{path}: {where}: " if where else f"{path}: "
            raise BrokenFileError(
                f"{place}a style has no “{key}” there, only {', '.join(known)}.{hint}"
            )


def _colour(path: Path, where: str, value: object) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", value):
        raise BrokenFileError(f"{path}: {where}: a colour is written '#0072B2', not “{value}”.")
