"""The Poisson cognitive hierarchy, against simulation and figures computed elsewhere."""

from __future__ import annotations

import math

import pytest

from harness.errors import UsageError
from harness.metrics.cognitive_hierarchy import ch_choices, ch_mean, ch_tau, tau_estimate
from harness.metrics.interval import Estimate

P = 2 / 3

# Mean predictions for p = 2/3 of the model of Camerer, Ho & Chong (2004), computed with scipy 1.17
# and with sympy; to two decimals.
MEANS = {0.5: 43.10, 1: 37.84, 1.5: 33.50, 2: 29.81, 3: 23.81}


@pytest.mark.parametrize(("tau", "mean"), MEANS.items())
def test_mean_predictions_are_those_computed_elsewhere(tau: float, mean: float) -> None:
    assert ch_mean(tau, P) == pytest.approx(mean, abs=0.005)


def test_two_steps_by_hand() -> None:
    """With f(0) : f(1) = 1 : tau, step 2 chooses p (50 + tau 50 p) / (1 + tau)."""
    assert ch_choices(1.5, P)[:3] == pytest.approx([50, 50 * P, P * (50 + 1.5 * 50 * P) / 2.5])


def test_the_mean_is_the_sum_by_definition() -> None:
    tau, choices, shares = 2.0, [50.0], [math.exp(-2)]
    for k in range(1, 40):
        weights = [s / sum(shares) for s in shares]
        choices.append(P * sum(w * a for w, a in zip(weights, choices, strict=True)))
        shares.append(math.exp(-tau) * tau**k / math.factorial(k))
    expected = sum(s * a for s, a in zip(shares, choices, strict=True))
    assert ch_mean(tau, P) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("tau", [0.0, 0.3, 1.61, 5, 29])
def test_tau_is_found_again_from_the_mean(tau: float) -> None:
    assert ch_tau(ch_mean(tau, P), P) == pytest.approx(tau, abs=1e-6)


def test_means_that_no_tau_predicts_give_null() -> None:
    limit = ch_mean(30, P)
    assert ch_tau(50.01, P) is None
    assert ch_tau(limit - 0.01, P) is None
    assert ch_tau(0, P) is None
    assert ch_tau(50, P) == 0


def test_the_bounds_of_tau_are_those_of_the_mean_swapped() -> None:
    found = tau_estimate(Estimate(33.5, 23.81, 60, 9), P)
    assert found.value == pytest.approx(1.5, abs=1e-3)
    assert found.low == 0  # a mean above 50
    assert found.high == pytest.approx(3, abs=1e-3)
    assert tau_estimate(Estimate(33.5, 0.1, 40, 9), P).high is None
    assert tau_estimate(Estimate(None, None, None, 0), P) == Estimate(None, None, None, 0)


def test_what_the_model_does_not_hold_for_is_refused() -> None:
    for tau, p in ((-1, P), (31, P), (1, 1.3)):
        with pytest.raises(UsageError, match="tau"):
            ch_mean(tau, p)
