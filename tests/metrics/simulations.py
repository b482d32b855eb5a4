"""Estimators on simulated play whose truth is known: bias, coverage of intervals, width.

Players have known parameters, so that what is estimated is known exactly. Each function plays many
studies of n matches and says how its estimator did; `python -m benchmarks.estimators` prints them
side by side, the slow tests hold them to what they promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.special import gammaln

from harness.metrics.best_response_estimate import estimate_best_response
from harness.metrics.conditional import _difference
from harness.metrics.difference import paired_difference
from harness.metrics.induced_mdp import finite
from harness.metrics.interval import ratio
from harness.metrics.memory_one import beta_interval, match_counts
from harness.metrics.mixed_exploitability import mixed_exploitability
from harness.metrics.security import security_gap
from harness.metrics.sequences.e_values import lower_bound
from harness.metrics.sequences.predictability import open_loop
from harness.metrics.sequences.predictors import predictors
from harness.metrics.stationary import mean_payoffs
from tests.metrics.memory_one_players import Floats, Ints, play, policy_of

PD = np.array([[3, 0], [5, 1]], float)
RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], float)
ROUNDS = 20
TABLES = ("TFT", "ALLC", "ALLD", "random 1/2", "WSLS")
"""Opponents of the studies that have several; a fifth of the matches is against each."""

MIXES = {
    "uniform": [1 / 3, 1 / 3, 1 / 3],
    "leaning": [0.5, 0.25, 0.25],
    "rocky": [0.4, 0.3, 0.3],
}


@dataclass(frozen=True, slots=True)
class Trial:
    """How an estimator did over many studies.

    Attributes:
        truth: what it was to find.
        before: mean error of the plug-in; None where there is no other.
        after: mean error of the value that is reported.
        error: standard deviation of that value between studies.
        coverage: share of studies whose interval holds the truth.
        missed_low: share whose interval lies below the truth as a whole.
        width: mean width of the interval.
        replications: studies.
    """

    truth: float
    before: float | None
    after: float
    error: float
    coverage: float
    missed_low: float
    width: float
    replications: int


def trial(
    truth: float, low: Floats, value: Floats, high: Floats, plug_in: Floats | None = None
) -> Trial:
    """Sum up studies, given as arrays of shape (studies,)."""
    told = ~np.isnan(low)  # no interval where nothing varied; such studies do not count as covered
    covered = told & (low <= truth + 1e-9) & (truth <= high + 1e-9)
    return Trial(
        truth=truth,
        before=None if plug_in is None else float(plug_in.mean() - truth),
        after=float(value.mean() - truth),
        error=float(value.std()),
        coverage=float(covered.mean()),
        missed_low=float((told & (high < truth - 1e-9)).mean()),
        width=float(np.nanmean(high - low)),
        replications=len(value),
    )


def studies(
    player: str, opponents: tuple[str, ...], n: int, replications: int, seed: int
) -> tuple[Ints, Ints]:
    """Moves of both, shape (studies, n, rounds), against each opponent equally often."""
    others = np.stack([policy_of(name) for name in opponents])[np.arange(n) % len(opponents)]
    rng = np.random.default_rng(seed)
    own, other = play(policy_of(player), np.tile(others, (replications, 1, 1)), ROUNDS, rng)
    return own.reshape(replications, n, ROUNDS), other.reshape(replications, n, ROUNDS)


def expected(player: str, opponents: tuple[str, ...], matrix: Floats) -> float:
    """Exact mean per round of a matrix over the joint actions, over the opponents."""
    values = [
        mean_payoffs(policy_of(player), policy_of(name), [matrix], rounds=ROUNDS)[0]
        for name in opponents
    ]
    return float(np.mean(values))


def per_match(
    player: str,
    opponents: tuple[str, ...],
    n: int,
    replications: int,
    seed: int,
    *,
    matrix: Floats,
) -> Trial:
    """`ratio`: cooperation rate or payoff per round, opponents being tables."""
    own, other = studies(player, opponents, n, replications, seed)
    sums = matrix[own, other].sum(axis=2)
    where = [i % len(opponents) for i in range(n)]
    found = [ratio(row, np.full(n, ROUNDS), range(n), where) for row in sums]
    bounds = np.array([(e.low, e.value, e.high) for e in found], float).T
    return trial(expected(player, opponents, matrix), *bounds)


def cooperation(
    player: str, opponents: tuple[str, ...], n: int, replications: int, seed: int
) -> Trial:
    """The cooperation rate."""
    matrix = np.array([[1.0, 1.0], [0.0, 0.0]])
    return per_match(player, opponents, n, replications, seed, matrix=matrix)


def payoff(player: str, opponents: tuple[str, ...], n: int, replications: int, seed: int) -> Trial:
    """Payoff per round."""
    return per_match(player, opponents, n, replications, seed, matrix=PD)


def memory_one_parameter(player: str, state: int, n: int, replications: int, seed: int) -> Trial:
    """The probability of C in a state of `memory_one.STATES`, with its Beta interval."""
    own, other = studies(player, TABLES, n, replications, seed)
    flat = match_counts(own.reshape(-1, ROUNDS), other.reshape(-1, ROUNDS))
    counts = flat.reshape(replications, n, 5, 2).sum(axis=1)[:, state]
    hits, seen = counts[:, 0], counts.sum(axis=1)
    low, high = beta_interval(hits, seen)
    return trial(float(policy_of(player)[state, 0]), low, hits / seen, high)


def reciprocity(n: int, replications: int, seed: int) -> Trial:
    """`conditional`: a player whose answers to D differ from match to match (Beta(2, 6))."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(replications):
        after_d = rng.beta(2, 6, (n, 1))
        other = rng.integers(0, 2, (n, ROUNDS))
        chance = np.where(other[:, :-1] == 0, 0.8, after_d)
        own = (rng.random((n, ROUNDS)) >= np.hstack([np.full((n, 1), 0.8), chance])).astype(int)
        counts = match_counts(own, other)
        after = [counts[:, states].sum(axis=1) for states in ([1, 3], [2, 4])]
        one = _difference(after[0], after[1], range(n), [0] * n, 0)
        found.append((one.low, one.value, one.high))
    return trial(0.8 - 0.25, *np.array(found, float).T)


