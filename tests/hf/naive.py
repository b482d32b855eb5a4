"""The same quantities computed as plainly as can be: one full pass per sequence, nothing kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.models import Message


class Naive:
    """A checkpoint, used without batches, padding, caches or any code of ours."""

    def __init__(self, folder: Path) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.model: Any = model.eval()

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The conversation's tokens, as transformers itself makes them."""
        turns = [{"role": m.role, "content": m.text} for m in messages]
        tokens: list[int] = self.tokenizer.apply_chat_template(
            turns, add_generation_prompt=True, return_dict=True
        )["input_ids"]
        return tokens

    def log_probabilities(self, tokens: Sequence[int]) -> Any:
        """After each token, the log-probability of each next one: (tokens, vocabulary)."""
        import torch

        with torch.inference_mode():
            logits = self.model(input_ids=torch.tensor([list(tokens)])).logits[0]
        return logits.double().log_softmax(-1)

    def score(self, messages: Sequence[Message], reply: str) -> float:
        """The log-probability of a reply and the end of its turn, in one full pass."""
        prompt = self.prompt(messages)
        ending = self.tokenizer.eos_token_id
        own = [*self.tokenizer.encode(reply, add_special_tokens=False), ending]
        after = self.log_probabilities(prompt + own)
        return sum(float(after[len(prompt) - 1 + i, token]) for i, token in enumerate(own))

    def greedy(self, messages: Sequence[Message], n_tokens: int) -> list[int]:
        """The likeliest continuation, one full pass per token, up to what ends it."""
        tokens = self.prompt(messages)
        begun = len(tokens)
        while len(tokens) < begun + n_tokens:
            tokens.append(int(self.log_probabilities(tokens)[-1].argmax()))
            if tokens[-1] == self.tokenizer.eos_token_id:
                break
        return tokens[begun:]
