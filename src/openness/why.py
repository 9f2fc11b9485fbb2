"""Why a verdict: for each criterion of a set the outcome, and the proof down to the clause.

What the terms decide is derived per licence when the graph is compiled. Here it is brought together
for a model: its own licence and all that it inherits have to meet a criterion; one that fails it is
enough. Where no rule decides, the verdicts that others published are reported as theirs.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Literal, NamedNode

from openness import lineage
from openness.clauses import Clause, Library
from openness.engine.base import Solutions
from openness.graph import Graph
from openness.lineage import Grant, Subject
from openness.table import Thing
from openness.terms import ID, PREFIXES

_EARL: Final = PREFIXES["earl"]
OURS: Final = ID + "agent/openness"

PASSED: Final = "passed"
FAILED: Final = "failed"
CANNOT_TELL: Final = "cantTell"

_CRITERIA: Final = """
SELECT DISTINCT ?criterion ?number ?ofTerms
WHERE {
  ?criterion skos:inScheme ?_criteria ; a earl:TestRequirement .
  OPTIONAL { ?criterion skos:notation ?number }
  BIND(EXISTS {
    ?criterion openness:forbidsLimitOn|openness:requiresRightTo
      |openness:requiresGrantToEveryone|openness:requiresMoreThanTerms ?demand
  } AS ?ofTerms)
}
ORDER BY ?criterion
"""

# Our own verdicts with rule and premises, and those of others: apart, for an engine would join an
# optional premise to every assertion there is.
_VERDICTS: Final = """
SELECT DISTINCT ?subject ?criterion ?assessor ?outcome ?rule ?premise ?source
WHERE {
  {
    VALUES ?subject { {subjects} }
    GRAPH ?source { ?assertion earl:subject ?subject }
    ?assertion earl:test ?criterion ;
      earl:assertedBy ?assessor ;
      earl:result ?result .
    ?criterion skos:inScheme ?_criteria .
    ?result earl:outcome ?outcome .
    FILTER(?assessor != agent:openness)
  } UNION {
    VALUES ?subject { {subjects} }
    GRAPH ?source { ?assertion earl:subject ?subject }
    ?assertion earl:test ?criterion ;
      earl:assertedBy ?assessor ;
      earl:result ?result ;
      prov:wasDerivedFrom ?premise ;
      prov:wasGeneratedBy ?run .
    ?criterion skos:inScheme ?_criteria .
    ?result earl:outcome ?outcome .
    ?run prov:qualifiedAssociation ?association .
    ?association prov:hadPlan ?rule .
    FILTER(?assessor = agent:openness)
  }
}
ORDER BY ?subject ?criterion ?assessor ?outcome ?source ?rule ?premise
"""


@dataclass(frozen=True)
class Proof:
    """One rule's conclusion about one set of terms, or about the model itself.

    Attributes:
        outcome: what follows, as EARL's word.
        rule: the rule that derived it.
        clauses: the clauses that it rests on, with their places in the text.
        premises: what else it rests on.
        licence: the licence that it is about; None for a conclusion about the model itself.
        grant: whose terms these are, with the chain by which they are inherited.
    """

    outcome: str
    rule: Thing
    clauses: tuple[Clause, ...]
    premises: tuple[Thing, ...]
    licence: Thing | None
    grant: Grant


@dataclass(frozen=True)
class Judgement:
    """A verdict that somebody published."""

    assessor: Thing
    outcome: str
    source: Thing


@dataclass(frozen=True)
class Verdict:
    """The outcome for one criterion, and what it rests on.

    Attributes:
        criterion: the criterion.
        number: its number in the set, or empty.
        outcome: PASSED, FAILED, CANNOT_TELL, or the outcome that the assessors published.
        proofs: the conclusions that decide it.
        judgements: what others published on the subject itself.
        missing: what would have to be known.
    """

    criterion: Thing
    number: str
    outcome: str
    proofs: tuple[Proof, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """All verdicts on one subject."""

    subject: Subject
    verdicts: tuple[Verdict, ...]


def explanations(
    graph: Graph, thing: Thing, criteria: Thing, library: Library | None = None
) -> list[Explanation]:
    """Return the verdicts on a model, a licence, or each member of a family whose terms differ.

    Args:
        graph: where the facts are.
        thing: a model or a licence.
        criteria: the set of criteria.
        library: the licences of the graph, if the caller asks more than once.
    """
    library = library or Library(graph)
    found = lineage.subjects(graph, thing)
    reading = _Reading(graph, criteria, found, library)
    return [Explanation(subject, tuple(reading.verdicts(subject))) for subject in found]


class _Reading:
    """The derived and the published verdicts on some subjects by one set of criteria."""

    def __init__(
        self, graph: Graph, criteria: Thing, found: Sequence[Subject], library: Library
    ) -> None:
        self.graph, self.criteria = graph, criteria
        licences = [
            option.licence.iri for one in found for grant in one.grants for option in grant.options
        ]
        models = [one.thing.iri for one in found]
        self._clauses = {
            clause.thing.iri: clause
            for terms in library.terms(licences)
            for clause in terms.clauses
        }
        self._placed = {
            (terms.licence.iri, clause.thing.iri): clause
            for terms in library.terms(licences)
            for clause in terms.clauses
        }
        numbers = self._select(_CRITERIA)
        rows = self._select(_VERDICTS, [*dict.fromkeys([*licences, *models])])
        iris = {cell for found_row in [*numbers, *rows] for cell in found_row if "://" in cell}
        self._labels = graph.labels(iris)
        self._numbers = sorted(numbers, key=lambda row: (_natural(row[1]), row[0]))
        self._verdicts: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
        for row in rows:
            self._verdicts[row[0], row[1]].append(row)

    def verdicts(self, subject: Subject) -> Iterable[Verdict]:
        """Yield the verdict on a subject for each criterion, in the order of their numbers."""
        for criterion, number, of_terms in self._numbers:
            yield self._verdict(subject, criterion, number, of_terms == "true")

    def _verdict(self, subject: Subject, criterion: str, number: str, of_terms: bool) -> Verdict:
        """Bring together what is derived of the terms, of the model, and what others published."""
        thing = self._thing(criterion)
        judgements = tuple(self._judgements(subject.thing.iri, criterion))
        proofs = list(self._proofs(subject.thing.iri, criterion, None, subject.grants[0]))
        for grant in subject.grants:
            for option in grant.options:
                if option.licence != subject.thing:
                    proofs += self._proofs(option.licence.iri, criterion, option.licence, grant)
        lacking = (grant.missing for grant in subject.grants if grant.missing and of_terms)
        missing = tuple(dict.fromkeys(lacking))
        if not proofs:
            return Verdict(thing, number, _common(judgements), (), judgements, missing)
        outcomes = {proof.outcome for proof in proofs} | ({CANNOT_TELL} if missing else set())
        outcome = next(one for one in (FAILED, CANNOT_TELL, PASSED) if one in outcomes)
        deciding = tuple(proof for proof in proofs if proof.outcome == outcome)
        return Verdict(
            thing, number, outcome, deciding, judgements, missing if outcome == CANNOT_TELL else ()
        )

    def _proofs(
        self, subject: str, criterion: str, licence: Thing | None, grant: Grant
    ) -> Iterable[Proof]:
        by_rule: dict[tuple[str, str], list[str]] = defaultdict(list)
        for _, _, assessor, outcome, rule, premise, _ in self._verdicts[subject, criterion]:
            if assessor == OURS:
                by_rule[outcome, rule].append(premise)
        for (outcome, rule), premises in by_rule.items():
            clauses = [
                self._placed.get((subject, iri)) or self._clauses[iri]
                for iri in dict.fromkeys(premises)
                if iri in self._clauses
            ]
            others = [iri for iri in dict.fromkeys(premises) if iri and iri not in self._clauses]
            yield Proof(
                outcome.removeprefix(_EARL),
                self._thing(rule),
                tuple(clauses),
                tuple(map(self._thing, others)),
                licence or (grant.model if subject.startswith(ID + "licence/") else None),
                grant,
            )

    def _judgements(self, subject: str, criterion: str) -> Iterable[Judgement]:
        seen = set()
        for _, _, assessor, outcome, _, _, source in self._verdicts[subject, criterion]:
            if assessor != OURS and (assessor, outcome, source) not in seen:
                seen.add((assessor, outcome, source))
                word = outcome.rpartition("#")[2]
                yield Judgement(self._thing(assessor), word, self._thing(source))

    def _thing(self, iri: str) -> Thing:
        return Thing(iri, self._labels.get(iri) or iri)

    def _select(self, text: str, subjects: Sequence[str] = ()) -> list[list[str]]:
        if subjects:
            text = text.replace("{subjects}", " ".join(str(NamedNode(iri)) for iri in subjects))
        answer = self.graph.engine.query(text, {"_criteria": NamedNode(self.criteria.iri)})
        assert isinstance(answer, Solutions)
        return [
            [cell.value if isinstance(cell, NamedNode | Literal) else "" for cell in row]
            for row in answer.rows
        ]


def _common(judgements: Sequence[Judgement]) -> str:
    """Return the outcome on which all who published one agree, else that it cannot be told."""
    outcomes = {one.outcome for one in judgements}
    return outcomes.pop() if len(outcomes) == 1 else CANNOT_TELL


def _natural(number: str) -> list[tuple[int, str]]:
    """Return a key that puts 2 before 10, and 5 before 5.1."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[.\s]", number)]


