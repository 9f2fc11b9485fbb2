"""`openness link review` at a real terminal: keys, undo, quit, resume, and interruptions."""

from __future__ import annotations

import contextlib
import datetime
import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Run, command, environment
from tests.servers.wikidata import started
from tests.terminal import CTRL_C, Terminal, terminal

from openness import mappings
from openness.links.ledger import Ledger

pytestmark = pytest.mark.usefixtures("in_world")

HEAD = """\
# mapping_set_id: https://example.org/proposal
# curie_map:
#   aspect: https://w3id.org/openness/id/aspect/
#   organization: https://w3id.org/openness/id/organization/
#   wd: http://www.wikidata.org/entity/
#   semapv: https://w3id.org/semapv/vocab/
"""
COLUMNS = (
    "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification"
    "\tmapping_tool\tmapping_tool_version\tconfidence\tother\n"
)


def row(
    ours: str, theirs: str, score: str, label: str = "", relation: str = "schema:sameAs"
) -> str:
    name = ours.partition(":")[2]
    return (
        f"{ours}\t{name}\t{relation}\twd:{theirs}\t{label or theirs}\tsemapv:CompositeMatching"
        f"\topenness\t0.1.0\t{score}\tlabel=0.9|type=1\n"
    )


ROWS = (
    row("organization:eleutherai", "Q1", "0.97"),
    row("organization:meta", "Q2", "0.98", "Meta Platforms"),
    row("organization:meta", "Q3", "0.6", "Meta, a prefix"),
    row("organization:openai", "Q4", "0.5"),
)


@pytest.fixture
def proposal(tmp_path: Path) -> Path:
    path = tmp_path / "proposal.sssom.tsv"
    path.write_text(HEAD + COLUMNS + "".join(ROWS), encoding="utf-8")
    return path


Open = Callable[..., contextlib.AbstractContextManager[Terminal]]


@pytest.fixture
def at_terminal(cache: Path, tmp_path: Path) -> Open:
    def opened(*arguments: str) -> contextlib.AbstractContextManager[Terminal]:
        line = command(["--no-color", "link", "review", *arguments, "--reviewer", "Ann"])
        return terminal(line, environment(cache, tmp_path))

    return opened


def kept(folder: Path) -> list[dict[str, str]]:
    path = folder / "wikidata.sssom.tsv"
    return [one.slots for one in mappings.read(path)] if path.exists() else []


