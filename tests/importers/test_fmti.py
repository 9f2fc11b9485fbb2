"""The importer of the transparency index, on invented files in its layout and on the extract."""

from __future__ import annotations

import csv
import os
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad

from openness.errors import BrokenFileError, NotFoundError
from openness.importers import fmti
from openness.importers.fmti_files import EDITIONS, aligned, links
from openness.importers.identity import Identities
from openness.importers.job import Job
from openness.terms import compact, expand

REFERENCE = os.environ.get("OPENNESS_REFERENCE")
EXTRACT = Path(REFERENCE or ".").parent / "sources" / "fmti"

SHARED = """\
\ufeffDomain,Subdomain,Indicator,Definition,Notes\r
Inputs,Grain,Grain size,Is it told how big the grains are?,Must not travel.\r
Inputs,Grain,Grain origin ,Is it told where they grew?,\r
Outputs,Bread,Bread licence,May it be eaten?,\r
"""
FIRST = """\
\ufeffDomain,Subdomain,Indicator,Zorblatt,Meta ,Total\r
Inputs,Grain,Grain size,1,0,1\r
Inputs,Grain,Grain origin ,1,1,2\r
Outputs,Bread,Eating licence,0,1,1\r
,,Total,2,2,\r
"""
SECOND = """\
Indicator,Zorblatt,Meta
Grain size,0,1
Grain origin,1,1
Rules for eating,0,1
Total,1,3
"""
REPORT = """\
Downstream loaves,Notes,References,Score
Grain size,Must not travel.,[1] https://zorblatt.example.org/size. [2] https://gone.invalid/x,0
Grain origin,,none,0
Bread licence,,"https://zorblatt.example.org/licence; see there",0
"""
THIRD = "Indicator,Zorblatt\nGrain size,1\nGrain origin,0\nYeast,1\n"
OWN = """\
Domain,Subdomain,Indicator,Definition
Inputs,Grain,Grain size,Is it told how big the grains are?
Inputs,Grain,Grain origin,Is each field named?
Inputs,Yeast cells,Yeast,Is it told which yeast?
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small index: three editions, the first two with one list of indicators."""
    for name, text in (
        ("fmti-indicators.csv", SHARED),
        ("October2023/October2023_scores.csv", FIRST),
        ("May2024/May2024_scores.csv", SECOND),
        ("May2024/reports/Zorblatt:Friends_fmtransparencyreport_May2024.csv", REPORT),
        ("Dec2025/Dec2025_scores.csv", THIRD),
        ("Dec2025/Dec2025_indicators.csv", OWN),
    ):
        write(tmp_path / name, text)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def imported(path: Path, strict: bool = False) -> Job:
    job = Job(fmti.SOURCE, Identities.load(), strict)
    fmti.read(path, job)
    return job


def values(job: Job, subject: str, predicate: str) -> list[str]:
    """Return the values of a property, compact or as text, in order."""
    found = [
        compact(quad.object.value) if isinstance(quad.object, NamedNode) else quad.object.value
        for quad in of(job, predicate)
        if isinstance(quad.object, NamedNode | Literal)
        and isinstance(quad.subject, NamedNode)
        and quad.subject.value == expand(subject)
    ]
    return sorted(found)


def of(job: Job, predicate: str) -> list[Quad]:
    return [quad for quad in job.quads if quad.predicate.value == expand(predicate)]


def lines(job: Job, what: str) -> list[tuple[str, str]]:
    return [(record, reason) for kind, record, reason in job.report.lines if kind == what]


