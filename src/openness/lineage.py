"""Whose terms bind a model: its own licence, and those of all models that it was made from."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import Thing
from openness.terms import DERIVED, ID

_REACHED: Final = """
SELECT DISTINCT ?subject
WHERE { ?_model dcat:hasVersion* ?subject }
ORDER BY ?subject
"""

# A version that has no licence of its own has that of its family. Each branch begins with the one
# model: an engine would else read all licences of all models.
_LICENCES: Final = """
SELECT DISTINCT ?model ?licence ?source ?resolved ?issued ?dated ?datedIssued
WHERE {
  {
    SELECT DISTINCT ?model ?licence ?source
    WHERE {
      {
        ?_model dcat:hasVersion*/openness:derivedFromModel* ?model .
        GRAPH ?source { ?model dcterms:license ?licence }
      }
      UNION
      {
        ?_model dcat:hasVersion*/openness:derivedFromModel* ?model .
        ?family dcat:hasVersion ?model .
        GRAPH ?source { ?family dcterms:license ?licence }
        FILTER NOT EXISTS { ?model dcterms:license ?any }
      }
    }
  }
  OPTIONAL { ?licence a ?type . FILTER(?type = odrl:Set) }
  BIND(xsd:boolean(BOUND(?type)) AS ?resolved)
  OPTIONAL { ?licence dcterms:issued ?issued }
  OPTIONAL { ?licence dcterms:hasVersion ?dated . ?dated dcterms:issued ?datedIssued }
}
ORDER BY ?model ?licence ?source ?datedIssued ?dated
"""

_RELEASES: Final = """
SELECT DISTINCT ?model ?release ?licence ?source ?start ?end
WHERE {
  { SELECT DISTINCT ?model WHERE { ?_model dcat:hasVersion*/openness:derivedFromModel* ?model } }
  ?release openness:offers ?model .
  OPTIONAL { GRAPH ?source { ?release dcterms:license ?licence } }
  OPTIONAL { ?release schema:validFrom ?start }
  OPTIONAL { ?release schema:validThrough ?end }
}
ORDER BY ?model ?start ?release ?licence ?source ?end
"""

_EDGES: Final = """
SELECT DISTINCT ?from ?relation ?to ?source
WHERE {
  {
    SELECT DISTINCT ?from ?to
    WHERE {
      ?_model dcat:hasVersion*/openness:derivedFromModel* ?from .
      ?from openness:derivedFromModel ?to
    }
  }
  GRAPH ?source { ?from ?relation ?to }
  FILTER(?relation = openness:derivedFromModel
    || EXISTS { ?relation rdfs:subPropertyOf openness:derivedFromModel })
}
ORDER BY ?from ?to ?relation ?source
"""

_CONFLICTS: Final = """
SELECT DISTINCT ?model ?conflict ?base ?clause ?own
WHERE {
  { SELECT DISTINCT ?model WHERE { ?_model dcat:hasVersion* ?model } }
  ?conflict openness:arisesFor ?model ;
    openness:inheritsFrom ?base ;
    openness:setsAside ?clause ;
    dcterms:license ?own .
}
ORDER BY ?model ?conflict ?clause
"""


@dataclass(frozen=True)
class Step:
    """One step of a derivation: how a model was made from another, and who says so."""

    relation: Thing
    base: Thing
    source: Thing


@dataclass(frozen=True)
class Option:
    """A licence that sources give a model, and these sources."""

    licence: Thing
    sources: tuple[Thing, ...]


@dataclass(frozen=True)
class Grant:
    """The terms of one model that bind the subject.

    Attributes:
        model: whose terms they are; for a question about a licence, the licence itself.
        options: the licences that sources name; with several, the sources differ.
        chain: the steps from the subject to the model; none if it is the subject itself.
        missing: what the graph lacks, if it has no licence for the model.
        notes: what else sources say of the licence, and how a date chose among licences.
    """

    model: Thing
    options: tuple[Option, ...]
    chain: tuple[Step, ...] = ()
    missing: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """A clause of a base model's terms that the model's own licence sets aside."""

    thing: Thing
    base: Thing
    clause: Thing
    own: Thing


@dataclass(frozen=True)
class Subject:
    """A model, or a licence by itself, with all the terms that bind it.

    Attributes:
        thing: the model or licence.
        grants: its own terms first, then those that it inherits, nearest first.
        conflicts: clauses that it inherits and its own licence sets aside.
        cycle: the models of a derivation that comes back to where it began, if there is one.
    """

    thing: Thing
    grants: tuple[Grant, ...]
    conflicts: tuple[Conflict, ...] = ()
    cycle: tuple[Thing, ...] = ()


def subjects(graph: Graph, thing: Thing, at: datetime.date | None = None) -> list[Subject]:
    """Return what a question about a thing is about: a licence, a model, or a family's members.

    A family comes first, if it has terms; of its versions, those follow whose terms differ.

    Args:
        graph: where the facts are.
        thing: a model or a licence.
        at: the day as of which licences count; None for those that the graph holds to be in force.
    """
    if thing.iri.startswith(ID + "licence/"):
        return [Subject(thing, (Grant(thing, (Option(thing, ()),)),))]
    facts = _Facts(graph, thing, at)
    found = [facts.subject(iri) for iri in facts.members]
    with_terms = [one for one in found if any(grant.options for grant in one.grants)]
    if not with_terms:
        return found[:1]
    first, others = with_terms[0], with_terms[1:]
    if first.thing != thing:
        return with_terms
    return [first, *(one for one in others if _terms_of(one) != _terms_of(first))]


def conflict_lines(subject: Subject) -> list[str]:
    """Return a line for each base model some of whose clauses a model's own licence sets aside."""
    clauses: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in subject.conflicts:
        clauses[one.own.label, one.base.label].append(f"“{one.clause.label}”")
    return [
        f"licence conflict: {own} sets aside what is inherited from {base}: {', '.join(names)}"
        for (own, base), names in clauses.items()
    ]


