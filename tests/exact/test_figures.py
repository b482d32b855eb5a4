"""Exact values that were worked out by hand, or that a table gives."""

from __future__ import annotations

import pytest

from harness import registry
from harness.exact.figures import AgentFigures, GameFigures
from harness.exact.scripted import scripted_policy
from harness.metrics.best_response import best_response
from tests.exact.games import walked

ZERO_SUM_BIASED = (
    "matrix(payoffs=[[[0, 0], [-0.25, 0.25], [0.5, -0.5]], [[0.25, -0.25], [0, 0], [-0.05, 0.05]],"
    " [[-0.5, 0.5], [0.05, -0.05], [0, 0]]], rounds=2)"
)


def figures(game: str, agent: str) -> AgentFigures:
    found = walked(game)
    entry = registry.build("agent", agent)
    policies = scripted_policy(found, entry, 0), scripted_policy(found, entry, 1)
    return GameFigures(found).of(agent, policies)


@pytest.mark.parametrize(
    ("game", "agent", "exploitability"),
    [
        ("rock_paper_scissors(rounds=2)", "random", 0),
        ("rock_paper_scissors(rounds=2)", "constant", 1),
        ("rock_paper_scissors(rounds=3)", "rotate", 1),  # uniform on average, and quite sure
        ("rock_paper_scissors(rounds=2)", "biased", 1 / 4),  # paper: 1/2 - 1/4
        ("rock_paper_scissors(rounds=2)", "beat_last", 1),
        ("matching_pennies(rounds=3)", "random", 0),
        ("matching_pennies(rounds=3)", "random(p=0.7)", 0.4),
        # OpenSpiel's biased rock, paper, scissors: uniform play has NashConv 1/6.
        (ZERO_SUM_BIASED, "random", 1 / 12),
    ],
)
def test_exploitability_in_games_of_constant_sum(
    game: str, agent: str, exploitability: float
) -> None:
    found = figures(game, agent)
    assert found.metrics["exploitability"] == pytest.approx(exploitability, abs=1e-9)
    assert found.metrics["nash_conv"] == pytest.approx(2 * exploitability, abs=1e-9)


@pytest.mark.parametrize(
    ("agent", "best", "left", "worst"),
    [
        ("cooperator", 5, 0, 0),
        ("defector", 1, 1, 1),
        ("tit_for_tat", 11 / 3, 6 / 3, 2 / 3),  # C C D; against defection 0 + 1 + 1
        ("grudger", 11 / 3, 6 / 3, 2 / 3),
        ("win_stay_lose_shift", 11 / 3, 1 / 3, 1 / 3),  # D D D brings 5 + 1 + 5, as C C D does
        ("random", 3, 1 / 2, 1 / 2),
        ("alternator", (5 + 1 + 5) / 3, 1 / 3, 1 / 3),
    ],
)
def test_values_in_a_prisoners_dilemma_of_three_rounds(
    agent: str, best: float, left: float, worst: float
) -> None:
    found = figures("prisoners_dilemma(rounds=3)", agent).metrics
    assert found["best_response"] == pytest.approx(best)
    assert found["payoff_under_best_response"] == pytest.approx(left)
    assert found["worst_case"] == pytest.approx(worst)
    assert found["security_gap"] == pytest.approx(1 - worst)
    assert found["gain_over_cooperation"] == pytest.approx(best - 3)
    assert found["exploitability"] is None


def test_uniform_play_of_the_dilemma_has_the_nash_conv_of_the_stage_game() -> None:
    assert figures("prisoners_dilemma(rounds=2)", "random").metrics["nash_conv"] == pytest.approx(
        1.5
    )


def test_a_memory_one_player_is_worth_what_its_decision_process_says() -> None:
    found = figures("prisoners_dilemma(rounds=4)", "extort_2").metrics
    extort_2 = [[1.0, 0.0], [8 / 9, 1 / 9], [1 / 2, 1 / 2], [1 / 3, 2 / 3], [0.0, 1.0]]
    known = best_response(extort_2, [[3, 0], [5, 1]], [[3, 5], [0, 1]], rounds=4)
    assert found["best_response"] == pytest.approx(known.value)
    assert found["payoff_under_best_response"] == pytest.approx(known.agent_payoff)
