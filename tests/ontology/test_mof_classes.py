"""The classes of the Model Openness Framework: hand-made models at the border of each class."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, Store

from openness import shipped
from openness.engine.compile import Input, Inputs, build
from openness.importers import model_openness_tool, registry
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.terms import PREFIXES

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
CLASSES = ("III", "II", "I")
IDS = {"III": "mof-class-3", "II": "mof-class-2", "I": "mof-class-1"}

THREE = (
    "model-architecture",
    "model-parameters-final",
    "technical-report",
    "evaluation-results",
    "model-card",
    "data-card",
)
TWO = ("training-code", "inference-code", "evaluation-code", "evaluation-data")
ONE = ("datasets", "data-preprocessing-code", "research-paper", "model-parameters-intermediate")
OPTIONAL = ("sample-model-outputs", "supporting-libraries-and-tools", "model-metadata")
PAPER, REPORT = "research-paper", "technical-report"

Classify = Callable[..., dict[str, tuple[bool, float]]]


def compile_with(path: Path) -> Store:
    """Return the store of the curated data, the rule and one more file."""
    rule = shipped.ontology() / "rules" / "mof-class.rq"
    curated = sorted((shipped.data() / "curated").rglob("*.trig"))
    return build(Inputs(tuple(Input(file, "urn:facts") for file in [*curated, path]), (rule,)))


def classes(store: Store) -> dict[str, dict[str, tuple[bool, float]]]:
    """Return for each model and class whether it passes and its progress."""
    found: dict[str, dict[str, tuple[bool, float]]] = defaultdict(dict)
    for name, number in IDS.items():
        query = f"""SELECT ?model ?outcome ?progress WHERE {{ GRAPH graph:derived {{
            ?assertion earl:subject ?model ; earl:test criterion:{number} ;
                earl:assertedBy agent:openness ; earl:result/earl:outcome ?outcome .
            ?measurement dqv:computedOn ?model ; dqv:value ?progress ;
                dqv:isMeasurementOf metric:{number}-progress ; prov:wasDerivedFrom ?assertion .
        }} }}"""
        rows = store.query(query, prefixes=PREFIXES)
        assert isinstance(rows, QuerySolutions)
        for row in rows:
            passed = row["outcome"].value.endswith("passed")
            model = row["model"].value.rpartition("/")[2]
            assert name not in found[model], "two verdicts on one class"
            found[model][name] = (passed, float(row["progress"].value))
    return found


@pytest.fixture
def classify(tmp_path: Path) -> Classify:
    """Classify one model by what is found open and what is found not to be."""

    def run(passed: Iterable[str], failed: Iterable[str] = ()) -> dict[str, tuple[bool, float]]:
        outcomes = [(name, "passed") for name in passed] + [(name, "failed") for name in failed]
        lines = [f"@prefix {p}: <{iri}> ." for p, iri in sorted(PREFIXES.items())]
        lines += [
            "model:zorb a fair4ml:MLModel ; rdfs:label 'Zorb'@en .",
            "result:passed earl:outcome earl:passed .",
            "result:failed earl:outcome earl:failed .",
        ]
        lines += [
            f"assertion:{name}-{outcome} a earl:Assertion ; earl:subject model:zorb ;"
            f" earl:assertedBy organization:tool ; earl:test criterion:mof-{name} ;"
            f" earl:result result:{outcome} ."
            for name, outcome in outcomes
        ]
        path = tmp_path / "zorb.ttl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return classes(compile_with(path))["zorb"]

    return run


def reached(found: dict[str, tuple[bool, float]]) -> list[str]:
    """Return the classes that are passed, after checking that progress says the same."""
    for passed, progress in found.values():
        assert passed == (progress == 1.0)
    return [name for name in CLASSES if found[name][0]]


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (THREE, ["III"]),
        (THREE + TWO, ["III", "II"]),
        (THREE + TWO + ONE, ["III", "II", "I"]),
        (TWO + ONE, []),  # nothing of the lowest class but a paper
        (THREE + ONE, ["III"]),  # the middle class is missing
        (THREE + TWO + OPTIONAL, ["III", "II"]),
    ],
)
def test_a_class_needs_all_of_it_and_of_those_below(
    classify: Classify, passed: tuple[str, ...], expected: list[str]
) -> None:
    assert reached(classify(passed)) == expected


@pytest.mark.parametrize("missing", THREE + TWO + ONE)
def test_one_component_less_is_one_class_less(classify: Classify, missing: str) -> None:
    """Whether it is not listed or has no open licence; only a report may be missing."""
    rest = [name for name in THREE + TWO + ONE if name != missing]
    expected = ["III", "II", "I"]
    if missing != REPORT:
        expected = [] if missing in THREE else ["III"] if missing in TWO else ["III", "II"]
    assert reached(classify(rest)) == expected
    assert reached(classify(rest, failed=[missing])) == expected


def test_a_paper_stands_in_for_a_report(classify: Classify) -> None:
    rest = [name for name in THREE if name != REPORT]
    assert reached(classify([*rest, PAPER])) == ["III"]
    assert reached(classify([*rest, *TWO, PAPER])) == ["III", "II"]
    assert reached(classify(rest, failed=[PAPER])) == []
    assert reached(classify(rest, failed=[PAPER, REPORT])) == []


def test_a_report_does_not_stand_in_for_a_paper(classify: Classify) -> None:
    rest = [name for name in THREE + TWO + ONE if name != PAPER]
    assert reached(classify(rest)) == ["III", "II"]


def test_progress_is_the_share_of_required_components(classify: Classify) -> None:
    found = classify(THREE[:3] + TWO[:1] + OPTIONAL, failed=THREE[3:])
    assert [found[name][1] for name in CLASSES] == [0.5, 0.4, round(4 / 14, 3)]


def test_progress_with_a_paper_for_the_report(classify: Classify) -> None:
    """The paper counts in the place of the report; in Class I it counts once, of thirteen."""
    found = classify(["model-card", PAPER])
    assert [found[name][1] for name in CLASSES] == [round(2 / 6, 3), 0.2, round(2 / 13, 3)]


def test_a_model_with_nothing_open_is_unclassified(classify: Classify) -> None:
    found = classify([], failed=["model-card"])
    assert found == dict.fromkeys(CLASSES, (False, 0.0))


def test_optional_components_and_foreign_criteria_do_not_count(classify: Classify) -> None:
    found = classify(["zorb-juice", *OPTIONAL])
    assert found == dict.fromkeys(CLASSES, (False, 0.0))


def test_a_model_that_nobody_judged_by_the_framework_has_no_verdict(classify: Classify) -> None:
    assert classify(["zorb-juice"]) == {}


def test_a_licence_of_another_type_is_open_and_a_missing_one_is_not(tmp_path: Path) -> None:
    """From files to classes: all under a code licence, and the same but for one component."""
    lists = tmp_path / "web" / "modules" / "mof"
    lists.mkdir(parents=True)
    code = '{"licenses": [{"licenseId": "Zorb-1.0", "isOsiApproved": true, "ContentType": "code"}]}'
    for name in ("licenses.json", "mof-licenses.json"):
        (lists / name).write_text(code, encoding="utf-8")
    (tmp_path / "models").mkdir()
    names = {name.lower().replace(" (", "-").replace(")", "").replace(" ", "-"): name
             for name in model_openness_tool.COMPONENTS}  # fmt: skip
    for model, licence in (("zorb", "Zorb-1.0"), ("plim", "unlicensed")):
        entries = "".join(f"\n    - {{name: {names[name]}}}" for name in THREE[1:])
        text = (
            f"release:\n  name: {model}\n  license: {{distribution: {{name: Zorb-1.0}}}}\n"
            f"  components:{entries}\n    - {{name: {names[THREE[0]]}, license: {licence}}}\n"
        )
        (tmp_path / "models" / f"{model}.yml").write_text(text, encoding="utf-8")
    registry.run("model-openness-tool", tmp_path, tmp_path / "out", "2031-01-01")
    found = classes(compile_with(tmp_path / "out" / "model-openness-tool.trig"))
    assert reached(found["zorb"]) == ["III"]
    assert reached(found["plim"]) == []
    assert found["plim"]["III"][1] == round(5 / 6, 3)


def test_a_verdict_names_its_premises(tmp_path: Path, classify: Classify) -> None:
    classify(["model-card", PAPER], failed=["datasets"])
    store = compile_with(tmp_path / "zorb.ttl")

    def premises(number: int) -> set[str]:
        query = f"SELECT ?p WHERE {{ assertion:zorb-mof-class-{number} prov:wasDerivedFrom ?p }}"
        rows = store.query(query, prefixes=PREFIXES)
        assert isinstance(rows, QuerySolutions)
        return {row["p"].value.removeprefix("https://w3id.org/openness/id/") for row in rows}

    three = {"criterion/mof-class-3", "assertion/model-card-passed", f"assertion/{PAPER}-passed"}
    assert premises(3) == three
    assert premises(1) == three - {"criterion/mof-class-3"} | {
        "criterion/mof-class-1",
        "assertion/datasets-failed",
    }


@pytest.mark.reference
@pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts")
def test_the_extract_has_the_classes_that_the_files_lead_to(tmp_path: Path) -> None:
    """The rule against sets of the open components of each file."""
    extract = Path(REFERENCE or ".").parent / "sources" / "model-openness-tool"
    registry.run("model-openness-tool", extract, tmp_path, "2031-01-01")
    found = classes(compile_with(tmp_path / "model-openness-tool.trig"))
    job = Job(model_openness_tool.SOURCE, Identities.load())
    lists = model_openness_tool.Lists.load(extract / "web" / "modules" / "mof")
    count = 0
    for file in sorted(extract.glob("models/*")):
        model = model_openness_tool.parse(file, job)
        open_ones = {one.name for one in model.components if lists.is_open(one.licence)}
        slugs = {n.lower().replace(" (", "-").replace(")", "").replace(" ", "-") for n in open_ones}
        if PAPER in slugs:
            slugs.add(REPORT)
        needed: set[str] = set()
        for name, components in zip(CLASSES, (THREE, TWO, ONE), strict=True):
            needed |= set(components)
            slug = model_openness_tool._model(model, job).value.rpartition("/")[2]
            assert found[slug][name][0] == (needed <= slugs), (file.name, name)
            count += 1
    assert count == 3 * 273
    assert {m for m, by in found.items() if by["I"][0]} >= {"amber", "pythia-12b", "olmo-7b"}
    assert reached(found["granite-4.1"]) == ["III"]
    assert reached(found["llama-2-70b"]) == []
