"""The Poisson cognitive hierarchy in the p-beauty contest (Camerer, Ho & Chong 2004).

"A cognitive hierarchy model of games", Quarterly Journal of Economics 119(3), 861-898. The share of
players who think k steps is Poisson with mean tau. Step 0 chooses the middle of the range on
average; step k answers the mixture of all lower steps, weighted by their true relative shares.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.metrics.interval import Estimate

__all__ = ["LARGEST_TAU", "ch_choices", "ch_mean", "ch_tau", "tau_estimate"]

Floats: TypeAlias = NDArray[np.float64]

LARGEST_TAU = 30.0
"""Means below what this tau predicts have no estimate: no finite number of steps explains them."""

STEPS = 200
"""Steps beyond which a Poisson variable with mean up to `LARGEST_TAU` has no mass to speak of."""


def ch_choices(tau: float, p: float, level_zero: float = 50.0) -> Floats:
    """What players who think 0, 1, 2, … steps choose.

    `a_0` is `level_zero` and `a_k = p * sum_{j<k} f(j) a_j / sum_{j<k} f(j)`, f being Poisson with
    mean tau.

    Returns:
        Shape (201,), for 0 to 200 steps.

    Raises:
        UsageError: tau is negative or above 30, or p is not between 0 and 1.

    >>> ch_choices(1.5, 2 / 3)[:3].round(3).tolist()
    [50.0, 33.333, 26.667]
    """
    return _choices_and_shares(tau, p, level_zero)[0]


def ch_mean(tau: float, p: float, level_zero: float = 50.0) -> float:
    """The mean choice that the hierarchy predicts: `sum_k f(k) a_k`.

    Arguments and errors are as in `ch_choices`.

    >>> round(ch_mean(1.5, 2 / 3), 2)
    33.5
    """
    choices, shares = _choices_and_shares(tau, p, level_zero)
    return float(choices @ shares)


def ch_tau(mean: float, p: float, level_zero: float = 50.0) -> float | None:
    """The tau at which the hierarchy predicts this mean choice.

    The prediction falls as tau rises, so that there is one at most.

    Args:
        mean: of the numbers chosen.
        p: the factor, between 0 and 1.
        level_zero: mean choice of step 0.

    Returns:
        None where the mean is above `level_zero`, or below what `LARGEST_TAU` predicts.

    >>> round(ch_tau(33.5, 2 / 3), 3)
    1.5
    >>> ch_tau(51, 2 / 3) is None
    True
    """
    from scipy.optimize import brentq

    def excess(tau: float) -> float:
        return ch_mean(tau, p, level_zero) - mean

    if excess(0.0) < 0 or excess(LARGEST_TAU) > 0:
        return None
    return float(brentq(excess, 0.0, LARGEST_TAU, xtol=1e-10))


def tau_estimate(mean: Estimate, p: float, level_zero: float = 50.0) -> Estimate:
    """Tau with its interval, from the mean choice with its own.

    As the prediction falls in tau, the bounds of tau are those of the mean, swapped: a mean bound
    above `level_zero` gives a tau of 0; there is no interval where the mean's lower bound is below
    what `LARGEST_TAU` predicts.

    >>> found = tau_estimate(Estimate(33.5, 29.81, 37.84, 12), 2 / 3)
    >>> round(found.low, 2), round(found.high, 2)
    (1.0, 2.0)
    """
    if mean.value is None:
        return Estimate(None, None, None, mean.n)
    value = ch_tau(mean.value, p, level_zero)
    if value is None or mean.low is None or mean.high is None:
        return Estimate(value, None, None, mean.n)
    high = ch_tau(mean.low, p, level_zero)
    low = ch_tau(min(mean.high, level_zero), p, level_zero)
    return Estimate(value, None if high is None else low, high, mean.n)


def _choices_and_shares(tau: float, p: float, level_zero: float) -> tuple[Floats, Floats]:
    """The choice of each number of steps, and how many players think as far."""
    if not 0 <= tau <= LARGEST_TAU or not 0 < p < 1:
        raise UsageError(
            f"tau is {tau} and p is {p}; tau must be from 0 to {LARGEST_TAU:g}, and p between 0 and"
            " 1 for choices to fall from step to step"
        )
    from scipy.stats import poisson

    shares = np.asarray(poisson.pmf(np.arange(STEPS + 1), tau), float)
    choices = np.empty(STEPS + 1)
    choices[0] = level_zero
    weight, total = shares[0], shares[0] * level_zero
    for k in range(1, STEPS + 1):
        choices[k] = p * total / weight
        weight, total = weight + shares[k], total + shares[k] * choices[k]
    return choices, shares
