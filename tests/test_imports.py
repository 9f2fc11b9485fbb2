"""What imports what: quickly enough for a command line, and in one direction."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import openness
from openness.engine.compile import collect, open_store

PACKAGE = Path(openness.__file__).parent
FILES = sorted(
    path for path in PACKAGE.rglob("*.py") if "_shipped" not in path.parts[len(PACKAGE.parts) :]
)
HEAVY = (
    "rdflib",
    "oxrdflib",
    "networkx",
    "pygraphviz",
    "SPARQLWrapper",
    "pandas",
    "uvicorn",
    "starlette",
    "fastapi",
    "jinja2",
    "httpx",
    "pyshacl",
    "pydantic",
    "prompt_toolkit",
    "rich.table",
    "rich.console",
)
LAYERS = (
    ("terms", "errors", "files", "header", "mappings", "shipped"),
    ("sparql", "net"),
    ("engine",),
    (),  # whatever is named nowhere here is a feature
    ("cli", "server", "__main__"),
)
FEATURES = 3


# What a command loads


def imported(cache: Path, home: Path, *arguments: str) -> set[str]:
    """Return the names of the modules that a fresh process imports to run a command."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENNESS_")}
    own = {"OPENNESS_CACHE": str(cache), "OPENNESS_DATA": str(home / "data")}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "openness", *arguments],
        capture_output=True,
        encoding="utf-8",
        env=kept | own,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    "arguments",
    [
        ("ask", "why-limited"),
        ("ask", "why-limited", "--model", "Llama 2", "-f", "json"),
        ("sparql", "SELECT ?s { ?s a fair4ml:MLModel }", "-f", "xml"),
        ("show", "llama-2", "-f", "json"),
        ("--version",),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(
    arguments: tuple[str, ...], cache: Path, tmp_path: Path
) -> None:
    """A saved query in a pipe needs neither rdflib nor a web server, nor a table for people."""
    open_store(collect(), cache, lambda line: None)
    modules = imported(cache, tmp_path, *arguments)
    assert {"typer", "openness.cli.main"} <= modules
    assert "--version" in arguments or "pyoxigraph" in modules
    loaded = {m for m in modules for heavy in HEAVY if m == heavy or m.startswith(f"{heavy}.")}
    assert loaded == set()


def test_the_package_alone_loads_next_to_nothing() -> None:
    """`import openness` in a notebook costs nothing until the graph is opened."""
    code = "import sys; before = set(sys.modules); import openness; print(*set(sys.modules)-before)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True
    )
    names = {name.partition(".")[0] for name in done.stdout.split()}
    assert "openness" in names
    assert not names & {"pyoxigraph", "typer", "yaml", "rapidfuzz", "platformdirs", "rdflib"}


# Which way imports point


def name_of(path: Path) -> str:
    """Return the dotted name of a module below the package, '' for the package itself."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {name_of(path): path for path in FILES}


def imports_of(path: Path) -> Iterator[str]:
    """Yield the modules of ours that a module imports, anywhere in its code."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "openness":
                inner = parts[1:]
                while inner and ".".join(inner) not in MODULES:
                    inner.pop()
                yield ".".join(inner)


def layer_of(module: str) -> int:
    """Return how high a module stands: 0 for terms and errors, highest for the command line."""
    top = module.partition(".")[0]
    return next((i for i, names in enumerate(LAYERS) if top in names), FEATURES)


def test_the_layers_name_what_there_is() -> None:
    """A layer that was renamed is not silently a feature."""
    named = {name for layer in LAYERS for name in layer} - {"server"}
    assert named <= set(MODULES)
    assert len(MODULES) > 25
    assert set(imports_of(MODULES["cli.main"])) >= {"cli.ask", "errors", ""}
    assert set(imports_of(MODULES["graph"])) >= {"lookup", "engine.embedded", "engine.compile"}


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_imports_point_one_way(module: str) -> None:
    """Command line → features → engine → text of queries, network → terms and errors.

    The package itself, which only holds the version and opens the graph, may be imported by all.
    """
    upward = {
        target
        for target in imports_of(MODULES[module])
        if target and layer_of(target) > layer_of(module)
    }
    assert upward == set()


def test_no_two_modules_import_each_other() -> None:
    """Not even over a third one, and not even inside a function."""
    wanted = {name: {t for t in imports_of(path) if t} for name, path in MODULES.items() if name}
    while wanted:
        free = {name for name, targets in wanted.items() if not targets & (wanted.keys() - {name})}
        assert free, f"in a circle: {sorted(wanted)}"
        wanted = {name: targets for name, targets in wanted.items() if name not in free}


@pytest.mark.parametrize("module", [m for m in MODULES if layer_of(m) <= FEATURES])
def test_only_the_command_line_prints_or_exits(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"print", "input", "exit", "quit"}
    used = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    assert not used & {"sys.exit", "sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "os._exit"}
    names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    froms = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not (names | froms) & {"typer", "rich", "rich.console", "rich.table"}
