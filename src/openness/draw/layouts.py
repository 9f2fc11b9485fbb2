"""Layouts whose positions are ours: a timeline with a row for each group, and a matrix."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from openness.draw import dot
from openness.draw.style import OUTCOMES, Style, mix
from openness.draw.text import clean, escape, link, shorten, wrap

_POINTS: Final = 72.0
_BOX: Final = (124.0, 62.0)
_GAP: Final = 8.0
_LEAST_YEAR: Final = 70.0
_MARGIN: Final = 130.0


# The timeline


@dataclass(frozen=True)
class _Placed:
    """A box on a row: where it is, from the left and from the top."""

    node: Any
    x: float
    level: int


def timeline(graph: Any, style: Style) -> str:
    """Return a view with its dated things from left to right, in rows by what they lead to."""
    rows = _rows(graph)
    dates = _dates(graph)
    first = min((day.year for day in dates.values()), default=2000)
    last = max((day.year for day in dates.values()), default=first) + 1
    scale = _scale(len(dates), last - first)
    start = datetime.date(first, 1, 1)
    known = dot.names(graph)
    boxes, bands, top = "", "", 0.0
    for row, members in rows:
        placed = _stagger(
            [
                (node, (dates[node] - start).days / 365.25 * scale)
                for node in members
                if node in dates
            ]
        )
        if not placed:
            continue
        levels = max(one.level for one in placed) + 1
        height = levels * (_BOX[1] + _GAP) + _GAP
        bands += _band(graph, row, known, style, top, height, (last - first) * scale)
        for one in placed:
            middle = top - _GAP - _BOX[1] / 2 - one.level * (_BOX[1] + _GAP)
            boxes += _box(graph, one, known, style, middle)
        top -= height + _GAP
    years = _years(style, first, last, scale, top)
    return f"digraph {{\n{_settings(style)}{bands}{years}{boxes}}}\n"


def _rows(graph: Any) -> list[tuple[Any, list[Any]]]:
    """Return the things that rows stand for, with what belongs to each, in the order of dates."""
    heads = {node for node, data in graph.nodes(data=True) if data.get("row") is not None}
    members: dict[Any, list[Any]] = defaultdict(list)
    for node, data in sorted(
        graph.nodes(data=True), key=lambda one: (str(one[1].get("date")), one[0])
    ):
        if data.get("date") and node not in heads:
            head = next((target for target in graph.successors(node) if target in heads), None)
            members[head].append(node)
    order = sorted(
        (head for head in members if head is not None),
        key=lambda head: (graph.nodes[head]["row"], str(graph.nodes[head].get("label"))),
    )
    return [(head, members[head]) for head in [*order, *([None] if None in members else [])]]


def _dates(graph: Any) -> dict[Any, datetime.date]:
    days = {node: _day(data.get("date")) for node, data in graph.nodes(data=True)}
    return {node: day for node, day in days.items() if day is not None}


def _day(text: object) -> datetime.date | None:
    """Return the first day of a date, a month or a year."""
    parts = str(text)[:10].split("-")
    try:
        year, month, day = (int(part) for part in [*parts, "1", "1"][:3])
        return datetime.date(year, month, day)
    except ValueError:
        return None


def _scale(count: int, years: int) -> float:
    """Return how many points a year is wide: the more boxes there are, the wider."""
    return max(_LEAST_YEAR, count * (_BOX[0] + _GAP) / 2.6 / max(years, 1))


def _stagger(boxes: list[tuple[Any, float]]) -> list[_Placed]:
    """Return boxes on as many levels as they need not to overlap."""
    ends: list[float] = []
    placed = []
    for node, x in boxes:
        level = next((i for i, end in enumerate(ends) if end + _GAP <= x), len(ends))
        if level == len(ends):
            ends.append(0.0)
        ends[level] = x + _BOX[0]
        placed.append(_Placed(node, x, level))
    return placed


def _settings(style: Style) -> str:
    graph = {"bgcolor": style.theme.background, "fontname": dot.FONT, "splines": "false"}
    node = {"fontname": dot.FONT, "fontcolor": style.theme.text, "fontsize": 11}
    edge = {"fontname": dot.FONT, "color": style.theme.line, "fontsize": 9}
    return dot.statement("graph", graph) + dot.statement("node", node) + dot.statement("edge", edge)


def _place(x: float, y: float, width: float, height: float) -> dict[str, object]:
    return {
        "pos": f"{x:.2f},{y:.2f}",
        "width": f"{width / _POINTS:.4f}",
        "height": f"{height / _POINTS:.4f}",
        "fixedsize": "true",
        "margin": "0",
    }


def _band(
    graph: Any,
    row: Any,
    known: dict[Any, str],
    style: Style,
    top: float,
    height: float,
    width: float,
) -> str:
    """Return the ground of a row and its name."""
    data = graph.nodes[row] if row is not None else {"label": "not said", "kind": "access"}
    colour = style.of(str(data.get("kind"))).colour
    ground: dict[str, object] = {
        "shape": "box",
        "style": "filled",
        "label": "",
        "color": style.theme.background,
        "fillcolor": _tint(style, colour),
        "tooltip": " ",
    }
    whole = width + _MARGIN + _BOX[0]
    ground |= _place(whole / 2 - _MARGIN, top - height / 2, whole, height)
    lines = "<BR/>".join(escape(line) for line in wrap(data.get("label", ""), 17, 4))
    name: dict[str, object] = {
        "shape": "none",
        "label": dot.Html(f"<B>{lines}</B>"),
        "URL": link(data.get("iri", "")),
        "tooltip": dot.tooltip(data),
    }
    name |= _place(-_MARGIN / 2, top - height / 2, _MARGIN - 12, min(height, 60.0))
    number = known.get(row, "other")
    return dot.statement(f"ground_{number}", ground) + dot.statement(number, name)


def _tint(style: Style, colour: str) -> str:
    """Return a colour as the ground of a row: paler than a node."""
    return mix(colour, style.theme.background, 0.07 if not style.is_dark else 0.14)


def _box(graph: Any, one: _Placed, known: dict[Any, str], style: Style, middle: float) -> str:
    data = dict(graph.nodes[one.node])
    attributes = dot.node_attributes(data, style, 1, False)
    attributes |= {"shape": "box", "style": "filled", "label": _box_label(data, style)}
    attributes |= _place(one.x + _BOX[0] / 2, middle, *_BOX)
    return dot.statement(known[one.node], attributes)


def _box_label(data: dict[str, Any], style: Style) -> dot.Html:
    """Return the label of a box: its date, its name, and what else is known."""
    span = clean(data.get("date", ""))
    span += f" – {clean(data['until'])}" if data.get("until") else ""
    name = "<BR/>".join(escape(line) for line in wrap(data.get("label", ""), 25, 3))
    text = f'<FONT POINT-SIZE="9.5"><B>{escape(span)}</B></FONT><BR/>'
    text += f'<FONT POINT-SIZE="10">{name}</FONT>'
    if data.get("value"):
        why = escape(shorten(str(data["value"]).replace(";", ","), 34))
        text += f'<BR/><FONT POINT-SIZE="9.5" COLOR="{style.theme.muted}">{why}</FONT>'
    return dot.Html(text)


def _years(style: Style, first: int, last: int, scale: float, bottom: float) -> str:
    """Return a line and a number for each year."""
    text = ""
    for year in range(first, last + 1):
        x = (year - first) * scale
        line: dict[str, object] = {
            "shape": "box",
            "style": "filled",
            "label": "",
            "color": style.theme.line,
            "penwidth": 0,
            "fillcolor": style.theme.line,
            "tooltip": " ",
        }
        line |= _place(x, (bottom - 4) / 2, 0.5, abs(bottom) + 4)
        number: dict[str, object] = {
            "shape": "none",
            "label": dot.Html(f'<FONT COLOR="{style.theme.muted}">{year}</FONT>'),
            "tooltip": " ",
        }
        number |= _place(x, bottom - 12, 40, 14)
        text += dot.statement(f"line_{year}", line) + dot.statement(f"year_{year}", number)
    return text


# The matrix

_CELL: Final = (84.0, 30.0)
_ROW_NAME: Final = 190.0
_COLUMN_NAME: Final = 46.0


def matrix(graph: Any, style: Style) -> str:
    """Return a view as a table: things with `row` down the side, with `column` on top."""
    known = dot.names(graph)
    rows, columns = ordered(graph, "row"), ordered(graph, "column")
    text = _settings(style)
    for number, row in enumerate(rows):
        y = -(number + 0.5) * _CELL[1]
        text += dot.statement(known[row], _heading(graph, row, style, -_ROW_NAME / 2 - 6, y, True))
    for number, column in enumerate(columns):
        x = (number + 0.5) * _CELL[0]
        text += dot.statement(
            known[column], _heading(graph, column, style, x, _COLUMN_NAME / 2, False)
        )
    for (row, column), edges in sorted(_cells(graph, rows, columns).items()):
        x, y = (column + 0.5) * _CELL[0], -(row + 0.5) * _CELL[1]
        text += dot.statement(f"cell_{row}_{column}", _cell(edges, style, x, y))
    return f"digraph {{\n{text}}}\n"


def ordered(graph: Any, axis: str) -> list[Any]:
    """Return the things that are rows, or columns, of a matrix, in their order."""
    found = [
        (d[axis], str(d.get("label")), n)
        for n, d in graph.nodes(data=True)
        if d.get(axis) is not None
    ]
    return [node for _, _, node in sorted(found, key=lambda one: (one[0], one[1], str(one[2])))]


def _cells(
    graph: Any, rows: list[Any], columns: list[Any]
) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Return the edges of each cell, whichever way they lead."""
    down = {node: number for number, node in enumerate(rows)}
    along = {node: number for number, node in enumerate(columns)}
    found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for subject, target, data in graph.edges(data=True):
        for row, column in ((subject, target), (target, subject)):
            if row in down and column in along:
                found[down[row], along[column]].append(data)
                break
    return found


