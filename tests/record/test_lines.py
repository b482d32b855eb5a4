from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.play import play
from harness.record.lines import encode, match_fields
from tests.sketches import Coin, Fixed, Haggle, Pennies, table

JSON_DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON_DATA, max_size=4))
def test_any_json_data_comes_back_from_one_ascii_line(fields: dict[str, Any]) -> None:
    line = encode(fields)
    assert line.isascii()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line) == fields


@pytest.mark.parametrize("text", ["\ud800", "\u2028\u0085\r\n", "é\x00\x1b[31m", "null"])
def test_hostile_text_survives(text: str) -> None:
    line = encode({"text": text})
    assert line.isascii()
    assert json.loads(line) == {"text": text}


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_not_finite_is_refused_and_never_null(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"info": {"x": [number]}})


def test_a_number_beyond_64_bits_is_written_whole() -> None:
    assert json.loads(encode({"seed": 2**90})) == {"seed": 2**90}


def test_a_line_tells_who_played_what_and_was_paid() -> None:
    match = table(Pennies(rounds=2), Fixed(("H", "T")), Fixed(("H",)), seed=3, repeat=1)
    fields = json.loads(encode(match_fields(play(match))))
    assert fields == {
        "match": match.id,
        "block": match.block,
        "table": match.table,
        "game": "pennies",
        "agents": ["fixed", "fixed"],
        "seed": 3,
        "repeat": 1,
        "status": "ok",
        "payoffs": [0, 0],
        "rounds": 2,
        "actions": [["H", "T"], ["H", "H"]],
        "round_payoffs": [[1, -1], [-1, 1]],
    }


def test_a_void_match_has_null_payoffs_and_says_why_and_by_whom() -> None:
    fields = json.loads(encode(match_fields(play(table(Pennies(), Fixed(), Fixed(("Q",)))))))
    assert fields["payoffs"] is None
    assert (fields["status"], fields["player"]) == ("void", 1)
    assert fields["reason"] == "illegal: 'Q' is not legal"
    (problem,) = fields["problems"]
    assert (problem["round"], problem["outcome"], problem["substituted"]) == (0, "illegal", False)


def test_a_games_own_measures_and_words_are_in_the_line() -> None:
    match = table(
        Haggle(), Fixed(({"say": "Hi."}, {"apples": 2})), Fixed(({"propose": {"apples": 1}},))
    )
    fields = json.loads(encode(match_fields(play(match))))
    assert fields["info"]["agreement"] is True
    assert fields["turns"][0] == [0, {"say": "Hi."}]


def test_the_same_match_gives_the_same_bytes() -> None:
    def line() -> bytes:
        return encode(match_fields(play(table(Pennies(rounds=30), Coin(), Coin(), seed=9))))

    assert line() == line()
