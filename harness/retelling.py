"""A branch being played: its players are led through the past, and then decide."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, cast

from harness.agent import Answer, AnyPlayer, Outcome, Player, Reader, Recaller, Seat
from harness.crash import ignored
from harness.errors import ContextOverflow, RecordError, UsageError
from harness.game import Decision, Play, Words
from harness.match import Entry, MatchRecord
from harness.models.entry import logged_reply
from harness.models.model import Model
from harness.models.request import Reply, Request
from harness.past import Forced
from harness.seating import Caller, Seating, sit_down
from harness.space import Action

if TYPE_CHECKING:  # a branch makes its own retelling
    from harness.branch import Branch

__all__ = ["Call", "Retelling", "check_can_go_on", "saying_all"]

Call: TypeAlias = Callable[[int, Model, Request], Awaitable[Reply]]
"""What a model calls its provider by: the number of the call, the model, and what it is asked."""


def saying_all(real: Call) -> Call:
    """What a model that was told its past calls by: its first request is whole.

    What stands before in the conversation is not in this run's log.
    """
    sent = False

    async def call(number: int, model: Model, request: Request) -> Reply:
        nonlocal sent
        if not sent:
            request, sent = replace(request, kept=0), True
        return await real(number, model, request)

    return call


def check_can_go_on(agent: Entry, player: AnyPlayer) -> None:
    """Refuse a player that cannot take a past for its own.

    Raises:
        UsageError: it reads, and is no model.
    """
    if not isinstance(player, Player | Recaller):
        raise UsageError(
            f"{agent.spec} cannot go on with a match that others began, since it cannot be told a"
            " past as its own; scripted agents and models can"
        )


class Retelling(Seating):
    """A branch being played, first through its past.

    Attributes:
        match: the branch.
        forced: what those do who are asked now; None when the past is over.
        number: which round of the past this is.
    """

    def __init__(self, match: Branch, record: MatchRecord, caller: Caller | None) -> None:
        self.forced: Forced | None = {}
        self.number = 0
        self.match = match
        self._chance = match.renewals.get(0, match.origin)
        self._seats: list[Seat] = []
        record.problems += match.past.problems
        record.strategies += match.past.strategies
        super().__init__(record, caller)

    def script(self) -> Play:
        """The game's generator, led through the past."""
        return self.match.retold(self._begin, self._force)

    def _force(self, forced: Forced) -> None:
        self.forced = forced

    def _begin(self, number: int) -> None:
        """A round begins: chance may become another, and the past may be over."""
        self.number = number
        if number in self.match.renewals:
            self._chance = self.match.renewals[number]
            for seat in self._seats:
                seat.rng.seed(seat.seed())
        if number == self.match.past.round:
            self.forced = None

    def _stream(self, *names: Any) -> int:
        """The seed of a stream of chance, as chance is now."""
        return self._chance.stream(*names)

    def _seated(self, player: int, agent: Entry) -> AnyPlayer:
        """A player in its seat, led through the past."""
        real = self._call(player, agent)
        own = isinstance(agent.what, Model) and real is not None
        call = self._carrier(player, cast("Call", real)) if own else real
        seat = self.match.seat(player, call, self._stream)
        self._seats.append(seat)
        seated = sit_down(agent, seat)
        if isinstance(seated, Player):
            return RetoldPlayer(seated, self)
        since = self.match.restored_from(player, agent)
        if self.forced is not None and since > self.number:
            check_can_go_on(agent, seated)
        return RetoldReader(seated, self, since)

    def _carrier(self, player: int, real: Call) -> Call:
        """What a model calls its provider by: in the past, the log replies."""
        fresh = saying_all(real)

        async def call(number: int, model: Model, request: Request) -> Reply:
            if self.forced is not None:
                return await self._logged(player, number, model, request)
            return await fresh(number, model, request)

        return call

    async def _logged(self, player: int, number: int, model: Model, request: Request) -> Reply:
        """The reply that the source's log holds.

        Raises:
            ContextOverflow: the conversation was longer then than the model reads.
            RecordError: it holds none, or cannot be read any more.
        """
        replies, match = self.match.logged_at(self.number)
        # Secrets were taken out of what is logged, so they must be out of what it is compared with.
        clean = getattr(self._caller, "clean", bytes)
        body, key = model.body(request), model.conversation_key
        call = replies.find(match.id, player, number, body, key, clean=clean)
        failed = (call or {}).get("error", {})
        if failed.get("error") == ContextOverflow.__name__:
            raise ContextOverflow(failed["message"])
        if call is None or call["reply"] is None:
            raise RecordError(
                f"match {match.id} cannot be gone on with: in round {self.number}, call {number} of"
                f" player {player} has no reply in the log of calls"
            )
        await asyncio.sleep(0)  # a long past holds nobody else up
        return logged_reply(call)


class RetoldPlayer:
    """A player that answers at once, overruled in the past."""

    takes_asides: ClassVar[bool] = True

    def __init__(self, player: Player, course: Retelling) -> None:
        self._player = player
        self._course = course
        self._takes_asides = getattr(player, "takes_asides", True)

    def act(self, decision: Decision) -> Action:
        """What the player does, or did."""
        forced = self._course.forced
        if forced is None:
            return self._own(decision)
        with ignored():  # it is not what will be done
            self._own(decision)
        return forced[decision.player]

    def _own(self, decision: Decision) -> Action:
        if decision.aside is not None and not self._takes_asides:
            return decision.aside
        return self._player.act(decision)


class RetoldReader:
    """A reader that is led through the past.

    Args:
        reader: who reads.
        course: the match.
        since: the round from which on its own words are restored; before, it is told.
    """

    def __init__(self, reader: Reader, course: Retelling, since: int) -> None:
        self._reader = reader
        self._course = course
        self._since = since

    async def answer(self, decision: Decision, words: Words, rules: str, problem: str) -> Answer:
        """The reader's answer, or that of the past."""
        forced = self._course.forced
        if forced is None:
            return await self._reader.answer(decision, words, rules, problem)
        action = forced[decision.player]
        if self._course.number >= self._since:
            await self._restore(decision, words, rules, action)
        else:
            assert isinstance(self._reader, Recaller)
            self._reader.recall(decision, words, rules, action)
        return Answer(action)

    async def leave(self, status: str, payoff: float | None) -> None:
        """Let the reader go, if it holds anything."""
        leave = getattr(self._reader, "leave", None)
        if leave is not None:
            await leave(status, payoff)

    async def _restore(self, decision: Decision, words: Words, rules: str, action: Action) -> None:
        """Ask as the reader was asked, as often as it was.

        Raises:
            RecordError: what it answered then is not what the log says it did.
        """
        course, problem = self._course, ""
        _, match = course.match.logged_at(course.number)
        for _ in range(match.policy.reask + 1):
            answer = await self._reader.answer(decision, words, rules, problem)
            answer, rules = answer.within(decision.space), ""
            if answer.outcome in (Outcome.OK, Outcome.CONTEXT_OVERFLOW):
                break
            problem = answer.reason
        if answer.outcome is Outcome.OK and answer.action != action:
            raise RecordError(
                f"match {match.id} cannot be gone on with: in round {course.number}, player"
                f" {decision.player} did {action!r}, and its reply in the log of calls is read as"
                f" {answer.action!r} now"
            )
