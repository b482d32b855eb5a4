"""Replies: seeded, batched, ended, cut off and cancelled as asked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from harness.agents.transformers_sampling import Sampling
from harness.models import ContextOverflow, Fatal, Finish, Message
from tests.hf.conftest import TALK, Start, passes
from tests.hf.make_model import TEMPLATE, make_checkpoint
from tests.hf.naive import Naive

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")

THINKER = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is not defined or enable_thinking %}<think>\n{% endif %}{% endif %}"
)
TAGS = ("<think>", "</think>")


def conversation(n: int) -> tuple[Message, ...]:
    """One of many conversations, of many lengths."""
    return (*TALK, Message("assistant", "J"), Message("user", "Choose. " * (1 + n * n % 13)))


async def test_the_likeliest_tokens_are_those_of_full_passes(
    start: Start, checkpoint: Path
) -> None:
    naive = Naive(checkpoint)
    model = start(temperature=0.0)
    for n in range(4):
        tokens = naive.greedy(conversation(n), model.model.max_tokens)
        reply = await model.ask(conversation(n))
        assert reply.text == naive.tokenizer.decode(tokens, skip_special_tokens=True)
        assert reply.usage.output == len(tokens)


async def test_seeded_replies_are_the_same_alone_and_together(start: Start) -> None:
    model, alone = start(), start(max_batch=1, prefix_cache_tokens=0)
    asked = [(conversation(n % 9), n % 16) for n in range(32)]
    together = await asyncio.gather(*(model.ask(m, seed=seed) for m, seed in asked))
    single = [await alone.ask(messages, seed=seed) for messages, seed in asked]
    assert [r.text for r in together] == [r.text for r in single]
    assert len({r.text for r in together}) > 16
    work, all_of_it = model.client.engine.work, alone.client.engine.work
    assert work.n_passes < all_of_it.n_passes / 8


async def test_a_seed_repeats_a_reply_and_another_changes_it(start: Start) -> None:
    model = start()
    texts = [(await model.ask(seed=seed)).text for seed in (7, 7, 8)]
    assert texts[0] == texts[1] != texts[2]


async def test_replies_without_a_seed_differ(start: Start) -> None:
    model = start()
    replies = await asyncio.gather(*(model.ask() for _ in range(8)))
    assert len({reply.text for reply in replies}) == 8


async def test_a_later_request_joins_what_is_under_way(start: Start) -> None:
    model = start(max_tokens=3000)
    long = asyncio.create_task(model.ask(seed=9))
    await passes(model, 20)
    short = await model.ask(conversation(3), seed=4, max_tokens=4)
    assert not long.done()
    assert short.usage.output == 4
    reply = await long
    alone = await start(max_tokens=3000).ask(seed=9)
    assert reply.text == alone.text


async def test_a_cancelled_reply_is_written_no_further(start: Start) -> None:
    model = start(max_tokens=8000)
    work = model.client.engine.work
    task = asyncio.create_task(model.ask(seed=5))
    await passes(model, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await model.ask(max_tokens=1)
    before = work.n_passes
    await asyncio.sleep(0.1)
    assert work.n_passes == before


async def test_a_request_cancelled_before_it_began_is_never_read(start: Start) -> None:
    model = start(max_batch=1)
    first = asyncio.create_task(model.ask(max_tokens=200, seed=1))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(model.ask(conversation(n))) for n in range(5)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    reply = await first
    await model.ask(conversation(9), max_tokens=1)
    assert model.client.engine.work.n_passes == (reply.usage.output or 0) + 1


async def test_a_reply_of_all_its_tokens_is_cut_off(start: Start) -> None:
    reply = await start().ask(seed=1, max_tokens=3)
    assert (reply.finish, reply.usage.output) == (Finish.LENGTH, 3)


async def test_a_reply_ends_where_the_model_ends_it(start: Start) -> None:
    model = start(max_tokens=7000)
    reply = await model.ask(seed=2)
    assert reply.finish is Finish.STOP
    assert "<|eos|>" not in reply.text
    assert (reply.usage.output or 0) < 7000


async def test_a_reply_ends_where_the_window_does(start: Start, tmp_path: Path) -> None:
    n = len(Naive(make_checkpoint(tmp_path / "long")).prompt(TALK))
    folder = make_checkpoint(tmp_path / "short", max_position_embeddings=n + 5)
    reply = await start(folder).ask(seed=1)
    assert (reply.finish, reply.usage.output) == (Finish.LENGTH, 5)
    longer = (*TALK, Message("assistant", "J"), Message("user", "And now? Choose J or F."))
    with pytest.raises(ContextOverflow, match=f"this model reads {n + 5}"):
        await start(folder).ask(longer)


async def test_a_growing_conversation_is_read_from_where_it_is_new(start: Start) -> None:
    model = start(temperature=0.0)
    first = await model.ask()
    told = (*TALK, Message("assistant", first.text), Message("user", "Again: J or F?"))
    second = await model.ask(told)
    assert first.usage.cached == 0
    assert second.usage.cached is not None
    assert first.usage.input is not None
    assert second.usage.cached >= first.usage.input
    assert second.text == (await start(temperature=0.0, prefix_cache_tokens=0).ask(told)).text


async def test_who_replied_is_told(start: Start, checkpoint: Path, tmp_path: Path) -> None:
    reply = await start().ask(seed=1)
    assert reply.model == str(checkpoint)
    assert reply.raw["text"] == reply.text
    assert json.loads(json.dumps(reply.raw)) == reply.raw
    again = await start().ask(seed=2)
    assert reply.fingerprint == again.fingerprint
    assert "float32 cpu" in reply.fingerprint
    other = await start(make_checkpoint(tmp_path / "other", rope_theta=5e5)).ask(seed=1)
    assert other.fingerprint != reply.fingerprint
    half = await start(dtype="bfloat16").ask(seed=1)
    assert "bfloat16 cpu" in half.fingerprint


async def test_the_checkpoints_own_settings_apply_where_none_are_given(
    start: Start, tmp_path: Path
) -> None:
    folder = make_checkpoint(tmp_path / "own")
    own = {"do_sample": True, "temperature": 0.3, "top_k": 5, "eos_token_id": 2}
    (folder / "generation_config.json").write_text(json.dumps(own), "utf-8")
    theirs = [(await start(folder).ask(seed=s)).text for s in range(4)]
    same = [(await start(temperature=0.3, extra={"top_k": 5}).ask(seed=s)).text for s in range(4)]
    other = [(await start().ask(seed=s)).text for s in range(4)]
    assert theirs == same != other
    hotter = [(await start(folder, temperature=5.0).ask(seed=s)).text for s in range(4)]
    assert hotter != theirs


def test_only_a_written_word_makes_a_checkpoint_greedy() -> None:
    from transformers import GenerationConfig

    assert Sampling.of(GenerationConfig()) == Sampling()
    assert Sampling.of(GenerationConfig(do_sample=False)).temperature == 0
    assert Sampling.of(GenerationConfig(do_sample=True, top_p=0.5)).top_p == 0.5


async def test_a_thought_is_kept_apart(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "thinker", THINKER, TAGS)
    cut_off = await start(folder).ask(seed=3, max_tokens=8)
    assert cut_off.finish is Finish.LENGTH
    assert cut_off.text == ""
    assert cut_off.thinking
    assert cut_off.usage.thinking == cut_off.usage.output == 8


async def test_a_budget_of_thinking_is_kept(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "thinker", THINKER, TAGS)
    reply = await start(folder, thinking=5, max_tokens=24).ask(seed=1)
    assert reply.thinking
    assert reply.text
    assert reply.raw["text"].count("</think>") == 1
    assert 5 < (reply.usage.thinking or 0) < 10
    none = await start(folder, thinking=0).ask(seed=1)
    assert (none.thinking, none.usage.thinking) == ("", 0)
    assert none.text


async def test_thinking_that_a_model_cannot_do_is_refused(start: Start) -> None:
    with pytest.raises(Fatal, match="thinking=100 needs a model that ends its thoughts"):
        await start(thinking=100).ask()
    with pytest.raises(Fatal, match="knows no reasoning_effort"):
        await start(thinking="high").ask()
    assert (await start(thinking=0).ask(seed=1)).text


async def test_variables_reach_the_chat_template(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "dated", "{{ date }}" + TEMPLATE)
    plain: dict[str, Any] = {"chat_template_kwargs": {"date": "1 May " * 20}}
    longer = await start(folder, extra=plain).ask(seed=1)
    shorter = await start(folder).ask(seed=1)
    assert (longer.usage.input or 0) > (shorter.usage.input or 0) + 40
    with pytest.raises(Fatal, match="knows no day"):
        await start(folder, extra={"chat_template_kwargs": {"day": "1 May"}}).ask()
