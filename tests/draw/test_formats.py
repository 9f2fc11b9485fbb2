"""Each format is opened by a parser of that format, with labels as bad as they come."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import zlib
from pathlib import Path
from xml.etree import ElementTree

import networkx
import pytest
import rdflib

from openness import draw
from openness.draw import files, style
from openness.draw.text import clean
from openness.graph import Graph
from openness.view_graph import ViewGraph

SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"
WORDS = ["is", "itself", "knows", "likes", "likes back"]
DRAWN = [name for name in draw.FORMATS if name != "html"]


def flat(graph: ViewGraph, is_gexf: bool = False) -> networkx.MultiDiGraph:
    return files.flat(graph, style.load(None), is_gexf)


def equal(one: networkx.MultiDiGraph, other: networkx.MultiDiGraph, ignore: set[str]) -> None:
    """Assert that two graphs have the same nodes, edges, keys and attributes, in whatever order."""

    def kept(data: dict[str, object]) -> dict[str, object]:
        return {k: v for k, v in data.items() if k not in ignore}

    assert {n: kept(d) for n, d in one.nodes(data=True)} == {
        n: kept(d) for n, d in other.nodes(data=True)
    }
    edges = [
        sorted(((s, t, kept(d)) for s, t, d in graph.edges(data=True)), key=str)
        for graph in (one, other)
    ]
    assert edges[0] == edges[1]


@pytest.fixture(params=["story", "lineage", "timeline", "licences", "nasty", "parallel"])
def graph(
    request: pytest.FixtureRequest, world: Graph, nasty: ViewGraph, parallel: ViewGraph
) -> ViewGraph:
    """Views with all kinds of layout, and the graphs of what can go wrong."""
    own = {"nasty": nasty, "parallel": parallel}
    found = own.get(request.param)
    return found if found is not None else world.view(request.param)


@pytest.mark.parametrize("name", DRAWN)
def test_the_same_input_gives_the_same_bytes(name: str, graph: ViewGraph) -> None:
    assert draw.render(graph, name) == draw.render(graph, name)


def test_graphml_is_read_back(graph: ViewGraph) -> None:
    read = networkx.read_graphml(io.BytesIO(draw.render(graph, "graphml")), force_multigraph=True)
    equal(read, flat(graph), set())
    assert read.graph["title"] == clean(graph.graph["title"])
    keys = [key for _, _, key in read.edges(keys=True)]
    assert sorted(keys) == sorted(clean(key) for _, _, key in graph.edges(keys=True))


def test_gexf_is_read_back(graph: ViewGraph) -> None:
    data = draw.render(graph, "gexf")
    assert b"lastmodified" not in data
    read = networkx.read_gexf(io.BytesIO(data), version="1.2draft")
    equal(read, flat(graph, is_gexf=True), {"viz", "id", "key", "networkx_key"})
    assert all({"r", "g", "b"} <= d["viz"]["color"].keys() for _, d in read.nodes(data=True))


def test_node_link_json_is_read_back_with_its_lists(graph: ViewGraph) -> None:
    data = json.loads(draw.render(graph, "json"))
    read = networkx.node_link_graph(data, edges="edges")
    assert set(read) == set(graph)
    assert list(read.edges(keys=True)) == list(graph.edges(keys=True))
    assert all(isinstance(d["sources"], list) for _, d in read.nodes(data=True))


def test_cytoscape_json(graph: ViewGraph) -> None:
    data = json.loads(draw.render(graph, "cyjs"))
    nodes, edges = data["elements"]["nodes"], data["elements"]["edges"]
    assert [n["data"]["id"] for n in nodes] == list(graph)
    assert len({e["data"]["id"] for e in edges}) == graph.number_of_edges()
    ids = {n["data"]["id"] for n in nodes}
    assert all({e["data"]["source"], e["data"]["target"]} <= ids for e in edges)
    assert data["directed"]
    read = networkx.cytoscape_graph(data)
    assert read.number_of_edges() == graph.number_of_edges()


def test_csv_is_two_tables(graph: ViewGraph, tmp_path: Path) -> None:
    draw.write(graph, tmp_path / "view.csv")
    assert {path.name for path in tmp_path.iterdir()} == {"view.csv", "view-nodes.csv"}
    with (tmp_path / "view-nodes.csv").open(encoding="utf-8", newline="") as file:
        nodes = list(csv.DictReader(file))
    with (tmp_path / "view.csv").open(encoding="utf-8", newline="") as file:
        edges = list(csv.DictReader(file))
    assert [row["Id"] for row in nodes] == list(graph)
    assert [row["Label"] for row in nodes] == [clean(d["label"]) for _, d in graph.nodes(data=True)]
    assert [(row["Source"], row["Target"]) for row in edges] == list(graph.edges())
    assert None not in {key for row in (*nodes, *edges) for key in row}


def test_dot_is_read_by_graphviz(graph: ViewGraph) -> None:
    import pygraphviz

    read = pygraphviz.AGraph(string=draw.render(graph, "dot").decode())
    assert set(read.nodes()) == {clean(node) for node in graph}
    loops = {s for s, t in graph.edges() if s == t}
    straight = sum(s != t for s, t in graph.edges())
    assert read.number_of_edges() == straight + len(loops)


@pytest.mark.parametrize("syntax", ["ttl", "jsonld"])
def test_rdf_names_what_is_stated_and_its_sources(syntax: str, world: Graph) -> None:
    """A triple that stands in the graph is stated; one that sums up others is only described."""
    graph = world.view("ecosystem")
    parser = {"ttl": "turtle", "jsonld": "json-ld"}[syntax]
    read = rdflib.Graph().parse(draw.render(graph, syntax), format=parser)
    base = "https://w3id.org/openness/id/organization/"
    fair, meta, group = (rdflib.URIRef(base + n) for n in ("fair", "meta", "mlcommons"))
    org = rdflib.Namespace("http://www.w3.org/ns/org#")
    assert (fair, org.unitOf, meta) in read
    assert (meta, org.memberOf, group) not in read
    assert read.value(meta, rdflib.RDFS.label) == rdflib.Literal("Meta")
    (statement,) = read.subjects(rdflib.RDF.object, group)
    assert read.value(statement, rdflib.RDF.subject) == meta
    assert read.value(statement, rdflib.RDF.predicate) == org.memberOf
    sources = {str(s) for s in read.objects(statement, rdflib.DCTERMS.source)}
    assert sources == {"https://w3id.org/openness/graph/paper"}


@pytest.mark.parametrize("syntax", ["ttl", "jsonld"])
def test_rdf_of_nasty_labels(syntax: str, nasty: ViewGraph) -> None:
    parser = {"ttl": "turtle", "jsonld": "json-ld"}[syntax]
    read = rdflib.Graph().parse(draw.render(nasty, syntax), format=parser)
    labels = {str(label) for label in read.objects(None, rdflib.RDFS.label)}
    assert {clean(d["label"]) for _, d in nasty.nodes(data=True)} <= labels


def test_mermaid_quotes_everything(graph: ViewGraph) -> None:
    """Every line is a statement that we know, with no character of Mermaid's within a label."""
    text = draw.render(graph, "mmd").decode()
    lines = text.splitlines()
    assert lines[0] == lines[2] == "---"
    assert lines[3] in ("flowchart LR", "flowchart TD")
    label = r'"[^"<>{}\[\]|`%\\]*"'
    known = [
        rf"  n\d+(\[|\(|\{{|>|/)+{label}(\]|\)|\}}|/)+",
        rf"  n\d+ (-->|-\.->|==>)(\|{label}\| )?n\d+",
        r"  classDef k\d+ fill:#[0-9a-f]{6},stroke:#\w{6},color:#\w{6}",
        r"  class [n\d,]+ k\d+",
        r'  click n\d+ href "https?://[^"\s]+"',
        r"  linkStyle [\d,]+ stroke:#\w{6},stroke-width:3px",
    ]
    for line in lines[4:]:
        assert any(re.fullmatch(pattern, line) for pattern in known), line
    assert sum("-->" in x or ".->" in x or "==>" in x for x in lines) == graph.number_of_edges()


