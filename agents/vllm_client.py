"""Calls to a vLLM server, over HTTP."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from harness.agents.chat import chat_reply, chat_usage
from harness.agents.failures import failure, read_answer
from harness.agents.http import HTTPClient
from harness.agents.vllm_scores import Chat, Next, Scorer
from harness.agents.vllm_server import VLLMServer
from harness.agents.wire import as_dict, as_list, as_text, decode
from harness.models import Fatal, ProviderError, Reply, Transient, Usage

__all__ = ["VLLMClient"]

CHATS = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"

MOST_ASKED = 128
"""Tokens whose log-probabilities a request can ask for."""

MOST_TOLD = 2048
"""Log-probabilities that an answer may hold, wanted or not."""

LEAST = -9999.0
"""What the server says for minus infinity, which JSON has not."""

OPENS = {
    "turn": {"add_generation_prompt": True},
    "words": {"add_generation_prompt": False, "continue_final_message": True},
    "": {"add_generation_prompt": False},
}


class VLLMClient(HTTPClient):
    """Connections to a server, and the server itself if it is ours.

    Args:
        url: the server's address, without a path.
        model: the name that it serves the model by.
        key: what it lets nobody in without, if anything.
        server: the server, if it was started for this client.
        start_timeout_s: seconds that it may take to start.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        server: VLLMServer | None = None,
        start_timeout_s: float = 600.0,
    ) -> None:
        if server is not None:
            server.start()
        super().__init__(url, {"Authorization": f"Bearer {key}"} if key else {})
        self.server = server
        self._scorer = Scorer(ServedTokens(self, model))
        self._starting: asyncio.Task[None] | None = None
        if server is not None:
            self._starting = asyncio.create_task(server.ready(self, start_timeout_s))

    async def ready(self) -> None:
        """Wait until the server takes calls.

        Raises:
            Fatal: it does not start.
        """
        if self._starting is not None:
            await asyncio.shield(self._starting)

    async def send(self, body: Mapping[str, Any]) -> Reply:
        """One attempt at a call."""
        await self.ready()
        try:
            if "scored" in body:
                template = as_dict(body.get("chat_template_kwargs"))
                return await self._scorer.score(body["messages"], body["scored"], template)
            status, headers, answer = await self.post(CHATS, body)
            return read_answer(status, headers, answer, self._base_url + CHATS, chat_reply)
        except Transient as error:
            if self.server is not None and self.server.ended:
                raise self.server.failure("has ended") from error
            raise

    async def ask(
        self, path: str, body: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], Any]:
        """An answer's data, and what to keep of it.

        Raises:
            ProviderError: there is none.
        """
        method = "GET" if body is None else "POST"
        status, headers, answer = await self.exchange(method, path, body)
        if status != 200:
            raise failure(status, headers, answer, self._base_url + path)
        try:
            data, kept = decode(answer)
        except ValueError as error:
            raise Transient(f"{self._base_url}{path}: no JSON: {error}", status=status) from error
        return as_dict(data), kept

    async def close(self) -> None:
        """Close all connections, and end the server if it is ours."""
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError, ProviderError):
                await self._starting
        await super().close()
        if self.server is not None:
            await self.server.stop()


