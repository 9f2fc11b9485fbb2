"""SVG made fit for the web: named for screen readers, and nothing in it can run."""

from __future__ import annotations

import re
from typing import Any, Final
from xml.etree import ElementTree

from openness.draw import dot
from openness.draw.text import clean, link

_SVG: Final = "http://www.w3.org/2000/svg"
_XLINK: Final = "http://www.w3.org/1999/xlink"
_HREF: Final = f"{{{_XLINK}}}href"
_ALLOWED: Final = frozenset(
    f"{{{_SVG}}}{name}"
    for name in ("svg", "g", "a", "title", "desc", "text", "path", "polygon", "polyline", "ellipse")
)


def finish(picture: bytes, graph: Any) -> bytes:
    """Return a picture with title and description, its nodes and edges called by their labels."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    root = ElementTree.fromstring(picture)
    labels = _labels(graph)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag not in _ALLOWED:
                parent.remove(child)
    for element in root.iter():
        element.attrib.pop(f"{{{_XLINK}}}title", None)
        if _HREF in element.attrib and link(element.attrib[_HREF]) is None:
            del element.attrib[_HREF]
        if element.tag == f"{{{_SVG}}}g":
            _name(element, labels)
    _describe(root, graph)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _labels(graph: Any) -> dict[str, str]:
    """Return what nodes and edges are called, by Graphviz's names of them."""
    names = dot.names(graph)
    labels = {name: dot.tooltip(graph.nodes[node]) for node, name in names.items()}
    for subject, target, data in graph.edges(data=True):
        ends = [clean(graph.nodes[node].get("label", "")) for node in (subject, target)]
        said = f"{ends[0]} → {ends[1]}: {dot.edge_label(data)}"
        key = f"{names[subject]}->{names[target]}"
        labels[key] = f"{labels[key]}; {dot.edge_label(data)}" if key in labels else said
    return labels


def _name(element: ElementTree.Element, labels: dict[str, str]) -> None:
    """Give a group its label as title; take it from what only decorates."""
    title = element.find(f"{{{_SVG}}}title")
    if title is None:
        return
    label = labels.get(title.text or "")
    if label:
        title.text = label
    elif re.match(r"node|edge|graph", element.get("class", "")):
        element.remove(title)
        element.set("aria-hidden", "true") if element.get("class") != "graph" else None


def _describe(root: ElementTree.Element, graph: Any) -> None:
    about = graph.graph
    title = ElementTree.Element(f"{{{_SVG}}}title", {"id": "picture-title"})
    title.text = clean(about.get("title", "")) or "A view of Openness"
    said = ElementTree.Element(f"{{{_SVG}}}desc", {"id": "picture-description"})
    counts = f"{len(graph)} things, {graph.number_of_edges()} relations."
    sources = "; ".join(map(clean, about.get("sources") or ()))
    parts = (about.get("description"), about.get("legend"), about.get("cut"), counts)
    text = " ".join(clean(part) for part in parts if part)
    said.text = f"{text} Sources: {sources}." if sources else text
    root.insert(0, title)
    root.insert(1, said)
    root.set("role", "graphics-document document")
    root.set("aria-labelledby", "picture-title")
    root.set("aria-describedby", "picture-description")
    root.set("style", "max-width:100%;height:auto")
