"""`run.lock`: one process writes to a run's folder at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from harness.errors import UsageError
from harness.record.disk import let_go

__all__ = ["LOCK", "RunLock"]

LOCK = "run.lock"

NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK)
"""What `flock` fails with where the file system has none."""


class RunLock:
    """Holds a run's folder for this process, until it is released or the process ends.

    The lock is the system's (`flock`), so it cannot outlive its process; the file says who holds
    it. On file systems that know no locks, as some clusters have them, the file alone decides. A
    file that a process on this machine has left behind is taken over. One from another
    machine is not: over a network file system nobody can tell from here whether its process lives.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, folder: Path, notify: Callable[[str], None] = lambda _: None) -> Self:
        """Lock a folder.

        Args:
            folder: the run's folder.
            notify: is told of a lock that was taken over.

        Raises:
            UsageError: another process holds it, or may hold it.
            OSError: there can be no lock in this folder.
        """
        path = folder / LOCK
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(handle, folder)
                if not _is(handle, path):  # it was released and removed in this very moment
                    let_go(handle)
                    continue
                cls._take_over(folder, _owner(handle), notify)
                own = {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()}
                os.ftruncate(handle, 0)
                os.pwrite(handle, json.dumps(own).encode() + b"\n", 0)
                os.fsync(handle)
            except BaseException:
                let_go(handle)
                raise
            return cls(path, handle)

    @staticmethod
    def _take_over(folder: Path, owner: dict[str, Any], notify: Callable[[str], None]) -> None:
        """Decide about whoever locked the folder before and did not release it."""
        if not owner:
            return
        if owner.get("host") != socket.gethostname():
            raise UsageError(
                f"{folder / LOCK} says that {_told(owner)} writes to this folder; whether it still"
                f" does cannot be seen from {socket.gethostname()}. If it does not, delete that"
                " file"
            )
        notify(f"{folder} was left by {_told(owner)}, which has ended without saying so")

    def release(self) -> None:
        """Let go of the folder."""
        with contextlib.suppress(OSError):  # a file that stays is taken over by whoever is next
            self._path.unlink()
        let_go(self._handle)


def _lock(handle: int, folder: Path) -> None:
    """Lock an open file.

    Raises:
        UsageError: somebody holds it.
        OSError: the disk fails.
    """
    owner, held = _owner(handle), False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held = True
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        held = owner.get("host") == socket.gethostname() and _lives(owner.get("pid"))
    if held:
        raise UsageError(
            f"{folder} is being written to by {_told(owner)}; wait until that has ended, or stop it"
        )


def _lives(pid: Any) -> bool:
    """Whether a process of this machine lives."""
    try:
        os.kill(int(pid), 0)
    except PermissionError:  # somebody else's
        return True
    except (OSError, TypeError, ValueError, OverflowError):
        return False
    return True


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _is(handle: int, path: Path) -> bool:
    """Whether a path still leads to the file that is open."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _owner(handle: int) -> dict[str, Any]:
    """Who a lock file names; nobody, if it is empty or was cut off in being written."""
    try:
        owner = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _told(owner: dict[str, Any]) -> str:
    """An owner in words."""
    if not owner:
        return "another process"
    return f"process {owner.get('pid')} on {owner.get('host')} (since {owner.get('since')})"
