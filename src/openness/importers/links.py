"""Links that records give: which page elsewhere is the thing that a record is about.

An importer claims them, with the record and what it says. Claims are laid side by side, for a thing
of ours is at most one thing of a data set, and the other way round; what contradicts that is left
out and told. The rest is a file of mappings beside the statements of the source.

A page of Hugging Face counts as a model only if the record leads to it and it bears the model's
name: the weights of a chat model are often given by the page of its base model, of another size, or
of a collection.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from openness import __version__
from openness.importers.claim import Claim
from openness.importers.identity import slugify
from openness.links.ledger import NAMESPACES
from openness.mappings import REQUIRED, serialize
from openness.terms import DATA_LICENCE, PREFIXES, compact, slug

if TYPE_CHECKING:
    from openness.importers.job import Job, Source

DECIDED: Final = "2026-11-25"
"""The day on which the editors settled how records become links; raised when that changes."""
COMPOSITE: Final = "semapv:CompositeMatching"
"""The record names the page, and the page bears the thing's name."""
STATED: Final = "semapv:BackgroundKnowledgeBasedMatching"
"""Somebody else's record says that they belong together."""
LEXICAL: Final = "semapv:LexicalMatching"
"""Both have the same identifier."""
CHAINED: Final = "semapv:MappingChaining"
"""Ours is a third thing, and that one is theirs."""
SAME: Final = "schema:sameAs"
_AUTHOR: Final = "Openness editors"
_PREFIXES: Final = {
    "github": NAMESPACES["github"],
    "huggingface": NAMESPACES["huggingface"],
    "scancode": NAMESPACES["scancode"],
    # `spdx` is the vocabulary, among the prefixes of the graph.
    "spdxlicence": NAMESPACES["spdx"],
}
_HUGGINGFACE: Final = re.compile(
    r"https?://(?:www\.)?huggingface\.co/((?:datasets/)?[\w.-]+(?:/[\w.-]+)?)(?:[/?#].*)?"
)
_GITHUB: Final = re.compile(r"https?://(?:www\.)?github\.com/([\w.-]+)/?")
_NO_ACCOUNT: Final = frozenset(
    ("api", "blog", "collections", "datasets", "docs", "learn", "models", "organizations")
) | {"orgs", "papers", "posts", "settings", "spaces", "tasks", "topics"}
"""First parts of paths on either site that are nobody's account."""


def alike(one: str, other: str) -> bool:
    """Tell whether two names differ in nothing but case and in which signs part their words.

    >>> alike("Phi-1.5", "phi-1_5"), alike("Llama-2-7B", "Llama-2-7b-hf")
    (True, False)
    """
    return bool(_words(one)) and _words(one) == _words(other)


def _words(name: str) -> str:
    return re.sub(r"[-.]+", "-", slugify(name)).strip("-")


def repository(address: str) -> str | None:
    """Return the repository on Hugging Face that an address leads into, as `owner/name`.

    That of a data set begins with `datasets/`. None for accounts, collections and other sites.

    >>> repository("https://huggingface.co/meta-llama/Llama-2-7b/tree/main")
    'meta-llama/Llama-2-7b'
    """
    found = _HUGGINGFACE.fullmatch(address.strip())
    parts = found[1].split("/") if found else []
    owner = parts[1:] if parts[:1] == ["datasets"] else parts
    return found[1] if found and len(owner) == 2 and owner[0] not in _NO_ACCOUNT else None


def account(address: str) -> str | None:
    """Return the IRI of the account on GitHub or Hugging Face that an address is of.

    >>> account("https://github.com/openai/"), account("https://github.com/openai/whisper")
    ('https://github.com/openai', None)
    """
    for pattern, site in ((_HUGGINGFACE, "huggingface"), (_GITHUB, "github")):
        found = pattern.fullmatch(address.strip())
        name = found[1].strip("/") if found else ""
        if name and "/" not in name and name not in _NO_ACCOUNT:
            return NAMESPACES[site] + name
    return None


def claim_repository(
    job: Job, node: NamedNode, names: Iterable[str], address: str, record: str, says: str
) -> bool:
    """Claim that a repository on Hugging Face is a model or a data set, if it bears its name.

    Args:
        job: the import.
        node: the thing of ours; the last part of its id counts as a name.
        names: what the record calls it, if that is not known to be wrong.
        address: what the record leads to.
        record: the path of the record's file in the source.
        says: what the record gives the address for, as a sentence.

    Returns:
        Whether it was claimed.
    """
    found = repository(address)
    last = found.rpartition("/")[2] if found else ""
    if not found or not any(alike(last, name) for name in (slug(node.value), *names)):
        return False
    job.claim(Claim(node, NAMESPACES["huggingface"] + found, record, says, COMPOSITE, "0.98"))
    return True


