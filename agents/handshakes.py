"""Bots that know their own kind by a secret handshake."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Handshake(TwoByTwoBot):
    """Opens with a signal, cooperates for ever with whoever gave the same, and else defects.

    Source: Robson (1990), "Efficiency in evolutionary games: Darwin, Nash and the secret
    handshake", Journal of Theoretical Biology 144(3).

    Args:
        signal: a text of Cs and Ds.
    """

    signal: str = "CD"

    name = "handshake"

    def __post_init__(self) -> None:
        legal = isinstance(self.signal, str) and bool(self.signal) and set(self.signal) <= {*"CD"}
        self.check(legal, "signal", "one or more of the letters C and D, such as CD")

    def begin(self, seat: Seat) -> None:
        """Put the signal in the game's words."""
        super().begin(seat)
        self.opening = [self.c if letter == "C" else self.d for letter in self.signal]
        self.answer = self.c

    def act(self, decision: Decision) -> Action:
        """The signal, then cooperation if it was returned."""
        other = decision.observation["other"]
        turn = len(other)
        if turn < len(self.opening):
            return self.opening[turn]
        if turn == len(self.opening):
            returned = [self.reply[action] for action in other] == self.opening
            self.answer = self.c if returned else self.d
        return self.answer


@dataclass
class CollectiveStrategy(TwoByTwoBot):
    """Opens C, D; cooperates with whoever does the same until it defects, and else defects.

    Source: Li & Kendall (2009), "A strategy with novel evolutionary features for the iterated
    prisoner's dilemma", Evolutionary Computation 17(2).
    """

    name = "collective_strategy"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.c, self.d)
        self.answer = self.d

    def act(self, decision: Decision) -> Action:
        """The opening, then cooperation with its kind until betrayed."""
        other = decision.observation["other"]
        turn = len(other)
        if turn < 2:
            return self.opening[turn]
        if turn == 2:
            alike = other[0] == self.their_c and other[1] == self.their_d
            self.answer = self.c if alike else self.d
        elif other[-1] == self.their_d:
            self.answer = self.d
        return self.answer
