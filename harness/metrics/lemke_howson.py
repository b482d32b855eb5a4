"""Complementary pivoting in exact arithmetic, after Lemke & Howson.

Lemke & Howson (1964, Journal of SIAM 12(2), 413-423), with the lexicographic choice of the leaving
variable, which no tie can make cycle, and integer pivoting (von Stengel 2007, Equilibrium
computation for two-player games, in Algorithmic Game Theory, sections 3.4 to 3.6).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from harness.metrics.best_response_polytopes import Exact, Integers

__all__ = ["complementary_path"]


def complementary_path(
    rows: Integers, columns: Integers, label: int, ends_s: float, max_pivots: int
) -> tuple[Exact, Exact] | None:
    """The equilibrium at the end of the path on which one label is missing.

    Args:
        rows: shape (k_1, k_2), what the first player is paid, in whole numbers from 1 on.
        columns: likewise the second.
        label: the missing one: the first player's actions from 0, then the second's.
        ends_s: when to give up, by `time.monotonic`.
        max_pivots: steps after which to give up.

    Returns:
        A mixed strategy for each player; None where it gave up.

    >>> one, two = np.array([[2, 1], [1, 2]], object), np.array([[1, 2], [2, 1]], object)
    >>> complementary_path(one, two, 0, float("inf"), 100)[0]
    (Fraction(1, 2), Fraction(1, 2))
    """
    n_rows, n_columns = rows.shape
    mine, theirs = range(n_rows), range(n_rows, n_rows + n_columns)
    tableaus = (
        _Tableau(rows, slack=mine, strategy=theirs),
        _Tableau(columns.T, slack=theirs, strategy=mine),
    )
    entering, which = label, int(label < n_rows)
    for _ in range(max_pivots):
        entering = tableaus[which].pivot(entering)
        which = 1 - which
        if entering == label:
            return tableaus[1].strategy(mine), tableaus[0].strategy(theirs)
        if time.monotonic() > ends_s:
            return None
    return None


class _Tableau:
    """Half of Lemke-Howson's system, `slack + matrix @ strategy = 1`, all scaled by one integer."""

    def __init__(self, matrix: Integers, slack: Sequence[int], strategy: Sequence[int]) -> None:
        self.n = len(slack) + len(strategy)
        self.cells: Integers = np.zeros((len(slack), self.n + 1), dtype=object)
        self.cells[:, strategy] = matrix
        self.cells[range(len(slack)), slack] = 1
        self.cells[:, -1] = 1
        self.basis = list(slack)
        self.order = [self.n, *slack]
        self.scale = 1

    def pivot(self, entering: int) -> int:
        """Bring a label into the basis; the label that leaves it."""
        column = self.cells[:, entering].copy()
        out = self._leaving(column)
        row, by = self.cells[out].copy(), column[out]
        self.cells = (self.cells * by - np.outer(column, row)) // self.scale
        self.cells[out] = row
        self.scale = by
        self.basis[out], left = entering, self.basis[out]
        return left

    def _leaving(self, column: Integers) -> int:
        """The row of the lexicographically least ratio, which is unique."""
        rows = [i for i, entry in enumerate(column) if entry > 0]
        for key in self.order:
            if len(rows) == 1:
                break
            ratios = [Fraction(self.cells[i, key], column[i]) for i in rows]
            least = min(ratios)
            rows = [i for i, ratio in zip(rows, ratios, strict=True) if ratio == least]
        assert len(rows) == 1
        return rows[0]

    def strategy(self, labels: Sequence[int]) -> Exact:
        """The values of these labels, made to sum to 1."""
        values = {b: int(v) for b, v in zip(self.basis, self.cells[:, -1], strict=True)}
        total = sum(values.get(i, 0) for i in labels)
        return tuple(Fraction(values.get(i, 0), total) for i in labels)
