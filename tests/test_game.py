"""Spaces, and the values that a game is made of."""

from __future__ import annotations

import json
import math
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import (
    Bot,
    Choice,
    Decision,
    Form,
    Game,
    Integer,
    OneOf,
    Play,
    Real,
    Round,
    Space,
    Text,
    Words,
    one_of,
)
from harness.game import plain
from harness.match import Entry, Match, Status
from harness.play import play

few = settings(max_examples=60, deadline=None)

finite = st.floats(-1e6, 1e6)
choices = st.lists(
    st.one_of(st.text(max_size=8), st.integers(-99, 99)), min_size=1, max_size=6, unique=True
).map(lambda actions: Choice(tuple(actions)))
leaves: st.SearchStrategy[Space] = st.one_of(
    choices,
    st.tuples(st.integers(-99, 99), st.integers(0, 99)).map(lambda p: Integer(p[0], sum(p))),
    st.tuples(finite, st.floats(0, 1e6)).map(lambda p: Real(p[0], sum(p))),
    st.integers(0, 20).map(Text),
)


def _nested(parts: st.SearchStrategy[Space]) -> st.SearchStrategy[Space]:
    named = st.dictionaries(st.text(max_size=5), parts, min_size=1, max_size=3)
    return st.one_of(named.map(Form), named.map(OneOf))


spaces = st.recursive(leaves, _nested, max_leaves=5)

COIN = Choice(("a", "b"))
FORM = Form({"bid": Integer(2, 5), "words": Text(3)})
TURN = OneOf({"say": Text(5), "offer": Integer(1, 9)})


@few
@given(spaces, st.integers(0, 2**32))
def test_a_sample_is_legal_and_already_in_its_recorded_form(space: Space, seed: int) -> None:
    action = space.sample(Random(seed))
    assert space.canonical(action) == action


@few
@given(spaces, st.integers(0, 2**32))
def test_a_sample_comes_back_from_json_as_the_same_legal_action(space: Space, seed: int) -> None:
    action = space.sample(Random(seed))
    again = json.loads(json.dumps(action, allow_nan=False))
    assert space.canonical(again) == action


@few
@given(spaces)
def test_equal_seeds_sample_equal_actions(space: Space) -> None:
    assert space.sample(Random(7)) == space.sample(Random(7))


@few
@given(spaces)
def test_a_space_says_its_actions_in_words(space: Space) -> None:
    assert isinstance(str(space), str)


@few
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_an_integer_space_takes_exactly_the_whole_numbers_within(action: Any) -> None:
    legal = type(action) is int and -3 <= action <= 3
    assert Integer(-3, 3).canonical(action) == (action if legal else None)


@few
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()))
def test_a_real_space_takes_exactly_the_finite_numbers_within(action: Any) -> None:
    legal = type(action) in (int, float) and -1.5 <= action <= 1.5
    assert Real(-1.5, 1.5).canonical(action) == (action if legal else None)


@few
@given(st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary()))
def test_a_text_space_takes_exactly_the_texts_that_are_short_enough(action: Any) -> None:
    legal = isinstance(action, str) and len(action) <= 3
    assert Text(3).canonical(action) == (action if legal else None)


@pytest.mark.parametrize("space", [Integer(0, 1), Real(0, 1)])
@pytest.mark.parametrize("action", [True, False])
def test_a_truth_value_is_no_number(space: Space, action: bool) -> None:
    assert space.canonical(action) is None


@pytest.mark.parametrize("action", [1.0, "1", "one", None, [1], 10**400, -(10**400), math.nan])
def test_an_integer_space_refuses_what_is_like_a_number(action: Any) -> None:
    assert Integer(0, 9).canonical(action) is None


@pytest.mark.parametrize("action", ["0.5", math.nan, math.inf, -math.inf, 10**400, 1j, [0.5], None])
def test_a_real_space_refuses_what_is_no_finite_number(action: Any) -> None:
    assert Real(0, 1).canonical(action) is None


def test_a_real_space_without_an_upper_bound_refuses_what_no_float_holds() -> None:
    assert Real(0, math.inf).canonical(10**400) is None


