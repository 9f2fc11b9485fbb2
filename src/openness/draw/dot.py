"""A view in Graphviz's language: its nodes and edges with their looks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from openness.draw.style import LINES, OUTCOMES, Style
from openness.draw.text import clean, escape, link, shorten, wrap

MANY: Final = 1500
"""From so many nodes on, labels are short and edges straight."""
HUGE: Final = 5000
"""From so many nodes on, nodes are points without labels."""
_FREQUENT: Final = 4
"""A relation that occurs more often is told by its line, which the legend explains."""
_CROWDED: Final = 14
"""With more pairs that have several edges, straight edges are kept apart by Graphviz instead."""
_FREQUENT_ANYWHERE: Final = 2
"""The same where labels lie on the lines, and soon on each other."""

FONT: Final = "Source Sans Pro,Helvetica Neue,Arial,DejaVu Sans,sans-serif"
WORDS: Final = {"cantTell": "cannot tell"}
PROGRAMS: Final = {
    "dot": "dot",
    "neato": "neato",
    "sfdp": "sfdp",
    "force": "fdp",
    "timeline": "nop",
    "matrix": "nop",
}
"""The program of Graphviz that lays out; `nop` keeps the positions that are given."""


@dataclass(frozen=True)
class Line:
    """How the edges of one relation are drawn; labelled one by one, or explained in the legend."""

    label: str
    colour: str
    dash: str = "solid"
    width: float = 1.2
    in_legend: bool = False


class Html(str):
    """A label of HTML's kind, whose texts are escaped."""

    __slots__ = ()


def quote(value: object) -> str:
    """Return a value as Graphviz reads it: markup of ours as it stands, else a quoted string."""
    if isinstance(value, Html):
        return f"<{value}>"
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def statement(what: str, attributes: Mapping[str, object]) -> str:
    """Return a statement about the graph, its nodes, its edges, or one of them."""
    listed = " ".join(f"{k}={quote(v)}" for k, v in attributes.items() if v is not None)
    return f"  {what} [{listed}];\n"


def program(layout: str) -> str:
    """Return the program of Graphviz for a layout."""
    return PROGRAMS[layout]


def names(graph: Any) -> dict[Any, str]:
    """Return a short name for each node, which no text can break."""
    return {node: f"n{number}" for number, node in enumerate(graph)}


def body(graph: Any, style: Style, layout: str, is_file: bool = False) -> str:
    """Return a graph that is laid out by Graphviz, in its language.

    Args:
        graph: the view.
        style: its looks.
        layout: one of the layouts that Graphviz computes.
        is_file: whether it is for a file that stands alone: with ids as names, and a title.
    """
    known, lines = names(graph), relation_lines(graph, style, layout)
    settings = _graph_attributes(graph, style, layout)
    if is_file:
        known = {node: quote(clean(node)) for node in graph}
        title = clean(graph.graph.get("title", ""))
        settings |= {"label": title, "labelloc": "t", "fontcolor": style.theme.text}
    roots = set(graph.graph.get("roots") or ())
    text = "digraph {\n" + statement("graph", settings)
    text += statement("node", {"fontname": FONT, "fontcolor": style.theme.text, "fontsize": 11})
    text += statement("edge", _edge_defaults(style, layout))
    for node, data in graph.nodes(data=True):
        attributes = node_attributes(data, style, len(graph), node in roots)
        text += statement(known[node], attributes)
    crowded = set() if is_file or layout == "dot" else _crowded(graph)
    crowded = crowded if len(crowded) <= _CROWDED else set()
    backwards = set(graph.graph.get("reverse") or ()) if layout == "dot" else set()
    for number, (subject, target, key, data) in enumerate(_edges(graph)):
        line = lines[line_key(data)]
        attributes = edge_attributes(data, line, style, layout)
        ends = [known[subject], known[target]]
        if frozenset((subject, target)) in crowded:
            label = label_of_edge(data, line, style, layout)
            text += _by_way_of(f"e{number}", ends, attributes, label)
            continue
        if key in backwards or (layout == "dot" and data.get("backward")):
            attributes["dir"] = "back"
            ends.reverse()
        text += statement(" -> ".join(ends), attributes)
    return text + "}\n"


def _crowded(graph: Any) -> set[frozenset[Any]]:
    """Return the pairs with several edges, or of a node with itself, whose labels would overlap."""
    pairs = Counter(frozenset((s, t)) for s, t in graph.edges())
    return {pair for pair, count in pairs.items() if count > 1 or len(pair) == 1}


