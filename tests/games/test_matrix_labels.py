"""Repeated games in normal form: labels and the order of options."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from harness.agents.generic import RandomBot
from harness.games.catalogue import matrix, prisoners_dilemma
from harness.games.rps import rock_paper_scissors
from tests.games.told import WIDE, Asked, meet, transcript

SETTINGS = [
    {"relabel": relabel, "order": order}
    for relabel, order in itertools.product(
        ("never", "match", "round"), ("fixed", "match", "round")
    )
]


@pytest.mark.parametrize("given_settings", SETTINGS, ids=str)
@pytest.mark.parametrize("labels", ["letters", ["red", "green", "blue"]], ids=str)
def test_the_words_lead_back_to_the_right_actions(
    given_settings: dict[str, Any], labels: Any
) -> None:
    game = matrix(payoffs=WIDE, rounds=6, labels=labels, **given_settings)
    asked, _ = transcript(game, seed=3)
    sentence = re.compile(
        r"choose (\w+) and the other player chooses (\w+),"
        r" you receive (\d+) points? and the other player receives (\d+) points?\."
    )
    for a in asked:
        theirs = a.observation["labels"]["other"]
        told = sentence.findall(a.text)
        assert len(told) == 6
        for mine, other, paid, other_paid in told:
            i, j = a.space.labels.index(mine), theirs.index(other)
            cell = WIDE[j][i][::-1] if a.player else WIDE[i][j]
            assert [int(paid), int(other_paid)] == cell


@pytest.mark.parametrize("given_settings", SETTINGS, ids=str)
def test_past_rounds_are_told_in_the_labels_of_now(given_settings: dict[str, Any]) -> None:
    asked, rounds = transcript(matrix(payoffs=WIDE, rounds=8, **given_settings), seed=5)
    for a in asked:
        if a.round:
            labels, last = a.observation["labels"], rounds[a.round - 1].actions
            own = labels["own"]["ABC".index(last[a.player])]
            other = labels["other"]["ABC".index(last[1 - a.player])]
            assert f"you chose {own} and the other player chose {other}." in a.words.news


@pytest.mark.parametrize("given_settings", SETTINGS, ids=str)
def test_every_legal_action_is_named_in_every_question(given_settings: dict[str, Any]) -> None:
    asked, _ = transcript(rock_paper_scissors(labels="letters", **given_settings))
    for a in asked:
        question = a.words.question.splitlines()[-1]
        assert set(re.findall(r"\b[A-Z]\b", question)) == set(a.space.labels)
        assert len(set(a.space.labels)) == 3


def first_named(asked: list[Asked]) -> list[str]:
    return [a.space.actions[a.space.order[0]] for a in asked]  # type: ignore[misc]


def test_a_fixed_order_names_the_first_action_first() -> None:
    asked, _ = transcript(prisoners_dilemma(relabel="round"))
    assert set(first_named(asked)) == {"cooperate"}


def test_an_order_drawn_by_match_holds_for_the_match_and_is_uniform_over_matches() -> None:
    n, counts = 900, [Counter[str](), Counter[str]()]
    game = rock_paper_scissors(order="match", rounds=3)
    for seed in range(n):
        asked, _ = transcript(game, seed)
        assert len({(a.player, a.space.order) for a in asked}) == 2
        for a in asked[:2]:
            counts[a.player][first_named([a])[0]] += 1
    for count in counts:
        assert all(abs(count[a] - n / 3) < 5 * math.sqrt(n * 2 / 9) for a in game.actions(0))


def test_an_order_drawn_by_round_changes_within_a_match() -> None:
    n = 600
    asked, _ = transcript(prisoners_dilemma(order="round", rounds=n))
    for player in (0, 1):
        count = Counter(first_named([a for a in asked if a.player == player]))
        assert abs(count["cooperate"] - n / 2) < 5 * math.sqrt(n / 4)


def test_the_two_players_orders_are_drawn_apart() -> None:
    asked, _ = transcript(prisoners_dilemma(order="round", rounds=400))
    named = first_named(asked)
    pairs = zip(named[::2], named[1::2], strict=True)
    alike = sum(a == b for a, b in pairs)
    assert abs(alike - 200) < 5 * math.sqrt(100)


def test_an_order_that_is_drawn_holds_for_the_lines_of_the_others_options_too() -> None:
    game, counts = prisoners_dilemma(order="match", labels="names"), Counter[str]()
    for seed in range(100):
        rules = transcript(game, seed)[0][0].rules
        counts.update(re.findall(r"the other player chooses (\w+),", rules)[:1])
    assert 25 < counts["cooperate"] < 75, counts


def labels_of(asked: list[Asked]) -> list[tuple[str, ...]]:
    return [a.space.labels for a in asked]


def test_labels_that_are_never_drawn_are_the_same_in_every_match() -> None:
    game = prisoners_dilemma()
    assert {pair for seed in range(5) for pair in labels_of(transcript(game, seed)[0])} == {
        ("J", "F")
    }


def test_labels_drawn_by_match_hold_for_the_match_and_differ_between_matches() -> None:
    game = prisoners_dilemma(relabel="match")
    drawn = [set(labels_of(transcript(game, seed)[0])) for seed in range(40)]
    assert all(len(labels) == 1 for labels in drawn)
    assert len(set.union(*drawn)) > 20


def test_labels_drawn_by_round_differ_within_a_match_and_are_uniform() -> None:
    matches, rounds = 100, 24
    game, counts = prisoners_dilemma(relabel="round", rounds=rounds), Counter[str]()
    for seed in range(matches):
        firsts = [labels[0] for labels in labels_of(transcript(game, seed)[0])[::2]]
        assert len(set(firsts)) > 5
        counts.update(firsts)
    assert len(counts) == 24
    assert set(counts).isdisjoint("IO"), "letters that look like numbers"
    expected = matches * rounds / 24
    assert all(abs(k - expected) < 5 * math.sqrt(expected) for k in counts.values())


def test_both_players_call_the_same_action_by_the_same_label() -> None:
    asked, _ = transcript(prisoners_dilemma(relabel="round", order="round"))
    for first, second in zip(asked[::2], asked[1::2], strict=True):
        assert first.space.labels == second.space.labels
        assert first.observation["labels"]["other"] == list(second.space.labels)


def test_given_labels_are_used_in_their_order() -> None:
    asked, _ = transcript(prisoners_dilemma(labels=["red", "blue"]))
    assert labels_of(asked)[0] == ("red", "blue")


def test_given_labels_can_be_drawn_anew() -> None:
    game = prisoners_dilemma(labels=["red", "blue"], relabel="match")
    drawn = {labels_of(transcript(game, seed)[0])[0] for seed in range(20)}
    assert drawn == {("red", "blue"), ("blue", "red")}


def test_labels_and_orders_do_not_change_what_is_played() -> None:
    plain = meet(prisoners_dilemma(rounds=30, noise=0.2), RandomBot(), RandomBot())
    spelled = matrix(
        payoffs=[[3, 0], [5, 1]], actions=["cooperate", "defect"], rounds=30, noise=0.2
    )
    for game in (spelled, replace(spelled, relabel="round", order="round")):
        asked, rounds = transcript(game, 1)
        again = transcript(replace(game, relabel="never", order="fixed"), 1)[1]
        assert rounds == again
        assert asked
    assert len(plain.rounds) == 30


def test_names_are_hidden_behind_letters() -> None:
    asked, _ = transcript(prisoners_dilemma())
    assert not any(re.search("cooperate|defect|prisoner|dilemma", a.text) for a in asked)
