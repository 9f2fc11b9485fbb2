"""Kept answers: their age, and that nothing half-written or broken is ever taken for one."""

from __future__ import annotations

import base64
import datetime
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import pytest

from openness.errors import NetworkError
from openness.net.cache import MAX_AGE, Cache

URL: Final = "http://service.example/sparql"
QUERY: Final = "SELECT * { ?s ?p 'ü 漢' }"
BODY: Final = bytes(range(256))
DAY: Final = datetime.timedelta(days=1)
NOW: Final = "2026-01-01T00:00:00+00:00"


def file_of(folder: Path) -> Path:
    """Return the one file of a cache."""
    (path,) = folder.iterdir()
    return path


def aged(folder: Path, age: datetime.timedelta) -> None:
    """Make the one kept answer as old as that."""
    document = json.loads(file_of(folder).read_bytes())
    document["retrieved"] = (datetime.datetime.now(datetime.UTC) - age).isoformat()
    file_of(folder).write_text(json.dumps(document))


def test_an_answer_comes_back_as_it_was_with_its_date(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "not" / "yet")
    assert cache.find(URL, QUERY) is None
    before = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    kept = cache.keep(URL, QUERY, BODY)
    assert before <= kept.retrieved <= datetime.datetime.now(datetime.UTC)
    assert kept.body == BODY
    assert Cache(tmp_path / "not" / "yet").find(URL, QUERY) == kept


def test_each_request_has_its_own_answer(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep(URL, QUERY, b"1")
    cache.keep(URL, QUERY + " ", b"2")
    cache.keep(URL + "/", QUERY, b"3")
    found = [
        cache.find(url, q) for url, q in [(URL, QUERY), (URL, QUERY + " "), (URL + "/", QUERY)]
    ]
    assert [kept and kept.body for kept in found] == [b"1", b"2", b"3"]
    assert cache.find(URL, QUERY.lower()) is None


def test_a_new_answer_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep(URL, QUERY, b"old")
    cache.keep(URL, QUERY, b"")
    kept = cache.find(URL, QUERY)
    assert kept is not None
    assert kept.body == b""
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("age", "is_used"),
    [
        (DAY * 0, True),
        (MAX_AGE - DAY / 100, True),
        (MAX_AGE + DAY / 100, False),
        (DAY * 4000, False),
        (-DAY / 100, True),  # a clock that was a little fast
        (-DAY * 4000, False),  # or one that was wrong: such an answer would be used for ever
    ],
)
def test_an_answer_is_used_for_a_week(
    age: datetime.timedelta, is_used: bool, tmp_path: Path
) -> None:
    Cache(tmp_path).keep(URL, QUERY, BODY)
    aged(tmp_path, age)
    assert (Cache(tmp_path).find(URL, QUERY) is not None) == is_used
    assert Cache(tmp_path, is_offline=True).find(URL, QUERY) is not None


def test_fresh_takes_nothing_and_keeps_what_comes(tmp_path: Path) -> None:
    fresh = Cache(tmp_path, is_fresh=True)
    fresh.keep(URL, QUERY, BODY)
    assert fresh.find(URL, QUERY) is None
    assert Cache(tmp_path).find(URL, QUERY) is not None


@pytest.mark.parametrize("is_fresh", [False, True])
def test_offline_without_an_answer_is_one_line(is_fresh: bool, tmp_path: Path) -> None:
    if is_fresh:
        Cache(tmp_path).keep(URL, QUERY, BODY)
    cache = Cache(tmp_path, is_fresh=is_fresh, is_offline=True)
    with pytest.raises(NetworkError, match=f"^{URL} may not be asked offline, and no answer"):
        cache.find(URL, QUERY)


def document(**changes: Any) -> bytes:
    """Return what a file may hold."""
    good = {"url": URL, "request": QUERY, "retrieved": NOW, "body": base64.b64encode(BODY).decode()}
    return json.dumps(good | changes).encode()


