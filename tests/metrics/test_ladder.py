from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.metrics.ladder import LADDER, baseline, on_the_ladder
from harness.metrics.ladder_extortion import most_against
from harness.metrics.ladder_matches import Met, Tried
from tests.metrics.ladder_studies import study

DILEMMA = "prisoners_dilemma(rounds=10)"


def test_what_is_taken_of_known_players_of_the_dilemma_is_what_can_be_counted(
    tmp_path: Path,
) -> None:
    told = study(tmp_path / "run", DILEMMA, "cooperator", "tit_for_tat", "defector", repeats=4)
    found = LADDER.compute(told)
    cooperator, reciprocator, defector = (
        found.agents[name] for name in ("cooperator", "tit_for_tat", "defector")
    )
    assert cooperator["exploited_by_ladder"].value == pytest.approx(2)  # 5 where 3 was shared
    assert cooperator["taken_by_ladder"].value == pytest.approx(5)
    assert cooperator["payoff_against_ladder"].value == pytest.approx(0)
    assert cooperator["exploited_by_ladder"].low is None  # the same every time
    assert reciprocator["exploited_by_ladder"].value == pytest.approx(0.2)  # defect in the last
    assert reciprocator["payoff_against_ladder"].value == pytest.approx(2.7)
    assert defector["taken_by_ladder"].value == pytest.approx(1)
    assert defector["exploited_by_ladder"].value == pytest.approx(-2)
    details = found.details["agents"]
    assert details["cooperator"]["takes_most"] == "defector"
    assert details["tit_for_tat"]["takes_most"] == "end_game_defector(last=1)"
    assert found.details["ladder"]["version"] == 1
    assert found.details["baseline"] == {"name": "mutual cooperation", "payoffs": [3, 3]}
    assert any("cooperator met exploiters in as few as 4 blocks" in note for note in found.notes)
    assert "lower bound" in found.notes[0]


def test_in_games_of_constant_sum_a_sure_player_loses_and_a_uniform_one_does_not(
    tmp_path: Path,
) -> None:
    game = "rock_paper_scissors(rounds=40)"
    told = study(tmp_path / "run", game, "rotate", "random", repeats=12)
    found = LADDER.compute(told)
    assert found.details["baseline"]["name"] == "value"
    sure, uniform = (found.agents[name]["exploited_by_ladder"] for name in ("rotate", "random"))
    assert sure.value is not None
    assert sure.value > 0.7  # it takes some rounds to find out
    assert uniform.low is not None
    assert uniform.high is not None
    assert uniform.low < 0 < uniform.high
    assert uniform.n == 12  # six blocks with the seats swapped
    proof, hunch = (found.agents[name]["ladder_log_e_value"].value for name in ("rotate", "random"))
    assert proof is not None
    assert hunch is not None
    assert proof > 50
    assert hunch < np.log(20)
    least = found.agents["rotate"]["exploited_at_least"].value
    assert least is not None
    assert 0.5 < least < sure.value  # without a choice, and so less
    nothing = found.agents["random"]["exploited_at_least"].value
    assert nothing is not None
    assert nothing < 0
    losses = found.agents["rotate"]["payoff_against_ladder"].value
    assert losses == pytest.approx(-sure.value)


def test_the_best_of_many_equal_exploiters_is_not_taken_for_one(tmp_path: Path) -> None:
    """400 times 6 exploiters that take nothing: the largest mean is far above 0, ours is not."""
    rng = np.random.default_rng(5)
    ours, naive = [], []
    for seed in range(400):
        matches = {
            f"e{i}": [Met(f"{i}.{b}", f"{i}.{b}", 0, 1, rng.normal(), 0.0) for b in range(8)]
            for i in range(6)
        }
        found = on_the_ladder(Tried("x", matches, complete=True), [0.0, 0.0], seed)
        assert found.gain.value is not None
        ours.append(found.gain.value)
        naive.append(max(rate for rate, _ in found.rates.values()))
    error = np.std(ours) / 20
    assert abs(np.mean(ours)) < 3 * error
    assert np.mean(naive) > 10 * np.std(naive) / 20


