"""Numbers chosen in the p-beauty contest, against what would have been best.

The target is p times the mean of all numbers, the own one included, and whoever is closest wins.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError

__all__ = ["best_number", "foregone_share", "prize_share", "strategic_depth"]

Floats: TypeAlias = NDArray[np.float64]

TIE = 1e-9
"""Differences of distances from the target that count as none."""


def best_number(
    others_mean: ArrayLike, p: float, players: ArrayLike, low: float = 0.0, high: float = 100.0
) -> Floats:
    """The number that hits the target exactly, the own weight in the mean included.

    `p (N - 1) m / (N - p)`, with m the mean of the N - 1 others: the fixed point of
    `b = p ((N - 1) m + b) / N`. Where the closest wins it is one of several best answers.

    Args:
        others_mean: m, any shape.
        p: the factor.
        players: N, how many choose, for all or for each; at least 2, and more than p.
        low: the lowest legal number; the answer is moved into the range.
        high: the highest.

    Raises:
        UsageError: fewer than two players, or no more than p.

    >>> round(float(best_number(36, 2 / 3, players=4)), 9)
    21.6
    """
    n = np.asarray(players, float)
    if n.size and (n.min() < 2 or n.min() <= p):
        raise UsageError(f"{n.min():g} players, p = {p}: there must be 2 or more, and more than p")
    target = p * (n - 1) * np.asarray(others_mean, float) / (n - p)
    best: Floats = np.clip(target, low, high)
    return best


def prize_share(numbers: ArrayLike, player: int, p: float) -> float:
    """The share of the prize that a player wins: 1 alone, 1/k among k nearest, else 0.

    Args:
        numbers: shape (players,), one round's.
        player: whose share.
        p: the factor.

    >>> prize_share([20, 20, 50], 0, 2 / 3)
    0.5
    """
    chosen = np.asarray(numbers, float)
    distances = np.abs(chosen - p * chosen.mean())
    nearest = distances <= distances.min() + TIE
    return float(nearest[player] / nearest.sum())


def foregone_share(
    numbers: ArrayLike,
    player: int,
    p: float,
    *,
    low: float = 0.0,
    high: float = 100.0,
    integers: bool = False,
) -> float:
    """How much more of the prize the best number would have won, the others' being as they were.

    Args:
        numbers: shape (players,), one round's.
        player: who would have changed its number.
        p: the factor.
        low: the lowest legal number.
        high: the highest.
        integers: whether only whole numbers are legal: then the better of the two next to
            `best_number` is taken.

    >>> foregone_share([50, 40, 30, 20], 0, 2 / 3, integers=True)
    1.0
    """
    chosen = np.asarray(numbers, float)
    others = np.delete(chosen, player)
    best = float(best_number(others.mean(), p, len(chosen), low, high))
    legal = {math.floor(best), math.ceil(best)} if integers else {best}

    def share(number: float) -> float:
        changed = chosen.copy()
        changed[player] = number
        return prize_share(changed, player, p)

    return max(share(number) for number in legal) - prize_share(chosen, player, p)


def strategic_depth(numbers: ArrayLike, p: float, level_zero: float = 50.0) -> Floats:
    """How many times level zero is multiplied by p to give a number: `log_p(number / level_zero)`.

    Zhang et al., arXiv:2402.01521, appendix C: 0 is level 0, 1 is level 1; negative above level 0.

    Returns:
        NaN for numbers of 0 and below, which have no depth.

    Raises:
        UsageError: p is 1 or not positive.

    >>> strategic_depth([50, 40, 32], 0.8).round(9).tolist()
    [0.0, 1.0, 2.0]
    """
    if not p > 0 or p == 1:
        raise UsageError(f"the factor p is {p}; depth is defined where it is above 0 and not 1")
    chosen = np.asarray(numbers, float)
    positive = np.where(chosen > 0, chosen, np.nan)
    depth: Floats = np.log(positive / level_zero) / math.log(p) + 0.0
    return depth
