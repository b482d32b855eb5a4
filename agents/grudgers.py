"""Bots that remember a defection, for ever or for a while."""

from __future__ import annotations

from dataclasses import dataclass

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot


@dataclass
class Grudger(TwoByTwoBot):
    """Cooperates until the other defects, then defects for ever.

    Submitted by James W. Friedman; also known as grim trigger and spite. Source: Friedman (1971),
    "A non-cooperative equilibrium for supergames", Review of Economic Studies 38(1); Axelrod
    (1980), first tournament.
    """

    name = "grudger"

    def begin(self, seat: Seat) -> None:
        """Hold no grudge yet."""
        super().begin(seat)
        self.answer = self.c

    def act(self, decision: Decision) -> Action:
        """Defection once the other has defected."""
        other = decision.observation["other"]
        if other and other[-1] == self.their_d:
            self.answer = self.d
        return self.answer


@dataclass
class SpitefulCC(Grudger):
    """Cooperates twice whatever happens, then is a grudger.

    Known as spiteful_cc. Source: Mathieu & Delahaye (2015), "New winning strategies for the
    iterated prisoner's dilemma", AAMAS.
    """

    name = "spiteful_cc"

    def act(self, decision: Decision) -> Action:
        """Defection from the third round on, once the other has defected."""
        answer = super().act(decision)
        return answer if len(decision.observation["other"]) > 1 else self.c


@dataclass
class EasyGo(TwoByTwoBot):
    """Defects until the other defects, then cooperates for ever.

    Also known as reverse grudger. Source: Mathieu & Delahaye's PRISON project (1998); Li, Hingston
    & Kendall (2011), "Engineering design of strategies for winning iterated prisoner's dilemma
    competitions", IEEE Transactions on Computational Intelligence and AI in Games 3(4).
    """

    name = "easy_go"

    def begin(self, seat: Seat) -> None:
        """Start out defecting."""
        super().begin(seat)
        self.answer = self.d

    def act(self, decision: Decision) -> Action:
        """Cooperation once the other has defected."""
        other = decision.observation["other"]
        if other and other[-1] == self.their_d:
            self.answer = self.c
        return self.answer


@dataclass
class GrudgerAlternator(TwoByTwoBot):
    """Cooperates until the other defects, then defects and cooperates in turn.

    Known as c_then_per_dc. Source: Mathieu & Delahaye's PRISON project (1998), University of Lille.
    """

    name = "grudger_alternator"

    def begin(self, seat: Seat) -> None:
        """Hold no grudge yet."""
        super().begin(seat)
        self.angry = False

    def act(self, decision: Decision) -> Action:
        """Once the other has defected, the opposite of the own last action."""
        other = decision.observation["other"]
        if other and other[-1] == self.their_d:
            self.angry = True
        if self.angry and decision.observation["own"][-1] == self.c:
            return self.d
        return self.c


@dataclass
class SoftGrudger(TwoByTwoBot):
    """Answers a defection with four defections and two cooperations, whatever comes meanwhile.

    Known as SGRIM. Source: Li, Hingston & Kendall (2011), "Engineering design of strategies for
    winning iterated prisoner's dilemma competitions", IEEE Transactions on Computational
    Intelligence and AI in Games 3(4). With `peace` = 0 it is the trigger strategy of a limited
    punishment, as in Green & Porter (1984).

    Args:
        punishment: how many defections answer a defection.
        peace: how many cooperations follow them.
    """

    punishment: int = 4
    peace: int = 2

    name = "soft_grudger"

    def __post_init__(self) -> None:
        legal = isinstance(self.punishment, int) and self.punishment >= 1
        self.check(legal, "punishment", "a whole number of rounds, 1 or more")
        legal = isinstance(self.peace, int) and self.peace >= 0
        self.check(legal, "peace", "a whole number of rounds, 0 or more")

    def begin(self, seat: Seat) -> None:
        """Owe nothing yet."""
        super().begin(seat)
        self.due = 0

    def act(self, decision: Decision) -> Action:
        """What is due after the other's defection; cooperation otherwise."""
        if not self.due:
            other = decision.observation["other"]
            if not other or other[-1] == self.their_c:
                return self.c
            self.due = self.punishment + self.peace
        self.due -= 1
        return self.d if self.due >= self.peace else self.c


@dataclass
class Forgiver(TwoByTwoBot):
    """Defects while the other's defections are more than a tenth of all its actions.

    Written by Thomas Campbell. Source: Knight et al. (2016), "An open framework for the
    reproducible study of the iterated prisoner's dilemma", Journal of Open Research Software 4(1).

    Args:
        tolerance: the share of defections that is forgiven.
    """

    tolerance: float = 0.1

    name = "forgiver"

    def __post_init__(self) -> None:
        self.check_probabilities("tolerance")

    def begin(self, seat: Seat) -> None:
        """Count from nought."""
        super().begin(seat)
        self.defections = 0

    def act(self, decision: Decision) -> Action:
        """Defection while the other's share of defections is too high."""
        other = decision.observation["other"]
        if other and other[-1] == self.their_d:
            self.defections += 1
        return self.d if self.defections > self.tolerance * len(other) else self.c
