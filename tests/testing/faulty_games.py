"""Games with one planted fault each, and an honest one that they are made of.

This file is a plug-in of its own, which the tests load by its path.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import time
from typing import Any

from harness import Action, Choice, Decision, Form, Game, Integer, OneOf, Play, Round, Space, Words

BIDS = Choice(("low", "high"))


@dataclass(frozen=True)
class Honest(Game):
    """Sealed bids for a prize: each player knows its own value; the higher bid wins, and pays."""

    rounds: int = 3
    prize: int = 2
    name = "sealed_bids"

    def play(self, rng: Random) -> Play:
        values = (rng.randint(1, 9), rng.randint(1, 9))
        past: list[list[str]] = []
        for _ in range(self.rounds):
            actions = yield tuple(self.decision(p, values, past) for p in (0, 1))
            past.append(list(actions))
            yield Round(*self.brought(actions, values, rng))
        return None

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        return Decision(player, self.space(), self.seen(player, values, past))

    def space(self) -> Space:
        return BIDS

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {"value": values[player], "past": [list(each) for each in past]}

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        won = [
            own == "high" and other == "low"
            for own, other in zip(actions, actions[::-1], strict=True)
        ]
        return actions, tuple(self.prize * values[p] if won[p] else 0 for p in (0, 1))

    def rules(self, decision: Decision) -> str:
        return (
            f"You bid {self.rounds} times. A high bid against a low one wins {self.prize} times"
            " your value."
        )

    def describe(self, decision: Decision) -> Words:
        seen = decision.observation
        return Words(f"Your value is {seen['value']}.", f"Do you bid {decision.space}?")


class Marked(Decision):
    """A decision that carries what its player must not know."""

    __slots__ = ("rival",)

    rival: int


@dataclass(frozen=True)
class LeakByWords(Honest):
    """The words tell the other's value."""

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        decision = Marked(player, BIDS, self.seen(player, values, past))
        decision.rival = values[1 - player]
        return decision

    def describe(self, decision: Decision) -> Words:
        assert isinstance(decision, Marked)
        return Words(f"The other's value is {decision.rival}.", "Do you bid low or high?")


@dataclass(frozen=True)
class LeakByObservation(Honest):
    """The observation holds the other's value."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {**super().seen(player, values, past), "rival": values[1 - player]}


@dataclass(frozen=True)
class PublicValues(LeakByObservation):
    """All values are public, and the game says so."""

    public = ("rival",)


@dataclass(frozen=True)
class GlobalChance(Honest):
    """Payoffs have noise of the process's own chance."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (random.choice((0, 1)), 0)


@dataclass(frozen=True)
class Unseeded(Honest):
    """Payoffs have noise of a stream that nobody seeded."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (Random().random(), 0)


@dataclass(frozen=True)
class Clock(Honest):
    """A late bid pays more."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (int(time() > 0), 0)


@dataclass(frozen=True)
class FileAccess(Honest):
    """The rules stand in a file."""

    def rules(self, decision: Decision) -> str:
        return super().rules(decision) + Path(__file__).read_text("utf-8")[:0]


@dataclass(frozen=True)
class SwallowedAccess(Honest):
    """The rules stand in a file, if it can be read."""

    def rules(self, decision: Decision) -> str:
        try:
            return super().rules(decision) + Path(__file__).read_text("utf-8")[:0]
        except OSError:
            return super().rules(decision)


@dataclass(frozen=True)
class Endless(Honest):
    """There is always another round."""

    def play(self, rng: Random) -> Play:
        while True:
            yield tuple(self.decision(p, (1, 1), []) for p in (0, 1))
            yield Round(("low", "low"), (0, 0))


@dataclass(frozen=True)
class InfinitePayoff(Honest):
    """A payoff is beyond all numbers."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (float("inf"), 0)


@dataclass(frozen=True)
class OneAction(Honest):
    """A round tells one player's action only."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions[:1], (0, 0)


@dataclass(frozen=True)
class MutatedParameters(Honest):
    """Prizes are taken out of a parameter."""

    prizes: list[int] = field(default_factory=lambda: [3] * 500)

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (self.prizes.pop(), 0)

    def rules(self, decision: Decision) -> str:
        return f"{super().rules(decision)} Prizes: {self.prizes[:1]}."


@dataclass(frozen=True)
class IllegalDefault(Honest):
    """What is said for a bot that does not know the question is no bid."""

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        seen = self.seen(player, values, past)
        return Decision(player, BIDS, seen, kind="bid", aside="nothing")


