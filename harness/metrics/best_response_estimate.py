"""How much could be taken from a player, estimated from its play, with intervals.

The best answer to estimated probabilities earns more on them than on the true ones, since it is
chosen for them: the plug-in estimate is biased upwards, above all where many answers are about as
good, as against uniform play. How much more is seen by drawing the blocks anew (its optimism), and
taken off. An answer chosen on one half of the blocks and judged on the other has no such luck at
all, but is chosen on half the data: it is biased downwards, and the interval reaches below it.

The number rests on a model, that the player looks a fixed number of rounds back. It becomes a
finding once the answer that it names has been played against the player.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics import induced_mdp
from harness.metrics.best_response import BestResponse, best_response
from harness.metrics.interval import Estimate
from harness.metrics.memory_one import policy, posterior

__all__ = ["BestResponseEstimate", "estimate_best_response", "widened"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

SPLITS = 8
"""Random halvings of the blocks over which the cross-fitted value is averaged."""

REWEIGHTED = 200
"""Draws of the blocks over which the optimism of the plug-in is averaged."""

MOST_GUESSES = 16
"""Combinations of actions in states never seen that are tried; with more, one action in all."""

NEARLY_TIED = 1e-9
"""Payoffs that differ by less, relative to the largest, count as equal."""

NEARLY_ONE = 1 - 1e-6
"""Discount that stands for long-run means where many problems are solved together."""


@dataclass(frozen=True, slots=True)
class BestResponseEstimate:
    """How much can be taken from a player, as far as its play tells: points per round.

    Attributes:
        value: the most that an opponent can earn: `plug_in.value` less `optimism`, with a 95 %
            interval. `n` counts blocks. None where there is only one block; no bounds where all
            blocks went alike, unless it rests on states that were never seen: then the interval
            holds at least all of `guesses`.
        gain: the same less what the opponent earns under mutual cooperation.
        agent_payoff: what the best answer to the estimated player leaves it, with the 95 %
            interval of the posterior. It jumps where two answers tie, and the interval with it.
        damage: what the player earns under mutual cooperation, less that.
        plug_in: the best answer to the estimated probabilities, taken for true: biased upwards.
        optimism: how much more the best answer to blocks drawn anew promises than it earns on those
            at hand; None where there is only one block.
        cross_fitted: what answers chosen on half of the blocks earn on the other half: biased
            downwards.
        median: median of the best answer's value over the posterior: biased upwards more.
        model_incomplete: some states were never seen; what the player does there is drawn from the
            prior, and is taken as equal chances in `plug_in`.
        unseen: these states.
        guesses: where the best answer rests on what the player does in them, the best answers if it
            plays this or that there; empty otherwise.
    """

    value: Estimate
    gain: Estimate | None
    agent_payoff: Estimate
    damage: Estimate | None
    plug_in: BestResponse
    optimism: float | None
    cross_fitted: float | None
    median: float
    model_incomplete: bool
    unseen: tuple[int, ...]
    guesses: tuple[BestResponse, ...] = ()


def estimate_best_response(
    counts: ArrayLike,
    agent: ArrayLike,
    other: ArrayLike,
    *,
    rounds: int | None = None,
    discount: float | None = None,
    cooperative: tuple[int, int] | None = (0, 0),
    blocks: Sequence[Hashable] | None = None,
    draws: int = 2000,
    prior: float | None = None,
    seed: int = 0,
) -> BestResponseEstimate:
    """Estimate how much the best answer to a player earns, from how it played.

    Optimism is that of Efron (1983), "Estimating the error rate of a prediction rule", Journal of
    the American Statistical Association 78(382), 316-331: the best answer's value on blocks
    reweighted by the Bayesian bootstrap (Rubin 1981, Annals of Statistics 9(1), 130-134), less the
    same answer's value on the blocks as they are, on average. A third of the bias stays where all
    answers are as good, and a little too much is taken off where several come close, less than the
    error of sampling (docs/estimators.md has the figures).

    The plug-in and the cross-fitted value tend to bracket the truth, and the interval is built
    around them: the lower bound is the cross-fitted value less the distance from the plug-in to a
    quantile of its answer's value over the posterior; the upper one is the opposite quantile of the
    best answer's value over the posterior, or the plug-in where that is larger. The quantiles are
    those of Imbens & Manski (2004), "Confidence intervals for partially identified parameters",
    Econometrica 72(6), equation 7, with the optimism for the width: 2.5 % where there is none, up
    to 5 % where it is large, since then only one bound can fail.

    Args:
        counts: shape (matches, states, agent's actions), from
            `harness.metrics.memory_one.match_counts`.
        agent: the player's payoffs, shape (agent's actions, other's actions).
        other: the opponent's payoffs, in the same order.
        rounds: how many a match has, as in `best_response`.
        discount: or else the weight of each round relative to the one before.
        cooperative: the pair of actions that is mutual cooperation, or None.
        blocks: the unit of inference that each match belongs to; each match its own if not given.
        draws: how many from the posterior.
        prior: parameters of the Dirichlet prior; 1 / number of actions if not given, which with
            two actions is the prior of Jeffreys.
        seed: of draws, halvings and weights.

    Raises:
        UsageError: there is no match, or shapes do not fit.

    >>> from harness.metrics.memory_one import match_counts
    >>> copied = [[0, 1, 0, 1, 1, 0], [0, 0, 0, 1, 0, 1]], [[1, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1]]
    >>> counts = match_counts(*copied)  # tit for tat, twice
    >>> found = estimate_best_response(counts, [[3, 0], [5, 1]], [[3, 5], [0, 1]], rounds=10)
    >>> round(found.plug_in.value, 9), found.model_incomplete
    (3.2, False)
    """
    by_block = _by_block(np.asarray(counts, np.int64), blocks)
    total = by_block.sum(axis=0)
    prior = 1 / total.shape[1] if prior is None else prior
    own, theirs = np.asarray(agent, float), np.asarray(other, float)
    fixed = best_response(
        policy(total), own, theirs, rounds=rounds, discount=discount, cooperative=cooperative
    )
    rng = np.random.default_rng(seed)
    many = NEARLY_ONE if rounds is None and discount is None else discount
    crossed = _cross_fitted(by_block, theirs, own, (rounds, many), rng)
    drawn = posterior(total, draws, rng, prior)
    best = _solve(drawn, theirs, own, (rounds, many))
    # Not fixed.actions: those tell nothing about states that the plug-in never comes to.
    answer = _solve(policy(total), theirs, own, (rounds, many)).actions
    same = induced_mdp.worth(drawn, theirs, answer, rounds, many)
    value = Estimate(None, None, None, len(by_block))
    left = Estimate(fixed.agent_payoff, None, None, len(by_block))
    optimism = None
    if crossed is not None:
        optimism = _optimism(by_block, theirs, own, (rounds, many), rng)
        value = Estimate(fixed.value - optimism, None, None, len(by_block))
    if optimism is not None and crossed is not None and len(np.unique(by_block, axis=0)) > 1:
        tail = _tail(optimism, float(same.std()))
        low = crossed - max(fixed.value - float(np.quantile(same, tail)), 0.0)
        high = max(float(np.quantile(best.value, 1 - tail)), fixed.value)
        value = Estimate(value.value, low, high, value.n)
        bounds = np.quantile(best.second, [0.025, 0.975])
        left = Estimate(
            left.value,
            min(float(bounds[0]), fixed.agent_payoff),
            max(float(bounds[1]), fixed.agent_payoff),
            left.n,
        )
    unseen = np.flatnonzero(total.sum(axis=1) == 0)
    answers = [
        best_response(q, own, theirs, rounds=rounds, discount=discount, cooperative=cooperative)
        for q in _filled(policy(total), unseen)
    ]
    scale = NEARLY_TIED * max(float(np.abs(own).max()), float(np.abs(theirs).max()), 1e-300)
    span = np.array([[a.value, a.agent_payoff] for a in [*answers, fixed]])
    guesses = tuple(answers) if (np.ptp(span, axis=0) > scale).any() else ()
    if guesses:
        value = value if value.value is None else widened(value, span[:, 0])
        left = widened(left, span[:, 1])
    return BestResponseEstimate(
        value=value,
        gain=None if cooperative is None else _shifted(value, -float(theirs[cooperative])),
        agent_payoff=left,
        damage=None if cooperative is None else _shifted(left, -float(own[cooperative]), -1),
        plug_in=fixed,
        optimism=optimism,
        cross_fitted=crossed,
        median=float(np.median(best.value)),
        model_incomplete=bool(unseen.size),
        unseen=tuple(unseen.tolist()),
        guesses=guesses,
    )


def widened(estimate: Estimate, values: ArrayLike) -> Estimate:
    """An estimate with bounds around its value, those that it has, and other possible values.

    >>> widened(Estimate(3.0, None, None, 4), [1.0, 5.0])
    Estimate(value=3.0, low=1.0, high=5.0, n=4)
    """
    told = [estimate.value, estimate.low, estimate.high]
    possible = [*np.asarray(values, float).tolist(), *(x for x in told if x is not None)]
    return Estimate(estimate.value, min(possible), max(possible), estimate.n)


def _filled(estimated: Floats, unseen: NDArray[np.intp]) -> list[Floats]:
    """Policies that play one action or another for sure in the states that were never seen.

    All combinations where they are few; else the same action in all of them.
    """
    k = estimated.shape[1]
    if not unseen.size:
        return []
    few = k**unseen.size <= MOST_GUESSES
    chosen = itertools.product(range(k), repeat=unseen.size) if few else ((a,) for a in range(k))
    filled = []
    for actions in chosen:
        policy_there = estimated.copy()
        policy_there[unseen] = np.eye(k)[list(actions)]
        filled.append(policy_there)
    return filled


def _by_block(counts: Ints, blocks: Sequence[Hashable] | None) -> Ints:
    """Counts added up within blocks, shape (blocks, states, actions)."""
    if counts.ndim != 3 or not len(counts):
        raise UsageError(
            f"the counts have shape {counts.shape}; give those of one match or more, of shape"
            " (matches, states, actions)"
        )
    if blocks is None:
        return counts
    codes: dict[Hashable, int] = {}
    which = [codes.setdefault(block, len(codes)) for block in blocks]
    if len(which) != len(counts):
        raise UsageError(f"there are {len(counts)} matches and {len(which)} blocks; give one each")
    added = np.zeros((len(codes), *counts.shape[1:]), np.int64)
    np.add.at(added, which, counts)
    return added


def _cross_fitted(
    by_block: Ints,
    reward: Floats,
    second: Floats,
    length: tuple[int | None, float | None],
    rng: np.random.Generator,
) -> float | None:
    """Mean value, on one half of the blocks, of answers to the other half; None for one block."""
    n = len(by_block)
    if n < 2:
        return None
    chosen_on, judged_on = [], []
    for _ in range(SPLITS):
        order = rng.permutation(n)
        halves = [by_block[part].sum(axis=0) for part in (order[: n // 2], order[n // 2 :])]
        chosen_on += halves
        judged_on += halves[::-1]
    answers = _solve(policy(np.stack(chosen_on)), reward, second, length).actions
    return float(induced_mdp.worth(policy(np.stack(judged_on)), reward, answers, *length).mean())


def _optimism(
    by_block: Ints,
    reward: Floats,
    second: Floats,
    length: tuple[int | None, float | None],
    rng: np.random.Generator,
) -> float:
    """How much more the best answer to blocks drawn anew promises than it earns on all of them."""
    total = by_block.sum(axis=0)
    weights = rng.standard_exponential((REWEIGHTED, len(by_block)))
    drawn = policy(np.tensordot(weights, by_block, axes=1))
    best = _solve(drawn, reward, second, length)
    judged = np.broadcast_to(policy(total), drawn.shape)
    earned = induced_mdp.worth(judged, reward, best.actions, *length)
    gained = float((best.value - earned).mean())
    return gained if gained > 1e-12 * float(np.abs(reward).max()) else 0.0


def _tail(width: float, error: float) -> float:
    """Level of each bound around a bracket of some width, by Imbens & Manski: 0.025 to 0.05."""
    from scipy.special import ndtr, ndtri

    apart = max(width, 0.0) / max(error, 1e-300)
    low, high = 0.025, 0.05
    for _ in range(40):
        middle = (low + high) / 2
        covered = float(ndtr(apart - ndtri(middle))) - middle
        low, high = (middle, high) if covered > 0.95 else (low, middle)
    return low


def _solve(
    policies: Floats, reward: Floats, second: Floats, length: tuple[int | None, float | None]
) -> induced_mdp.Solution:
    """Best play against many policies."""
    rounds, discount = length
    if rounds is not None:
        return induced_mdp.finite(policies, reward, second, rounds)
    assert discount is not None
    return induced_mdp.discounted(policies, reward, second, discount)


def _shifted(estimate: Estimate, by: float, sign: int = 1) -> Estimate:
    """An estimate of sign times (what was estimated plus a constant)."""
    moved = [
        None if x is None else sign * (x + by)
        for x in (estimate.value, estimate.low, estimate.high)
    ]
    value, low, high = moved if sign > 0 else (moved[0], moved[2], moved[1])
    return Estimate(value, low, high, estimate.n)
