from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.meta_game import deviation_gain
from harness.metrics.replicator import (
    basins,
    evolutionarily_stable_2x2,
    evolutionarily_stable_pure,
    limits,
    replicator_limit,
)
from tests.metrics.axelrod_figures import PAYOFFS, TURNS

FOUR = [[1, 5, 2, 0], [4, 1, 3, 2], [2, 4, 1, 5], [3, 0, 4, 1]]
ROCK_PAPER_SCISSORS = [[0, -1, 1], [1, 0, -1], [-1, 1, 0]]


def test_limits_are_where_nashpy_ends() -> None:
    """nashpy 0.0.43, `Game.replicator_dynamics`, to time 2000 and 3000."""
    np.testing.assert_allclose(replicator_limit(FOUR).population, [0.5, 0.4, 0.1, 0], atol=1e-6)
    other = replicator_limit(FOUR, [0.7, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(other.population, [0.5, 0.4, 0.1, 0], atol=1e-6)
    spiral = replicator_limit([[0, -1, 2], [2, 0, -1], [-1, 2, 0]], [0.6, 0.3, 0.1])
    np.testing.assert_allclose(spiral.population, [1 / 3] * 3, atol=1e-6)
    axelrod = replicator_limit(PAYOFFS / TURNS)
    expected = [0.0763138, 0, 0.2890057, 0.2275372, 0.1028748, 0.1638957, 0.1403729]
    np.testing.assert_allclose(axelrod.population[:7], expected, atol=1e-6)
    assert axelrod.at_rest
    assert deviation_gain(PAYOFFS / TURNS, axelrod.population) < 1e-7


def test_zero_sum_cycles_are_not_called_equilibria(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rock-paper-scissors turns round for ever; the product of shares is constant (Zeeman 1980)."""
    monkeypatch.setattr("harness.metrics.replicator.MOST_STEPS", 300)
    ends, at_rest, gains = limits(ROCK_PAPER_SCISSORS, [[0.5, 0.3, 0.2]])
    assert not at_rest[0]
    assert gains[0] > 0.1
    assert ends[0].prod() == pytest.approx(0.5 * 0.3 * 0.2, rel=1e-4)
    found = basins(ROCK_PAPER_SCISSORS, n_starts=5)
    assert (found.basins, found.restless) == ((), 1.0)


def test_time_to_rest_does_not_depend_on_units() -> None:
    small = replicator_limit(np.array(FOUR) * 1e-4)
    large = replicator_limit(np.array(FOUR) * 1e4 + 7)
    np.testing.assert_allclose(small.population, large.population, atol=1e-6)
    assert small.at_rest
    assert large.at_rest


def test_each_start_may_have_a_matrix_of_its_own() -> None:
    both, _, _ = limits([[[3, 0], [5, 1]], [[-1, 4], [0, 2]]], np.full((2, 2), 0.5))
    np.testing.assert_allclose(both, [[0.0, 1.0], [2 / 3, 1 / 3]], atol=1e-6)


def test_basins_are_divided_at_the_mixed_equilibrium() -> None:
    """Stag hunt of 4, 1, 3, 3: two thirds of stags are needed, so a third of starts lead there."""
    found = basins([[4, 1], [3, 3]], n_starts=2000, seed=3)
    assert [basin.support for basin in found.basins] == [(1,), (0,)]
    assert found.basins[0].share == pytest.approx(2 / 3, abs=3 * 0.0105)
    assert found.restless == 0
    assert sum(basin.share for basin in found.basins) == pytest.approx(1)


def test_basins_are_the_same_for_the_same_seed() -> None:
    one, same, other = (basins([[2, 0], [0, 1]], n_starts=50, seed=s) for s in (0, 0, 5))
    assert [b.share for b in one.basins] == [b.share for b in same.basins]
    assert [b.share for b in one.basins] != [b.share for b in other.basins]


@pytest.mark.parametrize(
    ("payoffs", "stable"),
    [
        ([[-1, 4], [0, 2]], [(2 / 3, 1 / 3)]),  # hawks and doves, value 4, cost 6
        ([[-2, 4], [0, 2]], [(0.5, 0.5)]),  # cost 8
        ([[1, 4], [0, 2]], [(1, 0)]),  # value above cost
        ([[3, 0], [5, 1]], [(0, 1)]),  # prisoner's dilemma
        ([[4, 1], [3, 3]], [(1, 0), (0, 1)]),  # stag hunt
        ([[1, 1], [1, 1]], []),
        ([[3, 3], [3, 1]], [(1, 0)]),  # equal at first order, better at second
    ],
)
def test_stable_strategies_are_the_textbooks(
    payoffs: list[list[float]], stable: list[tuple[float, float]]
) -> None:
    """Maynard Smith 1982, chapter 2: hawks V/C; and the usual two-by-two games."""
    found = evolutionarily_stable_2x2(payoffs)
    assert [pytest.approx(p) for p in stable] == list(found)


def test_neutral_mutants_keep_tit_for_tat_from_being_stable() -> None:
    """Boyd & Lorberbaum 1987, Nature 327: no pure strategy of the repeated dilemma is stable."""
    assert 2 not in evolutionarily_stable_pure(PAYOFFS)
    assert evolutionarily_stable_pure(PAYOFFS[np.ix_([1, 2], [1, 2])]) == (0, 1)


def test_starts_must_have_all_strategies() -> None:
    with pytest.raises(UsageError, match="every strategy present"):
        replicator_limit(FOUR, [0, 0.5, 0.5, 0])
    with pytest.raises(UsageError, match="population is 4 shares"):
        replicator_limit(FOUR, [0.5, 0.5])
    with pytest.raises(UsageError, match="do not fit"):
        limits(FOUR, [[0.5, 0.5]])
    with pytest.raises(UsageError, match="at least 1 start"):
        basins(FOUR, n_starts=0)
    with pytest.raises(UsageError, match="two actions"):
        evolutionarily_stable_2x2(FOUR)
