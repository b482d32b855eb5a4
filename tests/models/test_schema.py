"""The schema that providers enforce, against the reader that has the last word."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import Choice, Distribution, Form, Integer, OneOf, Outcome, Real, Space, Text
from harness.models.read import labelled, read_json
from harness.models.schema import action_schema, form, legal, reply_schema, shape
from tests.models.spaces import DILEMMA, SPACES

KINDS: dict[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}
KEYWORDS = {
    "string": {"type", "enum", "maxLength"},
    "integer": {"type", "minimum", "maximum"},
    "number": {"type", "minimum", "maximum"},
    "object": {"type", "properties", "required", "additionalProperties"},
}
"""All that may stand in a schema: what every provider in mind takes."""


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a JSON value obeys a schema; one that says anything unforeseen is an error."""
    if "anyOf" in schema:
        assert schema.keys() == {"anyOf"}
        return any(fits(value, option) for option in schema["anyOf"])
    kind = schema["type"]
    assert schema.keys() <= KEYWORDS[kind]
    if kind == "object":
        parts = schema["properties"]
        assert schema["required"] == list(parts)
        assert schema["additionalProperties"] is False
        return (
            isinstance(value, dict)
            and value.keys() == parts.keys()
            and all(fits(value[name], part) for name, part in parts.items())
        )
    if not isinstance(value, KINDS[kind]) or isinstance(value, bool):
        return False
    if isinstance(value, str):
        listed = "enum" not in schema or value in schema["enum"]
        return listed and len(value) <= schema.get("maxLength", len(value))
    return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))


