"""The page: one file, which reaches no network and in which nothing that is said becomes script."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import pickle
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx
import pytest

from openness import draw, surroundings
from openness.draw import html, placement, style
from openness.draw.text import clean, shorten
from openness.errors import UsageError
from openness.graph import Graph
from openness.view_graph import ViewGraph
from openness.views import Limits

Run = Callable[..., "subprocess.CompletedProcess[str]"]
STYLES = {name: style.load(None, name) for name in style.THEMES}


class Reader(HTMLParser):
    """Reads the elements of a page: their attributes, and the text in those that are no markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style") and data.strip():
            self.texts.append((self.elements[-1][0], data))

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def page(graph: ViewGraph, **options: Any) -> str:
    return draw.render(graph, "html", **options).decode()


def data_of(text: str) -> dict[str, Any]:
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    data: dict[str, Any] = json.loads(found)
    return data


def policy_of(text: str) -> dict[str, list[str]]:
    (meta,) = [m for m in Reader(text).of("meta") if m.get("http-equiv")]
    assert meta["http-equiv"] == "Content-Security-Policy"
    parts = [part.split() for part in str(meta["content"]).split(";")]
    return {part[0]: part[1:] for part in parts}


# One file, and no network


def test_a_page_is_one_file_that_says_what_it_shows(world: Graph) -> None:
    text = page(world.view("ecosystem"))
    reader = Reader(text)
    assert text.startswith("<!DOCTYPE html>")
    assert reader.of("html") == [{"lang": "en", "data-theme": "light"}]
    assert "<title>The ecosystem of Meta</title>" in text
    assert [attributes.get("type") for attributes in reader.of("script")] == [
        "application/json",
        None,
        None,
    ]
    assert not [a for _, a in reader.elements if a.get("src")]
    links = {a["href"] for _, a in reader.elements if a.get("href")}
    assert links == {"data:,", "#picture", "#panel"}
    assert "url(" not in (html.WEB / "view.css").read_text(encoding="utf-8")


def test_the_policy_allows_what_is_in_the_page_and_no_address(nasty: ViewGraph) -> None:
    text = page(nasty)
    policy = policy_of(text)
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    assert policy["img-src"] == ["data:"]
    for name, directive, skip in (("script", "script-src", 1), ("style", "style-src", 0)):
        texts = [body for tag, body in Reader(text).texts if tag == name][skip:]
        digests = [base64.b64encode(hashlib.sha256(t.encode()).digest()).decode() for t in texts]
        assert policy[directive] == [f"'sha256-{digest}'" for digest in digests]
    assert text.index("Content-Security-Policy") < text.index("<style") < text.index("<script")


@pytest.mark.parametrize("name", html.SCRIPTS)
def test_our_script_writes_no_markup_and_asks_no_server(name: str) -> None:
    script = (html.WEB / name).read_text(encoding="utf-8")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
    ):
        assert word not in script
    for word in ("fetch(", "XMLHttp", "import(", "WebSocket", "EventSource", "sendBeacon", ".src"):
        assert word not in script


def test_every_shape_of_a_style_can_be_drawn() -> None:
    script = (html.WEB / "shapes.js").read_text(encoding="utf-8")
    known = set(re.findall(r"^  (\w+): ", script, re.M))
    assert set(style.SHAPES) <= known


# What is in it


def test_data_are_the_things_and_relations_of_the_view(world: Graph) -> None:
    graph = world.view("lineage")
    data = data_of(page(graph))
    shown = [node for node in data["nodes"] if not node.get("hidden")]
    assert [node["key"] for node in shown] == list(graph)
    assert [node["label"] for node in shown] == [d["label"] for _, d in graph.nodes(data=True)]
    names = {node["id"]: node["key"] for node in data["nodes"]}
    edges = [
        (names[e["from"]], names[e["to"]], data["relations"][e["relation"]]["id"])
        for e in data["edges"]
        if not e.get("hidden")
    ]
    assert edges == list(graph.edges(keys=True))
    for said, (_, _, known) in zip(data["edges"], graph.edges(data=True), strict=False):
        assert [data["sources"][number] for number in said["sources"]] == known["sources"]
    for key in ("title", "description", "legend", "date"):
        assert data[key] == clean(graph.graph[key])


