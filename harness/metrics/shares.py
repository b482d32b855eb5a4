"""Numbers of one agent from sums over its seats, the block being the unit of inference."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.metrics.interval import Estimate, ratio
from harness.metrics.seats import Seats

__all__ = ["by_opponent", "linearised", "share"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def share(seats: Seats, rows: Ints, tops: ArrayLike, bottoms: ArrayLike, seed: int) -> Estimate:
    """A ratio of sums over some seats, such as payoff per round.

    `n` counts the seats that have a part in it.

    Args:
        seats: of a study.
        rows: shape (k,), which of them.
        tops: shape (k,), the numerator of each.
        bottoms: shape (k,), its denominator; seats with 0 are left out.
        seed: of resampling.
    """
    over, under = np.asarray(tops, float), np.asarray(bottoms, float)
    there = under > 0
    rows = rows[there]
    blocks, tables = seats.block[rows].tolist(), seats.table[rows].tolist()
    return ratio(over[there], under[there], blocks, tables, seed)


def linearised(
    seats: Seats,
    rows: Ints,
    value: float,
    influence: ArrayLike,
    *,
    seed: int,
    n: int | None = None,
) -> Estimate:
    """A number with the interval that follows from each seat's influence on it.

    The bounds are those of the mean of `value + k influence` over the k seats, which varies as the
    number does to first order (Hampel 1974, Journal of the American Statistical Association
    69(346), 383-393).

    Args:
        seats: of a study.
        rows: shape (k,), the seats that it rests on.
        value: the number.
        influence: shape (k,), summing to 0.
        seed: of resampling.
        n: what to count; k if not given.
    """
    moved = value + len(rows) * np.asarray(influence, float)
    found = share(seats, rows, moved, np.ones(len(rows)), seed)
    return Estimate(value, found.low, found.high, len(rows) if n is None else n)


def by_opponent(
    seats: Seats, rows: Ints, tops: ArrayLike, bottoms: ArrayLike, seed: int
) -> Estimate:
    """The mean over opponents of the ratio of sums against each, self-play left out.

    Every opponent weighs the same, however often it was met. Arguments are as in `share`.
    """
    over, under = np.asarray(tops, float), np.asarray(bottoms, float)
    met = seats.opponent[rows]
    there = (under > 0) & (met >= 0) & (met != seats.agent[rows])
    rows, over, under, met = rows[there], over[there], under[there], met[there]
    if not rows.size:
        return Estimate(None, None, None, 0)
    who, which = np.unique(met, return_inverse=True)
    total = np.bincount(which, under)
    rates = np.bincount(which, over) / total
    influence = (over - rates[which] * under) / total[which] / len(who)
    return linearised(seats, rows, float(rates.mean()), influence, seed=seed)