def document(
    criteria: Thing,
    found: Sequence[Explanation],
    words: Callable[[Clause], str | None] = lambda clause: None,
) -> dict[str, Any]:
    """Return the proof as the JSON document of `openness why -f json`: a tree for each subject.

    `{"criteria", "subjects": [{"subject", "verdicts": [{"criterion", "number", "outcome",
    "because": [{"outcome", "rule", "licence", "model", "chain": [{"relation", "base", "source"}],
    "clauses": [{"clause", "place", "document", "reading", "source", "start", "end", "sha256",
    "words"}], "premises"}], "judgements": [{"assessor", "outcome", "source"}], "missing": [text]}],
    "conflicts": [{"base", "clause", "licence"}]}]}`; things are `{"iri", "id", "label"}`.
    """

    def clause(one: Clause) -> dict[str, Any]:
        return {
            "clause": one.thing.to_dict(),
            "place": one.place,
            "document": one.document.to_dict(),
            "reading": one.reading,
            "source": one.source.to_dict() if one.source else None,
            "start": one.start,
            "end": one.end,
            "sha256": one.sha256,
            "words": words(one),
        }

    def proof(one: Proof) -> dict[str, Any]:
        return {
            "outcome": one.outcome,
            "rule": one.rule.to_dict(),
            "licence": one.licence.to_dict() if one.licence else None,
            "model": one.grant.model.to_dict(),
            "chain": [
                {
                    "relation": step.relation.to_dict(),
                    "base": step.base.to_dict(),
                    "source": step.source.to_dict(),
                }
                for step in one.grant.chain
            ],
            "clauses": [clause(c) for c in one.clauses],
            "premises": [premise.to_dict() for premise in one.premises],
        }

    def verdict(one: Verdict) -> dict[str, Any]:
        return {
            "criterion": one.criterion.to_dict(),
            "number": one.number,
            "outcome": one.outcome,
            "because": [proof(p) for p in one.proofs],
            "judgements": [
                {
                    "assessor": j.assessor.to_dict(),
                    "outcome": j.outcome,
                    "source": j.source.to_dict(),
                }
                for j in one.judgements
            ],
            "missing": list(one.missing),
        }

    return {
        "criteria": criteria.to_dict(),
        "subjects": [
            {
                "subject": one.subject.thing.to_dict(),
                "verdicts": [verdict(v) for v in one.verdicts],
                "conflicts": [
                    {
                        "base": c.base.to_dict(),
                        "clause": c.clause.to_dict(),
                        "licence": c.own.to_dict(),
                    }
                    for c in one.subject.conflicts
                ],
            }
            for one in found
        ],
    }
