"""Machines against their strategies in words, written anew as rules on histories."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from harness.metrics.strategy_library import (
    DAL_BO_FRECHETTE,
    FUDENBERG_RAND_DREBER,
    Strategy,
    memory_one_strategy,
)

Rule = Callable[[Sequence[int], Sequence[int]], int]
"""What to do, 0 for C and 1 for D, after these moves of one's own and of the other."""


def run_of(moves: Sequence[int], length: int) -> bool:
    """Whether the last moves were that many defections."""
    return len(moves) >= length and all(moves[-length:])


def ever(flags: Sequence[int], length: int) -> bool:
    """Whether there were that many in a row at any time."""
    return any(all(flags[i : i + length]) for i in range(len(flags) - length + 1))


def either(own: Sequence[int], other: Sequence[int]) -> list[int]:
    """Rounds in which anybody defected."""
    return [a | b for a, b in zip(own, other, strict=True)]


def two_tits(own: Sequence[int], other: Sequence[int]) -> int:
    """Two defections for each tat: one of the other's last two moves was a defection."""
    return int(any(other[-2:]))


def two_for_two(own: Sequence[int], other: Sequence[int]) -> int:
    """Two defections after two tats in a row: these ended one or two rounds ago."""
    return int(run_of(other, 2) or run_of(other[:-1], 2))


def t2(own: Sequence[int], other: Sequence[int]) -> int:
    """Two defections after anyone's defection, and then back to cooperation."""
    left = 0
    for a, b in zip(own, other, strict=True):
        left = left - 1 if left else 2 * (a | b)
    return int(left > 0)


RULES: dict[str, Rule] = {
    "ALLC": lambda own, other: 0,
    "ALLD": lambda own, other: 1,
    "TFT": lambda own, other: int(bool(other) and other[-1]),
    "GRIM": lambda own, other: int(ever(either(own, other), 1)),
    "WSLS": lambda own, other: int(bool(own) and own[-1] != other[-1]),
    "T2": t2,
    "TF2T": lambda own, other: int(run_of(other, 2)),
    "TF3T": lambda own, other: int(run_of(other, 3)),
    "2TFT": two_tits,
    "2TF2T": two_for_two,
    "GRIM2": lambda own, other: int(ever(either(own, other), 2)),
    "GRIM3": lambda own, other: int(ever(either(own, other), 3)),
    "DTFT": lambda own, other: int(not other or other[-1]),
}
ALL = {s.name: s for s in (*DAL_BO_FRECHETTE, *FUDENBERG_RAND_DREBER)}


def test_all_published_strategies_are_there() -> None:
    assert {s.name for s in DAL_BO_FRECHETTE} == {"ALLD", "ALLC", "GRIM", "TFT", "WSLS", "T2"}
    assert len(FUDENBERG_RAND_DREBER) == 11
    assert ALL.keys() == RULES.keys()


@pytest.mark.parametrize("name", RULES)
def test_a_machine_does_what_its_strategy_says(name: str) -> None:
    """On histories in which the player slips too: 60 of 12 rounds."""
    own, other = np.random.default_rng(1).integers(0, 2, (2, 60, 12))
    other[:30] &= np.random.default_rng(2).integers(0, 2, (30, 12))  # some with little defection
    own[:20] = 0
    predicted = ALL[name].predict(own, other)
    for a, b, p in zip(own.tolist(), other.tolist(), predicted, strict=True):
        expected = [1 - RULES[name](a[:t], b[:t]) for t in range(12)]
        assert p.tolist() == expected, (a, b)


def test_nothing_is_predicted_after_a_move_that_was_not_ones_own() -> None:
    predicted = ALL["TFT"].predict([[0, -1, 0, 0], [0, 0, 0, 0]], [[0, 0, 0, 0], [0, 1, -1, 0]])
    assert predicted[0, :2].tolist() == [1, 1]
    assert np.isnan(predicted[0, 2:]).all()
    assert predicted[1, :3].tolist() == [1, 1, 0]
    assert np.isnan(predicted[1, 3:]).all()


def test_memory_one_strategies_answer_the_last_round() -> None:
    strategy = memory_one_strategy("any", (0.9, 0.2, 0.7, 0.1), opening=0.6)
    assert isinstance(strategy, Strategy)
    predicted = strategy.predict([[0, 0, 1, 1, 0]], [[0, 1, 0, 1, 0]])
    assert predicted.tolist() == [[0.6, 0.9, 0.2, 0.7, 0.1]]
