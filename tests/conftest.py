"""What several test modules share: the frozen world, what ships, and the command line."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.servers import oxigraph

from openness import shipped
from openness.engine.compile import Input, Inputs, build, collect
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph
from openness.terms import ONTOLOGY

WORLD = Path(__file__).parent / "fixtures" / "world.trig"
CONTESTED = WORLD.with_name("contested.trig")
TERMS = WORLD.with_name("terms.trig")
LINKED = WORLD.with_name("linked.trig")
SERVICES = {
    "https://query.wikidata.org/sparql": WORLD.with_name("wikidata.ttl"),
    "https://dbpedia.org/sparql": WORLD.with_name("dbpedia.ttl"),
    None: WORLD.with_name("elsewhere.trig"),
}
"""What stands in for the services that saved queries ask, by the address that is their default."""

_OWN = ("OPENNESS_", "NO_COLOR", "COLUMNS")
"""How the names of variables begin by which a developer's own settings would change an answer."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that writes golden answers anew; read the diff before you commit it."""
    parser.addoption("--golden", action="store_true", help="write the golden answers anew")


def pytest_configure() -> None:
    """Let Ctrl-C be tested too where a shell has made what runs in its background deaf to it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def world() -> Graph:
    """The frozen small world: exact answers are decided here."""
    rules = sorted((shipped.ontology() / "rules").glob("*.rq"))
    return Graph(EmbeddedEngine(build(Inputs((Input(WORLD, "urn:world"),), tuple(rules)))))


@pytest.fixture(scope="session")
def linked() -> Graph:
    """The frozen world with its links to other data."""
    rules = sorted((shipped.ontology() / "rules").glob("*.rq"))
    files = (Input(WORLD, "urn:world"), Input(LINKED, "urn:linked"))
    return Graph(EmbeddedEngine(build(Inputs(files, tuple(rules)))))


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str | None, str]]:
    """Real SPARQL engines on loopback with data shaped as the services', by their addresses."""
    with contextlib.ExitStack() as stack:
        found = {}
        for address, path in SERVICES.items():
            url = stack.enter_context(oxigraph.started(tmp_path_factory.mktemp("service"))).endpoint
            oxigraph.load(url, path.read_bytes(), "trig" if path.suffix == ".trig" else "turtle")
            found[address] = url
        yield found


@pytest.fixture(scope="session")
def contested_file() -> Path:
    """The file of an invented world in which assessors differ."""
    return CONTESTED


@pytest.fixture(scope="session")
def contested() -> Graph:
    """That world, without what rules would derive."""
    return Graph(EmbeddedEngine(build(Inputs((Input(CONTESTED, "urn:contested"),), ()))))


@pytest.fixture(scope="session")
def terms() -> Graph:
    """Invented licences, and models under them, with the ontology and what the rules derive."""
    rules = sorted((shipped.ontology() / "rules").glob("*.rq"))
    modules = sorted(p for p in shipped.ontology().glob("*.ttl") if p.name != "shapes.ttl")
    files = (*(Input(path, ONTOLOGY) for path in modules), Input(TERMS, "urn:terms"))
    return Graph(EmbeddedEngine(build(Inputs(files, tuple(rules)))))


@pytest.fixture(scope="session")
def shipped_graph() -> Graph:
    """Everything that ships: held by invariants that name real facts."""
    return Graph(EmbeddedEngine(build(collect())))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that the command line's runs of one session share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(cache: Path, tmp_path: Path) -> Run:
    """Run the command line as a process of its own, with the cache of the session."""

    def openness(
        *arguments: str, env: dict[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(arguments),
            capture_output=True,
            encoding="utf-8",
            input=stdin,
            timeout=120,
            check=False,
            env=environment(cache, tmp_path) | (env or {}),
        )

    return openness


def command(arguments: Sequence[str]) -> list[str]:
    """Return the command line that runs Openness with this Python."""
    return [sys.executable, "-m", "openness", *arguments]


def environment(cache: Path, home: Path) -> dict[str, str]:
    """Return an environment in which nothing of the developer's own is used."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OWN)}
    return kept | {"OPENNESS_CACHE": str(cache), "OPENNESS_DATA": str(home / "data")}
