"""Constrained replies, where xgrammar is installed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.models import BadRequest, Finish
from tests.hf.conftest import Start
from tests.hf.make_model import make_checkpoint
from tests.hf.test_writing import TAGS, THINKER

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("xgrammar")

GRAMMAR = 'root ::= "cooperate" | "defect" | "bid 10" | "bid 100"'
LEGAL = {"cooperate", "defect", "bid 10", "bid 100"}


async def test_a_grammar_is_kept_in_every_reply(start: Start) -> None:
    model = start()
    replies = await asyncio.gather(
        *(model.ask(grammar=GRAMMAR, seed=n) for n in range(64)),
        *(model.ask(seed=n) for n in range(8)),
    )
    constrained, free = replies[:64], replies[64:]
    assert {reply.text for reply in constrained} == LEGAL
    assert {reply.finish for reply in constrained} == {Finish.STOP}
    assert not LEGAL & {reply.text for reply in free}


async def test_two_grammars_at_once_are_kept_apart(start: Start) -> None:
    model = start(temperature=3.0)
    grammars = ('root ::= "J" | "F"', 'root ::= "[" [0-9]+ "]"')
    replies = await asyncio.gather(
        *(model.ask(grammar=grammars[n % 2], seed=n, max_tokens=60) for n in range(32))
    )
    assert {reply.text for reply in replies[::2]} == {"J", "F"}
    done = [reply.text for reply in replies[1::2] if reply.finish is Finish.STOP]
    assert done
    assert all(text[1:-1].isdecimal() and text[0] + text[-1] == "[]" for text in done)


async def test_a_thought_comes_before_the_constraint(start: Start, tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "thinker", THINKER, TAGS)
    model = start(folder, thinking=4, max_tokens=60)
    replies = await asyncio.gather(*(model.ask(grammar=GRAMMAR, seed=n) for n in range(8)))
    ended = [r for r in replies if r.finish is Finish.STOP and r.text]
    assert {reply.text for reply in ended} <= LEGAL
    assert len(ended) >= 6
    assert all(reply.thinking for reply in ended)


async def test_what_is_no_grammar_is_refused(start: Start) -> None:
    model = start()
    with pytest.raises(BadRequest, match="takes no such grammar"):
        await model.ask(grammar="root ::= nothing")
    assert (await model.ask(grammar=GRAMMAR)).text in LEGAL
