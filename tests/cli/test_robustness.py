"""What may happen to a run: closed pipes, full disks, interrupts, broken files, odd terminals."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.mistakes import failed, is_one_line

from openness import __version__

pytestmark = pytest.mark.usefixtures("in_world")

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Start = Callable[..., "subprocess.Popen[str]"]

FULL = Path("/dev/full")
EVERYTHING = "SELECT ?s ?p ?o { ?s ?p ?o VALUES ?n { 1 2 3 4 5 6 7 8 } }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COMMANDS = [
    ("--help",),
    ("--version",),
    ("ask",),
    ("ask", "--help"),
    ("ask", "why-limited", "--help"),
    ("ask", "why-limited"),
    ("sparql", EVERYTHING, "-f", "csv"),
    ("sparql", f"{EVERYTHING} LIMIT 1500", "-f", "table"),
    ("sparql", "ASK { ?s ?p <urn:nothing> }"),
    ("sparql", "CONSTRUCT WHERE { ?s ?p ?o }"),
    ("show", "llama-2"),
    ("export",),
    ("info",),
]


@pytest.fixture
def start(cache: Path, tmp_path: Path) -> Iterator[Start]:
    """Start the command line in the background; what still runs at the end of a test is killed."""
    running: list[subprocess.Popen[str]] = []
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENNESS_", "NO_COLOR"))}
    own = {"OPENNESS_CACHE": str(cache), "OPENNESS_DATA": str(tmp_path / "data")}

    def begin(
        *arguments: str,
        stdout: int = subprocess.PIPE,
        stderr: int = subprocess.PIPE,
        env: dict[str, str] | None = None,
        before: Callable[[], object] = lambda: None,
    ) -> subprocess.Popen[str]:
        def prepare() -> None:
            # A shell that runs the tests in the background hands down that Ctrl-C is ignored.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            before()

        process = subprocess.Popen(
            [sys.executable, "-m", "openness", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            env=kept | own | (env or {}),
            encoding="utf-8",
            preexec_fn=prepare,
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


# Where results go


@pytest.mark.parametrize(
    ("arguments", "unbuffered"),
    [
        *((arguments, "") for arguments in COMMANDS),
        *((arguments, "1") for arguments in COMMANDS[:4]),
    ],
)
def test_a_pipe_that_nobody_reads(
    arguments: tuple[str, ...], unbuffered: str, start: Start
) -> None:
    """A reader that has gone is no error of ours: exit code 0, or that of the answer."""
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*arguments, stdout=writer, env={"PYTHONUNBUFFERED": unbuffered})
    os.close(writer)
    _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")


@pytest.mark.parametrize("wanted", ["csv", "tsv", "json", "xml", "jsonl", "md"])
def test_a_pipe_that_is_closed_after_the_first_line(wanted: str, start: Start) -> None:
    """`| head -1` of much more than a pipe holds."""
    process = start("sparql", EVERYTHING, "-f", wanted)
    assert process.stdout is not None
    assert process.stdout.read(3)
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0


@pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_full_disk_under_stdout(arguments: tuple[str, ...], start: Start) -> None:
    with FULL.open("w") as full:
        process = start(*arguments, stdout=full.fileno(), env={"PYTHONUNBUFFERED": ""})
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 4
    assert is_one_line(stderr)
    assert "No space left" in stderr


def test_a_full_disk_under_stderr_does_not_stop_an_answer(start: Start) -> None:
    if not FULL.exists():
        pytest.skip("only Linux has /dev/full")
    with FULL.open("w") as full:
        process = start("sparql", "SELECT ?s { ?s ?p <urn:nothing> }", stderr=full.fileno())
        stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout.split()) == (0, ["s"])


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_standard_stream_that_is_closed(stream: int, start: Start, tmp_path: Path) -> None:
    """Notes do not land on stdout when there is no stderr, and nothing ends in a traceback."""
    process = start(
        "sparql",
        "SELECT ?s { ?s ?p <urn:nothing> }",
        env={"OPENNESS_CACHE": str(tmp_path / "fresh")},
        before=lambda: os.close(stream),
    )
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0
    assert stdout.split() == (["s"] if stream != 1 else [])
    assert "Traceback" not in stderr
    assert stderr.endswith("openness: no rows\n" if stream != 2 else "")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_stdout_has_nothing_but_results(arguments: tuple[str, ...], run: Run) -> None:
    """Without notes to give there is nothing on stderr, and what is on stdout is not a note."""
    done = run(*arguments)
    assert done.stderr == ""
    assert done.stdout
    assert not re.search(r"^openness: ", done.stdout, re.MULTILINE)
    assert done.returncode == (1 if "ASK" in " ".join(arguments) else 0)


# The cache


def test_a_cache_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    """What is compiled is kept in memory for once, and a note says what to do."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    blocked = {"OPENNESS_CACHE": str(tmp_path / "file" / "cache")}
    done = run("ask", "why-limited", env=blocked)
    assert (done.returncode, done.stdout) == (0, run("ask", "why-limited").stdout)
    compiling, kept = done.stderr.splitlines()
    assert "compiling" in compiling
    assert "OPENNESS_CACHE" in kept
    assert str(tmp_path / "file") in kept


