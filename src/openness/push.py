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

Progress = Callable[[str, int, int], None]

_STORES: Final = {
    "/query": "/store",
    "/sparql": "/sparql-graph-crud-auth",
    "/sparql-auth": "/sparql-graph-crud-auth",
}
"""Where the graph store of an endpoint is: Oxigraph's, and Virtuoso's."""
_COUNTS: Final = "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
_OURS: Final = f"""SELECT ?g (COUNT(*) AS ?n) WHERE {{
  GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{GRAPH}"))
}} GROUP BY ?g"""


@dataclass(frozen=True)
class Count:
    """How many statements a graph has here and there; the default graph has no name."""

    graph: str | None
    here: int
    there: int
    is_removed: bool = False


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
    total = engine.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    assert isinstance(total, Solutions)
    ((number,),) = total.rows
    assert isinstance(number, Literal)
    found: dict[str | None, int] = {None: int(number.value)}
    found.update(_counted(engine, _COUNTS))
    return found


def _counted(engine: Engine, query: str) -> dict[str, int]:
    answer = engine.query(query)
    assert isinstance(answer, Solutions)
    return {
        name.value: int(number.value)
        for name, number in answer.rows
        if isinstance(name, NamedNode) and isinstance(number, Literal)
    }


def outdated(graph: Graph, endpoint: str) -> dict[str, int]:
    """Return the graphs of ours in another engine that are not in this graph, with their sizes.

    Ours are those whose names begin as those of our sources do, whoever put them there; the merge
    and the list that :func:`push` keeps for some engines are not among them.

    Raises:
        EngineError: if the other engine cannot be asked.
    """
    kept = {*graph.named_graphs(), MERGE, PUSHED}
    there = _counted(_opened(endpoint, graph.engine.timeout, is_whole=True), _OURS)
    return {name: there[name] for name in sorted(there.keys() - kept)}


def push(
    graph: Graph,
    endpoint: str,
    store: str,
    only: str | None = None,
    progress: Progress = lambda name, done, total: None,
    is_pruned: bool = False,
) -> list[Count]:
    """Load the named graphs and their merge into another engine; return the counts of both.

    Each graph is put there whole, in one request: an interruption leaves every graph as it was or
    as it is here, and pushing again goes on. Graphs that are only there stay, or, if they are
    ours, are removed last of all.

    Args:
        graph: what is pushed.
        endpoint: the SPARQL endpoint of the other engine.
        store: its graph store.
        only: the IRI of the one graph to push; the merge is then left as it is.
        progress: told the name of each graph, and how many of how many are done.
        is_pruned: whether :func:`outdated` graphs are removed there; they are among the counts.

    Raises:
        EngineError: if the other engine refuses a graph or cannot be asked.
        UsageError: if one graph is to be pushed and others removed: the merge would be behind.
    """
    if only and is_pruned:
        raise UsageError("What is ours there is compared with all that is here, not one source.")
    timeout = graph.engine.timeout
    names: list[str | None] = [only] if only else [*sorted(graph.named_graphs()), None]
    rest = None if only or _has_default_graph(endpoint, store, timeout) else MERGE
    for done, name in enumerate(names):
        progress(name or "the merge of all", done, len(names))
        try:
            _send("PUT", store, name or rest, timeout, turtle(graph, name))
        except EngineError as error:
            before = f"{done} of {len(names)} graphs were written; " if done else ""
            raise EngineError(f"{before}{name or 'the default graph'}: {error}") from error
    if rest:
        _send("PUT", store, PUSHED, timeout, _list_of(names))
    removed = _prune(graph, endpoint, store, progress) if is_pruned else []
    here, there = counts(graph.engine), counts(_opened(endpoint, timeout))
    return [Count(name, here.get(name, 0), there.get(name, 0)) for name in names] + removed


def _prune(graph: Graph, endpoint: str, store: str, progress: Progress) -> list[Count]:
    """Remove the outdated graphs, and return what is still there of each."""
    names = list(outdated(graph, endpoint))
    for done, name in enumerate(names):
        progress(f"removing {name}", done, len(names))
        try:
            _send("DELETE", store, name, graph.engine.timeout)
        except EngineError as error:
            raise EngineError(
                f"All graphs were written, and {done} of {len(names)} that are here no longer were"
                f" removed; {name}: {error}"
            ) from error
    left = outdated(graph, endpoint) if names else {}
    return [Count(name, 0, left.get(name, 0), is_removed=True) for name in names]


def _list_of(names: list[str | None]) -> bytes:
    """Return what tells the remote engine which graphs the merge is of."""
    part = PREFIXES["dcterms"] + "hasPart"
    return "".join(f"<{MERGE}> <{part}> <{name}> .\n" for name in names if name).encode()


def _opened(endpoint: str, timeout: float | None, is_whole: bool = False) -> Engine:
    engine = RemoteEngine(endpoint, is_whole)
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
        engine = _opened(endpoint, timeout)
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