def test_conflicts_are_red_in_both_themes(world: Graph) -> None:
    data = data_of(page(world.view("lineage")))
    conflicts = [edge for edge in data["edges"] if edge.get("conflict")]
    assert len(conflicts) == 2
    for edge in conflicts:
        line = data["lines"][edge["line"]]
        assert (line["light"], line["dark"]) == ("#C4001D", "#FF6A70")
    assert [s["label"] for s in data["samples"]] == ["inherited", "conflict"]


def test_a_thing_has_its_facts_with_their_sources(world: Graph) -> None:
    data = data_of(page(world.view("ecosystem")))
    (meta,) = [node for node in data["nodes"] if node["key"] == "organization:meta"]
    facts = data["facts"][meta["id"]]
    assert [1, "skos:altLabel", "Facebook", "", [data["sources"].index("The daily paper")]] in facts
    (unit,) = [fact for fact in facts if fact[2] == "FAIR"]
    assert unit[:2] == [0, "org:unitOf"]
    assert unit[3] == "https://w3id.org/openness/id/organization/fair"


def test_two_sources_of_one_fact_stand_together(world: Graph) -> None:
    found = surroundings.read(world.engine, world.view("story"))
    facts = [fact for listed in found.facts.values() for fact in listed]
    assert any(len(fact.sources) > 1 for fact in facts)
    for listed in found.facts.values():
        statements = [(f.is_of, f.relation, f.value, f.iri) for f in listed]
        assert len(statements) == len(set(statements))


def test_neighbours_come_along_and_are_hidden(world: Graph) -> None:
    graph = world.view("ecosystem")
    data = data_of(page(graph))
    hidden = {node["id"]: node for node in data["nodes"] if node.get("hidden")}
    assert {"clause:llama-2-1", "organization:openai"} <= {n["key"] for n in hidden.values()}
    assert not {node["key"] for node in hidden.values()} & set(graph)
    for edge in data["edges"]:
        ends = {edge["from"], edge["to"]}
        assert edge.get("hidden", False) == bool(ends & hidden.keys())
        assert len(ends & hidden.keys()) < 2


def test_limits_are_kept_and_told(world: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings, "MOST_FACTS", 2)
    monkeypatch.setattr(surroundings, "MOST_NEIGHBOURS", 1)
    monkeypatch.setattr(surroundings, "MOST_THINGS", 3)
    data = data_of(page(world.view("ecosystem")))
    assert len(data["facts"]) == 3
    assert {len(facts) for facts in data["facts"].values()} == {2}
    assert len(data["moreFacts"]) == 3
    assert len([node for node in data["nodes"] if node.get("hidden")]) <= 3
    assert sum(data["leftOut"].values()) > 3
    assert data["rule"] == (
        "At most 2 facts and 1 further neighbours of each thing, and of the first 3 things only, "
        "are in this file."
    )


def test_a_view_that_was_cut_says_so(world: Graph) -> None:
    graph = world.view("story", limits=Limits(max_nodes=5))
    data = data_of(page(graph))
    assert data["cut"] == graph.graph["cut"]
    assert len([node for node in data["nodes"] if not node.get("hidden")]) == 5


def test_a_graph_of_ones_own_needs_no_knowledge_graph(parallel: ViewGraph) -> None:
    data = data_of(page(parallel))
    assert len(data["edges"]) == 5
    assert data["facts"] == {}
    own = networkx.MultiDiGraph(title="Own")
    own.add_edge("a", "b", "likes")
    assert [node["label"] for node in data_of(page(own))["nodes"]] == ["a", "b"]


def test_copies_of_a_view_leave_the_knowledge_graph_behind(world: Graph) -> None:
    graph = world.view("members")
    assert graph.around is not None
    for other in (graph.copy(), copy.deepcopy(graph), pickle.loads(pickle.dumps(graph))):
        assert other.around is None
        assert list(other.edges(keys=True)) == list(graph.edges(keys=True))
        assert data_of(page(other))["facts"] == {}


# Where things stand


