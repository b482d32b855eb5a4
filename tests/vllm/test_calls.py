"""Real inference by a real vLLM server: replies, constraints, scores."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.agents.transformers import Transformers
from harness.agents.vllm_client import MOST_ASKED, ServedTokens, VLLMClient
from harness.agents.vllm_scores import Scorer
from harness.agents.vllm_server import VLLMServer, alive
from harness.models import (
    BadRequest,
    ContextOverflow,
    Finish,
    Message,
    Reply,
    Request,
    Transient,
    UnknownModel,
)
from harness.models.grammar import bare_grammar, json_grammar
from harness.models.read import read_bare
from harness.models.schema import reply_schema
from harness.space import Choice, Form, Integer, OneOf, Real, Space, Text
from tests.vllm.conftest import MOST_TOKENS, ask, in_thread, served, terse

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(400)]

ASK = (Message("system", "You play a game."), Message("user", "Choose cooperate or defect."))
LABELS = Choice(("cooperate", "defect"))
SPACES: dict[str, Space] = {
    "labels": Choice(("c", "d"), labels=("J", "F")),
    "words": Choice(("rock", "paper", "scissors")),
    "whole": Integer(0, 100),
    "real": Real(0, 7.5),
    "turn": OneOf({"say": Text(30), "propose": Form({"hats": Integer(0, 3)})}),
}
CANDIDATES = ("cooperate", "defect", "J", "F", "bid 1", "bid 10", "bid 100", "100", "1", "")


def turns(n: int) -> tuple[Message, ...]:
    """A conversation of so many rounds, which begins like all shorter ones."""
    told = [*ASK]
    for i in range(n):
        told += [Message("assistant", "FJ"[i % 2]), Message("user", f"Round {i + 2}: J or F?")]
    return tuple(told)


# --- replies


async def test_a_model_replies_and_its_tokens_are_counted(server: VLLMServer) -> None:
    (reply,) = await ask(served(server, temperature=1), Request(ASK, max_tokens=8))
    assert reply.text
    assert reply.model == server.model
    assert reply.request_id.startswith("chatcmpl-")
    assert reply.usage.input is not None
    assert 20 < reply.usage.input < 60
    assert reply.usage.output == 8
    assert reply.finish is Finish.LENGTH
    assert isinstance(reply.raw, bytes)


async def test_a_conversation_that_goes_on_is_read_from_the_cache(server: VLLMServer) -> None:
    model = served(server)
    words = "This is the test of the cache. " + "Choose cooperate or defect. " * 40
    (first,) = await ask(model, Request((Message("user", words),), max_tokens=1))
    more = (Message("user", words), Message("assistant", "defect"), Message("user", "Again."))
    (second,) = await ask(model, Request(more, max_tokens=1))
    assert first.usage.cached == 0
    assert first.usage.input is not None
    assert second.usage.cached is not None
    assert first.usage.input - 128 < second.usage.cached <= first.usage.input


async def test_seeded_replies_do_not_depend_on_their_company(server: VLLMServer) -> None:
    model = served(server, temperature=1, seed=True)
    requests = [Request(turns(i % 3), seed=i, max_tokens=24) for i in range(64)]
    together = [reply.text for reply in await ask(model, *requests)]
    alone = [(await ask(model, request))[0].text for request in requests[:16]]
    assert together[:16] == alone
    assert len(set(together)) > 60


async def test_what_is_too_long_is_known_as_such(server: VLLMServer) -> None:
    long = (Message("user", "word " * MOST_TOKENS),)
    for request in (Request(long), Request(long, scored=("J", "F"))):
        with pytest.raises(ContextOverflow) as caught:
            await ask(served(server), request)
        assert caught.value.status == 400


async def test_a_model_that_is_not_served_is_known_as_such(server: VLLMServer) -> None:
    model = served(server)
    client = model.connect()
    try:
        with pytest.raises(UnknownModel, match="does not exist"):
            await client.send(model.body(Request(ASK)) | {"model": "another"})
    finally:
        await client.close()


async def test_tokens_of_thinking_cannot_be_counted_without_a_parser(server: VLLMServer) -> None:
    with pytest.raises(BadRequest, match="reasoning"):
        await ask(served(server, thinking=100), Request(ASK))


async def test_a_call_that_is_given_up_leaves_the_server(server: VLLMServer) -> None:
    model = served(server, extra={"ignore_eos": True})
    client = model.connect()
    assert isinstance(client, VLLMClient)
    try:
        call = asyncio.create_task(client.send(model.body(Request(ASK, max_tokens=3500))))
        await until(client, lambda running: running >= 1 or call.done())
        assert not call.done(), call.exception() or call.result()
        call.cancel()
        await until(client, lambda running: running == 0)
        assert call.cancelled()
    finally:
        await client.close()


async def test_a_server_is_alive_if_it_generates_in_time(server: VLLMServer) -> None:
    client = VLLMClient(server.url, server.model)
    try:
        assert await alive(client, server.model, 30)
        assert not await alive(client, "another", 30)
        assert not await alive(client, server.model, 1e-4)
    finally:
        await client.close()


async def until(client: VLLMClient, holds: Callable[[float], bool]) -> None:
    """Wait until so many requests run on the server."""
    running = math.nan
    for _ in range(600):
        running = await measured(client, "num_requests_running")
        if holds(running):
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{running} requests run")


async def measured(client: VLLMClient, metric: str) -> float:
    """What the server has measured."""
    _, _, text = await client.exchange("GET", "/metrics")
    found = re.findall(rf"^vllm:{metric}\{{[^}}]*\}} (\S+)$", text.decode(), re.MULTILINE)
    assert found, f"the server measures no {metric}"
    return sum(map(float, found))


# --- constraints


@pytest.mark.parametrize("name", ["labels", "words", "whole", "real"])
async def test_a_grammar_of_bare_answers_is_kept_to(server: VLLMServer, name: str) -> None:
    space = SPACES[name]
    grammar = bare_grammar(space)
    held = Request(ASK, grammar=grammar, max_tokens=32)
    replies = await ask(served(server, elicit="choice", temperature=1), *[held] * 24)
    assert {reply.finish for reply in replies} == {Finish.STOP}
    assert len({reply.text for reply in replies}) > 1
    for reply in replies:
        assert legal(name, reply.text), reply.text


@pytest.mark.parametrize("name", [*SPACES])
@pytest.mark.parametrize("by", ["schema", "grammar"])
async def test_json_is_kept_to_its_form(
    server: VLLMServer, checkpoint: Path, name: str, by: str
) -> None:
    space = SPACES[name]
    form = {"schema": reply_schema(space)} if by == "schema" else {"grammar": json_grammar(space)}
    held = Request(ASK, max_tokens=400, **form)
    replies = await ask(served(server, temperature=1, extra=terse(checkpoint)), *[held] * 12)
    assert {reply.finish for reply in replies} == {Finish.STOP}
    for reply in replies:
        told = json.loads(reply.text)
        assert told.keys() == {"action"}
        assert legal(name, told["action"]), reply.text


def legal(name: str, answer: Any) -> bool:
    """Whether an answer is one, told without the harness' own reader."""
    if name in ("labels", "words"):
        return answer in (("J", "F") if name == "labels" else ("rock", "paper", "scissors"))
    if name in ("whole", "real"):
        digits = r"\d+" if name == "whole" else r"\d+(\.\d+)?"
        return re.fullmatch(digits, str(answer)) is not None and float(answer) <= (
            100 if name == "whole" else 7.5
        )
    ((kind, content),) = answer.items()
    if kind == "say":
        return isinstance(content, str) and len(content) <= 30
    return kind == "propose" and content.keys() == {"hats"} and content["hats"] in range(4)


