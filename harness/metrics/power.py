"""How many blocks or matches it takes to see a given difference.

A block is the matches that share one seed and one opponent, seats swapped. Plan on blocks: matches
of conditional cooperators are nearly all cooperation or all defection, so that more rounds tell
almost nothing more about how often they cooperate.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.errors import UsageError

__all__ = [
    "blocks_for_half_width",
    "design_effect",
    "detectable_difference",
    "independent_blocks",
    "paired_blocks",
    "paired_power",
    "proportion_decisions",
]

MOST = 10**9

SURE = 8.0
"""Times the critical value at which a shift is found for sure."""


def paired_power(effect: float, n_blocks: int, alpha: float = 0.05) -> float:
    """The chance that a paired t-test over blocks finds a difference.

    From the noncentral t distribution (Cohen 1988, Statistical Power Analysis, chapter 2).

    Args:
        effect: mean difference between two agents over its standard deviation between blocks.
        n_blocks: blocks that both played, at least 2.
        alpha: two-sided level.

    Returns:
        From alpha to 1.

    Raises:
        UsageError: an argument out of range.

    >>> round(paired_power(0.5, 34), 3)
    0.808
    """
    _check(effect=effect, alpha=alpha)
    if n_blocks < 2:
        raise UsageError(f"a paired test needs 2 blocks, not {n_blocks}")
    return _t_power(effect * math.sqrt(n_blocks), n_blocks - 1, alpha)


def paired_blocks(effect: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Blocks that two agents must both play for a paired t-test to find a difference.

    Args:
        effect: mean difference over the standard deviation of differences between blocks; above 0.
        alpha: two-sided level.
        power: chance to find it.

    Raises:
        UsageError: an argument out of range.

    >>> [paired_blocks(d) for d in (0.3, 0.5, 0.8)]
    [90, 34, 15]
    """
    _check(effect=effect, alpha=alpha, power=power)
    return _smallest(
        lambda n: _t_power(effect * math.sqrt(n), n - 1, alpha) >= power, f"an effect of {effect}"
    )


def independent_blocks(effect: float, alpha: float = 0.05, power: float = 0.8) -> int:
    """Blocks for each of two agents that met different blocks, for Student's t-test.

    Args:
        effect: difference of means over the standard deviation between blocks; above 0.
        alpha: two-sided level.
        power: chance to find it.

    Raises:
        UsageError: an argument out of range.

    >>> independent_blocks(0.5)
    64
    """
    _check(effect=effect, alpha=alpha, power=power)
    return _smallest(
        lambda n: _t_power(effect * math.sqrt(n / 2), 2 * n - 2, alpha) >= power,
        f"an effect of {effect}",
    )


def detectable_difference(n_blocks: int, alpha: float = 0.05, power: float = 0.8) -> float:
    """The smallest effect that a paired t-test over so many blocks finds.

    Args:
        n_blocks: blocks that both agents play, at least 2.
        alpha: two-sided level.
        power: chance to find it.

    Returns:
        The mean difference in standard deviations between blocks.

    Raises:
        UsageError: an argument out of range.

    >>> round(detectable_difference(20), 2)
    0.66
    """
    from scipy.optimize import brentq

    _check(alpha=alpha, power=power)
    if n_blocks < 2:
        raise UsageError(f"a paired test needs 2 blocks, not {n_blocks}")
    if power <= alpha:
        return 0.0
    largest = 1.0
    while paired_power(largest, n_blocks, alpha) < power:
        largest *= 2
    found = brentq(lambda d: paired_power(d, n_blocks, alpha) - power, 1e-9, largest, xtol=1e-10)
    return float(found)


