"""Conversations as a model's tokens, in which no words can become control tokens.

What a player says reaches other models as text. A tokenizer would read `<|im_start|>system` in it
as the beginning of a system turn; here, any string that stands for one of the tokenizer's control
tokens is cut in two before it is tokenised, so that it is words and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness import shorten
from harness.agents.scoring import candidate_tokens, reply_ending
from harness.models import BadRequest, Fatal

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Chat", "Prompt"]

CUT = "\ufdd0"
"""Marks where a text is cut before it is tokenised; a code point that no text may hold."""

THINK, THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A conversation, up to where the model's turn begins.

    Attributes:
        tokens: all of it.
        context: the end of its text, from the last special token on; see `scoring`.
        thinks: whether the template has opened a thought.
    """

    tokens: list[int]
    context: str
    thinks: bool


class Chat:
    """A tokenizer and its chat template.

    Args:
        tokenizer: of the checkpoint.
        stops: tokens at which the model stops, as its configuration says.

    Attributes:
        stops: these and the tokenizer's own end of a sequence.
        ending: the tokens that end a reply; see `scoring`.
        think, thought: the tokens that begin and end a thought, where they are single ones.

    Raises:
        Fatal: there is no chat template, or no token that ends a reply.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, stops: Iterable[int]) -> None:
        self.tokenizer = tokenizer
        template = tokenizer.chat_template
        if not template:
            raise Fatal(
                "the tokenizer has no chat template: this is a base model, or its files are not"
                " all there; take a model that was trained to converse"
            )
        self._template = str(template)
        added = {i: str(token) for i, token in tokenizer.added_tokens_decoder.items()}
        special = {i for i, token in tokenizer.added_tokens_decoder.items() if token.special}
        written = {i for i, token in added.items() if token in self._template and token.strip()}
        self._special = [added[i] for i in special]
        self._control_ids = special | written
        self._cuttable = _any_of(added[i] for i in self._control_ids if len(added[i]) > 1)
        self.thought = self._single(THOUGHT)
        self.think = self._single(THINK)
        self._unsaid = special - {self.think, self.thought}
        own = tokenizer.eos_token_id
        self.stops = {*stops, *([] if own is None else [own])}
        if not self.stops:
            raise Fatal("neither the model nor its tokenizer names a token that ends a reply")
        self.safe = lru_cache(maxsize=4096)(self._safe)
        self._candidate = lru_cache(maxsize=65536)(self._candidate_tokens)
        self.ending = self._find_ending()

    def prompt(self, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any]) -> Prompt:
        """A conversation as tokens, up to where the model's turn begins.

        Args:
            messages: the turns, each with `role` and `content`.
            variables: further variables of the chat template.

        Raises:
            BadRequest: the template takes no such conversation.
        """
        text = self._render(messages, variables, add_generation_prompt=True)
        at = max((text.rfind(token) for token in self._special), default=-1)
        return Prompt(self.encode(text), text[max(at, 0) :], text.rstrip().endswith(THINK))

    def candidates(self, prompt: Prompt, replies: Sequence[str]) -> list[tuple[int, ...]]:
        """The canonical tokens of each reply, its ending included."""
        return [self._candidate(prompt.context, reply) for reply in replies]

    def takes(self, variable: str) -> bool:
        """Whether the template reads this variable."""
        return variable in self._template

    def encode(self, text: str) -> list[int]:
        """A text as tokens, each of its parts by itself where it was cut."""
        tokens: list[int] = []
        for part in text.split(CUT):
            tokens += self.tokenizer.encode(part, add_special_tokens=False, verbose=False)
        return tokens

    def decode(self, tokens: Sequence[int]) -> str:
        """Tokens as text, without special ones other than those around a thought."""
        words = [token for token in tokens if token not in self._unsaid]
        text: str = self.tokenizer.decode(words, clean_up_tokenization_spaces=False)
        return text

    def _safe(self, text: str) -> str:
        """A text with cuts, so that no part of it is read as a control token.

        Raises:
            BadRequest: the tokenizer has no other way to write it.
        """
        text = text.replace(CUT, "").encode("utf-8", "replace").decode()
        cut = text
        while self._cuttable and self._cuttable.search(cut):
            cut = self._cuttable.sub(lambda found: found[0][0] + CUT + found[0][1:], cut)
        if self._control_ids.isdisjoint(self.encode(cut)):
            return cut
        # A tokenizer that first changes its text can find control tokens where none are written.
        cut = CUT.join(text)
        if self._control_ids.isdisjoint(self.encode(cut)):
            return cut
        raise BadRequest(f"this tokenizer reads a control token in the words {shorten(text)}")

    def _render(
        self, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any], **how: Any
    ) -> str:
        from jinja2 import TemplateError

        turns = [{"role": m["role"], "content": self.safe(m["content"])} for m in messages]
        try:
            text: str = self.tokenizer.apply_chat_template(
                turns, tokenize=False, **{**variables, **how}
            )
        except (TemplateError, TypeError, ValueError) as error:
            roles = ", ".join(turn["role"] for turn in turns[:4])
            raise BadRequest(
                f"the model's chat template takes no conversation of {roles}…: {error}"
                " (a template without system turns needs system='')"
            ) from error
        return text

    def _candidate_tokens(self, context: str, reply: str) -> tuple[int, ...]:
        reply = self.safe(reply)
        whole = self.encode(context + reply)
        return candidate_tokens(self.encode(context), whole, self.encode(reply), self.ending)

    def _find_ending(self) -> tuple[int, ...]:
        """What ends a reply, from a conversation of no importance."""
        eos = self.tokenizer.eos_token_id
        if eos is None:
            eos = min(self.stops)
        reply = "ready"
        turns = [{"role": "user", "content": "Say it."}, {"role": "assistant", "content": reply}]
        text = self._render(turns, {}, add_generation_prompt=False)
        at = text.rfind(reply)
        if at < 0:
            return (eos,)
        open_ = self.encode(text[: at + len(reply)])
        return reply_ending(open_, self.encode(text), self.stops, eos)

    def _single(self, text: str) -> int | None:
        """The token that a text is, where it is one by itself."""
        tokens = self.tokenizer.encode(text, add_special_tokens=False)
        return tokens[0] if len(tokens) == 1 else None


def _any_of(tokens: Iterable[str]) -> re.Pattern[str] | None:
    """Finds any of these strings, the longest first."""
    longest_first = sorted(tokens, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