def _by_way_of(name: str, ends: list[str], attributes: dict[str, object], label: Html) -> str:
    """Return an edge that runs through its label, which as a node keeps clear of the others."""
    middle = {"shape": "plain", "label": label, "class": "label", "tooltip": " "}
    looks = {key: value for key, value in attributes.items() if key not in ("label", "len")}
    first = statement(f"{ends[0]} -> {name}", looks | {"dir": "none", "len": 1.1})
    second = statement(f"{name} -> {ends[1]}", looks | {"len": 1.1})
    return statement(name, middle) + first + second


def _edges(graph: Any) -> Iterator[tuple[Any, Any, Any, dict[str, Any]]]:
    """Yield the edges; those from a node to itself as one, for their labels would overlap."""
    loops: dict[Any, list[dict[str, Any]]] = {}
    for subject, target, key, data in graph.edges(keys=True, data=True):
        if subject == target:
            loops.setdefault(subject, []).append(data)
        else:
            yield subject, target, key, data
    for node, several in loops.items():
        yield node, node, None, several[0] | {"loops": [edge_label(one) for one in several]}


def _graph_attributes(graph: Any, style: Style, layout: str) -> dict[str, object]:
    attributes: dict[str, object] = {
        "bgcolor": style.theme.background,
        "fontname": FONT,
        "start": 7,
        "outputorder": "edgesfirst",
    }
    if layout == "dot":
        right = graph.graph.get("direction") == "right"
        attributes |= {
            "rankdir": "LR" if right else "TB",
            "nodesep": 0.16 if right else 0.3,
            "ranksep": 0.5,
            "splines": "true",
        }
    else:
        is_free = graph.number_of_edges() <= 400 and len(_crowded(graph)) <= _CROWDED
        attributes |= {
            "overlap": "prism" if len(graph) < HUGE else "true",
            "sep": "+10",
            "esep": "+4",
            "splines": "true" if is_free else "line",
        }
    if layout == "sfdp":
        attributes |= {"K": 0.9, "repulsiveforce": 1.6}
    return attributes


def _edge_defaults(style: Style, layout: str) -> dict[str, object]:
    return {
        "fontname": FONT,
        "fontsize": 9.5,
        "fontcolor": style.theme.muted,
        "color": style.theme.line,
        "arrowsize": 0.6,
        "len": 1.3,
    }


def node_attributes(
    data: Mapping[str, Any], style: Style, count: int, is_root: bool
) -> dict[str, object]:
    """Return the looks of a node: a shape and colour by its kind, a label that fits."""
    kind = style.of(str(data.get("kind", "")))
    outcome = OUTCOMES.get(str(data.get("outcome", "")))
    colour = outcome or kind.colour
    if data.get("conflict"):
        colour = style.theme.conflict
    attributes = shape_attributes(kind.shape, style.stroke(colour), style.fill(colour))
    attributes["penwidth"] = 2.6 if is_root else 1.3
    attributes["URL"] = link(data.get("iri", ""))
    attributes["tooltip"] = shorten(tooltip(data), 300)
    attributes["class"] = clean(data.get("kind", "thing"))
    if count >= HUGE:
        return attributes | {"shape": "point", "width": 0.12, "label": ""}
    lines = 1 if count >= MANY else 4
    attributes["label"] = node_label(data, style, lines, is_root)
    is_wide = attributes["shape"] in ("hexagon", "octagon", "ellipse")
    attributes["margin"] = "0.02,0.02" if is_wide else "0.13,0.07"
    if attributes["shape"] == "cds":
        attributes["margin"] = "0.16,0.13"
    return attributes


def shape_attributes(shape: str, stroke: str, fill: str) -> dict[str, object]:
    """Return a shape in a colour."""
    known = {
        "rounded": ("box", "filled,rounded"),
        "dashed": ("box", "filled,rounded,dashed"),
        "plain": ("plain", ""),
    }
    name, look = known.get(shape, (shape, "filled"))
    return {"shape": name, "style": look, "color": stroke, "fillcolor": fill, "height": 0.3}


def node_label(data: Mapping[str, Any], style: Style, lines: int, is_root: bool) -> Html:
    """Return a label of HTML's kind: the thing's name, and what else is known in small print."""
    named = wrap(data.get("label", ""), lines=lines)
    size = 13 if is_root else 11
    text = "<BR/>".join(f"<B>{escape(t)}</B>" if is_root else escape(t) for t in named)
    main = f'<FONT POINT-SIZE="{size}">{text}</FONT>'
    small = small_print(data)
    if not small or lines == 1:
        return Html(main)
    rest = "<BR/>".join(escape(line) for line in wrap(small, 30, 3))
    muted = f'<FONT POINT-SIZE="9.5" COLOR="{style.theme.muted}">{rest}</FONT>'
    parts = (muted, main) if data.get("kind") in ("clause", "criterion") else (main, muted)
    return Html("<BR/>".join(parts))


