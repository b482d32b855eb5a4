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


REFUSER = "mock/refuser(marked=False)"


def refused(folk: Folk, policy: str) -> Any:
    """The analysis of a run in which one agent never answers."""
    games = "prisoners_dilemma(rounds=3)"
    agents = f"{REFUSER},cooperator,defector"
    folk("run", games, "--agents", agents, "--on-invalid", policy, "--out", policy)
    return analysed(folk, policy)


def test_void_matches_are_counted_and_their_agent_has_null_and_not_zero(folk: Folk) -> None:
    found = refused(folk, "void")
    assert found["statuses"] == {"void": 4, "ok": 2}
    assert found["agents"][REFUSER]["payoff_per_round"] == {
        **dict.fromkeys(("value", "low", "high")),
        "n": 0,
    }
    assert found["agents"][REFUSER]["cooperation_rate"]["value"] is None
    assert found["agents"]["cooperator"]["payoff_per_round"]["value"] == 0
    assert found["counts"][REFUSER]["void"] == 4
    assert found["counts"][REFUSER]["invalid"] == 12
    assert sum(n for name, n in found["outcomes"].items() if name != "ok") == 4
    assert f"No match of {REFUSER} counts" in " ".join(found["notes"])


def test_substituted_moves_pay_and_say_nothing_of_behaviour(folk: Folk) -> None:
    found = refused(folk, "substitute")
    mine = found["agents"][REFUSER]
    assert mine["payoff_per_round"]["n"] == 4
    assert (mine["cooperation_rate"]["value"], mine["cooperation_rate"]["n"]) == (None, 0)
    assert found["counts"][REFUSER]["substituted"] == 12
    void = found["sensitivity"]["void"]
    assert void[REFUSER]["payoff_per_round"]["value"] is None
    assert void["cooperator"]["payoff_per_round"]["value"] == 0
    assert found["sensitivity"]["as_played"]["cooperator"]["payoff_per_round"]["n"] == 4
    assert "More than 5 %" in " ".join(found["notes"])


def test_strategies_that_were_read_have_an_exploitability_of_their_own(folk: Folk) -> None:
    agents = "mock/random(elicit='logits'),first"
    folk("run", "rock_paper_scissors(rounds=3)", "--agents", agents, "--out", "run")
    found = analysed(folk, "run")["agents"]
    assert "exploitability_read" in found["mock/random(elicit='logits')"]
    assert "exploitability_read" not in found["first"]


def test_several_games_are_told_apart_and_averaged(folk: Folk) -> None:
    games = ("prisoners_dilemma(rounds=2)", "matching_pennies(rounds=2)")
    folk("run", *games, "--agents", "first,random", "--out", "run")
    found = analysed(folk, "run", "--family", "payoff")
    assert found["games"].keys() == set(games)
    each = [found["games"][g]["agents"]["first"]["payoff_per_round"]["value"] for g in games]
    assert found["agents"]["first"]["payoff_per_round"]["value"] == sum(each) / 2
    assert found["matches"] == 4
    (note,) = found["notes"]
    assert "prisoners_dilemma(rounds=2): 0 to 5; matching_pennies(rounds=2): -1 to 1" in note


def test_only_the_metrics_that_are_asked_for_are_told(folk: Folk, run: Ended) -> None:
    found = analysed(folk, "run", "--metrics", "payoff_per_round,loyalty")
    assert {m for mine in found["agents"].values() for m in mine} == {"payoff_per_round", "loyalty"}
    wrong = folk("analyze", "run", "--metrics", "loyality")
    assert (wrong.code, wrong.err.count("\n")) == (2, 1)
    assert "did you mean loyalty" in wrong.err


def test_a_part_of_a_run_is_no_table(folk: Folk, run: Ended) -> None:
    done = folk("analyze", "run/matches.jsonl")
    assert done.code == 2
    assert "give the folder" in done.err


def test_an_exported_table_says_what_the_run_says(folk: Folk, run: Ended) -> None:
    folk("export", "run", "--format", "csv")
    whole, table = (analysed(folk, name) for name in ("run", "run/moves.csv"))
    for agent, metrics in whole["agents"].items():
        for name in ("payoff_per_round", "cooperation_rate", "best_response_value", "efficiency"):
            assert table["agents"][agent][name] == metrics[name]


def test_families_and_metrics_are_listed(folk: Folk) -> None:
    listed = json.loads(folk("list", "metrics", "--json").out)
    names = [item["name"] for item in listed]
    assert {"payoff_per_round", "cooperation_rate", "exploitability"} <= set(names)
    assert len(names) == len(set(names))
    assert all(item["about"] for item in listed)


def test_power_says_how_many_blocks_a_difference_takes(folk: Folk, run: Ended) -> None:
    """Cohen (1988), as statsmodels has it: an effect of 0.5 takes 64 and 34."""
    told = json.loads(folk("power", "--difference", "0.2", "--deviation", "0.4", "--json").out)
    assert (told["independent"], told["paired"]) == (64, 34)
    observed = json.loads(folk("power", "run", "--difference", "0.2", "--json").out)
    assert observed["deviation"] > 0
    assert folk("power", "--difference", "0.2").code == 2
    below = folk("power", "--difference", "1", "--deviation", "-1")
    assert (below.code, "a deviation is at least 0" in below.err) == (2, True)


@pytest.mark.parametrize("name", ["none.csv", "no_folder"])
def test_what_is_not_there_is_one_message(folk: Folk, name: str) -> None:
    done = folk("analyze", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert name in done.err


def test_what_was_asked_for_and_does_not_apply_is_told_with_what_may_be_missing(folk: Folk) -> None:
    Path("moves.csv").write_text(TABLE)
    found = analysed(folk, "moves.csv", "--metrics", "memory_order,payoff_per_round,model_gap")
    (note,) = (n for n in found["notes"] if "apply" in n)
    assert note.startswith("memory_order, model_gap do not apply to moves; what may be missing: ")
    assert "--payoffs or --game" in note
    assert "--cooperate" in note
    one = "prisoners_dilemma(rounds=1)"
    assert folk("run", one, "--agents", "random,defector", "--out", "run", "--quiet").code == 0
    printed = folk("analyze", "run", "--family", "repeated,payoff").out
    assert f"* repeated does not apply to {one}." in printed
    both = (one, "chicken", "--agents", "random,defector")
    assert folk("run", *both, "--out", "two", "--quiet").code == 0
    assert analysed(folk, "two", "--family", "donor")["notes"][-1] == (
        "donor does not apply to any of these games."
    )
    assert "donor does not apply" in folk("analyze", "two", "--family", "donor").out


def test_actions_of_other_names_are_refused_with_the_form_of_payoffs(folk: Folk) -> None:
    Path("moves.csv").write_text(TABLE)
    refused = folk("analyze", "moves.csv", "--game", "prisoners_dilemma")
    assert refused.code == 2
    form = refused.err.partition("--payoffs FILE, with ")[2].partition(" in it")[0]
    Path("payoffs.json").write_text(form)
    found = analysed(folk, "moves.csv", "--payoffs", "payoffs.json")
    assert found["agents"]["Ann"]["cooperation_rate"]["value"] == 2 / 3
