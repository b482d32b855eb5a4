from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction
from math import prod

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.sequences.context_tree import ContextTree, code_length, depth_for

DIGITS = [int(digit) for digit in "0120210012201102200121012020110221001202112010"]


@pytest.mark.parametrize(
    ("sequence", "probability"), [("0100110", 7 / 2048), ("01001100", 153 / 65536)]
)
def test_published_probabilities(sequence: str, probability: float) -> None:
    """Willems, Shtarkov & Tjalkens: the sequence after the past 110, depth 3."""
    bits = code_length([int(bit) for bit in sequence], 2, depth=3, past=[1, 1, 0])
    assert 2.0 ** -bits[0] == pytest.approx(probability, rel=1e-12)


@pytest.mark.parametrize(
    ("depth", "bits", "last"),
    [
        (1, 77.5228632131703, [0.3426178016625256, 0.32479580653354284, 0.3325863918039315]),
        (2, 75.7244939393533, [0.18238757059408758, 0.3054899526078505, 0.512122476798062]),
        (3, 71.71679592649183, [0.14723446933940385, 0.6123737169370275, 0.24039181372356874]),
    ],
)
def test_three_symbols_agree_with_directed_information(
    depth: int, bits: float, last: list[float]
) -> None:
    """`directed-information` 0.1 (PyPI): its code length, and probabilities of the last symbol."""
    assert code_length(DIGITS, 3, depth)[0] == pytest.approx(bits, abs=1e-9)
    tree = ContextTree(3, depth)
    nothing = np.array([-1])
    for t, digit in enumerate(DIGITS[:-1]):
        if t < depth:
            tree.past.push(np.array([digit]), nothing)
        else:
            tree.update(np.array([digit]), nothing)
    assert tree.probabilities()[0] == pytest.approx(last, abs=1e-9)


def weighted(moves: list[int], n_actions: int, depth: int, context: tuple[int, ...]) -> Fraction:
    """The recursion of the paper, over contexts with -1 before the first move, last move first."""
    before = [-1] * depth + moves
    counts: Counter[int] = Counter()
    estimate = Fraction(1)
    for t, move in enumerate(moves):
        recent = tuple(before[t : t + depth][::-1])
        if recent[: len(context)] == context:
            n = sum(counts.values())
            estimate *= (counts[move] + Fraction(1, 2)) / (n + Fraction(n_actions, 2))
            counts[move] += 1
    if len(context) == depth:
        return estimate
    children = range(-1, n_actions)
    split = prod(
        (weighted(moves, n_actions, depth, (*context, c)) for c in children), start=Fraction(1)
    )
    return (estimate + split) / 2


@pytest.mark.parametrize(("n_actions", "depth"), [(2, 2), (3, 2), (3, 3)])
def test_the_first_moves_are_predicted_with_the_start_as_a_context(
    n_actions: int, depth: int
) -> None:
    moves = [digit % n_actions for digit in DIGITS[:12]]
    tree, probability = ContextTree(n_actions, depth), 1.0
    for move in moves:
        probability *= tree.probabilities()[0, move]
        tree.update(np.array([move]), np.array([-1]))
    assert probability == pytest.approx(float(weighted(moves, n_actions, depth, ())), rel=1e-12)


def test_all_sequences_together_have_probability_one() -> None:
    every = list(itertools.product(range(3), repeat=5))
    bits = code_length(every, 3, depth=2, past=[0, 1])
    assert np.sum(2.0**-bits) == pytest.approx(1)


def test_matches_side_by_side_do_not_touch_each_other() -> None:
    moves = np.random.default_rng(1).integers(0, 3, (4, 30))
    together = code_length(moves, 3, depth=3)
    alone = [code_length(row, 3, depth=3)[0] for row in moves]
    assert together == pytest.approx(alone)


def test_missing_moves_cost_nothing_and_are_forgotten_as_context() -> None:
    assert code_length([[0, -1, -1, -1]], 2, depth=0) == pytest.approx([1])
    padded, cut = code_length([[0, 1, 1, 0, 1, -1, -1]], 2, 2), code_length([[0, 1, 1, 0, 1]], 2, 2)
    assert padded == pytest.approx(cut)


def test_names_of_moves_do_not_matter() -> None:
    renamed = [[1, 2, 0][digit] for digit in DIGITS]
    assert code_length(renamed, 3, 3) == pytest.approx(code_length(DIGITS, 3, 3))


def test_long_certain_play_does_not_overflow() -> None:
    bits = code_length([0, 1] * 1000, 2, depth=3)[0]
    assert 0 < bits < 30


def test_a_tree_too_large_is_refused() -> None:
    with pytest.raises(UsageError, match="take a smaller depth"):
        ContextTree(100, 5)


def test_the_depth_grows_with_the_match() -> None:
    assert [depth_for(n) for n in (10, 100, 101)] == [3, 3, 5]
