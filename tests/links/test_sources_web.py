"""ROR, the Hugging Face Hub and a reconciliation service, as a server on loopback has them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.servers import web
from tests.servers.web import FAULTS, MANIFEST, Web

from openness.errors import NetworkError
from openness.links.entity import Entity
from openness.links.sources.base import Source
from openness.links.sources.huggingface import HuggingFace
from openness.links.sources.reconciliation import Reconciliation, is_service
from openness.links.sources.ror import Ror
from openness.net.cache import Cache

SECONDS: Final = 1.0
TOKEN: Final = "hf_SecretSecretSecret"
ROR: Final = "https://ror.org/"
HF: Final = "https://huggingface.co/"
THINGS: Final = "https://things.example/id/"
MLC: Final = Entity(
    f"{ROR}0mlcomm01",
    "MLCommons",
    ("MLC", "ML Commons Association"),
    "organization",
    ("nonprofit",),
    ("https://mlcommons.example/",),
    ("2020",),
    ("http://www.wikidata.org/entity/Q910006",),
    "US",
)
MILA: Final = Entity(f"{ROR}0mila0001", "Mila", ("MLC",), "organization", ("nonprofit",))


@pytest.fixture(autouse=True)
def no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever runs the tests may have one."""
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def server() -> Iterator[Web]:
    with web.started() as server:
        yield server


def ours(label: str, *aliases: str, kind: str = "organization", **more: Any) -> Entity:
    return Entity(f"https://w3id.org/openness/id/{kind}/x", label, aliases, kind, **more)


def sent(server: Web) -> list[dict[str, str]]:
    return [one.fields for one in server.asked]


# The Research Organization Registry


@pytest.fixture
def ror(server: Web, tmp_path: Path) -> Ror:
    return Ror(f"{server.url}/v2/organizations", Cache(tmp_path), 5)


def test_organizations_by_their_names(ror: Ror, server: Web) -> None:
    """The first of each name before the second of any; one that is found twice comes once."""
    assert ror.search([ours("MLC", "mlcommons"), ours("mila")], 5) == [[MLC, MILA], [MILA]]
    assert ror.search([ours("Mila", "MLC")], 1) == [[MILA]]
    assert sent(server)[:3] == [{"query": '"MLC"'}, {"query": '"mlcommons"'}, {"query": '"mila"'}]


def test_an_organization_by_its_wikidata_item(ror: Ror) -> None:
    known = ours("Benchmarkers", links=("https://www.wikidata.org/wiki/Q910006",))
    assert ror.search([known], 5) == [[MLC]]


def test_a_name_that_none_has_is_matched_loosely(ror: Ror, server: Web) -> None:
    assert ror.search([ours('The "ML" Commons \\ Group')], 5) == [[MLC]]
    assert sent(server) == [
        {"query": '"The \\"ML\\" Commons \\\\ Group"'},
        {"affiliation": 'The "ML" Commons \\ Group'},
    ]
    assert ror.search([ours("Nobody")], 5) == [[]]


def test_other_kinds_are_not_asked_for(ror: Ror, server: Web) -> None:
    kinds = ("person", "model", "licence", "dataset", "software", "")
    assert ror.search([ours("MLCommons", kind=kind) for kind in kinds], 5) == [[]] * 6
    assert ror.search([ours("MLCommons")], 0) == [[]]
    assert server.asked == []


def test_records_of_ror(ror: Ror) -> None:
    iris = [f"{ROR}{number}" for number in ("0mlcomm01", "0mlperf01", "0nobody01")]
    found = ror.describe(iris)
    assert found.keys() == set(iris[:2])  # the last one is dead
    assert found[iris[0]] == MLC
    assert (found[iris[1]].iri, found[iris[1]].label) == (MLC.iri, "MLPerf")


def test_an_error_of_ror_has_status_200(ror: Ror, server: Web) -> None:
    server.fault = web.says(b'{"errors": ["page is not an integer", "x is illegal"]}')
    with pytest.raises(NetworkError, match="page is not an integer; x is illegal"):
        ror.search([ours("Mila")], 5)


# The Hugging Face Hub


@pytest.fixture
def hub(server: Web, tmp_path: Path) -> HuggingFace:
    return HuggingFace(server.url, Cache(tmp_path), 5)


