"""Searching, scoring and writing down: real SPARQL engines, with data shaped as others' are."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyoxigraph
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad
from tests.servers import endpoint, oxigraph, virtuoso

from openness import mappings
from openness.cli import sources
from openness.engine.compile import Input, Inputs, build
from openness.engine.embedded import EmbeddedEngine
from openness.errors import NetworkError, NotFoundError, UsageError
from openness.graph import Graph
from openness.links import propose as feature
from openness.links import review
from openness.links.entity import Entity
from openness.links.held import Link
from openness.links.ours import entities, entity
from openness.links.propose import Proposed, propose, to_sssom
from openness.links.score import Part, Score
from openness.links.sources import facts, registry, sparql
from openness.links.sources.anything import Anything
from openness.links.sources.base import Source
from openness.links.sources.dbpedia import DBpedia
from openness.links.sources.registry import source
from openness.links.sources.wikidata import Wikidata
from openness.net.cache import Cache
from openness.terms import ID

FIXTURES = Path(__file__).parent.parent / "fixtures"
CANDIDATES = (FIXTURES / "candidates.ttl").read_bytes()
WD = "http://www.wikidata.org/entity/"
DBR = "http://dbpedia.org/resource/"
DAY = datetime.date(2031, 6, 4)
ENGINES = [
    "oxigraph",
    pytest.param(
        "virtuoso",
        marks=[
            pytest.mark.virtuoso,
            pytest.mark.skipif(not virtuoso.is_there(), reason="no virtuoso-t on the PATH"),
        ],
    ),
]


@pytest.fixture(scope="module")
def world() -> Graph:
    """The frozen world, with sites and accounts."""
    files = (Input(FIXTURES / "world.trig", "urn:world"), Input(FIXTURES / "pages.trig", "urn:p"))
    return Graph(EmbeddedEngine(build(Inputs(files, ()))))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Engines that hold the data of Wikidata, of DBpedia and of somebody else, all in one."""
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(oxigraph.started(tmp_path_factory.mktemp("oxigraph"))).endpoint
        oxigraph.load(url, CANDIDATES, "turtle")
        found = {"oxigraph": url}
        if virtuoso.is_there():
            server = stack.enter_context(virtuoso.started(tmp_path_factory.mktemp("virtuoso")))
            virtuoso.load(server, CANDIDATES, "urn:candidates")
            found["virtuoso"] = server.endpoint
        yield found


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, engines: dict[str, str]) -> str:
    """The address of each engine."""
    return engines[request.param]


def found(
    graph: Graph, source: Source, names: Sequence[str], limit: int = 20
) -> dict[str, list[Entity]]:
    """Return the candidates of things by their ids."""
    ours = entities(graph, [ID + name for name in names])
    return dict(zip(names, source.search(ours, limit), strict=True))


def iris(some: Sequence[Entity]) -> set[str]:
    return {one.iri.removeprefix(WD).removeprefix(DBR) for one in some}


# --- Sources --------------------------------------------------------------------------


def test_wikidata_by_names_in_languages_pages_and_ids(
    world: Graph, url: str, tmp_path: Path
) -> None:
    wikidata = Wikidata(url, Cache(tmp_path), 30)
    kinds = {
        "organization/meta": {"Q920001", "Q920003", "Q920004"},  # no page that tells apart
        "organization/eleutherai": {"Q920006"},
        "organization/tii": {"Q920007"},
        "organization/openai": {"Q920008"},
        "model/llama-2": {"Q920009"},
        "person/joelle-pineau": {"Q920011"},
        "licence/apache-2.0": {"Q920012"},
        "organization/mlcommons": set(),
    }
    some = found(world, wikidata, list(kinds))
    assert {name: iris(candidates) for name, candidates in some.items()} == kinds
    assert some["organization/meta"][0] == Entity(
        f"{WD}Q920001",
        "Meta Platforms",
        ("Facebook, Inc.", "Meta", "Мета", "メタ", "Facebook"),
        "organization",
        ("business",),
        ("https://www.meta.example/",),
        ("2004-02-04",),
        (),
        "US",
        "company",
    )
    (llama,) = some["model/llama-2"]
    assert (llama.kind, llama.dates) == ("model", ("2023-07",))
    assert llama.links == ("https://github.com/meta-example/llama",)
    (pineau,) = some["person/joelle-pineau"]
    assert (pineau.kind, pineau.dates) == ("person", ("1974",))
    assert pineau.links == ("https://orcid.org/0000-0001-2345-6789",)
    assert some["licence/apache-2.0"][0].kind == "licence"
    assert some["organization/tii"][0].links == ("https://github.com/tii-example",)


