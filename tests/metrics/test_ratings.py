"""Figures made with choix 0.4.1 and statsmodels 0.15.0, which agree, and Agresti's table."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.ratings import bradley_terry, match_scores, ratings
from tests.metrics.test_cyclic import BASEBALL

SIMULATED = [
    [0, 9, 14, 11, 18, 18],
    [11, 0, 12, 11, 16, 15],
    [6, 8, 0, 11, 10, 17],
    [9, 9, 9, 0, 12, 14],
    [2, 4, 10, 8, 0, 10],
    [2, 5, 3, 6, 10, 0],
]
CHAIN = [[0, 5, 0, 0], [3, 0, 6, 0], [0, 2, 0, 4], [0, 0, 4, 0]]
UNDEFEATED = [[0, 5, 5], [0, 0, 3], [0, 2, 0]]


def test_baseball_is_rated_as_in_the_textbook() -> None:
    """Agresti, Categorical Data Analysis, on paired preferences: Baltimore at 0."""
    fit = bradley_terry(BASEBALL)
    textbook = [1.58, 1.44, 1.29, 1.25, 1.11, 0.68, 0]
    np.testing.assert_allclose(fit.strengths - fit.strengths[-1], textbook, atol=0.005)
    choix = [0.53115334, 0.3862059, 0.24428258, 0.19741531, 0.05749517, -0.36634977, -1.05020254]
    np.testing.assert_allclose(fit.strengths, choix, atol=1e-7)
    elo = [92.27078596, 67.09083577, 42.43623198, 34.29455176, 9.98793392, -63.64147288]
    np.testing.assert_allclose(fit.elo[:6] - 1500, elo, atol=1e-6)
    assert (fit.prior_precision, fit.reason) == (None, None)


@pytest.mark.parametrize(
    ("wins", "strengths"),
    [
        ([[0, 7, 9], [3, 0, 6], [1, 4, 0]], [0.94360585, -0.1601607, -0.78344515]),
        ([[0, 2, 8], [8, 0, 2], [2, 8, 0]], [0, 0, 0]),
        (CHAIN, [0.93242536, 0.42159974, -0.67701255, -0.67701255]),
        (
            SIMULATED,
            [0.75308724, 0.55737, 0.07726695, 0.11348236, -0.58823496, -0.91297159],
        ),
        # ties as half wins; statsmodels binomial regression
        ([[0, 6.5, 4], [3.5, 0, 7], [2, 3, 0]], [0.49477841, 0.07152369, -0.5663021]),
    ],
)
def test_strengths_are_those_of_choix_and_statsmodels(
    wins: list[list[float]], strengths: list[float]
) -> None:
    np.testing.assert_allclose(bradley_terry(wins).strengths, strengths, atol=1e-7)


@pytest.mark.parametrize(
    ("wins", "penalty", "strengths"),
    [
        (CHAIN, 0.1, [0.78351106, 0.35544308, -0.5966013, -0.54235278]),
        (UNDEFEATED, 0.01, [3.34623248, -1.47474551, -1.87148697]),
        (UNDEFEATED, 0.1, [2.09548927, -0.87377614, -1.22171312]),
        (UNDEFEATED, 1.0, [0.95994344, -0.38503954, -0.5749039]),
    ],
)
def test_with_a_prior_they_are_those_of_choix(
    wins: list[list[float]], penalty: float, strengths: list[float]
) -> None:
    """`opt_pairwise(alpha=penalty)`, whose penalty is half of the precision."""
    fit = bradley_terry(wins, prior_precision=2 * penalty)
    np.testing.assert_allclose(fit.strengths, strengths, atol=1e-4)
    assert fit.reason is None


def test_somebody_undefeated_is_rated_with_a_prior_and_flagged() -> None:
    """Where choix raises, as no maximum of the likelihood exists."""
    fit = bradley_terry(UNDEFEATED)
    assert fit.prior_precision == 0.1
    assert fit.reason is not None
    assert np.isfinite(fit.strengths).all()
    apart = bradley_terry([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 3], [0, 0, 1, 0]])
    assert apart.reason is not None


def test_lopsided_tables_settle() -> None:
    fit = bradley_terry([[0, 1e6, 1], [1, 0, 1e6], [1e-3, 1, 0]])
    assert np.isfinite(fit.strengths).all()
    assert fit.strengths.sum() == pytest.approx(0)


def seats(
    n_blocks: int, odds: float, seed: int
) -> tuple[list[str], list[str], list[float], list[int]]:
    rng = np.random.default_rng(seed)
    agents, opponents, scores, blocks = [], [], [], []
    for a, b in ("xy", "yz", "xz"):
        strength = odds ** ("xyz".index(b) - "xyz".index(a))
        for block in range(n_blocks):
            won = float(rng.random() < strength / (1 + strength))
            agents += [a, b]
            opponents += [b, a]
            scores += [won, 1 - won]
            blocks += [block, block]
    return agents, opponents, scores, blocks


def test_intervals_lie_around_the_fit_and_narrow_with_blocks() -> None:
    few, many = (ratings(*seats(n, 2.0, 1), resamples=300) for n in (30, 300))
    for found in (few, many):
        assert found.agents == ("x", "y", "z")
        assert found.first is not None
        assert sum(found.first) == pytest.approx(1)
        assert [e.value for e in found.elo] == pytest.approx(list(found.fit.elo))
    widths = [(f.elo[0].high or 0) - (f.elo[0].low or 0) for f in (few, many)]
    assert widths[0] / widths[1] == pytest.approx(10**0.5, rel=0.35)
    assert many.first is not None
    assert many.first[0] > 0.99
    assert many.elo[0].n == 600
    assert (many.prior_share, many.tie_share) == (0, 0)


@pytest.mark.parametrize("replications", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_intervals_hold_the_true_difference_about_19_times_in_20(replications: int) -> None:
    """Odds of 2 between neighbours: 400 log10(2) = 120.4 points above the mean for the best."""
    held = 0
    for seed in range(replications):
        best = ratings(*seats(40, 2.0, seed), resamples=200, seed=seed).elo[0]
        assert best.low is not None
        assert best.high is not None
        held += best.low <= 1500 + 400 * np.log10(2) <= best.high
    share = held / replications
    margin = 4 * np.sqrt(0.05 * 0.95 / replications)
    assert abs(share - 0.95) <= margin


def test_with_few_blocks_there_is_no_interval_and_no_favourite() -> None:
    found = ratings(*seats(3, 2.0, 0), resamples=20)
    assert found.first is None
    assert all(estimate.low is None for estimate in found.elo)


def test_self_play_and_ties_do_not_move_ratings() -> None:
    plain = ratings(["a", "b"], ["b", "a"], [0.5, 0.5], [0, 0], resamples=5)
    more = ratings(
        ["a", "b", "a", "a"], ["b", "a", "a", "a"], [0.5, 0.5, 1, 0], [0] * 4, resamples=5
    )
    assert [e.value for e in plain.elo] == [e.value for e in more.elo] == [1500, 1500]
    assert plain.tie_share == more.tie_share == 1


def test_scores_of_matches() -> None:
    assert match_scores([3, 1, 0], [0, 1, 5]).tolist() == [1, 0.5, 0]


def test_half_of_a_match_or_odd_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="both seats"):
        ratings(["a"], ["b"], [1], [0])
    with pytest.raises(UsageError, match="both seats"):
        ratings(["a", "b"], ["b", "a"], [1, 1], [0, 0])
    with pytest.raises(UsageError, match="for a tie"):
        ratings(["a", "b"], ["b", "a"], [3, 0], [0, 0])
    with pytest.raises(UsageError, match="between different agents"):
        ratings(["a"], ["a"], [1], [0])
    with pytest.raises(UsageError, match="at least 0"):
        bradley_terry([[0, -1], [1, 0]])
    with pytest.raises(UsageError, match="above 0"):
        bradley_terry([[0, 1], [1, 0]], prior_precision=0)
    with pytest.raises(UsageError, match="row over column"):
        bradley_terry([[0, 1]])