def proportion_decisions(
    first: float,
    second: float,
    alpha: float = 0.05,
    power: float = 0.8,
    design_effect: float = 1.0,
) -> int:
    """Decisions for each of two agents to tell their rates, as of cooperation, apart.

    By the arcsine transformation (Cohen 1988, Statistical Power Analysis, chapter 6): n =
    (z_alpha/2 + z_power)² / h², h = 2 asin √p - 2 asin √q, times the design effect.

    Args:
        first: rate of the one, from 0 to 1.
        second: rate of the other, not the same.
        alpha: two-sided level.
        power: chance to find it.
        design_effect: by how much decisions of one match resemble each other; see `design_effect`.

    Raises:
        UsageError: an argument out of range, or equal rates.

    >>> proportion_decisions(0.5, 0.6), proportion_decisions(0.5, 0.7)
    (388, 93)
    """
    from scipy.special import ndtr, ndtri

    _check(alpha=alpha, power=power)
    if not (0 <= first <= 1 and 0 <= second <= 1) or first == second or not design_effect >= 1:
        raise UsageError(
            f"two different rates from 0 to 1 and a design effect of at least 1, not {first}, "
            f"{second} and {design_effect}"
        )
    h = abs(2 * math.asin(math.sqrt(first)) - 2 * math.asin(math.sqrt(second)))
    z = float(ndtri(1 - alpha / 2))

    def suffices(n: int) -> bool:
        shift = h * math.sqrt(n / design_effect / 2)
        return float(ndtr(shift - z) + ndtr(-shift - z)) >= power

    return _smallest(suffices, f"rates of {first} and {second}")


def design_effect(size: float, correlation: float) -> float:
    """By how many times decisions in matches count for less than independent ones.

    1 + (m - 1) rho (Kish 1965, Survey Sampling, chapter 5).

    Args:
        size: decisions a block, at least 1.
        correlation: within blocks, from 0 to 1.

    Raises:
        UsageError: an argument out of range.

    >>> design_effect(10, 0.5)
    5.5
    """
    if not size >= 1 or not 0 <= correlation <= 1:
        raise UsageError(
            f"at least 1 decision a block and a correlation from 0 to 1, not {size}, {correlation}"
        )
    return float(1 + (size - 1) * correlation)


def blocks_for_half_width(deviation: float, half_width: float, alpha: float = 0.05) -> int:
    """Blocks for an interval of a mean to reach so far to either side.

    (z deviation / half_width)², by the normal distribution (Cochran 1977, Sampling Techniques,
    chapter 4).

    Args:
        deviation: standard deviation between blocks, at least 0.
        half_width: in the same units, above 0.
        alpha: 1 less the level of the interval.

    Returns:
        At least 2, since one block shows no deviation.

    Raises:
        UsageError: an argument out of range.

    >>> [blocks_for_half_width(0.4, w) for w in (0.10, 0.15, 0.20)]
    [62, 28, 16]
    """
    from scipy.special import ndtri

    _check(effect=half_width, alpha=alpha)
    if not 0 <= deviation < math.inf:
        raise UsageError(f"a standard deviation is a number of at least 0, not {deviation}")
    return max(2, math.ceil((float(ndtri(1 - alpha / 2)) * deviation / half_width) ** 2))


def _t_power(shift: float, freedom: int, alpha: float) -> float:
    from scipy.stats import nct, t

    edge = float(t.isf(alpha / 2, freedom))
    if shift > SURE * edge:
        return 1.0
    # Where next to nothing lies beyond the other edge, scipy's noncentral t is not a number.
    beyond = float(nct.cdf(-edge, freedom, shift))
    return float(nct.sf(edge, freedom, shift)) + (0.0 if math.isnan(beyond) else beyond)


def _smallest(suffices: Callable[[int], bool], what: str) -> int:
    """The smallest n from 2 up that suffices, by doubling and halving."""
    high = 2
    while not suffices(high):
        high *= 2
        if high > MOST:
            raise UsageError(f"{what} would take more than {MOST} observations")
    low = max(high // 2, 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def _check(**given: float) -> None:
    for name, value in given.items():
        top = math.inf if name == "effect" else 1
        if not 0 < value < top:
            raise UsageError(f"{name} must lie between 0 and {top}, not {value}")
