"""Where the things of a view stand on a page: as Graphviz, or our own layout, places them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from openness.draw import dot, layouts, picture
from openness.draw.style import Style

_POINTS: Final = 72.0
_MOST_LED: Final = 1500
"""Up to so many relations, lines are led round what stands in their way."""
_SHAPES: Final = {"none": "heading", "box": "box"}
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
class Path:
    """The way of a line.

    Attributes:
        points: where it goes, from its subject to its object, without the ends.
        label: the middle of its label, if it has one.
    """

    points: tuple[tuple[float, float], ...]
    label: tuple[float, float] | None = None


@dataclass(frozen=True)
class Placement:
    """Where everything stands.

    Attributes:
        boxes: the things.
        paths: the lines of relations, by subject, object and key; without those that are straight.
        lines: what is written on a thing, where the layout decides that.
        shapes: the shape of a thing, where the layout decides that.
        pieces: what else is drawn, from back to front.
        has_lines: whether relations are drawn as lines.
    """

    boxes: Mapping[Any, Box]
    paths: Mapping[tuple[Any, Any, Any], Path] = field(default_factory=dict)
    lines: Mapping[Any, tuple[str, ...]] = field(default_factory=dict)
    shapes: Mapping[Any, str] = field(default_factory=dict)
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
    if layout in layouts.OWN:
        return _own(graph, styles, layout)
    drawn = _drawn(graph, next(iter(styles.values())), layout)
    known = dot.names(graph)
    boxes = {node: _box(drawn.objects[name]) for node, name in known.items()}
    if graph.number_of_edges() > _MOST_LED:
        return Placement(boxes)
    return Placement(boxes, _paths(graph, drawn, layout))


def _own(graph: Any, styles: Mapping[str, Style], layout: str) -> Placement:
    """Return where a layout of ours puts everything, with what it draws besides the things."""
    drawn = {theme: _drawn(graph, style, layout).objects for theme, style in styles.items()}
    objects = next(iter(drawn.values()))
    known = {name: node for node, name in dot.names(graph).items() if name in objects}
    heads = {axis: layouts.ordered(graph, axis) for axis in ("row", "column")}
    pieces = [
        _piece(name, {theme: found[name] for theme, found in drawn.items()}, heads)
        for name in objects
        if name not in known and not name.startswith(" ")
    ]
    return Placement(
        {node: _box(objects[name]) for name, node in known.items()},
        lines={node: _lines(objects[name]) for name, node in known.items()},
        shapes={node: _SHAPES.get(objects[name]["shape"], "box") for name, node in known.items()},
        pieces=tuple(pieces),
        has_lines=False,
    )


@dataclass(frozen=True)
class _Drawn:
    """What Graphviz draws: objects by name, and the edges between each two, in their order."""

    objects: Mapping[str, Mapping[str, Any]]
    edges: Mapping[tuple[str, str], list[Mapping[str, Any]]]


def _drawn(graph: Any, style: Style, layout: str) -> _Drawn:
    data = picture.pictures(graph, style, layout, ["json"])["json"]
    found = json.loads(data.decode("utf-8", "replace"), strict=False)
    listed = found.get("objects") or ()
    objects = {item["name"]: item for item in listed if "pos" in item}
    names = {item["_gvid"]: item["name"] for item in listed}
    edges: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for edge in sorted(found.get("edges") or (), key=lambda one: int(one["_gvid"])):
        edges[names[edge["tail"]], names[edge["head"]]].append(edge)
    return _Drawn(objects, edges)


def _paths(graph: Any, drawn: _Drawn, layout: str) -> dict[tuple[Any, Any, Any], Path]:
    """Return the ways of the lines, but of those from a thing to itself.

    A line may be drawn backwards, or, between two things with several, by way of its label.
    """
    known, found = dot.names(graph), {}
    backwards = set(graph.graph.get("reverse") or ()) if layout == "dot" else set()
    straight = (edge for edge in graph.edges(keys=True) if edge[0] != edge[1])
    for number, (subject, target, key) in enumerate(straight):
        ends = known[subject], known[target]
        is_back = key in backwards
        middle = drawn.objects.get(f"e{number}")
        if middle is not None:
            first, second = drawn.edges[ends[0], f"e{number}"], drawn.edges[f"e{number}", ends[1]]
            box = _box(middle)
            way = [*_way(first[0]), (box.x, box.y), *_way(second[0])]
            found[subject, target, key] = Path(tuple(way), (box.x, box.y))
            continue
        between = drawn.edges.get(ends[::-1] if is_back else ends)
        if between:
            edge = between.pop(0)
            way = _way(edge)[:: -1 if is_back else 1]
            found[subject, target, key] = Path(tuple(way), _label(edge))
    return found


def _way(edge: Mapping[str, Any]) -> list[tuple[float, float]]:
    """Return points on a line between its ends: the joints and the middles of its curves."""
    numbers = [_point(part) for part in edge.get("pos", "").split() if part[:2] not in ("e,", "s,")]
    found = []
    for start in range(0, len(numbers) - 3, 3):
        a, b, c, d = numbers[start : start + 4]
        middle = [(a[i] + 3 * b[i] + 3 * c[i] + d[i]) / 8 for i in (0, 1)]
        found += [(round(middle[0], 1), round(middle[1], 1)), d]
    return found[:-1]


def _point(text: str) -> tuple[float, float]:
    x, y = (float(part) for part in text.split(","))
    return round(x, 1), round(-y, 1) + 0.0


def _label(edge: Mapping[str, Any]) -> tuple[float, float] | None:
    return _point(edge["lp"]) if edge.get("lp") else None


def _box(item: Mapping[str, Any]) -> Box:
    size = (round(float(item[side]) * _POINTS, 1) for side in ("width", "height"))
    return Box(*_point(item["pos"]), *size)


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
    looks = {
        theme: (_colour(one, "fillcolor"), _colour(one, "color")) for theme, one in drawn.items()
    }
    ends = (heads["row"][int(cell[1])], heads["column"][int(cell[2])]) if cell else (None, None)
    return Piece(name, _box(item), _lines(item), looks, *ends)


def _colour(item: Mapping[str, Any], name: str) -> str:
    text = str(item.get(name, ""))
    return text if item.get("shape") == "box" and _COLOUR.fullmatch(text) else ""
