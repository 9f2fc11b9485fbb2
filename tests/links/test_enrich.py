"""Enriching from a real SPARQL engine whose data are shaped as Wikidata's."""

from __future__ import annotations

import datetime
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest
from pyoxigraph import NamedNode, RdfFormat

from openness import enrich
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.errors import BrokenFileError, NetworkError, NotFoundError, UsageError
from openness.graph import Graph
from openness.links.sources.facts import ORIGINS
from openness.net.cache import Cache
from openness.terms import CATALOGUE, GRAPH, PREFIXES, compact

TODAY = datetime.date(2031, 7, 1)
WIKIDATA = ORIGINS["wikidata"]


def organization(slug: str) -> str:
    return f"https://w3id.org/openness/id/organization/{slug}"


def ask(
    graph: Graph, folder: Path, url: str, thing: str | None = None, what: str | None = None
) -> enrich.Outcome:
    some = enrich.accepted(graph, WIKIDATA, thing, None if thing else "organization")
    whats = enrich.wanted(what, WIKIDATA)
    return enrich.ask(graph, WIKIDATA, some, whats, Cache(folder / "answers"), TODAY, url, 20)


def values(outcome: enrich.Outcome) -> dict[tuple[str, str], list[str]]:
    return {
        (compact(fact.link.ours).partition(":")[2], fact.what): [str(t) for t in fact.theirs]
        for fact in outcome.facts
        if fact.theirs
    }


def status(outcome: enrich.Outcome) -> dict[tuple[str, str], str]:
    return {
        (compact(fact.link.ours).partition(":")[2], fact.what): fact.status
        for fact in outcome.facts
    }


def test_what_holds_is_taken_as_precisely_as_it_is_said(
    linked: Graph, wikidata: str, tmp_path: Path
) -> None:
    """Deprecated, outranked and ended statements are not; a coarser date adds nothing."""
    outcome = ask(linked, tmp_path, wikidata)
    xsd = PREFIXES["xsd"]
    logo = "http://commons.wikimedia.org/wiki/Special:FilePath/Meta%20example.svg"
    assert values(outcome) == {
        ("meta", "founded"): [f'"2004-02-04"^^<{xsd}date>'],
        ("meta", "country"): ['"US"'],
        ("meta", "website"): ["<https://www.meta.example/>"],
        ("meta", "logo"): [f"<{logo}>"],
        ("openai", "founded"): [f'"2015-12"^^<{xsd}gYearMonth>'],
        ("eleutherai", "website"): ["<https://www.eleuther.example>"],
    }
    assert outcome.notes == [
        "organization:eleutherai: http://www.wikidata.org/entity/Q910003 leads to "
        "http://www.wikidata.org/entity/Q910004",
        "organization:eleutherai: left out: founded: “2020-01-01T00:00:00Z” is less precise than "
        "a year",
    ]


def test_it_stands_beside_what_the_graph_says(linked: Graph, wikidata: str, tmp_path: Path) -> None:
    """A year and a day in it are no difference; a near match (TII's) is no link to ask over."""
    outcome = ask(linked, tmp_path, wikidata)
    found = status(outcome)
    assert found["meta", "founded"] == enrich.SAME
    assert found["meta", "country"] == enrich.SAME
    assert found["meta", "website"] == enrich.OTHER
    assert found["meta", "logo"] == enrich.NEW
    assert found["openai", "founded"] == enrich.OTHER
    assert found["openai", "website"] == enrich.NONE
    assert {name for name, _ in found} == {"meta", "openai", "eleutherai"}
    (fact,) = (f for f in outcome.facts if f.what == "founded" and "meta" in f.link.ours)
    assert [(t.value, compact(g)) for t, g in fact.ours] == [("2004", "graph:register")]


def save(outcome: enrich.Outcome, path: Path, url: str, what: str | None = None) -> int:
    path.parent.mkdir(exist_ok=True)
    return enrich.save(path, WIKIDATA, outcome, enrich.wanted(what, WIKIDATA), url)


def quads(path: Path) -> set[pyoxigraph.Quad]:
    return set(pyoxigraph.parse(path=path, format=RdfFormat.TRIG))


