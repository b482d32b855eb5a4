"""What every game must do, alone and under every modifier: those of the registry, all of them."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import json
import math
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from harness import (
    Action,
    Agent,
    Bot,
    Choice,
    Decision,
    Distribution,
    Form,
    Game,
    Integer,
    Join,
    Modified,
    OneOf,
    Player,
    Real,
    Round,
    Seat,
    Space,
    Text,
    registry,
)
from harness.agents.generic import RandomBot, Replay, first_action
from harness.match import Entry, Match, MatchRecord, Status
from harness.play import play
from harness.record.lines import encode, match_fields

SMALL = {
    "beauty": "beauty(players=3, rounds=2)",
    "deal_or_no_deal": "deal_or_no_deal(max_messages=5)",
    "donor": "donor(agents=4, generations=2, rounds=2)",
    "matrix": "matrix(payoffs=[[[3, 1], [0, 4]], [[5, 2], [1, 1]]], rounds=3, noise=0.2)",
    "prisoners_dilemma": "prisoners_dilemma(continuation=0.6, relabel='round', order='round')",
}
"""Games at a size that is quickly played; others have three rounds."""

SINGLE = {
    "predict": ("predict", "predict(kind='point')"),
    "reflect": ("reflect", "reflect(when='end')"),
    "talk": ("talk(messages=2)", "talk(when='round', channel='private')"),
    "tell": ("tell(text='Hello.')", "tell(about='mistakes', to=1)"),
}
"""How each modifier is tried; others are by their name."""

PAIRS = ("talk+predict", "reflect+talk(channel='private')", "reflect+predict")

GLOBAL = [name for name in random.__all__ if inspect.ismethod(getattr(random, name, None))]
GLOBAL += ["random", "getrandbits"]  # bound to the same hidden instance, but built in


def small(name: str) -> str:
    """A game of the registry at a size that is quickly played."""
    rounds = "(rounds=3)" if "rounds" in registry.parameters("game", name) else ""
    return SMALL.get(name, f"{name}{rounds}")


def modifiers() -> list[str]:
    tried = [SINGLE.get(name, (name,)) for name in registry.names("modifier")]
    return ["", *itertools.chain(*tried), *PAIRS]


EVERYWHERE = [
    pytest.param(small(name) + (f"+{modifier}" if modifier else ""), id=f"{name}+{modifier}")
    for name in registry.names("game")
    for modifier in modifiers()
]
EVERY_GAME = [pytest.param(small(name), id=name) for name in registry.names("game")]


def first(space: Space) -> Action:
    """The first action of any space: of a distribution, the first action for certain."""
    if isinstance(space, Distribution):
        certain = space.over.actions[0]
        return {str(a): float(a == certain) for a in space.over.actions}
    if isinstance(space, Form):
        return {name: first(part) for name, part in space.fields.items()}
    return first_action(space)


@dataclass
class First(Bot):
    takes_asides = True
    name = "first"

    def act(self, decision: Decision) -> Action:
        return first(decision.space)


@dataclass
class Witness(Bot):
    """Another bot, that has everything put into words and looks at it."""

    takes_asides = True

    bot: Agent
    game: Game
    read: list[tuple[int, str, str, str, Space]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.name = self.bot.name

    @property
    def parameters(self) -> dict[str, Any]:
        return self.bot.parameters

    def begin(self, seat: Seat) -> None:
        json.dumps(dict(seat.facts), allow_nan=False)
        self.told = ""
        player = self.bot.player(seat)
        assert isinstance(player, Player)
        self.answers: Player = player

    def act(self, decision: Decision) -> Action:
        seen = json.dumps(dict(decision.observation), allow_nan=False)
        if not self.told:
            self.told = self.game.rules(decision)
        words, again = self.game.describe(decision), self.game.describe(decision)
        assert words == again
        assert words.question.strip()
        if isinstance(decision, Modified) and not decision.passed:
            assert decision.space.canonical(decision.aside) == decision.aside
        self.read.append((decision.player, seen, self.told, words.question, decision.space))
        return self.answers.act(decision)


@dataclass
class Logged(Agent):
    """An agent that does again what the log says it did, in whatever seat."""

    original: Agent
    turns: Sequence[tuple[int, Action]]

    def __post_init__(self) -> None:
        self.name = self.original.name

    @property
    def parameters(self) -> dict[str, Any]:
        return self.original.parameters

    def player(self, seat: Seat) -> Player:
        return Replay([a for player, a in self.turns if player == seat.player]).player(seat)


def match(game: Entry, agents: Sequence[Agent]) -> Match:
    seats = itertools.islice(itertools.cycle(agents), game.what.n_seats)
    return Match(game, tuple(Entry(agent.name, agent) for agent in seats), seed=3)


def turns(record: MatchRecord) -> list[tuple[int, Action]]:
    return record.turns or [(p, a) for r in record.rounds for p, a in enumerate(r.actions)]


@pytest.fixture(params=["random", "first, random"])
def bots(request: pytest.FixtureRequest) -> list[Agent]:
    known: dict[str, Callable[[], Agent]] = {"random": RandomBot, "first": First}
    return [known[name]() for name in request.param.split(", ")]


@contextlib.contextmanager
def no_other_chance() -> Iterator[None]:
    """Make the chance and the clock of the whole process raise."""

    def poison(*_: Any, **__: Any) -> Any:
        raise AssertionError("a game or a bot used global chance or the clock")

    with pytest.MonkeyPatch.context() as patch:
        for name in GLOBAL:
            patch.setattr(random, name, poison)
        for name in ("time", "time_ns"):
            patch.setattr(time, name, poison)
        yield


@pytest.mark.parametrize("spec", EVERYWHERE)
def test_a_match_ends_well_and_its_log_gives_it_again(spec: str, bots: list[Agent]) -> None:
    game = registry.build("game", spec)
    witnesses = [Witness(bot, game.what) for bot in bots]
    with no_other_chance():
        record = play(match(game, witnesses))
    assert (record.status, record.reason) == (Status.OK, "")
    assert record.payoffs is not None
    assert all(map(math.isfinite, record.payoffs))
    assert set(record.measures or {}) <= set(game.what.measures)
    logged = encode(match_fields(record))
    again = play(match(game, [Logged(bot, turns(record)) for bot in bots]))
    assert encode(match_fields(again)) == logged
    for witness in witnesses:
        assert witness.read
        for _, _, rules, question, space in witness.read:
            assert_named(space, question, rules)


def assert_named(space: Space, question: str, rules: str) -> None:
    """Fail unless a question names the legal actions; how long a text may be, the rules may."""
    match space:
        case Choice():
            digits = all(re.fullmatch(r"\d+", label) for label in space.labels)
            ends = (space.labels[0], space.labels[-1])
            for label in ends if digits and len(space.labels) > 12 else space.labels:
                assert re.search(rf"(?<!\w){re.escape(label)}(?!\w)", question), label
        case Integer() | Real():
            bounds = (f"{space.low:g}", f"{space.high:g}")
            assert str(space) in question or all(bound in question for bound in bounds)
        case Text():
            assert str(space.max_chars) in question + rules
        case Form():
            for name, part in space.fields.items():
                assert name in question
                assert_named(part, question, rules)
        case OneOf():
            for part in space.kinds.values():
                assert_named(part, question, rules)
        case Distribution():
            assert_named(space.over, question, rules)
            assert "probability from 0 to 1" in question
        case _:
            raise AssertionError(f"{type(space).__name__} is not known here")


View = tuple[str, str, str]


def views(
    game: Game, player: int, answer: Callable[[Decision, Random], Action] | None = None
) -> list[View]:
    """All that a player sees and reads in a match: observation, words, and rules.

    Everybody answers by a chance of its own, or as `answer` says.
    """
    chance = [Random(seat) for seat in range(game.n_players)]
    script = game.play(Random(8))
    found: list[View] = []
    reply: Any = None
    while True:
        try:
            item = script.send(reply)
        except StopIteration:
            return found
        reply = None
        if isinstance(item, Round | Join):
            continue
        actions = []
        for decision in (item,) if isinstance(item, Decision) else item:
            if decision.player == player:
                seen = json.dumps(dict(decision.observation), sort_keys=True)
                found.append((seen, str(game.describe(decision)), game.rules(decision)))
            rng = chance[decision.player]
            given = answer and answer(decision, rng)
            given = decision.space.sample(rng) if given is None else given
            canonical = decision.space.canonical(given)
            assert canonical is not None
            actions.append(canonical)
        reply = actions[0] if isinstance(item, Decision) else tuple(actions)


PRIVATE_FACTS: dict[str, tuple[str, str]] = {
    "deal_or_no_deal": (
        "deal_or_no_deal(first=0, max_messages=6, contexts=[[[1, 2, 3], [[1, 3, 1], [4, 0, 2]]]])",
        "deal_or_no_deal(first=0, max_messages=6, contexts=[[[1, 2, 3], [[1, 3, 1], [1, 3, 1]]]])",
    ),
}
"""For each game that draws private facts: two games that differ only in those of player 1."""


@pytest.mark.parametrize("modifier", ["", "talk", "reflect", "predict"])
@pytest.mark.parametrize("name", sorted(set(PRIVATE_FACTS) & set(registry.names("game"))))
def test_private_facts_of_another_player_never_show(name: str, modifier: str) -> None:
    pair = [f"{spec}+{modifier}" if modifier else spec for spec in PRIVATE_FACTS[name]]
    one, other = (registry.build("game", spec).what for spec in pair)
    assert views(one, 0) == views(other, 0)
    assert views(one, 1) != views(other, 1)


PRIVATE_ANSWERS = {
    "donor": ("donor(agents=4, generations=1, rounds=2)", "strategy", "Never give."),
}
"""For each game with answers that nobody else is shown: the decision's kind, another answer."""


