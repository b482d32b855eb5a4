"""Ends processes when the one that wanted them is gone, however it went.

A script of its own, started in a session of its own, in which nothing but the standard library is
imported. Whoever starts it keeps the other end of its standard input and writes nothing there: the
kernel closes that end with its owner, also where the owner is killed at once.

    python vllm_warden.py GRACE run COMMAND…   starts a command in a further session, says its
                                               process id, and ends it, and what it started
    python vllm_warden.py GRACE watch PID…     ends processes that are there already, and what
                                               they have started

They are asked to end (SIGTERM), and killed so many seconds later; what a command leaves behind in
its session gets REST_S at the most. The warden exits as the command did, as a shell tells it.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

REST_S = 3.0
KILL_S = 5.0
"""Seconds in which what was killed is gone."""

LOOK_EVERY_S = 0.5

SET_DEATH_SIGNAL = 1
SET_SUBREAPER = 36
"""Of `prctl`, which Linux has."""


def main(arguments: list[str]) -> int:
    """Run or watch until all has ended or the owner is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    grace_s, what, *rest = arguments
    if what == "run":
        return run(rest, float(grace_s))
    return watch([int(pid) for pid in rest], float(grace_s))


class Owner:
    """The process that started this one."""

    def __init__(self) -> None:
        self._pid = os.getppid()

    def gone(self, others: tuple[int, ...] = ()) -> bool:
        """Wait a little, less if one of the other descriptors has news; whether it is gone."""
        ready, _, _ = select.select((0, *others), (), (), LOOK_EVERY_S)
        return (0 in ready and not os.read(0, 1)) or os.getppid() != self._pid


def run(command: list[str], grace_s: float) -> int:
    """Run a command; its exit status, 128 and more for the signal that ended it."""
    prctl(SET_SUBREAPER, 1)  # orphans of the command become children of this process
    owner = Owner()
    child = subprocess.Popen(  # noqa: S603 - what it runs is what it is for
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        start_new_session=True,
        preexec_fn=lambda: prctl(SET_DEATH_SIGNAL, signal.SIGTERM),  # noqa: PLW1509 - no threads here
    )
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child.pid, signal.SIGTERM))
    status: int | None = None
    while status is None and not owner.gone():
        status = reaped(child.pid)
    if status is None:
        os.kill(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + grace_s
        while status is None and time.monotonic() < deadline:
            time.sleep(0.05)
            status = reaped(child.pid)
    end_session(child.pid, 0 if status is None else min(REST_S, grace_s))
    code = -signal.SIGKILL if status is None else status
    return code if code >= 0 else 128 - code


def reaped(pid: int) -> int | None:
    """Reap what has ended; the exit status of this process if it was among it."""
    status = None
    while True:
        try:
            ended, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if not ended:
            return status
        if ended == pid:
            status = os.waitstatus_to_exitcode(code)


def end_session(leader: int, patience_s: float) -> None:
    """Wait until nothing is left of a session; when patience is at an end, kill what is.

    Python's own trackers of shared memory come last: what the others can no longer take down, they
    do. They end by themselves when all others have.
    """
    if left(leader, patience_s):
        for pid in members(leader):
            if "resource_tracker" not in command(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        if left(leader, KILL_S):
            os.killpg(leader, signal.SIGKILL)
            left(leader, KILL_S)


def left(leader: int, within_s: float) -> bool:
    """Whether something of a session is still left after some seconds."""
    deadline = time.monotonic() + within_s
    while True:
        reaped(leader)
        try:
            os.killpg(leader, 0)
        except ProcessLookupError:
            return False
        if time.monotonic() >= deadline:
            return True
        time.sleep(0.05)


def members(leader: int) -> list[int]:
    """The processes of a session, as far as the system shows them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it is gone
            group = path.read_text("ascii", "replace").rpartition(")")[2].split()[2]
            if int(group) == leader:
                found.append(int(path.parent.name))
    return found


def command(pid: int) -> str:
    """The command line of a process; '' when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def watch(pids: list[int], grace_s: float) -> int:
    """Watch processes that somebody else started."""
    owner = Owner()
    known = {}
    for pid in [*pids, *itertools.chain(*map(descendants, pids))]:
        with contextlib.suppress(ProcessLookupError):
            known[os.pidfd_open(pid)] = pid
    while known and not owner.gone(tuple(known)):
        known = {fd: pid for fd, pid in known.items() if not ended(fd)}
    for number, patience_s in ((signal.SIGTERM, grace_s), (signal.SIGKILL, KILL_S)):
        for fd in known:
            if not ended(fd):
                signal.pidfd_send_signal(fd, number)
        deadline = time.monotonic() + patience_s
        while not all(map(ended, known)) and time.monotonic() < deadline:
            time.sleep(0.05)
    return 0


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    children: list[int] = []
    with contextlib.suppress(OSError):  # it is gone
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (thread / "children").read_text("ascii").split())
    return [other for child in children for other in (child, *descendants(child))]


def ended(fd: int) -> bool:
    """Whether the process behind a descriptor has ended."""
    return bool(select.select((fd,), (), (), 0)[0])


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process, where the system knows such."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
