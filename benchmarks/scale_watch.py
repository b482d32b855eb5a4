"""What a process finds out about itself while it plays: stalls, memory, and what its log takes."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from harness.errors import Interrupted
from harness.models import transport
from harness.models.secrets import Scrubber
from harness.record.synced import SyncedLog
from harness.runner import scripted
from harness.runner.halt import Halt

__all__ = ["STALL_S", "Collections", "LogWatch", "LoopWatch", "Stall", "peak_mb", "waited_s"]

EVERY_S = 0.01
STALL_S = 0.1


class Stall(NamedTuple):
    """A time for which an event loop came to nothing.

    Attributes:
        late_s: by how much a timer went off too late.
        waited_s: for how much of it the loop's thread had no processor, because others had them.
    """

    late_s: float
    waited_s: float


class LoopWatch(Halt):
    """Looks how late timers of a run's event loop go off, from its first call to its last.

    A run lets itself be stopped by a `Halt`, which is told when its event loop begins.

    Attributes:
        stalls: each time that a timer was later than `STALL_S`.
        longest: the latest.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stalls: list[Stall] = []
        self.longest = Stall(0.0, 0.0)

    @contextlib.contextmanager
    def heard_by(self, tell: Callable[[Interrupted], None]) -> Iterator[None]:
        """Look within this."""
        with super().heard_by(tell):
            self._set_timer(asyncio.get_running_loop())
            try:
                yield
            finally:
                self._timer.cancel()

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        due = loop.time() + EVERY_S
        self._timer = loop.call_at(due, self._look, loop, due, waited_s())

    def _look(self, loop: asyncio.AbstractEventLoop, due: float, waited_before_s: float) -> None:
        stall = Stall(loop.time() - due, waited_s() - waited_before_s)
        self.longest = max(self.longest, stall)
        if stall.late_s > STALL_S:
            self.stalls.append(stall)
        self._set_timer(loop)


class LogWatch:
    """Takes the processor time of everything that is done for the log.

    Attributes:
        thread_s: of the threads that write and sync.
        handing_s: of the event loop, for handing lines to them and waking up who waits for them.
        making_s: of making lines: JSON, and taking secrets out of it.
    """

    def __init__(self) -> None:
        self.thread_s = 0.0
        self.handing_s = 0.0
        self.making_s = 0.0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Take the time within this."""
        with contextlib.ExitStack() as stack:
            for name in ("append", "write", "_resolve"):
                stack.enter_context(self._timed(SyncedLog, name, "handing_s"))
            stack.enter_context(self._timed(transport, "call_entry", "making_s"))
            stack.enter_context(self._timed(Scrubber, "scrub_bytes", "making_s"))
            for name in ("match_fields", "encode"):
                stack.enter_context(self._timed(scripted, name, "making_s"))
            stack.enter_context(_replaced(SyncedLog, "close", self._closing(SyncedLog.close)))
            yield

    def _timed(
        self, where: Any, name: str, counted: str
    ) -> contextlib.AbstractContextManager[None]:
        """Count the time of a function towards one of our attributes."""
        function, clock = getattr(where, name), time.thread_time

        @functools.wraps(function)
        def timed(*args: Any) -> Any:
            begun = clock()
            try:
                return function(*args)
            finally:
                setattr(self, counted, getattr(self, counted) + clock() - begun)

        return _replaced(where, name, timed)

    def _closing(self, close: Callable[[SyncedLog], Any]) -> Callable[[SyncedLog], Any]:
        """Ask a log what its thread has taken when it is closed."""

        async def closing(log: SyncedLog) -> None:
            await close(log)
            self.thread_s += log.cpu_s

        return closing


@contextlib.contextmanager
def _replaced(where: Any, name: str, by: Any) -> Iterator[None]:
    """Put something else into the place of an attribute for a while."""
    before = getattr(where, name)
    setattr(where, name, by)
    try:
        yield
    finally:
        setattr(where, name, before)


class Collections:
    """Takes the time of the garbage collector's work.

    Attributes:
        total_s: of all of it.
        longest_s: of the longest.
    """

    def __init__(self) -> None:
        self.total_s = 0.0
        self.longest_s = 0.0
        self._begun = 0.0

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Take the time within this."""
        gc.callbacks.append(self._note)
        try:
            yield
        finally:
            gc.callbacks.remove(self._note)

    def _note(self, phase: str, _: dict[str, int]) -> None:
        if phase == "start":
            self._begun = time.perf_counter()
            return
        took_s = time.perf_counter() - self._begun
        self.total_s += took_s
        self.longest_s = max(self.longest_s, took_s)


def peak_mb() -> float:
    """The most memory that this process has held at once, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def waited_s() -> float:
    """Seconds that this thread could have run and had no processor: others had them."""
    return int(Path("/proc/thread-self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