class TestVerdicts:
    def test_each_cell_is_one_assertion(self, folder: Path) -> None:
        job = imported(folder, strict=True)
        assert job.report.counts["read"] == job.report.counts["assertions"] == 6 + 6 + 3
        one = "assertion:fmti-2023-meta-grain-size"
        assert values(job, one, "earl:subject") == ["organization:meta"]
        assert values(job, one, "earl:test") == ["criterion:fmti-2023-grain-size"]
        assert values(job, one, "earl:assertedBy") == ["organization:stanford-crfm"]
        assert values(job, one, "earl:result") == ["result:fmti-0"]
        assert values(job, one, "dcterms:date") == ["2023-10"]
        assert values(job, "result:fmti-0", "earl:outcome") == ["earl:failed"]
        assert values(job, "result:fmti-1", "earl:outcome") == ["earl:passed"]

    def test_evidence_is_what_the_report_links_to(self, folder: Path) -> None:
        job = imported(folder)
        start = "assertion:fmti-2024-zorblatt-"
        assert values(job, start + "grain-size", "dcterms:source") == [
            "https://zorblatt.example.org/size"
        ]
        assert values(job, start + "rules-for-eating", "dcterms:source") == [
            "https://zorblatt.example.org/licence"
        ]
        assert values(job, start + "grain-origin", "dcterms:source") == []
        assert len(of(job, "dcterms:source")) == 2

    def test_a_report_that_differs_is_noted(self, folder: Path) -> None:
        assert lines(imported(folder), "note") == [
            (
                "May2024/May2024_scores.csv: Zorblatt, Grain origin",
                "the developer's report has the score “0”",
            )
        ]

    def test_no_sentence_travels(self, folder: Path) -> None:
        texts = [
            quad.object.value for quad in imported(folder).quads if type(quad.object) is Literal
        ]
        assert not [text for text in texts if "travel" in text or "Is it told" in text]


class TestCriteria:
    def test_they_are_nested_and_numbered(self, folder: Path) -> None:
        job = imported(folder)
        licence = "criterion:fmti-2024-rules-for-eating"
        assert values(job, licence, "skos:broader") == ["criterion:fmti-2024-bread"]
        assert values(job, licence, "skos:notation") == ["2.1.1"]
        assert values(job, licence, "skos:inScheme") == ["criteria:fmti-2024"]
        assert values(job, "criterion:fmti-2024-bread", "skos:broader") == [
            "criterion:fmti-2024-outputs"
        ]
        assert values(job, "criterion:fmti-2025-yeast", "skos:notation") == ["1.2.1"]

    def test_what_is_curated_is_not_said_again(self, folder: Path) -> None:
        job = imported(folder)
        assert values(job, "criteria:fmti-2023", "rdfs:label") == []
        assert values(job, "metric:fmti-2023-total", "rdfs:label") == []
        assert values(job, "criteria:fmti-2025", "rdfs:label")

    def test_the_same_indicator_in_two_editions(self, folder: Path) -> None:
        job = imported(folder)
        exact, close = (
            {
                (compact(quad.subject.value), compact(quad.object.value))
                for quad in of(job, match)
                if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode)
            }
            for match in ("skos:exactMatch", "skos:closeMatch")
        )
        start = "criterion:fmti-"
        assert exact == {
            (f"{start}2024-grain-size", f"{start}2023-grain-size"),
            (f"{start}2024-grain-origin", f"{start}2023-grain-origin"),
            (f"{start}2025-grain-size", f"{start}2023-grain-size"),
            (f"{start}2025-grain-size", f"{start}2024-grain-size"),
        }
        assert close == {
            (f"{start}2024-rules-for-eating", f"{start}2023-eating-licence"),
            (f"{start}2025-grain-origin", f"{start}2023-grain-origin"),
            (f"{start}2025-grain-origin", f"{start}2024-grain-origin"),
        }

    def test_names_of_one_list_in_another(self) -> None:
        assert aligned(["a", "b"], ["B ", "a"]) == {0: 1, 1: 0}
        assert aligned(["a", "b"], ["c", "a", "d"]) == {0: 1}
        assert aligned(["a", "b"], ["a"]) == {0: 0}


