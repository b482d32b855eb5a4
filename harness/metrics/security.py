"""What a player can secure whatever the others do, and how far below that it can be pushed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.normal_form import Floats, check_payoffs, check_strategy, own_payoffs

__all__ = ["Maximin", "is_constant_sum", "maximin", "security_gap", "zero_sum_value"]

ROUNDING = 1e-12
"""Share of the range of payoffs below which a difference is an error of computation."""


@dataclass(frozen=True, slots=True)
class Maximin:
    """What a player can secure, whatever the others do.

    Attributes:
        value: the security level, in points: the highest payoff that can be guaranteed.
        strategy: a mixed strategy that guarantees it, shape (k,); others may as well.
    """

    value: float
    strategy: Floats


def maximin(payoffs: ArrayLike, player: int) -> Maximin:
    """A player's security level in mixed strategies, and a strategy that secures it.

    `max_p min_b u_i(p, b)` over the others' joint actions b, by linear programming (von Neumann
    1928, Mathematische Annalen 100, 295-320; HiGHS by scipy). The value returned is what the
    strategy returned does secure; where that is a payoff of the game but for rounding, it is that
    payoff.

    Raises:
        UsageError: the solver did not finish.

    >>> maximin([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], player=0).value
    1.0
    """
    from scipy.optimize import linprog

    matrix = own_payoffs(payoffs, player)
    least, spread = matrix.min(), np.ptp(matrix)
    k, m = matrix.shape
    scaled = (matrix - least) / (spread or 1.0)
    solved = linprog(
        c=np.append(np.zeros(k), -1.0),
        A_ub=np.column_stack([-scaled.T, np.ones(m)]),
        b_ub=np.zeros(m),
        A_eq=[[1.0] * k + [0.0]],
        b_eq=[1.0],
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if solved.x is None:
        raise UsageError(
            f"the security level of player {player} was not found: {solved.message}; payoffs run"
            f" from {matrix.min():g} to {matrix.max():g}"
        )
    strategy = solved.x[:k].clip(min=0)
    strategy /= strategy.sum()
    value = float((strategy @ matrix).min())
    # 0 and not -5.6e-17 where a payoff is the value, so that no tie is taken for a win.
    nearest = float(matrix.flat[np.abs(matrix - value).argmin()])
    return Maximin(nearest if abs(nearest - value) <= ROUNDING * spread else value, strategy)


def is_constant_sum(payoffs: ArrayLike) -> bool:
    """Whether all cells pay the players the same in total, but for rounding.

    >>> is_constant_sum([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    False
    """
    game = check_payoffs(payoffs)
    total = game.sum(axis=0)
    return bool(np.ptp(total) <= 1e-12 * np.abs(game).max())


def zero_sum_value(payoffs: ArrayLike) -> float:
    """The value of a two-player constant-sum game to the first player, in points.

    Raises:
        UsageError: more players, or payoffs that do not sum to a constant.

    >>> zero_sum_value([[[2, 0], [0, 1]], [[-2, 0], [0, -1]]])  # 2/3
    0.6666666666666666
    """
    game = check_payoffs(payoffs)
    if len(game) != 2 or not is_constant_sum(game):
        raise UsageError(
            "only a two-player game in which all cells sum to the same has a value; use maximin"
            " for what a player can secure in another"
        )
    return maximin(game, 0).value


def security_gap(payoffs: ArrayLike, player: int, strategy: ArrayLike) -> float:
    """How far below its security level a strategy can push a player, in points, at least 0.

    `v_i - min_b u_i(p, b)`, v_i the security level. In a two-player constant-sum game this is the
    strategy's exploitability, what the best opponent wins beyond the value (Johanson et al. 2011,
    Accelerating best response calculation in large extensive games, IJCAI, 258-265).

    >>> security_gap([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]], player=0, strategy=[0.75, 0.25])
    0.5
    """
    matrix = own_payoffs(payoffs, player)
    worst = float((check_strategy(strategy, len(matrix)) @ matrix).min())
    return max(0.0, maximin(payoffs, player).value - worst)
