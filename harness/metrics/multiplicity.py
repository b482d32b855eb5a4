"""Many comparisons at once: adjusted p-values and simultaneous intervals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.interval import Estimate
from harness.metrics.matrices import Floats

__all__ = ["benjamini_hochberg", "holm", "simultaneous_intervals"]


def holm(p_values: ArrayLike) -> Floats:
    """P-values adjusted so that the chance of any false finding in the family stays below alpha.

    Holm 1979 (Scandinavian Journal of Statistics 6, 65-70). For the comparisons that were declared
    beforehand; valid under any dependence.

    Args:
        p_values: shape (k,), from 0 to 1, in any order.

    Returns:
        Shape (k,), in the same order; reject where at most alpha.

    Raises:
        UsageError: a value is no probability.

    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    p = _probabilities(p_values)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    return np.minimum(adjusted, 1)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """P-values adjusted so that the expected share of false findings stays below alpha.

    Benjamini & Hochberg 1995 (Journal of the Royal Statistical Society B 57(1), 289-300). For
    exploratory tables; valid for independent or positively dependent tests.

    Args:
        p_values: shape (k,), from 0 to 1, in any order.

    Returns:
        Shape (k,), in the same order; reject where at most alpha.

    Raises:
        UsageError: a value is no probability.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(6)
    array([0.03, 0.04, 0.04])
    """
    p = _probabilities(p_values)
    order = np.argsort(-p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum.accumulate(p[order] * p.size / np.arange(p.size, 0, -1))
    return np.minimum(adjusted, 1)


def _probabilities(p_values: ArrayLike) -> Floats:
    p = np.asarray(p_values, float)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise UsageError(f"p-values are a list of numbers from 0 to 1, not {p_values!r}")
    return p


def simultaneous_intervals(
    values: ArrayLike, replicates: ArrayLike, n: Sequence[int], level: float = 0.95
) -> tuple[Estimate, ...]:
    """Intervals that hold all together, as for every line of a leaderboard.

    The max-T method (Westfall & Young 1993, Resampling-Based Multiple Testing, chapter 2;
    single-step): all are as many of their standard errors wide as the largest deviation of the k
    seldom exceeds, by the replicates, which carry the dependence between them.

    Args:
        values: shape (k,), as observed.
        replicates: shape (b, k), from one bootstrap of all of them.
        n: length k, observations that each rests on.
        level: chance that all hold.

    Returns:
        Length k; without an interval where the replicates do not vary.

    Raises:
        UsageError: shapes that do not fit, fewer than 100 replicates, or one that is not a number.

    >>> rng = np.random.default_rng(0)
    >>> one, two = simultaneous_intervals([0, 5], rng.normal([0, 5], 1, (9999, 2)), [20, 20])
    >>> round(one.high, 1), round(two.low, 1)  # wider than 1.96 standard errors
    (2.2, 2.8)
    """
    centre, drawn = np.asarray(values, float), np.asarray(replicates, float)
    if drawn.ndim != 2 or drawn.shape[1:] != centre.shape or len(n) != centre.size:
        raise UsageError(
            f"values {centre.shape}, replicates {drawn.shape} and {len(n)} counts do not fit"
        )
    if len(drawn) < 100 or not np.isfinite(drawn).all() or not 0 < level < 1:
        raise UsageError(
            "simultaneous intervals need 100 replicates or more, all numbers, and a level between "
            f"0 and 1; here {len(drawn)} replicates and {level}"
        )
    errors = drawn.std(axis=0, ddof=1)
    varies = errors > 1e-12 * np.maximum(np.abs(centre), 1)
    width = 0.0
    if varies.any():
        deviations = np.abs(drawn - centre)[:, varies] / errors[varies]
        width = float(np.quantile(deviations.max(axis=1), level))
    found = []
    for value, error, vary, count in zip(centre, errors, varies, n, strict=True):
        low, high = (value - width * error, value + width * error) if vary else (None, None)
        found.append(
            Estimate(
                float(value),
                None if low is None else float(low),
                None if high is None else float(high),
                int(count),
            )
        )
    return tuple(found)
