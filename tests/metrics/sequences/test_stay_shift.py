from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.metrics.sequences.stay_shift import stay_shift

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])

Moves = NDArray[np.int64]


def matches() -> tuple[Moves, Moves]:
    """Twelve matches in which every second win is followed by staying."""
    rng = np.random.default_rng(2014)
    rng.choice(3, p=[0.4, 0.32, 0.28], size=(12, 30))
    own, other = rng.integers(0, 3, (12, 40)), rng.integers(0, 3, (12, 40))
    for match in range(12):
        for t in range(1, 40):
            if (own[match, t - 1] - other[match, t - 1]) % 3 == 1 and match * t % 2 == 0:
                own[match, t] = own[match, t - 1]
    return own, other


def test_rates_agree_with_pandas_and_p_values_with_scipy_and_statsmodels() -> None:
    """pandas 3.1.1 `crosstab`; scipy 1.17.1 `ttest_1samp` of matches' surpluses; statsmodels 0.15.0
    `multipletests(method="holm")`."""
    counts = [[138, 11, 11], [71, 57, 44], [47, 37, 52]]
    p_values = [
        3.71282102721086e-07, 9.602719902714776e-08, 2.8867850992695232e-06,
        0.059446065795712134, 0.9634413027125748, 0.05252086005517438,
        0.7490161721442556, 0.1559146829182812, 0.18644278765678107,
    ]  # fmt: skip
    corrected = [
        2.970256821768688e-06, 8.642447912443298e-07, 2.0207495694886662e-05,
        0.3151251603310463, 1.0, 0.3151251603310463,
        1.0, 0.6236587316731248, 0.6236587316731248,
    ]  # fmt: skip
    own, other = matches()
    found = stay_shift(own, other, RPS, 0, blocks=range(12), tables=["a"] * 12)
    assert [(r.outcome, r.step) for r in found] == [
        (outcome, step) for outcome in ("win", "tie", "loss") for step in ("stay", "up", "down")
    ]
    shares = [taken / sum(row) for row in counts for taken in row]
    assert [r.rate.value for r in found] == pytest.approx(shares)
    assert [r.p_value for r in found] == pytest.approx(p_values)
    assert [r.p_holm for r in found] == pytest.approx(corrected)
    assert found[0].rate.low is not None
    assert 1 / 3 < found[0].rate.low < shares[0]


def test_directions_follow_what_beats_what_and_not_the_order_of_names() -> None:
    order = np.array([0, 2, 1])  # scissors named before paper
    own, other = matches()
    renamed = np.empty_like(RPS)
    renamed[np.ix_(order, order)] = RPS
    plain = stay_shift(own, other, RPS, 0, blocks=range(12), tables=range(12))
    again = stay_shift(order[own], order[other], renamed, 0, blocks=range(12), tables=range(12))
    assert [r.rate.value for r in again] == [r.rate.value for r in plain]


def test_two_moves_have_staying_only_and_no_tie() -> None:
    pennies = [[1, -1], [-1, 1]]
    found = stay_shift([[0, 0, 1, 1]], [[0, 1, 0, 1]], pennies, 0, blocks=["a"], tables=["b"])
    assert [(r.outcome, r.step, r.rate.value, r.even) for r in found] == [
        ("win", "stay", 1.0, 0.5),
        ("loss", "stay", 0.5, 0.5),
    ]


def test_rounds_without_valid_moves_and_outcomes_that_never_came_are_null() -> None:
    own, other = [[0, -1, 0, 0, 1]], [[2, 0, -1, 2, 0]]
    found = stay_shift(own, other, RPS, 0, blocks=["a"], tables=["b"])
    # One round counts: a win with 0 and then 1, which beats it.
    assert [r.rate.value for r in found] == [0, 1, 0, None, None, None, None, None, None]
    assert all(r.p_value is None and r.p_holm is None for r in found)
    one_round = stay_shift([[0]], [[1]], RPS, 0, blocks=["a"], tables=["b"])
    assert all(r.rate.value is None for r in one_round)


def test_matches_of_one_block_are_one_observation() -> None:
    own, other = matches()
    halves = stay_shift(own, other, RPS, 0, blocks=[0, 0, 1, 1] * 3, tables=["a"] * 12)
    assert all(r.p_value is None and r.rate.low is None for r in halves)


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(UsageError, match="they must agree"):
        stay_shift([[0, 1]], [[0]], RPS, 0, blocks=["a"], tables=["b"])


@pytest.mark.slow
def test_even_play_seldom_has_any_rate_off() -> None:
    rng = np.random.default_rng(9)
    rejected = 0
    for _ in range(500):
        own, other = rng.integers(0, 3, (2, 20, 60))
        found = stay_shift(own, other, RPS, 0, blocks=range(20), tables=range(20))
        rejected += any(r.p_holm is not None and r.p_holm <= 0.05 for r in found)
    assert rejected <= 41  # 0.999 quantile of 500 at 5 %


def test_a_value_with_the_rounding_of_a_solver_leaves_ties_ties() -> None:
    own, other = matches()
    exact = stay_shift(own, other, RPS, 0, blocks=range(12), tables=range(12))
    for rounded in (-5.6e-17, 5.6e-17):
        assert stay_shift(own, other, RPS, rounded, blocks=range(12), tables=range(12)) == exact
