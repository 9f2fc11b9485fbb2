"""Measures of networks: what SPARQL has no word for, computed by NetworkX from a query's edges.

A saved query whose header has a `measure` selects the edges of a network, and its answer is the
table of one of `MEASURES` instead. Its header says

    measure: {function: centrality, of: [member, group], by: $by, shown: member, rows: $limit}

where `of` names the two columns between which an edge runs and the other words are options; an
option is a value or, written `$name`, one of the query's parameters. `rows` (how many there are at
most) and `shown` (only rows with a thing from that column) are options of every measure. The
header's `columns` name those of the measure, in its order.

Every answer has a total order and is the same each time: things are numbered by their IRIs, and
what rests on chance has a fixed seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from pyoxigraph import Literal, NamedNode

from openness.engine.base import Cell, Solutions
from openness.errors import BrokenFileError, UsageError, did_you_mean
from openness.sparql.binding import Bindable
from openness.terms import PREFIXES

Row: TypeAlias = tuple[Cell, ...]

_SEED: Final = 20_230_718
_EXACT: Final = 2_000
_SAMPLE: Final = 500
"""Betweenness is exact up to so many things, and beyond estimated from a sample of them."""
_PLACES: Final = 6


@dataclass(frozen=True)
class Kind:
    """A measure: what it computes and what its table holds.

    Attributes:
        about: what it says, in one sentence.
        columns: what its columns hold, in their order.
        options: those of its own with the values they take; the first is the default. An option
            without values takes a thing, and is needed.
    """

    about: str
    columns: tuple[str, ...]
    compute: Callable[[_Network, Mapping[str, str]], list[Row]]
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """What the header of a saved query says of its measure.

    Attributes:
        function: the name of one of `MEASURES`.
        of: the columns of the query between which an edge runs.
        options: values, or parameters as `$name`.
        columns: the columns of the answer.
    """

    function: str
    of: tuple[str, str]
    options: Mapping[str, str]
    columns: tuple[str, ...]


def read(
    path: Path, entry: Any, columns: Iterable[str], parameters: Mapping[str, tuple[str, ...]]
) -> Measure:
    """Return the measure that a header names.

    Args:
        path: the file, for what is said of its defects.
        entry: the value of `measure` in the header.
        columns: the columns that the header explains.
        parameters: the choices of each parameter of the query.

    Raises:
        BrokenFileError: if there is no such measure or option, or the columns are too many or few.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("function"), str):
        raise BrokenFileError(f"{path}: measure maps function, of and options to their values.")
    name = entry["function"]
    if name not in MEASURES:
        hint = did_you_mean(name, list(MEASURES))
        raise BrokenFileError(f"{path}: measure is one of {', '.join(MEASURES)}, not {name}.{hint}")
    of, kind, columns = entry.get("of"), MEASURES[name], tuple(columns)
    if not isinstance(of, list) or len({*map(str, of)}) != 2:
        raise BrokenFileError(f"{path}: measure has of: [one column, another].")
    if len(columns) != len(kind.columns):
        meant = "; ".join(kind.columns)
        raise BrokenFileError(f"{path}: {name} has {len(kind.columns)} columns: {meant}.")
    options = {str(k): str(v) for k, v in entry.items() if k not in ("function", "of")}
    _require_options(path, kind, options, [str(one) for one in of], parameters)
    return Measure(name, (str(of[0]), str(of[1])), options, columns)


def _require_options(
    path: Path,
    kind: Kind,
    options: Mapping[str, str],
    of: Sequence[str],
    parameters: Mapping[str, tuple[str, ...]],
) -> None:
    """Refuse an option that the measure does not have, or with a value that it does not take."""
    known = {"rows": (), "shown": tuple(of)} | dict(kind.options)
    for name, value in options.items():
        if name not in known:
            hint = did_you_mean(name, list(known))
            raise BrokenFileError(f"{path}: measure has no option {name}.{hint}")
        parameter = value.removeprefix("$") if value.startswith("$") else None
        if parameter is not None and parameter not in parameters:
            raise BrokenFileError(f"{path}: measure takes {value}, which is no parameter.")
        values = (value,) if parameter is None else parameters[parameter]
        wrong = [one for one in values if known[name] and one not in known[name]]
        if wrong or (known[name] and not values):
            raise BrokenFileError(f"{path}: {name} of the measure is {' or '.join(known[name])}.")
        if name == "rows" and parameter is None and not value.isdigit():
            raise BrokenFileError(f"{path}: rows of the measure is a number, not {value}.")
    for name, values in kind.options.items():
        if not values and name not in options:
            raise BrokenFileError(f"{path}: the measure needs {name}.")


