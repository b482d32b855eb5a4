"""Tables of moves as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.interval import ratio
from harness.metrics.seats import seats_of
from harness.metrics.shares import by_opponent, share
from harness.metrics.sides import sides
from tests.metrics.tables_of_moves import moves, tournament

DILEMMA = np.array([[[3.0, 0.0], [5.0, 1.0]], [[3.0, 5.0], [0.0, 1.0]]])
ROWS = [
    ("m", "x", "a", "b", ["C", "D", "C"], [3.0, 5.0, 0.0]),
    ("m", "x", "b", "a", ["C", "C", "D"], [3.0, 0.0, 5.0]),
    ("n", "x", "b", "a", ["D"], [1.0]),
    ("n", "x", "a", "b", ["D"], [1.0]),
]


def test_moves_are_indices_of_actions_and_end_with_their_match() -> None:
    seats = seats_of(moves(ROWS), (("C", "D"), ("C", "D")))
    assert seats.names == ("a", "b")
    assert seats.moves.tolist() == [[0, 1, 0], [0, 0, 1], [1, -1, -1], [1, -1, -1]]
    assert seats.payoff.tolist() == [8, 8, 1, 1]
    assert seats.rounds.tolist() == [3, 3, 1, 1]
    assert seats.opponent.tolist() == [1, 0, 0, 1]
    assert len(set(seats.block.tolist())) == 1


def test_a_move_that_the_harness_made_is_played_and_not_the_players_own() -> None:
    table = moves(ROWS)
    table.loc[0, "substituted"] = True
    table.loc[0, "outcome"] = "refused"
    seats = seats_of(table, None)
    assert seats.moves[0, 0] == -1
    assert seats.played[0, 0] == 0
    assert seats.substituted.tolist() == [1, 0, 0, 0]


def test_a_move_that_is_no_action_is_refused() -> None:
    with pytest.raises(UsageError, match="'D' is no action of player 0"):
        seats_of(moves(ROWS), (("C",), ("C", "D")))


def test_every_opponent_weighs_the_same_however_often_it_was_met() -> None:
    paid = {("a", "y"): [4.0] * 9, ("a", "z"): [0.0, 2.0, 1.0]}
    seats = tournament(paid, common=False)
    mine = seats.own[seats.names.index("a")]
    found = by_opponent(seats, mine, seats.payoff[mine], seats.rounds[mine], seed=0)
    pooled = share(seats, mine, seats.payoff[mine], seats.rounds[mine], seed=0)
    assert found.value == (4 + 1) / 2
    assert pooled.value == (36 + 3) / 12


def test_against_one_opponent_both_means_and_their_intervals_agree() -> None:
    paid = {("a", "z"): [3.0, 4.0, 2.5, 5.0, 3.5, 4.5]}
    seats = tournament(paid, common=False)
    mine = seats.own[seats.names.index("a")]
    found = by_opponent(seats, mine, seats.payoff[mine], seats.rounds[mine], seed=0)
    plain = ratio(paid["a", "z"], [1] * 6, range(6), ["t"] * 6)
    assert found.value == plain.value
    assert found.low == pytest.approx(plain.low)


def test_both_seats_of_a_symmetric_game_are_one_side() -> None:
    seats = seats_of(moves(ROWS), (("C", "D"), ("C", "D")))
    (side,) = sides(seats, seats.own[0], DILEMMA)
    assert side.joint().tolist() == [[[1, 1], [1, 0]], [[0, 0], [0, 1]]]
    assert side.counts().tolist() == [[2, 1], [0, 1]]


def test_each_seat_of_another_game_has_its_own_view_of_the_payoffs() -> None:
    game = np.array([[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]])
    seats = seats_of(moves(ROWS), (("C", "D"), ("C", "D")))
    first, second = sides(seats, seats.own[0], game)
    assert (first.player, second.player) == (0, 1)
    np.testing.assert_array_equal(second.payoffs, [[[5, 7], [6, 8]], [[1, 3], [2, 4]]])
