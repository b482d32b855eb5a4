"""A log whose lines are on disk before anything follows from them, at next to no cost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TypeAlias

from harness.errors import RecordError
from harness.record.disk import AppendFile

__all__ = ["SyncedLog"]

MOST_TOLD = 32
"""Waiting tasks that one pass of the event loop wakes up: many at once would hold it up."""

GATHERED_FROM = 16
GATHERED_S = 0.001
MOST_GATHERED_S = 0.04
"""After so many lines were written together, many more are on their way: before the next sync they
are gathered, for so many seconds for each of those before, up to a most."""

Waiting: TypeAlias = tuple[bytes, asyncio.Future[None]]


class SyncedLog:
    """The one writer of a log, for a running event loop.

    Lines that arrive while others are being written are gathered and written and synced together,
    in a thread of their own: the event loop does not wait for the disk, and at high rates a sync
    costs next to nothing per line. Where nobody else has anything to do, `write` spares the thread.

    Args:
        path: the file.
        patient: syncs are at least `MOST_GATHERED_S` apart, since what follows from a line can wait
            so long.

    Attributes:
        cpu_s: seconds of processor time that the thread has taken.

    Raises:
        RecordError: the file cannot be opened.
    """

    def __init__(self, path: Path, *, patient: bool = False) -> None:
        self._file = AppendFile(path)
        self._patient = patient
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._waiting = 0
        self.cpu_s = 0.0
        self._thread = Thread(target=self._write, name=f"log {path.name}", daemon=True)
        self._thread.start()

    def append(self, line: bytes) -> asyncio.Future[None]:
        """Add a line, which ends in a newline; what is returned is done when it is on disk.

        Awaiting it raises RecordError where the disk refuses.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        self._queue.put((line, future))
        self._waiting += 1
        return future

    @property
    def idle(self) -> bool:
        """Whether everything that was added is on disk."""
        return not self._waiting

    def write(self, line: bytes) -> None:
        """Add a line and wait until it is on disk; the event loop waits too.

        Only where the log is idle: there is one writer at a time.

        Raises:
            RecordError: the disk refuses.
        """
        assert self.idle
        self._file.put(line)

    async def close(self) -> None:
        """Wait until everything is on disk, and let go of the file."""
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        self._file.close()

    def _write(self) -> None:
        """Write whatever has gathered, again and again; this is the thread's work."""
        last, n_last, synced = False, 0, -MOST_GATHERED_S
        while not last:
            batch = [self._queue.get()]
            gathered_s = self._gathered_s(n_last, time.monotonic() - synced)
            if batch[0] is not None and gathered_s > 0:
                time.sleep(gathered_s)
            while not self._queue.empty():
                batch.append(self._queue.get())
            waiting = [item for item in batch if item is not None]
            last, n_last = len(waiting) < len(batch), len(waiting)
            error = self._put(b"".join(line for line, _ in waiting)) if waiting else None
            synced = time.monotonic()
            futures = [future for _, future in waiting]
            self._loop.call_soon_threadsafe(self._resolve, futures, error)
            self.cpu_s = time.thread_time()

    def _gathered_s(self, n_last: int, since_s: float) -> float:
        """For how long lines are gathered, after so many in the last sync, which is so long ago."""
        if self._patient:
            return MOST_GATHERED_S - since_s
        return min(MOST_GATHERED_S, GATHERED_S * n_last) if n_last >= GATHERED_FROM else 0.0

    def _put(self, data: bytes) -> RecordError | None:
        """Write and sync; the error is returned, for those who wait."""
        try:
            self._file.put(data)
        except RecordError as error:
            return error
        return None

    def _resolve(self, futures: list[asyncio.Future[None]], error: RecordError | None) -> None:
        """Tell those who wait that their lines are on disk, or not; a few at each pass."""
        now, later = futures[:MOST_TOLD], futures[MOST_TOLD:]
        if later:
            self._loop.call_soon(self._resolve, later, error)
        self._waiting -= len(now)
        for future in now:
            if future.done():  # whoever waited has been cancelled
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