async def test_a_constraint_that_the_server_does_not_know_is_ignored_and_found_out(
    server: VLLMServer,
) -> None:
    """It is why nothing but the text counts."""
    old = served(server, temperature=1, extra={"guided_choice": ["cooperate", "defect"]})
    replies = await ask(old, *[Request(ASK, max_tokens=8)] * 4)
    outcomes = Counter(read_bare(reply.text, LABELS).outcome for reply in replies)
    assert "ok" not in outcomes


async def test_a_grammar_that_is_none_is_refused(server: VLLMServer) -> None:
    with pytest.raises(BadRequest, match="grammar"):
        await ask(served(server), Request(ASK, grammar='root ::= "a" || [', max_tokens=8))


# --- scores


@pytest.fixture(scope="module")
def expected(checkpoint: Path) -> dict[int, tuple[float, ...]]:
    """The scores by transformers, in process, for some lengths of the conversation."""
    import torch

    torch.set_num_threads(1)
    model = Transformers(model=str(checkpoint), elicit="logits", device="cpu", dtype="float32")

    async def compute() -> dict[int, tuple[float, ...]]:
        client = model.connect()
        try:
            return {
                n: (await client.send(model.body(Request(turns(n), scored=CANDIDATES)))).scores
                or ()
                for n in (0, 1, 30)
            }
        finally:
            await client.close()

    found: dict[int, tuple[float, ...]] = {}

    async def keep() -> None:
        found.update(await compute())

    in_thread(keep)
    return found


