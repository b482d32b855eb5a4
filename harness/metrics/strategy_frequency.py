"""Strategy frequency estimation: which strategies are played how often.

The mixture model of Dal Bó & Fréchette (2011), "The evolution of cooperation in infinitely
repeated games: experimental evidence", American Economic Review 101(1), section IV: each unit plays
one strategy of a given list throughout, and in each round follows it with probability beta, from
1/2 to 1. With C_uk agreements of unit u with strategy k in N_u rounds, the likelihood is the
product over u of sum_k phi_k beta^C_uk (1 - beta)^(N_u - C_uk).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import FEWEST_BLOCKS, Estimate
from harness.metrics.strategy_library import Strategy

__all__ = ["StrategyFrequencies", "fit_agreements", "strategy_frequencies"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

RESAMPLES = 300

STARTS = (0.55, 0.7, 0.85, 0.95, 0.995)
"""Values of beta that the search is begun from; given beta, the likelihood has one maximum."""

MOST_STEPS = 50_000

ROUGH = 1e-5
"""How exactly resamples are solved: bounds no further apart are those of resamples that agree."""


@dataclass(frozen=True, slots=True)
class StrategyFrequencies:
    """Estimated shares of strategies.

    Attributes:
        shares: the share of each strategy, by name. The bounds are 95 % percentile bounds over
            units drawn anew; None with fewer than 5 units, and where all resamples agree. `n`
            counts units.
        beta: probability of following the strategy in a round.
        log_likelihood: at the estimates.
        bic: criterion of Schwarz, smaller for better models; its sample size is the number of
            units.
        alike: strategies that said the same in every unit, so that only the sum of their shares
            means anything.
    """

    shares: dict[str, Estimate]
    beta: Estimate
    log_likelihood: float | None
    bic: float | None
    alike: tuple[tuple[str, ...], ...]


def strategy_frequencies(
    own: ArrayLike,
    other: ArrayLike,
    strategies: Sequence[Strategy],
    units: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> StrategyFrequencies:
    """Estimate the shares of strategies from play.

    Args:
        own: moves, shape (matches, rounds): 0 for C, 1 for D, -1 where there is none. A match is
            read up to the first round with a move that was not a player's own.
        other: the other's, of the same shape.
        strategies: what units may play, such as `strategy_library.DAL_BO_FRECHETTE`.
        units: what plays one strategy throughout, for each match: a subject, an agent; each match
            its own if not given.
        seed: of the bootstrap.

    Raises:
        UsageError: no strategy, or two of one name, or shapes that do not fit.

    >>> from harness.metrics.strategy_library import DAL_BO_FRECHETTE
    >>> own, other = [[0, 1, 0], [1, 1, 1]], [[1, 0, 0], [0, 0, 1]]
    >>> found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    >>> {name: round(share.value, 3) for name, share in found.shares.items() if share.value > 1e-6}
    {'ALLD': 0.5, 'TFT': 0.5}
    """
    mine, theirs = np.asarray(own), np.asarray(other)
    labels = list(range(len(mine))) if units is None else list(units)
    if mine.ndim != 2 or mine.shape != theirs.shape or len(labels) != len(mine):
        raise UsageError(
            f"the moves have shapes {mine.shape} and {theirs.shape}, with {len(labels)} units; give"
            " a row for each match, alike for both players, and a unit for each match"
        )
    chances = np.stack([s.predict(mine, theirs) for s in strategies]) if strategies else mine[:0]
    taken = np.where(mine == 0, chances, 1 - chances)
    read = (mine >= 0) & ~np.isnan(taken).any(axis=0)
    levels = np.unique(np.concatenate([[0.0, 1.0], taken[:, read].ravel()]).round(12))
    codes: dict[Hashable, int] = {}
    which = np.asarray([codes.setdefault(label, len(codes)) for label in labels], np.int64)
    counts = np.zeros((len(codes), len(strategies), len(levels)), np.int64)
    for k, of_strategy in enumerate(taken):
        level = np.searchsorted(levels, of_strategy[read].round(12))
        np.add.at(counts[:, k], (np.broadcast_to(which[:, None], mine.shape)[read], level), 1)
    return _fit([s.name for s in strategies], counts, levels, seed)


def fit_agreements(
    agreements: ArrayLike, rounds: ArrayLike, names: Sequence[str], seed: int = 0
) -> StrategyFrequencies:
    """Estimate the shares of strategies that do not mix, from how often play agreed with each.

    Args:
        agreements: shape (units, strategies).
        rounds: shape (units,), how many rounds each unit played.
        names: of the strategies.
        seed: of the bootstrap.

    Raises:
        UsageError: shapes do not fit, or there are more agreements than rounds.

    >>> found = fit_agreements([[9, 1], [10, 2], [0, 10]], [10, 10, 10], ["TFT", "ALLD"])
    >>> round(found.shares["TFT"].value, 3), round(found.beta.value, 3)
    (0.667, 0.967)
    """
    agreed, played = np.asarray(agreements, np.int64), np.asarray(rounds, np.int64)
    if agreed.shape != (len(played), len(names)) or (agreed > played[:, None]).any():
        raise UsageError(
            f"the agreements have shape {agreed.shape}, for {played.size} units and {len(names)}"
            " strategies; give one number for each, at most the unit's rounds"
        )
    counts = np.stack([played[:, None] - agreed, agreed], axis=2)
    return _fit(names, counts, np.array([0.0, 1.0]), seed)


def _fit(names: Sequence[str], counts: Ints, levels: Floats, seed: int) -> StrategyFrequencies:
    """Shares and beta, with the bootstrap by unit.

    `counts` has shape (units, strategies, levels): rounds in which the strategy would have made the
    move that was made with the probability that the level gives.
    """
    if not names or len(set(names)) < len(names):
        raise UsageError(f"strategies {list(names)}: give one or more, no two of one name")
    counts = counts[counts[:, 0].sum(axis=1) > 0]
    n = len(counts)
    if n == 0:
        nothing = Estimate(None, None, None, 0)
        return StrategyFrequencies(dict.fromkeys(names, nothing), nothing, None, None, ())
    starts = np.repeat([np.full(len(names), 1 / len(names))], len(STARTS), axis=0)
    weights = np.ones((len(STARTS), n))
    phi, beta, fit = _maximise(counts, levels, weights, starts, np.array(STARTS), tolerance=1e-9)
    best = int(fit.argmax())
    low = high = None
    if n >= FEWEST_BLOCKS:
        drawn = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), RESAMPLES)
        begin = np.repeat([0.9 * phi[best] + 0.1 / len(names)], RESAMPLES, axis=0)
        again = _maximise(
            counts, levels, drawn, begin, np.full(RESAMPLES, beta[best]), tolerance=ROUGH
        )
        both = np.column_stack(again[:2])
        low, high = np.quantile(both, [0.025, 0.975], axis=0)
    found = [
        Estimate(float(value), float(min(low[i], value)), float(max(high[i], value)), n)
        if low is not None and high is not None and high[i] - low[i] > ROUGH
        else Estimate(float(value), None, None, n)
        for i, value in enumerate([*phi[best], beta[best]])
    ]
    likelihood = float(fit[best])
    return StrategyFrequencies(
        shares=dict(zip(names, found[:-1], strict=True)),
        beta=found[-1],
        log_likelihood=likelihood,
        bic=len(names) * float(np.log(n)) - 2 * likelihood,
        alike=_alike(names, counts),
    )


def _maximise(
    counts: Ints, levels: Floats, weights: ArrayLike, phi: Floats, beta: Floats, *, tolerance: float
) -> tuple[Floats, Floats, Floats]:
    """Likelihood maxima by EM, many resamples of the units together.

    Dempster, Laird & Rubin (1977), Journal of the Royal Statistical Society B 39(1). Shapes:
    `weights` (resamples, units), `phi` (resamples, strategies), `beta` (resamples,).

    Returns:
        Shares, betas, and log-likelihoods.
    """
    units = np.asarray(weights, float)
    total = units.sum(axis=1)
    flat = counts.reshape(-1, len(levels)).astype(float)
    active = np.arange(len(phi))
    shares, followed, likelihood = phi.copy(), beta.copy(), np.zeros(len(phi))
    for _ in range(MOST_STEPS):
        b, w = followed[active], units[active]
        chances = np.log(np.maximum(b[:, None] * levels + (1 - b[:, None]) * (1 - levels), 1e-300))
        joint = (chances @ flat.T).reshape(len(active), *counts.shape[:2])
        joint += np.log(np.maximum(shares[active], 1e-300))[:, None, :]
        peak = joint.max(axis=2)
        joint = np.exp(joint - peak[:, :, None])
        mass = joint.sum(axis=2)
        likelihood[active] = (w * (peak + np.log(mass))).sum(axis=1)
        joint *= (w / mass)[:, :, None]
        new = joint.sum(axis=1) / total[active][:, None]
        new_beta = _best_beta(joint.reshape(len(active), -1) @ flat, levels)
        moved = np.maximum(np.abs(new - shares[active]).max(axis=1), np.abs(new_beta - b))
        shares[active], followed[active] = new, new_beta
        active = active[moved > tolerance]
        if not active.size:
            break
    return shares, followed, likelihood


def _best_beta(rounds: Floats, levels: Floats) -> Floats:
    """The beta that maximises sum_v rounds_v log(beta level_v + (1 - beta)(1 - level_v)).

    The sum is concave, so that its slope is halved down to its zero; shape (resamples, levels).
    """
    if len(levels) == 2:
        agreed = rounds.sum(axis=1)
        return np.clip(rounds[:, 1] / np.where(agreed > 0, agreed, 1), 0.5, 1)
    low, high = np.full(len(rounds), 0.5), np.ones(len(rounds))
    for _ in range(50):
        middle = (low + high) / 2
        chance = middle[:, None] * levels + (1 - middle[:, None]) * (1 - levels)
        rising = (rounds * (2 * levels - 1) / chance).sum(axis=1) > 0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return (low + high) / 2


def _alike(names: Sequence[str], counts: Ints) -> tuple[tuple[str, ...], ...]:
    """Names of strategies with the same counts in every unit."""
    groups: dict[bytes, list[str]] = {}
    for k, name in enumerate(names):
        groups.setdefault(counts[:, k].tobytes(), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)
