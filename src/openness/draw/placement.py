"""Where the things of a view stand on a page: as Graphviz, or our own layout, places them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openness.draw import dot, layouts, picture
from openness.draw.style import Style

_POINTS: Final = 72.0
_COLOUR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
_CELL: Final = re.compile(r"cell_(\d+)_(\d+)")


@dataclass(frozen=True)
class Box:
    """A place in points, from the left and from the top, to the middle of the box."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Piece:
    """Something that is drawn and is no thing: a row's ground, a year, a cell of a matrix.

    Attributes:
        name: what the layout calls it.
        box: where it stands.
        lines: what is written on it.
        looks: fill and stroke, by theme; empty for none.
        row: of a cell, the thing that its row stands for.
        column: of a cell, the thing that its column stands for.
    """

    name: str
    box: Box
    lines: tuple[str, ...]
    looks: Mapping[str, tuple[str, str]]
    row: Any = None
    column: Any = None


@dataclass(frozen=True)
class Placement:
    """Where everything stands.

    Attributes:
        boxes: the things.
        lines: what is written on a thing, where the layout decides that.
        pieces: what else is drawn, from back to front.
        has_lines: whether relations are drawn as lines.
    """

    boxes: Mapping[Any, Box]
    lines: Mapping[Any, tuple[str, ...]] = field(default_factory=dict)
    pieces: tuple[Piece, ...] = ()
    has_lines: bool = True


def place(graph: Any, styles: Mapping[str, Style], layout: str) -> Placement:
    """Return where everything stands.

    Args:
        graph: the view.
        styles: the looks, by theme; places are the same in all.
        layout: one of the layouts of views.

    Raises:
        EngineError: if Graphviz cannot lay it out.
    """
    known = {name: node for node, name in dot.names(graph).items()}
    is_own = layout in layouts.OWN
    drawn = {theme: _drawn(graph, styles[theme], layout) for theme in _themes(styles, is_own)}
    objects = next(iter(drawn.values()))
    boxes = {known[name]: _box(item) for name, item in objects.items() if name in known}
    if not is_own:
        return Placement(boxes)
    lines = {known[name]: _lines(item) for name, item in objects.items() if name in known}
    heads = {axis: layouts.ordered(graph, axis) for axis in ("row", "column")}
    pieces = [
        _piece(name, {theme: found[name] for theme, found in drawn.items()}, heads)
        for name in objects
        if name not in known and not name.startswith(" ")
    ]
    return Placement(boxes, lines, tuple(pieces), has_lines=False)


def _themes(styles: Mapping[str, Style], is_own: bool) -> list[str]:
    """Return the themes that have to be drawn: one tells where the things stand."""
    return list(styles) if is_own else list(styles)[:1]


def _drawn(graph: Any, style: Style, layout: str) -> dict[str, dict[str, Any]]:
    """Return what Graphviz draws, by name."""
    data = picture.pictures(graph, style, layout, ["json"])["json"]
    found = json.loads(data.decode("utf-8", "replace"), strict=False)
    return {item["name"]: item for item in found.get("objects") or () if "pos" in item}


def _box(item: Mapping[str, Any]) -> Box:
    x, y = (float(part) for part in item["pos"].split(","))
    size = (round(float(item[side]) * _POINTS, 1) for side in ("width", "height"))
    return Box(round(x, 1), round(-y, 1) + 0.0, *size)


def _lines(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the lines of text on something, from the top."""
    found: dict[float, str] = {}
    for step in item.get("_ldraw_") or ():
        if step["op"] == "T":
            height = round(step["pt"][1], 1)
            found[height] = found.get(height, "") + step["text"]
    return tuple(found[height].strip() for height in sorted(found, reverse=True))


def _piece(
    name: str, drawn: Mapping[str, Mapping[str, Any]], heads: Mapping[str, list[Any]]
) -> Piece:
    item = next(iter(drawn.values()))
    cell = _CELL.fullmatch(name)
    looks = {theme: (_colour(one, "fillcolor"), _colour(one, "color")) for theme, one in drawn.items()}
    ends = (heads["row"][int(cell[1])], heads["column"][int(cell[2])]) if cell else (None, None)
    return Piece(name, _box(item), _lines(item), looks, *ends)


def _colour(item: Mapping[str, Any], name: str) -> str:
    text = str(item.get(name, ""))
    return text if item.get("shape") == "box" and _COLOUR.fullmatch(text) else ""
