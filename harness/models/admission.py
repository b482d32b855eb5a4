"""Which calls may begin: those for which the budget has room, in the order in which they ask."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from harness.errors import Stopped
from harness.models.budget import Budget
from harness.models.gate import Gate
from harness.models.tally import Tally

__all__ = ["Admission"]


class Admission:
    """Lets calls begin, keeps them waiting, or closes the gate; it belongs to one event loop.

    A call for which there is no room beside those on the way waits until some have come back and
    it is known what they took. The gate closes when there is none although nothing is on the way:
    so a run comes close to what it may spend, however many calls may be on the way at once.

    Args:
        budget: what calls may take.
        gate: what is closed when the next call has no room.
        tallies: what calls have taken, by agent; others add to it.

    Attributes:
        under_way: calls on the way, by agent.
        on_the_wire: all of them together.
        greeting: whether models are only asked for a word, which takes next to nothing.
    """

    def __init__(self, budget: Budget, gate: Gate, tallies: Mapping[str, Tally]) -> None:
        self.under_way: Counter[str] = Counter()
        self.on_the_wire = 0
        self.greeting = False
        self._budget = budget
        self._gate = gate
        self._tallies = tallies
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()
        gate.on_close(lambda _: self._changed.set())

    async def admit(self, agent: str) -> None:
        """Return when the next call of an agent may begin, which it then must at once.

        Raises:
            Stopped: nothing more begins.
        """
        self._gate.check()
        if self.greeting or not self._budget.limits:
            return
        async with self._turn:  # in their order, so that a dear call is not passed by cheap ones
            while True:
                self._gate.check()
                refusal = self._budget.refusal(agent, self.under_way, self._tallies)
                if not refusal:
                    return
                if not self.on_the_wire:
                    self._gate.close(Stopped(refusal))
                    continue
                self._changed.clear()
                await self._changed.wait()

    def sent(self, agent: str) -> None:
        """A call of this agent is on the way."""
        self.under_way[agent] += 1
        self.on_the_wire += 1

    def back(self, agent: str) -> None:
        """It is no more; before anything else happens, what it took is added to the tallies."""
        self.under_way[agent] -= 1
        self.on_the_wire -= 1
        self._changed.set()
