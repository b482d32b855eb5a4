"""A run's folder on disk: `manifest.json`, written once, and `matches.jsonl`, appended to."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Self

import orjson

from harness.errors import RecordError, UsageError

__all__ = [
    "SCHEMA_VERSION",
    "MatchLog",
    "create",
    "read_lines",
    "read_manifest",
    "read_matches",
    "sync_folder",
]

SCHEMA_VERSION = 1
"""Rises when what the files hold changes; a newer one than ours is refused."""

MATCH_KEYS = {
    *("match", "block", "table", "game", "agents", "status", "payoffs"),
    *("rounds", "actions", "round_payoffs"),
}

LONG_NUMBER = re.compile(rb"\d{19}")
"""Digits that may make a whole number beyond 64 bits, which orjson would round."""

MANIFEST = "manifest.json"
MATCHES = "matches.jsonl"

FLUSH_BYTES = 1 << 20
FLUSH_S = 0.5


def create(
    folder: Path, manifest: dict[str, Any], clean: Callable[[bytes], bytes] = lambda text: text
) -> MatchLog:
    """Make the folder of a new run, with its manifest, and open its log of matches.

    `clean` takes out of the manifest what may not be written.

    Raises:
        UsageError: the folder exists, or cannot be made or written.
    """
    text = json.dumps({"schema_version": SCHEMA_VERSION, **manifest}, indent=2, allow_nan=False)
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise UsageError(f"{folder} exists already; choose another --out") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise UsageError(f"cannot make the folder {str(folder)!r}: {_why(error)}") from error
    try:
        _write_durably(folder / MANIFEST, clean(text.encode("ascii")) + b"\n")
        return MatchLog(folder / MATCHES)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)  # it is ours, made a moment ago
        raise UsageError(f"cannot write to {folder}: {_why(error)}") from error


def _why(error: Exception) -> str:
    """What went wrong, without the file's name, which the message gives."""
    return getattr(error, "strerror", None) or str(error)


def _write_durably(path: Path, content: bytes) -> None:
    """Write a file under another name, sync it, and only then give it its own."""
    draft = path.with_suffix(".tmp")
    with draft.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class MatchLog:
    """The one writer of a log of matches; a context manager.

    Lines are gathered for at most half a second or a megabyte and then appended in one write and
    synced together, so that durability costs next to nothing at high rates. What is lost in a
    crash is at most that half second of scripted play, which costs nothing to play again.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o666)
        self._gathered: list[bytes] = []
        self._size = 0
        self._flushed = time.monotonic()
        sync_folder(path.parent)

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
        left = memoryview(b"".join(self._gathered))
        self._gathered, self._size = [], 0
        try:
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError as error:
            raise RecordError(f"cannot write to {self._path}: {error.strerror}") from error
        self._flushed = time.monotonic()

    def close(self) -> None:
        """Put everything on disk and let go of the file.

        Raises:
            RecordError: the disk refuses.
        """
        try:
            self.flush()
        finally:
            os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run.

    Raises:
        RecordError: the folder is no run, or of a newer schema than this version reads.
    """
    path = folder / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise RecordError(f"{folder} is no run folder: it holds no {MANIFEST}") from error
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise RecordError(f"{path} is not valid JSON: {error}") from error
    version = manifest.get("schema_version") if isinstance(manifest, dict) else None
    if not isinstance(version, int):
        raise RecordError(f"{path} has no schema_version")
    if version > SCHEMA_VERSION:
        raise RecordError(
            f"{path} is of schema {version}, and this version of Folkbench reads up to"
            f" {SCHEMA_VERSION}; upgrade it"
        )
    if not all(isinstance(manifest.get(key), list) for key in ("games", "agents", "matches")):
        raise RecordError(f"{path} does not list games, agents and matches")
    return manifest


def read_matches(folder: Path) -> Iterator[dict[str, Any]]:
    """The matches of a run, one by one, as `match_fields` describes them.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is not valid JSON; the message gives its number.
    """
    return read_lines(folder / MATCHES, MATCH_KEYS, "match")


def read_lines(path: Path, keys: Collection[str], what: str) -> Iterator[dict[str, Any]]:
    """The lines of a log, each an object that has at least these keys.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is none of `what`; the message gives its number.
    """
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                told = _decode(line, f"{path}:{number}")
                if not isinstance(told, dict) or not told.keys() >= set(keys):
                    raise RecordError(f"{path}:{number}: not the line of a {what}")
                yield told
    except OSError as error:
        raise RecordError(f"cannot read {path}: {error.strerror}") from error


def _decode(line: bytes, where: str) -> Any:
    """JSON as it was written: with whole numbers of any size, and surrogates."""
    if not LONG_NUMBER.search(line):
        with contextlib.suppress(ValueError):  # json may read it, and says what is wrong if not
            return orjson.loads(line)
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{where}: not valid JSON: {error}") from error
