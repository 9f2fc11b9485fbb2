"""What two things have to have in common to be taken for one."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openness.links import addresses, names
from openness.links.entity import KINDS, Entity
from openness.links.score import AUTOMATIC, REVIEW, score

TII = Entity(
    "https://w3id.org/openness/id/organization/tii",
    "Technology Innovation Institute",
    ("TII",),
    "organization",
    websites=("https://www.tii.ae/",),
    dates=("2020-05",),
    country="AE",
)


def total(kind: str, a: str, b: str) -> float:
    """Score two things of which nothing but names is known."""
    return score(Entity("", a, kind=kind), Entity("", b, kind=kind)).total


def part(name: str, ours: Entity, theirs: Entity) -> tuple[float | None, float]:
    """Return the value and the cap of one part of a score."""
    (found,) = (one for one in score(ours, theirs).parts if one.name == name)
    return found.value, found.cap


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Falcon-40B", "falcon 40b"),
        ("Falcon-40B", "tiiuae/falcon-40b"),
        ("Llama-2-chat-13B", "Llama 2 13B Chat"),
        ("Code Llama 70B Instruct", "CodeLlama-70b-Instruct"),
        ("gemma-2-9b-it", "Gemma 2 9B Instruct"),
        ("OpenELM-1_1B", "OpenELM 1.1B"),
        ("OpenLLaMA-3Bv2", "open_llama_3b_v2"),
        ("ＧＰＴ-NeoX-20Ｂ", "gpt-neox 20b"),
        ("悟道-10B", "悟道 10b"),
    ],
)
def test_a_telling_name_of_a_model_is_enough(a: str, b: str) -> None:
    assert total("model", a, b) >= AUTOMATIC


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Llama-2-7B", "Llama-2-13B"),
        ("Llama-2-7B", "Llama-2-7b-chat"),
        ("Mistral-7B-v0.1", "Mistral-7B-v0.2"),
        ("Llama 3", "Llama 3.1"),
        ("Llama-3.1-Tulu-3-8B", "Llama-3-Tulu-3.1-8B"),
        ("Command R", "Command R+"),
        ("GPT-4", "GPT-4o"),
        ("Falcon", "Falcon-40B"),
        ("Qwen2.5-7B-Instruct", "Qwen2.5-7B-Instruct-GPTQ"),
        ("Qwen2.5-7B-Instruct-int4", "Qwen2.5-7B-Instruct-int8"),
        ("Mixtral-8x7B", "Mixtral-8x22B"),
    ],
)
def test_what_tells_models_apart_is_stronger_than_letters_and_links(a: str, b: str) -> None:
    assert total("model", a, b) < REVIEW
    site, page = ("https://org.ai/name",), ("https://huggingface.co/org/name",)
    ours, theirs = (Entity("", n, kind="model", websites=site, links=page) for n in (a, b))
    assert score(ours, theirs).total < AUTOMATIC


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Apache License 2.0", "Apache 2.0", True),
        ("Apache-2.0", "Apache License, Version 2.0", True),
        ("GPL-3.0", "GNU General Public License v3.0 only", True),
        ("GPL-2.0+", "GNU General Public License v2.0 or later", True),
        ("GNU GPL, version 2 or any later version", "GNU GPL 2+", True),
        ("BSD-3", "BSD 3-Clause", True),
        ("MIT", "MIT License", True),
        ("GPL-2.0", "GPL-2.0-or-later", False),
        ("GPL-2.0", "GPL-3.0", False),
        ("GPL-3.0", "LGPL-3.0", False),
        ("BSD-2-Clause", "BSD-3-Clause", False),
        ("MIT", "MIT-0", False),
        ("CC-BY-4.0", "CC-BY-NC-4.0", False),
        ("Llama 2 Community License", "Llama 3.1 Community License", False),
    ],
)
def test_a_licence_is_its_family_version_and_scope(a: str, b: str, same: bool) -> None:
    found = total("licence", a, b)
    assert found >= AUTOMATIC if same else found < REVIEW


def test_a_licence_is_known_by_its_address_in_a_list() -> None:
    ours = Entity("", "The licence of it", kind="licence", links=("https://spdx.org/licenses/MIT",))
    assert score(ours, Entity("", "MIT License", kind="licence")).total >= AUTOMATIC


def test_an_organization_needs_more_than_a_name() -> None:
    bare = Entity("", "Technology Innovation Institute", kind="organization")
    assert REVIEW <= score(bare, TII).total < AUTOMATIC
    assert score(replace(bare, websites=("http://tii.ae",)), TII).total >= AUTOMATIC
    assert score(replace(bare, label="TII", websites=("http://tii.ae",)), TII).total >= AUTOMATIC


@pytest.mark.parametrize(
    "different",
    [
        {"kind": "software"},
        {"websites": ("https://tii.example",)},
        {"dates": ("1998",)},
        {"country": "US"},
        {"links": ("https://ror.org/012345678",)},
        {"links": ("http://www.wikidata.org/entity/Q2",)},
    ],
)
def test_a_contradiction_caps(different: dict[str, str]) -> None:
    known = replace(TII, links=("https://ror.org/001kv2y39", "https://www.wikidata.org/wiki/Q1"))
    assert score(known, known).total >= AUTOMATIC
    assert score(known, replace(known, **different)).total < AUTOMATIC  # type: ignore[arg-type]


@pytest.mark.parametrize("other", ["Google DeepMind", "Google AI", "Google Research"])
def test_a_unit_is_not_its_parent_on_whatever_evidence(other: str) -> None:
    shared = {"websites": ("https://google.example",), "country": "US", "dates": ("2023-04-20",)}
    ours, theirs = (Entity("", n, kind="organization", **shared) for n in ("Google", other))  # type: ignore[arg-type]
    assert score(ours, theirs).total < AUTOMATIC


def test_a_renamed_organization_is_known_by_its_id_or_an_alias() -> None:
    links = ("https://www.wikidata.org/wiki/Q1",)
    ours = Entity("", "Together AI", kind="organization", links=links)
    theirs = Entity("http://www.wikidata.org/entity/Q1", "Together Computer", kind="organization")
    assert score(ours, theirs).total >= AUTOMATIC
    aliased = Entity("", "Together AI", ("Together Computer",), "organization", (), ("a.ai",))
    assert score(aliased, replace(theirs, iri="", websites=("a.ai",))).total >= AUTOMATIC


def test_dates_are_compared_to_the_precision_of_both() -> None:
    for dates, value in (
        (("2020",), 1.0),
        (("2020-05-19",), 1.0),
        (("2021",), 0.5),
        (("2022",), 0),
    ):
        assert part("date", TII, replace(TII, dates=dates))[0] == value
    assert part("date", TII, replace(TII, dates=()))[0] is None
    assert part("date", TII, replace(TII, dates=("1998", "2020-05-01")))[0] == 1.0


def test_sites_are_compared_by_host_and_on_shared_hosts_by_path() -> None:
    for site, value in (("http://tii.ae/about", 1.0), ("https://falconllm.tii.ae", 0.5)):
        assert part("website", TII, replace(TII, websites=(site,)))[0] == value
    pages = [f"https://www.linkedin.com/company/{name}" for name in ("tii", "other")]
    ours, theirs = (replace(TII, websites=(page,)) for page in pages)
    assert part("website", ours, theirs)[0] == 0.0
    assert addresses.domain("nlp.surrey.ac.uk") == "surrey.ac.uk"


def test_a_page_on_a_hub_counts_for_what_it_is_the_page_of() -> None:
    page = ("https://huggingface.co/tiiuae/falcon-40b/tree/main",)
    model = Entity("", "Falcon-40B", kind="model", links=page)
    assert addresses.ids(model) == {"huggingface": {"tiiuae/falcon-40b"}}
    assert addresses.ids(replace(model, kind="organization")) == {}
    data = replace(model, links=("https://hf.co/datasets/tiiuae/falcon-refinedweb",))
    assert addresses.ids(data) == {"huggingface": {"datasets/tiiuae/falcon-refinedweb"}}
    owner = Entity("", "TII", kind="organization", links=("https://github.com/tiiuae/",))
    assert addresses.ids(owner) == {"github": {"tiiuae"}}


def test_each_part_says_what_it_compared() -> None:
    found = {one.name: one for one in score(TII, replace(TII, label="TII Abu Dhabi")).parts}
    assert list(found) == ["label", "alias", "tokens", "type", "website", "date", "link", "country"]
    assert found["label"].reason == "Technology Innovation Institute | TII Abu Dhabi"
    assert found["alias"].value == 1.0
    assert found["date"].reason == "2020-05 | 2020-05"


texts = st.text(max_size=30) | st.sampled_from(["", " ", "()", "7B", "[", "++", "🦙", "a" * 300])
entities = st.builds(
    Entity,
    iri=texts,
    label=texts,
    aliases=st.lists(texts, max_size=8).map(tuple),
    kind=st.sampled_from(["", *KINDS]),
    websites=st.lists(texts.map("https://{}".format) | texts, max_size=2).map(tuple),
    dates=st.lists(texts | st.dates().map(str), max_size=2).map(tuple),
    links=st.lists(texts.map("https://github.com/{}".format) | texts, max_size=2).map(tuple),
    country=texts,
)


@given(entities, entities)
def test_any_two_have_a_score_that_does_not_depend_on_their_order(a: Entity, b: Entity) -> None:
    found = score(a, b).total
    assert 0 <= found <= 1
    assert found == score(b, a).total
    assert all(one.value is None or 0 <= one.value <= 1 for one in score(a, b).parts)


@given(entities)
def test_a_thing_with_evidence_is_itself(one: Entity) -> None:
    id_ = "https://www.wikidata.org/wiki/Q1"
    known = replace(one, label=f"{one.label}x", iri=id_, links=(id_,), websites=(), dates=())
    assert score(known, known).total >= AUTOMATIC


def test_many_names_are_compared_in_little_time() -> None:
    """Five hundred things with twenty candidates each take seconds, not minutes."""
    words = ("Open", "Deep", "Stable", "Eleuther", "Institute", "Mind", "Research", "Cloud")
    made = [f"{a} {b} {c}" for a in words for b in words for c in words]
    ours = [
        Entity("", made[i], tuple(made[i + 1 : i + 4]), "organization") for i in range(0, 500, 5)
    ]
    theirs = [Entity("", made[i], tuple(made[i + 3 : i + 9]), "organization") for i in range(20)]
    start = time.perf_counter()
    for one in ours:
        for other in theirs:
            score(one, other)
    assert time.perf_counter() - start < 10  # 2,000 of 10,000 pairs, on a slow and busy machine


def test_of_many_names_those_that_agree_are_found() -> None:
    others = tuple(f"Name {number}" for number in range(60))
    ours = Entity("", "Beijing Academy of Artificial Intelligence", others, "organization")
    theirs = Entity("", "BAAI", tuple(f"Nom {number}" for number in range(80)), "organization")
    pairs = names.shortlist([ours.label, *others], [theirs.label, *theirs.aliases], "organization")
    assert (ours.label, theirs.label) in pairs
    assert len(pairs) < 61 * 81 / 10
    turned = names.shortlist([theirs.label, *theirs.aliases], [ours.label, *others], "organization")
    assert sorted((b, a) for a, b in turned) == pairs
