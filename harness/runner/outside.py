"""Questions to those who answer from outside: asked once, in time, and logged."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness import errors
from harness.errors import ProviderError, Stopped, TimedOut
from harness.match import Entry
from harness.models.transport import Transport
from harness.outside import Heard, Outside
from harness.record.answers import ANSWERS, Answers, answer_line, digest
from harness.record.synced import SyncedLog
from harness.seating import Caller

__all__ = ["Desk", "answering", "logged_failure"]


class Desk:
    """Carries the questions to those outside, and hands models on to what carries their calls.

    Args:
        transport: what carries the calls of models; while its gate is open, questions are put.
        log: where answers are put before they are used.
        answers: what the log holds already.
    """

    def __init__(self, transport: Transport, log: SyncedLog, answers: Answers | None) -> None:
        self._transport = transport
        self._log = log
        self._answers = answers
        self._gate = transport.gate
        self._timeout_s = transport.limits.timeout_s
        self._waiting: set[asyncio.Future[Any]] = set()
        self._gate.on_close(self._send_away)

    def clean(self, text: bytes) -> bytes:
        """Text as it may be written: without secrets."""
        return self._transport.clean(text)

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Any]] | None:
        """What one player of a match asks, or calls its provider, by."""
        if isinstance(agent.what, Outside):
            return partial(self._ask, (match, player), agent)
        return self._transport.for_player(match, player, agent)

    async def _ask(
        self,
        place: tuple[str, int],
        agent: Entry,
        number: int,
        asked: Mapping[str, Any],
        send: Callable[[], Awaitable[str]],
    ) -> Heard:
        """An answer, when it is on disk.

        Raises:
            ProviderError: there was none; that is on disk too.
            Stopped: nobody is asked any more.
            RecordError: the log cannot be written, or holds another question in this one's place.
        """
        key, mark = (*place, number), digest(asked)
        told = None if self._answers is None else self._answers.find(key, mark)
        if told is not None and "text" in told:
            await asyncio.sleep(0)  # a long match that is read from its log holds nobody up
            return Heard(told["text"], logged=True)
        self._gate.check()
        scrub = self._transport.scrubber.scrub
        begun, answer = time.monotonic(), ""
        failed: ProviderError | None = None
        try:
            answer = scrub(await self._answer(agent.what, send))
        except ProviderError as error:
            failed = type(error)(scrub(str(error)))
        took = time.monotonic() - begun
        await self._log.append(
            self.clean(answer_line(key, agent.spec, mark, failed or answer, took))
        )
        if failed is not None:
            raise failed
        return Heard(answer)

    async def _answer(self, agent: Outside, send: Callable[[], Awaitable[str]]) -> str:
        """What is answered: in time, or, where a person is asked, before the run is to end."""
        if not agent.timed:
            return await self._unhurried(send)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await send()
        except TimeoutError:
            raise TimedOut(f"no answer within {self._timeout_s:g} s (--timeout)") from None

    async def _unhurried(self, send: Callable[[], Awaitable[str]]) -> str:
        """The answer of somebody who is sent away when the run is to end."""
        waiting = asyncio.ensure_future(send())
        self._waiting.add(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if (why := self._gate.why) is not None:
                raise type(why)(*why.args) from None
            raise
        finally:
            waiting.cancel()
            self._waiting.discard(waiting)

    def _send_away(self, _: Stopped) -> None:
        for waiting in self._waiting:
            waiting.cancel()


@contextlib.asynccontextmanager
async def answering(
    agents: Sequence[Entry], transport: Transport, folder: Path, answers: Answers | None
) -> AsyncIterator[Caller]:
    """What carries all questions of a run; nothing but the transport where nobody outside plays.

    Args:
        agents: who takes part.
        transport: what carries the calls of models.
        folder: the run's.
        answers: what its log of answers holds already.

    Raises:
        ProviderError: one of those outside cannot be asked at all; the message names it.
    """
    outside = [agent for agent in agents if isinstance(agent.what, Outside)]
    if not outside:
        yield transport
        return
    for agent in outside:
        try:
            await agent.what.ready()
        except ProviderError as error:
            raise type(error)(transport.scrubber.scrub(f"{agent.spec}: {error}")) from None
    log = SyncedLog(folder / ANSWERS)
    try:
        yield Desk(transport, log, answers)
    finally:
        await log.close()


def logged_failure(told: Mapping[str, Any]) -> ProviderError:
    """The error that a line of a log tells of."""
    kind = getattr(errors, str(told.get("error")), ProviderError)
    known = isinstance(kind, type) and issubclass(kind, ProviderError)
    error: ProviderError = (kind if known else ProviderError)(told.get("message", ""))
    return error