@pytest.mark.parametrize("bound", [2, 7])
def test_the_bounds_themselves_are_legal(bound: int) -> None:
    assert Integer(2, 7).canonical(bound) == bound
    assert Real(2, 7).canonical(bound) == bound


def test_a_real_action_is_recorded_as_a_float() -> None:
    recorded = Real(0, 2).canonical(1)
    assert type(recorded) is float
    assert recorded == 1.0


def test_an_integer_space_samples_all_its_numbers_alike() -> None:
    rng = Random(0)
    counts = Counter(Integer(1, 4).sample(rng) for _ in range(4000))
    assert set(counts) == {1, 2, 3, 4}
    assert all(abs(n - 1000) < 5 * math.sqrt(750) for n in counts.values())


def test_a_choice_samples_all_its_actions_alike() -> None:
    rng = Random(0)
    counts = Counter(Choice(("a", "b", "c")).sample(rng) for _ in range(3000))
    assert set(counts) == {"a", "b", "c"}
    assert all(abs(n - 1000) < 5 * math.sqrt(667) for n in counts.values())


@pytest.mark.parametrize("action", ["A", "a ", "", "b", 0, None, 1.5, ("a",)])
def test_a_choice_refuses_all_but_its_actions(action: Any) -> None:
    assert Choice(("a", "c")).canonical(action) is None


@pytest.mark.parametrize("alike", [True, 1.0, "1"])
def test_a_choice_among_numbers_takes_nothing_that_is_merely_equal(alike: Any) -> None:
    space = Choice((1, 2))
    assert space.canonical(1) == 1
    assert space.canonical(alike) is None


def test_a_choice_does_not_take_a_label_for_an_action() -> None:
    assert Choice(("cooperate", "defect"), labels=("J", "F")).canonical("J") is None


def test_a_choice_shows_its_labels_in_its_order() -> None:
    choice = Choice(("a", "b", "c"), labels=("X", "Y", "Z"), order=(2, 0, 1))
    assert choice.shown == ("Z", "X", "Y")
    assert str(choice) == "Z, X or Y"


def test_an_order_does_not_change_which_label_an_action_has() -> None:
    choice = Choice(("a", "b", "c"), labels=("X", "Y", "Z"), order=(2, 0, 1))
    assert [choice.label(a) for a in choice.actions] == ["X", "Y", "Z"]


def test_a_choice_without_labels_goes_by_its_actions() -> None:
    assert Choice((80, 85)).shown == ("80", "85")


def test_a_choice_survives_pickling() -> None:
    choice = Choice(("a", 2), labels=("X", "Y"), order=(1, 0))
    again = pickle.loads(pickle.dumps(choice))  # noqa: S301 - our own bytes
    assert again == choice
    assert again.canonical("a") == "a"
    assert again.canonical("X") is None


@pytest.mark.parametrize("space", [Integer(1, 2), Real(0, 1), Text(3), FORM, TURN])
def test_every_space_survives_pickling(space: Space) -> None:
    assert pickle.loads(pickle.dumps(space)) == space  # noqa: S301 - our own bytes


def test_choices_of_the_same_actions_are_equal_and_hash_alike() -> None:
    assert Choice(("a", "b")) == Choice(("a", "b"))
    assert hash(Choice(("a", "b"))) == hash(Choice(("a", "b")))


@pytest.mark.parametrize(
    "action",
    [
        {"bid": 2},
        {"bid": 2, "words": "", "more": 1},
        {"bid": 1, "words": ""},
        {"bid": 2, "words": "long"},
        {"bid": True, "words": ""},
        [2, ""],
        "bid",
        None,
        {},
    ],
)
def test_a_form_refuses_what_is_not_all_its_fields(action: Any) -> None:
    assert FORM.canonical(action) is None


def test_a_form_is_recorded_in_its_own_order() -> None:
    recorded = FORM.canonical({"words": "hi", "bid": 3})
    assert recorded is not None
    assert list(recorded.items()) == [("bid", 3), ("words", "hi")]


def test_a_form_leaves_the_given_dictionary_alone() -> None:
    given_action = {"share": 1}
    recorded = Form({"share": Real(0, 1)}).canonical(given_action)
    assert recorded == {"share": 1.0}
    assert recorded is not given_action
    assert type(given_action["share"]) is int


