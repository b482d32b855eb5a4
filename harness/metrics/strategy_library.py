"""Strategies as machines that tell the next move from what both players did.

They read what was really played, the player's own slips included, as is done where strategies are
recognised in the play of people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["DAL_BO_FRECHETTE", "FUDENBERG_RAND_DREBER", "Strategy", "memory_one_strategy"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strategy:
    """A machine with finitely many states, of which the first is where it starts.

    Attributes:
        name: as in the literature.
        cooperate: probability of cooperating in each state.
        after: for each state, the states that follow CC, CD, DC and DD, the own move named first.
    """

    name: str
    cooperate: tuple[float, ...]
    after: tuple[tuple[int, int, int, int], ...]

    def predict(self, own: ArrayLike, other: ArrayLike) -> Floats:
        """Probability with which it would have cooperated in each round, given what came before.

        Args:
            own: moves, shape (matches, rounds): 0 for C, 1 for D, -1 where there is none.
            other: the other's, of the same shape.

        Returns:
            Shape (matches, rounds); NaN once a round has a move that was not a player's own, since
            the machine's state is unknown from there on.

        >>> tit_for_tat = DAL_BO_FRECHETTE[3]
        >>> tit_for_tat.predict([[0, 0, 0]], [[0, 1, 0]]).tolist()
        [[1.0, 1.0, 0.0]]
        """
        mine, theirs = np.asarray(own, np.int64), np.asarray(other, np.int64)
        chances, following = np.asarray(self.cooperate, float), np.asarray(self.after)
        state = np.zeros(len(mine), np.int64)
        known = np.ones(len(mine), bool)
        predicted = np.full(mine.shape, np.nan)
        for t in range(mine.shape[1]):
            predicted[known, t] = chances[state[known]]
            known &= (mine[:, t] >= 0) & (theirs[:, t] >= 0)
            outcome = 2 * mine[known, t] + theirs[known, t]
            state[known] = following[state[known], outcome]
        return predicted


def memory_one_strategy(
    name: str, p: tuple[float, float, float, float], opening: float = 1.0
) -> Strategy:
    """A memory-one strategy with given probabilities of C after CC, CD, DC and DD.

    >>> memory_one_strategy("generous tit for tat", (1, 1 / 3, 1, 1 / 3)).after[0]
    (1, 2, 3, 4)
    """
    return Strategy(name, (opening, *p), ((1, 2, 3, 4),) * 5)


def _by_other(name: str, moves: str, met_c: str, met_d: str) -> Strategy:
    """A strategy that heeds the other's moves only: the states after the other's C and D."""
    after = [(int(c), int(d), int(c), int(d)) for c, d in zip(met_c, met_d, strict=True)]
    return Strategy(name, tuple(float(m == "C") for m in moves), tuple(after))


def _by_both(name: str, moves: str, met_cc: str, met_rest: str) -> Strategy:
    """A strategy that heeds whether both cooperated: the states after they did and did not."""
    after = [(int(c), int(d), int(d), int(d)) for c, d in zip(met_cc, met_rest, strict=True)]
    return Strategy(name, tuple(float(m == "C") for m in moves), tuple(after))


_ALLC = _by_other("ALLC", "C", "0", "0")
_ALLD = _by_other("ALLD", "D", "0", "0")
_TFT = _by_other("TFT", "CD", "00", "11")
_GRIM = _by_both("GRIM", "CD", "01", "11")

DAL_BO_FRECHETTE: tuple[Strategy, ...] = (
    _ALLD,
    _ALLC,
    _GRIM,
    _TFT,
    Strategy("WSLS", (1.0, 0.0), ((0, 1, 1, 0), (0, 1, 1, 0))),
    _by_both("T2", "CDD", "020", "120"),
)
"""The six of Dal Bó & Fréchette (2011), American Economic Review 101(1), section IV: always defect,
always cooperate, grim, tit for tat, win-stay lose-shift, and T2, which answers a defection of
either player with two of its own and then cooperates again."""

FUDENBERG_RAND_DREBER: tuple[Strategy, ...] = (
    _ALLC,
    _TFT,
    _by_other("TF2T", "CCD", "000", "122"),
    _by_other("TF3T", "CCCD", "0000", "1233"),
    _by_other("2TFT", "CDD", "020", "111"),
    _by_other("2TF2T", "CCDD", "0030", "1221"),
    _GRIM,
    _by_both("GRIM2", "CCD", "002", "122"),
    _by_both("GRIM3", "CCCD", "0003", "1233"),
    _ALLD,
    _by_other("DTFT", "DCD", "111", "222"),
)
"""The eleven of Fudenberg, Rand & Dreber (2012), "Slow to anger and fast to forgive", American
Economic Review 102(2), table 2: besides those above, tit for two and for three tats, two tits for
one and for two tats, grim after two and after three defections in a row, tit for tat that begins
with defection."""
