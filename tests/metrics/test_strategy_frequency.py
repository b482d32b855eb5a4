"""Strategy frequencies: against an independent optimiser, and on mixtures that are known."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, minimize

from harness.errors import UsageError
from harness.metrics.strategy_frequency import fit_agreements, strategy_frequencies
from harness.metrics.strategy_library import (
    DAL_BO_FRECHETTE,
    FUDENBERG_RAND_DREBER,
    Strategy,
    memory_one_strategy,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = [s.name for s in DAL_BO_FRECHETTE]
TRUTH = {"ALLD": 0.4, "TFT": 0.35, "GRIM": 0.15, "WSLS": 0.1}
BETA = 0.9


def played(
    units: int, rounds: int, rng: np.random.Generator, beta: float = BETA
) -> tuple[Ints, Ints]:
    """Moves of a known mixture of strategies that are followed with probability beta."""
    names = rng.choice(list(TRUTH), units, p=list(TRUTH.values()))
    library = {s.name: s for s in DAL_BO_FRECHETTE}
    own = np.zeros((units, rounds), np.int64)
    other = (rng.random((units, rounds)) < 0.4).astype(np.int64)
    for t in range(rounds):
        for name in TRUTH:
            rows = names == name
            wanted = library[name].predict(own[rows, : t + 1], other[rows, : t + 1])[:, t] < 0.5
            own[rows, t] = wanted ^ (rng.random(rows.sum()) >= beta)
    return own, other


def best_by_scipy(agreed: Ints, rounds: int) -> tuple[Floats, float, float]:
    """Shares, beta and log-likelihood by SLSQP from many starts."""
    k = agreed.shape[1]

    def loss(x: Floats) -> float:
        phi, b = x[:k], x[k]
        each = agreed * np.log(b) + (rounds - agreed) * np.log(1 - b)
        peak = each.max(axis=1)
        return float(-(peak + np.log(np.exp(each - peak[:, None]) @ phi)).sum())

    rng = np.random.default_rng(0)
    bounds = Bounds(np.r_[np.full(k, 1e-9), 0.5], np.r_[np.ones(k), 1 - 1e-9])
    tried = [
        minimize(
            loss,
            np.r_[rng.dirichlet(np.ones(k)), rng.uniform(0.55, 0.98)],
            method="SLSQP",
            bounds=bounds,
            constraints=LinearConstraint(np.r_[np.ones(k), 0], 1, 1),
            options={"ftol": 1e-12, "maxiter": 500},
        )
        for _ in range(12)
    ]
    best = min(tried, key=lambda r: float(r.fun))
    return best.x[:k], float(best.x[k]), -float(best.fun)


def agreements(own: Ints, other: Ints, strategies: tuple[Strategy, ...]) -> Ints:
    """How often each match agreed with each strategy."""
    predicted = np.stack([s.predict(own, other) for s in strategies], axis=1)
    agreed: Ints = ((predicted > 0.5) == (own == 0)[:, None]).sum(axis=2)
    return agreed


@pytest.mark.parametrize("strategies", [DAL_BO_FRECHETTE, FUDENBERG_RAND_DREBER], ids=[6, 11])
def test_the_fit_is_the_optimum_that_scipy_finds(strategies: tuple[Strategy, ...]) -> None:
    own, other = played(60, 10, np.random.default_rng(4))
    agreed = agreements(own, other, strategies)
    phi, beta, likelihood = best_by_scipy(agreed, 10)
    found = strategy_frequencies(own, other, strategies)
    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-4)
    assert found.beta.value == pytest.approx(beta, abs=1e-3)
    assert [e.value for e in found.shares.values()] == pytest.approx(phi, abs=5e-3)
    assert found.bic == pytest.approx(len(strategies) * np.log(60) - 2 * likelihood, abs=1e-3)


def test_the_two_ways_in_are_one_estimator() -> None:
    own, other = played(30, 8, np.random.default_rng(5))
    by_moves = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    counted = agreements(own, other, DAL_BO_FRECHETTE)
    by_counts = fit_agreements(counted, [8] * 30, NAMES)
    assert by_moves.log_likelihood == pytest.approx(by_counts.log_likelihood)
    for name in NAMES:
        assert by_moves.shares[name].value == pytest.approx(by_counts.shares[name].value, abs=1e-6)


def test_a_known_mixture_is_recovered_within_its_intervals() -> None:
    own, other = played(400, 20, np.random.default_rng(6))
    found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    assert found.beta.value == pytest.approx(BETA, abs=0.01)
    for name in NAMES:
        share = found.shares[name]
        assert share.value == pytest.approx(TRUTH.get(name, 0), abs=0.06)
        if share.low is None or share.high is None:  # nobody plays it in any resample
            assert TRUTH.get(name, 0) == 0
            continue
        assert share.low - 0.02 <= TRUTH.get(name, 0) <= share.high + 0.02
        assert share.n == 400


def test_shares_sum_to_one_and_beta_is_above_chance() -> None:
    rng = np.random.default_rng(7)
    own, other = rng.integers(0, 2, (2, 8, 12))
    found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    assert sum(e.value or 0 for e in found.shares.values()) == pytest.approx(1)
    assert found.beta.value is not None
    assert 0.5 <= found.beta.value <= 1


def test_matches_of_one_unit_play_one_strategy() -> None:
    """A unit that defects in one match and cooperates in another is no half of each."""
    own, other = [[1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0]], [[1, 0, 0, 0, 1, 0]] * 2
    apart = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    assert apart.beta.value == pytest.approx(1)
    together = strategy_frequencies(own, other, DAL_BO_FRECHETTE, units=["a", "a"])
    assert together.beta.value is not None
    assert together.beta.value < 0.8
    assert together.shares["ALLD"].n == 1


def test_moves_that_are_not_ones_own_end_what_is_read() -> None:
    own, other = [[0, 1, 1, -1, 0, 0]], [[1, 1, 0, 0, 0, 0]]
    cut = strategy_frequencies([[0, 1, 1]], [[1, 1, 0]], DAL_BO_FRECHETTE)
    found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    assert found.log_likelihood == pytest.approx(cut.log_likelihood)


def test_strategies_that_cannot_be_told_apart_are_named() -> None:
    own, other = [[0] * 6] * 5, [[0] * 6] * 5
    found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    assert set(found.alike[0]) == {"ALLC", "GRIM", "TFT", "WSLS", "T2"}
    assert found.shares["ALLD"].value == pytest.approx(0, abs=1e-6)


def test_strategies_that_mix_are_fitted_too() -> None:
    """Generous tit for tat against the pure ones, on play of it alone."""
    generous = memory_one_strategy("GTFT", (1, 1 / 3, 1, 1 / 3))
    rng = np.random.default_rng(8)
    own, other = np.zeros((2, 80, 20), np.int64)
    other[:] = rng.random((80, 20)) < 0.5
    for t in range(20):
        chance = generous.predict(own[:, : t + 1], other[:, : t + 1])[:, t]
        own[:, t] = rng.random(80) >= chance
    found = strategy_frequencies(own, other, [*DAL_BO_FRECHETTE, generous])
    assert found.shares["GTFT"].value == pytest.approx(1, abs=0.1)
    assert found.beta.value == pytest.approx(1, abs=0.02)


def test_few_units_give_no_interval_and_no_rounds_give_null() -> None:
    few = strategy_frequencies([[0, 0]] * 4, [[0, 1]] * 4, DAL_BO_FRECHETTE)
    assert few.beta.low is few.shares["TFT"].low is None
    none = strategy_frequencies([[-1, -1]], [[0, 1]], DAL_BO_FRECHETTE)
    assert none.log_likelihood is none.bic is none.beta.value is None
    assert {(e.value, e.n) for e in none.shares.values()} == {(None, 0)}


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="no two of one name"):
        strategy_frequencies([[0]], [[0]], [DAL_BO_FRECHETTE[0]] * 2)
    with pytest.raises(UsageError, match="shapes"):
        strategy_frequencies([[0, 1]], [[0]], DAL_BO_FRECHETTE)
    with pytest.raises(UsageError, match="agreements"):
        fit_agreements([[3]], [2], ["TFT"])


def test_matches_that_all_went_alike_give_no_bounds() -> None:
    own, other = np.tile([0, 0, 1, 1], (8, 1)), np.tile([0, 1, 1, 1], (8, 1))
    found = strategy_frequencies(own, other, DAL_BO_FRECHETTE)
    for told in (*found.shares.values(), found.beta):
        assert (told.low, told.high, told.n) == (None, None, 8)


def test_a_strategy_that_nobody_plays_has_no_bounds_of_width_0() -> None:
    agreements = [[10, 0, 5], [0, 10, 5]] * 5
    found = fit_agreements(agreements, [10] * 10, ["one", "two", "none"])
    assert found.shares["one"].low is not None
    assert found.shares["none"].value == pytest.approx(0, abs=1e-6)
    assert found.shares["none"].low is found.shares["none"].high is None
