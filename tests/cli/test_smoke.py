"""Every installed game tried, as continuous integration does it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from pathlib import Path
from random import Random
from typing import Any, ClassVar
from xml.etree import ElementTree as ET

import pytest

from harness import Choice, Decision, Game, Library, Play, Round, UsageError, Words, registry
from harness.cli.junit import Case, junit_xml
from harness.runner import smoke
from tests.cli.conftest import Folk
from tests.plugin_files import GAME


@dataclass(frozen=True)
class Pennies(Game):
    """Matching pennies, once; what is wrong with it is in subclasses."""

    name = "pennies"

    def play(self, rng: Random) -> Play:
        coin = Choice(("heads", "tails"))
        actions = yield Decision(0, coin, {}), Decision(1, coin, {})
        yield Round(actions, self.paid(actions[0] == actions[1]))
        return None

    def paid(self, equal: bool) -> tuple[float, float]:
        return (1, -1) if equal else (-1, 1)

    def rules(self, decision: Decision) -> str:
        return "Show heads or tails."

    def describe(self, decision: Decision) -> Words:
        return Words("", "Heads or tails?")


@dataclass(frozen=True)
class Infinite(Pennies):
    def paid(self, equal: bool) -> tuple[float, float]:
        return float("inf"), 0


@dataclass(frozen=True)
class Raising(Pennies):
    def paid(self, equal: bool) -> tuple[float, float]:
        raise KeyError("\x1b[31mpayoffs")


@dataclass(frozen=True)
class Remembering(Pennies):
    times: ClassVar[Iterator[int]] = itertools.count()

    def paid(self, equal: bool) -> tuple[float, float]:
        return next(self.times), 0


@dataclass(frozen=True)
class Wordless(Pennies):
    def describe(self, decision: Decision) -> Words:
        raise NotImplementedError


@dataclass(frozen=True)
class Endless(Pennies):
    def play(self, rng: Random) -> Play:
        while True:
            yield from super().play(rng)


@dataclass(frozen=True)
class Needy(Pennies):
    stake: int

    def __init__(self, stake: int) -> None:
        object.__setattr__(self, "stake", stake)


WRONG = {
    "infinite": "a payoff is inf",
    "raising": "KeyError",
    "remembering": "came out different",
    "wordless": "NotImplementedError",
    "endless": "not over after",
    "missing": "cannot be imported",
}


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Games of plug-ins, most of them broken, and nothing else."""
    found = {name: __name__ + ":" + name.capitalize() for name in (*WRONG, "pennies", "needy")}
    found["missing"] = "no_such_package:Game"
    offers = {name: [EntryPoint(name, value, "folkbench.games")] for name, value in found.items()}
    known = registry._offers

    def some(kind: registry.Kind) -> dict[str, list[EntryPoint]]:
        return offers if kind == "game" else known(kind)

    monkeypatch.setattr(registry, "_offers", some)
    monkeypatch.setattr(smoke, "LIMIT_S", 0.2)


def test_every_game_of_ours_plays(folk: Folk) -> None:
    done = folk("smoke", "--junit", "found.xml")
    assert done.code == 0, done.out
    lines = done.out.splitlines()
    for name in registry.names("game"):
        assert sum(line.split()[1:2] == [name] for line in lines) == 1
    assert (
        f"{len(registry.names('game')) + len(registry.names('modifier'))} play, 0 do not"
        in (lines[-1])
    )
    check_schema(Path("found.xml").read_bytes())


@pytest.mark.usefixtures("planted")
def test_what_does_not_play_is_named_and_stops_nothing(folk: Folk) -> None:
    done = folk("smoke", "--junit", "found.xml")
    assert done.code == 1
    assert "\x1b" not in done.out
    for name, why in WRONG.items():
        (line,) = [line for line in done.out.splitlines() if line.split()[1:2] == [name]]
        assert line.startswith("FAILED")
        assert why in line
    cases = {case.get("name"): case for case in check_schema(Path("found.xml").read_bytes())}
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == set(WRONG)
    skipped = cases["needy"].find("skipped")
    assert skipped is not None
    assert "folk smoke 'needy(stake=…)'" in skipped.get("message", "")
    assert cases["pennies"].find("*") is None


