"""Bargaining: points of fair division, concessions, and what hard bargainers take.

Outcomes are pairs of utilities; without agreement both players have 0.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import Estimate, ratio

__all__ = ["Concession", "MostTaken", "concession", "frontier", "most_taken", "nash_values"]

Floats: TypeAlias = NDArray[np.float64]


def frontier(outcomes: ArrayLike) -> Floats:
    """The Pareto-optimal outcomes: none is better for one player and not worse for the other.

    Args:
        outcomes: shape (n, 2).

    Returns:
        Shape (m, 2), without duplicates, by rising utility of the first.

    >>> frontier([[2, 10], [10, 6], [10, 5], [1, 10]]).tolist()
    [[2.0, 10.0], [10.0, 6.0]]
    """
    points = np.unique(_pairs(outcomes), axis=0)[::-1]  # by falling utility of the first
    second = np.maximum.accumulate(points[:, 1])
    kept = points[:, 1] > np.concatenate([[-np.inf], second[:-1]])
    return points[kept][::-1]


def nash_values(outcomes: ArrayLike) -> tuple[float, float] | None:
    """What each player has where the product of utilities is highest, on average over ties.

    Nash (1950, Econometrica 18(2), 155-162), with no agreement as the disagreement point.

    Args:
        outcomes: shape (n, 2); distinct outcomes count once.

    Returns:
        None where no outcome gives both players more than 0.

    >>> nash_values([[2, 10], [10, 6], [6, 8], [8, 6]])
    (10.0, 6.0)
    """
    points = np.unique(_pairs(outcomes), axis=0)
    products = np.where((points > 0).all(axis=1), points.prod(axis=1), 0)
    if products.max() <= 0:
        return None
    best = points[products >= products.max() * (1 - 1e-12)].mean(axis=0)
    return float(best[0]), float(best[1])


@dataclass(frozen=True, slots=True)
class Concession:
    """How a bargainer's demands moved.

    Attributes:
        slope: least-squares slope of its demands on the turn: negative for one who concedes.
        total: the first demand less the last.
    """

    slope: float
    total: float


def concession(demands: ArrayLike, turns: ArrayLike | None = None) -> Concession | None:
    """How a bargainer's demands moved: what its own proposals were worth to it, turn by turn.

    Args:
        demands: shape (n,), the value to itself of each of its proposals.
        turns: shape (n,), when it made them; 0, 1, 2, … if not given.

    Returns:
        None with fewer than two proposals, as where both players propose once and in secret.

    >>> concession([10, 9, 8], turns=[0, 2, 4])
    Concession(slope=-0.5, total=2.0)
    """
    asked = np.asarray(demands, float)
    when = np.arange(len(asked), dtype=float) if turns is None else np.asarray(turns, float)
    if asked.shape != when.shape:
        raise UsageError(f"{asked.size} demands at {when.size} turns; give one turn for each")
    if len(asked) < 2 or not np.ptp(when):
        return None
    centred = when - when.mean()
    slope = float(centred @ asked / (centred @ centred))
    return Concession(slope, float(asked[0] - asked[-1]))


@dataclass(frozen=True, slots=True)
class MostTaken:
    """What the hardest opponent took above its fair share.

    Attributes:
        taken: points above the fair share; chosen on one half of the blocks and judged on the
            other, averaged over both ways: no upward bias from choosing the luckiest opponent.
        plug_in: chosen and judged on all blocks: biased upwards.
        opponent: who took most on all blocks.
    """

    taken: Estimate
    plug_in: float | None
    opponent: Hashable


def most_taken(
    excess: ArrayLike, opponents: Sequence[Hashable], blocks: Sequence[Hashable], seed: int = 0
) -> MostTaken:
    """The most that any of several opponents took above its fair share.

    Each opponent's blocks are halved at random; the opponent that took most on one half is judged
    on the other. It is a lower bound on what could be taken: harder opponents may exist.

    Args:
        excess: shape (n,), the opponent's utility less its fair share in each match.
        opponents: length n, who it was.
        blocks: length n, the unit of inference.
        seed: of halving and resampling.

    Returns:
        No value where no opponent has two blocks.

    >>> most_taken([3, 3, 1, 1], ["hard", "hard", "soft", "soft"], [0, 1, 0, 1]).taken.value
    3.0
    """
    values = np.asarray(excess, float)
    half = _halves(opponents, blocks, seed)
    names = list(dict.fromkeys(opponents))
    of = np.array([names.index(name) for name in opponents], np.int64)
    sums = {h: np.bincount(of[half == h], values[half == h], len(names)) for h in (0, 1)}
    counts = {h: np.bincount(of[half == h], minlength=len(names)) for h in (0, 1)}
    both = np.flatnonzero((counts[0] > 0) & (counts[1] > 0))
    if not both.size:
        return MostTaken(Estimate(None, None, None, len(values)), None, None)
    total = (sums[0] + sums[1])[both] / (counts[0] + counts[1])[both]
    chosen = {h: both[(sums[h][both] / counts[h][both]).argmax()] for h in (0, 1)}
    judged = [(of == chosen[1 - h]) & (half == h) for h in (0, 1)]
    parts, where, tables = [], [], []
    for rows in judged:
        weight = 1 / rows.sum()
        parts += [(float(values[i]) * weight, weight) for i in np.flatnonzero(rows)]
        chosen_rows = np.flatnonzero(rows).tolist()
        where += [(opponents[i], blocks[i]) for i in chosen_rows]
        tables += [opponents[i] for i in chosen_rows]
    top, bottom = zip(*parts, strict=True)
    return MostTaken(
        ratio(top, bottom, where, tables, seed), float(total.max()), names[both[total.argmax()]]
    )


def _halves(
    opponents: Sequence[Hashable], blocks: Sequence[Hashable], seed: int
) -> NDArray[np.int64]:
    """Which half each match is in: an opponent's blocks by turns, in random order."""
    rng = np.random.default_rng(seed)
    half: dict[tuple[Hashable, Hashable], int] = {}
    for name in dict.fromkeys(opponents):
        own = list(dict.fromkeys(b for o, b in zip(opponents, blocks, strict=True) if o == name))
        for place, i in enumerate(rng.permutation(len(own))):
            half[name, own[i]] = place % 2
    pairs = zip(opponents, blocks, strict=True)
    return np.array([half[pair] for pair in pairs], np.int64)


def _pairs(outcomes: ArrayLike) -> Floats:
    points = np.asarray(outcomes, float)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise UsageError(f"outcomes have shape {points.shape}; give one or more pairs of utilities")
    return points
