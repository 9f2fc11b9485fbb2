"""Text in pictures: cleaned of what no file format can carry, wrapped, shortened, escaped."""

from __future__ import annotations

import html
import textwrap
import unicodedata
from typing import Final

LINE: Final = 24
"""How many characters a line of a label has."""
LINES: Final = 4
"""How many lines a label has at most; its whole text is in the tooltip and in graph files."""

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(text: object) -> str:
    """Return text without what XML cannot hold or what would turn the text around it.

    Control characters, lone surrogates, non-characters and marks of direction go; white space of
    any kind becomes one space.
    """
    kept = (" " if c.isspace() else c for c in str(text) if c.isspace() or _may_stand(c))
    return " ".join("".join(kept).split())


def _may_stand(character: str) -> bool:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs") or character in _BIDI:
        return False
    return ord(character) & 0xFFFE != 0xFFFE


def wrap(text: object, width: int = LINE, lines: int = LINES) -> list[str]:
    """Return text in lines of nearly the same length; an ellipsis ends what is too long."""
    whole = clean(str(text)[: width * lines * 4])
    if any(unicodedata.east_asian_width(c) in "WF" for c in whole):
        width = max(width // 2, 6)
    found = _fold(whole, width)
    if len(found) > lines:
        found = found[:lines]
        found[-1] = found[-1][: width - 1].rstrip(" ,;:.") + "…"
        return found
    if len(found) > 1:
        longest = max(len(word) for word in whole.split())
        for narrow in range(max(width * 2 // 5, min(longest, width)), width):
            better = _fold(whole, narrow)
            if len(better) == len(found) and all(len(line) <= narrow for line in better):
                return better
    return found or [""]


def _fold(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=True, break_long_words=True)


def fold(text: object, width: int) -> list[str]:
    """Return a paragraph in lines, however many."""
    return _fold(clean(text), max(width, 10))


def shorten(text: object, length: int) -> str:
    """Return text in one line of at most some characters."""
    whole = clean(str(text)[: length * 4])
    return whole if len(whole) <= length else whole[: length - 1].rstrip() + "…"


def escape(text: str) -> str:
    """Return text as it stands in XML and in Graphviz's labels of HTML's kind.

    Graphviz takes what follows a backslash for one of its own words, in those labels too.
    """
    return html.escape(text, quote=True).replace("\\", "&#92;&#92;")


def link(iri: object) -> str | None:
    """Return an IRI if a picture may link to it: nothing but http and https leads anywhere."""
    text = clean(iri)
    return text if text.startswith(("http://", "https://")) and " " not in text else None
