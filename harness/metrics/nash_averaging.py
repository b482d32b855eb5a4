"""Nash averaging: ratings in zero-sum play that copies of an agent do not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import FolkError
from harness.metrics.matrices import Floats, antisymmetric

__all__ = ["NashAverage", "nash_average"]


@dataclass(frozen=True, slots=True)
class NashAverage:
    """The equilibrium of highest entropy and how each agent fares against it.

    Attributes:
        equilibrium: shape (n,), shares that sum to 1.
        ratings: shape (n,), payoff against the equilibrium: 0 for all in its support, at most 0
            for the others, in the units of the payoffs.
    """

    equilibrium: Floats
    ratings: Floats


def nash_average(payoffs: ArrayLike) -> NashAverage:
    """The Nash average of an antisymmetric payoff matrix.

    Balduzzi, Tuyls, Pérolat & Graepel 2018 (Re-evaluating Evaluation, NeurIPS; arXiv:1806.02643),
    section on Nash averaging: p* is the equilibrium of highest entropy, the ratings are A p*.
    Copies of an agent share its weight and have its rating; no other rating changes, as long as
    the equilibrium is unique but for copies. With many, as exact ties make them, more copies draw
    the choice among them towards that agent.

    A linear program finds the equilibrium that is strictly complementary (Goldman & Tucker 1956):
    its support is that of all equilibria together. Within it, entropy is maximised by Newton steps
    in the space of equilibria, with a logarithmic barrier for the agents outside.

    Args:
        payoffs: shape (n, n), antisymmetric; for margins of a general-sum game take
            `harness.metrics.matrices.antisymmetric_part`.

    Raises:
        UsageError: the matrix is not antisymmetric.
        FolkError: no equilibrium was found to within 1e-8 of the largest payoff.

    >>> rocks = [[0, 0, -1, 1], [0, 0, -1, 1], [1, 1, 0, -1], [-1, -1, 1, 0]]
    >>> nash_average(rocks).equilibrium.round(6)
    array([0.166667, 0.166667, 0.333333, 0.333333])
    """
    matrix = antisymmetric(payoffs)
    scale = np.abs(matrix).max() or 1.0
    equilibrium = _highest_entropy(matrix / scale)
    ratings = matrix @ equilibrium
    if not ratings.max() <= 1e-8 * scale:
        raise FolkError(
            f"Nash averaging of {len(matrix)} agents left a deviation that gains "
            f"{ratings.max():g}: report the matrix"
        )
    ratings[np.abs(ratings) <= 1e-8 * scale] = 0.0
    return NashAverage(equilibrium, ratings)


def _highest_entropy(matrix: Floats) -> Floats:
    n = len(matrix)
    interior = _strictly_complementary(matrix)
    inside = interior > -matrix @ interior
    support, others = matrix[np.ix_(inside, inside)], matrix[np.ix_(~inside, inside)]
    equalities = np.vstack([support, np.ones(len(support))])
    right = np.append(np.zeros(len(support)), 1.0)
    shares = interior[inside]
    shares = shares - np.linalg.lstsq(equalities, equalities @ shares - right, rcond=1e-9)[0]
    _, singular, directions = np.linalg.svd(equalities)
    free = directions[(singular > 1e-9 * singular[0]).sum() :].T  # what leaves all equalities
    weight = 1.0
    while free.size and weight > 1e-13:
        weight = weight / 10 if len(others) else 0.0
        shares = _newton(shares, free, others, weight)
    found = np.zeros(n)
    found[inside] = shares
    return found


def _strictly_complementary(matrix: Floats) -> Floats:
    """An equilibrium in which each agent either has weight or loses against it."""
    from scipy.optimize import linprog

    n = len(matrix)
    ones, zeros = np.ones((n, 1)), np.zeros((n, 1))
    best = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.block([[matrix, zeros], [matrix - np.eye(n), ones]]),
        b_ub=np.zeros(2 * n),
        A_eq=np.append(np.ones(n), 0.0)[None],
        b_eq=[1.0],
        bounds=[(0, None)] * (n + 1),
        method="highs",
    )
    if best.x is None or best.x[n] <= 0:
        raise FolkError(f"no equilibrium of {n} agents was found: {best.message}")
    shares: Floats = np.asarray(best.x[:n], float)
    return shares


def _newton(shares: Floats, free: Floats, others: Floats, weight: float) -> Floats:
    """Minimise `sum p log p - weight * sum log(-others p)` over `shares + free y`."""
    for _ in range(100):
        slack = -others @ shares
        slopes = np.log(shares) + 1 + weight * others.T @ (1 / slack)
        curvature = np.diag(1 / shares) + weight * (others.T / slack**2) @ others
        gradient = free.T @ slopes
        step = free @ np.linalg.solve(free.T @ curvature @ free, -gradient)
        decrease = -slopes @ step
        if not decrease > 1e-18:
            break
        length = 1.0
        here = _barrier(shares, others, weight)
        while length > 1e-12:
            trial = shares + length * step
            if (trial > 0).all() and (others @ trial < 0).all():
                there = _barrier(trial, others, weight)
                if there <= here - 0.25 * length * decrease + 1e-15:
                    break
            length /= 2
        else:
            break
        shares = trial
    return shares


def _barrier(shares: Floats, others: Floats, weight: float) -> float:
    return float(shares @ np.log(shares) - weight * np.log(-others @ shares).sum())
