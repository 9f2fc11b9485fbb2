"""The links to Wikidata, ROR and DBpedia that ship: each with evidence, none at odds."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from pyoxigraph import NamedNode

from openness import mappings, shipped
from openness.graph import Graph
from openness.links.ledger import NAMESPACES
from openness.mappings import ENDING, MappingSet, load, serialize

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SOURCES: Final = ("dbpedia", "ror", "wikidata")
FOLDER: Final = shipped.data() / "links"
FILES: Final = {source: FOLDER / f"{source}{ENDING}" for source in SOURCES}
ID: Final = "https://w3id.org/openness/id/"
OURS: Final = (f"{ID}organization/", f"{ID}person/")
MODELS: Final = f"{ID}model/"
LICENCES: Final = f"{ID}licence/"
SPDX: Final = "http://spdx.org/licenses/"
CROCKFORD: Final = "0123456789abcdefghjkmnpqrstvwxyz"


def linked(source: str, ours: str | tuple[str, ...] = OURS) -> list[mappings.Mapping]:
    """Return the rows of a file on some kinds of thing; organizations and people by default."""
    return [one for one in mappings.read(FILES[source]) if iri(one.triple.subject).startswith(ours)]


def iri(term: object) -> str:
    """Return the IRI that an end of a row is."""
    assert isinstance(term, NamedNode)
    return term.value


ROWS: Final = [(source, one) for source in SOURCES for one in linked(source, ID)]


def has_checksum(identifier: str) -> bool:
    """Whether the last two digits of a ROR identifier follow from what stands before them.

    The seven characters before are a number in Crockford's base 32; with the two digits behind it
    in base 10, it leaves 1 when divided by 97 (ISO 7064, MOD 97-10).
    """
    body, digits = identifier[:-2], identifier[-2:]
    if len(identifier) != 9 or not digits.isdecimal() or set(body) - set(CROCKFORD):
        return False
    number = 0
    for character in body:
        number = number * len(CROCKFORD) + CROCKFORD.index(character)
    return (number * 100 + int(digits)) % 97 == 1


@pytest.mark.parametrize(
    ("source", "row"), ROWS, ids=[f"{name}:{one.slots['subject_id']}" for name, one in ROWS]
)
def test_a_row_says_who_stands_for_it_and_on_what_evidence(
    source: str, row: mappings.Mapping
) -> None:
    slots = row.slots
    assert slots["mapping_justification"] == "semapv:ManualMappingCuration"
    assert slots["predicate_id"] == "schema:sameAs"
    assert slots["author_label"] == "Openness editors"
    assert row.is_settled
    assert not row.is_negated
    datetime.date.fromisoformat(slots["mapping_date"])
    assert 0.9 <= float(slots["confidence"]) <= 1
    assert slots["subject_label"]
    assert slots["object_label"]
    assert len(slots["comment"].split()) > 7, "what the page says, in words"
    assert slots["comment"].endswith(".")
    for page in slots["see_also"].split("|"):
        parts = urlsplit(page)
        assert (parts.scheme, bool(parts.path.strip("/"))) == ("https", True), page
    assert iri(row.triple.object).startswith(NAMESPACES[source])


def test_ror_identifiers_have_their_checksums() -> None:
    found = {one.slots["object_id"].removeprefix("ror:") for one in linked("ror")}
    assert len(found) >= 25
    assert {identifier for identifier in found if not has_checksum(identifier)} == set()


@pytest.mark.parametrize("known", ["05wx9n238", "01zbnvs85", "00f54p054"])
def test_one_wrong_character_is_noticed(known: str) -> None:
    """The check can fail: every change of one character, and of two neighbours, breaks it."""
    assert has_checksum(known)
    changed = {
        known[:place] + other + known[place + 1 :]
        for place in range(9)
        for other in (CROCKFORD if place < 7 else "0123456789")
        if other != known[place]
    }
    swapped = {
        known[:place] + known[place + 1] + known[place] + known[place + 2 :]
        for place in range(8)
        if known[place] != known[place + 1]
    }
    assert [wrong for wrong in changed | swapped if has_checksum(wrong)] == []
    assert not has_checksum(known[:-1])
    assert not has_checksum(known.replace(known[3], "u"))


@pytest.mark.parametrize("source", SOURCES)
def test_one_of_ours_is_one_of_theirs(source: str) -> None:
    triples = [one.triple for one in mappings.read(FILES[source])]
    for ends in ([t.subject for t in triples], [t.object for t in triples]):
        assert [end for end, count in Counter(ends).items() if count > 1] == []


@pytest.mark.parametrize("source", SOURCES)
def test_things_of_ours_exist_under_the_label_that_is_given(
    source: str, shipped_graph: Graph
) -> None:
    for one in linked(source, ID):
        thing, label = iri(one.triple.subject), one.slots["subject_label"].replace('"', r"\"")
        assert shipped_graph.query(f'ASK {{ <{thing}> rdfs:label ?l FILTER(STR(?l) = "{label}") }}')


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_is_valid_sssom_and_as_the_tool_writes_it(source: str) -> None:
    whole: MappingSet = load(FILES[source])
    again = serialize(whole.metadata, whole.prefixes, [one.slots for one in whole.mappings])
    assert again == FILES[source].read_bytes()
    parsers = pytest.importorskip("sssom.parsers")
    validators = pytest.importorskip("sssom.validators")
    frame = parsers.parse_sssom_table(str(FILES[source]))
    reports = validators.validate(frame, fail_on_error=False)
    assert {kind: [r.message for r in report.results] for kind, report in reports.items()} == {
        kind: [] for kind in reports
    }
    assert len(frame.df) == len(whole.mappings)


@pytest.mark.parametrize(
    ("ours", "theirs", "source"),
    [
        ("organization:openai", "Q21708200", "wikidata"),
        ("organization:openai", "05wx9n238", "ror"),
        # ROR's editors renamed the record of Facebook; the item is that of the whole company.
        ("organization:meta", "Q380", "wikidata"),
        ("organization:meta", "01zbnvs85", "ror"),
        ("organization:hugging-face", "Q108943604", "wikidata"),
        ("organization:hugging-face", "02grspc61", "ror"),
        ("organization:mistral-ai", "Q119718658", "wikidata"),
        ("organization:google-deepmind", "00971b260", "ror"),
        ("organization:deepseek", "05wa54d95", "ror"),
        ("organization:ibm", "IBM", "dbpedia"),
        ("organization:ibm", "Q37156", "wikidata"),
        ("organization:linux-foundation", "Q858851", "wikidata"),
        ("organization:open-source-initiative", "Q845918", "wikidata"),
        # The map has Cerebras Systems for it.
        ("organization:cerebras", "Q66604886", "wikidata"),
        ("person:mark-zuckerberg", "Q36215", "wikidata"),
        ("model:gpt-4", "Q116709136", "wikidata"),
        # The item that has SPDX's id in Wikidata, not that of the wording which others call Expat.
        ("licence:mit", "Q334661", "wikidata"),
        ("licence:apache-2.0", "Q13785927", "wikidata"),
        ("person:sam-altman", "Q7407093", "wikidata"),
        ("person:ilya-sutskever", "Q21712134", "wikidata"),
    ],
)
def test_what_the_evidence_says_is_in_the_graph(
    ours: str, theirs: str, source: str, shipped_graph: Graph
) -> None:
    full = NAMESPACES[source] + theirs
    assert shipped_graph.query(f"ASK {{ GRAPH graph:editors {{ {ours} schema:sameAs <{full}> }} }}")


def test_what_sources_disagree_on_is_left_out() -> None:
    """For some, ROR gives several items, or one that nothing else confirms: none of them ships."""
    names = ("oak-ridge-national-lab", "peking-university", "radboud-university")
    doubtful = {f"organization:{name}" for name in names}
    assert doubtful & {one.slots["subject_id"] for one in linked("wikidata")} == set()
    assert doubtful <= {one.slots["subject_id"] for one in linked("ror")}


@pytest.mark.parametrize(
    "name", ["ecl-2.0", "lppl-1.3c", "osl-3.0", "php-3.01", "python-2.0", "w3c"]
)
def test_a_licence_whose_item_is_of_several_is_left_out(name: str, shipped_graph: Graph) -> None:
    """Wikidata's item has several SPDX ids, or is of all versions: it is none of them."""
    assert shipped_graph.query(
        f"ASK {{ licence:{name} a <http://purl.org/dc/terms/LicenseDocument> }}"
    )
    assert f"licence:{name}" not in {one.slots["subject_id"] for one in linked("wikidata", ID)}


