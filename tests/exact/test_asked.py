from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness import UsageError, registry
from harness.config import RunConfig, resolve
from harness.errors import RecordError
from harness.exact.asked import Asked, asked_of, read_policy
from harness.match import Entry, Match
from harness.models import Model, Reply, Request
from harness.play import play_async
from tests.exact.games import walked

GAME = "prisoners_dilemma(rounds=3)"
SCORES = (-1.0, -2.0)


class Listening:
    """Carries calls: keeps what is sent, and scores whatever is to be scored."""

    def __init__(self) -> None:
        self.sent: list[tuple[Any, int]] = []

    def for_player(self, match: str, player: int, agent: Entry) -> Callable[..., Awaitable[Reply]]:
        async def call(number: int, model: Model, request: Request) -> Reply:
            self.sent.append((model.body(request)["messages"], request.kept))
            return Reply(scores=SCORES[: len(request.scored)])

        return call


def model(settings: str = "elicit='logits'") -> Entry:
    return registry.build("agent", f"mock/random({settings})")


@pytest.mark.parametrize("memory", ["chat", "restate"])
@pytest.mark.parametrize("player", [0, 1])
async def test_a_model_is_sent_at_a_history_what_a_match_sends_it_there(
    memory: str, player: int
) -> None:
    agent, game = model(f"elicit='logits', memory={memory!r}"), registry.build("game", GAME)
    other = registry.build("agent", "replay(actions=['defect', 'cooperate', 'defect'])")
    heard = Listening()
    seats = (agent, other) if player == 0 else (other, agent)
    record = await play_async(Match(game, seats), heard)
    history = tuple(r.actions for r in record.rounds)
    assert len(heard.sent) == 3
    for n_rounds, (messages, _) in enumerate(heard.sent):
        alone = Listening()
        match = Asked(game, (agent, agent), player=player, history=history[:n_rounds])
        asked = await play_async(match, alone)
        assert alone.sent == [(messages, 0)]  # nothing of it was sent before
        assert [mixed.player for mixed in asked.strategies] == [player]


def test_each_information_state_is_a_match_of_its_own() -> None:
    plan = resolve(
        RunConfig(
            games=(GAME,), agents=("mock/random(elicit='logits')", "tit_for_tat"), histories=99
        )
    )
    assert len({match.id for match in plan.matches}) == len(plan.matches) == 42
    assert plan.waiting == plan.matches


def test_a_strategy_is_read_from_the_log_whatever_the_order_of_its_actions() -> None:
    found, agent = walked(GAME), model()
    logged = {
        asked.id: {
            "status": "ok",
            "strategies": [{"probabilities": {"defect": 0.25, "cooperate": 0.75}}],
        }
        for asked in asked_of(found, agent)
    }
    policy = read_policy(found, agent, 0, logged)
    assert len(policy) == 21
    for state, chances in policy.items():
        assert dict(zip(found.actions[state], chances, strict=True))["defect"] == 0.25


def test_where_a_call_failed_there_is_no_policy_and_the_reason_is_told() -> None:
    found, agent = walked(GAME), model()
    logged = {
        asked.id: {"status": "error", "reason": "timeout: not over after 1 s"}
        for asked in asked_of(found, agent)
    }
    with pytest.raises(RecordError, match=r"as player 1 after \[\]: timeout.*--retry-errors"):
        read_policy(found, agent, 1, logged)


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ("mock/random", "elicit='logits'"),
        ("mock/random(elicit='logits')+reason", "says something of its own"),
        ("mock/random(elicit='logits')+predict_first", "says something of its own"),
    ],
)
def test_models_whose_strategy_cannot_be_read_are_refused(spec: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        list(asked_of(walked(GAME), registry.build("agent", spec)))
