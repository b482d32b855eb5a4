"""What a run may spend on calls, and whether the next one still fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from harness.models.tally import Tally

__all__ = ["Budget"]

NOISE = 1e-9
"""Dollars that are rounding."""


@dataclass(frozen=True)
class Budget:
    """What all calls of a run may take together, over all of its sessions.

    Attributes:
        usd: US dollars; None for no limit.
        tokens: read and written ones together; None for no limit.
    """

    usd: float | None = None
    tokens: int | None = None

    def refusal(self, agent: str, under_way: Counter[str], tallies: Mapping[str, Tally]) -> str:
        """Why this agent's next call must not be made; empty if it may be.

        Each call under way, and the next one, is reckoned to take what its agent's calls have
        taken on average, and nothing where there were none. So what is spent passes a limit by no
        more than calls take above their average, and never by more than the calls under way.

        Args:
            agent: who would call.
            under_way: by agent, how many calls are on the way.
            tallies: what has been spent.
        """
        if self.usd is None and self.tokens is None:
            return ""
        coming = Counter(under_way)
        coming[agent] += 1
        if self.usd is not None:
            spent = sum(tally.usd for tally in tallies.values())
            unknown = [name for name, tally in tallies.items() if tally.unpriced]
            if unknown:
                return f"what calls of {unknown[0]} cost is not known, and max_cost is set"
            if spent + self._expected(coming, tallies, "usd") > self.usd + NOISE:
                return f"the next call might take the cost, ${spent:.6g} so far, past ${self.usd:g}"
        if self.tokens is not None:
            used = sum(tally.input + tally.output for tally in tallies.values())
            unknown = [name for name, tally in tallies.items() if tally.untold]
            if unknown:
                return f"how many tokens {unknown[0]} takes is not told, and max_tokens is set"
            if used + self._expected(coming, tallies, "tokens") > self.tokens:
                return f"the next call might take the tokens, {used} so far, past {self.tokens}"
        return ""

    @staticmethod
    def _expected(coming: Counter[str], tallies: Mapping[str, Tally], what: str) -> float:
        """What calls will take, if they are like those before."""
        expected = 0.0
        for name, n_calls in coming.items():
            tally = tallies.get(name)
            if tally is not None and tally.calls:
                taken = tally.usd if what == "usd" else tally.input + tally.output
                expected += n_calls * taken / tally.calls
        return expected
