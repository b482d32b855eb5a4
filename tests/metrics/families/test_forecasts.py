"""Scores of forecasts by agent, by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pandas as pd
import pytest

from harness.games.predict import MEASURES
from harness.metrics.families.forecasts import FAMILY, SCORES
from harness.metrics.study import Study
from tests.metrics.studies import check_names, studies


def forecast_study(**measures: list[float]) -> Study:
    n = len(next(iter(measures.values())))
    rows = {
        "match": [f"m{i}" for i in range(n)],
        "block": [f"b{i}" for i in range(n)],
        "table": "t",
        "game": "g",
        "player": 0,
        "agent": "a",
        "status": "ok",
        "payoff": 0.0,
        "rounds": 1,
    }
    matches = pd.DataFrame({**rows, **measures})
    actions = (("H", "T"), ("H", "T"))
    return Study(game="g", moves=pd.DataFrame(), matches=matches, actions=actions)


def test_forecasts_are_told_by_their_scores_and_their_skill() -> None:
    study = forecast_study(brier=[0.1, 0.3, 0.2, 0.0, 0.4], log_score=[-0.1] * 5)
    check_names(FAMILY, study)
    found = FAMILY.compute(study).agents["a"]
    assert set(found) == {"forecast_brier", "forecast_log_score", "forecast_skill"}
    brier, skill = found["forecast_brier"], found["forecast_skill"]
    assert brier.value == pytest.approx(0.2)
    assert skill.value == pytest.approx(0.6)  # even chances score 1/2
    assert brier.high is not None
    assert skill.low == pytest.approx(1 - brier.high / 0.5)


def test_what_the_modifier_measures_is_what_is_told() -> None:
    assert SCORES.keys() == MEASURES.keys()
    assert not FAMILY.compute(forecast_study(depth=[1.0])).agents


def test_forecasts_of_models_of_level_one_are_scored_in_a_run(tmp_path: Path) -> None:
    games = ("prisoners_dilemma(rounds=4)+predict",)
    (study,) = studies(tmp_path, games, ("tit_for_tat", "defector"), repeats=5)
    found = FAMILY.compute(study).agents
    # Bots leave a forecast open: even chances.
    assert found["defector"]["forecast_brier"].value == pytest.approx(0.5)
    assert found["defector"]["forecast_log_score"].value == pytest.approx(math.log(0.5))
    assert found["defector"]["forecast_skill"].value == pytest.approx(0)
