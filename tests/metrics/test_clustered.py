"""Clustered slopes, against statsmodels 0.15.0: GEE with independence as working correlation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.clustered import linear_trend, logit_trend

# 12 clusters at four values of x, 10 trials each; made up.
X = np.tile([-2.0, 0, 2, 4], 12)
CLUSTERS = np.repeat(range(12), 4).tolist()
HITS = [
    *(3, 2, 6, 7, 4, 8, 6, 7, 1, 3, 9, 8, 3, 4, 5, 7, 5, 5, 7, 8, 5, 2, 6, 8),
    *(3, 5, 6, 9, 5, 6, 8, 8, 3, 6, 5, 9, 9, 5, 7, 9, 6, 7, 3, 7, 4, 6, 9, 10),
]
Y = [
    *(45.3, 51.8, 57.5, 64.2, 44.1, 50.8, 58.0, 68.0, 47.3, 54.9, 58.5, 68.7),
    *(50.7, 53.3, 61.6, 66.0, 45.3, 48.0, 59.7, 60.7, 42.1, 50.1, 51.4, 62.8),
    *(49.0, 48.1, 63.1, 61.2, 47.4, 57.9, 61.6, 59.0, 38.3, 53.4, 60.9, 55.9),
    *(43.2, 55.4, 55.1, 66.7, 38.1, 50.0, 56.6, 68.1, 49.3, 52.2, 57.6, 67.8),
]
CORRECTION = np.sqrt(12 / 10)
"""What the standard errors of GEE are multiplied by here."""


def test_a_logit_trend_is_that_of_statsmodels() -> None:
    found = logit_trend(X, HITS, np.full(48, 10), CLUSTERS)
    assert found.intercept == pytest.approx(0.12346442809028292, abs=1e-9)
    assert found.slope.value == pytest.approx(0.28392764149211397, abs=1e-9)
    assert found.error == pytest.approx(0.05145508452212174 * CORRECTION, rel=1e-6)
    assert found.slope.n == 48


def test_a_linear_trend_is_that_of_statsmodels() -> None:
    found = linear_trend(X, Y, CLUSTERS)
    assert found.intercept == pytest.approx(51.75333333333333)
    assert found.slope.value == pytest.approx(3.177916666666666)
    assert found.error == pytest.approx(0.19977370733787386 * CORRECTION)


def test_the_interval_is_students() -> None:
    found = linear_trend(X, Y, CLUSTERS)
    assert found.slope.value is not None
    assert found.slope.high is not None
    assert found.error is not None
    assert (found.slope.high - found.slope.value) / found.error == pytest.approx(2.2281388519649)
    assert found.p_value is not None
    assert found.p_value < 1e-6


def test_rows_of_one_trial_and_rows_of_many_give_the_same() -> None:
    single = np.concatenate([np.r_[np.ones(k), np.zeros(10 - k)] for k in HITS])
    long = logit_trend(np.repeat(X, 10), single, np.ones(480), np.repeat(CLUSTERS, 10).tolist())
    short = logit_trend(X, HITS, np.full(48, 10), CLUSTERS)
    assert long.slope.value == pytest.approx(short.slope.value)
    assert long.error == pytest.approx(short.error)


@pytest.mark.parametrize("hits", [[0, 0, 0, 0], [9, 9, 9, 9], [0, 0, 9, 9], [0, 3, 9, 9]])
def test_a_likelihood_without_a_maximum_gives_no_slope(hits: list[int]) -> None:
    found = logit_trend([0, 1, 2, 3], hits, [9] * 4, "abcd")
    assert found.slope.value is found.intercept is found.error is None
    assert found.slope.n == 4


def test_one_value_of_x_gives_no_slope() -> None:
    assert linear_trend([2, 2, 2], [1, 2, 3], "abc").slope.value is None
    assert logit_trend([2, 2], [1, 2], [3, 3], "ab").slope.value is None
    assert linear_trend([], [], []).slope.n == 0


def test_few_clusters_or_a_perfect_line_give_no_interval() -> None:
    few = linear_trend([0, 1, 2, 3], [1, 2, 2, 5], "abcd")
    assert few.slope.value == pytest.approx(1.2)
    assert few.slope.low is few.error is None
    assert linear_trend(range(8), range(8), range(8)).slope.low is None


def test_rows_without_trials_are_left_out() -> None:
    found = logit_trend([0, 1, 5], [10, 20, 0], [40, 40, 0], "abc")
    assert found.slope.value == pytest.approx(np.log(3))
    assert found.slope.n == 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="as many of each"):
        linear_trend([1, 2], [1, 2, 3], "ab")
    with pytest.raises(UsageError, match="more successes"):
        logit_trend([1, 2], [4, 1], [3, 3], "ab")


def test_two_groups_of_clusters_are_compared_as_by_the_textbook() -> None:
    """Six clusters of one row at each of two values: Student's t for two samples."""
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=6), rng.normal(size=6)
    found = linear_trend([0] * 6 + [1] * 6, [*first, *second], list(range(12)))
    told = stats.ttest_ind(second, first)
    assert found.slope.value == pytest.approx(second.mean() - first.mean())
    assert found.p_value == pytest.approx(told.pvalue)


def test_intervals_cover_as_often_as_they_say() -> None:
    """500 replications, 20 clusters with their own levels; the true slope is 0.5."""
    rng = np.random.default_rng(8)
    clusters = np.repeat(range(20), 3).tolist()
    x = np.tile([0.0, 1, 2], 20)
    covered = 0
    for _ in range(500):
        y = 0.5 * x + np.repeat(rng.normal(size=20), 3) + rng.normal(size=60)
        slope = linear_trend(x, y, clusters).slope
        assert slope.low is not None
        assert slope.high is not None
        covered += slope.low <= 0.5 <= slope.high
    assert 0.92 <= covered / 500 <= 0.98
