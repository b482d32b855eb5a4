"""Readers that hold something for the length of their match."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from harness import Agent, Answer, Decision, Outcome, PluginError, Seat, Words
from harness.errors import Stopped
from harness.play import play_async
from tests.sketches import Fixed, Pennies, table


@dataclass
class Holder(Agent):
    """Answers heads, or as is said, and notes how it was let go."""

    answers: Answer | Exception = field(default_factory=lambda: Answer("H"))
    left: list[Any] = field(default_factory=list)
    name = "holder"

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def player(self, seat: Seat) -> Seated:
        return Seated(self)


class Seated:
    def __init__(self, agent: Holder) -> None:
        self._agent = agent

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        await asyncio.sleep(0)
        if isinstance(self._agent.answers, Exception):
            raise self._agent.answers
        return self._agent.answers

    async def leave(self, status: str, payoff: float | None) -> None:
        self._agent.left.append((status, payoff))


async def test_who_holds_something_is_told_how_its_match_ended() -> None:
    holder = Holder()
    record = await play_async(table(Pennies(), holder, Fixed(("H", "T", "H"))))
    assert record.payoffs is not None
    assert holder.left == [("ok", record.payoffs[0])]


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        (Answer(outcome=Outcome.REFUSED, reason="no"), "void"),
        (Answer(outcome=Outcome.TIMEOUT, reason="late"), "error"),
        (KeyError("broken"), "error"),
    ],
)
async def test_a_match_without_payoffs_has_none_to_tell(
    answers: Answer | Exception, status: str
) -> None:
    holder = Holder(answers)
    await play_async(table(Pennies(), holder, Fixed()))
    assert holder.left == [(status, None)]


async def test_who_holds_something_is_let_go_when_the_match_is_left_unfinished() -> None:
    holder = Holder(Stopped("enough"))
    with pytest.raises(Stopped):
        await play_async(table(Pennies(), holder, Fixed()))
    assert holder.left == [("unfinished", None)]


async def test_who_holds_something_is_let_go_when_the_match_is_cancelled() -> None:
    holder = Holder()
    match = table(Pennies(rounds=100_000), holder, Fixed())
    playing = asyncio.ensure_future(play_async(match))
    await asyncio.sleep(0.01)
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert holder.left == [("unfinished", None)]


async def test_who_cannot_let_go_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(self: Seated, status: str, payoff: float | None) -> None:
        raise OSError("stuck")

    monkeypatch.setattr(Seated, "leave", fail)
    with pytest.raises(PluginError, match=r"holder: leave\(\) raised OSError: stuck"):
        await play_async(table(Pennies(), Holder(), Fixed()))