def test_the_file_has_facts_source_and_day(linked: Graph, wikidata: str, tmp_path: Path) -> None:
    path = tmp_path / "enrichments" / "wikidata.trig"
    assert save(ask(linked, tmp_path, wikidata), path, wikidata) == 6
    graph = NamedNode(GRAPH + "wikidata")
    assert {q.graph_name for q in quads(path)} == {graph, NamedNode(CATALOGUE)}
    about = {
        compact(q.predicate.value): q.object.value  # type: ignore[union-attr]
        for q in quads(path)
        if q.subject == graph
    }
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert about["dcterms:license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert about["dcterms:publisher"] == "Wikimedia Foundation"
    assert about["dcterms:source"] == wikidata
    assert about["pav:retrievedOn"] == today
    assert about["pav:importedBy"].startswith("openness ")
    record = NamedNode("http://www.wikidata.org/entity/Q910001")
    said = {
        compact(q.predicate.value): q.object.value  # type: ignore[union-attr]
        for q in quads(path)
        if q.subject == record
    }
    assert said == {"schema:about": organization("meta"), "pav:retrievedOn": today}


def test_again_only_what_was_asked_for_is_replaced(
    linked: Graph, wikidata: str, tmp_path: Path
) -> None:
    path = tmp_path / "enrichments" / "wikidata.trig"
    save(ask(linked, tmp_path, wikidata), path, wikidata)
    first = path.read_bytes()
    save(ask(linked, tmp_path, wikidata), path, wikidata)
    assert path.read_bytes() == first
    stale = pyoxigraph.Quad(
        NamedNode(organization("meta")),
        NamedNode(PREFIXES["schema"] + "url"),
        NamedNode("https://stale.example/"),
        NamedNode(GRAPH + "wikidata"),
    )
    other = pyoxigraph.Quad(
        NamedNode(organization("openai")), stale.predicate, stale.object, stale.graph_name
    )
    founded = pyoxigraph.Quad(
        stale.subject,
        NamedNode(PREFIXES["schema"] + "foundingDate"),
        pyoxigraph.Literal("1999", datatype=NamedNode(PREFIXES["xsd"] + "gYear")),
        stale.graph_name,
    )
    path.write_bytes(
        pyoxigraph.serialize([*quads(path), stale, other, founded], format=RdfFormat.TRIG) or b""
    )
    meta = organization("meta")
    save(ask(linked, tmp_path, wikidata, meta, "website"), path, wikidata, "website")
    assert stale not in quads(path)
    assert {other, founded} <= quads(path)


def test_what_was_enriched_differs_in_disagree(
    linked: Graph, wikidata: str, tmp_path: Path
) -> None:
    from tests.links.conftest import FIXTURES, LINKED

    from openness.differences import differing

    path = tmp_path / "enrichments" / "wikidata.trig"
    save(ask(linked, tmp_path, wikidata), path, wikidata)
    files = [Input(p, p.as_uri()) for p in (FIXTURES / "world.trig", LINKED, path)]
    graph = Graph(EmbeddedEngine(build(Inputs(tuple(files), ()))))
    found = differing(graph, graph.find("openai"))
    assert [
        (one.what, [(v.text, [s.id for s in v.sources]) for v in one.values]) for one in found
    ] == [("founded", [("2015-12", ["graph:wikidata"]), ("2016", ["graph:register"])])]
    assert [one.what for one in differing(graph, graph.find("meta"))] == ["website"]
    assert {one.thing.id for one in differing(graph)} >= {
        "organization:meta",
        "organization:openai",
    }


def test_a_kept_answer_is_used_offline(linked: Graph, wikidata: str, tmp_path: Path) -> None:
    before = values(ask(linked, tmp_path, wikidata))
    some = enrich.accepted(linked, WIKIDATA, None, "organization")
    kept = Cache(tmp_path / "answers", is_offline=True)
    whats = enrich.wanted(None, WIKIDATA)
    again = enrich.ask(linked, WIKIDATA, some, whats, kept, TODAY, wikidata, 20)
    assert values(again) == before
    with pytest.raises(NetworkError, match="offline"):
        enrich.ask(linked, WIKIDATA, some[:1], whats, kept, TODAY, wikidata, 20)


@pytest.mark.parametrize(
    ("what", "problem"),
    [
        ("founded,parents", "not “parents”"),
        ("parameters", "Wikidata has no parameters"),
        (",", "--what names nothing"),
    ],
)
def test_what_cannot_be_asked_for_is_told(what: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        enrich.wanted(what, WIKIDATA)


def test_what_is_not_linked_is_told(linked: Graph) -> None:
    with pytest.raises(NotFoundError, match="organization:tii has no accepted link to Wikidata"):
        enrich.accepted(linked, WIKIDATA, organization("tii"), None)
    with pytest.raises(NotFoundError, match=r"no source wikidatta.*Did you mean wikidata"):
        enrich.origin_of("wikidatta")


def test_a_broken_file_is_named_and_stays(linked: Graph, wikidata: str, tmp_path: Path) -> None:
    path = tmp_path / "enrichments" / "wikidata.trig"
    path.parent.mkdir()
    path.write_text("graph:a {\n")
    with pytest.raises(BrokenFileError, match=r"wikidata\.trig: line 1"):
        save(ask(linked, tmp_path, wikidata), path, wikidata)
    assert path.read_text() == "graph:a {\n"


# --- Documents of ROR and Hugging Face -----------------------------------------

ROR = {
    "id": "https://ror.org/0example1",
    "established": 2020,
    "links": [
        {"type": "website", "value": "https://mlcommons.example/"},
        {"type": "wikipedia", "value": "https://en.wikipedia.org/wiki/Example"},
    ],
    "locations": [{"geonames_id": 1, "geonames_details": {"country_code": "US", "name": "Here"}}],
}
MODEL = {
    "id": "tii/falcon-40b",
    "cardData": {"license": "apache-2.0"},
    "safetensors": {"parameters": {"BF16": 41000}, "total": 41000},
}
ANSWERS = {
    "/v2/organizations/0example1": (200, "application/json", json.dumps(ROR)),
    "/api/models/tii/falcon-40b": (200, "application/json", json.dumps(MODEL)),
    "/html/0example1": (200, "text/html", "<html>We are down.</html>"),
    "/list/0example1": (200, "application/json", "[]"),
    "/odd/0example1": (200, "application/json", '{"links": [7]}'),
    "/away/0example1": (302, "http://other.example/", ""),
    "/no/0example1": (500, "text/plain", "no"),
}


class Answering(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        code, kind, text = ANSWERS.get(self.path, (404, "text/plain", "none"))
        self.send_response(code)
        self.send_header("Location" if code == 302 else "Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def documents() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def from_documents(graph: Graph, folder: Path, name: str, url: str, kind: str) -> enrich.Outcome:
    origin = ORIGINS[name]
    some = enrich.accepted(graph, origin, None, kind)
    cache = Cache(folder / "answers")
    return enrich.ask(graph, origin, some, origin.whats, cache, TODAY, url, 10)


def test_a_record_of_ror(linked: Graph, documents: str, tmp_path: Path) -> None:
    url = f"{documents}/v2/organizations"
    outcome = from_documents(linked, tmp_path, "ror", url, "organization")
    assert values(outcome) == {
        ("mlcommons", "founded"): [f'"2020"^^<{PREFIXES["xsd"]}gYear>'],
        ("mlcommons", "country"): ['"US"'],
        ("mlcommons", "website"): ["<https://mlcommons.example/>"],
    }


def test_a_page_of_hugging_face(linked: Graph, documents: str, tmp_path: Path) -> None:
    """Its word for a licence becomes the licence of ours; 41,000 and 40,000 are one count."""
    outcome = from_documents(linked, tmp_path, "huggingface", documents, "model")
    assert values(outcome) == {
        ("falcon-40b", "licence"): ["<https://w3id.org/openness/id/licence/apache-2.0>"],
        ("falcon-40b", "parameters"): [f'"41000"^^<{PREFIXES["xsd"]}integer>'],
    }
    assert status(outcome)["falcon-40b", "parameters"] == enrich.SAME


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("html", "sent no JSON"),
        ("list", "is not an object"),
        ("odd", "is not what it should be"),
        ("away", "leads to another host: http://other.example/"),
        ("no", "HTTP status 500"),
    ],
)
def test_a_document_that_is_none_is_one_line(
    linked: Graph, documents: str, tmp_path: Path, path: str, problem: str
) -> None:
    with pytest.raises(NetworkError, match=problem) as caught:
        from_documents(linked, tmp_path, "ror", f"{documents}/{path}", "organization")
    assert str(caught.value).startswith(f"{documents}/{path}/0example1")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("*.trig"))


def test_what_is_gone_is_a_note(linked: Graph, documents: str, tmp_path: Path) -> None:
    outcome = from_documents(linked, tmp_path, "ror", f"{documents}/gone", "organization")
    assert outcome.found == {}
    assert outcome.notes == [
        "organization:mlcommons: Research Organization Registry says nothing of "
        "https://ror.org/0example1"
    ]
