from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Folk
from tests.cli.runs import answered, cut

GAME = "prisoners_dilemma(rounds=2)"
MODEL = "mock/random(elicit='logits')"


def test_bots_are_told_without_a_folder(folk: Folk) -> None:
    told = folk("exact", "rock_paper_scissors(rounds=2)", "--agents", "random,biased", "--json")
    assert told.code == 0
    content = json.loads(told.out)
    assert content["run"] is None
    assert content["histories"] == [10, 10]
    found = content["agents"]["biased"]["exploitability"]
    assert found == {
        "value": pytest.approx(0.25),
        "low": found["value"],
        "high": found["value"],
        "n": 20,
    }
    assert content["agents"]["random"]["exploitability"]["value"] == pytest.approx(0)
    table = folk("exact", GAME, "--agents", "tit_for_tat").out
    assert "5 and 5 histories" in table
    assert "4.0000" in table  # cooperate, then defect


def test_a_model_is_asked_once_at_every_history_and_what_was_paid_for_is_used_again(
    folk: Folk,
) -> None:
    command = ("exact", GAME, "--agents", MODEL, "--out", "walk", "--quiet", "--json")
    first = folk(*command)
    assert first.code == 0, first.err
    asked = answered("walk")
    assert len(asked) == 10 + 1  # the word that every model is asked for first
    told = json.loads(first.out)
    assert told["agents"][MODEL]["best_response"]["n"] == 10
    assert 0 < told["legal_mass"][MODEL]["least"] <= told["legal_mass"][MODEL]["mean"] < 1
    cut("walk", "matches.jsonl", 4)
    again = folk(*command)
    assert again.out == first.out
    assert answered("walk") == asked


def test_what_it_takes_is_told_before(folk: Folk) -> None:
    told = folk("exact", GAME, "--agents", MODEL, "--dry-run", "--json")
    content = json.loads(told.out)
    assert content["asked"] == 10
    assert content["forecast"]["calls"]["value"] == 11


def test_games_that_are_not_walked_are_refused_before_anything_is_asked(folk: Folk) -> None:
    told = folk("exact", "deal_or_no_deal", "--agents", MODEL, "--out", "walk")
    assert told.code == 2
    assert "by chance" in told.err
    few = folk("exact", "prisoners_dilemma(rounds=4)", "--agents", "random", "--max-histories", "9")
    assert few.code == 2
    assert "--max-histories" in few.err


def test_exploiters_are_set_against_every_agent_and_a_run_of_them_is_gone_on_with(
    folk: Folk,
) -> None:
    game, agents = "chicken(rounds=4)", "mock/random,tit_for_tat"
    command = ("run", game, "--agents", agents, "--schedule", "exploit", "--out", "run", "--quiet")
    whole = folk(*command, "--json")
    assert whole.code == 0, whole.err
    content = json.loads(whole.out)
    assert content["matches"] == 2 * 2 * 10  # two agents, both seats, ten rungs
    cut("run", "matches.jsonl", 7)
    cut("run", "calls.jsonl", 25)
    again = json.loads(folk("resume", "run", "--quiet", "--json").out)
    assert again["standings"] == content["standings"]


def test_a_tournament_walks_no_histories(folk: Folk) -> None:
    Path("run.toml").write_text('games = ["chicken"]\nagents = ["random"]\nhistories = 9\n')
    told = folk("run", "run.toml")
    assert told.code == 2
    assert "for folk exact" in told.err


def test_a_game_that_offers_no_exploiters_says_what_to_do(folk: Folk) -> None:
    told = folk("run", "chicken", "--agents", "random", "--schedule", "exploiters")
    assert told.code == 2
    assert "did you mean exploit?" in told.err
