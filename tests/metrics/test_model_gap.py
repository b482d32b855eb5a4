"""What models promised less what was earned: bounds by hand, and players whose value is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.metrics.families.repeated import FAMILY
from harness.metrics.interval import Estimate
from harness.metrics.model_gap import model_gap
from tests.metrics.ladder_studies import study
from tests.metrics.studies import check_names

GAME = "prisoners_dilemma(rounds=100)"


def test_bounds_are_those_of_independent_estimates_with_skewed_intervals() -> None:
    """By hand: down by the root of 0.1² + 0.4², up by that of 0.4² + 0.3²."""
    found = model_gap(Estimate(3.0, 2.9, 3.4, 20), Estimate(2.5, 2.2, 2.9, 8))
    assert found.value == pytest.approx(0.5)
    assert found.low == pytest.approx(0.5 - 0.17**0.5)
    assert found.high == pytest.approx(1.0)
    assert found.n == 8


def test_no_gap_without_both_and_no_bounds_without_theirs() -> None:
    there, none = Estimate(3.0, 2.9, 3.4, 20), Estimate(None, None, None, 0)
    assert model_gap(none, there) == model_gap(there, none) == none
    assert model_gap(there, Estimate(2.0, None, None, 3)) == Estimate(1.0, None, None, 3)


def test_who_looks_one_round_back_is_exploited_as_predicted_but_for_learning(
    tmp_path: Path,
) -> None:
    """Against a player of even chances the best answer earns 3 per round; learning takes 10."""
    found = study(tmp_path, GAME, "random", repeats=6)
    check_names(FAMILY, found)
    gap = FAMILY.compute(found).agents["random"]["model_gap"]
    realised = found.matches[
        (found.matches["agent"] == "model_based") & found.matches["payoff"].notna()
    ]
    earned = (realised["round_payoff"] / realised["rounds"]).mean()
    assert gap.value == pytest.approx(3 - earned, abs=0.1)
    assert gap.n == 12
    assert gap.low is not None
    assert gap.high is not None
    assert gap.low < 10 / 100 * (3 - 2.25) < gap.high


def test_the_prediction_is_not_made_from_what_it_is_compared_with(tmp_path: Path) -> None:
    """An agent that met nobody but the best responder has a prediction of nothing."""
    found = study(tmp_path, GAME, "random", repeats=5)
    only = set(found.matches.loc[found.matches["agent"] == "model_based", "match"])
    cut = replace(
        found,
        moves=found.moves[found.moves["match"].isin(only)].reset_index(drop=True),
        matches=found.matches[found.matches["match"].isin(only)].reset_index(drop=True),
    )
    assert FAMILY.compute(cut).agents["random"]["best_response_value"].value is not None
    assert FAMILY.compute(cut).agents["random"]["model_gap"].value is None


def test_there_is_no_gap_where_no_ladder_was_climbed(tmp_path: Path) -> None:
    found = study(tmp_path, GAME, "random", repeats=1)
    told = FAMILY.compute(replace(found, ladder=None)).agents["random"]
    assert "model_gap" not in told
    none = FAMILY.compute(found).agents["model_based"]["model_gap"]
    assert (none.value, none.n) == (None, 0)