class TestTotals:
    def test_per_edition_and_domain(self, folder: Path) -> None:
        job = imported(folder)
        start = "measurement:fmti-2023-meta"
        assert values(job, start, "dqv:value") == ["2"]
        assert values(job, start, "dqv:isMeasurementOf") == ["metric:fmti-2023-total"]
        assert values(job, start + "-inputs", "dqv:value") == ["1"]
        assert values(job, start + "-outputs", "dqv:isMeasurementOf") == [
            "metric:fmti-2023-outputs"
        ]
        assert values(job, "measurement:fmti-2024-zorblatt-outputs", "dqv:value") == ["0"]

    def test_none_of_a_developer_with_a_bad_score(self, folder: Path) -> None:
        write(folder / EDITIONS[0].scores, FIRST.replace("size,1,0", "size,maybe,0"))
        job = imported(folder)
        record = "October2023/October2023_scores.csv: Zorblatt"
        assert lines(job, "skipped") == [
            (f"{record}, Grain size", "the score “maybe” is neither 0 nor 1")
        ]
        assert (record, "no totals, for some of the scores cannot be read") in lines(job, "note")
        assert values(job, "measurement:fmti-2023-zorblatt", "dqv:value") == []
        assert values(job, "measurement:fmti-2023-meta", "dqv:value") == ["2"]
        with pytest.raises(BrokenFileError, match="neither 0 nor 1"):
            imported(folder, strict=True)

    def test_a_printed_total_that_differs_is_noted(self, folder: Path) -> None:
        write(folder / EDITIONS[0].scores, FIRST.replace("Total,2,2", "Total,2,3"))
        found = ("October2023/October2023_scores.csv: Meta", "adds up to 2, not 3")
        assert found in lines(imported(folder), "note")


class TestMess:
    @pytest.mark.parametrize(
        ("text", "skipped"),
        [
            ("Indicator,Zorblatt\nGrain size,1\ngrain  SIZE,0\n", "stands twice"),
            ("Indicator,Zorblatt\n,1\n", "no name"),
            ("Indicator,Zorblatt\nGrain size\n", "neither"),
            ("Indicator,Zorblatt,zorblatt\nGrain size,1,0\n", "two verdicts"),
            ("Indicator,\nGrain size,1\n", "is empty"),
            ("Indicator,???\nGrain size,1\n", "can stand in an id"),
            ("Name,Zorblatt\nGrain size,1\n", "no column Indicator"),
            ("", "no column Indicator"),
        ],
    )
    def test_is_skipped_with_the_reason(self, folder: Path, text: str, skipped: str) -> None:
        write(folder / EDITIONS[2].scores, text)
        job = imported(folder)
        assert [skipped in reason for _, reason in lines(job, "skipped")] == [True]
        assert job.report.counts["assertions"] >= 12

    @pytest.mark.parametrize("data", [b"Indicator,Zorb\xff\n", b'Indicator,"Zorb\n\0'])
    def test_a_file_in_another_encoding(self, folder: Path, data: bytes) -> None:
        (folder / EDITIONS[2].scores).write_bytes(data)
        assert imported(folder).report.counts["assertions"] == 12

    def test_empty_rows_and_columns_mean_nothing(self, folder: Path) -> None:
        write(folder / EDITIONS[2].scores, THIRD.replace("\n", ",,\n") + ",,,\n\n")
        assert imported(folder, strict=True).report.counts["assertions"] == 15

    def test_a_missing_list_of_indicators_leaves_the_scores(self, folder: Path) -> None:
        (folder / "fmti-indicators.csv").unlink()
        job = imported(folder)
        assert job.report.counts["assertions"] == 15
        assert values(job, "criterion:fmti-2024-grain-size", "skos:broader") == []
        assert of(job, "skos:exactMatch") == []

    @pytest.mark.parametrize("text", ["", "Indicator,Notes\n", "Score,References\n", "x\n\0"])
    def test_a_bad_report_is_noted(self, folder: Path, text: str) -> None:
        write(folder / "May2024/reports/Zorblatt:Friends_fmtransparencyreport_May2024.csv", text)
        assert imported(folder).report.counts["assertions"] == 15

    def test_a_report_on_nobody_is_noted(self, folder: Path) -> None:
        write(folder / "May2024/reports/Zorblattix_fmtransparencyreport_May2024.csv", REPORT)
        record = "May2024/reports/Zorblattix_fmtransparencyreport_May2024.csv"
        assert (record, "its name begins with no developer of the edition") in lines(
            imported(folder), "note"
        )

    def test_a_missing_edition_is_skipped(self, folder: Path) -> None:
        (folder / EDITIONS[1].scores).unlink()
        job = imported(folder)
        assert [record for record, _ in lines(job, "skipped")] == ["May2024/May2024_scores.csv"]
        assert job.report.counts["assertions"] == 9

    def test_another_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError, match="no copy of fmti"):
            imported(tmp_path)

    def test_links_end_where_the_sentence_goes_on(self) -> None:
        text = "(https://a.example.org/x_(y)) and https://b.example.org/z. “https://c.example.org”"
        assert list(links(text)) == [
            "https://a.example.org/x_(y)",
            "https://b.example.org/z",
            "https://c.example.org",
        ]


