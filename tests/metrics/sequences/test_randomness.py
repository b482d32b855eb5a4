from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.errors import UsageError
from harness.metrics.sequences.randomness import (
    Independence,
    Uniformity,
    independence,
    uniformity,
)


def test_uniformity_agrees_with_scipy_and_statsmodels() -> None:
    """scipy 1.17.1 `chisquare`; statsmodels 0.15.0 `test_mvmean` of the matches' counts."""
    moves = np.random.default_rng(2014).choice(3, p=[0.4, 0.32, 0.28], size=(12, 30))
    found = uniformity(moves, 3, blocks=range(12))
    assert found.chi_square == pytest.approx(0.5166666666666666)
    assert found.p_value == pytest.approx(0.7723377432800811)
    assert found.p_clustered == pytest.approx(0.7137067477477177)
    assert (found.n, found.n_blocks) == (360, 12)


def test_moves_that_hang_together_are_no_bias() -> None:
    """Matches of one repeated move each, all three as often: too alike for even draws within."""
    moves = np.repeat([[0], [1], [2]] * 7 + [[0], [1]], 30, axis=1)
    found = uniformity(moves, 3, blocks=range(23))
    assert found.chi_square is not None
    assert found.p_value == pytest.approx(stats.chi2.sf(found.chi_square, 2))
    biased = np.repeat([[0]] * 14 + [[1]] * 5 + [[2]] * 4, 30, axis=1)
    off = uniformity(biased, 3, blocks=range(23))
    assert off.p_value is not None
    assert off.p_clustered is not None
    assert off.p_value < 1e-9
    assert 0.01 < off.p_clustered < 0.2


def test_few_moves_and_few_blocks_give_no_p_value() -> None:
    assert uniformity([[0, 1, 2, 0]], 3, blocks=["a"]).p_value is None
    assert uniformity([[-1, -1]], 3, blocks=["a"]) == Uniformity(None, None, None, 0, 0)
    alike = uniformity([[0, 1, 2] * 5] * 8, 3, blocks=range(8))
    assert alike.p_clustered is None
    with pytest.raises(UsageError, match="give one for each"):
        uniformity([[0, 1]], 2, blocks=["a", "b"])


def test_dependence_on_the_opponent_agrees_with_scipy() -> None:
    """scipy 1.17.1 `chi2_contingency` of 399 transitions: 5.7396, p 0.2195."""
    rng = np.random.default_rng(7)
    other = rng.integers(0, 3, 400)
    copied = rng.random(400) < 0.12
    own = np.where(copied, np.concatenate([[0], other[:-1]]), rng.integers(0, 3, 400))
    found = independence(own, 3, given=other, seed=1)
    assert found.statistic == pytest.approx(5.739643144570886, rel=0.03)
    assert found.p_value == pytest.approx(0.2195, abs=0.03)
    assert found.n == 399


def test_dependence_on_the_move_before_agrees_with_scipy() -> None:
    """scipy 1.17.1 `chi2_contingency` of the moves drawn after those: 2.5170, p 0.1126."""
    rng = np.random.default_rng(7)
    rng.integers(0, 3, 400)
    rng.random(400)
    rng.integers(0, 3, 400)
    found = independence(rng.integers(0, 2, 400), 2, seed=1)
    assert found.p_value == pytest.approx(0.1126, abs=0.03)


def test_copies_are_found_only_beside_what_they_copy() -> None:
    other = np.random.default_rng(8).integers(0, 3, (4, 30))
    own = np.roll(other, 1, axis=1)
    assert independence(own, 3, given=other, seed=1, n_shuffles=199).p_value == 0.005
    alone = independence(own, 3, seed=1, n_shuffles=199).p_value
    assert alone is not None
    assert alone > 0.05


def test_matches_with_frequencies_of_their_own_are_no_dependence() -> None:
    rng = np.random.default_rng(9)
    moves = np.concatenate([rng.choice(3, p=p, size=(10, 40)) for p in np.eye(3) * 0.7 + 0.1])
    assert (independence(moves, 3, seed=1, n_shuffles=199).p_value or 0) > 0.05


def test_without_transitions_there_is_no_test() -> None:
    assert independence([[0], [1]], 2, seed=1) == Independence(None, None, 0)
    assert independence([0, -1, 1], 2, seed=1, n_shuffles=9).n == 0
    with pytest.raises(UsageError, match="they must agree"):
        independence([[0, 1]], 2, given=[[0]], seed=1)


@pytest.mark.slow
def test_both_tests_keep_their_level() -> None:
    rng = np.random.default_rng(10)
    p_values = []
    for study in range(500):
        # Matches with inclinations of their own that cancel on average.
        moves = np.array([rng.choice(3, p=rng.dirichlet([3, 3, 3]), size=40) for _ in range(20)])
        clustered = uniformity(moves, 3, blocks=range(20)).p_clustered
        p_values.append((clustered, independence(moves, 3, seed=study, n_shuffles=199).p_value))
    rejected = np.count_nonzero(np.array(p_values, float) <= 0.05, axis=0)
    assert (rejected <= stats.binom.ppf(0.999, 500, 0.05)).all()
    assert (rejected >= stats.binom.ppf(0.001, 500, 0.05)).all()