@pytest.mark.parametrize("size", [0, 5_000, 20_000])
def test_a_disk_that_is_full_while_the_store_is_written(
    size: int, start: Start, run: Run, tmp_path: Path
) -> None:
    """It does not matter which of the store's files is cut short: the answer comes from memory."""
    fresh = tmp_path / "cache"
    process = start(
        "ask",
        "why-limited",
        env={"OPENNESS_CACHE": str(fresh)},
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)),
    )
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, run("ask", "why-limited").stdout)
    assert "Traceback" not in stderr
    assert len(stderr.splitlines()) == 2
    assert "cannot be kept" in stderr
    assert list(fresh.iterdir()) == []


def test_two_processes_at_once_on_an_empty_cache(start: Start, run: Run, tmp_path: Path) -> None:
    fresh = tmp_path / "cache"
    both = [start("ask", "why-limited", env={"OPENNESS_CACHE": str(fresh)}) for _ in range(3)]
    answers = [process.communicate(timeout=60) for process in both]
    expected = run("ask", "why-limited").stdout
    assert [process.returncode for process in both] == [0, 0, 0]
    assert [stdout for stdout, _ in answers] == [expected] * 3
    assert all("Traceback" not in stderr for _, stderr in answers)
    assert len(list(fresh.glob("store-*"))) == 1
    assert list(fresh.glob(".new-*")) == []


def test_a_store_is_compiled_once_and_anew_for_other_content(run: Run, tmp_path: Path) -> None:
    mine = tmp_path / "mine.ttl"
    fresh = {"OPENNESS_CACHE": str(tmp_path / "cache")}
    arguments = ("--graph", str(mine), "sparql", "SELECT ?o { <urn:a> <urn:b> ?o } ORDER BY ?o")
    for text in ("<urn:a> <urn:b> 1 .", "<urn:a> <urn:b> 2 ."):
        mine.write_text(text, encoding="utf-8")
        first, second = (run(*arguments, env=fresh) for _ in range(2))
        assert "compiling" in first.stderr
        assert second.stderr == ""
        assert first.stdout == second.stdout
        assert first.stdout.split() == ["o", text[-3]]
    assert len(list((tmp_path / "cache").glob("store-*"))) == 2


# Ctrl-C


def interrupted(process: subprocess.Popen[str]) -> bool:
    """Press Ctrl-C, and tell whether the run ended as an interrupted one must."""
    process.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    stdout, stderr = process.communicate(timeout=60)
    assert time.monotonic() - pressed < 3
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert stderr.splitlines()[-1:] == ["openness: interrupted"]
    assert "Traceback" not in stderr
    return True


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds, for at most 30 seconds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    "arguments",
    [
        ("sparql", RUNAWAY, "-f", "csv"),
        ("sparql", RUNAWAY, "-f", "table"),
        ("--debug", "sparql", RUNAWAY),
    ],
)
def test_ctrl_c_ends_a_runaway_query(arguments: tuple[str, ...], start: Start) -> None:
    process = start("--timeout", "0", *arguments)
    threads = Path(f"/proc/{process.pid}/task")
    if threads.exists():
        wait_for(lambda: len(list(threads.iterdir())) > 1)
    time.sleep(0.5 if threads.exists() else 3)
    assert process.poll() is None
    assert interrupted(process)


