"""The graph as Python code meets it: `openness.open()` gives one of these."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pyoxigraph import NamedNode, Triple

from openness import lookup, measures, queries
from openness.engine.base import Answer, Engine, Solutions
from openness.errors import EngineError, UsageError, did_you_mean
from openness.sparql.binding import Bindable
from openness.table import Table, Thing

if TYPE_CHECKING:
    from rdflib import Dataset

    from openness.view_graph import ViewGraph
    from openness.views import Limits


class Graph:
    """The knowledge graph behind one engine, with its saved queries."""

    def __init__(self, engine: Engine, query_folders: Iterable[Path] = ()) -> None:
        self.engine = engine
        self.query_folders = tuple(query_folders)

    def query(
        self, text: str, values: Mapping[str, Bindable] | None = None
    ) -> Table | bool | list[Triple]:
        """Return the answer to a SPARQL query: a table, a truth value or triples.

        Args:
            text: SELECT, ASK, CONSTRUCT or DESCRIBE; the project's prefixes are predeclared.
            values: terms for variables, by name without question mark.

        Raises:
            UsageError: if the text is not SPARQL or is too complex.
            EngineError: if the engine fails or the time is up.
        """
        answer = self.engine.query(text, values)
        return self.table(answer) if isinstance(answer, Solutions) else answer

    def ask(self, name: str, /, **values: str | int | Thing) -> Table:
        """Return the answer to a saved query: `ask("why-limited", model="llama-2")`.

        A value is what a person would write, or a thing from another answer.

        Raises:
            NotFoundError: if there is no such query, or no such thing as a value names.
            UsageError: if a parameter is unknown, missing or of the wrong type.
        """
        saved = queries.find(name, self.query_folders)
        written = {k: v.iri if isinstance(v, Thing) else str(v) for k, v in values.items()}
        answer = self.answer(saved, written)
        if not isinstance(answer, Solutions):
            raise UsageError(f"The saved query {name} is no SELECT query.")
        return self.table(answer)

    def answer(self, saved: queries.SavedQuery, values: Mapping[str, str | None]) -> Answer:
        """Return the raw answer to a saved query, with the values as a person writes them."""
        bound = self.bindings(saved, values)
        found = self.engine.query(saved.text, bound)
        if saved.measure is None:
            return found
        if not isinstance(found, Solutions):
            raise UsageError(f"The saved query {saved.name} has a measure and is no SELECT query.")
        return measures.answer(saved.measure, found, bound)

    def bindings(
        self, saved: queries.SavedQuery, values: Mapping[str, str | None]
    ) -> dict[str, Bindable]:
        """Return the terms for a saved query's parameters, by variable; defaults are filled in.

        Raises: as :meth:`ask`.
        """
        known = {parameter.name for parameter in saved.parameters}
        for name in values.keys() - known:
            hint = did_you_mean(name, sorted(known))
            raise UsageError(f"The query {saved.name} has no parameter {name}.{hint}")
        bound: dict[str, Bindable] = {}
        for parameter in saved.parameters:
            text = values.get(parameter.name)
            text = parameter.default if text is None else text
            if text is not None:
                bound[parameter.variable] = lookup.value_of(self.engine, parameter, text)
            elif parameter.is_required:
                raise UsageError(f"The query {saved.name} needs a value for {parameter.name}.")
        return bound

    def view(
        self,
        name: str,
        /,
        thing: str | Thing | None = None,
        *,
        limits: Limits | None = None,
        **values: str | int | Thing,
    ) -> ViewGraph:
        """Return a view as a NetworkX graph: `view("ecosystem", thing="meta")`.

        In a notebook it shows itself as a picture; `openness.draw.write` makes a file of it.

        Args:
            name: one of the views, such as `ecosystem`.
            thing: what it is about, as a person would write it; default: as the view says.
            limits: how far and how much of it.
            values: of the view's other parameters.

        Raises:
            NotFoundError: if there is no such view, or no such thing.
            UsageError: if a parameter is unknown, missing or of the wrong type.
        """
        from openness import surroundings, view_answer, views

        chosen = views.find(name, self.query_folders)
        given = values if thing is None else values | {"thing": thing}
        written = {k: v.iri if isinstance(v, Thing) else str(v) for k, v in given.items()}
        bound = self.bindings(chosen.query, written)
        limits = limits or views.Limits()
        if chosen.answered_by:
            # By name: what answers such a view asks this class, which cannot know it in turn.
            answerer = import_module(views.ANSWERS[chosen.answered_by])
            selected = self.engine.query(chosen.query.text, bound)
            found: ViewGraph = answerer.answer(self, self.table(cast(Solutions, selected)))
        else:
            found = view_answer.collect(self.engine, chosen, bound, limits)
        about = bound.get("_thing")
        subject = None
        if isinstance(about, NamedNode):
            subject = Thing(about.value, self.labels([about.value]).get(about.value) or about.value)
        done = view_answer.finish(self.engine, chosen, found, limits, subject)
        return surroundings.attach(self.engine, done)

    def find(self, text: str, kind: str = "thing") -> Thing:
        """Return the thing that an IRI, a CURIE, an id or a label in any case means.

        Raises:
            NotFoundError: naming the nearest ids.
            UsageError: listing the candidates, if there are several.
        """
        iri = lookup.resolve(self.engine, text, kind)
        return Thing(iri, self.labels([iri]).get(iri) or text)

    def labels(self, iris: Iterable[str]) -> dict[str, str]:
        """Return the label of each IRI that has one."""
        return lookup.labels(self.engine, iris)

    def table(self, solutions: Solutions) -> Table:
        """Return solutions as rows of things with labels."""
        return Table(solutions, self.labels_in(solutions))

    def labels_in(self, solutions: Solutions) -> dict[str, str]:
        """Return the labels of all IRIs in some solutions."""
        cells = (cell for row in solutions.rows for cell in row)
        return self.labels(cell.value for cell in cells if isinstance(cell, NamedNode))

    def named_graphs(self) -> set[str]:
        """Return the IRIs of the named graphs."""
        # Counted, though nobody asks how many: Virtuoso answers DISTINCT ?g in minutes.
        answer = self.engine.query(
            "SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        )
        assert isinstance(answer, Solutions)
        return {name.value for name, _ in answer.rows if isinstance(name, NamedNode)}

    def dataset(self) -> Dataset:
        """Return an `rdflib.Dataset` over the same store (embedded engine only).

        Raises:
            EngineError: if the engine is a remote one.
        """
        from openness.engine.embedded import EmbeddedEngine

        if not isinstance(self.engine, EmbeddedEngine):
            raise EngineError("An rdflib.Dataset needs the embedded engine; leave out --endpoint.")
        import rdflib
        from oxrdflib import OxigraphStore

        from openness.terms import PREFIXES

        dataset = rdflib.Dataset(store=OxigraphStore(store=self.engine.store))
        for prefix, namespace in PREFIXES.items():
            dataset.bind(prefix, namespace, replace=True)
        return dataset


def workspace(data: Path | None = None) -> Path:
    """Return the folder of the user's own data: the argument, OPENNESS_DATA, or the default."""
    if data is not None:
        return data
    if "OPENNESS_DATA" in os.environ:
        return Path(os.environ["OPENNESS_DATA"])
    import platformdirs

    return platformdirs.user_data_path("openness", appauthor=False)


