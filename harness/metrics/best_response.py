"""How much can be taken from a player whose policy is known.

Everything here is exact for the policy given. How it is estimated from play, and with what
intervals, is in `harness.metrics.best_response_estimate`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError
from harness.metrics import induced_mdp
from harness.metrics.memory_one import successors
from harness.metrics.security import maximin
from harness.metrics.stationary import memory_of

__all__ = ["BestResponse", "best_response"]

Floats: TypeAlias = NDArray[np.float64]

NEAR = 1e-7
"""Payoffs that differ by less, relative to the largest, count as equal in verdicts."""


@dataclass(frozen=True, slots=True)
class BestResponse:
    """What the best answer to a player earns, and what it leaves the player: points per round.

    Attributes:
        value: the most that an opponent can earn.
        agent_payoff: what the player then earns, in the worst case among best answers: ties are
            common, as with win-stay, lose-shift.
        gain: `value` less what the opponent earns under mutual cooperation.
        damage: what the player earns under mutual cooperation less `agent_payoff`.
        worst_case: the least that any opponent can leave the player with.
        security_gap: the player's maximin payoff in one round less `worst_case`.
        rivalry_margin: the most by which any opponent can out-earn the player; at most 0 for a
            rival, which is never beaten.
        partner: the player is never the first to defect, and no opponent earns more than under
            mutual cooperation: Hilbe, Chatterjee & Nowak (2018), "Partners and rivals in direct
            reciprocity", Nature Human Behaviour 2.
        good: besides, whoever earns as much as under mutual cooperation leaves the player as
            much: Akin (2016), "The iterated prisoner's dilemma: good strategies and their
            dynamics".
        actions: the best answer, as in `harness.metrics.induced_mdp.Solution`.
    """

    value: float
    agent_payoff: float
    gain: float | None
    damage: float | None
    worst_case: float
    security_gap: float
    rivalry_margin: float
    partner: bool | None
    good: bool | None
    actions: NDArray[np.int64]


def best_response(
    policy: ArrayLike,
    agent: ArrayLike,
    other: ArrayLike,
    *,
    rounds: int | None = None,
    discount: float | None = None,
    cooperative: tuple[int, int] | None = (0, 0),
) -> BestResponse:
    """The best answer to a policy in a repeated game of two players, and what it does.

    Args:
        policy: shape (states, agent's actions), the opening first, as in
            `harness.metrics.memory_one`.
        agent: the player's payoffs, shape (agent's actions, other's actions).
        other: the opponent's payoffs, in the same order.
        rounds: how many are played, the opponent knowing it; None for no end.
        discount: weight of each round relative to the one before, for matches without a known
            end; with neither, long-run means count.
        cooperative: the pair of actions that is mutual cooperation; None where a game has none,
            and gain, damage and the verdicts are None.

    Raises:
        UsageError: both `rounds` and `discount`, or shapes that do not fit.

    >>> win_stay_lose_shift = [[1, 0], [1, 0], [0, 1], [0, 1], [1, 0]]
    >>> best = best_response(win_stay_lose_shift, [[3, 0], [5, 1]], [[3, 5], [0, 1]])
    >>> print(best.value, best.gain, best.damage, best.partner, best.good)
    3.0 0.0 2.5 True False
    """
    own, theirs = np.asarray(agent, float), np.asarray(other, float)
    best = _solve(policy, theirs, own, rounds, discount)
    worst = _solve(policy, -own, own, rounds, discount)
    margin = _solve(policy, theirs - own, own, rounds, discount)
    value, left = _plain(best.value), _plain(best.second)
    security = maximin([own, theirs], player=0).value
    near = NEAR * max(float(np.abs(theirs).max()), float(np.abs(own).max()), 1e-300)
    gain = damage = partner = good = None
    if cooperative is not None:
        gain = value - float(theirs[cooperative])
        damage = float(own[cooperative]) - left
        partner = _is_nice(policy, cooperative, theirs.shape[1]) and gain <= near
        good = partner and (gain < -near or damage <= near)
    return BestResponse(
        value=value,
        agent_payoff=left,
        gain=gain,
        damage=damage,
        worst_case=_plain(-worst.value),
        security_gap=security + float(worst.value),
        rivalry_margin=_plain(margin.value),
        partner=partner,
        good=good,
        actions=best.actions,
    )


def _solve(
    policy: ArrayLike, reward: Floats, second: Floats, rounds: int | None, discount: float | None
) -> induced_mdp.Solution:
    """Best play by whichever measure of a match was asked for."""
    if rounds is not None and discount is not None:
        raise UsageError("rounds and discount were both given; a match has one or the other")
    if rounds is not None:
        return induced_mdp.finite(policy, reward, second, rounds)
    if discount is not None:
        return induced_mdp.discounted(policy, reward, second, discount)
    return induced_mdp.average(policy, reward, second)


def _is_nice(policy: ArrayLike, cooperative: tuple[int, int], n_other: int) -> bool:
    """Whether a player cooperates for certain as long as both always have."""
    q = np.asarray(policy, float)
    following = successors(q.shape[1], n_other, memory_of(q, n_other))
    state, seen = 0, set()
    while state not in seen:
        seen.add(state)
        if q[state, cooperative[0]] < 1:
            return False
        state = int(following[state][cooperative])
    return True


def _plain(number: ArrayLike) -> float:
    """A number as a float, without a negative zero."""
    return float(number) + 0.0  # type: ignore[arg-type]
