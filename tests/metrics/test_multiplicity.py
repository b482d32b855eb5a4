"""Adjusted p-values made with statsmodels 0.15.0, `multipletests`."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.multiplicity import benjamini_hochberg, holm, simultaneous_intervals

P_VALUES = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216, 0.222, 0.251]
P_VALUES += [0.269, 0.275, 0.34]


def test_holm_is_that_of_statsmodels() -> None:
    expected = [0.015, 0.112, 0.507, 0.507, 0.507, 0.6, 0.666] + [1.0] * 8
    np.testing.assert_allclose(holm(P_VALUES), expected)
    np.testing.assert_allclose(holm([0.04, 0.01, 0.01, 0.5, 0.03]), [0.09, 0.05, 0.05, 0.5, 0.09])


def test_benjamini_hochberg_is_that_of_statsmodels() -> None:
    expected = [0.015, 0.06, 0.126, 0.126, 0.126, 0.15, 0.15857142857142856]
    expected += [0.29464285714285715] * 7 + [0.34]
    np.testing.assert_allclose(benjamini_hochberg(P_VALUES), expected)
    found = benjamini_hochberg([0.04, 0.01, 0.01, 0.5, 0.03])
    np.testing.assert_allclose(found, [0.05, 0.025, 0.025, 0.5, 0.05])


def test_a_family_of_none_or_one_is_left_as_it_is() -> None:
    for adjust in (holm, benjamini_hochberg):
        assert adjust([]).tolist() == []
        assert adjust([0.03]).tolist() == [0.03]


def test_what_is_no_probability_is_refused() -> None:
    for bad in ([1.2], [float("nan")], [-0.1], [[0.1]]):
        with pytest.raises(UsageError, match="from 0 to 1"):
            holm(bad)


@pytest.mark.parametrize(("k", "critical"), [(2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_intervals_are_as_wide_as_dunnetts(k: int, critical: float) -> None:
    """Dunnett 1964, Biometrics 20: two-sided 5 %, correlation 1/2, infinitely many degrees."""
    rng = np.random.default_rng(k)
    shared = rng.normal(size=(100_000, 1))
    replicates = (rng.normal(size=(100_000, k)) + shared) / np.sqrt(2)
    found = simultaneous_intervals(np.zeros(k), replicates, [20] * k)
    highs = [estimate.high for estimate in found]
    assert highs == pytest.approx([critical] * k, abs=0.03)


def test_intervals_scale_with_each_error() -> None:
    replicates = np.random.default_rng(0).normal([1, 100], [0.1, 10], (5000, 2))
    small, large = simultaneous_intervals([1, 100], replicates, [20, 40])
    assert small.low is not None
    assert large.low is not None
    assert (100 - large.low) / (1 - small.low) == pytest.approx(100, rel=0.05)
    assert (small.n, large.n) == (20, 40)


def test_what_does_not_vary_has_no_interval_and_widens_no_other() -> None:
    replicates = np.random.default_rng(0).normal(size=(5000, 2)) * [1, 0] + [0, 3]
    varies, fixed = simultaneous_intervals([0, 3], replicates, [9, 9])
    assert (fixed.value, fixed.low, fixed.high) == (3, None, None)
    assert varies.high == pytest.approx(1.96, abs=0.06)


def test_too_few_or_unfit_replicates_are_refused() -> None:
    with pytest.raises(UsageError, match="100 replicates or more"):
        simultaneous_intervals([0], np.zeros((10, 1)), [5])
    with pytest.raises(UsageError, match="do not fit"):
        simultaneous_intervals([0, 1], np.zeros((100, 1)), [5, 5])
