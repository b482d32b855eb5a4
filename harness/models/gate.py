"""Whether calls may begin: what a budget, an interrupt or a full disk closes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from harness.errors import Stopped

__all__ = ["Gate"]


class Gate:
    """Open until it is closed, once and for all; it belongs to one event loop.

    Calls on the way when it closes come to their end; nothing else begins, and whoever waits to
    begin is sent away with what it was closed for.
    """

    def __init__(self) -> None:
        self._why: Stopped | None = None
        self._told: list[Callable[[Stopped], None]] = []
        self._closing = asyncio.Event()

    @property
    def why(self) -> Stopped | None:
        """What it was closed for; None while it is open."""
        return self._why

    def close(self, why: Stopped) -> None:
        """Let nothing more begin; if it is closed already, nothing changes."""
        if self._why is None:
            self._why = why
            self._closing.set()
            for tell in self._told:
                tell(why)

    def on_close(self, tell: Callable[[Stopped], None]) -> None:
        """Call this when it closes, or at once if it is closed."""
        if self._why is not None:
            tell(self._why)
        self._told.append(tell)

    def check(self) -> None:
        """Do nothing while it is open.

        Raises:
            Stopped: it is closed.
        """
        if self._why is not None:
            raise type(self._why)(*self._why.args)

    async def pause(self, seconds: float) -> None:
        """Wait for so long.

        Raises:
            Stopped: it is closed, or closes meanwhile.
        """
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return
        self.check()
