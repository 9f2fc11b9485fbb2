"""Logins: over TLS, or to this machine, and to nobody else."""

from __future__ import annotations

import pytest

from openness.net import credentials


@pytest.mark.parametrize(
    ("url", "is_given"),
    [
        ("http://remote.example/sparql", False),
        ("http://192.0.2.1/sparql", False),
        ("http://localhost.remote.example/sparql", False),
        ("http://127.0.0.1.remote.example/sparql", False),
        ("https://remote.example/sparql", True),
        ("http://127.0.0.1:7878/query", True),
        ("http://localhost:7878/query", True),
    ],
)
def test_no_login_goes_over_plain_http_to_a_remote_host(
    url: str, is_given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENNESS_ENDPOINT_USER", "ada")
    monkeypatch.setenv("OPENNESS_ENDPOINT_PASSWORD", "secret")
    assert (credentials.login(url) is not None) == is_given
