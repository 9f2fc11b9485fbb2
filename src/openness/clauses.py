"""The clauses of licences as objects: who may do what, on which conditions, and where it says so.

What is read here is the ODRL of a licence and of the policies that it incorporates, and the small
vocabularies that decide what is a kind of what: acts, purposes, areas.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Solutions
from openness.graph import Graph
from openness.table import Thing
from openness.terms import PREFIXES

PERMISSION: Final = "Permission"
PROHIBITION: Final = "Prohibition"
DUTY: Final = "Duty"

_ODRL: Final = PREFIXES["odrl"]
_PRESUMED: Final = {"true": True, "false": False}

_DOCUMENTS: Final = """
SELECT DISTINCT ?licence ?document ?read ?through
WHERE {
  VALUES ?licence { {licences} }
  ?licence openness:incorporates* ?document .
  OPTIONAL { ?document openness:isReadInFull ?read }
  OPTIONAL {
    ?incorporating dcterms:references ?document ; openness:hasSection ?through ; a ?kind .
    FILTER(?kind != oa:SpecificResource)
    ?licence odrl:permission|odrl:prohibition|odrl:obligation ?incorporating
  }
}
ORDER BY ?licence ?document ?through
"""

_CLAUSES: Final = """
SELECT DISTINCT ?document ?clause ?kind ?section ?source ?start ?end ?sum ?reading ?read ?waiver
  ?permission
