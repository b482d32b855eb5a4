"""Play over a fixed number of rounds against policies with a short memory, many at a time.

Arrays have the problems along their last axis, which lies together in memory: the time goes into
few long operations, and what is needed of thousands of draws from a posterior costs little more
than one.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["best_play", "given_play"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


def best_play(
    q: Floats, first: Floats, second: Floats, following: Ints, *, rounds: int, tie: float
) -> tuple[Floats, Floats, Ints]:
    """Best play by backward induction: Puterman (1994), Markov Decision Processes, section 4.5.

    Args:
        q: probability of each action of the policy, shape (states, own actions, problems).
        first: what is made large, shape (own actions, other's actions).
        second: what is made small among plays with the largest first, of the same shape.
        following: the state after each pair of actions, shape (states, own, other's actions).
        rounds: how many are played.
        tie: sums of payoffs that differ by less count as equal.

    Returns:
        Sums of both over the rounds, shape (problems,), from state 0; and the actions, shape
        (rounds, states, problems).

    >>> q = np.array([[[0.7], [0.3]]])  # heads in 7 of 10, whatever came before
    >>> pennies = np.array([[-1.0, 1.0], [1.0, -1.0]])
    >>> sums, _, actions = best_play(q, pennies, pennies, np.zeros((1, 2, 2), int), rounds=3, tie=0)
    >>> sums.round(6).tolist(), actions.ravel().tolist()
    ([1.2], [1, 1, 1])
    """
    states, problems = len(q), q.shape[2]
    value, low = np.zeros((2, states, problems))
    actions = np.empty((rounds, states, problems), np.int64)
    for now in actions[::-1]:
        gains, losses = _ahead(q, first, value, following), _ahead(q, second, low, following)
        enough = gains.max(axis=1) - tie
        low = np.full(enough.shape, np.inf)
        value = np.empty(enough.shape)
        for action in range(first.shape[1]):  # few; faster than argmin along a short axis
            better = (gains[:, action] >= enough) & (losses[:, action] < low)
            np.copyto(now, action, where=better)
            np.copyto(value, gains[:, action], where=better)
            np.copyto(low, losses[:, action], where=better)
    return value[0], low[0], actions


def given_play(q: Floats, reward: Floats, following: Ints, actions: Ints) -> Floats:
    """Sum of rewards of given play, shape (problems,), from state 0.

    Args:
        q: as in `best_play`.
        reward: shape (own actions, other's actions).
        following: as in `best_play`.
        actions: shape (rounds, states, problems), or 1 in place of the problems for the same
            actions in all of them.

    >>> q = np.array([[[0.7, 0.2], [0.3, 0.8]]])
    >>> pennies = np.array([[-1.0, 1.0], [1.0, -1.0]])
    >>> given_play(q, pennies, np.zeros((1, 2, 2), int), np.ones((3, 1, 1), int)).round(6).tolist()
    [1.2, -1.8]
    """
    value: Floats = np.zeros((len(q), q.shape[2]))
    for now in actions[::-1]:
        ahead = _ahead(q, reward, value, following)
        value = ahead[:, 0]
        for action in range(1, reward.shape[1]):
            value = np.where(now == action, ahead[:, action], value)
    total: Floats = value[0]
    return total


def _ahead(q: Floats, reward: Floats, value: Floats, following: Ints) -> Floats:
    """Reward now and value after, of each action in each state: (states, actions, problems)."""
    whole: Floats | None = None
    for own, paid in enumerate(reward):
        part = value[following[:, own]]
        part += paid[:, None]
        part *= q[:, own, None]
        whole = part if whole is None else np.add(whole, part, out=whole)
    assert whole is not None
    return whole
