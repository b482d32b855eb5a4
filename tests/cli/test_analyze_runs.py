"""What analysis makes of runs whose games have stages, ladders or terms that differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Folk
from tests.cli.runs import cut


def analysed(folk: Folk, *run: str, family: str) -> Any:
    assert folk("run", *run, "--repeats", "6", "--out", "run", "--quiet").code == 0
    done = folk("analyze", "run", "--family", family, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_generations_of_donor_games_are_told(folk: Folk) -> None:
    game = "donor(agents=4, generations=2, rounds=2)"
    run = (game, "--agents", "donate_fraction(f=0.5)", "--schedule", "self_play")
    found = analysed(folk, *run, family="donor")
    assert found["agents"]["donate_fraction(f=0.5)"]["donated_share"]["value"] == 0.5
    assert [g["stage"] for g in found["details"]["donor"]["generations"]] == [0, 1]


def test_what_a_ladder_takes_is_told_above_mutual_cooperation(folk: Folk) -> None:
    game = "prisoners_dilemma(rounds=10)"
    run = (game, "--agents", "tit_for_tat,cooperator", "--schedule", "exploit")
    found = analysed(folk, *run, family="ladder")
    told = found["details"]["ladder"]
    assert told["baseline"] == {"name": "mutual cooperation", "payoffs": [3, 3]}
    assert told["ladder"]["version"] >= 1
    # Defection takes 5 from who always cooperates; the last round's, 2 more from who retaliates.
    assert found["agents"]["cooperator"]["exploited_by_ladder"]["value"] == 2
    assert found["agents"]["tit_for_tat"]["exploited_by_ladder"]["value"] == pytest.approx(0.2)


def test_a_term_that_differs_between_games_has_its_effect_told(folk: Folk) -> None:
    games = ("prisoners_dilemma(rounds=5)", "prisoners_dilemma(rounds=5, stakes=100)")
    found = analysed(folk, *games, "--agents", "random(p=0.3),grudger", family="sweep")
    effect = found["agents"]["random(p=0.3)"]["stake_effect"]
    assert effect["low"] < 0 < effect["high"]
    (swept,) = found["sweep"]["stakes"]
    assert [point["value"] for point in swept["points"]] == [1, 100]


def test_games_that_differ_in_nothing_told_have_no_sweep(folk: Folk) -> None:
    games = ("prisoners_dilemma(rounds=5)", "stag_hunt(rounds=5)")
    found = analysed(folk, *games, "--agents", "random(p=0.3),grudger", family="sweep")
    assert found["sweep"] == {}
    assert "stake_effect" not in found["agents"]["grudger"]


def test_metrics_of_sweeps_can_be_named(folk: Folk) -> None:
    assert "stake_effect" in folk("list", "metrics").out
    Path("moves.csv").write_text("match,round,agent,action,payoff\nm,0,A,x,1\nm,0,B,y,0\n")
    assert folk("analyze", "moves.csv", "--metrics", "stake_effect").code == 0


def test_a_run_that_is_not_over_says_so(folk: Folk) -> None:
    run = ("prisoners_dilemma", "chicken", "--agents", "random,defector", "--repeats", "2")
    assert folk("run", *run, "--out", "run", "--quiet").code == 0
    found = json.loads(folk("analyze", "run", "--json").out)
    assert "planned" not in json.dumps(found)
    path = Path("run", "matches.jsonl")
    n = len(path.read_bytes().splitlines())
    cut("run", "matches.jsonl", 1)
    told = folk("analyze", "run").out.replace("\n ", "")
    assert f"1 of {n} planned matches are in the log: folk resume run plays the others." in told


def test_matches_forfeited_in_their_first_round_count_and_have_no_numbers(folk: Folk) -> None:
    run = ("prisoners_dilemma(rounds=3)", "--agents", "mock/outlaw,mock/empty")
    assert folk("run", *run, "--on-invalid", "forfeit", "--out", "run", "--quiet").code in (0, 3)
    printed = folk("analyze", "run").out
    assert "2 forfeit" in printed
    assert "treated otherwise" not in printed
    assert "that counts has a round" in printed
    assert "counts: there" not in printed
