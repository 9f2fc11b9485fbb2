"""What a page knows of a view, as plain data: things, relations, facts, looks in every theme."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from openness.draw import dot
from openness.draw.around import Fact, Surroundings
from openness.draw.picture import small_print
from openness.draw.placement import Box, Path, Placement
from openness.draw.style import OUTCOMES, Style
from openness.draw.text import clean, link, shorten, wrap

_NAME: Final = 300
"""How many characters of a name the page has; its facts have the whole of it."""
_NAMES: Final = 2
"""How many names of its edges a relation is called by."""


class Numbered:
    """A list without repetitions, whose members are told by their places."""

    def __init__(self) -> None:
        self.members: list[Any] = []
        self._places: dict[str, int] = {}

    def __call__(self, member: Any) -> int:
        """Return the place of a member, which is added if it is new."""
        key = repr(member)
        if key not in self._places:
            self._places[key] = len(self.members)
            self.members.append(member)
        return self._places[key]


class Writer:
    """Writes a view, and what lies around it, as the data of a page."""

    def __init__(self, graph: Any, styles: Mapping[str, Style], layout: str) -> None:
        self._graph, self._styles, self._layout = graph, styles, layout
        self._sources, self._looks, self._lines = Numbered(), Numbered(), Numbered()
        self._relations, self._outcomes = Numbered(), set[str]()
        self._names: dict[str, Counter[str]] = {}
        self._ids: dict[Any, str] = {}

    def write(self, placed: Placement, around: Surroundings) -> dict[str, Any]:
        """Return the data: lists and mappings of text, numbers and truth values."""
        hidden = _hidden(self._graph, around)
        self._ids = {node: f"n{number}" for number, node in enumerate((*self._graph, *hidden))}
        nodes = [self._node(node, data, placed) for node, data in self._graph.nodes(data=True)]
        nodes += [self._node(node, hidden[node], None) for node in hidden]
        edges = [*self._edges(self._graph, placed)]
        if around.neighbours is not None:
            edges += self._edges(around.neighbours, None)
        for number, edge in enumerate(edges):
            edge["id"] = f"e{number}"
        facts = {
            self._ids[key]: [self._fact(fact) for fact in listed]
            for key, listed in around.facts.items()
            if key in self._ids
        }
        return self._about(around) | {
            "hasLines": placed.has_lines,
            "nodes": nodes,
            "edges": edges,
            "pieces": [*self._pieces(placed, edges)],
            "facts": facts,
            "kinds": self._kinds(hidden),
            "relations": [self._named(relation) for relation in self._relations.members],
            "sources": self._sources.members,
            "looks": self._looks.members,
            "lines": self._lines.members,
            "samples": [*self._samples(edges)],
            "moreFacts": sorted(self._ids[key] for key in around.more_facts if key in self._ids),
            "leftOut": {self._ids[k]: n for k, n in around.left_out.items() if k in self._ids},
        }

    def _about(self, around: Surroundings) -> dict[str, Any]:
        about = self._graph.graph
        said = {key: clean(about.get(key, "") or "") for key in _TEXTS}
        themes = {
            name: {part: getattr(style.theme, part) for part in _COLOURS} | {"dark": style.is_dark}
            for name, style in self._styles.items()
        }
        return said | {
            "smallPrint": small_print(self._graph),
            "allSources": [clean(source) for source in about.get("sources") or ()],
            "rule": around.rule,
            "themes": themes,
        }

    # Things

    def _node(self, node: Any, data: Mapping[str, Any], placed: Placement | None) -> dict[str, Any]:
        roots = self._graph.graph.get("roots") or ()
        small = dot.small_print(data)
        found: dict[str, Any] = {
            "id": self._ids[node],
            "key": shorten(node, _NAME),
            "label": shorten(data.get("label", ""), _NAME) or shorten(node, _NAME),
            "kind": clean(data.get("kind", "") or "thing"),
            "iri": link(data.get("iri", "")) or "",
            "small": shorten(small, _NAME),
            "look": self._look(data),
            "sources": self._numbers(data.get("sources")),
            "text": _written(data, small),
        }
        self._outcomes.add(str(data.get("outcome") or ""))
        flags = {"root": node in roots, "conflict": data.get("conflict"), "hidden": placed is None}
        found |= {name: True for name, is_so in flags.items() if is_so}
        if placed and node in placed.boxes:
            found |= _place(placed.boxes[node])
            if node in placed.lines:
                found |= {"text": "\n".join(placed.lines[node]), "shape": placed.shapes[node]}
        return found

    def _look(self, data: Mapping[str, Any]) -> int:
        """Return the number of the shape and the colours of a thing, in every theme."""
        shape = next(iter(self._styles.values())).of(str(data.get("kind", ""))).shape
        colours = {}
        for theme, style in self._styles.items():
            drawn = dot.node_attributes(data, style, dot.HUGE, False)
            colours[theme] = [drawn["fillcolor"], drawn["color"]]
        return self._looks({"shape": shape} | colours)

    def _kinds(self, hidden: Mapping[Any, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the kinds that occur, in the order of the view, then those of hidden things."""
        about = self._graph.graph.get("kinds") or {}
        there = {
            clean(data.get("kind", "") or "thing"): data.get("kind", "")
            for data in (*(data for _, data in self._graph.nodes(data=True)), *hidden.values())
        }
        ordered = [kind for kind in map(clean, about) if kind in there]
        style = next(iter(self._styles.values()))
        names = {clean(kind): clean(name) for kind, name in about.items()}
        return [
            {
                "id": kind,
                "label": names.get(kind) or style.of(str(there[kind])).label or kind,
                "look": self._look({"kind": there[kind]}),
            }
            for kind in [*ordered, *sorted(there.keys() - set(ordered))]
        ]

    # Relations

    def _edges(self, graph: Any, placed: Placement | None) -> Iterator[dict[str, Any]]:
        """Yield relations in the looks and on the ways that they have in the picture.

        Those of neighbours that are not shown yet have no place, and are labelled one by one.
        """
        lines = {
            theme: dot.relation_lines(graph, style, self._layout)
            for theme, style in self._styles.items()
        }
        for subject, target, relation, data in graph.edges(keys=True, data=True):
            looks = {theme: lines[theme][dot.line_key(data)] for theme in lines}
            found = self._edge(relation, data, looks, placed is None)
            found |= {"from": self._ids[subject], "to": self._ids[target]}
            if placed and (subject, target, relation) in placed.paths:
                ends = placed.boxes[subject], placed.boxes[target]
                found |= _route(placed.paths[subject, target, relation], *ends)
            yield found

    def _edge(
        self, relation: Any, data: Mapping[str, Any], looks: Mapping[str, dot.Line], is_hidden: bool
    ) -> dict[str, Any]:
        line = next(iter(looks.values()))
        is_told = is_hidden or not line.in_legend
        colours = {theme: self._colour(theme, one, is_hidden) for theme, one in looks.items()}
        dash = line.dash if not is_hidden or line.dash == "dashed" else "solid"
        width = 1.2 if is_hidden else line.width
        label = dot.edge_label(data)
        self._outcomes.add(str(data.get("outcome") or ""))
        flags = {
            "conflict": data.get("conflict"),
            "inherited": data.get("inherited"),
            "hollow": data.get("relation") == "rdfs:subClassOf",
            "hidden": is_hidden,
        }
        return {
            "relation": self._relation(relation, data),
            "label": shorten(label, _NAME),
            "text": "\n".join(wrap(label, 22, 4)) if is_told else "",
            "line": self._lines({"dash": dash, "width": width} | colours),
            "sources": self._numbers(data.get("sources")),
        } | {name: True for name, is_so in flags.items() if is_so}

    def _colour(self, theme: str, line: dot.Line, is_hidden: bool) -> str:
        plain = is_hidden and line.width < 2
        return self._styles[theme].theme.line if plain else line.colour

    def _relation(self, relation: Any, data: Mapping[str, Any]) -> int:
        """Return the number of a relation, and note what its edges are called."""
        key = clean(data.get("relation") or relation)
        self._names.setdefault(key, Counter())[clean(data.get("label", "")) or key] += 1
        return self._relations(key)

    def _named(self, relation: str) -> dict[str, str]:
        """Return a relation with what its edges are called, the most frequent first."""
        names = [name for name, _ in self._names[relation].most_common()]
        told = " / ".join(shorten(name, 40) for name in names[:_NAMES])
        return {"id": relation, "label": f"{told} / …" if len(names) > _NAMES else told}

    def _numbers(self, sources: Any) -> list[int]:
        return [self._sources(clean(source)) for source in sources or ()]

    def _samples(self, edges: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """Yield what the legend explains beside kinds and relations."""
        for outcome, colour in OUTCOMES.items():
            if outcome in self._outcomes:
                colours = {t: style.stroke(colour) for t, style in self._styles.items()}
                yield {
                    "label": dot.WORDS.get(outcome, outcome),
                    "dash": "solid",
                    "width": 3,
                } | colours
        lines = {theme: style.theme.line for theme, style in self._styles.items()}
        if any(edge.get("inherited") for edge in edges):
            yield {"label": "inherited", "dash": "dashed", "width": 1.5} | lines
        if any(edge.get("conflict") for edge in edges):
            reds = {theme: style.theme.conflict for theme, style in self._styles.items()}
            yield {"label": "conflict", "dash": "solid", "width": 3} | reds

    # Around

    def _fact(self, fact: Fact) -> list[Any]:
        """Return a fact as a list, for there are many: to what, how, what, where, who says so."""
        return [
            1 if fact.is_of else 0,
            clean(fact.relation),
            clean(fact.value),
            link(fact.iri) or "",
            self._numbers(fact.sources),
        ]

    def _pieces(self, placed: Placement, edges: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for number, piece in enumerate(placed.pieces):
            found: dict[str, Any] = {"id": f"p{number}", "text": "\n".join(piece.lines)}
            found |= _place(piece.box) | {theme: list(two) for theme, two in piece.looks.items()}
            if piece.row is not None:
                ends = {self._ids[piece.row], self._ids[piece.column]}
                found["edges"] = [e["id"] for e in edges if {e["from"], e["to"]} == ends]
                found["ends"] = [self._ids[piece.row], self._ids[piece.column]]
            yield found


_TEXTS: Final = ("title", "description", "legend", "cut", "date")
_COLOURS: Final = ("background", "text", "muted", "line", "conflict")


def _hidden(graph: Any, around: Surroundings) -> dict[Any, Mapping[str, Any]]:
    """Return the things that are there only when a neighbour is expanded."""
    if around.neighbours is None:
        return {}
    return {node: data for node, data in around.neighbours.nodes(data=True) if node not in graph}


def _written(data: Mapping[str, Any], small: str) -> str:
    """Return what is written on a thing, in lines."""
    lines = wrap(data.get("label", ""))
    rest = wrap(small, 30, 3) if small else []
    above = data.get("kind") in ("clause", "criterion")
    return "\n".join([*rest, *lines] if above else [*lines, *rest])


def _route(path: Path, start: Box, end: Box) -> dict[str, Any]:
    """Return a line's bends and its label's place as Cytoscape.js takes them: from its ends.

    A bend is how far it is along the straight line from middle to middle, as a share, and how far
    beside it; the label is shifted from the bend, or the middle of two, that is halfway.
    """
    dx, dy = end.x - start.x, end.y - start.y
    length = math.hypot(dx, dy)
    if not length or not path.points:
        return {}
    bends: list[float] = []
    for x, y in path.points:
        along = ((x - start.x) * dx + (y - start.y) * dy) / length**2
        beside = ((y - start.y) * dx - (x - start.x) * dy) / length
        bends += [round(along, 3), round(beside, 1)]
    count = len(path.points)
    halfway = path.points[(count - 1) // 2], path.points[count // 2]
    shift = [0.0, 0.0]
    if path.label:
        shift = [round(path.label[i] - (halfway[0][i] + halfway[1][i]) / 2, 1) for i in (0, 1)]
    return {"bends": bends, "shift": shift}


def _place(box: Box) -> dict[str, float]:
    return {"x": box.x, "y": box.y, "w": box.width, "h": box.height}
