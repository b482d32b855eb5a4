"""One stretch of a run, in this process: until it is over, or is stopped."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from harness.errors import FolkError, ProviderError, Stopped
from harness.models.model import Model
from harness.record.calls import CALLS
from harness.record.folder import MATCHES
from harness.record.writing import MatchLog, RunFolder
from harness.runner.course import Course
from harness.runner.halt import Halt
from harness.runner.loop import run_to_end
from harness.runner.progress import Progress
from harness.runner.scripted import play_all

if TYPE_CHECKING:
    from harness.match import Match
    from harness.models.replies import Replies
    from harness.models.transport import Transport
    from harness.record.answers import Answers
    from harness.record.synced import SyncedLog
    from harness.runner.forecast import Forecast
    from harness.seating import Caller

__all__ = ["Session", "Show", "Warn"]

SHOWN_EVERY_S = 0.5

REHEARSAL_S = 1.0
"""Seconds for finding out how many calls matches take, before the first is played."""

MOST_TOLD = 5
"""Reasons that are told why matches could not go on."""

Show: TypeAlias = Callable[[Progress], None]
Warn: TypeAlias = Callable[[str], None]


@dataclass(frozen=True)
class Session:
    """A stretch of a run.

    Attributes:
        course: what the run has brought so far.
        opened: its folder.
        clean: takes out of what is written what may not be.
        warn: is told what the user should know.
        halt: the way to ask for its end.
        replies: what the log of calls holds already, if the run was begun earlier.
        answers: what the log of answers from outside holds already.
        reasons: why matches were left out, as they are.
    """

    course: Course
    opened: RunFolder
    clean: Callable[[bytes], bytes]
    warn: Warn
    halt: Halt
    replies: Replies | None = None
    answers: Answers | None = None
    reasons: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Play what is left: matches with models, then scripted ones.

        What stops it early is left in `course.stopped`.

        Raises:
            ProviderError: a model does not answer before matches begin.
            PluginError: a game breaks the engine's contract.
            RecordError: the disk refuses.
        """
        course = self.course
        if self.replies is not None:
            course.tallies = self.replies.tallies
        try:
            if self._left():
                from harness.runner.forecast import forecast

                run_to_end(self._play_models(forecast(course.plan, seconds=REHEARSAL_S)))
            self._play_scripted()
        except Stopped as stop:
            course.stopped = stop
        except FolkError as error:
            error.in_play = not isinstance(error, ProviderError)
            raise
        n_left = len(course.plan.matches) - len(course.done)
        if not n_left:  # whoever asked for an end came too late
            course.stopped = None
        reasons = [*self.reasons, *_few([*course.stuck.values()])]
        if reasons and n_left and course.stopped is None:
            course.stopped = Stopped(f"{n_left} matches could not go on: {'; '.join(reasons)}")
        course.show()

    def _left(self) -> list[Match]:
        """The matches that wait for somebody and are not over."""
        course = self.course
        return [
            m for m in course.plan.waiting if m.id not in course.done and m.id not in course.stuck
        ]

    async def _play_models(self, forecast: Forecast) -> None:
        """Play the matches that wait for somebody."""
        from harness.runner.concurrent import play_waiting
        from harness.runner.order import Queue

        course, config = self.course, self.course.plan.config
        left = self._left()
        models = any(isinstance(agent.what, Model) for agent in course.plan.agents)
        logging = self._log(CALLS) if models else contextlib.nullcontext()
        async with self._transport(forecast) as transport, logging as calls:
            if calls is not None:
                transport.attach(calls)
            course.carry(transport, forecast)
            async with (
                self._watched(transport),
                self._outside(transport) as caller,
                self._log(MATCHES, patient=True) as log,
            ):
                await transport.preflight(course.plan.agents)
                await play_waiting(
                    Queue(left, forecast.calls_of),
                    transport,
                    log,
                    caller=caller,
                    clean=self.clean,
                    begun=course.begun,
                    over=course.over,
                    match_timeout_s=config.match_timeout,
                )
            transport.gate.check()
            self.reasons.extend(transport.losses)

    def _outside(self, transport: Transport) -> AbstractAsyncContextManager[Caller]:
        """What carries the calls, and the questions to those who answer from outside."""
        from harness.runner.outside import answering

        agents = self.course.plan.agents
        return answering(agents, transport, self.opened.path, self.answers)

    @contextlib.asynccontextmanager
    async def _log(self, name: str, *, patient: bool = False) -> AsyncIterator[SyncedLog]:
        """One of the folder's logs."""
        from harness.record.synced import SyncedLog

        log = SyncedLog(self.opened.path / name, patient=patient)
        try:
            yield log
        finally:
            await log.close()

    def _transport(self, forecast: Forecast) -> Transport:
        """What carries the calls."""
        from harness.models.budget import Budget
        from harness.models.cache import Cache
        from harness.models.prices import Prices
        from harness.models.secrets import Scrubber
        from harness.models.transport import Limits, Transport

        plan, config = self.course.plan, self.course.plan.config
        models = [agent.what for agent in plan.agents if isinstance(agent.what, Model)]
        playing = {f"{model.name}/{model.model}" for model in models}
        for name in config.prices.keys() - playing:
            self.warn(f"prices are given for {name}, which does not take part")
        return Transport(
            Limits(config.concurrency, config.timeout, config.attempts, config.max_wait),
            cache=Cache(Path(config.cache)) if config.cache else None,
            prices=Prices(config.prices),
            warn=self.warn,
            scrubber=Scrubber(named={name for model in models for name in model.key_variables}),
            replies=self.replies,
            budget=Budget(config.max_cost, config.max_tokens, forecast.a_call()),
        )

    @contextlib.asynccontextmanager
    async def _watched(self, transport: Transport) -> AsyncIterator[None]:
        """Show how far it has come; stop when the user says so, or when time is up."""
        loop, gate, course = asyncio.get_running_loop(), transport.gate, self.course

        async def show() -> None:
            while True:
                await asyncio.sleep(SHOWN_EVERY_S)
                course.show()
                if refusal := course.refusal():
                    gate.close(Stopped(refusal))

        def close(why: Stopped) -> None:
            loop.call_soon_threadsafe(gate.close, why)

        showing = loop.create_task(show())
        try:
            with self.halt.heard_by(close):
                yield
        finally:
            showing.cancel()

    def _play_scripted(self) -> None:
        """Play the matches whose players answer at once.

        Raises:
            Stopped: some are left.
        """
        course = self.course
        left = [match for match in course.plan.scripted if match.id not in course.done]
        if not left:
            return
        results = closing(play_all(left, course.plan.config.workers))
        with MatchLog(self.opened.path) as log, results as played:
            for match, done in zip(left, played, strict=True):
                log.append(self.clean(done.line))
                course.take(match, done)
                course.tick()
                self.halt.check()
                if refusal := course.refusal():
                    raise Stopped(refusal)


def _few(reasons: list[str]) -> list[str]:
    """The first of many reasons, and how many more there are."""
    more = [f"… and {len(reasons) - MOST_TOLD} more"] if len(reasons) > MOST_TOLD else []
    return [*reasons[:MOST_TOLD], *more]
