"""Estimates with their intervals, the block being the unit of inference."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

__all__ = ["Estimate", "ratio"]

FEWEST_BLOCKS = 5
"""With fewer independent blocks no interval is given."""

RESAMPLES = 9999

KEPT_ENTRIES = 4_000_000
"""Resamples are made in pieces of at most this many numbers."""

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A number with the bounds of its 95 % interval and what it rests on.

    Attributes:
        value: the estimate; None where there was nothing to estimate it from.
        low: lower bound; None where no interval can be had.
        high: upper bound; likewise.
        n: matches that the estimate rests on.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    def as_dict(self) -> dict[str, float | None]:
        """The estimate as JSON data."""
        return asdict(self)


def ratio(
    sums: ArrayLike,
    counts: ArrayLike,
    blocks: Sequence[Hashable],
    tables: Sequence[Hashable],
    seed: int = 0,
) -> Estimate:
    """A ratio of sums, such as payoff per round, with a bootstrap interval over blocks.

    The value is `sum(sums) / sum(counts)`. The interval is bias-corrected and accelerated
    (Efron 1987, Journal of the American Statistical Association 82(397), 171-185), from 9,999
    resamples of whole blocks. A table whose blocks all came out alike, as between deterministic
    players, is one observation and not many. No interval is given for fewer than 5 blocks, nor
    where all came out alike.

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
    totals: dict[Hashable, dict[Hashable, list[float]]] = {}
    for block, table, u, n in zip(blocks, tables, top, bottom, strict=True):
        total = totals.setdefault(table, {}).setdefault(block, [0.0, 0.0])
        total[0] += u
        total[1] += n
    observed = []
    for by_block in totals.values():
        distinct = sorted({(u, n) for u, n in by_block.values()})
        observed += distinct if len(distinct) == 1 else [(u, n) for u, n in by_block.values()]
    low, high = _bootstrap(np.array(observed), seed)
    return Estimate(value, low, high, int(top.size))


def _bootstrap(observed: Floats, seed: int) -> tuple[float | None, float | None]:
    """Bounds for a ratio of sums; `observed` has shape (blocks, 2). None where undefined."""
    n_blocks = len(observed)
    if n_blocks < FEWEST_BLOCKS or np.ptp(observed[:, 0] / observed[:, 1]) == 0:
        return None, None
    totals = observed.sum(axis=0)
    value = totals[0] / totals[1]
    resampled = np.concatenate([weights @ observed for weights in _resamples(n_blocks, seed)])
    replicates = resampled[:, 0] / resampled[:, 1]
    below = np.mean(replicates < value) + np.mean(replicates == value) / 2
    bias = ndtri(below)  # Efron (1987), equation 4.1, ties counted half
    left_out = totals - observed
    influence = np.mean(left_out[:, 0] / left_out[:, 1]) - left_out[:, 0] / left_out[:, 1]
    acceleration = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    z = bias + ndtri(np.array([0.025, 0.975]))
    levels = ndtr(bias + z / (1 - acceleration * z))  # equation 2.3 there
    if not np.isfinite(levels).all():
        return None, None
    low, high = np.quantile(replicates, levels)
    return float(low), float(high)


def _resamples(n_blocks: int, seed: int) -> Iterator[Floats]:
    """How often each resample draws each block: arrays of shape (resamples, blocks)."""
    if n_blocks * RESAMPLES <= KEPT_ENTRIES:
        yield _kept_resamples(n_blocks, seed)
        return
    rng = np.random.default_rng(seed)
    size = max(1, KEPT_ENTRIES // n_blocks)
    for start in range(0, RESAMPLES, size):
        yield _draw(rng, n_blocks, min(size, RESAMPLES - start))


@lru_cache(maxsize=2)
def _kept_resamples(n_blocks: int, seed: int) -> Floats:
    """All resamples at once; kept, since one tournament asks for the same again and again."""
    return _draw(np.random.default_rng(seed), n_blocks, RESAMPLES)


def _draw(rng: np.random.Generator, n_blocks: int, size: int) -> Floats:
    return rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size).astype(float)
