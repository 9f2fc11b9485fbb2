"""Which licence a product is under, from the line of components in Current AI's map."""

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
    for part in _split(components):
        key, colon, value = (text.strip() for text in part.partition(":"))
        if not colon or key not in ("license", "model-license"):
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
