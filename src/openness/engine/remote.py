"""A remote engine: any SPARQL 1.1 endpoint, by SPARQLWrapper."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode, QuerySolutions

from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.net import policy
from openness.sparql.tokens import query_form, tokenize
from openness.terms import MERGE, PREFIXES, PUSHED

if TYPE_CHECKING:
    from openness.net.endpoint import Reply

_LISTED: Final = (
    f"SELECT ?graph WHERE {{ GRAPH <{PUSHED}>"
    f" {{ <{MERGE}> <{PREFIXES['dcterms']}hasPart> ?graph }} }} ORDER BY ?graph"
)


class RemoteEngine(Engine):
    """A SPARQL endpoint over HTTP, asked by POSTed forms, which every engine understands.

    What it answers is brought into the form and order of the embedded engine.
    """

    def __init__(self, url: str) -> None:
        self.url = policy.require_address(url)
        self._fields: Mapping[str, list[str]] | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The endpoint's address."""
        return self.url

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Send a query, its prefixes declared, and read the whole answer.

        Raises:
            EngineError: if the endpoint cannot be reached, or its answer is no SPARQL result or
                only a part of it.
        """
        form = query_form(query)
        if not form:  # SPARQLWrapper would send an update as such
            raise SyntaxError("a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
        end = time.monotonic() + timeout if timeout else None
        dataset = {} if _names_dataset(query) else self._dataset(timeout)
        left = end - time.monotonic() if end is not None else None
        return self._send(declare_prefixes(query), form, left, dataset)

    def _send(
        self, query: str, form: str, timeout: float | None, dataset: Mapping[str, list[str]]
    ) -> Results:
        from openness.engine import settle
        from openness.net import endpoint

        sent = settle.order_of(query).query if form == "SELECT" else query
        reply = endpoint.ask(
            self.url, sent, form, timeout, parameters=dataset, max_bytes=None, is_own=True
        )
        is_virtuoso = _is_virtuoso(reply)
        try:
            if form in ("CONSTRUCT", "DESCRIBE"):
                return settle.graph(reply.body, is_virtuoso)
            _require_whole(self.url, reply)
            return settle.table(reply.body, query, is_virtuoso)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self.url} sent no SPARQL result: {error}") from error

    def _dataset(self, timeout: float | None) -> Mapping[str, list[str]]:
        """Return the form's fields that name the default graph and the named graphs, if any.

        An engine that keeps a default graph of its own needs none. For one whose default graph is
        the union of all (Virtuoso counts a triple there once for each graph), `push` keeps the
        merge in a named graph, and a list of the others: asked for once, before the first query.
        """
        with self._lock:
            if self._fields is None:
                self._fields = {} if "default-graph-uri=" in self.url else self._listed(timeout)
        return self._fields

    def _listed(self, timeout: float | None) -> Mapping[str, list[str]]:
        answer = self._send(_LISTED, "SELECT", timeout, {})
        if not isinstance(answer, QuerySolutions):
            raise EngineError(f"{self.url} sent no SPARQL result: a truth value for a SELECT.")
        graphs = [row[0].value for row in answer if isinstance(row[0], NamedNode)]
        return {"default-graph-uri": [MERGE], "named-graph-uri": graphs} if graphs else {}


def _is_virtuoso(reply: Reply) -> bool:
    """Tell whether an answer comes from Virtuoso, by its name or its own word in JSON."""
    return (reply.header.get("Server") or "").startswith("Virtuoso") or (
        b'"typed-literal"' in reply.body
    )


def _require_whole(url: str, reply: Reply) -> None:
    """Refuse an answer that Virtuoso cut off without an error, as only its header says.

    Raises:
        EngineError: telling how to get all of it.
    """
    rows = reply.header.get("X-SPARQL-MaxRows")
    if rows:
        raise EngineError(
            f"{url} gives no more than {rows} rows of an answer and cut this one off: raise"
            " ResultSetMaxRows in its virtuoso.ini, or ask for less."
        )
    if reply.header.get("X-SQL-State"):
        raise EngineError(f"{url} gave up before it had all of the answer: ask for less.")


def _names_dataset(query: str) -> bool:
    """Tell whether a query itself says which graphs it is about."""
    return any(t.kind == "word" and t.text.upper() == "FROM" for t in tokenize(query))


def declare_prefixes(query: str) -> str:
    """Return the query with a declaration, on its first line, of each prefix it uses undeclared."""
    code = [token for token in tokenize(query) if token.kind not in ("space", "comment")]
    declared = {
        code[i + 1].text[:-1]
        for i, token in enumerate(code[:-1])
        if token.kind == "word" and token.text.upper() == "PREFIX"
    }
    used = {token.text.partition(":")[0] for token in code if token.kind == "name"}
    missing = sorted((used - declared) & PREFIXES.keys())
    return "".join(f"PREFIX {name}: <{PREFIXES[name]}> " for name in missing) + query
