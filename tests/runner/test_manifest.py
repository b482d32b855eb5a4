from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import harness
from harness.config import KNOBS, RunConfig, RunPlan, resolve
from harness.errors import RecordError
from harness.runner.manifest import (
    _hash_of_package,
    amended,
    changed_code,
    differences,
    last_config,
    manifest,
)

CONFIG = RunConfig(
    games=("prisoners_dilemma(rounds=3)",),
    agents=("tit_for_tat", "mock/random(temperature=0.5)"),
    repeats=2,
    prices={"mock/random": {"input": 1, "output": 2}},
)


def as_read(plan: RunPlan) -> dict[str, Any]:
    """A manifest as it comes back from disk."""
    read: dict[str, Any] = json.loads(json.dumps(manifest(plan)))
    return read


def differing(**settings: Any) -> list[str]:
    told = as_read(resolve(CONFIG))
    return differences(told, resolve(replace(CONFIG, **settings)), "there", lambda text: text)


def test_the_same_run_differs_in_nothing() -> None:
    assert differing() == []
    assert changed_code(as_read(resolve(CONFIG)), resolve(CONFIG)) == []


def test_what_no_result_depends_on_may_differ() -> None:
    other: dict[str, Any] = {
        "workers": 3,
        "concurrency": 7,
        "timeout": 9.0,
        "match_timeout": 99.0,
        "attempts": 2,
        "max_wait": 5.0,
        "cache": "there",
        "out": "there",
        "max_cost": 1.0,
        "max_tokens": 9,
        "max_hours": 2.0,
        "max_errors": 0.5,
        "prices": {"mock/random": {"input": 3, "output": 3}},
    }
    assert other.keys() == KNOBS
    assert differing(**other) == []


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"seed": 5}, {"config.seed", "matches"}),
        ({"repeats": 3}, {"config.repeats", "matches"}),
        ({"swap": False}, {"config.swap", "matches"}),
        ({"on_invalid": "forfeit"}, {"config.on_invalid", "matches"}),
        ({"games": ("prisoners_dilemma(rounds=4)",)}, {"config.games[0]", "games[0].spec"}),
        ({"agents": ("tit_for_tat", "mock/random")}, {"agents[1].parameters.temperature"}),
        ({"model": {"top_p": 0.5}}, {"config.model.top_p", "agents[1].parameters.top_p"}),
    ],
)
def test_everything_else_is_named_field_by_field(
    settings: dict[str, Any], fields: set[str]
) -> None:
    named = {line.partition(":")[0] for line in differing(**settings)}
    for field in fields:
        assert any(name == field or name.startswith(f"{field}[") for name in named), named


def test_whole_and_broken_numbers_are_told_apart() -> None:
    told = as_read(resolve(CONFIG))
    told["agents"][1]["parameters"]["max_tokens"] = 2048.0
    (line,) = differences(told, resolve(CONFIG), "there", lambda text: text)
    assert line == "agents[1].parameters.max_tokens: 2048.0 in the manifest, 2048 now"


def test_settings_of_a_later_version_are_refused() -> None:
    told = as_read(resolve(CONFIG))
    told["config"]["moon"] = "full"
    with pytest.raises(
        RecordError, match="there: this version of Folkbench knows no setting 'moon'"
    ):
        last_config(told, "there")


def test_settings_of_an_earlier_version_are_filled_up() -> None:
    told = as_read(resolve(CONFIG))
    del told["config"]["max_cost"], told["config"]["branch"]
    assert last_config(told, "there") == CONFIG
    assert differences(told, resolve(CONFIG), "there", lambda text: text) == []


def test_each_session_goes_on_with_the_settings_of_the_last() -> None:
    told = as_read(resolve(CONFIG))
    for cost, concurrency in ((2.0, 8), (3.0, 8)):
        plan = resolve(replace(CONFIG, max_cost=cost, concurrency=concurrency))
        told = json.loads(json.dumps(amended(told, plan, 1, "there")))
    assert [session["changed"] for session in told["resumed"]] == [
        {"concurrency": 8, "max_cost": 2.0},
        {"max_cost": 3.0},
    ]
    assert last_config(told, "there") == replace(CONFIG, max_cost=3.0, concurrency=8)
    assert RunConfig(**{**told["config"], **tuples(told["config"])}) == CONFIG


def tuples(config: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) for key, value in config.items() if isinstance(value, list)}


def test_the_code_that_plays_is_told_from_other_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "harness"
    for folder in ("games", "cli"):
        (package / folder).mkdir(parents=True)
    for name in ("play.py", "games/rps.py", "cli/table.py"):
        (package / name).write_text("x = 1\n")
    (package / "__init__.py").write_text("")
    plan = resolve(CONFIG)
    monkeypatch.setattr(harness, "__file__", str(package / "__init__.py"))
    told = as_read(plan)
    (package / "cli/table.py").write_text("x = 2\n")
    _hash_of_package.cache_clear()  # as in another process
    assert changed_code(told, plan) == [], "what prints has no part in play"
    (package / "games/rps.py").write_text("x = 2\n")
    assert changed_code(told, plan) == [], "what is loaded is what plays"
    _hash_of_package.cache_clear()
    (line,) = changed_code(told, plan)
    assert line.startswith("code.harness: ")


def test_who_was_to_exploit_whom_is_told_with_the_version_of_the_ladder() -> None:
    agents = CONFIG.agents
    plan = resolve(replace(CONFIG, schedule=("exploit",), repeats=1))
    told = as_read(plan)
    (game,) = told["games"]
    assert (game["ladder"]["name"], game["ladder"]["version"]) == ("dilemma", 1)
    assert set(game["ladder"]["rungs"]) <= {agent["spec"] for agent in told["agents"]}
    assert told["config"]["agents"] == list(agents)
    assert differences(told, plan, "there", lambda text: text) == []
    assert "ladder" not in as_read(resolve(CONFIG))["games"][0]


def test_who_was_to_invade_whom_is_told_with_the_version_of_the_ladder() -> None:
    settings: dict[str, Any] = {
        "games": ("donor(agents=4)",),
        "agents": ("random_donor",),
        "repeats": 1,
    }
    told = as_read(resolve(replace(CONFIG, schedule=("invade@1",), **settings)))
    (game,) = told["games"]
    invaders = ["free_rider", "donate_fraction(f=1)", "trace_discriminator"]
    assert game["invaders"] == {"name": "donor", "version": 1, "agents": invaders}
    assert "ladder" not in game
    assert [agent["spec"] for agent in told["agents"]] == ["random_donor", *invaders]