@pytest.mark.reference
@pytest.mark.skipif(not REFERENCE, reason="OPENNESS_REFERENCE names no extracts")
class TestExtract:
    """The whole extract, against an independent count of its files."""

    @pytest.fixture(scope="class")
    @classmethod
    def job(cls) -> Job:
        return imported(EXTRACT, strict=True)

    @pytest.fixture(scope="class")
    @classmethod
    def raw(cls) -> dict[tuple[str, str, str], str]:
        """Every score by edition, developer and indicator, read by hand."""
        found = {}
        for folder in ("October2023", "May2024", "Dec2025"):
            path = EXTRACT / folder / f"{folder}_scores.csv"
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    name = row.pop("Indicator")
                    for developer, score in row.items():
                        if name != "Total" and developer not in ("Domain", "Subdomain", "Total"):
                            found[folder, developer, name] = score
        return found

    def test_counts(self, job: Job, raw: dict[tuple[str, str, str], str]) -> None:
        assert len(raw) == job.report.counts["assertions"] == job.report.counts["read"] == 3700
        outcomes = Counter(
            compact(quad.object.value)
            for quad in of(job, "earl:result")
            if isinstance(quad.object, NamedNode)
        )
        assert outcomes == {f"result:fmti-{score}": n for score, n in Counter(raw.values()).items()}
        assert lines(job, "note") == lines(job, "skipped") == []

    def test_totals(self, job: Job, raw: dict[tuple[str, str, str], str]) -> None:
        sums = Counter[tuple[str, str]]()
        for (folder, developer, _), score in raw.items():
            sums[folder, developer] += int(score)
        totals = [
            quad.object.value
            for year in ("2023", "2024", "2025")
            for measurement in of(job, "dqv:isMeasurementOf")
            if isinstance(measurement.object, NamedNode)
            and compact(measurement.object.value) == f"metric:fmti-{year}-total"
            for quad in of(job, "dqv:value")
            if quad.subject == measurement.subject and isinstance(quad.object, Literal)
        ]
        assert sorted(map(int, totals)) == sorted(sums.values())
        assert len(of(job, "dqv:value")) == 4 * len(sums) == 4 * 37

    @pytest.mark.parametrize(
        ("where", "assertion", "number"),
        [
            (("October2023", "Hugging Face", "Wages"), "2023-hugging-face-wages", "1.2.4"),
            (("May2024", "Stability", "License"), "2024-stability-ai-license", "3.1.6"),
            (("Dec2025", "xAI", "Compute provider"), "2025-xai-compute-provider", "1.4.5"),
        ],
    )
    def test_spot_checks(
        self,
        job: Job,
        raw: dict[tuple[str, str, str], str],
        where: tuple[str, str, str],
        assertion: str,
        number: str,
    ) -> None:
        node = f"assertion:fmti-{assertion}"
        assert values(job, node, "earl:result") == [f"result:fmti-{raw[where]}"]
        (test,) = values(job, node, "earl:test")
        assert values(job, test, "rdfs:label") == [where[2]]
        assert values(job, test, "skos:notation") == [number]
