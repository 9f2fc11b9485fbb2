"""May I? What the terms of a model, or a licence, say to one act of one person.

The answer rests on the clauses alone: a permission has to cover the act, and no prohibition may
apply to it. What a clause asks for and the question does not say makes the answer `only if`; what
has not been read makes it `unknown`, never `yes`. See docs/may.md for the order of the steps.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openness import lineage
from openness.clauses import DUTY, PERMISSION, PROHIBITION, Clause, Constraint, Library, Terms
from openness.graph import Graph
from openness.lineage import Grant, Subject
from openness.table import Thing
from openness.terms import ONT, PREFIXES, compact

YES: Final = "yes"
NO: Final = "no"
ONLY_IF: Final = "only if"
UNKNOWN: Final = "unknown"

_ODRL: Final = PREFIXES["odrl"]

ACTIONS: Final[dict[str, str]] = {
    "use": ONT + "run",
    "use-commercially": ONT + "useCommercially",
    "redistribute": _ODRL + "distribute",
    "modify": _ODRL + "derive",
    "fine-tune": ONT + "fineTune",
    "train-other-model": ONT + "improveOtherModel",
    "generate-training-data": ONT + "generateTrainingData",
    "host-as-a-service": ONT + "hostAsService",
    "rename-derivative": ONT + "renameDerivative",
}
"""The acts that can be asked about, and their terms in the ontology."""

TARGET_KINDS: Final = ("language-model", "other")
_OTHER_TARGET: Final = ONT + "improveModelOfOtherKind"
_LANGUAGE_TARGET: Final = ONT + "improveOtherModel"

_USERS: Final = ONT + "monthlyActiveUsers"
_REVENUE: Final = ONT + "annualRevenue"
_DOMICILE: Final = ONT + "domicile"
_PURPOSE: Final = _ODRL + "purpose"
_EVENT: Final = _ODRL + "event"


@dataclass(frozen=True)
class Question:
    """What somebody wants to do, and what they say of themselves.

    Attributes:
        action: one of ACTIONS.
        users: monthly active users.
        revenue: US dollars a year.
        country: the two-letter code of the domicile, in capitals.
        field: the IRI of a purpose.
        target_kind: one of TARGET_KINDS: of what kind the other model is that is trained.
        at: the day as of which the terms count.
    """

    action: str
    users: int | None = None
    revenue: int | None = None
    country: str | None = None
    field: str | None = None
    target_kind: str = TARGET_KINDS[0]
    at: datetime.date | None = None

    @property
    def acts(self) -> tuple[str, ...]:
        """The act, and what it consists in besides."""
        act = ACTIONS[self.action]
        target = _LANGUAGE_TARGET if self.target_kind == TARGET_KINDS[0] else _OTHER_TARGET
        if self.action == "train-other-model":
            return (target,)
        if self.action == "generate-training-data":
            return (act, target)
        return (act,)


@dataclass(frozen=True)
class Reason:
    """A clause that counts towards the answer, and how.

    Attributes:
        clause: the clause.
        says: in one line, what follows from it for the question.
        grant: whose terms it belongs to.
    """

    clause: Clause
    says: str
    grant: Grant


@dataclass(frozen=True)
class Ruling:
    """The answer for one subject.

    Attributes:
        subject: the model or licence.
        answer: YES, NO, ONLY_IF or UNKNOWN.
        decided_by: the clauses that decide it.
        conditions: what has to be the case, if the answer is ONLY_IF.
        duties: what has to be done, if it may be done at all.
        limits: to what ends it may not be done, or what else may not be done with it.
        missing: what would have to be known.
        notes: what a reader should know besides.
    """

    subject: Subject
    answer: str
    decided_by: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    duties: tuple[Reason, ...] = ()
    limits: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def rulings(
    graph: Graph, question: Question, thing: Thing, library: Library | None = None
) -> list[Ruling]:
    """Return the answer for a licence, a model, or each member of a family whose terms differ.

    Args:
        graph: where the facts are.
        question: the act and what is said of the person.
        thing: a model or a licence.
        library: the licences of the graph, if the caller asks more than once.
    """
    library = library or Library(graph)
    found = lineage.subjects(graph, thing, question.at)
    return [_rule(question, subject, library) for subject in found]


def overall(found: Sequence[Ruling]) -> str:
    """Return one answer to a question about a family: the common one, else what is left open."""
    answers = {ruling.answer for ruling in found}
    if len(answers) == 1:
        return answers.pop()
    return ONLY_IF if answers & {YES, ONLY_IF} else UNKNOWN


def _rule(question: Question, subject: Subject, library: Library) -> Ruling:
    """Merge what each of the terms that bind the subject says."""
    parts = [_by_grant(question, grant, library) for grant in subject.grants]
    answers = [part.answer for part in parts]
    answer = next(one for one in (NO, UNKNOWN, ONLY_IF, YES) if one in answers)
    decisive = [part for part in parts if part.answer == answer]
    notes = [note for part in parts for note in part.notes]
    if subject.cycle:
        notes.append("the lineage runs in a circle: " + " → ".join(m.label for m in subject.cycle))
    notes += lineage.conflict_lines(subject)
    return Ruling(
        subject,
        answer,
        _all(part.decided_by for part in decisive),
        _all(part.conditions for part in parts) if answer == ONLY_IF else (),
        _all(part.duties for part in parts) if answer != NO else (),
        _all(part.limits for part in parts) if answer != NO else (),
        _all(part.missing for part in parts) if answer == UNKNOWN else (),
        tuple(dict.fromkeys(notes)),
    )


def _all(groups: Iterable[tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))


@dataclass
class _Part:
    """What one set of terms says."""

    answer: str
    decided_by: tuple[Reason, ...] = ()
    conditions: tuple[str, ...] = ()
    duties: tuple[Reason, ...] = ()
    limits: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def _by_grant(question: Question, grant: Grant, library: Library) -> _Part:
    """Answer by the terms of one model; where sources differ on its licence, they must agree."""
    if not grant.options:
        return _Part(UNKNOWN, missing=(grant.missing,), notes=grant.notes)
    parts = []
    for terms in library.terms(option.licence.iri for option in grant.options):
        part = _Reading(question, grant, terms, library).part()
        parts.append(part)
    if len(parts) == 1:
        parts[0].notes = (*grant.notes, *parts[0].notes)
        return parts[0]
    names = " or ".join(
        f"{option.licence.label} ({', '.join(source.label for source in option.sources)})"
        for option in grant.options
    )
    note = f"sources differ on the licence of {grant.model.label}: {names}"
    answers = {part.answer for part in parts}
    answer = answers.pop() if len(answers) == 1 else UNKNOWN
    merged = {
        name: _all(getattr(part, name) for part in parts)
        for name in ("decided_by", "conditions", "duties", "limits", "missing")
    }
    if answer == UNKNOWN and not merged["missing"]:
        merged["missing"] = (f"which licence {grant.model.label} has",)
    return _Part(answer, **merged, notes=(*grant.notes, note))


@dataclass
class _Said:
    """What the prohibitions of a licence say to an act.

    Attributes:
        forbidding: those that apply, and nobody can lift.
        waivable: those that apply, unless the licensor grants a licence.
        open: those that apply or not by facts that the question leaves open.
        limits: those that narrow the act without forbidding it as such.
    """

    forbidding: list[Reason] = field(default_factory=list)
    waivable: list[Reason] = field(default_factory=list)
    open: list[Reason] = field(default_factory=list)
    limits: list[Reason] = field(default_factory=list)

    def asking(self, reasons: list[Reason]) -> tuple[tuple[Reason, ...], tuple[str, ...]]:
        """Return some clauses and what they depend on, with those that are open in any case."""
        both = list(dict.fromkeys([*reasons, *self.open]))
        return tuple(both), tuple(dict.fromkeys(reason.says for reason in both))


class _Reading:
    """One question put to one licence."""

    def __init__(self, question: Question, grant: Grant, terms: Terms, library: Library) -> None:
        self.question, self.grant, self.terms = question, grant, terms
        self.words = library.vocabulary
        self.acts = tuple(
            dict.fromkeys(
                one
                for act in question.acts
                for one in (act, *sorted(self.words.all_of("implies", act)))
            )
        )
        purposes = [
            purpose for act in self.acts for purpose in self.words.direct("hasPurpose", act)
        ]
        self.purposes = [*purposes, *([question.field] if question.field else [])]

    def part(self) -> _Part:
        """Return the answer: prohibitions first, then what is unread, then permissions."""
        said = self._prohibitions()
        if said.forbidding:
            return _Part(NO, tuple(said.forbidding))
        granted, lacking = self._permissions()
        duties, limits = tuple(self._duties(granted)), tuple(said.limits)
        if said.waivable:
            # Another licence would take the place of this one, and of whatever it incorporates.
            return _Part(ONLY_IF, *said.asking(said.waivable), duties, limits)
        if self.terms.unread:
            missing = tuple(f"a reading of {doc.label}, in full" for doc in self.terms.unread)
            return _Part(UNKNOWN, tuple(granted), (), duties, limits, missing)
        if lacking:
            names = ", ".join(compact(act).partition(":")[2] for act in lacking)
            note = f"{self.terms.licence.label} grants no right to {names}"
            return _Part(NO, tuple(granted), notes=(note,))
        if said.open:
            return _Part(ONLY_IF, *said.asking(said.open), duties, limits)
        return _Part(YES, tuple(granted), (), duties, limits)

    def _reason(self, clause: Clause, says: str) -> Reason:
        return Reason(clause, says, self.grant)

    def _prohibitions(self) -> _Said:
        """Return what the prohibitions say to the acts."""
        said = _Said()
        for clause in self.terms.of_kind(PROHIBITION):
            if not self._hits(clause):
                if self._is_narrower(clause):
                    said.limits.append(self._reason(clause, "not allowed with it"))
                continue
            left = self._open(clause)
            if left is None:
                unusual = [one for one in clause.constraints if one.presumed is False]
                said.limits += [
                    self._reason(clause, f"not if: {one.thing.label}") for one in unusual
                ]
                continue
            facts = [one for one in left if one.operand != _PURPOSE]
            if len(facts) < len(left):
                said.limits.append(self._reason(clause, "not to these ends"))
            elif facts:
                said.open.append(self._reason(clause, self._condition(clause, facts)))
            elif clause.waivable_by:
                condition = f"{clause.waivable_by.label} grants a licence for it"
                said.waivable.append(self._reason(clause, condition))
            else:
                said.forbidding.append(self._reason(clause, "forbids it"))
        return said

    def _hits(self, clause: Clause) -> bool:
        """Tell whether a clause speaks of one of the acts, or of a wider one."""
        return any(
            self.words.is_kind_of(act, other) for act in self.acts for other in clause.actions
        )

    def _is_narrower(self, clause: Clause) -> bool:
        """Tell whether a clause speaks of a special kind of the act."""
        return any(
            self.words.is_kind_of(other, act)
            for act in self.acts
            for other in clause.actions
            if other != act
        )

    def _open(self, clause: Clause) -> list[Constraint] | None:
        """Return the conditions that the question leaves open, or None if one does not hold."""
        left = []
        for constraint in clause.constraints:
            holds = self._holds(constraint)
            if holds is False:
                return None
            if holds is None:
                left.append(constraint)
        return left

    def _holds(self, constraint: Constraint) -> bool | None:
        """Tell whether a condition holds; None if the question does not say."""
        if constraint.presumed is not None:
            return constraint.presumed
        if constraint.operand == _USERS:
            return _compare(constraint, self.question.users)
        if constraint.operand == _REVENUE:
            return _compare(constraint, self.question.revenue)
        if constraint.operand == _DOMICILE:
            return self._is_domiciled(constraint)
        if constraint.operand == _PURPOSE:
            return self._is_purpose(constraint)
        return None

    def _is_domiciled(self, constraint: Constraint) -> bool | None:
        if self.question.country is None:
            return None
        countries = {
            code
            for value in constraint.values
            for code in (self.words.direct("coversCountry", value) or {value})
        }
        inside = self.question.country in countries
        return not inside if constraint.operator in ("isNoneOf", "neq") else inside

    def _is_purpose(self, constraint: Constraint) -> bool | None:
        """Tell whether a purpose in question is among those of a condition, or outside of them."""
        if constraint.operator in ("isNoneOf", "neq"):
            if any(self.words.is_purpose_of(one, constraint.values) for one in self.purposes):
                return False
            if any(self.words.excludes(one, constraint.values) for one in self.purposes):
                return True
            return None
        if any(self.words.is_purpose_of(one, constraint.values) for one in self.purposes):
            return True
        return None

    def _condition(self, clause: Clause, facts: list[Constraint]) -> str:
        """Return, in words, what must be the case for a prohibition not to apply."""
        condition = " or ".join(map(_negation, facts))
        if clause.waivable_by:
            condition += f", or {clause.waivable_by.label} grants a licence"
        return condition

    def _permissions(self) -> tuple[list[Reason], list[str]]:
        """Return the permissions that cover the acts, and the acts that none covers."""
        granted: list[Reason] = []
        lacking = []
        for act in self.acts:
            covering = [
                clause
                for clause in self.terms.of_kind(PERMISSION)
                if any(self.words.is_kind_of(act, other) for other in clause.actions)
                and self._open(clause) is not None
            ]
            granted += [self._reason(clause, "grants it") for clause in covering]
            if not covering:
                lacking.append(act)
        return list(dict.fromkeys(granted)), lacking

    def _duties(self, granted: Sequence[Reason]) -> Iterable[Reason]:
        """Yield the duties that fall due with the act, those of unused permissions left out."""
        used = {reason.clause.thing.iri for reason in granted}
        for clause in self.terms.of_kind(DUTY):
            if clause.condition_of and used.isdisjoint(clause.condition_of):
                continue
            left = self._open(clause)
            if left is None:
                continue
            triggers = [one for one in left if one.operand == _EVENT]
            if all(map(self._falls_due, triggers)):
                ifs = [f"if {one.thing.label}" for one in left if one.operand != _EVENT]
                when = ", ".join([*(one.thing.label for one in triggers), *ifs])
                yield self._reason(clause, when or "always")

    def _falls_due(self, trigger: Constraint) -> bool:
        return trigger.operator in ("eq", "isAnyOf") and any(
            self.words.is_kind_of(act, event) for act in self.acts for event in trigger.values
        )


def _compare(constraint: Constraint, number: int | None) -> bool | None:
    if number is None:
        return None
    limit = float(constraint.values[0])
    results = {
        "gt": number > limit,
        "gteq": number >= limit,
        "lt": number < limit,
        "lteq": number <= limit,
        "eq": number == limit,
        "neq": number != limit,
    }
    return results.get(constraint.operator)


_OPPOSITES: Final = {
    "gt": "at most",
    "gteq": "fewer than",
    "lt": "at least",
    "lteq": "more than",
}


def _negation(constraint: Constraint) -> str:
    """Return what must be the case for a condition not to hold, with how it is counted."""
    if constraint.operator in _OPPOSITES:
        kind = "monthly active users" if constraint.operand == _USERS else "annual revenue"
        amount = f"{float(constraint.values[0]):,.0f}"
        unit = f" {constraint.unit}" if constraint.unit else ""
        text = f"{kind}: {_OPPOSITES[constraint.operator]} {amount}{unit}"
        how = [constraint.reading] if constraint.reading else []
        if constraint.counted_on:
            how.append(f"Counted once, as of {constraint.counted_on}.")
        return f"{text} ({' '.join(how)})" if how else text
    return f"not: {constraint.thing.label}"


def document(
    question: Question, found: Sequence[Ruling], words: Any = lambda clause: None
) -> dict[str, Any]:
    """Return the answer as the JSON document of `openness may -f json`.

    `{"question": {…}, "answer", "rulings": [{"subject", "answer", "decidedBy": [reason],
    "conditions": [text], "duties": [reason], "limits": [reason], "missing": [text], "notes":
    [text], "terms": [{"model", "licences", "chain"}]}]}`. A reason is `{"clause", "place", "says",
    "reading", "document", "source", "model", "words"}`; things are `{"iri", "id", "label"}`; words
    are the exact words of the text, or null.

    Args:
        question: the question.
        found: the rulings.
        words: called with a clause, returns its exact words or None.
    """

    def reason(one: Reason) -> dict[str, Any]:
        return {
            "clause": one.clause.thing.to_dict(),
            "place": one.clause.place,
            "says": one.says,
            "reading": one.clause.reading,
            "document": one.clause.document.to_dict(),
            "source": one.clause.source.to_dict() if one.clause.source else None,
            "model": one.grant.model.to_dict(),
            "words": words(one.clause),
        }

    def grant(one: Grant) -> dict[str, Any]:
        return {
            "model": one.model.to_dict(),
            "licences": [option.licence.to_dict() for option in one.options],
            "chain": [
                {"relation": step.relation.to_dict(), "base": step.base.to_dict()}
                for step in one.chain
            ],
        }

    def ruling(one: Ruling) -> dict[str, Any]:
        return {
            "subject": one.subject.thing.to_dict(),
            "answer": one.answer,
            "decidedBy": [reason(r) for r in one.decided_by],
            "conditions": list(one.conditions),
            "duties": [reason(r) for r in one.duties],
            "limits": [reason(r) for r in one.limits],
            "missing": list(one.missing),
            "notes": list(one.notes),
            "terms": [grant(g) for g in one.subject.grants],
        }

    return {
        "question": {
            "action": question.action,
            "users": question.users,
            "revenue": question.revenue,
            "in": question.country,
            "field": compact(question.field) if question.field else None,
            "targetKind": question.target_kind,
            "at": question.at.isoformat() if question.at else None,
        },
        "answer": overall(found),
        "rulings": [ruling(one) for one in found],
    }
