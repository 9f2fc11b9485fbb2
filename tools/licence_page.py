"""The page docs/reference/licences.md: the licences that were read, and what follows from them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tables import table

from openness import matrix, why
from openness.clauses import DUTY, PERMISSION, PROHIBITION, Clause, Library
from openness.graph import Graph
from openness.table import Table, Thing
from openness.terms import slug
from openness.why import CANNOT_TELL, FAILED, PASSED, Verdict

SETS: Final = ("osd", "osaid-1.0")
MARKS: Final = {PASSED: "✓", FAILED: "✗", CANNOT_TELL: "?"}

_INTRODUCTION: Final = """\
# Licences

The licences that have been read clause by clause, by the ids under which `openness may` and
`openness why` know them. What they say, clause by clause: `openness ask clauses-of-licence`.

"""

_LEGEND: Final = """
✓ passed · ✗ failed · ? cannot tell. Verdicts are on the terms alone, and no legal advice.

"""

_UNDECIDED: Final = "\nWhere it says ?, for these reasons:\n\n"

_ACTS: Final = """
## Acts

What each licence says to each act, with nothing said of users, revenue, country or purpose
(`openness may --matrix`). A yes can come with duties and with limits on purposes;
[how an answer is reached](../may.md).

"""

_APPROVAL: Final = """
## Approval beside our verdicts

Approval by the Open Source Initiative is a fact that a source states; our verdicts by its
definition are derived from clauses. The two are compared here and not made to agree.
"""

_OUTCOMES: Final[Mapping[tuple[bool, str], tuple[str, str]]] = {
    (True, PASSED): (
        "Approved, and passes all that terms alone decide",
        "As expected. The criterion on source code is about what comes with the software, so no "
        "licence passes it by itself.",
    ),
    (True, CANNOT_TELL): (
        "Approved, and something is left open",
        "No clause fails a criterion, but the facts that we hold do not decide all of them; the "
        "reasons are under the table of verdicts. The initiative has more to go by than we have.",
    ),
    (True, FAILED): (
        "Approved, and a clause fails a criterion",
        "Approval and our reading disagree: the initiative weighs a text as a whole, while our "
        "rules take a clause at its word. One of the two deserves a second look.",
    ),
    (False, PASSED): (
        "Not approved, no failing clause found",
        "There is no approval in the graph, and nothing in the terms that our rules would fail. "
        "That no source states an approval is a fact about the graph and no more: a licence may "
        "never have been submitted, or have been withdrawn, or be missing from the list that was "
        "imported. It does not mean that it was rejected, and our verdict is no approval.",
    ),
    (False, CANNOT_TELL): (
        "Not approved, no failing clause found, something left open",
        "There is no approval in the graph, and what has been read fails nothing; but a document "
        "that is part of the terms is unread, or the facts leave a criterion open.",
    ),
    (False, FAILED): (
        "Not approved, with the clauses that fail",
        "There is no approval in the graph, and the rules show why one is not to be expected: each "
        "of these clauses fails the criterion beside it, whatever the others allow.",
    ),
}
"""The outcomes of the comparison, by approval and verdict: a heading, and what explains it."""

_TEXTS: Final = """
## Texts

What was read, policies that are part of a licence's terms included. Provisions are the numbered
parts into which the whole text was cut; one of them can hold several permissions, prohibitions and
duties, or none. The hash is the beginning of the text's SHA-256; the text itself does not ship.

