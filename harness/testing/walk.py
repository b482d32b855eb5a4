"""Leading a game through a match, and taking down all that each player sees, reads and does."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple, TypeAlias

from harness.errors import PluginError, shorten
from harness.game import Decision, Game, Join, Result, Round, Words
from harness.identity import derived_seed
from harness.seating import generator
from harness.space import Action, Distribution, Form, Integer, OneOf, Real, Space, Text
from harness.testing.bounds import unsound

__all__ = [
    "Answer",
    "Asked",
    "Trace",
    "by_chance",
    "cut",
    "difference",
    "least",
    "some",
    "steps",
    "walk",
]

MOST_ITEMS = 20_000
"""Decisions and rounds after which a match is taken for one that does not end."""


class Asked(NamedTuple):
    """One decision, as its player met it.

    Attributes:
        step: which of the game's questions it belongs to; simultaneous ones have one.
        turn: which of the player's own it is.
        player: who was asked.
        kind: the decision's kind.
        space: the legal actions.
        seen: the observation, as JSON in one spelling.
        words: the decision in words.
        rules: the rules in words, as the player was told them at its first decision.
        action: what was answered.
        decision: the decision itself, whose lists may have grown since.
    """

    step: int
    turn: int
    player: int
    kind: str
    space: Space
    seen: str
    words: Words
    rules: str
    action: Action
    decision: Decision

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"decision {self.turn + 1} of player {self.player}"


@dataclass
class Trace:
    """A match as it went.

    Attributes:
        asked: all decisions, in the order asked.
        rounds: what rounds brought, each with the number of steps before it.
        result: what the game returned.
        over: whether it came to its end.
        turns: how many decisions each player has had.
        told: the rules in words, by player.
    """

    asked: list[Asked] = field(default_factory=list)
    rounds: list[tuple[int, Round]] = field(default_factory=list)
    result: Result | None = None
    over: bool = False
    turns: Counter[int] = field(default_factory=Counter)
    told: dict[int, str] = field(default_factory=dict)

    def of(self, player: int) -> list[Asked]:
        """The decisions of one player."""
        return [asked for asked in self.asked if asked.player == player]


Answer: TypeAlias = Callable[[Decision, int], Action]
"""What a player does: given its decision, and which of its own that is."""


def by_chance(seed: int) -> Answer:
    """Everybody acts by chance of an own stream for each turn, and says a few words.

    >>> by_chance(1)(Decision(0, Integer(0, 9), {}), 0) == by_chance(1)(
    ...     Decision(0, Integer(0, 9), {}), 0
    ... )
    True
    """

    def answer(decision: Decision, turn: int) -> Action:
        return some(decision.space, Random(derived_seed(seed, decision.player, turn)))

    return answer


def least(decision: Decision, turn: int) -> Action:
    """Everybody takes the first action: the first of a choice, the least number, no words."""
    return _first(decision.space)


def _first(space: Space) -> Action:
    match space:
        case Integer() | Real():
            return space.low
        case Form():
            return {name: _first(part) for name, part in space.fields.items()}
        case OneOf():
            kind, part = next(iter(space.kinds.items()))
            return {kind: _first(part)}
        case Distribution():
            return {str(a): float(i == 0) for i, a in enumerate(space.over.actions)}
    actions = getattr(space, "actions", None)
    return actions[0] if actions else space.sample(Random(0))


def some(space: Space, rng: Random) -> Action:
    """A legal action by chance, with words in it where a text is asked for."""
    match space:
        case Text():
            return f"Words {rng.randrange(1000)}."[: space.max_chars]
        case Form():
            return {name: some(part, rng) for name, part in space.fields.items()}
        case OneOf():
            kind = list(space.kinds)[int(rng.random() * len(space.kinds))]
            return {kind: some(space.kinds[kind], rng)}
    return space.sample(rng)


def walk(
    game: Game, rng: Random, answer: Answer, *, reach: int = MOST_ITEMS, whole: bool = False
) -> Trace:
    """A match, led through until its end or for `reach` decisions and rounds.

    Args:
        game: the game.
        rng: its chance.
        answer: what its players do.
        reach: how far to go.
        whole: whether not to end by then is a fault.

    Raises:
        PluginError: the game yields what it may not, or does not end.
    """
    trace = Trace()
    for _ in steps(game, rng, answer, trace):
        if len(trace.asked) + len(trace.rounds) >= reach:
            break
    if whole and not trace.over:
        raise PluginError(
            f"the match was not over after {len(trace.asked)} decisions and {len(trace.rounds)}"
            " rounds; see to it that play() returns, for a game without a last round has no result"
        )
    return trace


def steps(game: Game, rng: Random, answer: Answer, trace: Trace) -> Iterator[None]:
    """Lead a game through a match into `trace`, with a pause after all that it yields.

    Raises:
        PluginError: the game yields what it may not.
    """
    script = generator(game.play(rng), game.name)
    step, reply = 0, None
    while True:
        try:
            item: Any = script.send(reply)
        except StopIteration as end:
            trace.result, trace.over = end.value, True
            return
        reply = None
        if isinstance(item, Round):
            trace.rounds.append((step, item))
        elif not isinstance(item, Join):
            decisions = item if isinstance(item, tuple) else (item,)
            actions = [_taken(game, decision, answer, trace, step) for decision in decisions]
            step += 1
            reply = tuple(actions) if isinstance(item, tuple) else actions[0]
        yield


def _taken(game: Game, decision: Any, answer: Answer, trace: Trace, step: int) -> Action:
    """Put a decision to its player, and take down what it meets and does."""
    if not isinstance(decision, Decision):
        raise PluginError(
            f"play() yielded {shorten(decision)}; it yields a Decision, a tuple of them, a Round,"
            " or a Join"
        )
    player = decision.player
    if player not in range(game.n_players):
        raise PluginError(f"play() asked player {player}; players are 0 to {game.n_players - 1}")
    turn = trace.turns[player]
    if fault := unsound(decision.space):
        raise PluginError(f"at decision {turn + 1} of player {player} the space {fault}")
    given = answer(decision, turn)
    action = decision.space.canonical(given)
    if action is None:
        raise PluginError(
            f"at a decision of player {player} the space {decision.space} gave {shorten(given)} as"
            " an action and takes it for illegal; sample() must give what canonical() takes"
        )
    if player not in trace.told:
        trace.told[player] = game.rules(decision)
    told = game.describe(decision), trace.told[player]
    seen = spelled(dict(decision.observation))
    place = step, turn, player, decision.kind, decision.space, seen
    trace.asked.append(Asked(*place, *told, action, decision))
    trace.turns[player] += 1
    return action


def spelled(value: Any) -> str:
    """Data in one spelling, to be compared: JSON where it is JSON data."""
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError):
        return repr(value)


def difference(one: Trace, other: Trace) -> str:
    """Where two matches differ first, in words; empty if they do not."""
    for a, b in zip(one.asked, other.asked, strict=False):
        pairs: Mapping[str, tuple[Any, Any]] = {
            "who is asked": ((a.player, a.kind), (b.player, b.kind)),
            "the legal actions": (repr(a.space), repr(b.space)),
            "the observation": (a.seen, b.seen),
            "the words": (str(a.words), str(b.words)),
            "the rules": (a.rules, b.rules),
            "the action": (a.action, b.action),
        }
        for what, (before, after) in pairs.items():
            if before != after:
                return f"at {a.place}, {what}: {_differ(before, after)}"
    for number, pair in enumerate(zip(one.rounds, other.rounds, strict=False)):
        before, after = (spelled(happened) for _, happened in pair)
        if before != after:
            return f"in round {number}: {_differ(before, after)}"
    sizes = [(len(t.asked), len(t.rounds)) for t in (one, other)]
    if sizes[0] != sizes[1]:
        return f"in length: {sizes[0]} decisions and rounds, then {sizes[1]}"
    if repr(one.result) != repr(other.result):
        return f"in the result: {_differ(repr(one.result), repr(other.result))}"
    return ""


def _differ(before: Any, after: Any) -> str:
    """Two different values, from a little before the place where they begin to differ."""
    if not isinstance(before, str) or not isinstance(after, str):
        return f"{shorten(before)}, then {shorten(after)}"
    return ", then ".join(cut(text, parting(before, after) - 30) for text in (before, after))


def cut(text: str, start: int, limit: int = 80) -> str:
    """A text from some place on, in quotes, with … where something is left out.

    >>> cut("whether they take it", 13, limit=7), cut("take it", -2)
    ("'…take…", "'take it'")
    """
    return shorten(f"…{text[start:]}" if start > 0 else text, limit)


def parting(one: str, other: str) -> int:
    """How many characters two texts begin with in common.

    >>> parting("take it", "take them")
    5
    """
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))
