"""Graphviz at work, in a process of its own: what ends it ends no session, and it can be stopped.

It reads `plan.json` in a folder and writes `picture.svg`, `picture.png`, … beside it. The picture
is laid out once; title, legend and small print are put around it; each format is rendered.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pygraphviz
from pygraphviz import graphviz

_GAP: Final = 16.0
_PNG_DPI: Final = 144.0
_MOST_PIXELS: Final = 16000.0
_POINTS: Final = 72.0


def render(folder: str) -> None:
    """Render the plan in a folder."""
    place = Path(folder)
    plan = json.loads((place / "plan.json").read_text(encoding="utf-8"))
    laid_out = pygraphviz.AGraph(string=plan["dot"])
    laid_out.layout(prog=plan["program"])
    box = _box(laid_out.graph_attr["bb"])
    for number, item in enumerate(_around(plan, box)):
        laid_out.add_node(f" {number}", **item)
    width, height = _extent(laid_out, box)
    for name in plan["formats"]:
        dpi = min(_PNG_DPI, _MOST_PIXELS / max(width, height) * _POINTS) if name == "png" else 0
        laid_out.graph_attr["dpi"] = f"{dpi:.3f}" if dpi else ""
        (place / f"picture.{name}").write_bytes(_draw(laid_out, name))


def _draw(laid_out: Any, name: str) -> bytes:
    """Render a graph whose positions are all given."""
    context = graphviz.gvContextWithBuiltins()
    graphviz.gvLayout(context, laid_out.handle, b"nop2")
    failed, data = graphviz.gvRenderData(context, laid_out.handle, name.encode())
    graphviz.gvFreeLayout(context, laid_out.handle)
    graphviz.gvFreeContext(context)
    if failed:
        raise RuntimeError(f"Graphviz cannot make {name}")
    found: bytes = data
    return found


def _box(text: str) -> tuple[float, float, float, float]:
    left, bottom, right, top = (float(part) for part in text.split(","))
    return left, bottom, right, top


def _extent(laid_out: Any, box: tuple[float, float, float, float]) -> tuple[float, float]:
    """Return about how wide and high the whole picture is, in points."""
    left, bottom, right, top = box
    for node in laid_out.nodes():
        match = re.match(r"([-\d.e+]+),([-\d.e+]+)", node.attr["pos"] or "")
        if match:
            x, y = float(match[1]), float(match[2])
            left, right = min(left, x), max(right, x)
            bottom, top = min(bottom, y), max(top, y)
    return right - left + 100, top - bottom + 100


def _around(plan: dict[str, Any], box: tuple[float, float, float, float]) -> list[dict[str, str]]:
    """Return title, legend and small print as nodes around the picture."""
    left, bottom, right, top = box
    width = max(right - left, plan["least_width"])
    start = min(left, (left + right - width) / 2)
    items = []
    cursor = top + _GAP
    for block in reversed(plan["head"]):
        item, height = _paragraph(block, start, width, cursor, upward=True)
        items.append(item)
        cursor += height
    cursor = bottom - _GAP * 1.5
    placed, cursor = _legend(plan["legend"], start, width, cursor)
    items += placed
    for block in plan["foot"]:
        item, height = _paragraph(block, start, width, cursor, upward=False)
        items.append(item)
        cursor -= height
    return items


def _paragraph(
    block: dict[str, Any], start: float, width: float, cursor: float, upward: bool
) -> tuple[dict[str, str], float]:
    """Return a text as a node as wide as the picture, with its lines at the left."""
    lines = _lines(block["words"], width / (block["size"] * 0.46))
    height = len(lines) * block["size"] * 1.3 + block["space"]
    text = "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines)
    text = f"<B>{text}</B>" if block.get("bold") else text
    table = (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" WIDTH="{width:.0f}">'
        f'<TR><TD ALIGN="LEFT" BALIGN="LEFT"><FONT POINT-SIZE="{block["size"]}" '
        f'COLOR="{block["colour"]}">{text}</FONT></TD></TR></TABLE>>'
    )
    middle = cursor + height / 2 if upward else cursor - height / 2
    return _text_node(table, start + width / 2, middle, width, height, block), height


def _lines(words: list[str], length: float) -> list[str]:
    """Return words, which are escaped already, in lines of at most some characters."""
    lines: list[str] = []
    line = ""
    for word in words:
        if line and len(line) + len(word) + 1 > length:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line] if line else lines


def _text_node(
    label: str, x: float, y: float, width: float, height: float, block: dict[str, Any]
) -> dict[str, str]:
    return {
        "label": label,
        "shape": "none",
        "fixedsize": "true",
        "width": f"{width / _POINTS:.4f}",
        "height": f"{height / _POINTS:.4f}",
        "margin": "0",
        "pos": f"{x:.2f},{y:.2f}",
        "fontname": block["font"],
        "class": block["class"],
        "tooltip": " ",
    }


def _legend(
    entries: list[dict[str, Any]], start: float, width: float, cursor: float
) -> tuple[list[dict[str, str]], float]:
    """Return samples with their texts, in as many rows as they need."""
    items = []
    x, row = start, 18.0
    for entry in entries:
        length = 34 + 5.4 * len(entry["text"]) + 14
        if x > start and x + length > start + width:
            x, cursor = start, cursor - row
        middle = cursor - row / 2
        sample = {
            "label": "",
            "fixedsize": "true",
            "pos": f"{x + 13:.2f},{middle:.2f}",
            "class": "legend",
            "tooltip": " ",
        }
        items.append(sample | entry["sample"])
        text_width = length - 34
        table = (
            '<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0" '
            f'WIDTH="{text_width:.0f}"><TR><TD ALIGN="LEFT"><FONT POINT-SIZE="10" '
            f'COLOR="{entry["colour"]}">{entry["html"]}</FONT></TD></TR></TABLE>>'
        )
        block = {"font": entry["font"], "class": "legend"}
        items.append(_text_node(table, x + 32 + text_width / 2, middle, text_width, row, block))
        x += length
    return items, cursor - row - 8 if entries else cursor
