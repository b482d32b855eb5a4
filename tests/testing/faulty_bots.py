"""Bots with one planted fault each, and an honest one that they are made of.

This file is a plug-in of its own, which the tests load by its path.
"""

from __future__ import annotations

import functools
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from harness import Action, Bot, Decision, Seat, UsageError


@dataclass
class Honest(Bot):
    """Acts by its own chance."""

    name = "honest"

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(self.seat.rng)


@dataclass
class Illegal(Honest):
    """Knows an action that is not legal anywhere."""

    def act(self, decision: Decision) -> Action:
        return "nonsense"


@dataclass
class Raising(Honest):
    """Looks for what is not there."""

    def act(self, decision: Decision) -> Action:
        return decision.observation["crystal ball"]


@dataclass
class Waiting(Honest):
    """Would be waited for."""

    async def act(self, decision: Decision) -> Action:
        return decision.space.sample(self.seat.rng)


@dataclass
class Unwilling(Honest):
    """Plays nothing."""

    def begin(self, seat: Seat) -> None:
        raise UsageError(f"unwilling: I do not play {seat.game}")


@dataclass
class GlobalChance(Honest):
    """Acts by the chance of the process."""

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(random.Random(random.getrandbits(32)))


@dataclass
class Unseeded(Honest):
    """Acts by a chance that nobody seeded."""

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(random.Random())


@dataclass
class Clock(Honest):
    """Thinks until a moment has passed."""

    def act(self, decision: Decision) -> Action:
        time.perf_counter()
        return super().act(decision)


@dataclass
class FileAccess(Honest):
    """Looks its move up."""

    def begin(self, seat: Seat) -> None:
        with Path(__file__).open("rb") as file:
            file.read(1)


@dataclass
class SharedList(Honest):
    """Counts its turns in a list that all of its players share."""

    turns: list[int] = field(default_factory=list, repr=False)

    @property
    def parameters(self) -> dict[str, int]:
        return {}

    def act(self, decision: Decision) -> Action:
        self.turns.append(1)
        return decision.space.sample(random.Random(len(self.turns)))


@dataclass
class MutatedParameters(Honest):
    """Uses its parameter up."""

    plan: list[int] = field(default_factory=lambda: list(range(5)))

    def act(self, decision: Decision) -> Action:
        if self.plan:
            self.plan.pop()
        return super().act(decision)


@dataclass
class Scribbler(Honest):
    """Writes its next move into the history."""

    def act(self, decision: Decision) -> Action:
        past = decision.observation.get("own")
        if isinstance(past, list) and past:
            past[0] = past[-1] = "scribble"
        return super().act(decision)


@dataclass
class Drifting(Honest):
    """Counts its turns in what it was given."""

    turns: int = 0

    def act(self, decision: Decision) -> Action:
        self.turns += 1
        return super().act(decision)


@dataclass
class CountingAside(Honest):
    """Counts its turns in a field that begin() makes, which is no parameter."""

    turns: int = field(default=0, init=False)

    def act(self, decision: Decision) -> Action:
        self.turns += 1
        return super().act(decision)


def ask() -> None:
    ask.n = getattr(ask, "n", 0) + 1  # type: ignore[attr-defined]  # as people do


@dataclass
class Asking(Honest):
    """Calls a function that counts its calls."""

    def act(self, decision: Decision) -> Action:
        ask()
        return super().act(decision)


@dataclass
class Logging(Honest):
    """Notes its turns in a list that is made once."""

    def act(self, decision: Decision) -> Action:
        self.note(decision.kind)
        return super().act(decision)

    @staticmethod
    def note(kind: str, log: list[str] = []) -> None:  # noqa: B006 - the planted fault
        log.append(kind)


@dataclass
class Grudge(Honest):
    """Acts by what it was told first in the match before, which it keeps beside its parameters."""

    def __post_init__(self) -> None:
        self.before = {"first": ""}

    def begin(self, seat: Seat) -> None:
        self.by, self.before["first"] = self.before["first"], f"{seat.match}"

    def act(self, decision: Decision) -> Action:
        return decision.space.sample(random.Random(f"{self.by}"))


@dataclass
class Counter(Honest):
    """Counts its matches, and does nothing with that before the thousandth."""

    matches: ClassVar[int] = 0

    def act(self, decision: Decision) -> Action:
        Counter.matches += 1
        return 0 if Counter.matches > 10**6 else super().act(decision)


class Diary:
    """Where a bot writes."""

    def __init__(self) -> None:
        self.pages: list[str] = []


DIARY = Diary()


@dataclass
class Diarist(Honest):
    """Writes down what it saw, for nobody so far."""

    def act(self, decision: Decision) -> Action:
        DIARY.pages.append(decision.kind)
        return super().act(decision)


MEANS: dict[str, int] = {}


@functools.cache
def size(text: str) -> int:
    return len(text)


@dataclass
class Thrifty(Honest):
    """Works out once what it needs again."""

    def __post_init__(self) -> None:
        self.known: dict[str, int] = {}

    def act(self, decision: Decision) -> Action:
        text = f"{decision.space}"
        self.known[text] = MEANS[text] = size(text)
        return super().act(decision)


@dataclass
class Unordered(Honest):
    """Takes what a set gives first."""

    def act(self, decision: Decision) -> Action:
        kinds = {"low", "middle", "high", "none", "all"}
        return decision.space.sample(random.Random(next(iter(kinds))))
