"""Where the ontology, the data and the queries lie.

A wheel carries them inside the package; a checkout (an editable install) has them at its top,
and there they are used as they stand, so that an edit counts at once.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parent.parent


def root() -> Path:
    """Return the folder that holds `ontology/`, `data/` and `queries/`."""
    packaged = _PACKAGE / "_shipped"
    return packaged if packaged.is_dir() else _CHECKOUT


def ontology() -> Path:
    """Return the folder of the ontology modules, shapes and rules."""
    return root() / "ontology"


def data() -> Path:
    """Return the folder of the data that ships."""
    return root() / "data"


def queries() -> Path:
    """Return the folder of the saved queries."""
    return root() / "queries"
