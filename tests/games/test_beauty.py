"""Beauty contests: targets, winners and payments, health points, measures, words and secrets."""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from harness import Round, UsageError
from harness.agents.generic import RandomBot, Replay
from harness.games.beauty import Beauty
from harness.games.beauty_08 import beauty_08
from harness.match import Entry, Match, MatchRecord
from harness.play import play
from harness.record.lines import encode, match_fields

P_1_2, P_2_3, P_4_3 = "1/2", "2/3", "4/3"


def played(game: Beauty, rounds: Sequence[Sequence[float]], seed: int = 0) -> MatchRecord:
    """A match in which each player chooses these numbers, listed by round and then player."""
    seats = (Replay([r[i] for r in rounds if r[i] is not None]) for i in range(game.players))
    match = Match(Entry("g", game), tuple(Entry(f"s{i}", s) for i, s in enumerate(seats)), seed)
    record = play(match)
    assert record.status == "ok", record.reason
    return record


def once(numbers: Sequence[float], **parameters: Any) -> Round:
    """The round that these numbers make."""
    game = Beauty(players=len(numbers), **parameters)
    return played(game, [numbers]).rounds[0]


# Computed by hand: the numbers, the parameters, the target, the winners, the payoffs.
TABLE: list[tuple[Sequence[float], dict[str, Any], float, list[int], Sequence[float]]] = [
    ([0, 10, 20, 30], {}, 10, [1], [0, 1, 0, 0]),
    ([30, 30, 30, 30], {}, 20, [0, 1, 2, 3], [0.25] * 4),  # all equal: shared
    ([30, 30, 30, 30], {"all_equal_wins": False}, 20, [], [0] * 4),
    ([0, 0, 0], {}, 0, [0, 1, 2], [1 / 3] * 3),  # the equilibrium
    ([15, 25, 50], {}, 20, [0, 1], [0.5, 0.5, 0]),  # 5 above and 5 below
    ([15, 25, 50], {"ties": "lower"}, 20, [0], [1, 0, 0]),
    ([25, 15, 15, 65], {"ties": "lower"}, 20, [1, 2], [0, 0.5, 0.5, 0]),
    ([100, 90], {}, 190 / 3, [1], [0, 1]),  # two players: the lower one
    ([1, 0], {"p": 0.99}, 0.495, [1], [0, 1]),
    ([20, 30], {"p": P_4_3}, 100 / 3, [1], [0, 1]),  # p > 1: the higher one
    ([90, 96, 100], {"p": P_4_3}, 1144 / 9, [2], [0, 0, 1]),  # a target beyond the range
    ([10, 20, 40, 90], {"target": "median"}, 20, [1], [0, 1, 0, 0]),  # (20 + 40) / 2
    ([10, 60, 90], {"target": "median", "p": P_1_2}, 30, [0], [1, 0, 0]),
    ([10, 60, 90], {"target": "max", "p": P_1_2}, 45, [1], [0, 1, 0]),
    ([30, 60, 90], {"target": "max", "p": P_1_2}, 45, [0, 1], [0.5, 0.5, 0]),
    ([10, 20], {"p": 1}, 15, [0, 1], [0.5, 0.5]),
    ([0.1, 0.3, 0.2], {"p": 1, "integers": False}, 0.2, [2], [0, 0, 1]),
    ([0.1, 0.3], {"p": 1, "integers": False}, 0.2, [0, 1], [0.5, 0.5]),  # a tie of tenths
    ([10, 10, 11], {"p": 0.8, "decimals": 1}, 8.3, [0, 1], [0.5, 0.5, 0]),  # 8.2666…
    ([5, 10, 15], {"low": 5, "high": 15, "prize": 7}, 20 / 3, [0], [7, 0, 0]),
]


@pytest.mark.parametrize(("numbers", "parameters", "target", "winners", "payoffs"), TABLE)
def test_targets_winners_and_payoffs_are_those_computed_by_hand(
    numbers: Sequence[float],
    parameters: dict[str, Any],
    target: float,
    winners: list[int],
    payoffs: Sequence[float],
) -> None:
    happened = once(numbers, **parameters)
    assert happened.info is not None
    assert happened.info["target"] == pytest.approx(target, abs=1e-12)
    assert happened.info["winners"] == winners
    assert list(happened.payoffs) == payoffs


@pytest.mark.parametrize("p", ["1/10", P_1_2, 0.7, 0.99])
def test_of_two_players_the_lower_number_wins_whatever_p_below_1(p: float | str) -> None:
    game = Beauty(players=2, p=p, high=12)
    for a, b in itertools.product(range(13), repeat=2):
        winners = game.judge({0: a, 1: b}).winners
        assert winners == ([0, 1] if a == b else [0] if a < b else [1])


@pytest.mark.parametrize("p", [P_1_2, P_2_3, P_4_3])
def test_no_player_gains_by_leaving_the_equilibrium(p: str) -> None:
    for players, target in itertools.product((2, 3, 5), ("mean", "median")):
        game = Beauty(players=players, p=p, target=target, high=20)  # type: ignore[arg-type]
        rest = game.equilibrium
        assert rest is not None
        for number in set(range(21)) - {rest}:
            numbers = {0: float(number)} | dict.fromkeys(range(1, players), rest)
            assert game.judge(numbers).payoffs[0] == 0


