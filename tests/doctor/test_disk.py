from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import mounts
from harness.doctor import disk as module
from harness.doctor.disk import disk


def refusing(patch: pytest.MonkeyPatch, target: Any, name: str, number: int) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    patch.setattr(target, name, refuse)


def unlocked(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fcntl, "flock", lambda *_: None)


@pytest.mark.parametrize("below", [".", "results", "a/b/c"])
def test_a_folder_that_serves_is_left_as_it_was(tmp_path: Path, below: str) -> None:
    (tmp_path / "mine").write_text("kept")
    whole, room = disk(tmp_path / below)
    assert whole.state == "ok", whole.detail
    assert "free, on" in room.detail
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_relative_folder_is_taken_from_where_one_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert disk(Path("results"))[0].state == "ok"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda p: refusing(p, os, "mkdir", 30), "cannot be made in it: Read-only file system"),
        (lambda p: refusing(p, os, "write", 28), "written to and synced: No space left on device"),
        (lambda p: refusing(p, os, "replace", 1), "renamed in: Operation not permitted"),
        (lambda p: refusing(p, fcntl, "flock", 5), "locked: Input/output error"),
        (unlocked, "its locks keep nobody out"),
    ],
)
def test_what_the_disk_refuses_is_told_and_nothing_is_left(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], None],
    words: str,
) -> None:
    with monkeypatch.context() as patch:
        spoil(patch)
        (check,) = disk(tmp_path / "results")
    assert check.fails
    assert words in check.detail
    assert check.detail.endswith("; choose another, by --out")
    assert not list(tmp_path.iterdir())


def test_a_sync_that_fails_is_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        refusing(patch, os, "fsync", 5)
        (check,) = disk(tmp_path / "results")
    assert "Input/output error" in check.detail
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["file/results", "nul\0"])
def test_a_folder_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (check,) = disk(tmp_path / name)
    assert check.fails
    assert "a run's folder cannot be made in it: " in check.detail
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_little_room_is_told_without_being_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_free_bytes", lambda folder: 87 << 20)
    room = disk(tmp_path)[1]
    assert (room.state, room.fails) == ("broken", False)
    assert room.detail.startswith("87 MiB free")


def test_a_file_system_that_machines_share_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "read_text", lambda *_: "host:/x / nfs4 rw 0 0\n")
    assert mounts.is_shared(tmp_path)
    room = disk(tmp_path)[1]
    assert room.state == "ok"
    assert "on nfs4, which machines share" in room.detail
