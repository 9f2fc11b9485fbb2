"""The shortest chains of relations between two things, walked in either direction.

The search grows from both ends, the smaller side first, one query for some hundred things of a
step; so it reads only what lies between them, from whatever engine. A membership is one step, from
the member to the organization; what is a record rather than a thing is no stop on the way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyoxigraph import Literal, NamedNode

from openness import lookup
from openness.engine.base import Cell, Engine, Solutions
from openness.errors import UsageError, did_you_mean
from openness.graph import Graph
from openness.table import Thing
from openness.terms import CATALOGUE, DERIVED, GRAPH, ID, KINDS, PREFIXES, compact, expand

if TYPE_CHECKING:
    from openness.view_graph import ViewGraph

LEFT_OUT: Final = (
    "access",
    "agent",
    "area",
    "aspect",
    "assertion",
    "association",
    "classification",
    "mapping",
    "measurement",
    "metric",
    "result",
    "role",
    "rule",
    "run",
    "selector",
    "status",
    "text",
    "topic",
    compact(CATALOGUE),
    compact(DERIVED),
    "dcterms:type",
    "prov:wasAttributedTo",
    "rdf:type",
)
"""Kinds, sources and relations that no chain goes through unless it is asked for.

They join nearly everything to nearly everything: records of an assessment, topics and attributes
that many share, the editors who read a clause, and what rules derive.
"""
COLUMNS: Final = ("chain", "step", "thing", "direction", "relation", "next", "via", "source")
MAX_LENGTH: Final = 6
SHOWN: Final = 10
"""How many of the shortest chains are listed unless all are wanted."""

_MEMBER_OF: Final = PREFIXES["org"] + "memberOf"
_MEMBERSHIP: Final = ("membership", "org:member", "org:organization", "org:memberOf", "member of")
"""Words for the step that a membership is."""
_BATCH: Final = 300

_STEPS: Final = """
SELECT DISTINCT ?subject ?relation ?object ?source ?via ?role ?until
WHERE {{
  {{
    VALUES ?here {{ {here} }}
    GRAPH ?source {{ ?here ?relation ?there }}
    BIND(?here AS ?subject) BIND(?there AS ?object)
  }} UNION {{
    VALUES ?here {{ {here} }}
    GRAPH ?source {{ ?there ?relation ?here }}
    BIND(?there AS ?subject) BIND(?here AS ?object)
  }} UNION {{
    VALUES ?here {{ {here} }}
    GRAPH ?source {{ ?via org:member ?here }}
    ?via org:organization ?there .
    OPTIONAL {{ ?via org:role/rdfs:label ?role }}
    OPTIONAL {{ ?via schema:endDate ?until }}
    BIND(org:memberOf AS ?relation) BIND(?here AS ?subject) BIND(?there AS ?object)
  }} UNION {{
    VALUES ?here {{ {here} }}
    GRAPH ?source {{ ?via org:organization ?here }}
    ?via org:member ?there .
    OPTIONAL {{ ?via org:role/rdfs:label ?role }}
    OPTIONAL {{ ?via schema:endDate ?until }}
    BIND(org:memberOf AS ?relation) BIND(?there AS ?subject) BIND(?here AS ?object)
  }}
  FILTER(ISIRI(?there))
  FILTER(?there IN ({ends}) || ({wanted}))
  {filters}
}}
ORDER BY ?subject ?relation ?object ?source ?via ?role ?until
"""


@dataclass(frozen=True)
class Wish:
    """Which chains are wanted.

    Attributes:
        max_length: how many relations a chain may have.
        avoid: things, relations, kinds or sources that no chain goes through, as a person says.
        through: words of `LEFT_OUT` that chains may go through all the same.
        shown: how many chains to list at most; None for all of the shortest.
    """

    max_length: int = MAX_LENGTH
    avoid: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    shown: int | None = SHOWN


@dataclass(frozen=True)
class Relation:
    """A relation between two neighbours in a chain.

    Attributes:
        iri: the relation.
        forward: whether it leads from the earlier to the later of the two.
        via: the membership that it sums up, if any.
        note: the role in it and its end, if a source says so.
        sources: the named graphs that say so.
    """

    iri: str
    forward: bool
    via: str = ""
    note: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """Two neighbours in a chain, and all that relates them."""

    here: str
    there: str
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class Paths:
    """The shortest chains from one thing to another.

    Attributes:
        start: where they begin.
        end: where they end.
        wish: what was asked for.
        total: how many shortest chains there are.
        chains: those that are shown, each a row of steps; ordered by the ids on the way.
        labels: the labels of all that occurs in them.
    """

    start: Thing
    end: Thing
    wish: Wish
    total: int = 0
    chains: tuple[tuple[Step, ...], ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def length(self) -> int:
        """How many relations each chain has; 0 if there is none."""
        return len(self.chains[0]) if self.chains else 0


def between(graph: Graph, start: str, end: str, wish: Wish | None = None) -> Paths:
    """Return the shortest chains between two things, as a person would write them.

    Raises:
        NotFoundError: if there is no such thing.
        UsageError: if both are the same thing, or a word to avoid means several.
    """
    wish = wish or Wish()
    ends = (graph.find(start), graph.find(end))
    if ends[0].iri == ends[1].iri:
        raise UsageError(f"“{start}” and “{end}” are one thing, {ends[0].id}.")
    search = _Search(graph.engine, (ends[0].iri, ends[1].iri), _rules(graph.engine, wish, ends))
    if not search.run(wish.max_length):
        return Paths(*ends, wish)
    ways = _Ways(search.links, ends[0].iri, ends[1].iri)
    chains = tuple(
        tuple(_step(search.links, *pair) for pair in itertools.pairwise(way))
        for way in itertools.islice(ways.walk(ends[0].iri), wish.shown)
    )
    found = Paths(*ends, wish, ways.count(ends[0].iri), chains)
    return Paths(*ends, wish, found.total, chains, graph.labels(_mentioned(found)))


def _mentioned(paths: Paths) -> set[str]:
    iris = {iri for chain in paths.chains for step in chain for iri in (step.here, step.there)}
    for relation in _relations(paths):
        iris |= {relation.iri, *relation.sources, *filter(None, [relation.via])}
    return iris


def _relations(paths: Paths) -> list[Relation]:
    return [one for chain in paths.chains for step in chain for one in step.relations]


# What no chain goes through


def _rules(engine: Engine, wish: Wish, ends: Sequence[Thing]) -> dict[str, set[str]]:
    """Return what no chain goes through: kinds, relations, sources and things.

    Raises:
        NotFoundError: if a word means nothing.
        UsageError: if an end is to be avoided, or a word of `through` is not left out anyway.
    """
    rules: dict[str, set[str]] = {"kind": set(), "relation": set(), "source": set(), "thing": set()}
    for word in wish.through:
        if _in_short(word) not in LEFT_OUT:
            hint = did_you_mean(word, list(LEFT_OUT))
            raise UsageError(f"--through takes {', '.join(LEFT_OUT)}, not “{word}”.{hint}")
    through = {_in_short(word) for word in wish.through}
    for word in [*(word for word in LEFT_OUT if word not in through), *wish.avoid]:
        sort, value = _meaning(engine, word)
        if value in [end.iri for end in ends]:
            raise UsageError(f"No chain can avoid where it begins or ends: {compact(value)}.")
        rules[sort].add(value)
    return rules


def _in_short(word: str) -> str:
    word = word.strip().lower() if ":" not in word else compact(expand(word) or word)
    return f"graph:{word}" if f"graph:{word}" in LEFT_OUT else word


def _meaning(engine: Engine, word: str) -> tuple[str, str]:
    """Return whether a word is a kind, a relation, a source or a thing, and its id or IRI."""
    word = word.strip()
    if word.lower() in _MEMBERSHIP or (expand(word) or word) in (_MEMBER_OF, "memberOf"):
        return "relation", _MEMBER_OF
    if word.lower() in KINDS:
        return "kind", word.lower()
    if word in LEFT_OUT:
        iri = expand(word) or word
        return ("source" if iri.startswith(GRAPH) else "relation"), iri
    relation = _relation(engine, word)
    if relation:
        return "relation", relation
    iri = lookup.resolve(engine, word)
    return ("source" if iri.startswith(GRAPH) else "thing"), iri


def _relation(engine: Engine, word: str) -> str | None:
    """Return the relation that has an IRI, a local name in the known namespaces, or a label."""
    candidates = [expand(word)] if expand(word) else [start + word for start in PREFIXES.values()]
    try:
        block = " ".join(str(NamedNode(iri)) for iri in candidates if iri)
    except ValueError:
        block = ""
    found = engine.query(
        f"SELECT DISTINCT ?it WHERE {{ {{ VALUES ?it {{ {block} }} }} UNION"
        " { GRAPH graph:ontology { ?it rdfs:label ?label } FILTER(LCASE(STR(?label)) = ?_label) }"
        " FILTER EXISTS { ?subject ?it ?object } } ORDER BY ?it",
        {"_label": Literal(word.lower())},
    )
    assert isinstance(found, Solutions)
    iris = [cell.value for (cell,) in found.rows if isinstance(cell, NamedNode)]
    if len(iris) > 1:
        raise UsageError(f"“{word}” may mean {', '.join(map(compact, iris))}.")
    return iris[0] if iris else None


def _conditions(rules: Mapping[str, set[str]], ends: Iterable[str]) -> dict[str, str]:
    """Return the parts of the query that keep to the rules."""
    wanted = [f'STRSTARTS(STR(?there), "{ID}")']
    wanted += [f'!STRSTARTS(STR(?there), "{ID}{kind}/")' for kind in sorted(rules["kind"])]
    # A membership is walked as one step, and is itself a stop only where a chain begins or ends.
    wanted.append(f'!STRSTARTS(STR(?there), "{ID}membership/")')
    filters = []
    for variables, iris in (
        (("relation",), rules["relation"]),
        (("source",), rules["source"]),
        (("there", "via"), rules["thing"]),
    ):
        listed = ", ".join(str(NamedNode(iri)) for iri in sorted(iris))
        for name in variables if iris else ():
            tested = f"COALESCE(?{name}, ?there)" if name == "via" else f"?{name}"
            filters.append(f"FILTER({tested} NOT IN ({listed}))")
    return {
        "ends": ", ".join(str(NamedNode(iri)) for iri in ends),
        "wanted": " && ".join(wanted),
        "filters": "\n  ".join(filters),
    }


# The search


class _Search:
    """Grows from both ends until the two sides meet.

    `links` holds what was read: two neighbours may have several relations, each an edge whose key
    is the relation and the membership that it sums up.
    """

    def __init__(
        self, engine: Engine, ends: tuple[str, str], rules: Mapping[str, set[str]]
    ) -> None:
        import networkx

        self.engine = engine
        self.links = networkx.MultiDiGraph()
        self.links.add_nodes_from(ends)
        self._conditions = _conditions(rules, ends)
        self._reached = [{end} for end in ends]
        self._edge = [[end] for end in ends]

    def run(self, max_length: int) -> bool:
        """Return whether there is a chain of at most so many relations."""
        for _ in range(max_length):
            side = 0 if len(self._edge[0]) <= len(self._edge[1]) else 1
            found = self._neighbours(self._edge[side]) - self._reached[side]
            if found & self._reached[1 - side]:
                return True
            if not found:
                return False
            self._reached[side] |= found
            self._edge[side] = sorted(found)
        return False

    def _neighbours(self, things: Sequence[str]) -> set[str]:
        """Read the relations of some things, and return all that they relate to."""
        found: set[str] = set()
        for start in range(0, len(things), _BATCH):
            here = " ".join(str(NamedNode(iri)) for iri in things[start : start + _BATCH])
            answer = self.engine.query(_STEPS.format(here=here, **self._conditions))
            assert isinstance(answer, Solutions)
            for row in answer.rows:
                found |= self._add(row)
        return found

    def _add(self, row: tuple[Cell, ...]) -> set[str]:
        subject, relation, target, source, via, role, until = (
            getattr(cell, "value", "") for cell in row
        )
        key = (relation, via)
        if not self.links.has_edge(subject, target, key):
            self.links.add_edge(subject, target, key, sources=set(), roles=set(), until=until)
        data = self.links.edges[subject, target, key]
        data["sources"].add(source)
        data["roles"] |= {role} if role else set()
        return {subject, target}


class _Ways:
    """The shortest ways through what was read, in the order of the ids on them."""

    def __init__(self, links: Any, start: str, end: str) -> None:
        import networkx

        plain = networkx.Graph(links)
        self._near = {node: sorted(plain[node]) for node in plain}
        self._far = networkx.single_source_shortest_path_length(plain, end)
        self._end = end
        self.count = cache(self._count)

    def _next(self, node: str) -> list[str]:
        return [n for n in self._near[node] if self._far.get(n) == self._far[node] - 1]

    def walk(self, node: str) -> Iterator[tuple[str, ...]]:
        """Yield the ways from a node to the end."""
        if node == self._end:
            yield (node,)
        for near in self._next(node):
            for rest in self.walk(near):
                yield (node, *rest)

    def _count(self, node: str) -> int:
        """Return how many ways lead from a node to the end, without walking them."""
        return 1 if node == self._end else sum(self.count(near) for near in self._next(node))


def _step(links: Any, here: str, there: str) -> Step:
    found = []
    for subject, target in ((here, there), (there, here)):
        for (relation, via), data in (links.get_edge_data(subject, target) or {}).items():
            ended = [f"until {data['until']}"] if data["until"] else []
            note = " ".join([", ".join(sorted(data["roles"])), *ended]).strip()
            sources = tuple(sorted(data["sources"]))
            found.append(Relation(relation, subject == here, via, note, sources))
    return Step(here, there, tuple(sorted(found, key=lambda r: (not r.forward, r.iri, r.via))))


# What is made of it


def name_of(relation: Relation, labels: Mapping[str, str]) -> str:
    """Return what a relation is called, with the role that a membership has."""
    known = "member of" if relation.iri == _MEMBER_OF else labels.get(relation.iri)
    return (known or compact(relation.iri)) + (f" ({relation.note})" if relation.note else "")


def solutions(paths: Paths) -> Solutions:
    """Return the chains as a table: a row for each source of each relation of each step.

    `direction` is `of` where the relation leads from `thing` to `next`, and `to` where it leads
    the other way; `via` is the membership that a step sums up.
    """
    rows: list[tuple[Cell, ...]] = [
        (
            Literal(number),
            Literal(place),
            NamedNode(step.here),
            Literal("of" if relation.forward else "to"),
            NamedNode(relation.iri),
            NamedNode(step.there),
            NamedNode(relation.via) if relation.via else None,
            NamedNode(source),
        )
        for number, chain in enumerate(paths.chains, 1)
        for place, step in enumerate(chain, 1)
        for relation in step.relations
        for source in relation.sources
    ]
    return Solutions(list(COLUMNS), rows)


def document(paths: Paths) -> dict[str, Any]:
    """Return the chains as the JSON document of `openness path -f json`.

    `{"from", "to", "length", "total", "chains": [[{"thing", "next", "relations": [{"relation",
    "direction", "note", "via", "sources"}]}]]}`, where a thing is `{"iri", "id", "label"}`.
    """

    def thing(iri: str) -> dict[str, str]:
        return Thing(iri, paths.labels.get(iri) or compact(iri)).to_dict()

    def relation(one: Relation) -> dict[str, Any]:
        return {
            "relation": thing(one.iri) | {"label": name_of(one, paths.labels)},
            "direction": "of" if one.forward else "to",
            "note": one.note or None,
            "via": thing(one.via) if one.via else None,
            "sources": [thing(source) for source in one.sources],
        }

    def step(one: Step) -> dict[str, Any]:
        related = [relation(each) for each in one.relations]
        return {"thing": thing(one.here), "next": thing(one.there), "relations": related}

    return {
        "from": paths.start.to_dict(),
        "to": paths.end.to_dict(),
        "length": paths.length,
        "total": paths.total,
        "chains": [[step(one) for one in chain] for chain in paths.chains],
    }


def drawing(graph: Graph, paths: Paths) -> ViewGraph:
    """Return the chains that are shown as a view, which draws itself from left to right.

    An edge that leads from the later to the earlier of its ends has the attribute `backward`.
    """
    from openness import surroundings, view_answer, views
    from openness.queries import SavedQuery
    from openness.view_graph import ViewGraph

    found = ViewGraph()
    for step in dict.fromkeys(step for chain in paths.chains for step in chain):
        for iri in (step.here, step.there):
            if compact(iri) not in found:
                found.add_thing(compact(iri), iri=iri, label=paths.labels.get(iri))
        _draw_step(found, step, paths.labels)
    title = f"From {paths.start.label} to {paths.end.label}"
    about = "The shortest chains of relations between two things."
    view = views.View(
        SavedQuery("path", "views", Path(), "", title, about),
        kinds=views.find("neighbourhood").kinds,
        direction="right",
        legend=_told(paths),
    )
    view_answer.finish(graph.engine, view, found, views.Limits(max_nodes=len(found)), None)
    found.graph["roots"] = [paths.start.id, paths.end.id]
    return surroundings.attach(graph.engine, found)


def _draw_step(found: ViewGraph, step: Step, labels: Mapping[str, str]) -> None:
    """Add an edge for each relation of a step; several memberships of one are one edge."""
    for key, same in itertools.groupby(step.relations, key=lambda one: (one.forward, one.iri)):
        forward, relation = key
        several = list(same)
        notes = "; ".join(one.note for one in several if one.note)
        ends = (step.here, step.there) if forward else (step.there, step.here)
        found.add_relation(
            compact(ends[0]),
            compact(relation),
            compact(ends[1]),
            [labels.get(source) or compact(source) for one in several for source in one.sources],
            iri=relation,
            label=notes or name_of(several[0], labels),
            backward=None if forward else True,
        )


def _told(paths: Paths) -> str:
    many = f"{paths.total:,} chains" if paths.total > 1 else "One chain"
    shown = f", of which {len(paths.chains):,} are shown" if paths.total > len(paths.chains) else ""
    relations = "relation" if paths.length == 1 else "relations"
    return f"{many} of {paths.length} {relations}{shown}; an arrow says which way a relation goes."
