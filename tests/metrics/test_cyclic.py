from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.cyclic import decompose

BASEBALL = np.array(
    [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
)
"""Wins of American League teams in 1987 (Agresti, Categorical Data Analysis)."""


def test_the_ranking_is_what_least_squares_explain() -> None:
    """statsmodels 0.15.0, OLS of the margins on who played: coefficients and 1 - R²."""
    found = decompose((BASEBALL - BASEBALL.T) / 2)
    expected = [11 / 7, 8 / 7, 5 / 7, 4 / 7, 1 / 7, -8 / 7, -3]
    np.testing.assert_allclose(found.ratings, expected)
    assert found.cyclic_share == pytest.approx(1 - 0.7199409884435701)


def test_the_parts_sum_to_the_whole_and_are_orthogonal() -> None:
    margins = (BASEBALL - BASEBALL.T) / 2
    found = decompose(margins)
    np.testing.assert_allclose(found.transitive + found.cyclic, margins)
    np.testing.assert_allclose(found.cyclic.sum(axis=1), 0, atol=1e-12)
    assert (found.transitive * found.cyclic).sum() == pytest.approx(0, abs=1e-9)


def test_rock_paper_scissors_is_all_cycle_and_a_ladder_none() -> None:
    """Balduzzi et al. 2019: the two extremes."""
    assert decompose([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).cyclic_share == pytest.approx(1)
    strengths = np.array([3.0, 0.1, -2, 7])
    assert decompose(strengths[:, None] - strengths[None, :]).cyclic_share == 0


def test_without_any_margin_there_is_no_share() -> None:
    assert decompose(np.zeros((3, 3))).cyclic_share is None
    assert decompose([[0]]).cyclic_share is None


def test_noise_looks_cyclic_and_is_taken_off() -> None:
    """A ladder of ten, each margin with an error of 1: the share is 0, whatever it looks like."""
    rng = np.random.default_rng(0)
    strengths = np.linspace(-1, 1, 10)
    errors = np.ones((10, 10)) - np.eye(10)
    plain, corrected = [], []
    for _ in range(200):
        noise = np.triu(rng.normal(size=(10, 10)), 1)
        found = decompose(strengths[:, None] - strengths + noise - noise.T, errors)
        assert found.cyclic_share is not None
        plain.append(found.cyclic_share)
        corrected.append(found.corrected_share or 0.0)
    assert np.mean(plain) > 0.35
    assert np.median(corrected) < 0.1
    cyclic = decompose([[0, -1, 1], [1, 0, -1], [-1, 1, 0]], np.full((3, 3), 0.1))
    assert cyclic.corrected_share == pytest.approx(1, abs=0.02)


def test_margins_lost_in_noise_have_no_corrected_share() -> None:
    assert decompose([[0, 1], [-1, 0]], [[0, 2], [2, 0]]).corrected_share is None


def test_what_is_not_zero_sum_is_refused() -> None:
    with pytest.raises(UsageError, match="do not cancel"):
        decompose([[0, 1], [1, 0]])
    with pytest.raises(UsageError, match="standard errors"):
        decompose([[0, 1], [-1, 0]], [1, 1])