@pytest.fixture(scope="module")
def much(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a second or more to compile."""
    path = tmp_path_factory.mktemp("much") / "much.nt"
    lines = (f"<urn:s{i}> <urn:p{i % 7}> <urn:o{i % 1000}> .\n" for i in range(150_000))
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("phase", ["reading", "writing"])
def test_ctrl_c_while_compiling_leaves_no_half_store(
    phase: str, much: Path, start: Start, run: Run, tmp_path: Path
) -> None:
    fresh = tmp_path / "cache"
    arguments = ("--graph", str(much), "sparql", "SELECT ?o { <urn:s7> ?p ?o }")
    process = start(*arguments, env={"OPENNESS_CACHE": str(fresh)})
    assert process.stderr is not None
    assert "compiling" in process.stderr.readline()
    if phase == "reading":
        time.sleep(0.1)
    else:
        wait_for(lambda: list(fresh.glob(".new-*/store/*")))
    assert interrupted(process)
    assert list(fresh.glob(".new-*")) == []
    assert len(list(fresh.glob("store-*"))) == 0
    again = run(*arguments, env={"OPENNESS_CACHE": str(fresh)})
    assert (again.returncode, again.stdout.split()) == (0, ["o", "urn:o7"])


# Files of one's own

MINE = """@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix fair4ml: <https://w3id.org/fair4ml#> .
@prefix openness: <https://w3id.org/openness/ont#> .
@prefix model: <https://w3id.org/openness/id/model/> .
@prefix licence: <https://w3id.org/openness/id/licence/> .
@prefix clause: <https://w3id.org/openness/id/clause/> .
@prefix constraint: <https://w3id.org/openness/id/constraint/> .

model:zork a fair4ml:MLModel ; rdfs:label "Zork"@en ; dcterms:license licence:zork .
licence:zork a odrl:Set ; rdfs:label "Zork terms"@en ;
    odrl:profile <https://w3id.org/openness/ont/licence> ; odrl:prohibition clause:zork-9 .
clause:zork-9 a odrl:Prohibition ; rdfs:label "For few"@en ; openness:hasSection "§9" ;
    odrl:action odrl:use ; odrl:constraint constraint:zork .
constraint:zork a odrl:Constraint ; odrl:leftOperand openness:monthlyActiveUsers ;
    odrl:operator odrl:gt ; odrl:rightOperand 10 .
"""


def test_facts_of_ones_own_are_answered_and_judged(run: Run, tmp_path: Path) -> None:
    """The rules derive a verdict on a licence that only the user's file describes."""
    mine = tmp_path / "mine.ttl"
    mine.write_text(MINE, encoding="utf-8")
    asked = ("ask", "why-limited", "--model", "zork")
    done = run("--quiet", "--graph", str(mine), *asked)
    (row,) = csv.DictReader(done.stdout.splitlines())
    assert (done.returncode, done.stderr) == (0, "")
    assert row["place"] == "§9"
    assert row["criterion"] == "https://w3id.org/openness/id/criterion/osd-5"
    assert row["source"] == mine.as_uri()
    assert failed(run(*asked), 3, "zork")


def test_a_folder_and_the_workspace_are_read_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "own" / "deep").mkdir(parents=True)
    (tmp_path / "own" / "deep" / "mine.ttl").write_text(MINE, encoding="utf-8")
    (tmp_path / "own" / "notes.txt").write_text("no RDF", encoding="utf-8")
    asked = ("--quiet", "show", "zork", "-f", "csv")
    folder = str(tmp_path / "own")
    answers = [
        run("--graph", folder, *asked),
        run("--data", folder, *asked),
        run(*asked, env={"OPENNESS_DATA": folder}),
    ]
    assert [done.returncode for done in answers] == [0, 0, 0]
    assert len({done.stdout for done in answers}) == 1
    assert "Zork" in answers[0].stdout


