"""Inputs that have fooled readers elsewhere, and what is told to the one who answered."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from harness import Answer, Choice, Distribution, Form, Integer, OneOf, Outcome, Real, Space, Text
from harness.models import read
from harness.models.read import (
    MAX_CHARS,
    labelled,
    options,
    read_bare,
    read_json,
    read_line,
    spoken,
)
from harness.models.strict_json import decode
from tests.models.spaces import DILEMMA, SPACES

GUESS = Integer(0, 100)
READERS: list[Callable[..., Answer]] = [read_json, read_line, read_bare]


def outcome(answer: Answer) -> tuple[str, Any]:
    return answer.outcome.value, answer.action


@pytest.mark.parametrize("text", [None, "", " \n\t", "\ufeff", "\u200b\n\u00a0", "\u2003\u2028"])
@pytest.mark.parametrize("reader", READERS)
def test_nothing_but_blanks_is_empty(reader: Callable[..., Answer], text: str | None) -> None:
    assert reader(text, DILEMMA) == Answer(
        outcome=Outcome.EMPTY, text=text or "", reason="Your reply is empty."
    )


def test_an_empty_message_is_said_in_json_or_after_the_marker() -> None:
    assert read_json('{"action": ""}', Text(9)).action == ""
    assert read_line("Answer: ", Text(9)).action == ""
    assert read_bare("", Text(9)).outcome is Outcome.EMPTY


@pytest.mark.parametrize("digits", ["１２", "٣", "1_0", "१०", "⑩", "𝟏𝟎", "²", "Ⅹ", "十"])
def test_digits_of_other_scripts_are_no_numbers(digits: str) -> None:
    choice = Choice(tuple(range(101)))
    for space in (GUESS, Real(0, 100), choice):
        for reader, text in (
            (read_bare, digits),
            (read_line, f"Answer: {digits}"),
            (read_json, json.dumps({"action": digits})),
        ):
            assert reader(text, space).action is None


@pytest.mark.parametrize("text", ["\u200bJ", "J\u00a0", "\u2060J\ufeff", "\u00adJ", "Ｊ", "j"])
def test_what_is_invisible_and_compatible_forms_do_not_matter(text: str) -> None:
    assert read_json(json.dumps({"action": text}), DILEMMA).action == "cooperate"
    assert read_line(f"Answer: {text}", DILEMMA).action == "cooperate"
    assert read_bare(text, DILEMMA).action == "cooperate"


def test_letters_that_look_alike_are_other_letters() -> None:
    latin = Choice(("cooperate", "defect"), labels=("C", "D"))
    for cyrillic in ("С", "Ⅽ".lower() + "\u0301"):
        assert read_bare(cyrillic, latin).action is None
        assert read_json(json.dumps({"action": cyrillic}), latin).action is None


def test_capitals_count_only_where_labels_differ_by_nothing_else() -> None:
    both = Choice((1, 2), labels=("a", "A"))
    assert [read_bare(text, both).action for text in ("a", "A", "ａ", "Ａ")] == [1, 2, 1, 2]
    wide = Choice((1, 2, 3), labels=("a", "A", "ａ"))
    assert [read_bare(text, wide).action for text in ("a", "A", "ａ", "Ａ")] == [1, 2, 3, None]


def test_labels_that_are_the_same_name_nothing() -> None:
    assert read_bare("J", Choice((1, 2, 3), labels=("J", "J", "F"))).action is None
    assert read_bare("F", Choice((1, 2, 3), labels=("J", "J", "F"))).action == 3


def test_a_label_may_look_like_a_wrapped_one() -> None:
    odd = Choice((1, 2, 3, 4), labels=("J", "*J*", "J.", '"J"'))
    assert [read_line(f"Answer: {x}", odd).action for x in odd.labels] == [1, 2, 3, 4]
    assert read_line("Answer: **J.**", odd).action == 3


def test_actions_that_are_false_in_python_are_actions() -> None:
    zero = Choice((0, 1), labels=("0", "1"))
    assert read_json('{"action": "0"}', zero).action == 0
    assert read_json('{"action": 0}', zero).action == 0
    assert read_bare("０", zero).action is None
    assert read_bare("⓪", Choice((0, 1), labels=("⓪", "①"))).action == 0
    assert outcome(read_bare("0", GUESS)) == ("ok", 0)
    assert read_json('{"action": false}', zero).outcome is Outcome.UNPARSED


@pytest.mark.parametrize(
    "number", ["1e999", "-1e999", "NaN", "Infinity", "-Infinity", "1e-99999999"]
)
def test_what_is_no_finite_number_is_refused(number: str) -> None:
    for space in (GUESS, Real(0, 1), Real(-math.inf, math.inf)):
        answer = read_json(f'{{"action": {number}}}', space)
        if number == "1e-99999999" and isinstance(space, Real):  # as good as 0
            assert outcome(answer) == ("ok", 0.0)
        else:
            assert answer.action is None
        assert read_bare(number, space).outcome is Outcome.UNPARSED


def test_numbers_of_thousands_of_digits_are_refused_at_once() -> None:
    digits = "9" * 5000
    for space in (GUESS, Real(0, 100), Choice((1, 2))):
        assert read_json(f'{{"action": {digits}}}', space).outcome is Outcome.UNPARSED
        assert read_json(f'{{"action": "{digits}"}}', space).action is None
        assert read_line(f"Answer: {digits}", space).action is None
        assert read_bare(digits, space).action is None
    assert read_bare("9" * 401, GUESS).outcome is Outcome.UNPARSED
    assert read_bare("9" * 400, Real(0, math.inf)).outcome is Outcome.ILLEGAL


def test_a_whole_number_is_never_rounded_to_one() -> None:
    big = Integer(0, 10**20)
    assert read_json('{"action": 12345678901234567.0}', big).action == 12345678901234567
    assert read_json('{"action": 1e16}', big).action == 10**16
    assert read_json('{"action": 9.9999999999999999999}', big).outcome is Outcome.ILLEGAL
    assert read_bare("12345678901234567.00", big).action == 12345678901234567


def test_no_number_is_minus_nought() -> None:
    for reader, text in ((read_bare, "-0"), (read_bare, "-0.0"), (read_json, '{"action": -0.0}')):
        action: Any = reader(text, Real(-1, 1)).action
        assert (action, math.copysign(1, action)) == (0, 1)


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"action":', '{"action": [['])
def test_deep_nesting_is_unparsed(opening: str) -> None:
    text = opening * (60_000 // len(opening))
    for reader in READERS:
        assert reader(text, DILEMMA).outcome is Outcome.UNPARSED
        assert reader(text, SPACES["turn"]).outcome is Outcome.UNPARSED
    if "{" in opening:  # brackets alone are words
        assert read_json(f'{text}\n{{"action": "J"}}', DILEMMA).action is None


@pytest.mark.parametrize("opening", ['{"action": ', '{"a": 0, "a": '])
def test_objects_nested_as_deeply_as_can_be_are_compared_without_failing(opening: str) -> None:
    for depth in range(100, 1000, 50):
        deep = f'{{"action": {opening * depth}1{"}" * depth}}}'
        assert read_json(f"{deep}\n{deep}", GUESS).outcome is Outcome.UNPARSED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"action": "J", "action": "F"}', Outcome.AMBIGUOUS),
        ('{"action": "J", "action": "J"}', Outcome.UNPARSED),
        ('{"action": "J", "why": 1, "why": 2}', Outcome.UNPARSED),
        ('{"action": {"J": 1, "J": 2}}', Outcome.UNPARSED),
    ],
)
def test_a_key_named_twice_is_never_overlooked(text: str, expected: Outcome) -> None:
    assert read_json(text, DILEMMA).outcome is expected
    assert read_json(f"So:\n{text}", DILEMMA).outcome is expected
    assert read_json(f"```\n{text}\n```", DILEMMA).outcome is expected


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    for text in ('{"action": "\\ud83d"}', '{"action": "\ud83d"}'):
        answer = read_json(text, Text(9))
        assert answer.outcome is Outcome.UNPARSED
        assert "surrogate" in answer.reason
    assert read_line("Answer: \udc00", Text(9)).outcome is Outcome.UNPARSED
    assert read_json('{"action": "\\ud83e\\udd1d"}', Text(1)).action == "🤝"


def test_control_characters_may_stand_in_strings() -> None:
    assert read_json('{"action": "a\nb\tc\u2028"}', Text(9)).action == "a\nb\tc\u2028"


@pytest.mark.parametrize("reader", READERS)
def test_a_reply_beyond_the_limit_is_not_looked_at(
    reader: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = " " * (MAX_CHARS - 200)
    for name in ("_in_object", "_after_marker", "from_text"):
        monkeypatch.setattr(read, name, None)  # calling it would be an error
    text = fits + "Answer: J" * 100
    answer = reader(text, DILEMMA)
    assert (answer.outcome, answer.text) == (Outcome.UNPARSED, text)
    assert "too long" in answer.reason


def test_a_reply_at_the_limit_is_read() -> None:
    tail = '\n{"action": "J"}'
    assert read_json("x" * (MAX_CHARS - len(tail)) + tail, DILEMMA).action == "cooperate"
    tail = "\nAnswer: J"
    assert read_line("x" * (MAX_CHARS - len(tail)) + tail, DILEMMA).action == "cooperate"


@pytest.mark.parametrize(
    "text", ['{"', '{ "a', '{"action": "J" or ', "{'action'", '{"action": {"action": [1, ']
)
def test_what_only_begins_like_json_is_tried_a_fixed_number_of_times(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def counted(text: str, start: int = 0) -> tuple[Any, int]:
        tries.append(start)
        return decode(text, start)

    monkeypatch.setattr(read, "decode", counted)
    for n_chars in (10_000, 60_000):
        tries.clear()
        reply = text * (n_chars // len(text)) + '\n{"action": "J"}'
        assert read_json(reply, DILEMMA).action is None or len(tries) < 3
        assert len(tries) <= read.MAX_FALSE_STARTS + 2


def test_every_object_in_a_reply_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[tuple[int, int]] = []

    def counted(text: str, start: int = 0) -> tuple[Any, int]:
        value, end = decode(text, start)
        ends.append((start, end))
        return value, end

    monkeypatch.setattr(read, "decode", counted)
    assert read_json('{"action": {"n": 1}}\n' * 1000, SPACES["turn"]).action is None
    _, *each = ends  # the first looks whether there is only one
    assert len(each) == 1000
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(each))


@pytest.mark.parametrize(
    "text",
    [
        "*" * 60_000,
        "**Answer" * 7000,
        "Answer:" + "*" * 60_000,
        "Answer: J\n" * 6000,
        " " * 60_000 + "x",
        "{ " * 30_000,
        '{"action": "' + "\\" * 60_000,
        "J" * 60_000,
        "Ｊ" * 60_000,
        "- " * 30_000,
        "1" * 60_000 + "x",
        "1." * 30_000,
    ],
)
def test_texts_that_stall_patterns_are_read_or_refused(text: str) -> None:
    for space in (*SPACES.values(), DILEMMA):
        for reader in READERS:
            assert reader(text, space).outcome in (
                Outcome.OK,
                Outcome.UNPARSED,
                Outcome.AMBIGUOUS,
                Outcome.ILLEGAL,
            )


def test_reasons_say_what_the_answer_must_be() -> None:
    assert read_json('{"action": "Q"}', DILEMMA).reason == '"action" must be J or F.'
    assert (
        read_json('{"action": 7}', DILEMMA).reason == '"action" cannot be read; it must be J or F.'
    )
    assert read_json("J", DILEMMA).reason == (
        'Your reply must be one JSON object of the form {"action": "J"} or {"action": "F"}.'
    )
    assert read_bare("J or F", DILEMMA).reason == (
        "Your answer names more than one option; it must be J or F."
    )
    assert read_line("J", DILEMMA).reason == (
        'Your reply must end with a line "Answer: …"; in place of the dots, J or F.'
    )
    too_many = read_json(
        '{"action": {"propose": {"book": 9, "hat": 0, "ball": 0}}}', SPACES["turn"]
    )
    assert too_many.reason == '"book" in "propose" in "action" must be a whole number from 0 to 3.'
    assert read_bare("101", Choice(tuple(range(2, 101)))).reason == (
        "Your answer must be a whole number from 2 to 100."
    )


def test_a_space_of_an_unknown_kind_is_an_error_of_the_program() -> None:
    class Odd:
        def canonical(self, action: Any) -> Any:
            return action

        def sample(self, rng: Any) -> Any:
            return None

    with pytest.raises(TypeError, match="no reading is known"):
        read_json('{"action": 1}', Odd())


def test_options_are_listed_in_the_order_shown() -> None:
    shown = Choice(("a", "b", "c"), labels=("X", "Y", "Z"), order=(2, 0, 1))
    assert options(shown) == [("Z", "c"), ("X", "a"), ("Y", "b")]
    assert options(Integer(-1, 1)) == [("-1", -1), ("0", 0), ("1", 1)]
    assert len(options(Integer(0, 1000)) or ()) == 1001
    none: list[Space] = [Integer(0, 1001), Real(0, 1), Text(3), Form({}), OneOf({"say": Text(3)})]
    assert [options(space) for space in (*none, Distribution(DILEMMA))] == [None] * 6
    assert options(Choice(("a", "b", "c")), limit=2) is None


def test_actions_are_spoken_in_the_readers_words() -> None:
    assert spoken(DILEMMA, "defect") == "F"
    assert spoken(Integer(-9, 9), -9) == "-9"
    assert [spoken(Real(0, 1e30), x) for x in (5.0, 0.125, 1e-7, 1e22)] == [
        "5",
        "0.125",
        "0.0000001",
        "1" + "0" * 22,
    ]
    assert spoken(Text(9), "é\n") == "é\n"
    assert spoken(SPACES["letter"], {"to": 2, "text": "é"}) == '{"to": "player 3", "text": "é"}'
    many = Distribution(Choice(tuple(range(2000))))
    even = {str(n): 1 / 2000 for n in range(2000)}
    assert labelled(many, even) == even
