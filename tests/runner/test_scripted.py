from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest

from harness import Play, Round
from harness.config import RunConfig, resolve
from harness.errors import PluginError
from harness.match import Match, Status
from harness.runner.progress import Progress
from harness.runner.run import run
from harness.runner.scripted import play_all
from tests.sketches import Coin, Pennies, table

AGENTS = ("tit_for_tat", "random", "generous_tit_for_tat", "grudger")


def config(**settings: Any) -> RunConfig:
    games = ("prisoners_dilemma(rounds=20, noise=0.1)",)
    return RunConfig(**{"games": games, "agents": AGENTS, "repeats": 4, **settings})


def lines(**settings: Any) -> list[bytes]:
    plan = resolve(config(**settings))
    return [played.line for played in play_all(plan.matches, plan.config.workers)]


def test_more_workers_give_the_same_bytes_in_the_same_order() -> None:
    assert lines(workers=3) == lines(workers=1)


def test_invasions_are_the_same_over_several_workers() -> None:
    settings: dict[str, Any] = {
        "games": ("donor(agents=4, generations=1, rounds=2)",),
        "schedule": ("invade",),
    }
    settings |= {"agents": ("random_donor",), "repeats": 1}
    assert lines(workers=2, **settings) == lines(workers=1, **settings)


def test_the_order_of_the_schedule_changes_no_line() -> None:
    plan = resolve(config())
    backwards = [played.line for played in play_all(plan.matches[::-1])]
    assert backwards[::-1] == lines()


def test_a_subset_of_agents_plays_the_same_matches() -> None:
    assert set(lines(agents=AGENTS[:2])) < set(lines())


def test_fewer_repeats_are_a_part_of_more() -> None:
    assert set(lines(repeats=1)) < set(lines(repeats=2))


def test_another_seed_changes_every_match() -> None:
    assert not set(lines(seed=0)) & set(lines(seed=1))


def test_lines_do_not_depend_on_hash_randomisation(tmp_path: Path) -> None:
    def moves(seed: str) -> bytes:
        folder = tmp_path / seed
        command = [sys.executable, "-m", "harness.cli", "run", "prisoners_dilemma"]
        flags = ["--agents", "random,bush_mosteller,zd_extortion", "--out", str(folder)]
        subprocess.run(
            [*command, *flags],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        return (folder / "matches.jsonl").read_bytes()

    assert moves("1") == moves("2")


def test_a_run_logs_every_planned_match(tmp_path: Path) -> None:
    plan = resolve(config())
    shown: list[Progress] = []
    result = run(plan, tmp_path / "run", show=shown.append)
    assert (shown[-1].done, shown[-1].matches) == (len(plan.matches), len(plan.matches))
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_bytes())
    logged = (tmp_path / "run" / "matches.jsonl").read_bytes().splitlines()
    assert [json.loads(line)["match"] for line in logged] == manifest["matches"]
    assert len(result.matches) == 2 * len(plan.matches)


def test_a_manifest_holds_what_is_needed_to_repeat_the_run(tmp_path: Path) -> None:
    plan = resolve(config())
    run(plan, tmp_path / "run")
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_bytes())
    settings: dict[str, Any] = {
        k: tuple(v) if isinstance(v, list) else v for k, v in manifest["config"].items()
    }
    again = resolve(RunConfig(**settings))
    assert [match.id for match in again.matches] == manifest["matches"]
    (game,) = manifest["games"]
    assert game["parameters"]["row"] == [[3, 0], [5, 1]]
    assert game["cooperative"] == ["cooperate", "cooperate"]


def test_a_game_that_breaks_the_contract_stops_the_run_in_any_process() -> None:
    matches = [table(Unpaid(), Coin(), Coin(), repeat=i) for i in range(4)]
    for workers in (1, 2):
        with pytest.raises(PluginError, match=r"payoffs \(1,\) for 2 players"):
            list(play_all(matches, workers))


class Unpaid(Pennies):
    """Pays one player only."""

    def play(self, rng: Random) -> Play:
        yield Round(("H", "H"), (1,))
        return None


def test_a_worker_that_dies_is_an_error_and_not_a_wait() -> None:
    matches = [table(Deadly(), Coin(), Coin(), repeat=i) for i in range(4)]
    with pytest.raises(PluginError, match="worker process died"):
        list(play_all(matches, 2))


class Deadly(Pennies):
    """Ends its process."""

    def play(self, rng: Random) -> Play:
        os._exit(1)
        yield Round(("H", "H"), (0, 0))


def test_matches_are_streamed() -> None:
    class Endless(list[Match]):
        asked = 0

        def __getitem__(self, index: object) -> Match:  # type: ignore[override]
            raise AssertionError("the schedule is not to be indexed here")

    stream = play_all(Endless([table(Pennies(), Coin(), Coin(), repeat=i) for i in range(3)]))
    first = next(iter(stream))
    assert json.loads(first.line)["status"] == Status.OK
