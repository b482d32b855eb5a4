"""What the record layer does to the disk; nothing else of it writes, syncs, renames or cuts."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from harness.errors import RecordError

__all__ = [
    "AppendFile",
    "create_folder",
    "cut_torn_line",
    "let_go",
    "sync_folder",
    "write_durably",
]

TORN = ".torn"
"""What is added to a log's name for the file in which its torn lines are kept."""

BLOCK = 1 << 16


class AppendFile:
    """A file that grows by whole lines, each on disk before anything follows from it.

    After a failure nothing more is written: a line may have been torn, or what was synced may be
    lost although the next sync succeeds (Rebello et al., "Can Applications Recover from fsync
    Failures?", USENIX ATC 2020).

    Args:
        path: the file, which is made if it does not exist.

    Raises:
        RecordError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._broken = ""
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
            try:
                sync_folder(path.parent)
            except OSError:
                let_go(self._handle)
                raise
        except OSError as error:
            raise RecordError(f"cannot write to {path}: {error.strerror}") from error

    def put(self, data: bytes) -> None:
        """Append whole lines and wait until they are on disk.

        Raises:
            RecordError: the disk refuses, or has refused before.
        """
        if self._broken:
            raise RecordError(self._broken)
        try:
            _write_all(self._handle, data)
            os.fsync(self._handle)
        except OSError as error:
            self._broken = f"cannot write to {self._path}: {error.strerror}"
            raise RecordError(self._broken) from error

    def close(self) -> None:
        """Let go of the file."""
        let_go(self._handle)


def create_folder(path: Path) -> None:
    """Make a folder, and its parents, whose names are on disk then.

    Raises:
        OSError: it exists, or cannot be made.
    """
    missing = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True)
    try:
        for made in missing:
            sync_folder(made.parent)
    except OSError:
        path.rmdir()
        raise


def write_durably(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, and only then give it its own.

    Whoever reads it, whenever the power fails, finds what was there before or what is there now.

    Raises:
        OSError: the disk refuses.
    """
    draft = path.with_suffix(".tmp")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        _write_all(handle, content)
        os.fsync(handle)
    finally:
        let_go(handle)
    os.replace(draft, path)  # noqa: PTH105 - all that is done to the disk is seen in one place
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable.

    Raises:
        OSError: the disk refuses.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        let_go(handle)


def let_go(handle: int) -> None:
    """Close a file of which all that counts has been synced, or has failed to be.

    What closing may fail with besides, as on a network file system, changes nothing of that.
    """
    with contextlib.suppress(OSError):
        os.close(handle)


def cut_torn_line(path: Path) -> int:
    """Cut off a last line that has no newline, keep it in a file beside, and sync what is left.

    What is left may have been written by a process that was killed before it had synced it.

    Returns:
        How many bytes were cut off.

    Raises:
        RecordError: the disk refuses.
    """
    try:
        whole = _whole(path)
        torn = path.stat().st_size - whole
        if torn:
            _keep_beside(path, whole)
        handle = os.open(path, os.O_WRONLY)
        try:
            if torn:
                os.ftruncate(handle, whole)
            os.fsync(handle)
        finally:
            let_go(handle)
    except OSError as error:
        raise RecordError(f"cannot write to {path}: {error.strerror}") from error
    return torn


def _keep_beside(path: Path, start: int) -> None:
    """Keep what a file holds from some byte on in a file of its own."""
    with path.open("rb") as file:
        file.seek(start)
        tail = file.read()
    beside = AppendFile(path.with_name(path.name + TORN))
    try:
        beside.put(tail + b"\n")
    finally:
        beside.close()


def _whole(path: Path) -> int:
    """The length of a file up to its last newline."""
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - BLOCK)
            file.seek(start)
            found = file.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _write_all(handle: int, data: bytes) -> None:
    """Write all of it: a single write may take a part."""
    left = memoryview(data)
    while left:
        left = left[os.write(handle, left) :]
