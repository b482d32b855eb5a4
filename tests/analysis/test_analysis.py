"""Analyses of whole runs: what is told, left out, and said beside the numbers."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from harness import registry
from harness.analysis.analysis import Analysis, analyse, families, macro_means, mixed_units, plain
from harness.analysis.studies import Given, Played, read_studies
from harness.config import RunConfig, resolve
from harness.errors import PluginError, UsageError
from harness.metrics.interval import Estimate
from harness.metrics.study import Family, Findings
from harness.runner.run import run


def played(folder: Path, *games: str, agents: str, **settings: Any) -> list[Played]:
    config = RunConfig(games=games, agents=tuple(agents.split(",")), **settings)
    run(resolve(config), folder)
    return read_studies(folder, Given())


@pytest.fixture(scope="module")
def dilemma(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    (one,) = played(
        tmp_path_factory.mktemp("a") / "run",
        "prisoners_dilemma(rounds=10, noise=0.05)",
        agents="tit_for_tat,defector,win_stay_lose_shift",
        schedule=("round_robin", "self_play"),
        repeats=6,
    )
    return analyse(one, families())


@pytest.fixture(scope="module")
def rps(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    (one,) = played(
        tmp_path_factory.mktemp("b") / "run",
        "rock_paper_scissors(rounds=30)",
        agents="random,cycle,first",
        repeats=5,
    )
    return analyse(one, families())


def test_every_metric_that_is_told_is_documented_and_strict_json(
    dilemma: Analysis, rps: Analysis
) -> None:
    known = {name for family in families().values() for name in family.metrics}
    for found in (dilemma, rps):
        text = json.dumps(found.as_dict(), allow_nan=False)
        assert json.loads(text)["agents"].keys() == found.agents.keys()
        for metrics in json.loads(text)["agents"].values():
            assert metrics.keys() <= known
            for estimate in metrics.values():
                assert estimate.keys() == {"value", "low", "high", "n"}


def test_what_cannot_be_told_rests_on_nothing_and_no_interval_has_width_0(
    dilemma: Analysis, rps: Analysis
) -> None:
    every = [e for found in (dilemma, rps) for mine in found.agents.values() for e in mine.values()]
    assert any(e.value is None for e in every)
    for estimate in every:
        assert estimate.value is not None or estimate.n == 0
        assert estimate.low is None or estimate.low != estimate.high


def test_a_dilemma_has_no_numbers_of_zero_sum_play_and_the_reverse(
    dilemma: Analysis, rps: Analysis
) -> None:
    of_dilemma, of_rps = dilemma.agents["defector"], rps.agents["first"]
    assert {"cooperation_rate", "security_gap", "loyalty", "efficiency"} <= of_dilemma.keys()
    assert {"exploitability", "open_loop_payoff", "elo"} <= of_rps.keys()
    assert not {"exploitability", "open_loop_payoff", "elo"} & of_dilemma.keys()
    assert not {"cooperation_rate", "security_gap", "loyalty", "efficiency"} & of_rps.keys()


def test_three_numbers_of_exploitability_tell_rotation_from_even_play(rps: Analysis) -> None:
    """A rotation has static exploitability 0, and loses every round to who sees it."""
    cycle, constant = rps.agents["cycle"], rps.agents["first"]
    assert cycle["exploitability"].value == pytest.approx(0, abs=1e-9)
    assert cycle["best_response_value"].value == pytest.approx(1, abs=0.05)
    assert (cycle["open_loop_payoff"].value or 0) > 0.7
    assert constant["exploitability"].value == 1


def test_the_best_answer_to_tit_for_tat_is_known(dilemma: Analysis) -> None:
    """Noise apart, it is to cooperate until the last round: 3 + (5 - 3) / 10 without noise."""
    value = dilemma.agents["tit_for_tat"]["best_response_value"]
    assert value.low is not None
    assert value.high is not None
    assert value.low < 3.2 < value.high + 0.2
    assert dilemma.agents["defector"]["worst_case_payoff"].value == pytest.approx(1, abs=0.2)


def test_one_round_has_no_transitions_and_no_best_responses(tmp_path: Path) -> None:
    (one,) = played(
        tmp_path / "run",
        "prisoners_dilemma(rounds=1)",
        agents="cooperator,defector",
        repeats=2,
    )
    mine = analyse(one, families()).agents["cooperator"]
    assert mine["loyalty"] == Estimate(None, None, None, 0)
    assert mine["opening_cooperation"].value == 1
    assert "best_response_value" not in mine


def test_battle_of_the_sexes_has_turns_and_no_cooperation(tmp_path: Path) -> None:
    (one,) = played(
        tmp_path / "run", "battle_of_the_sexes(rounds=4)", agents="first,cycle", repeats=1
    )
    mine = analyse(one, families()).agents["first"]
    assert "cooperation_rate" not in mine
    assert mine["coordination"].value == 0.5
    assert mine["alternation"].value == 0


def test_games_that_are_not_in_normal_form_have_payoffs(tmp_path: Path) -> None:
    (one,) = played(
        tmp_path / "run", "beauty(rounds=3)", agents="equilibrium,level_k", schedule=("society",)
    )
    found = analyse(one, families())
    assert found.agents["equilibrium"]["payoff_per_round"].value is not None
    assert "security_gap" not in found.agents["equilibrium"]


def test_means_over_games_count_every_game_alike(tmp_path: Path) -> None:
    both = played(
        tmp_path / "run",
        "prisoners_dilemma(rounds=2)",
        "matching_pennies(rounds=2)",
        agents="first,random",
    )
    analyses = [analyse(one, families(["payoff", "cooperation"])) for one in both]
    told = macro_means(analyses)["first"]
    each = [a.agents["first"]["payoff_per_round"].value or 0 for a in analyses]
    assert told["payoff_per_round"] == Estimate(sum(each) / 2, None, None, 2)
    assert told["cooperation_rate"].n == 1


def test_a_mean_over_games_says_where_their_points_are_not_worth_the_same(tmp_path: Path) -> None:
    games = ("prisoners_dilemma(rounds=2)", "prisoners_dilemma(rounds=3)", "beauty(rounds=1)")
    low, again, unknown = played(
        tmp_path / "run", *games, agents="first,random", schedule=("society",)
    )
    (high,) = played(tmp_path / "other", "chicken(rounds=2, stakes=100)", agents="first,random")
    assert mixed_units([low]) == mixed_units([low, again]) == []
    (note,) = mixed_units([low, high])
    assert "prisoners_dilemma(rounds=2): 0 to 5" in note
    assert "different worth" in note
    (note,) = mixed_units([low, unknown])
    assert "beauty(rounds=1): not known" in note


def test_metrics_that_a_family_does_not_document_are_its_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (one,) = played(tmp_path / "run", "chicken(rounds=1)", agents="first,random")
    rogue = Family(lambda _: Findings({"first": {"odd": Estimate(1.0, None, None, 1)}}))
    with pytest.raises(PluginError, match="'odd'"):
        analyse(one, {"rogue": rogue})
    twin = Family(lambda _: Findings(), {"payoff_per_round": "mine"})
    monkeypatch.setattr(registry, "names", lambda _: ["payoff", "twin"])
    real = registry.family
    monkeypatch.setattr(registry, "family", lambda name: twin if name == "twin" else real(name))
    with pytest.raises(PluginError, match="both have a metric 'payoff_per_round'"):
        families()


def test_an_unknown_family_is_suggested() -> None:
    with pytest.raises(UsageError, match="did you mean payoff"):
        families(["payof"])


def test_blocks_that_vary_are_counted_and_not_those_that_never_do(tmp_path: Path) -> None:
    """A meets B, alike in 6 blocks, and C, in 2 that differ: of its payoffs nothing is known."""
    rows = [f"b{i},0,{who},C,3" for i in range(6) for who in "AB"]
    rows += ["c0,0,A,C,0", "c0,0,C,D,5", "c1,0,A,C,3", "c1,0,C,C,3"]
    path = tmp_path / "t.csv"
    path.write_text("match,round,agent,action,payoff\n" + "\n".join(rows) + "\n")
    (played,) = read_studies(path, Given())
    found = analyse(played, families(["payoff"]))
    assert found.agents["A"]["payoff_per_round"].low is None
    assert any(note.startswith("Too few blocks of A are") for note in found.notes)
    assert not any("Too few blocks of B" in note for note in found.notes)


def test_what_json_lacks_is_null() -> None:
    assert plain({"a": math.nan, "b": (1, 2.5, None), "c": Estimate(1.0, None, math.inf, 3)}) == {
        "a": None,
        "b": [1, 2.5, None],
        "c": {"value": 1.0, "low": None, "high": None, "n": 3},
    }
