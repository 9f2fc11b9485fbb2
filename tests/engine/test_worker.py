"""The worker: a job on another thread, its deadline, and what is left of it."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from openness.engine import worker
from openness.engine.worker import is_busy, stream
from openness.errors import QueryTimeoutError

Emit = Callable[[int], None]


@pytest.fixture(autouse=True)
def _idle() -> Iterator[None]:
    """No test begins or ends with a job that still runs."""
    assert wait_until_idle()
    yield
    assert wait_until_idle()


def wait_until_idle() -> bool:
    """Wait until no job runs, for five seconds at most."""
    until = time.monotonic() + 5
    while is_busy() and time.monotonic() < until:
        time.sleep(0.01)
    return not is_busy()


def count_to(n: int) -> Callable[[Emit], None]:
    """Return a job that emits the numbers below n."""

    def job(emit: Emit) -> None:
        for i in range(n):
            emit(i)

    return job


def test_items_come_in_order_and_all_of_them() -> None:
    assert list(stream(count_to(1000), None)) == list(range(1000))
    assert list(stream(count_to(1000), 60)) == list(range(1000))


def test_a_job_that_emits_nothing_is_an_empty_stream() -> None:
    assert list(stream(count_to(0), 5)) == []


def test_none_is_an_item_like_any_other() -> None:
    def job(emit: Callable[[None], None]) -> None:
        emit(None)

    assert list(stream(job, 5)) == [None]


def test_the_job_runs_on_a_thread_of_its_own() -> None:
    def job(emit: Emit) -> None:
        emit(threading.get_ident())

    assert list(stream(job, 5)) != [threading.get_ident()]


@pytest.mark.parametrize("failures", [1, 2])
def test_a_system_that_grants_less_stack_gets_a_smaller_thread(
    monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    sizes: list[int] = []
    start = threading.Thread.start

    def sometimes(thread: threading.Thread) -> None:
        sizes.append(threading.stack_size())
        if len(sizes) <= failures:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", sometimes)
    assert list(stream(count_to(3), 5)) == [0, 1, 2]
    assert sizes == [worker.STACK_BYTES, worker.STACK_BYTES // 8, 0][: failures + 1]
    assert threading.stack_size() == 0


def test_a_system_that_grants_no_thread_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", never)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        list(stream(count_to(3), 5))
    assert threading.stack_size() == 0


def test_what_the_job_raises_comes_after_what_it_emitted() -> None:
    def job(emit: Emit) -> None:
        emit(1)
        emit(2)
        raise KeyError("three")

    items = stream(job, 5)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(KeyError, match="three"):
        next(items)


def test_an_error_keeps_its_traceback_and_its_cause() -> None:
    def job(emit: Emit) -> None:
        try:
            raise OSError("disk")
        except OSError as error:
            raise ValueError("wrapped") from error

    with pytest.raises(ValueError, match="wrapped") as caught:
        list(stream(job, 5))
    assert isinstance(caught.value.__cause__, OSError)
    assert "job" in [entry.name for entry in caught.traceback]


def test_what_a_failed_job_held_is_freed_on_its_own_thread() -> None:
    """Results of Oxigraph refuse to be freed on another thread, and a deep one needs the stack."""
    freed: list[str] = []

    class Held:
        def __del__(self) -> None:
            freed.append(threading.current_thread().name)

    def fail(held: Held) -> None:
        raise ValueError("in a row")

    def job(emit: Emit) -> None:
        held = Held()
        try:
            fail(held)
        except ValueError as error:
            raise OSError("wrapped") from error

    with pytest.raises(OSError, match="wrapped"):
        list(stream(job, 5))
    assert freed == ["openness-query"]


@pytest.mark.parametrize("timeout", [0.1, 0.5])
def test_the_deadline_ends_the_waiting(timeout: float) -> None:
    release = threading.Event()

    def job(emit: Emit) -> None:
        release.wait(30)

    start = time.monotonic()
    with pytest.raises(QueryTimeoutError, match=rf"stopped after {timeout:g} s; --timeout SECONDS"):
        list(stream(job, timeout))
    assert timeout <= time.monotonic() - start < timeout + 1
    assert is_busy()
    release.set()


def test_the_deadline_counts_from_the_first_item_asked_for() -> None:
    items = stream(count_to(3), 0.2)
    time.sleep(0.3)
    assert list(items) == [0, 1, 2]


def test_a_slow_reader_does_not_keep_an_endless_job_alive() -> None:
    """The job is always ahead of the reader, so that waiting for an item never times out."""

    def job(emit: Emit) -> None:
        while True:
            emit(1)

    start = time.monotonic()
    read = 0
    with pytest.raises(QueryTimeoutError):  # noqa: PT012
        for _ in stream(job, 0.3):
            read += 1
            time.sleep(0.02)
            assert read < 100
    assert 0.3 <= time.monotonic() - start < 1


def test_what_ended_in_time_may_be_read_later() -> None:
    got = []
    for item in stream(count_to(10), 0.2):
        got.append(item)
        time.sleep(0.05)
    assert got == list(range(10))


def test_an_error_in_time_may_be_met_later() -> None:
    def job(emit: Emit) -> None:
        emit(1)
        raise KeyError("in time")

    items = stream(job, 0.2)
    assert next(items) == 1
    time.sleep(0.4)
    with pytest.raises(KeyError, match="in time"):
        next(items)


def test_the_job_does_not_run_ahead_of_its_reader_without_bound() -> None:
    emitted = []

    def job(emit: Emit) -> None:
        for i in range(1000):
            emit(i)
            emitted.append(i)

    items = stream(job, 5)
    assert next(items) == 0
    time.sleep(0.2)
    assert len(emitted) <= 20
    assert list(items) == list(range(1, 1000))


def test_a_reader_that_leaves_ends_the_job() -> None:
    ended = threading.Event()

    def job(emit: Emit) -> None:
        try:
            while True:
                emit(1)
        finally:
            ended.set()

    for _ in stream(job, None):
        break
    assert ended.wait(5)
    assert wait_until_idle()


def test_busy_tells_of_a_job_that_nobody_waits_for() -> None:
    release = threading.Event()

    def job(emit: Emit) -> None:
        emit(1)
        release.wait(30)

    assert next(stream(job, None)) == 1
    assert is_busy()
    release.set()
    assert wait_until_idle()


@pytest.mark.skipif(sys.platform == "win32", reason="sends itself a signal")
@pytest.mark.parametrize("timeout", [None, 30.0])
def test_ctrl_c_ends_the_waiting(timeout: float | None) -> None:
    release = threading.Event()

    def job(emit: Emit) -> None:
        release.wait(30)

    timer = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(stream(job, timeout))
    assert time.monotonic() - start < 5
    release.set()
    timer.join()


def test_streams_do_not_meet() -> None:
    first, second = stream(count_to(100), 5), stream(count_to(100), 5)
    assert list(zip(first, second, strict=True)) == [(i, i) for i in range(100)]
