"""Graph files: what Gephi, Cytoscape, Mermaid, a spreadsheet or a triple store opens."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from typing import Any, Final

from openness.draw import dot
from openness.draw.style import Style
from openness.draw.text import clean, link, shorten

_INNER: Final = ("roots", "cut", "kinds", "sources")


def plain(value: object) -> str | int | float | bool:
    """Return an attribute as formats without lists can hold it; text without control characters."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(clean(one) for one in value)
    if isinstance(value, dict):
        return "; ".join(f"{clean(k)}: {clean(v)}" for k, v in value.items())
    return clean(value)


def flat(graph: Any, style: Style, is_gexf: bool = False) -> Any:
    """Return a graph whose attributes are text, numbers and truth values, with colours."""
    import networkx

    found = networkx.MultiDiGraph()
    found.graph.update({k: plain(v) for k, v in graph.graph.items() if v not in (None, "", [], {})})
    for node, data in graph.nodes(data=True):
        said: dict[str, Any] = {k: plain(v) for k, v in data.items() if v is not None}
        if is_gexf:
            said["viz"] = {"color": _rgb(style.of(str(data.get("kind", ""))).colour)}
        else:
            said["colour"] = style.of(str(data.get("kind", ""))).colour
        found.add_node(clean(node), **said)
    for subject, target, key, data in graph.edges(keys=True, data=True):
        said = {name: plain(value) for name, value in data.items() if value is not None}
        found.add_edge(clean(subject), clean(target), key=clean(key), **said)
    return found


def _rgb(colour: str) -> dict[str, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return {"r": red, "g": green, "b": blue}


def graphml(graph: Any, style: Style) -> bytes:
    """Return GraphML, for yEd, Gephi, igraph and Cytoscape."""
    import networkx

    out = io.BytesIO()
    networkx.write_graphml_xml(flat(graph, style), out)
    return out.getvalue()


def gexf(graph: Any, style: Style) -> bytes:
    """Return GEXF, for Gephi, with the colours of the kinds and no date of making."""
    import re

    import networkx

    text = "\n".join(networkx.generate_gexf(flat(graph, style, is_gexf=True), version="1.2draft"))
    return (re.sub(r' lastmodifieddate="[^"]*"', "", text, count=1) + "\n").encode()


def cytoscape(graph: Any, style: Style) -> bytes:
    """Return Cytoscape's JSON (`.cyjs`), which Cytoscape and Cytoscape.js read."""
    import networkx

    data = networkx.cytoscape_data(flat(graph, style))
    data["data"] = dict(sorted(data["data"])) if isinstance(data["data"], list) else data["data"]
    for number, edge in enumerate(data["elements"]["edges"]):
        edge["data"]["id"] = f"e{number}"
    return _json(data)


def node_link(graph: Any, style: Style) -> bytes:
    """Return NetworkX's node-link JSON, lists and all."""
    import networkx

    return _json(networkx.node_link_data(graph, edges="edges"))


def _json(data: Any) -> bytes:
    text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
    return (text.encode("utf-8", "replace").decode() + "\n").encode()


def edges_csv(graph: Any, style: Style) -> bytes:
    """Return the edges as comma-separated values, with columns that Gephi knows."""
    rows = [
        {"Source": subject, "Target": target, "Type": "Directed"} | data
        for subject, target, data in graph.edges(data=True)
    ]
    return _csv(rows, ("Source", "Target", "Type", "relation", "label", "sources"))


def nodes_csv(graph: Any) -> bytes:
    """Return the nodes as comma-separated values, with columns that Gephi knows."""
    rows = [
        {"Id": node, "Label": data.get("label", "")}
        | {k: v for k, v in data.items() if k != "label"}
        for node, data in graph.nodes(data=True)
    ]
    return _csv(rows, ("Id", "Label", "kind", "iri", "sources"))


def _csv(rows: list[dict[str, Any]], first: tuple[str, ...]) -> bytes:
    columns = [*first, *sorted({key for row in rows for key in row} - set(first))]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: plain(value) for key, value in row.items() if value is not None})
    return text.getvalue().encode()


def dot_file(graph: Any, style: Style) -> bytes:
    """Return Graphviz's language, with the looks of the picture and the title as its label."""
    layout = str(graph.graph.get("layout", "dot"))
    text = dot.body(graph, style, "dot" if dot.program(layout) == "nop" else layout, is_file=True)
    return text.encode()


def mermaid(graph: Any, style: Style) -> bytes:
    """Return a Mermaid flow chart, for Markdown; every label quoted and its characters escaped."""
    right = graph.graph.get("direction") == "right"
    lines = ["---", f"title: {json.dumps(_mermaid(graph.graph.get('title', '')))}", "---"]
    lines.append("flowchart LR" if right else "flowchart TD")
    names = dot.names(graph)
    for node, data in graph.nodes(data=True):
        begin, end = _MERMAID_SHAPES.get(style.of(str(data.get("kind", ""))).shape, ("[", "]"))
        label = _mermaid(shorten(data.get("label", ""), 120)) or " "
        lines.append(f'  {names[node]}{begin}"{label}"{end}')
    for subject, target, data in graph.edges(data=True):
        arrow = "==>" if data.get("conflict") else "-.->" if data.get("inherited") else "-->"
        label = _mermaid(shorten(dot.edge_label(data), 80))
        middle = f'|"{label}"| ' if label else ""
        lines.append(f"  {names[subject]} {arrow}{middle}{names[target]}")
    lines += _mermaid_looks(graph, style, names)
    return ("\n".join(lines) + "\n").encode()


_MERMAID_SHAPES: Final = {
    "rounded": ("(", ")"),
    "ellipse": ("([", "])"),
    "hexagon": ("{{", "}}"),
    "octagon": ("{{", "}}"),
    "cylinder": ("[(", ")]"),
    "dashed": ("(", ")"),
    "cds": (">", "]"),
    "component": ("[[", "]]"),
    "folder": ("[[", "]]"),
}


def _mermaid(text: object) -> str:
    """Return text in which no character means something to Mermaid, Markdown or HTML."""
    whole = clean(text)
    return "".join(
        c if c.isalnum() or c in " .,-:/" or ord(c) > 127 else f"#{ord(c)};" for c in whole
    )


def _mermaid_looks(graph: Any, style: Style, names: dict[Any, str]) -> Iterable[str]:
    """Return the colours of the kinds, the links of the nodes, and the conflicts in red."""
    by_kind: dict[str, list[str]] = {}
    for node, data in graph.nodes(data=True):
        by_kind.setdefault(str(data.get("kind", "thing")), []).append(names[node])
    for number, (kind, members) in enumerate(sorted(by_kind.items())):
        colour = style.of(kind).colour
        fill, stroke, text = style.fill(colour), style.stroke(colour), style.theme.text
        yield f"  classDef k{number} fill:{fill},stroke:{stroke},color:{text}"
        yield f"  class {','.join(members)} k{number}"
    for node, data in graph.nodes(data=True):
        target = link(data.get("iri", ""))
        if target and '"' not in target:
            yield f'  click {names[node]} href "{target}"'
    conflicts = [
        str(number)
        for number, (_, _, data) in enumerate(graph.edges(data=True))
        if data.get("conflict")
    ]
    if conflicts:
        yield f"  linkStyle {','.join(conflicts)} stroke:{style.theme.conflict},stroke-width:3px"
