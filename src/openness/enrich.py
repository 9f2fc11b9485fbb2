"""Enriching: facts of external data sets about things that are linked to them.

The facts go into a named graph of the data set, in a file of its own in the workspace, never into
what is curated: where the two differ, both stand, and `openness disagree` shows it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import pyoxigraph
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat

from openness import __version__, lookup
from openness.engine.base import Solutions
from openness.errors import BrokenFileError, NotFoundError, UsageError, did_you_mean
from openness.files import locked, write_atomically
from openness.graph import Graph
from openness.importers.licences import spdx
from openness.links.held import Link, links
from openness.links.ledger import source_of
from openness.links.sources.facts import ORIGINS, PROPERTIES, Found, Origin, fetch
from openness.net.cache import Cache
from openness.serialize import serialize_quads
from openness.terms import CATALOGUE, GRAPH, PREFIXES, compact

Term: TypeAlias = NamedNode | Literal

NEW: Final = "new"
SAME: Final = "the same"
OTHER: Final = "differs"
NONE: Final = "nothing"

_DATE: Final = PREFIXES["xsd"] + "date"
_OURS: Final = """
SELECT DISTINCT ?thing ?property ?value ?graph
WHERE {
  VALUES ?thing { {things} }
  VALUES ?property { {properties} }
  GRAPH ?graph { ?thing ?property ?value }
  FILTER(?graph != ?_own)
}
ORDER BY ?thing ?property ?value ?graph
"""
_BATCH: Final = 500


@dataclass(frozen=True)
class Fact:
    """What a source says of one property of one thing, beside what the graph says.

    Attributes:
        link: over which link it was found.
        what: the word that was asked for, as `founded`.
        theirs: the source's values.
        ours: the values of other graphs, each with the IRI of its graph.
        status: NEW, SAME, OTHER, or NONE if the source does not say.
    """

    link: Link
    what: str
    theirs: tuple[Term, ...]
    ours: tuple[tuple[Term, str], ...]
    status: str


@dataclass(frozen=True)
class Outcome:
    """What a source gave: facts, the things it was asked about, and notes for a person."""

    facts: list[Fact]
    found: dict[Link, Found]
    notes: list[str]


def origin_of(name: str) -> Origin:
    """Return a data set by its name.

    Raises:
        NotFoundError: naming those that there are.
    """
    if name not in ORIGINS:
        hint = did_you_mean(name, sorted(ORIGINS))
        raise NotFoundError(f"There is no source {name}: {', '.join(sorted(ORIGINS))}.{hint}")
    return ORIGINS[name]


def wanted(text: str | None, origin: Origin) -> tuple[str, ...]:
    """Return what is asked for, from words with commas between them; without any, all there is.

    Raises:
        UsageError: if a word means nothing, or the source has nothing of that kind.
    """
    if text is None:
        return origin.whats
    words = tuple(dict.fromkeys(word.strip().lower() for word in text.split(",") if word.strip()))
    for word in words:
        if word not in PROPERTIES:
            hint = did_you_mean(word, sorted(PROPERTIES))
            raise UsageError(f"--what takes {', '.join(PROPERTIES)}, not “{word}”.{hint}")
        if word not in origin.whats:
            raise UsageError(f"{origin.title} has no {word}; it has {', '.join(origin.whats)}.")
    if not words:
        raise UsageError(f"--what names nothing; {origin.title} has {', '.join(origin.whats)}.")
    return words


def accepted(graph: Graph, origin: Origin, thing: str | None, kind: str | None) -> list[Link]:
    """Return the links to a data set that say that theirs is ours: of one thing, or of one kind.

    Raises:
        NotFoundError: if there are none.
    """
    found = [
        link for link in links(graph) if link.is_same and source_of(link.theirs) == origin.name
    ]
    if thing is not None:
        found = [link for link in found if link.ours == thing]
    if kind is not None:
        found = [link for link in found if link.kind == kind]
    if not found:
        what = compact(thing) if thing else f"Nothing of the kind {kind}"
        raise NotFoundError(
            f"{what} is linked to {origin.title}: openness link propose --to {origin.name}"
            if thing is None
            else f"{what} has no accepted link to {origin.title}: "
            f"openness link propose {what} --to {origin.name}, then openness link review."
        )
    # Two graphs may say the same.
    return list({(link.ours, link.theirs): link for link in found}.values())


def ask(
    graph: Graph,
    origin: Origin,
    some: Sequence[Link],
    whats: Sequence[str],
    cache: Cache,
    today: datetime.date,
    url: str | None = None,
    timeout: float | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Outcome:
    """Return what a data set says of linked things, beside what the graph says.

    Args:
        graph: what is known; where licences are looked up.
        origin: the data set.
        some: over which links to ask.
        whats: what is asked for, as :func:`wanted` gives it.
        cache: of the data set's answers.
        today: from this day on, what has ended has ended.
        url: an address to ask in place of the data set's own.
        timeout: seconds for one request.
        progress: told (done, total) as things are asked about.

    Raises:
        NetworkError: if the data set cannot be asked or its answer cannot be used.
    """
    found: dict[str, Found] = {}
    theirs = sorted({link.theirs for link in some})
    for start in range(0, len(theirs), origin.batch):
        part = theirs[start : start + origin.batch]
        found |= fetch(origin, part, whats, cache, today, url, timeout)
        progress(min(start + origin.batch, len(theirs)), len(theirs))
    notes: list[str] = []
    ours = _ours(graph, some, whats, origin)
    facts = []
    for link in some:
        said = found.get(link.theirs)
        notes += _notes(origin, link, said)
        for what in whats:
            terms = tuple(said.values.get(what, ())) if said else ()
            if what == "licence":
                terms = tuple(_licences(graph, link, terms, notes))
            facts.append(_fact(link, what, terms, ours.get((link.ours, what), ())))
    return Outcome(
        facts, {link: found[link.theirs] for link in some if link.theirs in found}, notes
    )


def _notes(origin: Origin, link: Link, said: Found | None) -> list[str]:
    name = compact(link.ours)
    if said is None:
        return [f"{name}: {origin.title} says nothing of {link.theirs}"]
    moved = [f"{name}: {link.theirs} leads to {said.iri}"] if said.iri != link.theirs else []
    return moved + [f"{name}: left out: {note}" for note in said.notes]


def _licences(
    graph: Graph, link: Link, terms: Iterable[Term], notes: list[str]
) -> Iterable[NamedNode]:
    """Yield the licences of ours that names mean; one that means none is noted."""
    for term in terms:
        listed = spdx(term.value)
        for name in (listed[0] if listed else term.value, term.value):
            try:
                yield NamedNode(lookup.resolve(graph.engine, name, "licence"))
            except (NotFoundError, UsageError):
                continue
            break
        else:
            notes.append(f"{compact(link.ours)}: left out: licence “{term.value}” is none of ours")


def _ours(
    graph: Graph, some: Sequence[Link], whats: Sequence[str], origin: Origin
) -> dict[tuple[str, str], tuple[tuple[Term, str], ...]]:
    words = {_property(what).value: what for what in whats}
    things = sorted({link.ours for link in some})
    found: dict[tuple[str, str], list[tuple[Term, str]]] = {}
    for start in range(0, len(things), _BATCH):
        block = " ".join(f"<{thing}>" for thing in things[start : start + _BATCH])
        text = _OURS.replace("{things}", block)
        text = text.replace("{properties}", " ".join(f"<{iri}>" for iri in words))
        answer = graph.engine.query(text, {"_own": NamedNode(GRAPH + origin.name)})
        assert isinstance(answer, Solutions)
        for thing, prop, value, source in answer.rows:
            assert isinstance(thing, NamedNode) and isinstance(prop, NamedNode)  # noqa: PT018
            if isinstance(value, NamedNode | Literal) and isinstance(source, NamedNode):
                found.setdefault((thing.value, words[prop.value]), []).append((value, source.value))
    return {key: tuple(values) for key, values in found.items()}


def _fact(
    link: Link, what: str, theirs: tuple[Term, ...], ours: tuple[tuple[Term, str], ...]
) -> Fact:
    from openness.differences import agree

    status = NEW
    if not theirs:
        status = NONE
    elif ours:
        is_met = any(agree(what, mine, other) for mine, _ in ours for other in theirs)
        status = SAME if is_met else OTHER
    return Fact(link, what, theirs, ours, status)


def _property(what: str) -> NamedNode:
    prefix, _, local = PROPERTIES[what].partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def save(path: Path, origin: Origin, outcome: Outcome, whats: Sequence[str], url: str) -> int:
    """Write facts into the file of a data set, in place of what it had of the same things.

    Other things, and other properties of these, stay as they are. Each record that facts were
    taken from (theirs) says whom it is about and on which day it was read.

    Returns:
        How many facts the file now has of the things that were asked about.

    Raises:
        BrokenFileError: if the file that is there cannot be read.
        EngineError: if it cannot be written; then the old one stands.
    """
    graph, catalogue = NamedNode(GRAPH + origin.name), NamedNode(CATALOGUE)
    with locked(path.parent):
        old = _read(path)
        asked = {NamedNode(link.ours) for link in outcome.found}
        gone = {_property(what) for what in whats}
        records = {NamedNode(link.theirs) for link in outcome.found}
        kept = {
            quad
            for quad in old
            if quad.graph_name == graph
            and not (quad.subject in asked and quad.predicate in gone)
            and quad.subject not in records
        }
        new = {
            Quad(NamedNode(fact.link.ours), _property(fact.what), value, graph)
            for fact in outcome.facts
            if fact.link in outcome.found
            for value in fact.theirs
        }
        read = set()
        for link, found in outcome.found.items():
            record = NamedNode(link.theirs)
            day = Literal(found.retrieved.isoformat(), datatype=NamedNode(_DATE))
            read.add(Quad(record, _term("schema:about"), NamedNode(link.ours), graph))
            read.add(Quad(record, _term("pav:retrievedOn"), day, graph))
        quads = kept | new | read
        about = _described(graph, origin, quads, url)
        quads |= {Quad(graph, _term(p), value, catalogue) for p, value in about.items()}
        ordered = sorted(quads, key=lambda quad: (str(quad.graph_name), str(quad)))
        write_atomically(path, serialize_quads(ordered, "trig"))
    return len(new)


def _described(
    graph: NamedNode, origin: Origin, quads: Iterable[Quad], url: str
) -> Mapping[str, Term]:
    """Return what the catalogue says of a graph; it was read when its newest record was."""
    days = [q.object.value for q in quads if q.predicate == _term("pav:retrievedOn")]  # type: ignore[union-attr]
    terms = (
        {"dcterms:license": NamedNode(origin.licence)}
        if origin.licence
        else {"dcterms:rights": Literal("none stated; facts only")}
    )
    return {
        "rdf:type": _term("dcat:Dataset"),
        "rdfs:label": Literal(f"{origin.title}: facts about linked things", language="en"),
        "dcterms:publisher": Literal(origin.publisher),
        "dcterms:source": NamedNode(url),
        "dcat:landingPage": NamedNode(origin.page),
        "pav:retrievedOn": Literal(max(days), datatype=NamedNode(_DATE)),
        "pav:importedBy": Literal(f"openness {__version__}"),
        **terms,
    }


def _read(path: Path) -> list[Quad]:
    if not path.exists():
        return []
    try:
        return list(pyoxigraph.parse(path=path, format=RdfFormat.TRIG))
    except (SyntaxError, OSError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}: line {line}" if line else str(path)
        raise BrokenFileError(f"{where}: {str(error).splitlines()[0]}; remove it.") from error


def _term(curie: str) -> NamedNode:
    prefix, _, local = curie.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def file_of(workspace: Path, origin: Origin) -> Path:
    """Return the file of a data set in a workspace."""
    return workspace / "enrichments" / f"{origin.name}.trig"
