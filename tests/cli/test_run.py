"""`folk run` and `folk export`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.conftest import Folk

PD = "prisoners_dilemma(rounds=4)"
THREE = ("--agents", "tit_for_tat,random,defector")


def matches(folder: str) -> list[dict[str, Any]]:
    """The log's lines."""
    return [json.loads(line) for line in Path(folder, "matches.jsonl").read_text().splitlines()]


def manifest(folder: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(Path(folder, "manifest.json").read_text())
    return content


def test_a_run_prints_the_standings_and_writes_its_folder(folk: Folk) -> None:
    ended = folk("run", PD, *THREE, "--out", "there")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == PD
    assert "payoff per round" in lines[2]
    assert {line.split()[1] for line in lines[4:7]} == {"tit_for_tat", "random", "defector"}
    assert lines[-1] == "6 matches, logged in there"
    assert sorted(path.name for path in Path("there").iterdir()) == [
        "manifest.json",
        "matches.jsonl",
    ]
    assert len(matches("there")) == len(manifest("there")["matches"]) == 6


def test_standings_are_those_that_can_be_computed_by_hand(folk: Folk) -> None:
    arguments = ("run", PD, "--agents", "cooperator,defector", "--out", "there", "--json")
    first, second = json.loads(folk(*arguments).out)["standings"]
    assert (first["agent"], first["payoff_per_round"]["value"]) == ("defector", 5)
    assert (second["agent"], second["payoff_per_round"]["value"]) == ("cooperator", 0)
    assert (first["cooperation_rate"]["value"], second["cooperation_rate"]["value"]) == (0, 1)


def test_the_standings_as_json_hold_estimates_with_their_intervals(folk: Folk) -> None:
    ended = folk("run", PD, *THREE, "--repeats", "8", "--out", "there", "--json")
    content = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert (content["run"], content["matches"]) == ("there", 48)
    assert len(content["standings"]) == 3
    for row in content["standings"]:
        estimate = row["payoff_per_round"]
        assert estimate.keys() == {"value", "low", "high", "n"}
        assert estimate["n"] == 32
    values = [row["payoff_per_round"]["value"] for row in content["standings"]]
    assert values == sorted(values, reverse=True)
    assert any(row["payoff_per_round"]["low"] is not None for row in content["standings"])


def test_an_interval_holds_its_estimate_where_some_tables_are_deterministic(folk: Folk) -> None:
    ended = folk("run", PD, *THREE, "--repeats", "8", "--out", "there", "--json")
    for row in json.loads(ended.out)["standings"]:
        for estimate in (row["payoff_per_round"], row["cooperation_rate"]):
            if estimate["low"] is not None:
                assert estimate["low"] <= estimate["value"] <= estimate["high"], row["agent"]


def test_standings_without_an_interval_are_null_and_not_nan(folk: Folk) -> None:
    arguments = ("run", PD, "--agents", "cooperator,defector", "--out", "there", "--json")
    row = json.loads(folk(*arguments).out)["standings"][0]
    assert (row["payoff_per_round"]["low"], row["payoff_per_round"]["high"]) == (None, None)


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_a_dry_run_says_what_would_be_played_and_writes_nothing(
    folk: Folk, flags: tuple[str, ...]
) -> None:
    ended = folk("run", PD, "chicken", *THREE, "--repeats", "5", "--dry-run", *flags)
    assert (ended.code, ended.err) == (0, "")
    if flags:
        told = json.loads(ended.out)
        assert told.pop("forecast")["calls"]["value"] == 0
        assert told == {
            "games": [PD, "chicken"],
            "agents": ["tit_for_tat", "random", "defector"],
            "matches": 60,
        }
    else:
        assert "60 matches between 3 agents" in ended.out
    assert not list(Path().iterdir())


def test_a_run_without_out_gets_a_folder_of_its_own_below_results(folk: Folk) -> None:
    ended = folk("run", PD, *THREE, "--json")
    [folder] = Path("results").iterdir()
    assert folder.name.endswith("-prisoners_dilemma")
    assert Path(json.loads(ended.out)["run"]) == folder


def test_the_same_seed_plays_the_same_and_another_seed_does_not(folk: Folk) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        folk("run", PD, *THREE, "--seed", seed, "--out", name)
    assert matches("a") == matches("b")
    assert {m["match"] for m in matches("a")}.isdisjoint(m["match"] for m in matches("c"))


def test_more_workers_change_nothing_but_the_order(folk: Folk) -> None:
    for name, workers in (("one", "1"), ("two", "2")):
        assert (
            folk("run", PD, *THREE, "--repeats", "3", "--workers", workers, "--out", name).code == 0
        )
    one, two = (sorted(matches(name), key=lambda m: m["match"]) for name in ("one", "two"))
    assert one == two


def test_no_swap_and_schedules_are_heeded(folk: Folk) -> None:
    flags = ("--no-swap", "--schedule", "round_robin,self_play", "--out", "there")
    assert folk("run", PD, *THREE, *flags).code == 0
    a, b, c = "tit_for_tat", "random", "defector"
    pairs = [m["agents"] for m in matches("there")]
    assert pairs == [[a, b], [a, c], [b, c], [a, a], [b, b], [c, c]]


RUN_FILE = """
games = "chicken(rounds=2)"
agents = ["first", "random", "cycle"]
schedule = "self_play"
repeats = 2
seed = 5
swap = false
out = "from_file"
"""


def test_a_run_file_is_played(folk: Folk) -> None:
    Path("run.toml").write_text(RUN_FILE)
    assert folk("run", "run.toml").code == 0
    config = manifest("from_file")["config"]
    assert config["games"] == ["chicken(rounds=2)"]
    assert (config["repeats"], config["seed"], config["swap"]) == (2, 5, False)
    assert len(matches("from_file")) == 6


def test_flags_win_over_the_run_file(folk: Folk) -> None:
    Path("run.toml").write_text(RUN_FILE)
    flags = ["--agents", "first,random", "--schedule", "round_robin", "--seed", "0", "--swap"]
    assert folk("run", "run.toml", *flags, "--out", "there").code == 0
    config = manifest("there")["config"]
    assert config["agents"] == ["first", "random"]
    assert (config["schedule"], config["seed"], config["swap"]) == (["round_robin"], 0, True)
    assert config["repeats"] == 2
    assert len(matches("there")) == 4
    assert not Path("from_file").exists()


def test_matches_that_did_not_end_well_are_told_in_the_exit_code(folk: Folk) -> None:
    agents = "random,replay(actions=['cooperate'])"
    ended = folk("run", PD, "--agents", agents, "--out", "there")
    assert ended.code == 3
    assert "error" in ended.out
    assert {m["status"] for m in matches("there")} == {"error"}


READERS: dict[str, tuple[str, Callable[[Path], pd.DataFrame]]] = {
    "parquet": ("{}.parquet", pd.read_parquet),
    "csv": ("{}.csv", lambda path: pd.read_csv(path, keep_default_na=True)),
    "jsonl": ("{}_table.jsonl", lambda path: pd.read_json(path, lines=True)),
}


def exported(folk: Folk, form: str) -> dict[str, pd.DataFrame]:
    ended = folk("export", "there", "--format", form, "--out", "tables")
    assert (ended.code, ended.err) == (0, "")
    name, read = READERS[form]
    paths = {table: Path("tables") / name.format(table) for table in ("matches", "moves")}
    assert ended.out.splitlines() == [str(path) for path in paths.values()]
    return {table: read(path) for table, path in paths.items()}


def test_all_formats_hold_the_same_tables(folk: Folk) -> None:
    games = ["prisoners_dilemma(rounds=3, noise=0.2, stakes=0.1)", "matching_pennies(rounds=2)"]
    folk("run", *games, *THREE, "--repeats", "2", "--out", "there")
    tables = {form: exported(folk, form) for form in READERS}
    for form in ("csv", "jsonl"):
        for table in ("matches", "moves"):
            expected, found = tables["parquet"][table], tables[form][table]
            assert list(found.columns) == list(expected.columns)
            for column in expected:
                ours, theirs = (frame[column].astype(object) for frame in (expected, found))
                numbers = expected[column].dtype.kind in "fiu"
                if numbers:
                    pd.testing.assert_series_equal(
                        ours.astype(float), theirs.astype(float), rtol=1e-12, check_dtype=False
                    )
                else:
                    assert [str(v) for v in ours] == [str(v) for v in theirs], (form, column)


def test_a_table_of_moves_has_a_row_for_every_round_and_player(folk: Folk) -> None:
    folk("run", PD, *THREE, "--out", "there")
    tables = exported(folk, "parquet")
    assert len(tables["moves"]) == 6 * 4 * 2
    assert len(tables["matches"]) == 6 * 2
    logged = {m["match"]: m for m in matches("there")}
    for row in tables["moves"].to_dict("records"):
        match = logged[row["match"]]
        assert row["action"] == match["actions"][row["player"]][row["round"]]
        assert row["payoff"] == match["round_payoffs"][row["player"]][row["round"]]
        assert row["agent"] == match["agents"][row["player"]]


def test_exported_payoffs_add_up_to_the_totals(folk: Folk) -> None:
    folk("run", PD, *THREE, "--out", "there")
    tables = exported(folk, "csv")
    sums = tables["moves"].groupby(["match", "player"])["payoff"].sum()
    totals = tables["matches"].set_index(["match", "player"])["payoff"]
    pd.testing.assert_series_equal(
        sums.sort_index(), totals.sort_index(), check_dtype=False, check_names=False
    )


@pytest.mark.parametrize("form", READERS)
def test_tables_are_put_beside_the_log_and_leave_it_as_it_was(folk: Folk, form: str) -> None:
    folk("run", PD, *THREE, "--out", "there")
    before = {p.name: p.read_bytes() for p in Path("there").iterdir()}
    assert folk("export", "there", "--format", form).code == 0
    after = {p.name: p.read_bytes() for p in Path("there").iterdir()}
    assert before.items() <= after.items()
    assert len(after) == len(before) + 2


def test_a_table_can_be_written_again(folk: Folk) -> None:
    folk("run", PD, *THREE, "--out", "there")
    assert folk("export", "there").code == folk("export", "there").code == 0
