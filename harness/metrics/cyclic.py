"""How much of who beats whom is a ranking, and how much goes round in circles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.matrices import Floats, antisymmetric

__all__ = ["Decomposition", "decompose"]


@dataclass(frozen=True, slots=True)
class Decomposition:
    """An antisymmetric matrix as the sum of a ranking and of cycles.

    Attributes:
        ratings: shape (n,), mean margin of each agent, in payoffs; they sum to 0.
        transitive: shape (n, n), `ratings[i] - ratings[j]`.
        cyclic: shape (n, n), the rest, whose rows sum to 0.
        cyclic_share: share of the squared norm that is cyclic, from 0 (a ranking tells all) to 1
            (it tells nothing); None where all margins are 0.
        corrected_share: the same with what chance alone adds taken off, from 0 to 1; None where
            no standard errors were given, or nothing is left beyond chance.
    """

    ratings: Floats
    transitive: Floats
    cyclic: Floats
    cyclic_share: float | None
    corrected_share: float | None


def decompose(payoffs: ArrayLike, standard_errors: ArrayLike | None = None) -> Decomposition:
    """The transitive and the cyclic part of zero-sum play.

    Balduzzi, Tuyls, Pérolat & Graepel 2018 (arXiv:1806.02643) and Balduzzi et al. 2019
    (arXiv:1901.08106): ratings are row means, the rest is cyclic. It is the Hodge decomposition of
    Jiang, Lim, Yao & Ye 2011 (Mathematical Programming 127, 203-244) on the complete graph. Both
    parts are orthogonal, so the shares of the squared norm sum to 1.

    Noise looks cyclic: where each pair's margin errs independently, the squared norm of the cyclic
    part grows in expectation by 1 - 2/n of the summed variances, the share of the dimensions
    that it has.

    Args:
        payoffs: shape (n, n), antisymmetric; see `harness.metrics.matrices.antisymmetric_part`.
        standard_errors: shape (n, n), of each margin, symmetric; for the corrected share.

    Raises:
        UsageError: the matrix is not antisymmetric, or the standard errors not of its shape.

    >>> decompose([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).cyclic_share
    1.0
    >>> decompose([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]).cyclic_share
    0.0
    """
    matrix = antisymmetric(payoffs)
    ratings = matrix.mean(axis=1)
    transitive = ratings[:, None] - ratings[None, :]
    cyclic = matrix - transitive
    whole, circular = float((matrix**2).sum()), float((cyclic**2).sum())
    share = None
    if whole:
        share = circular / whole if circular > 1e-24 * whole else 0.0
    corrected = None
    if standard_errors is not None:
        errors = np.array(standard_errors, float)
        if errors.shape != matrix.shape or not (errors >= 0).all():
            raise UsageError(
                f"standard errors are numbers of at least 0 in the shape {matrix.shape}, "
                f"not {errors.shape}"
            )
        noise = float((errors**2).sum() - (np.diag(errors) ** 2).sum())
        if whole > noise:
            beyond = circular - (1 - 2 / len(matrix)) * noise
            corrected = min(1.0, max(0.0, beyond / (whole - noise)))
    return Decomposition(ratings, transitive, cyclic, share, corrected)