def model(name: str, *types: str) -> Entity:
    by, _, label = name.rpartition("/")
    words = ", ".join([*types, *([f"by {by}"] if by else [])])
    return Entity(HF + name, label, (name,), "model", types, description=words)


INSTRUCT: Final = model("tii/falcon-40b-instruct", "text-generation")
FALCON: Final = model("tii/falcon-40b", "text-generation")


def test_models_by_their_names(hub: HuggingFace, server: Web) -> None:
    """Those that are fetched most come first; where a space finds nothing, a hyphen may."""
    wanted = [ours("Falcon 40B", kind="model"), ours("GPT2", kind="model")]
    gguf = model("someone/falcon-40b-GGUF")
    assert hub.search(wanted, 3) == [[INSTRUCT, FALCON, gguf], [model("gpt2", "text-generation")]]
    assert hub.search(wanted[:1], 2) == [[INSTRUCT, FALCON]]
    assert [fields["search"] for fields in sent(server)][:3] == ["Falcon 40B", "Falcon-40B", "GPT2"]


def test_a_name_of_the_hub_is_searched_for_first(hub: HuggingFace, server: Web) -> None:
    assert hub.search([ours("Falcon", "tii/falcon-40b", kind="model")], 2) == [[INSTRUCT, FALCON]]
    assert len(server.asked) == 1


def test_data_sets_by_their_names(hub: HuggingFace) -> None:
    name = "tii/falcon-refinedweb"
    assert hub.search([ours("RefinedWeb", kind="dataset")], 3) == [
        [Entity(f"{HF}datasets/{name}", name[4:], (name,), "dataset", description="by tii")]
    ]


TII: Final = Entity(f"{HF}tii", "Technology Innovation Institute", ("tii",), "organization")


def test_organizations_of_the_hub(hub: HuggingFace) -> None:
    assert hub.search([ours("Technology Innovation Institute")], 3) == [[TII]]
    assert hub.search([ours("Nobody", "Nothing", "TII")], 3) == [[TII]]
    assert hub.search([ours("Nobody")], 3) == [[]]


def test_without_a_search_for_organizations_names_are_tried(hub: HuggingFace, server: Web) -> None:
    server.fault, server.times = web.says(b"{}", status=404), 1
    assert hub.search([ours("TII", "Some One")], 3) == [[TII]]
    assert [one.path for one in server.asked] == [
        "/api/quicksearch",
        "/api/organizations/tii/overview",
        "/api/organizations/some-one/overview",
        "/api/organizations/someone/overview",
    ]


def test_other_kinds_are_not_asked_of_the_hub(hub: HuggingFace, server: Web) -> None:
    kinds = ("person", "licence", "software", "")
    assert hub.search([ours("Falcon", kind=kind) for kind in kinds], 3) == [[]] * 4
    assert server.asked == []


def test_pages_of_the_hub(hub: HuggingFace, server: Web) -> None:
    """A model that was renamed stands at its new name; an account may be anybody's."""
    names = ("tiiuae/falcon-40b", "tii/none", "tii", "someone", "nobody", "not a name", "gpt2")
    found = hub.describe([HF + name for name in names])
    assert {iri.removeprefix(HF): one for iri, one in found.items()} == {
        "tiiuae/falcon-40b": FALCON,
        "tii": TII,
        "someone": Entity(f"{HF}someone", "Some One", ("someone",), ""),
        "gpt2": model("gpt2", "text-generation"),
    }
    assert not [one for one in server.asked if " " in one.path]