@pytest.mark.parametrize("name", ["story", "lineage", "neighbourhood", "members"])
def test_lines_lead_from_thing_to_thing(name: str, world: Graph) -> None:
    """Also those that the layout draws backwards, or by way of their label."""
    graph = world.view(name)
    placed = placement.place(graph, STYLES, graph.graph["layout"])
    assert set(placed.boxes) == set(graph)
    assert set(placed.paths) == {edge for edge in graph.edges(keys=True) if edge[0] != edge[1]}
    for (subject, target, _), path in placed.paths.items():
        start, end = placed.boxes[subject], placed.boxes[target]

        def far(point: tuple[float, float], box: placement.Box) -> float:
            return float(abs(point[0] - box.x) + abs(point[1] - box.y))

        first, last = path.points[0], path.points[-1]
        assert far(first, start) <= far(last, start) + 1
        assert far(last, end) <= far(first, end) + 1


def test_parallel_lines_are_kept_apart(parallel: ViewGraph) -> None:
    placed = placement.place(parallel, STYLES, "dot")
    between = [path.points for ends, path in placed.paths.items() if ends[0] != ends[1]]
    assert len(between) == len(set(between)) == 4


def test_a_matrix_has_cells_and_a_timeline_years(world: Graph) -> None:
    data = data_of(page(world.view("licences")))
    cells = [piece for piece in data["pieces"] if piece.get("edges")]
    assert {edge for cell in cells for edge in cell["edges"]} == {
        edge["id"] for edge in data["edges"] if not edge.get("hidden")
    }
    data = data_of(page(world.view("timeline")))
    years = [piece["text"] for piece in data["pieces"] if re.fullmatch(r"\d{4}", piece["text"])]
    assert years == sorted(years)
    assert not data["hasLines"]


# Nothing becomes script


@pytest.mark.parametrize("layout", ["dot", "neato"])
def test_nasty_labels_stay_text(nasty: ViewGraph, layout: str) -> None:
    text = page(nasty, layout=layout)
    reader = Reader(text)
    assert len(reader.of("script")) == 3
    assert not reader.of("b")
    body = re.findall(r'id="data">(.*?)</script>', text, re.S)[0]
    assert not re.search("[<>&\u2028\u2029]", body)
    data = data_of(text)
    for node, (key, known) in zip(data["nodes"], nasty.nodes(data=True), strict=True):
        assert node["label"] == (shorten(known["label"], 300) or key)
        assert node["iri"].startswith("http") or key == "markup"
    assert data["nodes"][1]["iri"] == ""
    assert data["title"] == clean(nasty.graph["title"])


@pytest.mark.parametrize(
    "value",
    ["</script>", "<!--<script>", "]]>", "&lt;", "\u2028\u2029", "\ud800", '"\\', "👩‍👩‍👧", ""],
)
def test_embedded_data_can_be_read_back(value: str) -> None:
    text = html.embedded([value])
    assert json.loads(text) == [value]
    assert not re.search("[<>&\u2028\u2029\ud800]", text)


# The same again


def test_the_same_page_comes_out_again(run: Run, tmp_path: Path) -> None:
    """Whatever order sets have in a process."""
    for seed in "12":
        file = str(tmp_path / f"{seed}.html")
        done = run("draw", "ecosystem", "-o", file, env={"PYTHONHASHSEED": seed})
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "1.html").read_bytes() == (tmp_path / "2.html").read_bytes()


# Looks


def test_theme_and_style_are_taken_over(parallel: ViewGraph, tmp_path: Path) -> None:
    own = tmp_path / "style.yaml"
    own.write_text("kinds: {model: {colour: '#123456', shape: house}}", encoding="utf-8")
    text = page(parallel, theme="dark", style=own)
    assert '<html lang="en" data-theme="dark">' in text
    data = data_of(text)
    assert list(data["themes"]) == ["dark", "light"]
    (look,) = data["looks"]
    assert look["shape"] == "house"
    assert look["dark"][1] == look["light"][1] == "#123456"


# Without the library


def test_without_its_library_a_page_says_what_is_missing(
    parallel: ViewGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(html.WEB, tmp_path / "web", ignore=shutil.ignore_patterns("vendor"))
    monkeypatch.setattr(html, "WEB", tmp_path / "web")
    target = tmp_path / "a.html"
    with pytest.raises(UsageError, match=r"needs Cytoscape\.js") as error:
        draw.write(parallel, [target, tmp_path / "a.svg"])
    assert "npm" in str(error.value)
    assert not target.exists()
    assert not (tmp_path / "a.svg").exists()
    draw.write(parallel, tmp_path / "a.svg")
