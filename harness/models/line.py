"""What stands between calls to one model and its provider: limit, attempts, deadlines."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from harness.errors import CutOff, Fatal, ProviderError, RateLimited, TimedOut, Transient
from harness.models.admission import Admission
from harness.models.entry import Served, Site
from harness.models.gate import Gate
from harness.models.limit import Limit, Limits
from harness.models.model import Client, Model
from harness.models.request import Message, Reply, Request
from harness.models.waits import backoff

__all__ = ["Line", "Shared", "greeting"]

FROZEN_AFTER = 8
"""Calls to one model that time out in a row before it is asked whether it is there at all."""

PROBE_TOKENS = 16
"""Tokens of a reply that is only to show that there is one: the least that providers take."""

Log: TypeAlias = Callable[[Served, Model, Request, Reply | None], Awaitable[None]]


@dataclass
class Shared:
    """What the lines of a run have in common.

    Attributes:
        limits: what bounds calls.
        gate: whether calls may begin.
        admission: lets calls begin as the budget has room for them.
        clean: takes out of an error what may not be told.
        give_up: is told of an agent to whose model nothing more is sent, and why.
        log: logs a call.
        attempts: numbers the attempts of the run.
        rng: what waits are drawn from.
    """

    limits: Limits
    gate: Gate
    admission: Admission
    clean: Callable[[ProviderError], ProviderError]
    give_up: Callable[[str, ProviderError], None]
    log: Log
    attempts: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    rng: Random = field(default_factory=Random)


class Line:
    """The way to one model of one provider.

    Attributes:
        model: one of those with this provider, name and connection.
        client: the way to the provider.
        limit: how many calls may be on the way.
        dead: why nothing more is sent, once nothing is.
        timeouts: attempts that timed out since the last reply.
        late: replies that came after their attempt had timed out, and were thrown away.
    """

    def __init__(self, model: Model, client: Client, shared: Shared) -> None:
        self.model = model
        self.client = client
        self.limit = Limit(shared.limits.concurrency)
        self.dead: ProviderError | None = None
        self.timeouts = 0
        self.late = 0
        self._shared = shared
        self._probing = asyncio.Lock()
        shared.gate.on_close(self.limit.refuse)

    async def send(self, body: Mapping[str, Any], served: Served) -> Reply:
        """The reply of the first attempt that brings one.

        Raises:
            ProviderError: none did.
            Stopped: nothing more is sent.
        """
        try:
            return await self._attempt(body, served)
        except (RateLimited, Transient) as error:
            failed = [error]

        async def again() -> Reply:
            if failed:
                raise failed.pop()
            return await self._attempt(body, served)

        shared = self._shared
        policy = AsyncRetrying(
            retry=retry_if_exception_type((RateLimited, Transient)),
            stop=stop_after_attempt(shared.limits.attempts)
            | stop_before_delay(shared.limits.max_wait_s),
            wait=backoff(shared.rng),
            sleep=shared.gate.pause,
            reraise=True,
        )
        reply: Reply = await policy(again)
        return reply

    async def _attempt(self, body: Mapping[str, Any], served: Served) -> Reply:
        """One attempt, with a place under the limit and a deadline."""
        shared, agent = self._shared, served.site.agent
        async with self.limit:
            if self.dead is not None:
                raise self.dead.with_traceback(None)
            await shared.admission.admit(agent)
            attempt = next(shared.attempts)
            begun = time.monotonic()
            try:
                reply = await self._in_time(body, agent)
            except ProviderError as error:
                failed = shared.clean(error)
                served.note(attempt, time.monotonic() - begun, failed)
                self._learn(agent, failed, begun)
            except asyncio.CancelledError:
                served.note(attempt, time.monotonic() - begun, CutOff("cut off"))
                raise
            else:
                served.note(attempt, time.monotonic() - begun)
                self.timeouts = 0
                self.limit.succeeded()
                return reply
        if self.timeouts >= FROZEN_AFTER:
            await self._check_alive(agent)
        raise failed

    async def _in_time(self, body: Mapping[str, Any], agent: str) -> Reply:
        """The client's reply, or TimedOut; a reply that comes later is thrown away."""
        shared = self._shared
        task = asyncio.create_task(self.client.send(body))
        shared.admission.sent(agent)
        try:
            await asyncio.wait((task,), timeout=shared.limits.timeout_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            shared.admission.back(agent)
        if task.done():
            return task.result()
        task.cancel()
        task.add_done_callback(self._discard)
        raise TimedOut(f"no reply within {shared.limits.timeout_s:g} s")

    def _discard(self, task: asyncio.Task[Reply]) -> None:
        """Throw a late reply away, and whatever else became of its attempt."""
        if not task.cancelled() and task.exception() is None:
            self.late += 1

    def _learn(self, agent: str, error: ProviderError, begun: float) -> None:
        """Let what went wrong bear on the calls that follow."""
        if isinstance(error, RateLimited):
            self.limit.rate_limited(begun, error.retry_after_s)
            if (error.retry_after_s or 0.0) > self._shared.limits.max_wait_s:
                self._lose(agent, error)
        elif isinstance(error, Transient):
            self.limit.transient()
            self.timeouts += isinstance(error, TimedOut)
        elif isinstance(error, Fatal):
            self._lose(agent, error)

    def _lose(self, agent: str, error: ProviderError) -> None:
        """Send nothing more, for this reason."""
        if self.dead is None:
            self.dead = error
            self._shared.give_up(agent, error)

    async def _check_alive(self, agent: str) -> None:
        """Ask a model that has not replied for long for a word, and give it up if none comes.

        A server's own word for its health is not asked: one whose engine hangs says that it is
        well.

        Raises:
            Fatal: the model is given up.
        """
        shared = self._shared
        async with self._probing:
            if self.timeouts < FROZEN_AFTER or self.dead is not None:
                return
            request = greeting(self.model)
            probe = Served(Site(None, None, agent), 0, self.model.body(request))
            reply, attempt, begun = None, next(shared.attempts), time.monotonic()
            try:
                reply = await self._in_time(probe.body, agent)
            except ProviderError as error:
                probe.failed = shared.clean(error)
                if isinstance(error, TimedOut):
                    frozen = Fatal(
                        f"{self.timeouts} attempts in a row had no reply within"
                        f" {shared.limits.timeout_s:g} s, nor had a request for a single word"
                    )
                    self._lose(agent, frozen)
                else:
                    self._learn(agent, error, begun)
            probe.note(attempt, time.monotonic() - begun, probe.failed)
            await shared.log(probe, self.model, request, reply)
            if self.dead is not None:
                raise self.dead.with_traceback(None)
            self.timeouts = 0


def greeting(model: Model) -> Request:
    """A request that any model has a word for."""
    system = [Message("system", model.system)] if model.system else []
    messages = (*system, Message("user", "Reply with the word ready."))
    return Request(messages, max_tokens=PROBE_TOKENS)