@dataclass(frozen=True)
class OddBounds(Honest):
    """The bounds of a whole number are not whole."""

    def space(self) -> Space:
        return Integer(0, 2.5)  # type: ignore[arg-type]  # as a mean would be


@dataclass(frozen=True)
class Dead(Honest):
    """One of the turns to choose from holds no number."""

    def space(self) -> Space:
        return OneOf({"pass": BIDS, "bid": Form({"points": Integer(5, 4)})})


@dataclass(frozen=True)
class Failing(Honest):
    """Asks Python's own library for what it refuses."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        return actions, (rng.randint(2, 1), 0)


@dataclass(frozen=True)
class UnstableOrder(Honest):
    """The legal actions come out of a set."""

    def space(self) -> Space:
        return Choice(tuple({"low", "high"}))


@dataclass(frozen=True)
class MissingAction(Honest):
    """A legal action is not in the words."""

    def describe(self, decision: Decision) -> Words:
        return Words("", "Do you bid low?")


@dataclass(frozen=True)
class Forgetful(Honest):
    """The question is another when it is put again."""

    told: list[int] = field(default_factory=list, compare=False)

    @property
    def parameters(self) -> dict[str, Any]:
        return {"rounds": self.rounds, "prize": self.prize}

    def describe(self, decision: Decision) -> Words:
        self.told.append(1)
        again = " again" if len(self.told) % 2 else ""
        return Words("", f"Do you{again} bid low or high?")


@dataclass(frozen=True)
class Unserialisable(Honest):
    """The observation is a set."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        return {"value": values[player], "bids": {"low", "high"}}


KEPT: list[Action] = []


@dataclass(frozen=True)
class HiddenState(Honest):
    """Bids of earlier matches are shown in later ones."""

    def seen(
        self, player: int, values: tuple[int, int], past: list[list[str]]
    ) -> Mapping[str, Any]:
        KEPT.extend(past[-1:])
        return {**super().seen(player, values, past), "before": len(KEPT)}


TALLY: list[Any] = []


@dataclass(frozen=True)
class Tally(Honest):
    """Payoffs are counted where all matches can see them, and none looks."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        TALLY.append(actions)
        return super().brought(actions, values, rng)


def note(actions: Any, log: list[Any] = []) -> None:  # noqa: B006 - the planted fault
    log.append(actions)


def counter() -> Callable[[], int]:
    n = 0

    def count() -> int:
        nonlocal n
        n += 1
        return n

    return count


COUNT = counter()


@dataclass(frozen=True)
class Noting(Honest):
    """Payoffs are noted by a function that keeps its notes, and counted by another."""

    def brought(
        self, actions: tuple[str, ...], values: tuple[int, int], rng: Random
    ) -> tuple[Any, Any]:
        note(actions)
        COUNT()
        return super().brought(actions, values, rng)


@dataclass(frozen=True)
class Shared(Honest):
    """The value of the match that began last is that of all."""

    def decision(self, player: int, values: tuple[int, int], past: list[list[str]]) -> Decision:
        if not past:
            object.__setattr__(self, "_now", values)
        return super().decision(player, getattr(self, "_now"), past)  # noqa: B009 - it is hidden


@dataclass(frozen=True)
class OtherWords(Honest):
    """The words have changed, and the version has not."""

    def describe(self, decision: Decision) -> Words:
        words = super().describe(decision)
        return Words(words.news, f"{words.question} Take your time.")


@dataclass(frozen=True)
class NewVersion(OtherWords):
    """The words have changed, and the version has risen."""

    version = 2


@dataclass(frozen=True)
class SilentPrize(Honest):
    """Nobody is told what the prize is."""

    def rules(self, decision: Decision) -> str:
        return f"You bid {self.rounds} times."


@dataclass(frozen=True)
class SecretPrize(SilentPrize):
    """Nobody is told what the prize is, on purpose."""

    untold = ("prize",)


@dataclass(frozen=True)
class TwoAlike(Honest):
    """Two actions have labels that readers cannot tell apart."""

    def space(self) -> Space:
        return Choice(("low", "high"), labels=("A", "A"))


@dataclass(frozen=True)
class Empty(Honest):
    """Returns at once."""

    def play(self, rng: Random) -> Play:
        yield from ()
        return None


@dataclass(frozen=True)
class Roundless(Honest):
    """Asks, and never says what that brought."""

    def play(self, rng: Random) -> Play:
        for _ in range(self.rounds):
            yield tuple(self.decision(p, (1, 1), []) for p in (0, 1))
        return None
