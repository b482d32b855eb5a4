from __future__ import annotations

from typing import Any

import pytest

from harness.match import Entry
from harness.models import Message, Reply, Request
from harness.models.prices import Prices
from harness.models.read import MAX_CHARS
from harness.models.schema import reply_schema
from harness.runner.figures import Figures, Range
from harness.runner.reckoning import WORDS, Reckoner
from harness.runner.stand_in import StandIn
from harness.space import Choice, Space
from tests.models.scripted import Scripted
from tests.runner.forecasts import model

COIN = Choice(("H", "T"))
PRICE = {"scripted/tiny": {"input": 4, "output": 20, "cached": 1}}
SAID = '{"action":"H"}'  # 14 characters: 4, 5 or 7 tokens, and as a part of what is read 3, 4 or 5


class Unenforced(Scripted):
    enforces_schema = False


def reckoner(asked: Scripted | None = None, *, asks_again: bool = False) -> Reckoner:
    agent = Entry("scripted/tiny", asked or model())
    return Reckoner(StandIn(agent), Prices(PRICE), asks_again=asks_again)


def request(*texts: str, space: Space | None = COIN, kept: int = 0, **more: Any) -> Request:
    roles = ("user", "assistant")
    messages = tuple(Message(roles[i % 2], text) for i, text in enumerate(texts))  # type: ignore[arg-type]
    schema = None if space is None else reply_schema(space, more.pop("reasoning", False))
    return Request(messages, kept, schema, **more)


def take(by: Reckoner, *texts: str, said: str = SAID, **more: Any) -> Figures:
    return by.take(request(*texts, **more), Reply(said))


ONE = Range(12 + 3, 15 + 4, 20 + 5)
"""Tokens of a message of 60 characters."""

TWO = Range(27 + 9, 34 + 12, 45 + 15)
"""Tokens of two such messages and the answer between them, as far as it is text."""


def test_characters_are_tokens_by_fives_fours_and_threes_and_messages_take_some_too() -> None:
    took = take(reckoner(), "x" * 60)
    assert took.calls == Range(1, 1, 1)
    assert took.input_tokens == ONE


def test_a_bare_answer_is_written_and_at_worst_all_that_it_may_be() -> None:
    assert take(reckoner(model(max_tokens=500)), "x").output_tokens == Range(4, 5, 500)


def test_all_of_a_conversation_is_read_again_with_each_call() -> None:
    assert take(reckoner(), "x" * 60, SAID, "y" * 60).input_tokens == TWO


def test_what_was_sent_before_costs_what_the_cache_does_at_the_low_end_alone() -> None:
    took = take(reckoner(model(max_tokens=9)), "x" * 60, SAID, "y" * 60, kept=1)
    assert took.usd is not None
    assert took.usd.low == pytest.approx((15 * 1 + (36 - 15) * 4 + 4 * 20) / 1e6)
    assert took.usd.likely == pytest.approx((46 * 4 + 5 * 20) / 1e6)


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({"elicit": "text"}, {}),
        ({}, {"space": None}),
        ({}, {"reasoning": True}),
        ({"elicit": "choice"}, {"reasoning": True}),
    ],
)
def test_words_before_an_answer_are_written_and_read_again(
    settings: dict[str, Any], more: dict[str, Any]
) -> None:
    by = reckoner(model(max_tokens=1000, **settings))
    assert take(by, "x" * 60, **more).output_tokens == Range(4, 5 + WORDS, 1000)
    again = take(by, "x" * 60, SAID, "x" * 60)
    assert again.input_tokens == TWO + Range(4 - 3, 5 + WORDS - 4, 1000 - 5)


@pytest.mark.parametrize("settings", [{}, {"elicit": "choice"}])
def test_an_answer_whose_form_is_enforced_stays_bare_in_the_conversation(
    settings: dict[str, Any],
) -> None:
    by = reckoner(model(**settings))
    take(by, "x" * 60)
    assert take(by, "x" * 60, SAID, "x" * 60).input_tokens == TWO + Range(4 - 3, 5 - 4, 7 - 5)


def test_an_answer_whose_form_is_not_enforced_may_be_read_again_at_full_length() -> None:
    by = reckoner(Unenforced(max_tokens=100))
    take(by, "x" * 60)
    assert take(by, "x" * 60, SAID, "x" * 60).input_tokens == TWO + Range(4 - 3, 5 - 4, 100 - 5)


def test_no_more_of_a_reply_is_read_again_than_a_conversation_keeps() -> None:
    by = reckoner(Unenforced(max_tokens=1_000_000))
    take(by, "x" * 60)
    kept = take(by, "x" * 60, SAID, "x" * 60).input_tokens.high
    assert kept == pytest.approx(MAX_CHARS / 3 + 60 - 5, abs=1)


def test_a_prompt_without_earlier_replies_is_no_longer_for_them() -> None:
    by = reckoner(model(elicit="text"))
    for _ in range(5):
        assert take(by, "x" * 60).input_tokens == ONE


@pytest.mark.parametrize(
    ("thinking", "more"), [(None, 0), ("none", 0), (0, 0), (50, 50), ("high", WORDS)]
)
def test_thinking_that_is_set_is_written_and_not_read_again(
    thinking: int | str | None, more: int
) -> None:
    by = reckoner(model(thinking=thinking))
    assert take(by, "x" * 60).output_tokens.likely == 5 + more
    assert take(by, "x" * 60, SAID, "x" * 60).input_tokens.likely == TWO.likely + 5 - 4


def test_no_reply_is_longer_than_it_may_be() -> None:
    by = reckoner(model(elicit="text", max_tokens=50, thinking=5000))
    assert take(by, "x").output_tokens == Range(4, 50, 50)
    assert take(by, "x", max_tokens=16).output_tokens == Range(4, 16, 16)


def test_scores_are_read_once_and_at_worst_once_more_for_each_answer() -> None:
    took = take(reckoner(model(elicit="logits")), "x" * 60, space=None, said="", scored=("H", "T"))
    assert took.input_tokens == Range(15, 19, 3 * 25)
    assert took.output_tokens == Range(0, 0, 3)


def test_at_worst_one_answer_in_ten_is_asked_for_again_and_asides_are_not() -> None:
    by = reckoner(model(max_tokens=50), asks_again=True)
    took = take(by, "x" * 60)
    assert tuple(took.calls) == pytest.approx((1, 1, 1.1))
    assert tuple(took.input_tokens) == pytest.approx((15, 19, 27.5))
    assert tuple(took.output_tokens) == pytest.approx((4, 5, 55))
    assert took.usd is not None
    assert took.usd.high == pytest.approx((27.5 * 4 + 55 * 20) / 1e6)
    assert take(by, "x" * 60, space=None).calls == Range(1, 1, 1)
