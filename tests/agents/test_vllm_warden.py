"""The warden of vLLM's processes: whatever becomes of their owner, none is left."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeAlias

import pytest

from harness.agents import vllm_warden

WARDEN = str(Path(vllm_warden.__file__))

# A parent with a child of its own, which says both numbers; the child hears no SIGTERM.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(60)
'''], stdout=subprocess.PIPE)
child.stdout.readline()
print(os.getpid(), child.pid, file=sys.stderr, flush=True)
"""
STAYS = f"{FAMILY}\ntime.sleep(60)"
LEAVES = f"{FAMILY}\nsys.exit(7)"

# An owner that starts a warden over a family, and says the warden's number.
OWNER = """
import subprocess, sys, time
warden = subprocess.Popen([sys.executable, sys.argv[1], "1", "run", sys.executable, "-c",
    sys.argv[2]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
warden.stdout.readline()
print(warden.pid, flush=True)
time.sleep(60)
"""


class Started:
    """A process with pipes to it.

    Attributes:
        said: by its standard output.
        cried: by its standard error.
    """

    def __init__(self, *command: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.input, self.said, self.cried = (
            self.process.stdin,
            self.process.stdout,
            self.process.stderr,
        )

    def let_go(self) -> int:
        """Close its input; its exit status."""
        self.input.close()
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def numbers(stream: IO[bytes]) -> list[int]:
    """Those in a stream's next line."""
    assert select.select((stream,), (), (), 20)[0], "nothing was said"
    return [int(word) for word in stream.readline().split()]


Start: TypeAlias = Callable[..., Started]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts processes, and kills at the end what they have started."""
    all_of_them: list[Started] = []

    def begin(*command: str) -> Started:
        all_of_them.append(Started(*command))
        return all_of_them[-1]

    yield begin
    for one in all_of_them:
        for pid in vllm_warden.descendants(one.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        one.kill()
        for stream in (one.input, one.said, one.cried):
            stream.close()


def warden(start: Start, *arguments: str, grace_s: float = 9) -> Started:
    return start(sys.executable, "-I", WARDEN, str(grace_s), *arguments)


def lives(pid: int) -> bool:
    """Whether there is such a process, and not only its corpse."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[1])


def gone(pids: list[int], within_s: float = 0.2) -> bool:
    """Whether none of these processes lives, soon."""
    deadline = time.monotonic() + within_s
    while any(map(lives, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(lives, pids))


def test_the_family_is_ended_when_the_owner_lets_go(start: Start) -> None:
    watching = warden(start, "run", sys.executable, "-c", STAYS, grace_s=1)
    family = numbers(watching.cried)
    assert numbers(watching.said) == family[:1]
    assert all(map(lives, family))
    assert watching.let_go() == 128 + signal.SIGTERM
    assert gone(family)


def test_the_family_is_ended_when_its_owner_is_killed(start: Start) -> None:
    owner = start(sys.executable, "-c", OWNER, WARDEN, STAYS)
    everyone = numbers(owner.cried) + numbers(owner.said)
    assert len(everyone) == 3
    assert all(map(lives, everyone))
    owner.kill()
    assert gone(everyone, within_s=15)


def test_the_command_is_ended_when_the_warden_is_killed(start: Start) -> None:
    watching = warden(start, "run", sys.executable, "-c", "import time; time.sleep(60)")
    command = numbers(watching.said)
    watching.kill()
    assert gone(command, within_s=15)


def test_a_command_that_hears_nothing_is_killed(start: Start) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True);"
    watching = warden(start, "run", sys.executable, "-c", f"{deaf} time.sleep(60)", grace_s=0.3)
    command = numbers(watching.said)
    assert numbers(watching.cried) == [1]  # what the command says is said among the errors
    assert watching.let_go() == 128 + signal.SIGKILL
    assert gone(command)


def test_an_orphan_is_ended_with_the_command_that_left_it(start: Start) -> None:
    watching = warden(start, "run", sys.executable, "-c", LEAVES, grace_s=2)
    family = numbers(watching.cried)
    assert gone(family[:1], within_s=5)
    assert parent(family[1]) == watching.process.pid  # so that its corpse is not left to others
    assert watching.process.wait(20) == 7
    assert gone(family)


def test_shared_memory_is_taken_down_also_of_those_that_had_to_be_killed(start: Start) -> None:
    keeps = """
import signal, sys, time
from multiprocessing.shared_memory import SharedMemory
signal.signal(signal.SIGTERM, signal.SIG_IGN)
memory = SharedMemory(create=True, size=64)
print(memory.name, file=sys.stderr, flush=True)
time.sleep(60)
"""
    watching = warden(start, "run", sys.executable, "-c", keeps, grace_s=0.3)
    numbers(watching.said)
    memory = Path("/dev/shm", watching.cried.readline().decode().strip())  # noqa: S108
    assert memory.exists()
    assert watching.let_go() == 128 + signal.SIGKILL
    assert not memory.exists()


def test_a_command_that_there_is_not_is_told(start: Start) -> None:
    watching = warden(start, "run", "/nowhere/python")
    assert b"/nowhere/python" in watching.cried.read()
    assert watching.let_go() != 0


def test_processes_that_are_there_already_are_ended_with_their_children(start: Start) -> None:
    family = numbers(start(sys.executable, "-c", STAYS).cried)
    watching = warden(start, "watch", str(family[0]), grace_s=0.3)
    time.sleep(0.5)  # until it has looked who is there
    assert all(map(lives, family))
    os.kill(family[1], signal.SIGSTOP)  # nothing but SIGKILL reaches this one now
    assert watching.let_go() == 0
    assert gone(family)
