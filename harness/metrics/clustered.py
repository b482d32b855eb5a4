"""Slopes with standard errors that allow for dependence within clusters.

The coefficients are those of ordinary least squares or of logistic regression on one variable. The
covariance is the sandwich of Liang & Zeger (1986, Biometrika 73(1), 13-22) with independence as
the working correlation: what the rows of a cluster contribute to the score is summed before it is
squared. It is multiplied by G / (G - 2), G being the number of clusters and 2 that of coefficients,
and intervals use Student's t with G - 2 degrees of freedom: where x is the same within each cluster
and has two values, as often, this is the textbook comparison of two means of clusters.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS, Estimate

__all__ = ["Trend", "linear_trend", "logit_trend"]

Floats: TypeAlias = NDArray[np.float64]

STEPS = 100


@dataclass(frozen=True, slots=True)
class Trend:
    """A fitted line.

    Attributes:
        intercept: at x = 0; None where there is no slope.
        slope: with its 95 % interval, which is left out with fewer than 5 clusters, or where
            nothing varied within the fit. `n` counts rows.
        error: standard error of the slope; None where there is no interval.
        p_value: of a slope of 0, two-sided; likewise.
    """

    intercept: float | None
    slope: Estimate
    error: float | None
    p_value: float | None


def linear_trend(x: ArrayLike, y: ArrayLike, clusters: Sequence[Hashable]) -> Trend:
    """The least-squares line of y on x.

    Args:
        x: shape (n,).
        y: shape (n,).
        clusters: length n, what is independent of each other, such as blocks.

    Returns:
        No slope where x does not vary.

    Raises:
        UsageError: the lengths differ.

    >>> round(linear_trend([0, 1, 2], [1, 3, 5], clusters="abc").slope.value, 9)
    2.0
    """
    across, values = _checked(x, y, clusters)
    if _constant(across):
        return _nothing(len(across))
    design = np.column_stack([np.ones_like(across), across])
    centred, around = across - across.mean(), values - values.mean()
    slope = float(centred @ around / (centred @ centred))
    fitted = np.array([values.mean() - slope * across.mean(), slope])
    left = around - slope * centred
    scale = max(float(np.abs(values).max()), 1e-300)
    left = np.where(np.abs(left) <= 1e-12 * scale, 0.0, left)
    return _trend(fitted, design * left[:, None], design.T @ design, clusters)


def logit_trend(
    x: ArrayLike, successes: ArrayLike, trials: ArrayLike, clusters: Sequence[Hashable]
) -> Trend:
    """The line of the log odds of success on x, by maximum likelihood.

    Args:
        x: shape (n,).
        successes: shape (n,), of each row's trials.
        trials: shape (n,); rows without trials are left out.
        clusters: length n, what is independent of each other, such as blocks.

    Returns:
        No slope where x does not vary, nothing or everything succeeded, or successes and failures
        can be told apart by x, so that the likelihood has no maximum (Albert & Anderson 1984,
        Biometrika 71(1), 1-10).

    Raises:
        UsageError: the lengths differ, or there are more successes than trials.

    >>> found = logit_trend([0, 1], [10, 20], [40, 40], clusters="ab")
    >>> round(found.slope.value, 4)  # the log odds ratio: log(3)
    1.0986
    """
    across, hits = _checked(x, successes, clusters)
    _, chances = _checked(x, trials, clusters)
    if (hits > chances).any() or (hits < 0).any():
        raise UsageError("there are more successes than trials in a row; give 0 to as many")
    kept = chances > 0
    across, hits, chances = across[kept], hits[kept], chances[kept]
    where = [cluster for cluster, keep in zip(clusters, kept, strict=True) if keep]
    if _constant(across) or _separated(across, hits, chances):
        return _nothing(len(across))
    centre, width = across.mean(), across.std()
    design = np.column_stack([np.ones_like(across), (across - centre) / width])
    fitted = np.zeros(2)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ fitted, -700, 700)))
        weight = chances * chance * (1 - chance)
        information = design.T @ (design * weight[:, None])
        step = np.linalg.solve(information, design.T @ (hits - chances * chance))
        fitted = fitted + step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < 1e-12:
            break
    chance = 1 / (1 + np.exp(-design @ fitted))
    back = np.array([[1.0, -centre / width], [0.0, 1 / width]])  # to the scale of x
    information = design.T @ (design * (chances * chance * (1 - chance))[:, None])
    inverse = np.linalg.inv(back)
    scores = (design * (hits - chances * chance)[:, None]) @ inverse
    return _trend(back @ fitted, scores, inverse.T @ information @ inverse, where)


def _trend(fitted: Floats, scores: Floats, bread: Floats, clusters: Sequence[Hashable]) -> Trend:
    """The line with the sandwich; `scores` has shape (n, 2)."""
    from scipy.stats import t

    codes: dict[Hashable, int] = {}
    which = [codes.setdefault(cluster, len(codes)) for cluster in clusters]
    n, groups = len(which), len(codes)
    sums = np.zeros((groups, 2))
    np.add.at(sums, which, scores)
    inverse = np.linalg.inv(bread)
    spread = inverse @ (sums.T @ sums) @ inverse
    intercept, slope = float(fitted[0]), float(fitted[1])
    if groups < FEWEST_BLOCKS or spread[1, 1] <= 0:
        return Trend(intercept, Estimate(slope, None, None, n), None, None)
    error = float(np.sqrt(spread[1, 1] * groups / (groups - 2)))
    reach = float(t.ppf(0.975, groups - 2)) * error
    p_value = float(2 * t.sf(abs(slope) / error, groups - 2))
    return Trend(intercept, Estimate(slope, slope - reach, slope + reach, n), error, p_value)


def _nothing(n: int) -> Trend:
    return Trend(None, Estimate(None, None, None, n), None, None)


def _constant(x: Floats) -> bool:
    """Whether there are no two different values."""
    return x.size < 2 or float(np.ptp(x)) <= 1e-12 * float(np.abs(x).max())


def _separated(x: Floats, hits: Floats, chances: Floats) -> bool:
    """Whether a threshold on x parts successes from failures."""
    won, lost = x[hits > 0], x[hits < chances]
    if not won.size or not lost.size:
        return True
    return bool(won.min() >= lost.max() or lost.min() >= won.max())


def _checked(x: ArrayLike, y: ArrayLike, clusters: Sequence[Hashable]) -> tuple[Floats, Floats]:
    across, values = np.asarray(x, float), np.asarray(y, float)
    if across.ndim != 1 or across.shape != values.shape or len(clusters) != len(across):
        raise UsageError(
            f"x, y and clusters have {across.size}, {values.size} and {len(clusters)} entries; give"
            " as many of each"
        )
    return across, values