def answer(measure: Measure, edges: Solutions, bound: Mapping[str, Bindable]) -> Solutions:
    """Return the table of a measure.

    Args:
        measure: what the header says.
        edges: the query's own answer; rows in which an end is no thing are no edges.
        bound: the terms for the query's parameters, by variable.

    Raises:
        UsageError: if the query does not select the ends, or the number of rows is negative.
    """
    missing = [name for name in measure.of if name not in edges.variables]
    if missing:
        raise UsageError(f"The measure {measure.function} is of ?{missing[0]}: select it.")
    kind = MEASURES[measure.function]
    options = {name: values[0] for name, values in kind.options.items() if values}
    for name, value in measure.options.items():
        term = bound.get(f"_{value[1:]}") if value.startswith("$") else Literal(value)
        if term is not None:
            options[name] = term.value
    network = _Network(edges, measure.of)
    rows = kind.compute(network, options)
    if "shown" in options:
        wanted = network.ends[measure.of.index(options["shown"])]
        rows = [
            row for row in rows if any(isinstance(c, NamedNode) and c.value in wanted for c in row)
        ]
    return Solutions(list(measure.columns), rows[: _count(options.get("rows"))])


def _count(rows: str | None) -> int | None:
    if rows is None:
        return None
    if int(rows) < 0:
        raise UsageError(f"There are no {rows} rows; give a number from 0 on.")
    return int(rows)


class _Network:
    """The edges of an answer as graphs of numbers, which are the places of the IRIs in order.

    Numbers and not IRIs, because the order in which a set of text is walked changes from run to
    run. Edges of one pair count as one, and an edge from a thing to itself does not count.
    """

    def __init__(self, edges: Solutions, of: tuple[str, str]) -> None:
        import networkx

        places = [edges.variables.index(name) for name in of]
        ends = [(row[places[0]], row[places[1]]) for row in edges.rows]
        pairs = {
            (subject.value, target.value)
            for subject, target in ends
            if isinstance(subject, NamedNode) and isinstance(target, NamedNode)
        }
        self.ends = ({subject for subject, _ in pairs}, {target for _, target in pairs})
        self.iris = sorted(self.ends[0] | self.ends[1])
        self.number = {iri: number for number, iri in enumerate(self.iris)}
        self.directed = networkx.DiGraph()
        self.directed.add_nodes_from(range(len(self.iris)))
        self.directed.add_edges_from(
            sorted((self.number[s], self.number[t]) for s, t in pairs if s != t)
        )
        self.plain = networkx.Graph()
        self.plain.add_nodes_from(range(len(self.iris)))
        self.plain.add_edges_from(sorted(tuple(sorted(edge)) for edge in self.directed.edges))

    def __len__(self) -> int:
        return len(self.iris)

    def thing(self, number: int) -> NamedNode:
        """Return the thing of a number."""
        return NamedNode(self.iris[number])

    def parts(self) -> list[list[int]]:
        """Return the connected parts, the largest first, then by their first thing."""
        import networkx

        return _ordered(networkx.connected_components(self.plain))


def _ordered(groups: Iterable[Iterable[int]]) -> list[list[int]]:
    return sorted(map(sorted, groups), key=lambda group: (-len(group), group))


def _decimal(value: float) -> Literal:
    """Return a number to six places, so that it is the same on every machine."""
    exact = Decimal(f"{value:.{_PLACES}f}").normalize()
    return Literal(f"{exact:f}", datatype=NamedNode(PREFIXES["xsd"] + "decimal"))


# What each measure computes


def _centrality(network: _Network, options: Mapping[str, str]) -> list[Row]:
    scores = _SCORES[options["by"]](network)
    degree = dict(network.plain.degree())
    ranked = sorted(scores, key=lambda n: (-round(scores[n], _PLACES), -degree[n], n))
    return [(network.thing(n), _decimal(scores[n]), Literal(degree[n])) for n in ranked]


def _degree(network: _Network) -> dict[int, float]:
    import networkx

    scores: dict[int, float] = networkx.degree_centrality(network.plain)
    return scores


def _betweenness(network: _Network) -> dict[int, float]:
    import networkx

    sample = None if len(network) <= _EXACT else _SAMPLE
    scores: dict[int, float] = networkx.betweenness_centrality(network.plain, sample, seed=_SEED)
    return scores


def _closeness(network: _Network) -> dict[int, float]:
    import networkx

    scores: dict[int, float] = networkx.closeness_centrality(network.plain)
    return scores


def _pagerank(network: _Network) -> dict[int, float]:
    """Return PageRank along the edges' direction; NetworkX's own needs SciPy."""
    damping, size = 0.85, len(network)
    ranks = dict.fromkeys(network.directed, 1 / size if size else 0.0)
    for _ in range(200):
        lost = math.fsum(r for n, r in ranks.items() if not network.directed.out_degree(n))
        base = (1 - damping + damping * lost) / size
        new = {
            node: base
            + damping
            * math.fsum(
                ranks[near] / network.directed.out_degree(near)
                for near in network.directed.predecessors(node)
            )
            for node in network.directed
        }
        change = math.fsum(abs(new[node] - ranks[node]) for node in ranks)
        ranks = new
        if change < 10 ** -(_PLACES + 3):
            break
    return ranks


