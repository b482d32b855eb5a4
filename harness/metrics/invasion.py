"""Whether a society can be invaded: a few mutants among residents that were there before.

Insert k mutants, such as free riders, into a resident generation, with the same pairing seeds as
without them; play it, and compare. With selection on, play on and count how often mutants take
over.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import Estimate, ratio

__all__ = ["fixation_frequency", "invasion_fitness", "resists"]

Floats: TypeAlias = NDArray[np.float64]


def invasion_fitness(
    mutants: ArrayLike,
    residents: ArrayLike,
    runs: Sequence[Hashable] | None = None,
    tables: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Estimate:
    """How mutants fare among residents: mean over runs of `log(w_mutant / w_resident)`.

    Above 0 a rare mutant grows: the sign of the invasion criterion (Metz, Nisbet & Geritz 1992,
    Trends in Ecology & Evolution 7(6), 198-202), with wealth for offspring.

    Args:
        mutants: shape (runs,), mean wealth of the mutants at the end.
        residents: shape (runs,), that of the residents.
        runs: the unit of inference of each run; each its own if not given.
        tables: what was repeated in each run; the same everywhere if not given.
        seed: of the bootstrap.

    Returns:
        The mean with its interval; runs in which either side has nothing left have no logarithm
        and are left out, so that `n` falls short of the runs.

    Raises:
        UsageError: wealth is negative, or the lengths differ.

    >>> round(invasion_fitness([20, 20], [10, 10]).value, 4)  # log(2)
    0.6931
    """
    rare, many = np.asarray(mutants, float), np.asarray(residents, float)
    if rare.shape != many.shape or rare.ndim != 1 or (rare < 0).any() or (many < 0).any():
        raise UsageError("give for each run the wealth of mutants and of residents, 0 or more")
    kept = np.flatnonzero((rare > 0) & (many > 0)).tolist()
    where = [runs[i] if runs is not None else i for i in kept]
    who = [tables[i] if tables is not None else 0 for i in kept]
    return ratio(np.log(rare[kept] / many[kept]), np.ones(len(kept)), where, who, seed)


def resists(fitness: Estimate) -> bool | None:
    """Whether residents resist a mutant: the whole interval of its fitness is below 0.

    Returns:
        None without an interval.

    >>> resists(Estimate(-0.5, -0.8, -0.2, 20))
    True
    """
    return None if fitness.high is None else fitness.high < 0


def fixation_frequency(taken_over: ArrayLike, runs: Sequence[Hashable] | None = None) -> Estimate:
    """How often mutants took over, with the interval of Wilson.

    Wilson (1927, Journal of the American Statistical Association 22(158), 209-212).

    Args:
        taken_over: shape (matches,), whether there were only mutants at the end.
        runs: the unit of inference of each match; each its own if not given. Matches of one run
            count as one, as often taken over as they were on average.

    Returns:
        The mean with its interval; `n` counts runs.

    >>> found = fixation_frequency([True, False, False, False])
    >>> round(found.low, 3), round(found.high, 3)
    (0.046, 0.699)
    """
    from scipy.special import ndtri

    ended = np.asarray(taken_over, bool)
    n = int(ended.size) if runs is None else len(set(runs))
    if not ended.size:
        return Estimate(None, None, None, 0)
    share, z = float(ended.mean()), float(ndtri(0.975))
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = max(0.0, centre - reach), min(1.0, centre + reach)
    return Estimate(share, 0.0 if share == 0 else float(low), 1.0 if share == 1 else float(high), n)
