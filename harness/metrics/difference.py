"""How much better one agent did than another, paired by what both of them met.

Two agents are compared on the same opponents, under the same seeds and in the same seats where the
data have that: what these do to both falls out of the difference. The unit is the block, both seats
of one opponent and seed; the opponents are taken as given, so that what differs between them is no
sampling error.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.interval import LEAST_FREEDOM, Estimate
from harness.metrics.matrices import Floats
from harness.metrics.multiplicity import holm

__all__ = ["PairedDifference", "paired_difference", "paired_differences", "sign_flip_p"]

MOST_FLIPPED = 14
"""With more blocks than this the test is Student's; with fewer, all sign flips are tried."""

Met: TypeAlias = Mapping[tuple[Any, Any], float]


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean difference of two agents over the blocks that both of them played.

    Attributes:
        estimate: first less second, with its 95 % interval; `n` counts blocks. No bounds where
            tables that varied have fewer than 4 blocks beyond the first of each.
        p_value: two-sided, of both being alike; None where nothing varied.
        adjusted: the same, after Holm, within the family that was compared; None likewise.
        test: which test it is of: `sign flips` or `t`.
    """

    estimate: Estimate
    p_value: float | None
    adjusted: float | None
    test: str


def paired_difference(
    first: ArrayLike, second: ArrayLike, tables: Sequence[Hashable]
) -> PairedDifference:
    """Compare two agents block by block.

    The interval is Student's on the differences, their variance taken within tables and the freedom
    added up over these. Up to 14 blocks the test tries all sign flips of the differences, which is
    exact if both are alike: Fisher (1935), The Design of Experiments, section 21. Beyond, it is
    Student's, from the same standard error as the interval.

    Args:
        first: shape (n,), what the first agent earned per round in each block.
        second: shape (n,), what the second one earned in the block paired with it.
        tables: length n, the opponent of each block: who else played, whatever the seed.

    Raises:
        UsageError: lengths differ, or a payoff is not a number.

    >>> found = paired_difference([3, 2, 3, 2, 3, 3], [1, 1, 2, 2, 1, 2], ["tft"] * 6)
    >>> print(round(found.estimate.value, 3), round(found.estimate.low, 3), found.p_value)
    1.167 0.377 0.0625
    """
    one, two = np.asarray(first, float), np.asarray(second, float)
    if one.ndim != 1 or one.shape != two.shape or len(tables) != one.size:
        raise UsageError(
            f"{one.shape} payoffs of the first, {two.shape} of the second and {len(tables)} tables:"
            " give one of each for every block that both played"
        )
    differences = one - two
    if not np.isfinite(differences).all():
        at = int(np.flatnonzero(~np.isfinite(differences))[0])
        raise UsageError(
            f"block {at}: payoffs {one[at]} and {two[at]}; leave blocks without a payoff out"
        )
    n = int(differences.size)
    if not n:
        return PairedDifference(Estimate(None, None, None, 0), None, None, "sign flips")
    value = float(differences.mean())
    error, freedom = _error(differences, tables)
    test = "sign flips" if n <= MOST_FLIPPED else "t"
    if error <= 1e-9 * max(float(np.abs(differences).max()), 1e-300):
        return PairedDifference(Estimate(value, None, None, n), None, None, test)
    from scipy.stats import t

    low = high = None
    if freedom >= LEAST_FREEDOM:
        width = float(t.ppf(0.975, freedom)) * error
        low, high = value - width, value + width
    p = sign_flip_p(differences) if test == "sign flips" else None
    p = float(2 * t.sf(abs(value) / error, freedom)) if p is None else p
    return PairedDifference(Estimate(value, low, high, n), p, p, test)


def sign_flip_p(differences: ArrayLike) -> float:
    """Share of all sign flips whose mean is as far from 0: the exact two-sided p-value.

    Args:
        differences: shape (n,), n at least 1; there are 2^n flips.

    >>> sign_flip_p([1, 2, 3])
    0.25
    """
    given = np.asarray(differences, float)
    signs = np.array(list(product((1.0, -1.0), repeat=given.size - 1))).reshape(-1, given.size - 1)
    sums = np.abs(given[0] + signs @ given[1:])  # flipping all changes no size: half will do
    return float((sums >= abs(given.sum()) - 1e-9 * np.abs(given).sum()).mean())


def paired_differences(
    payoffs: Mapping[str, Met], pairs: Sequence[tuple[str, str]] | None = None
) -> dict[tuple[str, str], PairedDifference]:
    """Compare many agents, allowing for how many comparisons there are.

    Two agents are compared on the keys that both have. Blocks against either of the two are left
    out, self-play included: the other met another opponent there.

    Args:
        payoffs: of each agent, what it earned per round by (opponent, seed). Where matches have no
            seed in common, number the blocks against each opponent: any order that was fixed
            beforehand gives pairs of independent blocks.
        pairs: the family of comparisons that was declared; all pairs if not given.

    Returns:
        By pair, `adjusted` being Holm's over all of them that have a p-value.

    Raises:
        UsageError: a pair names an agent that has no payoffs.

    >>> a = {("tft", s): 2.0 + s % 2 for s in range(6)}
    >>> b = {("tft", s): 1.0 + s % 3 for s in range(6)}
    >>> found = paired_differences({"a": a, "b": b})
    >>> found["a", "b"].estimate.n, round(found["a", "b"].estimate.value, 2)
    (6, 0.5)
    """
    compared: dict[tuple[str, str], PairedDifference] = {}
    for one, two in pairs if pairs is not None else combinations(payoffs, 2):
        for name in (one, two):
            if name not in payoffs:
                raise UsageError(f"{name} has no payoffs; there are those of {', '.join(payoffs)}")
        mine, theirs = payoffs[one], payoffs[two]
        shared = [key for key in mine if key in theirs and key[0] not in (one, two)]
        compared[one, two] = paired_difference(
            [mine[key] for key in shared], [theirs[key] for key in shared], [k[0] for k in shared]
        )
    told = {pair: p for pair, found in compared.items() if (p := found.p_value) is not None}
    adjusted = holm(list(told.values()))
    for pair, p in zip(told, adjusted, strict=True):
        compared[pair] = replace(compared[pair], adjusted=float(p))
    return compared


def _error(differences: Floats, tables: Sequence[Hashable]) -> tuple[float, int]:
    """Standard error of the mean, and its degrees of freedom."""
    of_table: dict[Hashable, list[float]] = {}
    for table, difference in zip(tables, differences.tolist(), strict=True):
        of_table.setdefault(table, []).append(difference)
    variance, freedom = 0.0, 0
    for group in of_table.values():
        if len(group) > 1:
            within = float(np.var(group, ddof=1))
            variance += len(group) * within
            alike = within <= 1e-18 * float(np.square(group).max())  # as between deterministic ones
            freedom += 0 if alike else len(group) - 1
    return float(np.sqrt(variance)) / differences.size, freedom
