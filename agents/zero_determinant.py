r"""Zero-determinant bots: each forces a linear relation between the two long-run payoffs.

In the form of Hilbe, Nowak & Sigmund (2013), "Evolution of extortion in iterated prisoner's dilemma
games", PNAS 110(17), equation 14, a bot with baseline l, slope s and strength phi cooperates with

    p_cc = 1 - phi (1 - s)(R - l)
    p_cd = 1 - phi (s (l - S) + T - l)
    p_dc = phi (l - S + s (T - l))
    p_dd = phi (1 - s)(l - P)

and holds the other's mean payoff to l + s (own mean payoff - l), whatever the other does. The
relation is exact without noise, for matches that have no end. All is computed from the payoffs of
the game that is played, which must be a symmetric prisoner's dilemma.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from harness import UsageError
from harness.agents.memory_one import FourVector, MemoryOneBot


class ZeroDeterminantBot(MemoryOneBot):
    """Base of the zero-determinant bots: a subclass says which relation it forces."""

    @abstractmethod
    def relation(self) -> tuple[float, float, float]:
        """Baseline, slope, and strength as a share of the greatest that is possible."""

    def four_vector(self) -> FourVector:
        """The probabilities that force the relation in the game that is played.

        Raises:
            UsageError: the game is no symmetric prisoner's dilemma, or no memory-one strategy
                forces this relation in it.
        """
        r, s, t, p = self.dilemma()
        self._check_symmetry()
        baseline, slope, strength = self.relation()
        steps = (
            (1 - slope) * (r - baseline),
            slope * (baseline - s) + t - baseline,
            baseline - s + slope * (t - baseline),
            (1 - slope) * (baseline - p),
        )
        if min(steps) < 0:
            raise UsageError(
                f"{self.name} cannot force baseline {baseline:g} with slope {slope:g} in"
                f" {self.seat.game}; the baseline must lie from P={p:g} to R={r:g}, the slope be at"
                " most 1 and not too far below 0"
            )
        cc, cd, dc, dd = (strength * step / max(steps) for step in steps)
        return 1 - cc, 1 - cd, dc, dd

    def check_strength(self) -> None:
        """Refuse a `strength` that is not a share above 0.

        Raises:
            UsageError: it is not.
        """
        strength = getattr(self, "strength", None)
        legal = isinstance(strength, int | float) and 0 < strength <= 1
        self.check(legal, "strength", "above 0 and at most 1")

    def _check_symmetry(self) -> None:
        """Refuse a game that is not the same for both players."""
        (cc, cd), (dc, dd) = self.payoffs
        other = self.seat.facts["other_payoffs"]
        if [list(row) for row in other] != [[cc, dc], [cd, dd]]:
            raise UsageError(
                f"{self.name} cannot play {self.seat.game}, whose payoffs are not the same for both"
                " players: its relation is one of a symmetric game; let it play a symmetric"
                " prisoner's dilemma"
            )


@dataclass
class ZeroDeterminant(ZeroDeterminantBot):
    """Holds the other's mean payoff to baseline + slope x (own mean payoff - baseline).

    Source: Press & Dyson (2012), "Iterated prisoner's dilemma contains strategies that dominate any
    evolutionary opponent", PNAS 109(26); Hilbe, Nowak & Sigmund (2013), equation 14.

    Args:
        baseline: the payoff at which both fare alike, from P to R.
        slope: how much of a gain above the baseline the other gets to share, at most 1.
        strength: phi, as a share of the greatest that keeps all probabilities within [0, 1].
    """

    baseline: float = 1.0
    slope: float = 0.5
    strength: float = 0.5

    name = "zero_determinant"

    def __post_init__(self) -> None:
        self.check_strength()
        for parameter in ("baseline", "slope"):
            value = getattr(self, parameter)
            legal = isinstance(value, int | float) and abs(value) < float("inf")
            self.check(legal, parameter, "a finite number")

    def relation(self) -> tuple[float, float, float]:
        """The parameters as given."""
        return self.baseline, self.slope, self.strength


@dataclass
class ZDExtortion(ZeroDeterminantBot):
    """Extorts: its gain above mutual defection is `factor` times the other's.

    Source: Press & Dyson (2012), equations 12 and 13; the defaults are the paper's example with
    factor 3, the probabilities (11/13, 1/2, 7/26, 0).

    Args:
        factor: the extortion factor chi, 1 or more; at 1 it is a fair strategy like tit for tat.
        strength: phi, as a share of the greatest that is possible.
    """

    factor: float = 3.0
    strength: float = 0.5

    name = "zd_extortion"

    def __post_init__(self) -> None:
        legal = isinstance(self.factor, int | float) and 1 <= self.factor < float("inf")
        self.check(legal, "factor", "a finite number, 1 or more")
        self.check_strength()

    def relation(self) -> tuple[float, float, float]:
        """The baseline of mutual defection."""
        return self.payoffs[1][1], 1 / self.factor, self.strength


@dataclass
class ZDGenerous(ZeroDeterminantBot):
    """Is generous: its loss below mutual cooperation is `factor` times the other's.

    Source: Stewart & Plotkin (2013), "From extortion to generosity, evolution in the iterated
    prisoner's dilemma", PNAS 110(38).

    Args:
        factor: how many times its own loss is the other's, 1 or more.
        strength: phi, as a share of the greatest that is possible.
    """

    factor: float = 2.0
    strength: float = 0.5

    name = "zd_generous"

    def __post_init__(self) -> None:
        legal = isinstance(self.factor, int | float) and 1 <= self.factor < float("inf")
        self.check(legal, "factor", "a finite number, 1 or more")
        self.check_strength()

    def relation(self) -> tuple[float, float, float]:
        """The baseline of mutual cooperation."""
        return self.payoffs[0][0], 1 / self.factor, self.strength


@dataclass
class ZDEqualizer(ZeroDeterminantBot):
    """Sets the other's mean payoff to a number of its choice.

    Source: Press & Dyson (2012), equations 8 and 9; Boerlijst, Nowak & Sigmund (1997), "Equal pay
    for all prisoners", American Mathematical Monthly 104(4). With the defaults it is SET-2 in the
    standard prisoner's dilemma, (3/4, 1/4, 1/2, 1/4): Kuhn (2017), "Prisoner's dilemma", Stanford
    Encyclopedia of Philosophy.

    Args:
        payoff: what the other gets, from P to R; None for the middle between them.
        strength: phi, as a share of the greatest that is possible.
    """

    payoff: float | None = None
    strength: float = 0.75

    name = "zd_equalizer"

    def __post_init__(self) -> None:
        legal = self.payoff is None or (
            isinstance(self.payoff, int | float) and abs(self.payoff) < float("inf")
        )
        self.check(legal, "payoff", "a finite number")
        self.check_strength()

    def relation(self) -> tuple[float, float, float]:
        """The baseline that the other gets, with slope 0."""
        middle = (self.payoffs[0][0] + self.payoffs[1][1]) / 2
        return middle if self.payoff is None else self.payoff, 0.0, self.strength


@dataclass
class Extort2(ZeroDeterminantBot):
    """Extorts twice the other's gain above mutual defection.

    In the standard prisoner's dilemma it is EXTORT-2, (8/9, 1/2, 1/3, 0). Source: Stewart & Plotkin
    (2012), "Extortion and cooperation in the prisoner's dilemma", PNAS 109(26).
    """

    name = "extort_2"

    def relation(self) -> tuple[float, float, float]:
        """Mutual defection as the baseline, slope one half, half the greatest strength."""
        return self.payoffs[1][1], 0.5, 0.5


@dataclass
class ZDGTFT2(ZeroDeterminantBot):
    """Takes twice the other's loss below mutual cooperation upon itself.

    In the standard prisoner's dilemma it is ZDGTFT-2, (1, 1/8, 1, 1/4), the winner of the authors'
    tournament. Source: Stewart & Plotkin (2012), "Extortion and cooperation in the prisoner's
    dilemma", PNAS 109(26).
    """

    name = "zd_gtft_2"

    def relation(self) -> tuple[float, float, float]:
        """Mutual cooperation as the baseline, slope one half, the greatest strength."""
        return self.payoffs[0][0], 0.5, 1.0
