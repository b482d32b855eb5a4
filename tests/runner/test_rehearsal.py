from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness import registry
from harness.agents.styles import Persona, PredictFirst, Reason
from harness.config import RunPlan
from harness.match import Entry, Match, Status
from harness.models import Model, Reply, Request
from harness.models.prices import Prices
from harness.play import play_async
from harness.runner.rehearsal import Rehearsed, Table, _in_turn, rehearse, rehearse_all
from harness.runner.stand_in import Cast, StandIn
from tests.runner.forecasts import FIVE, model, planned, resolved
from tests.sketches import Haggle
from tests.sketches import Model as OtherReader

HOW: list[dict[str, Any]] = [
    {"elicit": "json"},
    {"elicit": "text", "memory": "restate"},
    {"elicit": "choice", "system": "Win."},
    {"elicit": "logits", "memory": "restate", "seed": True},
]


def cast_of(plan: RunPlan) -> Cast:
    return Cast([a for a in plan.agents if isinstance(a.what, Model)], plan.readers)


def rehearsed(plan: RunPlan, match: int = 0) -> Rehearsed:
    return asyncio.run(rehearse(plan.matches[match], cast_of(plan), Prices()))


class Overheard:
    """What passes between players and whoever replies to them."""

    def __init__(self, replies: dict[tuple[int, int], Reply] | None = None) -> None:
        self.requests: dict[tuple[int, int], Request] = {}
        self.replies = replies or {}

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Reply]] | None:
        async def call(number: int, model: Model, request: Request) -> Reply:
            self.requests[player, number] = request
            return self.replies[player, number]

        return call