def _reach(network: _Network) -> dict[int, float]:
    """Return how many others lead to each thing, directly or not."""
    import networkx

    return {n: float(len(networkx.ancestors(network.directed, n))) for n in network.directed}


_SCORES: Final[dict[str, Callable[[_Network], dict[int, float]]]] = {
    "betweenness": _betweenness,
    "degree": _degree,
    "closeness": _closeness,
    "pagerank": _pagerank,
    "reach": _reach,
}


def _communities(network: _Network, options: Mapping[str, str]) -> list[Row]:
    from networkx.algorithms import community

    if not network.plain.size():
        found: Iterable[Iterable[int]] = [[node] for node in network.plain]
    elif options["by"] == "louvain":
        found = community.louvain_communities(network.plain, seed=_SEED)
    else:
        found = community.greedy_modularity_communities(network.plain)
    rows: list[Row] = []
    for number, group in enumerate(_ordered(found), 1):
        inner = dict(network.plain.subgraph(group).degree())
        for node in sorted(group, key=lambda n: (-inner[n], n)):
            outer = network.plain.degree(node) - inner[node]
            rows.append((Literal(number), network.thing(node), *map(Literal, (inner[node], outer))))
    return rows


def _components(network: _Network, options: Mapping[str, str]) -> list[Row]:
    return [
        (Literal(number), network.thing(node), Literal(len(part)))
        for number, part in enumerate(network.parts(), 1)
        for node in part
    ]


def _bridges(network: _Network, options: Mapping[str, str]) -> list[Row]:
    import networkx

    rows = []
    for one, other in networkx.bridges(network.plain):
        cut = network.plain.copy()
        cut.remove_edge(one, other)
        sides = [len(networkx.node_connected_component(cut, end)) for end in (one, other)]
        ends = (one, other) if network.directed.has_edge(one, other) else (other, one)
        rows.append((min(sides), *ends))
    ranked = sorted(rows, key=lambda row: (-row[0], row[1:]))
    return [(network.thing(s), network.thing(t), Literal(lost)) for lost, s, t in ranked]


def _cut_points(network: _Network, options: Mapping[str, str]) -> list[Row]:
    import networkx

    rows = []
    for node in networkx.articulation_points(network.plain):
        whole = networkx.node_connected_component(network.plain, node) - {node}
        parts = _ordered(networkx.connected_components(network.plain.subgraph(whole)))
        rows.append((len(whole) - len(parts[0]), len(parts), node))
    ranked = sorted(rows, key=lambda row: (-row[0], -row[1], row[2]))
    return [(network.thing(n), Literal(parts), Literal(lost)) for lost, parts, n in ranked]


def _distances(network: _Network, options: Mapping[str, str]) -> list[Row]:
    import networkx

    start = network.number.get(options["start"])
    if start is None:
        return []
    steps = networkx.single_source_shortest_path_length(network.plain, start)
    ranked = sorted((far, node) for node, far in steps.items() if far)
    return [(network.thing(node), Literal(far)) for far, node in ranked]


MEASURES: Final[dict[str, Kind]] = {
    "centrality": Kind(
        "How central each thing is: by the shortest ways between others that lead through it "
        "(betweenness), by its share of possible neighbours (degree), by how near the others are "
        "(closeness), by the weight of what points to it (pagerank), or by how many others lead "
        "to it along the edges, directly or not (reach).",
        ("the thing", "its score", "how many neighbours it has"),
        _centrality,
        {"by": tuple(_SCORES)},
    ),
    "communities": Kind(
        "Which things belong together, as more relations run within a community than chance "
        "would put there.",
        (
            "the number of the community, from 1 for the largest",
            "a thing in it",
            "how many neighbours it has within",
            "and without",
        ),
        _communities,
        {"by": ("greedy", "louvain")},
    ),
    "components": Kind(
        "Which things are connected at all, however many steps apart.",
        ("the number of the part, from 1 for the largest", "a thing in it", "the part's size"),
        _components,
    ),
    "bridges": Kind(
        "Relations without which two parts of the network would be apart.",
        ("where the relation begins", "where it ends", "the size of the smaller part"),
        _bridges,
    ),
    "cut-points": Kind(
        "Things without which parts of the network would be apart.",
        ("the thing", "the number of parts", "how many things would lose the largest part"),
        _cut_points,
    ),
    "distances": Kind(
        "How many steps each thing is from another; what is not connected with it is left out.",
        ("the thing", "how many steps it is away"),
        _distances,
        {"start": ()},
    ),
}
"""The measures that a header may name."""