def test_no_common_number_is_an_equilibrium_for_a_high_share_of_the_maximum() -> None:
    game = Beauty(players=3, p=P_2_3, target="max")
    assert game.equilibrium is None
    assert game.judge({0: 1, 1: 0, 2: 0}).winners == [0]
    assert Beauty(target="max", p=P_1_2).equilibrium == 0


@pytest.mark.parametrize("p", [P_2_3, 2 / 3])
def test_two_thirds_are_two_thirds_so_that_ties_are_ties(p: float | str) -> None:
    # 2/3 of the mean of 13, 21, 38 and 30 is 17.
    assert Beauty(p=p).factor == Fraction(2, 3)
    assert once([13, 21, 38, 30], p=p).payoffs == (0.5, 0.5, 0, 0)


def test_each_rule_of_payment_pays_tied_winners_in_its_way() -> None:
    tied = [15, 25, 50]
    assert once(tied, prize=9, payment="split").payoffs == (4.5, 4.5, 0)
    assert once(tied, prize=9, payment="each").payoffs == (9, 9, 0)
    drawn = once(tied, prize=9, payment="fixed")
    assert sorted(drawn.payoffs, key=str) == [0, 0, 9]
    assert drawn.payoffs[2] == 0


def test_a_proportional_payment_falls_linearly_with_the_distance() -> None:
    # The target of 10, 20 and 90 is 80/3; 1 - d / 100 of a prize of 300.
    assert once([10, 20, 90], prize=300, payment="proportional").payoffs == pytest.approx(
        (250, 280, 110)
    )
    far = once([0, 5, 100, 100, 100], p=3, prize=300, payment="proportional")  # the target is 183
    assert far.payoffs == pytest.approx((0, 0, 51, 51, 51))
    equal = once([7, 7], payment="proportional", all_equal_wins=False)
    assert equal.payoffs == (0, 0)


def test_the_lot_among_tied_players_is_fair_and_follows_the_seed() -> None:
    game = Beauty(players=2, p=1, payment="fixed", rounds=400)
    rounds = [[10, 20]] * 400
    record = played(game, rounds)
    assert record.payoffs is not None
    assert 160 < record.payoffs[0] < 240
    assert record.payoffs == played(game, rounds).payoffs
    assert record.rounds != played(game, rounds, seed=1).rounds


def test_another_feedback_shifts_no_lot() -> None:
    def lots(feedback: Any) -> list[Any]:
        game = Beauty(players=2, p=1, payment="fixed", rounds=40, feedback=feedback)
        script = game.play(Random(5))
        found = []
        for _ in range(40):
            next(script)
            found.append(script.send((10, 20)))
        return found

    assert lots("full") == lots("none")
    assert {happened.payoffs for happened in lots("full")} == {(1, 0), (0, 1)}


def test_a_lot_falls_evenly_on_the_tied_players() -> None:
    game = Beauty(players=3, payment="fixed")
    drawn = [game.judge({0: 50, 1: 15, 2: 25}, lot).winners for lot in (0, 0.49, 0.5, 0.99)]
    assert drawn == [[1], [1], [2], [2]]


def test_zhang_et_als_game_takes_a_point_from_all_who_did_not_name_the_winning_number() -> None:
    record = played(beauty_08(rounds=3), [[40, 40, 31, 31, 60], [9] * 5, [40, 42, 44, 46, 28]])
    targets = [32.32, 7.2, 32.0]  # 0.8 x 202 / 5, 0.8 x 9, 0.8 x 200 / 5
    assert record.info["targets"] == targets
    assert [r.payoffs for r in record.rounds] == [
        (-1, -1, 0, 0, -1),
        (-1, -1, -1, -1, -1),
        (-1, -1, -1, -1, 0),
    ]
    assert record.measures is not None
    assert record.measures["win_rate"] == [0, 0, 1 / 3, 1 / 3, 1 / 3]
    assert record.measures["survival"] == [1] * 5


def test_zhang_et_als_game_takes_the_lower_of_two_numbers_at_the_same_distance() -> None:
    # 0.8 x 100 / 5 = 16: 12 and 20 are both 4 away.
    game = beauty_08(rounds=1)
    assert played(game, [[20, 12, 30, 12, 26]]).rounds[0].payoffs == (-1, 0, -1, 0, -1)


def test_nobody_is_out_of_zhang_et_als_game_before_its_last_round() -> None:
    record = played(beauty_08(), [[9] * 5] * 10)
    assert len(record.rounds) == 10
    assert record.payoffs == (-10,) * 5
    assert record.measures is not None
    assert record.measures["survival"] == [0] * 5


