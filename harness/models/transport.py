"""The transport: what carries the calls of all models of a run to their providers.

Every call goes the same way: cache, if there is one; a place under the limit of its provider and
model; one attempt with a deadline, and further ones where the failure may pass; log; and only when
the log is on disk, back to the player.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Self

from harness.errors import CutOff, Fatal, ProviderError, Stopped
from harness.identity import canonical_json
from harness.match import Entry
from harness.models.admission import Admission
from harness.models.budget import Budget
from harness.models.cache import Cache
from harness.models.entry import (
    Served,
    Site,
    cached_reply,
    call_entry,
    kept_reply,
    logged_reply,
)
from harness.models.gate import Gate
from harness.models.limit import Limits
from harness.models.line import Line, Shared, greeting
from harness.models.model import Client, Model
from harness.models.prices import Prices
from harness.models.replies import Replies
from harness.models.request import Reply, Request
from harness.models.secrets import Scrubber
from harness.models.tally import Tally
from harness.record.synced import SyncedLog

__all__ = ["Limits", "Transport"]

MOST_MESSAGE = 600
MOST_ERROR_BODY = 2048
"""Characters of what a provider says went wrong that are told, and that are logged."""

SLACK = 1 / 8
"""What more than its limit a model may be asked at once, as a share, before that is enough."""

DATED = re.compile(r"(?:[-@:](?:[0-9][-0-9]*|latest))?")
"""What may stand after a model's name, where the provider tells which of its versions replied."""


