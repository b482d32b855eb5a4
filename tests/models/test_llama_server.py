"""Real inference by a real server: through both official SDKs, and without one."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.agents.anthropic import Anthropic
from harness.agents.compatible import Compatible
from harness.agents.openai import OpenAI
from harness.models import BadRequest, ContextOverflow, Finish, Message, Model, Reply, Request
from tests.models.llama import LlamaServer, llama_server
from tests.models.llama_process import SLOT_TOKENS
from tests.models.whole_matches import Run, breaches, is_legal, play_all

REAL_NUMBERS = "donor"
"""The game whose answers are numbers that need not be whole."""

FREE_TOKENS, HELD_TOKENS = 16, 600
"""Most tokens of a reply: free ones ramble, constrained ones are to come to their end."""

ASK = Request((Message("system", "Play."), Message("user", "Choose cooperate or defect.")))


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LlamaServer]:
    with llama_server(tmp_path_factory.mktemp("llama")) as server:
        yield server


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def routes(server: LlamaServer, **settings: Any) -> dict[str, Model]:
    """Every way to the server."""
    return {
        "chat": OpenAI(model="tiny", base_url=server.v1, **settings),
        "responses": OpenAI(model="tiny", base_url=server.v1, api="responses", **settings),
        "messages": Anthropic(model="tiny", base_url=server.url, **settings),
        "compatible": Compatible(model="tiny", base_url=server.v1, **settings),
    }


ROUTES = ("chat", "responses", "messages", "compatible")


async def ask(model: Model, *requests: Request) -> list[Reply]:
    """The replies to requests that are sent at once."""
    client = model.connect()
    try:
        return await asyncio.gather(*(client.send(model.body(one)) for one in requests))
    finally:
        await client.close()


# --- single calls


@pytest.mark.parametrize("route", ROUTES)
async def test_a_model_replies_and_its_tokens_are_counted(llama: LlamaServer, route: str) -> None:
    replies = await ask(routes(llama)[route], *[Request(ASK.messages, max_tokens=8)] * 10)
    for reply in replies:
        assert reply.model == "tiny"
        assert reply.request_id
        assert reply.usage.input is not None
        assert 20 <= reply.usage.input <= 30
        assert reply.usage.output is not None
        assert bool(reply.text) <= reply.usage.output <= 8
    assert any(reply.text for reply in replies)
    if route != "responses":  # where this server says of no reply that it was cut off
        assert any(reply.finish is Finish.LENGTH for reply in replies)


@pytest.mark.parametrize("route", ROUTES)
async def test_a_conversation_goes_on_and_what_was_read_before_is_cached(
    llama: LlamaServer, route: str
) -> None:
    model = routes(llama)[route]
    words = f"This is {route}. " + "Choose cooperate or defect. " * 20
    (first,) = await ask(model, Request((Message("user", words),), max_tokens=4))
    turns = (Message("user", words), Message("assistant", "defect"), Message("user", "Again."))
    (second,) = await ask(model, Request(turns, max_tokens=4))
    assert first.usage.input is not None
    assert second.usage.input is not None
    assert second.usage.cached is not None
    assert first.usage.input <= second.usage.cached + 1
    assert second.usage.cached < second.usage.input


@pytest.mark.parametrize("route", ROUTES)
async def test_many_calls_at_once_are_all_replied_to(llama: LlamaServer, route: str) -> None:
    asked = [Request((Message("user", f"Number {i}."),), max_tokens=4) for i in range(40)]
    replies = await ask(routes(llama)[route], *asked)
    assert len({reply.raw for reply in replies}) == 40
    assert all(reply.usage.output for reply in replies)


@pytest.mark.parametrize("route", ROUTES)
async def test_too_long_a_conversation_is_known_as_such(llama: LlamaServer, route: str) -> None:
    long = Request((Message("user", "word " * SLOT_TOKENS),))
    with pytest.raises(ContextOverflow) as caught:
        await ask(routes(llama)[route], long)
    assert caught.value.status == 400


@pytest.mark.parametrize("route", ["chat", "compatible"])
async def test_the_same_seed_gives_the_same_words(llama: LlamaServer, route: str) -> None:
    provider = {"chat": OpenAI, "compatible": Compatible}[route]
    model = provider(model="tiny", base_url=llama.v1, seed=True, temperature=1)
    seeded = [Request(ASK.messages, seed=seed, max_tokens=12) for seed in (7, 7, 8)]
    await ask(model, seeded[0])  # from here on the prompt is cached: the arithmetic is the same
    texts = [(await ask(model, one))[0].text for one in seeded]
    assert texts[0] == texts[1] != texts[2]


async def test_a_grammar_that_is_none_is_refused(llama: LlamaServer) -> None:
    with pytest.raises(BadRequest, match="grammar"):
        await ask(routes(llama)["compatible"], Request(ASK.messages, grammar='root ::= "coop'))


async def test_a_wrong_address_is_told(llama: LlamaServer) -> None:
    wrong = Compatible(model="tiny", base_url=f"{llama.url}/v2")
    with pytest.raises(BadRequest, match="base_url"):
        await ask(wrong, ASK)


@pytest.mark.parametrize("words", [("cooperate", "defect"), ("defect",), ("neither of the two",)])
async def test_a_grammar_is_kept_to(llama: LlamaServer, words: tuple[str, ...]) -> None:
    grammar = "root ::= " + " | ".join(f'"{word}"' for word in words)
    held = Request(ASK.messages, grammar=grammar, max_tokens=32)
    replies = await ask(routes(llama)["compatible"], *[held] * 20)
    assert {reply.text for reply in replies} <= set(words)
    assert {reply.finish for reply in replies} == {Finish.STOP}


# --- whole matches, through the command


Play: TypeAlias = Callable[[str], Run]


@pytest.fixture
def play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Play:
    """Plays all games through the command, each by one model with itself."""

    def run(spec: str) -> Run:
        return play_all(spec, tmp_path / "run", monkeypatch, capsys)

    return run


def agent(server: LlamaServer, provider: str, elicit: str, max_tokens: int, **more: str) -> str:
    url = server.url if provider == "anthropic" else server.v1
    rest = "".join(f", {name}='{value}'" for name, value in more.items())
    settings = f"base_url='{url}', elicit='{elicit}', max_tokens={max_tokens}, temperature=1{rest}"
    return f"{provider}/tiny({settings})"


@pytest.mark.parametrize(
    ("provider", "api", "elicit"),
    [
        ("openai", "chat", "text"),
        ("openai", "responses", "json"),
        ("openai", "responses", "text"),
        ("anthropic", "", "json"),
        ("anthropic", "", "text"),
        ("compatible", "", "text"),
    ],
)
def test_all_games_are_played_to_their_end_by_a_model_that_rambles(
    provider: str,
    api: str,
    elicit: str,
    llama: LlamaServer,
    play: Play,
) -> None:
    """This server keeps replies to Responses and Messages to no schema, whatever it is sent."""
    more = {"api": api} if api else {}
    spec = agent(llama, provider, elicit, FREE_TOKENS, **more)
    run = play(spec)
    if elicit == "json":
        sent = "text" if provider == "openai" else "output_config"
        assert all(sent in call["request"] for call in run.calls)
    for match in run.matches:
        calls = [call for call in run.calls if call["match"] == match["match"]]
        problems = list(match.get("problems", []))
        texts = [call["reply"]["text"] for call in calls]
        assert all(problem["text"] in texts for problem in problems)
        if run.game[match["match"]] in ("prisoners_dilemma", "rock_paper_scissors"):
            n_decisions = sum(map(len, match["actions"]))
            n_substituted = sum(problem["substituted"] for problem in problems)
            assert len(calls) == len(problems) + n_decisions - n_substituted
    assert sum(map(Counter.total, run.outcomes().values())) > len(run.calls) / 2


@pytest.mark.parametrize("provider", ["openai", "compatible"])
def test_a_schema_is_kept_to_but_for_bounds_of_numbers_that_are_not_whole(
    provider: str,
    llama: LlamaServer,
    play: Play,
) -> None:
    spec = agent(llama, provider, "json", HELD_TOKENS)
    run = play(spec)
    broken: Counter[tuple[str, str]] = Counter()
    for call in run.calls:
        assert call["reply"]["finish"] == "stop"
        schema = call["request"]["response_format"]["json_schema"]["schema"]
        broken.update(breaches(json.loads(call["reply"]["text"]), schema))
    assert broken.keys() <= {("number", "minimum"), ("number", "maximum")}
    invalid = run.outcomes()
    assert invalid.pop(REAL_NUMBERS).total() == broken.total()
    assert not any(invalid.values()), invalid


def test_with_a_grammar_no_answer_is_invalid(
    llama: LlamaServer,
    play: Play,
) -> None:
    spec = agent(llama, "compatible", "choice", HELD_TOKENS)
    run = play(spec)
    assert not any(run.outcomes().values()), run.outcomes()
    assert Counter(run.game[call["match"]] for call in run.calls).keys() == set(run.game.values())
    for call in run.calls:
        assert call["request"]["grammar"].startswith("root ::= ")
        question = call["request"]["messages"][-1]["content"]
        text = call["reply"]["text"]
        assert is_legal(run.game[call["match"]], question, text), (question[-300:], text)
