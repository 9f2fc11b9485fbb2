"""How likely it is that two entities are the same thing, and why.

How well the names agree is the base, and each piece of evidence that agrees closes a part of the
gap to 1. What contradicts puts a cap on the result, and so does a name that is merely alike: no
amount of other evidence makes such a pair automatic, unless a register gives both the same id.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from openness.links import addresses, names
from openness.links.entity import Entity

AUTOMATIC: Final = 0.95
"""From this score on, a match may be accepted without a look at it (`--accept-above`)."""
REVIEW: Final = 0.5
"""Below this score, a pair is not worth a person's look."""

# What names that agree are worth by themselves, when nothing else is known: two organizations,
# people or families of models can share a name; two models with their size, or two licences with
# their version, hardly. Something of a kind that is not known (MIT, a university) can.
_NAME_ALONE: Final = 0.85
_TELLING_NAME: Final = 0.97
# The most that is left when something contradicts. Below AUTOMATIC, a person looks at the pair;
# below REVIEW, nobody does.
_MERELY_ALIKE: Final = 0.94
_BY_ALIAS: Final = 0.9
_MAY_DIFFER: Final = 0.75
_IN_DOUBT: Final = 0.6
_LEFT_OUT: Final = 0.45
_DIFFERENT: Final = 0.3
_CAPS: Final[Mapping[str, float]] = {"different": _DIFFERENT, "partial": _LEFT_OUT}


@dataclass(frozen=True)
class Part:
    """What one comparison says.

    Attributes:
        name: label, alias, tokens (what tells apart within names), type, website, date, link or
            country.
        value: from 0 (they differ) to 1 (they agree), or None if one side does not say.
        reason: the two values that were compared, for `--explain`.
        weight: the part of the gap to 1 that full agreement closes; of label and alias, what
            agreement is worth by itself.
        cap: the most that the score can be, given this.
    """

    name: str
    value: float | None
    reason: str
    weight: float = 0.0
    cap: float = 1.0


@dataclass(frozen=True)
class Score:
    """The whole comparison: its result from 0 to 1, and its parts."""

    total: float
    parts: tuple[Part, ...]


def score(ours: Entity, theirs: Entity) -> Score:
    """Compare two entities; which of them is ours does not matter to the total.

    The total is the smallest cap, or what names and evidence come to if that is less: the gap
    that names leave, times what is left of it after each piece of evidence.
    """
    kinds = {one.kind for one in (ours, theirs)} - {""}
    kind = kinds.pop() if len(kinds) == 1 else ""
    label, alias, tokens = _names(ours, theirs, kind)
    if not ours.kind or not theirs.kind:
        label, alias = (replace(one, weight=_NAME_ALONE) for one in (label, alias))
    link = _link(ours, theirs)
    evidence = (
        _type(ours, theirs),
        _website(ours, theirs, kind),
        _date(ours, theirs, kind),
        link,
        _country(ours, theirs),
    )
    agreement = max(label.value or 0.0, alias.value or 0.0)
    gap = 1 - max(_worth(part) for part in (label, alias))
    for part in evidence:
        gap *= 1 - (part.value or 0.0) * part.weight
    tokens = _with_link(tokens, link)
    caps = [part.cap for part in (tokens, *evidence)]
    if agreement < names.NEARLY and not _share_register(ours, theirs):
        caps.append(_MERELY_ALIKE)
    if not agreement:
        caps.append(_IN_DOUBT)
    return Score(round(min(1 - gap, *caps), 6), (label, alias, tokens, *evidence))


def _names(ours: Entity, theirs: Entity, kind: str) -> tuple[Part, Part, Part]:
    labels = [names.spellings([one.label], kind) for one in (ours, theirs)]
    others = [_others(one, kind) for one in (ours, theirs)]
    first = _best([(a, b) for a in labels[0] for b in labels[1]], kind)
    label = Part("label", first[0].value, f"{ours.label} | {theirs.label}", _alone(first[0]))
    pairs = names.shortlist([*labels[0], *others[0]], others[1], kind)
    pairs += names.shortlist(others[0], labels[1], kind)
    if not pairs:
        return label, Part("alias", None, "no other names"), _tokens(first[0], first[0])
    best, a, b = _best(pairs, kind)
    alias = Part("alias", best.value, f"{a} | {b}", _alone(best))
    return label, alias, _tokens(first[0], max(first[0], best, key=_rank))


def _others(entity: Entity, kind: str) -> list[str]:
    ids = addresses.licence_ids(entity) if kind == "licence" else ()
    return names.spellings([*entity.aliases, *ids], kind)


def _best(pairs: list[tuple[str, str]], kind: str) -> tuple[names.Likeness, str, str]:
    likenesses = [(names.compare(a, b, kind), a, b) for a, b in pairs]
    ranks = [_rank(one) for one, _, _ in likenesses]
    highest = max(ranks)
    best = [one for one, rank in zip(likenesses, ranks, strict=True) if rank == highest]
    return max(best, key=lambda one: sorted(one[1:]))


def _rank(likeness: names.Likeness) -> tuple[float, float]:
    return likeness.value * _cap(likeness), _alone(likeness)


def _alone(likeness: names.Likeness) -> float:
    telling = likeness.is_telling and likeness.state == "same"
    return _TELLING_NAME if telling else _NAME_ALONE


def _cap(likeness: names.Likeness) -> float:
    return _CAPS.get(likeness.state, 1.0)