class Transport:
    """Carries the calls of a run, within one event loop; an async context manager.

    Args:
        limits: what bounds calls.
        cache: replies of earlier runs, if they are to be used.
        prices: what tokens cost.
        warn: is told, once each, what the user should know.
        scrubber: takes secrets out of whatever is written.
        replies: what this run's log holds already, if the run is gone on with: nobody is asked for
            it again.
        budget: what calls may take.

    Attributes:
        tallies: what calls took, by agent.
        gate: whether calls may begin.
        losses: why nothing more is sent to a model, for each that this is so of.
        changed: is set when a model may have become less busy, or the gate has closed.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        cache: Cache | None = None,
        prices: Prices | None = None,
        warn: Callable[[str], None] = lambda _: None,
        scrubber: Scrubber | None = None,
        replies: Replies | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.tallies: dict[str, Tally] = {} if replies is None else replies.tallies
        self.scrubber = scrubber or Scrubber()
        self.gate = Gate()
        self.losses: list[str] = []
        self.changed = asyncio.Event()
        self._cache = cache
        self._prices = prices or Prices()
        self._warn = warn
        self._replies = replies
        self._admission = Admission(budget or Budget(), self.gate, self.tallies)
        self._log: SyncedLog | None = None
        self._unlogged: list[bytes] = []
        self._clients: dict[Hashable, Client] = {}
        self._lines: dict[Hashable, Line] = {}
        self._shared = Shared(
            self.limits, self.gate, self._admission, self._cleaned, self._give_up, self._record
        )
        self._greeting = False
        self._asked: Counter[Hashable] = Counter()
        self.gate.on_close(lambda _: self.changed.set())
        self._warned: set[str] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients.values():
            await client.close()
        if self._cache is not None:
            self._cache.close()

    def clean(self, text: bytes) -> bytes:
        """Text as it may be written: without secrets."""
        return self.scrubber.scrub_bytes(text)

    def attach(self, log: SyncedLog) -> None:
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
        self._greeting = self._admission.greeting = True
        try:
            await _all(map(self._make_ready, models.values()))
            greeted = set() if self._replies is None else self._replies.greeted
            await _all(self._greet(agent) for agent in models.values() if agent.spec not in greeted)
        finally:
            self._greeting = self._admission.greeting = False

    async def _make_ready(self, agent: Entry) -> None:
        """Wait for whatever a model's client needs time for, whose deadline is its own."""
        with self._naming(agent):
            await self._line(agent.what).client.ready()

    async def _greet(self, agent: Entry) -> None:
        """Ask one model for a word."""
        with self._naming(agent):
            await self._call(Site(None, None, agent.spec), 0, agent.what, greeting(agent.what))

    def given_up(self, agents: Iterable[Entry]) -> bool:
        """Whether nothing more is sent to the model of any of these agents."""
        models = [agent.what for agent in agents if isinstance(agent.what, Model)]
        lines = (self._lines.get((model.connection, model.model)) for model in models)
        return any(line is not None and line.dead is not None for line in lines)

    def busy(self, agents: Iterable[Entry]) -> bool:
        """Whether the model of any of these agents is asked as much as its limit lets be useful.

        That is somewhat more than the limit: calls that wait for the log hold no place.
        """
        models = [agent.what for agent in agents if isinstance(agent.what, Model)]
        return any(self._busy((model.connection, model.model), SLACK) for model in models)

    def _busy(self, place: Hashable, slack: float = 0.0) -> bool:
        line = self._lines.get(place)
        most = 0 if line is None else line.limit.most
        return line is not None and self._asked[place] >= most + slack * most

    def on_the_way(self, agent: Entry) -> tuple[int, int]:
        """How many calls of an agent are on the way, and how many may be to its model."""
        line = self._lines.get((agent.what.connection, agent.what.model))
        return self._admission.under_way[agent.spec], 0 if line is None else line.limit.most

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
            Stopped: nothing more is sent, to this model or at all.
            RecordError: the log cannot be written, or holds another call in this one's place.
        """
        place = model.connection, model.model
        self._asked[place] += 1
        try:
            return await self._carried(site, number, model, request)
        finally:
            self._asked[place] -= 1
            if not self._busy(place):
                self.changed.set()

    async def _carried(self, site: Site, number: int, model: Model, request: Request) -> Reply:
        """One call, as `_call` tells."""
        body = model.body(request)
        logged = await self._logged(site, number, model, body)
        if logged is not None:
            return logged
        served, line = Served(site, number, body), None
        try:
            self.gate.check()
            line = self._line(model)
            key = self._cache_key(model, body, served) if self._cache and site.match else ""
            found = await self._cached(key, body) if key else None
            if found is not None:
                reply, served.cached = found, True
            else:
                reply = await line.send(body, served)
        except Stopped:
            if served.attempts:
                await self._record(served, model, request, None)
            raise
        except asyncio.CancelledError:
            if served.attempts:
                served.failed = CutOff(
                    "the match was over, or the run ended, before the reply came"
                )
                self._record_at_once(served, model, request)
            raise
        except ProviderError as error:
            served.failed = error
            await self._record(served, model, request, None)
            lost = isinstance(error, Fatal) or (line is not None and error is line.dead)
            if site.match and lost:
                raise Stopped(f"{site.agent}: {error}") from error
            raise
        await self._record(served, model, request, reply)
        if key and not served.cached:
            await self._keep(key, body, reply)
        return reply

    async def _logged(
        self, site: Site, number: int, model: Model, body: Mapping[str, Any]
    ) -> Reply | None:
        """The reply that the run's own log holds, if it does."""
        if self._replies is None or site.match is None or site.player is None:
            return None
        call = self._replies.find(
            site.match,
            site.player,
            number,
            body,
            model.conversation_key,
            clean=self.clean,
        )
        if call is None or call["reply"] is None:
            return None
        await asyncio.sleep(0)  # a long match that is read from its log holds nobody up
        return logged_reply(call)

    def _line(self, model: Model) -> Line:
        """What leads to this model."""
        key = model.connection
        line = self._lines.get((key, model.model))
        if line is None:
            if key not in self._clients:
                self._clients[key] = model.connect()
            line = Line(model, self._clients[key], self._shared)
            self._lines[key, model.model] = line
        return line

    def _give_up(self, agent: str, error: ProviderError) -> None:
        """Tell why nothing more is sent to a model; before matches begin, the error itself does."""
        if not self._greeting:
            self.losses.append(self.scrubber.scrub(f"{agent}: {error}"))
            self._say(f"nothing more is sent to this model: {error}")

    def _cleaned(self, error: ProviderError) -> ProviderError:
        """An error without secrets, and then cut to what a log and a terminal can bear."""
        message, error.body = self.scrubber.scrub(str(error)), self.scrubber.scrub(error.body)
        cut = message if len(message) <= MOST_MESSAGE else f"{message[: MOST_MESSAGE - 1]}…"
        error.args, error.body = (cut,), error.body[:MOST_ERROR_BODY]
        return error

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
        clean = self.clean(text)
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
        line = self._counted(served, model, request, reply)
        if self._log is None:
            self._unlogged.append(line)
        elif not self._admission.on_the_wire and self._log.idle:  # nobody is kept waiting
            self._log.write(line)
        else:
            await self._log.append(line)

    def _record_at_once(self, served: Served, model: Model, request: Request) -> None:
        """Log and count a call that was cut off, for which nobody waits any more."""
        line = self._counted(served, model, request, None)
        if self._log is None:
            self._unlogged.append(line)
        else:
            self._log.append(line).add_done_callback(self._heed)

    def _heed(self, logging: asyncio.Future[None]) -> None:
        """Let nothing more begin where the disk has refused a line."""
        if not logging.cancelled() and (error := logging.exception()) is not None:
            self.gate.close(Stopped(str(error)))

    def _counted(
        self, served: Served, model: Model, request: Request, reply: Reply | None
    ) -> bytes:
        """The line of a call, which is counted."""
        usd = None
        if reply is not None:
            usd = self._prices.of(model, reply.usage)
            named, ending = reply.model.startswith(model.model), reply.model[len(model.model) :]
            if reply.model and not (named and DATED.fullmatch(ending)):
                self._say(f"{served.site.agent}: the provider says that {reply.model} replied")
        apart = model.system_apart and request.messages[0].role == "system"
        kept = max(0, request.kept - apart)
        line = call_entry(served, (model.conversation_key, kept), reply, usd)
        tally = self.tallies.setdefault(served.site.agent, Tally())
        tally.add(served, reply, usd)
        return self.clean(line)

    def _say(self, message: str) -> None:
        """Warn, once."""
        message = self.scrubber.scrub(message)
        if message not in self._warned:
            self._warned.add(message)
            self._warn(message)


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Do all of it to its end, and raise the first error there was."""
    for result in await asyncio.gather(*work, return_exceptions=True):
        if result is not None:
            raise result
