"""Real inference by a real server: through both official SDKs, and without one."""

from __future__ import annotations

import asyncio
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from harness.agents.anthropic import Anthropic
from harness.agents.compatible import Compatible
from harness.agents.openai import OpenAI
from harness.cli import main
from harness.models import BadRequest, ContextOverflow, Finish, Message, Model, Reply, Request
from harness.record.calls import read_calls
from harness.record.folder import read_matches
from tests.models.llama import LlamaServer, llama_server
from tests.models.llama_process import SLOT_TOKENS

GAMES = (
    "prisoners_dilemma(rounds=3)",
    "rock_paper_scissors(rounds=2)",
    "beauty(players=3, rounds=2)",
    "donor(agents=4, generations=2, rounds=2, games_per_generation=1, max_chars=40)",
    "deal_or_no_deal(max_messages=3, max_chars=40)",
)
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


class Run:
    """What a run left on disk."""

    def __init__(self, folder: Path) -> None:
        self.matches = list(read_matches(folder))
        self.game = {match["match"]: match["game"].partition("(")[0] for match in self.matches}
        self.calls = [call for call in read_calls(folder) if call["match"] is not None]

    def problems(self, match: Mapping[str, Any]) -> list[dict[str, Any]]:
        return list(match.get("problems", []))

    def outcomes(self) -> dict[str, Counter[str]]:
        """How often each game's answers were no moves, by what they were."""
        found: dict[str, Counter[str]] = {}
        for match in self.matches:
            outcomes = (problem["outcome"] for problem in self.problems(match))
            found.setdefault(self.game[match["match"]], Counter()).update(outcomes)
        return found


Play: TypeAlias = Callable[[str], Run]


@pytest.fixture
def play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Play:
    """Plays all games through the command, each by one model with itself."""

    def run(spec: str) -> Run:
        out = tmp_path / "run"
        how = ("--schedule", "self_play", "--no-swap", "--on-invalid", "substitute", "--reask", "1")
        arguments = ["folk", "run", *GAMES, "--agents", spec, *how, "--out", str(out)]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0, capsys.readouterr().err
        run = Run(out)
        assert Counter(run.game.values()) == Counter(game.partition("(")[0] for game in GAMES)
        assert {match["status"] for match in run.matches} == {"ok"}
        assert all(call["reply"] is not None for call in run.calls)
        return run

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
        problems = run.problems(match)
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


def breaches(value: Any, schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Where a value breaks a schema: types, and the keywords that are not kept to."""
    if "anyOf" in schema:
        if not any(not [*breaches(value, one)] for one in schema["anyOf"]):
            yield "any", "anyOf"
        return
    kind = schema["type"]
    types = {dict: ["object"], str: ["string"], int: ["integer", "number"], float: ["number"]}
    if kind not in types.get(type(value), []):
        yield kind, "type"
    elif kind == "object":
        assert schema["additionalProperties"] is False
        if set(value) != set(schema["required"]):
            yield kind, "required"
        for name in value.keys() & schema["properties"].keys():
            yield from breaches(value[name], schema["properties"][name])
    elif kind == "string":
        if value not in schema.get("enum", [value]):
            yield kind, "enum"
        if len(value) > schema.get("maxLength", math.inf):
            yield kind, "maxLength"
    else:
        if value < schema.get("minimum", -math.inf):
            yield kind, "minimum"
        if value > schema.get("maximum", math.inf):
            yield kind, "maximum"


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


def is_legal(game: str, question: str, text: str) -> bool:
    """Whether a text is a legal answer, told without the harness' own reader."""
    if game == "prisoners_dilemma":
        return text in ("J", "F")
    if game == "rock_paper_scissors":
        return text in ("rock", "paper", "scissors")
    if game == "beauty":
        return bool(re.fullmatch(r"[0-9]|[1-9][0-9]|100", text))
    if not text.startswith("{"):
        bounds = re.findall(r"from ([0-9.]+) to ([0-9.]+)", question)[-1]
        number = re.fullmatch(r"[0-9]+(\.[0-9]+)?", text)
        return bool(number) and float(bounds[0]) <= float(text) <= float(bounds[1])
    answer = json.loads(text)
    assert set(answer) == {"action"}
    words = answer["action"]
    if isinstance(words, dict):
        ((kind, words),) = words.items()
        if kind == "propose":
            counts = dict(re.findall(r'"(\w+)": <a whole number from 0 to ([0-9]+)>', question))
            return words.keys() == counts.keys() and all(
                type(n) is int and 0 <= n <= int(counts[item]) for item, n in words.items()
            )
        assert kind == "say"
    return isinstance(words, str) and len(words) <= 40
