"""Games and players that the engine's tests use: as unlike each other as the contract allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness import (
    Agent,
    Answer,
    Bot,
    Choice,
    Decision,
    Form,
    Game,
    Integer,
    OneOf,
    Outcome,
    Play,
    Result,
    Round,
    Seat,
    Text,
    Words,
)
from harness.match import AnswerPolicy, Entry, Match

PENNIES = {("H", "H"): (1, -1), ("H", "T"): (-1, 1), ("T", "H"): (-1, 1), ("T", "T"): (1, -1)}


@dataclass(frozen=True)
class Pennies(Game):
    """Matching pennies, repeated: simultaneous and wordless."""

    rounds: int = 3
    name = "pennies"

    def play(self, rng: Random) -> Play:
        coin = Choice(("H", "T"))
        seen: tuple[list[str], list[str]] = ([], [])
        both = tuple(Decision(p, coin, {"own": seen[p], "other": seen[1 - p]}) for p in (0, 1))
        for _ in range(self.rounds):
            actions = yield both
            for player, action in enumerate(actions):
                seen[player].append(action)
            yield Round(actions, PENNIES[actions])
        return None

    def rules(self, decision: Decision) -> str:
        return f"Each of you shows H or T, {self.rounds} times."

    def describe(self, decision: Decision) -> Words:
        others = decision.observation["other"]
        return Words(f"The other showed {others[-1]}." if others else "", "H or T?")


@dataclass(frozen=True)
class Haggle(Game):
    """A negotiation: private values, free words or a proposal by turns, then hidden proposals."""

    cap: int = 6
    name = "haggle"

    def play(self, rng: Random) -> Play:
        values = (rng.randint(1, 9), rng.randint(1, 9))
        said: list[dict[str, Any]] = []
        share = Form({"apples": Integer(0, 3)})
        turn = OneOf({"say": Text(200), "propose": share})
        proposals: dict[int, int] = {}
        for t in range(self.cap):
            me = t % 2
            view = {"value": values[me], "said": said, "proposed": bool(proposals)}
            space = share if proposals else turn
            action = yield Decision(me, space, view, kind="close" if proposals else "talk")
            if proposals:
                proposals[me] = action["apples"]
                break
            if "propose" in action:
                proposals[me] = action["propose"]["apples"]
            else:
                said.append({"player": me, "words": action["say"]})
        deal = len(proposals) == 2 and sum(proposals.values()) == 3
        payoffs = tuple(values[p] * proposals[p] if deal else 0 for p in (0, 1))
        yield Round((proposals.get(0), proposals.get(1)), payoffs)
        return Result(info={"agreement": deal, "values": values})

    def rules(self, decision: Decision) -> str:
        worth = decision.observation["value"]
        return f"Split 3 apples. An apple is worth {worth} to you. Proposals must add up to 3."

    def describe(self, decision: Decision) -> Words:
        said = decision.observation["said"]
        news = f"The other says: {said[-1]['words']!r}" if said else ""
        ask = "How many do you take?" if decision.kind == "close" else "Say something, or propose."
        return Words(news, ask)


@dataclass
class Fixed(Bot):
    """Plays these actions in turn, over and over."""

    takes_asides = True

    actions: Sequence[Any] = ("H",)
    name = "fixed"

    def begin(self, seat: Seat) -> None:
        self.turn = -1

    def act(self, decision: Decision) -> Any:
        self.turn += 1
        return self.actions[self.turn % len(self.actions)]


@dataclass
class Coin(Bot):
    """Chooses by its own stream of chance."""

    takes_asides = True

    name = "coin"

    def act(self, decision: Decision) -> Any:
        return decision.space.sample(self.seat.rng)


@dataclass
class Model(Agent):
    """A stand-in for a language model: reads words, answers later, from a script of answers."""

    script: Callable[[str], Answer]
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    name = "model"

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def player(self, seat: Seat) -> ModelPlayer:
        return ModelPlayer(self)


@dataclass
class ModelPlayer:
    model: Model

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        self.model.heard.append((rules, str(words), problem))
        return self.model.script(problem)


def table(game: Game, *agents: Agent, **settings: Any) -> Match:
    """A match of these agents."""
    seats = tuple(Entry(agent.name, agent) for agent in agents)
    policy = AnswerPolicy(settings.pop("reask", 2), settings.pop("then", "void"))
    return Match(Entry(game.name, game), seats, policy=policy, **settings)


def refusal(_: str = "") -> Answer:
    return Answer(outcome=Outcome.REFUSED, text="I refuse to answer.", reason="that is no move")