def test_the_evidence_for_a_licence_names_its_spdx_id(shipped_graph: Graph) -> None:
    """The comment has the id of SPDX's entry that ours is linked to; two of ours have none.

    SPDX called a licence of the GNU project by its version before it told “only” from “or later”.
    """
    unnamed = set()
    for one in linked("wikidata", LICENCES):
        words = one.slots["comment"].replace(",", " ").removesuffix(".").split()
        words += [word.removesuffix("-only") for word in words]
        known = [f"<{SPDX}{word}>" for word in words if re.fullmatch(r"[\w.-]+", word)]
        if not shipped_graph.query(
            f"ASK {{ VALUES ?entry {{ {' '.join(known)} }} "
            f"<{iri(one.triple.subject)}> schema:sameAs ?entry }}"
        ):
            unnamed.add(one.slots["subject_id"])
    assert unnamed == {"licence:cvw", "licence:jabberpl"}


def test_names_that_sources_give_one_thing_are_one_thing(shipped_graph: Graph) -> None:
    """An id that went into another one is used no more."""
    for gone, kept in {
        "cerebras-systems": "cerebras",
        "minimax-ai": "minimax",
        "ucsd": "university-of-california-san-diego",
    }.items():
        assert not shipped_graph.query(f"ASK {{ organization:{gone} ?p ?o }}")
        assert not shipped_graph.query(f"ASK {{ ?s ?p organization:{gone} }}")
        assert shipped_graph.query(f"ASK {{ ?made schema:creator organization:{kept} }}")


