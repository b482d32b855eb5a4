"""What the calls of an agent took: counts, tokens, money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.models.entry import Served
from harness.models.request import Reply, Usage

__all__ = ["Tally"]


@dataclass
class Tally:
    """What the calls of one agent took in one run.

    Attributes:
        calls: calls that were replied to, without those from the cache.
        cached: calls replied to from the cache.
        failed: calls that had no reply.
        unsent: calls that were not even sent, because nothing more was sent to their model.
        retries: further attempts.
        input: tokens read; output: tokens written, of the calls in `calls`.
        untold: calls of which the provider did not say the tokens.
        usd: what is known of their cost.
        unpriced: calls whose cost is not known.
        seconds: time from sending to reply, summed over calls.
    """

    calls: int = 0
    cached: int = 0
    failed: int = 0
    unsent: int = 0
    retries: int = 0
    input: int = 0
    output: int = 0
    untold: int = 0
    usd: float = 0.0
    unpriced: int = 0
    seconds: float = 0.0

    def add(self, served: Served, reply: Reply | None, usd: float | None) -> None:
        """Count a call."""
        self.retries += max(0, len(served.attempts) - 1)
        if reply is None:
            self.failed += bool(served.attempts)
            self.unsent += not served.attempts
            return
        if served.cached:
            self.cached += 1
            return
        self._count(reply.usage, usd, served.attempts[-1]["s"])

    def add_logged(self, call: Mapping[str, Any]) -> None:
        """Count a call as its line in the log tells it."""
        attempts, cached = call["attempts"], call.get("cached", False)
        self.retries += max(0, len(attempts) - 1)
        if call["reply"] is None:
            self.failed += bool(attempts)
            self.unsent += not attempts
        elif cached:
            self.cached += 1
        else:
            self._count(Usage(**call["usage"]), call["usd"], attempts[-1]["s"])

    def _count(self, used: Usage, usd: float | None, seconds: float) -> None:
        """Count a reply that was paid for."""
        self.calls += 1
        self.seconds += seconds
        if used.input is None or used.output is None:
            self.untold += 1
        else:
            self.input += used.input
            self.output += used.output
        if usd is None:
            self.unpriced += 1
        else:
            self.usd += usd

    @property
    def total_usd(self) -> float | None:
        """The cost of all calls; None where that of any is not known."""
        return None if self.unpriced else self.usd

    def as_dict(self) -> dict[str, Any]:
        """The tally as JSON data."""
        return {
            "calls": self.calls,
            "cached": self.cached,
            "failed": self.failed,
            "unsent": self.unsent,
            "retries": self.retries,
            "input_tokens": None if self.untold else self.input,
            "output_tokens": None if self.untold else self.output,
            "usd": self.total_usd,
            "seconds": round(self.seconds, 3),
        }