def cache() -> Path:
    """Return the folder of compiled stores: OPENNESS_CACHE, or the user's cache directory."""
    if "OPENNESS_CACHE" in os.environ:
        return Path(os.environ["OPENNESS_CACHE"])
    import platformdirs

    return platformdirs.user_cache_path("openness", appauthor=False)


def connect(
    endpoint: str | None = None,
    data: Path | None = None,
    graphs: Iterable[Path] = (),
    timeout: float | None = None,
    note: Callable[[str], None] = lambda line: None,
) -> Engine:
    """Return an engine: the remote one at an address, else the embedded one.

    Args:
        endpoint: the address of a SPARQL endpoint; default: OPENNESS_ENDPOINT, if set.
        data: the user's workspace; default: see :func:`workspace`.
        graphs: more RDF files or folders, for this run.
        timeout: seconds that a query may take; None for any number.
        note: told, in one line, that the graph is compiled or cannot be kept.

    Raises:
        UsageError, NotFoundError: if a file cannot be read.
    """
    from openness.engine.federation import open_federation

    address, files = endpoint or os.environ.get("OPENNESS_ENDPOINT"), list(graphs)
    if address and files:
        raise UsageError(f"Files cannot be added to {address}; leave out --graph or --endpoint.")
    engine = _remote(address) if address else _embedded(workspace(data), files, note)
    engine.timeout = timeout
    engine.services = open_federation(cache() / "services", note)
    return engine


def _remote(address: str) -> Engine:
    from openness.engine.remote import RemoteEngine

    return RemoteEngine(address)


def _embedded(data: Path, graphs: Iterable[Path], note: Callable[[str], None]) -> Engine:
    from openness.engine.compile import collect, open_store
    from openness.engine.embedded import EmbeddedEngine

    return EmbeddedEngine(open_store(collect(data, graphs), cache(), note))
