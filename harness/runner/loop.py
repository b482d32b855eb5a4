"""An event loop that nothing holds up for long, also where one runs already, as in notebooks."""

from __future__ import annotations

import asyncio
import selectors
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, TypeVar

__all__ = ["MOST_AT_ONCE", "run_to_end"]

T = TypeVar("T")

Ready: TypeAlias = tuple[selectors.SelectorKey, int]

MOST_AT_ONCE = 32
"""Things of one kind, such as answers that have come in, that one pass of the loop deals with.

A pass deals with all that is ready before the loop looks at the clock again. Where a server answers
a thousand calls in the same moment, that takes a third of a second; in small helpings, timers and
whoever else waits get their turn in between.
"""


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own and wait for its end.

    Where a loop runs in this thread already, as in a notebook, it is done in another thread.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run(work)
    with ThreadPoolExecutor(1) as other:
        return other.submit(_run, work).result()


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Helpings())) as runner:
        return runner.run(work)


class Helpings(selectors.DefaultSelector):
    """A selector that tells of no more than `MOST_AT_ONCE` ready files at a time.

    It keeps the others for the next times. One that is watched in another way by then, or not any
    more, is left out: if it is ready, the system will tell so again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._kept: deque[Ready] = deque()

    def select(self, timeout: float | None = None) -> list[Ready]:
        """The next files that are ready; waits for any only where none is left over."""
        told: list[Ready] = []
        watched = self.get_map()
        while self._kept and len(told) < MOST_AT_ONCE:
            key, events = self._kept.popleft()
            if watched.get(key.fileobj) is key:
                told.append((key, events))
        if told:
            return told
        self._kept.extend(super().select(timeout))
        return [self._kept.popleft() for _ in range(min(MOST_AT_ONCE, len(self._kept)))]
