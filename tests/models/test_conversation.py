from __future__ import annotations

from harness.models.conversation import Chat, Restate
from harness.models.request import Message


def test_a_chat_only_ever_grows() -> None:
    chat = Chat("Be fair.")
    chat.open("The rules.", "")
    first, kept = chat.ask("J or F?")
    assert kept == 0
    assert first == (Message("system", "Be fair."), Message("user", "The rules.\n\nJ or F?"))
    chat.hear("J")
    chat.close("J or F?", "J")
    chat.open("", "The other chose F.")
    second, kept = chat.ask("J or F?")
    assert second[: len(first)] == first
    assert second[len(first) :] == (
        Message("assistant", "J"),
        Message("user", "The other chose F.\n\nJ or F?"),
    )
    assert kept == len(first)


def test_news_that_comes_with_several_questions_is_told_once() -> None:
    chat = Chat("")
    chat.open("The rules.", "News.")
    chat.ask("What do you expect?")
    chat.hear("F")
    messages, _ = chat.ask("J or F?")
    assert [m.text for m in messages] == [
        "The rules.\n\nNews.\n\nWhat do you expect?",
        "F",
        "J or F?",
    ]


def test_an_empty_reply_leaves_no_empty_turn() -> None:
    for conversation in (Chat(""), Restate("")):
        conversation.open("", "")
        conversation.ask("J or F?")
        conversation.hear(" \n")
        messages, _ = conversation.ask("Again.")
        assert all(m.text.strip() for m in messages)


def test_restating_tells_the_whole_course_in_one_prompt() -> None:
    story = Restate("Be fair.")
    story.open("The rules.", "")
    story.ask("Round 1: J or F? In JSON.")
    story.hear('{"action": "J"}')
    story.close("Round 1: J or F?", "J")
    story.open("", "The other chose F.")
    messages, kept = story.ask("Round 2: J or F? In JSON.")
    assert kept == 0
    assert messages == (
        Message("system", "Be fair."),
        Message(
            "user",
            "The rules.\n\nRound 1: J or F?\n\nYou answered: J\n\nThe other chose F.\n\n"
            "Round 2: J or F? In JSON.",
        ),
    )


def test_what_was_wrong_is_said_in_the_same_conversation_and_then_forgotten() -> None:
    story = Restate("")
    story.open("The rules.", "")
    story.ask("J or F?")
    story.hear("Maybe.")
    again, kept = story.ask("That was no answer.")
    assert [m.role for m in again] == ["user", "assistant", "user"]
    assert kept == 1
    story.hear("J")
    story.close("J or F?", "J")
    story.open("", "")
    later, _ = story.ask("F or J?")
    assert "Maybe" not in later[-1].text
    assert "no answer" not in later[-1].text
