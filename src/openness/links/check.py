"""Checking links: which are dead, moved, at odds with each other, or lead to another kind of thing.

What can be told from the graph alone needs nobody else. The rest is asked of the data sets that
theirs belong to, in batches; of other pages on the web only that they are there. What cannot be
asked is a finding of its own, and the others are checked all the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Final, TypeAlias

from openness.check import SEVERITIES, Finding
from openness.errors import NetworkError
from openness.links.entity import KINDS, Entity
from openness.links.held import Link
from openness.links.ledger import NAMESPACES, source_of
from openness.links.sources import registry
from openness.links.sources.base import Describe
from openness.net import policy
from openness.terms import PREFIXES, compact

Progress: TypeAlias = Callable[[str, int, int], None]

BATCH: Final = 50
"""How many things a data set is asked about at once."""
_HOSTS_AT_ONCE: Final = 8
_MOVED: Final = (301, 308)
_NO_HEAD: Final = (403, 405, 501)
"""Statuses with which servers that know no HEAD, or forbid it, answer one."""


def offline(links: Sequence[Link]) -> list[Finding]:
    """Return what contradicts itself in the links alone: only links that say “the same” can."""
    same = {(link.ours, link.theirs): link for link in links if link.is_same}
    by_theirs: dict[str, list[Link]] = defaultdict(list)
    by_ours: dict[tuple[str, str], list[Link]] = defaultdict(list)
    for link in same.values():
        by_theirs[link.theirs].append(link)
        if source_of(link.theirs) in NAMESPACES:
            by_ours[link.ours, _space(link.theirs)].append(link)
    found = []
    for theirs, some in by_theirs.items():
        others = ", ".join(compact(link.ours) for link in some)
        found += [
            _finding("error", "link-two-of-ours", link, f"{theirs} is linked from {others}.", _ONE)
            for link in some
            if len(some) > 1
        ]
    for (ours, _), some in by_ours.items():
        others = ", ".join(link.theirs for link in some)
        found += [
            _finding("error", "link-two-of-theirs", link, f"{compact(ours)} is {others}.", _ONE)
            for link in some
            if len(some) > 1
        ]
    return found


_ONE: Final = (
    "Decide which one it is (openness show has the evidence of each), and reject the other with"
    " openness link review."
)


def _space(iri: str) -> str:
    """Return the part of a data set in which one of ours has one of theirs."""
    source = source_of(iri)
    # A model and the data set it was trained on may both be pages of Hugging Face.
    rest = iri.removeprefix(NAMESPACES.get(source, ""))
    return f"{source} datasets" if rest.startswith("datasets/") else source


def described(
    links: Sequence[Link],
    describe: Mapping[str, Describe],
    progress: Progress = lambda name, done, total: None,
) -> list[Finding]:
    """Return what data sets say against the links to them.

    Args:
        links: all links; those to data sets that cannot be asked are left out.
        describe: what returns each data set's facts of its things, by the data set's name.
        progress: told (data set, done, total).
    """
    found: list[Finding] = []
    known: dict[str, Entity | None] = {}
    for source, ask in describe.items():
        theirs = sorted({link.theirs for link in links if source_of(link.theirs) == source})
        for start in range(0, len(theirs), BATCH):
            progress(source, start, len(theirs))
            part = theirs[start : start + BATCH]
            try:
                said = ask(part)
            except NetworkError as error:
                # The next batch would fare no better, and each may cost a minute.
                found.append(_unasked(source, len(theirs) - start, error))
                break
            known |= {iri: said.get(iri) for iri in part}
    for link in links:
        if link.theirs in known:
            found += _one(link, known[link.theirs])
    return found + _chains(links, known)


def _unasked(source: str, count: int, error: NetworkError) -> Finding:
    return Finding(
        "info",
        "link-not-checked",
        NAMESPACES.get(source, source),
        "",
        str(count),
        f"{count} links to {source} were not checked: {error}",
        "Try again later, or with --service at a mirror.",
    )


def _one(link: Link, entity: Entity | None) -> list[Finding]:
    """Return what is wrong with one link by what its data set says."""
    if entity is None:
        problem = f"{source_of(link.theirs)} does not know {link.theirs}."
        return [_finding("error", "link-dead", link, problem, "Remove the link, or correct it.")]
    found = []
    if entity.iri != link.theirs:
        problem = f"{link.theirs} leads to {entity.iri} now."
        found.append(_finding("warning", "link-moved", link, problem, f"Link to {entity.iri}."))
    ours = link.kind
    if link.is_same and ours in KINDS and entity.kind and entity.kind != ours:
        problem = f"Ours is of the kind {ours}; {entity.label or link.theirs} is of {entity.kind}."
        found.append(_finding("error", "link-other-kind", link, problem, _ONE))
    return found


def _chains(links: Sequence[Link], known: Mapping[str, Entity | None]) -> list[Finding]:
    """Return the pairs of links of one thing of which one end says that the other is elsewhere.

    We link A to Wikidata's X and to ROR's R; if Wikidata says that X is ROR's R2, one of both
    links is wrong.
    """
    by_ours: dict[str, dict[str, Link]] = defaultdict(dict)
    for link in links:
        if link.is_same and source_of(link.theirs) in NAMESPACES:
            by_ours[link.ours][link.theirs] = link
    found = []
    for some in by_ours.values():
        for one, other in combinations(some.values(), 2):
            for link, rival in ((one, other), (other, one)):
                told = _told(known.get(link.theirs), rival.theirs)
                if told and not any(_is(iri, rival.theirs, known) for iri in told):
                    problem = (
                        f"{link.theirs} is {', '.join(told)} by its own data, and ours is linked"
                        f" to {rival.theirs} too."
                    )
                    found.append(_finding("error", "link-contradicts", link, problem, _ONE))
    return found


def _told(entity: Entity | None, rival: str) -> list[str]:
    """Return what an entity says it is in the data set, or the part of it, that a rival is of."""
    if entity is None or source_of(entity.iri) == source_of(rival):
        return []
    return [iri for iri in map(_plain, entity.links) if _space(iri) == _space(rival)]


def _plain(iri: str) -> str:
    """Return an address as the data sets' own IRIs are written."""
    for old, new in (
        ("https://www.wikidata.org/wiki/", NAMESPACES["wikidata"]),
        ("http://www.wikidata.org/wiki/", NAMESPACES["wikidata"]),
        ("https://www.wikidata.org/entity/", NAMESPACES["wikidata"]),
        ("http://huggingface.co/", NAMESPACES["huggingface"]),
        ("http://ror.org/", NAMESPACES["ror"]),
    ):
        if iri.startswith(old):
            return new + iri.removeprefix(old)
    return iri


