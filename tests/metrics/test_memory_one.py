from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.memory_one import (
    beta_interval,
    match_counts,
    memory_one,
    moves,
    n_states,
    policy,
    posterior,
    successors,
)
from tests.metrics.answers_figures import MATCHES, Match
from tests.metrics.memory_one_players import play, policy_of, pool


@pytest.mark.parametrize("match", MATCHES, ids=lambda m: m.player)
def test_counts_are_those_of_the_axelrod_library(match: Match) -> None:
    found = memory_one(*match.arrays())
    assert found.opening.value == float(match.own[0] == "C")
    for cell, k, (hits, chances) in zip(
        (found.cc, found.cd, found.dc, found.dd),
        found.cooperated[1:],
        match.cooperated,
        strict=True,
    ):
        assert (k, cell.n) == (hits, chances)
        assert cell.value == (hits / chances if chances else None)


def test_intervals_are_those_of_statsmodels() -> None:
    """statsmodels 0.15.0, proportion_confint(method="jeffreys")."""
    low, high = beta_interval([3, 17, 1], [10, 40, 25])
    assert low == pytest.approx([0.092695, 0.281462, 0.00435], abs=1e-6)
    assert high == pytest.approx([0.605818, 0.578963, 0.172133], abs=1e-6)


def test_an_interval_of_what_never_or_always_happened_includes_that() -> None:
    low, high = beta_interval([0, 8], [8, 8])
    assert (low[0], high[1]) == (0, 1)
    assert high[0] == pytest.approx(1 - low[1])


def test_the_prior_of_laplace_draws_the_interval_to_the_middle() -> None:
    (low_j, high_j), (low_l, high_l) = beta_interval(1, 20), beta_interval(1, 20, prior=1)
    assert low_l > low_j
    assert high_l > high_j


def test_no_opportunity_is_null_and_not_zero() -> None:
    found = memory_one([[0, 0, 0]], [[0, 0, 0]])
    for cell in (found.cd, found.dc, found.dd):
        assert (cell.value, cell.low, cell.high, cell.n) == (None, None, None, 0)
    assert found.cc.value == 1


def test_one_round_tells_the_opening_and_nothing_else() -> None:
    found = memory_one([[1], [0]], [[0], [0]])
    assert (found.opening.value, found.opening.n) == (0.5, 2)
    assert found.cc.n + found.cd.n + found.dc.n + found.dd.n == 0


def test_no_match_at_all_is_null() -> None:
    assert memory_one(np.zeros((0, 5), int), np.zeros((0, 5), int)).opening.value is None
    assert memory_one(np.zeros((2, 0), int), np.zeros((2, 0), int)).opening.value is None


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        # The missing own move is no answer, and there is no answer to its round.
        ([0, -1, 0, 1], [0, 0, 0, 1], [1, 1, 0, 0, 0]),
        # A missing move of the other leaves the own one an answer to the round before.
        ([0, 1, 0, 1], [0, -1, 0, 1], [1, 2, 0, 0, 0]),
        ([-1, 1, 0, 1], [0, 0, 0, 1], [0, 1, 0, 1, 0]),
    ],
)
def test_rounds_without_a_players_own_move_are_no_evidence(
    own: list[int], other: list[int], expected: list[int]
) -> None:
    assert match_counts([own], [other])[0].sum(axis=1).tolist() == expected


def test_matches_of_different_lengths_are_counted_to_their_ends() -> None:
    own, other = moves([[0, 1, 1], [0]]), moves([[0, 0, 1], [1]])
    assert match_counts(own, other)[1].tolist() == [[1, 0], [0, 0], [0, 0], [0, 0], [0, 0]]
    assert match_counts(own, other).sum() == 4


def test_memory_two_tells_apart_what_memory_one_cannot() -> None:
    """Tit for two tats: after (own C, other D) it defects only where the round before was like."""
    own, other = MATCHES[2].arrays()
    counts = match_counts(own, other, memory=2)[0]
    code = {"CC": 0, "CD": 1, "DC": 2, "DD": 3}
    after_two = counts[1 + 4 + 4 * code["CD"] + code["CD"]]
    after_one = counts[1 + 4 + 4 * code["CC"] + code["CD"]]
    assert after_two[0] == 0
    assert after_two[1] > 0
    assert after_one[1] == 0
    assert after_one[0] > 0
    assert counts.sum() == 40


