"""Exports of things of every kind, read back."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from openness import lookup
from openness.engine.embedded import EmbeddedEngine
from openness.export import collect, serialize_quads
from openness.graph import Graph
from openness.terms import GRAPH, KINDS

PER_KIND = 10


def some_things(graph: Graph) -> list[str]:
    """Return up to ten things of each kind, from all over the alphabet."""
    found = []
    for kind in KINDS:
        known = lookup.things(graph.engine, kind)
        found += known[:: max(1, len(known) // PER_KIND)][:PER_KIND]
    return found


@pytest.mark.parametrize(
    ("syntax", "rdf_format"),
    [
        ("ttl", RdfFormat.TURTLE),
        ("nt", RdfFormat.N_TRIPLES),
        ("rdfxml", RdfFormat.RDF_XML),
        ("trig", RdfFormat.TRIG),
        ("nq", RdfFormat.N_QUADS),
    ],
)
def test_things_of_every_kind_come_back_as_they_were(
    syntax: str, rdf_format: RdfFormat, shipped_graph: Graph
) -> None:
    """JSON-LD of a thing is another document, of which tests/test_jsonld.py asks the same."""
    things = some_things(shipped_graph)
    assert len(things) > 250
    for thing in things:
        quads = collect(shipped_graph, thing=thing)
        read = list(parse(serialize_quads(quads, syntax), format=rdf_format))
        if rdf_format.supports_datasets:
            assert set(read) == set(quads)
        else:
            assert {quad.triple for quad in read} == {quad.triple for quad in quads}


def test_what_is_collected_has_the_thing_at_an_end_and_is_all_of_it(shipped_graph: Graph) -> None:
    assert isinstance(shipped_graph.engine, EmbeddedEngine)
    store = shipped_graph.engine.store
    for thing in some_things(shipped_graph)[::5]:
        it = NamedNode(thing)
        there = {*store.quads_for_pattern(it, None, None), *store.quads_for_pattern(None, None, it)}
        expected = {quad for quad in there if isinstance(quad.graph_name, NamedNode)}
        assert collect(shipped_graph, thing=thing) == sorted(
            expected, key=lambda quad: (str(quad.graph_name), str(quad))
        )
        source = min(quad.graph_name.value for quad in expected)  # type: ignore[union-attr]
        of_one = [quad for quad in expected if quad.graph_name == NamedNode(source)]
        assert set(collect(shipped_graph, source, thing)) == set(of_one)
        assert source.startswith(GRAPH)
