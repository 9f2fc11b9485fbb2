"""A remote engine: any SPARQL 1.1 endpoint, by SPARQLWrapper."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from pyoxigraph import NamedNode, QuerySolutions

from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.net import policy
from openness.sparql.dataset import names_dataset, with_dataset
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

    Args:
        url: its address.
        is_whole: whether it is asked for all that it holds, and not for what was pushed last.
    """

    def __init__(self, url: str, is_whole: bool = False) -> None:
        self.url = policy.require_address(url)
        self._listed: list[str] | None = [] if is_whole else None
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
        deadline = policy.Deadline(self.url, timeout)
        text = declare_prefixes(query)
        if not names_dataset(query) and (graphs := self._graphs(deadline)):
            text = with_dataset(text, MERGE, graphs)
        return self._send(text, form, deadline)

    def _send(self, query: str, form: str, deadline: policy.Deadline) -> Results:
        from openness.engine import settle
        from openness.net import endpoint

        sent = settle.order_of(query).query if form == "SELECT" else query
        reply = endpoint.ask(self.url, sent, form, deadline.left(), max_bytes=None, is_own=True)
        is_virtuoso = _is_virtuoso(reply)
        try:
            if form in ("CONSTRUCT", "DESCRIBE"):
                return settle.graph(reply.body, is_virtuoso)
            _require_whole(self.url, reply)
            return settle.table(reply.body, query, is_virtuoso)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self.url} sent no SPARQL result: {error}") from error

    def _graphs(self, deadline: policy.Deadline) -> list[str]:
        """Return the named graphs to tell the engine of, or none if it needs not to be told.

        An engine that keeps a default graph of its own needs none. For one whose default graph is
        the union of all (Virtuoso counts a triple there once for each graph), `push` keeps the
        merge in a named graph, and a list of the others: asked for once, before the first query.
        FROM carries them, for Virtuoso repeats the fields of a form in its header, one line each,
        and Python's HTTP reads a hundred lines.
        """
        with self._lock:
            if self._listed is None:
                is_told = "default-graph-uri=" in self.url
                self._listed = [] if is_told else self._ask_for_list(deadline)
        return self._listed

    def _ask_for_list(self, deadline: policy.Deadline) -> list[str]:
        answer = self._send(_LISTED, "SELECT", deadline)
        if not isinstance(answer, QuerySolutions):
            raise EngineError(f"{self.url} sent no SPARQL result: a truth value for a SELECT.")
        return [row[0].value for row in answer if isinstance(row[0], NamedNode)]


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
