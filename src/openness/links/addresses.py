"""Web addresses as evidence: ids in registers, pages on shared hosts, and sites of one's own."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from typing import Final
from urllib.parse import unquote, urlsplit

from openness.links.entity import Entity

REGISTERS: Final = ("dbpedia", "doi", "orcid", "ror", "wikidata")
"""Those that give one thing one id."""
HUBS: Final = ("github", "huggingface")
"""Those where anybody opens an account, and one thing can have several pages."""

_IDS: Final = {
    "dbpedia": re.compile(r"dbpedia\.org/(?:resource|page)/([^/?#]+)"),
    "doi": re.compile(r"(?:dx\.)?doi\.org/(10\.\d+/[^?#\s]+)"),
    "orcid": re.compile(r"orcid\.org/(\d{4}-\d{4}-\d{4}-\d{3}[\dx])"),
    "ror": re.compile(r"ror\.org/(0[a-z0-9]{8})"),
    "wikidata": re.compile(r"(?:m\.)?wikidata\.org/(?:entity|wiki|wiki/special:entitydata)/(q\d+)"),
    "github": re.compile(r"github\.com/([^?#]+)"),
    "huggingface": re.compile(r"(?:huggingface\.co|hf\.co)/([^?#]+)"),
}
_LICENCE: Final = re.compile(
    r"(?:spdx\.org/licenses|opensource\.org/licenses?)/([^/?#]+?)(?:\.html|\.json)?/?(?:[?#].*)?"
)
_NO_ACCOUNTS: Final = frozenset(
    {"blog", "collections", "docs", "models", "orgs", "papers", "spaces"}
)
_SHARED: Final = frozenset(
    {"arxiv.org", "facebook.com", "linkedin.com", "medium.com", "modelscope.cn"}
    | {"sites.google.com", "twitter.com", "x.com", "youtube.com", "en.wikipedia.org"}
)
"""Hosts of pages about many; an address there is compared with its path."""
_SECOND_LEVEL: Final = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})


def bare(address: str) -> str:
    """Return an address without what never tells two apart: scheme, `www.`, case, last slash.

    >>> bare("https://www.TII.ae/")
    'tii.ae'
    """
    text = unquote(re.sub(r"^[a-z][a-z0-9+.-]*://", "", address.strip(), flags=re.IGNORECASE))
    return text.casefold().removeprefix("www.").rstrip("/")


@lru_cache(maxsize=1000)
def ids(entity: Entity) -> Mapping[str, Set[str]]:
    """Return the ids of an entity in registers and hubs, by the name of the register."""
    found: dict[str, set[str]] = defaultdict(set)
    for address in _all(entity):
        for register, pattern in _IDS.items():
            match = (pattern.match if register in HUBS else pattern.fullmatch)(address)
            if match:
                found[register].add(match[1])
    return {register: kept for register in found if (kept := _pages(register, found, entity))}


def _pages(register: str, found: dict[str, set[str]], entity: Entity) -> set[str]:
    """Keep, of the pages in a hub, those that an entity of its kind has for itself."""
    if register not in HUBS:
        return found[register]
    depth = 1 if entity.kind in ("organization", "person") else 2
    kept = set()
    for path in found[register]:
        parts = [part for part in path.split("/") if part]
        start = ["datasets"] if parts[:1] == ["datasets"] else []
        own = parts[len(start) :]
        if parts[0] in _NO_ACCOUNTS or len(own) < depth or (depth == 1 and len(own) > 1):
            continue
        kept.add("/".join((*start, *own[:depth])))
    return kept


def licence_ids(entity: Entity) -> list[str]:
    """Return the ids of a licence that its addresses at SPDX and the OSI end in."""
    matches = (_LICENCE.fullmatch(address) for address in _all(entity))
    return [match[1] for match in matches if match]


@lru_cache(maxsize=1000)
def sites(entity: Entity) -> Set[str]:
    """Return the bare addresses of an entity's own pages that are in no register or hub."""
    named = (bare(address) for address in entity.websites)
    return {site for site in named if site and not any(one.match(site) for one in _IDS.values())}


def host(site: str) -> str:
    """Return what a site is known by: its host, on a shared one its whole address.

    >>> host("tii.ae/about"), host("linkedin.com/company/tii")
    ('tii.ae', 'linkedin.com/company/tii')
    """
    name = _host(site)
    return site if name in _SHARED else name


def domain(site: str) -> str:
    """Return the domain that somebody registered, by the usual endings of countries' domains.

    >>> domain("ai.meta.com"), domain("www.surrey.ac.uk")
    ('meta.com', 'surrey.ac.uk')
    """
    name = host(site)
    if "/" in name:  # a page on a shared host
        return name
    labels = name.split(".")
    count = 3 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-count:])


def _host(site: str) -> str:
    try:
        return urlsplit(f"//{site}").hostname or site
    except ValueError:  # brackets that are no IPv6 address
        return site


def _all(entity: Entity) -> Iterable[str]:
    return (bare(address) for address in (entity.iri, *entity.websites, *entity.links))
