"""The command line over the frozen world: a checkout that has nothing else for data."""

from __future__ import annotations

import compileall
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import openness
from openness import shipped
from openness.engine.compile import build, collect
from openness.engine.embedded import EmbeddedEngine
from openness.graph import Graph

WORLD = Path(__file__).parent.parent / "fixtures" / "world.trig"


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout in which the world stands in for the data."""
    top = tmp_path_factory.mktemp("checkout")
    package = Path(openness.__file__).parent
    skip = shutil.ignore_patterns("_shipped", "__pycache__")
    shutil.copytree(package, top / "src" / "openness", ignore=skip)
    compileall.compile_dir(top / "src", quiet=1)
    shutil.copytree(shipped.ontology(), top / "ontology")
    shutil.copytree(shipped.queries(), top / "queries")
    (top / "data").mkdir()
    shutil.copy(WORLD, top / "data")
    return top


@pytest.fixture(scope="session")
def compiled_checkout(checkout: Path, cache: Path) -> Path:
    """That checkout, with its store in the cache, so that no run needs to say that it compiles."""
    own = {"PYTHONPATH": str(checkout / "src"), "OPENNESS_CACHE": str(cache)}
    nowhere = {"OPENNESS_DATA": str(checkout / "none"), "OPENNESS_ENDPOINT": ""}
    subprocess.run(
        [sys.executable, "-m", "openness", "--quiet", "info"],
        env=os.environ | own | nowhere,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return checkout


@pytest.fixture
def in_world(compiled_checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every process of a test run from that checkout."""
    monkeypatch.setenv("PYTHONPATH", str(compiled_checkout / "src"))


@pytest.fixture(scope="session")
def known(checkout: Path) -> Graph:
    """What those processes know, in this process: ontology, world, and what the rules derive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shipped, "root", lambda: checkout)
        return Graph(EmbeddedEngine(build(collect())))
