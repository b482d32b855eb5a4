"""α-Rank: how long an evolving population spends with each strategy.

Fitness depends here on how frequent the strategies are: a mutant in a finite population earns what
the whole population, mutants and residents, pays it. The local model of selection, in which only
the payoffs of mutant and resident against each other count, is left out: it rewards beating one's
partner and not doing well, so that it puts the defector first among conditional cooperators and
cannot tell the better of two conventions. Some libraries have it as their default.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.matrices import Floats, square

__all__ = [
    "ALPHAS",
    "AlphaSweep",
    "alpha_rank",
    "alpha_sweep",
    "log_fixation",
    "stationary_of_log_rates",
]

ALPHAS: tuple[float, ...] = tuple(float(a) for a in np.geomspace(0.01, 10, 13))
"""Strengths of selection of a sweep, four a decade, per point of payoff."""


@dataclass(frozen=True, slots=True)
class AlphaSweep:
    """α-Rank over a range of strengths of selection.

    Attributes:
        alphas: length k, rising, in 1 / payoff.
        masses: shape (k, n), the stationary distribution at each.
        settled: the smallest alpha from which on no distribution differs from the last by more
            than 0.01 in total variation; None where only the last one itself does not.
    """

    alphas: tuple[float, ...]
    masses: Floats
    settled: float | None


def log_fixation(payoffs: ArrayLike, alpha: float, population: int = 50) -> Floats:
    """The log of the probability that a single mutant takes over.

    The fixation probability of Omidshafiei et al. 2019 (α-Rank: Multi-Agent Evaluation by
    Evolution, Scientific Reports 9, 9937), with fitness that depends on frequencies: the pairwise
    comparison process of Traulsen, Nowak & Pacheco 2006 (Physical Review E 74, 011909):
    1 / (1 + sum_l prod_{k <= l} exp(-alpha (f_r(k) - f_s(k)))) with k mutants r of m individuals,
    f_r(k) = ((k - 1) M_rr + (m - k) M_rs) / (m - 1) and
    f_s(k) = (k M_sr + (m - k - 1) M_ss) / (m - 1).
    In logs, where nothing underflows.

    Args:
        payoffs: shape (n, n), of row against column.
        alpha: strength of selection, in 1 / payoff, at least 0.
        population: individuals, at least 2.

    Returns:
        Shape (n, n): entry (s, r) for one mutant r among residents s; 0 on the diagonal.

    Raises:
        UsageError: alpha or the population out of range.

    >>> np.exp(log_fixation([[1, 1], [1, 1]], alpha=5.0, population=50))[0, 1].round(6)
    np.float64(0.02)
    """
    matrix = square(payoffs)
    if not (np.isfinite(alpha) and alpha >= 0) or population < 2:
        raise UsageError(
            f"alpha is a number of at least 0 and a population 2 or more, "
            f"not {alpha} and {population}"
        )
    k = np.arange(1, population)[:, None, None]  # mutants
    own = np.diag(matrix)
    # Axes: mutants, resident s, mutant r; nobody meets themselves.
    mutant = (k - 1) * own[None, None, :] + (population - k) * matrix.T[None]
    resident = k * matrix[None] + (population - k - 1) * own[None, :, None]
    advantage = alpha * (mutant - resident) / (population - 1)
    steps = -np.cumsum(advantage, axis=0)
    largest = np.maximum(steps.max(axis=0), 0)
    total = np.exp(-largest) + np.exp(steps - largest).sum(axis=0)
    logs: Floats = -largest - np.log(total)
    np.fill_diagonal(logs, 0)
    return logs


def stationary_of_log_rates(log_rates: ArrayLike) -> Floats:
    """The stationary distribution of an irreducible Markov chain, from the logs of its rates.

    Grassmann, Taksar & Heyman 1985 (Operations Research 33(5), 1107-1116): elimination of one state
    after another without subtractions; here in logs, so that rates as different as exp(-1000) and
    1 keep all their digits.

    Args:
        log_rates: shape (n, n), logs of the rates or probabilities from row to column; the
            diagonal is not read. All others finite.

    >>> stationary_of_log_rates(np.log([[0.9, 0.1], [0.3, 0.7]])).round(6)
    array([0.75, 0.25])
    """
    rates = square(log_rates)
    n = len(rates)
    for last in range(n - 1, 0, -1):
        rates[:last, last] -= np.logaddexp.reduce(rates[last, :last])
        through = rates[:last, last, None] + rates[None, last, :last]
        rates[:last, :last] = np.logaddexp(rates[:last, :last], through)
    logs = np.zeros(n)
    for state in range(1, n):
        logs[state] = np.logaddexp.reduce(logs[:state] + rates[:state, state])
    masses: Floats = np.exp(logs - np.logaddexp.reduce(logs))
    return masses


def alpha_rank(payoffs: ArrayLike, alpha: float, population: int = 50) -> Floats:
    """The α-Rank mass of each strategy of a symmetric game.

    Omidshafiei et al. 2019, for one population, with frequency-dependent selection: the stationary
    distribution of the chain that moves from s to r at the rate `log_fixation` tells.
    It is invariant to adding a constant to all payoffs; multiplying them by c is the same as
    multiplying alpha by c, so report a sweep.

    Args:
        payoffs: shape (n, n), of row against column, self-play on the diagonal.
        alpha: strength of selection, in 1 / payoff; any size.
        population: individuals.

    Returns:
        Shape (n,), from 0 to 1, summing to 1.

    Raises:
        UsageError: as `log_fixation`.

    >>> alpha_rank([[2, 0], [0, 1]], alpha=0.1).round(6)  # the better convention
    array([0.916827, 0.083173])
    """
    return stationary_of_log_rates(log_fixation(payoffs, alpha, population))


def alpha_sweep(
    payoffs: ArrayLike, alphas: Sequence[float] = ALPHAS, population: int = 50
) -> AlphaSweep:
    """α-Rank at each strength of selection, and from where on it no longer changes.

    Args:
        payoffs: shape (n, n).
        alphas: rising.
        population: individuals.

    Raises:
        UsageError: no alphas, or not rising; else as `log_fixation`.

    >>> alpha_sweep([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).settled
    0.01
    """
    if not alphas or any(b <= a for a, b in itertools.pairwise(alphas)):
        raise UsageError(f"a sweep needs rising alphas, not {list(alphas)}")
    masses = np.array([alpha_rank(payoffs, alpha, population) for alpha in alphas])
    away = np.abs(masses - masses[-1]).sum(axis=1) / 2 > 0.01
    first = int(np.flatnonzero(away)[-1]) + 1 if away.any() else 0
    settled = float(alphas[first]) if first < len(alphas) - 1 else None
    return AlphaSweep(tuple(float(a) for a in alphas), masses, settled)
