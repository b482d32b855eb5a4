"""Bots that look at nothing: the same whoever sits opposite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Cooperator(TwoByTwoBot):
    """Always cooperates.

    Also known as ALLC. Source: Axelrod (1984), The Evolution of Cooperation.
    """

    name = "cooperator"
    needs_history: ClassVar[bool] = False

    def act(self, decision: Decision) -> Action:
        """Cooperation."""
        return self.c


@dataclass
class Defector(TwoByTwoBot):
    """Always defects.

    Also known as ALLD. Source: Axelrod (1984), The Evolution of Cooperation.
    """

    name = "defector"
    needs_history: ClassVar[bool] = False

    def act(self, decision: Decision) -> Action:
        """Defection."""
        return self.d


@dataclass
class Alternator(TwoByTwoBot):
    """Cooperates and defects in turn, beginning with cooperation.

    It goes by the clock: a tremble does not throw it out of step. Also known as PerCD. Source:
    Axelrod (1984), The Evolution of Cooperation.
    """

    name = "alternator"
    needs_history: ClassVar[bool] = False

    def begin(self, seat: Seat) -> None:
        """Set the clock to cooperation."""
        super().begin(seat)
        self.now, self.next = self.d, self.c

    def act(self, decision: Decision) -> Action:
        """The action that it did not choose last."""
        self.now, self.next = self.next, self.now
        return self.now


@dataclass
class Cycler(TwoByTwoBot):
    """Repeats a pattern of cooperation and defection for ever.

    Also known as PerCCD, PerDDC, ... Source: Mittal & Deb (2009), "Optimal strategies of the
    iterated prisoner's dilemma problem for multiple conflicting objectives", IEEE Transactions on
    Evolutionary Computation 13(3).

    Args:
        pattern: a text of Cs and Ds.
    """

    pattern: str = "CCD"

    name = "cycler"
    needs_history: ClassVar[bool] = False

    def __post_init__(self) -> None:
        legal = (
            isinstance(self.pattern, str) and bool(self.pattern) and set(self.pattern) <= {*"CD"}
        )
        self.check(legal, "pattern", "one or more of the letters C and D, such as CCD")

    def begin(self, seat: Seat) -> None:
        """Put the pattern in the game's words."""
        super().begin(seat)
        self.cycle = [self.c if letter == "C" else self.d for letter in self.pattern]
        self.turn = -1

    def act(self, decision: Decision) -> Action:
        """The next action of the pattern."""
        self.turn = (self.turn + 1) % len(self.cycle)
        return self.cycle[self.turn]
