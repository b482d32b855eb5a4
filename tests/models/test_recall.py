from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from harness import Choice, Decision, Form, Integer, OneOf, Real, Seat, Space, Text, Words, registry
from harness.models import Model, Reply
from harness.models.player import ModelPlayer
from harness.models.request import Request
from tests.models.scripted import Scripted

COIN = Choice(("c", "d"), labels=("J", "F"))
SHARE = Form({"apples": Integer(0, 3)})
STYLES = {name: registry.load("style", name) for name in ("reason", "predict_first", "k_level")}


async def told(model: Model, *past: tuple[Space, Any], reply: str = "F") -> Request:
    """What a model is sent at the decision after a past that it is told."""
    sent: list[Request] = []

    async def call(number: int, model: Model, request: Request) -> Reply:
        sent.append(request)
        return Reply(reply)

    player = ModelPlayer(model, Seat(0, 2, "game", {}, lambda *names: 7, call=call))
    for i, (space, action) in enumerate(past):
        rules = "" if i else "The rules."
        player.recall(Decision(0, space, {}), Words(f"News {i}.", f"Question {i}?"), rules, action)
    await player.answer(Decision(0, COIN, {}), Words("News.", "Question?"), "", "")
    return sent[-1]


def answers(request: Request) -> list[str]:
    return [text for role, text in request.messages if role == "assistant"]


@pytest.mark.parametrize(
    ("elicit", "expected"),
    [
        ("json", ['{"action": "F"}', '{"action": 2}', '{"action": {"say": "Hé"}}']),
        ("text", ["Answer: F", "Answer: 2", 'Answer: {"say": "Hé"}']),
        ("choice", ["F", "2", '{"action": {"say": "Hé"}}']),
        ("logits", ["F", "2", '{"action": {"say": "Hé"}}']),
    ],
)
async def test_a_past_is_told_as_if_the_model_had_answered_in_the_form_asked_for(
    elicit: Any, expected: Sequence[str]
) -> None:
    turn = OneOf({"say": Text(20), "propose": SHARE})
    past: list[tuple[Space, Any]] = [(COIN, "d"), (Integer(0, 5), 2), (turn, {"say": "Hé"})]
    request = await told(Scripted(elicit=elicit), *past)
    assert answers(request) == expected
    roles = [role for role, _ in request.messages]
    assert roles == ["system", *["user", "assistant"] * 3, "user"]
    assert request.messages[1].text.startswith("The rules.\n\nNews 0.\n\nQuestion 0?\n\n")
    assert request.messages[3].text.startswith("News 1.\n\nQuestion 1?\n\n")


async def test_a_past_that_is_told_reads_as_one_that_was_played() -> None:
    told_to = await told(Scripted(), (COIN, "c"), (COIN, "d"))
    said = iter(['{"action": "J"}', '{"action": "F"}', '{"action": "J"}'])
    sent: list[Request] = []

    async def call(number: int, model: Model, request: Request) -> Reply:
        sent.append(request)
        return Reply(next(said))

    player = ModelPlayer(Scripted(), Seat(0, 2, "game", {}, lambda *names: 7, call=call))
    for i, which in enumerate((" 0", " 1", "")):
        words = Words(f"News{which}.", f"Question{which}?")
        await player.answer(Decision(0, COIN, {}), words, "" if i else "The rules.", "")
    assert sent[-1].messages == told_to.messages


async def test_a_model_that_restates_is_told_what_it_answered() -> None:
    request = await told(Scripted(memory="restate"), (COIN, "d"), (Real(0, 1), 0.25))
    assert [role for role, _ in request.messages] == ["system", "user"]
    story = request.messages[1].text
    assert "Question 0?\n\nYou answered: F\n\nNews 1.\n\nQuestion 1?\n\nYou answered: 0.25" in story


@pytest.mark.parametrize("elicit", ["json", "text"])
async def test_reasoning_that_nobody_did_is_not_made_up(elicit: Any) -> None:
    model = Scripted(elicit=elicit).with_style(STYLES["reason"]())
    (said,) = answers(await told(model, (COIN, "d")))
    assert said == "Answer: F" or json.loads(said) == {"reasoning": "", "action": "F"}


async def test_styles_that_ask_first_ask_nothing_of_the_past() -> None:
    model = Scripted().with_style(STYLES["predict_first"]()).with_style(STYLES["k_level"](k=2))
    request = await told(model, (COIN, "d"))
    past, forecast, now = (text for role, text in request.messages if role == "user")
    assert past.startswith("The rules.\n\nNews 0.\n\nQuestion 0?")
    assert "what do you expect" not in past
    assert "what do you expect" in forecast
    for question in (past, now):
        assert "Decide as a player of level 2." in question


async def test_a_text_that_no_reply_could_be_is_told_as_it_is() -> None:
    request = await told(Scripted(elicit="text"), (Text(99), "Hi.\nAnswer: F"), (Text(99), ""))
    assert answers(request) == ["Hi.\nAnswer: F", "Answer: "]


async def test_the_same_model_in_another_seat_is_told_nothing_of_this_one() -> None:
    model = replace(Scripted(), memory="chat")
    await told(model, (COIN, "d"))
    assert answers(await told(model)) == []
