"""The sides of a two-player game that an agent sat on: the game as its seat sees it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.interval import Estimate
from harness.metrics.normal_form import Floats
from harness.metrics.seats import Seats

__all__ = ["Side", "averaged", "is_symmetric", "sides"]

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Side:
    """An agent's matches on one side of a game of two.

    Attributes:
        payoffs: shape (2, own actions, other's actions), the agent's payoffs first.
        own: shape (matches, rounds), its own valid moves; -1 where none.
        other: the other's, of the same shape.
        blocks: the unit of inference of each match.
        tables: who played.
        player: the seat; 0 in a symmetric game, where both are one side.
    """

    payoffs: Floats
    own: Ints
    other: Ints
    blocks: list[int]
    tables: list[int]
    player: int

    def joint(self) -> Floats:
        """How often each cell was played in each match, shape (matches, own, other)."""
        shape = self.payoffs.shape[1:]
        there = (self.own >= 0) & (self.other >= 0)
        size = shape[0] * shape[1]
        match = np.repeat(np.arange(len(self.own))[:, None], self.own.shape[1], axis=1)
        code = (match * size + self.own * shape[1] + self.other)[there]
        return np.bincount(code, minlength=len(self.own) * size).reshape(-1, *shape).astype(float)

    def counts(self) -> Floats:
        """How often each own action was taken in each match, shape (matches, own actions)."""
        size = self.payoffs.shape[1]
        match = np.repeat(np.arange(len(self.own))[:, None], self.own.shape[1], axis=1)
        code = (match * size + self.own)[self.own >= 0]
        return np.bincount(code, minlength=len(self.own) * size).reshape(-1, size).astype(float)


def is_symmetric(payoffs: Floats) -> bool:
    """Whether both players of a game of two have the same part in it.

    >>> is_symmetric(np.array([[[3, 0], [5, 1]], [[3, 5], [0, 1]]]))
    True
    """
    return payoffs[0].shape == payoffs[1].T.shape and bool(np.allclose(payoffs[0], payoffs[1].T))


def sides(seats: Seats, rows: Ints, payoffs: Floats) -> Iterator[Side]:
    """An agent's matches of two, by side; one side where the game is symmetric.

    Args:
        seats: of a study whose game is known.
        rows: the agent's seats.
        payoffs: shape (2, k_1, k_2).
    """
    rows = rows[seats.other[rows] >= 0]
    swapped = np.stack([payoffs[1].T, payoffs[0].T]) if len(payoffs) == 2 else payoffs
    for player in (0,) if is_symmetric(payoffs) else (0, 1):
        mine = rows if is_symmetric(payoffs) else rows[seats.player[rows] == player]
        if mine.size:
            yield Side(
                swapped if player else payoffs,
                seats.moves[mine].astype(np.int64),
                seats.moves[seats.other[mine]].astype(np.int64),
                seats.block[mine].tolist(),
                seats.table[mine].tolist(),
                player,
            )


def averaged(estimates: Sequence[Estimate]) -> Estimate:
    """The mean of one number over both sides of a game, bounds as if both were off alike.

    That is the widest that they can make it, so that the interval is too wide rather than narrow.

    >>> averaged([Estimate(1.0, 0.0, 2.0, 5), Estimate(2.0, 1.0, 3.0, 5)])
    Estimate(value=1.5, low=0.5, high=2.5, n=10)
    """
    told = [e for e in estimates if e.value is not None]
    n = sum(e.n for e in estimates)
    if not told:
        return Estimate(None, None, None, n)
    columns = ([getattr(e, name) for e in told] for name in ("value", "low", "high"))
    means = [None if None in column else sum(column) / len(column) for column in columns]
    return Estimate(means[0], means[1], means[2], n)
