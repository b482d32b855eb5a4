"""Repeated games in normal form: the words."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import Game, registry
from harness.games.catalogue import matrix, prisoners_dilemma
from harness.games.matrix import MatrixGame
from harness.games.matrix_words import number
from harness.games.rps import rock_paper_scissors
from tests.games.told import few, transcript


@few
@given(st.lists(st.integers(-999, 999), min_size=8, max_size=8, unique=True))
def test_every_payoff_is_told_to_both_players(payoffs: list[int]) -> None:
    a, b, c, d = zip(payoffs[::2], payoffs[1::2], strict=True)
    game = matrix(payoffs=[[a, b], [c, d]], rounds=2)
    for asked in transcript(game)[0][:2]:
        told = {int(n) for n in re.findall(r"receives? (-?\d+)", asked.rules)}
        assert told == set(payoffs)


@few
@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_a_number_in_words_is_the_number(value: float) -> None:
    assert float(number(value)) == pytest.approx(value, rel=1e-9)


def test_stakes_are_told_in_the_payoffs() -> None:
    asked, _ = transcript(prisoners_dilemma(stakes=2.5))
    assert {"7.5", "0", "12.5", "2.5"} == set(re.findall(r"receives? ([\d.]*\d)", asked[0].rules))


def test_exactly_one_is_told_in_the_singular() -> None:
    rules = transcript(matrix(payoffs=[[1, -1], [1.5, 0]]))[0][0].rules
    assert "1 point " in rules
    assert "-1 points" in rules
    assert "1.5 points" in rules
    assert "0 points" in rules


@pytest.mark.parametrize(
    ("given_settings", "words"),
    [
        ({"noise": 0.05}, "with probability 0.05"),
        ({"discount": 0.9}, "multiplied by 0.9"),
        ({"currency": "coins"}, "you receive 3 coins"),
        ({"currency": "coins"}, "you receive 1 coin "),
        ({"story": "firms"}, "You manage a firm"),
        ({"story": "Once upon a time."}, "Once upon a time."),
        ({"goal": "Gather all you can."}, "Gather all you can."),
        ({"feedback": "payoffs"}, "not what the other player chose"),
        ({"feedback": "none"}, "not told"),
        ({"rounds": 1}, "It is played once."),
        ({"labels": "names"}, "cooperate or defect"),
    ],
)
def test_a_setting_that_a_player_should_know_is_told(
    given_settings: dict[str, Any], words: str
) -> None:
    usual = transcript(prisoners_dilemma())[0][0]
    assert words not in usual.text
    assert words in transcript(prisoners_dilemma(**given_settings))[0][0].text


@pytest.mark.parametrize("noise", [0.05, 1])
def test_a_tremble_among_many_is_told_as_one_of_the_others(noise: float) -> None:
    asked, _ = transcript(rock_paper_scissors(noise=noise))
    assert "one of the other options, drawn at random" in asked[0].rules


MATRIX_GAMES = [
    name
    for name in registry.names("game")
    if inspect.signature(registry.load("game", name)).return_annotation is MatrixGame
]


@pytest.mark.parametrize("spec", MATRIX_GAMES)
def test_words_do_not_say_what_is_good_to_do(spec: str) -> None:
    built: Game = registry.build(
        "game", spec + ("(payoffs=[[1]])" if spec == "matrix" else "")
    ).what
    assert isinstance(built, MatrixGame)
    asked, _ = transcript(replace(built, rounds=2))
    judging = (
        r"\b(win|wins|lose|loses|best|good|bad|opponent|should|partner|score|reward|penalty)\b"
    )
    assert not [a.text for a in asked if re.search(judging, a.text, re.IGNORECASE)]


def test_a_game_of_one_round_does_not_speak_of_rounds() -> None:
    for given_settings in ({}, {"noise": 0.1}, {"discount": 0.9}, {"relabel": "round"}):
        asked, _ = transcript(prisoners_dilemma(rounds=1, **given_settings))
        assert "round" not in asked[0].text.lower(), given_settings


def test_choices_that_were_not_told_need_no_note_on_their_names() -> None:
    asked, _ = transcript(prisoners_dilemma(feedback="payoffs", relabel="round"))
    assert not any("Past choices" in a.words.news for a in asked)