@pytest.mark.parametrize(
    "action", [{}, {"say": "hi", "offer": 1}, {"shout": "hi"}, {"offer": 0}, "say", ["say"], None]
)
def test_a_turn_refuses_what_is_not_one_legal_kind(action: Any) -> None:
    assert TURN.canonical(action) is None


def test_a_turn_is_recorded_with_its_content_canonical() -> None:
    assert OneOf({"share": Real(0, 1)}).canonical({"share": 1}) == {"share": 1.0}
    assert TURN.canonical({"say": ""}) == {"say": ""}


def test_a_turn_samples_every_kind() -> None:
    rng = Random(0)
    assert {next(iter(TURN.sample(rng))) for _ in range(50)} == {"say", "offer"}


def test_spaces_in_words_complete_the_sentence_answer_with() -> None:
    assert str(Integer(2, 5)) == "a whole number from 2 to 5"
    assert str(Real(0.5, 1)) == "a number from 0.5 to 1"
    assert str(Text(80)) == "a text of at most 80 characters"
    assert str(FORM) == "bid: a whole number from 2 to 5, words: a text of at most 3 characters"
    assert str(TURN) == (
        "say (a text of at most 5 characters) or offer (a whole number from 1 to 9)"
    )


@pytest.mark.parametrize(
    ("words", "said"), [(["J"], "J"), (["J", "F"], "J or F"), (["J", "F", "Q"], "J, F or Q")]
)
def test_words_join_as_a_choice(words: list[str], said: str) -> None:
    assert one_of(words) == said


def test_plain_turns_tuples_and_mappings_into_json_data() -> None:
    assert plain({1: (2, [3, ("a",)])}) == {"1": [2, [3, ["a"]]]}


def test_words_leave_out_what_is_empty() -> None:
    assert str(Words("", "What now?")) == "What now?"
    assert str(Words("News.", "What now?")) == "News.\n\nWhat now?"


@dataclass(frozen=True)
class Once(Game):
    """One player, asked once."""

    name = "once"
    n_players = 1
    space: Space = COIN

    @property
    def parameters(self) -> dict[str, Any]:
        return {"space": str(self.space)}

    def play(self, rng: Random) -> Play:
        action = yield Decision(0, self.space, {})
        yield Round((action,), (1,))
        return None

    def rules(self, decision: Decision) -> str:
        return "Answer."

    def describe(self, decision: Decision) -> Words:
        return Words("", "What now?")


@dataclass
class Says(Bot):
    """Answers with whatever a function makes."""

    make: Callable[[], Any]
    name = "says"

    @property
    def parameters(self) -> dict[str, Any]:
        return {}

    def act(self, decision: Decision) -> Any:
        return self.make()


@pytest.mark.parametrize("space", [Choice(("a", "b")), Choice((1, 2)), FORM, TURN, Real(0, 1)])
@pytest.mark.parametrize(
    "make",
    [
        list,
        dict,
        set,
        object,
        lambda: None,
        lambda: {"say": []},
        lambda: math.nan,
        lambda: math.inf,
        lambda: 10**400,
        lambda: "x" * 10**6,
        lambda: ["a"],
    ],
)
def test_an_answer_that_is_no_action_voids_the_match_and_is_noted(
    space: Space, make: Callable[[], Any]
) -> None:
    record = play(Match(Entry("once", Once(space)), (Entry("says", Says(make)),)))
    assert record.status is Status.VOID
    assert [problem.outcome for problem in record.problems] == ["illegal"]
    assert len(record.problems[0].reason) < 200


def test_an_answer_of_unhashable_content_in_a_form_voids_the_match() -> None:
    space = Form({"pick": Choice(("a", "b"))})
    record = play(Match(Entry("once", Once(space)), (Entry("says", Says(lambda: {"pick": []})),)))
    assert record.status is Status.VOID


def test_an_answer_too_large_to_be_written_out_voids_the_match() -> None:
    record = play(Match(Entry("once", Once()), (Entry("says", Says(lambda: 10**5000)),)))
    assert record.status is Status.VOID
