"""What data sets say of their own things, for a person who compares and for the check of links."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.sources import facts
from openness.links.sources.dbpedia import DBpedia
from openness.links.sources.wikidata import Wikidata
from openness.net.cache import Cache

Describe: TypeAlias = Callable[[Sequence[str]], Mapping[str, Entity]]

_BY_SPARQL: Final = {"wikidata": Wikidata, "dbpedia": DBpedia}


def describer(
    name: str, cache: Cache, url: str | None = None, timeout: float | None = None
) -> Describe:
    """Return what describes the things of a data set, by their IRIs; the dead are missing.

    Args:
        name: one of :data:`openness.links.sources.facts.ORIGINS`.
        cache: of its answers.
        url: an address to ask in place of its own.
        timeout: seconds for one request.
    """
    origin = facts.ORIGINS[name]
    where = url or origin.url
    if name in _BY_SPARQL:
        return _BY_SPARQL[name](where, cache, timeout).describe

    def describe(iris: Sequence[str]) -> Mapping[str, Entity]:
        found = {iri: _documented(origin, iri, cache, where, timeout) for iri in iris}
        return {iri: entity for iri, entity in found.items() if entity}

    return describe


def _documented(
    origin: facts.Origin, iri: str, cache: Cache, url: str, timeout: float | None
) -> Entity | None:
    kept = facts.asked_document(origin, iri, cache, url, timeout)
    if kept is None:
        return None
    where, said, _ = kept
    try:
        return _ror(iri, said) if origin.name == "ror" else _huggingface(iri, said)
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise NetworkError(f"{where} is not what it should be: {error}.") from error


def _ror(iri: str, said: dict[str, Any]) -> Entity:
    """Return a record of ROR's schema 2 (github.com/ror-community/ror-schema) as an entity."""
    names = said.get("names") or []
    shown = [one["value"] for one in names if "ror_display" in one["types"]]
    others = tuple(dict.fromkeys(one["value"] for one in names if one["value"] not in shown[:1]))
    rows = list(facts.READERS["ror"][0](iri, said))

    def texts(what: str) -> tuple[str, ...]:
        return tuple(str(row["value"]["value"]) for name, row in rows if name == what)

    elsewhere = [
        f"http://www.wikidata.org/entity/{number}"
        for one in said.get("external_ids") or ()
        if one["type"] == "wikidata"
        for number in one["all"]
    ]
    # A record that was withdrawn in favour of another names its successor.
    successors = [
        one["id"] for one in said.get("relationships") or () if one["type"] == "successor"
    ]
    is_withdrawn = said.get("status") == "withdrawn" and len(successors) == 1
    return Entity(
        successors[0] if is_withdrawn else str(said.get("id") or iri),
        shown[0] if shown else iri,
        others,
        "organization",
        tuple(said.get("types") or ()),
        texts("website"),
        texts("founded"),
        tuple(elsewhere),
        ", ".join(dict.fromkeys(texts("country"))),
    )


def _huggingface(iri: str, said: dict[str, Any]) -> Entity:
    """Return a page of Hugging Face: of a model, a data set, or whoever publishes them."""
    name = iri.removeprefix(facts.HUGGINGFACE).strip("/")
    if "/" not in name:
        label = str(said.get("fullname") or name)
        return Entity(iri, label, (name,) if label != name else (), "organization")
    is_data = name.startswith("datasets/")
    now = str(said.get("id") or name.removeprefix("datasets/"))
    return Entity(
        f"{facts.HUGGINGFACE}{'datasets/' * is_data}{now}",
        now.rpartition("/")[2],
        (now,),
        "dataset" if is_data else "model",
        tuple(str(tag) for tag in (said.get("pipeline_tag"),) if tag),
    )
