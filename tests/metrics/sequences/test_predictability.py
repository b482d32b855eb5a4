from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.sequences.predictability import open_loop, predictability
from harness.metrics.sequences.predictors import predictors
from tests.metrics.sequences.detection import GAINS, RPS, bots, declared, even, full

PENNIES = np.array([[1, -1], [-1, 1]])


def false_alarms(n_matches: int, n_rounds: int, seed: int) -> int:
    own, met = even(n_matches, n_rounds, seed)
    return sum(found > 0 for found in declared(own, met, full(n_rounds)))


def test_even_independent_play_is_not_called_predictable() -> None:
    assert false_alarms(100, 40, seed=1) <= stats.binom.ppf(0.999, 100, 0.05)


@pytest.mark.slow
@pytest.mark.parametrize("n_rounds", [100, 300])
def test_false_alarms_stay_at_the_stated_level(n_rounds: int) -> None:
    assert false_alarms(1000, n_rounds, seed=2) <= stats.binom.ppf(0.999, 1000, 0.05)


@pytest.mark.parametrize(
    ("bot", "within"),
    [
        ("cycle", 25),
        ("copy of the other's last move", 25),
        ("answer to the other's last move", 25),
        ("answer to the other's commonest move", 60),
    ],
)
def test_bots_are_found_within_a_stated_number_of_rounds(bot: str, within: int) -> None:
    own, other = bots(12, within, seed=3)[bot]
    assert all(0 < found <= within for found in declared(own, other, full(within)))


def test_biased_play_is_found_within_200_rounds() -> None:
    rng = np.random.default_rng(4)
    own = rng.choice(3, p=[0.6, 0.2, 0.2], size=(20, 200))
    found = declared(own, rng.integers(0, 3, own.shape), predictors(RPS, 200))
    assert np.count_nonzero(found) >= 19


@pytest.mark.slow
@pytest.mark.parametrize(("favoured", "n_rounds"), [(0.6, 200), (0.5, 500)])
def test_bias_is_found_in_most_matches_of_a_stated_length(favoured: float, n_rounds: int) -> None:
    rng = np.random.default_rng(5)
    rest = (1 - favoured) / 2
    own = rng.choice(3, p=[favoured, rest, rest], size=(500, n_rounds))
    found = declared(own, rng.integers(0, 3, own.shape), full(n_rounds))
    assert np.count_nonzero(found) >= 0.95 * 500


def test_a_rotation_is_unexploitable_by_its_frequencies_and_wholly_by_its_order() -> None:
    own = np.tile([0, 1, 2], 60)[None]
    frequencies = np.bincount(own[0]) / own.size
    assert max(frequencies @ GAINS) == pytest.approx(0)
    for name in ("markov_1", "context_tree", "longest_match", "ensemble"):
        loop = open_loop(full(180)[name], own, np.zeros_like(own), GAINS)
        assert loop.payoffs.mean() > 0.9, name
    loop = open_loop(full(180)["frequency"], own, np.zeros_like(own), GAINS)
    assert loop.payoffs.mean() < 0.1


def test_the_frequency_exploiter_earns_what_freqbot2_did() -> None:
    """RoShamBo's freqbot2 against rockbot, 300 throws: 0.99667 a throw (open_spiel 2.0.2)."""
    loop = open_loop(predictors(RPS, 300)["frequency"], [[0] * 300], [[1] * 300], GAINS)
    assert loop.payoffs.mean() == pytest.approx(0.9966666666666667)
    assert loop.hits.mean() == pytest.approx((299 + 1 / 3) / 300)


def test_ties_between_best_responses_bring_their_mean() -> None:
    loop = open_loop(predictors(RPS, 3)["frequency"], [[0, 1, 2]], [[0, 0, 0]], GAINS)
    # Nothing known: any move, 0 on average. Then 1 against 1. Then after 0 and 1 both seen: 1.
    assert loop.payoffs.tolist() == [[0, 0, -1]]
    assert loop.hits.tolist() == [[1 / 3, 0, 0]]
    assert loop.bits[0] == pytest.approx(-np.log2([1 / 3, 0.5 / 2.5, 0.5 / 3.5]))


def test_invalid_moves_are_not_scored_and_matches_may_differ_in_length() -> None:
    own = [[0, -1, 0, 0, 0, -1], [1, 1, 1, 1, 1, 1]]
    loop = open_loop(predictors(RPS, 6)["frequency"], own, [[0] * 6, [0] * 6], GAINS)
    assert np.isnan(loop.payoffs).tolist()[0] == [False, True, False, False, False, True]
    assert loop.payoffs[0, [0, 2, 3, 4]].tolist() == [0, 1, 1, 1]
    assert loop.payoffs[1].tolist() == [0, 1, 1, 1, 1, 1]


def test_many_matches_come_out_as_they_would_alone() -> None:
    rng = np.random.default_rng(6)
    own, other = rng.integers(0, 2, (2, 2100, 4))
    make = predictors(PENNIES, 4)["markov_1_both"]
    together = open_loop(make, own, other, -PENNIES).payoffs
    alone = open_loop(make, own[2090:], other[2090:], -PENNIES).payoffs
    assert together.shape == (2100, 4)
    assert together[2090:] == pytest.approx(alone)


def test_the_report_has_payoffs_above_the_value_with_intervals_by_block() -> None:
    rng = np.random.default_rng(7)
    own = rng.choice(3, p=[0.7, 0.15, 0.15], size=(10, 60))
    other = rng.integers(0, 3, own.shape)
    suite = predictors(RPS, 60)
    shift = 5.0
    found = predictability(
        suite, own, other, GAINS + shift, value=shift, blocks=range(10), tables=["a"] * 10
    )
    frequency = found.predictors["frequency"]
    loop = open_loop(suite["frequency"], own, other, GAINS)
    assert frequency.payoff.value == pytest.approx(loop.payoffs.mean())
    assert frequency.payoff.low is not None
    assert frequency.payoff.high is not None
    assert frequency.payoff.low < loop.payoffs.mean() < frequency.payoff.high
    assert frequency.hit_rate.value == pytest.approx(loop.hits.mean())
    assert frequency.bits.value == pytest.approx(loop.bits.mean())
    assert (found.n_rounds, found.n_distinct, found.predictable) == (600, 10, True)
    assert found.lower is not None
    assert 0 < found.lower < loop.payoffs.mean()
    assert found.log_e_value is not None
    assert found.log_e_value > np.log(20)


def test_without_valid_moves_there_is_nothing_to_tell() -> None:
    suite = predictors(RPS, 3)
    found = predictability(suite, [[-1] * 3], [[0] * 3], GAINS, value=0, blocks=["a"], tables=["a"])
    assert found.predictors["frequency"].payoff.value is None
    assert (found.log_e_value, found.lower, found.declared_at) == (None, None, None)


def test_a_game_where_all_payoffs_are_equal_leaves_no_evidence() -> None:
    found = predictability(
        predictors(PENNIES, 3), [[0] * 3], [[0] * 3], np.ones((2, 2)), value=1,
        blocks=["a"], tables=["a"],
    )  # fmt: skip
    assert found.predictors["frequency"].payoff.value == 0
    assert (found.log_e_value, found.lower) == (None, None)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UsageError, match="they must agree"):
        open_loop(predictors(RPS, 3)["frequency"], [[0, 1]], [[0]], GAINS)
    with pytest.raises(UsageError, match="give one at least"):
        predictability({}, [[0]], [[0]], GAINS, value=0, blocks=["a"], tables=["a"])
