"""Whatever other people's code raises ends its own match, and is told in few words."""

from __future__ import annotations

import asyncio
import re
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from harness import Answer, Choice, Decision, Game, Play, PluginError, Seat
from harness.crash import described
from harness.errors import plugin_call, shorten
from harness.match import Status
from harness.play import play, play_async
from harness.retelling import RetoldPlayer
from tests.sketches import Fixed, Pennies, table
from tests.test_leaving import Holder, Seated


class Own(BaseException):
    """An exception that is no `Exception`."""


class Mute(Exception):
    """An exception that fails when it is asked what it says."""

    def __str__(self) -> str:
        raise ValueError("nor can this be said")


class Odd:
    """A value that can be neither looked up nor shown."""

    def __hash__(self) -> int:
        raise LookupError("no hash")

    def __repr__(self) -> str:
        raise LookupError("no words")


class Raising(Fixed):
    """A bot that raises."""

    error: BaseException

    def act(self, decision: Decision) -> Any:
        raise self.error


def giving(value: object) -> Fixed:
    """A bot that acts so."""

    class Giving(Fixed):
        def act(self, decision: Decision) -> Any:
            return value

    return Giving()


ANYTHING = [Own("mine"), Mute(), asyncio.CancelledError(), GeneratorExit(), SystemExit(3)]


def raising(error: BaseException) -> Raising:
    bot = Raising()
    bot.error = error
    return bot


def broken(error: BaseException) -> Game:
    class Broken(Pennies):
        def play(self, rng: Random) -> Play:
            yield from super().play(rng)
            raise error

    return Broken()


@pytest.mark.parametrize("error", ANYTHING, ids=repr)
async def test_whatever_a_bot_raises_is_the_end_of_its_match(error: BaseException) -> None:
    match = table(Pennies(), Fixed(("H",)), raising(error))
    for record in (play(match), await play_async(match)):
        assert (record.status, record.player) == (Status.ERROR, 1)
        assert re.match(rf"{type(error).__name__}\b.* at test_crash\.py:\d+$", record.reason)


@pytest.mark.parametrize("error", ANYTHING, ids=repr)
def test_whatever_a_game_raises_names_it(error: BaseException) -> None:
    with pytest.raises(PluginError, match=rf"pennies.*play\(\) raised {type(error).__name__}\b"):
        play(table(broken(error), Fixed(), Fixed()))
    named = rf"game: rules\(\) raised {type(error).__name__}\b"
    with pytest.raises(PluginError, match=named), plugin_call("game", "rules()"):
        raise error


@pytest.mark.parametrize("error", ANYTHING, ids=repr)
def test_whatever_a_bot_raises_in_its_seat_names_it(error: BaseException) -> None:
    class Restless(Fixed):
        def begin(self, seat: Seat) -> None:
            raise error

    with pytest.raises(PluginError, match=rf"player\(\) raised {type(error).__name__}\b"):
        play(table(Pennies(), Restless(), Fixed()))


def test_whatever_a_bot_raises_in_a_past_that_is_told_is_not_heard() -> None:
    course: Any = SimpleNamespace(forced={0: "H"})
    decision = Decision(0, Choice(("H", "T")), {})
    for error in ANYTHING:
        assert RetoldPlayer(raising(error), course).act(decision) == "H"


def test_an_interrupt_in_a_bot_or_a_game_is_one_of_the_run() -> None:
    bot = table(Pennies(), raising(KeyboardInterrupt()), Fixed())
    for match in (bot, table(broken(KeyboardInterrupt()), Fixed(), Fixed())):
        with pytest.raises(KeyboardInterrupt):
            play(match)


async def test_a_reader_that_cancels_itself_ends_its_match_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answer(*_: Any) -> Answer:
        raise asyncio.CancelledError

    monkeypatch.setattr(Seated, "answer", answer)
    record = await play_async(table(Pennies(), Holder(), Holder()))
    assert record.status is Status.ERROR
    assert record.reason.startswith("CancelledError at test_crash.py:")


def test_a_value_that_fails_when_it_is_looked_up_ends_its_match() -> None:
    record = play(table(Pennies(), giving(Odd()), Fixed()))
    assert record.status is Status.ERROR
    assert record.reason.startswith("LookupError: no hash at test_crash.py:")


def test_what_cannot_be_shown_is_told_by_its_class() -> None:
    assert shorten(Odd()) == "<Odd that cannot be shown>"


def test_a_reason_is_the_same_in_every_process() -> None:
    errors = (ValueError(object()), ValueError(f"{object()} or {object()}"))
    bots = (*map(raising, errors), giving(object()))
    reasons = [play(table(Pennies(), bot, Fixed())).reason for bot in bots]
    assert reasons[0].startswith("ValueError: <object object> at test_crash.py:")
    assert reasons[1].startswith("ValueError: <object object> or <object object> at test_crash")
    assert reasons[2] == "illegal: <object object> is not legal"


def test_a_long_text_is_cut_and_an_empty_one_leaves_no_gap() -> None:
    assert described(ValueError("x" * 100_000)) == f"ValueError: {'x' * 499}…"
    assert described(ValueError("x" * 500)) == f"ValueError: {'x' * 500}"
    assert re.fullmatch(
        r"ValueError at test_crash.py:\d+",
        play(table(Pennies(), raising(ValueError()), Fixed())).reason,
    )


def test_line_breaks_are_kept_in_the_log_alone() -> None:
    assert described(ValueError("one\ntwo"), logged=True) == "ValueError: one\ntwo"
    assert described(ValueError("one\n  two")) == "ValueError: one two"