@pytest.mark.usefixtures("planted")
def test_a_game_can_be_named_with_what_it_needs(folk: Folk) -> None:
    done = folk("smoke", "needy(stake=2)", "pennies", "--json")
    assert done.code == 0
    told = json.loads(done.out)
    assert [(one["name"], one["ok"]) for one in told["tried"]] == [
        ("needy", True),
        ("pennies", True),
    ]
    assert folk("smoke", "penies").code == 2
    assert folk("smoke", "pennies", "--junit", "no/such/folder.xml").code == 2


ATTRIBUTES = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
        {"name", "tests", "failures", "errors"},
    ),
    "testcase": ({"name", "time", "classname"}, {"name"}),
    "failure": ({"type", "message"}, set()),
    "skipped": ({"type", "message"}, set()),
}
"""Attributes that the schema of Jenkins' xUnit plug-in (junit-10.xsd) allows, and wants."""

WITHIN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase"},
    "testcase": {"failure", "skipped"},
    "failure": set(),
    "skipped": set(),
}


def check_schema(content: bytes) -> list[ET.Element]:
    """The cases of a file that keeps to the schema, and counts right."""
    root = ET.fromstring(content)  # noqa: S314 - it is our own
    assert root.tag == "testsuites"
    for element in root.iter():
        allowed, wanted = ATTRIBUTES[element.tag]
        assert wanted <= set(element.attrib) <= allowed
        assert {child.tag for child in element} <= WITHIN[element.tag]
        if "time" in element.attrib:
            assert float(element.attrib["time"]) >= 0
    (suite,) = root
    cases = list(suite)
    assert int(suite.attrib["tests"]) == int(root.attrib["tests"]) == len(cases)
    for tag, name in (("failure", "failures"), ("skipped", "skipped")):
        n_found = sum(case.find(tag) is not None for case in cases)
        assert int(suite.attrib[name]) == n_found
    return cases


def test_a_game_in_a_file_is_tried_too(folk: Folk) -> None:
    Path("game.py").write_text(GAME)
    Path("failing.py").write_text(GAME.replace("a, b = yield", "{}['x']; a, b = yield"))
    ended = folk("smoke", "./game.py(rounds=2)", "./failing.py")
    assert ended.code == 1
    good, bad, *_ = ended.out.splitlines()
    assert good.split()[:2] == ["ok", "./game.py"]
    assert bad.split()[:2] == ["FAILED", "./failing.py"]
    assert "play() raised KeyError: 'x' at " in bad
    assert "failing.py:15" in bad
    absent = folk("smoke", "./gme.py")
    assert absent.code == 2
    assert "did you mean game.py?" in absent.err
    assert "write ./game.py" in folk("smoke", "game").err


def test_whatever_a_message_holds_the_xml_can_be_read() -> None:
    odd = 'a<b & "c" \x00\x1b[31m \ud800 \uffff ü\nline two'
    content = junit_xml("s", [Case("games", odd, 0.1, odd), Case("g", "n", 0, "", odd)], "now")
    (failed, skipped) = check_schema(content)
    failure = failed.find("failure")
    assert failure is not None
    assert (failure.text or "").startswith('a<b & "c" \\x00\\x1b[31m \\ud800  ü\nline two')
    assert skipped.find("skipped") is not None


def test_games_of_libraries_are_known(folk: Folk, monkeypatch: pytest.MonkeyPatch) -> None:
    class Coins(Library):
        """Games with coins."""

        name = "coins"

        def titles(self) -> Mapping[str, str]:
            return {"pennies": "Two coins."}

        def make(self, title: str, parameters: Mapping[str, Any]) -> Game:
            if title not in self.titles():
                raise UsageError(f"coins has no game {title!r}")
            return Pennies()

    coins: dict[str, list[Any]] = {"coins": []}
    monkeypatch.setattr(registry, "_library_offers", lambda kind: coins if kind == "game" else {})
    monkeypatch.setattr(registry, "library", lambda kind, name: Coins())
    assert folk("smoke", "coins/pennies").code == 0
    ended = folk("smoke", "coins/dimes")
    assert ended.code == 2
    assert "coins has no game 'dimes'" in ended.err
