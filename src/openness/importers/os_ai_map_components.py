"""What the line of components in the map says of a product: its licence, and its base model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PART: Final = re.compile(
    r"\b(core|sdks?|client|library|framework|code|edition|agent|cli|repo|pkg|engine|platform|some"
    r"|integrations?|variants?)\b",
    re.IGNORECASE,
)
"""Words by which a remark in brackets limits a licence to a part of the product."""
_NO_LICENCE: Final = frozenset({"proprietary", "none", "commercial", "tbd", "mixed", "undeclared"})


def licence_of(components: str) -> tuple[str, str]:
    """Return the licence that a product is under as a whole, or else why none is taken.

    Both are empty where the text names no licence, as for a proprietary product.

    >>> licence_of("weights:open;license:Apache-2.0(OSI permissive; no use restrictions)")
    ('Apache-2.0', '')
    >>> licence_of("license:MIT(OSI, SDK)")[0], licence_of("license:Apache-2.0(core)+MIT(SDKs)")[0]
    ('', '')
    """
    for key, value in _parts(components):
        if key not in ("license", "model-license"):
            continue
        head, _, remark = value.partition("(")
        if head.strip().casefold() in _NO_LICENCE:
            return "", ""
        simple = re.fullmatch(r"[A-Za-z0-9][\w.-]*( Licen[sc]e( \d[\d.]*)?)?", head.strip())
        closed = not remark or (remark.endswith(")") and ")" not in _outside(remark[:-1]))
        if simple and closed and not _PART.search(remark):
            return head.strip(), ""
        return "", value
    return "", ""


def base_of(components: str) -> str:
    """Return the model that a product was made from, if the text names one.

    >>> base_of("weights:open;base:Zorb-1.1B(open, documented);base-data:open(Zorbs)")
    'Zorb-1.1B'
    """
    heads = [value.partition("(")[0].strip() for key, value in _parts(components) if key == "base"]
    return next((head for head in heads if re.fullmatch(r"[A-Za-z0-9][\w.-]*", head)), "")


def _parts(components: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of the text that have a key, as key and value."""
    for part in _split(components):
        key, colon, value = part.partition(":")
        if colon:
            yield key.strip(), value.strip()


def _split(text: str) -> Iterator[str]:
    """Yield the parts between semicolons that stand in no brackets."""
    depth, part = 0, ""
    for sign in text:
        depth = max(0, depth + (sign == "(") - (sign == ")"))
        if sign == ";" and not depth:
            yield part
            part = ""
        else:
            part += sign
    yield part


def _outside(text: str) -> str:
    """Return a text without its pairs of brackets."""
    return re.sub(r"\([^()]*\)", "", text)