"""

_APPROVED: Final = """
SELECT DISTINCT ?licence ?identifier ?isRead
WHERE {
  ?licence openness:isApprovedBy organization:open-source-initiative .
  OPTIONAL { ?licence dcterms:identifier ?identifier }
  OPTIONAL { ?licence odrl:profile ?profile }
  BIND(BOUND(?profile) AS ?isRead)
}
ORDER BY ?licence ?identifier
"""

_DEMANDS: Final = """
SELECT DISTINCT ?criterion ?demand
WHERE {
  ?criterion ?demand true .
  FILTER(?demand IN (openness:requiresMoreThanTerms, openness:requiresGrantToEveryone))
}
ORDER BY ?criterion ?demand
"""

_TO_EVERYONE: Final = """
SELECT DISTINCT ?licence
WHERE {
  ?licence odrl:permission ?clause .
  ?clause odrl:assignee odrl:All ; odrl:action odrl:distribute .
}
ORDER BY ?licence
"""

_DOCUMENTS: Final = """
SELECT ?licence ?sum (COUNT(DISTINCT ?provision) AS ?provisions)
WHERE {
  ?licence odrl:profile ?profile ; schema:encoding ?text .
  ?text schema:sha256 ?sum .
  ?provision oa:hasSource ?text ; schema:position ?position .
}
GROUP BY ?licence ?sum
ORDER BY ?licence ?sum
"""

_NAMES: Final = """
SELECT DISTINCT ?licence ?property ?name
WHERE {
  ?licence odrl:profile ?profile ; ?property ?name .
  FILTER(?property IN (dcterms:identifier, dcterms:publisher))
}
ORDER BY ?licence ?property ?name
"""

_SOURCES: Final = """
SELECT DISTINCT ?source ?address
WHERE { GRAPH graph:catalogue { ?source dcterms:source ?address } }
ORDER BY ?source ?address
"""


@dataclass(frozen=True)
class Reading:
    """What the graph says of the licences that have been read.

    Attributes:
        graph: the graph.
        library: its licences.
        acts: the matrix of licences and acts.
        verdicts: by set of criteria and licence.
        approved: the ids of approved licences, each with its identifier and whether it was read.
        demands: by criterion, what it asks for besides rights and the absence of limits.
        to_everyone: the licences that give rights to whoever gets a copy.
    """

    graph: Graph
    library: Library
    acts: matrix.Matrix
    verdicts: Mapping[str, Mapping[Thing, Sequence[Verdict]]]
    approved: Mapping[str, tuple[str, bool]]
    demands: Mapping[str, frozenset[str]]
    to_everyone: frozenset[str]

    @classmethod
    def of(cls, graph: Graph, library: Library) -> Reading:
        """Return the reading of a graph."""
        acts = matrix.matrix(graph)
        demands: dict[str, set[str]] = defaultdict(set)
        for row in _rows(graph, _DEMANDS):
            demands[row.criterion.iri].add(slug(row.demand.iri))
        return cls(
            graph,
            library,
            acts,
            {name: _verdicts(graph, library, acts.licences, name) for name in SETS},
            {
                row.licence.iri: (row.identifier or slug(row.licence.iri), row.isRead)
                for row in _rows(graph, _APPROVED)
            },
            {criterion: frozenset(found) for criterion, found in demands.items()},
            frozenset(row.licence.iri for row in _rows(graph, _TO_EVERYONE)),
        )

    def asks_more_than_terms(self, verdict: Verdict) -> bool:
        """Tell whether a criterion asks for something that no licence can give."""
        return "requiresMoreThanTerms" in self.demands.get(verdict.criterion.iri, ())


def page(graph: Graph, library: Library) -> str:
    """Return the page."""
    reading = Reading.of(graph, library)
    return (
        _INTRODUCTION
        + "\n".join(_verdict_table(reading, name) for name in SETS)
        + _ACTS
        + _act_table(reading)
        + _APPROVAL
        + "".join(_approval(reading))
        + _TEXTS
        + _text_table(reading)
    )


def _rows(graph: Graph, text: str) -> list[Any]:
    found = graph.query(text)
    assert isinstance(found, Table)
    return found.rows


def _verdicts(
    graph: Graph, library: Library, licences: Iterable[Thing], name: str
) -> dict[Thing, Sequence[Verdict]]:
    criteria = graph.find(name, "criteria")
    found: dict[Thing, Sequence[Verdict]] = {}
    for licence in licences:
        (explanation,) = why.explanations(graph, licence, criteria, library)
        found[licence] = explanation.verdicts
    return found


def _code(licence: Thing) -> str:
    return f"`{slug(licence.iri)}`"


def _verdict_table(reading: Reading, name: str) -> str:
    """Return the table of verdicts by one set of criteria, its legend, and why some are open."""
    found = reading.verdicts[name]
    criteria = next(iter(found.values()))
    key = ", ".join(f"{verdict.number} {verdict.criterion.label}" for verdict in criteria)
    rows = [[_code(one), *(MARKS[v.outcome] for v in verdicts)] for one, verdicts in found.items()]
    return (
        f"## Verdicts: {reading.graph.find(name, 'criteria').label}\n\n"
        + table(["licence", *(verdict.number for verdict in criteria)], rows)
        + _LEGEND
        + f"Criteria: {key}.\n"
        + _UNDECIDED
        + table(("criteria", "reason", "licences"), _undecided(reading, found))
    )


def _undecided(
    reading: Reading, found: Mapping[Thing, Sequence[Verdict]]
) -> Iterable[tuple[str, str, str]]:
    """Yield the numbers of criteria that are open for one reason, and the licences concerned."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for number, first in enumerate(next(iter(found.values()))):
        for licence, verdicts in found.items():
            if verdicts[number].outcome == CANNOT_TELL:
                for reason, detail in _reasons(reading, licence, verdicts[number]):
                    groups[first.number, reason].append(f"{_code(licence)}{detail}")
    merged: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (number_of, reason), licences in groups.items():
        named = "all" if len(licences) == len(found) else ", ".join(licences)
        merged[reason, named].append(number_of)
    for (reason, named), numbers in merged.items():
        yield ", ".join(numbers), reason, named


