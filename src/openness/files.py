"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from openness.errors import EngineError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that an interruption leaves what was there before.

    A link is followed, and a device or named pipe is written to as it is.

    Raises:
        EngineError: if it cannot be written.
    """
    write_all_atomically({path: content})


def require_folder_of(path: Path) -> None:
    """Make sure, before long work, that there is a folder to write a file into.

    Raises:
        EngineError: if there is none.
    """
    if not path.parent.is_dir():
        raise EngineError(f"{path} cannot be written: there is no folder {path.parent}.")


def write_all_atomically(contents: Mapping[Path, bytes]) -> None:
    """Write several files so that either all of them are there anew, or what was there before.

    Links are followed, and a device or named pipe is written to as it is, after the files.

    Raises:
        EngineError: if one cannot be written; none of the files has changed then.
    """
    resolved = {path.resolve(): content for path, content in contents.items()}
    special = [path for path in resolved if path.exists() and not path.is_file()]
    with contextlib.ExitStack() as stack:
        ready = [
            (stack.enter_context(_beside(path, content)), path)
            for path, content in resolved.items()
            if path not in special
        ]
        for written, path in ready:
            with _told(path):
                written.replace(path)
    for path in special:
        with _told(path):
            path.write_bytes(resolved[path])


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(f"{path} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """Write a file beside the one that it will replace; it is gone at the end, if it did not."""
    with _told(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)
    try:
        with _told(path):
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes that lock the same folder waiting; the folder is made if it lacks.

    Raises:
        EngineError: if the folder cannot be made or opened.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EngineError(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        import fcntl
    except ImportError:  # Windows has no such locks: there the last of two writers wins.
        yield
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise EngineError(f"{folder} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
