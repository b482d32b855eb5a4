"""How long a run will still take: from what was foreseen of it, and from how it goes."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.match import Entry
from harness.models.tally import Tally
from harness.runner.forecast import Forecast

__all__ = ["Outlook"]

FORESEEN_COUNTS = 0.1
"""What was foreseen counts like so large a share of a model's calls, observed; but no more than:"""

MOST_ROUNDS = 4
"""so many times as many calls as may be on the way at once."""


@dataclass
class _Work:
    """The calls to one model of one provider.

    Attributes:
        calls: how many the run makes, as foreseen.
        seconds: how long they all take, as foreseen.
        agents: who makes them, as specified.
        before: how many were over when matches began.
    """

    calls: float = 0.0
    seconds: float = 0.0
    agents: list[str] = field(default_factory=list)
    before: int = 0

    def over(self, tallies: Mapping[str, Tally]) -> int:
        """How many calls are over, of all sessions."""
        own = [tallies[agent] for agent in self.agents if agent in tallies]
        return sum(tally.calls + tally.cached + tally.failed for tally in own)


class Outlook:
    """Tells the time left; the model whose calls take longest decides.

    What is left of a model's calls is taken to go on as they have gone in this session. To these
    are added, as if they had been observed, some that took what was foreseen, so that the first
    replies do not stand for all. Nothing is told before about one round of calls has come back to
    each model, or that share which the forecast counts for where that is less.

    Args:
        foreseen: what was foreseen of the run.
        agents: the models that play.
    """

    def __init__(self, foreseen: Forecast, agents: Sequence[Entry]) -> None:
        self._at_once = foreseen.concurrency
        self._began = 0.0
        self._work: dict[Hashable, _Work] = {}
        for agent in agents:
            if agent.spec in foreseen.agents:
                place = agent.what.connection, agent.what.model
                work = self._work.setdefault(place, _Work())
                work.agents.append(agent.spec)
                work.calls += foreseen.agents[agent.spec].calls.likely
                work.seconds = max(work.seconds, foreseen.seconds[agent.spec])

    def begin(self, tallies: Mapping[str, Tally]) -> None:
        """Matches begin, if they had not: what calls took before tells nothing of their pace."""
        if not self._began:
            self._began = time.monotonic()
            for work in self._work.values():
                work.before = work.over(tallies)

    def left_s(self, tallies: Mapping[str, Tally]) -> float | None:
        """Seconds until all calls are over; None where that cannot be told."""
        spans = []
        seconds = time.monotonic() - self._began
        for work in self._work.values():
            over = work.over(tallies)
            left, n = work.calls - over, over - work.before
            if left <= 0:
                continue
            counts = FORESEEN_COUNTS * work.calls
            if n < max(1.0, min(self._at_once, counts)):
                return None
            counts = min(counts, MOST_ROUNDS * self._at_once)
            pace_s = (seconds + counts * work.seconds / work.calls) / (n + counts)
            spans.append(left * pace_s)
        return max(spans, default=None) if self._began else None
