"""A run's folder as it is read: `manifest.json`, `matches.jsonl`, and what their lines are."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from harness.errors import RecordError, shorten
from harness.record.kind import MATCH, Kind

__all__ = [
    "MANIFEST",
    "MATCHES",
    "SCHEMA_VERSION",
    "is_run",
    "located_lines",
    "n_lines",
    "read_manifest",
    "read_matches",
]

SCHEMA_VERSION = 1
"""Rises when what the files hold changes; a newer one than ours is refused."""

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


def n_lines(folder: Path) -> int:
    """How many lines a run's log of matches has; 0 if it cannot be read."""
    n = 0
    with contextlib.suppress(OSError), (folder / MATCHES).open("rb") as file:
        while part := file.read(1 << 20):
            n += part.count(b"\n")
    return n


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
    if wrong := _wrong_in_manifest(manifest):
        raise RecordError(f"{path}: {wrong} is {shorten(manifest[wrong])}, which no run has there")
    return manifest


def _wrong_in_manifest(manifest: dict[str, Any]) -> str:
    """The key that holds what no manifest has."""
    if not all(isinstance(match, str) for match in manifest["matches"]):
        return "matches"
    for key in ("games", "agents"):
        for entry in manifest[key]:
            if not isinstance(entry, dict) or not isinstance(entry.get("spec"), str):
                return key
    if not all(isinstance(game.get("cooperative"), list) for game in manifest["games"]):
        return "games"
    if "config" in manifest and not isinstance(manifest["config"], dict):
        return "config"
    sessions = manifest.get("resumed", [])
    if not isinstance(sessions, list) or not all(
        isinstance(session, dict) and isinstance(session.get("changed"), dict)
        for session in sessions
    ):
        return "resumed"
    return ""


def read_matches(folder: Path) -> Iterator[dict[str, Any]]:
    """The matches of a run, one by one, as `match_fields` describes them.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is not valid JSON; the message gives its number.
    """
    return (told for *_, told in located_lines(folder / MATCHES, MATCH))


def located_lines(path: Path, kind: Kind) -> Iterator[tuple[int, int, int, dict[str, Any]]]:
    """The lines of a log, each with its number, its first byte and its length.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is none of this kind; the message gives its number.
    """
    wanted, start = set(kind.keys), 0
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                told = _decode(line, f"{path}:{number}")
                if not isinstance(told, dict) or not told.keys() >= wanted:
                    raise RecordError(f"{path}:{number}: not the line of a {kind.name}")
                if wrong := kind.wrong(told):
                    raise RecordError(
                        f"{path}:{number}: not the line of a {kind.name}: {wrong} is"
                        f" {shorten(told.get(wrong, 'missing'))}"
                    )
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
