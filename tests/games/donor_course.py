"""Games of the Donor Game driven by hand, one policy answering for every player."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from harness import Decision, Join, OneOf, Result, Round
from harness.games.donor import Donor

Policy = Callable[[Decision], Any]


@dataclass
class Course:
    """What driving a game brought: all that a player was asked, and all that happened."""

    decisions: list[Decision]
    turns: list[tuple[int, Any]]
    rounds: list[Round]
    joins: list[Join]
    result: Result


def drive(game: Donor, policy: Policy, seed: int = 0) -> Course:
    """Play a game by asking one policy for every player."""
    course = Course([], [], [], [], Result())
    script = game.play(Random(seed))
    item: Any
    reply: Any = None
    while True:
        try:
            item = script.send(reply)
        except StopIteration as end:
            course.result = end.value
            return course
        reply = None
        if isinstance(item, Round):
            course.rounds.append(item)
        elif isinstance(item, Join):
            course.joins.append(item)
        else:
            assert isinstance(item, tuple)
            actions = [d.space.canonical(policy(d)) for d in item]
            assert None not in actions
            course.decisions += item
            course.turns += [(d.player, a) for d, a in zip(item, actions, strict=True)]
            reply = tuple(actions)


def giving(shares: dict[int, float]) -> Policy:
    """Each player gives its own share; others nothing."""

    def policy(decision: Decision) -> Any:
        if decision.kind == "strategy":
            return f"I give {shares.get(decision.player, 0)}."
        amount = shares.get(decision.player, 0.0) * decision.observation["resources"]
        return {"donate": amount} if isinstance(decision.space, OneOf) else amount

    return policy


def by_chance(seed: int) -> Policy:
    rng = Random(seed)
    return lambda d: "?" if d.kind == "strategy" else d.space.sample(rng)


def seed_for(order: list[int]) -> int:
    """A seed by which a first generation is drawn up in this order."""
    for seed in itertools.count():
        rng = Random(Random(seed).getrandbits(64))
        if rng.sample(range(len(order)), len(order)) == order:
            return seed
    raise AssertionError


STRAIGHT = seed_for([0, 1, 2, 3])