def _reasons(reading: Reading, licence: Thing, verdict: Verdict) -> Iterable[tuple[str, str]]:
    """Yield why a verdict on a licence is open, and what to name beside the licence."""
    if reading.asks_more_than_terms(verdict):
        yield "It asks for more than terms: what is released, and in which form, decides.", ""
        return
    clauses = [clause for proof in verdict.proofs for clause in proof.clauses]
    if clauses:
        places = "; ".join(clause.place for clause in clauses)
        yield "A clause withdraws the right in some cases.", f" ({places})"
    demands = reading.demands.get(verdict.criterion.iri, ())
    if "requiresGrantToEveryone" in demands and licence.iri not in reading.to_everyone:
        yield "The text gives rights to the one it addresses, not to whoever gets a copy.", ""
    (terms,) = reading.library.terms([licence.iri])
    if terms.unread:
        names = ", ".join(document.label for document in terms.unread)
        yield "A document that is part of the terms is unread.", f" ({names})"


def _act_table(reading: Reading) -> str:
    acts = reading.acts
    rows = [
        [_code(licence), *(acts.answers[licence, action] for action in acts.actions)]
        for licence in acts.licences
    ]
    return table(["licence", *acts.actions], rows)


def _approval(reading: Reading) -> Iterable[str]:
    """Yield a section for each outcome of the comparison that occurs, then what is unread."""
    groups: dict[tuple[bool, str], list[Thing]] = defaultdict(list)
    for licence, verdicts in reading.verdicts["osd"].items():
        outcomes = {v.outcome for v in verdicts if not reading.asks_more_than_terms(v)}
        worst = next(one for one in (FAILED, CANNOT_TELL, PASSED) if one in outcomes)
        groups[licence.iri in reading.approved, worst].append(licence)
    for key, (heading, explained) in _OUTCOMES.items():
        if licences := groups.get(key):
            yield f"\n### {heading} ({len(licences)})\n\n{explained}\n\n"
            yield _failures(reading, licences) if key[1] == FAILED else _listed(licences)
    unread = [name for name, is_read in reading.approved.values() if not is_read]
    yield f"\n### Approved, and not read by us ({len(unread)})\n\n"
    yield (
        "No rule can say anything of them but *cannot tell*. Licences that nobody has read or "
        "approved: `openness ask licences-without-clauses`.\n\n"
    )
    yield ", ".join(sorted(unread, key=str.lower)) + "\n"


def _listed(licences: Iterable[Thing]) -> str:
    return "".join(f"- {_code(licence)} {licence.label}\n" for licence in licences)


def _failures(reading: Reading, licences: Iterable[Thing]) -> str:
    rows = [
        (_code(licence), f"{verdict.number} {verdict.criterion.label}", _places(verdict))
        for licence in licences
        for verdict in reading.verdicts["osd"][licence]
        if verdict.outcome == FAILED
    ]
    return table(("licence", "criterion", "clauses"), rows)


def _places(verdict: Verdict) -> str:
    clauses = dict.fromkeys(clause for proof in verdict.proofs for clause in proof.clauses)
    return "; ".join(f"{clause.thing.label} ({clause.place})" for clause in clauses)


def _text_table(reading: Reading) -> str:
    """Return a row for each text: what it is, where it comes from, and what was found in it."""
    addresses = {row.source.iri: row.address for row in _rows(reading.graph, _SOURCES)}
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in _rows(reading.graph, _NAMES):
        names[row.licence.iri, slug(row.property.iri)].append(str(row.name))
    titles = ("id", "licence or policy", "identifier", "publisher", "document", "SHA-256")
    counts = ("provisions", "permissions", "prohibitions", "duties", "read on", "unread parts")
    rows = []
    for row in _rows(reading.graph, _DOCUMENTS):
        (terms,) = reading.library.terms([row.licence.iri])
        own = [clause for clause in terms.clauses if clause.document == row.licence]
        called = [", ".join(names[row.licence.iri, key]) for key in ("identifier", "publisher")]
        begin = [
            _code(row.licence),
            row.licence.label,
            *called,
            ", ".join(_sources(own, addresses)),
        ]
        unread = ", ".join(document.label for document in terms.unread)
        rows.append([*begin, f"`{row.sum[:12]}`", row.provisions, *_counts(own), unread])
    return table((*titles, *counts), rows)


def _counts(clauses: Sequence[Clause]) -> list[object]:
    """Return how many permissions, prohibitions and duties there are, and when they were read."""
    days = sorted({clause.read_on for clause in clauses if clause.read_on})
    kinds = [
        sum(clause.kind == kind for clause in clauses) for kind in (PERMISSION, PROHIBITION, DUTY)
    ]
    return [*kinds, " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""]


def _sources(clauses: Iterable[Clause], addresses: Mapping[str, Any]) -> Iterable[str]:
    """Yield the documents that clauses were read in, each as a link where it has an address."""
    for source in dict.fromkeys(clause.source for clause in clauses if clause.source):
        address = addresses.get(source.iri)
        address = address.iri if isinstance(address, Thing) else address
        yield f"[{source.label}]({address})" if address else source.label
