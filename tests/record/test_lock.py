from __future__ import annotations

import errno
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.record.lock import LOCK, RunLock

HOLD = """
import sys, time
from pathlib import Path
from harness.record.lock import RunLock
RunLock.take(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_says_who_holds_it_and_is_gone_when_released(tmp_path: Path) -> None:
    lock = RunLock.take(tmp_path)
    owner = json.loads((tmp_path / LOCK).read_bytes())
    assert (owner["pid"], owner["host"]) == (os.getpid(), socket.gethostname())
    lock.release()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_is_held_once_even_within_a_process(tmp_path: Path) -> None:
    lock = RunLock.take(tmp_path)
    with pytest.raises(UsageError, match=f"is being written to by process {os.getpid()} on"):
        RunLock.take(tmp_path)
    lock.release()
    RunLock.take(tmp_path).release()


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UsageError, match=f"is being written to by process {holder.pid} on"):
            RunLock.take(tmp_path)
        holder.kill()
    told: list[str] = []
    RunLock.take(tmp_path, told.append).release()
    assert [f"process {holder.pid}" in text for text in told] == [True]


@pytest.mark.parametrize("content", [b"", b'{"pid": 1, "ho', b"[]", b"\xff"])
def test_a_lock_file_that_names_nobody_is_taken_without_a_word(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / LOCK).write_bytes(content)
    told: list[str] = []
    RunLock.take(tmp_path, told.append).release()
    assert told == []


def test_a_lock_of_another_machine_is_left_as_it_is(tmp_path: Path) -> None:
    content = json.dumps({"pid": 7, "host": "elsewhere", "since": "then"})
    (tmp_path / LOCK).write_text(content)
    with pytest.raises(UsageError, match=r"process 7 on elsewhere .* delete that file"):
        RunLock.take(tmp_path)
    assert (tmp_path / LOCK).read_text() == content


def test_where_there_are_no_locks_the_file_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("harness.record.lock.fcntl.flock", none)
    lock = RunLock.take(tmp_path)
    with pytest.raises(UsageError, match=f"is being written to by process {os.getpid()}"):
        RunLock.take(tmp_path)
    lock.release()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    owner = {"pid": ended.pid, "host": socket.gethostname(), "since": "then"}
    (tmp_path / LOCK).write_text(json.dumps(owner))
    told: list[str] = []
    RunLock.take(tmp_path, told.append).release()
    assert len(told) == 1


def test_a_disk_that_fails_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("harness.record.lock.fcntl.flock", broken)
    with pytest.raises(OSError, match="Input/output error"):
        RunLock.take(tmp_path)