def brief(rows: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [
        (r["subject_id"], r["predicate_id"], r.get("predicate_modifier", ""), r["object_id"])
        for r in rows
    ]


def links(tmp_path: Path) -> Path:
    return tmp_path / "data" / "links"


def test_keys_decide_and_every_decision_is_saved_at_once(
    at_terminal: Open, proposal: Path, tmp_path: Path
) -> None:
    with at_terminal(str(proposal)) as person:
        person.wait_for("reviewer: Ann")
        person.wait_for("4 of 4 left")
        shown = person.wait_for("go on later")
        assert "EleutherAI" in shown
        assert "score 0.970  label 0.9  type 1" in shown
        person.press("a")
        person.wait_for("→ accept")
        shown = person.wait_for("go on later")
        assert brief(kept(links(tmp_path))) == [
            ("organization:eleutherai", "schema:sameAs", "", "wd:Q1")
        ]
        assert "Facebook" in shown
        assert "! organization:meta has another candidate: Meta, a prefix (0.60)" in shown
        person.press("c")
        person.wait_for("→ close match")
        person.wait_for("go on later")
        person.press("r")
        person.wait_for("→ reject")
        person.wait_for("go on later")
        person.press("s")
        person.wait_for("1 accept, 1 close match, 1 reject, 1 skip; 1 of 4 left to decide")
        assert person.end() == 0
        assert person.is_cooked()
    rows = kept(links(tmp_path))
    assert brief(rows) == [
        ("organization:eleutherai", "schema:sameAs", "", "wd:Q1"),
        ("organization:meta", "rdfs:seeAlso", "", "wd:Q2"),
        ("organization:meta", "schema:sameAs", "Not", "wd:Q3"),
    ]
    for one in rows:
        assert one["mapping_justification"] == "semapv:ManualMappingCuration"
        assert one["reviewer_label"] == "Ann"
        assert one["mapping_date"] == datetime.date.today().isoformat()
        assert "confidence" not in one
        assert one["mapping_tool"] == "openness"


def test_stopping_and_going_on(at_terminal: Open, proposal: Path, tmp_path: Path) -> None:
    """Undo takes back, over a skip too; quitting and interrupting lose nothing."""
    with at_terminal(str(proposal)) as person:
        for key in "ras":
            person.wait_for("go on later")
            person.press(key)
        person.wait_for("→ skip")
        person.wait_for("go on later")
        person.press("u")
        person.wait_for("undone")
        shown = person.wait_for("go on later")
        assert "Meta, a prefix" in shown  # the one that was skipped
        person.press("u")
        person.wait_for("undone")
        shown = person.wait_for("go on later")
        assert "Meta Platforms" in shown
        assert brief(kept(links(tmp_path))) == [
            ("organization:eleutherai", "schema:sameAs", "Not", "wd:Q1")
        ]
        person.press("u")
        person.wait_for("undone")
        assert kept(links(tmp_path)) == []
        person.wait_for("go on later")
        person.press("u")
        person.wait_for("nothing to undo")
        person.press("a")
        person.wait_for("go on later")
        person.press("q")
        person.wait_for("1 accept; 3 of 4 left to decide")
        assert person.end() == 0
    with at_terminal(str(proposal)) as person:
        person.wait_for("3 of 4 left")
        assert "Meta Platforms" in person.wait_for("Facebook")
        person.wait_for("go on later")
        person.press("a")
        person.wait_for("→ accept")
        shown = person.wait_for("go on later")
        assert (
            "! organization:meta is already the same as http://www.wikidata.org/entity/Q2" in shown
        )
        person.press(CTRL_C)
        person.wait_for("interrupted")
        assert person.end() == 130
        assert person.is_cooked()
    assert len(kept(links(tmp_path))) == 2
    with at_terminal(str(proposal)) as person:
        person.wait_for("2 of 4 left")
        person.wait_for("go on later")
        os.kill(person.process.pid, signal.SIGKILL)
        person.end()
    assert len(kept(links(tmp_path))) == 2


def test_other_keys_do_nothing(at_terminal: Open, proposal: Path, tmp_path: Path) -> None:
    """An arrow ends in the letter A, a function key in others: they are no answers."""
    with at_terminal(str(proposal)) as person:
        for keys in ("\x1b[A", "\x1b[15~", "é", "x", "\n"):
            person.wait_for("go on later")
            person.press(keys)
        person.wait_for("go on later")
        person.press("\x04")
        person.wait_for("4 of 4 left to decide")
        assert person.end() == 0
    assert kept(links(tmp_path)) == []


def test_a_concept_matches(at_terminal: Open, proposal: Path, tmp_path: Path) -> None:
    text = HEAD + COLUMNS + row("aspect:weights", "Q9", "0.9", relation="skos:exactMatch")
    proposal.write_text(text + row("aspect:paper", "Q8", "0.9", relation="skos:exactMatch"))
    with at_terminal(str(proposal), "--to", str(tmp_path / "ships")) as person:
        for key in "ac":
            person.wait_for("go on later")
            person.press(key)
        person.wait_for("0 of 2 left")
        assert person.end() == 0
    assert {r[1] for r in brief(kept(tmp_path / "ships"))} == {"skos:exactMatch", "skos:closeMatch"}
    assert not links(tmp_path).exists()


def test_what_was_rejected_elsewhere_is_not_asked_again(
    at_terminal: Open, proposal: Path, tmp_path: Path
) -> None:
    with at_terminal(str(proposal)) as person:
        person.wait_for("go on later")
        person.press("r")
        person.wait_for("→ reject")
        person.press("q")
        assert person.end() == 0
    with at_terminal(str(proposal), "--to", str(tmp_path / "ships")) as person:
        person.wait_for("3 of 4 left")
        person.press("q")
        assert person.end() == 0


def test_theirs_is_shown_beside_ours(at_terminal: Open, proposal: Path, tmp_path: Path) -> None:
    """From a real endpoint; then offline, from what is kept; and not at all, which ends nothing."""
    found = [row("organization:meta", f"Q91000{n}", "0.9") for n in (1, 9)]
    found.append(row("organization:eleutherai", "Q910003", "0.9"))
    proposal.write_text(HEAD + COLUMNS + "".join(found))
    folder = tmp_path / "server"
    folder.mkdir()
    with started(folder) as address, at_terminal(str(proposal), "--service", address) as person:
        shown = person.wait_for("go on later")
        assert "! wikidata redirects to http://www.wikidata.org/entity/Q910004" in shown
        person.press("s")
        shown = person.wait_for("go on later")
        assert "https://www.meta.example/" in shown
        assert "technology company" in shown
        assert "2004-02-04" in shown
        person.press("s")
        shown = person.wait_for("go on later")
        assert "! wikidata does not know http://www.wikidata.org/entity/Q910009" in shown
        person.press("q")
        assert person.end() == 0
    with at_terminal(str(proposal), "--service", address, "--offline") as person:
        person.wait_for("go on later")
        person.press("s")
        assert "technology company" in person.wait_for("go on later")
        person.press("q")
        assert person.end() == 0
    with at_terminal(str(proposal), "--service", address, "--fresh") as person:
        shown = person.wait_for("go on later")
        assert "did not answer" in shown
        person.press("a")
        assert "did not answer" in person.wait_for("go on later")
        person.press("q")
        person.wait_for("1 accept; 2 of 3 left")
        assert person.end() == 0


# --- Without a terminal ----------------------------------------------------------


def test_without_a_terminal_it_says_what_to_do(run: Run, proposal: Path) -> None:
    done = run("link", "review", str(proposal))
    assert done.returncode == 2
    assert "--accept-above 0.95" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_dry_run_lists_and_writes_nothing(run: Run, proposal: Path, tmp_path: Path) -> None:
    done = run("link", "review", str(proposal), "--accept-above", "0.95", "--dry-run")
    assert done.returncode == 0
    rows = [line.split(",") for line in done.stdout.splitlines()]
    assert [(r[1].rpartition("/")[2], r[3]) for r in rows[1:]] == [
        ("Q1", "would be accepted"),
        ("Q2", "would be accepted"),
    ]
    assert not links(tmp_path).exists()


def test_what_is_accepted_without_a_look_says_so(run: Run, proposal: Path, tmp_path: Path) -> None:
    """One row keeps the tool's reason, one says who let it pass; a second run changes nothing."""
    line = ("link", "review", str(proposal), "--accept-above", "0.95", "--reviewer", "Ann")
    done = run(*line)
    assert done.returncode == 0
    assert "accepted: 2; left to a look: 0 at 0.95 or above, 2 below" in done.stderr
    rows = kept(links(tmp_path))
    assert [(r["object_id"], r["mapping_justification"]) for r in rows] == [
        ("wd:Q1", "semapv:CompositeMatching"),
        ("wd:Q1", "semapv:MappingReview"),
        ("wd:Q2", "semapv:CompositeMatching"),
        ("wd:Q2", "semapv:MappingReview"),
    ]
    assert {r["reviewer_label"] for r in rows} == {"Ann"}
    assert rows[0]["confidence"] == "0.97"
    assert rows[1]["comment"] == "Accepted without a look: 0.97 reaches 0.95."
    before = (links(tmp_path) / "wikidata.sssom.tsv").read_bytes()
    assert "accepted: 0;" in run(*line).stderr
    assert (links(tmp_path) / "wikidata.sssom.tsv").read_bytes() == before
    shown = run("show", "meta", "-f", "json").stdout
    assert shown.count('"http://www.wikidata.org/entity/Q2"') >= 1


@pytest.mark.parametrize(
    ("more", "contested"),
    [
        (row("organization:meta", "Q7", "0.96"), {"Q2", "Q7"}),  # two of theirs
        (row("organization:meta", "Q7", "0.9"), {"Q2"}),  # almost as good
        (row("organization:openai", "Q1", "0.96"), {"Q1"}),  # one of theirs for two of ours
        (row("organization:tii", "Q1", ""), {"Q1"}),  # nobody says how good
    ],
)
def test_rivals_are_never_accepted_without_a_look(
    run: Run, proposal: Path, tmp_path: Path, more: str, contested: set[str]
) -> None:
    proposal.write_text(HEAD + COLUMNS + "".join(ROWS) + more)
    done = run("link", "review", str(proposal), "--accept-above", "0.95")
    looks = {
        line.split(",")[1].rpartition("/")[2]
        for line in done.stdout.splitlines()
        if "look at it" in line
    }
    assert looks == contested
    accepted = {r["object_id"].removeprefix("wd:") for r in kept(links(tmp_path))}
    assert accepted == {"Q1", "Q2"} - contested


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + COLUMNS + ROWS[0] + "organization:meta\t\n", "line 9: more or fewer cells"),
        (HEAD + COLUMNS + row("organization:a", "Q1", "1.5"), "line 8: the score “1.5” is no"),
        (HEAD + COLUMNS + row("organization:a", "Q1", "high"), "line 8: the score “high” is no"),
        (HEAD + COLUMNS + row("wd:Q1", "Q2", "1"), "line 8: a link leads from a thing of ours"),
        ("no table", "line 1: the metadata have no curie_map"),
    ],
)
def test_a_broken_file_is_one_line(run: Run, proposal: Path, text: str, problem: str) -> None:
    proposal.write_text(text)
    done = run("link", "review", str(proposal), "--accept-above", "0.9")
    assert done.returncode == 2
    assert problem in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_file_that_is_not_there_is_told(run: Run, tmp_path: Path) -> None:
    done = run("link", "review", str(tmp_path / "none.tsv"), "--accept-above", "0.9")
    assert done.returncode == 3
    assert "There is no file" in done.stderr


