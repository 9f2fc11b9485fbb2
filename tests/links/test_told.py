"""What data sets say of their own things: a real SPARQL engine, and documents on loopback."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.sources.registry import describer
from openness.net.cache import Cache

WD = "http://www.wikidata.org/entity/"
ROR = {
    "id": "https://ror.org/0example1",
    "names": [
        {"value": "MLC", "types": ["acronym"], "lang": None},
        {"value": "MLCommons", "types": ["label", "ror_display"], "lang": "en"},
    ],
    "types": ["nonprofit"],
    "status": "active",
    "established": 2020,
    "links": [{"type": "website", "value": "https://mlcommons.example/"}],
    "locations": [{"geonames_id": 1, "geonames_details": {"country_code": "US", "name": "X"}}],
    "external_ids": [{"type": "wikidata", "preferred": None, "all": ["Q910006"]}],
}
GONE = ROR | {
    "id": "https://ror.org/0example2",
    "status": "withdrawn",
    "relationships": [
        {"type": "successor", "id": "https://ror.org/0example1", "label": "MLCommons"}
    ],
}
DOCUMENTS = {
    "/ror/0example1": ROR,
    "/ror/0example2": GONE,
    "/ror/0example3": {"names": "none"},
    "/api/models/tii/falcon-40b": {"id": "tiiuae/falcon-40b", "pipeline_tag": "text-generation"},
    "/api/datasets/tii/web": {"id": "tii/web"},
    "/api/organizations/tii/overview": {"fullname": "Technology Innovation Institute"},
}


def test_an_item_of_wikidata(wikidata: str, tmp_path: Path) -> None:
    iris = [f"{WD}Q91000{n}" for n in (1, 3, 5, 9)]
    found = describer("wikidata", Cache(tmp_path), wikidata, 20)(iris)
    assert found.keys() == set(iris[:3])  # the last one is dead
    assert found[iris[0]] == Entity(
        iris[0],
        "Meta",
        ("Facebook, Inc.", "Meta Platforms", "Мета"),
        "organization",
        ("business",),
        ("https://www.meta.example/",),
        ("2004-02-04",),
        ("https://ror.org/0example9",),
        "US",
        "technology company",
    )
    assert (found[iris[1]].iri, found[iris[1]].label) == (f"{WD}Q910004", "EleutherAI")
    assert found[iris[2]].kind == "person"


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(DOCUMENTS.get(self.path)).encode()
        self.send_response(200 if self.path in DOCUMENTS else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_record_of_ror(documents: str, tmp_path: Path) -> None:
    iris = [f"https://ror.org/0example{n}" for n in (1, 2, 4)]
    found = describer("ror", Cache(tmp_path), f"{documents}/ror", 10)(iris)
    assert found == {
        iris[0]: Entity(
            iris[0],
            "MLCommons",
            ("MLC",),
            "organization",
            ("nonprofit",),
            ("https://mlcommons.example/",),
            ("2020",),
            (f"{WD}Q910006",),
            "US",
        ),
        iris[1]: found[iris[1]],
    }
    assert found[iris[1]].iri == iris[0]


def test_a_page_of_hugging_face(documents: str, tmp_path: Path) -> None:
    """A model that was renamed stands at its new name; data sets and organizations are others."""
    start = "https://huggingface.co/"
    names = ("tii/falcon-40b", "datasets/tii/web", "tii", "tii/none")
    found = describer("huggingface", Cache(tmp_path), documents, 10)([start + n for n in names])
    assert {
        iri.removeprefix(start): (one.iri.removeprefix(start), one.kind, one.label)
        for iri, one in found.items()
    } == {
        "tii/falcon-40b": ("tiiuae/falcon-40b", "model", "falcon-40b"),
        "datasets/tii/web": ("datasets/tii/web", "dataset", "web"),
        "tii": ("tii", "organization", "Technology Innovation Institute"),
    }


def test_a_record_that_is_none_is_told(documents: str, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="0example3 is not what it should be"):
        describer("ror", Cache(tmp_path), f"{documents}/ror", 10)(["https://ror.org/0example3"])