def test_memory_zero_is_the_rate() -> None:
    own, other = MATCHES[0].arrays()
    counts = match_counts(own, other, memory=0)
    assert counts.tolist() == [[[MATCHES[0].own.count("C"), MATCHES[0].own.count("D")]]]


def test_states_lead_to_the_histories_that_they_stand_for() -> None:
    following = successors(3, 2, memory=2)
    assert len(following) == n_states(6, 2) == 1 + 6 + 36
    assert following[0].ravel().tolist() == [1, 2, 3, 4, 5, 6]
    # From the history (joint action 4), after joint action 1: the history (4, 1).
    assert following[1 + 4].ravel()[1] == 1 + 6 + 4 * 6 + 1
    # From (4, 1), after 3: the history (1, 3).
    assert following[1 + 6 + 4 * 6 + 1].ravel()[3] == 1 + 6 + 1 * 6 + 3


def test_swapping_the_names_of_actions_swaps_the_states() -> None:
    own, other = MATCHES[1].arrays()
    counts, renamed = match_counts(own, other)[0], match_counts(1 - own, 1 - other)[0]
    assert np.array_equal(counts[1:], renamed[1:][::-1, ::-1])


def test_a_state_never_seen_has_equal_chances_unless_a_prior_says_more() -> None:
    assert policy([[0, 0, 0]]).tolist() == [[1 / 3] * 3]
    assert policy([[3, 0]], prior=0.5)[0] == pytest.approx([3.5 / 4, 0.5 / 4])


def test_posterior_draws_have_the_moments_of_beta() -> None:
    drawn = posterior([[3, 7], [0, 0]], 40_000, np.random.default_rng(1))
    mean, variance = 3.5 / 11, 3.5 * 7.5 / (11**2 * 12)
    assert drawn[:, 0, 0].mean() == pytest.approx(mean, abs=0.005)
    assert drawn[:, 0, 0].var() == pytest.approx(variance, rel=0.05)
    assert drawn[:, 1, 0].var() == pytest.approx(1 / 8, rel=0.05)  # the arcsine law
    assert np.allclose(drawn.sum(axis=2), 1)


@pytest.mark.parametrize(
    ("own", "other", "told"),
    [
        ([[0, 1]], [[0]], "shapes"),
        ([[0, 2]], [[0, 1]], "from 0 to 2"),
        ([[0.5]], [[0]], "whole numbers"),
        ([0, 1], [0, 1], "a row for each match"),
    ],
)
def test_what_are_no_moves_is_refused(own: list[int], other: list[int], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        match_counts(own, other)


def coverage(name: str, matches: int, replications: int) -> tuple[np.ndarray, np.ndarray]:
    """Bias of the shares, and coverage of the intervals, of a player's five probabilities."""
    rng = np.random.default_rng(11)
    truth, others = policy_of(name)[:, 0], pool(matches)
    counts = np.stack(
        [
            match_counts(*play(policy_of(name), others, 20, rng)).sum(axis=0)
            for _ in range(replications)
        ]
    )
    seen = np.maximum(counts.sum(axis=2), 1)
    low, high = beta_interval(counts[..., 0], seen)
    bias = (counts[..., 0] / seen).mean(axis=0) - truth
    return bias, ((low <= truth) & (truth <= high)).mean(axis=0)


def test_intervals_cover_about_as_often_as_they_say() -> None:
    bias, covered = coverage("mostly kind", 20, 100)
    assert np.abs(bias).max() < 0.03
    assert (covered > 0.85).all()


@pytest.mark.slow
@pytest.mark.parametrize("matches", [20, 200])
@pytest.mark.parametrize("name", ["mostly kind", "general cooperator", "reactive", "ZDSET-2"])
def test_intervals_of_memory_one_parameters_cover_as_often_as_they_say(
    name: str, matches: int
) -> None:
    bias, covered = coverage(name, matches, 2000)
    assert np.abs(bias).max() < 0.01
    assert (covered[1:] >= 0.92).all()
    assert (covered[1:] <= 0.98).all()
