"""The log of calls, `calls.jsonl`: every reply of a model is on disk before it is used."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeAlias

from harness.columns import CALL_COLUMNS
from harness.errors import RecordError
from harness.record.folder import read_lines, sync_folder

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CALLS", "CallLog", "calls_table", "read_calls"]

CALLS = "calls.jsonl"

CALL_KEYS = {"match", "player", "call", "agent", "kept", "request", "attempts", "reply"}

Waiting: TypeAlias = tuple[bytes, asyncio.Future[None]]


class CallLog:
    """The one writer of a run's log of calls.

    Lines that arrive while others are being written are gathered and written and synced together,
    in a thread of their own: the event loop does not wait for the disk, and at high rates a sync
    costs next to nothing per call. Where nobody else has anything to do, `write` spares the thread.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / CALLS
        self._handle = os.open(
            self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL, 0o666
        )
        sync_folder(folder)
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._waiting = 0
        self._thread = Thread(target=self._write, name="call log", daemon=True)
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
        if error := self._put(line):
            raise error

    async def close(self) -> None:
        """Wait until everything is on disk."""
        self._queue.put(None)
        await self._loop.run_in_executor(None, self._thread.join)
        os.close(self._handle)

    def _write(self) -> None:
        """Write whatever has gathered, again and again; this is the thread's work."""
        last = False
        while not last:
            batch = [self._queue.get()]
            while not self._queue.empty():
                batch.append(self._queue.get())
            waiting = [item for item in batch if item is not None]
            last = len(waiting) < len(batch)
            error = self._put(b"".join(line for line, _ in waiting)) if waiting else None
            futures = [future for _, future in waiting]
            self._loop.call_soon_threadsafe(self._resolve, futures, error)

    def _resolve(self, futures: list[asyncio.Future[None]], error: RecordError | None) -> None:
        """Tell those who wait that their lines are on disk, or not."""
        self._waiting -= len(futures)
        for future in futures:
            if future.done():  # whoever waited has been cancelled
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)

    def _put(self, data: bytes) -> RecordError | None:
        """Append and sync; the error is returned, for those who wait."""
        left = memoryview(data)
        try:
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError as error:
            return RecordError(f"cannot write to {self._path}: {error.strerror}")
        return None


def read_calls(folder: Path) -> Iterator[dict[str, Any]]:
    """The calls of a run, one by one, as they are logged; none if the run asked no model.

    A last line without its newline, torn by a crash, is left out.

    Raises:
        RecordError: any other line is not valid JSON; the message gives its number.
    """
    path = folder / CALLS
    return read_lines(path, CALL_KEYS, "call") if path.exists() else iter(())


def calls_table(folder: Path) -> pd.DataFrame:
    """One row per call of a model, in the order of the log.

    Columns: `match`, `player`, `call` (which of the player's, from 1; 0 for the word that a model
    is asked for before matches begin, which has no match), `agent`, `model` (as the provider names
    it), `finish`, `error` (why there was no reply), `attempts`, `seconds` (of the last attempt),
    tokens (`input`, of which `cached` were read from and `written` to the provider's cache;
    `output`, of which `thinking`), `usd` (NaN where not known), and `from_cache` (a reply of an
    earlier run, which cost nothing this time).

    Raises:
        RecordError: the log cannot be read.
    """
    import pandas as pd

    table = pd.DataFrame([_row(call) for call in read_calls(folder)], columns=CALL_COLUMNS)
    whole = ("player", "input", "output", "cached", "written", "thinking")
    return table.astype({**dict.fromkeys(whole, "Int64"), "usd": float, "seconds": float})


def _row(call: dict[str, Any]) -> dict[str, Any]:
    """A call as the table holds it."""
    attempts = call["attempts"]
    return {
        **{key: call.get(key) for key in ("match", "player", "call", "agent", "model", "usd")},
        **call.get("usage", {}),
        "finish": (call["reply"] or {}).get("finish"),
        "error": call.get("error", {}).get("error"),
        "attempts": len(attempts),
        "seconds": attempts[-1]["s"] if attempts else None,
        "from_cache": call.get("cached", False),
    }
