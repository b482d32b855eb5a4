"""What the tests of repeated games in normal form share: matches, and all that is told in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from hypothesis import settings

from harness import Agent, Choice, Decision, Round, Words
from harness.game import plain
from harness.games.matrix import MatrixGame
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play

few = settings(max_examples=25, deadline=None)

WIDE = [[[1, 2], [3, 4], [5, 6]], [[7, 8], [9, 10], [11, 12]]]


def meet(game: MatrixGame, *agents: Agent, seed: int = 0, repeat: int = 0) -> MatchRecord:
    seats = tuple(Entry(agent.name, agent) for agent in agents)
    return play(Match(Entry(game.name, game), seats, seed=seed, repeat=repeat))


def totals(record: MatchRecord) -> tuple[float, ...]:
    assert record.status is Status.OK, record.reason
    assert record.payoffs is not None
    return record.payoffs


@dataclass
class Asked:
    """A decision as it was put to a player, kept as it was then."""

    player: int
    round: int
    space: Choice
    observation: dict[str, Any]
    rules: str
    words: Words

    @property
    def text(self) -> str:
        return f"{self.rules}\n\n{self.words}"


def at_random(rng: Random, decision: Decision) -> Any:
    return decision.space.sample(rng)


def transcript(
    game: MatrixGame,
    seed: int = 0,
    choose: Callable[[Random, Decision], Any] = at_random,
) -> tuple[list[Asked], list[Round]]:
    """Everything that both players are told in a match."""
    script, rng = game.play(Random(seed)), Random(seed)
    asked: list[Asked] = []
    rounds: list[Round] = []
    reply: Any = None
    while True:
        try:
            item = script.send(reply)
        except StopIteration:
            return asked, rounds
        if isinstance(item, Round):
            rounds.append(item)
            reply = None
            continue
        assert isinstance(item, tuple)
        for d in item:
            assert isinstance(d, Decision)
            seen, space = copy.deepcopy(plain(d.observation)), d.space
            assert isinstance(space, Choice)
            asked.append(Asked(d.player, len(rounds), space, seen, game.rules(d), game.describe(d)))
        reply = tuple([choose(rng, d) for d in item if isinstance(d, Decision)])


def everything_told(asked: list[Asked], player: int = 0) -> str:
    """All words and all that programs see, of one player, apart from the rules and the labels."""
    mine = [a for a in asked if a.player == player]
    seen = [{k: v for k, v in a.observation.items() if k != "labels"} for a in mine]
    return "\n".join(str(a.words) for a in mine) + json.dumps(seen)
