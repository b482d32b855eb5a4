"""What a person types is read: words as they are, all else without a guess."""

from __future__ import annotations

import pytest

from harness import Action, Form, Integer, OneOf, Outcome, Space, Text
from harness.agents.human import asked_for, read

SAY = OneOf({"say": Text(20)})
NOTE = Form({"note": Text(20)})
EITHER = OneOf({"say": Text(20), "propose": Form({"hats": Integer(0, 2)})})


@pytest.mark.parametrize(
    ("line", "space", "action"),
    [
        ("hello you", SAY, {"say": "hello you"}),
        ("", SAY, {"say": ""}),
        ("", NOTE, {"note": ""}),
        ("hello", NOTE, {"note": "hello"}),
        ("hello", EITHER, {"say": "hello"}),
        ('{"say": "hello"}', SAY, {"say": "hello"}),
        ('{"propose": {"hats": 1}}', EITHER, {"propose": {"hats": 1}}),
        ("", Text(20), ""),
    ],
)
def test_words_are_typed_plainly(line: str, space: Space, action: Action) -> None:
    answer = read(line, space).within(space)
    assert (answer.outcome, answer.action) == (Outcome.OK, action)


@pytest.mark.parametrize(
    ("line", "space"),
    [
        ("", EITHER),
        ('{"propose": {"hats": 9}}', EITHER),
        ('{"propose": ', EITHER),
        ("a text that is too long for it", SAY),
        ("hello", Form({"to": Integer(0, 2), "text": Text(20)})),
        ("hello", OneOf({"say": Text(20), "whisper": Text(20)})),
    ],
)
def test_nothing_is_guessed(line: str, space: Space) -> None:
    assert read(line, space).within(space).outcome is not Outcome.OK


def test_one_is_told_what_may_be_typed() -> None:
    assert asked_for(SAY) == "Type a text of at most 20 characters, or nothing."
    assert asked_for(EITHER).startswith('Type what you say, or JSON: {"propose": ')
