"""What a federated query costs: requests and bytes, counted at the service, and the time.

A real Oxigraph server holds items shaped as Wikidata's; so many of our things are linked to them.
Our batches are held against two peers that must give the same rows: plain rdflib, which sends one
request for each local row, and the same block sent as it stands, which fetches all that the service
has. Requests and bytes are counted by a server in between; times are taken without it.

Run, from the checkout: python -m benchmarks.federation [ITEMS] [ROWS …]
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import rdflib
from pyoxigraph import RdfFormat, Store
from tests.servers import endpoint, oxigraph

from openness.engine.base import Solutions
from openness.engine.embedded import EmbeddedEngine
from openness.engine.federation import open_federation

ITEMS = 20_000
"""How many things the service has. Wikidata has thousands of times as many."""
ROWS = (1, 10, 100, 500, 5_000)
RUNS = 5
SLOW_SECONDS = 5.0
"""What takes longer is timed once."""

PREFIXES = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX schema: <http://schema.org/>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
"""
BLOCK = """SERVICE <{url}> {{
    ?wikidata wdt:P571 ?founded ; rdfs:label ?name . FILTER(LANG(?name) = "en")
  }}"""
QUERY = (
    PREFIXES
    + "SELECT ?organization ?founded ?name WHERE {{ ?organization schema:sameAs ?wikidata ."
)
BATCHED = QUERY + BLOCK + "}}"
WHOLE = QUERY + "{{" + BLOCK + "}} }}"
"""In a group of its own the block is sent as it stands (docs/federation.md)."""

Rows = set[tuple[str, ...]]
Ask = Callable[[str], Rows]


@dataclass(frozen=True)
class Cost:
    """What one way of asking costs: at the service, and seconds here."""

    requests: int
    received: int
    seconds: float


def main() -> None:
    rdflib.NORMALIZE_LITERALS = False  # it would write another form of the same date
    numbers = [int(argument) for argument in sys.argv[1:]]
    items, rows = (numbers or [ITEMS])[0], numbers[1:] or ROWS
    print(f"CPython {platform.python_version()}, rdflib {rdflib.__version__}, Oxigraph server,")
    print(f"{os.cpu_count()} cores, loopback; {items:,} items at the service.\n")
    print("Requests, kB received, and how much more the other ways receive and take:\n")
    print(
        "| local rows | requests | by rdflib | for the whole | kB | by rdflib | the whole", end=""
    )
    print(" | time of rdflib | of the whole |\n|---|---|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "service").mkdir()
        with oxigraph.started(folder / "service") as server:
            oxigraph.load(server.endpoint, "".join(wikidata(items)).encode(), "turtle")
            for count in rows:
                report(count, compare(server.endpoint, count, items, folder))


def wikidata(items: int) -> Iterator[str]:
    """Yield items as Wikidata's export has them, as N-Triples with prefixes.

    Labels in several languages, an alias, a truthy value beside the statement with a qualifier.
    """
    yield PREFIXES
    for prefix in ("wd: <http://www.wikidata.org/entity/", "p: <http://www.wikidata.org/prop/",
                   "ps: <http://www.wikidata.org/prop/statement/",
                   "pq: <http://www.wikidata.org/prop/qualifier/",
                   "wds: <http://www.wikidata.org/entity/statement/",
                   "skos: <http://www.w3.org/2004/02/skos/core#",
                   "xsd: <http://www.w3.org/2001/XMLSchema#"):  # fmt: skip
        yield f"PREFIX {prefix}>\n"
    for number in range(items):
        labels = " , ".join(f'"Organization {number}"@{tag}' for tag in ("en", "de", "fr", "ja"))
        when = f'"{1950 + number % 75}-01-01T00:00:00Z"^^xsd:dateTime'
        yield f'wd:Q{number} rdfs:label {labels} ; skos:altLabel "O{number}"@en ;\n'
        yield f"  wdt:P856 <https://www.example/{number}> ;\n"
        yield f"  wdt:P571 {when} ; p:P571 wds:s{number} .\n"
        yield f"wds:s{number} ps:P571 {when} ; pq:P580 {when} .\n"


def ours(count: int, items: int) -> str:
    """Return our side: so many organizations, linked to items spread over all there are."""
    return "".join(
        f"<https://w3id.org/openness/id/organization/o{number}> <http://schema.org/sameAs>"
        f" <http://www.wikidata.org/entity/Q{number * items // count}> .\n"
        for number in range(count)
    )


def compare(url: str, count: int, items: int, folder: Path) -> dict[str, Cost]:
    """Ask in every way, and return what each costs.

    Raises:
        SystemExit: if one gives other rows than the others.
    """
    data = ours(count, items)
    store = Store()
    store.load(data.encode(), RdfFormat.N_TRIPLES)
    engine = EmbeddedEngine(store)
    engine.services = open_federation(folder / "kept", is_fresh=True)
    graph = rdflib.Graph()
    graph.parse(data=data, format="nt")

    def ask(text: str) -> Rows:
        found = engine.query(text)
        assert isinstance(found, Solutions)
        return {tuple(cell.value for cell in row if cell) for row in found.rows}

    def ask_rdflib(text: str) -> Rows:
        found = graph.query(text)
        return {tuple(map(str, row)) for row in found if isinstance(row, rdflib.query.ResultRow)}

    ways: dict[str, tuple[Ask, str]] = {
        "Openness, in batches": (ask, BATCHED),
        "rdflib, row by row": (ask_rdflib, BATCHED),
        "Openness, the whole": (ask, WHOLE),
    }
    costs, answers = {}, {}
    for name, (asked, text) in ways.items():
        costs[name], answers[name] = cost(url, asked, text)
    if any(len(rows) != count or rows != next(iter(answers.values())) for rows in answers.values()):
        raise SystemExit(f"not the same rows: { {k: len(v) for k, v in answers.items()} }")
    return costs


def cost(url: str, ask: Ask, text: str) -> tuple[Cost, Rows]:
    """Return what a way of asking costs and what it answers."""
    with endpoint.in_front_of(url) as counting:
        rows = ask(text.format(url=counting.url))
        requests, received = len(counting.asked), counting.sent
    times: list[float] = []
    while len(times) < RUNS and (not times or times[0] < SLOW_SECONDS):
        start = time.perf_counter()
        ask(text.format(url=url))
        times.append(time.perf_counter() - start)
    return Cost(requests, received, statistics.median(times)), rows


def report(count: int, costs: dict[str, Cost]) -> None:
    """Print the row of one size: requests, then bytes and time as ratios against our batches."""
    batches, *others = costs.values()
    cells = [f"{count:,}", *(f"{one.requests:,}" for one in costs.values())]
    cells += [f"{batches.received / 1000:,.1f}"]
    cells += [f"× {one.received / batches.received:,.1f}" for one in others]
    cells += [f"× {one.seconds / batches.seconds:,.1f}" for one in others]
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
