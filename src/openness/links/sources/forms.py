"""How else a name may be written: an endpoint is asked for it letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import urlsplit

_LEGAL_FORM: Final = re.compile(
    r",?\s+(?:incorporated|inc|corporation|corp|company|co|limited|ltd|llc|plc|gmbh|ag|sas|s\.?a"
    r"|b\.?v|pbc)\.?$",
    re.IGNORECASE,
)
_BRACKET: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]$")
_MOST: Final = 16
"""How many ways of writing one thing's names are asked for at most."""


def forms(names: Iterable[str]) -> list[str]:
    """Return names and their other forms, none twice, the given ones first.

    >>> forms(["Stability AI, Ltd.", "llama-2"])
    ['Stability AI, Ltd.', 'llama-2', 'Stability AI', 'llama 2', 'Llama-2']
    """
    given = [" ".join(name.split()) for name in names]
    found = [*given, *(form for name in given for form in _others(name))]
    return [form for form in dict.fromkeys(found) if form][:_MOST]


def _others(name: str) -> Iterator[str]:
    """Yield a name without its legal form or a remark in brackets, with spaces, and as a title."""
    yield _BRACKET.sub("", name)
    yield _LEGAL_FORM.sub("", name)
    yield name.replace("-", " ").replace("_", " ")
    yield name[:1].upper() + name[1:]


def pages(addresses: Iterable[str]) -> list[str]:
    """Return addresses of web pages as others may write them: with or without www, TLS, a slash.

    >>> pages(["https://www.meta.example"])[:3]
    ['https://www.meta.example', 'https://www.meta.example/', 'https://meta.example']
    """
    found = []
    for address in addresses:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            continue
        bare = parts.netloc.lower().removeprefix("www.")
        rest = parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")
        hosts = (parts.netloc.lower(), bare, f"www.{bare}")
        for scheme in (parts.scheme, "https", "http"):
            for host in hosts:
                start = f"{scheme}://{host}{rest}"
                found += [start] if parts.query else [start, f"{start}/"]
    return list(dict.fromkeys(found))