def claim_account(
    job: Job, node: NamedNode, names: Iterable[str], address: str, record: str, says: str
) -> None:
    """Claim that an account is an organization or a person, if it bears the name; near it, if not.

    A maker may publish from the account of a part of it, of a project, or of a person. The
    arguments are those of :func:`claim_repository`.
    """
    found = account(address)
    last = found.rpartition("/")[2].replace("-", "") if found else ""
    joined = [re.sub(r"[-.]", "", slugify(name)) for name in (slug(node.value), *names)]
    if found and last.casefold() in joined:
        job.claim(Claim(node, found, record, says, COMPOSITE, "0.95"))
    elif found:
        job.claim(Claim(node, found, record, says, STATED, "0.8", "rdfs:seeAlso"))


def settle(given: Iterable[Claim]) -> tuple[dict[tuple[str, str], list[Claim]], list[str]]:
    """Return the claims that agree, by thing and page, and a line for each that is left out.

    Pages are the same if they differ in case only, for neither site tells case apart.
    """
    spelt: dict[str, str] = {}
    pairs: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    by_ours: dict[tuple[str, str], set[str]] = defaultdict(set)
    by_theirs: dict[str, set[str]] = defaultdict(set)
    for one in sorted(given):
        theirs = spelt.setdefault(one.theirs.casefold(), one.theirs)
        pairs[one.subject.value, theirs].append(one)
        if one.relation == SAME:
            by_ours[one.subject.value, _site(theirs)].add(theirs)
            by_theirs[theirs].add(one.subject.value)
    kept, left = {}, []
    for (ours, theirs), claims in pairs.items():
        same = [one for one in claims if one.relation == SAME]
        some = same or claims
        rivals = by_ours[ours, _site(theirs)] - {theirs} or by_theirs[theirs] - {ours}
        if same and rivals:
            others = ", ".join(map(compact, sorted(rivals)))
            left.append(f"{compact(ours)} is not linked to {theirs}: {others} would be too")
        else:
            kept[ours, theirs] = some
    return kept, left


def _site(theirs: str) -> str:
    """Return the part of a data set in which one of ours is one thing."""
    start = next((one for one in _PREFIXES.values() if theirs.startswith(one)), "")
    return f"{start}datasets/" if theirs.startswith(f"{start}datasets/") else start


def file(
    source: Source,
    version: str | None,
    pairs: Mapping[tuple[str, str], list[Claim]],
    labels: Mapping[str, str],
) -> bytes:
    """Return the file of mappings of a source.

    Args:
        source: the data set.
        version: the commit that was imported.
        pairs: what :func:`settle` kept.
        labels: of our things, by IRI.
    """
    rows = [
        _row(source, version, ours, theirs, some, labels) for (ours, theirs), some in pairs.items()
    ]
    used = {row[slot].partition(":")[0] for row in rows for slot in REQUIRED} | {"semapv"}
    known = PREFIXES | _PREFIXES
    metadata = {
        "mapping_set_id": f"https://w3id.org/openness/mappings/{source.name}",
        "mapping_set_title": f"Openness links that {source.name} gives",
        "mapping_set_description": "Written by openness import; corrections go into links/.",
        "mapping_set_version": version or "unknown",
        "license": DATA_LICENCE,
    }
    return serialize(metadata, {name: known[name] for name in used}, rows)


def _row(
    source: Source,
    version: str | None,
    ours: str,
    theirs: str,
    some: list[Claim],
    labels: Mapping[str, str],
) -> dict[str, str]:
    prefix, start = next(item for item in _PREFIXES.items() if theirs.startswith(item[1]))
    local = theirs.removeprefix(start)
    best = max(some, key=lambda one: one.confidence)
    return {
        "subject_id": compact(ours),
        "subject_label": labels.get(ours, ""),
        "predicate_id": best.relation,
        "object_id": f"{prefix}:{local}",
        "object_label": local,
        "mapping_justification": best.justification,
        "author_label": _AUTHOR,
        "mapping_tool": "openness",
        "mapping_tool_version": __version__,
        "mapping_date": DECIDED,
        "confidence": best.confidence,
        "see_also": "|".join(sorted({_address(source, version, one.record) for one in some})),
        "comment": " ".join(sorted({one.says for one in some})),
    }


def _address(source: Source, version: str | None, record: str) -> str:
    """Return where a record can be read: in the source's repository, at the commit."""
    if record.startswith("https://"):
        return record
    return f"{source.address}/blob/{version or 'HEAD'}/{quote(record)}"
