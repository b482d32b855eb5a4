from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from harness import Outcome
from harness.errors import BadRequest, ContextOverflow, PluginError, TimedOut, Transient
from harness.games.catalogue import prisoners_dilemma
from harness.match import MatchRecord, Status
from harness.models import Finish, Reply
from harness.models.transport import Limits, Transport
from harness.play import play, play_async
from harness.record.lines import match_fields
from tests.models.scripted import Scripted
from tests.sketches import Fixed, Haggle, table

ONE = Limits(timeout_s=0.05, attempts=1)
J, F = '{"action": "J"}', '{"action": "F"}'


async def match(model: Scripted, *, rounds: int = 3, **settings: Any) -> MatchRecord:
    """A prisoner's dilemma between this model and somebody who always cooperates."""
    game = prisoners_dilemma(rounds=rounds)
    async with Transport(ONE) as transport:
        return await play_async(table(game, model, Fixed(("cooperate",)), **settings), transport)


def said(model: Scripted, i: int = -1) -> list[tuple[str, str]]:
    """The conversation sent with a call."""
    return [(m["role"], m["content"]) for m in model.sent[i]["messages"]]


async def test_a_models_answers_are_moves() -> None:
    model = Scripted(script=lambda body: F)
    record = await match(model)
    assert [r.actions for r in record.rounds] == [("defect", "cooperate")] * 3
    assert record.payoffs == (15, 0)


async def test_a_chat_holds_rules_once_and_everything_said() -> None:
    model = Scripted(script=lambda body: F)
    await match(model)
    roles = [role for role, _ in said(model)]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user"]
    texts = [text for _, text in said(model)]
    assert sum("You are playing a game with one other player" in text for text in texts) == 1
    assert texts[2] == F
    assert "In round 1 you chose F and the other player chose J" in texts[3]


async def test_restating_sends_one_prompt_per_decision() -> None:
    model = Scripted(script=lambda body: F, memory="restate")
    await match(model)
    assert [role for role, _ in said(model)] == ["system", "user"]
    last = said(model)[-1][1]
    assert last.count("You answered: F") == 2
    assert "In round 2 you chose F and the other player chose J" in last


async def test_an_unreadable_answer_is_asked_again_in_the_models_own_conversation() -> None:
    replies = iter(["I refuse to answer.", F, F])
    model = Scripted(script=lambda body: next(replies))
    record = await match(model, rounds=2)
    assert record.status is Status.OK
    assert [p.outcome for p in record.problems] == [Outcome.UNPARSED]
    conversation = said(model, 1)
    assert conversation[-2] == ("assistant", "I refuse to answer.")
    role, text = conversation[-1]
    assert role == "user"
    assert record.problems[0].reason in text
    assert "Answer again." in text


@pytest.mark.parametrize("then", ["void", "forfeit"])
async def test_a_refusal_in_words_is_never_a_move(then: str) -> None:
    model = Scripted(script=lambda body: "I refuse to answer.")
    record = await match(model, then=then)
    assert record.status == then
    assert record.rounds == []
    assert len(record.problems) == 3


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (Reply(F, Finish.LENGTH), Outcome.TRUNCATED),
        (Reply(F, Finish.REFUSAL), Outcome.REFUSED),
        (Reply(F, Finish.OTHER), Outcome.UNPARSED),
        (Reply(""), Outcome.EMPTY),
        (Reply('{"action": "Q"}'), Outcome.ILLEGAL),
        (Reply("", thinking=F), Outcome.EMPTY),
    ],
)
async def test_what_is_no_answer_has_its_outcome(reply: Reply, outcome: Outcome) -> None:
    record = await match(Scripted(script=lambda body: reply), reask=0)
    assert (record.status, record.problems[0].outcome) == (Status.VOID, outcome)


@pytest.mark.parametrize("then", ["void", "forfeit", "substitute"])
@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Transient("down"), Outcome.PROVIDER_ERROR),
        (BadRequest("no"), Outcome.PROVIDER_ERROR),
        (TimedOut("late"), Outcome.TIMEOUT),
    ],
)
async def test_a_failing_provider_ends_the_match_as_an_error_whatever_the_policy(
    error: Exception, outcome: Outcome, then: str
) -> None:
    model = Scripted(script=lambda body: error)
    record = await match(model, then=then)
    assert (record.status, record.payoffs) == (Status.ERROR, None)
    assert [p.outcome for p in record.problems] == [outcome]
    assert not any(p.substituted for p in record.problems)
    assert len(model.sent) == 1


