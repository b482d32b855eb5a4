"""What a run is to be, from files and flags."""

from __future__ import annotations

import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from harness.config import RunConfig, override, read_run_file, resolve
from harness.errors import ConfigError, UsageError

FULL = """\
# a run
games = ["chicken(rounds=3)", "deadlock"]
agents = ["tit_for_tat", "random(p=0.3)"]
schedule = ["round_robin", "self_play"]
repeats = 4
seed = 9
swap = false
on_invalid = "forfeit"
reask = 1
workers = 2
out = "there"
concurrency = 3
timeout = 20
match_timeout = 600.5
attempts = 2
max_wait = 60
cache = "replies"
max_cost = 12.5
max_tokens = 1000000
max_hours = 24
max_errors = 0.1
histories = 500

[branch]
from = "results/earlier"
match = "5f0c"
round = 3

[model]
temperature = 0.7

[prices."mock/random"]
input = 1
output = 2
"""


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return tmp_path / "run.toml"


def refused(path: Path, text: str | bytes) -> str:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refusal:
        read_run_file(path)
    message = str(refusal.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))


def test_every_setting_can_stand_in_a_run_file(run_file: Path) -> None:
    run_file.write_text(FULL)
    assert read_run_file(run_file) == RunConfig(
        games=("chicken(rounds=3)", "deadlock"),
        agents=("tit_for_tat", "random(p=0.3)"),
        schedule=("round_robin", "self_play"),
        repeats=4,
        seed=9,
        swap=False,
        on_invalid="forfeit",
        reask=1,
        workers=2,
        out="there",
        concurrency=3,
        timeout=20.0,
        match_timeout=600.5,
        attempts=2,
        max_wait=60.0,
        cache="replies",
        max_cost=12.5,
        max_tokens=1_000_000,
        max_hours=24.0,
        max_errors=0.1,
        histories=500,
        branch={"from": "results/earlier", "match": "5f0c", "round": 3},
        model={"temperature": 0.7},
        prices={"mock/random": {"input": 1, "output": 2}},
    )
    told = set(tomllib.loads(FULL))
    assert told == {field.name for field in fields(RunConfig)}


def test_an_empty_file_holds_the_defaults(run_file: Path) -> None:
    run_file.write_text("")
    assert read_run_file(run_file) == RunConfig()


@pytest.mark.parametrize("key", ["games", "agents", "schedule"])
def test_a_single_text_is_a_list_of_one(run_file: Path, key: str) -> None:
    run_file.write_text(f'{key} = "a(x=[1, 2])"\n')
    assert getattr(read_run_file(run_file), key) == ("a(x=[1, 2])",)


def test_texts_may_hold_any_letters(run_file: Path) -> None:
    run_file.write_text("games = \"chicken(currency='złoty')\"\n", "utf-8")
    assert read_run_file(run_file).games == ("chicken(currency='złoty')",)


def test_an_unknown_key_is_told_with_its_line_and_the_nearest(run_file: Path) -> None:
    message = refused(run_file, '# a run\ngames = "chicken"\n\nrepeat = 3\n')
    assert message == ":4: unknown key 'repeat'; did you mean repeats?"


@pytest.mark.parametrize(
    ("line", "key"), [("[player]", "player"), ("[[player]]", "player"), ("player.x = 1", "player")]
)
def test_an_unknown_table_is_told_with_its_line(run_file: Path, line: str, key: str) -> None:
    assert refused(run_file, f"seed = 1\n{line}\n").startswith(f":2: unknown key {key!r}")


@pytest.mark.parametrize(
    ("line", "must"),
    [
        ('repeats = "3"', "a whole number"),
        ("repeats = 3.0", "a whole number"),
        ("repeats = true", "a whole number"),
        ("repeats = [3]", "a whole number"),
        ("seed = 1979-05-27", "a whole number"),
        ("swap = 1", "true or false"),
        ('swap = "no"', "true or false"),
        ("out = 3", "a text"),
        ("on_invalid = false", "a text"),
        ("games = 3", "a text or a list of texts"),
        ('games = ["chicken", 3]', "a text or a list of texts"),
        ('agents = [["random"]]', "a text or a list of texts"),
        ('schedule = {name = "x"}', "a text or a list of texts"),
    ],
)
def test_a_value_of_the_wrong_type_is_told_with_its_line(
    run_file: Path, line: str, must: str
) -> None:
    key = line.partition(" ")[0]
    message = refused(run_file, f"# a run\n{line}\n")
    assert message.startswith(f":2: {key} is ")
    assert message.endswith(f"it must be {must}")


