"""Bots that look at the last round only: four probabilities and a first action."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from harness import Action, Decision, Seat
from harness.agents.two_by_two import TwoByTwoBot

FourVector: TypeAlias = tuple[float, float, float, float]
"""The probabilities of cooperating after CC, CD, DC and DD, the own action named first."""


class MemoryOneBot(TwoByTwoBot):
    """Base of the memory-one bots: a subclass says which four probabilities it plays.

    Source: Nowak & Sigmund (1990), "The evolution of stochastic strategies in the prisoner's
    dilemma", Acta Applicandae Mathematicae 20.
    """

    @abstractmethod
    def four_vector(self) -> FourVector:
        """The probabilities of cooperating after CC, CD, DC and DD, in the game it plays.

        Raises:
            UsageError: the bot has no meaning in this game.
        """

    def first_action(self) -> Action:
        """The action of the first round: cooperation unless a subclass says otherwise."""
        return self.c

    def begin(self, seat: Seat) -> None:
        """Work out the four probabilities."""
        super().begin(seat)
        cc, cd, dc, dd = self.four_vector()
        self.chance = self.by_name(((cc, cd), (dc, dd)))
        self.draw = seat.rng.random

    def act(self, decision: Decision) -> Action:
        """Cooperation with the probability that the last round gives it."""
        other = decision.observation["other"]
        if not other:
            return self.first_action()
        p = self.chance[decision.observation["own"][-1]][other[-1]]
        return self.c if self.draw() < p else self.d

    def first_chance(self) -> float:
        """The probability of cooperating in the first round: 1 unless a subclass says otherwise."""
        return 1.0

    def mixed(self, decision: Decision) -> Mapping[Action, float]:
        """The probability of each action."""
        other = decision.observation["other"]
        if other:
            p = self.chance[decision.observation["own"][-1]][other[-1]]
        else:
            p = self.first_chance()
        return {self.c: p, self.d: 1 - p}


@dataclass
class MemoryOne(MemoryOneBot):
    """Cooperates with a probability that depends on what both did last.

    Source: Nowak & Sigmund (1990), "The evolution of stochastic strategies in the prisoner's
    dilemma", Acta Applicandae Mathematicae 20. The default is win-stay, lose-shift.

    Args:
        p_cc: the probability of cooperating after both cooperated.
        p_cd: the same after it cooperated and the other defected.
        p_dc: the same after it defected and the other cooperated.
        p_dd: the same after both defected.
        first: the probability of cooperating in the first round.
    """

    p_cc: float = 1.0
    p_cd: float = 0.0
    p_dc: float = 0.0
    p_dd: float = 1.0
    first: float = 1.0

    name = "memory_one"

    def __post_init__(self) -> None:
        self.check_probabilities("p_cc", "p_cd", "p_dc", "p_dd", "first")

    def four_vector(self) -> FourVector:
        """The parameters as given."""
        return self.p_cc, self.p_cd, self.p_dc, self.p_dd

    def first_action(self) -> Action:
        """Cooperation with probability `first`."""
        return self.c if self.draw() < self.first else self.d

    def first_chance(self) -> float:
        """That probability."""
        return self.first


@dataclass
class Reactive(MemoryOneBot):
    """Cooperates with a probability that depends on what the other did last.

    Source: Nowak & Sigmund (1989), "Game-dynamical aspects of the prisoner's dilemma", Applied
    Mathematics and Computation 30(3).

    Args:
        p_c: the probability of cooperating after the other cooperated.
        p_d: the same after the other defected.
        first: the probability of cooperating in the first round.
    """

    p_c: float = 1.0
    p_d: float = 0.1
    first: float = 1.0

    name = "reactive"

    def __post_init__(self) -> None:
        self.check_probabilities("p_c", "p_d", "first")

    def four_vector(self) -> FourVector:
        """The two probabilities, whatever the own action was."""
        return self.p_c, self.p_d, self.p_c, self.p_d

    def first_action(self) -> Action:
        """Cooperation with probability `first`."""
        return self.c if self.draw() < self.first else self.d

    def first_chance(self) -> float:
        """That probability."""
        return self.first


@dataclass
class GenerousTitForTat(MemoryOneBot):
    """Plays tit for tat, but forgives a defection with some probability.

    Known as GTFT. By default it is as generous as it can be without being exploited:
    min(1 - (T - R)/(R - S), (R - P)/(T - P)), which needs a prisoner's dilemma. Source: Nowak &
    Sigmund (1992), "Tit for tat in heterogeneous populations", Nature 355.

    Args:
        forgiveness: the probability of cooperating after a defection; None to compute it.
    """

    forgiveness: float | None = None

    name = "generous_tit_for_tat"

    def __post_init__(self) -> None:
        if self.forgiveness is not None:
            self.check_probabilities("forgiveness")

    def four_vector(self) -> FourVector:
        """Certain cooperation after cooperation, forgiveness after defection."""
        forgiven = self.forgiveness
        if forgiven is None:
            r, s, t, p = self.dilemma()
            forgiven = max(0.0, min(1 - (t - r) / (r - s), (r - p) / (t - p)))
        return 1.0, forgiven, 1.0, forgiven


@dataclass
class WinStayLoseShift(TwoByTwoBot):
    """Cooperates if both did the same last, so it repeats what paid R or T and leaves S and P.

    Also known as Pavlov; "winning" has this meaning in a prisoner's dilemma. Source: Nowak &
    Sigmund (1993), "A strategy of win-stay, lose-shift that outperforms tit-for-tat in the
    prisoner's dilemma game", Nature 364; Kraines & Kraines (1989), "Pavlov and the prisoner's
    dilemma", Theory and Decision 26.
    """

    name = "win_stay_lose_shift"

    def act(self, decision: Decision) -> Action:
        """Cooperation if both did the same, and at first."""
        other = decision.observation["other"]
        if not other or decision.observation["own"][-1] == self.reply[other[-1]]:
            return self.c
        return self.d


@dataclass
class WinShiftLoseStay(TwoByTwoBot):
    """Defects if both did the same last, the reverse of win-stay, lose-shift.

    Also known as reverse Pavlov. Source: Li, Hingston & Kendall (2011), "Engineering design of
    strategies for winning iterated prisoner's dilemma competitions", IEEE Transactions on
    Computational Intelligence and AI in Games 3(4).
    """

    name = "win_shift_lose_stay"

    def act(self, decision: Decision) -> Action:
        """Defection if both did the same, and at first."""
        other = decision.observation["other"]
        if not other or decision.observation["own"][-1] == self.reply[other[-1]]:
            return self.d
        return self.c


@dataclass
class FirmButFair(MemoryOneBot):
    """Forgives mutual defection two times in three, but defects after cooperating alone.

    Source: Frean (1994), "The prisoner's dilemma without synchrony", Proceedings of the Royal
    Society B 257.
    """

    name = "firm_but_fair"

    def four_vector(self) -> FourVector:
        """Frean's probabilities."""
        return 1.0, 0.0, 1.0, 2 / 3


@dataclass
class StochasticCooperator(MemoryOneBot):
    """Plays the memory-one strategy that evolution under mutation settled at.

    Known as general cooperator. Source: Adami & Hintze (2013), "Evolutionary instability of
    zero-determinant strategies demonstrates that winning is not everything", Nature
    Communications 4.
    """

    name = "stochastic_cooperator"

    def four_vector(self) -> FourVector:
        """The probabilities that evolved."""
        return 0.935, 0.229, 0.266, 0.42
