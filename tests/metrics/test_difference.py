"""Paired differences against scipy, and what they are worth by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.difference import paired_difference, paired_differences, sign_flip_p

# Darwin's plants, crossed less self-fertilised, in eighths of an inch, by which Fisher explains the
# test: The Design of Experiments (1935), tables 1 and 3: mean 20.93, t = 2.148; of 2^15 sign flips
# 1,726 have a sum as far from 0 (835 + 28 of them on one side).
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]


def test_fishers_example_comes_out_as_he_printed_it() -> None:
    assert sign_flip_p(DARWIN) == 1726 / 2**15
    found = paired_difference(DARWIN, np.zeros(15), ["plant"] * 15)
    assert found.test == "t"
    assert found.estimate.value == pytest.approx(20.93, abs=0.005)
    assert found.p_value == pytest.approx(2 * stats.t.sf(2.148, 14), rel=1e-3)


def test_one_table_is_the_paired_t_test_of_scipy() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(2.3, 1, 30), rng.normal(2, 1, 30)
    theirs = stats.ttest_rel(first, second)
    found = paired_difference(first, second, [0] * 30)
    assert found.p_value == pytest.approx(theirs.pvalue, abs=1e-12)
    interval = theirs.confidence_interval(0.95)
    assert (found.estimate.low, found.estimate.high) == pytest.approx(tuple(interval))


def test_few_blocks_are_tested_by_all_sign_flips_as_scipy_does() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(2.5, 1, 9), rng.normal(2, 1, 9)
    theirs = stats.permutation_test(
        (first, second),
        lambda x, y, axis=-1: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=10_000,  # more than the 512 that there are: all of them
    )
    found = paired_difference(first, second, [0] * 9)
    assert found.test == "sign flips"
    assert found.p_value == pytest.approx(theirs.pvalue, abs=1e-12)


def test_what_opponents_do_to_both_is_no_error() -> None:
    """Ten opponents, against whom all earn 0 to 9: the difference is known as well as if alike."""
    rng = np.random.default_rng(2)
    tables = np.repeat(range(10), 3)
    first, second = rng.normal(1, 0.1, 30) + tables, rng.normal(0, 0.1, 30) + tables
    found = paired_difference(first, second, tables.tolist()).estimate
    assert found.low is not None
    assert found.high is not None
    assert found.value == pytest.approx(1, abs=0.1)
    assert found.high - found.low < 0.15


def test_where_the_difference_depends_on_the_opponent_the_pool_is_what_counts() -> None:
    tables = np.repeat([0, 1], 10)
    noise = np.tile([-0.01, 0.01], 10)
    found = paired_difference(np.where(tables, 2.0, 0.0) + noise, np.ones(20), tables.tolist())
    assert found.estimate.value == pytest.approx(0)
    assert found.estimate.high == pytest.approx(0.005, abs=0.002)


def test_units_do_not_matter_and_exchange_turns_the_sign() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 20))
    tables = [i % 4 for i in range(20)]
    found = paired_difference(first, second, tables)
    scaled = paired_difference(1000 * first + 5, 1000 * second + 5, tables)
    turned = paired_difference(second, first, tables)
    assert found.estimate.low is not None
    assert scaled.estimate.low == pytest.approx(1000 * found.estimate.low)
    assert scaled.p_value == pytest.approx(found.p_value)
    assert turned.estimate.high == pytest.approx(-found.estimate.low)


def test_without_blocks_or_without_variation_there_is_no_interval() -> None:
    nothing = paired_difference([], [], [])
    assert (nothing.estimate.value, nothing.estimate.n, nothing.p_value) == (None, 0, None)
    alike = paired_difference([3] * 8, [1] * 8, ["x"] * 8)
    assert (alike.estimate.value, alike.estimate.low, alike.p_value) == (2, None, None)
    single = paired_difference([3, 1, 2, 5, 4, 0], [1] * 6, range(6))
    assert (single.estimate.low, single.p_value) == (None, None)
    few = paired_difference([3, 1, 2, 5], [1, 2, 1, 1], ["x"] * 4)
    assert few.estimate.low is None
    assert few.p_value == 6 / 16  # differences 2, -1, 1, 4: as far with none flipped, or one 1


def test_agents_are_compared_where_both_played_and_not_against_each_other() -> None:
    rng = np.random.default_rng(4)
    payoffs = {
        name: {
            (opponent, seed): level + rng.normal(0, 0.1)
            for opponent in ("tft", "alld", "one", "two")
            for seed in range(6)
        }
        for name, level in (("one", 3.0), ("two", 2.0), ("three", 2.0))
    }
    del payoffs["two"]["tft", 0]
    found = paired_differences(payoffs)
    assert list(found) == [("one", "two"), ("one", "three"), ("two", "three")]
    assert found["one", "two"].estimate.n == 11
    assert found["one", "two"].estimate.value == pytest.approx(1, abs=0.2)
    clear, clearest, alike = found.values()  # Holm: times 2, 3 and 1, in the order of p
    assert (clear.test, clearest.test) == ("sign flips", "t")
    assert clear.p_value == 2 / 2**11
    assert clear.adjusted == 2 * clear.p_value
    assert clearest.p_value is not None
    assert clearest.adjusted == pytest.approx(3 * clearest.p_value)
    assert alike.adjusted == alike.p_value


def test_only_declared_comparisons_are_paid_for() -> None:
    rng = np.random.default_rng(5)
    payoffs = {name: {("x", s): rng.normal() for s in range(8)} for name in "abc"}
    (one,) = paired_differences(payoffs, [("a", "b")]).values()
    assert one.adjusted == one.p_value
    assert paired_differences({}) == {}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="one of each for every block"):
        paired_difference([1, 2], [1], ["x", "x"])
    with pytest.raises(UsageError, match="block 1: payoffs nan and 1"):
        paired_difference([1, np.nan], [1, 1], ["x", "x"])
    with pytest.raises(UsageError, match="d has no payoffs"):
        paired_differences({"a": {}}, [("a", "d")])


def test_deterministic_tables_add_no_freedom() -> None:
    """Ten blocks that vary among sixty that do not: Student's with 9, a seventh as wide."""
    noisy = np.random.default_rng(6).normal(size=10)
    alone = paired_difference(noisy, np.zeros(10), ["noisy"] * 10).estimate
    level = np.repeat(range(6), 10)
    among = paired_difference(
        np.concatenate([level, noisy]), np.zeros(70), [*level.tolist(), *["noisy"] * 10]
    ).estimate
    assert among.low is not None
    assert among.high is not None
    assert alone.low is not None
    assert alone.high is not None
    assert among.high - among.low == pytest.approx((alone.high - alone.low) / 7)