@pytest.mark.parametrize("n", [0, 1, 30])
async def test_scores_are_those_of_transformers(
    server: VLLMServer, expected: dict[int, tuple[float, ...]], n: int
) -> None:
    (reply,) = await ask(served(server), Request(turns(n), scored=CANDIDATES))
    assert reply.scores == pytest.approx(expected[n], abs=1e-5)
    assert sum(map(math.exp, expected[n])) < 1
    assert len(set(expected[n])) == len(CANDIDATES)


async def test_scores_are_the_same_where_whole_texts_are_read(server: VLLMServer) -> None:
    """As servers do that do not know how to tell certain tokens' log-probabilities."""
    client = VLLMClient(server.url, server.model)
    tokens = ServedTokens(client, server.model)
    chat = [{"role": message.role, "content": message.text} for message in turns(2)]
    try:
        told = (await Scorer(tokens).score(chat, CANDIDATES, {})).scores
        tokens._echoes = True
        read = (await Scorer(tokens).score(chat, CANDIDATES, {})).scores
    finally:
        await client.close()
    assert told is not None
    assert told == pytest.approx(read, abs=1e-5)


async def test_more_answers_than_one_request_can_ask_for_are_all_scored(
    server: VLLMServer, checkpoint: Path
) -> None:
    tokens = json.loads((checkpoint / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    words = tuple(sorted(word for word in tokens if word.isascii() and word.isalpha()))
    assert len(words) > MOST_ASKED
    model = served(server)
    half = len(words) // 2
    (many,) = await ask(model, Request(ASK, scored=words))
    parts = await ask(model, Request(ASK, scored=words[:half]), Request(ASK, scored=words[half:]))
    together = [score for part in parts for score in part.scores or ()]
    assert many.scores == pytest.approx(together, abs=1e-5)
    assert isinstance(many.raw, list), "one request should not have been enough"


async def test_the_settings_of_sampling_change_no_score(server: VLLMServer) -> None:
    plain = served(server)
    odd = served(server, temperature=0.1, top_p=0.1, seed=True, extra={"repetition_penalty": 2.0})
    scores = [
        (await ask(model, Request(ASK, scored=CANDIDATES, seed=seed)))[0].scores
        for model, seed in ((plain, None), (odd, 5))
    ]
    assert scores[0] == scores[1]


async def test_scoring_reads_the_common_beginning_from_the_cache(server: VLLMServer) -> None:
    """A server on the CPU caches blocks of 128 tokens."""
    long = (Message("user", "This is the test of scoring. " + "Choose J or F. " * 120),)
    client = VLLMClient(server.url, server.model)
    model = served(server)

    async def score() -> tuple[Reply, float, float]:
        before = [await measured(client, f"prefix_cache_{w}_total") for w in ("queries", "hits")]
        reply = await client.send(model.body(Request(long, scored=CANDIDATES)))
        after = [await measured(client, f"prefix_cache_{w}_total") for w in ("queries", "hits")]
        return reply, after[0] - before[0], after[1] - before[1]

    try:
        first, asked, hit = await score()
        again, asked_again, hit_again = await score()
    finally:
        await client.close()
    assert first.scores == pytest.approx(again.scores, abs=1e-5)
    assert first.usage.input == asked
    n_prompts = asked / (len(long[0].text) / 4)
    assert n_prompts > 5
    assert hit > 0.6 * asked
    assert hit_again > 0.8 * asked_again


async def test_without_a_server_a_call_fails_in_a_way_that_may_pass() -> None:
    client = VLLMClient("http://127.0.0.1:9", "m")
    try:
        with pytest.raises(Transient, match=r"127\.0\.0\.1:9"):
            await client.send({"model": "m", "messages": []})
    finally:
        await client.close()
