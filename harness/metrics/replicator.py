"""Replicator dynamics: where a population that copies success comes to rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.matrices import Floats, distribution, square

__all__ = [
    "Basin",
    "Basins",
    "Limit",
    "basins",
    "evolutionarily_stable_2x2",
    "evolutionarily_stable_pure",
    "limits",
    "replicator_limit",
]

AT_REST = 1e-8
"""Nobody gains more than this share of the range of payoffs: the population has come to rest."""

PRESENT = 1e-3
"""A strategy with a smaller share is not in the support of a population at rest."""

MOST_STEPS = 2000
PRECISION = 1e-9
"""Of a step, relative to the logs of the shares; finer than what counts as rest."""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where the dynamics went.

    Attributes:
        population: shape (n,), shares; the last ones reached where it did not come to rest.
        at_rest: whether it came to rest. Cycles, as in rock-paper-scissors, never do.
        gain: the largest gain of a strategy over the population's mean there, in payoffs.
    """

    population: Floats
    at_rest: bool
    gain: float


@dataclass(frozen=True, slots=True)
class Basin:
    """The starts that lead to populations of the same strategies.

    Attributes:
        support: strategies with a share of at least 0.001 at rest.
        share: of all starts, from 0 to 1.
        population: shape (n,), mean of where they came to rest.
    """

    support: tuple[int, ...]
    share: float
    population: Floats


@dataclass(frozen=True, slots=True)
class Basins:
    """What random starts lead to.

    Attributes:
        basins: the largest first.
        restless: share of starts that did not come to rest.
        starts: how many there were.
    """

    basins: tuple[Basin, ...]
    restless: float
    starts: int


