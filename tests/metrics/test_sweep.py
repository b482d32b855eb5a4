"""Effects of a game's terms over a sweep, on bots that heed them and bots that do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from harness.columns import MATCH_COLUMNS
from harness.metrics.clustered import linear_trend, logit_trend
from harness.metrics.study import Study
from harness.metrics.sweep import METRICS, sweep
from tests.metrics.studies import studies

PD = np.array([[[3.0, 0], [5, 1]], [[3, 5], [0, 1]]])
INVITING = np.array([[[9.0, -10], [10, -1]], [[9, 10], [-10, -1]]])


def study(
    game: str, rates: list[float], payoffs: np.ndarray[tuple[int, ...], np.dtype[np.float64]]
) -> Study:
    """Matches of one agent with these cooperation rates, of 20 rounds each."""
    rows = [
        ("m", f"b{i}", "t", game, 0, "a", "ok", 0.0, 20, 0.0, 20 * rate, 0, 0)
        for i, rate in enumerate(rates)
    ]
    return Study(
        game=game,
        moves=pd.DataFrame(),
        matches=pd.DataFrame(rows, columns=MATCH_COLUMNS),
        actions=(("C", "D"), ("C", "D")),
        payoffs=payoffs,
        cooperative=("C", "C"),
    )


def test_stakes_are_a_sweep_over_games_that_differ_in_nothing_else() -> None:
    rates = {1: [0.4, 0.5, 0.6], 100: [0.5, 0.6, 0.7], 0.01: [0.3, 0.4, 0.4]}
    told = [
        study(f"pd(rounds=20{'' if x == 1 else f', stakes={x}'})", r, x * PD)
        for x, r in rates.items()
    ]
    other = study("pd(rounds=5, stakes=10)", [0.1], 10 * PD)
    found = sweep([*told, other])
    values = np.repeat([0, 2, -2], 3)
    hits = np.round(20 * np.concatenate(list(rates.values())))
    expected = logit_trend(values, hits, np.full(9, 20), list(range(9))).slope
    effect = found.agents["a"]["stake_effect"]
    assert effect.value == pytest.approx(expected.value)
    assert effect.n == 9
    assert effect.low == pytest.approx(expected.low)
    assert found.agents["a"]["stake_difference"].value == pytest.approx(0.1)
    assert [p["value"] for p in found.details["stakes"][0]["points"]] == [0.01, 1, 100]
    assert "temptation" not in found.details  # a factor leaves K as it is


def test_temptation_is_read_from_payoffs() -> None:
    games = {0.5: INVITING, 0.4: PD}
    told = [study(f"pd(payoffs='{k}')", [k, 0.5, 0.6], u) for k, u in games.items()]
    effect = sweep(told).agents["a"]["temptation_effect"]
    hits = [8, 10, 12, 10, 10, 12]
    expected = logit_trend([0.4] * 3 + [0.5] * 3, hits, [20] * 6, list(range(6)))
    assert effect.value == pytest.approx(expected.slope.value)


def test_what_is_no_prisoners_dilemma_has_no_temptation() -> None:
    hunt = np.array([[[5.0, 0], [3, 1]], [[5, 3], [0, 1]]])
    lopsided = PD + np.array([[[0.0, 0], [0, 0]], [[0, 0], [0.5, 0]]])
    told = [study(f"g(payoffs='{i}')", [0.5], u) for i, u in enumerate((hunt, lopsided, PD))]
    assert not sweep(told).agents


def test_order_of_actions_does_not_matter() -> None:
    turned = PD[:, ::-1, ::-1]
    told = [
        study("pd(payoffs='0')", [0.3, 0.6], PD),
        study("pd(payoffs='1')", [0.5, 0.6], INVITING),
    ]
    other = replace(told[0], payoffs=turned, actions=(("D", "C"), ("D", "C")))
    assert sweep([other, told[1]]).agents == sweep(told).agents


def test_one_value_or_no_game_is_no_sweep() -> None:
    assert not sweep([]).agents
    assert not sweep([study("pd(rounds=20)", [0.5], PD)]).agents
    assert not sweep([study("an odd name, (", [0.5], PD), study("another", [0.5], 2 * PD)]).agents


def test_several_sweeps_are_told_apart() -> None:
    told = [
        study(f"pd(rounds={n}, stakes={x})", [0.4, 0.3 + 0.1 * n], x * PD)
        for n in (1, 3)
        for x in (1, 10)
    ]
    found = sweep(told)
    assert len(found.details["stakes"]) == 2
    assert len(found.notes) == 1
    assert "rounds=1" in found.notes[0]


def test_sweeps_of_real_runs_find_what_the_bots_do(tmp_path: Path) -> None:
    games = tuple(f"prisoners_dilemma(rounds=5, stakes={x})" for x in (1, 10, 1000))
    games += tuple(f"travelers_dilemma(rounds=2, high=6, penalty={x})" for x in (2, 3, 5))
    found = sweep(studies(tmp_path, games, ("random", "first"), repeats=6))
    for metrics in found.agents.values():
        assert set(metrics) <= set(METRICS)
    assert found.agents["first"]["stake_effect"].value is None  # always cooperates
    assert found.agents["first"]["penalty_effect"].value == 0  # always the same claim
    low, high = (getattr(found.agents["random"]["stake_effect"], b) for b in ("low", "high"))
    assert low < 0 < high


def test_penalty_effects_are_slopes_of_mean_claims() -> None:
    moves, told = [], []
    claims = {5: [190, 180, 170], 80: [120, 130, 100]}
    for penalty, numbers in claims.items():
        game = f"travelers_dilemma(penalty={penalty})"
        rows = [
            (f"m{i}", game, 0, 0, "a", str(c), 0.0, "ok", False, f"b{i}")
            for i, c in enumerate(numbers)
        ]
        names = [*("match", "game", "round", "player", "agent", "action"), "payoff", "outcome"]
        moves.append(pd.DataFrame(rows, columns=[*names, "substituted", "block"]))
        payoffs = np.full((2, 2, 2), 80.0)  # claims of 80 and 81
        payoffs[:, 0, 1] = 80 + penalty, 80 - penalty
        payoffs[:, 1, 0] = 80 - penalty, 80 + penalty
        base = study(game, [0.0] * 3, payoffs)
        told.append(Study(game=game, moves=moves[-1], matches=base.matches, payoffs=payoffs))
    found = sweep(told).agents["a"]["penalty_effect"]
    y = [*claims[5], *claims[80]]
    expected = linear_trend([5] * 3 + [80] * 3, y, list(range(6))).slope
    assert found == expected
