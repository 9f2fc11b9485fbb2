"""A remote engine: any SPARQL 1.1 endpoint, by SPARQLWrapper."""

from __future__ import annotations

import json
from typing import Any, Final

from pyoxigraph import QueryResultsFormat, parse_query_results

from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.net import policy
from openness.sparql.tokens import query_form, tokenize
from openness.terms import MERGE, PREFIXES

_DEFAULT_TIMEOUT: Final = 60.0
_SYSTEM: Final = (
    "http://www.openlinksw.com/",
    "http://localhost:8890/",
    "http://localuriqaserver/",
    "http://www.w3.org/2002/07/owl#",
    "http://www.w3.org/ns/ldp#",
    "urn:activitystreams-owl:",
    "urn:core:services:",
)
"""How the names of the graphs begin that Virtuoso brings with it."""
_AFTER_DATASET: Final = ("WHERE", "{", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "VALUES")


class RemoteEngine(Engine):
    """A SPARQL endpoint over HTTP, asked by POSTed forms, which every engine understands."""

    def __init__(self, url: str) -> None:
        self.url = policy.require_address(url)
        self._clauses: str | None = None

    @property
    def name(self) -> str:
        """The endpoint's address."""
        return self.url

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Send a query, its prefixes declared, and read the whole answer.

        Raises:
            EngineError: if the endpoint cannot be reached or its answer is no SPARQL result.
        """
        from openness.net import endpoint

        form = query_form(query)
        if not form:  # SPARQLWrapper would send an update as such
            raise SyntaxError("a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
        is_graph = form in ("CONSTRUCT", "DESCRIBE")
        seconds = timeout or _DEFAULT_TIMEOUT
        body = endpoint.post(
            self.url,
            choose_dataset(declare_prefixes(query), self._dataset(seconds)),
            form,
            seconds,
            max_bytes=None,
            is_own=True,
        )
        try:
            if is_graph:
                return _triples(body)
            return parse_query_results(_canonical(body), QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self.url} sent no SPARQL result: {error}") from error

    def _dataset(self, timeout: float) -> str:
        """The clauses that name the default graph and the named ones, where there is need for them.

        In Virtuoso the default graph is every named graph at once, a triple as often as it stands
        in one; what was pushed there has its own default graph in a named one. Clauses, and not the
        fields of the protocol: Virtuoso repeats these in the header, a line for each graph.
        """
        if self._clauses is None:
            self._clauses = self._find_dataset(timeout)
        return self._clauses

    def _find_dataset(self, timeout: float) -> str:
        probe = (
            f"SELECT ?g WHERE {{ GRAPH <{MERGE}> {{ ?s ?p ?o }} BIND(<{MERGE}> AS ?g) }} LIMIT 1"
        )
        if "default-graph-uri=" in self.url or not self._select(probe, timeout):
            return ""
        # Virtuoso answers DISTINCT ?g in minutes, and this at once.
        names = self._select(
            "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", timeout
        )
        own = sorted(n for n in names if n != MERGE and not n.startswith(_SYSTEM))
        return f"FROM <{MERGE}> " + "".join(f"FROM NAMED <{name}> " for name in own)

    def _select(self, query: str, timeout: float) -> list[str]:
        """Return the values of the one variable of a query, whatever the dataset."""
        from openness.net import endpoint

        body = endpoint.post(self.url, query, "SELECT", timeout, max_bytes=None, is_own=True)
        try:
            rows = json.loads(body)["results"]["bindings"]
            return [row["g"]["value"] for row in rows]
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(f"{self.url} sent no SPARQL result: {error}") from error


def _canonical(body: bytes) -> bytes:
    """Return results as the standard writes them.

    Virtuoso says 1 and 0 for true and false, and answers ASK by a table, if it has FROM clauses.
    """
    if b'"typed-literal"' not in body:
        return body
    document: Any = json.loads(body)
    for row in document["results"]["bindings"]:
        if "__ASK_RETVAL" in row:
            return json.dumps({"head": {}, "boolean": row["__ASK_RETVAL"]["value"] == "1"}).encode()
        for cell in row.values():
            if cell.get("datatype") == PREFIXES["xsd"] + "boolean":
                cell["value"] = {"1": "true", "0": "false"}.get(cell["value"], cell["value"])
    return json.dumps(document).encode()


def choose_dataset(query: str, clauses: str) -> str:
    """Return the query with FROM clauses, unless it has its own.

    They stand before the WHERE clause of the outermost query (SPARQL 1.1, production 13).
    """
    code = [token for token in tokenize(query) if token.kind not in ("space", "comment")]
    words = [token.text.upper() for token in code]
    if not clauses or "FROM" in words:
        return query
    depth, i = 0, next(i for i, w in enumerate(words) if w == query_form(query))
    if words[i : i + 2] == ["CONSTRUCT", "{"]:  # the template is no WHERE clause
        i = words.index("}", i) + 1
    while i < len(code) and not (depth == 0 and words[i] in _AFTER_DATASET):
        depth += {"(": 1, ")": -1}.get(words[i], 0)
        i += 1
    at = code[i].start if i < len(code) else len(query)
    return f"{query[:at]} {clauses}{query[at:]}"


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


def _triples(body: bytes) -> Results:
    from pyoxigraph import RdfFormat, Store

    store = Store()
    store.load(body, RdfFormat.TURTLE)
    return store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
