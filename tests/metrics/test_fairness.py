from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.fairness import envy, gini, payoff_shares, welfare_share


def test_gini_is_that_of_quantecon_and_pysal() -> None:
    """quantecon 0.11.4 `gini_coefficient` and inequality 1.1.2 `Gini` agree."""
    assert gini([3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5]) == pytest.approx(0.30991735537190085)


def test_gini_runs_from_equality_to_one_having_all() -> None:
    assert gini([2, 2, 2]) == 0
    assert gini([0, 0, 0, 8]) == 0.75
    assert gini([7]) == 0
    assert gini(np.array([1, 5, 3]) * 40) == pytest.approx(gini([1, 5, 3]))


def test_nothing_to_share_has_no_gini_and_no_shares() -> None:
    for payoffs in ([], [0, 0], [-1, 3]):
        assert gini(payoffs) is None
        assert payoff_shares(payoffs) is None


def test_envy_makes_responders_refuse_just_where_fehr_and_schmidt_say() -> None:
    """Fehr & Schmidt 1999, proposition 1: below a share of alpha / (1 + 2 alpha)."""
    for alpha in (0.5, 1, 4):
        share = alpha / (1 + 2 * alpha)
        felt = envy([1 - share, share])
        assert felt is not None
        assert share - alpha * felt[1] == pytest.approx(0)
        assert felt[0] == 0


def test_envy_is_averaged_over_all_others() -> None:
    felt = envy([1, 2, 6])
    assert felt is not None
    assert felt.tolist() == [3, 2, 0]
    assert envy([4]) is None


def test_shares_sum_to_one() -> None:
    shares = payoff_shares([1, 3, 4])
    assert shares is not None
    assert shares.tolist() == [0.125, 0.375, 0.5]


def test_welfare_runs_from_the_baseline_to_the_best() -> None:
    """Prisoner's dilemma 5, 3, 1, 0: mutual defection, mutual cooperation, one exploited."""
    assert welfare_share(2, best=6, baseline=2) == 0
    assert welfare_share(6, best=6, baseline=2) == 1
    assert welfare_share(5, best=6, baseline=2) == 0.75
    assert welfare_share(1, best=6, baseline=2) == -0.25
    assert welfare_share(0, best=0, baseline=0) is None  # zero-sum


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(UsageError, match="a list of numbers"):
        gini([1, float("nan")])
    with pytest.raises(UsageError, match="baseline up to the best"):
        welfare_share(1, best=0, baseline=2)