@pytest.mark.parametrize("modifier", ["", "+talk", "+reflect", "+predict"])
@pytest.mark.parametrize("name", sorted(set(PRIVATE_ANSWERS) & set(registry.names("game"))))
def test_private_answers_of_others_never_show(name: str, modifier: str) -> None:
    spec, kind, other = PRIVATE_ANSWERS[name]
    game: Game = registry.build("game", f"{spec}{modifier}").what

    def otherwise(decision: Decision, rng: Random) -> Action:
        return other if decision.player and decision.kind == kind else None

    assert views(game, 0) == views(game, 0, otherwise)
    assert views(game, 1) != views(game, 1, otherwise)


@pytest.mark.parametrize(
    "modifier", ["predict", "predict(kind='point')", "reflect", "reflect(when='end')"]
)
@pytest.mark.parametrize("spec", EVERY_GAME)
def test_forecasts_and_notes_of_others_never_show(spec: str, modifier: str) -> None:
    game: Game = registry.build("game", f"{spec}+{modifier}").what

    def otherwise(decision: Decision, rng: Random) -> Action:
        if decision.player == 0 or decision.kind not in ("predict", "reflect"):
            return None
        decision.space.sample(rng)  # the chance of later decisions stays what it was
        return "something else" if decision.kind == "reflect" else first(decision.space)

    assert views(game, 0) == views(game, 0, otherwise)


@pytest.mark.parametrize("spec", EVERY_GAME)
def test_a_modifier_leaves_chance_and_play_of_its_game_alone(spec: str) -> None:
    inner: Game = registry.build("game", spec).what

    def rounds(game: Game, seed: Random) -> list[Round]:
        script, reply = game.play(seed), None
        found: list[Round] = []
        while True:
            try:
                item = script.send(reply)
            except StopIteration:
                return found
            reply = None
            if isinstance(item, Round):
                found.append(item._replace(info=None))
            elif not isinstance(item, Join):
                asked = (item,) if isinstance(item, Decision) else item
                actions = tuple(d.space.canonical(first(d.space)) for d in asked)
                reply = actions[0] if isinstance(item, Decision) else actions

    alone = rounds(inner, Random(Random(8).getrandbits(64)))
    for modifier in ("talk", "predict", "reflect(when='end')", "tell(text='Hello.')"):
        assert rounds(registry.build("game", f"{spec}+{modifier}").what, Random(8)) == alone
