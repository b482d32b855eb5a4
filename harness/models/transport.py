"""The transport: what carries the calls of all models of a run to their providers.

Every call goes the same way: cache, if there is one; a place under the limit of its provider and
model; one attempt with a deadline, and further ones where the failure may pass; log; and only when
the log is on disk, back to the player.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Self

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from harness.errors import (
    Fatal,
    ProviderError,
    RateLimited,
    TimedOut,
    Transient,
)
from harness.identity import canonical_json
from harness.match import Entry
from harness.models.cache import Cache
from harness.models.entry import Served, Site, cached_reply, call_entry, kept_reply
from harness.models.limit import Limit, Limits
from harness.models.model import Client, Model
from harness.models.prices import Prices
from harness.models.request import Message, Reply, Request
from harness.models.secrets import Scrubber
from harness.models.tally import Tally
from harness.models.waits import backoff
from harness.record.calls import CallLog

__all__ = ["Limits", "Transport"]

FROZEN_AFTER = 8
"""Calls to one model that time out in a row before it is asked whether it is there at all."""

PROBE_TOKENS = 16
"""Tokens of a reply that is only to show that there is one: the least that providers take."""

MOST_MESSAGE = 600
MOST_ERROR_BODY = 2048
"""Characters of what a provider says went wrong that are told, and that are logged."""

DATED = re.compile(r"(?:[-@:](?:[0-9][-0-9]*|latest))?")
"""What may stand after a model's name, where the provider tells which of its versions replied."""


@dataclass
class Line:
    """What stands between calls to one model of one provider.

    Attributes:
        model: one of those with this provider, name and connection.
        client: the way to the provider.
        limit: how many calls may be on the way.
        dead: why nothing more is sent, once nothing is.
        timeouts: attempts that timed out since the last reply.
        late: replies that came after their attempt had timed out, and were thrown away.
    """

    model: Model
    client: Client
    limit: Limit
    dead: ProviderError | None = None
    timeouts: int = 0
    late: int = 0
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)


