"""What a best responder to a predictor would have earned on a log: the open loop.

The moves stay as they were logged; a player who faced the exploiter might have moved otherwise.
That is a diagnosis. What an exploiter got in play, the closed loop, is the claim.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.interval import Estimate, ratio
from harness.metrics.sequences.e_values import (
    first_rejection,
    log_wealth,
    lower_bound,
    mean_log_wealth,
)
from harness.metrics.sequences.moves import Floats, Ints, checked
from harness.metrics.sequences.predictors import Maker, Predictor

__all__ = ["OpenLoop", "Predictability", "Predicted", "open_loop", "predictability"]

MATCHES_AT_ONCE = 2048


@dataclass(frozen=True)
class OpenLoop:
    """One predictor on each logged round; not a number where the player made no valid move.

    Attributes:
        payoffs: shape (matches, rounds), of the best response to the prediction.
        hits: shape (matches, rounds): 1 where the likeliest move came, 0 where not, 1/k where it
            was one of k as likely.
        bits: shape (matches, rounds), -log2 of the probability that the move was given.
    """

    payoffs: Floats
    hits: Floats
    bits: Floats


@dataclass(frozen=True)
class Predicted:
    """How one predictor did on a player's matches.

    Attributes:
        payoff: of the best response, per round, above the value of the game.
        hit_rate: how often the likeliest move came.
        bits: per move, that the prediction left unknown; log2 of the number of moves if it says
            nothing. It holds what had to be learned: compare it at equal lengths of matches only.
        log_e_value: evidence that the payoff is above the value; natural logarithm; None where the
            game leaves no room for bets, or there were no rounds.
    """

    payoff: Estimate
    hit_rate: Estimate
    bits: Estimate
    log_e_value: float | None


@dataclass(frozen=True)
class Predictability:
    """How a suite of predictors did on a player's matches.

    The best payoff of the suite is not to be reported as it stands: the best of many is above
    the value by chance. `lower` and `log_e_value` allow for the choice.

    Attributes:
        predictors: each by name.
        log_e_value: of the suite, the mean over it; natural logarithm.
        lower: lower confidence bound for the payoff per round, above the value, of the best of the
            suite, in play against the same moves; None where there is none.
        declared_at: the round, from 1 and over all matches in order, at which the player was found
            predictable; None if never.
        n_rounds: rounds with a valid move.
        n_distinct: distinct matches among them; where it is 1, no interval means anything.
    """

    predictors: Mapping[str, Predicted]
    log_e_value: float | None
    lower: float | None
    declared_at: int | None
    n_rounds: int
    n_distinct: int

    @property
    def predictable(self) -> bool:
        """Whether the suite found the player predictable."""
        return self.declared_at is not None


def open_loop(make: Maker, own: ArrayLike, other: ArrayLike, gains: ArrayLike) -> OpenLoop:
    """Run a predictor over logged matches and respond to it at its best.

    Each match starts from nothing. Ties between best responses count as their mean, which is what
    drawing one of them would bring on average.

    Args:
        make: what makes the predictor.
        own: shape (matches, rounds), moves of the predicted player; -1 where there was none.
        other: shape (matches, rounds), moves of its opponent.
        gains: shape (own actions, exploiter's actions), payoffs to the exploiter.

    Raises:
        UsageError: the shapes differ, or a move is out of range.

    >>> from harness.metrics.sequences.predictors import predictors
    >>> pennies = np.array([[1, -1], [-1, 1]])
    >>> loop = open_loop(predictors(pennies, 4)["frequency"], [0, 0, 0, 0], [0, 1, 0, 1], -pennies)
    >>> loop.payoffs.tolist()
    [[0.0, 1.0, 1.0, 1.0]]
    """
    table = np.asarray(gains, float)
    moves = checked(own, table.shape[0], "own")
    others = np.atleast_2d(np.asarray(other, np.int64))
    if moves.shape != others.shape:
        raise UsageError(f"own has shape {moves.shape} and other {others.shape}: they must agree")
    loops = [
        _run(make(len(part)), part, others[start : start + MATCHES_AT_ONCE], table)
        for start in range(0, len(moves), MATCHES_AT_ONCE)
        for part in [moves[start : start + MATCHES_AT_ONCE]]
    ]
    if not loops:
        nothing: Floats = np.empty(moves.shape)
        return OpenLoop(nothing, nothing, nothing)
    return OpenLoop(
        np.concatenate([loop.payoffs for loop in loops]),
        np.concatenate([loop.hits for loop in loops]),
        np.concatenate([loop.bits for loop in loops]),
    )


def _run(predictor: Predictor, own: Ints, other: Ints, gains: Floats) -> OpenLoop:
    payoffs, hits, bits = (np.full(own.shape, np.nan) for _ in range(3))
    for t in range(own.shape[1]):
        rows = np.flatnonzero(own[:, t] >= 0)
        moves = own[rows, t]
        chances = predictor.probabilities()[rows]
        best = _largest(chances @ gains)
        payoffs[rows, t] = (best * gains[moves]).sum(axis=1) / best.sum(axis=1)
        likeliest = _largest(chances)
        hits[rows, t] = likeliest[np.arange(rows.size), moves] / likeliest.sum(axis=1)
        bits[rows, t] = -np.log2(chances[np.arange(rows.size), moves])
        predictor.update(own[:, t], other[:, t])
    return OpenLoop(payoffs, hits, bits)


def _largest(table: Floats) -> Floats:
    """1 where a row is at its largest, to within rounding, and 0 elsewhere."""
    largest: Floats = (table >= table.max(axis=1, keepdims=True) - 1e-9).astype(float)
    return largest


def predictability(
    suite: Mapping[str, Maker],
    own: ArrayLike,
    other: ArrayLike,
    gains: ArrayLike,
    *,
    value: float,
    blocks: Sequence[Hashable],
    tables: Sequence[Hashable],
    alpha: float = 0.05,
    seed: int = 0,
) -> Predictability:
    """How predictable a player was, by every predictor of a suite, and whether beyond chance.

    A player who draws each move from a maximin mix gives every exploiter the value at most, round
    by round; payoff above it says that the player did not. So the game is to be zero-sum: elsewhere
    a responder can earn more than the value although nothing is predicted.

    Args:
        suite: makers by name, fixed before the log was seen: `predictors` and `ensemble` give them.
        own: shape (matches, rounds), moves of the player; -1 where there was no valid one.
        other: shape (matches, rounds), moves of its opponents.
        gains: shape (own actions, exploiter's actions), payoffs to the exploiter.
        value: what the player can hold the exploiter to: 0 in Rock Paper Scissors.
        blocks: length matches, the unit of inference that each belongs to.
        tables: length matches, who played.
        alpha: the probability with which a maximin player is called predictable, at most.
        seed: of the bootstrap.

    Raises:
        UsageError: the shapes differ, a move is out of range, or the suite is empty.

    >>> from harness.metrics.sequences.predictors import predictors
    >>> rps = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    >>> cycle = [[0, 1, 2] * 20]
    >>> suite = predictors(rps, n_rounds=60)
    >>> one = {"value": 0, "blocks": ["a"], "tables": ["b"]}
    >>> found = predictability(suite, cycle, [[0] * 60], -rps, **one)
    >>> round(found.predictors["markov_1"].payoff.value, 3), found.declared_at
    (0.933, 16)
    """
    if not suite:
        raise UsageError("the suite has no predictors: give one at least")
    table = np.asarray(gains, float)
    low, high = float(table.min()), float(table.max())
    moves = checked(own, table.shape[0], "own")
    valid = moves >= 0
    n_valid = valid.sum(axis=1)
    earned, found, wealths = [], {}, []
    for name, make in suite.items():
        loop = open_loop(make, moves, other, table)
        payoffs = loop.payoffs[valid]
        wealth = log_wealth(payoffs, value, low, high) if low < value < high else np.empty(0)
        earned.append(payoffs)
        wealths.append(wealth)
        sums = (np.where(valid, x, 0).sum(axis=1) for x in (loop.payoffs, loop.hits, loop.bits))
        payoff, hits, bits = (ratio(total, n_valid, blocks, tables, seed) for total in sums)
        last = float(wealth[-1]) if wealth.size else None
        found[name] = Predicted(_above(payoff, value), hits, bits, last)
    together = mean_log_wealth(wealths)
    bound = lower_bound(earned, low, high, alpha) if low < high else None
    return Predictability(
        predictors=found,
        log_e_value=float(together[-1]) if together.size else None,
        lower=None if bound is None else bound - value,
        declared_at=first_rejection(together, alpha),
        n_rounds=int(n_valid.sum()),
        n_distinct=len(np.unique(np.hstack([moves, np.atleast_2d(other)]), axis=0)),
    )


def _above(payoff: Estimate, value: float) -> Estimate:
    if payoff.value is None:
        return payoff
    low, high = (None if x is None else x - value for x in (payoff.low, payoff.high))
    return Estimate(payoff.value - value, low, high, payoff.n)
