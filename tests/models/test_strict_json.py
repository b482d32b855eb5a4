"""JSON of which nothing is guessed, lost or rounded."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.models.strict_json import MAX_DIGITS, NOT_FINITE, NotJSON, Repeated, decode, within

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text()),
    lambda parts: st.one_of(st.lists(parts), st.dictionaries(st.text(), parts)),
)


@given(values)
def test_what_json_can_say_is_decoded(value: Any) -> None:
    text = json.dumps(value)
    assert decode(text) == (value, len(text))
    assert decode(f"x{text}, ", 1)[0] == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=20, min_value=-1, max_value=1))
def test_numbers_are_exact(number: Decimal) -> None:
    assert decode(f"{number:f}")[0] == number


@pytest.mark.parametrize(
    "text", ["NaN", "-Infinity", "1e999", "1e-99999999999999999999", "9" * (MAX_DIGITS + 1)]
)
def test_what_is_no_finite_number_is_marked(text: str) -> None:
    assert decode(text) == (NOT_FINITE, len(text))
    assert repr(NOT_FINITE) == "NOT_FINITE"
    assert decode(f"0.{'9' * MAX_DIGITS}")[0] is NOT_FINITE


def test_a_repeated_key_is_kept() -> None:
    value, _ = decode('{"a": 1, "b": [{"c": 2}], "a": {"d": 3}}')
    assert value == Repeated([("a", 1), ("b", [{"c": 2}]), ("a", {"d": 3})])
    assert sorted(key for key, _ in within(value)) == ["a", "a", "b", "c", "d"]
    assert decode('{"a": {"a": 1}}')[0] == {"a": {"a": 1}}


@pytest.mark.parametrize("text", ["", " 1", "{", "[1,]", '{"a" 1}', "'a'", '"a', "nul", "+1"])
def test_what_is_no_json_is_an_error(text: str) -> None:
    with pytest.raises(NotJSON):
        decode(text)


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_what_is_nested_without_end_is_an_error(opening: str) -> None:
    with pytest.raises(RecursionError):
        decode(opening * 100_000)
