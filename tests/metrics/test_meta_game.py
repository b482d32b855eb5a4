from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.interval import Estimate
from harness.metrics.meta_game import (
    deviation_gain,
    invasion,
    payoff_matrix,
    regrets,
    resampled_matrices,
    strict_equilibria,
)
from harness.metrics.pair_blocks import PairBlocks, pair_blocks, percentile_estimate
from tests.metrics.axelrod_figures import AGENTS, PAYOFFS, TURNS

AXELROD = PAYOFFS / TURNS
FIVE = [[9, 6, 6, 8, 5], [7, 8, 2, 0, 3], [2, 8, 9, 0, 4], [8, 1, 7, 1, 4], [8, 3, 3, 2, 7]]


def zero_sum(n_blocks: int, seed: int = 0) -> PairBlocks:
    """Three players; what one wins the other loses, and blocks share their names."""
    rng = np.random.default_rng(seed)
    agents, opponents, payoffs, blocks = [], [], [], []
    for a, b in ("xy", "yz", "xz"):
        for block in range(n_blocks):
            for won in rng.normal(size=2):
                agents += [a, b]
                opponents += [b, a]
                payoffs += [won, -won]
                blocks += [block, block]
    return pair_blocks(agents, opponents, payoffs, blocks)


def test_the_library_payoffs_come_back_cell_by_cell() -> None:
    n = len(AGENTS)
    i, j = np.divmod(np.arange(n * n), n)
    seats = pair_blocks([AGENTS[k] for k in i], [AGENTS[k] for k in j], AXELROD[i, j], [0] * n * n)
    matrix = payoff_matrix(seats)
    np.testing.assert_allclose(matrix.mean, AXELROD)
    assert matrix.agents == tuple(AGENTS)
    assert matrix.missing == ()
    assert np.isnan(matrix.standard_error).all()  # one block tells no error


def test_standard_errors_are_those_of_clustered_regression() -> None:
    """statsmodels 0.15.0, OLS on a constant, `cov_type="cluster"`, times √(6/5)."""
    payoffs = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    blocks = [0, 0, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5]
    matrix = payoff_matrix(pair_blocks(["a"] * 12, ["b"] * 12, payoffs, blocks))
    assert matrix.mean[0, 1] == pytest.approx(4.33333333)
    assert matrix.standard_error[0, 1] == pytest.approx(0.7441127)
    assert (matrix.n[0, 1], matrix.n_blocks[0, 1]) == (12, 6)
    assert matrix.missing == (("a", "a"), ("b", "a"), ("b", "b"))


def test_both_seats_of_self_play_count() -> None:
    matrix = payoff_matrix(pair_blocks(["a", "a"], ["a", "a"], [5, 0], [0, 0]))
    assert (matrix.mean[0, 0], matrix.n[0, 0]) == (2.5, 2)


def test_a_missing_cell_is_listed_and_nothing_is_ranked() -> None:
    matrix = payoff_matrix(zero_sum(2))
    assert matrix.missing == (("x", "x"), ("y", "y"), ("z", "z"))
    with pytest.raises(UsageError, match="play those pairs"):
        deviation_gain(matrix.mean)


def test_deviation_gain_is_half_of_open_spiels_nash_conv() -> None:
    """open_spiel 2.0.2, `exploitability.nash_conv`, everybody uniform over twelve strategies."""
    assert deviation_gain(AXELROD) == pytest.approx(0.8551388888888902 / 2)


def test_symmetric_strict_equilibria_are_quantecons() -> None:
    """quantecon 0.11.4, `pure_nash_brute`: (0, 0), (1, 1), (2, 2), (4, 4); 2 ties 1 against 1."""
    assert strict_equilibria(FIVE) == (0, 2, 4)
    assert strict_equilibria(AXELROD) == ()  # neutral mutants


def test_regret_against_an_equilibrium_is_zero_inside_and_positive_outside() -> None:
    """Hawks and doves of value 4 and cost 6 earn 2/3 (Maynard Smith 1982); a third earns 1/15."""
    game = [[-1.0, 4.0, -1.0], [0.0, 2.0, 1.8], [-1.0, 2.2, 2.0]]
    np.testing.assert_allclose(regrets(game, [2 / 3, 1 / 3, 0]), [0.0, 0.0, 0.6], atol=1e-12)
    np.testing.assert_allclose(regrets([[3, 0], [5, 1]], [0, 1]), [1, 0])


def test_defectors_do_not_invade_tit_for_tat_and_do_invade_cooperators() -> None:
    """The library's payoffs: 1.02 against tit for tat's 3, 5 against the cooperator's 3."""
    gains = invasion(AXELROD)
    defector, tit_for_tat, cooperator = (
        AGENTS.index(name) for name in ("Defector", "TitForTat", "Cooperator")
    )
    assert gains[defector, tit_for_tat] == pytest.approx(-1.98)
    assert gains[defector, cooperator] == pytest.approx(2)
    assert not gains.diagonal().any()


def test_resampling_keeps_zero_sum_play_zero_sum() -> None:
    drawn = resampled_matrices(zero_sum(6), resamples=50, seed=1)
    np.testing.assert_allclose(drawn, -drawn.transpose(0, 2, 1), atol=1e-12)
    assert np.isnan(drawn[:, [0, 1, 2], [0, 1, 2]]).all()


def test_resampling_errs_as_the_standard_error_says() -> None:
    seats = zero_sum(8)
    drawn, matrix = resampled_matrices(seats, resamples=4000, seed=2), payoff_matrix(seats)
    ratio = drawn[:, 0, 1].std() / matrix.standard_error[0, 1]
    assert ratio == pytest.approx(1, abs=0.05)
    np.testing.assert_allclose(drawn[:, 0, 1].mean(), matrix.mean[0, 1], atol=0.02)
    again = resampled_matrices(seats, resamples=4000, seed=2)
    np.testing.assert_array_equal(again, drawn)


def test_few_blocks_or_no_variation_give_no_interval() -> None:
    assert percentile_estimate(1.0, [0.9, 1.1], 8, fewest=4) == Estimate(1.0, None, None, 8)
    assert percentile_estimate(1.0, [1.0, 1.0], 8, fewest=20) == Estimate(1.0, None, None, 8)
    assert percentile_estimate(None, [1.0, 2.0], 8, fewest=20) == Estimate(None, None, None, 8)
    alike = pair_blocks(["a"] * 9, ["b"] * 9, [0.1] * 9, range(9))
    assert np.ptp(resampled_matrices(alike, 100)[:, 0, 1]) == 0


def test_seats_without_a_payoff_are_refused_by_name() -> None:
    with pytest.raises(UsageError, match="seat 1, b against a, earned nan"):
        pair_blocks(["a", "b"], ["b", "a"], [1, float("nan")], [0, 0])
    with pytest.raises(UsageError, match="one of each a seat"):
        pair_blocks([], [], [], [])
