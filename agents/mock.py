"""A model that is scripted and seeded: for trying a study before paying, and for tests.

It plays through everything that a paid model plays through (prompts, limits, retries, log, reader)
and misbehaves on request. What it replies is drawn from a hash of everything sent, so that the same
request always gets the same reply; each request carries a seed of its match, unless `seed=False`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, ClassVar

from harness import UsageError, did_you_mean, is_number, is_whole, shorten
from harness.agents.failures import failure
from harness.agents.mock_replies import MISBEHAVIOURS, made_up, tokens_of
from harness.agents.mock_values import encoded
from harness.models import Client, ContextOverflow, Model, ProviderError, Reply, Request, Transient

CHARACTERS: dict[str, dict[str, float]] = {
    "random": {},
    "biased": {"first": 0.8},
    "talker": {"talk": 1.0},
    "injector": {"inject": 1.0},
    "refuser": {"refuse": 1.0},
    "rambler": {"ramble": 1.0},
    "contradicter": {"contradict": 1.0},
    "truncater": {"truncate": 1.0},
    "empty": {"empty": 1.0},
    "outlaw": {"illegal": 1.0},
    "flaky": {"error": 0.3},
    "staller": {"stall": 1.0},
}
"""What each character does, where nothing else is said."""

RATES = (*MISBEHAVIOURS, "talk", "inject", "error", "stall")

PASSING = (429, 500, 502, 503, 504, 529, 0)
"""Statuses that are drawn from where none is given; 0 is a connection that breaks."""

SAYINGS = {
    400: ("invalid_request_error", "This request cannot be answered."),
    401: ("authentication_error", "Incorrect API key provided."),
    402: ("billing_error", "You exceeded your current quota: insufficient_quota."),
    403: ("permission_error", "Your key may not use this model."),
    404: ("not_found_error", "The model does not exist: model_not_found."),
    408: ("timeout_error", "The request took too long."),
    413: ("request_too_large", "The prompt is too long."),
    429: ("rate_limit_error", "Too many requests; slow down."),
    529: ("overloaded_error", "Overloaded."),
}
"""What a provider says beside a status."""


@dataclass(frozen=True, kw_only=True)
class Mock(Model):
    """A scripted, seeded model, for trying out and for tests; nothing is sent anywhere.

    Its name is a character: `random` (any legal answer), `biased` (mostly the first), `talker`
    (many words, then a legal answer), `injector` (writes into its messages what would pass for
    somebody else's words), `refuser`, `rambler` (never gets to an answer), `contradicter` (gives
    two answers), `truncater` (is cut off), `empty`, `outlaw` (answers what is not allowed), `flaky`
    (errors that pass) and `staller` (never replies). A character is no more than a set of rates:
    `mock/random(refuse=0.1, error=0.05)` mixes its own.

    Args:
        model: the character.
        seed: whether each call is sent a seed of the match; without, the same prompt gets the same
            reply in every match.
        thinking: tokens of thinking before each reply.
        first: probability of the first option that is listed; None for all alike.
        refuse: share of replies that are refusals.
        marked: whether refusals are marked as such, as hosted providers do, or only words.
        ramble: share of replies that hold no answer.
        contradict: share of replies with two answers.
        truncate: share of replies that are cut off.
        empty: share of replies without words.
        illegal: share of replies whose answer is not allowed.
        talk: share of replies with many words before a legal answer, where they have room.
        inject: share of texts, wherever the answer has any, that hold an injection.
        error: share of attempts that fail, drawn for each request and attempt: without `seed`, the
            same request always fares the same.
        status: the HTTP status they fail with; None for one that may pass, drawn anew each time.
        retry_after_s: seconds to wait, as errors say; None if they do not.
        stall: share of attempts that are never replied to.
        context_tokens: most tokens of a conversation; None for no end.
        latency_s: seconds that a reply takes, on average.
        latency_sd: standard deviation of them.
        tokens_per_s: tokens written in each second after that; None for all at once.

    Raises:
        UsageError: there is no such character, or a parameter is out of its range.
    """

    name = "mock"
    elicits: ClassVar[frozenset[str]] = frozenset({"json", "text", "choice", "logits"})
    takes_seed: ClassVar[bool] = True
    invents: ClassVar[bool] = True

    seed: bool = True
    first: float | None = None
    refuse: float | None = None
    marked: bool = True
    ramble: float | None = None
    contradict: float | None = None
    truncate: float | None = None
    empty: float | None = None
    illegal: float | None = None
    talk: float | None = None
    inject: float | None = None
    error: float | None = None
    status: int | None = None
    retry_after_s: float | None = None
    stall: float | None = None
    context_tokens: int | None = None
    latency_s: float = 0.0
    latency_sd: float = 0.0
    tokens_per_s: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model not in CHARACTERS:
            hint = did_you_mean(self.model, CHARACTERS)
            raise UsageError(f"mock has no character {shorten(self.model)}{hint}")
        for name in ("first", *RATES):
            if getattr(self, name) is None:
                usual = CHARACTERS[self.model].get(name, None if name == "first" else 0.0)
                object.__setattr__(self, name, usual)
        self._check()

    def _check(self) -> None:
        """Refuse values out of their range.

        Raises:
            UsageError: there is one.
        """

        def refuse(name: str, must: str) -> None:
            value = shorten(getattr(self, name))
            raise UsageError(f"mock/{self.model}: {name} is {value}; it must be {must}")

        for name in ("first", *RATES):
            rate = getattr(self, name)
            if rate is not None and not (is_number(rate) and 0 <= rate <= 1):
                refuse(name, "a number from 0 to 1")
        for names in (MISBEHAVIOURS, ("error", "stall")):
            total = sum(getattr(self, name) for name in names)
            if total > 1 + 1e-9:
                listed = ", ".join(names)
                raise UsageError(
                    f"mock/{self.model}: {listed} make {total:g} together; 1 is the most"
                )
        if self.thinking is not None and not is_whole(self.thinking, 0):
            refuse("thinking", "a number of tokens")
        if not isinstance(self.marked, bool):
            refuse("marked", "True or False")
        if self.status is not None and not (is_whole(self.status, 400) and self.status < 600):
            refuse("status", "a whole number from 400 to 599")
        if self.status is not None and not self.error:
            refuse("status", "left out where error is 0; give error=1 for one at every attempt")
        for name in ("retry_after_s", "latency_s", "latency_sd"):
            value = getattr(self, name)
            if value is not None and not (is_number(value) and value >= 0):
                refuse(name, "a number, 0 or more")
        if self.context_tokens is not None and not is_whole(self.context_tokens, 1):
            refuse("context_tokens", "a whole number, 1 or more")
        if self.tokens_per_s is not None and not (
            is_number(self.tokens_per_s) and self.tokens_per_s > 0
        ):
            refuse("tokens_per_s", "a number above 0")

    @cached_property
    def _manner(self) -> dict[str, Any]:
        """What is not as it would be by default, by name: sent with every request."""
        manner = {name: getattr(self, name) for name in RATES if getattr(self, name)}
        for name in ("first", "thinking", "status", "retry_after_s", "context_tokens"):
            if getattr(self, name) is not None:
                manner[name] = getattr(self, name)
        return manner if self.marked else manner | {"marked": False}

    @property
    def connection(self) -> Hashable:
        """All that makes a difference: one scripted model's failures are no other's."""
        pace = (self.latency_s, self.latency_sd, self.tokens_per_s)
        return ("mock", self.model, pace, tuple(self._manner.items()))

    def connect(self) -> Client:
        """A client in this process."""
        return MockClient(self.latency_s, self.latency_sd, self.tokens_per_s)

    def body(self, request: Request) -> dict[str, Any]:
        """Everything that the reply depends on."""
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [{"role": role, "content": text} for role, text in request.messages],
            "max_tokens": request.max_tokens or self.max_tokens,
            "elicit": self.elicit,
        }
        if self._manner:
            body["manner"] = self._manner
        if request.schema is not None:
            body["schema"] = request.schema
        if request.grammar is not None:
            body["grammar"] = request.grammar
        if request.scored:
            body["scored"] = list(request.scored)
        if request.seed is not None:
            body["seed"] = request.seed
        return {**body, **self.extra}

    def notices(self) -> list[str]:
        """What it does not heed."""
        unheeded = [name for name in ("temperature", "top_p") if getattr(self, name) is not None]
        if self.extra:
            unheeded += ["extra"]
        return [f"mock/{self.model} does not heed {name}" for name in unheeded]


class MockClient(Client):
    """Replies out of a hash of what is sent, after a simulated time.

    Args:
        latency_s: seconds that a reply takes, on average.
        latency_sd: standard deviation of them.
        tokens_per_s: tokens written in each second after that; None for all at once.
    """

    def __init__(self, latency_s: float, latency_sd: float, tokens_per_s: float | None) -> None:
        self._latency_s = latency_s
        self._latency_sd = latency_sd
        self._tokens_per_s = tokens_per_s
        self._failed: dict[bytes, int] = {}

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """The reply to this body, or what goes wrong at this attempt."""
        mark = _hash(body)
        rng = Random(mark)
        manner: Mapping[str, Any] = body.get("manner", {})
        _check_room(body, manner.get("context_tokens"))
        if "error" in manner or "stall" in manner:
            await self._maybe_fail(mark, body, manner)
        reply = made_up(body, rng)
        await self._take_time(rng, reply)
        return reply

    async def _maybe_fail(
        self, mark: bytes, body: Mapping[str, Any], manner: Mapping[str, Any]
    ) -> None:
        """Fail or stall, as is drawn for this attempt at this body."""
        attempt = self._failed.pop(mark, 0)
        rng = Random(mark + attempt.to_bytes(4, "big"))
        drawn = rng.random()
        stalls, fails = manner.get("stall", 0.0), manner.get("error", 0.0)
        if drawn < stalls + fails:
            self._failed[mark] = attempt + 1
        if drawn < stalls:
            await asyncio.get_running_loop().create_future()
        if drawn < stalls + fails:
            await self._take_time(rng, None)
            raise error(manner.get("status") or rng.choice(PASSING), body["model"], manner)

    async def _take_time(self, rng: Random, reply: Reply | None) -> None:
        """Wait as long as a reply, or an error, takes."""
        seconds = self._latency_s
        if self._latency_sd:
            seconds = max(0.0, rng.gauss(seconds, self._latency_sd))
        if self._tokens_per_s and reply is not None:
            seconds += (reply.usage.output or 0) / self._tokens_per_s
        if seconds:
            await asyncio.sleep(seconds)


def _check_room(body: Mapping[str, Any], most: int | None) -> None:
    """Refuse a conversation that is too long.

    Raises:
        ContextOverflow: it has more than the most tokens.
    """
    if most is None:
        return
    n_tokens = sum(tokens_of(message["content"]) for message in body["messages"])
    if n_tokens > most:
        raise ContextOverflow(
            f"mock/{body['model']}: the conversation has {n_tokens} tokens, and {most} are the most"
        )


def error(status: int, model: str, manner: Mapping[str, Any]) -> ProviderError:
    """What a provider's answer with this status means."""
    where = f"mock/{model}"
    if not status:
        return Transient(f"{where}: the connection broke")
    kind, message = SAYINGS.get(status, ("api_error", "Something went wrong."))
    told = encoded({"error": {"type": kind, "message": message}})
    wait = manner.get("retry_after_s")
    headers = {} if wait is None else {"retry-after": f"{wait:.6f}"}
    return failure(status, headers, told, where)


def _hash(body: Mapping[str, Any]) -> bytes:
    """A hash of everything sent."""
    return hashlib.blake2b(encoded(body), digest_size=16).digest()
