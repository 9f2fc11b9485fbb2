"""`openness link check`, `enrich`, and what `disagree` then shows, as processes of their own."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import Run, command, environment
from tests.servers.wikidata import started
from tests.terminal import CTRL_C, terminal

pytestmark = pytest.mark.usefixtures("in_world")

LINKED = Path(__file__).parent.parent / "fixtures" / "accepted.trig"


@pytest.fixture(scope="session")
def wikidata(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(tmp_path_factory.mktemp("wikidata")) as address:
        yield address


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The workspace of the run fixture, with links in it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(LINKED, folder)
    return folder


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.stdout)))


# --- enrich ------------------------------------------------------------------------


def test_from_a_dry_run_to_what_differs(run: Run, workspace: Path, wikidata: str) -> None:
    line = ("enrich", "meta", "--from", "wikidata", "--what", "founded,website,country")
    dry = run(*line, "--service", wikidata, "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "3 facts would come; nothing was written" in dry.stderr
    assert {(r["fact"], r["theirs"], r["status"]) for r in rows(dry)} == {
        ("founded", "2004-02-04", "the same"),
        ("website", "https://www.meta.example/", "differs"),
        ("country", "US", "the same"),
    }
    assert not (workspace / "enrichments").exists()
    done = run(*line, "--service", wikidata)
    assert done.returncode == 0, done.stderr
    assert done.stdout == dry.stdout
    assert (workspace / "enrichments" / "wikidata.trig").is_file()
    shown = run("show", "meta").stdout
    assert re.search(r"founded on +2004 +The register", shown)
    assert re.search(r" +2004-02-04 +Wikidata: facts about linked things", shown)
    differs = run("disagree", "meta", "-f", "json")
    document = json.loads(differs.stdout)
    assert [fact["what"] for fact in document["facts"]] == ["website"]
    values = {
        value["value"]["iri"]: [source["id"] for source in value["sources"]]
        for value in document["facts"][0]["values"]
    }
    assert values == {
        "https://www.meta.example/": ["graph:wikidata"],
        "https://facebook.example/": ["graph:register"],
    }
    assert "1 fact on which sources differ" in differs.stderr


def test_all_of_a_kind_keeps_the_shapes(run: Run, workspace: Path, wikidata: str) -> None:
    before = set(run("check", "-f", "csv", "--fail-on", "never").stdout.splitlines())
    line = ("enrich", "--kind", "organization", "--from", "wikidata", "--service", wikidata)
    done = run(*line)
    assert done.returncode == 0, done.stderr
    assert "6 facts of 3 things" in done.stderr
    assert "Q910003 leads to http://www.wikidata.org/entity/Q910004" in done.stderr
    after = set(run("check", "-f", "csv", "--fail-on", "never").stdout.splitlines())
    assert after - before == set()
    kept = (workspace / "enrichments" / "wikidata.trig").read_bytes()
    again = run(*line, "--offline")
    assert again.returncode == 0, again.stderr
    assert (workspace / "enrichments" / "wikidata.trig").read_bytes() == kept


def test_what_differs_of_all_things(run: Run, workspace: Path, wikidata: str) -> None:
    run("enrich", "--kind", "organization", "--from", "wikidata", "--service", wikidata)
    done = run("disagree", "--facts")
    assert done.returncode == 0
    found = {(r["thing"].rpartition("/")[2], r["value"]) for r in rows(done)}
    assert {("openai", "2016"), ("openai", "2015-12")} <= found
    table = run("disagree", "openai", "-f", "table").stdout
    assert table.startswith("OpenAI (organization:openai)\n")
    assert "The register" in table


def test_a_model_has_its_facts_below_its_assessments(run: Run) -> None:
    """The terms and the tool name other licences of Llama 2 7B; its count is one."""
    document = json.loads(run("disagree", "llama-2-7b", "-f", "json").stdout)
    assert [fact["what"] for fact in document["facts"]] == ["licence"]
    assert document["statements"]
    table = run("disagree", "llama-2-7b", "-f", "table")
    assert re.search(r"Llama 2 7B +licence +", table.stdout)
    assert "1 fact on which sources differ" in table.stderr
    assert "1 fact on which sources differ: --facts" in run("disagree", "llama-2-7b").stderr


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (("meta",), 2, "From where? --from wikidata"),
        (("meta", "--from", "wikidatta"), 3, "Did you mean wikidata?"),
        (("--from", "wikidata"), 2, "Name a thing, or a kind"),
        (("meta", "--kind", "model", "--from", "wikidata"), 2, "one of the two"),
        (("--kind", "planet", "--from", "wikidata"), 2, "--kind takes organization"),
        (("meta", "--from", "wikidata", "--what", "colour"), 2, "not “colour”"),
        (("meta", "--from", "ror", "--what", "logo"), 2, "has no logo"),
        (("tii", "--from", "wikidata"), 3, "no accepted link to Wikidata"),
        (("--kind", "person", "--from", "wikidata"), 3, "Nothing of the kind person is linked"),
        (("metta", "--from", "wikidata"), 3, "There is no thing “metta”"),
        (("meta", "--from", "wikidata", "--fresh", "--offline"), 2, "leave one out"),
        (("meta", "--from", "wikidata", "--offline"), 4, "may not be asked offline"),
        (("meta", "--from", "wikidata", "--service", "file:///etc/passwd"), 4, "not the address"),
        (("meta", "--from", "wikidata", "--service", "http://127.0.0.1:9/"), 4, "did not answer"),
    ],
)
def test_what_goes_wrong_is_one_line(
    run: Run, workspace: Path, arguments: tuple[str, ...], code: int, problem: str
) -> None:
    done = run("--quiet", "enrich", *arguments)
    assert done.returncode == code, done.stderr
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
    assert not (workspace / "enrichments").exists()


HOSTILE = """
import http.server, sys
class Hostile(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/busy":
            self.send_response(429); self.send_header("Retry-After", "3600"); self.end_headers()
            return
        body = {"/html": b"<html>down</html>", "/half": b'{"head":{},"results":{"bindings":[',
                "/other": b'{"a": 1}'}[self.path]
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body) + (self.path == "/half")))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *a): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile)
print(server.server_port, flush=True)
server.serve_forever()
"""


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    line = [sys.executable, "-c", HOSTILE]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.kill()


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("html", "sent a page and no SPARQL result"),
        ("other", "sent no SPARQL result"),
        ("half", "broke off"),
        ("busy", "is busy"),
    ],
)
def test_a_hostile_service_is_one_line_and_nothing_is_kept(
    run: Run, workspace: Path, hostile: str, path: str, problem: str
) -> None:
    line = ("--quiet", "enrich", "meta", "--from", "wikidata", "--service", f"{hostile}/{path}")
    done = run(*line)
    assert done.returncode == 4, done.stderr
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert "may not be asked offline" in run(*line, "--offline").stderr
    assert not (workspace / "enrichments").exists()


def test_an_interruption_leaves_what_was_there(
    cache: Path, tmp_path: Path, workspace: Path, run: Run, wikidata: str
) -> None:
    run("enrich", "meta", "--from", "wikidata", "--service", wikidata)
    path = workspace / "enrichments" / "wikidata.trig"
    before = path.read_bytes()
    import socket

    with socket.socket() as silent:  # accepts, and never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        line = command(["enrich", "--kind", "organization", "--from", "wikidata", "--service", url])
        with terminal(line, environment(cache, tmp_path)) as person:
            person.wait_for("asking Wikidata")
            person.press(CTRL_C)
            person.wait_for("interrupted")
            assert person.end() == 130
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == ["wikidata.trig"]


# --- link check ----------------------------------------------------------------------


def test_links_without_fault(run: Run, workspace: Path) -> None:
    done = run("link", "check", "--offline", "-f", "csv")
    assert done.returncode == 0
    assert rows(done) == []
    assert "6 links: 0 error, 0 warning, 0 info" in done.stderr


def test_links_at_odds_are_findings(run: Run, workspace: Path) -> None:
    mine = workspace / "mine.trig"
    mine.write_text(
        "@prefix o: <https://w3id.org/openness/id/organization/> .\n"
        "@prefix s: <http://schema.org/> . @prefix wd: <http://www.wikidata.org/entity/> .\n"
        "o:tii s:sameAs wd:Q910001 . o:openai s:sameAs wd:Q7 .\n"
    )
    done = run("link", "check", "--offline", "-f", "csv")
    assert done.returncode == 1
    assert {(r["check"], r["entity"].rpartition("/")[2]) for r in rows(done)} == {
        ("link-two-of-ours", "meta"),
        ("link-two-of-ours", "tii"),
        ("link-two-of-theirs", "openai"),
    }
    assert run("link", "check", "--offline", "--fail-on", "never").returncode == 0
    assert "link-two-of-ours" in run("link", "check", "--offline").stdout
    of_one = run("link", "check", "--offline", "--from", "ror", "-f", "csv")
    assert (of_one.returncode, rows(of_one)) == (0, [])


def test_what_a_data_set_says_against_links(run: Run, workspace: Path, wikidata: str) -> None:
    """One is moved, one is a person there, one is dead, and one is elsewhere in ROR."""
    mine = workspace / "mine.trig"
    mine.write_text(
        "@prefix o: <https://w3id.org/openness/id/organization/> .\n"
        "@prefix s: <http://schema.org/> . @prefix wd: <http://www.wikidata.org/entity/> .\n"
        "o:fair s:sameAs wd:Q910005 . o:mlcommons s:sameAs wd:Q910099 .\n"
        "o:meta s:sameAs <https://ror.org/0example2> .\n"
    )
    line = ("link", "check", "-f", "csv", "--from", "wikidata", "--service", wikidata)
    done = run(*line)
    assert done.returncode == 1, done.stderr
    assert {(r["check"], r["entity"].rpartition("/")[2]) for r in rows(done)} == {
        ("link-moved", "eleutherai"),
        ("link-other-kind", "fair"),
        ("link-dead", "mlcommons"),
        ("link-contradicts", "meta"),
    }


def test_a_data_set_that_cannot_be_asked_is_one_notice(run: Run, workspace: Path) -> None:
    line = ("link", "check", "-f", "csv", "--from", "wikidata", "--service", "http://127.0.0.1:9/")
    done = run(*line)
    assert done.returncode == 0
    (found,) = rows(done)
    assert (found["severity"], found["check"]) == ("info", "link-not-checked")
    assert found["problem"].endswith("did not answer: [Errno 111] Connection refused")
    assert run(*line, "--fail-on", "info").returncode == 1


def test_no_link_to_a_data_set_is_no_mistake(run: Run, tmp_path: Path) -> None:
    done = run("link", "check", "--from", "spdx", "--service", "http://127.0.0.1:9/", "-f", "csv")
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert "no links to spdx" in done.stderr


def test_a_data_set_that_nothing_is_linked_to_is_not_there(run: Run) -> None:
    done = run("link", "check", "--from", "wikidatta")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith("There are no links to wikidatta. Did you mean wikidata?\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--offline", "--web"), "--offline asks nobody"),
        (("--service", "http://127.0.0.1:9/"), "Which data set is at that address?"),
        (("--fail-on", "bad"), "--fail-on takes error"),
    ],
)
def test_options_that_exclude_each_other(
    run: Run, arguments: tuple[str, ...], problem: str
) -> None:
    done = run("link", "check", *arguments)
    assert done.returncode == 2
    assert problem in done.stderr
