"""Checking links: against each other, against what data sets say, and against the web."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Mapping, Sequence

import pytest

from openness.check import Finding
from openness.errors import NetworkError
from openness.graph import Graph
from openness.links import check
from openness.links.entity import Entity
from openness.links.held import Link, links

WD = "http://www.wikidata.org/entity/"
ROR = "https://ror.org/"


def link(ours: str, theirs: str, relation: str = "schema:sameAs") -> Link:
    kind, _, name = ours.partition(":")
    return Link(f"https://w3id.org/openness/id/{kind}/{name}", relation, theirs, "urn:g")


A = link("organization:a", WD + "Q1")
B = link("organization:b", WD + "Q2")


def brief(found: Sequence[Finding]) -> list[tuple[str, str, str]]:
    return [(one.check, one.entity.rpartition("/")[2], one.value) for one in found]


def test_the_links_of_the_graph(linked: Graph) -> None:
    found = {(one.ours.rpartition("/")[2], one.relation, one.theirs) for one in links(linked)}
    assert ("meta", "schema:sameAs", WD + "Q910001") in found
    assert ("tii", "rdfs:seeAlso", WD + "Q910001") in found
    # Between two of ours is no link.
    assert not [one for one in links(linked) if "w3id.org/openness" in one.theirs]


# --- In the graph alone ------------------------------------------------------------


def test_links_that_agree_are_no_findings() -> None:
    near = link("organization:b", WD + "Q1", "rdfs:seeAlso")
    model = link("model:m", "https://huggingface.co/o/m")
    data = link("model:m", "https://huggingface.co/datasets/o/m")
    pages = [link("model:m", f"https://example.org/{n}") for n in (1, 2)]
    again = Link(A.ours, A.relation, A.theirs, "urn:other")
    assert check.offline([A, B, near, again, model, data, *pages]) == []


def test_one_of_theirs_for_two_of_ours() -> None:
    other = link("organization:b", A.theirs)
    assert brief(check.offline([A, other])) == [
        ("link-two-of-ours", "a", A.theirs),
        ("link-two-of-ours", "b", A.theirs),
    ]


def test_two_of_theirs_for_one_of_ours() -> None:
    other = link("organization:a", WD + "Q9")
    found = check.offline([A, other])
    assert brief(found) == [
        ("link-two-of-theirs", "a", A.theirs),
        ("link-two-of-theirs", "a", WD + "Q9"),
    ]
    assert found[0].problem == f"organization:a is {A.theirs}, {WD}Q9."


# --- By what data sets say ---------------------------------------------------------


class Telling:
    """What a data set says: some entities, by the IRIs that they are asked for by."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self.entities = entities
        self.asked: list[int] = []

    def __call__(self, iris: Sequence[str]) -> Mapping[str, Entity]:
        self.asked.append(len(iris))
        return {iri: self.entities[iri] for iri in iris if iri in self.entities}


def test_what_is_well_linked_is_no_finding() -> None:
    wikidata = Telling({A.theirs: Entity(A.theirs, "A", kind="organization")})
    assert check.described([A], {"wikidata": wikidata}) == []


def test_dead_moved_and_of_another_kind() -> None:
    wikidata = Telling(
        {
            B.theirs: Entity(WD + "Q20", "B", kind="organization"),
            WD + "Q3": Entity(WD + "Q3", "C", kind="person"),
            WD + "Q4": Entity(WD + "Q4", "D"),
        }
    )
    other = link("organization:c", WD + "Q3")
    unknown = link("organization:d", WD + "Q4")
    near = link("organization:e", WD + "Q3", "rdfs:seeAlso")
    found = check.ordered(check.described([A, B, other, unknown, near], {"wikidata": wikidata}))
    assert [(one.severity, *brief([one])[0]) for one in found] == [
        ("error", "link-dead", "a", A.theirs),
        ("error", "link-other-kind", "c", WD + "Q3"),
        ("warning", "link-moved", "b", B.theirs),
    ]
    assert found[2].problem == f"{WD}Q2 leads to {WD}Q20 now."


