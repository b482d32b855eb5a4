from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.sequences.moves import Past, checked, histories, padded

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])


def test_matches_of_any_length_become_one_array() -> None:
    assert padded([[1], [], [0, 2]]).tolist() == [[1, -1], [-1, -1], [0, 2]]
    assert padded([]).shape == (0, 0)


@pytest.mark.parametrize("wrong", [[3], [-2], [[0, 1], [2, 5]]])
def test_a_move_out_of_range_is_refused(wrong: list[int]) -> None:
    with pytest.raises(UsageError, match="is no move of a game with 3 actions"):
        checked(wrong, 3)


def test_what_is_not_coded_is_refused() -> None:
    with pytest.raises(UsageError, match="code them first"):
        checked([0.5], 3)
    with pytest.raises(UsageError, match="expected shape"):
        checked([[[0]]], 3)


def test_outcomes_are_what_was_paid() -> None:
    outcome = histories(RPS)["outcome"].table
    assert outcome[:3, :3].tolist() == (RPS + 1).tolist()
    assert (outcome[-1] == 3).all()
    assert (outcome[:, -1] == 3).all()


def test_own_moves_are_remembered_where_the_other_made_none() -> None:
    looks = histories(RPS)
    assert looks["own"].table[1, -1] == 1
    assert looks["both"].table[1, -1] == looks["both"].n_symbols


def test_the_past_forgets_the_oldest_round() -> None:
    past = Past(histories(RPS)["own"], length=2, n_matches=1)
    for move in (2, 1, 0):
        past.push(np.array([move]), np.array([0]))
    assert past.code.tolist() == [0 + 4 * 1]
