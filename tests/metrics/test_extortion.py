"""Extortioners against the figures of Press & Dyson, Stewart & Plotkin and Knight et al."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.extortion import (
    compliance,
    extortion_test,
    extortionate,
    surcharge,
    zd_fit,
)
from harness.metrics.memory_one import match_counts
from tests.metrics.memory_one_players import PLAYERS, Ints, play, policy_of, pool

EXTORTIONERS = ("Extort-2", "Extort-3", "Extort-5")
NEARLY = ("Joss", "TFT with noise 0.01")
"""Close to extortioners with chi 1.3 and 1.0: SSError 0.015 and 0.0001."""


@pytest.mark.parametrize(
    # By the published code of Knight et al. (2024): SSError and chi of the closest extortioner
    ("name", "ss_error", "chi"),
    [
        ("Extort-2", 0, 2),
        ("Extort-3", 0, 3),
        ("Extort-5", 0, 5),
        ("TFT", 0, 1),
        ("GTFT 1/3", 0.137, None),
        ("WSLS", 1.235, None),
        ("ALLC", 1.235, None),
        ("ALLD", 0.059, None),
    ],
)
def test_the_closest_extortioner_is_that_of_knight(
    name: str, ss_error: float, chi: float | None
) -> None:
    fit = zd_fit(PLAYERS[name][0])
    assert fit.ss_error == pytest.approx(ss_error, abs=5e-4)
    if chi is not None:
        assert fit.chi == pytest.approx(chi)


def test_baselines_and_fixed_payoffs_are_those_of_stewart_and_plotkin() -> None:
    """ZDGTFT-2 demands 3 for both; ZDSET-2 sets the other's payoff to 2, whatever it does."""
    generous, setter = zd_fit(PLAYERS["ZDGTFT-2"][0]), zd_fit(PLAYERS["ZDSET-2"][0])
    assert generous.baseline == pytest.approx(3)
    assert generous.slope == pytest.approx(1 / 2)
    assert setter.fixed_payoff == pytest.approx(2)
    assert generous.zd_error == pytest.approx(0, abs=1e-12)


def test_of_thirty_known_players_three_extort() -> None:
    assert tuple(n for n in PLAYERS if extortionate(zd_fit(PLAYERS[n][0]))) == EXTORTIONERS


def counted(name: str, matches: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """How often a player cooperated after CC, CD, DC, DD, and how often it saw them."""
    counts = match_counts(*play(policy_of(name), pool(matches), 20, rng)).sum(axis=0)[1:]
    return counts[:, 0], counts.sum(axis=1)


def recognised(name: str, matches: int, studies: int, seed: int = 0) -> float:
    """Share of studies in which a player passes for an extortioner."""
    rng = np.random.default_rng(seed)
    found = [extortion_test(*counted(name, matches, rng)).extorts for _ in range(studies)]
    return sum(extorts is True for extorts in found) / studies


def test_extortioners_are_recognised_from_play_and_others_are_not() -> None:
    for name in EXTORTIONERS:
        assert recognised(name, 200, 5) >= 0.8
    for name in ("TFT", "GRIM", "random 1/2", "general cooperator", "mostly unkind", "ZDGTFT-2"):
        assert recognised(name, 50, 2) == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAYERS)
def test_extortioners_are_told_from_all_other_known_players(name: str) -> None:
    """At 200 matches of 20 rounds: nine in ten extortioners, since the test is at 5 %; no other."""
    share = recognised(name, 200, 100)
    if name in EXTORTIONERS:
        assert share >= 0.85
    else:
        assert share <= (0.3 if name in NEARLY else 0.05)


def test_the_factor_is_found_and_the_likelihood_ratio_is_small() -> None:
    found = extortion_test(*counted("Extort-3", 2000, np.random.default_rng(1)))
    assert found.chi == pytest.approx(3, abs=0.3)
    assert found.p_value is not None
    assert found.p_value > 0.01


def test_one_act_of_grace_after_mutual_defection_rules_extortion_out() -> None:
    found = extortion_test([80, 55, 31, 1], [90, 110, 93, 107])
    assert (found.extorts, found.p_value, found.deviance) == (False, 0, float("inf"))


def test_too_few_states_tell_nothing() -> None:
    assert extortion_test([40, 0, 0, 0], [40, 0, 0, 0]).extorts is None


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(UsageError, match="four probabilities"):
        zd_fit([1, 0, 1])
    with pytest.raises(UsageError, match="four counts"):
        extortion_test([2, 0, 0, 0], [1, 0, 0, 0])


def test_how_an_extorted_player_fares() -> None:
    """A cooperator with extort-2 (Press & Dyson 2012): 3.5 and 2.25, the best it can have."""
    assert surcharge(3.5, 2.25) == 2
    assert surcharge(1.1, 1.01) is None
    assert compliance(2.25, 2.25) == 1
    assert compliance(1.0, 1.02) is None
