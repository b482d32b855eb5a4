"""Libraries: games and agents of other packages, all under one name."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from harness import Action, Agent, Bot, Decision, Library, PluginError, UsageError, registry
from harness.cli import main
from harness.cli.catalogue import kind_of
from harness.registry import Kind


@dataclass
class Humming(Bot):
    volume: int = 1

    def __post_init__(self) -> None:
        self.name = "birds/Humming"

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(self.seat.rng)


class Birds(Library):
    """Birds of the wood."""

    name = "birds"
    install = "birds>=2"
    there = True

    def titles(self) -> Mapping[str, str]:
        if not self.there:
            raise self.missing("birds")
        return {"Humming": "It hums."}

    def make(self, title: str, parameters: Mapping[str, Any]) -> Agent:
        if title.lower() not in map(str.lower, self.titles()):
            raise UsageError(f"there is no bird {title!r}")
        return Humming(**parameters)


class Silent(Birds):
    """Birds of the wood."""

    there = False


def offer(patch: pytest.MonkeyPatch, *made: str) -> None:
    points = [EntryPoint("birds", f"tests.test_library:{each}", "any") for each in made]
    offers: dict[Kind, dict[str, list[EntryPoint]]] = {"agent": {"birds": points}}
    patch.setattr(registry, "_library_offers", lambda kind: offers.get(kind, {}))


def refused(spec: str) -> str:
    with pytest.raises(UsageError) as refusal:
        registry.build("agent", spec)
    return str(refusal.value)


@pytest.fixture
def birds(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "Birds")


@pytest.mark.usefixtures("birds")
def test_what_a_library_brings_is_written_behind_its_name_and_a_slash() -> None:
    entry = registry.build("agent", "birds/humming(volume=3)")
    assert entry.spec == "birds/Humming(volume=3)", "in the library's own spelling"
    assert entry.identity == {"name": "birds/Humming", "parameters": {"volume": 3}}


@pytest.mark.usefixtures("birds")
def test_a_library_by_itself_is_no_agent() -> None:
    assert "name one: birds/NAME" in refused("birds")


@pytest.mark.usefixtures("birds")
def test_what_a_library_does_not_take_is_refused() -> None:
    assert refused("birds/owl") == "there is no bird 'owl'"
    assert "height" in refused("birds/Humming(height=1)")


@pytest.mark.usefixtures("birds")
def test_a_library_is_no_name_among_those_that_stand_alone() -> None:
    assert "birds" not in registry.names("agent")
    assert registry.libraries("agent") == ["birds"]
    assert registry.libraries("game") == []


def test_two_packages_that_offer_one_library_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "Birds", "Silent")
    with pytest.raises(PluginError, match="birds"):
        registry.build("agent", "birds/Humming")


def test_what_is_installed_under_the_name_of_a_library_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = EntryPoint("random", "tests.test_library:Birds", "any")
    offers: dict[Kind, dict[str, list[EntryPoint]]] = {"agent": {"random": [point]}}
    monkeypatch.setattr(registry, "_library_offers", lambda kind: offers.get(kind, {}))
    with pytest.raises(PluginError, match=r"is the library of agents tests.test_library:Birds"):
        registry.build("agent", "random")
    with pytest.raises(PluginError, match="give the agent another name"):
        kind_of("random")


def test_what_is_no_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    offer(monkeypatch, "Humming")
    with pytest.raises(PluginError, match="Humming, which is none"):
        registry.build("agent", "birds/Humming")


def folk(
    patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    patch.setattr(sys, "argv", ["folk", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


@pytest.mark.usefixtures("birds")
def test_what_a_library_brings_is_listed_and_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _, listed, _ = folk(monkeypatch, capsys, "list", "agents", "--json")
    assert json.loads(listed)[-1] == {"name": "birds/Humming", "about": "It hums."}
    code, shown, _ = folk(monkeypatch, capsys, "show", "birds/Humming(volume=2)")
    assert code == 0
    assert shown.startswith("birds/Humming(volume=2)\n\nIt hums.\n\nBirds of the wood.")
    assert "volume         2" in shown


def test_of_a_library_that_is_not_installed_the_list_tells_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, "Silent")
    code, listed, _ = folk(monkeypatch, capsys, "list", "agents")
    assert code == 0
    last = listed.splitlines()[-1]
    assert last.startswith("birds/NAME")
    assert last.endswith('Birds of the wood; they need pip install "birds>=2".')


def test_who_asks_for_what_is_not_installed_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    offer(monkeypatch, "Silent")
    run = ("run", "prisoners_dilemma", "--agents", "birds/Humming,random")
    code, printed, error = folk(monkeypatch, capsys, *run)
    assert (code, printed) == (2, "")
    assert error == 'folk: birds/… needs the package birds: pip install "birds>=2"\n'
