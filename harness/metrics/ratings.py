"""Bradley-Terry ratings of play that is won or lost, on the Elo scale, with intervals.

For win and loss only: do not make wins of general-sum payoffs. Tit for tat never earns more than
its partner, and still earns more than most in a tournament. Ratings hide cycles and move when
copies of an agent are added: show them beside the payoff matrix and how much of it is cyclic
(`harness.metrics.cyclic`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import FolkError, UsageError
from harness.metrics.interval import Estimate
from harness.metrics.matrices import Floats
from harness.metrics.pair_blocks import pair_blocks, percentile_estimate

__all__ = ["BradleyTerry", "Ratings", "bradley_terry", "match_scores", "ratings"]

ELO_MEAN = 1500.0
ELO_SCALE = 400 / math.log(10)
"""Elo points a unit of log-odds: 400 points are odds of 10 to 1."""

PRIOR_PRECISION = 0.1
"""Of the Gaussian prior on log-odds that is used where likelihood alone has no maximum."""


@dataclass(frozen=True, slots=True)
class BradleyTerry:
    """Strengths fitted to a table of wins.

    Attributes:
        strengths: shape (n,), log-odds, centred: i beats j with 1 / (1 + exp(s_j - s_i)).
        elo: shape (n,), the same on the Elo scale, with mean 1500.
        prior_precision: of the Gaussian prior that was used; None for maximum likelihood.
        reason: why a prior was needed; None where it was not, or was asked for.
    """

    strengths: Floats
    elo: Floats
    prior_precision: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Ratings:
    """Elo ratings with intervals.

    Attributes:
        agents: names.
        elo: one for each; `n` is matches.
        first: the share of resamples in which the agent is rated highest, ties shared; None
            without an interval.
        fit: of all matches.
        prior_share: share of resamples in which the prior was needed.
        tie_share: share of matches that were ties; above 0.2 a model of ties (Davidson 1970)
            would serve better than half wins.
    """

    agents: tuple[str, ...]
    elo: tuple[Estimate, ...]
    first: tuple[float, ...] | None
    fit: BradleyTerry
    prior_share: float
    tie_share: float


def match_scores(payoffs: ArrayLike, opponent_payoffs: ArrayLike) -> Floats:
    """1 for a match won, 1/2 for a tie, 0 for one lost.

    Args:
        payoffs: shape (m,), of the seat.
        opponent_payoffs: shape (m,), of the other seat.

    >>> match_scores([3, 1, 0], [0, 1, 5])
    array([1. , 0.5, 0. ])
    """
    ours, theirs = np.asarray(payoffs, float), np.asarray(opponent_payoffs, float)
    return np.asarray((np.sign(ours - theirs) + 1) / 2, float)


def bradley_terry(wins: ArrayLike, prior_precision: float | None = None) -> BradleyTerry:
    """Fit the Bradley-Terry model.

    Bradley & Terry 1952 (Biometrika 39, 324-345). The likelihood has one maximum just where from
    everybody to everybody else leads a chain of wins (Ford 1957; Hunter 2004, Annals of Statistics
    32(1), 384-406, assumption 1). Where none does, as with somebody undefeated, strengths have a
    Gaussian prior of precision 0.1 around 0, and the reason is told. The log-likelihood is concave:
    Newton steps, halved where they overshoot, reach what Hunter's MM algorithm does, sooner.

    Args:
        wins: shape (n, n), how often row beat column, a tie as half a win for both; the diagonal
            is not read.
        prior_precision: of a Gaussian prior to use in any case; above 0.

    Raises:
        UsageError: no square table of numbers of at least 0, or a precision not above 0.
        FolkError: the steps did not settle.

    >>> bradley_terry([[0, 3], [1, 0]]).elo.round(1)  # odds of 3 to 1
    array([1595.4, 1404.6])
    >>> bradley_terry([[0, 3], [0, 0]]).reason
    'not everybody is linked to everybody by a chain of wins'
    """
    table = np.array(wins, float)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.size:
        raise UsageError(f"wins are a table of row over column, not of the shape {table.shape}")
    np.fill_diagonal(table, 0)
    if not np.isfinite(table).all() or not (table >= 0).all():
        raise UsageError("wins are numbers of at least 0")
    if prior_precision is not None and not 0 < prior_precision < math.inf:
        raise UsageError(f"a prior's precision lies above 0, not at {prior_precision}")
    needed = prior_precision is None and not _linked(table[None])[0]
    precision = PRIOR_PRECISION if needed else prior_precision
    strengths = _fit(table[None], np.array([precision or 0.0]))[0]
    reason = "not everybody is linked to everybody by a chain of wins" if needed else None
    return BradleyTerry(strengths, ELO_MEAN + ELO_SCALE * strengths, precision, reason)


def ratings(
    agents: Sequence[str],
    opponents: Sequence[str],
    scores: ArrayLike,
    blocks: Sequence[Hashable],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Ratings:
    """Elo ratings of a tournament, with intervals by a bootstrap of blocks within pairs.

    The fit is made anew for each resample, with the prior where that one needs it. Matches of an
    agent against itself count for nothing.

    Args:
        agents: length m, who sat in each seat of each match: two rows a match.
        opponents: length m, against whom.
        scores: shape (m,), 1, 1/2 or 0, as `match_scores` makes them.
        blocks: length m, the unit of inference.
        resamples: of the bootstrap.
        seed: of it.

    Raises:
        UsageError: a score out of range, no matches between different agents, or one of which only
            one seat is there.

    >>> found = ratings(["a", "b"] * 4, ["b", "a"] * 4, [1, 0] * 3 + [0, 1], [0, 0, 1, 1] * 2)
    >>> found.elo[0].value.__round__(1), found.elo[0].low  # two blocks: no interval
    (1595.4, None)
    """
    score = np.asarray(scores, float)
    if not np.isin(score, (0, 0.5, 1)).all():
        raise UsageError("scores are 1 for a win, 0.5 for a tie and 0 for a loss")
    others = [k for k, (a, o) in enumerate(zip(agents, opponents, strict=True)) if a != o]
    if not others:
        raise UsageError("ratings need matches between different agents")
    seats = pair_blocks(
        [agents[k] for k in others],
        [opponents[k] for k in others],
        score[others],
        [blocks[k] for k in others],
    )
    if (seats.counts[:, 0] != seats.counts[:, 1]).any() or not np.allclose(
        seats.sums.sum(axis=1), seats.counts[:, 0]
    ):
        raise UsageError("ratings need both seats of every match, their scores summing to 1")
    wins, counts = seats.totals()
    fit = bradley_terry(wins)
    drawn = seats.resampled(resamples, seed)[0]
    linked = _linked(drawn)
    replicates = ELO_MEAN + ELO_SCALE * _fit(
        drawn, np.where(linked, 0.0, PRIOR_PRECISION), fit.strengths
    )
    elo = tuple(
        percentile_estimate(float(value), of_agent, int(played), seats.fewest)
        for value, of_agent, played in zip(fit.elo, replicates.T, counts.sum(axis=1), strict=True)
    )
    best = replicates >= replicates.max(axis=1, keepdims=True) - 1e-6
    first = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
    known = any(estimate.low is not None for estimate in elo)
    return Ratings(
        seats.agents,
        elo,
        tuple(float(p) for p in first) if known else None,
        fit,
        float(1 - linked.mean()),
        float((score[others] == 0.5).mean()),
    )


def _linked(wins: Floats) -> NDArray[np.bool_]:
    """Whether chains of wins lead from everybody to everybody, in each of b tables; shape (b,)."""
    n = wins.shape[-1]
    reached = ((wins > 0) | np.eye(n, dtype=bool)).astype(np.float32)
    for _ in range(max(1, (n - 1).bit_length())):  # chains twice as long each time
        reached = np.minimum(reached @ reached, 1)
    return np.asarray((reached > 0).all(axis=(1, 2)))


def _fit(wins: Floats, precisions: Floats, start: Floats | float = 0.0) -> Floats:
    """Strengths that maximise each table's (penalised) likelihood; shape (b, n)."""
    games = wins + wins.transpose(0, 2, 1)
    n = wins.shape[-1]
    found = np.zeros(wins.shape[:2]) + start
    active = np.arange(len(wins))
    for _ in range(200):
        table, both, prior, s = wins[active], games[active], precisions[active], found[active]
        chance = 1 / (1 + np.exp(s[:, None, :] - s[:, :, None]))
        gradient = (table - both * chance).sum(axis=2) - prior[:, None] * s
        weights = both * chance * (1 - chance)
        hessian = -weights
        diagonal = np.arange(n)
        hessian[:, diagonal, diagonal] += weights.sum(axis=2) + prior[:, None]
        # Strengths are centred at the maximum: the added ones change nothing but make it solvable.
        step = np.linalg.solve(hessian + 1, gradient[:, :, None])[:, :, 0]
        step *= np.minimum(1, 3 / np.maximum(np.abs(step).max(axis=1), 1e-300))[:, None]
        length = np.ones(len(active))
        here = _likelihood(table, prior, s)
        for _ in range(30):
            worse = _likelihood(table, prior, s + length[:, None] * step) < here - 1e-9 * np.abs(
                here
            )
            if not worse.any():
                break
            length[worse] /= 2
        found[active] = s + length[:, None] * step
        active = active[np.abs(step).max(axis=1) > 1e-9]
        if not active.size:
            return np.asarray(found - found.mean(axis=1, keepdims=True), float)
    raise FolkError(f"the ratings of {len(active)} tables did not settle: report the table of wins")


def _likelihood(wins: Floats, precisions: Floats, strengths: Floats) -> NDArray[np.float64]:
    behind = strengths[:, None, :] - strengths[:, :, None]
    penalty = precisions * (strengths**2).sum(axis=1) / 2
    return np.asarray(-(wins * np.logaddexp(0, behind)).sum(axis=(1, 2)) - penalty, float)
