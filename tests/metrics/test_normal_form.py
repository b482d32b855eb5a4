"""Regrets and payoffs against figures of OpenSpiel 2.0.2 and quantecon 0.11.4."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from harness import UsageError
from harness.metrics.normal_form import (
    best_responses,
    check_payoffs,
    deviation_payoffs,
    expected_payoffs,
    nash_conv,
    opponent_incentive,
    own_payoffs,
    own_regret,
    pure_equilibria,
    regrets,
)

UNIFORM = [1 / 3] * 3
DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
BIASED_RPS = np.array([[0, -25, 50], [25, 0, -5], [-50, 5, 0]])
SHAPLEY = [[[0, 0, 1], [1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1], [1, 0, 0]]]

# pyspiel's matrix_rps, matrix_brps, matrix_pd, matrix_cd, matrix_bos, matrix_sh and
# matrix_shapleys_game; open_spiel.python.algorithms.exploitability.nash_conv, OpenSpiel 2.0.2.
OPEN_SPIEL = [
    ([RPS, -RPS], UNIFORM, UNIFORM, 0),
    ([RPS, -RPS], [0.5, 0.25, 0.25], UNIFORM, 0.25),
    ([RPS, -RPS], [1, 0, 0], [1, 0, 0], 2),
    ([BIASED_RPS, -BIASED_RPS], UNIFORM, UNIFORM, 16.666666666666664),
    ([BIASED_RPS, -BIASED_RPS], [1 / 16, 10 / 16, 5 / 16], [1 / 16, 10 / 16, 5 / 16], 0),
    ([BIASED_RPS, -BIASED_RPS], [0.5, 0.3, 0.2], [0.2, 0.2, 0.6], 36.5),
    ([[[5, 0], [10, 1]], [[5, 10], [0, 1]]], [1, 0], [1, 0], 10),
    ([[[5, 0], [10, 1]], [[5, 10], [0, 1]]], [0.5, 0.5], [0.5, 0.5], 3),
    ([[[0, 4], [1, 3]], [[0, 1], [4, 3]]], [0.5, 0.5], [0.5, 0.5], 0),
    ([[[0, 4], [1, 3]], [[0, 1], [4, 3]]], [0.3, 0.7], [0.9, 0.1], 0.28),
    ([[[3, 0], [0, 2]], [[2, 0], [0, 3]]], [0.3, 0.7], [0.9, 0.1], 3.1),
    ([[[2, 0], [1, 1]], [[2, 1], [0, 1]]], [0.3, 0.7], [0.9, 0.1], 0.92),
    (SHAPLEY, [0.3, 0.2, 0.5], [0.1, 0.6, 0.3], 0.4),
]

# quantecon.game_theory 0.11.4: pure_nash_brute, Player.payoff_vector.
THREE_PLAYERS = [
    [[[2, 2], [2, 1], [2, 2]], [[2, 0], [1, 1], [0, 1]]],
    [[[1, 2], [1, 0], [2, 2]], [[0, 1], [1, 2], [0, 1]]],
    [[[2, 1], [0, 2], [2, 2]], [[2, 1], [2, 2], [1, 2]]],
]
THREE_MIXED = [[0.3, 0.7], [0.2, 0.5, 0.3], [0.6, 0.4]]
THREE_DEVIATIONS = [[1.8, 0.86], [0.7, 1.16, 0.88], [1.49, 1.8]]
THREE_EXPECTED = [1.142, 0.984, 1.614]


@pytest.mark.parametrize(("payoffs", "first", "second", "told"), OPEN_SPIEL)
def test_nash_conv_is_open_spiels(
    payoffs: list[list[list[float]]], first: list[float], second: list[float], told: float
) -> None:
    assert nash_conv(payoffs, [first, second]) == pytest.approx(told, abs=1e-12)


def test_more_than_two_players_are_paid_as_quantecon_pays_them() -> None:
    for player, told in enumerate(THREE_DEVIATIONS):
        found = deviation_payoffs(THREE_PLAYERS, THREE_MIXED, player)
        assert found == pytest.approx(np.array(told))
    assert expected_payoffs(THREE_PLAYERS, THREE_MIXED) == pytest.approx(THREE_EXPECTED)
    gains = [max(d) - e for d, e in zip(THREE_DEVIATIONS, THREE_EXPECTED, strict=True)]
    assert regrets(THREE_PLAYERS, THREE_MIXED) == pytest.approx(gains)


def test_all_pure_equilibria_of_three_players_are_found() -> None:
    assert pure_equilibria(THREE_PLAYERS) == ((0, 2, 0), (0, 2, 1), (1, 1, 1))


def test_the_travelers_dilemma_has_only_the_lowest_claims() -> None:
    """quantecon 0.11.4 finds the same, and Basu (1994) proves it."""
    claims = range(2, 101)
    row = [[min(a, b) + 2 * np.sign(b - a) for b in claims] for a in claims]
    assert pure_equilibria(np.array([row, np.transpose(row)])) == ((0, 0),)


def test_strict_ordinal_games_have_as_many_pure_equilibria_as_in_the_literature() -> None:
    """18, 108 and 18 of the 144 games have none, one and two; each is 4 of the 576 matrices.

    Robinson & Goforth (2005), The Topology of the 2x2 Games.
    """
    counts = [0, 0, 0]
    for row in permutations(range(1, 5)):
        for column in permutations(range(1, 5)):
            game = np.array([row, column]).reshape(2, 2, 2)
            counts[len(pure_equilibria(game))] += 1
    assert counts == [72, 432, 72]


def test_ties_give_every_best_response() -> None:
    assert best_responses([RPS, -RPS], [UNIFORM, UNIFORM], 1) == (0, 1, 2)
    assert best_responses(DILEMMA, [[1, 0], [1, 0]], 0) == (1,)


def test_regret_and_incentive_are_the_two_parts_of_nash_conv() -> None:
    profile = [[0.3, 0.7], [0.9, 0.1]]
    chicken = [[[0, 4], [1, 3]], [[0, 1], [4, 3]]]
    parts = own_regret(chicken, profile, 0), opponent_incentive(chicken, profile, 0)
    assert sum(parts) == pytest.approx(0.28)
    assert parts[0] == own_regret(chicken, profile, 0) == opponent_incentive(chicken, profile, 1)


def test_own_payoffs_put_a_players_own_actions_first() -> None:
    assert own_payoffs(THREE_PLAYERS, 1).tolist() == [
        [1, 2, 0, 1],
        [1, 0, 1, 2],
        [2, 2, 0, 1],
    ]


games = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(-5, 6, (2, 3, 4)).astype(float)
)
mixes = st.integers(0, 2**32 - 1).map(
    lambda seed: [np.random.default_rng(seed).dirichlet(np.ones(k)) for k in (3, 4)]
)


@given(games, mixes, st.floats(0.1, 10), st.floats(-5, 5))
def test_nash_conv_scales_with_payoffs_and_not_with_their_origin(
    game: np.ndarray, profile: list[np.ndarray], scale: float, origin: float
) -> None:
    found = nash_conv(scale * game + origin, profile)
    assert found == pytest.approx(scale * nash_conv(game, profile), abs=1e-9)


@given(games, mixes, st.permutations(range(3)), st.permutations(range(4)))
def test_renaming_actions_and_swapping_seats_change_nothing(
    game: np.ndarray, profile: list[np.ndarray], rows: list[int], columns: list[int]
) -> None:
    renamed = game[:, rows][:, :, columns]
    mixed = [profile[0][rows], profile[1][columns]]
    assert regrets(renamed, mixed) == pytest.approx(regrets(game, profile), abs=1e-12)
    swapped = game[::-1].transpose(0, 2, 1)
    assert regrets(swapped, profile[::-1])[::-1] == pytest.approx(regrets(game, profile), abs=1e-12)


@pytest.mark.parametrize(
    ("payoffs", "told"),
    [
        ([[1, 2], [3, 4]], "shape"),
        ([[[1, 2], [3, 4]]], "shape"),
        ([[[1, 2], [3, float("nan")]], [[1, 2], [3, 4]]], "NaN"),
        ([[["a"]], [["b"]]], "numbers only"),
        ([[[1, 2], [3]], [[1, 2], [3, 4]]], "numbers only"),
        (np.zeros((2, 0, 2)), "shape"),
    ],
)
def test_what_is_no_game_is_refused(payoffs: ArrayLike, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_payoffs(payoffs)


@pytest.mark.parametrize("profile", [[[1, 0]], [[1, 0], [0.5, 0.4]], [[1, 0], [2, -1]], [[1], [1]]])
def test_what_is_no_profile_is_refused(profile: list[list[float]]) -> None:
    with pytest.raises(UsageError, match="strateg"):
        nash_conv(DILEMMA, profile)


def test_a_player_who_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="players 0 to 1"):
        own_regret(DILEMMA, [[1, 0], [1, 0]], 2)
