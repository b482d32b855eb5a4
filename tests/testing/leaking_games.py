"""Games in which a private fact reaches the other player in another form, and an honest one.

This file is a plug-in of its own, which the tests load by its path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from harness import Decision, Integer, Play, Round, Words
from tests.testing.faulty_games import BIDS, Honest, LeakByWords


@dataclass(frozen=True)
class LeakInText(Honest):
    """A note holds the other's value, as a number with decimals in a sentence."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        note = f"In round {len(past)}, it is worth {values[1 - player]:.2f} to them."
        return {**super().seen(player, values, past), "note": note}


@dataclass(frozen=True)
class LeakInList(Honest):
    """A list that only one player is shown has everybody's value in it."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        table = {"table": [0, values[0]]} if player else {}
        return {**super().seen(player, values, past), **table}


@dataclass(frozen=True)
class LeakInJson(Honest):
    """The state of the match is passed on as JSON in a text."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {**super().seen(player, values, past), "state": json.dumps({"values": values})}


@dataclass(frozen=True)
class LeakAsSum(Honest):
    """Both values together are told, which gives the other's away."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {**super().seen(player, values, past), "total": sum(values)}


NAMES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class LeakOfWord(Honest):
    """Values are words, and a note holds the other's."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        own, other = NAMES[values[player]], NAMES[values[1 - player]]
        return {"value": own, "past": [*past], "note": f"Theirs: {other}!"}


@dataclass(frozen=True)
class LeakBesideOwn(LeakByWords):
    """The words tell the other's value, and one draw deals both."""

    def play(self, rng: Random) -> Play:
        both = rng.randrange(81)
        past: list[list[str]] = []
        values = both % 10, both**2 % 11
        actions = yield tuple(self.decision(p, values, past) for p in (0, 1))
        yield Round(*self.brought(actions, values, rng))
        return None


@dataclass(frozen=True)
class LeakBySpace(Honest):
    """Nobody can bid more than the other's value."""

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        return Decision(player, Integer(0, values[1 - player]), self.seen(player, values, past))


@dataclass(frozen=True)
class LeakByKind(Honest):
    """What a decision is called holds the other's value."""

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        seen = self.seen(player, values, past)
        return Decision(player, BIDS, seen, kind=f"bid against {values[1 - player]}")


@dataclass(frozen=True)
class Dependent(Honest):
    """One draw deals both values; words say one's own, and a multiple of it."""

    def play(self, rng: Random) -> Play:
        value = rng.randint(1, 9)
        values = value, value**2 % 11
        actions = yield tuple(self.decision(p, values, []) for p in (0, 1))
        yield Round(*self.brought(actions, values, rng))
        return None

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {"cost" if player else "value": values[player], "double": 2 * values[player]}

    def describe(self, decision: Decision) -> Words:
        seen = dict(decision.observation)
        return Words(f"You see {seen}, or {10 * seen['double']:.1f}.", "Do you bid low or high?")


@dataclass(frozen=True)
class Multiple(Honest):
    """A hint is made from the other's value."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {**super().seen(player, values, past), "hint": 3 * values[1 - player] + 7}


@dataclass(frozen=True)
class Half(Honest):
    """A hint is half of the other's value."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {**super().seen(player, values, past), "hint": values[1 - player] / 2}


@dataclass(frozen=True)
class PublicHint(Multiple):
    """All may know what the hint shows, and the game says so."""

    public = ("hint",)


@dataclass(frozen=True)
class PublicSource(Multiple):
    """The value is called public, though nobody but its owner sees it as such."""

    public = ("value",)


@dataclass(frozen=True)
class Estimate(Honest):
    """One player knows the value, the other something near it."""

    def play(self, rng: Random) -> Play:
        known, told = self.dealt(rng)
        seen = {"value": known}, {"estimate": told, "double": 2 * told, "note": f"About {told}."}
        actions = yield tuple(Decision(p, BIDS, seen[p]) for p in (0, 1))
        yield Round(*self.brought(actions, (1, 1), rng))
        return None

    def dealt(self, rng: Random) -> tuple[int, int]:
        value = rng.randint(1, 50)
        return value, value + rng.randint(-3, 3)

    def describe(self, decision: Decision) -> Words:
        return Words(f"You see {dict(decision.observation)}.", "Do you bid low or high?")


@dataclass(frozen=True)
class Signal(Estimate):
    """One player knows the type, the other a signal of it that is seldom wrong."""

    def dealt(self, rng: Random) -> tuple[int, int]:
        kind = rng.randint(0, 1)
        return kind, kind if rng.random() < 0.99 else 1 - kind


@dataclass(frozen=True)
class RareNoise(Estimate):
    """One player knows the value, the other mostly too."""

    def dealt(self, rng: Random) -> tuple[int, int]:
        value = rng.randint(1, 9)
        return value, value if rng.randint(1, 100) > 1 else rng.randint(1, 9)


@dataclass(frozen=True)
class Exact(Estimate):
    """What is called an estimate is none."""

    def dealt(self, rng: Random) -> tuple[int, int]:
        value = rng.randint(1, 50)
        return value, value + 10