def test_dbpedia_by_titles_and_those_that_redirect(world: Graph, url: str, tmp_path: Path) -> None:
    dbpedia = DBpedia(url, Cache(tmp_path), 30)
    some = found(world, dbpedia, ["organization/meta", "organization/openai", "model/gpt-2"])
    assert {name: iris(candidates) for name, candidates in some.items()} == {
        "organization/meta": {"Meta_Platforms", "Meta_River"},
        "organization/openai": {"OpenAI"},
        "model/gpt-2": set(),
    }
    meta = some["organization/meta"][0]
    assert (meta.label, meta.kind, meta.types) == ("Meta Platforms", "organization", ("company",))
    assert {"Facebook", "Meta", "Meta Platforms, Inc."} == set(meta.aliases)
    assert (meta.websites, meta.dates) == (("https://www.meta.example/",), ("2004",))
    assert meta.links == (f"{WD}Q920001",)


def test_any_endpoint_by_the_vocabularies_that_are_shared(
    world: Graph, url: str, tmp_path: Path
) -> None:
    anything = Anything(url, Cache(tmp_path), 30)
    names = ["organization/meta", "person/joelle-pineau", "aspect/user-threshold", "model/llama-2"]
    some = found(world, anything, names)
    ex = "https://data.example/thing/"
    assert f"{ex}1" in iris(some["organization/meta"])
    assert not any(one.iri.startswith(ID) for one in some["organization/meta"])
    meta = next(one for one in some["organization/meta"] if one.iri == f"{ex}1")
    assert (meta.label, meta.aliases, meta.kind) == ("Meta", ("Facebook",), "organization")
    assert (meta.websites, meta.dates) == (("https://meta.example",), ("2004",))
    assert {f"{ex}2#it", "Q920011"} == iris(some["person/joelle-pineau"])
    assert iris(some["aspect/user-threshold"]) == {f"{ex}user-threshold"}
    assert f"{ex}llama" in iris(some["model/llama-2"])


def test_what_has_an_id_or_a_page_comes_before_homonyms(world: Graph, tmp_path: Path) -> None:
    """Thirty of a name: the limit keeps the one that has more than the name."""
    prefixes = "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
    homonyms = "".join(f'<{WD}Q{n}> rdfs:label "TII"@en .\n' for n in range(1, 31))
    more = f"<{WD}Q920007> <http://www.wikidata.org/prop/direct/P856> <https://tii.example/> ."
    named = f'<{WD}Q920007> rdfs:label "An institute"@en .'
    (tmp_path / "server").mkdir()
    with oxigraph.started(tmp_path / "server") as server:
        text = "\n".join((prefixes, homonyms, more, named))
        oxigraph.load(server.endpoint, text.encode(), "turtle")
        wikidata = Wikidata(server.endpoint, Cache(tmp_path / "kept"), 30)
        some = found(world, wikidata, ["organization/tii"], 3)["organization/tii"]
    assert [one.iri.removeprefix(WD) for one in some] == ["Q920007", "Q1", "Q2"]


def test_many_things_are_few_requests(
    world: Graph, engines: dict[str, str], tmp_path: Path
) -> None:
    names = [f"organization/o{n}" for n in range(60)] + ["organization/meta"]
    ours = [
        Entity(ID + name, f"Organization {n}", websites=(f"https://o{n}.example",))
        for n, name in enumerate(names[:-1])
    ] + entities(world, [ID + names[-1]])
    with endpoint.in_front_of(engines["oxigraph"]) as server:
        some = Wikidata(server.url, Cache(tmp_path), 30).search(ours, 5)
        assert [len(one) for one in some] == [0] * 60 + [3]
        # Names twice, pages in twelve forms; then two requests that describe what was found.
        assert len(server.asked) <= 6
        asked = len(server.asked)
        again = Wikidata(server.url, Cache(tmp_path), 30).search(ours, 5)
        assert (again, len(server.asked)) == (some, asked)