class ServedTokens:
    """A served model as it deals in tokens."""

    stops: ClassVar[Collection[int] | None] = None

    def __init__(self, client: VLLMClient, model: str) -> None:
        self._client = client
        self._model = model
        self._echoes = False

    async def chat(self, messages: Chat, template: Mapping[str, Any], *, open_: str) -> list[int]:
        """A conversation as the chat template writes it."""
        body = {"model": self._model, "messages": messages, **OPENS[open_]}
        return await self._tokenize(body | ({"chat_template_kwargs": template} if template else {}))

    async def tokens(self, text: str) -> list[int]:
        """A text, with nothing put before it."""
        body = {"model": self._model, "prompt": text, "add_special_tokens": False}
        return await self._tokenize(body)

    async def _tokenize(self, body: Mapping[str, Any]) -> list[int]:
        data, _ = await self._client.ask("/tokenize", body)
        tokens = data.get("tokens")
        if not isinstance(tokens, list):
            raise Fatal(f"the server's /tokenize gives no tokens but {str(data)[:200]}")
        return tokens

    async def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones included."""
        body = {"model": self._model, "tokens": list(tokens)}
        data, _ = await self._client.ask("/detokenize", body)
        return as_text(data.get("prompt"))

    async def eos(self) -> int:
        """The end-of-sequence token."""
        try:
            data, _ = await self._client.ask("/tokenizer_info")
        except ProviderError as error:
            raise Fatal(
                "the chat template does not say what ends a reply, and the server does not say it"
                f" either; start it with --enable-tokenizer-info-endpoint ({error})"
            ) from error
        told = data.get("eos_token")
        tokens = await self.tokens(as_text(as_dict(told).get("content") or told))
        if len(tokens) != 1:
            raise Fatal(f"the server names no token that ends a text, but {told!r}")
        return tokens[0]

    async def next(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        """The log-probabilities, after each prompt, of the tokens wanted there."""
        if not self._echoes:
            told = await self._asked(prompts, wanted)
            if all(set(w) <= found.keys() for w, found in zip(wanted, told.logprobs, strict=True)):
                return told
            self._echoes = True  # the server does not know the field, and ignores it
        return await self._echoed(prompts, wanted)

    async def _asked(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        """The same, by asking for these tokens."""
        asked = [*_requests(wanted)]
        answers = await asyncio.gather(
            *(
                self._complete(
                    [prompts[i] for i in places],
                    {"logprob_token_ids": tokens, "logprobs": len(tokens)},
                )
                for places, tokens in asked
            )
        )
        found: list[dict[int, float]] = [{} for _ in prompts]
        for (places, _), (data, _) in zip(asked, answers, strict=True):
            for i, choice in zip(places, _choices(data, len(places)), strict=True):
                tops = as_list(as_dict(choice.get("logprobs")).get("top_logprobs"))
                found[i] |= _by_token(as_dict(tops[0])) if tops else {}
        return _next(found, answers)

    async def _echoed(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        """The same, by having every token read behind its prompt."""
        pairs = [(i, token) for i, some in enumerate(wanted) for token in some]
        answer = await self._complete(
            [[*prompts[i], token] for i, token in pairs], {"echo": True, "logprobs": 0}
        )
        found: list[dict[int, float]] = [{} for _ in prompts]
        for (i, token), choice in zip(pairs, _choices(answer[0], len(pairs)), strict=True):
            told = as_list(as_dict(choice.get("logprobs")).get("token_logprobs"))
            place = len(prompts[i])
            if len(told) <= place or not isinstance(told[place], int | float):
                raise Fatal("the server tells no log-probabilities of a prompt's tokens")
            found[i][token] = _logprob(told[place])
        return _next(found, [answer])

    async def _complete(
        self, prompts: Sequence[Sequence[int]], fields: Mapping[str, Any]
    ) -> tuple[dict[str, Any], Any]:
        """One token more after each prompt; nothing that would change its distribution."""
        body = {
            "model": self._model,
            "prompt": prompts,
            "max_tokens": 1,
            "temperature": 0,
            "repetition_penalty": 1,
            "return_tokens_as_token_ids": True,
            **fields,
        }
        return await self._client.ask(COMPLETIONS, body)


def _requests(wanted: Sequence[Collection[int]]) -> Iterator[tuple[list[int], list[int]]]:
    """Which prompts go out together, and what is asked about all of them.

    All prompts of a request are asked about the same tokens. Mostly one request will do; where
    that would bring too much that nobody wanted, each has prompts that want the same.
    """
    tokens = {token for some in wanted for token in some}
    if len(tokens) <= MOST_ASKED and len(tokens) * len(wanted) <= MOST_TOLD:
        yield [*range(len(wanted))], sorted(tokens)
        return
    alike: dict[frozenset[int], list[int]] = {}
    for i, some in enumerate(wanted):
        alike.setdefault(frozenset(some), []).append(i)
    for some, places in alike.items():
        listed = sorted(some)
        for start in range(0, len(listed), MOST_ASKED):
            yield places, listed[start : start + MOST_ASKED]


def _choices(data: Mapping[str, Any], n: int) -> list[dict[str, Any]]:
    """What was answered to each of n prompts, in their order."""
    choices = sorted(map(as_dict, as_list(data.get("choices"))), key=lambda c: c.get("index", 0))
    if len(choices) != n:
        raise Transient(f"the server answered {len(choices)} of {n} prompts")
    return choices


def _by_token(told: Mapping[str, Any]) -> dict[int, float]:
    """Log-probabilities by tokens, which are told as `token_id:17`."""
    pairs = ((name.partition("token_id:"), value) for name, value in told.items())
    return {int(name[2]): _logprob(value) for name, value in pairs if name[1] and name[2].isdigit()}


def _logprob(value: float) -> float:
    return -math.inf if value <= LEAST else float(value)


def _next(found: list[dict[int, float]], answers: Sequence[tuple[dict[str, Any], Any]]) -> Next:
    """What was found, with what all answers took together.

    The server tells the cached tokens of one prompt among several, which says nothing.
    """
    usages = [chat_usage(as_dict(data.get("usage"))) for data, _ in answers]
    usage = Usage(sum(u.input or 0 for u in usages), sum(u.output or 0 for u in usages))
    kept = [kept for _, kept in answers]
    model = as_text(answers[0][0].get("model")) if answers else ""
    return Next(found, usage, kept[0] if len(kept) == 1 else [*map(_data, answers)], model)


def _data(answer: tuple[dict[str, Any], Any]) -> dict[str, Any]:
    return answer[0]
