"""Games in normal form: payoffs of mixed strategies, regrets, NashConv, equilibria in pure ones.

A game is an array `payoffs` of shape (n_players, k_1, …, k_n): `payoffs[i, a_1, …, a_n]` is what
player i is paid, in points, when player j plays action a_j. A profile is one mixed strategy per
player, player j's of shape (k_j,), nonnegative and summing to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from harness.errors import UsageError, shorten

__all__ = [
    "Floats",
    "best_responses",
    "check_payoffs",
    "check_strategy",
    "deviation_payoffs",
    "expected_payoffs",
    "nash_conv",
    "opponent_incentive",
    "own_payoffs",
    "own_regret",
    "pure_equilibria",
    "regrets",
]

Floats: TypeAlias = NDArray[np.float64]

SUM_TOLERANCE = 1e-6
"""How far the probabilities of a strategy may be from summing to 1."""


def check_payoffs(payoffs: ArrayLike) -> Floats:
    """The payoffs as an array of shape (n_players, k_1, …, k_n).

    Raises:
        UsageError: another shape, fewer than two players, or numbers that are not finite.

    >>> check_payoffs([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]).shape
    (2, 2, 2)
    """
    try:
        array: Floats = np.asarray(payoffs, dtype=float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"payoffs are {shorten(payoffs)}; give numbers only ({error})") from error
    if array.ndim < 3 or len(array) != array.ndim - 1 or not array.size:
        raise UsageError(
            f"payoffs have shape {array.shape}; it must be (n_players, k_1, …, k_n) with two or"
            " more players, such as (2, 3, 3) for rock paper scissors"
        )
    if not np.isfinite(array).all():
        raise UsageError("payoffs hold NaN or infinite numbers; every cell needs a finite payoff")
    return array


def check_strategy(strategy: ArrayLike, n_actions: int) -> Floats:
    """A mixed strategy of shape (n_actions,), made to sum to 1 exactly.

    Raises:
        UsageError: another shape, a negative entry, or a sum further than 1e-6 from 1.

    >>> check_strategy([0.25, 0.75], 2)
    array([0.25, 0.75])
    """
    array: Floats = np.asarray(strategy, dtype=float)
    if array.shape != (n_actions,):
        raise UsageError(f"a strategy has shape {array.shape}; {n_actions} actions need as many")
    if not (array >= -SUM_TOLERANCE).all() or abs(array.sum() - 1) > SUM_TOLERANCE:
        raise UsageError(
            f"a strategy is {shorten(array.tolist())}; its entries must be nonnegative and sum to 1"
        )
    clipped: Floats = array.clip(min=0)
    clipped /= clipped.sum()
    return clipped


def _profile(payoffs: ArrayLike, profile: Sequence[ArrayLike]) -> tuple[Floats, list[Floats]]:
    game = check_payoffs(payoffs)
    if len(profile) != len(game):
        raise UsageError(f"a profile has {len(profile)} strategies for {len(game)} players")
    return game, [check_strategy(s, k) for s, k in zip(profile, game.shape[1:], strict=True)]


def _player(game: Floats, player: int) -> int:
    if not 0 <= player < len(game):
        raise UsageError(f"player is {player}; this game has players 0 to {len(game) - 1}")
    return player


def _against(game: Floats, mixed: Sequence[Floats], player: int) -> Floats:
    """What each action of `player` is paid against the others' mixed strategies, shape (k,)."""
    paid: Floats = game[player]
    for other in range(len(game) - 1, -1, -1):
        if other != player:
            paid = np.tensordot(paid, mixed[other], axes=(other, 0))
    return paid


def deviation_payoffs(payoffs: ArrayLike, profile: Sequence[ArrayLike], player: int) -> Floats:
    """What each action would pay a player against the others' mixed strategies, shape (k,).

    >>> deviation_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [0.5, 0.5]], player=0)
    array([1.5, 3. ])
    """
    game, mixed = _profile(payoffs, profile)
    return _against(game, mixed, _player(game, player))


