"""Giving in societies: how much of what they own donors give, to whom, and how far units grow."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.clustered import linear_trend
from harness.metrics.interval import Estimate, ratio

__all__ = [
    "Generosity",
    "evolution",
    "full_donation",
    "generation_efficiency",
    "generosity",
]

Floats: TypeAlias = NDArray[np.float64]

GOOD = 0.5
"""Who last gave this share of its units or more has a good name."""

MEAN = 0.1
"""Who gives less than this share of its units as good as keeps all."""


@dataclass(frozen=True, slots=True)
class Generosity:
    """What donors gave.

    Attributes:
        share: mean share given, over donors of the mean of each.
        weighted: all that was given over all that was owned by those who gave.
        slope: of the share given on the share that the recipient had last given.
        gap: mean share given to recipients that had last given half or more, less that to others.
        shunning: share of acts that gave less than a tenth, of those to recipients that had last
            given less than a tenth.
    """

    share: Estimate
    weighted: Estimate
    slope: Estimate
    gap: Estimate
    shunning: Estimate


def generosity(
    given: ArrayLike,
    owned: ArrayLike,
    seen: ArrayLike,
    donors: Sequence[Hashable],
    runs: Sequence[Hashable],
    *,
    seed: int = 0,
) -> Generosity:
    """What donors gave, with intervals over runs: those of a society are not independent.

    The measures are those of the donor game (Vallinder & Hughes 2024, arXiv:2412.10270) and of
    punishment of free riders in it; the slope is by least squares, with the sandwich over runs.

    Args:
        given: shape (n,), units given in each decision.
        owned: shape (n,), units owned before it; decisions with 0 are left out.
        seen: shape (n,), the share that the recipient had last given; NaN where it had not yet.
        donors: length n, who decided; a name counts as another donor in another run.
        runs: length n, the society and generation.
        seed: of the bootstrap.

    Raises:
        UsageError: more was given than owned, or lengths differ.

    >>> found = generosity([5, 2], [10, 10], [1.0, 0.0], donors="ab", runs=[0, 0])
    >>> found.share.value, round(found.gap.value, 9), found.shunning.value
    (0.35, 0.3, 0.0)
    """
    gave, had, last = (np.asarray(a, float) for a in (given, owned, seen))
    lengths = {gave.shape, had.shape, last.shape, (len(donors),), (len(runs),)}
    if len(lengths) > 1 or (gave > had * (1 + 1e-9)).any() or (gave < 0).any():
        raise UsageError("give as many of each, and shares given from nothing to all of what was")
    kept = had > 0
    gave, had, last = gave[kept], had[kept], last[kept]
    who = [d for d, keep in zip(donors, kept, strict=True) if keep]
    where = [r for r, keep in zip(runs, kept, strict=True) if keep]
    share = gave / had
    one = [0] * len(where)
    means: dict[tuple[Hashable, Hashable], list[float]] = {}
    for key, f in zip(zip(where, who, strict=True), share, strict=True):
        means.setdefault(key, []).append(float(f))
    donor_means = [float(np.mean(shares)) for shares in means.values()]
    told = np.flatnonzero(~np.isnan(last))
    informed = share[told], last[told], [where[i] for i in told]
    mean_seen = np.flatnonzero(last < MEAN)
    return Generosity(
        share=ratio(
            donor_means, np.ones(len(means)), [run for run, _ in means], [0] * len(means), seed
        ),
        weighted=ratio(gave, had, where, one, seed),
        slope=linear_trend(informed[1], informed[0], informed[2]).slope,
        gap=linear_trend(informed[1] >= GOOD, informed[0], informed[2]).slope,
        shunning=ratio(
            share[mean_seen] < MEAN,
            np.ones(len(mean_seen)),
            [where[i] for i in mean_seen],
            [0] * len(mean_seen),
            seed,
        ),
    )


def full_donation(
    pairs: Iterable[Iterable[tuple[int, int]]], players: int, endowment: float, multiplier: float
) -> float:
    """Mean final units where every donor always gives all it has, under the pairs as they were.

    Args:
        pairs: for each round the donors and their recipients, as indices below `players`.
        players: how many there are.
        endowment: what each owns at the start.
        multiplier: what a recipient gets for each unit given.

    >>> full_donation([[(0, 1)], [(1, 0)]], players=2, endowment=10, multiplier=2)
    30.0
    """
    owned = np.full(players, float(endowment))
    for at_once in pairs:
        donors, recipients = np.array(list(at_once), np.int64).reshape(-1, 2).T
        gifts = owned[donors]
        owned[donors] = 0
        np.add.at(owned, recipients, multiplier * gifts)
    return float(owned.mean())


def generation_efficiency(reached: float, endowment: float, full: float) -> float | None:
    """How far units grew, on a scale of logarithms: 0 if not at all, 1 as by full donation.

    Args:
        reached: mean units at the end.
        endowment: units at the start.
        full: mean units at the end of full donation under the same pairs (`full_donation`).

    Returns:
        None where nothing was left, or where full donation is no gain.

    >>> generation_efficiency(40, 10, 160)
    0.5
    """
    if reached <= 0 or full <= endowment:
        return None
    return float(np.log(reached / endowment) / np.log(full / endowment))


def evolution(
    values: Sequence[ArrayLike],
    runs: Sequence[Hashable] | None = None,
    tables: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Estimate:
    """How a number of a society moved from one generation to the next: mean slope over runs.

    The run, a whole population, is the unit: its generations descend from each other.

    Args:
        values: for each run its numbers by generation, such as mean final units; NaN where there
            is none.
        runs: the unit of inference of each run; each its own if not given.
        tables: what was repeated in each run; the same everywhere if not given.
        seed: of the bootstrap.

    Returns:
        Slopes by least squares, their mean; runs of fewer than two generations are left out. `n`
        counts runs.

    >>> evolution([[10, 12, 14], [10, 10, 10]]).value
    1.0
    """
    slopes, where, who = [], [], []
    for i, told in enumerate(values):
        series = np.asarray(told, float)
        at = np.flatnonzero(~np.isnan(series))
        if at.size < 2:
            continue
        centred = at - at.mean()
        slopes.append(float(centred @ series[at] / (centred @ centred)))
        where.append(runs[i] if runs is not None else i)
        who.append(tables[i] if tables is not None else 0)
    return ratio(slopes, np.ones(len(slopes)), where, who, seed)
