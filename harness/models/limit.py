"""What bounds calls; how many may be on the way at once, found out from how they fare."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from harness.errors import Stopped, UsageError, shorten

__all__ = ["Change", "Limit", "Limits"]

START = 16
MOST = 1024
MOST_CLOSED_S = 60.0
"""Seconds that nothing is let through, at most, however long a provider says to wait."""

MOST_HISTORY = 64


@dataclass(frozen=True)
class Limits:
    """What bounds calls.

    Attributes:
        concurrency: most calls at once for each provider and model; 0 finds it out.
        timeout_s: seconds for one attempt.
        attempts: most attempts at one call.
        max_wait_s: no further attempt begins later than this many seconds after the first.

    Raises:
        UsageError: one of them is out of its range.
    """

    concurrency: int = 0
    timeout_s: float = 120.0
    attempts: int = 6
    max_wait_s: float = 600.0

    def __post_init__(self) -> None:
        for name, least in (("concurrency", 0), ("attempts", 1)):
            if getattr(self, name) < least:
                value = shorten(getattr(self, name))
                raise UsageError(f"{name} is {value}; it must be {least} or more")
        for name in ("timeout_s", "max_wait_s"):
            if not 0 < getattr(self, name) < float("inf"):
                raise UsageError(f"{name} is {shorten(getattr(self, name))}; it must be above 0")


class Change(NamedTuple):
    """A change of a limit: seconds since it was made, its new value, and why."""

    at_s: float
    most: int
    why: str


class Limit:
    """Lets a number of calls through at once and keeps the others waiting in line.

    The number follows the scheme of TCP's congestion control (additive increase and
    multiplicative decrease: Chiu and Jain, Computer Networks and ISDN Systems 17, 1989), counted
    in rounds, which are as many calls as the limit allows:

    - until the provider first asks to slow down, each clean round doubles it;
    - after that, each adds a twentieth, and at least 1;
    - a request to slow down takes away a fifth, once for all calls that were on the way together;
    - other failures that may pass take nothing away, but their round is not clean.

    It grows only where at least four fifths of it were in use. While a provider has told to wait,
    nothing new is let through, for a minute at most.

    It belongs to one event loop. Whoever is cancelled while waiting leaves the line.

    Args:
        fixed: the number, which then stays; 0 finds it out, from 16, within 1 to 1024.

    Attributes:
        most: how many calls may be on the way now.
        used: how many are.
        history: the last changes.
    """

    def __init__(self, fixed: int = 0) -> None:
        self.most = fixed or START
        self.used = 0
        self.history: deque[Change] = deque(maxlen=MOST_HISTORY)
        self._adapts = not fixed
        self._doubles = True
        self._clean = 0
        self._peak = 0
        self._lowered = -1.0
        self._line: deque[asyncio.Future[None]] = deque()
        self._opening: asyncio.TimerHandle | None = None
        self._refused: Stopped | None = None
        self._made = time.monotonic()
        self._note("start")

    async def __aenter__(self) -> None:
        await self.acquire()

    async def __aexit__(self, *_: object) -> None:
        self.release()

    async def acquire(self) -> None:
        """Wait for a place, and take it.

        Raises:
            Stopped: no places are given any more.
        """
        if self._refused is not None:
            raise type(self._refused)(*self._refused.args)
        if self.used < self.most and self._opening is None:
            self._take()
            return
        place = asyncio.get_running_loop().create_future()
        self._line.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if not place.cancelled() and place.exception() is None:  # given in the same moment
                self.release()
            raise

    def release(self) -> None:
        """Give a place back."""
        self.used -= 1
        if self._line:
            self._admit()

    def refuse(self, why: Stopped) -> None:
        """Give no places any more, and send away those who wait for one."""
        self._refused = why
        for place in self._line:
            if not place.done():
                place.set_exception(type(why)(*why.args))
        self._line.clear()

    def succeeded(self) -> None:
        """A call that holds a place had a reply."""
        self._clean += 1
        if self._clean < self.most:
            return
        if self._adapts and self._peak >= 0.8 * self.most and self.most < MOST:
            more = self.most if self._doubles else max(1, round(self.most / 20))
            self._set(min(MOST, self.most + more), "a clean round")
            self._admit()
        self._begin_round()

    def transient(self) -> None:
        """A call that holds a place failed in a way that may pass."""
        self._begin_round()

    def rate_limited(self, sent_at: float, wait_s: float | None) -> None:
        """The provider asked to slow down.

        Args:
            sent_at: when the call was sent, on the clock of `time.monotonic`.
            wait_s: seconds that the provider says to wait, if it does.
        """
        if wait_s is not None and wait_s > 0:
            self._close(min(wait_s, MOST_CLOSED_S))
        self._doubles = False
        self._begin_round()
        if self._adapts and sent_at > self._lowered and self.most > 1:
            self._lowered = time.monotonic()
            self._set(max(1, int(0.8 * self.most)), "asked to slow down")

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return sum(not place.done() for place in self._line)

    def _take(self) -> None:
        self.used += 1
        self._peak = max(self._peak, self.used)

    def _admit(self) -> None:
        """Give free places to those who have waited longest."""
        while self._line and self.used < self.most and self._opening is None:
            place = self._line.popleft()
            if not place.done():  # done: cancelled
                self._take()
                place.set_result(None)

    def _close(self, wait_s: float) -> None:
        """Let nothing through for some seconds from now, or for as long as already decided."""
        loop = asyncio.get_running_loop()
        opens = loop.time() + wait_s
        if self._opening is not None:
            if self._opening.when() >= opens:
                return
            self._opening.cancel()
        self._opening = loop.call_at(opens, self._open)

    def _open(self) -> None:
        self._opening = None
        self._admit()

    def _begin_round(self) -> None:
        self._clean = 0
        self._peak = self.used

    def _set(self, most: int, why: str) -> None:
        self.most = most
        self._note(why)

    def _note(self, why: str) -> None:
        self.history.append(Change(round(time.monotonic() - self._made, 3), self.most, why))
