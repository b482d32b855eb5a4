"""Fairness: how evenly payoffs are spread, who has reason for envy, what was left undivided."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.matrices import Floats

__all__ = ["envy", "gini", "payoff_shares", "welfare_share"]


def gini(payoffs: ArrayLike) -> float | None:
    """The Gini coefficient of the payoffs of a group.

    sum |x_i - x_j| / (2 n² mean) over all ordered pairs (Sen 1973, On Economic Inequality, chapter
    2): 0 where all have the same, 1 - 1/n where one has all.

    Args:
        payoffs: shape (n,), in any units with a meaningful zero.

    Returns:
        From 0 to 1 - 1/n; None for nobody, for a negative payoff, and where there is nothing.

    Raises:
        UsageError: a payoff is not a number.

    >>> gini([0, 10])
    0.5
    """
    x = np.sort(_group(payoffs))
    total = x.sum()
    if not x.size or x[0] < 0 or total == 0:
        return None
    ranks = np.arange(1, x.size + 1)
    return float(max(0.0, (2 * ranks - x.size - 1) @ x / (x.size * total)))


def envy(payoffs: ArrayLike) -> Floats | None:
    """How much better off the others are than each player, on average over all others.

    The disadvantageous inequality of Fehr & Schmidt 1999 (Quarterly Journal of Economics 114(3),
    817-868), equation 1: sum_j max(x_j - x_i, 0) / (n - 1), before their weight alpha.

    Args:
        payoffs: shape (n,).

    Returns:
        Shape (n,), at least 0, in payoffs; None for fewer than two players.

    Raises:
        UsageError: a payoff is not a number.

    >>> envy([2, 8])
    array([6., 0.])
    """
    x = _group(payoffs)
    if x.size < 2:
        return None
    above: Floats = np.maximum(x[None, :] - x[:, None], 0).sum(axis=1) / (x.size - 1)
    return above


def payoff_shares(payoffs: ArrayLike) -> Floats | None:
    """Each player's share of the joint payoff.

    Args:
        payoffs: shape (n,), in units with a meaningful zero.

    Returns:
        Shape (n,), from 0 to 1, summing to 1; None for nobody, for a negative payoff, and where
        there is nothing to share.

    Raises:
        UsageError: a payoff is not a number.

    >>> payoff_shares([2, 8])
    array([0.2, 0.8])
    """
    x = _group(payoffs)
    if not x.size or x.min() < 0 or x.sum() == 0:
        return None
    shares: Floats = x / x.sum()
    return shares


def welfare_share(joint: float, best: float, baseline: float) -> float | None:
    """The share of what cooperation could add that was realised: the efficiency of play.

    (W - W_0) / (W* - W_0). With the sum of equilibrium payoffs as baseline this is welfare against
    best and equilibrium; with the sum of security levels it cannot come out below 0 for players
    who each secure theirs.

    Args:
        joint: mean joint payoff per round, all players together.
        best: the largest feasible one.
        baseline: the one to measure from, below `best`.

    Returns:
        At most 1, below 0 where play was worse than the baseline; None where best and baseline are
        the same.

    Raises:
        UsageError: a baseline above the best, or one that is not a number.

    >>> welfare_share(joint=4, best=6, baseline=2)
    0.5
    """
    if not np.isfinite([joint, best, baseline]).all() or baseline > best:
        raise UsageError(
            f"welfare is measured from a baseline up to the best, not from {baseline} to {best} "
            f"({joint})"
        )
    return None if best == baseline else float((joint - baseline) / (best - baseline))


def _group(payoffs: ArrayLike) -> Floats:
    x = np.asarray(payoffs, float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise UsageError(f"the payoffs of a group are a list of numbers, not {payoffs!r}")
    return x
