"""Mappings: reading SSSOM TSV, compiling it, and the crosswalk that ships."""

from __future__ import annotations

import datetime
import re
import time
from pathlib import Path
from typing import Final

import pytest
from pyoxigraph import NamedNode, Quad

from openness import mappings, shipped
from openness.engine.compile import Input, Inputs, build, collect
from openness.engine.embedded import EmbeddedEngine
from openness.errors import BrokenFileError
from openness.graph import Graph
from openness.terms import EDITORS, PREFIXES, compact

CROSSWALK: Final = shipped.data() / "curated" / "crosswalk.sssom.tsv"
HEAD: Final = """\
# mapping_set_id: https://example.org/set
# curie_map:
#   a: https://example.org/a/
#   b: https://example.org/b/
#   semapv: https://w3id.org/semapv/vocab/
"""
COLUMNS: Final = "subject_id\tpredicate_id\tobject_id\tmapping_justification\n"
ROW: Final = "a:1\tskos:closeMatch\tb:2\tsemapv:ManualMappingCuration\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "some.sssom.tsv"
    path.write_text(text, encoding="utf-8")
    return path


def close(one: str, other: str) -> tuple[NamedNode, NamedNode, NamedNode]:
    ends = NamedNode(f"https://example.org/{one}"), NamedNode(f"https://example.org/{other}")
    return ends[0], NamedNode(PREFIXES["skos"] + "closeMatch"), ends[1]


def test_a_row_becomes_a_triple(tmp_path: Path) -> None:
    (mapping,) = mappings.read(write(tmp_path, HEAD + COLUMNS + ROW))
    assert tuple(mapping.triple) == close("a/1", "b/2")
    assert mapping.line == 7
    assert mapping.slots["mapping_justification"] == "semapv:ManualMappingCuration"


def test_a_file_may_hold_no_mapping(tmp_path: Path) -> None:
    assert mappings.read(write(tmp_path, HEAD + COLUMNS)) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + COLUMNS + ROW + ROW.replace("b:2", "c:2"), "line 8: object_id “c:2” has no prefix"),
        (HEAD + COLUMNS + ROW.replace("a:1", "a 1"), "line 7: subject_id “a 1” has no prefix"),
        (HEAD + COLUMNS + ROW.replace("a:1", "a:1 2"), "line 7: subject_id “a:1 2” is no IRI"),
        (HEAD + COLUMNS + ROW.replace("skos:close", "skos:near"), "line 7: predicate_id is one of"),
        (HEAD + COLUMNS + ROW.replace("skos:closeMatch", "a:x"), "line 7: predicate_id is one of"),
        (HEAD + COLUMNS + "a:1\tskos:closeMatch\n", "line 7: more or fewer cells than columns"),
        (HEAD + COLUMNS + ROW.strip() + "\tx\n", "line 7: more or fewer cells than columns"),
        (
            HEAD + COLUMNS + "a:1\tskos:closeMatch\tb:2\t\n",
            "line 7: mapping_justification is empty",
        ),
        (HEAD + COLUMNS + 'a:1\t"skos\n', "line 7: unexpected end of data"),
        (HEAD + "subject_id\tobject_id\n", "line 6: no column predicate_id, mapping_justification"),
        (HEAD, "line 6: no column subject_id"),
        (COLUMNS + ROW, "line 1: the metadata have no curie_map"),
        ("# a: [\n" + COLUMNS + ROW, "the metadata are not YAML"),
        ("", "the metadata have no curie_map"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BrokenFileError, match=re.escape(problem)) as caught:
        mappings.read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_that_is_no_text_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "some.sssom.tsv"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(BrokenFileError, match="cannot be read"):
        mappings.read(path)


def test_a_file_of_windows_is_read_like_any_other(tmp_path: Path) -> None:
    """With a byte order mark, and with carriage returns."""
    plain = mappings.load(write(tmp_path, HEAD + COLUMNS + ROW + ROW.replace("b:2", "b:3")))
    path = tmp_path / "windows.sssom.tsv"
    text = (HEAD + COLUMNS + ROW + ROW.replace("b:2", "b:3")).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert mappings.load(path) == plain
    path.write_bytes(path.read_bytes().replace(b"b:3", b"c:3"))
    with pytest.raises(BrokenFileError, match="line 8: object_id “c:3” has no prefix"):
        mappings.load(path)