def _heading(
    graph: Any, node: Any, style: Style, x: float, y: float, is_row: bool
) -> dict[str, object]:
    data = graph.nodes[node]
    width = _ROW_NAME if is_row else _CELL[0] - 4
    lines = [
        escape(t) for t in wrap(data.get("label", ""), 38 if is_row else 16, 2 if is_row else 3)
    ]
    text = "<BR/>".join(lines)
    side = "RIGHT" if is_row else "CENTER"
    table = dot.Html(
        '<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
        f'<TD WIDTH="{width:.0f}" ALIGN="TEXT" BALIGN="{side}">'
        f'<FONT POINT-SIZE="10">{text}</FONT></TD></TR></TABLE>'
    )
    looks: dict[str, object] = {
        "shape": "none",
        "label": table,
        "URL": link(data.get("iri", "")),
        "tooltip": shorten(dot.tooltip(data), 300),
    }
    return looks | _place(x, y, width, _CELL[1] if is_row else _COLUMN_NAME)


def _cell(edges: list[dict[str, Any]], style: Style, x: float, y: float) -> dict[str, object]:
    """Return one cell: the words of its edges on the colour of the outcome, conflicts framed."""
    words = list(dict.fromkeys(clean(edge.get("label", "")) for edge in edges))
    outcomes = {str(edge.get("outcome", "")) for edge in edges}
    colour = (
        OUTCOMES.get(outcomes.pop(), OUTCOMES["unknown"])
        if len(outcomes) == 1
        else OUTCOMES["partial"]
    )
    conflict = any(edge.get("conflict") for edge in edges)
    lines = wrap(", ".join(words), 15, 2)
    text = "<BR/>".join(escape(line) for line in lines)
    looks: dict[str, object] = {
        "shape": "box",
        "style": "filled",
        "fillcolor": mix(colour, style.theme.background, style.theme.tint * 1.7),
        "color": style.theme.conflict if conflict else style.theme.background,
        "penwidth": 2.4 if conflict else 1.0,
        "label": dot.Html(f'<FONT POINT-SIZE="10">{text}</FONT>'),
        "tooltip": " ",
    }
    inset = 3 if conflict else 1
    return looks | _place(x, y, _CELL[0] - inset, _CELL[1] - inset)


OWN: Final[dict[str, Callable[[Any, Style], str]]] = {"timeline": timeline, "matrix": matrix}
"""The layouts whose positions are computed here."""
KINDS_DRAWN: Final = {"timeline": {"release"}, "matrix": frozenset[str]()}
"""The kinds that these draw in a shape of their own."""
