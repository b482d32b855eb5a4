"""Levels of reasoning: Nagel's bins by hand, the mixture against a general optimiser."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import minimize

from harness.errors import UsageError
from harness.metrics.level_k import COMPONENTS, level_choices, level_mixture, nagel_levels

P = 2 / 3
TRUTH = np.array([0.15, 0.35, 0.25, 0.1, 0.15])
CENTRES = 50 * P ** np.array([1.0, 2, 3])


def drawn(n: int, rng: np.random.Generator, sigma: float = 3.0) -> NDArray[np.float64]:
    """Numbers of a known mixture."""
    component = rng.choice(5, n, p=TRUTH)
    centre = np.array([0, *CENTRES, 0])[component]
    low, high = -centre / sigma, (100 - centre) / sigma
    normal = stats.truncnorm.rvs(low, high, centre, sigma, size=n, random_state=rng)
    return np.where(component == 0, rng.uniform(0, 100, n), normal)


def test_levels_choose_what_nagel_tells() -> None:
    """Nagel (1995): 50, 33.33, 22.22, 14.81, 9.88 for p = 2/3; 25, 12.5 for p = 1/2."""
    assert level_choices(P, 6).round(2).tolist() == [50, 33.33, 22.22, 14.81, 9.88, 6.58]
    assert level_choices(0.5, 3).tolist() == [50, 25, 12.5]


def test_bins_reach_a_quarter_of_a_step_to_both_sides() -> None:
    for k in range(4):
        inside = [50 * P ** (k - 0.25), 50 * P ** (k + 0.25)]
        outside = [50 * P ** (k - 0.26), 50 * P ** (k + 0.26)]
        assert nagel_levels([*inside, *outside], P) == [k, k, None, None]


def test_in_later_rounds_bins_start_from_the_mean_before() -> None:
    assert nagel_levels([20, 20], P, level_zero=[30, 20]) == [1, 0]
    assert nagel_levels([0, 100, 50 * P**4], P) == [None, None, None]


def test_the_mixture_is_the_optimum_that_scipy_finds() -> None:
    numbers = drawn(150, np.random.default_rng(2))

    def loss(z: NDArray[np.float64]) -> float:
        shares = np.exp(z[:5] - z[:5].max())
        sigma = np.exp(z[5])
        density = np.full((5, 150), 1 / 100)
        for i, centre in enumerate([*CENTRES, 0]):
            low, high = -centre / sigma, (100 - centre) / sigma
            density[i + 1] = stats.truncnorm.pdf(numbers, low, high, centre, sigma)
        return float(-np.log(shares / shares.sum() @ density).sum())

    starts = [np.r_[np.zeros(5), np.log(s)] for s in (1.5, 4.0, 9.0)]
    best = min((minimize(loss, s, method="BFGS") for s in starts), key=lambda r: float(r.fun))
    shares = np.exp(best.x[:5]) / np.exp(best.x[:5]).sum()
    found = level_mixture(numbers, P)
    assert found.log_likelihood == pytest.approx(-best.fun, abs=1e-4)
    assert [found.shares[name].value for name in COMPONENTS] == pytest.approx(shares, abs=2e-3)
    assert found.sigma.value == pytest.approx(np.exp(best.x[5]), rel=2e-3)


def test_a_known_mixture_is_recovered_with_intervals_that_hold_it() -> None:
    found = level_mixture(drawn(1000, np.random.default_rng(5)), P)
    values = [found.shares[name].value for name in COMPONENTS]
    assert values == pytest.approx(TRUTH, abs=0.04)
    assert found.sigma.value == pytest.approx(3, abs=0.3)
    for name, share in zip(COMPONENTS, TRUTH, strict=True):
        low, high = found.shares[name].low, found.shares[name].high
        assert low is not None
        assert high is not None
        assert low - 0.01 <= share <= high + 0.01


def test_groups_and_not_players_are_drawn_anew() -> None:
    numbers = drawn(40, np.random.default_rng(3))
    alone = level_mixture(np.tile(numbers, 4), P).shares["level_1"]
    together = level_mixture(np.tile(numbers, 4), P, groups=np.tile(range(40), 4).tolist())
    grouped = together.shares["level_1"]
    assert alone.low is not None
    assert alone.high is not None
    assert grouped.low is not None
    assert grouped.high is not None
    assert grouped.value == pytest.approx(alone.value)
    assert (grouped.high - grouped.low) / (alone.high - alone.low) == pytest.approx(2, rel=0.25)


def test_few_groups_give_no_interval_and_no_numbers_give_null() -> None:
    few = level_mixture([33, 22, 0, 50], P).shares["level_1"]
    assert few.value is not None
    assert few.low is few.high is None
    none = level_mixture([], P)
    assert none.log_likelihood is None
    assert {(e.value, e.n) for e in none.shares.values()} == {(None, 0)}


def test_alike_numbers_have_a_bounded_likelihood() -> None:
    found = level_mixture([50 * P] * 10, P)
    assert found.shares["level_1"].value == pytest.approx(1, abs=1e-3)
    assert found.sigma.value == pytest.approx(1, rel=0.01)  # the smallest


def test_numbers_out_of_range_and_factors_without_levels_are_refused() -> None:
    with pytest.raises(UsageError, match="from 0"):
        level_mixture([101], P)
    with pytest.raises(UsageError, match="factor"):
        level_mixture([50], 1)


def test_numbers_that_are_all_alike_give_no_bounds() -> None:
    found = level_mixture([50 * P] * 12, P)
    for told in (*found.shares.values(), found.sigma):
        assert (told.low, told.high, told.n) == (None, None, 12)