BROKEN = {
    "broken.ttl": (b"<urn:a> <urn:b> 1 .\n<urn:a> <urn:b> .\n", "line 2"),
    "broken.nt": (b"<urn:a> <urn:b> <urn:c> .\n\n<urn:a> nonsense .\n", "line 3"),
    "broken.trig": (b"<urn:g> {\n<urn:a> <urn:b> 1 .\n", ""),
    "broken.jsonld": (b'[{"@id": "urn:a",\n\n ]', "line 3"),
    "broken.rdf": (b"<rdf:RDF>\n", ""),
    "latin.ttl": (b'<urn:a> <urn:b> "\xe9" .\n', "line 1"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_a_broken_file_is_named_with_the_line(name: str, run: Run, tmp_path: Path) -> None:
    content, line = BROKEN[name]
    (tmp_path / name).write_bytes(content)
    done = run("--quiet", "--graph", str(tmp_path / name), "ask", "why-limited")
    assert failed(done, 2, str(tmp_path / name), line)


def test_a_missing_file_or_one_that_is_no_rdf(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.docx").write_bytes(b"no RDF")
    assert failed(run("--graph", str(tmp_path / "none.ttl"), "info"), 3, "none.ttl")
    assert failed(run("--graph", str(tmp_path / "notes.docx"), "info"), 2, "notes.docx", ".ttl")


# Terminals


def on_a_terminal(start: Start, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Return what a run writes to a terminal, on stdout and stderr together."""
    import pty

    leader, follower = pty.openpty()
    terminal = {"TERM": "xterm-256color", "COLUMNS": "400"}
    process = start(*arguments, stdout=follower, stderr=follower, env=terminal | (env or {}))
    os.close(follower)
    written = b""
    with contextlib.suppress(OSError):
        while chunk := os.read(leader, 65536):
            written += chunk
    os.close(leader)
    assert process.wait(timeout=60) in (0, 1)
    return written.decode().replace("\r\n", "\n")


def test_a_terminal_gets_a_table_with_styles(start: Start) -> None:
    written = on_a_terminal(start, "ask", "why-limited")
    assert "\x1b[" in written
    assert "Everybody" in written
    assert "───" in written


@pytest.mark.parametrize("arguments", [("ask", "why-limited"), ("ask",), ("show", "llama-2")])
def test_no_color_leaves_nothing_but_text(arguments: tuple[str, ...], start: Start) -> None:
    by_option = on_a_terminal(start, "--no-color", *arguments)
    by_environment = on_a_terminal(start, *arguments, env={"NO_COLOR": "1"})
    assert by_option == by_environment
    assert "\x1b" not in by_option
    styled = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(start, *arguments))
    assert [line.rstrip() for line in styled.splitlines()] == by_option.splitlines()


def test_check_clears_its_progress_from_the_terminal(start: Start) -> None:
    written = on_a_terminal(start, "--no-color", "check", "-f", "jsonl")
    before, _, after = written.rpartition("\r\x1b[K")
    assert "checking shapes" in before
    assert "checking" not in after
    assert "\x1b" not in after


# Global options


def test_quiet_keeps_notes_to_itself(run: Run, tmp_path: Path) -> None:
    arguments = ("sparql", "SELECT ?s { ?s ?p <urn:nothing> }")
    spoken = run(*arguments, env={"OPENNESS_CACHE": str(tmp_path / "one")})
    silent = run("-q", *arguments, env={"OPENNESS_CACHE": str(tmp_path / "two")})
    assert len(spoken.stderr.splitlines()) == 2
    assert (silent.returncode, silent.stderr, silent.stdout) == (0, "", spoken.stdout)


def test_an_option_that_stands_too_late_is_told_where_it_goes(run: Run) -> None:
    done = run("show", "meta", "-q")
    assert done.returncode == 2
    assert done.stderr == (
        "openness: -q is for all commands and stands before them: openness -q …\n"
    )
    assert "No such option: --nonsense. See " in run("show", "meta", "--nonsense").stderr


def test_quiet_does_not_silence_an_error(run: Run) -> None:
    assert failed(run("--quiet", "show", "no-such-thing-at-all"), 3, "no-such-thing-at-all")


def test_debug_shows_where_an_error_comes_from(run: Run) -> None:
    done = run("--debug", "show", "no-such-thing-at-all")
    assert done.returncode == 3
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("openness: There is no thing")


def test_the_version(run: Run) -> None:
    done = run("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"openness {__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("--quiet",)])
def test_without_a_command_there_is_help(arguments: tuple[str, ...], run: Run) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(name in done.stdout for name in ("ask", "sparql", "show", "export", "check"))


@pytest.mark.parametrize("encoding", ["C", "C.UTF-8", "POSIX"])
def test_results_are_utf8_in_any_locale(encoding: str, run: Run) -> None:
    plain = {"LC_ALL": encoding, "LANG": encoding}
    done = run("ask", "why-limited", "-f", "md", env=plain)
    assert (done.returncode, done.stdout) == (0, run("ask", "why-limited", "-f", "md").stdout)
    assert "§" in done.stdout


def test_an_argument_that_is_no_text(run: Run) -> None:
    for arguments in (("show", "\udcff"), ("sparql", "ASK { ?s ?p '\udcff' }"), ("\udcff",)):
        assert failed(run(*arguments), 2, "UTF-8")


def test_stdin_that_is_no_text(start: Start, tmp_path: Path) -> None:
    (tmp_path / "latin.rq").write_bytes(b"ASK { ?s ?p '\xe9' }")
    with (tmp_path / "latin.rq").open("rb") as latin:
        number = latin.fileno()
        process = start("sparql", "-", before=lambda: os.dup2(number, 0))
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (2, "")
    assert is_one_line(stderr)
    assert "stdin" in stderr


def test_json_documents_are_utf8_and_whole(run: Run) -> None:
    document = json.loads(run("show", "llama-2", "-f", "json").stdout)
    assert document["label"] == "Llama 2"
