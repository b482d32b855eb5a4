from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.efficiency import efficiency, efficient_cells

DILEMMA = [[[3, 0], [5, 1]], [[3, 5], [0, 1]]]


def test_efficiency_in_the_dilemma_is_the_published_scale() -> None:
    """(mean - P) / (R - P), as with Axelrod's payoffs."""
    for mean in (0.5, 1, 2.25, 3):
        assert efficiency(DILEMMA, 2 * mean) == pytest.approx((mean - 1) / (3 - 1))


def test_the_mixed_equilibrium_of_the_battle_of_the_sexes_secures_and_no_more() -> None:
    game = [[[10, 0], [0, 7]], [[7, 0], [0, 10]]]
    assert efficiency(game, 2 * 70 / 17) == pytest.approx(0)
    assert efficiency(game, 17) == pytest.approx(1)


def test_zero_sum_games_have_no_efficiency() -> None:
    rps = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    assert efficiency([rps, -rps], 0) is None
    assert efficiency(np.zeros((2, 2, 2)), 0) is None


def test_every_cell_but_mutual_defection_is_efficient_in_the_dilemma() -> None:
    assert efficient_cells(DILEMMA) == ((0, 0), (0, 1), (1, 0))


def test_equal_cells_do_not_dominate_each_other_and_weak_dominance_counts() -> None:
    game = [[[2, 2], [2, 0]], [[1, 1], [0, 5]]]
    assert efficient_cells(game) == ((0, 0), (0, 1), (1, 1))
