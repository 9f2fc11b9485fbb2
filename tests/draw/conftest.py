"""Graphs to draw: one with all that can go wrong in a label, and one of any size."""

from __future__ import annotations

import pytest

from openness.view_graph import ViewGraph

NASTY = {
    "markup": "<script>alert(1)</script><b>&amp;\"'</b>",
    "table": "<<TABLE><TR><TD>x</TD></TR></TABLE>>",
    "quotes": 'She said "no" and \'yes\' \\N \\G \\"',
    "lines": "one\ntwo\r\nthree\ttabs",
    "right-to-left": "שלום עולם \u202eabc\u202c مرحبا",
    "emoji": "👩‍👩‍👧‍👦 🏳️‍🌈 é ﷽ 中文字",
    "control": "a\x00b\x07c\x1bd\ufffe\ud800e",
    "long": "long " * 2000,
    "unbroken": "x" * 10_000,
    "mermaid": "end; A-->B %% comment ```js``` | [x] {y} #quot;",
    "csv": '=1+1,"a";b',
    "empty": "",
    "blank": "   ",
}


def nasty_graph() -> ViewGraph:
    """Return a graph with every nasty label on a node and on an edge, in title and sources."""
    graph = ViewGraph()
    graph.add_thing("hub", iri="https://example.org/hub?a=1&b=<2>", label="Hub", kind="group")
    for name, label in NASTY.items():
        iri = "javascript:alert(1)" if name == "markup" else f"https://example.org/{name}"
        graph.add_thing(name, [label], iri=iri, kind="model")
        graph.nodes[name]["label"] = label
        graph.add_relation("hub", f"is-{name}", name, [label])
        graph.edges["hub", name, f"is-{name}"]["label"] = label
    graph.graph |= {
        "name": "nasty",
        "title": NASTY["markup"],
        "description": NASTY["right-to-left"],
        "layout": "dot",
        "legend": NASTY["quotes"],
        "kinds": {"model": NASTY["markup"]},
        "sources": list(NASTY.values()),
        "date": "2031-01-01",
        "roots": ["hub"],
        "cut": NASTY["emoji"],
    }
    return graph


@pytest.fixture
def nasty() -> ViewGraph:
    """The graph of nasty labels."""
    return nasty_graph()


@pytest.fixture
def parallel() -> ViewGraph:
    """Two things with three relations from one to the other, one back, and one to itself."""
    graph = ViewGraph()
    for node in "ab":
        graph.add_thing(node, iri=f"https://example.org/{node}", label=node.upper(), kind="model")
    for relation in ("likes", "knows", "is"):
        graph.add_relation("a", relation, "b", label=relation)
    graph.add_relation("b", "likes", "a", label="likes back", conflict=True)
    graph.add_relation("a", "is", "a", label="itself")
    graph.graph |= {"title": "Parallel", "layout": "neato", "roots": ["a"]}
    return graph
