"""The best-response polytopes of a two-player game, and the equilibria that their vertices make.

All in whole numbers and fractions, so that ties, duplicated actions and constant payoffs are what
they are and not what rounding makes of them.
"""

from __future__ import annotations

import time
from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.normal_form import Floats

__all__ = ["Exact", "Integers", "extreme_pairs", "whole_payoffs"]

Exact: TypeAlias = tuple[Fraction, ...]
"""A mixed strategy."""

Integers: TypeAlias = NDArray[Any]
"""Python integers of any length, dtype object."""


def whole_payoffs(matrix: Floats) -> Integers:
    """A player's payoffs as whole numbers from 1 on: the same game, since only differences matter.

    >>> whole_payoffs(np.array([[0.5, 0.0], [-0.25, 0.25]]))
    array([[4, 2],
           [1, 3]], dtype=object)
    """
    exact = [[Fraction(u) for u in line] for line in matrix.tolist()]
    scale = lcm(*(u.denominator for line in exact for u in line))
    whole: Integers = np.array([[int(u * scale) for u in line] for line in exact], dtype=object)
    whole -= whole.min() - 1
    return whole


def extreme_pairs(
    rows: Integers, columns: Integers, ends_s: float
) -> list[tuple[Exact, Exact]] | None:
    """All extreme equilibria, in lexicographic order.

    The pairs of vertices of the two polytopes that together carry every label: each action is
    unplayed or a best response (Mangasarian 1964, Journal of SIAM 12(4), 778-780).

    Args:
        rows: shape (k_1, k_2), what the first player is paid, in whole numbers from 1 on.
        columns: likewise the second.
        ends_s: when to give up, by `time.monotonic`.

    Returns:
        None where it gave up.

    >>> one, two = np.array([[2, 1], [1, 2]], object), np.array([[1, 2], [2, 1]], object)
    >>> extreme_pairs(one, two, float("inf"))
    [((Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 2), Fraction(1, 2)))]
    """
    n_rows, n_columns = rows.shape
    mine, theirs = _vertices(columns, ends_s), _vertices(rows.T, ends_s)
    if mine is None or theirs is None:
        return None
    everything = (1 << n_rows + n_columns) - 1
    # The second player's vertices have its own actions' labels first: move them to the back.
    turned = {
        y: (labels >> n_columns) | (labels & ((1 << n_columns) - 1)) << n_rows
        for y, labels in theirs.items()
    }
    return sorted((x, y) for x, a in mine.items() for y, b in turned.items() if a | b == everything)


def _vertices(matrix: Integers, ends_s: float) -> dict[Exact, int] | None:
    """Vertices of `{x >= 0, x @ matrix <= 1}` but for 0, made to sum to 1, with their labels.

    A label is a bit: i for `x_i = 0`, k + j for `(x @ matrix)_j = 1`.
    """
    k, m = matrix.shape
    found: dict[Exact, int] = {}
    for size in range(1, min(k, m) + 1):
        for support in combinations(range(k), size):
            if time.monotonic() > ends_s:
                return None
            for tight in combinations(range(m), size):
                solved = _solve_for_ones([[matrix[i, j] for i in support] for j in tight])
                if solved is None:
                    continue
                values, scale = solved
                sums = [
                    sum(v * matrix[i, j] for v, i in zip(values, support, strict=True))
                    for j in range(m)
                ]
                if any(s > scale for s in sums):
                    continue
                total = sum(values)
                x = [Fraction(0)] * k
                for value, i in zip(values, support, strict=True):
                    x[i] = Fraction(value, total)
                labels = sum(1 << i for i in range(k) if i not in support)
                found[tuple(x)] = labels | sum(1 << k + j for j in range(m) if sums[j] == scale)
    return found


def _solve_for_ones(rows: list[list[int]]) -> tuple[list[int], int] | None:
    """Solve `rows @ x = 1` as x = values / scale, scale > 0; None unless unique and positive.

    Fraction-free elimination (Bareiss 1968, Mathematics of Computation 22(103), 565-578), Jordan's
    way: after it, every row reads `scale * x_i = value`.
    """
    n = len(rows)
    cells = [[*row, 1] for row in rows]
    scale = 1
    for step in range(n):
        at = next((i for i in range(step, n) if cells[i][step]), None)
        if at is None:
            return None
        cells[step], cells[at] = cells[at], cells[step]
        row, by = cells[step], cells[step][step]
        for i in range(n):
            if i != step:
                factor = cells[i][step]
                cells[i] = [
                    (by * a - factor * b) // scale for a, b in zip(cells[i], row, strict=True)
                ]
        scale = by
    values = [cells[i][n] if scale > 0 else -cells[i][n] for i in range(n)]
    return (values, abs(scale)) if all(value > 0 for value in values) else None
