"""How donors answer what recipients last did, against acts written out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.games.donor_answers import ANSWERS, answering, answers
from harness.games.donor_table import Act


def act(t: int, donor: int, recipient: int, share: float | None) -> Act:
    if share is None:
        return Act(t, donor, recipient, "nothing", 0.0, None, 0.0)
    return Act(t, donor, recipient, "donate", 10 * share, share, 20 * share)


def test_an_act_is_held_against_what_its_recipient_had_last_given() -> None:
    acts = [act(0, 0, 2, 0.2), act(0, 1, 3, 0.9), act(1, 2, 1, 0.7), act(1, 3, 0, 0.1)]
    assert answers(acts) == {2: [(0.9, 0.7)], 3: [(0.2, 0.1)]}


def test_nothing_is_held_against_anyone_from_the_game_before() -> None:
    first = [act(0, 0, 1, 0.2), act(1, 1, 0, 0.5)]
    second = [act(0, 1, 0, 0.4), act(1, 0, 1, 0.6)]
    assert answers([*first, *second]) == {1: [(0.2, 0.5)], 0: [(0.4, 0.6)]}


def test_games_of_one_round_hold_no_answers() -> None:
    assert answers([act(0, 0, 1, 0.2), act(0, 1, 0, 0.5)]) == {}


def test_who_has_nothing_neither_answers_nor_makes_a_name() -> None:
    acts = [act(0, 0, 1, None), act(1, 1, 0, 0.5), act(2, 0, 1, None)]
    assert answers(acts) == {}


def test_punishing_and_refusing_count_as_giving_nothing() -> None:
    refused = Act(0, 0, 1, "refuse", 0.0, None, 0.0)
    punished = Act(1, 1, 0, "punish", 5.0, 0.5, -10.0)
    assert answers([refused, punished]) == {1: [(0.0, 0.0)]}


def test_without_opportunities_everything_is_null() -> None:
    assert answering([]) == dict.fromkeys(ANSWERS)


def test_the_slope_is_that_of_numpy() -> None:
    rng = np.random.default_rng(4)
    told = [(float(a), float(b)) for a, b in rng.random((9, 2))]
    seen, given = np.array(told).T
    slope = np.polyfit(seen, given, 1)[0]
    assert answering(told)["answer_slope"] == pytest.approx(slope)


def test_shunning_is_giving_less_than_a_tenth_to_who_gave_less() -> None:
    found = answering([(0.05, 0.0), (0.0, 0.2), (0.1, 0.0), (0.5, 0.0)])
    assert found["shunning"] == 0.5
    assert found["share_to_givers"] == 0
    assert found["share_to_keepers"] == pytest.approx(0.2 / 3)