def expected_payoffs(payoffs: ArrayLike, profile: Sequence[ArrayLike]) -> Floats:
    """Each player's expected payoff when all mix independently, shape (n_players,).

    >>> expected_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[0.5, 0.5], [0.5, 0.5]])
    array([2.25, 2.25])
    """
    game, mixed = _profile(payoffs, profile)
    return np.array([_against(game, mixed, i) @ mixed[i] for i in range(len(game))])


def regrets(payoffs: ArrayLike, profile: Sequence[ArrayLike]) -> Floats:
    """What each player would gain by its best deviation, in points, shape (n_players,).

    `regret_i = max_a u_i(a, sigma_-i) - u_i(sigma)`, at least 0; all 0 at an equilibrium (Nash
    1951, Annals of Mathematics 54(2), 286-295).

    >>> regrets([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [1, 0]])
    array([2., 2.])
    """
    game, mixed = _profile(payoffs, profile)
    gains = []
    for player, strategy in enumerate(mixed):
        paid = _against(game, mixed, player)
        gains.append(strategy @ (paid.max() - paid))
    return np.array(gains)


def nash_conv(payoffs: ArrayLike, profile: Sequence[ArrayLike]) -> float:
    """The sum of all players' regrets: how far a profile is from equilibrium, in points.

    Lanctot et al. (2017, arXiv:1711.00832), section 2. In two-player constant-sum games, half of
    it is what OpenSpiel calls exploitability; in other games it must not be called so, since
    mutual cooperation in the prisoner's dilemma has a large one.

    >>> nash_conv([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [1, 0]])
    4.0
    """
    return float(regrets(payoffs, profile).sum())


def best_responses(
    payoffs: ArrayLike, profile: Sequence[ArrayLike], player: int, tolerance: float = 1e-9
) -> tuple[int, ...]:
    """The actions that pay a player most against the others, its own strategy left aside.

    Args:
        payoffs: shape (n_players, k_1, …, k_n).
        profile: one mixed strategy per player.
        player: from 0.
        tolerance: how much less than the best an action may pay, in points, and still count.

    >>> best_responses([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [1, 0]], player=0)
    (1,)
    """
    paid = deviation_payoffs(payoffs, profile, player)
    return tuple(np.flatnonzero(paid >= paid.max() - tolerance).tolist())


def own_payoffs(payoffs: ArrayLike, player: int) -> Floats:
    """A player's payoffs as a matrix: own actions by joint actions of all others.

    Shape (k_player, product of the others' k).

    >>> own_payoffs([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], player=1)
    array([[3., 0.],
           [5., 1.]])
    """
    game = check_payoffs(payoffs)
    mine = np.moveaxis(game[_player(game, player)], player, 0)
    matrix: Floats = mine.reshape(len(mine), -1)
    return matrix


def own_regret(payoffs: ArrayLike, profile: Sequence[ArrayLike], player: int) -> float:
    """What a player would gain by its best reply to the others' mixed strategies, in points.

    >>> own_regret([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [1, 0]], player=0)
    2.0
    """
    return float(regrets(payoffs, profile)[_player(check_payoffs(payoffs), player)])


def opponent_incentive(payoffs: ArrayLike, profile: Sequence[ArrayLike], player: int) -> float:
    """What the others, each alone, would gain by their best replies, in points, summed.

    `max_b u_-i(p, b) - u_-i(p, q)`: with two players, the opponent's regret.

    >>> opponent_incentive([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], [[1, 0], [0, 1]], player=0)
    0.0
    """
    gains = regrets(payoffs, profile)
    return float(gains.sum() - gains[_player(check_payoffs(payoffs), player)])


def pure_equilibria(payoffs: ArrayLike) -> tuple[tuple[int, ...], ...]:
    """All equilibria in pure strategies, as cells in lexicographic order; there may be none.

    >>> pure_equilibria([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])
    ((1, 1),)
    """
    game = check_payoffs(payoffs)
    stable = np.ones(game.shape[1:], dtype=bool)
    for player, mine in enumerate(game):
        stable &= mine == mine.max(axis=player, keepdims=True)
    return tuple(map(tuple, np.argwhere(stable).tolist()))
