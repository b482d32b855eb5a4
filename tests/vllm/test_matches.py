"""Whole matches of all games with a real vLLM server, through the command."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path

import pytest

from harness.agents.vllm_server import VLLMServer
from tests.models.whole_matches import Run, breaches, is_legal
from tests.vllm.conftest import terse
from tests.vllm.played import played, spec

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(400)]


def play(
    server: VLLMServer, checkpoint: Path, folder: Path, elicit: str, max_tokens: int = 600
) -> Run:
    agent = spec(
        server.model,
        base_url=f"{server.url}/v1",
        elicit=elicit,
        max_tokens=max_tokens,
        temperature=1,
        seed=True,
        extra=terse(checkpoint),
    )
    return played(agent, folder)[0]


def test_with_a_schema_no_answer_is_invalid(
    server: VLLMServer, checkpoint: Path, tmp_path: Path
) -> None:
    run = play(server, checkpoint, tmp_path, "json")
    assert not any(run.outcomes().values()), run.outcomes()
    for call in run.calls:
        assert call["reply"]["finish"] == "stop"
        schema = call["request"]["response_format"]["json_schema"]["schema"]
        assert not Counter(breaches(json.loads(call["reply"]["text"]), schema)), call["reply"]


def test_with_a_grammar_no_answer_is_invalid(
    server: VLLMServer, checkpoint: Path, tmp_path: Path
) -> None:
    run = play(server, checkpoint, tmp_path, "choice")
    assert not any(run.outcomes().values()), run.outcomes()
    forms = Counter(form for call in run.calls for form in call["request"]["structured_outputs"])
    assert forms["choice"]
    assert forms["grammar"]
    for call in run.calls:
        question = call["request"]["messages"][-1]["content"]
        text = call["reply"]["text"]
        assert is_legal(run.game[call["match"]], question, text), (question[-300:], text)


def test_a_model_that_rambles_plays_all_games_to_their_end(
    server: VLLMServer, checkpoint: Path, tmp_path: Path
) -> None:
    run = play(server, checkpoint, tmp_path, "text", 16)
    texts = {call["reply"]["text"] for call in run.calls}
    problems = run.problems()
    assert len(problems) > len(run.calls) / 2
    assert {problem["text"] for problem in problems} <= texts


def test_moves_are_drawn_from_the_scores_of_all_actions(
    server: VLLMServer, checkpoint: Path, tmp_path: Path
) -> None:
    run = play(server, checkpoint, tmp_path, "logits")
    assert not any(run.outcomes().values()), run.outcomes()
    scored = [call for call in run.calls if "scored" in call["request"]]
    games = {run.game[call["match"]] for call in scored}
    assert games >= {"prisoners_dilemma", "rock_paper_scissors", "beauty"}
    for call in scored:
        scores = call["reply"]["scores"]
        assert len(scores) == len(call["request"]["scored"])
        assert 0 < math.fsum(map(math.exp, scores)) < 1
