from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.sequences.entropy import (
    Shuffled,
    conditional_entropy,
    entropy,
    shuffle_test,
    shuffles,
)

DIGITS = [int(digit) for digit in "0120210012201102200121012020110221001202112010"]


def test_entropy_agrees_with_scipy() -> None:
    """scipy 1.17.1, `stats.entropy(base=2)`."""
    assert entropy(DIGITS, 3) == pytest.approx(1.5802316050963607)


@pytest.mark.parametrize(
    ("order", "bits"),
    [(1, 1.4969108977544427), (2, 1.1821821007046251), (3, 0.5666169296883794)],
)
def test_conditional_entropy_agrees_with_pyinform(order: int, bits: float) -> None:
    """pyinform 0.2.0, `entropy_rate`."""
    assert conditional_entropy(DIGITS, 3, order) == pytest.approx(bits)


@pytest.mark.parametrize(("order", "bits"), [(1, 1.4901457669892344), (2, 1.0371337419623878)])
def test_contexts_do_not_reach_over_the_ends_of_matches(order: int, bits: float) -> None:
    """pyinform 0.2.0, `entropy_rate` of three series."""
    matches = np.reshape(DIGITS[:45], (3, 15))
    assert conditional_entropy(matches, 3, order) == pytest.approx(bits)


def test_the_correction_agrees_with_infomeasure() -> None:
    """infomeasure 0.6.3, `miller_madow`, base 2; the conditional one a difference of two."""
    assert entropy(DIGITS, 3, correct=True) == pytest.approx(1.6115945407678598)
    assert entropy([0, 0, 1, 2, 0, 0, 1], 3, correct=True) == pytest.approx(1.5848827850417415)
    conditional = conditional_entropy(DIGITS, 3, 1, correct=True)
    assert conditional == pytest.approx(3.2079740456534864 - 1.6148834785064463)


def test_entropy_falls_with_the_context_even_where_nothing_can_be_predicted() -> None:
    """The trap. The first two fall as Miller (1955) says, (cells - contexts) / (2 n ln 2)."""
    rng = np.random.default_rng(1)
    drawn = [rng.integers(0, 3, 200) for _ in range(100)]
    means, corrected = (
        [np.mean([conditional_entropy(m, 3, k, correct) or 0 for m in drawn]) for k in (1, 2, 3)]
        for correct in (False, True)
    )
    even = np.log2(3)
    assert means[0] == pytest.approx(even - 6 / (2 * 199 * np.log(2)), abs=0.005)
    assert means[1] == pytest.approx(even - 18 / (2 * 198 * np.log(2)), abs=0.01)
    assert means[2] < means[1] < means[0] < even
    assert corrected[:2] == pytest.approx([even, even], abs=0.01)


def test_no_moves_have_no_entropy() -> None:
    assert entropy([[-1, -1]], 3) is None
    assert conditional_entropy([[0], [1]], 3, order=1) is None
    assert shuffle_test([[0], [1]], 3, order=1, seed=1) == Shuffled(None, None, None, 0)


def test_moves_without_a_whole_context_do_not_count() -> None:
    assert shuffle_test([0, 1, -1, 0, 1, 0], 2, order=1, seed=1).n == 3
    assert conditional_entropy([0, 1, -1, 1, 0, -1, 0, 1], 2, order=1) == pytest.approx(0)


def test_shuffles_stay_within_matches_and_leave_gaps_where_they_are() -> None:
    table = np.array([[0, -1, 1, 2, 0, -1], [1, 1, -1, -1, 2, 2]])
    rng = np.random.default_rng(2)
    seen = set()
    for _ in range(1000):
        shuffled = shuffles(table, rng)
        assert ((shuffled < 0) == (table < 0)).all()
        assert (np.sort(shuffled) == np.sort(table)).all()
        seen.add(shuffled.tobytes())
    assert len(seen) == 12 * 6  # all orders of 0 0 1 2 with all of 1 1 2 2


def test_matches_that_differ_in_frequencies_are_no_dependence() -> None:
    rng = np.random.default_rng(3)
    moves = np.concatenate([rng.choice(3, p=p, size=(10, 40)) for p in np.eye(3) * 0.7 + 0.1])
    assert (shuffle_test(moves, 3, order=1, seed=1, n_shuffles=199).p_value or 0) > 0.05


def test_what_depends_on_the_move_before_is_found() -> None:
    rng = np.random.default_rng(4)
    steps = rng.choice(3, p=[0.6, 0.2, 0.2], size=(5, 40))
    found = shuffle_test(np.cumsum(steps, axis=1) % 3, 3, order=1, seed=1, n_shuffles=199)
    assert found.p_value == 0.005
    assert found.value is not None
    assert found.expected is not None
    assert found.value < found.expected


def test_without_a_context_there_is_no_test() -> None:
    with pytest.raises(UsageError, match="shuffling changes nothing"):
        shuffle_test([0, 1], 2, order=0, seed=1)


@pytest.mark.slow
def test_the_shuffle_test_keeps_its_level() -> None:
    rng = np.random.default_rng(5)
    p_values = []
    for study in range(500):
        moves = np.concatenate([rng.choice(3, p=p, size=(2, 30)) for p in np.eye(3) * 0.4 + 0.2])
        p_values.append(shuffle_test(moves, 3, 2, seed=study, n_shuffles=199).p_value)
    rejected = np.count_nonzero(np.array(p_values) <= 0.05)
    assert stats.binom.ppf(0.001, 500, 0.05) <= rejected <= stats.binom.ppf(0.999, 500, 0.05)
