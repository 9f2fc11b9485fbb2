"""`openness link propose`, and from there to review and enrich, as processes of their own."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Run, command, environment
from tests.servers import endpoint, oxigraph, web
from tests.terminal import CTRL_C, terminal

from openness import mappings
from openness.links import review

pytestmark = pytest.mark.usefixtures("in_world")

ROOT = Path(__file__).parent.parent.parent
FIXTURES = ROOT / "tests" / "fixtures"
WD = "http://www.wikidata.org/entity/"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an engine with data shaped as Wikidata's, and as others'."""
    with oxigraph.started(tmp_path_factory.mktemp("candidates")) as server:
        oxigraph.load(server.endpoint, (FIXTURES / "candidates.ttl").read_bytes(), "turtle")
        yield server.endpoint


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The workspace of the run fixture, with sites and accounts in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(FIXTURES / "pages.trig", folder)
    return folder


def kept(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def pairs(text: str, tmp_path: Path) -> set[tuple[str, str]]:
    path = tmp_path / "proposals.sssom.tsv"
    path.write_text(text, encoding="utf-8")
    return {
        (c.row["subject_id"], c.row["object_id"].partition(":")[2])
        for c in review.read(path).candidates
    }


def test_from_propose_to_review_to_enrich(
    run: Run, workspace: Path, service: str, tmp_path: Path
) -> None:
    file = tmp_path / "wikidata.sssom.tsv"
    line = ("link", "propose", "--kind", "organization", "--to", "wikidata", "--service", service)
    before = kept(workspace)
    done = run(*line, "-o", str(file))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert kept(workspace) == before
    assert "openness: candidates: " in done.stderr
    best = {
        c.row["subject_id"]: (c.row["object_id"], c.score)
        for c in reversed(review.read(file).candidates)
    }
    assert best["organization:meta"][0] == "wd:Q920001"
    assert best["organization:tii"][0] == "wd:Q920007"
    threshold = str(best["organization:meta"][1])

    accept = ("link", "review", str(file), "--accept-above", threshold, "--reviewer", "Ann")
    accepted = run(*accept, "--dry-run", "-f", "csv")
    assert "organization/meta" in accepted.stdout
    accepted = run(*accept)
    assert accepted.returncode == 0, accepted.stderr
    rows = mappings.read(workspace / "links" / "wikidata.sssom.tsv")
    assert ("organization:meta", "schema:sameAs", "wd:Q920001") in {
        (r.slots["subject_id"], r.slots["predicate_id"], r.slots["object_id"]) for r in rows
    }

    enriched = run(
        "enrich", "meta", "--from", "wikidata", "--what", "founded", "--service", service
    )
    assert enriched.returncode == 0, enriched.stderr
    assert "2004-02-04" in enriched.stdout
    shown = run("show", "meta").stdout
    assert "2004-02-04" in shown

    again = run(*line)
    assert "linked to wikidata already: " in again.stderr
    assert not any(one[0] == "organization:meta" for one in pairs(again.stdout, tmp_path))
    others = pairs(run(*line, "--again", "--min-score", "0").stdout, tmp_path)
    assert ("organization:meta", "Q920003") in others
    assert ("organization:meta", "Q920001") not in others


def test_what_was_rejected_is_not_proposed_again(
    run: Run, workspace: Path, service: str, tmp_path: Path
) -> None:
    line = ("link", "propose", "meta", "--to", "wikidata", "--service", service, "--min-score", "0")
    first = run(*line)
    assert ("organization:meta", "Q920003") in pairs(first.stdout, tmp_path)
    folder = workspace / "links"
    folder.mkdir()
    head, _, table = first.stdout.partition("subject_id\t")
    names = ("subject_id\t" + table.splitlines()[0]).split("\t")
    row = next(
        r
        for r in csv.DictReader(io.StringIO("subject_id\t" + table), delimiter="\t")
        if r["object_id"] == "wd:Q920003"
    )
    row |= {"predicate_modifier": "Not", "reviewer_label": "Ann"}
    columns = [*names, "predicate_modifier", "reviewer_label"]
    (folder / "wikidata.sssom.tsv").write_text(
        head + "\t".join(columns) + "\n" + "\t".join(row[name] for name in columns) + "\n",
        encoding="utf-8",
    )
    second = run(*line)
    assert second.returncode == 0, second.stderr
    assert pairs(first.stdout, tmp_path) - pairs(second.stdout, tmp_path) == {
        ("organization:meta", "Q920003")
    }
    assert "1 decided on before" in second.stderr


def test_each_part_of_a_score_is_shown(
    run: Run, workspace: Path, service: str, tmp_path: Path
) -> None:
    file = tmp_path / "some.sssom.tsv"
    line = ("link", "propose", "meta", "--to", "wikidata", "--service", service, "--explain")
    done = run(*line, "-o", str(file))
    assert done.returncode == 0, done.stderr
    parts = list(csv.DictReader(io.StringIO(done.stdout)))
    ours = [row for row in parts if row["theirs"] == f"{WD}Q920001"]
    assert {"label", "alias", "type", "website", "date"} <= {row["part"] for row in ours}
    (website,) = (row for row in ours if row["part"] == "website")
    assert website["value"] == "1"
    assert "meta.example" in website["compared"]
    scores = {float(row["score"]) for row in ours}
    assert scores == {c.score for c in review.read(file).candidates if c.pair[1].endswith("20001")}
    alone = run(*line)
    assert alone.stdout == done.stdout
    assert run(*line, "-f", "table").stdout.split()[:2] == ["thing", "theirs"]


def test_any_address_is_searched(run: Run, workspace: Path, service: str, tmp_path: Path) -> None:
    line = ("link", "propose", "--to", service)
    done = run(*line, "user-threshold")
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(
        io.StringIO(done.stdout[done.stdout.index("subject_id\t") :]), delimiter="\t"
    )
    assert row["predicate_id"] == "skos:exactMatch"
    done = run(*line, "--kind", "person")
    assert "x: https://data.example/thing/2#\n" in done.stdout
    assert run(*line, "--kind", "person", "--offline").stdout == done.stdout
    assert run(*line, "--kind", "person", "--protocol", "sparql").stdout == done.stdout
    assert ("person:joelle-pineau", "it") in pairs(done.stdout, tmp_path)


def test_where_nothing_can_be_written_nobody_is_asked(run: Run, tmp_path: Path) -> None:
    line = ("link", "propose", "meta", "--to", "http://127.0.0.1:9/sparql", "-o")
    for place, reason in ((tmp_path, "it is a folder"), (tmp_path / "no" / "x", "no folder")):
        done = run(*line, str(place))
        assert done.returncode == 4
        assert reason in done.stderr
    missing = run("link", "review", str(tmp_path / "none.sssom.tsv"))
    assert (missing.returncode, "There is no file" in missing.stderr) == (3, True)


def test_services_that_speak_no_sparql(run: Run, tmp_path: Path) -> None:
    """ROR and the Hub by their names, and an address that says that it reconciles."""
    with web.started() as server:
        for to, thing, best in (
            (("ror", "--service", f"{server.url}/v2/organizations"), "mlcommons", "0mlcomm01"),
            (("huggingface", "--service", server.url), "falcon-40b", "tii/falcon-40b"),
            ((f"{server.url}/reconcile",), "mlcommons", "t1"),
        ):
            done = run("link", "propose", thing, "--to", *to)
            assert done.returncode == 0, done.stderr
            assert best in {theirs for _, theirs in pairs(done.stdout, tmp_path)}
        said = run("link", "propose", "meta", "--to", f"{server.url}/none", "--protocol", "sparql")
        assert (said.returncode, said.stdout) == (4, "")
        assert "did not answer: there is no endpoint at this address" in said.stderr


def test_the_same_bytes_and_nobody_asked_a_second_time(
    run: Run, workspace: Path, service: str, tmp_path: Path
) -> None:
    with endpoint.in_front_of(service) as server:
        line = ("link", "propose", "--kind", "organization", "--to", "wikidata")
        first = run(*line, "--service", server.url)
        asked = len(server.asked)
        assert 0 < asked <= 4
        second = run(*line, "--service", server.url)
        offline = run(*line, "--service", server.url, "--offline")
        assert first.stdout == second.stdout == offline.stdout
        assert len(server.asked) == asked
        fresh = run(*line, "--service", server.url, "--fresh")
        assert (fresh.stdout, len(server.asked)) == (first.stdout, 2 * asked)
        nothing = run(
            "link", "propose", "--kind", "model", *line[4:], "--service", server.url, "--offline"
        )
        assert (nothing.returncode, nothing.stdout) == (4, "")
        assert "no answer of it is kept" in nothing.stderr


@pytest.mark.parametrize(
    "fault",
    [
        endpoint.web_page,
        endpoint.broken_off,
        endpoint.half,
        endpoint.flood,
        endpoint.failure,
        endpoint.redirect("http://127.0.0.1:9/sparql"),
    ],
)
def test_a_source_that_fails_leaves_the_old_file(
    fault: object, run: Run, service: str, tmp_path: Path
) -> None:
    """At the second request, when there is something to lose already."""
    file = tmp_path / "wikidata.sssom.tsv"
    file.write_text("what was there\n", encoding="utf-8")
    with endpoint.in_front_of(service) as server:

        def well(handler: endpoint.Handler) -> None:
            handler.send(*handler.answer())

        server.faults[:] = [well, fault]  # type: ignore[list-item]
        line = ("link", "propose", "meta", "--to", "wikidata", "--service", server.url)
        done = run(*line, "-o", str(file))
        assert (done.returncode, done.stdout) == (4, "")
        assert len(done.stderr.strip().splitlines()) == 1
        assert server.url in done.stderr
        assert file.read_text(encoding="utf-8") == "what was there\n"
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []
        asked = len(server.asked)
        assert run(*line, "-o", str(file)).returncode == 0
        assert server.asked[asked] == server.asked[asked - 1]  # the first answer was kept
        assert b"wd:Q920001" in file.read_bytes()


def test_an_interruption_leaves_the_old_file(service: str, cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "wikidata.sssom.tsv"
    file.write_text("what was there\n", encoding="utf-8")
    with endpoint.in_front_of(service) as server:
        server.faults[:] = [endpoint.trickle]
        line = ["link", "propose", "meta", "--to", "wikidata", "--service", server.url]
        process = subprocess.Popen(
            command([*line, "-o", str(file)]),
            env=environment(cache, tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        end = time.monotonic() + 30
        while not server.asked and time.monotonic() < end:
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        out, told = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert told.strip().splitlines()[-1] == "openness: interrupted"
    assert file.read_text(encoding="utf-8") == "what was there\n"


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("meta",), 2, "Where to? --to wikidata"),
        (("--to", "wikidata"), 2, "Name a thing, or a kind of things"),
        (("meta", "--kind", "model", "--to", "wikidata"), 2, "one of the two"),
        (("meta", "--to", "wikidatta"), 3, "Did you mean wikidata?"),
        (("metta", "--to", "wikidata"), 3, "Did you mean meta"),
        (("--kind", "modle", "--to", "wikidata"), 2, "Did you mean model?"),
        (("meta", "--to", "wikidata", "-f", "csv"), 2, "-f is for the table of --explain"),
        (("meta", "--to", "wikidata", "-o", "none/x.tsv"), 4, "there is no folder none"),
        (("meta", "--to", "wikidata", "--fresh", "--offline"), 2, "leave one out"),
        (("meta", "--to", "wikidata", "--protocol", "sparql"), 2, "--to URL"),
        (("meta", "--to", "http://127.0.0.1:9/", "--protocol", "rest"), 2, "--protocol takes"),
        (("meta", "--to", "http://127.0.0.1:9/", "--protocol", "sparql"), 4, "did not answer"),
        (("meta", "--to", "wikidata", "--offline", "--service", "http://127.0.0.1:9/"), 4, "kept"),
        (("meta", "--to", "wikidata", "--service", "nowhere"), 4, "is not the address"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    arguments: tuple[str, ...], code: int, problem: str, run: Run
) -> None:
    done = run("link", "propose", *arguments)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert problem in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_transcript_in_the_docs_is_what_happens(
    run: Run,
    workspace: Path,
    service: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    """Each command with what it writes, the results before the notes; `--golden` writes it anew."""
    monkeypatch.chdir(tmp_path)
    run("info")  # compiles the graph, so that the first command need not say so
    page = ROOT / "docs" / "linking.md"
    text = page.read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```text\n(\$ openness link propose.*?)^```", text, re.DOTALL | re.M)
    happened = ""
    for line in re.findall(r"^\$ openness (.*)", shown, re.M):
        asks = [] if line.startswith("link review") else ["--service", service]
        done = run(*line.split(), *asks)
        assert done.returncode == 0, done.stderr
        happened += f"$ openness {line}\n{done.stdout}{done.stderr}"
    happened = happened.replace(str(tmp_path), "…")
    if pytestconfig.getoption("--golden"):
        page.write_text(text.replace(shown, happened), encoding="utf-8")
    else:
        assert happened == shown


def test_a_terminal_shows_how_far_it_is_and_interrupts(
    service: str, cache: Path, tmp_path: Path
) -> None:
    file = tmp_path / "wikidata.sssom.tsv"
    with endpoint.in_front_of(service) as server:
        server.faults[:] = [endpoint.trickle]
        line = ["link", "propose", "meta", "--to", "wikidata", "--service", server.url]
        done = command([*line, "-o", str(file)])
        with terminal(done, environment(cache, tmp_path)) as person:
            person.wait_for("asking wikidata")
            person.press(CTRL_C)
            person.wait_for("interrupted")
            assert person.end() == 130
    assert not file.exists()