def mutated(value: Any, rng: Random) -> Any:
    """A value with something about it changed, somewhere in it."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        name = rng.choice(list(value))
        return rng.choice(
            [
                {**value, name: mutated(value[name], rng)},
                {key: part for key, part in value.items() if key != name},
                {**value, "more": 1},
                {("x" if key == name else key): part for key, part in value.items()},
            ]
        )
    other: list[Any] = [
        None,
        True,
        "",
        "J",
        "F",
        "Q",
        "cooperate",
        "x" * 300,
        0,
        1,
        -1,
        0.5,
        1e9,
        [],
        {},
        [value],
    ]
    if isinstance(value, int | float):
        other += [value + 1, value - 1, -value, value + 0.25, str(value)]
    return rng.choice(other)


@given(st.sampled_from(sorted(SPACES)), st.integers(0, 2**32), st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_legal_action_fits_the_schema(name: str, seed: int, reasoning: bool) -> None:
    space = SPACES[name]
    told = labelled(space, space.sample(Random(seed)))
    reply = {"action": told} | ({"reasoning": "so"} if reasoning else {})
    assert fits(reply, reply_schema(space, reasoning))
    assert not fits(reply, reply_schema(space, not reasoning))


@given(st.sampled_from(sorted(SPACES)), st.integers(0, 2**32), st.integers(1, 3))
@settings(max_examples=600, deadline=None)
def test_whatever_fits_the_schema_is_read_but_for_sums_of_probabilities(
    name: str, seed: int, n_changes: int
) -> None:
    space, rng = SPACES[name], Random(seed)
    value = labelled(space, space.sample(rng))
    for _ in range(n_changes):
        value = mutated(value, rng)
    answer = read_json(json.dumps({"action": value}), space)
    if fits({"action": value}, reply_schema(space)):
        if name == "forecast" and abs(sum(value.values()) - 1) > 0.01:
            assert answer.outcome is Outcome.ILLEGAL
        else:
            assert answer.outcome is Outcome.OK
    elif answer.outcome is Outcome.OK:  # only other spellings of what fits
        again = labelled(space, answer.action)
        assert fits({"action": again}, reply_schema(space))
        assert again != value


def test_the_schema_names_labels_in_the_order_shown() -> None:
    space = Choice(("a", "b", "c"), labels=("X", "Y", "Z"), order=(2, 0, 1))
    assert reply_schema(space)["properties"]["action"]["enum"] == ["Z", "X", "Y"]
    chances = reply_schema(Distribution(space))["properties"]["action"]
    assert list(chances["properties"]) == ["Z", "X", "Y"]


def test_reasoning_comes_before_the_action() -> None:
    schema = reply_schema(DILEMMA, reasoning=True)
    assert list(schema["properties"]) == schema["required"] == ["reasoning", "action"]
    assert schema["properties"]["reasoning"] == {"type": "string"}


def test_probabilities_lie_between_0_and_1() -> None:
    schema = reply_schema(SPACES["forecast"])
    for chance in (-0.01, 1.01, 70, "0.5", None):
        assert not fits({"action": {"J": chance, "F": 0.5}}, schema)


def test_a_turn_of_one_kind_is_no_alternative() -> None:
    assert reply_schema(SPACES["close"])["properties"]["action"]["type"] == "object"
    assert "anyOf" in reply_schema(SPACES["turn"])["properties"]["action"]


def test_bounds_that_are_none_are_left_out() -> None:
    space = Real(0, float("inf"))
    assert reply_schema(space)["properties"]["action"] == {"type": "number", "minimum": 0}


def test_texts_are_limited_unless_the_provider_cannot() -> None:
    assert reply_schema(Text(9))["properties"]["action"] == {"type": "string", "maxLength": 9}


def test_no_schema_is_invented_for_a_space_of_an_unknown_kind() -> None:
    class Odd:
        def canonical(self, action: Any) -> Any:
            return action

        def sample(self, rng: Any) -> Any:
            return None

    with pytest.raises(TypeError, match="no JSON Schema is known"):
        reply_schema(Odd())


PROPOSAL = (
    '{"propose": {"book": <a whole number from 0 to 3>, "hat": <a whole number from 0 to 1>,'
    ' "ball": <a whole number from 0 to 2>}}'
)

FIRST_TWO = '"80": <a probability from 0 to 1>, "85": <a probability from 0 to 1>'
CHANCE = "an object with a probability from 0 to 1 for"
TOGETHER = "which together make 1 (or differ from it by at most 0.01)"
LETTER = '{"to": "player 1" or "player 3", "text": <a text of at most 60 characters>}'
SAY = '{"say": <a text of at most 200 characters>}'


@pytest.mark.parametrize(
    ("space", "shown"),
    [
        (DILEMMA, '{"action": "J"} or {"action": "F"}'),
        (Integer(0, 100), '{"action": <a whole number from 0 to 100>}'),
        (Real(0.5, 8), '{"action": <a number from 0.5 to 8>}'),
        (Choice(tuple(range(2, 101))), '{"action": "<a whole number from 2 to 100>"}'),
        (Text(1), '{"action": <a text of at most 1 character>}'),
        (SPACES["close"], f'{{"action": {PROPOSAL}}}'),
        (SPACES["turn"], f'{{"action": {SAY}}} or {{"action": {PROPOSAL}}}'),
        (SPACES["letter"], f'{{"action": {LETTER}}}'),
        (
            SPACES["forecast"],
            '{"action": {"J": <a probability from 0 to 1>, "F": <a probability from 0 to 1>}}',
        ),
        (
            Distribution(Choice(tuple(range(80, 201, 5)))),
            f'{{"action": {{{FIRST_TWO}, …, "200": <a probability from 0 to 1>}}}}',
        ),
        (Form({}), '{"action": {}}'),
    ],
)
def test_the_shape_of_a_reply_is_shown_as_people_read_it(space: Space, shown: str) -> None:
    assert form(space) == shown


def test_an_action_alone_has_its_part_of_the_shape() -> None:
    assert shape(DILEMMA) == '"J" or "F"'
    assert shape(SPACES["act"]) == (
        '{"donate": <a number from 0 to 8.25>}, {"punish": <a number from 0 to 8.25>} or'
        ' {"refuse": "yes"}'
    )


@pytest.mark.parametrize(
    ("space", "words"),
    [
        (DILEMMA, "J or F"),
        (Choice(tuple(range(80, 201, 5))), "a whole number from 80 to 200 in steps of 5"),
        (SPACES["letter"], 'an object with exactly the keys "to" and "text"'),
        (SPACES["close"], 'an object with the key "propose" and no other'),
        (SPACES["act"], 'an object with exactly one of the keys "donate", "punish" or "refuse"'),
        (
            Distribution(Choice(tuple(range(20)))),
            f"{CHANCE} each whole number from 0 to 19, {TOGETHER}",
        ),
        (SPACES["forecast"], f"{CHANCE} each of J, F, {TOGETHER}"),
        (Choice(tuple("abcdefghijklmn")), "a, b, c, d, e, f, g, h, i, j, k, l, m or n"),
        (Choice(tuple("٠١٢٣٤٥٦٧٨٩") + tuple("०१२")), "٠, ١, ٢, ٣, ٤, ٥, ٦, ٧, ٨, ٩, ०, १ or २"),
        (Choice((*range(12), 99)), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 or 99"),
        (OneOf({"say": Text(3)}), 'an object with the key "say" and no other'),
    ],
)
def test_what_an_action_must_be_is_said_in_few_words(space: Space, words: str) -> None:
    assert legal(space) == words


def test_a_program_is_told_the_actions_as_they_are_recorded() -> None:
    odd = Choice((1, 2), labels=("J", "F"), order=(1, 0))
    space = OneOf({"to": odd, "say": Text(9), "both": Form({"p": Distribution(odd)})})
    chance = {"type": "number", "minimum": 0, "maximum": 1}

    def only(name: str, part: dict[str, Any]) -> dict[str, Any]:
        told = {"type": "object", "properties": {name: part}, "required": [name]}
        return told | {"additionalProperties": False}

    mixed = only("1", chance)
    mixed["properties"]["2"] = chance
    mixed["required"].append("2")
    assert action_schema(space) == {
        "anyOf": [
            only("to", {"enum": [1, 2]}),
            only("say", {"type": "string", "maxLength": 9}),
            only("both", only("p", mixed)),
        ]
    }
