from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.sequences.ensemble import Ensemble, best_responses, ensemble
from harness.metrics.sequences.moves import Floats, Ints, histories
from harness.metrics.sequences.predictors import (
    LongestMatch,
    Markov,
    Predictor,
    StayShift,
    predictors,
)

RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
PENNIES = np.array([[1, -1], [-1, 1]])
DIGITS = [int(digit) for digit in "0120210012201102200121012020110221001202112010"]
EVERY = {**predictors(RPS, 100), "ensemble": ensemble(RPS, -RPS, 100)}


def fed(predictor: Predictor, own: list[int], other: list[int] | None = None) -> list[float]:
    """What it says after these rounds."""
    for mine, theirs in zip(own, other or [0] * len(own), strict=True):
        predictor.probabilities()
        predictor.update(np.array([mine]), np.array([theirs]))
    return [float(p) for p in predictor.probabilities()[0]]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (0, [0.3684210526315789, 0.3263157894736842, 0.30526315789473685]),
        (1, [0.2, 0.4857142857142857, 0.3142857142857143]),
        (2, [0.38461538461538464, 0.23076923076923078, 0.38461538461538464]),
        (3, [1 / 3, 1 / 3, 1 / 3]),
    ],
)
def test_frequencies_after_contexts_agree_with_nltk(order: int, expected: list[float]) -> None:
    """nltk 3.10.4: `LidstoneProbDist(gamma=0.5, bins=3)` of a `ConditionalFreqDist`."""
    assert fed(Markov(3, order, histories(RPS)["own"]), DIGITS) == pytest.approx(expected)


def test_contexts_may_be_joint_moves_or_outcomes() -> None:
    own, other = [0, 1, 0, 1, 0], [0, 0, 1, 0, 0]
    both = fed(Markov(2, 1, histories(PENNIES)["both"]), own, other)
    assert both == pytest.approx([0.25, 0.75])  # (0, 0) came once before, then 1
    outcome = fed(Markov(2, 1, histories(PENNIES)["outcome"]), own, other)
    assert outcome == pytest.approx([0.25, 0.75])  # one win before, then 1
    lost = fed(Markov(2, 1, histories(PENNIES)["outcome"]), own, [0, 0, 1, 0, 1])
    assert lost == pytest.approx([2.5 / 4, 1.5 / 4])  # after the losses: 0, 1, 0


def test_the_longest_end_that_occurred_before_tells_the_next() -> None:
    longest = LongestMatch(3, histories(RPS)["own"])
    #            0 1 2 came once, then 2; 2 came three times
    assert fed(longest, [0, 1, 2, 2, 0, 2, 1, 0, 1, 2]) == pytest.approx([0.2, 0.2, 0.6])


def test_of_several_longest_ends_all_count() -> None:
    longest = LongestMatch(2, histories(PENNIES)["own"])
    assert fed(longest, [0, 1, 0, 0]) == pytest.approx([0.5, 0.5])  # after 0 came 1, and 0
    alone = LongestMatch(2, histories(PENNIES)["own"])
    assert fed(alone, [0, 0, 1]) == pytest.approx([2.5 / 4, 1.5 / 4])  # nothing agrees: frequency


def test_the_longest_end_grows_beyond_its_first_memory() -> None:
    longest = LongestMatch(3, histories(RPS)["own"])
    assert fed(longest, [0, 1, 1, 2] * 20)[0] > 0.5


def test_stay_and_shift_are_pooled_over_moves() -> None:
    stay = StayShift(3, histories(RPS)["outcome"])
    # Win with 1, stay; win with 1, stay; win with 1 again.
    assert fed(stay, [1, 1, 1], [0, 0, 0]) == pytest.approx([0.5 / 3.5, 2.5 / 3.5, 0.5 / 3.5])
    # A win with another move is told by the same.
    stay.update(np.array([2]), np.array([1]))
    assert int(stay.probabilities()[0].argmax()) == 2


def test_among_many_moves_shifts_are_shared_evenly() -> None:
    stay = StayShift(5, histories(np.eye(5))["outcome"])
    fed(stay, [2, 2], [0, 0])
    p = stay.probabilities()[0]
    assert p[2] == pytest.approx(1.5 / 3.5)
    assert p[[0, 1, 3, 4]] == pytest.approx([2 / 3.5 / 4] * 4)
    assert fed(StayShift(5, histories(np.eye(5))["outcome"]), [2], [0]) == pytest.approx([0.2] * 5)


