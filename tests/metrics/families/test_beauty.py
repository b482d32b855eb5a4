"""Depth of reasoning, on reasoners whose depth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.metrics.families.beauty import FAMILY
from harness.metrics.interval import Estimate
from harness.metrics.study import Study
from tests.metrics.studies import check_names, studies, value


@pytest.fixture(scope="module")
def beauty(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two who choose 33 (level 1), one who chooses 22, one who chooses 0, for 6 seeds."""
    agents = ("level_k(k=1)", "level_k(k=2)", "equilibrium")
    (study,) = studies(
        tmp_path_factory.mktemp("beauty"), ("beauty(players=3)",), agents, repeats=6, swap=False
    )
    return study


def test_reasoners_have_the_depth_that_they_were_made_with(beauty: Study) -> None:
    check_names(FAMILY, beauty)
    one, two, none = "level_k(k=1)", "level_k(k=2)", "equilibrium"
    assert value(FAMILY, beauty, one, "strategic_depth") == pytest.approx(1, abs=0.03)
    assert value(FAMILY, beauty, two, "strategic_depth") == pytest.approx(2, abs=0.03)
    assert value(FAMILY, beauty, one, "level_1") == pytest.approx(1, abs=1e-3)
    assert value(FAMILY, beauty, two, "level_2") == pytest.approx(1, abs=1e-3)
    assert value(FAMILY, beauty, none, "equilibrium") == pytest.approx(1, abs=1e-3)
    assert value(FAMILY, beauty, none, "equilibrium_distance") == 0
    found = FAMILY.compute(beauty)
    assert found.agents[none]["strategic_depth"].value is None  # log(0)
    assert found.agents[none]["cognitive_hierarchy_tau"].value is None
    assert found.details["nagel_levels"][two]["level_2"] == 6


def test_numbers_are_held_against_the_best_and_against_people(beauty: Study) -> None:
    """33, 22 and 0: for 22 the best answer is 2/3 * 2 * 16.5 / (3 - 2/3); it wins alone."""
    two = "level_k(k=2)"
    first = value(FAMILY, beauty, two, "first_number")
    one = value(FAMILY, beauty, "level_k(k=1)", "first_number")
    best = 2 / 3 * 2 * ((one + 0) / 2) / (3 - 2 / 3)
    assert value(FAMILY, beauty, two, "best_response_error") == pytest.approx(first - best)
    assert value(FAMILY, beauty, two, "above_people") == pytest.approx(first - 36.73)
    target = 2 / 3 * (one + first + 0) / 3
    assert abs(first - target) < min(abs(one - target), target)
    assert value(FAMILY, beauty, two, "foregone_prize") == 0
    assert value(FAMILY, beauty, "equilibrium", "foregone_prize") == 1


def test_a_substituted_number_tells_nothing_of_its_player(beauty: Study) -> None:
    moves = beauty.moves.assign(substituted=beauty.moves["agent"] == "equilibrium")
    found = FAMILY.compute(replace(beauty, moves=moves)).agents
    assert found["equilibrium"]["first_number"] == Estimate(None, None, None, 0)
    before = FAMILY.compute(beauty).agents["level_k(k=2)"]["best_response_error"]
    assert found["level_k(k=2)"]["best_response_error"] == before  # it still was a number


def test_games_without_a_factor_are_left_alone(beauty: Study) -> None:
    assert not FAMILY.compute(replace(beauty, facts={})).agents
    assert not FAMILY.compute(replace(beauty, facts={**beauty.facts, "p": 1.2})).agents
    assert not FAMILY.compute(replace(beauty, facts={**beauty.facts, "p": "2/3"})).agents
    assert not FAMILY.compute(replace(beauty, facts={**beauty.facts, "target": "max"})).agents
    none = FAMILY.compute(replace(beauty, moves=beauty.moves[:0]))
    assert not none.agents


def test_the_health_point_game_has_depth_at_its_own_factor(tmp_path: Path) -> None:
    agents = ("level_k(k=1)", "zero_level", "equilibrium", "level_k(k=3)", "random")
    (study,) = studies(tmp_path, ("beauty_08(rounds=3)",), agents, swap=False)
    check_names(FAMILY, study)
    assert value(FAMILY, study, "level_k(k=1)", "first_number") == pytest.approx(40, abs=1)
    assert value(FAMILY, study, "level_k(k=3)", "strategic_depth") == pytest.approx(3, abs=0.1)
    assert "foregone_prize" not in FAMILY.compute(study).agents["random"]
    assert "above_people" not in FAMILY.compute(study).agents["random"]
