"""Adaptive: tries both actions out, then does what has paid better on average."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Adaptive(TwoByTwoBot):
    """Cooperates six times, defects five times, then does what has paid more on average so far.

    The averages are recalculated after every move; on a tie it defects. It works with any payoffs.
    The Axelrod library (4.14) compares sums in place of averages. Source: Li, Hingston & Kendall
    (2011), "Engineering design of strategies for winning iterated prisoner's dilemma competitions",
    IEEE Transactions on Computational Intelligence and AI in Games 3(4).
    """

    name = "adaptive"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening, and the books."""
        super().begin(seat)
        self.opening = (self.c,) * 6 + (self.d,) * 5
        self.payoff = self.by_name(self.payoffs)
        self.total = {self.c: 0.0, self.d: 0.0}
        self.times = {self.c: 0, self.d: 0}

    def act(self, decision: Decision) -> Action:
        """The opening, then the action with the better average."""
        own, other = decision.observation["own"], decision.observation["other"]
        if own:
            last = own[-1]
            self.total[last] += self.payoff[last][other[-1]]
            self.times[last] += 1
        if len(own) < len(self.opening):
            return self.opening[len(own)]
        return self.c if self._average(self.c) > self._average(self.d) else self.d

    def _average(self, action: Action) -> float:
        """What an action has paid on average; nothing if trembles kept it from being played."""
        return self.total[action] / self.times[action] if self.times[action] else 0.0
