from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random

import pytest

from harness.agent import Agent, Answer, Outcome, Seat
from harness.errors import PluginError, RecordError, Stopped
from harness.game import Decision, Play, Round, Words
from harness.match import Status
from harness.pace import MOST_STEPS
from harness.play import OutOfTime, play, play_async
from harness.space import Choice
from tests.sketches import Fixed, Model, Pennies, table

Reply = Callable[[int], Awaitable[str]]


class Caller(Agent):
    """Reads, and answers what it is told by a function of which question this is."""

    def __init__(self, name: str, reply: Reply) -> None:
        self.name = name
        self.reply = reply
        self.asked = 0

    @property
    def parameters(self) -> dict[str, str]:
        return {}

    def player(self, seat: Seat) -> Caller:
        return self

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        self.asked += 1
        return Answer(await self.reply(self.asked))


async def heads(turn: int) -> str:
    return "H"


def broken(error: Exception) -> Reply:
    async def reply(turn: int) -> str:
        if turn == 2:
            raise error
        return "H"

    return reply


@pytest.mark.parametrize("error", [Stopped("no money left"), RecordError("disk full")])
@pytest.mark.parametrize("alone", [True, False])
async def test_a_match_that_is_stopped_is_no_match_that_ended(
    error: Exception, *, alone: bool
) -> None:
    other = Fixed(("H",)) if alone else Caller("other", heads)
    with pytest.raises(type(error), match=str(error)):
        await play_async(table(Pennies(), Caller("broken", broken(error)), other), None, 60)


async def test_what_is_on_its_way_when_a_match_is_stopped_is_waited_for() -> None:
    arrived = []

    async def slow(turn: int) -> str:
        await asyncio.sleep(0.01)
        arrived.append(turn)
        return "H"

    pair = Caller("broken", broken(Stopped("enough"))), Caller("slow", slow)
    with pytest.raises(Stopped):
        await play_async(table(Pennies(), *pair), None, 60)
    assert arrived == [1, 2]


async def test_nobody_is_asked_again_whose_conversation_is_too_long() -> None:
    record = await play_async(
        table(Pennies(), Model(lambda _: Answer(outcome=Outcome.CONTEXT_OVERFLOW)), Fixed(("H",)))
    )
    assert len(record.problems) == 1
    model = Model(lambda _: Answer(outcome=Outcome.CONTEXT_OVERFLOW))
    record = await play_async(table(Pennies(), model, Fixed(("H",)), then="substitute"))
    assert [(p.round, p.substituted) for p in record.problems] == [(i, True) for i in range(3)]
    assert len(model.heard) == 3


@pytest.mark.parametrize("seat", [0, 1])
async def test_out_of_time_ends_a_match_as_its_own_limit_does(seat: int) -> None:
    async def never(turn: int) -> str:
        if turn == 2:
            await asyncio.get_running_loop().create_future()
        return "H"

    async def ended(late: Reply, timeout_s: float) -> list[object]:
        pair = [Caller("one", heads), Caller("two", heads)]
        pair[seat].reply = late
        record = await play_async(table(Pennies(), *pair), None, timeout_s)
        reason = record.reason.replace(f"{timeout_s:g} s", "N s")
        return [record.status, reason, record.player, record.rounds, record.payoffs]

    by_call, by_limit = await ended(broken(OutOfTime()), 60), await ended(never, 0.05)
    assert by_call == by_limit
    assert by_call[:2] == [Status.ERROR, "timeout: not over after N s"]


async def test_stopped_is_heard_where_another_call_is_out_of_time() -> None:
    pair = Caller("late", broken(OutOfTime())), Caller("broken", broken(Stopped("enough")))
    with pytest.raises(Stopped):
        await play_async(table(Pennies(), *pair), None, 60)


@dataclass(frozen=True)
class Endless(Pennies):
    """Asks for decisions for ever, with rounds in between or without."""

    paid: bool = False

    def play(self, rng: Random) -> Play:
        first, second = (Decision(i, Choice(("H", "T")), {}) for i in (0, 1))
        while True:
            actions = yield first, second
            if self.paid:
                yield Round(actions, (0, 0))


@pytest.mark.parametrize(("paid", "told"), [(True, "not over after"), (False, "without a round")])
def test_a_game_that_never_ends_is_told(
    monkeypatch: pytest.MonkeyPatch, *, paid: bool, told: str
) -> None:
    monkeypatch.setattr("harness.pace.MOST_STEPS", 50_000)
    monkeypatch.setattr("harness.pace.MOST_IDLE", 30_000)
    with pytest.raises(PluginError, match=told):
        play(table(Endless(paid=paid), Fixed(("H",)), Fixed(("H",))))


async def test_the_limit_of_time_ends_a_match_in_which_only_bots_are_asked() -> None:
    record = await play_async(table(Endless(paid=True), Fixed(("H",)), Fixed(("H",))), None, 0.05)
    assert (record.status, record.reason) == (Status.ERROR, "timeout: not over after 0.05 s")
    assert record.rounds


def test_a_match_may_be_a_million_rounds_long() -> None:
    assert MOST_STEPS >= 2 * 1_000_000 + 1
