"""Scores of replies: exact, and the same however they are computed."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import math
from pathlib import Path
from typing import Any

import pytest

from harness.agents.transformers_cache import Prefixes
from harness.models import BadRequest, ContextOverflow, Message
from tests.hf.conftest import TALK, InProcess, Start
from tests.hf.make_model import SPECIAL, make_checkpoint, make_tokenizer, randomise
from tests.hf.naive import Naive

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")

REPLIES = ("cooperate", "defect", "J", "F", "bid 1", "bid 10", "bid 100", "100", "1", "J F")


@pytest.fixture(scope="module")
def naive(checkpoint: Path) -> Naive:
    return Naive(checkpoint)


def turns(n: int) -> tuple[Message, ...]:
    """A conversation of so many rounds, which begins like all shorter ones."""
    told = list(TALK)
    for i in range(n):
        told.append(Message("assistant", "FJ"[i % 2]))
        told.append(Message("user", f"In round {i + 2} you chose J. Now choose J or F."))
    return tuple(told)


async def test_scores_are_those_of_one_full_pass_per_reply(start: Start, naive: Naive) -> None:
    model = start()
    for n in (0, 1, 5):
        expected = [naive.score(turns(n), reply) for reply in REPLIES]
        assert await model.scores(REPLIES, turns(n)) == pytest.approx(expected, abs=1e-6)


async def test_probabilities_are_the_normalised_likelihoods(start: Start, naive: Naive) -> None:
    scores = await start().scores(REPLIES)
    brute = [math.exp(naive.score(TALK, reply)) for reply in REPLIES]
    ours = [math.exp(score) for score in scores]
    for a, b in zip(ours, brute, strict=True):
        assert a / sum(ours) == pytest.approx(b / sum(brute), abs=1e-4)
    assert sum(ours) == pytest.approx(sum(brute), rel=1e-5)
    assert 0 < sum(ours) < 1


async def test_an_answer_takes_nothing_from_one_that_it_begins(start: Start, naive: Naive) -> None:
    ids = {reply: naive.tokenizer.encode(reply) for reply in ("bid 10", "bid 100")}
    assert len(ids["bid 10"]) > 1, "one token would show nothing"
    alone = await start().scores(("bid 10",))
    both = await start().scores(("bid 10", "bid 100"))
    assert both[0] == pytest.approx(alone[0], abs=1e-6)
    # Without the end of the turn, "bid 10" would have all that "bid 100" has.
    prompt = naive.prompt(TALK)
    after = naive.log_probabilities(prompt + ids["bid 10"])
    open_ = sum(float(after[len(prompt) - 1 + i, t]) for i, t in enumerate(ids["bid 10"]))
    assert both[0] < open_ - 1


async def test_the_order_of_the_answers_changes_no_score(start: Start) -> None:
    model = start()
    forth = dict(zip(REPLIES, await model.scores(REPLIES), strict=True))
    back = dict(zip(REPLIES[::-1], await model.scores(REPLIES[::-1]), strict=True))
    assert back == pytest.approx(forth, abs=1e-6)


async def test_a_reused_prefix_changes_no_score_and_saves_the_work(start: Start) -> None:
    kept, forgetful = start(), start(prefix_cache_tokens=0)
    reused = []
    for n in range(6):
        once = await kept.ask(turns(n), scored=REPLIES)
        again = await forgetful.ask(turns(n), scored=REPLIES)
        assert once.scores == pytest.approx(again.scores, abs=1e-6)
        assert again.usage.cached == 0
        reused.append(once.usage.cached or 0)
    assert reused[0] == 0
    assert all(later > before for before, later in itertools.pairwise(reused))
    work, all_of_it = kept.client.engine.work, forgetful.client.engine.work
    assert work.n_reused == sum(reused)
    assert work.n_tokens == all_of_it.n_tokens - work.n_reused
    assert work.n_tokens < 0.6 * all_of_it.n_tokens


async def test_a_decision_takes_one_pass(start: Start) -> None:
    model = start()
    await model.scores(REPLIES)
    assert model.client.engine.work.n_passes == 1
    await model.scores(tuple(map(str, range(101))), turns(1))
    assert model.client.engine.work.n_passes == 2


async def test_a_conversation_that_branches_reuses_what_is_common(start: Start) -> None:
    model = start()
    await model.scores(REPLIES, turns(5))
    branch = (*turns(4)[:-1], Message("user", "Now for something else: J or F?"))
    reply = await model.ask(branch, scored=REPLIES)
    alone = await start(prefix_cache_tokens=0).scores(REPLIES, branch)
    assert reply.usage.cached
    assert reply.usage.cached > 50
    assert reply.scores == pytest.approx(alone, abs=1e-6)


async def test_company_changes_no_score(start: Start) -> None:
    together, alone = start(), start(prefix_cache_tokens=0, max_batch=1)
    asked = [turns(n % 5) for n in range(12)]
    at_once = await asyncio.gather(
        *(together.scores(REPLIES[: 2 + n % 7], m) for n, m in enumerate(asked))
    )
    for n, (messages, scores) in enumerate(zip(asked, at_once, strict=True)):
        assert scores == pytest.approx(await alone.scores(REPLIES[: 2 + n % 7], messages), abs=1e-6)
    assert together.client.engine.work.n_passes < alone.client.engine.work.n_passes / 4


async def test_more_answers_than_fit_in_a_batch_are_split(start: Start, naive: Naive) -> None:
    replies = tuple(str(n) for n in range(101))
    scores = await start(max_batch=7).scores(replies)
    expected = [naive.score(TALK, reply) for reply in replies]
    assert scores == pytest.approx(expected, abs=1e-6)


async def test_the_log_shows_what_was_counted(start: Start, naive: Naive) -> None:
    reply = await start().ask(scored=("J", "bid 100"))
    read = len(naive.prompt(TALK))
    own = [len(naive.tokenizer.encode(r)) + 1 for r in ("J", "bid 100")]
    assert reply.usage.input == read + sum(own)
    assert reply.usage.output == 0
    assert reply.raw == {"scores": list(reply.scores or ()), "tokens": own, "cached": 0}


async def test_an_ending_that_the_template_writes_in_two_tokens_is_scored_whole(
    start: Start, tmp_path: Path
) -> None:
    template = (
        "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}\n{{ eos_token }}"
        "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
    )
    folder = make_checkpoint(tmp_path / "two", template)
    naive = Naive(folder)
    prompt = naive.prompt(TALK)
    own = [*naive.tokenizer.encode("J"), *naive.tokenizer.encode("\n<|eos|>")]
    after = naive.log_probabilities(prompt + own)
    expected = sum(float(after[len(prompt) - 1 + i, t]) for i, t in enumerate(own))
    assert await start(folder).scores(("J",)) == pytest.approx([expected], abs=1e-6)


async def test_a_reply_that_would_merge_with_the_prompt_keeps_its_own_tokens(
    start: Start, tmp_path: Path
) -> None:
    # The prompt ends in "Choo"; "se" alone is other tokens than the end of "Choose".
    template = (
        "{% for m in messages %}{{ m['content'] }}{{ eos_token }}{% endfor %}"
        "{% if add_generation_prompt %} cho{% endif %}"
    )
    folder = make_checkpoint(tmp_path / "merging", template)
    naive = Naive(folder)
    encode = naive.tokenizer.encode
    assert encode(" chose")[: len(encode(" cho"))] != encode(" cho"), "nothing merges"
    expected = naive.score(TALK, "se")
    assert await start(folder).scores(("se",)) == pytest.approx([expected], abs=1e-6)


@pytest.mark.parametrize("family", ["windowed", "mixed", "absolute", "slopes"])
async def test_other_architectures_are_read_right(
    family: str, start: Start, tmp_path: Path
) -> None:
    import transformers

    size = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    wide = {"intermediate_size": 128, "num_key_value_heads": 2, "head_dim": 16}
    wide |= {"max_position_embeddings": 512}
    tokenizer = make_tokenizer()
    vocabulary: dict[str, Any] = {
        "vocab_size": len(tokenizer),
        "eos_token_id": SPECIAL.index("<|eos|>"),
    }
    configuration = {
        "windowed": lambda: transformers.MistralConfig(
            **size, **wide, **vocabulary, sliding_window=9
        ),
        "mixed": lambda: transformers.Gemma3TextConfig(
            **size,
            **wide,
            **vocabulary,
            sliding_window=9,
            layer_types=["sliding_attention", "full_attention"],
        ),
        "absolute": lambda: transformers.GPT2Config(
            n_embd=64, n_layer=2, n_head=4, n_positions=512, **vocabulary
        ),
        "slopes": lambda: transformers.BloomConfig(
            hidden_size=64, n_layer=2, n_head=4, **vocabulary
        ),
    }[family]()
    model = transformers.AutoModelForCausalLM.from_config(configuration)
    randomise(model)
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    naive, ours = Naive(tmp_path), start(tmp_path)
    asked = [turns(0), turns(2), turns(3), turns(3)[:-1] + turns(1)[-1:]]
    at_once = await asyncio.gather(*(ours.scores(REPLIES[:5], messages) for messages in asked))
    for messages, scores in zip(asked, at_once, strict=True):
        expected = [naive.score(messages, reply) for reply in REPLIES[:5]]
        assert scores == pytest.approx(expected, abs=2e-5)
    written = InProcess(dataclasses.replace(ours.model, temperature=0.0))
    replies = await asyncio.gather(*(written.ask(messages) for messages in asked))
    for messages, reply in zip(asked, replies, strict=True):
        tokens = naive.greedy(messages, written.model.max_tokens)
        assert reply.text == naive.tokenizer.decode(tokens, skip_special_tokens=True)
    await written.client.close()


async def test_a_model_that_thinks_first_has_no_score_for_a_bare_answer(
    start: Start, tmp_path: Path
) -> None:
    template = (
        "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{{ eos_token }}{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|><think>\n{% endif %}"
    )
    folder = make_checkpoint(tmp_path / "thinker", template, ("<think>", "</think>"))
    with pytest.raises(BadRequest, match="think before it replies"):
        await start(folder).scores(("J", "F"))


async def test_answers_that_no_longer_fit_are_no_scores(start: Start, tmp_path: Path) -> None:
    n = len(Naive(make_checkpoint(tmp_path / "long")).prompt(TALK))
    folder = make_checkpoint(tmp_path / "short", max_position_embeddings=n + 2)
    model = start(folder)
    assert len(await model.scores(("J",))) == 1
    with pytest.raises(ContextOverflow, match="longer than"):
        await model.scores(("J", "bid 100"))


def test_the_least_recently_used_prefix_goes_first() -> None:
    prefixes = Prefixes(most_tokens=10)
    prefixes.keep([1, 2, 3, 4], [])
    prefixes.keep([5, 6, 7], [])
    assert prefixes.longest([1, 2, 9]).n_tokens == 2
    prefixes.keep([8, 9, 10, 11], [])
    assert prefixes.longest([5, 6]).n_tokens == 0
    assert prefixes.longest([1, 2, 3, 4, 5]).n_tokens == 4
    prefixes.keep([1, 2, 3, 4, 5, 6], [])
    assert prefixes.n_tokens == 10
    assert prefixes.longest([8, 9]).n_tokens == 2
    prefixes.keep(list(range(11)), [])
    assert prefixes.n_tokens == 10
