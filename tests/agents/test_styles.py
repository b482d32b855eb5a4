from __future__ import annotations

from typing import Any

import pytest

from harness import UsageError, registry
from harness.agents.styles import Direct, KLevel, Persona, PredictFirst, Reason
from harness.games.catalogue import prisoners_dilemma
from harness.models import Style
from harness.models.transport import Transport
from harness.play import play_async
from tests.models.scripted import Scripted
from tests.sketches import Fixed, table

F = '{"action": "F"}'


async def sent(*styles: Style, reply: str = F, **settings: Any) -> list[list[tuple[str, str]]]:
    """The conversations sent in two rounds by a model in these styles."""
    model = Scripted(script=lambda body: reply, **settings)
    styled = model
    for style in styles:
        styled = styled.with_style(style)
    async with Transport() as transport:
        match = table(prisoners_dilemma(rounds=2), styled, Fixed(("cooperate",)), reask=0)
        await play_async(match, transport)
    return [[(m["role"], m["content"]) for m in body["messages"]] for body in model.sent]


async def test_direct_asks_as_without_a_style() -> None:
    assert await sent(Direct()) == await sent()


async def test_reasoning_in_json_is_a_field_before_the_action() -> None:
    reply = '{"reasoning": "It pays.", "action": "F"}'
    conversations = await sent(Reason(), reply=reply)
    assert len(conversations) == 2
    assert '"reasoning"' in conversations[0][-1][1]


async def test_reasoning_in_text_comes_before_the_last_line() -> None:
    conversations = await sent(Reason(), reply="Hm.\nAnswer: F", elicit="text")
    assert "reason step by step" in conversations[0][-1][1]


async def test_reasoning_before_a_constrained_answer_is_a_turn_of_its_own() -> None:
    conversations = await sent(Reason(), reply="F", elicit="choice")
    assert len(conversations) == 4
    assert "Do not answer it yet" in conversations[0][-1][1]
    assert conversations[1][-2] == ("assistant", "F")


async def test_a_forecast_is_asked_for_first_and_stays_in_the_conversation() -> None:
    conversations = await sent(PredictFirst())
    assert len(conversations) == 4
    assert "what do you expect the other players to do next" in conversations[0][-1][1]
    assert "You are playing a game" in conversations[0][-1][1]
    assert conversations[1][: len(conversations[0])] == conversations[0]
    assert "Which option do you choose" in conversations[1][-1][1]


async def test_k_level_tells_how_deep_to_reason() -> None:
    conversations = await sent(KLevel(2))
    assert "Decide as a player of level 2." in conversations[0][-1][1]
    assert "of level 1" in conversations[0][-1][1]


async def test_a_persona_stands_first_in_the_system_prompt() -> None:
    conversations = await sent(Persona("You are a banker."), system="Play well.")
    assert conversations[0][0] == ("system", "You are a banker.\n\nPlay well.")


async def test_styles_are_put_on_from_left_to_right() -> None:
    conversations = await sent(Persona("You are a banker."), Persona("You are old."), system="")
    assert conversations[0][0] == ("system", "You are old.\n\nYou are a banker.")


def test_styles_are_written_after_the_model_and_are_part_of_its_identity() -> None:
    plain = registry.build("agent", "mock/random")
    styled = registry.build("agent", "mock/random+reason+k_level(k=2)")
    assert styled.spec == "mock/random+reason+k_level(k=2)"
    assert [s.name for s in styled.what.styles] == ["reason", "k_level"]
    assert styled.key != plain.key
    assert plain.what.styles == ()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tit_for_tat+reason", "tit_for_tat is no model"),
        ("mock/random+reson", "there is no style 'reson'; did you mean reason"),
        ("mock/random+k_level(k=0)", "it must be from 1 to 10"),
        ("mock/random+persona(text='')", "it must be a text"),
        ("mock/random+persona", "needs a value for 'text'"),
    ],
)
def test_a_style_that_cannot_be_is_refused(spec: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        registry.build("agent", spec)
