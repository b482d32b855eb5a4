"""vLLM without vLLM: what is sent, what is refused, and a server that does not start."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from harness import UsageError
from harness.agents.schemas import LENGTHS, without
from harness.agents.vllm import VLLM
from harness.agents.vllm_client import MOST_ASKED, VLLMClient, _by_token, _requests
from harness.models import BadRequest, Fatal, Message, Request, UnknownModel
from harness.models.grammar import json_grammar
from harness.models.schema import reply_schema
from harness.space import Form, Integer, OneOf, Text
from tests.agents.answering import answering

TALK = (Message("system", "You play."), Message("user", "Choose J or F."))


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VLLM_BASE_URL", "VLLM_API_KEY", "VLLM_PYTHON"):
        monkeypatch.delenv(name, raising=False)


# --- what is sent


def test_settings_and_seed_are_sent_as_the_server_names_them() -> None:
    model = VLLM(
        model="m", temperature=0.5, top_p=0.9, max_tokens=64, seed=True, extra={"top_k": 20}
    )
    assert model.body(Request(TALK, seed=7)) == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "You play."},
            {"role": "user", "content": "Choose J or F."},
        ],
        "max_completion_tokens": 64,
        "temperature": 0.5,
        "top_p": 0.9,
        "seed": 7,
        "top_k": 20,
    }


def test_a_list_of_labels_is_sent_as_such_and_any_other_grammar_as_it_is() -> None:
    model = VLLM(model="m", elicit="choice")
    for grammar, sent in {
        'root ::= "J" | "F"': {"choice": ["J", "F"]},
        r'root ::= "say \"J\"" | "\\"': {"choice": ['say "J"', "\\"]},
        'root ::= "a|b"': {"choice": ["a|b"]},
        "root ::= [0-9]+": {"grammar": "root ::= [0-9]+"},
        'root ::= "a" b\nb ::= "c" | "d"': {"grammar": 'root ::= "a" b\nb ::= "c" | "d"'},
        r'root ::= "\x41" | "b"': {"grammar": r'root ::= "\x41" | "b"'},
    }.items():
        assert model.body(Request(TALK, grammar=grammar))["structured_outputs"] == sent


@pytest.mark.parametrize("most", [40, 800, 2500])
def test_texts_are_held_to_no_length(most: int) -> None:
    """A vLLM server would take up to seconds over each token, or allow no quotation mark."""
    space = OneOf({"say": Text(most), "propose": Form({"hats": Integer(0, 3)})})
    model = VLLM(model="m")
    form = model.body(Request(TALK, schema=reply_schema(space)))["response_format"]
    whole = reply_schema(space)
    assert "maxLength" in str(whole)
    assert form["json_schema"]["schema"] == without(whole, LENGTHS)
    assert "maxLength" not in str(form)
    written = json_grammar(space, reasoning=True)
    sent = model.body(Request(TALK, grammar=written))["structured_outputs"]["grammar"]
    assert "text-char{" in written
    root, *rules = sent.splitlines()
    assert re.findall(r"text-[a-z]+", root) == ["text-run", "text-run"]  # the reasoning, the words
    assert not re.search(r"text-char(\*|\{0)", sent)
    assert 'text-run ::= "" | [' in rules[-1]
    assert rules[-1].count(" text-run") == 2
    assert rules[:-1] == written.splitlines()[1:]


def test_thinking_is_a_number_of_tokens_or_a_word() -> None:
    def sent(thinking: int | str) -> dict[str, Any]:
        return VLLM(model="m", thinking=thinking).body(Request(TALK))

    assert sent(512)["thinking_token_budget"] == 512
    assert sent("low")["reasoning_effort"] == "low"


def test_for_scores_nothing_is_sent_that_is_about_sampling() -> None:
    model = VLLM(
        model="m",
        elicit="logits",
        temperature=0.5,
        extra={"top_k": 3, "chat_template_kwargs": {"enable_thinking": False}},
    )
    assert model.body(Request(TALK, scored=("J", "F"), seed=7)) == {
        "model": "m",
        "messages": [{"role": m.role, "content": m.text} for m in TALK],
        "scored": ["J", "F"],
        "chat_template_kwargs": {"enable_thinking": False},
    }


# --- settings


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"mode": "thread"}, "server or process"),
        ({"server_args": "--dtype float32"}, "list of texts"),
        ({"server_args": ("--port", 8000)}, "list of texts"),
        ({"base_url": "127.0.0.1:8000"}, "http://"),
        ({"base_url": "http://h/v1", "server_args": ("--dtype", "half")}, "runs already"),
        ({"base_url": "http://h/v1", "mode": "process"}, "runs already"),
        ({"start_timeout_s": 0}, "start_timeout_s"),
        ({"mode": "process", "thinking": "low"}, "mode='server'"),
        ({"extra": {"structured_outputs": {}}}, "structured_outputs"),
        ({"extra": {"max_tokens": 3}}, "max_tokens"),
        ({"log_dir": 3}, "log_dir must be a text"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        VLLM(model="m", **settings)


def test_the_environment_names_a_running_server_unless_one_is_to_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VLLM_BASE_URL", "http://127.0.0.1:8000/v1")
    assert VLLM(model="m").base_url == "http://127.0.0.1:8000/v1"
    assert VLLM(model="m", base_url="http://127.0.0.1:9/v1").base_url.endswith(":9/v1")
    assert VLLM(model="m", server_args=("--dtype", "half")).base_url == ""
    assert VLLM(model="m", mode="process").base_url == ""


def test_agents_share_a_server_where_they_agree_in_all_that_it_is_started_with() -> None:
    def connection(**settings: Any) -> Any:
        return VLLM(model="m", **settings).connection

    assert connection() == connection(temperature=1.0, elicit="logits", seed=True)
    assert connection(server_args=["--x"]) == connection(server_args=("--x",))
    assert connection(base_url="http://h/v1") == connection(base_url="http://h/v1", top_p=0.5)
    different = [
        connection(),
        connection(server_args=("--x",)),
        connection(python="/p"),
        connection(mode="process"),
        connection(base_url="http://h/v1"),
        VLLM(model="n").connection,
    ]
    assert len(set(different)) == len(different)


def test_what_is_started_and_what_may_be_refused_is_said_beforehand() -> None:
    (notice,) = VLLM(model="m").notices()
    assert "a server is started" in notice
    assert VLLM(model="m", base_url="http://h/v1").notices() == []
    (notice,) = VLLM(model="m", base_url="http://h/v1", thinking=100).notices()
    assert "--reasoning-parser" in notice


# --- a server that does not start


async def test_an_interpreter_without_vllm_is_told_as_such(tmp_path: Path) -> None:
    client = VLLM(model="m", python=sys.executable, log_dir=str(tmp_path)).connect()
    try:
        with pytest.raises(Fatal, match=r"has no vLLM: pip install folkbench\[vllm\].*VLLM_PYTHON"):
            await client.send({})
    finally:
        await client.close()


async def test_a_server_that_dies_is_told_with_what_it_said_last(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho starting\necho 'ValueError: no such dtype' >&2\nexit 3\n")
    python.chmod(0o755)
    client = VLLM(model="m", python=str(python), log_dir=str(tmp_path / "logs")).connect()
    try:
        with pytest.raises(Fatal, match=r"ended before it was ready.*vllm-\d+\.log says:\n.*dtype"):
            await client.send({})
        with pytest.raises(Fatal, match="ended before"):
            await client.send({})
    finally:
        await client.close()


async def test_a_server_that_is_never_ready_is_given_up_and_ended(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 60\n")
    python.chmod(0o755)
    model = VLLM(model="m", python=str(python), log_dir=str(tmp_path), start_timeout_s=0.5)
    client = model.connect()
    assert isinstance(client, VLLMClient)
    try:
        with pytest.raises(Fatal, match=r"was not ready within 0\.5 s"):
            await client.send({})
    finally:
        await client.close()
    assert client.server is not None
    assert client.server.ended


@pytest.mark.parametrize("mode", ["server", "process"])
async def test_a_path_that_leads_nowhere_is_told_before_anything_is_started(mode: Any) -> None:
    with pytest.raises(UnknownModel, match="no folder /nowhere/model"):
        VLLM(model="/nowhere/model", mode=mode).connect()


async def test_an_interpreter_that_is_none_is_told(tmp_path: Path) -> None:
    client = VLLM(model="m", python="/nowhere/python", log_dir=str(tmp_path)).connect()
    try:
        with pytest.raises(Fatal, match="/nowhere/python"):
            await client.send({})
    finally:
        await client.close()


async def test_without_vllm_there_is_no_engine_in_process() -> None:
    with pytest.raises(Fatal, match=r"pip install folkbench\[vllm\]"):
        VLLM(model="m", mode="process").connect()


# --- a server that is there


async def test_the_key_is_shown_to_the_server_and_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VLLM_API_KEY", "sk-canary")
    async with answering() as server:
        server.says(200, {"choices": [{"message": {"content": "J"}, "finish_reason": "stop"}]})
        model = VLLM(model="m", base_url=f"{server.url}/v1")
        client = model.connect()
        reply = await client.send(model.body(Request(TALK)))
        await client.close()
    assert reply.text == "J"
    assert server.asked[0].line.startswith("POST /v1/chat/completions ")
    assert server.asked[0].headers["authorization"] == "Bearer sk-canary"
    assert "canary" not in f"{model!r} {model.parameters} {model.connection} {client!r}"


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/"])
async def test_the_address_may_end_with_v1_or_not(path: str) -> None:
    async with answering() as server:
        server.says(404, {"detail": "Not Found"})
        model = VLLM(model="m", base_url=f"{server.url}{path}")
        client = model.connect()
        with pytest.raises(BadRequest, match="/tokenize: HTTP 404"):
            await client.send(model.body(Request(TALK, scored=("J", "F"))))
        await client.close()
    assert {asked.line.split()[1] for asked in server.asked} == {"/tokenize"}


def test_one_request_asks_about_all_unless_too_much_would_be_told() -> None:
    few: list[set[int]] = [{1, 2}, {9}, {9}]
    assert [*_requests(few)] == [([0, 1, 2], [1, 2, 9])]
    many: list[set[int]] = [{*range(300)}, *({999} for _ in range(300))]
    requests = [*_requests(many)]
    assert [places for places, _ in requests] == [[0], [0], [0], [*range(1, 301)]]
    assert sorted(token for _, tokens in requests[:3] for token in tokens) == [*range(300)]
    assert max(len(tokens) for _, tokens in requests) <= MOST_ASKED
    assert requests[3][1] == [999]


def test_what_json_cannot_say_of_a_probability_of_nothing_is_understood() -> None:
    told = {"token_id:5": -9999.0, "token_id:6": -1.5, "J": -2.0}
    assert _by_token(told) == {5: -math.inf, 6: -1.5}
