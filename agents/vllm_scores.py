"""Scores of replies from a vLLM, by the definition in `scoring`, over HTTP or in process.

The candidates' tokens make a tree. At each of its inner nodes the model is asked for one more
token, and vLLM tells the log-probabilities of the node's children, whatever it would have chosen.
All nodes go out at once, and the engine reads their common beginning once, or not at all where it
is still in its cache of prefixes; scoring whole texts instead (`echo`) goes past that cache.

What special tokens there are is not told over HTTP. So the context of `scoring` is found by trial:
what the chat template puts after the last user's words, as far from its end as the tokenizer,
given its text, makes the same tokens of it again.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from harness.agents.scoring import candidate_tokens, reply_ending
from harness.models import Fatal, Reply, Usage

__all__ = ["Next", "Scorer", "Tokens"]

Chat: TypeAlias = Sequence[Mapping[str, str]]

NONE = -1
"""No token's number."""


class Next(NamedTuple):
    """What may come next after some prompts.

    Attributes:
        logprobs: for each prompt the log-probabilities of the tokens asked about.
        usage: tokens that it took.
        told: what the engine told, to be logged.
        model: the model, as the engine names it.
    """

    logprobs: list[dict[int, float]]
    usage: Usage
    told: Any
    model: str


class Tokens(Protocol):
    """A model as it deals in tokens."""

    @property
    def stops(self) -> Collection[int] | None:
        """Tokens at which it stops; None where they are not known."""

    async def chat(self, messages: Chat, template: Mapping[str, Any], *, open_: str) -> list[int]:
        """A conversation as the chat template writes it.

        `open_` says how it ends: `turn`, with what opens the model's turn; `words`, directly after
        the last message's words; '' with what the template puts after them.
        """

    async def tokens(self, text: str) -> list[int]:
        """A text, with nothing put before it."""

    async def text(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones included."""

    async def eos(self) -> int:
        """The end-of-sequence token."""

    async def next(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        """The log-probabilities, after each prompt, of the tokens wanted there."""


class Context(NamedTuple):
    """The end of a prompt, after which candidates stand.

    Attributes:
        tokens: its tokens.
        text: its text.
        candidates: the tokens by which each candidate is scored that has been asked about.
    """

    tokens: tuple[int, ...]
    text: str
    candidates: dict[str, tuple[int, ...]]


class Template(NamedTuple):
    """What is known of a chat template.

    Attributes:
        tail: what it puts after the last user's words.
        ending: what ends a reply.
    """

    tail: tuple[int, ...]
    ending: tuple[int, ...]


class Scorer:
    """Scores replies of one model."""

    def __init__(self, engine: Tokens) -> None:
        self._engine = engine
        self._templates: dict[str, Template] = {}
        self._contexts: dict[tuple[int, ...], Context] = {}

    async def score(
        self, messages: Chat, candidates: Sequence[str], template: Mapping[str, Any]
    ) -> Reply:
        """A reply that has nothing but scores.

        Args:
            messages: the conversation.
            candidates: the replies to be scored.
            template: further arguments of the chat template.

        Raises:
            ProviderError: they cannot be had.
        """
        key = repr(sorted(template.items()))
        if key not in self._templates:
            self._templates[key] = await self._learn(template)
        tail, ending = self._templates[key]
        prompt = await self._engine.chat(messages, template, open_="turn")
        context = await self._context(tuple(prompt[len(prompt) - _common_end(prompt, tail) :]))
        sequences = await self._sequences(context, candidates, ending)
        tree = _tree(sequences)
        told = await self._engine.next([[*prompt, *node] for node in tree], list(tree.values()))
        edges = dict(zip(tree, told.logprobs, strict=True))
        scores = tuple(
            math.fsum(edges[sequence[:i]][token] for i, token in enumerate(sequence))
            for sequence in sequences
        )
        return Reply(scores=scores, usage=told.usage, model=told.model, raw=told.told)

    async def _learn(self, template: Mapping[str, Any]) -> Template:
        """Find out what a chat template puts where, in conversations of no importance."""
        ask = {"role": "user", "content": "Yes?"}
        other = {"role": "user", "content": "One or two"}
        said = {"role": "assistant", "content": "No"}
        chat = self._engine.chat
        one, two, open_, closed = await asyncio.gather(
            chat([ask], template, open_="turn"),
            chat([other], template, open_="turn"),
            chat([ask, said], template, open_="words"),
            chat([ask, said], template, open_=""),
        )
        tail = tuple(one[len(one) - _common_end(one, two) :])
        text = await self._engine.text(tail) if tail else ""
        if text.rfind("<think>") > text.rfind("</think>"):
            raise Fatal(
                "the chat template lets the model think first: the probability of an answer there"
                " says nothing; turn thinking off, often by extra={'chat_template_kwargs':"
                " {'enable_thinking': False}}, or choose another elicit than logits"
            )
        ending = reply_ending(open_, closed, self._engine.stops, NONE)
        return Template(tail, (await self._engine.eos(),) if ending == (NONE,) else ending)

    async def _context(self, end: tuple[int, ...]) -> Context:
        """The context at the end of a prompt."""
        if end not in self._contexts:
            tokens = end
            text = await self._engine.text(tokens) if tokens else ""
            while tokens and tuple(await self._engine.tokens(text)) != tokens:
                tokens = tokens[1:]
                text = await self._engine.text(tokens) if tokens else ""
            self._contexts[end] = Context(tokens, text, {})
        return self._contexts[end]

    async def _sequences(
        self, context: Context, candidates: Sequence[str], ending: tuple[int, ...]
    ) -> list[tuple[int, ...]]:
        """The tokens of each candidate, its ending included."""
        known = context.candidates
        new = [c for c in candidates if c not in known]
        for candidate, tokens in zip(
            new, await asyncio.gather(*(self._tokens(context, c, ending) for c in new)), strict=True
        ):
            known[candidate] = tokens
        return [known[candidate] for candidate in candidates]

    async def _tokens(
        self, context: Context, candidate: str, ending: tuple[int, ...]
    ) -> tuple[int, ...]:
        whole, alone = await asyncio.gather(
            self._engine.tokens(context.text + candidate), self._engine.tokens(candidate)
        )
        return candidate_tokens(context.tokens, whole, alone, ending)


def _common_end(one: Sequence[int], other: Sequence[int]) -> int:
    """How many of the last tokens two sequences have in common."""
    n = 0
    while n < min(len(one), len(other)) and one[-1 - n] == other[-1 - n]:
        n += 1
    return n


def _tree(sequences: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], set[int]]:
    """What may follow each beginning of some sequences."""
    tree: dict[tuple[int, ...], set[int]] = {}
    for sequence in sequences:
        for i, token in enumerate(sequence):
            tree.setdefault(sequence[:i], set()).add(token)
    return tree
