"""Figures made with `open_spiel` 2.0.2: `alpharank.compute(use_local_selection_model=False)`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import ArrayLike

from harness.errors import UsageError
from harness.metrics.alpha_rank import (
    alpha_rank,
    alpha_sweep,
    log_fixation,
    stationary_of_log_rates,
)
from tests.metrics.axelrod_figures import AGENTS, PAYOFFS, TURNS

HAWK_DOVE = [[-1, 4], [0, 2]]
ROCK_PAPER_SCISSORS = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]
BIASED = [[0, -0.25, 0.5], [0.25, 0, -0.05], [-0.5, 0.05, 0]]
FIVE = [[9, 6, 6, 8, 5], [7, 8, 2, 0, 3], [2, 8, 9, 0, 4], [8, 1, 7, 1, 4], [8, 3, 3, 2, 7]]


@pytest.mark.parametrize(
    ("payoffs", "alpha", "population", "masses"),
    [
        (HAWK_DOVE, 0.1, 50, [0.9426758241011312, 0.05732417589886895]),
        (HAWK_DOVE, 0.01, 10, [0.5199893401555818, 0.4800106598444182]),
        (HAWK_DOVE, 1, 50, [0.9999999999993086, 6.914403690128731e-13]),
        ([[3, 0], [5, 1]], 0.1, 50, [0.00045262262322, 0.99954737737678]),
        ([[3, 0], [5, 1]], 0.01, 10, [0.457602059225649, 0.542397940774351]),
        ([[4, 1], [3, 3]], 0.1, 50, [0.06913842034334688, 0.9308615796566531]),
        ([[2, 0], [0, 1]], 0.1, 50, [0.9168273035060777, 0.08317269649392232]),
        (ROCK_PAPER_SCISSORS, 1, 50, [1 / 3, 1 / 3, 1 / 3]),
        (BIASED, 1, 50, [0.17291312444421994, 0.7296633584945516, 0.09742351706122843]),
        (BIASED, 10, 50, [0.23613929575786705, 0.5448079669887729, 0.21905273725336027]),
        (
            FIVE,
            0.1,
            50,
            [0.1721881157, 0.0097101356, 0.3493726194, 0.0011099909, 0.4676191384],
        ),
        (
            FIVE,
            0.01,
            10,
            [0.2176147487, 0.1967920418, 0.2092943582, 0.1747848325, 0.2015140187],
        ),
    ],
)
def test_masses_are_those_of_open_spiel(
    payoffs: ArrayLike, alpha: float, population: int, masses: list[float]
) -> None:
    np.testing.assert_allclose(alpha_rank(payoffs, alpha, population), masses, rtol=1e-5, atol=0)


def test_conditional_cooperators_come_before_the_defector() -> None:
    """As open_spiel has it for the Axelrod library's payoffs, with frequency dependence."""
    masses = alpha_rank(PAYOFFS / TURNS, alpha=1.0)
    expected = [0.0060188151, 0.0380809121, 0.2657672447, 0.301345333, 0.0514628678, 0.0333079245]
    np.testing.assert_allclose(masses[:6], expected, atol=1e-9)
    assert AGENTS[int(masses.argmax())] == "Grudger"


def test_the_strongest_selection_neither_fails_nor_splits_what_is_no_tie() -> None:
    """Where open_spiel raises "Expected 1 stationary distribution, but found 2"."""
    np.testing.assert_allclose(alpha_rank([[2, 0], [0, 1]], 1e6), [1, 0])
    np.testing.assert_allclose(alpha_rank(FIVE, 10), [0, 0, 0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(alpha_rank(ROCK_PAPER_SCISSORS, 1e9), [1 / 3] * 3)


def test_no_selection_is_chance() -> None:
    np.testing.assert_allclose(alpha_rank(FIVE, 0), [0.2] * 5)
    np.testing.assert_allclose(np.exp(log_fixation(FIVE, 0, 20))[0, 1], 1 / 20)


def test_constant_fitness_fixes_as_in_the_moran_process() -> None:
    """(1 - 1/r) / (1 - 1/r^N), Lieberman, Hauert & Nowak 2005, Nature 433, for r = exp(alpha)."""
    found = np.exp(log_fixation([[0, 0], [1, 1]], alpha=0.1, population=20))[0, 1]
    assert found == pytest.approx((1 - np.exp(-0.1)) / (1 - np.exp(-2.0)))


def test_a_chain_comes_to_rest_as_published() -> None:
    """The weather in the Land of Oz: Grinstead & Snell 1997, chapter 11."""
    land_of_oz = np.array([[0.5, 0.25, 0.25], [0.5, 1e-300, 0.5], [0.25, 0.25, 0.5]])
    np.testing.assert_allclose(stationary_of_log_rates(np.log(land_of_oz)), [0.4, 0.2, 0.4])


def test_only_differences_of_payoffs_count() -> None:
    shifted = np.array(FIVE) + 100.0
    np.testing.assert_allclose(alpha_rank(shifted, 0.1), alpha_rank(FIVE, 0.1), rtol=1e-6)
    np.testing.assert_allclose(alpha_rank(np.array(FIVE) * 2, 0.05), alpha_rank(FIVE, 0.1))
    order = [3, 1, 4, 0, 2]
    mixed = np.array(FIVE)[np.ix_(order, order)]
    np.testing.assert_allclose(alpha_rank(mixed, 0.1), alpha_rank(FIVE, 0.1)[order])


def test_a_sweep_tells_from_where_on_nothing_changes() -> None:
    sweep = alpha_sweep([[2, 0], [0, 1]])
    assert sweep.masses.shape == (13, 2)
    assert sweep.settled == pytest.approx(10**-0.5)  # exp(-0.316 * ...) below 0.01
    late = alpha_sweep([[2, 0], [0, 1]], alphas=(0.001, 0.01, 0.1))
    assert late.settled is None


def test_what_is_no_selection_or_no_matrix_is_refused() -> None:
    with pytest.raises(UsageError, match="alpha is a number"):
        alpha_rank(FIVE, -1)
    with pytest.raises(UsageError, match="population 2 or more"):
        alpha_rank(FIVE, 1, population=1)
    with pytest.raises(UsageError, match=r"no number at \(row, column\) \[\(0, 1\)\]"):
        alpha_rank([[1.0, float("nan")], [0.0, 1.0]], 1)
    with pytest.raises(UsageError, match="as many rows as columns"):
        alpha_rank([[1, 2]], 1)
    with pytest.raises(UsageError, match="rising"):
        alpha_sweep(FIVE, alphas=(1, 0.1))
