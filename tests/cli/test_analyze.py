"""`folk analyze` on runs and on tables that somebody else made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Ended, Folk

TABLE = """match,round,agent,action,payoff
m1,0,Ann,C,3
m1,0,Bob,C,3
m1,1,Ann,C,0
m1,1,Bob,D,5
m2,0,Ann,D,1
m2,0,Bob,D,1
"""


def analysed(folk: Folk, *arguments: str) -> Any:
    done = folk("analyze", *arguments, "--json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def test_a_table_written_by_hand_has_the_numbers_of_a_hand(folk: Folk) -> None:
    Path("moves.csv").write_text(TABLE)
    found = analysed(folk, "moves.csv", "--cooperate", "C")
    assert found["agents"]["Ann"]["payoff_per_round"]["value"] == 4 / 3
    assert found["agents"]["Bob"]["payoff_per_round"]["value"] == 3
    assert found["agents"]["Ann"]["cooperation_rate"]["value"] == 2 / 3
    assert found["agents"]["Bob"]["cooperation_rate"]["value"] == 1 / 3
    assert (found["matches"], found["outcomes"]) == (2, {"ok": 6})


def test_without_a_cooperative_action_there_is_no_cooperation_rate(folk: Folk) -> None:
    Path("moves.csv").write_text(TABLE)
    found = analysed(folk, "moves.csv")
    assert "payoff_per_round" in found["agents"]["Ann"]
    assert "cooperation_rate" not in found["agents"]["Ann"]


def test_a_run_has_the_payoffs_and_rates_that_its_standings_have(folk: Folk, run: Ended) -> None:
    told = json.loads(folk("resume", "run", "--json").out)["standings"]
    found = analysed(folk, "run")
    for standing in told:
        mine = found["agents"][standing["agent"]]
        assert mine["payoff_per_round"] == standing["payoff_per_round"]
        assert mine["cooperation_rate"] == standing["cooperation_rate"]


def test_the_tables_say_the_same_to_people(folk: Folk, run: Ended) -> None:
    done = folk("analyze", "run")
    assert done.code == 0
    assert "payoff per round" in done.out
    assert "tit_for_tat" in done.out


@pytest.mark.parametrize("name", ["none.csv", "no_folder"])
def test_what_is_not_there_is_one_message(folk: Folk, name: str) -> None:
    done = folk("analyze", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert name in done.err