BROKEN: Final = {
    "empty": b"",
    "half": document()[: len(document()) // 2],
    "zeros": bytes(len(document())),
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "a number": b"7",
    "nested": b"[" * 200_000,
    "no body": json.dumps({"retrieved": NOW}).encode(),
    "body that is no text": document(body=7),
    "body that is no base64": document(body="?"),
    "body beyond ASCII": document(body="ü"),
    "date without zone": document(retrieved="2026-01-01T00:00:00"),
    "no date": document(retrieved="yesterday"),
    "date that is a number": document(retrieved=1),
}


def test_the_document_of_these_tests_would_be_read(tmp_path: Path) -> None:
    Cache(tmp_path).keep(URL, QUERY, BODY)
    file_of(tmp_path).write_bytes(document())
    kept = Cache(tmp_path, is_offline=True).find(URL, QUERY)
    assert kept is not None
    assert (kept.body, kept.retrieved.isoformat()) == (BODY, NOW)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_as_good_as_none_and_is_replaced(name: str, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep(URL, QUERY, BODY)
    file_of(tmp_path).write_bytes(BROKEN[name])
    assert cache.find(URL, QUERY) is None
    with pytest.raises(NetworkError, match="no answer of it is kept"):
        Cache(tmp_path, is_offline=True).find(URL, QUERY)
    kept = cache.keep(URL, QUERY, BODY)
    assert cache.find(URL, QUERY) == kept


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep(URL, QUERY, BODY)
    path = file_of(tmp_path)
    path.unlink()
    path.mkdir()
    assert cache.find(URL, QUERY) is None
    assert cache.keep(URL, QUERY, BODY).body == BODY


def test_where_nothing_can_be_kept_the_answer_is_used_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = Cache(tmp_path / "file" / "services")
    assert cache.keep(URL, QUERY, BODY).body == BODY
    assert cache.find(URL, QUERY) is None


# Other processes

WRITER: Final = """
import resource, sys
from pathlib import Path
from openness.net.cache import Cache
folder, url, query, letter, times, limit = sys.argv[1:]
if int(limit):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
print("ready", flush=True)
for _ in range(int(times)):
    Cache(Path(folder)).keep(url, query, letter.encode() * 2_000_000)
print("done", flush=True)
"""


def writer(folder: Path, letter: str, times: int, limit: int = 0) -> subprocess.Popen[str]:
    """Start a process that keeps an answer of 2 MB, so many times."""
    arguments = [str(folder), URL, QUERY, letter, str(times), str(limit)]
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def letters(folder: Path) -> str:
    """Return the letters that the kept answer is made of, which must be all of it."""
    kept = Cache(folder).find(URL, QUERY)
    assert kept is not None, "half an answer"
    assert len(kept.body) == 2_000_000
    return "".join(sorted(set(kept.body.decode())))


def test_two_processes_and_a_reader_never_meet_half_an_answer(tmp_path: Path) -> None:
    Cache(tmp_path).keep(URL, QUERY, b"0" * 2_000_000)
    both = [writer(tmp_path, letter, 30) for letter in "AB"]
    seen = set()
    while any(process.poll() is None for process in both):
        seen.add(letters(tmp_path))
    for process in both:
        assert process.communicate()[0] == "done\n"
        assert process.returncode == 0
    seen.add(letters(tmp_path))
    assert seen <= {"0", "A", "B"}
    assert seen & {"A", "B"}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_writer_that_is_killed_leaves_a_whole_answer(tmp_path: Path) -> None:
    Cache(tmp_path).keep(URL, QUERY, b"0" * 2_000_000)
    for number in range(5):
        process = writer(tmp_path, "A", 1_000_000)
        time.sleep(0.02 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert letters(tmp_path) in ("0", "A")
    assert Cache(tmp_path).keep(URL, QUERY, BODY) == Cache(tmp_path).find(URL, QUERY)


def test_a_full_disk_leaves_what_was_kept_and_no_rest(tmp_path: Path) -> None:
    """A file may grow no further than 1 MB there: the system refuses as on a full disk."""
    Cache(tmp_path).keep(URL, QUERY, b"0" * 2_000_000)
    process = writer(tmp_path, "A", 1, limit=1_000_000)
    assert process.communicate()[0] == "done\n"
    assert process.returncode == 0
    assert letters(tmp_path) == "0"
    assert len(list(tmp_path.iterdir())) == 1
