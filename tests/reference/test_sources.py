"""What ships in data/sources against the extracts that it was made from, where they are at hand.

`OPENNESS_REFERENCE` names a folder; the extracts lie in `sources/` beside it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from openness import shipped
from openness.importers import registry

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
    again = (tmp_path / f"{name}.trig").read_bytes()
    assert again == (shipped.data() / "sources" / f"{name}.trig").read_bytes()


def test_nothing_else_is_generated() -> None:
    """The folder of generated files holds nothing by hand, and nothing that may not ship."""
    found = {path.name for path in (shipped.data() / "sources").iterdir()}
    assert found == {f"{name}.trig" for name in SHIPPED}
