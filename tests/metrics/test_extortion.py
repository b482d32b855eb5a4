"""Extortion: least-squares fits against published figures, a general solver, and exact play."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.metrics.extortion import (
    ExtortionTest,
    compliance,
    extortion_test,
    extortionate,
    surcharge,
    zd_fit,
)
from tests.metrics.memory_one_players import PLAYERS, play, policy_of, pool

Floats = NDArray[np.float64]

# SSError and chi of memory-one players by the formulas of Knight et al. (2024), PLoS ONE 19(7)
# e0304641, computed with their published code (drvinceknight/testing_for_ZD); three decimals.
SS_ERRORS = {
    "Extort-2": (0, 2),
    "TFT": (0, 1),
    "GTFT 1/3": (0.137, None),
    "WSLS": (1.235, None),
    "ALLC": (1.235, None),
    "ALLD": (0.059, None),
}
# Payoff relations that the players were made for: Press & Dyson (2012), Stewart & Plotkin (2012).
BASELINES = {"Extort-2": (1, 1 / 2), "Extort-3": (1, 1 / 3), "ZDGTFT-2": (3, 1 / 2)}


@pytest.mark.parametrize("name", SS_ERRORS)
def test_fits_are_the_published_ones(name: str) -> None:
    error, chi = SS_ERRORS[name]
    found = zd_fit(PLAYERS[name][0])
    assert found.ss_error == pytest.approx(error, abs=5e-4)
    if chi is not None:
        assert found.chi == pytest.approx(chi)


@pytest.mark.parametrize("name", BASELINES)
def test_zero_determinant_players_force_the_relation_that_they_were_made_for(name: str) -> None:
    baseline, slope = BASELINES[name]
    found = zd_fit(PLAYERS[name][0])
    assert found.zd_error == pytest.approx(0, abs=1e-12)
    assert found.baseline == pytest.approx(baseline)
    assert found.slope == pytest.approx(slope)
    assert found.fixed_payoff is None


def test_an_equalizer_sets_the_others_payoff() -> None:
    found = zd_fit(PLAYERS["ZDSET-2"][0])
    assert found.fixed_payoff == pytest.approx(2)
    assert found.slope == pytest.approx(0)
    assert found.baseline is None
    assert found.zd_error == pytest.approx(0, abs=1e-12)


def test_fits_are_those_of_the_normal_equations() -> None:
    """Knight et al., section 2: x = (C'C)^-1 C' p~, and the rest is the error."""
    rng = np.random.default_rng(1)
    for p in rng.random((10, 4)):
        tilde = p - [1, 1, 0, 0]
        columns = np.array([[2, 2], [-1, 4], [4, -1], [0, 0]], float)
        x = np.linalg.inv(columns.T @ columns) @ columns.T @ tilde
        found = zd_fit(p)
        assert found.chi == pytest.approx(-x[1] / x[0])
        assert found.ss_error == pytest.approx(tilde @ tilde - tilde @ columns @ x)


def test_only_extortioners_are_recognised_as_such() -> None:
    found = {name for name, (p, _) in PLAYERS.items() if extortionate(zd_fit(p))}
    assert found == {"Extort-2", "Extort-3", "Extort-5"}


def test_other_payoffs_are_heeded() -> None:
    """chi = 2 at R, S, T, P = 4, 0, 6, 2 with phi = 1/10: p~ = phi (S_X - P - chi (S_Y - P))."""
    own, other = np.array([4, 0, 6, 2.0]), np.array([4, 6, 0, 2.0])
    tilde = 0.1 * ((own - 2) - 2 * (other - 2))
    found = zd_fit(tilde + np.array([1, 1, 0, 0]), payoffs=(4, 0, 6, 2))
    assert found.ss_error == pytest.approx(0, abs=1e-12)
    assert found.chi == pytest.approx(2)


def test_what_is_no_player_is_refused() -> None:
    for p in ([0.5] * 3, [0.5, 0.5, 0.5, 1.2]):
        with pytest.raises(UsageError, match="four probabilities"):
            zd_fit(p)
    with pytest.raises(UsageError, match="four counts"):
        extortion_test([5, 0, 0, 0], [4, 0, 0, 0])


def counts(name: str, matches: int, rounds: int, seed: int) -> tuple[Floats, Floats]:
    """Cooperations and opportunities of a player in random play."""
    from harness.metrics.memory_one import match_counts

    own, other = play(policy_of(name), pool(matches), rounds, np.random.default_rng(seed))
    seen = match_counts(own, other).sum(axis=0)[1:]
    return seen[:, 0].astype(float), seen.sum(axis=1).astype(float)


def test_extortioners_are_recognised_in_play_and_others_are_not() -> None:
    for name in ("Extort-2", "Extort-3"):
        found = extortion_test(*counts(name, 24, 200, seed=1))
        assert found.extorts is True
        assert found.chi == pytest.approx(int(name[-1]), rel=0.25)
    for name in ("WSLS", "GTFT 1/3", "random 1/2", "mostly kind", "TFT", "ZDGTFT-2"):
        assert extortion_test(*counts(name, 24, 200, seed=1)).extorts is False


def test_who_never_defects_does_not_tell_what_it_would_do_then() -> None:
    found = extortion_test(*counts("ALLC", 24, 200, seed=1))
    assert found.extorts is found.p_value is None


def test_true_extortioners_are_turned_down_as_seldom_as_the_level_says() -> None:
    """60 samples of Extort-2: the chance of more than 8 p-values below 0.05 is below 0.2 %."""
    low = [extortion_test(*counts("Extort-2", 6, 100, seed)).p_value for seed in range(60)]
    assert sum(p is not None and p < 0.05 for p in low) <= 8


def test_one_cooperation_after_mutual_defection_rules_extortion_out() -> None:
    found = extortion_test([80, 55, 31, 1], [90, 110, 93, 107])
    assert found.extorts is False
    assert found.p_value == 0
    assert found.deviance == np.inf


def test_too_little_seen_leaves_it_open() -> None:
    unseen = extortion_test([0, 0, 0, 0], [0, 0, 0, 0])
    assert isinstance(unseen, ExtortionTest)
    assert unseen.extorts is None
    assert extortion_test([80, 55, 31, 0], [90, 110, 93, 0]).extorts is None


def test_the_best_chi_is_the_most_likely_one_on_a_grid() -> None:
    k, n = np.array([80, 55, 31, 0]), np.array([90, 110, 93, 107])
    found = extortion_test(k, n)

    def likelihood(chi: float, phi: float) -> float:
        p = np.array([1 + phi * (2 - 2 * chi), 1 + phi * (-1 - 4 * chi), phi * (4 + chi)])
        if (p <= 0).any() or (p >= 1).any():
            return -np.inf
        return float((k[:3] * np.log(p) + (n - k)[:3] * np.log(1 - p)).sum())

    grid = [
        (likelihood(chi, phi), chi)
        for chi in np.linspace(1, 4, 151)
        for phi in np.linspace(0.002, 0.2, 100)
    ]
    best, chi = max(grid)
    assert found.chi == pytest.approx(chi, abs=0.05)
    share = (k / n)[:3]
    free = float((k[:3] * np.log(share) + (n - k)[:3] * np.log(1 - share)).sum())
    assert found.deviance == pytest.approx(2 * (free - best), abs=0.05)


def test_who_yields_fully_to_extort_2_earns_half_of_its_gain() -> None:
    """The best answer to Extort-2 is to cooperate: 2.25 for the player and 3.5 for it."""
    assert surcharge(3.5, 2.25) == pytest.approx(2)
    assert compliance(2.25, 2.25) == 1
    assert compliance(1.0, 2.25) == 0
    assert surcharge(1.2, 1.04) is None
    assert compliance(1.0, 1.0) is None
