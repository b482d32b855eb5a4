"""Rock Paper Scissors."""

from __future__ import annotations

import itertools

import pytest

from harness import UsageError
from harness.games.rps import ACTIONS, rock_paper_scissors

BEATS = {("rock", "scissors"), ("scissors", "paper"), ("paper", "rock")}
PAIRS = list(itertools.product(range(3), repeat=2))


@pytest.mark.parametrize(("i", "j"), PAIRS)
def test_rock_beats_scissors_beats_paper_beats_rock(i: int, j: int) -> None:
    a, b = ACTIONS[i], ACTIONS[j]
    expected = 1 if (a, b) in BEATS else -1 if (b, a) in BEATS else 0
    assert rock_paper_scissors().row[i][j] == expected


@pytest.mark.parametrize(("win", "tie", "loss"), [(1, 0, -1), (3, 1, 0), (1, 0, 0), (2.5, 0.5, -3)])
def test_what_one_wins_the_other_loses(win: float, tie: float, loss: float) -> None:
    game = rock_paper_scissors(win=win, tie=tie, loss=loss)
    for i, j in PAIRS:
        assert game.payoff(0, i, j) == game.payoff(1, i, j)
        pair = (game.payoff(0, i, j), game.payoff(1, j, i))
        assert pair in {(win, loss), (loss, win), (tie, tie)}
        assert (pair == (tie, tie)) == (i == j)


def test_the_standard_game_is_zero_sum_and_each_third_is_an_equilibrium() -> None:
    game = rock_paper_scissors()
    assert all(game.row[i][j] + game.column[i][j] == 0 for i, j in PAIRS)
    assert [sum(line) for line in game.row] == [0, 0, 0]


def test_actions_go_by_their_names_unless_letters_are_asked_for() -> None:
    assert rock_paper_scissors().labels == "names"
    assert rock_paper_scissors(labels="letters").labels == "letters"


def test_no_action_counts_as_cooperation() -> None:
    assert [rock_paper_scissors().cooperative(player) for player in (0, 1)] == [None, None]


@pytest.mark.parametrize("value", ["much", None, True, float("nan"), float("inf"), [1]])
def test_a_payoff_that_is_no_finite_number_is_refused(value: object) -> None:
    with pytest.raises(UsageError, match="number"):
        rock_paper_scissors(win=value)