def test_the_links_do_not_contradict_each_other(run: Run) -> None:
    done = run("link", "check", "--offline", "-f", "csv")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stdout + done.stderr


def test_show_tells_the_links_with_their_source(run: Run) -> None:
    done = run("show", "meta", "-f", "json")
    assert done.returncode == 0, done.stderr
    told = {
        (fact["value"]["iri"], fact["source"]["id"])
        for fact in json.loads(done.stdout)["facts"]
        if fact["property"]["id"] == "schema:sameAs"
    }
    for full in ("http://www.wikidata.org/entity/Q380", "https://ror.org/01zbnvs85"):
        assert (full, "graph:editors") in told


def test_show_tells_the_evidence_of_every_link_of_a_thing(run: Run) -> None:
    for thing in ("meta", "llama-2-7b-chat", "licence:apache-2.0"):
        facts = json.loads(run("show", thing, "-f", "json").stdout)["facts"]
        links = [fact for fact in facts if fact["property"]["id"] == "schema:sameAs"]
        assert links
        for fact in links:
            assert fact["because"]["evidence"], (thing, fact)
            assert fact["because"]["comment"]


def test_the_page_says_how_many_links_there_are() -> None:
    page = Path(__file__).parent.parent / "docs" / "shipped-links-organizations.md"
    text = page.read_text(encoding="utf-8")
    for source, name in {"dbpedia": "DBpedia", "ror": "ROR", "wikidata": "Wikidata"}.items():
        assert f"| {name} | {len(linked(source))} |" in text


def test_the_page_of_the_other_links_says_how_many_lead_to_wikidata() -> None:
    page = Path(__file__).parent.parent / "docs" / "shipped-links.md"
    text = page.read_text(encoding="utf-8")
    assert f"{len(linked('wikidata', LICENCES))} licences" in text
    assert f"{len(linked('wikidata', MODELS))} models" in text
