"""Invasion: fitness by hand, Wilson's interval against statsmodels 0.15.0."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.interval import Estimate
from harness.metrics.invasion import fixation_frequency, invasion_fitness, resists


def test_fitness_is_the_mean_logarithm_of_the_ratio() -> None:
    found = invasion_fitness([20, 5], [10, 10])
    assert found.value == pytest.approx(0)  # log(2) and log(1/2)
    assert found.n == 2


def test_who_earns_less_than_residents_everywhere_cannot_invade() -> None:
    rng = np.random.default_rng(1)
    found = invasion_fitness(rng.uniform(4, 8, 20), rng.uniform(9, 12, 20))
    assert found.high is not None
    assert found.high < 0
    assert resists(found) is True
    assert resists(invasion_fitness(rng.uniform(9, 12, 20), rng.uniform(4, 8, 20))) is False


def test_few_runs_leave_it_open() -> None:
    assert resists(invasion_fitness([1, 2], [10, 10])) is None


def test_runs_where_nothing_is_left_have_no_logarithm() -> None:
    assert invasion_fitness([0, 10], [10, 10]).n == 1
    assert invasion_fitness([0], [10]) == Estimate(None, None, None, 0)
    with pytest.raises(UsageError, match="wealth"):
        invasion_fitness([-1], [10])


# Bounds by the function proportion_confint of statsmodels.
WILSON = [
    (3, 20, 0.052368745896216595, 0.36041886474075696),
    (0, 20, 0.0, 0.1611251580528194),
    (20, 20, 0.8388748419471804, 1.0),
    (1, 4, 0.0455872608097006, 0.6993581574175982),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), WILSON)
def test_the_interval_of_a_frequency_is_wilsons(k: int, n: int, low: float, high: float) -> None:
    found = fixation_frequency([True] * k + [False] * (n - k))
    assert (found.value, found.n) == (k / n, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


def test_no_run_is_null() -> None:
    assert fixation_frequency([]) == Estimate(None, None, None, 0)
