"""What changes with stakes, temptation and the end: effects of a game's terms on cooperation."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.clustered import Trend, logit_trend
from harness.metrics.interval import Estimate, ratio

__all__ = [
    "StakeEffect",
    "cooperation_index",
    "difference_of_rates",
    "end_effect",
    "stake_effect",
    "stake_factor",
]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class StakeEffect:
    """How cooperation moves with the stakes. Game theory predicts no effect of any factor above 0.

    Attributes:
        trend: the log odds of cooperation on the decimal logarithm of the factor.
        difference: cooperation rate under the largest factor less that under factor 1.
    """

    trend: Trend
    difference: Estimate


def stake_effect(
    factors: ArrayLike,
    cooperations: ArrayLike,
    rounds: ArrayLike,
    clusters: Sequence[Hashable],
    seed: int = 0,
) -> StakeEffect:
    """How cooperation moves with a factor on all payoffs.

    Args:
        factors: shape (n,), above 0, of each match.
        cooperations: shape (n,), rounds in which the player cooperated.
        rounds: shape (n,), rounds that it played.
        clusters: length n, blocks. One seed's block under two factors may be one cluster.
        seed: of the bootstrap of the difference.

    Raises:
        UsageError: a factor is not above 0.

    >>> found = stake_effect([1, 100], [5, 10], [20, 20], clusters="ab")
    >>> round(found.trend.slope.value, 4), found.difference.value  # half of log(3)
    (0.5493, 0.25)
    """
    times = np.asarray(factors, float)
    if not (times > 0).all():
        raise UsageError("stakes are factors above 0; leave matches without stakes out")
    trend = logit_trend(np.log10(times), cooperations, rounds, clusters)
    hits, played = np.asarray(cooperations, float), np.asarray(rounds, float)
    largest = times.max(initial=0)
    most, plain = np.isclose(times, largest), np.isclose(times, 1)
    if np.isclose(largest, 1):  # nothing to compare with
        return StakeEffect(trend, Estimate(None, None, None, 0))
    found = difference_of_rates(
        (hits * most, played * most), (hits * plain, played * plain), clusters, seed
    )
    return StakeEffect(trend, found)


def cooperation_index(reward: float, sucker: float, temptation: float, punishment: float) -> float:
    """Rapoport and Chammah's index of how much a prisoner's dilemma invites cooperation.

    `K = (R - P) / (T - S)`, from 0 to 1 (Rapoport & Chammah 1965, "Prisoner's Dilemma: A Study in
    Conflict and Cooperation"). It does not change with the stakes.

    Raises:
        UsageError: T and S are alike.

    >>> cooperation_index(3, 0, 5, 1)
    0.4
    """
    if temptation == sucker:
        raise UsageError("the index is not defined where temptation and sucker's payoff are alike")
    return (reward - punishment) / (temptation - sucker)


def stake_factor(payoffs: ArrayLike, reference: ArrayLike) -> float | None:
    """The factor by which all payoffs of a game are those of another.

    Args:
        payoffs: of the game, any shape.
        reference: of the other, of the same shape.

    Returns:
        None where they are not proportional, or the factor is not above 0.

    >>> stake_factor([[30, 0], [50, 10]], [[3, 0], [5, 1]])
    10.0
    """
    game, plain = np.asarray(payoffs, float), np.asarray(reference, float)
    if game.shape != plain.shape or not plain.any():
        return None
    largest = np.unravel_index(np.abs(plain).argmax(), plain.shape)
    factor = float(game[largest] / plain[largest])
    same = np.allclose(game, factor * plain, rtol=1e-9, atol=1e-12 * np.abs(game).max())
    return factor if same and factor > 0 else None


def end_effect(
    own: ArrayLike,
    lengths: ArrayLike | None = None,
    blocks: Sequence[Hashable] | None = None,
    tables: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Estimate:
    """Cooperation in the last round less that in rounds 3 to N - 2, where players know N.

    Args:
        own: moves, shape (matches, rounds): 0 for C, other numbers for what is not, -1 for none of
            its own and after the end.
        lengths: shape (matches,), rounds of each match; up to its last move if not given.
        blocks: the unit of inference of each match; each its own if not given.
        tables: who played; the same everywhere if not given.
        seed: of the bootstrap.

    Returns:
        None where there is no last move, or none in rounds 3 to N - 2. `n` counts matches of 5
        rounds or more.

    >>> end_effect([[0, 0, 0, 0, 0, 1]]).value
    -1.0
    """
    moves = np.asarray(own, np.int64)
    n, at = len(moves), np.arange(moves.shape[1])
    if lengths is None:
        played = np.where(moves >= 0, at + 1, 0).max(axis=1, initial=0)
    else:
        played = np.asarray(lengths, np.int64)
    long = (played >= 5)[:, None]
    final = long & (at == played[:, None] - 1) & (moves >= 0)
    inner = long & (at >= 2) & (at < played[:, None] - 2) & (moves >= 0)
    last, middle = (((moves == 0) & r, r) for r in (final, inner))
    where = list(range(n)) if blocks is None else list(blocks)
    found = difference_of_rates(
        (last[0].sum(axis=1), last[1].sum(axis=1)),
        (middle[0].sum(axis=1), middle[1].sum(axis=1)),
        where,
        seed,
        tables,
    )
    return Estimate(found.value, found.low, found.high, int(long.sum()))


def difference_of_rates(
    first: tuple[ArrayLike, ArrayLike],
    second: tuple[ArrayLike, ArrayLike],
    blocks: Sequence[Hashable],
    seed: int = 0,
    tables: Sequence[Hashable] | None = None,
) -> Estimate:
    """The difference of two pooled rates, with the interval of its linearisation over blocks.

    Args:
        first: hits and chances of each row, shape (n,) each.
        second: likewise.
        blocks: length n, the unit of inference.
        seed: of the bootstrap.
        tables: what was repeated; the same everywhere if not given.

    >>> difference_of_rates(([1, 0], [2, 0]), ([0, 3], [0, 4]), blocks="ab").value
    -0.25
    """
    rates, influences, n = [], [], len(blocks)
    for hits, chances in (first, second):
        k, m = np.asarray(hits, float), np.asarray(chances, float)
        if not m.sum():
            return Estimate(None, None, None, 0)
        rates.append(float(k.sum() / m.sum()))
        influences.append((k - rates[-1] * m) / m.sum())
    value = rates[0] - rates[1]
    told = value + n * (influences[0] - influences[1])
    where = [0] * n if tables is None else list(tables)
    found = ratio(told, np.ones(n), blocks, where, seed)
    return Estimate(value, found.low, found.high, n)
