"""A run's folder as it is read: `manifest.json`, `matches.jsonl`, and what their lines are."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import orjson

from harness.errors import RecordError

__all__ = [
    "MANIFEST",
    "MATCHES",
    "SCHEMA_VERSION",
    "is_run",
    "located_lines",
    "read_lines",
    "read_manifest",
    "read_matches",
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


def is_run(folder: Path) -> bool:
    """Whether a folder holds a run."""
    try:
        return (folder / MANIFEST).is_file()
    except (OSError, ValueError):  # no folder can have this name
        return False


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
    return (told for *_, told in located_lines(path, keys, what))


def located_lines(
    path: Path, keys: Collection[str], what: str
) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """The lines as `read_lines` gives them, each with its number, its first byte and its length."""
    wanted, start = set(keys), 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                told = _decode(line, f"{path}:{number}")
                if not isinstance(told, dict) or not told.keys() >= wanted:
                    raise RecordError(f"{path}:{number}: not the line of a {what}")
                yield number, start, len(line), told
                start += len(line)
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
