"""Regret in hindsight: what other actions would have earned against what the others did play."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.normal_form import Floats, check_payoffs, own_payoffs

__all__ = ["external_regret", "swap_regret"]


def external_regret(payoffs: ArrayLike, joint: ArrayLike, player: int) -> float:
    """What the best fixed action would have paid beyond what was earned, in points per round.

    Against the very actions that the others played (Hannan 1957, Approximation to Bayes risk in
    repeated play). Negative where a player's moves fit the others' better than any fixed action.

    Args:
        payoffs: shape (n_players, k_1, …, k_n).
        joint: how often each cell was played, shape (k_1, …, k_n): counts or frequencies.
        player: from 0.

    >>> external_regret([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[5, 0], [0, 5]], player=0)
    1.0
    """
    return float(_swap_gains(payoffs, joint, player).sum(axis=0).max())


def swap_regret(payoffs: ArrayLike, joint: ArrayLike, player: int) -> float:
    """What could have been gained by replacing each action by its best other one, per round.

    `sum_a max_d sum_t 1{a_t = a} (u_i(d, o_t) - u_i(a, o_t)) / n`, at least 0; 0 for all players
    where joint play is a correlated equilibrium (Blum & Mansour 2007, Journal of Machine Learning
    Research 8, 1307-1324, section 2).

    Args:
        payoffs: shape (n_players, k_1, …, k_n).
        joint: how often each cell was played, shape (k_1, …, k_n): counts or frequencies.
        player: from 0.

    >>> swap_regret([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[5, 0], [0, 5]], player=0)
    1.0
    """
    return float(_swap_gains(payoffs, joint, player).max(axis=1).sum())


def _swap_gains(payoffs: ArrayLike, joint: ArrayLike, player: int) -> Floats:
    """Gain of playing d wherever a was played, shape (k, k): [a, d], in points per round."""
    game = check_payoffs(payoffs)
    weights: Floats = np.asarray(joint, dtype=float)
    if weights.shape != game.shape[1:] or not (weights >= 0).all() or not weights.sum() > 0:
        raise UsageError(
            f"joint play has shape {weights.shape} and sum {weights.sum():g}; it needs shape"
            f" {game.shape[1:]}, nonnegative counts or frequencies, and at least one round"
        )
    matrix = own_payoffs(game, player)
    played = np.moveaxis(weights, player, 0).reshape(matrix.shape) / weights.sum()
    paid: Floats = played @ matrix.T
    paid -= paid.diagonal()[:, None].copy()
    return paid
