"""What is installed, and how it is built."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import harness.agents
from harness import Agent, Bot, Game, PluginError, UsageError, registry
from harness.models import Model, Style
from harness.registry import Kind

PROJECT = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"),
)["project"]
POINTS: dict[Kind, dict[str, str]] = {
    "game": PROJECT["entry-points"]["folkbench.games"],
    "agent": PROJECT["entry-points"]["folkbench.agents"],
    "style": PROJECT["entry-points"]["folkbench.styles"],
}
BASES: dict[Kind, type] = {"game": Game, "agent": Agent, "style": Style}
MODEL = {f.name for f in fields(Model)}
"""Parameters that all models have, which their base explains."""
ALL: list[tuple[Kind, str]] = [(kind, name) for kind, points in POINTS.items() for name in points]
NEEDS = {
    "matrix": "(payoffs=[[1, 0], [0, 1]])",
    "compatible": "/tiny(base_url='http://127.0.0.1:1/v1')",
    "http": "(url='http://127.0.0.1:1/')",
    "mock": "/random",
    "persona": "(text='You are a banker.')",
    "process": "(command='cat')",
    **dict.fromkeys(("anthropic", "openai", "transformers", "vllm"), "/tiny"),
}


def built(kind: Kind, name: str) -> Any:
    return registry.build(kind, name + NEEDS.get(name, "")).what


@pytest.mark.parametrize("kind", ["game", "agent", "style"])
def test_all_that_the_project_registers_is_installed(kind: Kind) -> None:
    missing = POINTS[kind].keys() - set(registry.names(kind))
    assert not missing, f"run `make setup` again: {missing} are registered but not installed"


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_everything_registered_builds_with_its_defaults(kind: Kind, name: str) -> None:
    assert isinstance(built(kind, name), BASES[kind])


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_everything_registered_goes_by_its_own_name(kind: Kind, name: str) -> None:
    settings_of_another = {"ordinal_2x2": "ordinal_2x2_111", "beauty_08": "beauty"}
    assert built(kind, name).name == settings_of_another.get(name, name)


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_everything_registered_says_in_a_sentence_what_it_is(kind: Kind, name: str) -> None:
    first, *_ = (inspect.getdoc(registry.load(kind, name)) or "").split("\n\n")
    assert first.endswith("."), first
    assert "\n" not in first, first
    assert first[0].isupper(), first


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_every_parameter_of_everything_is_explained(kind: Kind, name: str) -> None:
    doc = inspect.getdoc(registry.load(kind, name)) or ""
    from harness.games.matrix import REPEATED

    shared = {"game": set(REPEATED), "agent": MODEL}
    own = registry.parameters(kind, name).keys() - shared.get(kind, set())
    unexplained = [p for p in own if f"{p}:" not in doc]
    assert not unexplained


@pytest.mark.parametrize(("kind", "name"), [point for point in ALL if point[0] != "style"])
def test_the_identity_of_everything_is_json_data(kind: Kind, name: str) -> None:
    entry = registry.build(kind, name + NEEDS.get(name, ""))
    assert len(entry.key) == 16
    assert entry.identity["name"] == entry.what.name


def bots() -> Iterator[type[Bot]]:
    for module in pkgutil.iter_modules(harness.agents.__path__):
        path = f"harness.agents.{module.name}"
        for member in vars(importlib.import_module(path)).values():
            if inspect.isclass(member) and issubclass(member, Bot) and member.__module__ == path:
                yield member


def test_every_bot_that_has_a_name_is_registered() -> None:
    unregistered = {
        bot.name: f"{bot.__module__}:{bot.__qualname__}"
        for bot in bots()
        if bot.name
        and not inspect.isabstract(bot)
        and POINTS["agent"].get(bot.name) != f"{bot.__module__}:{bot.__qualname__}"
    }
    assert not unregistered


def test_names_are_sorted() -> None:
    assert registry.names("agent") == sorted(registry.names("agent"))
    assert {"prisoners_dilemma", "matrix"} <= set(registry.names("game"))


def refused(kind: Kind, spec: str) -> str:
    with pytest.raises(UsageError) as refusal:
        registry.build(kind, spec)
    return str(refusal.value)


def test_an_unknown_game_suggests_the_nearest() -> None:
    message = refused("game", "stag_hnt")
    assert message == "there is no game 'stag_hnt'; did you mean stag_hunt?"


def test_an_unknown_agent_suggests_the_nearest() -> None:
    message = refused("agent", "grudgr")
    assert "there is no agent 'grudgr'" in message
    assert "did you mean grudger" in message


def test_an_agent_is_no_game() -> None:
    assert "there is no game 'tit_for_tat'" in refused("game", "tit_for_tat")


def test_an_unknown_parameter_suggests_the_nearest() -> None:
    message = refused("game", "prisoners_dilemma(round=3)")
    assert message == "prisoners_dilemma has no parameter 'round'; did you mean rounds?"


def test_an_unknown_parameter_of_what_has_none_says_so() -> None:
    assert refused("agent", "first(p=1)") == "first has no parameter 'p'; it has none"


@pytest.mark.parametrize("key", ["name", "row", "column", "row_actions", "payoff_rule"])
def test_the_inner_parameters_of_a_named_game_cannot_be_set(key: str) -> None:
    assert f"no parameter {key!r}" in refused("game", f"chicken({key}='x')")


def test_a_missing_parameter_is_named() -> None:
    assert refused("game", "matrix") == "matrix needs a value for 'payoffs': matrix(payoffs=…)"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("prisoners_dilemma(rounds='ten')", ["rounds", "'ten'", "whole number"]),
        ("prisoners_dilemma(noise=[0.1])", ["noise", "[0.1]", "probability"]),
        ("prisoners_dilemma(payoffs=3)", ["payoffs", "3", "lists"]),
        ("rock_paper_scissors(win='much')", ["'much'", "number"]),
        ("travelers_dilemma(low=2.5)", ["low", "2.5", "whole"]),
        ("ordinal_2x2(game=[111])", ["game", "[111]", "number or a name"]),
        ("donation(benefit='much')", ["benefit", "'much'", "number"]),
        ("hawk_dove(value=[2])", ["value", "[2]", "number"]),
    ],
)
def test_a_value_of_the_wrong_type_is_named(spec: str, words: list[str]) -> None:
    message = refused("game", spec)
    assert all(word in message for word in words), message
    assert "unsupported operand" not in message, "Python's words, not ours"


@pytest.mark.parametrize("value", ["{1, 2}", "b'x'", "1j", "...", "1e999"])
def test_a_value_that_json_does_not_hold_is_refused(value: str) -> None:
    assert "cycle" in refused("agent", f"cycle(actions=[{value}])")


@pytest.mark.parametrize("name", ["stakes", "discount", "noise", "continuation"])
def test_a_whole_number_beyond_all_floats_is_refused(name: str) -> None:
    assert name in refused("game", f"chicken({name}={10**400})")


def test_a_payoff_beyond_all_floats_is_refused() -> None:
    assert "payoffs" in refused("game", f"matrix(payoffs=[[{10**400}, 0], [0, 1]])")


def test_a_number_too_long_to_be_written_out_is_refused() -> None:
    assert "rounds" in refused("game", f"chicken(rounds={hex(16**5000)})")


def test_an_entry_is_called_by_its_specification_in_one_spelling() -> None:
    assert registry.build("agent", " random( p = 0.30 ) ").spec == "random(p=0.3)"


def test_spellings_of_the_same_thing_have_one_key() -> None:
    bare, spelled = (registry.build("game", s) for s in ("chicken", "chicken(rounds=10)"))
    assert bare.key == spelled.key


@dataclass
class Offer:
    """Stands in for the entry points of an installation."""

    points: dict[str, list[EntryPoint]]

    def __call__(self, kind: Kind) -> dict[str, list[EntryPoint]]:
        return self.points


def offer(patch: pytest.MonkeyPatch, *values: str, name: str = "mine") -> None:
    points = [EntryPoint(name, value, "folkbench.agents") for value in values]
    patch.setattr(registry, "_offers", Offer({name: points}))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no_such_module:Bot", "ModuleNotFoundError"),
        ("harness.agents.generic:NoSuchBot", "AttributeError"),
        ("harness.errors:__all__", "neither a class nor a function"),
    ],
)
def test_a_broken_plug_in_is_named_with_where_it_is(
    monkeypatch: pytest.MonkeyPatch, value: str, why: str
) -> None:
    offer(monkeypatch, value)
    with pytest.raises(PluginError) as refusal:
        registry.build("agent", "mine")
    message = str(refusal.value)
    assert "'mine'" in message
    assert value in message
    assert why in message


def test_a_plug_in_that_fails_on_import_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "folk_broken_plugin.py").write_text("raise RuntimeError('no battery')\n")
    monkeypatch.syspath_prepend(tmp_path)
    offer(monkeypatch, "folk_broken_plugin:Bot")
    with pytest.raises(PluginError, match=r"'mine'.*folk_broken_plugin.*RuntimeError: no battery"):
        registry.build("agent", "mine")


def test_a_plug_in_that_makes_something_else_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "harness.games.rps:rock_paper_scissors")
    with pytest.raises(PluginError, match="agent 'mine' made a MatrixGame, which is no agent"):
        registry.build("agent", "mine")


def test_a_name_that_two_packages_offer_is_refused_with_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = "harness.agents.generic:First", "harness.agents.generic:Cycle"
    offer(monkeypatch, *values)
    with pytest.raises(PluginError, match="'mine'") as refusal:
        registry.load("agent", "mine")
    assert all(value in str(refusal.value) for value in values)


def test_the_same_plug_in_found_twice_is_no_conflict(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("mine", "harness.agents.generic:First", "folkbench.agents")
    monkeypatch.setattr(registry, "entry_points", lambda group: [point, point])
    registry._offers.cache_clear()
    try:
        assert registry.build("agent", "mine").what.name == "first"
    finally:
        registry._offers.cache_clear()


def test_a_broken_plug_in_does_not_hide_the_names_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = EntryPoint("good", "harness.agents.generic:First", "folkbench.agents")
    bad = EntryPoint("bad", "no_such_module:Bot", "folkbench.agents")
    monkeypatch.setattr(registry, "_offers", Offer({"good": [good], "bad": [bad]}))
    assert registry.names("agent") == ["bad", "good"]
    assert registry.build("agent", "good").what.name == "first"
