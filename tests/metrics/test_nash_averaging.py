"""Figures made with `open_spiel` 2.0.2, `nash_averaging`, on cvxpy 1.9.3."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.matrices import antisymmetric_part
from harness.metrics.nash_averaging import nash_average
from tests.metrics.axelrod_figures import PAYOFFS

ROCK_PAPER_SCISSORS = np.array([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]])
SIX = [
    [0, -9, -5, 2, -3, 0],
    [9, 0, -5, 0, -1, -6],
    [5, 5, 0, -3, 0, 0],
    [-2, 0, 3, 0, 3, 2],
    [3, 1, 0, -3, 0, 5],
    [0, 6, 0, -2, -5, 0],
]
EIGHT = [
    [0, 1, 1, -1, 1, -1, -1, 1],
    [-1, 0, -1, -1, -1, 1, 0, 0],
    [-1, 1, 0, 1, 0, -1, -1, 1],
    [1, 1, -1, 0, 0, 0, 0, 1],
    [-1, 1, 0, 0, 0, -1, 0, 1],
    [1, -1, 1, 0, 1, 0, 1, 0],
    [1, 0, 1, 0, 0, -1, 0, 1],
    [-1, 0, -1, -1, -1, 0, -1, 0],
]
SEVEN = [
    [0, 0, 0, -1, -1, 1, 1],
    [0, 0, 1, -1, -1, 0, 0],
    [0, -1, 0, 0, 1, -1, 1],
    [1, 1, 0, 0, 1, -1, 0],
    [1, 1, -1, -1, 0, 1, 0],
    [-1, 0, 1, 1, -1, 0, 0],
    [-1, 0, -1, 0, 0, 0, 0],
]
TIE = [[0, 0, 1, 0], [0, 0, -1, 1], [-1, 1, 0, 0], [0, -1, 0, 0]]


@pytest.mark.parametrize(
    ("payoffs", "equilibrium", "ratings"),
    [
        (ROCK_PAPER_SCISSORS, [1 / 3] * 3, [0, 0, 0]),
        (
            [[0, -1, 4.6], [1, 0, -4.6], [-4.6, 4.6, 0]],
            [0.4509804, 0.4509804, 0.0980392],
            [0, 0, 0],
        ),
        (SIX, [0, 0.25, 0, 0.75, 0, 0], [-0.75, 0, -1, 0, -2, 0]),
        (
            EIGHT,
            [0, 0.2156002, 0.2156002, 0.1765997, 0, 0.3921999, 0, 0],
            [-0.1375992, 0, 0, 0, -0.1765997, 0, -0.1765997, -0.3921999],
        ),
        (
            SEVEN,
            [0, 0, 0.1666611, 0.1666723, 1 / 3, 1 / 3, 0],
            [-0.1666723, -0.3333445, 0, 0, 0, 0, -0.1666611],
        ),
        (TIE, [0.500066, 0.499934, 0, 0], [0, 0, -0.0001319, -0.499934]),
        (np.zeros((3, 3)), [1 / 3] * 3, [0, 0, 0]),
        ([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], [1, 0, 0], [0, -1, -2]),
    ],
)
def test_equilibrium_and_ratings_are_those_of_open_spiel(
    payoffs: list[list[float]], equilibrium: list[float], ratings: list[float]
) -> None:
    found = nash_average(payoffs)
    np.testing.assert_allclose(found.equilibrium, equilibrium, atol=2e-4)
    np.testing.assert_allclose(found.ratings, ratings, atol=2e-4)


def test_copies_share_the_weight_and_change_no_rating() -> None:
    """Two rocks: Balduzzi et al. 2018."""
    for payoffs in (ROCK_PAPER_SCISSORS, np.array(SIX, float), np.array(SEVEN, float)):
        n = len(payoffs)
        who = [1, *range(n), 1, 1]  # the second four times
        alone, copied = nash_average(payoffs), nash_average(payoffs[np.ix_(who, who)])
        np.testing.assert_allclose(copied.ratings[1 : n + 1], alone.ratings, atol=1e-7)
        shared = copied.equilibrium[[0, 2, n + 1, n + 2]]
        np.testing.assert_allclose(shared, shared.mean(), atol=1e-7)
    rocks = nash_average(ROCK_PAPER_SCISSORS[np.ix_([0, 0, 1, 2], [0, 0, 1, 2])])
    np.testing.assert_allclose(rocks.equilibrium, [1 / 6, 1 / 6, 1 / 3, 1 / 3], atol=1e-8)


def test_copies_do_move_the_choice_between_many_equilibria() -> None:
    """As in open_spiel, the second of the eight there four times; a limit of the definition."""
    who = [1, *range(8), 1, 1]
    copied = nash_average(np.array(EIGHT, float)[np.ix_(who, who)])
    np.testing.assert_allclose(copied.equilibrium.sum(), 1)
    expected = [0, 0, 0, 0, -0.125, 0, -0.125, -0.375]
    np.testing.assert_allclose(copied.ratings[1:9], expected, atol=2e-4)


def test_units_scale_ratings_and_leave_the_equilibrium() -> None:
    small, large = nash_average(SIX), nash_average(np.array(SIX) * 1e6)
    np.testing.assert_allclose(large.equilibrium, small.equilibrium, atol=1e-8)
    np.testing.assert_allclose(large.ratings, small.ratings * 1e6, atol=1)


def test_every_random_tournament_has_an_equilibrium_that_nobody_beats() -> None:
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 5, 9, 14):
        for draw in (rng.normal(size=(n, n)), rng.integers(-1, 2, (n, n))):
            margins = np.triu(draw, 1) - np.triu(draw, 1).T
            found = nash_average(margins)
            assert found.equilibrium.sum() == pytest.approx(1)
            assert found.ratings.max() <= 0
            assert found.ratings @ found.equilibrium == pytest.approx(0, abs=1e-8)


def test_general_sum_payoffs_are_refused_and_their_margins_crown_the_defector() -> None:
    with pytest.raises(UsageError, match="do not cancel"):
        nash_average(PAYOFFS)
    assert nash_average(antisymmetric_part(PAYOFFS)).equilibrium.argmax() == 1
