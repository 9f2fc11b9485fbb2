"""The tree behind `openness why` as a graph: criteria, rules, clauses, licences, sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import networkx

from openness import views, why
from openness.clauses import Clause
from openness.graph import Graph
from openness.table import Table, Thing
from openness.view_answer import describe
from openness.view_graph import ViewGraph
from openness.why import Explanation, Proof, Verdict

_VERBS: Final = {"passed": "meets", "failed": "fails", "cantTell": "leaves open"}


def answer(graph: Graph, selected: Table) -> ViewGraph:
    """Return the proofs of the things and sets of criteria in the rows of a view's query."""
    found = ViewGraph()
    for row in selected:
        explained = why.explanations(graph, row.subject, row.criteria)
        found = networkx.compose(found, proof_graph(row.criteria, explained))
    return found


def proof_graph(criteria: Thing, explanations: Sequence[Explanation]) -> ViewGraph:
    """Return verdicts as a graph: subject → criterion → rule → clause → document → source.

    Terms that are inherited lead from the subject over the models that it was made from to the
    licence. A verdict that somebody published is an edge from the one who judged.
    """
    found = ViewGraph()
    for one in explanations:
        _add(found, one.subject.thing)
        for verdict in one.verdicts:
            _add_verdict(found, one.subject.thing, verdict)
        for conflict in one.subject.conflicts:
            _add(found, conflict.own)
            _add(found, conflict.clause)
            found.add_relation(
                conflict.own.id,
                "openness:setsAside",
                conflict.clause.id,
                label="sets aside",
                conflict=True,
            )
    subjects = [one.subject.thing for one in explanations]
    about = f"{', '.join(one.label for one in subjects)}, by the {criteria.label}"
    describe(found, views.find("proof"), about, [one.id for one in subjects])
    return found


def _add(found: ViewGraph, thing: Thing, sources: Iterable[str] = (), **more: object) -> None:
    kind = thing.id.partition(":")[0]
    kinds = {"graph": "source", "agent": "organization"}
    found.add_thing(
        thing.id, sources, iri=thing.iri, label=thing.label, kind=kinds.get(kind, kind), **more
    )


def _add_verdict(found: ViewGraph, subject: Thing, verdict: Verdict) -> None:
    """Add one criterion with its outcome and all that it rests on."""
    _add(found, verdict.criterion, value=verdict.number)
    found.add_relation(
        subject.id,
        "earl:test",
        verdict.criterion.id,
        label=_VERBS.get(verdict.outcome, verdict.outcome),
        outcome=verdict.outcome,
    )
    for proof in verdict.proofs:
        _add_proof(found, subject, verdict.criterion, proof)
    for one in verdict.judgements:
        _add(found, one.assessor, [one.source.label])
        found.add_relation(
            one.assessor.id,
            "earl:assertedBy",
            verdict.criterion.id,
            [one.source.label],
            label=f"judges: {_VERBS.get(one.outcome, one.outcome)}",
            outcome=one.outcome,
        )


def _add_proof(found: ViewGraph, subject: Thing, criterion: Thing, proof: Proof) -> None:
    """Add a rule, the clauses and premises that it rests on, and whose terms they are."""
    rule = f"{criterion.id} {proof.rule.id}"
    found.add_thing(rule, iri=proof.rule.iri, label=proof.rule.label, kind="rule")
    found.add_relation(criterion.id, "prov:hadPlan", rule, label="by rule")
    for clause in proof.clauses:
        _add_clause(found, clause)
        found.add_relation(
            rule,
            "prov:wasDerivedFrom",
            clause.thing.id,
            label="because of",
            outcome=proof.outcome,
        )
    for premise in () if proof.clauses else proof.premises:
        if premise not in (criterion, subject, proof.licence):
            _add(found, premise)
            found.add_relation(rule, "prov:wasDerivedFrom", premise.id, label="because of")
    _add_chain(found, subject, proof)


def _add_clause(found: ViewGraph, clause: Clause) -> None:
    """Add a clause with its place, the document where it stands, and the source of its text."""
    sources = [clause.source.label] if clause.source else []
    _add(found, clause.thing, sources, value=clause.place)
    _add(found, clause.document, sources)
    found.add_relation(
        clause.thing.id, "openness:hasSection", clause.document.id, sources, label="stands in"
    )
    if clause.source:
        _add(found, clause.source, sources)
        found.add_relation(
            clause.document.id, "dcterms:source", clause.source.id, sources, label="read in"
        )


def _add_chain(found: ViewGraph, subject: Thing, proof: Proof) -> None:
    """Add the models from which terms are inherited, and the licence of the last one."""
    last = subject
    for step in proof.grant.chain:
        _add(found, step.base, [step.source.label])
        found.add_relation(
            last.id,
            step.relation.id,
            step.base.id,
            [step.source.label],
            label=step.relation.label,
            inherited=True,
        )
        last = step.base
    if proof.licence and proof.licence != last and proof.clauses:
        sources = [
            s.label for o in proof.grant.options for s in o.sources if o.licence == proof.licence
        ]
        _add(found, proof.licence, sources)
        found.add_relation(
            last.id, "dcterms:license", proof.licence.id, sources, label="has licence"
        )