@pytest.mark.parametrize("game", FIVE)
@pytest.mark.parametrize("how", HOW, ids=lambda how: "-".join(map(str, how.values())))
def test_the_conversation_is_the_one_that_would_be_sent(
    game: str, how: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    styled = model(**how).with_style(Persona("You are kind.")).with_style(PredictFirst())
    played = registry.build("game", game)
    agent = Entry("asked", styled.with_style(Reason()))
    match = Match(played, (agent,) * played.what.n_seats)
    there = Overheard()
    reply = StandIn.reply

    async def overhear(self: StandIn, of: str, player: int, number: int, request: Request) -> Reply:
        there.requests[player, number] = request
        there.replies[player, number] = await reply(self, of, player, number, request)
        return there.replies[player, number]

    monkeypatch.setattr(StandIn, "reply", overhear)
    took = asyncio.run(rehearse(match, Cast([agent], {agent.key}), Prices())).took
    sent = Overheard(there.replies)
    record = asyncio.run(play_async(match, sent))
    assert (record.status, record.problems) == (Status.OK, [])
    assert took["asked"].calls.likely == len(sent.requests) > 0
    assert {at: (r.messages, r.kept, r.scored) for at, r in sent.requests.items()} == {
        at: (r.messages, r.kept, r.scored) for at, r in there.requests.items()
    }


def test_a_match_keeps_its_identity_and_its_streams_of_chance() -> None:
    plan = planned(model(), OtherReader(lambda _: None), game=Haggle())  # type: ignore[arg-type, return-value]
    readers = frozenset(agent.key for agent in plan.agents)
    for match in plan.matches:
        rehearsal = Cast([plan.agents[0]], readers).of(match)
        assert rehearsal.id == match.id
        assert rehearsal.stream("game") == match.stream("game")


def test_a_scripted_model_replies_as_it_will_in_the_run() -> None:
    (agent,) = resolved(FIVE[0], agents="mock/random", schedule=("self_play",)).agents
    asked = Request((("user", "J or F?"),), seed=7)  # type: ignore[arg-type]
    own = asyncio.run(agent.what.connect().send(agent.what.body(asked)))
    assert asyncio.run(StandIn(agent).reply("m", 0, 1, asked)) == own


def test_a_scripted_model_neither_fails_nor_takes_time() -> None:
    slow = "mock/flaky(latency_s=60,error=0.5,stall=0.5,status=500,seed=False)"
    (took,) = rehearsed(resolved(FIVE[0], agents=f"{slow} tit_for_tat")).took.values()
    assert took.calls.likely == 3


def test_who_is_no_model_is_not_asked_either() -> None:
    heard: list[tuple[str, str, str]] = []
    other = OtherReader(lambda _: pytest.fail("a rehearsal asked a reader"), heard)
    plan = planned(model(), other)
    cast = Cast([plan.agents[0]], {agent.key for agent in plan.agents})
    took = asyncio.run(rehearse(plan.matches[0], cast, Prices())).took
    assert took["scripted-0"].calls.likely == 3
    assert not heard


def test_calls_at_the_same_time_are_one_step() -> None:
    assert rehearsed(planned(model(), model(model="other"))).steps == 3
    aside = model().with_style(PredictFirst())
    assert rehearsed(planned(aside, model(model="other"))).steps == 6


def test_calls_by_turns_are_steps_of_their_own() -> None:
    plan = planned(model(), model(model="other"), game=Haggle())
    took = rehearsed(plan)
    assert took.steps == sum(figures.calls.likely for figures in took.took.values()) > 1


def test_a_match_that_ends_early_counts_as_far_as_it_came() -> None:
    took = rehearsed(resolved(FIVE[0], agents="mock/refuser tit_for_tat", reask=1)).took
    assert took["mock/refuser"].calls.likely == 2


def tables(plan: RunPlan) -> list[Table]:
    """A table for each seating, of models alone."""
    groups: dict[Any, list[Match]] = {}
    for match in plan.matches:
        groups.setdefault((match.game, match.seats), []).append(match)
    return [Table(game, seats, matches) for (game, seats), matches in groups.items()]


def rehearse_until(plan: RunPlan, until: float) -> list[Table]:
    told = tables(plan)
    asyncio.run(rehearse_all(told, cast_of(plan), Prices(), until))
    return told


def test_a_match_of_each_game_is_rehearsed_when_there_is_no_time() -> None:
    plan = resolved(*FIVE[:3], agents="mock/random mock/biased mock/talker", repeats=4)
    told = rehearse_until(plan, until=0.0)
    games = [table.game.spec for table in told for _ in table.rehearsed]
    assert sorted(games) == sorted(game.spec for game in plan.games)


def test_with_time_every_table_is_rehearsed_until_it_is_known() -> None:
    plan = resolved(*FIVE, agents="mock/random mock/talker", schedule=("society",), repeats=60)
    for table in rehearse_until(plan, until=float("inf")):
        n = len(table.rehearsed)
        assert table.known
        assert n == 3 if table.game.spec == FIVE[0] else 3 <= n <= 60


def test_a_table_is_not_known_by_fewer_rehearsals_than_it_takes() -> None:
    plan = resolved(FIVE[4], agents="mock/random", schedule=("self_play",), repeats=400)
    (table,) = rehearse_until(plan, until=float("inf"))
    lengths = [took.took["mock/random"].input_tokens.likely for took in table.rehearsed]
    assert len(set(lengths)) > 10
    assert 30 < len(lengths) < 400


def test_every_model_has_its_turn_before_any_table_of_known_ones() -> None:
    plan = resolved(FIVE[0], agents=" ".join(f"mock/random(max_tokens={i})" for i in range(30, 42)))
    told = tables(plan)
    order = _in_turn(told)
    assert {agent for table in order[:12] for agent in table.models} == set(plan.agents)
    assert set(order) == set(told)
    assert len(order) == len(told)


def test_games_have_their_turns_one_after_another() -> None:
    plan = resolved(*FIVE[:2], agents="mock/random mock/talker random")
    games = [table.game.spec for table in _in_turn(tables(plan))]
    assert games == [FIVE[0], FIVE[1]] * 6
