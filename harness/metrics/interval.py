"""Estimates with their intervals, the block being the unit of inference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri, stdtrit

__all__ = ["SHARE", "Bounds", "Estimate", "ratio", "within"]

FEWEST_BLOCKS = 5
"""With fewer blocks of one table no interval is given."""

LEAST_FREEDOM = 4
"""With fewer degrees of freedom, blocks beyond the first of each table that varied, likewise."""

FEW_FREEDOM = 10
"""With fewer, bounds are no narrower than Student's: so few draws cannot reach far enough."""

RESAMPLES = 9999

MOST_RESAMPLED = 400
"""With more blocks, the limit that the bootstrap comes to is computed in place of it."""

Floats: TypeAlias = NDArray[np.float64]

Bounds: TypeAlias = tuple[float, float]
"""The least and the greatest that a number can be, either of them infinite where there is none."""

SHARE: Bounds = (0.0, 1.0)
"""Those of a share."""


@dataclass(frozen=True)
class Estimate:
    """A number with the bounds of its 95 % interval and what it rests on.

    Attributes:
        value: the estimate; None where there was nothing to estimate it from.
        low: lower bound; None where no interval can be had.
        high: upper bound; likewise.
        n: observations that the estimate rests on: seats in matches, unless said otherwise.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_dict(self) -> dict[str, float | None]:
        """The estimate as JSON data."""
        return asdict(self)


def within(estimate: Estimate, bounds: Bounds) -> Estimate:
    """An estimate whose interval ends where the number does.

    Student's interval of few blocks reaches beyond what can be. What is cut off cannot be true, so
    the interval holds the truth as often as before.

    >>> within(Estimate(0.9, 0.62, 1.18, 20), SHARE)
    Estimate(value=0.9, low=0.62, high=1.0, n=20)
    """
    if estimate.low is None or estimate.high is None:
        return estimate
    low, high = (
        float(min(max(end, bounds[0]), bounds[1])) for end in (estimate.low, estimate.high)
    )
    return Estimate(estimate.value, low, high, estimate.n)


def ratio(
    sums: ArrayLike,
    counts: ArrayLike,
    blocks: Sequence[Hashable],
    tables: Sequence[Hashable],
    seed: int = 0,
) -> Estimate:
    """A ratio of sums, such as payoff per round, with a bootstrap interval over blocks.

    The value is `sum(sums) / sum(counts)`. The interval tells how far it would vary if the same
    tables were played again under other seeds: whole blocks are drawn anew within each table,
    9,999 times, n - 1 of a table's n with weight n / (n - 1), which keeps the variance unbiased
    where n is small (Rao & Wu 1988, Journal of the American Statistical Association 83(401),
    231-241), and the bounds are bias-corrected and accelerated (Efron 1987, the same 82(397),
    171-185), with Student's quantiles in place of the normal ones, as few blocks need (Hesterberg
    2015, The American Statistician 69(4), 371-386, section 5.3). For more than 400 blocks the
    bounds are those of the same approximation with its correction for skewness (Hall 1992, The
    Bootstrap and Edgeworth Expansion, section 3.5), which agree with the bootstrap's to second
    order.

    Tables that came out alike every time, as between deterministic players, add nothing to the
    width, and tell nothing of how far the others vary. No interval is given where the tables that
    varied have fewer than 4 blocks beyond the first of each, which takes 5 blocks of one table.
    With fewer than 10 beyond, the draws end too soon, and bounds are no narrower than Student's.

    Args:
        sums: shape (n,), the numerator of each match.
        counts: shape (n,), its denominator, such as its rounds.
        blocks: length n, the unit of inference that each match belongs to.
        tables: length n, who played, whatever the seed.
        seed: of the resampling.

    >>> ratio([30, 20], [10, 10], blocks=["a", "b"], tables=["x", "x"])
    Estimate(value=2.5, low=None, high=None, n=2)
    """
    top, bottom = np.asarray(sums, float), np.asarray(counts, float)
    if not bottom.sum():
        return Estimate(None, None, None, int(top.size))
    value = float(top.sum() / bottom.sum())
    codes: dict[tuple[Hashable, Hashable], int] = {}
    which = [codes.setdefault(key, len(codes)) for key in zip(tables, blocks, strict=True)]
    totals: Floats = np.stack(
        [np.bincount(which, weights=w) for w in (top, bottom)], axis=1, dtype=float
    )
    strata: dict[Hashable, list[int]] = {}
    for (table, _), code in codes.items():
        strata.setdefault(table, []).append(code)
    # Blocks and tables in an order of their own, so that no order of rows changes the draws.
    groups = [rows[np.lexsort(rows.T)] for rows in (totals[group] for group in strata.values())]
    groups.sort(key=lambda rows: (len(rows), rows.tolist()))
    low, high = _interval(np.concatenate(groups), tuple(map(len, groups)), seed)
    return Estimate(value, low, high, int(top.size))


def _interval(
    observed: Floats, sizes: tuple[int, ...], seed: int
) -> tuple[float | None, float | None]:
    """Bounds for a ratio of sums; None where undefined.

    `observed` has shape (blocks, 2), the blocks of each stratum together; `sizes` are theirs.
    """
    totals = observed.sum(axis=0)
    value = totals[0] / totals[1]
    strata = np.split(observed[:, 0] - value * observed[:, 1], np.cumsum(sizes)[:-1])
    pulls = [stratum - stratum.mean() for stratum in strata]
    influence = np.concatenate(pulls)
    spread = (influence**2).sum()
    # Tables that came out alike every time tell nothing of how far the others vary.
    freedom = sum(len(pull) - 1 for pull in pulls if (pull**2).sum() > 1e-12 * spread)
    if freedom < LEAST_FREEDOM or spread <= 1e-18 * (observed**2).sum():
        return None, None
    acceleration = (influence**3).sum() / (6 * spread**1.5)  # Efron (1987), 4.4, by influences
    z = stdtrit(freedom, np.array([0.025, 0.975]))
    counts = np.repeat(sizes, sizes)
    weights = np.where(counts > 1, counts / np.maximum(counts - 1, 1), 0.0)
    error = np.sqrt((weights * influence**2).sum()) / totals[1]
    if len(observed) > MOST_RESAMPLED:
        low, high = value + error * (z + acceleration * (2 * z**2 + 1))
        return float(low), float(high)
    resampled = _resampled(np.split(observed, np.cumsum(sizes)[:-1]), seed)
    replicates = resampled[:, 0] / resampled[:, 1]
    below = np.mean(replicates < value) + np.mean(replicates == value) / 2
    shifted = ndtri(below) + z  # equation 4.1, ties counted half
    levels = ndtr(ndtri(below) + shifted / (1 - acceleration * shifted))  # equation 2.3
    if not np.isfinite(levels).all():
        return None, None
    low, high = np.quantile(replicates, levels)
    if freedom < FEW_FREEDOM:
        low, high = min(low, value + z[0] * error), max(high, value + z[1] * error)
    return float(low), float(high)


def _resampled(strata: list[Floats], seed: int) -> Floats:
    """Sums of both columns in each resample, shape (resamples, 2), blocks drawn within strata."""
    total: Floats = np.zeros((RESAMPLES, 2))
    seen: Counter[int] = Counter()
    for stratum in strata:
        n = len(stratum)
        if n == 1 or (stratum == stratum[0]).all():
            total += stratum.sum(axis=0)
        else:
            total += _drawn(n, seen[n], seed) @ (stratum * (n / (n - 1)))
        seen[n] += 1
    return total


@lru_cache(maxsize=128)
def _drawn(n: int, which: int, seed: int) -> NDArray[np.int16]:
    """How often each of n blocks is drawn in each resample, n - 1 in all.

    Kept, since one tournament asks for the same again and again; `which` tells strata of one size
    apart.
    """
    rng = np.random.default_rng([abs(seed), int(seed < 0), n, which])
    return rng.multinomial(n - 1, np.full(n, 1 / n), RESAMPLES).astype(np.int16)
