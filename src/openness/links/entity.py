"""What is compared when two data sets may speak of the same thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

KINDS: Final = ("organization", "person", "model", "licence", "dataset", "software")
"""The kinds of our things that can be linked; an industry group is an organization."""


@dataclass(frozen=True)
class Entity:
    """A thing of ours or of theirs, as far as it can be compared; what is not known is empty.

    Attributes:
        iri: its IRI.
        label: the name by which it is shown.
        aliases: other names, in any language, none twice.
        kind: one of `KINDS`, or nothing if its types do not say.
        types: the names of its types, for people (`business`, `large language model`).
        websites: addresses of its own pages, as the source writes them.
        dates: when it was founded, born, published or released: ISO 8601, of any precision
            (`2015`, `2015-12`, `2015-12-11`).
        links: IRIs and addresses of the same thing elsewhere (ROR, GitHub, Hugging Face, …).
        country: ISO 3166-1 alpha-2 code.
        description: a few words by which a person tells it from others.
    """

    iri: str
    label: str
    aliases: tuple[str, ...] = ()
    kind: str = ""
    types: tuple[str, ...] = ()
    websites: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    country: str = ""
    description: str = ""
