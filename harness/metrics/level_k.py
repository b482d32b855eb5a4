"""Levels of reasoning in the p-beauty contest: Nagel's bins, and a mixture of levels by likelihood.

Level 0 chooses without a thought for the others, on average the middle of the range; level k takes
the others for level k - 1 and chooses p times their number: `level_zero * p**k`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS, Estimate

__all__ = ["COMPONENTS", "LevelMixture", "level_choices", "level_mixture", "nagel_levels"]

Floats: TypeAlias = NDArray[np.float64]

COMPONENTS = ("level_0", "level_1", "level_2", "level_3", "equilibrium")
"""The components of the mixture."""

GRID = 40
"""Values of sigma, evenly spaced in logarithms, that the search begins from."""

SMALLEST = 0.01
"""Smallest sigma, as a share of the range: without one, a number exactly at a level's choice would
have an unbounded likelihood."""

LARGEST = 0.5
"""Largest sigma, as a share of the range."""

RESAMPLES = 300

BINS = 200
"""Resamples round numbers to this part of the range where more values were chosen."""

ROUGH = 1e-4
"""How exactly resamples are solved: bounds no further apart are those of resamples that agree."""

NEARBY = 4
"""Steps of the grid to either side of the estimate that resamples choose sigma from."""


@dataclass(frozen=True, slots=True)
class LevelMixture:
    """Estimated shares of levels.

    Attributes:
        shares: by component of `COMPONENTS`. The bounds are 95 % percentile bounds over groups
            drawn anew; None with fewer than 5 groups, and where all resamples agree. `n` counts
            numbers chosen.
        sigma: common standard deviation of the truncated normals, in the game's numbers.
        log_likelihood: at the estimates; None without data.
    """

    shares: dict[str, Estimate]
    sigma: Estimate
    log_likelihood: float | None


def level_choices(p: float, levels: int, level_zero: float = 50.0) -> Floats:
    """What levels 0, 1, … choose: `level_zero * p**k` (Nagel 1995, American Economic Review 85(5)).

    Returns:
        Shape (levels,).

    >>> level_choices(2 / 3, 4).round(2).tolist()
    [50.0, 33.33, 22.22, 14.81]
    """
    choices: Floats = level_zero * np.power(float(p), np.arange(levels, dtype=float))
    return choices


def nagel_levels(
    numbers: ArrayLike, p: float, level_zero: ArrayLike = 50.0, levels: int = 4
) -> list[int | None]:
    """The level whose neighbourhood each number lies in.

    A number belongs to level k if it lies between `r p**(k + 1/4)` and `r p**(k - 1/4)`, r being
    what level 0 chooses: the middle of the range, or in later rounds the mean of the round before
    (Nagel 1995, American Economic Review 85(5), section III).

    Args:
        numbers: shape (n,).
        p: the factor, above 0 and not 1.
        level_zero: r, for all or for each.
        levels: how many levels are told apart, counted from 0.

    Returns:
        The level of each number; None where it lies in no neighbourhood.

    >>> nagel_levels([50, 34, 22, 40, 0], 2 / 3)
    [0, 1, 2, None, None]
    """
    _check_factor(p)
    chosen, start = np.broadcast_arrays(np.asarray(numbers, float), np.asarray(level_zero, float))
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.log(chosen / start) / np.log(p)
    nearest = np.rint(np.where(np.isfinite(steps), steps, -1))
    close = np.isfinite(steps) & (np.abs(steps - nearest) <= 0.25 + 1e-12)
    inside = close & (nearest >= 0) & (nearest < levels)
    return [int(k) if ok else None for k, ok in zip(nearest, inside, strict=True)]


def level_mixture(
    numbers: ArrayLike,
    p: float,
    *,
    low: float = 0.0,
    high: float = 100.0,
    level_zero: float | None = None,
    equilibrium: float | None = None,
    groups: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> LevelMixture:
    """Shares of levels by maximum likelihood, with a bootstrap over groups.

    Level 0 is uniform on the range; levels 1 to 3 and the equilibrium are normal around their
    choices with one common sigma, truncated to the range. For a given sigma the likelihood has one
    maximum, found by EM (Dempster, Laird & Rubin 1977, Journal of the Royal Statistical Society B
    39(1)); sigma is searched for on a grid and then between its points. The model is in the manner
    of Stahl & Wilson (1995, Games and Economic Behavior 10(1), 218-254).

    Args:
        numbers: shape (n,), one from each group and player: independent given the group.
        p: the factor, above 0 and not 1.
        low: the lowest number that can be chosen.
        high: the highest.
        level_zero: mean choice of level 0; the middle of the range if None.
        equilibrium: where reasoning ends; `low` for p < 1 and `high` for p > 1 if None.
        groups: what each number belongs to and is drawn anew with; each its own if not given.
        seed: of the bootstrap.

    Raises:
        UsageError: numbers out of range, or a factor that makes no levels.

    >>> found = level_mixture([33, 34, 32, 22, 21, 0], 2 / 3)
    >>> {name: round(share.value, 2) for name, share in found.shares.items()}
    {'level_0': 0.0, 'level_1': 0.5, 'level_2': 0.33, 'level_3': 0.0, 'equilibrium': 0.17}
    """
    _check_factor(p)
    chosen = np.asarray(numbers, float)
    if ((chosen < low) | (chosen > high) | np.isnan(chosen)).any():
        raise UsageError(f"the numbers chosen must be from {low} to {high}; leave the others out")
    n = len(chosen)
    if not n:
        nothing = Estimate(None, None, None, 0)
        return LevelMixture(dict.fromkeys(COMPONENTS, nothing), nothing, None)
    start = (low + high) / 2 if level_zero is None else level_zero
    end = (low if p < 1 else high) if equilibrium is None else equilibrium
    centres = np.clip([*level_choices(p, 4, start)[1:], end], low, high)
    values, which = np.unique(chosen, return_inverse=True)
    sigmas = (high - low) * np.geomspace(SMALLEST, LARGEST, GRID)
    densities = np.stack([_densities(values, centres, s, low, high) for s in sigmas])
    counts = np.bincount(which, minlength=len(values))[None].astype(float)
    _, profile = _em(counts, densities, steps=300)
    best = int(profile[:, 0].argmax())
    around = sigmas[[max(best - 1, 0), min(best + 1, GRID - 1)]]
    sigma = _refine(counts, values, centres, around, (low, high))
    final = _densities(values, centres, sigma, low, high)[None]
    shares, fit = _em(counts, final, steps=5000)
    if len(values) > BINS:
        step = (high - low) / BINS
        values, which = np.unique(np.rint((chosen - low) / step), return_inverse=True)
        values = low + step * values
    near = sigmas[max(best - NEARBY, 0) : best + NEARBY + 1]
    rough = np.stack([_densities(values, centres, s, low, high) for s in near])
    labels = list(range(n)) if groups is None else list(groups)
    bounds = _bootstrap(which, labels, rough, near, seed)
    found = [
        Estimate(float(value), *_around(bounds, i, float(value)), n)
        for i, value in enumerate([*shares[0, 0], sigma])
    ]
    return LevelMixture(
        shares=dict(zip(COMPONENTS, found[:-1], strict=True)),
        sigma=found[-1],
        log_likelihood=float(fit[0, 0]),
    )


def _check_factor(p: float) -> None:
    if not p > 0 or p == 1:
        raise UsageError(f"the factor p is {p}; levels differ only where it is above 0 and not 1")


def _densities(values: Floats, centres: Floats, sigma: float, low: float, high: float) -> Floats:
    """Density of each value under each component, shape (components, values)."""
    from scipy.special import ndtr

    z = (values - centres[:, None]) / sigma
    inside = ndtr((high - centres) / sigma) - ndtr((low - centres) / sigma)
    normal = np.exp(-(z**2) / 2) / (np.sqrt(2 * np.pi) * sigma * inside[:, None])
    return np.vstack([np.full(len(values), 1 / (high - low)), normal])


def _em(
    counts: Floats, densities: Floats, steps: int, tolerance: float = 1e-9
) -> tuple[Floats, Floats]:
    """The best shares for each sigma and each resample.

    Args:
        counts: shape (resamples, values), how often each value was chosen.
        densities: shape (sigmas, components, values).
        steps: most steps.
        tolerance: it ends where no share moves more.

    Returns:
        Shares, shape (sigmas, resamples, components); log-likelihoods, shape (sigmas, resamples).
    """
    total = counts.sum(axis=1)[:, None]
    shape = len(densities), len(counts), densities.shape[1]
    shares = np.full(shape, 1 / densities.shape[1])
    turned = densities.transpose(0, 2, 1)
    for _ in range(steps):
        mixed = shares @ densities
        new = shares * ((counts / mixed) @ turned) / total
        moved = np.abs(new - shares).max()
        shares = new
        if moved < tolerance:
            break
    return shares, (counts * np.log(shares @ densities)).sum(axis=2)


def _refine(
    counts: Floats, values: Floats, centres: Floats, around: Floats, limits: tuple[float, float]
) -> float:
    """The most likely sigma between the two given, neighbours of the best one on the grid."""
    from scipy.optimize import minimize_scalar

    def loss(log_sigma: float) -> float:
        densities = _densities(values, centres, float(np.exp(log_sigma)), *limits)[None]
        return float(-_em(counts, densities, steps=1000)[1][0, 0])

    low, high = np.log(around).tolist()
    found = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def _bootstrap(
    which: NDArray[np.intp],
    labels: Sequence[Hashable],
    densities: Floats,
    sigmas: Floats,
    seed: int,
) -> Floats | None:
    """Bounds of shares and sigma, shape (2, components + 1); None with too few groups.

    Each resample takes its sigma from those given.
    """
    codes: dict[Hashable, int] = {}
    group = np.array([codes.setdefault(label, len(codes)) for label in labels])
    n = len(codes)
    if n < FEWEST_BLOCKS:
        return None
    table = np.zeros((n, densities.shape[2]))
    np.add.at(table, (group, which), 1)
    drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES) @ table
    shares, fit = _em(drawn, densities, steps=100, tolerance=ROUGH)
    chosen = fit.argmax(axis=0)
    replicates = np.column_stack([shares[chosen, np.arange(RESAMPLES)], sigmas[chosen]])
    bounds: Floats = np.quantile(replicates, [0.025, 0.975], axis=0)
    return bounds


def _around(bounds: Floats | None, i: int, value: float) -> tuple[float | None, float | None]:
    """The bounds of one number, which include it; None where the resamples agree on it."""
    if bounds is None or bounds[1, i] - bounds[0, i] <= ROUGH:
        return None, None
    return float(min(bounds[0, i], value)), float(max(bounds[1, i], value))