def _terms_of(subject: Subject) -> tuple[object, ...]:
    """Return what two members of a family must have in common to be reported as one."""
    licences = {option.licence for grant in subject.grants for option in grant.options}
    differing = {grant.options for grant in subject.grants if len(grant.options) > 1}
    missing = {grant.missing for grant in subject.grants if grant.missing}
    return frozenset(licences), frozenset(differing), frozenset(missing), subject.conflicts


class _Facts:
    """What the graph says of a model, its versions, and all that they were made from."""

    def __init__(self, graph: Graph, thing: Thing, at: datetime.date | None) -> None:
        self.graph, self.thing, self.at = graph, thing, at
        self._node = NamedNode(thing.iri)
        rows = {name: self._select(text) for name, text in _QUERIES.items()}
        iris = {cell for found in rows.values() for row in found for cell in row if "://" in cell}
        self._labels = graph.labels(iris) | {thing.iri: thing.label}
        reached = [row[0] for row in rows["reached"]]
        self.members = [thing.iri, *(iri for iri in reached if iri != thing.iri)]
        self._licences = _by_first(rows["licences"])
        self._releases = _by_first(rows["releases"])
        self._edges = _nearest_source(rows["edges"])
        self._conflicts = _by_first(rows["conflicts"])

    def subject(self, iri: str) -> Subject:
        """Return a model with its own terms and all that it inherits."""
        chains, cycle = self._chains(iri)
        grants = [self._grant(iri, ())]
        known = [{option.licence for option in grants[0].options}]
        for base, chain in chains:
            grant = self._grant(base, chain)
            licences = {option.licence for option in grant.options}
            if not licences or not any(licences <= nearer for nearer in known):
                grants.append(grant)
                known.append(licences)
        conflicts = tuple(
            Conflict(*map(self._label, (conflict, base, clause, own_licence)))
            for _, conflict, base, clause, own_licence in self._conflicts.get(iri, ())
        )
        return Subject(self._label(iri), tuple(grants), conflicts, tuple(map(self._label, cycle)))

    def _chains(self, iri: str) -> tuple[list[tuple[str, tuple[Step, ...]]], list[str]]:
        """Return each model that one was made from with the shortest way to it, and a cycle."""
        found: dict[str, tuple[Step, ...]] = {}
        queue: list[tuple[str, tuple[Step, ...]]] = [(iri, ())]
        cycle: list[str] = []
        for model, chain in queue:
            for relation, base, source in self._edges.get(model, ()):
                if base == iri:
                    cycle = cycle or [iri, *(step.base.iri for step in chain), iri]
                elif base not in found:
                    step = Step(*map(self._label, (relation, base, source)))
                    found[base] = (*chain, step)
                    queue.append((base, found[base]))
        return list(found.items()), cycle

    def _grant(self, iri: str, chain: tuple[Step, ...]) -> Grant:
        """Return the terms of one model, as of the day in question."""
        stated: dict[str, list[str]] = defaultdict(list)
        notes: list[str] = []
        named = []
        for _, licence, source, resolved, issued, *_ in self._licences.get(iri, ()):
            if resolved != "true":
                named.append(f"{self._name(source)} names the licence “{self._name(licence)}”")
            elif self.at and issued and not _has_begun(issued, self.at):
                notes.append(f"{self._name(licence)} was issued on {issued} only")
            else:
                stated[self._dated(iri, licence, notes)].append(source)
        missing = ""
        if self.at:
            stated, missing = self._in_force(iri, stated, notes)
        notes += named
        if not stated and not missing:
            reason = "; ".join(notes) or "no source in the graph names one"
            missing = f"the licence of {self._name(iri)} ({reason})"
        options = tuple(
            Option(self._label(licence), tuple(map(self._label, dict.fromkeys(sources))))
            for licence, sources in stated.items()
        )
        return Grant(self._label(iri), options, chain, missing, tuple(dict.fromkeys(notes)))

    def _dated(self, model: str, licence: str, notes: list[str]) -> str:
        """Return the dated version of a licence that has several, and say which it is."""
        versions = [
            (row[6], row[5]) for row in self._licences[model] if row[1] == licence and row[5]
        ]
        if self.at:
            versions = [one for one in versions if _has_begun(one[0], self.at)]
        if not versions:
            return licence
        issued, latest = max(versions)
        notes.append(f"{self._name(licence)} is read in its version of {issued}")
        return latest

    def _in_force(
        self, iri: str, stated: dict[str, list[str]], notes: list[str]
    ) -> tuple[dict[str, list[str]], str]:
        """Return the licences of the releases in force on the day; without any, what is stated."""
        assert self.at is not None
        releases = self._releases.get(iri, [])
        current = [
            row
            for row in releases
            if (not row[4] or _has_begun(row[4], self.at))
            and (not row[5] or not _has_ended(row[5], self.at))
        ]
        dated = [row for row in releases if row[4]]
        if dated and not any(_has_begun(row[4], self.at) for row in dated):
            first = min(row[4] for row in dated)
            return {}, f"a release of {self._name(iri)} before {self.at} (the first is of {first})"
        found: dict[str, list[str]] = defaultdict(list)
        for _, release, licence, source, *_ in current:
            if licence:
                found[licence].append(source)
                notes.append(f"as of {self.at}: {self._name(release)}")
        return (found, "") if found else (stated, "")

    def _name(self, iri: str) -> str:
        return self._labels.get(iri) or iri

    def _label(self, iri: str) -> Thing:
        return Thing(iri, self._name(iri))

    def _select(self, text: str) -> list[list[str]]:
        answer = self.graph.engine.query(text, {"_model": self._node})
        assert isinstance(answer, Solutions)
        return [[_text(cell) for cell in row] for row in answer.rows]


_QUERIES: Final = {
    "reached": _REACHED,
    "licences": _LICENCES,
    "releases": _RELEASES,
    "edges": _EDGES,
    "conflicts": _CONFLICTS,
}


def _by_first(rows: Iterable[list[str]]) -> Mapping[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found


def _nearest_source(rows: Iterable[list[str]]) -> Mapping[str, list[tuple[str, str, str]]]:
    """Return the edges of each model, each once: as its source has it, not as a rule repeats it."""
    best: dict[tuple[str, str], tuple[bool, str, str]] = {}
    for start, relation, end, source in rows:
        candidate = (source == DERIVED, relation, source)
        best[start, end] = min(best.get((start, end), candidate), candidate)
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for (start, end), (_, relation, source) in best.items():
        found[start].append((relation, end, source))
    return found


def _has_begun(start: str, day: datetime.date) -> bool:
    """Tell whether a date, month or year has begun by a day."""
    return start <= day.isoformat()[: len(start)]


def _has_ended(end: str, day: datetime.date) -> bool:
    """Tell whether a date, month or year is over on a day."""
    return end < day.isoformat()[: len(end)]


def _text(cell: Any) -> str:
    return cell.value if isinstance(cell, NamedNode | Literal) else ""
