"""Stakes, temptation and ends, by hand and with known truth."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.clustered import logit_trend
from harness.metrics.interval import Estimate
from harness.metrics.stakes import (
    cooperation_index,
    difference_of_rates,
    end_effect,
    stake_effect,
    stake_factor,
)


def test_the_slope_is_per_decimal_order_of_magnitude() -> None:
    factors, hits, rounds = [0.01, 1, 100, 10_000] * 3, [2, 4, 5, 9] * 3, [10] * 12
    found = stake_effect(factors, hits, rounds, list(range(12)))
    expected = logit_trend([-2, 0, 2, 4] * 3, hits, rounds, list(range(12)))
    assert found.trend.slope.value == pytest.approx(expected.slope.value)
    assert found.difference.value == pytest.approx(0.5)


def test_no_effect_is_found_where_there_is_none_and_one_where_there_is() -> None:
    rng = np.random.default_rng(3)
    factors = np.tile([0.01, 1, 100], 30)
    blocks = np.repeat(range(30), 3).tolist()
    for slope, expected in ((0.0, False), (0.6, True)):
        chance = 1 / (1 + np.exp(-slope * np.log10(factors)))
        hits = rng.binomial(10, chance)
        found = stake_effect(factors, hits, np.full(90, 10), blocks).trend
        assert found.slope.low is not None
        assert (found.slope.low > 0) == expected


def test_one_factor_has_no_effect_to_estimate() -> None:
    found = stake_effect([1, 1], [3, 4], [5, 5], "ab")
    assert found.trend.slope.value is found.difference.value is None
    without = stake_effect([10, 100], [3, 2], [5, 5], "ab")  # nothing at factor 1
    assert without.trend.slope.value is not None
    assert without.difference == Estimate(None, None, None, 0)
    with pytest.raises(UsageError, match="factors"):
        stake_effect([0], [1], [1], "a")


def test_the_index_is_that_of_rapoport_and_chammah() -> None:
    """Their formula (R - P)/(T - S), by hand; a factor on all payoffs leaves it as it is."""
    assert cooperation_index(9, -10, 10, -1) == 0.5
    assert cooperation_index(1, -10, 10, -9) == 0.5
    assert cooperation_index(3, 0, 5, 1) == cooperation_index(30, 0, 50, 10) == 0.4
    with pytest.raises(UsageError, match="alike"):
        cooperation_index(3, 5, 5, 1)


def test_factors_are_read_from_payoffs() -> None:
    plain = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    assert stake_factor(np.multiply(plain, 0.01), plain) == pytest.approx(0.01)
    assert stake_factor([[[3, 0], [6, 1]], [[3, 6], [0, 1]]], plain) is None
    assert stake_factor(np.multiply(plain, -1), plain) is None
    assert stake_factor([3, 0], [3, 0, 1]) is stake_factor([0, 0], [0, 0]) is None


def test_the_end_is_held_against_the_middle() -> None:
    # Rounds 3 to 5 of 7: two of three cooperated; the last: defected.
    assert end_effect([[1, 1, 0, 1, 0, 1, 1]]).value == pytest.approx(0 - 2 / 3)


def test_matches_of_four_rounds_have_no_middle() -> None:
    assert end_effect([[0, 0, 0, 1]]) == Estimate(None, None, None, 0)
    assert end_effect(np.zeros((0, 9), int)).value is None


def test_moves_that_were_not_its_own_do_not_count() -> None:
    rows = [[0, 0, -1, 1, 0, 0, -1], [0, 0, 0, 0, 0, 0, 0]]
    found = end_effect(rows, lengths=[7, 7])
    assert found.value == pytest.approx(1 - 4 / 5)
    assert end_effect(rows[:1], lengths=[7]).value is None


def test_shorter_matches_end_where_they_end() -> None:
    assert end_effect([[0, 0, 0, 0, 1, -1, -1]]).value == -1


def test_a_known_end_effect_is_covered_as_often_as_it_says() -> None:
    """500 replications of 20 matches of 10 rounds: 0.8 in the middle, 0.3 at the end."""
    rng = np.random.default_rng(4)
    covered = 0
    chance = np.r_[np.full(9, 0.8), 0.3]
    for _ in range(500):
        found = end_effect((rng.random((20, 10)) >= chance).astype(int))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= -0.5 <= found.high
    assert 0.92 <= covered / 500 <= 0.98


def test_differences_of_rates_have_the_error_of_independent_ones() -> None:
    """Rows that count for one rate alone: the textbook sqrt(p q / n + p q / n)."""
    rng = np.random.default_rng(5)
    first = np.r_[rng.random(200) < 0.6, np.zeros(200)]
    second = np.r_[np.zeros(200), rng.random(200) < 0.4]
    ones, none = np.ones(200), np.zeros(200)
    found = difference_of_rates(
        (first, np.r_[ones, none]), (second, np.r_[none, ones]), list(range(400))
    )
    p, q = first[:200].mean(), second[200:].mean()
    error = np.sqrt((p * (1 - p) + q * (1 - q)) / 200)
    assert found.value == pytest.approx(p - q)
    assert found.low is not None
    assert found.high is not None
    assert (found.high - found.low) / (2 * 1.96 * error) == pytest.approx(1, abs=0.05)