def mixed(mix: str, alike: float | None, n: int, replications: int, seed: int) -> Trial:
    """Exploitability (a); `alike` lets each match lean its own way (Dirichlet's parameter)."""
    game, strategy = np.array([RPS, -RPS]), np.array(MIXES[mix])
    rng = np.random.default_rng(seed)
    rows = []
    for study in range(replications):
        leaning = strategy if alike is None else rng.dirichlet(alike * strategy, n)
        counts = rng.multinomial(ROUNDS, leaning, n)
        found = mixed_exploitability(game, 0, counts, range(n), [0] * n, seed=study)
        one = found.estimate
        rows.append((one.low, one.value, one.high, found.plug_in))
    return trial(security_gap(game, 0, strategy), *np.array(rows, float).T)


def frequency_gain(mix: str, rounds: int) -> float:
    """What an exploiter who answers past frequencies gets per round: exact, by enumeration."""
    chances, gains = np.array(MIXES[mix]), -RPS
    total = 0.0
    for t in range(rounds):
        counts = np.array([(a, b, t - a - b) for a, b in product(range(t + 1), repeat=2)])
        counts = counts[counts[:, 2] >= 0]
        logs = gammaln(t + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(chances)
        worth = counts @ gains
        best = worth >= worth.max(axis=1, keepdims=True) - 1e-9
        total += np.exp(logs) @ ((best @ (chances @ gains)) / best.sum(axis=1))
    return float(total / rounds)


def open_loop_gain(mix: str, n: int, replications: int, seed: int) -> Trial:
    """Exploitability (b): what the frequency exploiter, named beforehand, earns on the log."""
    rng = np.random.default_rng(seed)
    own = rng.choice(3, p=MIXES[mix], size=(replications * n, ROUNDS))
    make = predictors(RPS, ROUNDS)["frequency"]
    loop = open_loop(make, own, np.zeros_like(own), -RPS)
    sums = loop.payoffs.sum(axis=1).reshape(replications, n)
    found = [ratio(row, np.full(n, ROUNDS), range(n), [0] * n) for row in sums]
    bounds = np.array([(e.low, e.value, e.high) for e in found], float).T
    return trial(frequency_gain(mix, ROUNDS), *bounds)


def e_value_bound(mix: str, n: int, replications: int, seed: int) -> Trial:
    """Exploitability (b): the lower bound by betting, for one who always plays paper.

    One-sided: its coverage is to be at least 95 %. The value is the bound itself.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(replications):
        payoffs = -RPS[rng.choice(3, p=MIXES[mix], size=n * ROUNDS), 1]
        bound = lower_bound([payoffs], -1, 1)
        rows.append((bound, bound, 1.0))
    truth = float(np.array(MIXES[mix]) @ -RPS[:, 1])
    return trial(truth, *np.array(rows, float).T)


def best_answer(player: str, n: int, replications: int, seed: int, draws: int = 1000) -> Trial:
    """Exploitability (c): of a player of the dilemma, or of a mix of Rock Paper Scissors."""
    rng = np.random.default_rng(seed)
    if player in MIXES:
        policy, agent, other = np.tile(MIXES[player], (10, 1)), RPS, -RPS
        others = np.full((n, 10, 3), 1 / 3)
    else:
        policy, agent, other = policy_of(player), PD, PD.T
        others = np.stack([policy_of(TABLES[i % len(TABLES)]) for i in range(n)])
    rows = []
    for study in range(replications):
        counts = match_counts(*play(policy, others, ROUNDS, rng), len(agent), len(agent))
        found = estimate_best_response(
            counts, agent, other, rounds=ROUNDS, cooperative=None, draws=draws, seed=study
        )
        one = found.value
        rows.append((one.low, one.value, one.high, found.plug_in.value))
    truth = float(finite(policy, other, agent, ROUNDS).value)
    return trial(truth, *np.array(rows, float).T)


def payoff_difference(first: str, second: str, n: int, replications: int, seed: int) -> Trial:
    """What one player earns more than another, against the same opponents."""
    earned = [
        PD[studies(player, TABLES, n, replications, seed + k)].mean(axis=2)
        for k, player in enumerate((first, second))
    ]
    where = [i % len(TABLES) for i in range(n)]
    found = [paired_difference(a, b, where).estimate for a, b in zip(*earned, strict=True)]
    truth = expected(first, TABLES, PD) - expected(second, TABLES, PD)
    return trial(truth, *np.array([(e.low, e.value, e.high) for e in found], float).T)
