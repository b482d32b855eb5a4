"""What a player does after each outcome of the last rounds: counts, rates, posteriors.

Moves are arrays of whole numbers of shape (matches, rounds): the index of the action, in games of
cooperation 0 for C and 1 for D, and -1 where there is no move of the player's own to learn from:
it was invalid, the harness made it, or the match was over. A move counts as an answer to the
rounds before it only where it and all moves of both players in those rounds are valid.

A player with memory n is in one of 1 + J + ... + J^n states, J being the number of joint actions:
the histories shorter than n, shortest first, then those of length n. Within a length they are in
lexicographic order, the own action named before the other's and older rounds before newer ones. So
a memory-one player of a game with two actions has the five states opening, CC, CD, DC, DD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.interval import Estimate

__all__ = [
    "STATES",
    "MemoryOne",
    "beta_interval",
    "match_counts",
    "memory_one",
    "moves",
    "n_states",
    "policy",
    "posterior",
    "successors",
]

STATES = ("opening", "CC", "CD", "DC", "DD")
"""The states of a memory-one player of a game of cooperation, the own action named first."""

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MemoryOne:
    """How often a player cooperated after each outcome of the last round.

    Each value is the plain share k / n, None where there was no opportunity; `n` counts the
    opportunities; the bounds are those of the Beta posterior. They take the answers for
    independent given the state, as those of a memory-one player are; where matches may differ,
    draw matches anew instead (`harness.metrics.conditional`).

    Attributes:
        opening: in the first round.
        cc: after both cooperated.
        cd: after the own cooperation met defection.
        dc: after the own defection met cooperation.
        dd: after both defected.
        cooperated: how often it did, in these five states: the k of k / n.
    """

    opening: Estimate
    cc: Estimate
    cd: Estimate
    dc: Estimate
    dd: Estimate
    cooperated: tuple[int, ...]


def moves(matches: Sequence[ArrayLike]) -> Ints:
    """Moves of matches of any lengths as one array, -1 after the end of the shorter ones.

    >>> moves([[0, 1], [1]])
    array([[ 0,  1],
           [ 1, -1]])
    """
    rows = [np.asarray(match, np.int64) for match in matches]
    longest = max((len(row) for row in rows), default=0)
    padded = np.full((len(rows), longest), -1, np.int64)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded


def n_states(joint: int, memory: int) -> int:
    """Number of states of a player with this memory, given the number of joint actions.

    >>> n_states(4, memory=1)
    5
    """
    return sum(joint**length for length in range(memory + 1))


def successors(n_own: int, n_other: int, memory: int = 1) -> Ints:
    """The state that each joint action leads to.

    Returns:
        Shape (states, n_own, n_other), whole numbers below `n_states(n_own * n_other, memory)`.

    >>> successors(2, 2)[3].tolist()  # after DC, as after anything: CC, CD, DC, DD
    [[1, 2], [3, 4]]
    """
    joint = n_own * n_other
    table = []
    for length in range(memory + 1):
        code = np.arange(joint**length)[:, None] * joint + np.arange(joint)
        longer = min(length + 1, memory)
        table.append(n_states(joint, longer - 1) + code % joint**longer)
    return np.concatenate(table).reshape(-1, n_own, n_other)


def match_counts(
    own: ArrayLike, other: ArrayLike, n_own: int = 2, n_other: int = 2, memory: int = 1
) -> Ints:
    """How often the player took each action in each state, in each match.

    Args:
        own: its moves, shape (matches, rounds), from 0 to `n_own` - 1, or -1.
        other: the other's moves, of the same shape.
        n_own: number of its actions.
        n_other: number of the other's actions.
        memory: how many rounds back it is taken to look; 0 for none.

    Returns:
        Shape (matches, states, n_own).

    Raises:
        UsageError: the shapes differ, or there is a move that is no action.

    >>> match_counts([[0, 0, 1]], [[0, 1, 1]]).tolist()
    [[[1, 0], [1, 0], [0, 1], [0, 0], [0, 0]]]
    """
    mine, theirs = _checked(own, n_own, "own"), _checked(other, n_other, "other")
    if mine.shape != theirs.shape:
        raise UsageError(
            f"the moves of the two players have shapes {mine.shape} and {theirs.shape}; give a row"
            " for each match and a column for each round, alike for both"
        )
    matches, rounds = mine.shape
    joint = n_own * n_other
    states = n_states(joint, memory)
    both = np.where((mine < 0) | (theirs < 0), -1, mine * n_other + theirs)
    counts = np.zeros(matches * states * n_own, np.int64)
    for length in range(min(memory, rounds - 1) + 1):
        # Rounds that look back exactly this far: one, or at full memory all that follow.
        now = mine[:, length:] if length == memory else mine[:, length : length + 1]
        width = now.shape[1]
        code, valid = np.zeros_like(now), now >= 0
        for lag in range(length, 0, -1):
            seen = both[:, length - lag : length - lag + width]
            code = code * joint + seen
            valid &= seen >= 0
        state = n_states(joint, length - 1) + code
        cell = (np.arange(matches)[:, None] * states + state) * n_own + now
        counts += np.bincount(cell[valid], minlength=counts.size)
    return counts.reshape(matches, states, n_own)


def memory_one(own: ArrayLike, other: ArrayLike, prior: float = 0.5) -> MemoryOne:
    """How often a player cooperated after CC, CD, DC and DD, with 95 % intervals.

    Args:
        own: its moves, shape (matches, rounds): 0 for C, 1 for D, -1 for none of its own.
        other: the other's moves, of the same shape.
        prior: both parameters of the Beta prior: 1/2 after Jeffreys, 1 after Laplace.

    Raises:
        UsageError: as `match_counts`.

    >>> memory_one([[0, 0, 1, 0]], [[0, 1, 0, 0]]).dd
    Estimate(value=None, low=None, high=None, n=0)
    """
    counts = match_counts(own, other).sum(axis=0)
    opening, cc, cd, dc, dd = (
        _cell(int(k), int(n), prior) for k, n in zip(counts[:, 0], counts.sum(1), strict=True)
    )
    return MemoryOne(opening, cc, cd, dc, dd, cooperated=tuple(counts[:, 0].tolist()))


def beta_interval(k: ArrayLike, n: ArrayLike, prior: float = 0.5) -> tuple[Floats, Floats]:
    """Equal-tailed 95 % interval of a probability after k successes in n trials.

    With the prior of Jeffreys this is the interval of Brown, Cai & DasGupta (2001), "Interval
    estimation for a binomial proportion", Statistical Science 16(2), section 3.1.3, which starts at
    0 where k is 0 and ends at 1 where k is n.

    Args:
        k: successes, any shape.
        n: trials, likewise, at least 1.
        prior: both parameters of the Beta prior.

    Returns:
        Lower and upper bounds.

    >>> low, high = beta_interval(3, 10)
    >>> print(low.round(4), high.round(4))
    0.0927 0.6058
    """
    from scipy.special import betaincinv

    hits, trials = np.asarray(k, float), np.asarray(n, float)
    misses = trials - hits
    low = np.where(hits == 0, 0, betaincinv(hits + prior, misses + prior, 0.025))
    high = np.where(misses == 0, 1, betaincinv(hits + prior, misses + prior, 0.975))
    return low, high


def policy(counts: ArrayLike, prior: float = 0.0) -> Floats:
    """Probability of each action in each state: the share with which it was taken.

    Args:
        counts: shape (states, actions).
        prior: what is added to each count, 1/2 for the mean under the prior of Jeffreys.

    Returns:
        The same shape; equal probabilities in a state that was never seen.

    >>> policy([[3, 1], [0, 0]]).tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    """
    seen = np.asarray(counts, float) + prior
    total = seen.sum(axis=-1, keepdims=True)
    return np.where(total > 0, seen / np.where(total > 0, total, 1), 1 / seen.shape[-1])


def posterior(
    counts: ArrayLike, draws: int, rng: np.random.Generator, prior: float = 0.5
) -> Floats:
    """Draws from the posterior of the probabilities: independent Dirichlet in each state.

    Args:
        counts: shape (states, actions).
        draws: how many.
        rng: where chance comes from.
        prior: parameters of the Dirichlet prior; with two actions and 1/2 that of Jeffreys.

    Returns:
        Shape (draws, states, actions). A state that was never seen is drawn from the prior.

    >>> posterior([[3, 1]], 2, np.random.default_rng(0)).shape
    (2, 1, 2)
    """
    shape = np.asarray(counts, float) + prior
    # In logarithms: a Gamma draw with a small parameter may be 0 in floating point.
    size = (draws, *shape.shape)
    logs = np.log(rng.standard_gamma(shape + 1, size)) + np.log1p(-rng.random(size)) / shape
    weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
    drawn: Floats = weights / weights.sum(axis=-1, keepdims=True)
    return drawn


def _cell(k: int, n: int, prior: float) -> Estimate:
    """The share k / n with its interval."""
    if n == 0:
        return Estimate(None, None, None, 0)
    low, high = beta_interval(k, n, prior)
    return Estimate(k / n, float(low), float(high), n)


def _checked(given: Any, actions: int, whose: str) -> Ints:
    """Moves as an array of shape (matches, rounds)."""
    array = np.asarray(given)
    if array.ndim != 2 or (array.size and not np.issubdtype(array.dtype, np.integer)):
        raise UsageError(
            f"the {whose} moves are an array of type {array.dtype} and shape {array.shape}; give"
            " whole numbers, a row for each match (harness.metrics.memory_one.moves makes them)"
        )
    if array.size and (array.min() < -1 or array.max() >= actions):
        raise UsageError(
            f"the {whose} moves go from {array.min()} to {array.max()}; give 0 to {actions - 1}, or"
            " -1 where there is none"
        )
    return array.astype(np.int64)
