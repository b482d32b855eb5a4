"""Whole matches by a model in process, through the public command."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from scipy import stats

from harness.agents.transformers import Transformers
from harness.games.rps import rock_paper_scissors
from harness.models import Message
from harness.models.transport import Limits, Transport
from harness.play import play_async
from tests.hf.naive import Naive
from tests.models.whole_matches import Run, play_all
from tests.sketches import table

pytestmark = pytest.mark.hf
pytest.importorskip("torch")
pytest.importorskip("transformers")

FINITE = ("prisoners_dilemma", "rock_paper_scissors", "beauty")
"""Games that are decisions between finitely many actions, and nothing else."""


Play: TypeAlias = Callable[..., Run]


@pytest.fixture
def play(
    checkpoint: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Play:
    """Plays all games through the command, each by the tiny model with itself."""

    def run(settings: str) -> Run:
        spec = f"transformers/{checkpoint}(threads=1, {settings})"
        return play_all(spec, tmp_path / "run", monkeypatch, capsys)

    return run


@pytest.mark.parametrize("elicit", ["json", "text"])
@pytest.mark.parametrize("memory", ["chat", "restate"])
def test_all_games_are_played_by_a_model_that_rambles(elicit: str, memory: str, play: Play) -> None:
    run = play(f"elicit={elicit!r}, memory={memory!r}, max_tokens=12, seed=True")
    assert run.problems()
    assert all(call["usage"]["output"] <= 12 for call in run.calls)
    cached = sum(call["usage"]["cached"] for call in run.calls)
    read = sum(call["usage"]["input"] for call in run.calls)
    assert cached > read / 3, "earlier conversations are not reused"


@pytest.mark.parametrize("memory", ["chat", "restate"])
def test_with_logits_no_answer_between_finitely_many_is_invalid(memory: str, play: Play) -> None:
    run = play(f"elicit='logits', memory={memory!r}, max_tokens=40")
    assert not run.problems(*FINITE)
    scored = run.sent("scored")
    assert {run.game[call["match"]] for call in scored} >= set(FINITE)
    for call in scored:
        scores = call["reply"]["scores"]
        assert len(scores) == len(call["request"]["scored"]) >= 2
        assert all(math.isfinite(score) and score < 0 for score in scores)
        assert call["usage"]["output"] == 0
    for match in run.matches:
        for mixed in match.get("strategies", []):
            assert sum(mixed["probabilities"].values()) == pytest.approx(1)
            assert 0 < mixed["mass"] < 1


def test_logged_strategies_are_what_a_full_pass_gives(play: Play, checkpoint: Path) -> None:
    run = play("elicit='logits', memory='restate', max_tokens=4")
    naive = Naive(checkpoint)
    by_match = {match["match"]: match for match in run.matches}
    seen = 0
    for call in run.sent("scored"):
        if run.game[call["match"]] != "rock_paper_scissors":
            continue
        messages = [Message(m["role"], m["content"]) for m in call["request"]["messages"]]
        likelihoods = [math.exp(naive.score(messages, r)) for r in call["request"]["scored"]]
        wanted = sorted(p / sum(likelihoods) for p in likelihoods)
        logged = [
            mixed
            for mixed in by_match[call["match"]]["strategies"]
            if mixed["mass"] == pytest.approx(sum(likelihoods), rel=1e-4)
            and sorted(mixed["probabilities"].values()) == pytest.approx(wanted, abs=1e-4)
        ]
        assert logged
        seen += 1
    assert seen == 4


def test_with_a_grammar_no_answer_is_invalid(play: Play) -> None:
    pytest.importorskip("xgrammar")
    run = play("elicit='choice', max_tokens=600")
    assert not run.problems()
    for call in run.calls:
        assert call["request"]["grammar"].startswith("root ::= ")
        assert call["reply"]["finish"] == "stop"


async def test_moves_are_drawn_from_the_models_probabilities(checkpoint: Path) -> None:
    """Pearson's chi-square at level 0.001 on 2,000 moves, with fixed seeds.

    Every match puts the same question, so that all moves have one distribution, which a full pass
    per answer gives.
    """
    game = rock_paper_scissors(rounds=1)
    sent: list[Mapping[str, Any]] = []

    class Watched(Transformers):
        def body(self, request: Any) -> dict[str, Any]:
            sent.append(super().body(request))
            return dict(sent[-1])

    watched = Watched(model=str(checkpoint), elicit="logits", threads=1)
    async with Transport(Limits(timeout_s=60)) as transport:
        tables = [table(game, watched, watched, seed=seed) for seed in range(1000)]
        records = [
            record
            for first in range(0, 1000, 50)
            for record in await asyncio.gather(
                *(play_async(one, transport) for one in tables[first : first + 50])
            )
        ]
    questions = {tuple((m["role"], m["content"]) for m in one["messages"]) for one in sent}
    assert len(sent) == 2000
    assert len(questions) == 1
    (question,) = questions
    naive = Naive(checkpoint)
    messages = [Message(role, text) for role, text in question]
    likelihoods = {reply: math.exp(naive.score(messages, reply)) for reply in sent[0]["scored"]}
    moves = Counter(action for record in records for action in record.rounds[0].actions)
    assert sum(moves.values()) == 2000
    total = sum(likelihoods.values())
    expected = [2000 * likelihoods[reply] / total for reply in sorted(likelihoods)]
    seen = [moves[reply] for reply in sorted(likelihoods)]
    assert max(expected) > 1.2 * min(expected), "a uniform draw would pass"
    assert stats.chisquare(seen, expected).pvalue > 0.001
    assert stats.chisquare(seen).pvalue < 0.001