@given(st.text(min_size=1), st.lists(st.text(), max_size=40))
def test_a_name_is_found_letter_by_letter_whatever_is_in_it(name: str, others: list[str]) -> None:
    """Quotes, line feeds, braces and backslashes stay within their term."""
    store = pyoxigraph.Store()
    label = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
    item = NamedNode(f"{WD}Q1")
    store.add(Quad(item, label, Literal(name, language="de")))
    wikidata = Wikidata("http://127.0.0.1:9/", Cache(Path("/nowhere")), 1)
    keys = [("label", text) for text in (*others, name)]
    keys += [(what, text) for what in Wikidata.patterns if what != "label" for text in others]
    rows: set[tuple[str, str]] = set()
    for query in wikidata.queries(keys):
        answer = store.query(query)
        assert isinstance(answer, pyoxigraph.QuerySolutions)
        rows |= {(row["item"].value, row["value"].value) for row in answer}
    assert rows == {(item.value, name)}


def test_dates_are_as_precise_as_they_are() -> None:
    said = {
        "label": ["X"],
        "date": [
            "2023-07-18T00:00:00Z 11",
            "2023-07-01T00:00:00Z 10",
            "2023-01-01T00:00:00Z 9",
            "2020-01-01T00:00:00Z 8",
            "2019",
            "-0044-01-01T00:00:00Z 9",
            "unknown",
        ],
    }
    assert sparql.entity("urn:x", said, None).dates == ("2023-07-18", "2023-07", "2023", "2019")


def test_facts_of_several_things_with_one_that_moved(url: str, tmp_path: Path) -> None:
    """Virtuoso, which DBpedia runs, must not lose those of all when one redirects."""
    cache = Cache(tmp_path)
    names = ("Meta_Platforms", "Facebook_Inc", "OpenAI")
    dbpedia = facts.fetch(
        facts.ORIGINS["dbpedia"], [DBR + name for name in names], ("founded",), cache, DAY, url, 30
    )
    assert {iri.removeprefix(DBR): one.iri for iri, one in dbpedia.items()} == {
        "Meta_Platforms": f"{DBR}Meta_Platforms",
        "Facebook_Inc": f"{DBR}Meta_Platforms",
    }
    numbers = (f"{WD}Q920001", f"{WD}Q920005", f"{WD}Q920007")
    wikidata = facts.fetch(facts.ORIGINS["wikidata"], numbers, ("website",), cache, DAY, url, 30)
    assert {iri: [t.value for t in one.values["website"]] for iri, one in wikidata.items()} == {
        numbers[0]: ["https://www.meta.example/"],
        numbers[1]: ["https://www.meta.example/"],
        numbers[2]: ["http://tii.example"],
    }
    described = Wikidata(url, cache, 30).describe(numbers)
    assert [described[one].iri for one in numbers] == [numbers[0], numbers[0], numbers[2]]


# --- Sources by their names -------------------------------------------------------------


