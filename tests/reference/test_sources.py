"""What ships in data/sources against the extracts that it was made from, where they are at hand.

`OPENNESS_REFERENCE` names a folder; the extracts lie in `sources/` beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openness import shipped
from openness.importers import registry
from openness.mappings import ENDING

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
pytestmark = [
    pytest.mark.reference,
    pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts"),
]
EXTRACTS = Path(REFERENCE or "") / ".." / "sources"
SHIPPED = [s.name for s in registry.sources() if s.ships and s.name != "spdx"]


@pytest.mark.parametrize("name", SHIPPED)
def test_made_again_it_is_the_same(name: str, tmp_path: Path) -> None:
    """A generated file is byte-identical when it is made again from the same extract."""
    registry.run(name, EXTRACTS / name, tmp_path, "2026-11-23")
    kept = shipped.data() / "sources"
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in kept.glob(f"{name}.*"))
    for file in made:
        assert (tmp_path / file).read_bytes() == (kept / file).read_bytes()


def test_nothing_else_is_generated() -> None:
    """The folder of generated files holds nothing by hand, and nothing that may not ship."""
    found = {path.name for path in (shipped.data() / "sources").iterdir()}
    trig = {name for name in found if name.endswith(".trig")}
    assert trig == {f"{name}.trig" for name in [*SHIPPED, "spdx"]}
    assert {name.removesuffix(ENDING) + ".trig" for name in found - trig} <= trig
