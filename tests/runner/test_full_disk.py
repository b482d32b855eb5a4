"""Disks that are full, and folders that cannot be written: the real ones."""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from harness.config import resolve
from harness.errors import FolkError, RecordError, UsageError
from harness.record.calls import CALLS
from harness.record.folder import MANIFEST, MATCHES
from tests.runner.commands import Command
from tests.runner.crashing import Logged
from tests.runner.studies import Study, study

__all__ = ["study"]


@contextmanager
def no_file_beyond(n_bytes: int) -> Iterator[None]:
    """In here, a write beyond this size is cut off there, and the next one fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def check_room(study: Study, n_bytes: int) -> FolkError | None:
    """Run where no file may be longer, and then go on where they may; what the first run raised."""
    study.clear()
    with no_file_beyond(n_bytes):
        session = study.go_on()
    there = study.folder / CALLS
    if there.exists() and session.raised is not None:
        assert there.stat().st_size == n_bytes, "the write that failed has not begun"
    study.go_on_to_the_end()
    return session.raised


def test_a_run_goes_on_when_there_is_room_again(study: Study) -> None:
    manifest, calls = ((study.finished / name).stat().st_size for name in (MANIFEST, CALLS))
    assert isinstance(check_room(study, manifest - 1), UsageError)
    for n_bytes in range(manifest + 100, calls - 500, 2500):
        raised = check_room(study, n_bytes)
        assert isinstance(raised, RecordError)
        assert f"{study.folder / CALLS}: File too large" in str(raised)
    assert check_room(study, calls + 500) is None


def test_a_cache_that_cannot_be_written_loses_no_reply(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise RecordError("the cache cannot be written: No space left on device")

    cached = resolve(replace(study.plan.config, cache=str(tmp_path / "cache")))
    study.clear()
    with monkeypatch.context() as patch:
        patch.setattr("harness.models.cache.Cache.put", full)
        session = replace(study, plan=cached).go_on()
    assert "the cache cannot be written" in str(session.raised)
    assert session.ledger.answered == Logged.read(study.folder).bodies
    study.go_on_to_the_end()


@pytest.fixture
def command(study: Study, tmp_path: Path) -> Command:
    """The command that plays the run of the study."""
    config = study.plan.config
    told = {
        "games": list(config.games),
        "agents": list(config.agents),
        "schedule": list(config.schedule),
        "concurrency": config.concurrency,
        "seed": config.seed,
    }
    return Command(tmp_path, "".join(f"{key} = {json.dumps(told[key])}\n" for key in told))


SMALL_DISK = """
disk=$1; kept=$2; shift 2
mount -t tmpfs -o size=16k none "$disk" || exit 99
"$@"
code=$?
cp -r "$disk/run" "$kept"
exit $code
"""


def test_a_run_that_has_filled_a_disk_goes_on_elsewhere(
    study: Study, command: Command, tmp_path: Path
) -> None:
    apart = ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*apart, "true"], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    disk = tmp_path / "disk"
    disk.mkdir()
    study.clear()
    study.folder.parent.mkdir()
    within = [*apart, "sh", "-c", SMALL_DISK, "sh", str(disk), str(study.folder)]
    ended = command.go_on(disk / "run", within=within)
    assert ended.code == 1, ended.err
    full = rf"cannot write to {disk}/run/({CALLS}|{MATCHES}): No space left on device"
    assert re.search(full, ended.err), ended.err
    assert f"folk resume {disk / 'run'}" in ended.err
    assert ended.ledger.answered
    study.go_on_to_the_end()


@pytest.fixture
def ordinary() -> list[str]:
    """What a command is run within that is to be refused what ordinary users are."""
    if os.geteuid():
        return []
    within = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if not shutil.which(within[0]) or subprocess.run([*within, "true"], check=False).returncode:
        pytest.skip("nothing is refused to this user")
    return within


@contextmanager
def not_written(*paths: Path) -> Iterator[None]:
    """In here, these may be read, but not written."""
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        yield
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_folder_that_may_not_be_written_is_refused_and_left_as_it_is(
    study: Study, command: Command, ordinary: list[str]
) -> None:
    study.clear(study.torn)
    within = study.folder.parent
    before = {path: path.read_bytes() for path in study.folder.iterdir()}
    with not_written(within, study.folder, *study.folder.iterdir()):
        other = command.go_on(within / "other", within=ordinary)
        same = command.go_on(study.folder, within=ordinary)
    assert (other.code, other.ledger.asked, same.code, same.ledger.asked) == (2, {}, 2, {})
    assert f"cannot make the folder '{within / 'other'}': Permission denied" in other.err
    assert f"cannot lock {study.folder}: Permission denied" in same.err
    assert {path: path.read_bytes() for path in study.folder.iterdir()} == before
    study.go_on_to_the_end()


@pytest.mark.parametrize("log", [MATCHES, CALLS])
def test_a_log_that_may_not_be_written_is_named_before_anybody_is_asked(
    study: Study, command: Command, ordinary: list[str], log: str
) -> None:
    study.clear(study.broken_off)
    with not_written(study.folder / log):
        ended = command.go_on(study.folder, within=ordinary)
    assert ended.code == 2, ended.err
    assert f"cannot write to {study.folder / log}: Permission denied" in ended.err
    assert not ended.ledger.asked
    study.go_on_to_the_end()