# --- Two at once -----------------------------------------------------------------


def _decide(folder: Path, start: int) -> None:
    ledger = Ledger(folder)
    for number in range(start, start + 40):
        pair = (
            "https://w3id.org/openness/id/organization/meta",
            f"http://www.wikidata.org/entity/Q{number}",
        )
        slots = {
            "subject_id": "organization:meta",
            "predicate_id": "schema:sameAs",
            "object_id": f"wd:Q{number}",
            "mapping_justification": "semapv:ManualMappingCuration",
            "reviewer_label": f"reviewer {start}",
        }
        ledger.replace(pair, [slots], {"wd": "http://www.wikidata.org/entity/"})


def test_two_reviews_at_once_lose_no_row(tmp_path: Path) -> None:
    spawn: Any = multiprocessing.get_context("spawn")
    both = [spawn.Process(target=_decide, args=(tmp_path, start)) for start in (100, 200)]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
        assert one.exitcode == 0
    assert len(kept(tmp_path)) == 80


def test_what_others_wrote_in_the_file_stays(tmp_path: Path) -> None:
    """Their metadata, prefixes, columns and proposals, whatever their prefixes mean."""
    path = tmp_path / "wikidata.sssom.tsv"
    path.write_text(
        "# mapping_set_id: https://example.org/ours\n# creator_label:\n# - Bob\n# curie_map:\n"
        "#   o: https://w3id.org/openness/id/organization/\n"
        "#   wd: https://elsewhere.example/\n#   q: http://www.wikidata.org/entity/\n"
        "#   semapv: https://w3id.org/semapv/vocab/\n"
        "subject_id\tpredicate_id\tobject_id\tmapping_justification\tmood\n"
        "o:tii\tschema:sameAs\tq:Q5\tsemapv:LexicalMatching\tgood\n"
    )
    _decide(tmp_path, 300)
    found = mappings.load(path)
    assert found.metadata["creator_label"] == ["Bob"]
    assert found.prefixes["wd"] == "https://elsewhere.example/"
    assert len(found.mappings) == 41
    assert [m.slots["mood"] for m in found.mappings if m.slots["mood"]] == ["good"]
    assert {m.slots["object_id"].partition(":")[0] for m in found.mappings} == {"q"}
    assert {m.slots["subject_id"].partition(":")[0] for m in found.mappings} == {"o"}


@pytest.fixture
def unwritable(tmp_path: Path) -> Path:
    """A folder that cannot be made, for root too."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    return blocked / "links"


def test_what_cannot_be_saved_is_told(run: Run, proposal: Path, unwritable: Path) -> None:
    done = run("link", "review", str(proposal), "--accept-above", "0.9", "--to", str(unwritable))
    assert done.returncode == 4
    assert "cannot be written" in done.stderr
    assert done.stdout == ""