def test_sources_by_their_names(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert source("wikidata", cache, 1).url == "https://query.wikidata.org/sparql"
    mirror = source("dbpedia", cache, 1, "http://127.0.0.1:9/sparql")
    assert (mirror.name, mirror.url) == ("dbpedia", "http://127.0.0.1:9/sparql")
    other = source("http://data.example/sparql", cache, 1, protocol="sparql")
    assert (other.name, other.namespace) == ("data.example", "")
    with pytest.raises(NotFoundError, match="Did you mean wikidata"):
        source("wikidatta", cache, 1)
    with pytest.raises(UsageError, match="an address already"):
        source("http://data.example/", cache, 1, "http://other.example/", "sparql")
    with pytest.raises(UsageError, match="--protocol is for a service at an address"):
        source("wikidata", cache, 1, protocol="sparql")
    with pytest.raises(UsageError, match="must not carry a password"):
        source("http://me:secret@data.example/", cache, 1, protocol="sparql")


# --- Proposing ----------------------------------------------------------------------------


def test_the_best_candidates_and_counts(
    world: Graph, engines: dict[str, str], tmp_path: Path
) -> None:
    wikidata = Wikidata(engines["oxigraph"], Cache(tmp_path), 30)
    meta, mlcommons = f"{ID}organization/meta", f"{ID}organization/mlcommons"
    told: list[tuple[int, int]] = []
    outcome = propose(
        world,
        [meta, mlcommons],
        wikidata,
        frozenset(),
        progress=lambda done, total: told.append((done, total)),
    )
    totals = [one.score.total for one in outcome.proposed]
    assert outcome.proposed[0].pair == (meta, f"{WD}Q920001")
    assert totals == sorted(totals, reverse=True)
    assert min(totals) >= 0.5
    assert (outcome.asked, outcome.nothing, outcome.decided) == (2, 1, 0)
    assert len(outcome.proposed) + outcome.below == 3
    assert told == [(0, 2), (2, 2)]
    first = propose(world, [meta], wikidata, frozenset(), 0.0, 1)
    assert (len(first.proposed), first.below) == (1, 2)


def test_what_was_decided_on_is_left_out(
    world: Graph, engines: dict[str, str], tmp_path: Path
) -> None:
    wikidata = Wikidata(engines["oxigraph"], Cache(tmp_path), 30)
    meta = f"{ID}organization/meta"
    outcome = propose(world, [meta], wikidata, {(meta, f"{WD}Q920001")}, 0.0)
    assert f"{WD}Q920001" not in {one.theirs.iri for one in outcome.proposed}
    assert (len(outcome.proposed), outcome.decided) == (2, 1)


def test_what_is_linked_there(engines: dict[str, str], tmp_path: Path) -> None:
    links = [
        Link("urn:a", "schema:sameAs", f"{WD}Q1", "urn:g"),
        Link("urn:b", "rdfs:seeAlso", f"{WD}Q2", "urn:g"),
        Link("urn:c", "schema:sameAs", "https://data.example/3", "urn:g"),
    ]
    url, cache = engines["oxigraph"], Cache(tmp_path)
    assert feature.linked(links, Wikidata(url, cache, 1)) == {"urn:a"}
    assert feature.linked(links, Anything("https://data.example/sparql", cache, 1)) == {"urn:c"}


def test_an_answer_that_breaks_off_is_told_and_what_came_before_is_kept(
    world: Graph, engines: dict[str, str], tmp_path: Path
) -> None:
    ours = [f"{ID}organization/{name}" for name in ("meta", "openai")]
    with endpoint.in_front_of(engines["oxigraph"]) as server:
        wikidata = Wikidata(server.url, Cache(tmp_path), 30)
        whole = propose(world, ours, wikidata, frozenset()).proposed
        count = len(server.asked)
        kept = sorted(tmp_path.iterdir())
        kept[0].unlink()
        server.faults[:] = [endpoint.broken_off]
        with pytest.raises(NetworkError, match=r"did not answer|broke off"):
            propose(world, ours, wikidata, frozenset())
        assert propose(world, ours, wikidata, frozenset()).proposed == whole
        assert len(server.asked) == count + 2


# --- SSSOM ----------------------------------------------------------------------------------


def proposed(
    iri: str, label: str = "Theirs", name: str = "Ours", kind: str = "organization"
) -> Proposed:
    parts = (Part("label", 0.875, "a | b"), Part("website", None, "not known of both"))
    return Proposed(Entity(f"{ID}{kind}/x", name), Entity(iri, label), Score(0.7512, parts))


def test_a_file_that_the_reference_implementation_takes(
    world: Graph, engines: dict[str, str], tmp_path: Path
) -> None:
    parsers = pytest.importorskip("sssom.parsers")
    validators = pytest.importorskip("sssom.validators")
    for given_source in (Wikidata, DBpedia, Anything):
        one = given_source(engines["oxigraph"], Cache(tmp_path / "kept"), 30)
        ours = [*feature.things(world, None, "organization"), f"{ID}aspect/user-threshold"]
        some = propose(world, ours, one, frozenset(), 0.0).proposed
        path = tmp_path / f"{given_source.__name__}.sssom.tsv"
        path.write_bytes(to_sssom(some, one, DAY))
        frame = parsers.parse_sssom_table(str(path))
        reports = validators.validate(frame, fail_on_error=False)
        assert {kind: [r.message for r in report.results] for kind, report in reports.items()} == {
            kind: [] for kind in reports
        }
        assert len(frame.df) == len(some) > 0
        candidates = review.read(path).candidates
        assert {c.pair for c in candidates} == {p.pair for p in some}
        assert not any(row.is_settled for row in mappings.read(path))


def test_what_a_row_says(tmp_path: Path) -> None:
    path = tmp_path / "some.sssom.tsv"
    rows = [proposed(f"{WD}Q1"), proposed(f"{WD}Q2", kind="aspect")]
    path.write_bytes(to_sssom(rows, Wikidata("http://w.example", Cache(tmp_path), 1), DAY))
    first, second = sorted((m.slots for m in mappings.read(path)), key=lambda s: s["object_id"])
    assert first == {
        "subject_id": "organization:x",
        "subject_label": "Ours",
        "predicate_id": "schema:sameAs",
        "object_id": "wd:Q1",
        "object_label": "Theirs",
        "mapping_justification": "semapv:LexicalMatching",
        "mapping_tool": "openness",
        "mapping_tool_version": first["mapping_tool_version"],
        "mapping_date": "2031-06-04",
        "confidence": "0.751",
        "other": "label=0.875",
    }
    assert second["predicate_id"] == "skos:exactMatch"


def test_evidence_besides_names_is_a_composite_match(tmp_path: Path) -> None:
    parts = (Part("label", 1.0, ""), Part("tokens", 1.0, ""), Part("website", 0.0, ""))
    one = Proposed(Entity(f"{ID}model/x", "X"), Entity(f"{WD}Q1", "X"), Score(0.5, parts))
    text = to_sssom([one], Wikidata("http://w.example", Cache(tmp_path), 1), DAY).decode()
    assert "semapv:CompositeMatching" in text
    assert "label=1|tokens=1|website=0" in text


ANY_IRI = st.builds(
    "{}{}{}".format,
    st.sampled_from(
        (
            "http://a.example/",
            "https://huggingface.co/",
            "urn:x:",
            WD,
            "http://b.example/#",
            "https://",
        )
    ),
    st.text("ab:/#%()'-.", max_size=6),
    st.sampled_from(("", "z", "Q1", "z/", "z#")),
).filter(feature.can_be_linked)


@given(st.lists(st.tuples(ANY_IRI, st.text(max_size=9), st.text(max_size=9)), max_size=6))
def test_what_is_written_reads_back(some: list[tuple[str, str, str]]) -> None:
    """Whatever IRIs and labels are like, the same pairs come back, and the same bytes go out."""
    import tempfile

    rows = {iri: proposed(iri, label, name) for iri, label, name in some}
    source = Wikidata("http://w.example", Cache(Path("/nowhere")), 1)
    content = to_sssom(rows.values(), source, DAY)
    assert content == to_sssom(rows.values(), source, DAY)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "some.sssom.tsv"
        path.write_bytes(content)
        assert {c.pair for c in review.read(path).candidates} == {p.pair for p in rows.values()}


def test_things_of_ours_in_one_query(world: Graph) -> None:
    names = [f"{ID}organization/{name}" for name in ("tii", "meta")]
    assert entities(world, names) == [entity(world, name) for name in names]
    meta = entities(world, names)[1]
    assert (meta.label, meta.aliases[:1], meta.kind) == ("Meta", ("Facebook",), "organization")
    assert (meta.websites, meta.dates) == (("https://meta.example",), ("2004",))
    with pytest.raises(NotFoundError, match="nothing of the kind software"):
        feature.things(world, None, "software")


def test_the_command_line_offers_the_data_sets_that_have_a_name() -> None:
    """It names them itself, for a command line that is only completed loads no source."""
    assert sources.NAMES == registry.NAMES == tuple(facts.ORIGINS)
