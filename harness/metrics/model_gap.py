"""What a model of an agent promised, less what was earned by playing its advice."""

from __future__ import annotations

from math import hypot

from harness.metrics.interval import Estimate

__all__ = ["model_gap"]


def model_gap(predicted: Estimate, realised: Estimate) -> Estimate:
    """A predicted value less the realised one, with an interval from those of both.

    The bounds are by MOVER, for estimates that are independent of each other and whose intervals
    need not be symmetric (Zou & Donner 2008, Statistics in Medicine 27(10), 1693-1702, equation
    for a difference): with prediction p in (l, u) and realised r in (m, v), from
    `p - r - sqrt((p - l)^2 + (v - r)^2)` to `p - r + sqrt((u - p)^2 + (r - m)^2)`.

    Args:
        predicted: from other matches than those in which the value was realised.
        realised: what was earned.

    Returns:
        The difference, with bounds where both have them; `n` is that of what was realised.

    >>> model_gap(Estimate(10.0, 7.0, 13.0, 20), Estimate(5.0, 1.0, 9.0, 40))
    Estimate(value=5.0, low=0.0, high=10.0, n=40)
    """
    if predicted.value is None or realised.value is None:
        return Estimate(None, None, None, 0)
    gap = predicted.value - realised.value
    bounds = (predicted.low, predicted.high, realised.low, realised.high)
    if None in bounds:
        return Estimate(gap, None, None, realised.n)
    down, up, less, more = (float(bound) for bound in bounds if bound is not None)
    low = gap - hypot(predicted.value - down, more - realised.value)
    high = gap + hypot(up - predicted.value, realised.value - less)
    return Estimate(gap, low, high, realised.n)