WHERE {
  VALUES ?document { {documents} }
  { ?document odrl:permission|odrl:prohibition|odrl:obligation ?clause }
  UNION
  { ?document odrl:permission ?permission . ?permission odrl:duty ?clause }
  ?clause a ?kind .
  FILTER(?kind IN (odrl:Permission, odrl:Prohibition, odrl:Duty))
  GRAPH ?source { ?clause openness:hasSection ?section }
  OPTIONAL { ?clause oa:hasSource/schema:sha256 ?sum }
  OPTIONAL { ?clause oa:hasSelector ?selector . ?selector oa:start ?start ; oa:end ?end }
  OPTIONAL { ?clause dcterms:description ?reading }
  OPTIONAL { ?clause dcterms:date ?read }
  OPTIONAL { ?clause openness:isWaivableBy ?waiver }
}
ORDER BY ?document ?start DESC(?end) ?clause ?source ?permission
"""

_ACTIONS: Final = """
SELECT DISTINCT ?clause ?action
WHERE {
  VALUES ?document { {documents} }
  ?document odrl:permission|odrl:prohibition|odrl:obligation|odrl:permission/odrl:duty ?clause .
  ?clause odrl:action ?action .
}
ORDER BY ?clause ?action
"""

_CONSTRAINTS: Final = """
SELECT DISTINCT ?clause ?constraint ?operand ?operator ?value ?presumed ?counted ?unit ?reading
WHERE {
  VALUES ?document { {documents} }
  ?document odrl:permission|odrl:prohibition|odrl:obligation|odrl:permission/odrl:duty ?clause .
  ?clause odrl:constraint ?constraint .
  ?constraint odrl:leftOperand ?operand ; odrl:operator ?operator ; odrl:rightOperand ?value .
  OPTIONAL { ?constraint openness:isPresumed ?presumed }
  OPTIONAL { ?constraint openness:isCountedOn ?counted }
  OPTIONAL { ?constraint odrl:unit ?unit }
  OPTIONAL { ?constraint dcterms:description ?reading }
}
ORDER BY ?clause ?constraint ?value
"""

_VOCABULARY: Final = """
SELECT DISTINCT ?narrow ?relation ?broad
WHERE {
  VALUES ?relation {
    odrl:includedIn odrl:implies openness:hasPurpose openness:excludesPurpose openness:coversCountry
  }
  ?narrow ?relation ?broad .
}
ORDER BY ?narrow ?relation ?broad
"""

_PURPOSES: Final = """
SELECT DISTINCT ?narrow ?broad
WHERE {
  ?narrow skos:broader ?broad .
  FILTER(STRSTARTS(STR(?narrow), STR(purpose:)))
}
ORDER BY ?narrow ?broad
"""


@dataclass(frozen=True)
class Constraint:
    """A condition of a clause: an operand, an operator of ODRL, and the values it is held against.

    Attributes:
        thing: the constraint with its label.
        operand: what is held against the values, as `openness:monthlyActiveUsers`.
        operator: ODRL's word, as `gt`.
        values: IRIs, or numbers and codes as text.
        presumed: whether it is taken to hold, or not to, as long as nothing is said of it.
        counted_on: the day for which it is counted once and for all, or empty.
        unit: the unit of the numbers, or empty.
        reading: who and what is counted, in our words, or empty.
    """

    thing: Thing
    operand: str
    operator: str
    values: tuple[str, ...]
    presumed: bool | None = None
    counted_on: str = ""
    unit: str = ""
    reading: str = ""


@dataclass(frozen=True)
class Clause:
    """A rule of a licence: a permission, a prohibition or a duty, and where it stands.

    Attributes:
        thing: the clause with its label.
        kind: PERMISSION, PROHIBITION or DUTY.
        document: the licence, or the policy that it incorporates.
        place: the section; for a clause of a policy, by way of which section of the licence.
        actions: IRIs of the acts.
        constraints: the conditions, all of which have to hold.
        source: the named graph of the text.
        reading: what the clause says, in our words.
        read_on: the day on which it was read.
        sha256: the hash of the text, and `start` and `end` the clause's place in it.
        waivable_by: whose express permission lifts a prohibition.
        condition_of: IRIs of the permissions that a duty is the condition of; none if it falls due
            whatever one does.
    """

    thing: Thing
    kind: str
    document: Thing
    place: str
    actions: tuple[str, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    source: Thing | None = None
    reading: str = ""
    read_on: str = ""
    sha256: str = ""
    start: int = 0
    end: int = 0
    waivable_by: Thing | None = None
    condition_of: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Terms:
    """A licence with all that it incorporates.

    Attributes:
        licence: the licence.
        clauses: its rules and those of its policies, in the order of the texts.
        unread: documents of it that have not been read in full, the licence itself among them.
    """

    licence: Thing
    clauses: tuple[Clause, ...] = ()
    unread: tuple[Thing, ...] = ()

    def of_kind(self, kind: str) -> list[Clause]:
        """Return the clauses that are permissions, prohibitions or duties."""
        return [clause for clause in self.clauses if clause.kind == kind]


@dataclass(frozen=True)
class Vocabulary:
    """What is a kind of what, by IRI: each relation leads from a term to all that it reaches."""

    relations: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)

    def all_of(self, relation: str, term: str) -> frozenset[str]:
        """Return a term and all that it reaches by a relation, however many steps away."""
        found, left = {term}, [term]
        while left:
            for other in self.relations.get(relation, {}).get(left.pop(), ()):
                if other not in found:
                    found.add(other)
                    left.append(other)
        return frozenset(found)

    def is_kind_of(self, act: str, other: str) -> bool:
        """Tell whether an act is another or a kind of it."""
        return other in self.all_of("includedIn", act)

    def is_purpose_of(self, purpose: str, others: Iterable[str]) -> bool:
        """Tell whether a purpose is one of some purposes or narrower than one."""
        return not self.all_of("broader", purpose).isdisjoint(others)

    def excludes(self, purpose: str, others: Iterable[str]) -> bool:
        """Tell whether a purpose cannot be pursued together with any of some purposes."""
        excluded = {
            other
            for own in self.all_of("broader", purpose)
            for other in self.relations.get("excludesPurpose", {}).get(own, ())
        }
        return all(not self.all_of("broader", other).isdisjoint(excluded) for other in others)

    def direct(self, relation: str, term: str) -> frozenset[str]:
        """Return what a term reaches by a relation in one step."""
        return self.relations.get(relation, {}).get(term, frozenset())


class Library:
    """The licences of a graph, read as they are asked for."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._read: dict[str, Terms] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The kinds of acts, purposes and areas."""
        relations: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for narrow, relation, broad in self._select(_VOCABULARY):
            name = relation.rpartition("#")[2].rpartition("/")[2]
            relations[name][narrow].add(broad)
        for narrow, broad in self._select(_PURPOSES):
            relations["broader"][narrow].add(broad)
        return Vocabulary(
            {name: {k: frozenset(v) for k, v in found.items()} for name, found in relations.items()}
        )

    def terms(self, licences: Iterable[str]) -> list[Terms]:
        """Return the terms of some licences, by IRI, in the order given."""
        wanted = list(dict.fromkeys(licences))
        missing = [iri for iri in wanted if iri not in self._read]
        if missing:
            self._read |= {terms.licence.iri: terms for terms in self._load(missing)}
        return [self._read[iri] for iri in wanted]

    def _load(self, licences: list[str]) -> list[Terms]:
        rows = self._select(_DOCUMENTS, licences=licences)
        documents = sorted({row[1] for row in rows} | set(licences))
        found = self._clauses(documents)
        labels = self.graph.labels([*documents, *licences])
        through = {(row[0], row[1]): row[3] for row in reversed(rows) if row[3]}
        is_read = {row[1] for row in rows if row[2] == "true"}

        def placed(licence: str, clause: Clause) -> Clause:
            if clause.document.iri == licence:
                return clause
            way = through.get((licence, clause.document.iri))
            place = f"{clause.document.label}, {clause.place}"
            return replace(clause, place=f"{way} → {place}" if way else place)

        def terms(licence: str) -> Terms:
            own = [licence, *(row[1] for row in rows if row[0] == licence and row[1] != licence)]
            own = list(dict.fromkeys(own))
            return Terms(
                Thing(licence, labels.get(licence) or licence),
                tuple(placed(licence, clause) for doc in own for clause in found.get(doc, ())),
                tuple(Thing(doc, labels.get(doc) or doc) for doc in own if doc not in is_read),
            )

        return [terms(licence) for licence in licences]

    def _clauses(self, documents: list[str]) -> dict[str, list[Clause]]:
        """Return the clauses of each document, in the order of its text."""
        rows = self._select(_CLAUSES, documents=documents)
        actions: dict[str, list[str]] = defaultdict(list)
        for clause, action in self._select(_ACTIONS, documents=documents):
            actions[clause].append(action)
        conditions = self._constraints(documents)
        labels = self.graph.labels({cell for row in rows for cell in row if "://" in cell})

        def thing(iri: str) -> Thing:
            return Thing(iri, labels.get(iri) or iri)

        permissions: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            permissions[row[1]].add(row[-1])
        found: dict[str, dict[str, Clause]] = defaultdict(dict)
        for (
            document,
            iri,
            kind,
            place,
            source,
            start,
            end,
            sha256,
            reading,
            read,
            waiver,
            _,
        ) in rows:
            found[document].setdefault(
                iri,
                Clause(
                    thing(iri),
                    kind.removeprefix(_ODRL),
                    thing(document),
                    place,
                    tuple(actions[iri]),
                    tuple(conditions.get(iri, ())),
                    thing(source),
                    reading,
                    read,
                    sha256,
                    int(start or 0),
                    int(end or 0),
                    thing(waiver) if waiver else None,
                    frozenset(() if "" in permissions[iri] else permissions[iri]),
                ),
            )
        return {document: list(clauses.values()) for document, clauses in found.items()}

    def _constraints(self, documents: list[str]) -> dict[str, list[Constraint]]:
        rows = self._select(_CONSTRAINTS, documents=documents)
        labels = self.graph.labels({row[1] for row in rows})
        values: dict[tuple[str, str], list[str]] = defaultdict(list)
        for clause, iri, _, _, value, *_ in rows:
            values[clause, iri].append(value)
        found: dict[str, dict[str, Constraint]] = defaultdict(dict)
        for clause, iri, operand, operator, _, presumed, counted, unit, reading in rows:
            found[clause][iri] = Constraint(
                Thing(iri, labels.get(iri) or iri),
                operand,
                operator.removeprefix(_ODRL),
                tuple(dict.fromkeys(values[clause, iri])),
                _PRESUMED.get(presumed),
                counted,
                unit,
                reading,
            )
        return {clause: list(constraints.values()) for clause, constraints in found.items()}

    def _select(self, text: str, **things: list[str]) -> list[list[str]]:
        """Return the rows of a query as text, with IRIs written where it has `{name}`."""
        for name, iris in things.items():
            text = text.replace(f"{{{name}}}", " ".join(str(NamedNode(iri)) for iri in iris))
        answer = self.graph.engine.query(text)
        assert isinstance(answer, Solutions)
        return [[_text(cell) for cell in row] for row in answer.rows]


def _text(cell: Any) -> str:
    return cell.value if isinstance(cell, NamedNode | Literal) else ""
