"""Entropies of moves, and whether past moves tell anything of the next.

Entropies that are estimated from few moves are too low, conditional ones the more so the longer the
context: 200 moves drawn evenly from three have on average 1.52 bits given the last two moves and
1.35 given the last three, where the truth is 1.585. So never compare entropies that rest on
different numbers of moves, or on contexts of different lengths; compare each with its own shuffled
moves, as `shuffle_test` does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.sequences.moves import Floats, Ints, checked

__all__ = ["Shuffled", "conditional_entropy", "entropy", "shuffle_test", "shuffles"]


@dataclass(frozen=True)
class Shuffled:
    """An entropy beside what it is when the moves of each match come in random order.

    Attributes:
        value: conditional entropy of the moves as they came, in bits; None if there are none.
        expected: its mean over the shuffles.
        p_value: how often moves in random order would have an entropy as low; None likewise.
        n: moves with a whole context before them.
    """

    value: float | None
    expected: float | None
    p_value: float | None
    n: int


def entropy(moves: ArrayLike, n_actions: int, correct: bool = False) -> float | None:
    """Entropy of the frequencies of moves, in bits (Shannon 1948).

    Args:
        moves: shape (matches, rounds), taken together; -1 where there is no valid move.
        n_actions: moves that the player has.
        correct: add (m - 1) / (2 n ln 2) for m different moves among n, against the downward bias:
            Miller (1955), in Quastler, Information Theory in Psychology, 95-100; Madow's name is
            usually joined to it.

    Returns:
        None if there are no moves.

    Raises:
        UsageError: a move is out of range.

    >>> entropy([0, 0, 1, 1], n_actions=2)
    1.0
    """
    return conditional_entropy(moves, n_actions, order=0, correct=correct)


def conditional_entropy(
    moves: ArrayLike, n_actions: int, order: int, correct: bool = False
) -> float | None:
    """Entropy of a move given the `order` moves before it in the match, in bits.

    `H(X_t | X_{t-1}, ..., X_{t-order})` of the joint frequencies. Only moves whose whole context is
    valid count.

    Args:
        moves: shape (matches, rounds); -1 where there is no valid move.
        n_actions: moves that the player has.
        order: length of the context.
        correct: add (cells - contexts) / (2 n ln 2), those that occurred, against the downward
            bias: Miller's correction of the joint entropy less that of the context's.

    Returns:
        None if no move has a whole context.

    Raises:
        UsageError: a move is out of range, or the order is negative.

    >>> conditional_entropy([0, 1, 0, 1, 0, 1], n_actions=2, order=1)
    0.0
    """
    table = checked(moves, n_actions)
    cells = _cells(table, n_actions, order)
    if not cells.size:
        return None
    counts = np.bincount(cells, minlength=n_actions ** (order + 1)).reshape(-1, n_actions)
    bits = float(_conditional(counts[None])[0])
    if correct:
        surplus = np.count_nonzero(counts) - np.count_nonzero(counts.sum(axis=1))
        bits += surplus / (2 * cells.size * math.log(2))
    return bits


def shuffle_test(
    moves: ArrayLike, n_actions: int, order: int, seed: int, n_shuffles: int = 1999
) -> Shuffled:
    """Whether the last `order` moves tell more of the next than chance, by shuffling each match.

    Exact if the moves of a match are independent with frequencies of its own, or exchangeable in
    any other way: then every order of them is as likely. `p = (1 + shuffles as low) / (1 +
    shuffles)`: Phipson & Smyth (2010), Statistical Applications in Genetics and Molecular Biology
    9(1), article 39.

    Args:
        moves: shape (matches, rounds); -1 where there is no valid move, which stays in its place.
        n_actions: moves that the player has.
        order: length of the context, at least 1.
        seed: of the shuffles.
        n_shuffles: how many.

    Raises:
        UsageError: a move is out of range, or the order is below 1.

    >>> shuffle_test([0, 1, 2] * 10, n_actions=3, order=1, seed=1).p_value
    0.0005
    """
    if order < 1:
        raise UsageError(f"order {order}: without a context, shuffling changes nothing")
    table = checked(moves, n_actions)
    value, cells = conditional_entropy(table, n_actions, order), n_actions ** (order + 1)
    if value is None:
        return Shuffled(None, None, None, 0)
    rng = np.random.default_rng(seed)
    drawn = np.empty(n_shuffles)
    for i in range(n_shuffles):
        counts = np.bincount(_cells(shuffles(table, rng), n_actions, order), minlength=cells)
        drawn[i] = _conditional(counts.reshape(1, -1, n_actions))[0]
    as_low = int(np.count_nonzero(drawn <= value + 1e-9))
    n = int(_cells(table, n_actions, order).size)
    return Shuffled(value, float(drawn.mean()), (1 + as_low) / (1 + n_shuffles), n)


def shuffles(table: Ints, rng: np.random.Generator) -> Ints:
    """The valid moves of each match in random order, at the places where valid moves were.

    Args:
        table: shape (matches, rounds), as `checked` gives it.
        rng: what the order is drawn from.

    >>> shuffles(np.array([[1, -1, 1]]), np.random.default_rng(1)).tolist()
    [[1, -1, 1]]
    """
    valid = table >= 0
    if valid.all():
        return rng.permuted(table, axis=1)
    keys = np.where(valid, rng.random(table.shape), 2.0)
    order = np.argsort(keys, axis=1)  # valid moves first, in random order
    places = np.argsort(~valid, axis=1, kind="stable")  # where they go
    shuffled = np.empty_like(table)
    np.put_along_axis(shuffled, places, np.take_along_axis(table, order, axis=1), axis=1)
    return shuffled


def _cells(table: Ints, n_actions: int, order: int) -> Ints:
    """Context and move as one number, the move its last digit, wherever both are valid."""
    if order < 0:
        raise UsageError(f"order {order}: a context has 0 moves or more")
    n_rounds = table.shape[1] - order
    if n_rounds < 1:
        return np.empty(0, np.int64)
    codes = np.zeros((len(table), n_rounds), np.int64)
    valid = np.ones(codes.shape, bool)
    for back in range(order + 1):
        part = table[:, back : back + n_rounds]
        codes = codes * n_actions + part
        valid &= part >= 0
    return codes[valid]


def _conditional(counts: Ints) -> Floats:
    """Conditional entropies in bits of counts of shape (tables, contexts, actions)."""
    total = counts.sum(axis=(1, 2))
    terms = _surprise(counts.sum(axis=2)) - _surprise(counts).sum(axis=2)
    bits: Floats = terms.sum(axis=1) / total
    return bits


def _surprise(counts: Ints) -> Floats:
    """`n log2 n`, 0 where there is nothing."""
    logs: Floats = np.log2(np.maximum(counts, 1))
    return logs * counts
