from __future__ import annotations

import numpy as np
import pytest

from harness import UsageError
from harness.metrics.alternation import Alternation, alternation, favourite_cells

SEXES = [[[10, 0], [0, 7]], [[7, 0], [0, 10]]]


def test_turns_pay_eight_and_a_half_each() -> None:
    """The benchmark of Akata et al. (2025) in the battle of the sexes with 10 and 7."""
    play = [(0, 0), (1, 1)] * 5
    assert alternation(SEXES, play) == Alternation(1, 1, 1, 1)


def test_giving_way_for_ever_is_coordination_without_fairness() -> None:
    assert alternation(SEXES, [(0, 0)] * 10) == Alternation(1, 0, 0, 1)


def test_independent_coins_coordinate_half_the_time_and_alternate_an_eighth() -> None:
    play = np.random.default_rng(3).integers(0, 2, (40_000, 2)).tolist()
    found = alternation(SEXES, play)
    assert found is not None
    assert found.coordination == pytest.approx(1 / 2, abs=0.01)
    assert found.alternation == pytest.approx(1 / 8, abs=0.01)
    assert found.turn_taking == pytest.approx(1 / 2, abs=0.01)


def test_what_there_was_no_opportunity_for_is_null() -> None:
    assert alternation(SEXES, []) == Alternation(None, None, None, None)
    assert alternation(SEXES, [(0, 1)]) == Alternation(0, None, None, 0)


def test_games_without_turns_to_take_have_none() -> None:
    dilemma = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]
    pennies = [[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]]
    mild_chicken = [[[3, 1], [4, 0]], [[3, 4], [1, 0]]]  # S + T < 2R
    assert [favourite_cells(game) for game in (dilemma, pennies, mild_chicken)] == [None] * 3
    assert alternation(dilemma, [(0, 1), (1, 0)]) is None


def test_turns_pay_in_hero_and_in_chicken_where_the_bold_one_gains_enough() -> None:
    hero = [[[1, 3], [4, 2]], [[1, 4], [3, 2]]]
    chicken = [[[3, 2], [6, 0]], [[3, 6], [2, 0]]]
    assert favourite_cells(hero) == favourite_cells(chicken) == ((1, 0), (0, 1))


def test_three_players_are_refused() -> None:
    with pytest.raises(UsageError, match="only two"):
        favourite_cells(np.zeros((3, 2, 2, 2)))