def _is(iri: str, other: str, known: Mapping[str, Entity | None]) -> bool:
    moved = known.get(other)
    ends = {other.rstrip("/").casefold(), (moved.iri if moved else other).rstrip("/").casefold()}
    return iri.rstrip("/").casefold() in ends


def pages(
    links: Sequence[Link],
    per_host: int,
    timeout: float | None,
    progress: Progress = lambda name, done, total: None,
) -> list[Finding]:
    """Return which pages of the web, outside the data sets that can be asked, are gone or moved.

    One host is asked one thing at a time, and at most so many; several hosts at the same time.

    Args:
        links: all links.
        per_host: how many addresses of one host are asked for at most.
        timeout: seconds for one page.
        progress: told ("web", done, total).
    """
    by_host: dict[str, dict[str, Link]] = defaultdict(dict)
    for link in links:
        if source_of(link.theirs) not in registry.NAMES and link.theirs.startswith("http"):
            by_host[policy.host_of(link.theirs)].setdefault(link.theirs, link)
    total = sum(min(per_host, len(some)) for some in by_host.values())
    done = 0

    def ask(host: str) -> list[Finding]:
        nonlocal done
        found = []
        for link in list(by_host[host].values())[:per_host]:
            found += _page(link, timeout)
            done += 1
            progress("web", done, total)
        return found

    with ThreadPoolExecutor(_HOSTS_AT_ONCE) as pool:
        answers = list(pool.map(ask, sorted(by_host)))
    return [one for some in answers for one in some] + [
        Finding(
            "info",
            "link-not-checked",
            host,
            "",
            str(len(some) - per_host),
            f"{len(some) - per_host} more links to {host} were not checked.",
            "Ask for more of one host with --per-host.",
        )
        for host, some in sorted(by_host.items())
        if len(some) > per_host
    ]


def _page(link: Link, timeout: float | None) -> list[Finding]:
    from openness.net import http

    try:
        reply = http.request(link.theirs, timeout, "HEAD")
        if reply.status in _NO_HEAD:
            reply = http.request(link.theirs, timeout, "GET", is_body_wanted=False)
    except NetworkError as error:
        return [_finding("info", "link-not-checked", link, str(error), "Try again later.")]
    if reply.status in policy.MISSING:
        problem = f"There is no such page (HTTP status {reply.status})."
        return [_finding("error", "link-dead", link, problem, "Remove the link, or correct it.")]
    if reply.status in _MOVED and reply.location:
        problem = f"The page has moved for good to {reply.location}."
        return [_finding("warning", "link-moved", link, problem, f"Link to {reply.location}.")]
    if reply.status >= 400:
        problem = f"The server refuses to show it (HTTP status {reply.status})."
        return [_finding("info", "link-not-checked", link, problem, "Look at it in a browser.")]
    return []


def _finding(severity: str, check: str, link: Link, problem: str, solution: str) -> Finding:
    prefix, _, local = link.relation.partition(":")
    term = PREFIXES[prefix] + local
    return Finding(severity, check, link.ours, term, link.theirs, problem, solution)


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Return findings once each, the gravest first."""
    return sorted(set(found), key=lambda one: (SEVERITIES.index(one.severity), one))
