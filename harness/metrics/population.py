"""A tournament as a population: its payoff matrix and all that is read from it, with intervals."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.metrics.alpha_rank import AlphaSweep, alpha_rank, alpha_sweep
from harness.metrics.cyclic import decompose
from harness.metrics.interval import FEWEST_BLOCKS, Estimate
from harness.metrics.matrices import Floats, antisymmetric_part
from harness.metrics.meta_game import (
    PayoffMatrix,
    deviation_gain,
    invasion,
    payoff_matrix,
    regrets,
    resampled_matrices,
    strict_equilibria,
)
from harness.metrics.nash_averaging import nash_average
from harness.metrics.pair_blocks import NO_WIDTH, PairBlocks, pair_blocks, percentile_estimate
from harness.metrics.replicator import limits, replicator_limit

__all__ = ["Equilibrium", "Margins", "Population", "analyse_population"]


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """A symmetric equilibrium of the meta-game and what each agent loses against it.

    Attributes:
        kind: `strict` for all playing one agent; `replicator` for where the dynamics lead from
            equal shares.
        population: shape (n,), shares.
        regret: payoff that each agent forgoes, in the order of the agents.
        support: share of resamples in which the strict one is still one, or the dynamics come to
            rest; regrets against the latter rest on these alone.
    """

    kind: str
    population: Floats
    regret: tuple[Estimate, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Margins:
    """Who beats whom, by half the difference of the two payoffs of each pair.

    Attributes:
        nash_ratings: Nash average of each agent, in the order of the agents; at most 0.
        nash_population: shape (n,), the equilibrium of highest entropy.
        cyclic_share: share of the squared margins that no ranking explains. Chance adds to it, and
            its interval is biased upwards likewise.
        corrected_share: the same less what chance adds; None where that is not known.
    """

    nash_ratings: tuple[Estimate, ...]
    nash_population: Floats
    cyclic_share: Estimate
    corrected_share: float | None


@dataclass(frozen=True, slots=True)
class Population:
    """All that the payoff matrix tells. Lists are in the order of `matrix.agents`.

    Attributes:
        matrix: the payoffs, and which are missing; with any missing, all else that needs it is
            None.
        uniform_gain: the most that an agent gains over the mean of the tournament's population.
        equilibria: strict ones, then the limit of the replicator dynamics where it is at rest.
        alpha_rank: mass of each agent at the strongest selection of the sweep.
        first: share of resamples in which that puts the agent first, ties shared; None with fewer
            than 5 blocks a pair.
        sweep: α-Rank over strengths of selection.
        invasion: shape (n, n), what row gains as a rare mutant among column; NaN where missing.
        invasion_low: shape (n, n), lower bounds; NaN without an interval.
        invasion_high: shape (n, n), upper bounds, below 0 where column resists row.
        margins: None unless all pairs of different agents met.
    """

    matrix: PayoffMatrix
    uniform_gain: Estimate | None
    equilibria: tuple[Equilibrium, ...] | None
    alpha_rank: tuple[Estimate, ...] | None
    first: tuple[float, ...] | None
    sweep: AlphaSweep | None
    invasion: Floats
    invasion_low: Floats
    invasion_high: Floats
    margins: Margins | None


def analyse_population(
    agents: Sequence[str],
    opponents: Sequence[str],
    payoffs: ArrayLike,
    blocks: Sequence[Hashable],
    *,
    resamples: int = 500,
    seed: int = 0,
) -> Population:
    """Read a tournament of two-player matches as a population of its agents.

    Everything is computed anew on each resample, of blocks within pairs; intervals are 95 %,
    percentile, and there are none where some pair has fewer than 5 blocks.

    Args:
        agents: length m, who sat in each seat of each match.
        opponents: length m, against whom; self-play included where it was played.
        payoffs: shape (m,), per round.
        blocks: length m, the unit of inference.
        resamples: of the bootstrap.
        seed: of it.

    Raises:
        UsageError: lengths that differ, nothing at all, or a payoff that is not a number.

    >>> found = analyse_population(
    ...     ["c", "c", "d", "d"], ["c", "d", "c", "d"], [3, 0, 5, 1], [0, 0, 0, 0], resamples=10)
    >>> found.uniform_gain.value, [e.population.tolist() for e in found.equilibria]
    (0.75, [[0.0, 1.0]])
    """
    seats = pair_blocks(agents, opponents, payoffs, blocks)
    matrix = payoff_matrix(seats)
    drawn = resampled_matrices(seats, resamples, seed)
    fewest, played = seats.fewest, matrix.n.sum(axis=1)
    against = np.array([invasion(one) for one in drawn])
    low, high = _bounds(against, fewest)
    if matrix.missing:
        off_diagonal = any(agent != opponent for agent, opponent in matrix.missing)
        margins = None if off_diagonal else _margins(seats, matrix, drawn)
        return Population(
            matrix, None, None, None, None, None, invasion(matrix.mean), low, high, margins
        )
    sweep = alpha_sweep(matrix.mean)
    masses = np.array([alpha_rank(one, sweep.alphas[-1]) for one in drawn])
    best = masses >= masses.max(axis=1, keepdims=True) - 1e-9
    first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    return Population(
        matrix,
        percentile_estimate(
            deviation_gain(matrix.mean),
            [deviation_gain(one) for one in drawn],
            int(matrix.n.sum()),
            fewest,
        ),
        _equilibria(seats, matrix, drawn),
        _estimates(sweep.masses[-1], masses, played, fewest),
        tuple(float(p) for p in first) if fewest >= FEWEST_BLOCKS else None,
        sweep,
        invasion(matrix.mean),
        low,
        high,
        _margins(seats, matrix, drawn),
    )


def _equilibria(seats: PairBlocks, matrix: PayoffMatrix, drawn: Floats) -> tuple[Equilibrium, ...]:
    n, played = len(matrix.agents), matrix.n.sum(axis=1)
    strict = [set(strict_equilibria(one)) for one in drawn]
    found = []
    for agent in strict_equilibria(matrix.mean):
        population = np.eye(n)[agent]
        replicates = np.array([regrets(one, population) for one in drawn])
        regret = _estimates(regrets(matrix.mean, population), replicates, played, seats.fewest)
        kept = float(np.mean([agent in equilibria for equilibria in strict]))
        found.append(Equilibrium("strict", population, regret, kept))
    limit = replicator_limit(matrix.mean)
    known = {tuple(equilibrium.population) for equilibrium in found}
    if limit.at_rest and tuple(limit.population.round(3)) not in known:
        ends, at_rest, _ = limits(drawn, np.full((len(drawn), n), 1 / n))
        replicates = np.full((len(drawn), n), np.nan)
        for k in np.flatnonzero(at_rest):
            replicates[k] = regrets(drawn[k], ends[k])
        values = regrets(matrix.mean, limit.population)
        regret = _estimates(values, replicates, played, seats.fewest)
        found.append(Equilibrium("replicator", limit.population, regret, float(at_rest.mean())))
    return tuple(found)


def _margins(seats: PairBlocks, matrix: PayoffMatrix, drawn: Floats) -> Margins:
    enough = seats.fewest >= FEWEST_BLOCKS
    tables = np.concatenate([matrix.mean[None], drawn if enough else drawn[:0]])
    own = np.arange(len(matrix.agents))
    tables[:, own, own] = 0.0  # nobody beats themselves, whether they met or not
    margins = np.array([antisymmetric_part(table) for table in tables])
    distinct, which = np.unique(margins, axis=0, return_inverse=True)  # many are alike
    averages = [nash_average(margin) for margin in distinct]
    ratings = np.array([average.ratings for average in averages])[which.ravel()]
    errors = margins[1:].std(axis=0, ddof=1) if len(margins) > 2 else None
    whole = decompose(margins[0], errors)
    shares = [decompose(margin).cyclic_share for margin in margins[1:]]
    return Margins(
        _estimates(ratings[0], ratings[1:], matrix.n.sum(axis=1), seats.fewest),
        averages[which.ravel()[0]].equilibrium,
        percentile_estimate(
            whole.cyclic_share,
            [np.nan if share is None else share for share in shares],
            int(matrix.n.sum()),
            seats.fewest,
        ),
        whole.corrected_share,
    )


def _estimates(
    values: Floats, replicates: Floats, n: ArrayLike, fewest: int
) -> tuple[Estimate, ...]:
    """One estimate for each agent, of replicates of shape (resamples, agents)."""
    counts = np.asarray(n)
    return tuple(
        percentile_estimate(float(value), column, int(count), fewest)
        for value, column, count in zip(values, replicates.T, counts, strict=True)
    )


def _bounds(replicates: Floats, fewest: int) -> tuple[Floats, Floats]:
    """2.5 % and 97.5 % quantiles of each cell; NaN where they do not vary."""
    low, high = np.quantile(replicates, [0.025, 0.975], axis=0)
    size = np.maximum(1.0, np.abs(replicates).max(axis=0))
    none = (fewest < FEWEST_BLOCKS) | ~(high - low > NO_WIDTH * size)
    return np.where(none, np.nan, low), np.where(none, np.nan, high)
