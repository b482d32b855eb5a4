"""Logged moves as arrays, and what a predictor remembers of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError

__all__ = ["History", "Past", "checked", "histories", "padded"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def padded(matches: Sequence[Sequence[int]]) -> Ints:
    """Matches of unequal length as one array, -1 after the end of each.

    Returns:
        Shape (matches, rounds of the longest).

    >>> padded([[0, 1, 2], [1]]).tolist()
    [[0, 1, 2], [1, -1, -1]]
    """
    rounds = max(map(len, matches), default=0)
    table = np.full((len(matches), rounds), -1)
    for row, moves in zip(table, matches, strict=True):
        row[: len(moves)] = moves
    return table


def checked(moves: ArrayLike, n_actions: int, name: str = "moves") -> Ints:
    """Moves as an array of shape (matches, rounds).

    Args:
        moves: shape (matches, rounds), or (rounds,) for one match; -1 where there is none.
        n_actions: moves are from 0 to n_actions - 1.
        name: of the argument, for the message.

    Raises:
        UsageError: the array is of another shape, holds no integers, or a move out of range.

    >>> checked([0, 1, -1], n_actions=2).shape
    (1, 3)
    """
    table = np.asarray(moves)
    if table.size and not np.issubdtype(table.dtype, np.integer):
        raise UsageError(f"{name}: expected indices of actions, got {table.dtype}; code them first")
    table = np.atleast_2d(table).astype(np.int64)
    if table.ndim > 2:
        raise UsageError(f"{name}: expected shape (matches, rounds), got {table.shape}")
    wrong = table[(table < -1) | (table >= n_actions)]
    if wrong.size:
        raise UsageError(
            f"{name}: {wrong[0]} is no move of a game with {n_actions} actions; "
            f"moves are 0 to {n_actions - 1}, and -1 where there is none"
        )
    return table


@dataclass(frozen=True)
class History:
    """What is remembered of each round: one symbol for each joint move.

    Attributes:
        table: shape (own actions + 1, other's actions + 1), the symbol of each joint move; the
            last row and column, which the index -1 leads to, are for missing moves.
        n_symbols: symbols are below it; `n_symbols` itself says that nothing is known.
    """

    table: Ints
    n_symbols: int


def histories(payoffs: ArrayLike) -> dict[str, History]:
    """The histories that predictors look at: `own`, `both` and `outcome`.

    `own` is the predicted player's move, `both` the joint move, `outcome` what the predicted
    player got by it, equal payoffs being one outcome (in Rock Paper Scissors loss, tie and win).

    Args:
        payoffs: shape (own actions, other's actions), to the predicted player.

    >>> found = histories([[1, -1], [-1, 1]])
    >>> found["outcome"].table[:-1, :-1].tolist(), found["both"].n_symbols
    ([[1, 0], [0, 1]], 4)
    """
    levels = np.asarray(payoffs, float)
    n_own, n_other = levels.shape
    own = np.repeat(np.arange(n_own)[:, None], n_other, axis=1)
    both = np.arange(n_own * n_other).reshape(n_own, n_other)
    outcome = np.unique(np.round(levels, 9), return_inverse=True)[1].reshape(levels.shape)
    found = {}
    for name, table in (("own", own), ("both", both), ("outcome", outcome)):
        n_symbols = int(table.max()) + 1
        full = np.full((n_own + 1, n_other + 1), n_symbols)
        full[:-1, :-1] = table
        if name == "own":
            full[:-1, -1] = np.arange(n_own)
        found[name] = History(full, n_symbols)
    return found


class Past:
    """The last rounds of many matches at once, as one number for each match.

    Args:
        history: what is remembered of a round.
        length: how many rounds are remembered.
        n_matches: how many matches go on side by side.

    Attributes:
        code: shape (matches,). Its lowest digit, to the base `base`, is the last round's symbol;
            rounds before the first have the symbol for nothing known.
        base: symbols, one more than the history has.

    >>> past = Past(histories([[1, -1], [-1, 1]])["own"], length=2, n_matches=1)
    >>> past.push(np.array([1]), np.array([0]))
    >>> past.code.tolist()
    [7]
    """

    def __init__(self, history: History, length: int, n_matches: int) -> None:
        self.base = history.n_symbols + 1
        self.n_codes = self.base**length
        self.code: Ints = np.full(n_matches, self.n_codes - 1)
        self._table = history.table

    def push(self, own: Ints, other: Ints) -> None:
        """Remember one more round, shape (matches,) each, and forget the oldest."""
        self.code = (self.code * self.base + self._table[own, other]) % self.n_codes
