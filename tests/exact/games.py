"""Games that the tests of exact values are of, besides those of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from harness import Choice, Decision, Game, Play, Round, Words, registry
from harness.exact.walk import Walked, walk
from harness.match import Entry


def walked(spec: str) -> Walked:
    return walk(registry.build("game", spec), 20_000)


@dataclass(frozen=True)
class Ultimatum(Game):
    """Player 0 offers 1 or 2 of 4; player 1 sees the offer, or not, and takes or leaves it."""

    blind: bool = False
    name = "ultimatum"

    def play(self, rng: Random) -> Play:
        offer = yield Decision(0, Choice((1, 2)), {})
        seen = {} if self.blind else {"offer": offer}
        taken = yield Decision(1, Choice(("take", "leave")), seen)
        paid = (4 - offer, offer) if taken == "take" else (0, 0)
        yield Round((offer, taken), paid)
        return None

    def rules(self, decision: Decision) -> str:
        return "Divide 4."

    def describe(self, decision: Decision) -> Words:
        return Words("", f"{decision.observation.get('offer', '?')}: {decision.space}?")


@dataclass(frozen=True)
class Lots(Ultimatum):
    """Which offer is doubled is drawn before the first decision, and shows in the payoffs alone."""

    name = "lots"

    def play(self, rng: Random) -> Play:
        lucky = rng.choice((1, 2))
        offer = yield Decision(0, Choice((1, 2)), {})
        yield Round((offer, None), (float(offer == lucky), 0))
        return None


def ultimatum(*, blind: bool = False) -> Walked:
    return walk(Entry("ultimatum", Ultimatum(blind)), 100)
