"""That intervals cover the truth as often as they say, by simulation with known truth."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.metrics import simulations as simulate
from tests.metrics.simulated_cases import CASES

QUICK = {
    "cooperation rate, 5 tables": 100,
    "cooperation rate, all or nothing": 100,
    "payoff difference, paired": 100,
    "P(C) after CD": 100,
    "reciprocity, matches differ": 100,
    "(a) mix 50/25/25": 30,
    "(b) frequency exploiter, 50/25/25": 100,
    "(b) lower bound, uniform *": 100,
    "(c) reactive": 30,
}
"""Simulations that take a fraction of a second, and their studies."""


@pytest.mark.parametrize("name", QUICK)
def test_few_simulated_intervals_cover_the_truth(name: str) -> None:
    found = CASES[name].run(20, QUICK[name], 3)
    assert found.coverage * QUICK[name] >= stats.binom.ppf(0.001, QUICK[name], 0.94)
    if "bound" not in name:
        assert abs(found.after) < 4 * found.error / np.sqrt(QUICK[name]) + 0.1 * found.error


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("name", CASES)
def test_intervals_cover_the_truth_as_often_as_they_say(name: str, n: int) -> None:
    """A standard error of the coverage is 0.7 %, and 1 % for best responses."""
    case = CASES[name]
    found = case.run(n, 500 if name.startswith("(c)") else 1000, 1)
    assert case.least <= found.coverage <= case.most
    if "bound" not in name:
        assert found.missed_low <= 0.05


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize("name", [name for name in CASES if "*" not in name])
def test_values_are_biased_by_less_than_the_error_of_sampling(name: str, n: int) -> None:
    studies = 500
    found = CASES[name].run(n, studies, 2)
    assert abs(found.after) < 0.3 * found.error + 3 * found.error / np.sqrt(studies)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("n", [20, 200])
@pytest.mark.parametrize(("name", "left"), [("(a) uniform mix *", 0.2), ("(c) uniform mix *", 0.4)])
def test_what_the_plug_in_takes_from_uniform_players_is_given_back(
    name: str, left: float, n: int
) -> None:
    """Cross-fitting takes off all; optimism leaves 1 - sqrt(1/2) where all answers tie."""
    found = CASES[name].run(n, 500, 1)
    assert found.before is not None
    assert found.before > 0.5 * found.error
    assert abs(found.after) < left * found.before


def test_the_frequency_exploiter_earns_what_enumeration_says() -> None:
    """By hand: nothing in the first round; in the second it beats the first move for certain."""
    leaning = np.array([0.5, 0.25, 0.25])
    second = sum(p * (leaning @ -simulate.RPS)[(move + 1) % 3] for move, p in enumerate(leaning))
    assert simulate.frequency_gain("leaning", 2) == pytest.approx(second / 2)
