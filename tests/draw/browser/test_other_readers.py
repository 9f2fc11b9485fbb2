"""What others' JavaScript makes of our files: Cytoscape.js of `.cyjs`, Mermaid of `.mmd`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from openness import draw
from openness.draw import html
from openness.draw.text import clean
from openness.graph import Graph
from openness.view_graph import ViewGraph

if TYPE_CHECKING:
    from tests.draw.browser.conftest import Browser

pytestmark = pytest.mark.browser
NAMES = ["story", "lineage", "timeline", "licences", "nasty", "parallel"]


@pytest.fixture(params=NAMES)
def graph(
    request: pytest.FixtureRequest, world: Graph, nasty: ViewGraph, parallel: ViewGraph
) -> ViewGraph:
    """Views with all kinds of layout, and the graphs of what can go wrong."""
    own = {"nasty": nasty, "parallel": parallel}
    found = own.get(request.param)
    return found if found is not None else world.view(request.param)


def frame(folder: Path, script: Path) -> Path:
    """Return a page that does nothing but load a script."""
    page = folder / "frame.html"
    page.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">'
        f'<div id="it"></div><script src="{script.as_uri()}"></script>',
        encoding="utf-8",
    )
    return page


def test_cytoscape_opens_cyjs(browser: Browser, graph: ViewGraph, tmp_path: Path) -> None:
    browser.open(frame(tmp_path, html.WEB / "vendor" / "cytoscape.min.js"))
    document = json.loads(draw.render(graph, "cyjs"))
    nodes, edges = browser.js(
        """const cy = cytoscape({ elements: arguments[0].elements, data: arguments[0].data,
          container: document.getElementById("it"), layout: { name: "grid" } });
        return [cy.nodes().map((node) => [node.id(), node.data("label")]),
          cy.edges().map((edge) => [edge.source().id(), edge.target().id()])];""",
        document,
    )
    assert nodes == [[clean(n), clean(d["label"])] for n, d in graph.nodes(data=True)]
    assert sorted(edges) == sorted([clean(s), clean(t)] for s, t in graph.edges())
    assert browser.console() == []


def test_mermaid_reads_mmd(
    browser: Browser, graph: ViewGraph, tmp_path: Path, mermaid: Path
) -> None:
    browser.open(frame(tmp_path, mermaid))
    text = draw.render(graph, "mmd").decode()
    found: dict[str, Any] = browser.driver.execute_async_script(
        """const [text, done] = arguments;
        mermaid.initialize({ startOnLoad: false, securityLevel: "strict", maxEdges: 2000 });
        mermaid.parse(text).then(
          (read) => done({ type: read.diagramType }),
          (error) => done({ error: String(error) }));""",
        text,
    )
    assert "error" not in found, found["error"]
    assert found["type"].startswith("flowchart")