def test_players_without_health_are_asked_no_more_and_count_no_more() -> None:
    record = played(
        beauty_08(players=3, health=1, rounds=5),
        [[20, 20, 60], [30, 20, None]],  # type: ignore[list-item]
    )
    first, second = record.rounds
    assert first.payoffs == (0, 0, -1)
    assert second.actions == (30, 20, None)
    assert second.payoffs == (-1, 0, None)
    assert second.info is not None
    assert second.info["mean"] == 25
    assert len(record.rounds) == 2  # one is left: the game is over
    assert record.payoffs == (-1, 0, -1)


def test_the_game_ends_where_all_lose_their_last_point() -> None:
    record = played(beauty_08(players=3, health=2, rounds=9), [[5, 5, 5], [6, 6, 6]])
    assert record.payoffs == (-2, -2, -2)
    assert len(record.rounds) == 2


# Zhang et al., tables 5 and 6: mean choice and strategic depth.
@pytest.mark.parametrize(
    ("game", "number", "depth"),
    [
        (beauty_08(), 47.29, 0.25),
        (beauty_08(), 37.8, 1.25),
        (beauty_08(), 41.0, 0.89),
        (beauty_08(), 45.2, 0.45),
        (beauty_08(), 44.0, 0.57),
        (beauty_08(), 38.42, 1.18),
        (beauty_08(), 32.79, 1.89),
        (Beauty(), 35.13, 0.87),
        (Beauty(), 26.84, 1.53),
        (Beauty(), 25.20, 1.68),
        (Beauty(), 17.15, 2.63),
        (Beauty(), 22.16, 2.01),
        (Beauty(), 23.08, 1.91),
    ],
)
def test_strategic_depth_is_that_of_the_published_tables(
    game: Beauty, number: float, depth: float
) -> None:
    # Two decimals, and one unit for the published means being rounded themselves.
    assert game.depth(number) == pytest.approx(depth, abs=0.011)


def test_depth_is_null_where_it_is_undefined() -> None:
    assert Beauty().depth(0) is None
    assert Beauty(p=1).depth(20) is None
    assert Beauty(low=20, high=60).depth(40) == 0


def test_measures_follow_from_what_was_logged() -> None:
    # Targets: 2/3 of 30 = 20, then 2/3 of 15 = 10.
    record = played(Beauty(players=3, rounds=2), [[50, 40, 0], [0, 36, 9]])
    assert record.info == {"targets": [20, 10], "means": [30, 15]}
    assert record.measures == {
        "first_choice": [50, 40, 0],
        "mean_choice": [25, 38, 4.5],
        "distance": [20, 23, 10.5],
        "depth": [0, pytest.approx(0.5503397132), None],
        "equilibrium_rate": [0.5, 0, 0.5],
        "win_rate": [0, 0.5, 1],
    }
    assert record.measures.keys() == record.match.game.what.measures.keys()


def test_a_log_holds_json_and_replays_to_the_same_play() -> None:
    game = beauty_08(players=4, health=3, rounds=12)
    bots = tuple(Entry(f"r{i}", RandomBot()) for i in range(4))
    logged = match_fields(play(Match(Entry("g", game), bots)))
    told = json.loads(encode(logged))
    again = match_fields(played(game, list(zip(*told["actions"], strict=True))))
    for key in ("status", "rounds", "actions", "round_payoffs", "payoffs", "measures", "info"):
        assert again[key] == logged[key]
    assert any(None in numbers for numbers in told["actions"])  # some were out


def test_reals_are_taken_where_numbers_need_not_be_whole() -> None:
    script = Beauty(integers=False).play(Random(0))
    decisions: Any = next(script)
    assert decisions[0].space.canonical(33.3) == 33.3
    whole: Any = next(Beauty().play(Random(0)))
    assert whole[0].space.canonical(33.3) is None


def test_a_game_travels_to_another_process() -> None:
    game = beauty_08()
    assert game.factor == Fraction(4, 5)
    copied = pickle.loads(pickle.dumps(game))  # noqa: S301 - our own bytes
    assert copied == game
    assert copied.n_players == 5


@pytest.mark.parametrize(
    "parameters",
    [
        {"players": 1},
        {"players": 2.0},
        {"p": 0},
        {"p": -1},
        {"p": "two thirds"},
        {"p": "1/0"},
        {"p": float("nan")},
        {"p": True},
        {"low": -1},
        {"high": 0},
        {"low": 0.5},
        {"integers": False, "high": float("inf")},
        {"integers": 1},
        {"target": "mode"},
        {"decimals": -1},
        {"ties": "upper"},
        {"all_equal_wins": "no"},
        {"rounds": 0},
        {"horizon": "secret"},
        {"prize": 0},
        {"payment": "all"},
        {"health": 0},
        {"health": 5, "prize": 2},
        {"health": 5, "payment": "each"},
        {"feedback": "some"},
        {"opponents": 3},
        {"level_zero": 101},
        {"currency": None},
        {"currency": ""},
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(parameters: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"beauty: {list(parameters)[-1]} is .*; it must be"):
        Beauty(**parameters)


@pytest.mark.parametrize("parameters", [{"health": None}, {"health": 0}, {"players": 1}])
def test_beauty_08_refuses_parameters_in_its_own_name(parameters: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"^beauty_08: {next(iter(parameters))} is .*; it must be"):
        beauty_08(**parameters)
