"""Bots that test whether the other lets itself be exploited."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Prober(TwoByTwoBot):
    """Opens D, C, C; defects for ever if the other let that pass, else plays tit for tat.

    It let it pass if it cooperated on moves 2 and 3. Source: Mathieu & Delahaye's PRISON project
    (1998); Li, Hingston & Kendall (2011), IEEE Transactions on Computational Intelligence and AI in
    Games 3(4).
    """

    name = "prober"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.d, self.c, self.c)
        self.exploits = False

    def act(self, decision: Decision) -> Action:
        """The opening, then exploitation or tit for tat."""
        other = decision.observation["other"]
        if len(other) < 3:
            return self.opening[len(other)]
        if len(other) == 3:
            self.exploits = other[1] == other[2] == self.their_c
        return self.d if self.exploits else self.reply[other[-1]]


@dataclass
class Prober2(TwoByTwoBot):
    """Opens D, C, C; cooperates for ever if answered by D, C, else plays tit for tat.

    The answer is the other's moves 2 and 3. Source: Mathieu & Delahaye's PRISON project (1998),
    University of Lille.
    """

    name = "prober_2"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.d, self.c, self.c)
        self.trusts = False

    def act(self, decision: Decision) -> Action:
        """The opening, then cooperation or tit for tat."""
        other = decision.observation["other"]
        if len(other) < 3:
            return self.opening[len(other)]
        if len(other) == 3:
            self.trusts = other[1] == self.their_d and other[2] == self.their_c
        return self.c if self.trusts else self.reply[other[-1]]


@dataclass
class Prober3(TwoByTwoBot):
    """Opens D, C; defects for ever if the other cooperated on move 2, else plays tit for tat.

    Source: Mathieu & Delahaye's PRISON project (1998), University of Lille.
    """

    name = "prober_3"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.d, self.c)
        self.exploits = False

    def act(self, decision: Decision) -> Action:
        """The opening, then exploitation or tit for tat."""
        other = decision.observation["other"]
        if len(other) < 2:
            return self.opening[len(other)]
        if len(other) == 2:
            self.exploits = other[1] == self.their_c
        return self.d if self.exploits else self.reply[other[-1]]


@dataclass
class HardProber(TwoByTwoBot):
    """Opens D, D, C, C; defects for ever if the other let that pass, else plays tit for tat.

    It let it pass if it cooperated on moves 2 and 3. Source: Mathieu & Delahaye's PRISON project
    (1998), University of Lille.
    """

    name = "hard_prober"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.d, self.d, self.c, self.c)
        self.exploits = False

    def act(self, decision: Decision) -> Action:
        """The opening, then exploitation or tit for tat."""
        other = decision.observation["other"]
        if len(other) < 4:
            return self.opening[len(other)]
        if len(other) == 4:
            self.exploits = other[1] == other[2] == self.their_c
        return self.d if self.exploits else self.reply[other[-1]]


@dataclass
class Detective(TwoByTwoBot):
    """Opens C, D, C, C; plays tit for tat if the other defected meanwhile, else always defects.

    Source: Case (2017), "The evolution of trust", https://ncase.me/trust/.
    """

    name = "detective"

    def begin(self, seat: Seat) -> None:
        """Lay out the opening."""
        super().begin(seat)
        self.opening = (self.c, self.d, self.c, self.c)
        self.exploits = False

    def act(self, decision: Decision) -> Action:
        """The opening, then exploitation or tit for tat."""
        other = decision.observation["other"]
        if len(other) < 4:
            return self.opening[len(other)]
        if len(other) == 4:
            self.exploits = self.their_d not in other
        return self.d if self.exploits else self.reply[other[-1]]


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
