"""What a run may spend on calls, and whether the next one still fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.models.tally import Tally

__all__ = ["Budget", "Foreseen"]

NOISE = 1e-9
"""Dollars that are rounding."""

KNOWN_FROM = 8
"""Calls of an agent in matches that must have come back before they tell what the next will take:
the first to come back are the shortest."""


class Taken(NamedTuple):
    """What calls take: US dollars, and tokens read and written together."""

    usd: float
    tokens: float


class Foreseen(NamedTuple):
    """What a call of an agent in a match is expected to take, before any is made.

    Attributes:
        average: of all of them.
        most: the same at the high end of what is expected.
    """

    average: Taken
    most: Taken


NOTHING = Foreseen(Taken(0.0, 0.0), Taken(0.0, 0.0))


UNTRIED = Tally()


@dataclass(frozen=True)
class Budget:
    """What all calls of a run may take together, over all of its sessions.

    A call is reckoned by what calls of its agent in matches have taken (the word that models are
    asked for before matches begin is spent too, but tells nothing of other calls):

    - The next call, where nothing is on the way: their average; that of the forecast until
      `KNOWN_FROM` of them have come back. Where it does not fit, the run stops.
    - Each call on the way, and the next one beside them: the most that one of them took,
      since conversations grow, and at least the average of the forecast; until
      `KNOWN_FROM` of them have come back, at least the high end of the forecast. Where it does
      not fit, the next call waits for those on the way.

    So what is spent passes a limit by no more than what the calls on the way take above what they
    are reckoned at, and a run stops no further below it than one call.

    Attributes:
        usd: US dollars; None for no limit.
        tokens: read and written ones together; None for no limit.
        foreseen: what is expected of a call, by agent; nothing of those that are left out.
    """

    usd: float | None = None
    tokens: int | None = None
    foreseen: Mapping[str, Foreseen] = field(default_factory=dict)

    @property
    def limits(self) -> bool:
        """Whether there is any limit."""
        return self.usd is not None or self.tokens is not None

    def refusal(
        self, agent: str, under_way: Mapping[str, int], tallies: Mapping[str, Tally]
    ) -> str:
        """Why this agent's next call must not be made now; empty if it may be.

        Args:
            agent: who would call.
            under_way: by agent, how many calls are on the way.
            tallies: what has been spent.
        """
        if self.usd is not None:
            spent = sum(tally.usd for tally in tallies.values())
            unknown = [name for name, tally in tallies.items() if tally.unpriced]
            if unknown:
                return f"what calls of {unknown[0]} cost is not known, and max_cost is set"
            if spent + self._expected(agent, under_way, tallies).usd > self.usd + NOISE:
                return f"the next call might take the cost past max_cost, ${self.usd:g}"
        if self.tokens is not None:
            used = sum(tally.input + tally.output for tally in tallies.values())
            unknown = [name for name, tally in tallies.items() if tally.untold]
            if unknown:
                return f"how many tokens {unknown[0]} takes is not told, and max_tokens is set"
            if used + self._expected(agent, under_way, tallies).tokens > self.tokens:
                return f"the next call might take the tokens past max_tokens, {self.tokens}"
        return ""

    def _expected(
        self, agent: str, under_way: Mapping[str, int], tallies: Mapping[str, Tally]
    ) -> Taken:
        """What the next call and those on the way are reckoned to take together."""
        if not any(under_way.values()):
            return self._alone(agent, tallies)
        usd = tokens = 0.0
        for name in {agent, *under_way}:
            n_calls = under_way.get(name, 0) + (name == agent)
            each = self._at_most(name, tallies)
            usd += n_calls * each.usd
            tokens += n_calls * each.tokens
        return Taken(usd, tokens)

    def _alone(self, agent: str, tallies: Mapping[str, Tally]) -> Taken:
        """What a call takes on average."""
        tally = tallies.get(agent)
        if tally is None or tally.in_play < KNOWN_FROM:
            return self.foreseen.get(agent, NOTHING).average
        return Taken(tally.in_play_usd / tally.in_play, tally.in_play_tokens / tally.in_play)

    def _at_most(self, agent: str, tallies: Mapping[str, Tally]) -> Taken:
        """What a call takes at most, as far as is known."""
        average, most = self.foreseen.get(agent, NOTHING)
        tally = tallies.get(agent, UNTRIED)
        told = [average, Taken(tally.most_usd, tally.most_tokens)]
        if tally.in_play < KNOWN_FROM:
            told.append(most)
        return Taken(*map(max, zip(*told, strict=True)))
