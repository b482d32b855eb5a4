"""The decision problem that a player with a short memory sets for whoever plays against it.

Facing a policy that looks n rounds back, the other player chooses, in each state of that memory,
among its actions: a Markov decision process, whose best answer is found exactly. That nothing is
gained by looking further back than such a player does is shown by Press & Dyson (2012), PNAS
109(26), appendix A. The methods are those of Puterman (1994), Markov Decision Processes: backward
induction (section 4.5), policy iteration (6.4), and the linear program for mean rewards with
several recurrent classes (9.3).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics.backward_induction import best_play, given_play
from harness.metrics.memory_one import successors
from harness.metrics.stationary import memory_of

__all__ = ["Solution", "average", "discounted", "finite", "worth"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

TIE = 1e-9
"""Payoffs that differ by less, relative to the largest, count as equal."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Best play against a policy.

    Attributes:
        value: mean per round of what was to be made large, shape (...).
        second: mean per round of what was to be made small among the best, shape (...).
        actions: what to do in each state, shape (..., states); for a fixed number of rounds
            (rounds, ..., states), the first round first. In states that best play does not come
            to, any action may stand.
    """

    value: Floats
    second: Floats
    actions: Ints


def finite(policy: ArrayLike, reward: ArrayLike, second: ArrayLike, rounds: int) -> Solution:
    """Best play over a fixed number of rounds, by backward induction.

    Args:
        policy: shape (..., states, actions), the opening first, as in `memory_one`; leading axes
            are problems solved together.
        reward: what is made large, shape (policy's actions, other's actions).
        second: what is made small among plays with the largest reward, of the same shape.
        rounds: how many, at least 1.

    Raises:
        UsageError: there are no rounds, or shapes do not fit.

    >>> tit_for_tat = [[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    >>> best = finite(tit_for_tat, [[3, 5], [0, 1]], [[3, 0], [5, 1]], rounds=10)
    >>> round(float(best.value), 12)  # cooperate nine times, then defect
    3.2
    """
    if rounds < 1:
        raise UsageError(f"rounds={rounds}: there must be at least one")
    q, first, other, following = _problem(policy, reward, second)
    last, lead = _problems_last(q), q.shape[:-2]
    tie = _scale(first) * rounds
    sums, low, actions = best_play(last, first, other, following, rounds=rounds, tie=tie)
    played = np.moveaxis(actions, 2, 1).reshape(rounds, *lead, len(last))
    return Solution(sums.reshape(lead) / rounds, low.reshape(lead) / rounds, played)


def discounted(
    policy: ArrayLike, reward: ArrayLike, second: ArrayLike, discount: float
) -> Solution:
    """Best play where each round weighs `discount` times the one before, by policy iteration.

    Values are (1 - discount) times the discounted sums. Arguments are as in `finite`.

    Raises:
        UsageError: the discount is not from 0 to below 1, or shapes do not fit.

    >>> tit_for_tat = [[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    >>> best = discounted(tit_for_tat, [[3, 5], [0, 1]], [[3, 0], [5, 1]], discount=0.5)
    >>> round(float(best.value), 12)  # defect and cooperate by turns: (5 + 0) / (1 + 1/2)
    3.333333333333
    """
    if not 0 <= discount < 1:
        raise UsageError(f"discount={discount}: it must be from 0 to below 1")
    q, first, other, following = _problem(policy, reward, second)
    allowed = np.ones((*q.shape[:-1], first.shape[1]), bool)
    scale = _scale(first) / (1 - discount)
    actions = _iterate(q, first, following, discount, allowed=allowed, tie=scale)
    value = _worth(q, first, following, discount, actions)
    ahead = _ahead(q, first, discount * value, following)
    ties = ahead >= ahead.max(axis=-1, keepdims=True) - scale
    actions = _iterate(q, -other, following, discount, allowed=ties, tie=scale)
    low = _worth(q, other, following, discount, actions)
    return Solution((1 - discount) * value[..., 0], (1 - discount) * low[..., 0], actions)


def average(policy: ArrayLike, reward: ArrayLike, second: ArrayLike, start: int = 0) -> Solution:
    """Best long-run mean from a state, by the linear program over frequencies.

    The best plays are a face of the polytope of frequencies; a second linear program finds the
    least of the second reward there.

    Args:
        policy: shape (states, actions): one problem.
        reward: as in `finite`.
        second: as in `finite`.
        start: state to start from; 0 is the opening. Where the best mean depends on the state, as
            against grim, so does the answer.

    Raises:
        UsageError: shapes do not fit.

    >>> extort_2 = [[1, 0], [8 / 9, 1 / 9], [1 / 2, 1 / 2], [1 / 3, 2 / 3], [0, 1]]
    >>> best = average(extort_2, [[3, 5], [0, 1]], [[3, 0], [5, 1]])
    >>> round(float(best.value), 9), round(float(best.second), 9)
    (2.25, 3.5)
    """
    from scipy.optimize import linprog

    q, first, other, following = _problem(policy, reward, second)
    if q.ndim != 2:
        raise UsageError(f"the policy has shape {q.shape}; give one, of shape (states, actions)")
    states, n_actions = len(q), first.shape[1]
    # Frequencies x[s, a] are stationary; deviations y[s, a] carry the start to where x lives.
    flow = np.zeros((states, n_actions, states))
    rows = np.arange(states)[:, None, None], np.arange(n_actions)[None, None, :], following
    np.add.at(flow, rows, np.broadcast_to(q[:, :, None], following.shape))
    stay = np.repeat(np.eye(states)[:, None, :], n_actions, axis=1)
    leave = (stay - flow).reshape(-1, states).T
    visits = stay.reshape(-1, states).T
    balance = np.block([[leave, np.zeros_like(leave)], [visits, leave]])
    begin = np.concatenate([np.zeros(states), np.eye(states)[start]])
    unused = np.zeros(states * n_actions)
    gain = np.concatenate([(q @ first).ravel(), unused])
    loss = np.concatenate([(q @ other).ravel(), unused])
    best = linprog(-gain, A_eq=balance, b_eq=begin, method="highs")
    assert best.success, best.message
    # What has a price above 0 is in no best play; all plays without it are best.
    free = np.asarray(best.lower.marginals) <= _scale(first)
    least = linprog(loss[free], A_eq=balance[:, free], b_eq=begin, method="highs")
    assert least.success, least.message
    found = np.zeros(2 * states * n_actions)
    found[free] = least.x
    frequency, deviation = found.reshape(2, states, n_actions)
    recurrent = frequency.sum(axis=1, keepdims=True) > 0
    actions = np.where(recurrent, frequency, deviation).argmax(axis=1)
    return Solution(np.asarray(gain[free] @ least.x), np.asarray(loss[free] @ least.x), actions)


def worth(
    policy: ArrayLike,
    reward: ArrayLike,
    actions: ArrayLike,
    rounds: int | None = None,
    discount: float | None = None,
) -> Floats:
    """What given play earns per round against a policy, from the opening.

    Args:
        policy: shape (..., states, actions), problems worked out together.
        reward: shape (policy's actions, other's actions).
        actions: of the other player, as in `Solution`; without leading axes, the same in all
            problems.
        rounds: how many are played; then `actions` has a row for each.
        discount: or else the weight of each round relative to the one before.

    Raises:
        UsageError: neither or both of `rounds` and `discount`, or shapes do not fit.

    >>> tit_for_tat = [[1, 0], [1, 0], [0, 1], [1, 0], [0, 1]]
    >>> round(float(worth(tit_for_tat, [[3, 5], [0, 1]], [1] * 5, discount=0.5)), 12)
    3.0
    """
    q, first, _, following = _problem(policy, reward, reward)
    played = np.asarray(actions, np.int64)
    if (rounds is None) == (discount is None):
        raise UsageError(f"rounds={rounds}, discount={discount}: give one of the two")
    if discount is not None:
        return (1 - discount) * _worth(q, first, following, discount, played)[..., 0]
    lead, n_states = q.shape[:-2], q.shape[-2]
    if played.ndim > 2:
        played = np.broadcast_to(played, (len(played), *lead, n_states))
    each = np.moveaxis(played.reshape(len(played), -1, n_states), 1, 2)
    sums = given_play(_problems_last(q), first, following, each)
    return sums.reshape(lead) / len(played)


def _problem(
    policy: ArrayLike, reward: ArrayLike, second: ArrayLike
) -> tuple[Floats, Floats, Floats, Ints]:
    """The arrays of a problem, and the state that each pair of actions leads to."""
    q, first, other = (np.asarray(given, float) for given in (policy, reward, second))
    if first.ndim != 2 or first.shape != other.shape or q.ndim < 2 or q.shape[-1] != len(first):
        raise UsageError(
            f"the policy has shape {q.shape}, the payoffs {first.shape} and {other.shape}; payoffs"
            " must be matrices with a row for each action of the policy's player, a column for"
            " each of the other's"
        )
    memory = memory_of(q.reshape(-1, *q.shape[-2:])[0], first.shape[1])
    return q, first, other, successors(first.shape[0], first.shape[1], memory)


def _problems_last(q: Floats) -> Floats:
    """Policies with their problems along one axis, the last: (states, actions, problems)."""
    flat = q.reshape(-1, *q.shape[-2:])
    return np.ascontiguousarray(np.moveaxis(flat, 0, -1))


def _scale(reward: Floats) -> float:
    """The difference below which payoffs per round count as equal."""
    return TIE * max(float(np.abs(reward).max()), 1e-300)


def _ahead(q: Floats, reward: Floats, value: Floats, following: Ints) -> Floats:
    """Reward now and value after, of each action in each state: shape (..., states, actions)."""
    ahead: Floats = (q[..., None, :] @ (reward + value[..., following]))[..., 0, :]
    return ahead


def _pick(worth: Floats, actions: Ints) -> Floats:
    """The worth of the action taken in each state."""
    return np.take_along_axis(worth, actions[..., None], axis=-1)[..., 0]


def _iterate(
    q: Floats,
    reward: Floats,
    following: Ints,
    discount: float,
    *,
    allowed: NDArray[np.bool_],
    tie: float,
) -> Ints:
    """Best allowed actions by policy iteration, all problems together."""
    actions: Ints = allowed.argmax(axis=-1)
    while True:
        value = _worth(q, reward, following, discount, actions)
        ahead = np.where(allowed, _ahead(q, reward, discount * value, following), -np.inf)
        better = ahead.max(axis=-1) > _pick(ahead, actions) + tie
        if not better.any():
            return actions
        actions = np.where(better, ahead.argmax(axis=-1), actions)


def _worth(q: Floats, reward: Floats, following: Ints, discount: float, actions: Ints) -> Floats:
    """Discounted sums of reward of stationary play, from each state: shape (..., states)."""
    states = q.shape[-2]
    taken = np.moveaxis(following, 2, 1)[np.arange(states), actions]  # (..., states, own actions)
    chain = (q[..., None] * (taken[..., None] == np.arange(states))).sum(axis=-2)
    gained = (q * reward.T[actions]).sum(axis=-1)
    solved = np.linalg.solve(np.eye(states) - discount * chain, gained[..., None])
    return np.asarray(solved[..., 0])
