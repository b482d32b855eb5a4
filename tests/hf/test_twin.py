"""The same weights in another engine: llama.cpp gives the same probabilities."""

from __future__ import annotations

import json
import math
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.models import Message
from tests.hf.conftest import TALK, Start
from tests.hf.make_model import make_twin
from tests.hf.naive import Naive
from tests.models.llama_process import served

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("gguf")
pytest.importorskip("xllamacpp")

REPLIES = ("J", "F", "cooperate", "bid 10", "bid 100")
LONGER = (*TALK, Message("assistant", "J"), Message("user", "Grüße. Round 2: J or F?\n" * 8))


class Twin:
    """A llama-server with the checkpoint's weights."""

    def __init__(self, url: str) -> None:
        self.url = url
        (self.letter,) = self.ask("/tokenize", content="J")["tokens"]

    def ask(self, path: str, **body: Any) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the server is ours
            f"{self.url}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.load(answer)

    def log_probabilities(self, tokens: list[int], n_vocabulary: int) -> dict[int, float]:
        """Of every token that could come next, before any sampling.

        What is sampled is a plain letter: half a character's bytes would be kept back, and their
        probabilities with them.
        """
        told = self.ask(
            "/completion",
            prompt=tokens,
            n_predict=1,
            n_probs=n_vocabulary,
            temperature=0.0,
            top_k=0,
            top_p=1.0,
            min_p=0.0,
            logit_bias=[[self.letter, 1000.0]],
            cache_prompt=False,
        )
        ranked = told["completion_probabilities"][0]["top_logprobs"]
        return {entry["id"]: entry["logprob"] for entry in ranked}


@pytest.fixture(scope="module")
def twin(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    folder = tmp_path_factory.mktemp("twin")
    model = make_twin(checkpoint, folder / "tiny.gguf")
    with served(model, folder / "llama-server.log", exact=True) as url:
        yield Twin(url)


@pytest.fixture(scope="module")
def naive(checkpoint: Path) -> Naive:
    return Naive(checkpoint)


@pytest.mark.parametrize("messages", [TALK, LONGER], ids=["short", "long"])
def test_conversations_are_the_same_tokens(
    messages: tuple[Message, ...], twin: Twin, naive: Naive
) -> None:
    turns = [{"role": m.role, "content": m.text} for m in messages]
    prompt = twin.ask("/apply-template", messages=turns)["prompt"]
    tokens = twin.ask("/tokenize", content=prompt, parse_special=True)["tokens"]
    assert tokens == naive.prompt(messages)


@pytest.mark.parametrize("messages", [TALK, LONGER], ids=["short", "long"])
async def test_scores_are_those_of_llama_cpp(
    messages: tuple[Message, ...], start: Start, twin: Twin, naive: Naive
) -> None:
    """Each token's probability by a request of its own, after all that comes before it."""
    prompt, n_vocabulary = naive.prompt(messages), len(naive.tokenizer)
    expected = []
    for reply in REPLIES:
        own = [*naive.tokenizer.encode(reply), naive.tokenizer.eos_token_id]
        score = 0.0
        for i, token in enumerate(own):
            score += twin.log_probabilities(prompt + own[:i], n_vocabulary)[token]
        expected.append(score)
    scores = await start().scores(REPLIES, messages)
    assert scores == pytest.approx(expected, abs=1e-4)
    mass, theirs = (math.fsum(map(math.exp, s)) for s in (scores, expected))
    assert mass == pytest.approx(theirs, rel=1e-4)


async def test_every_next_token_has_the_probability_that_llama_cpp_gives_it(
    start: Start, twin: Twin, naive: Naive
) -> None:
    import torch

    n_vocabulary = len(naive.tokenizer)
    theirs = twin.log_probabilities(naive.prompt(LONGER), n_vocabulary)
    assert len(theirs) == n_vocabulary
    assert math.fsum(map(math.exp, theirs.values())) == pytest.approx(1, abs=1e-6)
    engine = start()
    await engine.scores(("J",), LONGER)
    forward = engine.client.engine._forward
    with torch.inference_mode():
        _, logits, reused = forward.read([tuple(naive.prompt(LONGER))])
    ours = logits[0].double().log_softmax(-1)
    assert reused[0] > 0
    for token, expected in theirs.items():
        assert math.exp(float(ours[token])) == pytest.approx(math.exp(expected), abs=1e-4)
        assert float(ours[token]) == pytest.approx(expected, abs=1e-4)