async def test_a_conversation_that_is_too_long_follows_the_policy_without_asking_again() -> None:
    model = Scripted(script=lambda body: ContextOverflow("too long"))
    record = await match(model, then="forfeit")
    assert (record.status, len(model.sent)) == (Status.FORFEIT, 1)
    assert record.problems[0].outcome is Outcome.CONTEXT_OVERFLOW


async def test_a_match_has_a_deadline() -> None:
    model = Scripted(script=lambda body: 5.0)
    game = prisoners_dilemma(rounds=1)
    async with Transport(Limits(timeout_s=60)) as transport:
        record = await play_async(
            table(game, model, Fixed(("cooperate",))), transport, timeout_s=0.05
        )
    assert (record.status, record.payoffs) == (Status.ERROR, None)
    assert record.reason == "timeout: not over after 0.05 s"


async def test_a_model_without_a_transport_says_what_it_needs() -> None:
    record = await play_async(table(prisoners_dilemma(), Scripted(), Fixed(("cooperate",))))
    assert record.status is Status.ERROR
    assert "Transport" in record.reason


def scores(*p: float) -> Reply:
    return Reply(scores=tuple(math.log(x) if x else -math.inf for x in p), text="")


async def test_logits_draw_moves_and_log_the_mixed_strategy() -> None:
    model = Scripted(script=lambda body: scores(0.3, 0.1), elicit="logits")
    record = await match(model, rounds=400)
    assert model.sent[0]["scored"] == ["J", "F"]
    first = record.strategies[0]
    assert first.probabilities == {
        "cooperate": pytest.approx(0.75),
        "defect": pytest.approx(0.25),
    }
    assert first.mass == pytest.approx(0.4)
    assert len(record.strategies) == 400
    drawn = Counter(r.actions[0] for r in record.rounds)
    # 300 of 400 expected, standard deviation 8.7: four of them on either side.
    assert 265 <= drawn["cooperate"] <= 335
    again = await match(Scripted(script=lambda body: scores(0.3, 0.1), elicit="logits"), rounds=400)
    assert match_fields(again) == match_fields(record)


async def test_the_label_drawn_stands_in_the_conversation() -> None:
    model = Scripted(script=lambda body: scores(0, 1), elicit="logits")
    await match(model, rounds=2)
    assert ("assistant", "F") in said(model)


@pytest.mark.parametrize(
    "reply", [Reply("J"), scores(0.5), scores(0, 0), Reply(scores=(math.nan, -1.0))]
)
async def test_scores_that_cannot_be_are_no_strategy(reply: Reply) -> None:
    record = await match(Scripted(script=lambda body: reply, elicit="logits"))
    assert (record.status, record.strategies) == (Status.ERROR, [])


async def test_choice_sends_a_grammar_and_still_reads_what_comes() -> None:
    replies = iter(["F", "I choose F", "F"])
    model = Scripted(script=lambda body: next(replies), elicit="choice")
    record = await match(model, rounds=2)
    assert '"J"' in model.sent[0]["grammar"]
    assert [p.outcome for p in record.problems] == [Outcome.UNPARSED]
    assert record.status is Status.OK


async def test_decisions_without_finitely_many_answers_are_asked_for_in_json() -> None:
    def script(body: Mapping[str, Any]) -> str:
        if "Say something" in body["messages"][-1]["content"]:
            return json.dumps({"action": {"propose": {"apples": 2}}})
        return json.dumps({"action": {"apples": 1}})

    for mode in ("choice", "logits"):
        model = Scripted(script=script, elicit=mode)
        async with Transport(ONE) as transport:
            record = await play_async(table(Haggle(), model, model), transport)
        assert (record.status, record.problems) == (Status.OK, [])
        assert record.info["agreement"] is True


async def test_a_seed_is_sent_and_is_another_one_at_every_call() -> None:
    sent = []
    for _ in range(2):
        model = Scripted(script=lambda body: F, seed=True)
        await match(model)
        sent.append([body["seed"] for body in model.sent])
    assert sent[0] == sent[1]
    assert len(set(sent[0])) == 3
    assert all(0 <= seed < 2**31 for seed in sent[0])


async def test_text_asks_for_a_last_line() -> None:
    model = Scripted(script=lambda body: "I think so.\nAnswer: F", elicit="text")
    record = await match(model)
    assert record.payoffs == (15, 0)
    assert model.sent[0]["schema"] is None


async def test_a_model_cannot_answer_at_once() -> None:
    with pytest.raises(PluginError, match="cannot answer at once"):
        play(table(prisoners_dilemma(), Scripted(), Fixed(("cooperate",))))
