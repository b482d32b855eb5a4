"""Blocks of each pair of agents, drawn anew: what intervals of whole tournaments rest on."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS, Estimate
from harness.metrics.matrices import Floats

__all__ = ["NO_WIDTH", "PairBlocks", "pair_blocks", "percentile_estimate"]

NO_WIDTH = 1e-12
"""Between bounds no further apart, relative to what varies, there is no interval."""


@dataclass(frozen=True, slots=True)
class PairBlocks:
    """Sums of a tournament by block, the blocks of a pair of agents together.

    Both directions of a pair come from the same matches, so one draw of blocks serves both.

    Attributes:
        agents: names, in the order of the axes of matrices.
        pairs: shape (p, 2), indices of the agents of each pair, the smaller first.
        sums: shape (g, 2), what the first earned from the second in each block, and the reverse.
        counts: shape (g, 2), of how many seats these are sums; for self-play all are the first's.
        sizes: length p, blocks of each pair, in the order of `sums`.
    """

    agents: tuple[str, ...]
    pairs: NDArray[np.intp]
    sums: Floats
    counts: Floats
    sizes: tuple[int, ...]

    @property
    def fewest(self) -> int:
        """Blocks of the pair that has fewest."""
        return min(self.sizes)

    def resampled(self, resamples: int, seed: int) -> tuple[Floats, Floats]:
        """Sums and counts of the pairs, their blocks drawn anew.

        Of a pair's n blocks n - 1 are drawn with weight n / (n - 1), which keeps the variance
        unbiased where n is small (Rao & Wu 1988, Journal of the American Statistical Association
        83(401), 231-241). A single block stays as it is.

        Returns:
            Two arrays of shape (resamples, n, n), of row against column; counts of 0 where a pair
            did not meet.
        """
        rng = np.random.default_rng(seed)
        n, both = len(self.agents), np.hstack([self.sums, self.counts])
        drawn = np.zeros((resamples, len(self.pairs), 4))
        start = 0
        for p, size in enumerate(self.sizes):
            block = both[start : start + size]
            start += size
            if size == 1 or (block == block[0]).all():
                drawn[:, p] = block.sum(axis=0)
            else:
                weights = rng.multinomial(size - 1, np.full(size, 1 / size), resamples)
                drawn[:, p] = weights @ block * (size / (size - 1))
        return self._spread(drawn[..., :2], n), self._spread(drawn[..., 2:], n)

    def totals(self) -> tuple[Floats, Floats]:
        """Sums and counts as played, each of shape (n, n), of row against column."""
        starts = np.cumsum((0, *self.sizes[:-1]))
        n = len(self.agents)
        sums, counts = (np.add.reduceat(x, starts)[None] for x in (self.sums, self.counts))
        return self._spread(sums, n)[0], self._spread(counts, n)[0]

    def _spread(self, of_pairs: Floats, n: int) -> Floats:
        cells = np.zeros((len(of_pairs), n, n))
        first, second = self.pairs.T
        cells[:, second, first] = of_pairs[..., 1]
        cells[:, first, second] = of_pairs[..., 0]  # last, so that it is what self-play keeps
        return cells


def pair_blocks(
    agents: Sequence[str],
    opponents: Sequence[str],
    values: ArrayLike,
    blocks: Sequence[Hashable],
) -> PairBlocks:
    """Sort the seats of a tournament by pair and block.

    Args:
        agents: length m, who sat in each seat of each match of two.
        opponents: length m, against whom.
        values: shape (m,), what the seat earned.
        blocks: length m, the unit of inference of the match; the same name may serve many pairs.

    Raises:
        UsageError: lengths that differ, nothing at all, or a value that is not a number.

    >>> pair_blocks(["a", "b"], ["b", "a"], [3.0, 1.0], [0, 0]).sums
    array([[3., 1.]])
    """
    earned = np.asarray(values, float)
    if not len(agents) == len(opponents) == len(blocks) == earned.size or not earned.size:
        raise UsageError(
            f"{len(agents)} agents, {len(opponents)} opponents, {earned.size} values and "
            f"{len(blocks)} blocks: these are one of each a seat, and at least one"
        )
    if not np.isfinite(earned).all():
        at = int(np.flatnonzero(~np.isfinite(earned))[0])
        raise UsageError(
            f"seat {at}, {agents[at]} against {opponents[at]}, earned {earned[at]}: leave seats "
            "without a payoff out"
        )
    code: dict[str, int] = {}
    for name in (*agents, *opponents):
        code.setdefault(name, len(code))
    of_pair: dict[tuple[int, int], dict[Hashable, Floats]] = {}
    for agent, opponent, value, block in zip(agents, opponents, earned, blocks, strict=True):
        i, j = code[agent], code[opponent]
        cells = of_pair.setdefault((min(i, j), max(i, j)), {}).setdefault(block, np.zeros(4))
        cells[[int(i > j), 2 + int(i > j)]] += value, 1
    rows = np.array([cells for groups in of_pair.values() for cells in groups.values()])
    sizes = tuple(len(groups) for groups in of_pair.values())
    return PairBlocks(tuple(code), np.array(list(of_pair)), rows[:, :2], rows[:, 2:], sizes)


def percentile_estimate(
    value: float | None, replicates: ArrayLike, n: int, fewest: int
) -> Estimate:
    """An estimate with the 2.5 % and 97.5 % quantiles of its replicates.

    Args:
        value: as played; None where undefined.
        replicates: shape (b,), NaN where it was undefined.
        n: observations.
        fewest: blocks of the pair that has fewest; with less than 5 there is no interval.

    >>> percentile_estimate(0.5, [0.4, 0.5, 0.6], n=20, fewest=10).high
    0.595
    """
    drawn = np.asarray(replicates, float)
    drawn = drawn[np.isfinite(drawn)]
    if value is None or fewest < FEWEST_BLOCKS or not drawn.size:
        return Estimate(value, None, None, n)
    low, high = np.quantile(drawn, [0.025, 0.975])
    if high - low <= NO_WIDTH * max(1.0, float(np.abs(drawn).max())):
        return Estimate(value, None, None, n)  # no resample but a few differs: that is no interval
    return Estimate(value, float(low), float(high), n)