def test_what_a_cell_may_hold_does_not_end_a_row(tmp_path: Path) -> None:
    """Quotes, tabs, line feeds, and the separators of Unicode that splitlines splits at."""
    odd = 'a "quoted"\tcell\nof two lines\u2028and\x85more'
    cell = '"' + odd.replace('"', '""') + '"'
    columns = COLUMNS.replace("\n", "\tcomment\n")
    text = HEAD + columns + ROW.replace("\n", f"\t{cell}\n") + ROW.replace("\n", "\t\n")
    one, two = mappings.read(write(tmp_path, text))
    assert (one.line, one.slots["comment"]) == (7, odd)
    assert two.line == 9
    broken = text.replace("b:2\tsemapv:ManualMappingCuration\t\n", "c:2\tsemapv:X\t\n")
    with pytest.raises(BrokenFileError, match="line 9: object_id “c:2”"):
        mappings.read(write(tmp_path, broken))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Metadata and columns that we do not know included; the same rows give the same bytes."""
    head = HEAD + "# license: https://example.org/licence\n# creator_label:\n# - Ann\n# - Bob\n"
    columns = COLUMNS.replace("\n", "\tsubject_category\tcomment\n")
    more = '\tthing\t"two\nlines and a ""quote"""\n'
    rows = [ROW.replace("\n", more), ROW.replace("b:2", "b:1").replace("\n", "\t\t\n")]
    read = mappings.load(write(tmp_path, head + columns + "".join(rows)))
    assert read.metadata["creator_label"] == ["Ann", "Bob"]
    slots = [one.slots for one in read.mappings]
    content = mappings.serialize(read.metadata, read.prefixes, slots)
    path = tmp_path / "again.sssom.tsv"
    path.write_bytes(content)
    again = mappings.load(path)
    assert (again.metadata, again.prefixes) == (read.metadata, read.prefixes)
    assert [one.triple for one in again.mappings] == [read.mappings[n].triple for n in (1, 0)]
    by_object = {one.slots["object_id"]: one.slots for one in again.mappings}
    assert by_object["b:2"] == read.mappings[0].slots
    assert mappings.serialize(again.metadata, again.prefixes, reversed(slots)) == content
    table = content.decode().splitlines()[len(head.splitlines()) :]
    assert table[0].split("\t")[-2:] == ["comment", "subject_category"]


def test_a_large_file_is_read_in_seconds(tmp_path: Path) -> None:
    rows = "".join(ROW.replace("b:2", f"b:{number}") for number in range(50_000))
    path = write(tmp_path, HEAD + COLUMNS + rows)
    start = time.process_time()
    read = mappings.read(path)
    assert time.process_time() - start < 10
    assert len(read) == 50_000
    assert (read[-1].line, read[-1].slots["object_id"]) == (50_006, "b:49999")


@pytest.mark.parametrize("name", ["object_id", ""])
def test_two_columns_of_one_name_or_of_none_are_told(tmp_path: Path, name: str) -> None:
    text = HEAD + COLUMNS.replace("\n", f"\t{name}\n") + ROW.replace("\n", "\tx\n")
    with pytest.raises(BrokenFileError, match="line 6: a column without a name, or two of one"):
        mappings.read(write(tmp_path, text))


def test_mappings_are_compiled_into_their_graph(tmp_path: Path) -> None:
    columns = COLUMNS.replace("\n", "\tauthor_label\tpredicate_modifier\n")
    rows = [ROW.replace("\n", f"\t{cells}\n") for cells in ("Ann\t", "\t", "Ann\tNot")]
    rows[1], rows[2] = rows[1].replace("b:2", "b:3"), rows[2].replace("b:2", "b:4")
    path = write(tmp_path, HEAD + columns + "".join(rows))
    store = build(Inputs((Input(path, EDITORS),), ()))
    assert Quad(*close("a/1", "b/2"), NamedNode(EDITORS)) in store
    matches = store.quads_for_pattern(None, NamedNode(PREFIXES["skos"] + "closeMatch"), None)
    assert len({quad.object for quad in matches}) == 1  # no proposal and no rejected match
    assert Quad(*close("a/1", "b/2")) in store


def test_a_match_says_in_the_graph_why_it_is_held(tmp_path: Path) -> None:
    slots = ("reviewer_label", "mapping_date", "confidence", "see_also", "comment")
    columns = COLUMNS.replace("\n", "\t" + "\t".join(slots) + "\n")
    pages = "https://a.example/1|https://b.example/2|no address"
    rows = [
        ROW.replace("\n", f"\tAnn\t2026-01-02\t1E-1\t{pages}\tIt says so.\n"),
        ROW.replace("b:2", "b:3").replace("\n", "\tAnn\tsoon\tNaN\t\t\n"),
        ROW.replace("b:2", "b:4").replace("\n", "\t\t2026-01-02\t1\t\t\n"),
    ]
    path = write(tmp_path, HEAD + columns + "".join(rows))
    store = build(Inputs((Input(path, EDITORS),), ()))

    def said(target: str) -> dict[str, set[str]]:
        about = store.quads_for_pattern(
            None, NamedNode(PREFIXES["owl"] + "annotatedTarget"), close("a/1", target)[2], None
        )
        found: dict[str, set[str]] = {}
        for node in {quad.subject for quad in about}:
            assert isinstance(node, NamedNode)
            for quad in store.quads_for_pattern(node, None, None, NamedNode(EDITORS)):
                found.setdefault(compact(quad.predicate.value), set()).add(quad.object.value)  # type: ignore[union-attr]
        return found

    full = said("b/2")
    assert full["dcterms:source"] == {"https://a.example/1", "https://b.example/2"}
    assert full["sssom:confidence"] == {"0.1"}
    assert full["dcterms:created"] == {"2026-01-02"}
    assert full["sssom:reviewer_label"] == {"Ann"}
    assert full["rdfs:comment"] == {"It says so."}
    assert full["owl:annotatedProperty"] == {PREFIXES["skos"] + "closeMatch"}
    assert full["sssom:mapping_justification"] == {PREFIXES["semapv"] + "ManualMappingCuration"}
    vague = said("b/3")
    assert not {"dcterms:source", "sssom:confidence", "dcterms:created"} & vague.keys()
    assert vague["rdfs:label"] == {"Link of https://example.org/a/1 to b:3"}
    assert said("b/4") == {}  # a proposal