@pytest.mark.parametrize(
    ("told", "is_found"),
    [
        ((ROR + "0aaaaaaa1",), False),
        ((ROR + "0AAAAAAA1/",), False),
        ((ROR + "0bbbbbbb2",), True),
        ((ROR + "0bbbbbbb2", ROR + "0aaaaaaa1"), False),
        ((ROR + "0ccccccc3",), False),  # where the record that we link to has moved
        (("https://example.org/",), False),
        ((), False),
    ],
)
def test_a_chain_that_contradicts_itself(told: tuple[str, ...], is_found: bool) -> None:
    """Ours is Wikidata's Q1 and ROR's 0aaaaaaa1: what does Q1 say?"""
    ror = link("organization:a", ROR + "0aaaaaaa1")
    say = {
        "wikidata": Telling({A.theirs: Entity(A.theirs, "A", links=told)}),
        "ror": Telling({ror.theirs: Entity(ROR + "0ccccccc3", "A")}),
    }
    if told != (ROR + "0ccccccc3",):
        say["ror"] = Telling({ror.theirs: Entity(ror.theirs, "A")})
    found = [f for f in check.described([A, ror], say) if f.check == "link-contradicts"]
    assert brief(found) == ([("link-contradicts", "a", A.theirs)] if is_found else [])


def test_the_other_end_may_contradict_too() -> None:
    """ROR writes Wikidata's addresses as pages."""
    ror = link("organization:a", ROR + "0aaaaaaa1")
    page = "https://www.wikidata.org/wiki/Q7"
    say = {
        "wikidata": Telling({A.theirs: Entity(A.theirs, "A")}),
        "ror": Telling({ror.theirs: Entity(ror.theirs, "A", links=(page,))}),
    }
    (found,) = check.described([A, ror], say)
    assert (found.check, found.value) == ("link-contradicts", ror.theirs)
    assert f"is {WD}Q7 by its own data" in found.problem


def test_a_data_set_that_fails_does_not_end_the_others() -> None:
    def fails(iris: Sequence[str]) -> Mapping[str, Entity]:
        raise NetworkError("https://example.org/ is busy: asked 5 times.")

    ror = link("organization:a", ROR + "0aaaaaaa1")
    many = [link(f"organization:m{n}", f"{WD}Q{n}") for n in range(1, 120)]
    found = check.described([*many, ror], {"wikidata": fails, "ror": Telling({})})
    assert [(one.severity, one.check, one.value) for one in found] == [
        ("info", "link-not-checked", "119"),
        ("error", "link-dead", ror.theirs),
    ]
    assert "is busy" in found[0].problem


def test_things_are_asked_about_in_batches() -> None:
    many = [link(f"organization:m{n}", f"{WD}Q{n}") for n in range(120)]
    wikidata = Telling({one.theirs: Entity(one.theirs, "M") for one in many})
    told: list[tuple[str, int, int]] = []
    assert check.described(many, {"wikidata": wikidata}, lambda *a: told.append(a)) == []
    assert wikidata.asked == [50, 50, 20]
    assert told == [("wikidata", 0, 120), ("wikidata", 50, 120), ("wikidata", 100, 120)]


# --- On the web --------------------------------------------------------------------


class Pages(http.server.BaseHTTPRequestHandler):
    asked: list[tuple[str, str]] = []  # noqa: RUF012

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def answer(self) -> None:
        self.asked.append((self.command, self.path))
        no_head = self.path == "/no-head" and self.command == "HEAD"
        code = 405 if no_head else {"/no-head": 200}.get(self.path) or int(self.path[1:4])
        self.send_response(code)
        if code in (301, 302, 308):
            self.send_header("Location", "/new")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    Pages.asked.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "severity", "name"),
    [
        ("200", None, None),
        ("no-head", None, None),
        ("302", None, None),
        ("404", "error", "link-dead"),
        ("410", "error", "link-dead"),
        ("301", "warning", "link-moved"),
        ("308", "warning", "link-moved"),
        ("403", "info", "link-not-checked"),
        ("500", "info", "link-not-checked"),
    ],
)
def test_a_page(site: str, path: str, severity: str | None, name: str | None) -> None:
    found = check.pages([link("organization:a", f"{site}/{path}")], 10, 10)
    assert [(one.severity, one.check) for one in found] == ([(severity, name)] if name else [])
    if name == "link-moved":
        assert found[0].solution == f"Link to {site}/new."


def test_at_most_so_many_of_one_host_and_none_of_a_data_set(site: str) -> None:
    some = [link("organization:a", f"{site}/200/{n}") for n in range(5)]
    again = link("organization:b", f"{site}/200/0", "rdfs:seeAlso")
    found = check.pages([A, *some, again], 3, 10)
    assert Pages.asked == [("HEAD", f"/200/{n}") for n in range(3)]
    assert [(one.check, one.value) for one in found] == [("link-not-checked", "2")]


def test_a_host_that_is_not_there_is_not_checked() -> None:
    found = check.pages([link("organization:a", "http://127.0.0.1:9/")], 3, 5)
    assert [(one.severity, one.check) for one in found] == [("info", "link-not-checked")]
    assert "\n" not in found[0].problem
