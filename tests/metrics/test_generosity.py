"""Giving: slopes against statsmodels 0.15.0, growth against the game's own simulation."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.games.donor import Donor
from harness.games.donor_measures import efficiency
from harness.games.donor_schedule import pairings
from harness.metrics.generosity import evolution, full_donation, generation_efficiency, generosity
from harness.metrics.interval import Estimate

# 24 decisions in 6 runs; made up. Slope and robust standard error are those of GEE with
# independence as the working correlation.
SEEN = np.tile([0.0, 0.05, 0.5, 1.0], 6)
SHARE = np.array(
    [
        *(0.1, 0.0, 0.4, 0.7, 0.2, 0.3, 0.5, 0.9, 0.05, 0.1, 0.2, 0.5),
        *(0.0, 0.2, 0.45, 0.6, 0.15, 0.0, 0.6, 0.8, 0.3, 0.25, 0.35, 0.75),
    ]
)
RUNS = np.repeat(range(6), 4).tolist()
SLOPE, ERROR = 0.5848513902205177, 0.04990737429857165

DONORS = list("abcd" * 6)


def test_the_slope_is_that_of_statsmodels() -> None:
    found = generosity(10 * SHARE, np.full(24, 10), SEEN, DONORS, RUNS).slope
    assert found.value == pytest.approx(SLOPE)
    assert found.high is not None
    reach = 2.7764451051978 * ERROR * np.sqrt(6 / 4)  # Student's t with 4 degrees of freedom
    assert found.high - SLOPE == pytest.approx(reach)


def test_shares_by_hand() -> None:
    found = generosity([5, 0, 8, 0], [10, 20, 8, 0], [np.nan, 0, 1, 1], "aabb", [0, 0, 0, 0])
    assert found.share.value == pytest.approx((0.25 + 1) / 2)  # donor by donor
    assert found.share.n == 2
    assert found.weighted.value == pytest.approx(13 / 38)
    assert found.gap.value == pytest.approx(1)  # 1 to the giver, 0 to the keeper
    assert found.shunning == Estimate(1.0, None, None, 1)


def test_a_name_in_another_run_is_another_donor() -> None:
    assert generosity([1, 2], [10, 10], [0, 1], "aa", [0, 1]).share.n == 2


def test_without_opportunities_everything_is_null() -> None:
    found = generosity([0], [0], [np.nan], "a", [0])
    for estimate in (found.share, found.weighted, found.slope, found.gap, found.shunning):
        assert (estimate.value, estimate.n) == (None, 0)
    unknown = generosity([5, 2], [10, 10], [np.nan, np.nan], "ab", [0, 0])
    assert unknown.share.value == 0.35
    assert unknown.slope.value is unknown.shunning.value is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(UsageError, match="give"):
        generosity([11], [10], [0], "a", [0])


@pytest.mark.parametrize("schedule", ["published", "alternating"])
@pytest.mark.parametrize("agents", [4, 6, 12])
def test_full_donation_is_what_the_game_simulates(schedule: str, agents: int) -> None:
    game = Donor(agents=agents, schedule=schedule)  # type: ignore[arg-type]
    half = agents // 2
    pairs = pairings(range(half), range(half, agents), game.rounds, schedule)  # type: ignore[arg-type]
    assert full_donation(pairs, agents, 10, 2) == game.full_donation


def test_wealth_grows_by_the_gain_on_what_is_given() -> None:
    """Total after a round is that before, plus (multiplier - 1) times all that was given."""
    assert full_donation([[(0, 1), (2, 3)]], 4, 10, 3) == (40 + 2 * 20) / 4


def test_efficiency_is_that_of_the_game() -> None:
    for told in ((10, 10, 160), (160, 10, 160), (37, 10, 160), (0, 10, 160), (5, 10, 10)):
        assert generation_efficiency(*told) == efficiency(*told)


def test_evolution_is_the_mean_of_the_slopes_of_runs() -> None:
    rng = np.random.default_rng(1)
    values = rng.random((6, 5))
    slopes = [np.polyfit(range(5), run, 1)[0] for run in values]
    found = evolution(list(values))
    assert found.value == pytest.approx(np.mean(slopes))
    assert found.n == 6
    assert found.low is not None


def test_generations_without_a_number_leave_a_gap_and_short_runs_are_left_out() -> None:
    assert evolution([[1, np.nan, 5]]).value == 2
    assert evolution([[1], [np.nan, 3]]) == Estimate(None, None, None, 0)
