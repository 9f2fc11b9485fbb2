"""The graph into a remote SPARQL engine, graph by graph, by the Graph Store Protocol.

Source: SPARQL 1.1 Graph Store HTTP Protocol, https://www.w3.org/TR/sparql11-http-rdf-update/.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Engine, Solutions
from openness.engine.remote import RemoteEngine
from openness.errors import EngineError, UsageError
from openness.export import turtle
from openness.graph import Graph
from openness.terms import GRAPH, MERGE, ONT, PREFIXES, PUSHED

_STORES: Final = {
    "/query": "/store",
    "/sparql": "/sparql-graph-crud-auth",
    "/sparql-auth": "/sparql-graph-crud-auth",
}
"""Where the graph store of an endpoint is: Oxigraph's, and Virtuoso's."""
_COUNTS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"


@dataclass(frozen=True)
class Count:
    """How many statements a graph has here and there; the default graph has no name."""

    graph: str | None
    here: int
    there: int


def store_of(endpoint: str) -> str:
    """Return the address of the graph store that belongs to an endpoint.

    Raises:
        UsageError: if the endpoint's address does not tell.
    """
    parts = urlsplit(endpoint)
    for ending, store in _STORES.items():
        if parts.path.endswith(ending):
            path = parts.path.removesuffix(ending) + store
            return parts._replace(path=path, query="", fragment="").geturl()
    raise UsageError(f"{endpoint} does not tell where its graph store is; --graph-store URL does.")


def counts(engine: Engine) -> dict[str | None, int]:
    """Return the number of statements per named graph, and of the default graph as None."""
    answer = engine.query(_COUNTS)
    total = engine.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    assert isinstance(total, Solutions)
    found: dict[str | None, int] = {
        name.value: int(number.value)
        for name, number in answer.rows
        if isinstance(name, NamedNode) and isinstance(number, Literal)
    }
    ((number,),) = total.rows
    assert isinstance(number, Literal)
    return found | {None: int(number.value)}


def push(
    graph: Graph,
    endpoint: str,
    store: str,
    only: str | None = None,
    progress: Callable[[str, int, int], None] = lambda name, done, total: None,
) -> list[Count]:
    """Load the named graphs and their merge into another engine; return the counts of both.

    Each graph is put there whole, in one request: an interruption leaves every graph as it was or
    as it is here, and pushing again goes on. Graphs that are only there stay.

    Args:
        graph: what is pushed.
        endpoint: the SPARQL endpoint of the other engine.
        store: its graph store.
        only: the IRI of the one graph to push; the merge is then left as it is.
        progress: told the name of each graph, and how many of how many are done.

    Raises:
        EngineError: if the other engine refuses a graph or cannot be asked.
    """
    names: list[str | None] = [only] if only else [*sorted(graph.named_graphs()), None]
    rest = None if only or _has_default_graph(endpoint, store, graph.engine.timeout) else MERGE
    for done, name in enumerate(names):
        progress(name or "the merge of all", done, len(names))
        try:
            _send("PUT", store, name or rest, graph.engine.timeout, turtle(graph, name))
        except EngineError as error:
            before = f"{done} of {len(names)} graphs were written; " if done else ""
            raise EngineError(f"{before}{name or 'the default graph'}: {error}") from error
    timeout = graph.engine.timeout
    if rest:
        _send("PUT", store, PUSHED, timeout, _list_of(names))
    here, there = counts(graph.engine), counts(_reopened(endpoint, timeout))
    return [Count(name, here.get(name, 0), there.get(name, 0)) for name in names]


def _list_of(names: list[str | None]) -> bytes:
    """Return what tells the remote engine which graphs the merge is of."""
    part = PREFIXES["dcterms"] + "hasPart"
    return "".join(f"<{MERGE}> <{part}> <{name}> .\n" for name in names if name).encode()


def _reopened(endpoint: str, timeout: float | None) -> Engine:
    engine = RemoteEngine(endpoint)
    engine.timeout = timeout
    return engine


def _has_default_graph(endpoint: str, store: str, timeout: float | None) -> bool:
    """Tell whether the default graph is one of its own, and not all named graphs together.

    One statement is put into a named graph that is gone afterwards: is it in the default graph?
    """
    name = f"{GRAPH}probe-{uuid.uuid4()}"
    _send(
        "PUT", store, name, timeout, f"<{name}> <{PREFIXES['rdf']}type> <{ONT}Release> .".encode()
    )
    try:
        engine = _reopened(endpoint, timeout)
        return not engine.query(f"ASK {{ <{name}> a openness:Release }}")
    finally:
        _send("DELETE", store, name, timeout)


def _send(
    method: str, store: str, name: str | None, timeout: float | None, content: bytes | None = None
) -> None:
    from openness.net import http

    parameters = {"default": ""} if name is None else {"graph": name}
    if "/sparql-graph-crud" in store and name is not None:
        parameters = {"graph-uri": name}  # Virtuoso's own word
    media_type = {"Content-Type": "text/turtle; charset=utf-8"} if content else {}
    http.send(
        method,
        store,
        timeout,
        parameters=parameters,
        headers=media_type,
        content=content,
        is_own=True,
    )
