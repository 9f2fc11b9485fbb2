"""A query on a thread of its own, so that a deadline or Ctrl-C ends the waiting for it.

pyoxigraph has no timeout and cannot be interrupted; it does release the interpreter lock while it
works. What waits here can give up at any time; a query that returns no row may go on in the
background until the process ends (:func:`is_busy` tells).
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from openness.errors import QueryTimeoutError

T = TypeVar("T")

STACK_BYTES: Final = 256 * 1024 * 1024
"""Stack of a query's thread: reserved, not used, until a deep query needs it."""
_NAME: Final = "openness-query"
_POLL_SECONDS: Final = 0.05


class _AbandonedError(Exception):
    """Raised inside a job whose reader has gone."""


def stream(job: Callable[[Callable[[T], None]], None], timeout: float | None) -> Iterator[T]:
    """Run a job on another thread and yield what it emits, in order.

    Args:
        job: called with a function that takes one item to hand over.
        timeout: seconds until the job must have ended, or None for no limit.

    Raises:
        QueryTimeoutError: at the deadline.
        Exception: whatever the job raised.
    """
    items: queue.Queue[tuple[str, T | BaseException | None]] = queue.Queue(maxsize=16)
    gone = threading.Event()
    ended = threading.Event()

    deadline = None if timeout is None else time.monotonic() + timeout

    def hand_over(kind: str, item: T | BaseException | None) -> None:
        if kind != "item":
            ended.set()
        while True:
            if gone.is_set():
                raise _AbandonedError
            try:
                return items.put((kind, item), timeout=_POLL_SECONDS)
            except queue.Full:
                continue

    def run() -> None:
        try:
            try:
                job(lambda item: hand_over("item", item))
            except _AbandonedError:
                raise
            except BaseException as error:
                _release(error)
                # What fails after the deadline fails for want of time, as a connection given up.
                is_late = deadline is not None and time.monotonic() >= deadline
                hand_over("late" if is_late else "error", error)
            else:
                hand_over("end", None)
        except _AbandonedError:
            pass

    _start(run)
    try:
        while True:
            left = None
            if deadline is not None and not ended.is_set():
                left = deadline - time.monotonic()
            try:
                if left is not None and left <= 0:  # a slow reader always finds an item
                    raise queue.Empty
                kind, item = items.get(timeout=left)
                if kind == "late":
                    raise queue.Empty
            except queue.Empty:
                raise QueryTimeoutError(
                    f"The query was stopped after {timeout:g} s; --timeout SECONDS allows more."
                ) from None
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(item, BaseException)
                raise item
            yield item  # type: ignore[misc]
    finally:
        gone.set()


def _release(error: BaseException | None) -> None:
    """Free here what the frames of an error hold: results refuse to be freed on another thread."""
    import traceback

    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def is_busy() -> bool:
    """Tell whether a query that nobody waits for is still running in this process."""
    return any(thread.name == _NAME for thread in threading.enumerate())


def _start(run: Callable[[], None]) -> None:
    """Start a thread with a deep stack, or with as much as the system grants."""
    previous = threading.stack_size()
    for size in (STACK_BYTES, STACK_BYTES // 8, 0):
        try:
            threading.stack_size(size)
            threading.Thread(target=run, name=_NAME, daemon=True).start()
            return
        except RuntimeError:
            if not size:
                raise
        finally:
            threading.stack_size(previous)
