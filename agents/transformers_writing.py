"""A reply while it is written: its chance, its constraints, its thinking, its end."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from harness.agents.chat import split_thinking
from harness.agents.transformers_chat import THINK, THOUGHT, Chat, Prompt
from harness.agents.transformers_sampling import Sampling, penalised
from harness.models import BadRequest, Fatal, Finish, Reply, Usage

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Grammars", "Writing"]


class Grammars:
    """Grammars compiled for one tokenizer, by xgrammar, and its masks of allowed tokens.

    Args:
        chat: the tokenizer, and the tokens that end a reply.
        n_vocabulary: how many logits the model gives.

    Raises:
        Fatal: xgrammar is not installed.
    """

    def __init__(self, chat: Chat, n_vocabulary: int) -> None:
        try:
            import xgrammar
        except ImportError as error:
            raise Fatal("elicit='choice' needs xgrammar: pip install xgrammar") from error
        self._xgrammar = xgrammar
        self._stops = sorted(chat.stops)
        tokens = xgrammar.TokenizerInfo.from_huggingface(
            chat.tokenizer, vocab_size=n_vocabulary, stop_token_ids=self._stops
        )
        self._compiler = xgrammar.GrammarCompiler(tokens)
        self._mask = xgrammar.allocate_token_bitmask(1, n_vocabulary)

    def matcher(self, grammar: str) -> Any:
        """What keeps one reply to a grammar in GBNF.

        Raises:
            BadRequest: this is no grammar.
        """
        try:
            compiled = self._compiler.compile_grammar(grammar)
        except (RuntimeError, ValueError) as error:
            raise BadRequest(f"xgrammar takes no such grammar: {error}") from error
        return self._xgrammar.GrammarMatcher(compiled)

    def keep_to(self, matcher: Any, logits: Tensor) -> None:
        """Give minus infinity to all tokens that cannot come next, in place."""
        matcher.fill_next_token_bitmask(self._mask, 0)
        mask = self._mask.to(logits.device)
        self._xgrammar.apply_token_bitmask_inplace(logits.unsqueeze(0), mask)


class Writing:
    """One reply while it is written.

    Args:
        prompt: the conversation.
        chat: the tokenizer.
        sampling: how tokens are drawn.
        body: the request; `seed`, `thinking` and `grammar` are read here.
        most: most tokens of the reply.
        grammars: keeps the reply to the request's grammar, once it has thought; None if there
            is none.

    Attributes:
        tokens: what is written so far.
        n_thought: how many of them are thinking.
    """

    def __init__(
        self,
        prompt: Prompt,
        chat: Chat,
        sampling: Sampling,
        body: Mapping[str, Any],
        *,
        most: int,
        grammars: Grammars | None,
    ) -> None:
        self.prompt = prompt
        self.tokens: list[int] = []
        self.n_thought = 0
        self.sampling = sampling
        seed = body.get("seed")
        self.chance = Random(os.urandom(16) if seed is None else seed)
        self._chat = chat
        self._most = most
        self._thinks = prompt.thinks and chat.thought is not None
        self._forced: deque[int] = deque()
        self._budget = budget(body, chat)
        self._grammars = grammars
        self._matcher = grammars.matcher(body["grammar"]) if grammars else None
        self._seen: Tensor | None = None
        if grammars and prompt.thinks and not self._thinks:
            raise BadRequest(
                f"this model thinks first, without a token {THOUGHT}: use text or json"
            )

    def shape(self, logits: Tensor) -> Tensor:
        """The logits of the next token (vocabulary,), with what constrains it; may be changed."""
        if self._thinks and self._budget is not None and self.n_thought >= self._budget:
            self._end_thought()
        if self._forced:
            return logits
        if self.sampling.repetition_penalty != 1:
            logits = penalised(logits, self._seen_in(logits), self.sampling.repetition_penalty)
        if self._matcher is not None and not self._thinks and self._grammars is not None:
            self._grammars.keep_to(self._matcher, logits)
        return logits

    def add(self, drawn: int) -> bool:
        """Take a drawn token, or the one that has to come instead; whether the reply has ended."""
        forced = bool(self._forced)
        token = self._forced.popleft() if forced else drawn
        self.tokens.append(token)
        if self._seen is not None:
            self._seen[token] = True
        if self._thinks:
            self.n_thought += 1
            self._thinks = token != self._chat.thought
        elif token == self._chat.think and not self.n_thought and self._matcher is None:
            self.n_thought = 1
            self._thinks = True
        elif self._matcher is not None and not forced:
            accepted = self._matcher.accept_token(token)
            assert accepted, "a token was drawn that the grammar had masked"
        return token in self._chat.stops or len(self.tokens) >= self._most

    def reply(self, n_cached: int) -> Reply:
        """The reply, when it has ended."""
        stopped = bool(self.tokens) and self.tokens[-1] in self._chat.stops
        finish = Finish.STOP if stopped else Finish.LENGTH
        said = self._chat.decode(self.tokens[:-1] if stopped else self.tokens)
        if self.prompt.thinks:
            said = THINK + said
        text, thinking, _ = split_thinking(said)
        n_input, n_output = len(self.prompt.tokens), len(self.tokens)
        raw = {"text": said, "finish": finish.value, "tokens": n_output, "cached": n_cached}
        counted = self.n_thought if self.n_thought or not thinking else None
        usage = Usage(n_input, n_output, n_cached, thinking=counted)
        return Reply(text, finish, thinking, usage=usage, raw=raw)

    def _end_thought(self) -> None:
        """Let the thought end here: its budget is used up."""
        self._forced.extend(self._chat.encode(f"\n{THOUGHT}\n\n"))
        self._budget = None

    def _seen_in(self, logits: Tensor) -> Tensor:
        """Whether each token is in the prompt or the reply."""
        import torch

        if self._seen is None:
            self._seen = torch.zeros_like(logits, dtype=torch.bool)
            self._seen[self.prompt.tokens + self.tokens] = True
        return self._seen


def budget(body: Mapping[str, Any], chat: Chat) -> int | None:
    """Most tokens of thinking; None where nobody limits it.

    Raises:
        Fatal: this tokenizer has no token that ends a thought, so that no budget can be kept.
    """
    thinking = body.get("thinking")
    if not isinstance(thinking, int):
        return None
    if chat.thought is None and thinking:
        raise Fatal(
            f"thinking={thinking} needs a model that ends its thoughts with {THOUGHT}, which is no"
            " token of this one's; leave it out, or take thinking=0"
        )
    return thinking