@pytest.mark.parametrize("text", ["games = [", "games", "seed = 1\nseed = 2\n", "= 3", "seed = 01"])
def test_what_is_no_toml_is_told(run_file: Path, text: str) -> None:
    message = refused(run_file, text)
    assert "not valid TOML" in message
    assert "line" in message or "end of document" in message


def test_what_is_not_utf_8_is_told(run_file: Path) -> None:
    assert "not UTF-8 text" in refused(run_file, b'games = "\xff\xfe"\n')


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot read: No such file"):
        read_run_file(tmp_path / "nowhere.toml")


def test_a_folder_in_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read: Is a directory"):
        read_run_file(tmp_path)


def test_a_file_nested_too_deeply_is_told(run_file: Path) -> None:
    assert "TOML" in refused(run_file, f"games = {'[' * 5000}{']' * 5000}\n")


def test_what_is_given_wins_and_what_is_not_stays() -> None:
    config = RunConfig(games=("chicken",), seed=3, swap=False, out="there")
    changed = override(config, {"seed": 0, "swap": None, "agents": ("random",), "out": None})
    assert changed == RunConfig(
        games=("chicken",), agents=("random",), seed=0, swap=False, out="there"
    )


def test_a_given_false_and_a_given_zero_win_too() -> None:
    changed = override(RunConfig(seed=5, reask=2), {"swap": False, "seed": 0, "reask": 0})
    assert (changed.swap, changed.seed, changed.reask) == (False, 0, 0)


def test_the_settings_before_are_left_as_they_were() -> None:
    config = RunConfig(seed=3)
    override(config, {"seed": 4})
    assert config.seed == 3


PLAYABLE: dict[str, Any] = {"games": ("chicken(rounds=2)",), "agents": ("tit_for_tat", "random")}


def test_a_plan_holds_what_the_settings_name() -> None:
    plan = resolve(RunConfig(**PLAYABLE, repeats=3, seed=5, reask=1, on_invalid="forfeit"))
    assert [g.spec for g in plan.games] == ["chicken(rounds=2)"]
    assert [a.spec for a in plan.agents] == ["tit_for_tat", "random"]
    assert len(plan.matches) == 6
    assert {m.seed for m in plan.matches} == {5}
    assert {(m.policy.reask, m.policy.then) for m in plan.matches} == {(1, "forfeit")}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"workers": 0}, ["workers is 0", "1 or more"]),
        ({"repeats": 0}, ["repeats is 0", "1 or more"]),
        ({"reask": -1}, ["reask is -1", "0 or more"]),
        ({"on_invalid": "voidd"}, ["on_invalid is 'voidd'", "void, forfeit or substitute"]),
        ({"schedule": ("all",)}, ["'all'", "known: exploit, invade, round_robin, self_play,"]),
        ({"games": ()}, ["no game is given"]),
        ({"agents": ()}, ["no agent is given"]),
        ({"games": ("chickn",)}, ["'chickn'", "did you mean chicken?"]),
        ({"agents": ("tit_for_tat", "grudgr")}, ["'grudgr'", "did you mean grudger"]),
        (
            {"schedule": ("invade@1",)},
            ["offers no invaders, which --schedule invade needs", "--schedule versus"],
        ),
        (
            {"games": ("rock_paper_scissors",)},
            ["tit_for_tat cannot play rock_paper_scissors", "3x3"],
        ),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_played(
    setting: dict[str, Any], words: list[str]
) -> None:
    with pytest.raises(UsageError) as refusal:
        resolve(RunConfig(**PLAYABLE | setting))
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_a_refusal_to_play_is_said_once() -> None:
    with pytest.raises(UsageError) as refusal:
        resolve(RunConfig(**PLAYABLE | {"games": ("rock_paper_scissors",)}))
    assert str(refusal.value).count("cannot play") == 1