def small_print(data: Mapping[str, Any]) -> str:
    """Return what stands beside a thing's name: date, value, outcome."""
    span = " – ".join(str(data[key]) for key in ("date", "until") if data.get(key))
    outcome = str(data.get("outcome") or "")
    value = str(data.get("value", "")).replace(";", ",")
    parts = (span, value, WORDS.get(outcome, outcome))
    return " · ".join(clean(part) for part in parts if part not in ("", None))


def tooltip(data: Mapping[str, Any]) -> str:
    """Return what is said of a thing when one points at it, and to screen readers."""
    parts = (clean(data.get("label", "")), clean(data.get("kind", "")), small_print(data))
    return ", ".join(part for part in parts if part)


# Edges


def line_key(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what edges have in common that are drawn alike."""
    flags = (str(bool(data.get("conflict"))), str(bool(data.get("inherited"))))
    return (edge_label(data), str(data.get("outcome") or ""), *flags)


def edge_label(data: Mapping[str, Any]) -> str:
    """Return the label of an edge, with its value."""
    values = clean(data.get("value", "") or "").split("; ")
    if len(values) > 3:
        values = [*values[:2], f"and {len(values) - 2} more"]
    parts = (clean(data.get("label", "")), ", ".join(values).replace(", and", " and"))
    return " ".join(part for part in parts if part)


def relation_lines(graph: Any, style: Style, layout: str) -> dict[tuple[str, ...], Line]:
    """Return how the edges of each relation are drawn, by what they have in common."""
    counts = Counter(line_key(data) for _, _, data in graph.edges(data=True))
    most = _FREQUENT if layout == "dot" else _FREQUENT_ANYWHERE
    frequent = [key for key, count in counts.most_common() if count > most]
    # A colour that tells an outcome here tells nothing else.
    taken = {_own_colour(key, style) for key in counts}
    free = [line for line in LINES if style.stroke(line[0]) not in taken]
    plain = [key for key in frequent if not _own_colour(key, style)][: len(free)]
    lines = {}
    for key, count in counts.items():
        colour, dash = free[plain.index(key)] if key in plain else (style.theme.line, "solid")
        own = _own_colour(key, style)
        conflict, inherited = key[2] == "True", key[3] == "True"
        lines[key] = Line(
            key[0],
            own or style.stroke(colour),
            "dashed" if inherited else dash,
            2.6 if conflict else 1.8 if dash == "dotted" else 1.2,
            key in plain or (count > most and own is not None and not conflict),
        )
    return lines


def _own_colour(key: tuple[str, ...], style: Style) -> str | None:
    if key[2] == "True":
        return style.theme.conflict
    return style.stroke(OUTCOMES[key[1]]) if key[1] in OUTCOMES else None


def edge_attributes(
    data: Mapping[str, Any], line: Line, style: Style, layout: str
) -> dict[str, object]:
    """Return the looks of an edge; its label stands beside it unless the legend explains it."""
    attributes: dict[str, object] = {
        "color": line.colour,
        "style": line.dash if line.dash != "solid" else None,
        "penwidth": line.width,
        "edgetooltip": shorten(edge_label(data), 300),
        "class": "conflict" if data.get("conflict") else None,
        "arrowhead": "onormal" if data.get("relation") == "rdfs:subClassOf" else None,
    }
    if not line.in_legend:
        attributes |= {"label": label_of_edge(data, line, style, layout), "len": 2.2}
    return attributes


def label_of_edge(data: Mapping[str, Any], line: Line, style: Style, layout: str) -> Html:
    """Return the label that stands beside an edge, or on it where no place is kept free for it."""
    told = data.get("loops") or [line.label]
    text = "<BR/>".join(escape(part) for one in told for part in wrap(one, 22, 4))
    colour = line.colour if line.width > 2 else style.theme.muted
    ground = f' BGCOLOR="{style.theme.background}"' if layout != "dot" else ""
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="2" CELLSPACING="0"{ground}>'
    font = f'<FONT POINT-SIZE="9.5" COLOR="{colour}">{text}</FONT>'
    return Html(f"{table}<TR><TD>{font}</TD></TR></TABLE>")