# Pictures


def test_svg_is_accessible_and_links_to_the_things(world: Graph) -> None:
    graph = world.view("story")
    root = ElementTree.fromstring(draw.render(graph, "svg"))
    assert root.get("role") == "graphics-document document"
    titles = root.findall(f"{SVG}title")
    assert [t.text for t in titles] == [graph.graph["title"]]
    assert root.get("aria-labelledby") == titles[0].get("id")
    said = root.find(f"{SVG}desc")
    assert said is not None
    assert said.get("id") == root.get("aria-describedby")
    assert "The daily paper" in (said.text or "")
    links = {a.get(HREF) for a in root.iter(f"{SVG}a")} - {None}
    assert links == {data["iri"] for _, data in graph.nodes(data=True)}
    names = {t.text for t in root.iter(f"{SVG}title")}
    assert "Llama 2, model" in names
    assert any(n and n.startswith("Llama 2 → Llama 2 terms: has licence") for n in names)


def test_svg_runs_nothing(nasty: ViewGraph) -> None:
    """No script, no handler, no link but to the web, no text that became markup."""
    root = ElementTree.fromstring(draw.render(nasty, "svg"))
    allowed = {"svg", "g", "a", "title", "desc", "text", "path", "polygon", "polyline", "ellipse"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    for element in root.iter():
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert "javascript" not in value
    text = "".join(t.text or "" for t in root.iter(f"{SVG}text"))
    assert "<script>" in text or "<script" in text
    assert "\u202e" not in text


def test_pdf_and_png_have_no_time(graph: ViewGraph) -> None:
    made = draw.contents(graph, ["pdf", "png"])
    assert made["pdf"].startswith(b"%PDF-")
    assert made["pdf"].rstrip().endswith(b"%%EOF")
    assert b"tIME" not in made["png"]
    inflated = b"".join(
        _inflate(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", made["pdf"], re.DOTALL)
    )
    years = re.findall(rb"D:(\d{4})", made["pdf"] + inflated)
    assert set(years) <= {b"1970"}


def _inflate(part: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(part)
    except zlib.error:
        return b""


def test_png_is_whole_and_sharp(world: Graph) -> None:
    data = draw.render(world.view("members"), "png")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert width > 800
    assert height > 300
    assert data.endswith(b"IEND\xaeB`\x82")


def test_parallel_edges_stay_apart(parallel: ViewGraph) -> None:
    """Three lines from one to the other, each with its label, none on another."""
    root = ElementTree.fromstring(draw.render(parallel, "svg"))
    edges = [g for g in root.iter(f"{SVG}g") if (g.get("class") or "").startswith("edge")]
    paths = [p.get("d") for g in edges for p in g.iter(f"{SVG}path")]
    assert len(paths) == len(set(paths)) == 10  # all run through their labels
    shown = [t for t in root.iter(f"{SVG}text") if t.text in WORDS]
    assert sorted(t.text or "" for t in shown) == sorted(WORDS)
    places = [(float(t.get("x") or 0), float(t.get("y") or 0)) for t in shown]
    for one, (x, y) in enumerate(places):
        assert all(abs(x - a) + abs(y - b) > 8 for a, b in places[one + 1 :])


def test_a_conflict_is_red_and_thick(parallel: ViewGraph) -> None:
    root = ElementTree.fromstring(draw.render(parallel, "svg"))
    red = [p for p in root.iter(f"{SVG}path") if (p.get("stroke") or "").lower() == "#c4001d"]
    assert len(red) == 2
    assert all(float(path.get("stroke-width") or 0) > 2 for path in red)
