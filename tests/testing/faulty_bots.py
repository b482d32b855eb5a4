"""Bots with one planted fault each, and an honest one that they are made of.

This file is a plug-in of its own, which the tests load by its path.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from pathlib import Path

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
