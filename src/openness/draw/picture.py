"""SVG, PNG and PDF: a view with title and legend, drawn by Graphviz in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from openness.draw import dot, layouts, svg
from openness.draw.style import Style
from openness.draw.text import clean, escape, fold
from openness.errors import EngineError

FORMATS: Final = ("svg", "png", "pdf")
_LEAST_WIDTH: Final = 430
_SOURCES_NAMED: Final = 6

_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>{fonts}</dir>
  {folders}
  <cachedir>{cache}</cachedir>
  <match target="font"><edit name="hinting" mode="assign"><bool>false</bool></edit></match>
  <match target="font"><edit name="hintstyle" mode="assign"><const>hintnone</const></edit></match>
  <selectfont><rejectfont><glob>{fonts}/*.otf</glob></rejectfont></selectfont>
</fontconfig>
"""
_FONT_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)


def pictures(graph: Any, style: Style, layout: str, formats: Sequence[str]) -> dict[str, bytes]:
    """Return a view as pictures, laid out once.

    Args:
        graph: the view.
        style: its looks.
        layout: one of the layouts of views.
        formats: some of `svg`, `png`, `pdf`.

    Raises:
        EngineError: if Graphviz cannot draw it.
    """
    with tempfile.TemporaryDirectory(prefix="openness-draw-") as folder:
        place = Path(folder)
        plan = _plan(graph, style, layout, formats)
        (place / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
        _run(place)
        found = {name: (place / f"picture.{name}").read_bytes() for name in formats}
    if "pdf" in found:
        found["pdf"] = _UNTIMED.sub(b"/CreationDate (D:19700101000000Z", found["pdf"])
    if "svg" in found:
        found["svg"] = svg.finish(found["svg"], graph)
    return found


def _run(place: Path) -> None:
    """Run the renderer on the plan in a folder; it ends when this process is interrupted."""
    code = (
        f"import sys; sys.path[:] = {sys.path!r}; "
        f"from openness.draw.renderer import render; render({str(place)!r})"
    )
    own = {"SOURCE_DATE_EPOCH": "0", "FONTCONFIG_FILE": str(_fonts(place))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        env=os.environ | own,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        reason = lines[-1] if lines else f"it ended with {done.returncode}"
        raise EngineError(f"Graphviz could not draw this: {reason}.")


def _fonts(place: Path) -> Path:
    """Write which fonts there are: the one that is installed with us, then those of the system."""
    import font_source_sans_pro

    own = Path(font_source_sans_pro.__file__).parent / "files"
    folders = [Path(folder).expanduser() for folder in _FONT_FOLDERS]
    listed = "\n  ".join(f"<dir>{escape(str(f))}</dir>" for f in folders if f.is_dir())
    cache = Path(tempfile.gettempdir()) / f"openness-fonts-{os.getuid() if _HAS_UID else 'user'}"
    text = _FONTS.format(fonts=escape(str(own)), folders=listed, cache=escape(str(cache)))
    file = place / "fonts.conf"
    file.write_text(text, encoding="utf-8")
    return file


_UNTIMED: Final = re.compile(rb"/CreationDate \(D:\d{14}Z")
_HAS_UID: Final = hasattr(os, "getuid")


def _plan(graph: Any, style: Style, layout: str, formats: Sequence[str]) -> dict[str, Any]:
    if layout in layouts.OWN:
        body = layouts.OWN[layout](graph, style)
    else:
        body = dot.body(graph, style, layout)
    return {
        "dot": body,
        "program": dot.program(layout),
        "formats": list(formats),
        "least_width": _LEAST_WIDTH,
        "head": _head(graph, style),
        "legend": legend(graph, style, layout),
        "foot": _foot(graph, style),
    }


def _block(text: str, size: float, colour: str, space: float, **more: object) -> dict[str, Any]:
    words = [escape(word) for word in fold(text, 40) for word in word.split()]
    return {
        "words": words,
        "size": size,
        "colour": colour,
        "space": space,
        "font": dot.FONT,
        **more,
    }


def _head(graph: Any, style: Style) -> list[dict[str, Any]]:
    title, said = graph.graph.get("title", ""), graph.graph.get("description", "")
    blocks = [_block(title, 19, style.theme.text, 4, bold=True, **{"class": "title"})]
    if said:
        blocks.append(_block(said, 11, style.theme.muted, 6, **{"class": "description"}))
    return blocks


def _foot(graph: Any, style: Style) -> list[dict[str, Any]]:
    """Return how to read it, what was left out, and the small print: date and sources."""
    about = graph.graph
    blocks = [
        _block(about[key], 10, style.theme.muted, 4, **{"class": key})
        for key in ("legend", "cut")
        if about.get(key)
    ]
    blocks.append(_block(small_print(graph), 8, style.theme.muted, 0, **{"class": "sources"}))
    return blocks


def small_print(graph: Any) -> str:
    """Return the date and the sources of a view in a line of text."""
    about = graph.graph
    sources = [clean(source) for source in about.get("sources") or ()]
    named = "; ".join(sources[:_SOURCES_NAMED])
    if len(sources) > _SOURCES_NAMED:
        named += f"; and {len(sources) - _SOURCES_NAMED} more"
    date = f"Sources, read by {about['date']}" if about.get("date") else "Sources"
    return f"{date}: {named}. Openness, a knowledge graph of AI openness." if named else "Openness"


def legend(graph: Any, style: Style, layout: str) -> list[dict[str, Any]]:
    """Return the samples of the kinds that occur, in the order of the view, and of the lines."""
    about = graph.graph.get("kinds") or {}
    there = {str(data.get("kind", "")) for _, data in graph.nodes(data=True)}
    if layout in layouts.OWN:
        there &= layouts.KINDS_DRAWN[layout]
    ordered = [kind for kind in about if kind in there] + sorted(there - set(about))
    entries = []
    for kind in ordered:
        looks = style.of(kind)
        sample = dot.shape_attributes(
            looks.shape, style.stroke(looks.colour), style.fill(looks.colour)
        )
        sample |= {"width": 0.33, "height": 0.2, "penwidth": 1.3}
        entries.append(_entry(about.get(kind) or looks.label or kind, sample, style))
    if layout not in layouts.OWN:
        lines = {
            (line.label, line.colour, line.dash): line for line in _in_legend(graph, style, layout)
        }
        entries += [_entry(line.label, _line_sample(line), style) for line in lines.values()]
    return entries


def _in_legend(graph: Any, style: Style, layout: str) -> list[dot.Line]:
    return [line for line in dot.relation_lines(graph, style, layout).values() if line.in_legend]


def _line_sample(line: dot.Line) -> dict[str, object]:
    return {
        "shape": "box",
        "style": line.dash,
        "color": line.colour,
        "width": 0.36,
        "height": 0.001,
        "penwidth": 1.6,
    }


def _entry(text: str, sample: dict[str, object], style: Style) -> dict[str, Any]:
    plain = clean(text)
    return {
        "text": plain,
        "html": escape(plain),
        "colour": style.theme.text,
        "font": dot.FONT,
        "sample": {key: str(value) for key, value in sample.items()},
    }
