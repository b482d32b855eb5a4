"""Bots that test whether the other lets itself be exploited."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


class OpeningBot(TwoByTwoBot):
    """Base of bots that open in a fixed way and judge the other by how it answers.

    A subclass names its opening, a text of Cs and Ds, and what it does for good after which
    answers; where it says None, it plays tit for tat.
    """

    opening: ClassVar[str]

    @abstractmethod
    def verdict(self, other: Sequence[Action]) -> Action | None:
        """The action to be played for good, given the other's answers; None for tit for tat."""

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.moves = [self.c if letter == "C" else self.d for letter in self.opening]
        self.for_good: Action | None = None

    def act(self, decision: Decision) -> Action:
        """The opening, then what the other has deserved."""
        other = decision.observation["other"]
        if len(other) < len(self.moves):
            return self.moves[len(other)]
        if len(other) == len(self.moves):
            self.for_good = self.verdict(other)
        return self.reply[other[-1]] if self.for_good is None else self.for_good


@dataclass
class Prober(OpeningBot):
    """Opens D, C, C; defects for ever if the other let that pass, else plays tit for tat.

    It let it pass if it cooperated on moves 2 and 3. Source: Mathieu & Delahaye's PRISON project
    (1998); Li, Hingston & Kendall (2011), IEEE Transactions on Computational Intelligence and AI in
    Games 3(4).
    """

    name = "prober"
    opening = "DCC"

    def verdict(self, other: Sequence[Action]) -> Action | None:
        """Exploitation of whoever cooperated on both moves."""
        return self.d if other[1] == other[2] == self.their_c else None


@dataclass
class Prober2(OpeningBot):
    """Opens D, C, C; cooperates for ever if answered by D, C, else plays tit for tat.

    The answer is the other's moves 2 and 3. Source: Mathieu & Delahaye's PRISON project (1998),
    University of Lille.
    """

    name = "prober_2"
    opening = "DCC"

    def verdict(self, other: Sequence[Action]) -> Action | None:
        """Trust in whoever answered with defection and then cooperation."""
        return self.c if (other[1], other[2]) == (self.their_d, self.their_c) else None


@dataclass
class Prober3(OpeningBot):
    """Opens D, C; defects for ever if the other cooperated on move 2, else plays tit for tat.

    Source: Mathieu & Delahaye's PRISON project (1998), University of Lille.
    """

    name = "prober_3"
    opening = "DC"

    def verdict(self, other: Sequence[Action]) -> Action | None:
        """Exploitation of whoever cooperated on move 2."""
        return self.d if other[1] == self.their_c else None


@dataclass
class HardProber(OpeningBot):
    """Opens D, D, C, C; defects for ever if the other let that pass, else plays tit for tat.

    It let it pass if it cooperated on moves 2 and 3. Source: Mathieu & Delahaye's PRISON project
    (1998), University of Lille.
    """

    name = "hard_prober"
    opening = "DDCC"

    def verdict(self, other: Sequence[Action]) -> Action | None:
        """Exploitation of whoever let the defections pass."""
        return self.d if other[1] == other[2] == self.their_c else None


@dataclass
class Detective(OpeningBot):
    """Opens C, D, C, C; plays tit for tat if the other defected meanwhile, else always defects.

    Source: Case (2017), "The evolution of trust", https://ncase.me/trust/.
    """

    name = "detective"
    opening = "CDCC"

    def verdict(self, other: Sequence[Action]) -> Action | None:
        """Exploitation of whoever has not defected."""
        return self.d if self.their_d not in other else None


@dataclass
class NaiveProber(TwoByTwoBot):
    """Plays tit for tat, but now and then defects unprovoked.

    Source: Dawkins (1989), The Selfish Gene, 2nd edition, chapter 12; Li, Hingston & Kendall
    (2011), IEEE Transactions on Computational Intelligence and AI in Games 3(4).

    Args:
        p: the probability of defecting where tit for tat would cooperate, after the first move.
    """

    p: float = 0.1

    name = "naive_prober"

    def __post_init__(self) -> None:
        self.check_probabilities("p")

    def begin(self, seat: Seat) -> None:
        """Take up its chance."""
        super().begin(seat)
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """The other's last action, or an unprovoked defection."""
        other = decision.observation["other"]
        if not other:
            return self.c
        return self.d if other[-1] == self.their_d or self.draw() < self.p else self.c


@dataclass
class RemorsefulProber(TwoByTwoBot):
    """Is a naive prober, but lets the other hit back once for each unprovoked defection.

    Source: Dawkins (1989), The Selfish Gene, 2nd edition, chapter 12; Li, Hingston & Kendall
    (2011), IEEE Transactions on Computational Intelligence and AI in Games 3(4).

    Args:
        p: the probability of defecting where tit for tat would cooperate, after the first move.
    """

    p: float = 0.1

    name = "remorseful_prober"

    def __post_init__(self) -> None:
        self.check_probabilities("p")

    def begin(self, seat: Seat) -> None:
        """Have a clear conscience."""
        super().begin(seat)
        self.draw = seat.rng.random
        self.probed = False

    def act(self, decision: Decision) -> Action:
        """The other's last action, an unprovoked defection, or remorse."""
        other = decision.observation["other"]
        if not other:
            return self.c
        if other[-1] == self.their_d:
            remorse, self.probed = self.probed, False
            return self.c if remorse else self.d
        self.probed = self.draw() < self.p
        return self.d if self.probed else self.c