class Transport:
    """Carries the calls of a run, within one event loop; an async context manager.

    Args:
        limits: what bounds calls.
        cache: replies of earlier runs, if they are to be used.
        prices: what tokens cost.
        warn: is told, once each, what the user should know.
        scrubber: takes secrets out of whatever is written.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        cache: Cache | None = None,
        prices: Prices | None = None,
        warn: Callable[[str], None] = lambda _: None,
        scrubber: Scrubber | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.tallies: dict[str, Tally] = {}
        self.scrubber = scrubber or Scrubber()
        self._cache = cache
        self._prices = prices or Prices()
        self._warn = warn
        self._log: CallLog | None = None
        self._unlogged: list[bytes] = []
        self._clients: dict[Hashable, Client] = {}
        self._lines: dict[Hashable, Line] = {}
        self._attempts = itertools.count(1)
        self._warned: set[str] = set()
        self._on_wire = 0
        self._rng = Random()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.close()
        if self._cache is not None:
            self._cache.close()

    def attach(self, log: CallLog) -> None:
        """Log what has been called so far, and all that follows."""
        self._log = log
        for line in self._unlogged:
            log.write(line)
        self._unlogged.clear()

    async def preflight(self, agents: Iterable[Entry]) -> None:
        """Ask every model for a word, so that what is wrong with any shows before matches begin.

        Raises:
            ProviderError: a model does not reply; the message names it.
        """
        models = {agent.spec: agent for agent in agents if isinstance(agent.what, Model)}
        for agent in models.values():
            for notice in agent.what.notices():
                self._say(notice)
            with self._naming(agent):
                self._line(agent.what)  # what this imports must not hold up calls on the way
        await asyncio.gather(*map(self._make_ready, models.values()))
        await asyncio.gather(*map(self._greet, models.values()))

    async def _make_ready(self, agent: Entry) -> None:
        """Wait for whatever a model's client needs time for, whose deadline is its own."""
        with self._naming(agent):
            await self._line(agent.what).client.ready()

    async def _greet(self, agent: Entry) -> None:
        """Ask one model for a word."""
        with self._naming(agent):
            await self._call(Site(None, None, agent.spec), 0, agent.what, _greeting(agent.what))

    @contextlib.contextmanager
    def _naming(self, agent: Entry) -> Iterator[None]:
        """Let errors name the agent."""
        try:
            yield
        except ProviderError as error:
            raise type(error)(self.scrubber.scrub(f"{agent.spec}: {error}")) from None

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Reply]] | None:
        """What one player of a match calls its provider by; None for who is no model."""
        if not isinstance(agent.what, Model):
            return None
        return partial(self._call, Site(match, player, agent.spec))

    async def _call(self, site: Site, number: int, model: Model, request: Request) -> Reply:
        """One call of a player: the reply, when it is on disk.

        Raises:
            ProviderError: there was none.
        """
        served = Served(site, number)
        try:
            line = self._line(model)
            body = served.body = model.body(request)
            key = self._cache_key(model, body, served) if self._cache and site.match else ""
            found = await self._cached(key, body) if key else None
            if found is not None:
                reply, served.cached = found, True
            else:
                reply = await self._send(line, body, served)
                if key:
                    await self._keep(key, body, reply)
        except ProviderError as error:
            served.failed = error
            await self._record(served, model, request, None)
            raise
        await self._record(served, model, request, reply)
        return reply

    def _line(self, model: Model) -> Line:
        """What leads to this model."""
        key = model.connection
        line = self._lines.get((key, model.model))
        if line is None:
            if key not in self._clients:
                self._clients[key] = model.connect()
            line = Line(model, self._clients[key], Limit(self.limits.concurrency))
            self._lines[key, model.model] = line
        return line

    async def _send(self, line: Line, body: Mapping[str, Any], served: Served) -> Reply:
        """The reply of the first attempt that brings one."""
        try:
            return await self._attempt(line, body, served)
        except (RateLimited, Transient) as error:
            failed = [error]

        async def again() -> Reply:
            if failed:
                raise failed.pop()
            return await self._attempt(line, body, served)

        policy = AsyncRetrying(
            retry=retry_if_exception_type((RateLimited, Transient)),
            stop=stop_after_attempt(self.limits.attempts)
            | stop_before_delay(self.limits.max_wait_s),
            wait=backoff(self._rng),
            reraise=True,
        )
        reply: Reply = await policy(again)
        return reply

    async def _attempt(self, line: Line, body: Mapping[str, Any], served: Served) -> Reply:
        """One attempt, with a place under the limit and a deadline."""
        async with line.limit:
            if line.dead is not None:
                raise line.dead.with_traceback(None)
            attempt = next(self._attempts)
            begun = time.monotonic()
            try:
                reply = await self._in_time(line, body)
            except ProviderError as error:
                failed = self._cleaned(error)
                served.note(attempt, time.monotonic() - begun, failed)
                self._learn(line, failed, begun)
            else:
                served.note(attempt, time.monotonic() - begun)
                line.timeouts = 0
                line.limit.succeeded()
                return reply
        if line.timeouts >= FROZEN_AFTER:
            await self._check_alive(line, served.site.agent)
        raise failed

    async def _in_time(self, line: Line, body: Mapping[str, Any]) -> Reply:
        """The client's reply, or TimedOut; a reply that comes later is thrown away."""
        task = asyncio.create_task(line.client.send(body))
        self._on_wire += 1
        try:
            await asyncio.wait((task,), timeout=self.limits.timeout_s)
        except asyncio.CancelledError:
            task.cancel()
            raise
        finally:
            self._on_wire -= 1
        if task.done():
            return task.result()
        task.cancel()
        task.add_done_callback(partial(_discard, line))
        raise TimedOut(f"no reply within {self.limits.timeout_s:g} s")

    def _cleaned(self, error: ProviderError) -> ProviderError:
        """An error without secrets, and then cut to what a log and a terminal can bear."""
        message, error.body = self.scrubber.scrub(str(error)), self.scrubber.scrub(error.body)
        cut = message if len(message) <= MOST_MESSAGE else f"{message[: MOST_MESSAGE - 1]}…"
        error.args, error.body = (cut,), error.body[:MOST_ERROR_BODY]
        return error

    def _learn(self, line: Line, error: ProviderError, begun: float) -> None:
        """Let what went wrong bear on the calls that follow."""
        if isinstance(error, RateLimited):
            line.limit.rate_limited(begun, error.retry_after_s)
        elif isinstance(error, Transient):
            line.limit.transient()
            line.timeouts += isinstance(error, TimedOut)
        elif isinstance(error, Fatal) and line.dead is None:
            line.dead = error
            if self._log is not None:  # before matches begin, the error itself is told
                self._say(f"nothing more is sent to this model: {error}")

    async def _check_alive(self, line: Line, agent: str) -> None:
        """Ask a model that has not replied for long for a word, and give it up if none comes.

        A server's own word for its health is not asked: one whose engine hangs says that it is
        well.

        Raises:
            Fatal: the model is given up.
        """
        async with line.probing:
            if line.timeouts < FROZEN_AFTER or line.dead is not None:
                return
            greeting = _greeting(line.model)
            probe = Served(Site(None, None, agent), 0, line.model.body(greeting))
            reply, attempt, begun = None, next(self._attempts), time.monotonic()
            try:
                reply = await self._in_time(line, probe.body)
            except ProviderError as error:
                probe.failed = self._cleaned(error)
                if isinstance(error, TimedOut):
                    line.dead = Fatal(
                        f"{line.timeouts} attempts in a row had no reply within"
                        f" {self.limits.timeout_s:g} s, nor had a request for a single word"
                    )
                    self._say(f"nothing more is sent to this model: {line.dead}")
                else:
                    self._learn(line, error, begun)
            probe.note(attempt, time.monotonic() - begun, probe.failed)
            await self._record(probe, line.model, greeting, reply)
            if line.dead is not None:
                raise line.dead.with_traceback(None)
            line.timeouts = 0

    def _cache_key(self, model: Model, body: Mapping[str, Any], served: Served) -> str:
        """What names a reply: everything sent, to whom, and for which sample."""
        assert self._cache is not None
        sample = [served.site.match, served.site.player, served.number]
        return self._cache.key(model.name, repr(model.connection), model.model, body, sample)

    async def _cached(self, key: str, body: Mapping[str, Any]) -> Reply | None:
        """The reply of an earlier run, if it is known."""
        assert self._cache is not None
        kept = await asyncio.to_thread(self._cache.get, key, self._clean_data(body))
        return None if kept is None else cached_reply(kept)

    def _clean_data(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """JSON data without secrets."""
        text = canonical_json(data).encode()
        clean = self.scrubber.scrub_bytes(text)
        cleaned: Mapping[str, Any] = data if clean == text else json.loads(clean)
        return cleaned

    async def _keep(self, key: str, body: Mapping[str, Any], reply: Reply) -> None:
        """Keep a reply for later runs, if it is whole."""
        assert self._cache is not None
        kept = kept_reply(reply)
        if kept is not None:
            clean = self._clean_data(body), self._clean_data(kept)
            await asyncio.to_thread(self._cache.put, key, *clean)

    async def _record(
        self, served: Served, model: Model, request: Request, reply: Reply | None
    ) -> None:
        """Log a call and count it; done when the line is on disk."""
        usd = None
        if reply is not None:
            elsewhere = bool(getattr(model, "base_url", ""))
            usd = self._prices.usd(model.name, model.model, reply.usage, listed=not elsewhere)
            named, ending = reply.model.startswith(model.model), reply.model[len(model.model) :]
            if reply.model and not (named and DATED.fullmatch(ending)):
                self._say(f"{served.site.agent}: the provider says that {reply.model} replied")
        apart = model.system_apart and request.messages[0].role == "system"
        kept = max(0, request.kept - apart)
        line = call_entry(served, (model.conversation_key, kept), reply, usd)
        tally = self.tallies.setdefault(served.site.agent, Tally())
        tally.add(served, reply, usd)
        line = self.scrubber.scrub_bytes(line)
        if self._log is None:
            self._unlogged.append(line)
        elif not self._on_wire and self._log.idle:  # nobody is kept waiting
            self._log.write(line)
        else:
            await self._log.append(line)

    def _say(self, message: str) -> None:
        """Warn, once."""
        message = self.scrubber.scrub(message)
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)


def _greeting(model: Model) -> Request:
    """A request that any model has a word for."""
    system = [Message("system", model.system)] if model.system else []
    messages = (*system, Message("user", "Reply with the word ready."))
    return Request(messages, max_tokens=PROBE_TOKENS)


def _discard(line: Line, task: asyncio.Task[Reply]) -> None:
    """Throw a late reply away, and whatever else became of its attempt."""
    if not task.cancelled() and task.exception() is None:
        line.late += 1