def _tokens(labels: names.Likeness, best: names.Likeness) -> Part:
    """Say how sizes, versions and variants agree; an alias does not quite mend what labels say."""
    if best.state == "none" and labels.state == "none":
        return Part("tokens", None, "no size, version or variant")
    value = {"different": 0.0, "partial": 0.5}.get(best.state, 1.0)
    cap = _cap(best)
    if _cap(labels) < cap:
        return Part("tokens", value, f"{best.state} by another name", cap=min(cap, _BY_ALIAS))
    said = {"different": "they differ", "partial": "one says more", "none": "none by this name"}
    return Part("tokens", value, said.get(best.state, "the same"), cap=cap)


def _worth(part: Part) -> float:
    """Return what names are worth; letters that are merely alike count little."""
    value = part.value or 0.0
    return part.weight * (value if value >= names.NEARLY else value**2)


def _with_link(tokens: Part, link: Part) -> Part:
    """Let a person look where one name leaves something out and a shared page may supply it."""
    if tokens.cap == _LEFT_OUT and link.value:
        return replace(tokens, cap=_IN_DOUBT)
    return tokens


def _type(ours: Entity, theirs: Entity) -> Part:
    shown = " | ".join(one.kind or ", ".join(one.types) or "?" for one in (ours, theirs))
    if not ours.kind or not theirs.kind:
        return Part("type", None, shown)
    same = ours.kind == theirs.kind
    return Part("type", float(same), shown, cap=1.0 if same else _DIFFERENT)


def _website(ours: Entity, theirs: Entity, kind: str) -> Part:
    mine, yours = addresses.sites(ours), addresses.sites(theirs)
    if not mine or not yours:
        return Part("website", None, "not known of both")
    shown = f"{', '.join(sorted(mine))} | {', '.join(sorted(yours))}"
    same_page = bool(mine & yours)
    same_host = bool(set(map(addresses.host, mine)) & set(map(addresses.host, yours)))
    same_domain = bool(set(map(addresses.domain, mine)) & set(map(addresses.domain, yours)))
    if kind not in ("organization", "person", ""):
        # A maker's site has all its models; a page of one's own says more.
        value = 1.0 if same_page else 0.25 if same_host else None
        return Part("website", value, shown, 0.6)
    value = 1.0 if same_host else 0.5 if same_domain else 0.0
    return Part("website", value, shown, 0.8, 1.0 if value else _MAY_DIFFER)


def _date(ours: Entity, theirs: Entity, kind: str) -> Part:
    """Compare the nearest two dates, to the precision that both have."""
    pairs = [(a, b) for a in _dates(ours) for b in _dates(theirs)]
    if not pairs:
        return Part("date", None, "not known of both")
    a, b = min(pairs, key=lambda pair: (abs(int(pair[0][:4]) - int(pair[1][:4])), sorted(pair)))
    for one, two in pairs:
        if one[: len(two)] == two[: len(one)] and min(len(one), len(two)) > _shared(a, b):
            a, b = one, two
    common, shown = _shared(a, b), f"{a} | {b}"
    if common:
        return Part("date", 1.0, shown, {4: 0.25, 7: 0.45, 10: 0.7}[common])
    years = abs(int(a[:4]) - int(b[:4]))
    if years > 1 or (kind == "person" and years):
        return Part("date", 0.0, shown, cap=_IN_DOUBT)
    return Part("date", 0.5, shown)


def _dates(entity: Entity) -> list[str]:
    found = (re.match(r"\d{4}(?:-\d\d){0,2}", date) for date in entity.dates)
    return [match[0] for match in found if match]


def _shared(a: str, b: str) -> int:
    """Return to how many characters two dates agree: 4, 7 or 10, or 0 if they do not."""
    length = min(len(a), len(b))
    return length if a[:length] == b[:length] else 0


def _link(ours: Entity, theirs: Entity) -> Part:
    mine, yours = addresses.ids(ours), addresses.ids(theirs)
    both = sorted(set(mine) & set(yours))
    if not both:
        return Part("link", None, "in no register that is known of both")
    shared = [register for register in both if mine[register] & yours[register]]
    apart = [register for register in both if register not in shared]
    cap = min((_against(one, bool(shared)) for one in apart), default=1.0)
    shown = "; ".join(
        f"{one}: {', '.join(sorted(mine[one]))} | {', '.join(sorted(yours[one]))}" for one in both
    )
    weights = (0.95 if one in (*addresses.REGISTERS, "huggingface") else 0.8 for one in shared)
    value = 0.0 if not shared else 0.5 if cap < 1 else 1.0
    return Part("link", value, shown, max(weights, default=0.0), cap)


def _against(register: str, shares_another: bool) -> float:
    if register in addresses.REGISTERS:
        return _IN_DOUBT if shares_another else _DIFFERENT
    return 1.0 if shares_another else _MAY_DIFFER


def _share_register(ours: Entity, theirs: Entity) -> bool:
    mine, yours = addresses.ids(ours), addresses.ids(theirs)
    return any(mine.get(one, set()) & yours.get(one, set()) for one in addresses.REGISTERS)


def _country(ours: Entity, theirs: Entity) -> Part:
    mine, yours = (set(re.findall(r"[a-z]+", one.country.lower())) for one in (ours, theirs))
    shown = f"{ours.country} | {theirs.country}"
    if not mine or not yours:
        return Part("country", None, "not known of both")
    same = bool(mine & yours)
    return Part("country", float(same), shown, 0.15, 1.0 if same else _IN_DOUBT)
