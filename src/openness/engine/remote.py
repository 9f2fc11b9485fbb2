"""A remote engine: any SPARQL 1.1 endpoint, by SPARQLWrapper."""

from __future__ import annotations

import ast
import re
from http.client import HTTPException
from typing import Final

from pyoxigraph import QueryResultsFormat, parse_query_results

from openness import __version__
from openness.engine.base import Engine, Results
from openness.errors import EngineError
from openness.sparql.tokens import query_form, tokenize
from openness.terms import PREFIXES

_DEFAULT_TIMEOUT: Final = 60.0


class RemoteEngine(Engine):
    """A SPARQL endpoint over HTTP, asked by POSTed forms, which every engine understands."""

    def __init__(self, url: str) -> None:
        if not re.match(r"https?://([^/\s:\[\]]+|\[[0-9A-Fa-f:.]+\])(:[0-9]+)?([/?]|$)", url):
            raise EngineError(f"{url} is not the address of an endpoint (http:// or https://).")
        self.url = url

    @property
    def name(self) -> str:
        """The endpoint's address."""
        return self.url

    def evaluate(self, query: str, timeout: float | None) -> Results:
        """Send a query, its prefixes declared, and read the whole answer.

        Raises:
            EngineError: if the endpoint cannot be reached or its answer is no SPARQL result.
        """
        from SPARQLWrapper import JSON, N3, POST, URLENCODED, SPARQLWrapper
        from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

        form = query_form(query)
        if not form:  # SPARQLWrapper would send an update as such
            raise SyntaxError("a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE")
        is_graph = form in ("CONSTRUCT", "DESCRIBE")
        wrapper = SPARQLWrapper(self.url, agent=f"openness/{__version__}")
        wrapper.setMethod(POST)
        wrapper.setRequestMethod(URLENCODED)
        wrapper.setTimeout(int(timeout or _DEFAULT_TIMEOUT) + 1)
        wrapper.setReturnFormat(N3 if is_graph else JSON)
        wrapper.queryString, wrapper.queryType = declare_prefixes(query), form
        try:
            body = wrapper.query().response.read()
        except QueryBadFormed as error:
            raise SyntaxError(_said(error) or _first_line(error)) from error
        except SPARQLWrapperException as error:
            reason = f"{error.msg}. {_said(error)}".strip()
            raise EngineError(f"{self.url} did not answer: {reason}") from error
        except (HTTPException, OSError) as error:
            raise EngineError(f"{self.url} did not answer: {_first_line(error)}") from error
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


def _said(error: Exception) -> str:
    """Return the first line of the answer that SPARQLWrapper quotes in an error, or nothing."""
    quoted = str(error).partition("\nResponse:\n")[2]
    body = ast.literal_eval(quoted).decode(errors="replace").strip() if quoted else ""
    return body.splitlines()[0][:200] if body else ""


def _first_line(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:200] if text else type(error).__name__