def test_an_agent_of_the_ladder_is_measured_only_where_it_met_all_of_it(tmp_path: Path) -> None:
    told = study(tmp_path / "run", DILEMMA, "grudger", "stochastic_cooperator", repeats=2)
    found = LADDER.compute(told)
    assert set(found.agents) == {"grudger", "stochastic_cooperator"}
    few = study(
        tmp_path / "few", DILEMMA, "grudger", "champion", "defector", schedule="round_robin"
    )
    met = LADDER.compute(few)
    assert set(met.agents) == {"champion"}
    assert any("champion has not met all of the ladder" in note for note in met.notes)


def test_extortioners_are_paid_what_theory_says(tmp_path: Path) -> None:
    giver, holder = "cycler(pattern='C')", "cycler(pattern='D')"
    told = study(
        tmp_path / "run",
        "prisoners_dilemma(rounds=400)",
        *(giver, holder, "extort_2", "zd_extortion"),
        schedule="round_robin",
        repeats=15,
    )
    found = LADDER.compute(told)
    by_agent = {name: found.details["agents"][name]["extortioners"] for name in (giver, holder)}
    two, three = by_agent[giver]["extort_2"], by_agent[giver]["zd_extortion"]
    for figures, factor in ((two, 2), (three, 3)):
        paid = figures["extortion_surcharge"]
        assert paid["low"] < factor < paid["high"]
        assert paid["value"] == pytest.approx(factor, abs=0.2)
        given = figures["extortion_compliance"]
        assert given["low"] < 1 < given["high"]
    giving, hard = found.agents[giver], found.agents[holder]
    assert giving["extortion_compliance"].value == pytest.approx(1, abs=0.05)
    assert hard["extortion_compliance"].value == pytest.approx(0, abs=0.03)  # its first rounds
    assert hard["extortion_surcharge"].value is None  # nothing was gained by anybody
    assert giving["extortion_trend"].value == pytest.approx(0)
    learned = "cycler(pattern='DDDDDDDDDCCCCCCCCC')"
    short = study(
        tmp_path / "s", "prisoners_dilemma(rounds=18)", learned, "extort_2", schedule="versus"
    )
    rising = LADDER.compute(short).agents[learned]["extortion_trend"].value
    # The slope of a step in the middle of 18 rounds: 9 * 9 / 2 over 18 * (18 ** 2 - 1) / 12.
    assert rising == pytest.approx(40.5 / 484.5)


def test_the_most_against_an_extortioner_is_where_its_line_ends() -> None:
    assert most_against((3, 0, 5, 1), 2) == pytest.approx(2.25)
    assert most_against((3, 0, 5, 1), 1) == pytest.approx(3)  # tit for tat


def test_baselines_are_values_cooperation_or_what_all_equilibria_pay(tmp_path: Path) -> None:
    told = study(tmp_path / "run", DILEMMA, "cooperator")
    nowhere = replace(told, cooperative=(None, None))
    assert baseline(nowhere) is not None  # the one equilibrium
    assert baseline(nowhere).payoffs == pytest.approx((1, 1))  # type: ignore[union-attr]
    sexes = np.array([[[10.0, 7], [0, 0]], [[0, 0], [7, 10]]])
    assert baseline(replace(nowhere, payoffs=sexes)) is None  # three equilibria
    unknown = LADDER.compute(replace(told, payoffs=None, cooperative=()))
    assert set(unknown.agents["cooperator"]) == {"taken_by_ladder", "payoff_against_ladder"}
    assert unknown.details["baseline"] is None


def test_without_a_ladder_nothing_is_said(tmp_path: Path) -> None:
    told = study(tmp_path / "run", DILEMMA, "cooperator")
    assert not LADDER.compute(replace(told, ladder=None)).agents


def test_one_block_is_too_few_to_choose_and_to_judge(tmp_path: Path) -> None:
    found = LADDER.compute(study(tmp_path / "run", DILEMMA, "cooperator"))
    assert found.agents["cooperator"]["exploited_by_ladder"].value is None
    assert found.agents["cooperator"]["exploited_by_ladder"].n == 0