def test_an_edit_changes_the_digest(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + COLUMNS + ROW)
    before = collect(extra=[path]).digest()
    write(tmp_path, HEAD + COLUMNS + ROW.replace("close", "exact"))
    assert collect(extra=[path]).digest() != before


def test_mappings_are_collected_from_everywhere(tmp_path: Path) -> None:
    path = write(tmp_path, HEAD + COLUMNS + ROW)
    assert Input(CROSSWALK, EDITORS) in collect().files
    own = Input(path, path.resolve().as_uri())
    assert own in collect(workspace=tmp_path).files
    assert own in collect(extra=[tmp_path]).files
    assert own in collect(extra=[path]).files


# --- The crosswalk -----------------------------------------------------------


def crosswalk() -> list[mappings.Mapping]:
    return mappings.read(CROSSWALK)


def test_the_crosswalk_is_sssom() -> None:
    """By the reference implementation of SSSOM, where it is installed."""
    parsers = pytest.importorskip("sssom.parsers")
    validators = pytest.importorskip("sssom.validators")
    frame = parsers.parse_sssom_table(str(CROSSWALK))
    reports = validators.validate(frame, fail_on_error=False)
    assert {kind: [r.message for r in report.results] for kind, report in reports.items()} == {
        kind: [] for kind in reports
    }
    assert len(frame.df) == len(crosswalk())


def test_the_crosswalk_says_who_what_and_under_which_licence() -> None:
    head = [line for line in CROSSWALK.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    for slot in ("mapping_set_id", "license", "curie_map"):
        assert any(line.startswith(f"# {slot}:") for line in head)
    for mapping in crosswalk():
        assert mapping.slots["mapping_justification"] == "semapv:ManualMappingCuration"
        assert mapping.slots["author_label"]
        assert 0 < float(mapping.slots["confidence"]) <= 1
        datetime.date.fromisoformat(mapping.slots["mapping_date"])


def test_the_crosswalk_leads_from_criteria_to_aspects_that_exist(shipped_graph: Graph) -> None:
    assert isinstance(shipped_graph.engine, EmbeddedEngine)
    store = shipped_graph.engine.store
    aspect = NamedNode(PREFIXES["openness"] + "Aspect")
    label = NamedNode(PREFIXES["rdfs"] + "label")
    for mapping in crosswalk():
        subject, _, target = mapping.triple
        assert mapping.slots["subject_id"].startswith("criterion:")
        assert Quad(target, NamedNode(PREFIXES["rdf"] + "type"), aspect) in store
        for end, slot in ((target, "object_label"), (subject, "subject_label")):
            named = {text.value for _, _, text, _ in store.quads_for_pattern(end, label, None)}
            if named or end == target:
                assert named == {mapping.slots[slot]}


def test_no_two_rows_say_the_same_or_contradict_each_other() -> None:
    pairs = [(one.slots["subject_id"], one.slots["object_id"]) for one in crosswalk()]
    assert len(pairs) == len(set(pairs))


def test_a_criterion_is_close_to_one_aspect_at_most() -> None:
    near = [
        one.slots["subject_id"]
        for one in crosswalk()
        if one.slots["predicate_id"] in ("skos:exactMatch", "skos:closeMatch")
    ]
    assert len(near) == len(set(near))


@pytest.mark.parametrize("criteria", ["osai", "mof", "osd"])
def test_every_criterion_of_a_set_is_mapped(criteria: str, shipped_graph: Graph) -> None:
    """But the groups of the European index, which are not judged by themselves."""
    groups = {"osai-availability", "osai-documentation", "osai-access"}
    assert isinstance(shipped_graph.engine, EmbeddedEngine)
    store = shipped_graph.engine.store
    criterion = NamedNode(PREFIXES["earl"] + "TestRequirement")
    known = {
        quad.subject.value.removeprefix(PREFIXES["criterion"])  # type: ignore[union-attr]
        for quad in store.quads_for_pattern(None, NamedNode(PREFIXES["rdf"] + "type"), criterion)
    }
    wanted = {name for name in known if name.startswith(f"{criteria}-")} - groups
    mapped = {one.slots["subject_id"].removeprefix("criterion:") for one in crosswalk()}
    assert wanted
    assert wanted <= mapped
