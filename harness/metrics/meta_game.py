"""The meta-game: a tournament's payoffs as a game whose strategies are the agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.metrics.matrices import Floats, distribution, square
from harness.metrics.pair_blocks import PairBlocks

__all__ = [
    "PayoffMatrix",
    "deviation_gain",
    "invasion",
    "payoff_matrix",
    "regrets",
    "resampled_matrices",
    "strict_equilibria",
]


@dataclass(frozen=True, slots=True)
class PayoffMatrix:
    """What each agent earned against each, and how well that is known.

    Attributes:
        agents: names, in the order of rows and columns.
        mean: shape (n, n), mean payoff of row against column; NaN where they did not meet.
        standard_error: shape (n, n), by blocks; NaN with fewer than two.
        n: shape (n, n), seats in matches.
        n_blocks: shape (n, n).
        missing: (agent, opponent) of the cells without a match, self-play among them.
    """

    agents: tuple[str, ...]
    mean: Floats
    standard_error: Floats
    n: NDArray[np.intp]
    n_blocks: NDArray[np.intp]
    missing: tuple[tuple[str, str], ...]


def payoff_matrix(seats: PairBlocks) -> PayoffMatrix:
    """The empirical payoff matrix of a tournament of two-player matches.

    The standard error is that of a ratio of sums over blocks (Cochran 1977, Sampling Techniques,
    chapter 6, without the finite-population correction).

    Args:
        seats: as `harness.metrics.pair_blocks.pair_blocks` makes it of payoffs per round.

    >>> from harness.metrics.pair_blocks import pair_blocks
    >>> seats = pair_blocks(["a", "b", "a", "b"], ["b", "a", "b", "a"], [3, 0, 5, 1], [0, 0, 1, 1])
    >>> matrix = payoff_matrix(seats)
    >>> matrix.mean[0, 1], matrix.standard_error[0, 1], matrix.missing
    (np.float64(4.0), np.float64(1.0), (('a', 'a'), ('b', 'b')))
    """
    sums, counts = seats.totals()
    met = counts > 0
    mean = np.divide(sums, counts, out=np.full_like(sums, np.nan), where=met)
    size = len(seats.agents)
    error = np.full((size, size), np.nan)
    n_blocks = np.zeros((size, size), np.intp)
    start = 0
    for (i, j), blocks in zip(seats.pairs, seats.sizes, strict=True):
        part = slice(start, start + blocks)
        start += blocks
        for row, column, side in ((j, i, 1), (i, j, 0)):
            if not met[row, column]:
                continue
            n_blocks[row, column] = (seats.counts[part, side] > 0).sum()
            if n_blocks[row, column] > 1:
                n = n_blocks[row, column]
                rest = seats.sums[part, side] - mean[row, column] * seats.counts[part, side]
                error[row, column] = np.sqrt(n / (n - 1) * (rest**2).sum()) / counts[row, column]
    missing = tuple((seats.agents[i], seats.agents[j]) for i, j in np.argwhere(~met))
    return PayoffMatrix(seats.agents, mean, error, counts.astype(np.intp), n_blocks, missing)


def resampled_matrices(seats: PairBlocks, resamples: int = 1000, seed: int = 0) -> Floats:
    """Payoff matrices of tournaments whose blocks are drawn anew within each pair.

    Both directions of a pair are drawn together, so that zero-sum play stays zero-sum. Recompute
    on each whatever is reported (Rowland et al. 2019, arXiv:1909.09849).

    Returns:
        Shape (resamples, n, n); NaN where a pair did not meet.

    >>> from harness.metrics.pair_blocks import pair_blocks
    >>> seats = pair_blocks(["a"] * 5, ["a"] * 5, [1, 2, 3, 4, 5], range(5))
    >>> resampled_matrices(seats, resamples=100).shape
    (100, 1, 1)
    """
    sums, counts = seats.resampled(resamples, seed)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def deviation_gain(payoffs: ArrayLike, population: ArrayLike | None = None) -> float:
    """The most that a newcomer gains over the mean of a population.

    max_i (Mx)_i - x'Mx, half the NashConv of both playing x (Lanctot et al. 2017,
    arXiv:1711.00832); 0 just where x is a symmetric equilibrium.

    Args:
        payoffs: shape (n, n), of row against column.
        population: shape (n,), shares; all equal unless given.

    Raises:
        UsageError: a cell is missing, or the population is none.

    >>> deviation_gain([[3, 0], [5, 1]], [1, 0])
    2.0
    """
    matrix = square(payoffs)
    n = len(matrix)
    shares = np.full(n, 1 / n) if population is None else distribution(population, n)
    earned = matrix @ shares
    return float(earned.max() - shares @ earned)


def regrets(payoffs: ArrayLike, equilibrium: ArrayLike) -> Floats:
    """What each agent earns less against an equilibrium than its members do.

    x'Mx - (Mx)_i: 0 for all in its support and above 0 for others, where it is an equilibrium; a
    negative one shows that it is none.

    Args:
        payoffs: shape (n, n).
        equilibrium: shape (n,), shares.

    Raises:
        UsageError: a cell is missing, or the equilibrium is no population.

    >>> regrets([[3, 0], [5, 1]], [0, 1])
    array([1., 0.])
    """
    matrix = square(payoffs)
    earned = matrix @ (shares := distribution(equilibrium, len(matrix)))
    return np.asarray(shares @ earned - earned, float)


def strict_equilibria(payoffs: ArrayLike) -> tuple[int, ...]:
    """The agents who, if everybody were them, would leave everybody else worse off.

    The strict symmetric pure equilibria: M_ii > M_ji for all j (Weibull 1995, Evolutionary Game
    Theory, chapter 2). There may be none or many; an agent alone is one.

    Raises:
        UsageError: a cell is missing.

    >>> strict_equilibria([[2, 0], [0, 1]])
    (0, 1)
    """
    behind = square(payoffs).copy()
    own = np.diag(behind).copy()
    np.fill_diagonal(behind, -np.inf)
    return tuple(int(i) for i in np.flatnonzero(own > behind.max(axis=0)))


def invasion(payoffs: ArrayLike) -> Floats:
    """What one rare mutant gains over the residents among whom it lives.

    Entry (i, j) is M_ij - M_jj for a mutant i among residents j: above 0 it invades (Maynard Smith
    & Price 1973, Nature 246, 15-18). At 0, second-order effects decide.

    Args:
        payoffs: shape (n, n); missing cells, as NaN, are missing in the answer too.

    >>> invasion([[3, 0], [5, 1]])
    array([[ 0., -1.],
           [ 2.,  0.]])
    """
    matrix = np.asarray(payoffs, float)
    return matrix - np.diag(matrix)[None, :]
