"""A view as one self-contained page: pan, zoom, search, filter, facts, neighbours; no network.

Everything that it runs is in it and named by its digest in the page's own security policy; what a
graph says comes in as data, which no browser reads as markup or script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from openness.draw import placement
from openness.draw.around import Surroundings
from openness.draw.page_data import Writer
from openness.draw.style import Style
from openness.draw.text import clean, escape
from openness.errors import UsageError

WEB: Final = Path(__file__).parent / "web"
"""Our own script, style and frame of the page."""
SCRIPTS: Final = (
    "dom.js",
    "model.js",
    "shapes.js",
    "picture.js",
    "panel.js",
    "controls.js",
    "start.js",
)
"""The parts of our script, in the order in which they rest on each other."""
_LIBRARY: Final = "cytoscape.min.js"


def page(
    graph: Any,
    styles: Mapping[str, Style],
    *,
    layout: str = "dot",
    theme: str = "light",
    around: Surroundings | None = None,
) -> str:
    """Return a view as an HTML page.

    Args:
        graph: the view.
        styles: the looks, by theme; the reader may change from one to the other.
        layout: one of the layouts of views.
        theme: the one to begin with.
        around: the facts and neighbours of things; none, if nothing is known of them.

    Raises:
        UsageError: if the JavaScript library was not built into this installation.
        EngineError: if Graphviz cannot lay it out.
    """
    library = _library()
    placed = placement.place(graph, styles, layout)
    data = Writer(graph, styles, layout).write(placed, around or Surroundings())
    style = _read("view.css")
    script = '(() => {\n"use strict";\n' + "\n".join(map(_read, SCRIPTS)) + "})();\n"
    parts = {
        "policy": _policy([library, script], [style]),
        "theme": theme,
        "title": escape(clean(graph.graph.get("title", "")) or "A view"),
        "style": style,
        "data": embedded(data),
        "library": library,
        "script": script,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _read("view.html"))


def embedded(data: Any) -> str:
    r"""Return data as JSON that may stand in a `script` element: nothing in it can end the element.

    >>> embedded("</script>&")
    '"\\u003c/script\\u003e\\u0026"'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    escaped = re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda m: f"\\u{ord(m[0]):04x}", text)
    return escaped


def _policy(scripts: list[str], styles: list[str]) -> str:
    """Return the security policy: these very scripts and styles, and no address at all."""
    allowed = {"script-src": scripts, "style-src": styles}
    listed = "; ".join(f"{name} {' '.join(map(_digest, them))}" for name, them in allowed.items())
    return f"default-src 'none'; {listed}; img-src data:; base-uri 'none'; form-action 'none'"


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _library() -> str:
    """Return the JavaScript library, whose licence it begins with, without an end of `script`.

    Raises:
        UsageError: if the build could not fetch it.
    """
    try:
        script = (WEB / "vendor" / _LIBRARY).read_text(encoding="utf-8")
    except OSError:
        raise UsageError(
            "An .html view needs Cytoscape.js, which was not built into this installation, for npm "
            "could not be reached then. Install openness from a wheel, or again where npm can be "
            "reached; the other formats, such as .svg, need nothing more."
        ) from None
    return re.sub(r"</(?=script)", r"<\\/", script, flags=re.IGNORECASE)
