"""How scores are put together, with a model of which every probability is known."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pytest

from harness.agents.vllm_scores import Next, Scorer
from harness.models import Fatal, Usage

WORDS = ("<s>", "<e>", "<u>", "<a>", "<think>", "</think>", "\n", "user", "bid ", "10", "100", "1")
SPECIAL = re.compile(r"(<s>|<e>|<u>|<a>)")


class Toy:
    """A model over letters and some words, of which every probability is known.

    The tokenizer cuts at special tokens, then takes the longest token that fits.
    """

    def __init__(
        self, template: str = "<u>{}<e>\n", turn: str = "<a>\n", reply: str = "{}<e>\n"
    ) -> None:
        self.vocabulary = [*WORDS, *map(chr, range(32, 127))]
        self.template, self.turn, self.reply = template, turn, reply
        self.stops: Collection[int] | None = None
        self.n_calls = 0
        self.asked: list[list[list[int]]] = []

    def cut(self, text: str) -> list[int]:
        tokens = []
        for part in SPECIAL.split(text):
            place = 0
            while place < len(part):
                fitting = (word for word in self.vocabulary if part.startswith(word, place))
                longest = max(fitting, key=len)
                tokens.append(self.vocabulary.index(longest))
                place += len(longest)
        return tokens

    def written(self, messages: Sequence[Mapping[str, str]], open_: str) -> str:
        text = "<s>"
        for message in messages:
            form = self.reply if message["role"] == "assistant" else self.template
            opened = self.turn if message["role"] == "assistant" else ""
            text += opened + form.format(message["content"])
        if open_ == "words":
            return text[: text.rindex(messages[-1]["content"]) + len(messages[-1]["content"])]
        return text + (self.turn if open_ == "turn" else "")

    async def chat(
        self, messages: Sequence[Mapping[str, str]], template: Mapping[str, Any], *, open_: str
    ) -> list[int]:
        self.n_calls += 1
        return self.cut(self.written(messages, open_))

    async def tokens(self, text: str) -> list[int]:
        self.n_calls += 1
        return self.cut(text)

    async def text(self, tokens: Sequence[int]) -> str:
        self.n_calls += 1
        return "".join(self.vocabulary[token] for token in tokens)

    async def eos(self) -> int:
        return self.vocabulary.index("<e>")

    def logprob(self, before: Sequence[int], token: int) -> float:
        """Anything that depends on all tokens before, and sums to 1."""

        def weight(one: int) -> float:
            digest = hashlib.sha256(repr([*before, one]).encode()).digest()
            return 1 + int.from_bytes(digest[:4], "big") / 2**30

        return math.log(weight(token) / sum(map(weight, range(len(self.vocabulary)))))

    async def next(
        self, prompts: Sequence[Sequence[int]], wanted: Sequence[Collection[int]]
    ) -> Next:
        self.asked.append([list(prompt) for prompt in prompts])
        found = [
            {token: self.logprob(prompt, token) for token in some}
            for prompt, some in zip(prompts, wanted, strict=True)
        ]
        return Next(found, Usage(1, 1), {}, "toy")

    def brute(self, prompt: str, reply: str, ending: str = "<e>") -> float:
        """The score of a reply, one token after the other."""
        before, total = self.cut(prompt), 0.0
        for token in self.cut(reply) + self.cut(ending):
            total += self.logprob(before, token)
            before.append(token)
        return total


CHAT = [{"role": "user", "content": "10 or 100?"}]
CANDIDATES = ("bid 10", "bid 100", "bid 1", "J", "")


async def scores(toy: Toy, candidates: Sequence[str] = CANDIDATES) -> tuple[float, ...]:
    found = (await Scorer(toy).score(CHAT, candidates, {})).scores
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("template", "turn"),
    [
        ("<u>{}<e>\n", "<a>\n"),
        ("<u>{}<a>", ""),  # nothing opens the model's turn but the end of the user's
        ("<u>{}<e>", "<think></think>"),  # thinking is turned off
    ],
)
async def test_scores_are_the_sums_of_all_tokens_and_the_end(template: str, turn: str) -> None:
    toy = Toy(template, turn)
    prompt = toy.written(CHAT, "turn")
    expected = [toy.brute(prompt, candidate) for candidate in CANDIDATES]
    assert await scores(toy) == pytest.approx(expected, abs=1e-12)


async def test_a_beginning_that_candidates_share_is_asked_about_once() -> None:
    toy = Toy()
    await scores(toy, ("bid 10", "bid 100", "bid 1"))
    (prompts,) = toy.asked
    n_own = {len(prompt) - len(toy.cut(toy.written(CHAT, "turn"))) for prompt in prompts}
    assert len(prompts) == 5  # the start, "bid ", and the three ends
    assert n_own == {0, 1, 2}


async def test_once_the_candidates_are_known_only_the_prompt_is_cut_into_tokens() -> None:
    toy = Toy()
    scorer = Scorer(toy)
    first = await scorer.score(CHAT, CANDIDATES, {})
    before = toy.n_calls
    assert (await scorer.score(CHAT, CANDIDATES, {})).scores == first.scores
    assert toy.n_calls == before + 1
    assert before > 2 * len(CANDIDATES)


async def test_where_the_tokenizer_merges_prompt_and_reply_the_reply_stands_alone() -> None:
    toy = Toy(turn="<a>1")  # after which "00" would make the 1 a 100
    prompt = toy.written(CHAT, "turn")
    assert toy.cut(prompt + "00") != toy.cut(prompt) + toy.cut("00")
    assert (await scores(toy, ("00",)))[0] == pytest.approx(toy.brute(prompt, "00"), abs=1e-12)


async def test_the_end_is_what_the_template_puts_up_to_where_the_model_stops() -> None:
    toy = Toy(reply="{}\n<e>")
    toy.stops = {toy.vocabulary.index("<e>")}
    prompt = toy.written(CHAT, "turn")
    expected = toy.brute(prompt, "J", ending="\n<e>")
    assert (await scores(toy, ("J",)))[0] == pytest.approx(expected, abs=1e-12)


async def test_where_the_template_puts_no_end_the_tokenizers_own_is_taken() -> None:
    toy = Toy(reply="{}")
    prompt = toy.written(CHAT, "turn")
    assert (await scores(toy, ("J",)))[0] == pytest.approx(toy.brute(prompt, "J"), abs=1e-12)


async def test_no_answer_is_scored_within_a_models_thinking() -> None:
    with pytest.raises(Fatal, match="enable_thinking"):
        await scores(Toy(turn="<a><think>\n"))
