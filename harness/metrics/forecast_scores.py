"""How good forecasts of other players' actions were, by proper scoring rules.

Under these rules nobody does better in expectation than by saying what they believe (Gneiting &
Raftery 2007, Journal of the American Statistical Association 102(477), 359-378).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError

__all__ = ["LEAST", "brier_scores", "brier_skill", "log_scores"]

Floats: TypeAlias = NDArray[np.float64]

LEAST = 1e-6
"""Probabilities below this one count as this one in the logarithmic score, to keep it finite."""


def brier_scores(forecasts: ArrayLike, done: ArrayLike) -> Floats:
    """The Brier score of each forecast: `sum_k (p_k - o_k)**2`, from 0, best, to 2.

    `o_k` is 1 for the action done and else 0 (Brier 1950, Monthly Weather Review 78(1), eq. 2).

    Args:
        forecasts: shape (n, actions), rows summing to 1.
        done: shape (n,), the index of what was done.

    Raises:
        UsageError: a row is no distribution, or an index is out of range.

    >>> brier_scores([[0.75, 0.25], [1, 0]], [0, 1]).tolist()
    [0.125, 2.0]
    """
    chances, chosen = _checked(forecasts, done)
    scores: Floats = ((chances - np.eye(chances.shape[1])[chosen]) ** 2).sum(axis=1)
    return scores


def log_scores(forecasts: ArrayLike, done: ArrayLike) -> Floats:
    """The natural logarithm of the probability forecast of what was done: 0 is best.

    Good 1952, Journal of the Royal Statistical Society B 14(1), 107-114; probabilities below
    `LEAST` count as that. Arguments and errors are as in `brier_scores`.

    >>> log_scores([[0.5, 0.5]], [1]).round(4).tolist()
    [-0.6931]
    """
    chances, chosen = _checked(forecasts, done)
    scores: Floats = np.log(np.maximum(chances[np.arange(len(chances)), chosen], LEAST))
    return scores


def brier_skill(mean_score: float, actions: int) -> float:
    """The mean Brier score on a scale where 0 is even chances for all actions and 1 is perfect.

    `1 - B / B_even` with `B_even = 1 - 1 / actions`; negative where even chances did better.

    Args:
        mean_score: of forecasts.
        actions: how many there are to forecast, at least 2.

    >>> brier_skill(0.25, 2)
    0.5
    """
    if actions < 2:
        raise UsageError(f"{actions} actions: there is something to forecast only among 2 or more")
    return 1 - mean_score / (1 - 1 / actions)


def _checked(forecasts: ArrayLike, done: ArrayLike) -> tuple[Floats, NDArray[np.int64]]:
    chances, chosen = np.asarray(forecasts, float), np.asarray(done, np.int64)
    good = (
        chances.ndim == 2
        and chosen.shape == (len(chances),)
        and bool((chances >= 0).all() and (np.abs(chances.sum(axis=1) - 1) < 1e-6).all())
        and bool(((chosen >= 0) & (chosen < chances.shape[1])).all())
    )
    if not good:
        raise UsageError(
            "a row of probabilities that sum to 1 is needed for each forecast, and the index of"
            f" what was done; shapes {chances.shape} and {chosen.shape} were given"
        )
    return chances, chosen
