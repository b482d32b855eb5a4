"""Checks that every analysis of a payoff matrix begins with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError, shorten

__all__ = ["Floats", "antisymmetric", "antisymmetric_part", "distribution", "square"]

Floats: TypeAlias = NDArray[np.float64]


def square(payoffs: ArrayLike) -> Floats:
    """A payoff matrix as floats: entry (i, j) is what strategy i earns against strategy j.

    Args:
        payoffs: shape (n, n), n at least 1, finite.

    Raises:
        UsageError: another shape, or a value that is missing or infinite.

    >>> square([[3, 0], [5, 1]]).dtype
    dtype('float64')
    """
    matrix = np.array(payoffs, float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise UsageError(
            f"a payoff matrix has as many rows as columns, not the shape {matrix.shape}"
        )
    if not np.isfinite(matrix).all():
        cells = [(int(i), int(j)) for i, j in np.argwhere(~np.isfinite(matrix))]
        raise UsageError(
            f"the payoff matrix has no number at (row, column) {shorten(cells)}: "
            "play those pairs, or leave the agents out"
        )
    return matrix


def antisymmetric(payoffs: ArrayLike) -> Floats:
    """A payoff matrix of which it is certain that one side's gain is the other's loss.

    Raises:
        UsageError: `payoffs[i, j]` is not `-payoffs[j, i]` to within 1e-9 of the largest payoff.

    >>> antisymmetric([[0, 1], [-1, 0]]).sum()
    np.float64(0.0)
    """
    matrix = square(payoffs)
    off = np.abs(matrix + matrix.T)
    if off.max() > 1e-9 * np.abs(matrix).max():
        i, j = np.unravel_index(off.argmax(), off.shape)
        raise UsageError(
            f"payoffs of {matrix[i, j]:g} at ({i}, {j}) and {matrix[j, i]:g} at ({j}, {i}) do not "
            "cancel: this is for zero-sum play; take antisymmetric_part() for margins"
        )
    return (matrix - matrix.T) / 2


def antisymmetric_part(payoffs: ArrayLike) -> Floats:
    """Margins: half of what i earns against j more than j against i.

    In a general-sum game this tells who beats whom, not who does well.

    >>> antisymmetric_part([[3, 0], [5, 1]])
    array([[ 0. , -2.5],
           [ 2.5,  0. ]])
    """
    matrix = square(payoffs)
    return (matrix - matrix.T) / 2


def distribution(weights: ArrayLike, n: int) -> Floats:
    """A population as shares of `n` strategies.

    Raises:
        UsageError: not `n` shares from 0 to 1 that sum to 1 within 1e-6.

    >>> distribution([0.5, 0.5], 2)
    array([0.5, 0.5])
    """
    shares = np.array(weights, float)
    if shares.shape != (n,) or not (shares >= 0).all() or abs(shares.sum() - 1) > 1e-6:
        raise UsageError(
            f"a population is {n} shares of at least 0 that sum to 1, not {shorten(weights)}"
        )
    return np.asarray(shares / shares.sum(), float)
