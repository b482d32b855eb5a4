from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.sequences.e_values import (
    first_rejection,
    hoeffding_margin,
    log_wealth,
    lower_bound,
    mean_log_wealth,
)

X = [0.5, 1, 1, 0, 1, 0.5, 1, 1, 0, 1, 1, 1, 0.5, 0, 1, 1, 1, 1, 0.5, 1]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.5, [1.0, 1.4419791796875003, 2.1215436507161414, 10.134450465329728]),
        (0.4, [1.065625, 2.103122016906738, 4.7890056682621, 78.21506324071055]),
    ],
)
def test_wealth_agrees_with_confseq(value: float, expected: list[float]) -> None:
    """`diversified_betting_mart` of gostevehoward/confseq (commit 0275a66), theta 1, the 20 bets
    j / (40 m), after rounds 1, 5, 10 and 20."""
    wealth = np.exp(log_wealth(X, value, 0, 1))
    assert wealth[[0, 4, 9, 19]] == pytest.approx(expected, rel=1e-12)


def test_the_lower_bound_agrees_with_confseq() -> None:
    """The least m on a grid of 10,000 at which the same wealth stays within 20: 0.4620."""
    bound = lower_bound([X], 0, 1)
    assert bound == pytest.approx(0.462, abs=1e-4)


def test_units_of_payoff_do_not_matter() -> None:
    scaled = [10 * x - 4 for x in X]
    assert log_wealth(scaled, 1, -4, 6) == pytest.approx(log_wealth(X, 0.5, 0, 1))
    bound, plain = lower_bound([scaled], -4, 6), lower_bound([X], 0, 1)
    assert bound is not None
    assert plain is not None
    assert bound == pytest.approx(10 * plain - 4)


def test_an_even_bet_is_a_fair_one() -> None:
    """Over all sequences of five fair rounds wealth is 1 on average."""
    every = [[(code >> bit & 1) * 2 - 1 for bit in range(5)] for code in range(32)]
    assert np.mean([np.exp(log_wealth(p, 0, -1, 1)[-1]) for p in every]) == pytest.approx(1)


def test_long_winning_does_not_overflow() -> None:
    assert log_wealth(np.ones(10_000), 0, -1, 1)[-1] > 4000
    assert first_rejection(log_wealth(np.ones(10_000), 0, -1, 1)) == 11


def test_the_suite_has_the_mean_wealth() -> None:
    suite = [log_wealth(X, 0.5, 0, 1), log_wealth(X[::-1], 0.5, 0, 1)]
    assert np.exp(mean_log_wealth(suite)) == pytest.approx(np.exp(suite).mean(axis=0))
    assert first_rejection(np.log([1, 19.9, 20.1, 3])) == 3
    assert first_rejection([]) is None


def test_an_exploiter_that_never_gains_bounds_nothing() -> None:
    assert lower_bound([[-1.0] * 50], -1, 1) == -1
    assert lower_bound([[]], -1, 1) is None


def test_the_bound_of_a_suite_pays_for_the_choice() -> None:
    alone = lower_bound([X * 5], 0, 1)
    among = lower_bound([X * 5, [0.0] * 100, [0.0] * 100], 0, 1)
    assert alone is not None
    assert among is not None
    assert among < alone < np.mean(X)


def test_hoeffding_agrees_with_the_formula_for_payoffs_from_minus_one_to_one() -> None:
    assert hoeffding_margin(100, -1, 1) == pytest.approx(math.sqrt(2 * math.log(20) / 100))
    with pytest.raises(UsageError, match="at least one payoff"):
        hoeffding_margin(0, -1, 1)


def test_bets_without_a_range_are_refused() -> None:
    for value, low, high in ((0, 0, 1), (1, 0, 1)):
        with pytest.raises(UsageError, match="lowest < value < highest"):
            log_wealth([0.5], value, low, high)
    with pytest.raises(UsageError, match="nothing to bet on"):
        log_wealth([1], 1, 1, 1)
    with pytest.raises(UsageError, match="give the range of the game"):
        log_wealth([2], 0, -1, 1)


def coverage(n_studies: int, n_rounds: int) -> tuple[int, int, int]:
    """Rejections at any time, bounds above the mean, means above Hoeffding's margin."""
    rng = np.random.default_rng(8)
    ever = above = beyond = 0
    for _ in range(n_studies):
        payoffs = rng.choice([-1, 0, 1], size=n_rounds)
        ever += first_rejection(log_wealth(payoffs, 0, -1, 1)) is not None
        bound = lower_bound([payoffs], -1, 1)
        assert bound is not None
        above += bound > 0
        beyond += payoffs.mean() > hoeffding_margin(n_rounds, -1, 1)
    return ever, above, beyond


def test_fair_rounds_are_seldom_rejected() -> None:
    assert max(coverage(100, 100)) <= stats.binom.ppf(0.999, 100, 0.05)


@pytest.mark.slow
def test_fair_rounds_are_rejected_at_the_stated_level() -> None:
    ever, above, beyond = coverage(2000, 500)
    assert max(ever, above, beyond) <= stats.binom.ppf(0.999, 2000, 0.05)
    assert ever > 20  # at any time: not so careful as to be of no use
