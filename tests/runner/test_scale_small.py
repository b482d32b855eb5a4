"""What runs leave behind in their process; the soak of `benchmarks/soak.py`, made small."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.config import RunConfig, resolve
from harness.errors import Interrupted
from harness.runner.halt import Halt
from harness.runner.run import RunResult, run
from tests.models.faulty import faulty

ROUNDS = 4
FAULTS = ("hang", "reset at once", "reset after head", "reset in body", "end in body", "half json")


class Tasks(Halt):
    """Counts the tasks that a run's event loop still has when its last match is over."""

    left = -1

    @contextlib.contextmanager
    def heard_by(self, tell: Callable[[Interrupted], None]) -> Iterator[None]:
        there = asyncio.all_tasks()
        with super().heard_by(tell):
            yield
        self.left = len(asyncio.all_tasks() - there)


def played(folder: Path, halt: Halt, *agents: str, repeats: int) -> RunResult:
    config = RunConfig(
        games=(f"prisoners_dilemma(rounds={ROUNDS})",),
        agents=agents,
        repeats=repeats,
        concurrency=8,
        timeout=0.3,
    )
    result = run(resolve(config), folder, halt=halt)
    assert set(result.matches["status"]) == {"ok"}
    return result


def opened() -> list[str]:
    """What this process has open: files, sockets, and the loop's own."""
    links = []
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the one by which the folder is read
            links.append(str(handle.readlink()))
    return sorted(link.partition(":")[0] for link in links)


def test_calls_that_fail_leave_no_task_thread_file_or_socket_behind(tmp_path: Path) -> None:
    with faulty() as server:
        agent = f"compatible/tiny(base_url='{server.v1}')"
        played(tmp_path / "warm", Halt(), agent, "random", repeats=1)
        before, threads, tasks = opened(), threading.active_count(), Tasks()
        server.script("tiny", "ok", *FAULTS, *FAULTS, then="ok")
        result = played(tmp_path / "run", tasks, agent, "random", repeats=6)
        assert result.tallies[agent].retries == 2 * len(FAULTS)
        assert tasks.left == 0
        assert opened() == before
        assert threading.active_count() == threads


def test_runs_leave_no_objects_behind(tmp_path: Path) -> None:
    held = []
    for number in range(4):
        played(tmp_path / f"{number}", Halt(), "mock/random", "mock/biased", repeats=10)
        gc.collect()
        held.append(len(gc.get_objects()))
    calls = 2 * 2 * 10 * ROUNDS
    assert held[-1] - held[-2] < calls / 4, held
