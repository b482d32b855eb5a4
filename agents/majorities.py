"""Bots that go by how often the other has cooperated and defected so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class GoByMajority(TwoByTwoBot):
    """Cooperates unless the other has defected more often than it has cooperated.

    Submitted by Gail Grisell; also known as soft majority. Source: Axelrod (1980), "More effective
    choice in the prisoner's dilemma", second tournament; Axelrod (1984).
    """

    name = "go_by_majority"
    margin: ClassVar[int] = 0

    def begin(self, seat: Seat) -> None:
        """Count from nought."""
        super().begin(seat)
        self.balance = 0

    def act(self, decision: Decision) -> Action:
        """Cooperation if the other's cooperations exceed its defections by the margin."""
        other = decision.observation["other"]
        if other:
            self.balance += 1 if other[-1] == self.their_c else -1
        return self.c if self.balance >= self.margin else self.d


@dataclass
class HardGoByMajority(GoByMajority):
    """Defects unless the other has cooperated more often than it has defected.

    Also known as hard majority. Source: Mittal & Deb (2009), "Optimal strategies of the iterated
    prisoner's dilemma problem for multiple conflicting objectives", IEEE Transactions on
    Evolutionary Computation 13(3).
    """

    name = "hard_go_by_majority"
    margin = 1