def test_the_token_goes_to_the_hub_and_to_this_machine_and_is_not_kept(
    hub: HuggingFace, server: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    assert hub.describe([f"{HF}tii/falcon-40b"])
    assert server.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    kept = [path.read_text() for path in tmp_path.iterdir()]
    assert kept
    assert not any(TOKEN in text for text in kept)
    with pytest.raises(NetworkError, match="it asks for another login"):
        hub.describe([f"{HF}tii/none"])  # who has logged in is told 404 if it is not there


def test_no_token_for_a_mirror(
    server: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mirror is asked by a proxy here, as it must have another name."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    mirror = HuggingFace("http://mirror.example", Cache(tmp_path), 5)
    assert mirror.describe([f"{HF}tii/falcon-40b"]).keys() == {f"{HF}tii/falcon-40b"}
    (asked,) = server.asked
    assert "Authorization" not in asked.headers
    assert asked.headers["Host"] == "mirror.example"


# A reconciliation service


@pytest.fixture
def things(server: Web, tmp_path: Path) -> Reconciliation:
    return Reconciliation(f"{server.url}/reconcile", Cache(tmp_path), 5)


T1: Final = Entity(
    f"{THINGS}t1",
    "MLCommons",
    ("MLC", "MLPerf"),
    "organization",
    ("organization",),
    ("https://mlcommons.example/",),
    ("2020",),
    description="benchmarks",
)
T2: Final = Entity(f"{THINGS}t2", "ML Commons", kind="person", types=("Person",))
T3: Final = Entity(f"{THINGS}t/3", "Mila")


def test_candidates_of_a_service(things: Reconciliation, server: Web) -> None:
    """In batches as large as it takes, the best first, with facts; other names if one fails."""
    wanted = [ours("MLCommons"), ours("ML Commons"), ours("Montréal", "Mila"), ours("Nobody")]
    assert things.search(wanted, 2) == [[T1, T2], [T2, T1], [T3], []]
    assert things.namespace == THINGS
    forms = [
        {name: text for name, text in one.fields.items() if name != "extend"}
        for one in server.asked
    ]
    assert [list(form) for form in forms] == [
        [],
        ["queries"],
        ["queries"],
        ["queries"],
        ["type"],
        ["type"],
        [],
    ]
    assert {one.method for one in server.asked if "queries" in one.fields} == {"POST"}
    assert things.search(wanted[:1], 1) == [[T1]]


def test_things_of_a_service(things: Reconciliation) -> None:
    iris = [THINGS + name for name in ("t1", "t/3", "t4")]
    assert things.describe(iris) == {iris[0]: T1, iris[1]: T3}


def test_nothing_asked_nothing_sent(things: Reconciliation, server: Web) -> None:
    assert things.search([], 5) == []
    assert things.search([ours(" ")], 5) == [[]]
    assert things.search([ours("Mila")], 0) == [[]]
    assert things.describe([]) == {}
    assert server.asked == []


VIEW: Final = MANIFEST["view"]["url"].partition("{{id}}")[0]  # type: ignore[index]


@pytest.mark.parametrize(
    ("changed", "iris"),
    [
        ({}, (f"{THINGS}t1", f"{THINGS}t/3")),
        ({"identifierSpace": "http://www.ietf.org/rfc/rfc3986"}, (f"{VIEW}t1", f"{VIEW}t%2F3")),
        ({"versions": None, "batchSize": 1000, "extend": None}, (f"{THINGS}t1", f"{THINGS}t/3")),
    ],
)
def test_how_ids_become_iris(
    changed: dict[str, Any], iris: tuple[str, str], things: Reconciliation, server: Web
) -> None:
    changed = {name: value for name, value in (MANIFEST | changed).items() if value is not None}
    server.manifest = changed
    found = things.search([ours("MLCommons"), ours("Mila")], 1)
    assert tuple(one.iri for (one,) in found) == iris
    assert [one.label for one in things.describe(iris).values()] == ["MLCommons", "Mila"]


def test_a_service_that_does_not_say_what_its_ids_mean(things: Reconciliation, server: Web) -> None:
    server.manifest = MANIFEST | {"identifierSpace": "urn:x", "view": {"url": "https://x.example"}}
    with pytest.raises(NetworkError, match="does not say which IRI “t1” stands for"):
        things.search([ours("MLCommons")], 1)


def test_no_other_host_is_asked_for_properties(things: Reconciliation, server: Web) -> None:
    elsewhere = {"service_url": "http://localhost:1", "service_path": "/properties"}
    server.manifest = MANIFEST | {"extend": {"propose_properties": elsewhere}}
    (found,) = things.search([ours("MLCommons")], 1)
    assert [(one.label, one.websites) for one in found] == [("MLCommons", ())]


def test_an_error_with_status_200(things: Reconciliation, server: Web) -> None:
    server.good, server.fault = 1, web.says(b'{"status": "error", "message": "no index"}')
    with pytest.raises(NetworkError, match="is not what it should be: no index"):
        things.search([ours("Mila")], 1)


def test_what_is_a_service(server: Web, tmp_path: Path) -> None:
    def asked(path: str) -> bool:
        return is_service(server.url + path, Cache(tmp_path), 5)

    assert asked("/reconcile")
    assert not asked("/page/1")  # JSON, but no manifest
    assert not asked("/nowhere")
    assert len(list(tmp_path.iterdir())) == 1
    assert asked("/reconcile")
    assert len(server.asked) == 3
    server.fault = FAULTS["web page"]
    assert not asked("/sparql")
    server.fault = FAULTS["failed"]
    assert not asked("/failing")
    server.fault = FAULTS["busy for an hour"]
    with pytest.raises(NetworkError, match="is busy"):
        asked("/busy")


# What all of them have in common

Use = Callable[[Source], object]
SOURCES: Final[dict[str, tuple[Callable[[str, Cache], Source], int, Use]]] = {
    "ror, search": (
        lambda url, cache: Ror(f"{url}/v2/organizations", cache, SECONDS),
        0,
        lambda source: source.search([ours("Mila")], 3),
    ),
    "ror, describe": (
        lambda url, cache: Ror(f"{url}/v2/organizations", cache, SECONDS),
        0,
        lambda source: source.describe([f"{ROR}0mlcomm01"]),
    ),
    "huggingface, search": (
        lambda url, cache: HuggingFace(url, cache, SECONDS),
        0,
        lambda source: source.search([ours("Falcon", kind="model")], 3),
    ),
    "huggingface, describe": (
        lambda url, cache: HuggingFace(url, cache, SECONDS),
        0,
        lambda source: source.describe([f"{HF}tii/falcon-40b"]),
    ),
    "reconciliation, manifest": (
        lambda url, cache: Reconciliation(f"{url}/reconcile", cache, SECONDS),
        0,
        lambda source: source.search([ours("Mila")], 3),
    ),
    "reconciliation, search": (
        lambda url, cache: Reconciliation(f"{url}/reconcile", cache, SECONDS),
        1,
        lambda source: source.search([ours("MLCommons")], 3),
    ),
    "reconciliation, extend": (
        lambda url, cache: Reconciliation(f"{url}/reconcile", cache, SECONDS),
        3,
        lambda source: source.describe([f"{THINGS}t1"]),
    ),
}
"""How each is made, which of its requests fails, and what it is asked."""


SLOW: Final = tuple(name for name in FAULTS if re.search("without end|soon|trickle|silence", name))
"""Faults that take all the time there is: one use of each source has to do."""
NO_IDS: Final = ("reconciliation, manifest", "reconciliation, extend")
"""What has no ids to spoil."""


@pytest.mark.parametrize(
    ("name", "use"),
    [
        (name, use)
        for name in FAULTS
        for use in SOURCES
        if (name not in SLOW or use.endswith("search")) and (name != "odd ids" or use not in NO_IDS)
    ],
)
def test_a_failure_is_one_line_and_nothing_is_kept(
    name: str, use: str, server: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    make, good, ask = SOURCES[use]
    server.good, server.fault = good, FAULTS[name]
    server.away = f"http://localhost:{server.server_port}"
    start = time.monotonic()
    with pytest.raises(NetworkError) as caught:
        ask(make(server.url, Cache(tmp_path)))
    assert time.monotonic() - start < SECONDS + 1.5
    text = str(caught.value)
    assert text.startswith(server.url)
    assert text.isprintable()
    assert TOKEN not in text
    assert len(list(tmp_path.iterdir())) == good
    assert not [one for one in server.asked if one.headers["Host"].startswith("localhost")]


@pytest.mark.parametrize("use", SOURCES)
def test_what_is_kept_is_used_offline(use: str, server: Web, tmp_path: Path) -> None:
    make, _, ask = SOURCES[use]
    first = ask(make(server.url, Cache(tmp_path)))
    count = len(server.asked)
    offline = Cache(tmp_path, is_offline=True)
    assert ask(make(server.url, offline)) == first
    assert len(server.asked) == count
    assert ask(make(server.url, Cache(tmp_path, is_fresh=True))) == first
    assert len(server.asked) == 2 * count
    with pytest.raises(NetworkError, match="may not be asked offline"):
        ask(make(server.url, Cache(tmp_path / "empty", is_offline=True)))
