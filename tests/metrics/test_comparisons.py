"""Differences of payoffs, against the t-tests of scipy."""

from __future__ import annotations

import pytest
from scipy import stats

from harness.metrics.comparisons import compare_payoffs
from tests.metrics.tables_of_moves import tournament

FIRST = [3.0, 4.0, 2.5, 5.0, 3.5, 4.5]
SECOND = [2.0, 2.5, 2.0, 3.0, 3.0, 2.0]


def test_agents_with_seeds_in_common_are_compared_by_the_paired_t_test() -> None:
    seats = tournament({("a", "z"): FIRST, ("b", "z"): SECOND}, common=True)
    (found,) = [one for one in compare_payoffs(seats) if set(one.agents) == {"a", "b"}]
    expected = stats.ttest_rel(FIRST, SECOND)
    assert found.paired
    assert found.p_value == pytest.approx(expected.pvalue)
    low, high = expected.confidence_interval()
    assert found.low == pytest.approx(float(low))
    assert found.high == pytest.approx(float(high))


def test_agents_with_seeds_of_their_own_are_compared_by_welchs_test() -> None:
    seats = tournament({("a", "z"): FIRST, ("b", "z"): SECOND}, common=False)
    (found,) = [one for one in compare_payoffs(seats) if set(one.agents) == {"a", "b"}]
    expected = stats.ttest_ind(FIRST, SECOND, equal_var=False)
    assert not found.paired
    assert found.p_value == pytest.approx(expected.pvalue)


def test_more_comparisons_make_each_harder() -> None:
    paid = {(a, "z"): [x + k / 2 for x in FIRST] for k, a in enumerate("abc")}
    told = [one for one in compare_payoffs(tournament(paid, common=False)) if "z" not in one.agents]
    assert len(told) == 3
    for one in told:
        assert one.p_value is not None
        assert one.p_holm is not None
        assert one.p_holm >= one.p_value
    least = min(told, key=lambda one: one.p_value or 1)
    assert least.p_holm == pytest.approx(3 * (least.p_value or 0))


def test_agents_that_met_nobody_in_common_are_not_compared() -> None:
    seats = tournament({("a", "y"): FIRST, ("b", "z"): SECOND}, common=False)
    assert not [one for one in compare_payoffs(seats) if set(one.agents) == {"a", "b"}]


def test_deterministic_play_has_a_difference_and_no_p_value() -> None:
    seats = tournament({("a", "z"): [3.0] * 6, ("b", "z"): [1.0] * 6}, common=False)
    (found,) = [one for one in compare_payoffs(seats) if set(one.agents) == {"a", "b"}]
    assert (found.difference, found.low, found.p_value, found.p_holm) == (2, None, None, None)