def limits(payoffs: ArrayLike, starts: ArrayLike) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Follow the replicator dynamics from many starts at once.

    Taylor & Jonker 1978 (Mathematical Biosciences 40, 145-156): the share x_i grows at the rate
    (Mx)_i - x'Mx. In logs this is y' = M softmax(y), which neither leaves the simplex nor
    underflows; each start is followed with steps of its own (Dormand & Prince 1980, of order 5).

    Args:
        payoffs: shape (n, n), or (b, n, n) with a matrix for each start.
        starts: shape (b, n), rows of positive shares.

    Returns:
        Populations of shape (b, n), whether each is at rest, and the largest gain there.

    Raises:
        UsageError: shapes that do not fit, or a start without some strategy.

    >>> ends, at_rest, _ = limits([[-1, 4], [0, 2]], [[0.1, 0.9], [0.9, 0.1]])
    >>> ends.round(6)  # hawks and doves, value 4, cost 6
    array([[0.666667, 0.333333],
           [0.666667, 0.333333]])
    """
    from scipy.integrate import RK45

    matrices, begin = np.asarray(payoffs, float), np.asarray(starts, float)
    if begin.ndim != 2 or matrices.shape[-2:] != (begin.shape[1],) * 2:
        raise UsageError(f"payoffs {matrices.shape} and starts {begin.shape} do not fit")
    if not np.isfinite(matrices).all() or not (begin > 0).all():
        raise UsageError("payoffs must be numbers and every strategy present at the start")
    spans = np.ptp(matrices, axis=(-2, -1))
    # Taking the mean of each column off changes no difference between strategies.
    centred = matrices - matrices.mean(axis=-2, keepdims=True)
    scaled = centred / np.where(spans > 0, spans, 1.0)[..., None, None]
    logs = np.log(begin)
    steps = np.full(len(begin), 0.1)
    active = np.arange(len(begin))
    for _ in range(MOST_STEPS):
        matrix = scaled if scaled.ndim == 2 else scaled[active]
        moving = _gains(matrix, _shares(logs[active])) > AT_REST
        active = active[moving]
        if not active.size:
            break
        matrix = matrix if matrix.ndim == 2 else matrix[moving]
        y, h = logs[active], steps[active, None]
        slopes: list[Floats] = []
        for row in RK45.A:
            moved = sum((a * k for a, k in zip(row, slopes, strict=False)), np.zeros_like(y))
            slopes.append(_growth(matrix, _shares(y + h * moved)))
        new = y + h * sum(b * k for b, k in zip(RK45.B, slopes, strict=True))
        slopes.append(_growth(matrix, _shares(new)))
        error = h * sum(e * k for e, k in zip(RK45.E, slopes, strict=True))
        worst = np.abs(error / (PRECISION * (1 + np.abs(new)))).max(axis=1)
        taken = worst <= 1
        logs[active[taken]] = new[taken] - new[taken].max(axis=1, keepdims=True)
        steps[active] *= np.clip(0.9 * np.maximum(worst, 1e-10) ** -0.2, 0.2, 5.0)
    populations = _shares(logs)
    gains = _gains(scaled, populations)
    return populations, gains <= AT_REST, gains * spans


def _shares(logs: Floats) -> Floats:
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def _growth(matrices: Floats, shares: Floats) -> Floats:
    one = matrices.ndim == 2
    earned = shares @ matrices.T if one else (matrices @ shares[:, :, None])[:, :, 0]
    growth: Floats = earned - (shares * earned).sum(axis=1, keepdims=True)
    return growth


def _gains(matrices: Floats, shares: Floats) -> Floats:
    gains: Floats = _growth(matrices, shares).max(axis=1)
    return gains


def replicator_limit(payoffs: ArrayLike, start: ArrayLike | None = None) -> Limit:
    """Where the replicator dynamics lead from one start.

    Args:
        payoffs: shape (n, n), of row against column.
        start: shape (n,), positive shares; all equal unless given.

    Raises:
        UsageError: the payoffs are no square matrix, or the start is not inside the simplex.

    >>> replicator_limit([[3, 0], [5, 1]]).population.round(6)
    array([0., 1.])
    """
    matrix = square(payoffs)
    n = len(matrix)
    begin = np.full(n, 1 / n) if start is None else distribution(start, n)
    ends, at_rest, gains = limits(matrix, begin[None])
    return Limit(ends[0], bool(at_rest[0]), float(gains[0]))


def basins(payoffs: ArrayLike, n_starts: int = 1000, seed: int = 0) -> Basins:
    """The shares of all populations from which each kind of rest is reached.

    Starts are uniform over the simplex, a Dirichlet distribution with all parameters 1. Ends are
    told apart by their support: equilibria of one support are one convex set.

    Args:
        payoffs: shape (n, n).
        n_starts: at least 1. With n_starts of 1000 a share errs by at most 0.016 (one standard
            error).
        seed: of the starts.

    Raises:
        UsageError: the payoffs are no square matrix, or there are no starts.

    >>> [b.share for b in basins([[2, 0], [0, 1]], n_starts=200).basins]  # 2/3 and 1/3
    [0.67, 0.33]
    """
    matrix = square(payoffs)
    if n_starts < 1:
        raise UsageError(f"basins need at least 1 start, not {n_starts}")
    starts = np.random.default_rng(seed).dirichlet(np.ones(len(matrix)), n_starts)
    ends, at_rest, _ = limits(matrix, np.maximum(starts, np.finfo(float).tiny))
    groups: dict[tuple[int, ...], list[Floats]] = {}
    for end in ends[at_rest]:
        support = tuple(int(i) for i in np.flatnonzero(end >= PRESENT))
        groups.setdefault(support, []).append(end)
    found = [
        Basin(support, len(group) / n_starts, np.mean(group, axis=0))
        for support, group in groups.items()
    ]
    found.sort(key=lambda basin: (-basin.share, basin.support))
    return Basins(tuple(found), float(1 - at_rest.mean()), n_starts)


def evolutionarily_stable_pure(payoffs: ArrayLike) -> tuple[int, ...]:
    """The pure strategies that no rare mutant, playing another pure strategy, can invade.

    Maynard Smith & Price 1973 (Nature 246, 15-18): for every other j, either M_ii > M_ji, or
    M_ii = M_ji and M_ij > M_jj.

    Args:
        payoffs: shape (n, n), exact: equal payoffs are equal to the last digit.

    >>> evolutionarily_stable_pure([[3, 0], [5, 1]])
    (1,)
    """
    matrix = square(payoffs)
    own = np.diag(matrix)
    resists = (own[None, :] > matrix) | ((own[None, :] == matrix) & (own[:, None] < matrix.T))
    np.fill_diagonal(resists, val=True)  # entry (j, i): i resists j
    return tuple(int(i) for i in np.flatnonzero(resists.all(axis=0)))


def evolutionarily_stable_2x2(payoffs: ArrayLike) -> tuple[tuple[float, float], ...]:
    """All evolutionarily stable strategies of a symmetric game of two actions.

    Pure ones as `evolutionarily_stable_pure`; a mixed one exists where each action does better
    against the other than that does against itself (Maynard Smith 1982, Evolution and the Theory
    of Games, chapter 2), and is then the only one.

    Args:
        payoffs: shape (2, 2), of row against column.

    Returns:
        Probabilities of the first and the second action.

    Raises:
        UsageError: another shape.

    >>> evolutionarily_stable_2x2([[-1, 4], [0, 2]])  # hawks V/C = 4/6
    ((0.6666666666666666, 0.3333333333333333),)
    """
    matrix = square(payoffs)
    if matrix.shape != (2, 2):
        raise UsageError(f"this is for two actions, not {len(matrix)}")
    found = [(1.0 - i, float(i)) for i in evolutionarily_stable_pure(matrix)]
    first, second = matrix[0, 1] - matrix[1, 1], matrix[1, 0] - matrix[0, 0]
    if first > 0 and second > 0:
        total = float(first + second)
        found.append((float(first) / total, float(second) / total))
    return tuple(found)
