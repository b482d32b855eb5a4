"""A run's folder as it is written: made, locked, repaired, and gone on with."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Self

from harness.errors import RecordError, UsageError
from harness.record.answers import ANSWERS
from harness.record.calls import CALLS
from harness.record.disk import AppendFile, create_folder, cut_torn_line, write_durably
from harness.record.folder import MANIFEST, MATCHES, SCHEMA_VERSION, read_manifest
from harness.record.lock import LOCK, RunLock

__all__ = ["MatchLog", "RunFolder"]

FLUSH_BYTES = 1 << 20
FLUSH_S = 0.5

BEFORE_MANIFEST = {LOCK, MATCHES, "manifest.tmp"}
"""What a folder holds whose process ended before its manifest was written: nothing was played."""

RETRIED = "matches.retried.jsonl"
"""Where the lines of matches are kept that ended as errors and are to be played again."""


class RunFolder:
    """A run's folder that belongs to this process until it is closed; a context manager.

    Attributes:
        path: where it is.
    """

    def __init__(self, path: Path, lock: RunLock) -> None:
        self.path = path
        self._lock: RunLock | None = lock

    @classmethod
    def create(
        cls,
        path: Path,
        manifest: dict[str, Any],
        clean: Callable[[bytes], bytes] = lambda text: text,
    ) -> Self:
        """Make the folder of a new run: its log of matches, and then its manifest.

        A folder that is empty, or in which a run ended before it had begun, is used.

        Args:
            path: where.
            manifest: JSON data.
            clean: takes out of the manifest what may not be written.

        Raises:
            UsageError: the folder exists, or cannot be made or written.
        """
        content = _written(manifest, clean)
        made = False
        try:
            create_folder(path)
            made = True
        except FileExistsError as error:
            if not _unused(path):
                raise UsageError(f"{path} exists already; choose another --out") from error
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise UsageError(f"cannot make the folder {str(path)!r}: {_why(error)}") from error
        try:
            folder = cls(path, RunLock.take(path))
        except OSError as error:
            if made:  # else it may be another process that has locked it
                _remove(path, (LOCK,), folder_too=True)
            raise UsageError(f"cannot lock {path}: {_why(error)}") from error
        if (path / MANIFEST).exists():  # made by another process a moment ago
            folder.close()
            raise UsageError(f"{path} exists already; choose another --out")
        try:
            AppendFile(path / MATCHES).close()
            write_durably(path / MANIFEST, content)
        except (OSError, RecordError) as error:
            folder.discard(folder_too=made)
            raise UsageError(f"cannot write to {path}: {_why(error)}") from error
        return folder

    @classmethod
    def reopen(cls, path: Path, notify: Callable[[str], None] = lambda _: None) -> Self:
        """Go on with the folder of a run; nothing in it is touched yet, but for its lock.

        Raises:
            RecordError: it is no run's folder, or cannot be locked.
            UsageError: another process writes to it, or may do so.
        """
        read_manifest(path)
        try:
            return cls(path, RunLock.take(path, notify))
        except OSError as error:
            raise RecordError(f"cannot lock {path}: {_why(error)}") from error

    def repair(self, notify: Callable[[str], None] = lambda _: None) -> None:
        """Cut off what was torn at the end of the logs, keep it beside them, and sync the rest.

        Raises:
            RecordError: the disk refuses.
        """
        for name in (MATCHES, CALLS, ANSWERS):
            path = self.path / name
            if path.exists() and (n_bytes := cut_torn_line(path)):
                notify(f"{path}: its last line was torn; its {n_bytes} bytes are in {name}.torn")

    def amend(
        self, manifest: dict[str, Any], clean: Callable[[bytes], bytes] = lambda text: text
    ) -> None:
        """Put another manifest in the place of the one there is.

        Raises:
            RecordError: the disk refuses; the one there was still stands.
        """
        try:
            write_durably(self.path / MANIFEST, _written(manifest, clean))
        except OSError as error:
            raise RecordError(f"cannot write to {self.path}: {_why(error)}") from error

    def set_aside(self, places: Collection[int]) -> None:
        """Take lines, by their numbers from 1, out of the log of matches, to be played again.

        They are kept in a file of their own; the log itself is replaced in one step.

        Raises:
            RecordError: the disk refuses; nothing is lost.
        """
        path = self.path / MATCHES
        try:
            lines = path.read_bytes().splitlines(keepends=True)
            aside = AppendFile(self.path / RETRIED)
            try:
                aside.put(b"".join(lines[number - 1] for number in sorted(places)))
            finally:
                aside.close()
            kept = b"".join(line for number, line in enumerate(lines, 1) if number not in places)
            write_durably(path, kept)
        except OSError as error:
            raise RecordError(f"cannot write to {self.path}: {_why(error)}") from error

    def discard(self, *, folder_too: bool = True) -> None:
        """Remove what was made, because nothing was played.

        Wherever this ends halfway, what is left is a run that can be gone on with, or an unused
        folder: there are no calls without a manifest.
        """
        _remove(self.path, (CALLS, ANSWERS, MANIFEST, "manifest.tmp", MATCHES))
        self.close()
        if folder_too:
            with contextlib.suppress(OSError):  # somebody has put something there meanwhile
                self.path.rmdir()

    def close(self) -> None:
        """Let others write to it."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class MatchLog:
    """The log of matches while scripted ones are played; a context manager.

    Lines are gathered for at most half a second or a megabyte and then appended in one write and
    synced together, so that durability costs next to nothing at high rates. What is lost in a
    crash is at most that half second of scripted play, which costs nothing to play again.

    Raises:
        RecordError: the file cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._file = AppendFile(folder / MATCHES)
        self._gathered: list[bytes] = []
        self._size = 0
        self._flushed = time.monotonic()

    def append(self, line: bytes) -> None:
        """Add a line, which ends in a newline.

        Raises:
            RecordError: the disk refuses.
        """
        self._gathered.append(line)
        self._size += len(line)
        if self._size >= FLUSH_BYTES or time.monotonic() - self._flushed >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Put everything gathered on disk.

        Raises:
            RecordError: the disk refuses.
        """
        gathered, self._gathered, self._size = b"".join(self._gathered), [], 0
        if gathered:
            self._file.put(gathered)
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Put everything on disk and let go of the file.

        Raises:
            RecordError: the disk refuses.
        """
        try:
            self.flush()
        finally:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _written(manifest: dict[str, Any], clean: Callable[[bytes], bytes]) -> bytes:
    """A manifest as its file holds it."""
    told = {"schema_version": SCHEMA_VERSION, **manifest}
    return clean(json.dumps(told, indent=2, allow_nan=False).encode("ascii")) + b"\n"


def _unused(path: Path) -> bool:
    """Whether a folder holds nothing but what a run leaves that ended before it began."""
    try:
        there = {child.name: child for child in path.iterdir()}
        matches = there.get(MATCHES)
        return there.keys() <= BEFORE_MANIFEST and (matches is None or not matches.stat().st_size)
    except OSError:  # it is no folder, or none that can be looked into
        return False


def _remove(path: Path, names: Collection[str], *, folder_too: bool = False) -> None:
    """Remove files of ours, as far as the disk lets us, which may be why they are to go."""
    with contextlib.suppress(OSError):
        for name in names:
            (path / name).unlink(missing_ok=True)
        if folder_too:
            path.rmdir()


def _why(error: Exception) -> str:
    """What went wrong, without the file's name, which the message gives."""
    return getattr(error, "strerror", None) or str(error)
