"""Passwords and tokens: from the environment or the user's keyring, and from nowhere else.

They are never written to a file, a message or a log.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple
from urllib.parse import urlsplit

from openness.errors import UsageError

_TOKENS = {"huggingface": "HF_TOKEN"}
"""The environment variable of each service's token; that of Hugging Face is its own."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Login(NamedTuple):
    """A user's name and password."""

    user: str
    password: str


def login(url: str) -> Login | None:
    """Return the login for the user's own endpoint at an address, or None.

    OPENNESS_ENDPOINT_USER and OPENNESS_ENDPOINT_PASSWORD, else what the keyring has for the
    service `openness HOST`.
    """
    if not is_private(url):
        return None
    user, password = (os.environ.get(f"OPENNESS_ENDPOINT_{n}") for n in ("USER", "PASSWORD"))
    if user and password:
        return Login(user, password)
    return _keyring(f"openness {urlsplit(url).netloc}", None)


def token(service: str) -> str | None:
    """Return the token for a service (`huggingface`), or None.

    Its environment variable, else what the keyring has for the service `openness NAME`.

    Raises:
        UsageError: if it is no token: what cannot stand in a header would end in a message.
    """
    name = _TOKENS[service]
    given = os.environ.get(name, "").strip()
    if not given:
        found = _keyring(f"openness {service}", "token")
        given = found.password.strip() if found else ""
    if given and not re.fullmatch("[!-~]+", given):
        raise UsageError(f"What {name} or the keyring has for {service} is no token.")
    return given or None


def is_private(url: str) -> bool:
    """Tell whether nobody on the way reads what is sent there: HTTPS, or this machine."""
    return urlsplit(url).scheme == "https" or is_here(url)


def is_here(url: str) -> bool:
    """Tell whether an address is of this machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _keyring(service: str, user: str | None) -> Login | None:
    """Return what the keyring has; a machine without one has nothing."""
    import keyring
    from keyring.errors import KeyringError

    try:
        found = keyring.get_credential(service, user)
    except KeyringError:
        return None
    return Login(found.username, found.password) if found and found.password else None
