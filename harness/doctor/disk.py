"""Whether runs can be logged where they would go: tried out, with nothing left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from harness.doctor.check import Check
from harness.errors import RecordError, UsageError
from harness.mounts import file_system, is_shared
from harness.record.disk import AppendFile, create_folder, write_durably
from harness.record.lock import RunLock

__all__ = ["disk"]

SCARCE_BYTES = 1 << 30
"""Less than this may not hold a long run with models, whose replies are logged whole."""

N_SYNCS = 5

ELSEWHERE = "choose another, by --out"


def disk(folder: Path) -> list[Check]:
    """Whether runs can be logged in a folder, and how much there is room for.

    A folder is made in it, and files in that, as a run makes them. All of it is removed again,
    and so is the folder itself where it was not there.
    """
    try:
        above = _existing(folder)
        with _visit(folder) as trial:
            took_s = _try(trial)
        room = _room(above)
    except _Refused as refused:
        return [Check("disk", str(folder), "broken", f"{refused}; {ELSEWHERE}", needed=True)]
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        detail = f"a run's folder cannot be made in it: {_why(error)}; {ELSEWHERE}"
        return [Check("disk", str(folder), "broken", detail, needed=True)]
    detail = (
        "can be written, synced, renamed in and locked; a line is on disk in"
        f" {took_s * 1000:.2g} ms"
    )
    return [Check("disk", str(folder), "ok", detail, needed=True), room]


class _Refused(Exception):
    """The disk does not do something that runs need; the message says what, and why."""


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())


@contextlib.contextmanager
def _visit(folder: Path) -> Iterator[Path]:
    """A new folder within, which goes again, with those above it that were made for it."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    trial = folder / f".folk-doctor-{uuid.uuid4().hex[:12]}"
    try:
        create_folder(trial)
        yield trial
    finally:
        shutil.rmtree(trial, ignore_errors=True)
        with contextlib.suppress(OSError, ValueError):  # somebody else has put something there
            for path in missing:
                path.rmdir()


def _try(folder: Path) -> float:
    """Do all that a run does to its folder.

    Returns:
        Seconds that a line takes to be on disk.

    Raises:
        _Refused: something cannot be done.
    """
    with _doing("written to and synced"):
        log = AppendFile(folder / "calls.jsonl")
        try:
            begun = time.monotonic()
            for _ in range(N_SYNCS):
                log.put(b"{}\n")
            took_s = (time.monotonic() - begun) / N_SYNCS
        finally:
            log.close()
    with _doing("renamed in"):
        for content in (b"{}\n", b"[]\n"):
            write_durably(folder / "manifest.json", content)
    with _doing("locked"):
        lock = RunLock.take(folder)
        try:
            if not _keeps_out(folder):
                raise _Refused("its locks keep nobody out: two runs could write to one folder")
        finally:
            lock.release()
    return took_s


@contextlib.contextmanager
def _doing(what: str) -> Iterator[None]:
    """Say what could not be done, and why."""
    try:
        yield
    except (OSError, RecordError) as error:
        raise _Refused(f"files in it cannot be {what}: {_why(error)}") from error


def _keeps_out(folder: Path) -> bool:
    """Whether nobody else gets the lock of a folder that is locked."""
    try:
        RunLock.take(folder).release()
    except UsageError:
        return True
    return False


def _room(folder: Path) -> Check:
    """The room on the disk that a folder lies on, and what kind of file system it is."""
    kind, free = file_system(folder) or "a file system of unknown kind", _free_bytes(folder)
    where = f"{_size(free)} free, on {kind}"
    if is_shared(folder):
        where += ", which machines share: runs are safe there; a --cache is faster elsewhere"
    if free < SCARCE_BYTES:
        return Check("disk", "room", "broken", f"{where}; make more before a long run")
    return Check("disk", "room", "ok", where)


def _free_bytes(folder: Path) -> int:
    """What may still be written by this user."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def _size(n_bytes: int) -> str:
    """An amount of room, in GiB or MiB."""
    return f"{n_bytes / 2**30:.0f} GiB" if n_bytes >= 1 << 30 else f"{n_bytes / 2**20:.0f} MiB"


def _why(error: Exception) -> str:
    """What went wrong, without the name of a file that is gone by now."""
    cause = error.__cause__ if isinstance(error, RecordError) and error.__cause__ else error
    return getattr(cause, "strerror", None) or str(cause)
