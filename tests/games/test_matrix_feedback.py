"""Repeated games in normal form: what players are shown of the past."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest

from harness import Decision, UsageError
from harness.agents.generic import RandomBot
from harness.agents.tit_for_tats import TitForTat
from harness.games.catalogue import matrix, prisoners_dilemma
from harness.games.matrix import MatrixGame
from tests.games.told import WIDE, everything_told, meet, transcript


def choosing(player_0: str, player_1: list[str]) -> Callable[[Random, Decision], Any]:
    """Player 0 always the same, player 1 from a list over and over."""

    def choose(rng: Random, decision: Decision) -> Any:
        t: int = decision.observation["round"]
        return player_1[t % len(player_1)] if decision.player else player_0

    return choose


OWN_ONLY = [[[1, 5], [1, 6]], [[2, 7], [2, 8]]]
"""A game where what player 0 receives does not depend on the other."""


@pytest.mark.parametrize("feedback", ["payoffs", "none"])
@pytest.mark.parametrize("recall", [None, 1, 3])
def test_a_hidden_action_of_the_other_leaves_no_trace(feedback: str, recall: int | None) -> None:
    game = matrix(payoffs=OWN_ONLY, feedback=feedback, recall=recall)
    told = [
        everything_told(transcript(game, choose=choosing("A", other))[0])
        for other in (["A"], ["B"], ["A", "B"])
    ]
    assert told[0] == told[1] == told[2]


def test_without_feedback_the_other_cannot_be_told_apart_by_payoffs_either() -> None:
    game = prisoners_dilemma(feedback="none")
    told = [
        everything_told(transcript(game, choose=choosing("defect", other))[0])
        for other in (["cooperate"], ["defect"])
    ]
    assert told[0] == told[1]


def test_without_feedback_not_even_ones_own_trembles_are_seen() -> None:
    game = prisoners_dilemma(feedback="none", noise=0.5)
    asked, rounds = transcript(game, choose=choosing("cooperate", ["cooperate"]))
    assert any(r.actions[0] == "defect" for r in rounds)
    assert "defect" not in everything_told(asked)


def test_with_payoffs_alone_each_player_sees_its_own() -> None:
    asked, rounds = transcript(prisoners_dilemma(feedback="payoffs", rounds=20))
    for a in asked:
        assert a.observation["payoffs"] == [r.payoffs[a.player] for r in rounds[: a.round]]
        assert "other" not in a.observation
        if a.round:
            paid = rounds[a.round - 1].payoffs[a.player]
            points = "1 point" if paid == 1 else f"{paid} points"
            assert a.words.news == f"In round {a.round} you received {points}."


def test_with_full_feedback_both_choices_and_both_payoffs_are_told() -> None:
    asked, rounds = transcript(matrix(payoffs=WIDE, rounds=20, labels="names"))
    for a in asked:
        if a.round:
            last, me = rounds[a.round - 1], a.player
            assert f"you chose {last.actions[me]} and the other player chose" in a.words.news
            assert f"chose {last.actions[1 - me]}." in a.words.news
            numbers = re.findall(r"\d+", a.words.news)
            paid = [str(last.payoffs[me]), str(last.payoffs[1 - me])]
            assert numbers == [str(a.round), *paid]


@pytest.mark.parametrize("recall", [1, 2, 5])
@pytest.mark.parametrize("feedback", ["full", "payoffs", "none"])
def test_no_more_than_the_last_rounds_are_recalled(recall: int, feedback: str) -> None:
    asked, rounds = transcript(prisoners_dilemma(recall=recall, feedback=feedback, rounds=12))
    for a in asked:
        first = max(0, a.round - recall)
        last = rounds[first : a.round]
        assert a.observation["own"] == [r.actions[a.player] for r in last]
        if feedback == "full":
            assert a.observation["other"] == [r.actions[1 - a.player] for r in last]
        told = [int(t) for t in re.findall(r"In round (\d+)", a.words.news)]
        assert told == ([] if feedback == "none" else list(range(first + 1, a.round + 1)))


def test_readers_are_told_the_last_round_and_programs_all_of_them() -> None:
    asked, _ = transcript(prisoners_dilemma(rounds=6))
    for a in asked:
        assert len(a.observation["own"]) == a.round
        assert a.words.news.count("In round") == min(1, a.round)


@pytest.mark.parametrize(
    "given_game", [prisoners_dilemma(feedback="none"), prisoners_dilemma(recall=1)]
)
def test_a_bot_that_needs_the_history_refuses_a_game_that_hides_it(given_game: MatrixGame) -> None:
    with pytest.raises(UsageError, match="tit_for_tat cannot play"):
        meet(given_game, TitForTat(), RandomBot())


@dataclass
class Meddler(RandomBot):
    """Empties every list it is shown."""

    name = "meddler"

    def act(self, decision: Decision) -> Any:
        for value in decision.observation.values():
            if isinstance(value, list | dict):
                value.clear()
        return super().act(decision)


def test_a_player_that_changes_what_it_sees_fools_only_itself() -> None:
    game = prisoners_dilemma(rounds=20)
    record = meet(game, Meddler(), TitForTat())
    mirrored = [r.actions[0] for r in record.rounds][:-1]
    assert [r.actions[1] for r in record.rounds] == ["cooperate", *mirrored]
