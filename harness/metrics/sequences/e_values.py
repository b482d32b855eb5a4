"""Evidence that an exploiter gets more than the value of the game, valid whenever one looks.

Waudby-Smith & Ramdas (2024), "Estimating means of bounded random variables by betting", Journal of
the Royal Statistical Society B 86(1), 1-27: wealth from fair bets against the claim that payoffs
average no more than m. If the claim is true, whatever came before each round, wealth is 1 or less
in expectation at any time that one stops (an e-value), and ever reaches 1 / alpha with probability
alpha at most (Ville 1939). Rounds need not be independent. There is one bet for each of 20
fractions of the largest allowed, half of what would risk all, and wealth is their mean (which they
name the diversified Kelly bet).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.sequences.moves import Floats

__all__ = ["first_rejection", "hoeffding_margin", "log_wealth", "lower_bound", "mean_log_wealth"]

BETS = np.arange(1, 21) / 40
"""Bets as fractions of 1/m, the one that loses all on a payoff of 0 (payoffs scaled to [0, 1])."""


def log_wealth(payoffs: ArrayLike, value: float, lowest: float, highest: float) -> Floats:
    """Wealth after each round, as natural logarithm, of betting that payoffs average above value.

    Args:
        payoffs: shape (rounds,), of the exploiter, in the order of play; the matches of one player
            in any order that was fixed beforehand, one after the other.
        value: what the exploiter could be held to: 0 in Rock Paper Scissors.
        lowest: least payoff that the game has.
        highest: greatest payoff that it has.

    Returns:
        Shape (rounds,); its last is the logarithm of the e-value. Its maximum is no e-value.

    Raises:
        UsageError: not lowest < value < highest, or a payoff is outside them.

    >>> float(np.exp(log_wealth([1, 1, 1], value=0, lowest=-1, highest=1))[-1].round(3))
    2.091
    """
    scaled = _scaled(payoffs, lowest, highest)
    if not lowest < value < highest:
        raise UsageError(
            f"value {value}: bets need lowest < value < highest, got {lowest} and {highest}"
        )
    mean = (value - lowest) / (highest - lowest)
    steps, where = np.unique(scaled, return_inverse=True)
    gains = np.log1p(np.outer(steps / mean - 1, BETS))[where]
    wealth: Floats = np.logaddexp.reduce(np.cumsum(gains, axis=0), axis=1) - math.log(BETS.size)
    return wealth


def mean_log_wealth(suite: Sequence[ArrayLike]) -> Floats:
    """The mean wealth of several exploiters at each round, as logarithm.

    A mean of e-values is one, however they depend on each other, so that a suite of exploiters
    fixed beforehand needs no other correction (Vovk & Wang 2021, Annals of Statistics 49(3),
    1736-1754).

    Args:
        suite: `log_wealth` of each exploiter, shape (rounds,) each, over the same rounds.

    >>> mean_log_wealth([[0.0], [math.log(3)]]).round(3).tolist()
    [0.693]
    """
    together = np.asarray(suite, float)
    mean: Floats = np.logaddexp.reduce(together, axis=0) - math.log(len(together))
    return mean


def first_rejection(wealth: ArrayLike, alpha: float = 0.05) -> int | None:
    """The first round, from 1, after which wealth is 1 / alpha or more; None if it never is.

    Args:
        wealth: shape (rounds,), as logarithm.
        alpha: the probability with which this happens at all if the claim is true.

    >>> first_rejection(log_wealth([1] * 20, 0, -1, 1))
    11
    """
    reached = np.flatnonzero(np.asarray(wealth) >= math.log(1 / alpha))
    return int(reached[0]) + 1 if reached.size else None


def lower_bound(
    suite: Sequence[ArrayLike], lowest: float, highest: float, alpha: float = 0.05
) -> float | None:
    """Lower confidence bound for what the best exploiter of a suite gets per round on average.

    The least m that the mean wealth of the exploiters, each betting against m, does not reject.
    Valid at any time that one stops, where the expected payoff stays the same from round to round;
    otherwise, the claim that the expected payoffs met so far average no more than a given m is
    rejected with probability alpha at most.

    Args:
        suite: payoffs of each exploiter, shape (rounds,) each; give one for its own bound.
        lowest: least payoff that the game has.
        highest: greatest payoff that it has.
        alpha: one minus the level of confidence.

    Returns:
        The bound in units of payoff; `lowest` where nothing more can be said; None without rounds.

    Raises:
        UsageError: a payoff is outside the range, or the range is empty.

    >>> round(lower_bound([[1, 1, 1, 0] * 50], lowest=-1, highest=1), 2)
    0.65
    """
    counted = [
        np.unique(_scaled(payoffs, lowest, highest), return_counts=True) for payoffs in suite
    ]
    if not any(steps.size for steps, _ in counted):
        return None

    def wealth(mean: float) -> float:
        logs = [counts @ np.log1p(np.outer(steps / mean - 1, BETS)) for steps, counts in counted]
        return float(np.logaddexp.reduce(np.concatenate(logs)) - math.log(len(logs) * BETS.size))

    below, above = 0.0, 1.0  # wealth falls in m; at 1 it is never above 1
    for _ in range(40):
        middle = (below + above) / 2
        if wealth(middle) >= math.log(1 / alpha):
            below = middle
        else:
            above = middle
    return lowest + below * (highest - lowest) if below else lowest


def hoeffding_margin(n: int, lowest: float, highest: float, alpha: float = 0.05) -> float:
    """How far above its expectation a mean of n payoffs is with probability alpha at most.

    `(highest - lowest) sqrt(ln(1/alpha) / (2n))`: Hoeffding (1963), Journal of the American
    Statistical Association 58(301), 13-30, theorem 2, which holds for martingale differences too
    (Azuma 1967). For n that was fixed beforehand; wider than betting where payoffs vary little.

    Args:
        n: rounds, at least 1.
        lowest: least payoff that the game has.
        highest: greatest payoff that it has.
        alpha: the probability of going further.

    Raises:
        UsageError: n is below 1.

    >>> round(hoeffding_margin(100, -1, 1), 3)
    0.245
    """
    if n < 1:
        raise UsageError(f"n is {n}: a mean needs at least one payoff")
    return (highest - lowest) * math.sqrt(math.log(1 / alpha) / (2 * n))


def _scaled(payoffs: ArrayLike, lowest: float, highest: float) -> Floats:
    """Payoffs on a scale from 0 to 1."""
    if not lowest < highest:
        raise UsageError(f"payoffs from {lowest} to {highest}: there is nothing to bet on")
    scaled = (np.asarray(payoffs, float) - lowest) / (highest - lowest)
    if not ((scaled > -1e-9) & (scaled < 1 + 1e-9)).all():
        raise UsageError(f"a payoff is not from {lowest} to {highest}: give the range of the game")
    kept: Floats = np.clip(scaled, 0, 1)
    return kept
