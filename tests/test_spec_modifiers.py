from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import PluginError, UsageError, registry
from harness.cli import folk
from harness.config import RunConfig, resolve
from harness.games.predict import Predict
from harness.games.talk import Talk
from harness.modifier import Modifier
from harness.runner.run import run
from harness.spec import split

SPEC = "prisoners_dilemma(rounds=3)+talk(messages=2)+predict"


def test_a_game_and_its_modifiers_are_read_from_left_to_right() -> None:
    entry = registry.build("game", " prisoners_dilemma( rounds=3 ) + talk(messages=2)+predict ")
    assert entry.spec == SPEC
    predict = entry.what
    assert isinstance(predict, Predict)
    assert isinstance(predict.game, Talk)
    assert (predict.game.messages, predict.game.game.name) == (2, "prisoners_dilemma")
    assert entry.identity["name"] == "prisoners_dilemma+talk+predict"


def test_a_normal_form_is_read_back_as_itself() -> None:
    spec = "chicken(noise=0.1)+tell(text='1 + 1 = (2')+reflect"
    once = registry.build("game", spec)
    again = registry.build("game", once.spec)
    assert (again.spec, again.key) == (once.spec, once.key)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ["a"]),
        ("a+b", ["a", "b"]),
        ("a(x=+1)+b(y='c+d')", ["a(x=+1)", "b(y='c+d')"]),
        ("a(x=[1, +2], y={'+': 1}) + b", ["a(x=[1, +2], y={'+': 1})", "b"]),
        (r"a(x='\'+')+b", [r"a(x='\'+')", "b"]),
    ],
)
def test_plus_signs_split_outside_brackets_and_quotes_only(text: str, parts: list[str]) -> None:
    assert split(text, "+") == parts


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("chicken+", "nothing between two plus signs or at an end"),
        ("+talk", "nothing between two plus signs"),
        ("chicken++talk", "nothing between two plus signs"),
        ("chicken(+talk", "a bracket or a quote is not closed"),
        ("chicken+tolk", "there is no modifier 'tolk'; did you mean talk"),
        ("chicken+chicken", "there is no modifier 'chicken'"),
        ("talk+chicken", "there is no game 'talk'"),
        ("chicken+talk(messages=0)", "talk: messages is 0"),
        ("chicken+talk(mesages=2)", "talk has no parameter 'mesages'; did you mean messages"),
        ("chicken+talk(game=1)", "talk has no parameter 'game'"),
        ("chicken+talk(2)", "every parameter needs its name"),
        ("chicken+tell", "tell: text is empty"),
    ],
)
def test_what_cannot_be_read_says_why(spec: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("(", r"\(")):
        registry.build("game", spec)


def test_agents_have_no_modifiers() -> None:
    with pytest.raises(UsageError, match="cannot read"):
        registry.build("agent", "random+talk")


def test_the_parameters_of_a_modifier_are_its_own() -> None:
    assert list(registry.parameters("modifier", "predict")) == ["kind"]
    for name in registry.names("modifier"):
        assert issubclass(registry.load("modifier", name), Modifier)  # type: ignore[arg-type]


def gameless() -> None:
    """Takes no game."""


def no_modifier(game: Any) -> Any:
    """Returns the game as it is."""
    return game


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (gameless, "must take a game as its first parameter"),
        (no_modifier, "made a MatrixGame, which is no modifier"),
    ],
)
def test_a_modifier_that_breaks_the_contract_is_named(
    broken: Any, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = registry.load
    monkeypatch.setattr(
        registry, "load", lambda kind, name: broken if kind == "modifier" else load(kind, name)
    )
    with pytest.raises(PluginError, match=f"modifier 'broken'.*{message}"):
        registry.build("game", "chicken+broken")


def test_modifiers_are_listed() -> None:
    result = CliRunner().invoke(folk, ["list", "modifiers", "--json"])
    assert result.exit_code == 0
    found = {row["name"]: row["about"] for row in json.loads(result.stdout)}
    assert {"talk", "predict", "tell", "reflect"} <= set(found)
    assert found["talk"] == "Players send messages before they decide."


def test_a_modified_game_is_shown_with_all_its_parts() -> None:
    result = CliRunner().invoke(folk, ["show", SPEC])
    assert (result.exit_code, result.exception) == (0, None)
    for part in ("Prisoner's dilemma: each gains", "max_chars", "'distribution'", "rounds"):
        assert part in result.stdout
    assert "First, what is your message (1 of 2) to the other player?" in result.stdout
    content = json.loads(CliRunner().invoke(folk, ["show", SPEC, "--json"]).stdout)
    assert content["spec"] == SPEC
    assert content["parameters"]["game"]["parameters"]["game"]["name"] == "prisoners_dilemma"


def test_a_run_of_modified_games_is_logged_with_its_measures(tmp_path: Path) -> None:
    config = RunConfig((SPEC, "chicken+reflect"), ("random",), ("self_play",), workers=2)
    result = run(resolve(config), tmp_path / "run")
    rows = result.matches[result.matches["game"] == SPEC]
    assert list(rows["status"]) == ["ok", "ok"]
    assert rows["brier"].between(0, 2).all()
    manifest = json.loads((tmp_path / "run/manifest.json").read_text("utf-8"))
    assert [game["spec"] for game in manifest["games"]] == [SPEC, "chicken+reflect"]
    assert manifest["games"][0]["cooperative"] == ["cooperate", "cooperate"]


def test_the_command_reads_a_modified_game() -> None:
    result = CliRunner().invoke(folk, ["run", SPEC, "--agents", "random,first", "--dry-run"])
    assert (result.exit_code, result.exception) == (0, None)
    assert SPEC in result.stdout
