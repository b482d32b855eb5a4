"""Efficiency: how much of what a game offers its players together is had."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from harness.metrics.normal_form import check_payoffs
from harness.metrics.security import maximin

__all__ = ["efficiency", "efficient_cells"]


def efficient_cells(payoffs: ArrayLike) -> tuple[tuple[int, ...], ...]:
    """The Pareto-efficient cells: no other cell is better for one player and worse for none.

    >>> efficient_cells([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    ((0, 0), (0, 1), (1, 0))
    """
    game = check_payoffs(payoffs)
    distinct, which = np.unique(game.reshape(len(game), -1), axis=1, return_inverse=True)
    kept = np.array([(distinct >= point[:, None]).all(axis=0).sum() == 1 for point in distinct.T])
    return tuple(map(tuple, np.argwhere(kept[which].reshape(game.shape[1:])).tolist()))


def efficiency(payoffs: ArrayLike, mean_joint_payoff: float) -> float | None:
    """Joint payoff on a scale where 0 is what the players can secure and 1 the best cell.

    `(W - W_sec) / (W_max - W_sec)`: W the mean joint payoff per round, W_sec the sum of all
    security levels, W_max that of the best cell. At most 1, negative where less was earned than
    could have been secured. The scale is that of the price of anarchy's best case (Koutsoupias &
    Papadimitriou 1999, STACS, 404-413) with the security levels as its origin.

    Returns:
        None where no cell pays more in total than the players can secure.

    >>> efficiency([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], mean_joint_payoff=4)
    0.5
    """
    game = check_payoffs(payoffs)
    best = float(game.sum(axis=0).max())
    secured = sum(maximin(game, player).value for player in range(len(game)))
    if best - secured <= 1e-9 * np.abs(game).max():
        return None
    return (mean_joint_payoff - secured) / (best - secured)
