"""Repeated games in normal form: payoffs, noise, horizon."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import UsageError
from harness.agents.constant import Cooperator, Defector
from harness.agents.generic import Cycle, RandomBot, Replay
from harness.agents.tit_for_tats import TitForTat
from harness.game import plain
from harness.games.catalogue import matrix, prisoners_dilemma
from harness.games.matrix import MatrixGame
from harness.games.rps import rock_paper_scissors
from harness.match import MatchRecord
from tests.games.told import WIDE, few, meet, totals, transcript


@pytest.mark.parametrize(("i", "j"), [*itertools.product(range(2), range(3))])
def test_each_cell_pays_its_own_two_numbers(i: int, j: int) -> None:
    game = matrix(payoffs=WIDE, rounds=1)
    [paid] = meet(game, Replay([game.actions(0)[i]]), Replay([game.actions(1)[j]])).rounds
    assert paid.payoffs == tuple(WIDE[i][j])
    assert paid.actions == ("AB"[i], "ABC"[j])


def test_each_player_is_told_the_payoffs_from_its_own_side() -> None:
    game = matrix(payoffs=WIDE)
    assert plain(game.facts(0)["payoffs"]) == [[1, 3, 5], [7, 9, 11]]
    assert plain(game.facts(0)["other_payoffs"]) == [[2, 4, 6], [8, 10, 12]]
    assert plain(game.facts(1)["payoffs"]) == [[2, 8], [4, 10], [6, 12]]
    assert plain(game.facts(1)["other_payoffs"]) == [[1, 7], [3, 9], [5, 11]]
    assert game.facts(1)["actions"] == ("A", "B", "C")


def test_a_match_pays_the_sum_of_its_rounds_in_whole_numbers() -> None:
    record = meet(prisoners_dilemma(rounds=7), TitForTat(), Defector())
    assert totals(record) == (6, 11)  # 0 + 6 P against T + 6 P
    assert all(type(total) is int for total in totals(record))


def test_tit_for_tat_and_its_likes_play_as_in_axelrod() -> None:
    game = prisoners_dilemma(rounds=200)
    assert totals(meet(game, TitForTat(), Cooperator())) == (600, 600)
    assert totals(meet(game, TitForTat(), Defector())) == (199, 204)
    assert totals(meet(game, Cooperator(), Defector())) == (0, 1000)


@few
@given(st.floats(0.01, 1000))
def test_stakes_multiply_every_payoff(stakes: float) -> None:
    game = prisoners_dilemma(rounds=3, stakes=stakes)
    record = meet(game, Cooperator(), Defector())
    assert [r.payoffs for r in record.rounds] == [(0, 5 * stakes)] * 3


def test_stakes_show_in_what_programs_are_told() -> None:
    assert plain(prisoners_dilemma(stakes=2).facts(1)["payoffs"]) == [[6, 0], [10, 2]]


@few
@given(st.floats(0.01, 0.999), st.integers(1, 40))
def test_a_discounted_total_is_the_geometric_sum(discount: float, rounds: int) -> None:
    game = prisoners_dilemma(rounds=rounds, discount=discount)
    record = meet(game, Cooperator(), Cooperator())
    assert totals(record) == pytest.approx([3 * (1 - discount**rounds) / (1 - discount)] * 2)


def test_discounting_leaves_the_payoffs_of_single_rounds_as_they_are() -> None:
    record = meet(prisoners_dilemma(rounds=3, discount=0.5), Cooperator(), Defector())
    assert [r.payoffs for r in record.rounds] == [(0, 5)] * 3
    assert totals(record) == (0, 5 + 2.5 + 1.25)


def test_totals_beyond_all_floats_are_refused_before_anything_is_played() -> None:
    with pytest.raises(UsageError):
        matrix(payoffs=[[1e308, 1e308], [1e308, 1e308]], stakes=10)


def test_a_sum_that_overflows_is_no_crash() -> None:
    try:
        game = matrix(payoffs=[[1e308, 1e308], [1e308, 1e308]], rounds=10)
    except UsageError:
        return
    from harness import PluginError

    with pytest.raises(PluginError):
        meet(game, RandomBot(), RandomBot())


def trembles(record: MatchRecord) -> list[list[int]]:
    return [list(r.info["trembles"]) if r.info else [] for r in record.rounds]


@pytest.mark.parametrize("noise", [0.05, 0.5])
def test_actions_tremble_as_often_as_they_are_to(noise: float) -> None:
    n = 4000
    record = meet(prisoners_dilemma(rounds=n, noise=noise), Cooperator(), Cooperator())
    for player in (0, 1):
        fell = sum(r.actions[player] == "defect" for r in record.rounds)
        assert abs(fell - n * noise) < 5 * math.sqrt(n * noise * (1 - noise))


def test_players_tremble_independently() -> None:
    n = 8000
    record = meet(prisoners_dilemma(rounds=n, noise=0.3), Cooperator(), Cooperator())
    both = sum(r.actions == ("defect", "defect") for r in record.rounds)
    assert abs(both - 0.09 * n) < 5 * math.sqrt(n * 0.09 * 0.91)


def test_every_tremble_is_logged_and_nothing_else_is() -> None:
    record = meet(prisoners_dilemma(rounds=300, noise=0.2), Cooperator(), Defector())
    fell = [
        [p for p, a in enumerate(r.actions) if a != ("cooperate", "defect")[p]]
        for r in record.rounds
    ]
    assert trembles(record) == fell
    assert any(fell)
    assert all(r.info is None for r, f in zip(record.rounds, fell, strict=True) if not f)


def test_payoffs_are_those_of_what_was_played_after_trembles() -> None:
    record = meet(prisoners_dilemma(rounds=100, noise=0.3), Cooperator(), Cooperator())
    paid = {("cooperate",) * 2: (3, 3), ("defect",) * 2: (1, 1)}
    paid |= {("cooperate", "defect"): (0, 5), ("defect", "cooperate"): (5, 0)}
    assert all(r.payoffs == paid[r.actions] for r in record.rounds)


def test_both_players_are_shown_what_was_played_after_trembles() -> None:
    asked, rounds = transcript(prisoners_dilemma(rounds=60, noise=0.3))
    for a in asked:
        played = [r.actions for r in rounds[: a.round]]
        assert a.observation["own"] == [actions[a.player] for actions in played]
        assert a.observation["other"] == [actions[1 - a.player] for actions in played]


def test_a_tremble_of_the_other_is_answered_like_an_action() -> None:
    record = meet(prisoners_dilemma(rounds=200, noise=0.1), TitForTat(), Cooperator())
    for before, now in itertools.pairwise(record.rounds):
        fell = now.info is not None and 0 in now.info["trembles"]
        meant = (
            {"cooperate": "defect", "defect": "cooperate"}[now.actions[0]]
            if fell
            else now.actions[0]
        )
        assert meant == before.actions[1]


def test_certain_noise_between_two_actions_turns_every_one() -> None:
    record = meet(prisoners_dilemma(rounds=5, noise=1), Cooperator(), Defector())
    assert [r.actions for r in record.rounds] == [("defect", "cooperate")] * 5
    assert trembles(record) == [[0, 1]] * 5


def test_a_tremble_among_three_falls_on_both_others_alike() -> None:
    n = 3000
    record = meet(rock_paper_scissors(rounds=n, noise=1), Cycle(["rock"]), Cycle(["paper"]))
    for player, others in enumerate([{"paper", "scissors"}, {"rock", "scissors"}]):
        counts = Counter(r.actions[player] for r in record.rounds)
        assert set(counts) == others
        assert all(abs(k - n / 2) < 5 * math.sqrt(n / 4) for k in counts.values())


def test_without_noise_nothing_trembles() -> None:
    record = meet(prisoners_dilemma(rounds=50), RandomBot(), RandomBot())
    assert all(r.info is None for r in record.rounds)


def test_a_player_with_one_action_never_trembles() -> None:
    game = matrix(payoffs=[[[1, 1]], [[2, 2]]], rounds=20, noise=1)
    record = meet(game, Cycle(["A"]), Cycle(["A"]))
    assert [r.actions for r in record.rounds] == [("B", "A")] * 20
    assert trembles(record) == [[0]] * 20


def test_noise_does_not_change_how_long_a_match_lasts() -> None:
    quiet = prisoners_dilemma(continuation=0.9)
    noisy = replace(quiet, noise=0.5)
    lengths = [[len(transcript(g, seed)[1]) for seed in range(30)] for g in (quiet, noisy)]
    assert lengths[0] == lengths[1]


@pytest.mark.parametrize("rounds", [1, 2, 37])
def test_a_match_lasts_for_its_rounds(rounds: int) -> None:
    record = meet(prisoners_dilemma(rounds=rounds), RandomBot(), RandomBot())
    assert len(record.rounds) == rounds


def test_ten_rounds_are_played_where_nothing_is_said() -> None:
    assert len(meet(prisoners_dilemma(), Cooperator(), Cooperator()).rounds) == 10


def lengths(game: MatrixGame, n: int) -> list[int]:
    return [len(meet(game, Cooperator(), Defector(), repeat=r).rounds) for r in range(n)]


def test_a_random_stop_lasts_as_long_on_average_as_a_geometric_one() -> None:
    p, n = 0.8, 1500
    lasted = lengths(prisoners_dilemma(continuation=p), n)
    assert abs(fmean(lasted) - 1 / (1 - p)) < 5 * math.sqrt(p / n) / (1 - p)
    once = sum(length == 1 for length in lasted)
    assert abs(once - (1 - p) * n) < 5 * math.sqrt(n * p * (1 - p))


def test_a_random_stop_is_capped_by_the_rounds() -> None:
    lasted = lengths(prisoners_dilemma(continuation=0.9, rounds=4), 200)
    assert set(lasted) == {1, 2, 3, 4}
    assert abs(lasted.count(4) - 200 * 0.9**3) < 5 * math.sqrt(200 * 0.729 * 0.271)


def test_without_continuation_a_random_match_is_one_round() -> None:
    assert set(lengths(prisoners_dilemma(continuation=0), 20)) == {1}


def test_swapped_seats_meet_the_same_stop_and_the_same_trembles() -> None:
    game = prisoners_dilemma(continuation=0.95, noise=0.2)
    one, other = meet(game, Cooperator(), Defector()), meet(game, Defector(), Cooperator())
    assert len(one.rounds) == len(other.rounds)
    assert trembles(one) == trembles(other)


@pytest.mark.parametrize("continuation", [None, 0.999])
def test_a_hidden_horizon_is_told_nowhere(continuation: float | None) -> None:
    game = prisoners_dilemma(rounds=37, horizon="hidden", continuation=continuation)
    asked, rounds = transcript(game)
    for a in asked:
        told = a.text + json.dumps(a.observation) + json.dumps(plain(game.facts(a.player)))
        numbers = set(re.findall(r"\d+(?:\.\d+)?", told))
        assert numbers.isdisjoint({"37", "36", "38", "0.999"} - {str(a.round), str(a.round + 1)})
        assert " of 37" not in told
    assert len(rounds) > 5
    assert all(game.facts(player)["rounds"] is None for player in (0, 1))
    assert all(game.facts(player)["continuation"] is None for player in (0, 1))


def test_a_hidden_horizon_of_one_round_is_not_told_either() -> None:
    asked, _ = transcript(prisoners_dilemma(rounds=1, horizon="hidden"))
    assert "once" not in asked[0].text


def test_an_announced_horizon_is_told_in_the_rules_and_at_every_round() -> None:
    asked, _ = transcript(prisoners_dilemma(rounds=37))
    assert all("It lasts for 37 rounds." in a.rules for a in asked)
    assert all(f"Round {a.round + 1} of 37." in a.words.question for a in asked)


def test_an_announced_random_stop_is_told_with_its_probability_and_its_cap() -> None:
    game = prisoners_dilemma(continuation=0.75, rounds=37)
    asked, _ = transcript(game)
    assert "with probability 0.75" in asked[0].rules
    assert "at most 37 rounds" in asked[0].rules
    assert game.facts(0)["continuation"] == 0.75
    assert "of 37" not in asked[0].words.question


@pytest.mark.parametrize(
    "given_settings",
    [
        {},
        {"noise": 0.3},
        {"continuation": 0.9},
        {"relabel": "round", "order": "round"},
        {"feedback": "none", "noise": 0.3},
    ],
    ids=str,
)
def test_the_same_match_is_played_the_same_way_again(given_settings: dict[str, Any]) -> None:
    game = prisoners_dilemma(**given_settings)
    one, two, other = (
        meet(game, RandomBot(), RandomBot(p=0.4), seed=seed).rounds for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


def test_a_logged_match_can_be_replayed() -> None:
    game = prisoners_dilemma(rounds=25)
    record = meet(game, RandomBot(), TitForTat())
    moves = [[r.actions[p] for r in record.rounds] for p in (0, 1)]
    assert meet(game, Replay(moves[0]), Replay(moves[1])).rounds == record.rounds
