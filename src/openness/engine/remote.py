"""A remote engine: any SPARQL 1.1 endpoint, by SPARQLWrapper."""

from __future__ import annotations

from typing import Final

from pyoxigraph import QueryResultsFormat, parse_query_results

from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.net import policy
from openness.sparql.tokens import query_form, tokenize
from openness.terms import PREFIXES

_DEFAULT_TIMEOUT: Final = 60.0


class RemoteEngine(Engine):
    """A SPARQL endpoint over HTTP, asked by POSTed forms, which every engine understands."""

    def __init__(self, url: str) -> None:
        self.url = policy.require_address(url)

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
        body = endpoint.post(
            self.url,
            declare_prefixes(query),
            form,
            timeout or _DEFAULT_TIMEOUT,
            max_bytes=None,
            is_own=True,
        )
        try:
            if is_graph:
                return _triples(body)
            return parse_query_results(body, QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            raise EngineError(f"{self.url} sent no SPARQL result: {error}") from error


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
