"""What the calls of an agent took: counts, tokens, money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.errors import CutOff, TimedOut
from harness.models.entry import Served
from harness.models.request import Reply, Usage

__all__ = ["Price", "Tally"]

UNANSWERED = (TimedOut.__name__, CutOff.__name__)
"""Errors of attempts that a provider may have gone on to answer, and to bill."""

Price: TypeAlias = Callable[[str, Usage], float | None]
"""What a call costs, by its agent and its tokens; None where it is not known."""


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
        unanswered: attempts that had no reply in time, or were cut off: nobody knows what they
            cost, and some providers bill them.
        in_play: those of `calls` that players made in matches.
        in_play_tokens: what those read and wrote; in_play_usd: what is known of their cost.
        most_tokens: the most that one of them read and wrote; most_usd: the most that one cost.
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
    unanswered: int = 0
    in_play: int = 0
    in_play_tokens: int = 0
    in_play_usd: float = 0.0
    most_tokens: int = 0
    most_usd: float = 0.0

    def add(self, served: Served, reply: Reply | None, usd: float | None) -> None:
        """Count a call."""
        self._count_attempts(served.attempts)
        if reply is None:
            self.failed += bool(served.attempts)
            self.unsent += not served.attempts
            return
        if served.cached:
            self.cached += 1
            return
        in_play = served.site.match is not None
        self._count(reply.usage, usd, served.attempts[-1]["s"], in_play=in_play)

    def add_logged(self, call: Mapping[str, Any], price: Price = lambda agent, usage: None) -> None:
        """Count a call as its line in the log tells it.

        Args:
            call: the line.
            price: what a call of an agent costs by now, where the line does not tell its cost.
        """
        attempts, cached = call["attempts"], call.get("cached", False)
        self._count_attempts(attempts)
        if call["reply"] is None:
            self.failed += bool(attempts)
            self.unsent += not attempts
        elif cached:
            self.cached += 1
        else:
            used, usd = Usage(**call["usage"]), call["usd"]
            usd = price(call["agent"], used) if usd is None else usd
            self._count(used, usd, attempts[-1]["s"], in_play=call["match"] is not None)

    def _count_attempts(self, attempts: Sequence[Mapping[str, Any]]) -> None:
        """Count what was sent for one call."""
        self.retries += max(0, len(attempts) - 1)
        self.unanswered += sum(attempt.get("error") in UNANSWERED for attempt in attempts)

    def _count(self, used: Usage, usd: float | None, seconds: float, *, in_play: bool) -> None:
        """Count a reply that was paid for."""
        if in_play:
            tokens = (used.input or 0) + (used.output or 0)
            self.in_play += 1
            self.in_play_tokens += tokens
            self.in_play_usd += usd or 0.0
            self.most_tokens = max(self.most_tokens, tokens)
            self.most_usd = max(self.most_usd, usd or 0.0)
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
            "unanswered": self.unanswered,
            "input_tokens": None if self.untold else self.input,
            "output_tokens": None if self.untold else self.output,
            "usd": self.total_usd,
            "seconds": round(self.seconds, 3),
        }
