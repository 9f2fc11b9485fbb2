"""Where assessors differ: what each says of a model, aspect by aspect, and where they conflict.

Criteria of different sets are compared by the aspect that both match exactly or closely (see
`data/curated/crosswalk.sssom.tsv`), and only on the very same subject. Two assessors conflict when
no outcome of the one is an outcome of the other: who calls a thing open here and partial there does
not contradict one who calls it open. A criterion that is only a part of an aspect, or only bears
on it, is compared with itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Final

from pyoxigraph import NamedNode

from openness.engine.base import Cell, Solutions
from openness.graph import Graph
from openness.table import Thing, to_value
from openness.terms import compact, expand

CONFLICT: Final = "conflict"
AGREE: Final = "agree"
ALONE: Final = "no second assessor"
OUTSIDE: Final = "not compared"

_DECISIVE: Final = ("earl:passed", "openness:partial", "earl:failed")
_BATCH: Final = 500
_RULES: Final = "agent:openness"
_COMPARABLE: Final = ("skos:exactMatch", "skos:closeMatch")

# On the model, its versions, what a source made of them, and their licences. A source may assess a
# system, which is about a family or has one of its models as version, in the source's own graph.
# And on a developer, for what its score was given for this model: of that only what has an aspect.
ASSERTIONS: Final = """
SELECT DISTINCT ?assertion
WHERE {
  {
    {
      SELECT DISTINCT ?thing
      WHERE {
        { ?_model dcat:hasVersion* ?thing }
        UNION
        { ?_model dcat:hasVersion* ?part . ?system schema:about ?part ; a fair4ml:MLModel .
          ?system dcat:hasVersion* ?thing }
        UNION
        { ?_model dcat:hasVersion* ?part .
          GRAPH ?own { ?thing dcat:hasVersion ?part . ?ownAssertion earl:subject ?thing } }
        UNION
        { ?_model dcat:hasVersion* ?part . ?part dcterms:license ?thing }
      }
    }
    ?assertion earl:subject ?thing .
  }
  UNION
  {
    {
      SELECT DISTINCT ?developer ?set
      WHERE {
        ?_model dcat:hasVersion* ?part .
        ?score schema:about ?part ;
          dqv:computedOn ?developer ;
          dqv:isMeasurementOf ?metric .
        ?metric prov:wasDerivedFrom ?set .
      }
    }
    ?assertion earl:subject ?developer ;
      earl:test ?indicator .
    ?indicator skos:inScheme ?set .
    { ?indicator skos:exactMatch ?common } UNION { ?indicator skos:closeMatch ?common }
    UNION { ?indicator skos:broadMatch ?common } UNION { ?indicator skos:relatedMatch ?common }
    ?common a openness:Aspect .
  }
}
ORDER BY ?assertion
"""

# What is said of many things: {things} are put in at once, since every engine looks up a list of
# things far faster than it joins two patterns over all assertions.
_STATEMENTS: Final = """
SELECT DISTINCT ?aspect ?subject ?assessor ?criterion ?match ?result ?outcome ?source ?assertion
WHERE {
  VALUES ?assertion { {things} }
  ?assertion earl:subject ?subject ;
    earl:assertedBy ?assessor ;
    earl:test ?criterion ;
    earl:result ?result .
  ?result earl:outcome ?outcome .
  OPTIONAL {
    VALUES ?match { skos:exactMatch skos:closeMatch skos:broadMatch skos:relatedMatch }
    ?criterion ?match ?aspect .
    ?aspect a openness:Aspect .
  }
  OPTIONAL { ?assertion earl:mode ?mode }
  # A rule that cannot tell has said nothing.
  FILTER(!BOUND(?mode) || ?mode != earl:automatic || ?outcome != earl:cantTell)
  GRAPH ?source { ?assertion earl:subject ?subject }
}
ORDER BY ?aspect ?subject ?assessor ?criterion ?match ?assertion ?result ?source
"""

_EVIDENCE: Final = """
SELECT DISTINCT ?assertion ?property ?value
WHERE {
  VALUES ?assertion { {things} }
  VALUES ?property { dcterms:date dcterms:source }
  ?assertion ?property ?value .
}
ORDER BY ?assertion ?property ?value
"""

_JUDGED: Final = """
SELECT ?subject
WHERE {
  ?subject a fair4ml:MLModel .
  ?assertion earl:subject ?subject ; earl:assertedBy ?assessor .
}
GROUP BY ?subject
HAVING(COUNT(DISTINCT ?assessor) > 1)
ORDER BY ?subject
"""

_OUTCOMES: Final = """
SELECT DISTINCT ?subject ?criterion ?aspect ?assessor ?outcome
WHERE {
  VALUES ?subject { {things} }
  ?assertion earl:subject ?subject ;
    earl:assertedBy ?assessor ;
    earl:test ?criterion ;
    earl:result ?result .
  ?result earl:outcome ?outcome .
  OPTIONAL { ?criterion skos:exactMatch|skos:closeMatch ?aspect . ?aspect a openness:Aspect }
}
ORDER BY ?subject ?criterion ?aspect ?assessor ?outcome
"""


@dataclass(frozen=True)
class Statement:
    """What one assessor says of one aspect of one subject."""

    assertion: Thing
    subject: Thing
    assessor: Thing
    criterion: Thing
    word: str
    outcome: Thing
    source: Thing
    aspect: Thing | None = None
    match: str = ""
    dates: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    status: str = OUTSIDE

    @property
    def is_of_aspect(self) -> bool:
        """Whether the criterion means the aspect, and not a part of it or what bears on it."""
        return self.aspect is not None and self.match in _COMPARABLE

    @property
    def key(self) -> tuple[str, str]:
        """The subject, and what others must have judged of it in order to be compared."""
        judged = self.aspect if self.aspect and self.is_of_aspect else self.criterion
        return self.subject.iri, judged.iri

    @property
    def is_decisive(self) -> bool:
        """Whether the outcome says yes, no or in part."""
        return self.outcome.id in _DECISIVE


@dataclass(frozen=True)
class Rank:
    """How much the assessors of one model differ."""

    model: Thing
    conflicts: int
    compared: int
    assessors: tuple[Thing, ...]


def statements(graph: Graph, model: Thing) -> list[Statement]:
    """Return what assessors say of a model, its versions and their licences, by aspect.

    The same verdict stands there once for every aspect that its criterion is about.
    """
    assertions = _solutions(graph, ASSERTIONS, {"_model": NamedNode(model.iri)})
    found = of_things(graph, _STATEMENTS, assertions)
    labels = graph.labels_in(found)
    more: dict[tuple[str, str], list[str]] = defaultdict(list)
    for assertion, prop, value in of_things(graph, _EVIDENCE, assertions).rows:
        more[_plain(assertion), compact(_plain(prop))].append(_plain(value))
    listed: dict[tuple[object, ...], Statement] = {}
    for row in found.rows:
        statement = _statement(dict(zip(found.variables, row, strict=True)), labels, more)
        # A verdict that two documents report is one: the first of its sources stands for it.
        listed.setdefault((statement.assertion, statement.aspect, statement.match), statement)
    return sorted(_judged(list(listed.values())), key=_order)


def _statement(
    row: Mapping[str, Cell],
    labels: Mapping[str, str],
    more: Mapping[tuple[str, str], list[str]],
) -> Statement:
    def thing(name: str) -> Thing:
        value = to_value(row[name], labels)
        return value if isinstance(value, Thing) else Thing(str(value), str(value))

    assertion = thing("assertion")

    def said(prop: str) -> tuple[str, ...]:
        return tuple(sorted(more.get((assertion.iri, prop), ())))

    assessor = thing("assessor")
    # A rule has no word of its own for what it finds.
    word = thing("outcome" if assessor.id == _RULES else "result").label
    return Statement(
        assertion,
        thing("subject"),
        assessor,
        thing("criterion"),
        word,
        thing("outcome"),
        thing("source"),
        aspect=thing("aspect") if row["aspect"] is not None else None,
        match=compact(_plain(row["match"])) if row["match"] is not None else "",
        dates=said("dcterms:date"),
        evidence=said("dcterms:source"),
    )


def _judged(found: list[Statement]) -> Iterable[Statement]:
    """Yield the statements with whether others contradict them."""
    said: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for one in found:
        if one.is_decisive:
            said[one.key][one.assessor.iri].add(one.outcome.iri)
    for one in found:
        status = _status(said[one.key]) if one.is_decisive else OUTSIDE
        # Of an aspect others may have judged another part: that it is one voice says nothing.
        is_outside = status == ALONE and not one.is_of_aspect
        yield replace(one, status=OUTSIDE if is_outside else status)


def _status(said: Mapping[str, set[str]]) -> str:
    """Return how the outcomes of several assessors, on one aspect of one subject, go together."""
    if len(said) < 2:
        return ALONE
    apart = any(one.isdisjoint(other) for one, other in combinations(said.values(), 2))
    return CONFLICT if apart else AGREE


def _order(one: Statement) -> tuple[object, ...]:
    aspect = one.aspect.label if one.aspect else ""
    rest = (one.subject.label, one.subject.iri, one.assessor.label, one.criterion.iri)
    return not aspect, aspect, *rest, one.assertion.iri, one.match


def counts(found: Iterable[Statement]) -> tuple[int, int]:
    """Return how many conflicts there are, and how many aspects two assessors judged."""
    conflicts = {one.key for one in found if one.status == CONFLICT}
    agreed = {one.key for one in found if one.status == AGREE}
    return len(conflicts), len(conflicts | agreed)


def assessors(found: Iterable[Statement]) -> list[Thing]:
    """Return who assesses, by label."""
    return sorted({one.assessor for one in found}, key=lambda thing: (thing.label, thing.iri))


def ranking(graph: Graph) -> list[Rank]:
    """Return the models that two or more have assessed, those with most conflicts first.

    Our own rules count as an assessor only where they judge what somebody else does. Each model
    counts by itself: what was said of a version does not count for its family.
    """
    found = of_things(graph, _OUTCOMES, _solutions(graph, _JUDGED, {}))
    labels = graph.labels_in(found)
    said: dict[str, dict[str, dict[str, set[str]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(set))
    )
    who: dict[str, set[str]] = defaultdict(set)
    for row in found.rows:
        subject, criterion, aspect, assessor, outcome = (_plain(cell) for cell in row)
        who[subject].add(assessor)
        if compact(outcome) in _DECISIVE:
            said[subject][aspect or criterion][assessor].add(outcome)
    ranks = []
    for iri, names in who.items():
        states = [_status(by_assessor) for by_assessor in said[iri].values()]
        conflicts, agreed = states.count(CONFLICT), states.count(AGREE)
        if not conflicts + agreed and len(names - {expand(_RULES)}) < 2:
            continue
        people = sorted((Thing(name, labels.get(name) or compact(name)) for name in names), key=str)
        model = Thing(iri, labels.get(iri) or compact(iri))
        ranks.append(Rank(model, conflicts, conflicts + agreed, tuple(people)))
    return sorted(ranks, key=_rank_order)


def _rank_order(rank: Rank) -> tuple[object, ...]:
    share = rank.conflicts / rank.compared if rank.compared else 0.0
    return -rank.conflicts, -share, -rank.compared, rank.model.label, rank.model.iri


def document(model: Thing, found: list[Statement]) -> dict[str, Any]:
    """Return what assessors say as the JSON document of `openness disagree MODEL -f json`.

    `{"iri", "id", "label", "assessors", "conflicts", "compared", "statements": [{"aspect", "match",
    "subject", "assessor", "says", "outcome", "status", "criterion", "dates", "evidence", "source",
    "assertion"}]}`. A thing is `{"iri", "id", "label"}`; `aspect` may be null; `match` is a
    compact SKOS term or ""; `dates` and `evidence` are lists of text; `status` is `conflict`,
    `agree`, `no second assessor` or `not compared`.
    """
    conflicts, compared = counts(found)
    return model.to_dict() | {
        "assessors": [thing.to_dict() for thing in assessors(found)],
        "conflicts": conflicts,
        "compared": compared,
        "statements": [_statement_document(one) for one in found],
    }


def _statement_document(one: Statement) -> dict[str, Any]:
    return {
        "aspect": one.aspect.to_dict() if one.aspect else None,
        "match": one.match,
        "subject": one.subject.to_dict(),
        "assessor": one.assessor.to_dict(),
        "says": one.word,
        "outcome": one.outcome.to_dict(),
        "status": one.status,
        "criterion": one.criterion.to_dict(),
        "dates": list(one.dates),
        "evidence": list(one.evidence),
        "source": one.source.to_dict(),
        "assertion": one.assertion.to_dict(),
    }


def ranking_document(ranks: list[Rank]) -> dict[str, Any]:
    """Return the ranking as the JSON document of `openness disagree -f json`.

    `{"models": [{"model", "conflicts", "compared", "assessors"}]}`, the most contested first.
    """
    return {
        "models": [
            {
                "model": rank.model.to_dict(),
                "conflicts": rank.conflicts,
                "compared": rank.compared,
                "assessors": [thing.to_dict() for thing in rank.assessors],
            }
            for rank in ranks
        ]
    }


def _solutions(graph: Graph, text: str, values: Mapping[str, NamedNode]) -> Solutions:
    answer = graph.engine.query(text, values)
    assert isinstance(answer, Solutions)
    return answer


def of_things(graph: Graph, text: str, things: Solutions) -> Solutions:
    """Return what a query says of things, which stand in the one column of another's answer.

    Args:
        graph: what to ask.
        text: the query; `{things}` stands for the list of them in a VALUES clause.
        things: the answer of the other query.
    """
    found = Solutions([])
    terms = [str(cell) for (cell,) in things.rows if isinstance(cell, NamedNode)]
    for start in range(0, len(terms), _BATCH):
        block = " ".join(terms[start : start + _BATCH])
        part = _solutions(graph, text.replace("{things}", block), {})
        found = Solutions(part.variables, found.rows + part.rows)
    return found


def _plain(cell: Cell) -> str:
    """Return the whole IRI of a cell, or its text."""
    return "" if cell is None else cell.value
