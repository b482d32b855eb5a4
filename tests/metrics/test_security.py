"""Security levels and values against quantecon 0.11.4 and published games."""

from __future__ import annotations

import numpy as np
import pytest

from harness import UsageError
from harness.metrics.security import is_constant_sum, maximin, security_gap, zero_sum_value

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
BIASED_RPS = np.array([[0, -25, 50], [25, 0, -5], [-50, 5, 0]])
BLOTTO = np.array([[4, 0, 2, 1], [0, 4, 1, 2], [1, -1, 3, 0], [-1, 1, 0, 3], [-2, -2, 2, 2]])

# quantecon.optimize.minmax 0.11.4
VALUES = [
    ([[-3, -4, 6], [2, 3, 4]], 2),
    ([[5, -5, 2], [-3, 1, 8], [3, -4, 3]], -0.7142857142857135),
    ([[-4, 6], [9, 9], [4, 8], [0, -3]], 9),
    ([[2, 1, 4, 9, -1], [7, -3, 0, 6, -2], [5, 1, 2, 9, 7]], 1),
]


@pytest.mark.parametrize(("matrix", "told"), VALUES)
def test_values_are_quantecons(matrix: list[list[float]], told: float) -> None:
    rows = np.array(matrix)
    assert zero_sum_value([rows, -rows]) == pytest.approx(told, abs=1e-12)
    assert zero_sum_value([-rows.T, rows.T]) == pytest.approx(-told, abs=1e-12)


def test_colonel_blotto_has_the_value_that_is_printed() -> None:
    """Four regiments against three on two fields: 14/9, (4/9, 4/9, 0, 0, 1/9); Dresher (1961)."""
    found = maximin([BLOTTO, -BLOTTO], 0)
    assert found.value == pytest.approx(14 / 9, abs=1e-12)
    assert found.strategy == pytest.approx(np.array([4, 4, 0, 0, 1]) / 9, abs=1e-9)


def test_blotto_with_six_against_four_soldiers_on_three_fields() -> None:
    """quantecon 0.11.4 minmax: 1/3 of a field each, 28 by 15 deployments."""
    six, four = (
        [(a, b, n - a - b) for a in range(n + 1) for b in range(n + 1 - a)] for n in (6, 4)
    )
    won = np.array([[np.sign(np.subtract(s, t)).mean() for t in four] for s in six])
    assert won.shape == (28, 15)
    assert zero_sum_value([won, -won]) == pytest.approx(1 / 3, abs=1e-12)


def test_security_is_less_than_the_equilibrium_in_the_battle_of_the_sexes() -> None:
    """70/17, which the mixed equilibrium pays as well; the pure ones pay 10 and 7."""
    game = [[[10, 0], [0, 7]], [[7, 0], [0, 10]]]
    assert maximin(game, 0).value == pytest.approx(70 / 17)
    assert maximin(game, 1).value == pytest.approx(70 / 17)
    assert not is_constant_sum(game)


def test_all_others_together_are_the_opponent() -> None:
    """Three players pay 1 to the one who is alone: two others can always deny it."""
    cells = np.indices((2, 2, 2))
    alone = np.array([(cells[i] != cells[i - 1]) & (cells[i] != cells[i - 2]) for i in range(3)])
    assert [maximin(alone, i).value for i in range(3)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("matrix", "strategy", "told"),
    [
        # half of OpenSpiel 2.0.2's nash_conv is the mean over the seats of what each can lose
        (RPS, [1 / 3] * 3, 0),
        (RPS, [0.5, 0.25, 0.25], 0.25),
        (RPS, [1, 0, 0], 1),
        (BIASED_RPS, [1 / 3] * 3, 16.666666666666664 / 2),
        (BIASED_RPS, [1 / 16, 10 / 16, 5 / 16], 0),
        (BLOTTO, [0, 0, 0, 0, 1], 14 / 9 + 2),
    ],
)
def test_the_gap_is_the_exploitability_in_zero_sum_games(
    matrix: np.ndarray, strategy: list[float], told: float
) -> None:
    assert security_gap([matrix, -matrix], 0, strategy) == pytest.approx(told, abs=1e-9)
    swapped = [-matrix.T, matrix.T]
    assert security_gap(swapped, 1, strategy) == pytest.approx(told, abs=1e-9)


def test_cooperation_in_the_dilemma_is_a_gap_of_its_own() -> None:
    game = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    assert security_gap(game, 0, [1, 0]) == 1
    assert security_gap(game, 0, [0, 1]) == 0


def test_a_game_where_nothing_matters_has_no_gap() -> None:
    assert security_gap(np.ones((2, 3, 3)), 0, [1, 0, 0]) == 0


def test_payoffs_of_any_size_have_a_value() -> None:
    for scale in (1e-9, 1e9):
        assert zero_sum_value([scale * BLOTTO, -scale * BLOTTO]) == pytest.approx(scale * 14 / 9)


def test_only_constant_sum_games_have_a_value() -> None:
    with pytest.raises(UsageError, match="use maximin"):
        zero_sum_value([[[3, 0], [5, 1]], [[3, 5], [0, 1]]])


def test_a_value_that_is_a_payoff_is_that_payoff() -> None:
    rps = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
    assert [maximin([rps, -rps], player).value for player in (0, 1)] == [0.0, 0.0]
