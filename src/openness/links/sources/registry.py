"""The data sets that can be searched, by what stands after `--to`: a name, or an address."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from openness.errors import NetworkError, NotFoundError, UsageError, did_you_mean
from openness.links.sources.base import Describe, Source
from openness.net.cache import Cache
from openness.net.policy import require_address

SPARQL: Final = "sparql"
RECONCILIATION: Final = "reconciliation"
PROTOCOLS: Final = (SPARQL, RECONCILIATION)
"""What a service at an address may speak."""

_PACKAGE: Final = "openness.links.sources"
_CLASSES: Final = {
    "wikidata": ("wikidata", "Wikidata"),
    "dbpedia": ("dbpedia", "DBpedia"),
    "ror": ("ror", "Ror"),
    "huggingface": ("huggingface", "HuggingFace"),
}
_OF_PROTOCOLS: Final = {
    SPARQL: ("anything", "Anything"),
    RECONCILIATION: ("reconciliation", "Reconciliation"),
}
NAMES: Final = tuple(_CLASSES)
"""The data sets that have a name here."""


def source(
    to: str,
    cache: Cache,
    timeout: float | None,
    service: str | None = None,
    protocol: str | None = None,
) -> Source:
    """Return what searches a data set.

    Args:
        to: one of `NAMES`, or the address of a SPARQL endpoint or Reconciliation service.
        cache: of its answers.
        timeout: seconds for one request.
        service: an address to ask in place of a named data set's own.
        protocol: one of `PROTOCOLS`; without it an address is asked what it is.

    Raises:
        NotFoundError: if there is no such data set.
        UsageError: if the arguments contradict each other.
        NetworkError: if a service is asked what it is, and does not say.
    """
    if "://" not in to:
        return _named(to, cache, timeout, service, protocol)
    url = require_address(to)
    if service is not None:
        raise UsageError("--service is for a data set with a name: --to is an address already.")
    if protocol is None:
        protocol = RECONCILIATION if _reconciles(url, cache, timeout) else SPARQL
    return _made(_OF_PROTOCOLS[protocol], url, cache, timeout)


def describer(
    name: str, cache: Cache, url: str | None = None, timeout: float | None = None
) -> Describe:
    """Return what describes the things of a data set, by their IRIs; the dead are missing.

    Args:
        name: one of `NAMES`.
        cache: of its answers.
        url: an address to ask in place of its own.
        timeout: seconds for one request.
    """
    return source(name, cache, timeout, url).describe


def _named(
    name: str, cache: Cache, timeout: float | None, service: str | None, protocol: str | None
) -> Source:
    if name not in _CLASSES:
        hint = did_you_mean(name, list(NAMES))
        raise NotFoundError(f"There is no source {name}: {', '.join(NAMES)}, or a URL.{hint}")
    if protocol is not None:
        raise UsageError("--protocol is for a service at an address: --to URL.")
    url = require_address(service) if service else None
    return _made(_CLASSES[name], url, cache, timeout)


def _made(where: tuple[str, str], url: str | None, cache: Cache, timeout: float | None) -> Source:
    # By name, so that what one source needs is not loaded for another.
    module = import_module(f"{_PACKAGE}.{where[0]}")
    return cast(Source, getattr(module, where[1])(url or module.URL, cache, timeout))


def _reconciles(url: str, cache: Cache, timeout: float | None) -> bool:
    """Tell whether an address is that of a reconciliation service; offline, as far as is kept."""
    module = import_module(f"{_PACKAGE}.reconciliation")
    try:
        return bool(module.is_service(url, cache, timeout))
    except NetworkError:
        if cache.is_offline:
            return False
        raise
