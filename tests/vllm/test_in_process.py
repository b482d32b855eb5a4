"""An engine in process, with vLLM's own interpreter: the same replies as from a server."""

from __future__ import annotations

import json
import select
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from harness.agents.vllm_server import VLLMServer
from harness.models import Message, Request
from tests.vllm.conftest import MOST_TOKENS, SERVER_ARGS, ask, served, terse
from tests.vllm.played import played, spec
from tests.vllm.processes import title

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(400)]

ASK = (Message("system", "You play a game."), Message("user", "Choose cooperate or defect."))
SCHEMA = {
    "type": "object",
    "properties": {"action": {"type": "string", "enum": ["J", "F"]}},
    "required": ["action"],
    "additionalProperties": False,
}


async def test_an_engine_replies_as_a_server_does_and_ends_with_its_process(
    vllm_python: str, checkpoint: Path, server: VLLMServer, tmp_path: Path
) -> None:
    fine: list[dict[str, Any]] = [
        *({"messages": ASK, "seed": seed} for seed in range(16)),
        {"messages": ASK, "seed": 1, "grammar": 'root ::= "cooperate" | "defect"'},
        {"messages": ASK, "seed": 2, "grammar": 'root ::= [1-9] "x"'},
        {"messages": ASK, "seed": 3, "schema": SCHEMA},
        {"messages": ASK, "scored": ("cooperate", "defect", "bid 1", "bid 10", "bid 100")},
    ]
    broken: list[dict[str, Any]] = [
        {"messages": [("user", "word " * MOST_TOKENS)]},
        {"messages": [("user", "word " * MOST_TOKENS)], "scored": ("J", "F")},
        {"messages": ASK, "grammar": 'root ::= "a" || ['},
    ]
    told = in_process(vllm_python, checkpoint, fine + broken, tmp_path)
    model = served(server, temperature=1, max_tokens=64, seed=True)
    for fields, reply in zip(fine, told["replies"], strict=False):
        (expected,) = await ask(model, Request(**fields))
        assert reply["text"] == expected.text
        assert reply["finish"] == expected.finish
        assert reply["usage"]["input"] == expected.usage.input
        assert (reply["scores"] is None) == (expected.scores is None)
        if expected.scores is not None:
            assert reply["scores"] == pytest.approx(expected.scores, abs=1e-5)
    assert [reply["error"] for reply in told["replies"][len(fine) :]] == [
        "ContextOverflow",
        "ContextOverflow",
        "BadRequest",
    ]


def in_process(
    python: str, checkpoint: Path, requests: list[dict[str, Any]], folder: Path
) -> dict[str, Any]:
    """What an engine says in a process that is then killed, with which all of it has to end."""
    file = folder / "requests.json"
    file.write_text(json.dumps(requests), "utf-8")
    script = str(Path(__file__).with_name("in_process.py"))
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(
            [python, script, str(checkpoint), str(file), *SERVER_ARGS],
            stdout=subprocess.PIPE,
            stderr=said,
        )
    try:
        assert process.stdout is not None
        ready, _, _ = select.select((process.stdout,), (), (), 240)
        line = process.stdout.readline() if ready else b""
        assert line, (folder / "said").read_text("utf-8", "replace")[-4000:]
        told: dict[str, Any] = json.loads(line)
        titles = {pid: title(pid) for pid in told["processes"]}
        assert any("VLLM::EngineCore" in one for one in titles.values())
        assert any("VLLM::Worker" in one for one in titles.values())
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
    deadline = time.monotonic() + 30
    while left := [pid for pid in titles if title(pid)]:
        assert time.monotonic() < deadline, {pid: title(pid) for pid in left}
        time.sleep(0.1)
    return told


def test_whole_matches_are_played_by_an_engine_in_process(
    vllm_python: str, checkpoint: Path, tmp_path: Path
) -> None:
    agent = spec(
        str(checkpoint),
        mode="process",
        server_args=SERVER_ARGS,
        elicit="choice",
        max_tokens=600,
        extra=terse(checkpoint),
    )
    logits = agent.replace("elicit='choice'", "elicit='logits'")
    run, _ = played(f"{agent},{logits}", tmp_path, python=vllm_python)
    assert not any(run.outcomes().values()), run.outcomes()
    assert any("scored" in call["request"] for call in run.calls)
    assert any("structured_outputs" in call["request"] for call in run.calls)