@pytest.mark.parametrize("name", sorted(EVERY))
def test_probabilities_are_probabilities_and_start_even(name: str) -> None:
    rng = np.random.default_rng(3)
    predictor = EVERY[name](5)
    assert predictor.probabilities() == pytest.approx(np.full((5, 3), 1 / 3))
    for _ in range(40):
        predictor.update(rng.integers(-1, 3, 5), rng.integers(-1, 3, 5))
        chances = predictor.probabilities()
        assert (chances > 0).all()
        assert chances.sum(axis=1) == pytest.approx(np.ones(5))


@pytest.mark.parametrize("name", sorted(EVERY))
def test_only_the_past_is_used_and_matches_are_apart(name: str) -> None:
    rng = np.random.default_rng(4)
    own, other = rng.integers(0, 3, (2, 25, 3))
    changed = own.copy()
    changed[15:, 0] = (changed[15:, 0] + 1) % 3
    first, second, alone = EVERY[name](3), EVERY[name](3), EVERY[name](1)
    for t in range(25):
        p, q = first.probabilities(), second.probabilities()
        assert p[1:] == pytest.approx(q[1:])
        assert alone.probabilities()[0] == pytest.approx(p[2])
        if t <= 15:
            assert p == pytest.approx(q)
        first.update(own[t], other[t])
        second.update(changed[t], other[t])
        alone.update(own[t, 2:], other[t, 2:])


@pytest.mark.parametrize("name", sorted(EVERY))
def test_names_of_moves_do_not_matter(name: str) -> None:
    rng = np.random.default_rng(5)
    own, other = rng.integers(0, 3, (2, 30, 1))
    order = np.array([2, 0, 1])  # a rotation keeps what beats what
    plain, renamed = EVERY[name](1), EVERY[name](1)
    for mine, theirs in zip(own, other, strict=True):
        assert renamed.probabilities()[:, order] == pytest.approx(plain.probabilities())
        plain.update(mine, theirs)
        renamed.update(order[mine], order[theirs])


class Certain:
    """Says the same always."""

    def __init__(self, chances: list[float]) -> None:
        self._chances = np.array([chances])

    def probabilities(self) -> Floats:
        return self._chances

    def update(self, own: Ints, other: Ints) -> None:
        """Learns nothing."""


def test_the_ensemble_follows_whom_the_moves_prove_right() -> None:
    even = np.full((2, 2), 0.5)
    both = Ensemble([Certain([0.9, 0.1]), Certain([0.2, 0.8])], [], even, even)
    # Six experts: the two, and four that the even responses make even.
    first = (0.99 * 0.9 + 0.005, 0.99 * 0.2 + 0.005, 0.5, 0.5, 0.5, 0.5)
    assert fed(both, [])[0] == pytest.approx(sum(first) / 6)
    weights = np.array(first) / sum(first) * 0.99 + 0.01 / 6
    assert fed(both, [0])[0] == pytest.approx(weights @ first)
    assert fed(both, [0] * 60)[0] > 0.85


def test_the_ensemble_second_guesses() -> None:
    """A player who beats the other's most frequent move, and one who goes two steps on."""
    rng = np.random.default_rng(6)
    other = rng.choice(3, p=[0.8, 0.1, 0.1], size=60)
    for steps in (1, 2, 3):
        counts, own = np.zeros(3), []
        for theirs in other:
            own.append(int(counts.argmax() + steps) % 3)
            counts[theirs] += 1
        every = ensemble(RPS, -RPS, 60)(1)
        assert max(fed(every, own, other.tolist())) > 0.8


def test_best_responses_share_ties() -> None:
    assert best_responses([[1, 0], [1, 2]]).tolist() == [[0.5, 0.5], [0, 1]]


def test_games_with_many_moves_leave_out_what_could_not_be_learned() -> None:
    names = predictors(np.zeros((99, 99)) + np.arange(99), 50)
    assert {"frequency", "markov_1", "longest_match"} <= set(names)
    assert "markov_2" not in names
    with pytest.raises(UsageError, match="take a smaller order"):
        Markov(99, 4, histories(np.zeros((99, 1)))["own"])
