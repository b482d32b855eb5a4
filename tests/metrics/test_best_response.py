from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.best_response import BestResponse, best_response
from harness.metrics.memory_one import match_counts, policy
from harness.metrics.stationary import mean_payoffs
from tests.metrics.memory_one_players import PLAYERS, Floats, play, policy_of, pool

AGENT, OTHER = np.array([[3, 0], [5, 1]], float), np.array([[3, 5], [0, 1]], float)


@lru_cache
def against(name: str) -> BestResponse:
    return best_response(policy_of(name), AGENT, OTHER)


@pytest.mark.parametrize(
    ("name", "value", "left", "worst"),
    [
        # Best answers to the classics: Axelrod (1984); Nowak & Sigmund (1993) for win-stay
        # lose-shift, which constant defection answers as well with 5, 3, 1, 0; Press & Dyson
        # (2012), equation 15, and Stewart & Plotkin (2012) for the zero-determinant ones.
        ("ALLC", 5, 0, 0),
        ("ALLD", 1, 1, 1),
        ("TFT", 3, 3, 1),
        ("WSLS", 3, 0.5, 0.5),
        ("GRIM", 3, 3, 1),
        ("GTFT 1/3", 3, 13 / 6, 2 / 3),
        ("random 1/2", 3, 0.5, 0.5),
        ("Extort-2", 2.25, 3.5, 1),
        ("Extort-3", 21 / 11, 41 / 11, 1),
        ("ZDGTFT-2", 3, 3, 7 / 9),
        ("ZDSET-2", 2, 0.75, 0.75),
        ("TFT with noise 0.01", 2.97, 3.02, 0.99),
    ],
)
def test_known_players_lose_what_is_known(
    name: str, value: float, left: float, worst: float
) -> None:
    found = against(name)
    assert found.value == pytest.approx(value, abs=1e-7)
    assert found.agent_payoff == pytest.approx(left, abs=1e-7)
    assert found.worst_case == pytest.approx(worst, abs=1e-7)
    assert found.gain == pytest.approx(value - 3, abs=1e-7)
    assert found.damage == pytest.approx(3 - left, abs=1e-7)
    assert found.security_gap == pytest.approx(1 - worst, abs=1e-7)


def test_extortioners_and_tit_for_tat_are_never_beaten() -> None:
    """Press & Dyson (2012): s_X - P = chi (s_Y - P); rivals in Hilbe, Chatterjee & Nowak (2018)."""
    for name in ("Extort-2", "Extort-3", "Extort-5", "TFT", "ALLD", "GRIM"):
        assert against(name).rivalry_margin <= 1e-9
    for name in ("ALLC", "WSLS", "GTFT 1/3", "ZDGTFT-2", "random 1/2"):
        assert against(name).rivalry_margin > 0.5


def test_partners_are_nice_and_cannot_be_taken_from() -> None:
    """Akin (2016): generous tit for tat is good below 1/3, and no longer there."""
    partners = {name for name in PLAYERS if against(name).partner}
    good = {name for name in PLAYERS if against(name).good}
    assert partners == {
        *("TFT", "WSLS", "GRIM", "GTFT 1/3", "GTFT 1/10", "firm but fair", "ZDGTFT-2"),
    }
    assert partners - good == {"WSLS", "GTFT 1/3"}


def test_no_other_player_earns_more_than_the_best_answer() -> None:
    for name in PLAYERS:
        found = against(name)
        for opponent in PLAYERS:
            agent, other = mean_payoffs(policy_of(name), policy_of(opponent), (AGENT, OTHER))
            assert other <= found.value + 1e-7
            assert agent >= found.worst_case - 1e-7
            assert other - agent <= found.rivalry_margin + 1e-7


def test_a_game_without_mutual_cooperation_has_no_gain_from_it() -> None:
    pennies = np.array([[1, -1], [-1, 1]], float)
    found = best_response(policy_of("WSLS"), pennies, -pennies, rounds=10, cooperative=None)
    assert (found.gain, found.damage, found.partner, found.good) == (None, None, None, None)
    assert found.security_gap == pytest.approx(found.value)  # zero sum: what is won is lost


def test_a_known_end_makes_partners_of_nobody_who_answers_only_later() -> None:
    found = best_response(policy_of("TFT"), AGENT, OTHER, rounds=10)
    assert found.value == pytest.approx(3.2)
    assert found.partner is False
    assert found.actions.shape == (10, 5)


def test_patience_makes_partners() -> None:
    """Tit for tat is an equilibrium from a discount of 2/3 on: (T - R) / (R - S) (Axelrod 1984)."""
    impatient = best_response(policy_of("TFT"), AGENT, OTHER, discount=0.66)
    patient = best_response(policy_of("TFT"), AGENT, OTHER, discount=0.67)
    assert (impatient.partner, patient.partner) == (False, True)


def test_both_lengths_of_a_match_are_refused() -> None:
    with pytest.raises(UsageError, match="one or the other"):
        best_response(policy_of("TFT"), AGENT, OTHER, rounds=3, discount=0.5)


def estimated(true: Floats, matches: int, rng: np.random.Generator) -> float:
    """Plug-in value of the best answer to a player, from simulated matches of 20 rounds."""
    counts = match_counts(*play(true, pool(matches), 20, rng)).sum(axis=0)
    return best_response(policy(counts), AGENT, OTHER, rounds=20).value


def test_estimated_values_of_thirty_players_come_to_the_exact_ones() -> None:
    assert len(PLAYERS) == 30
    rng = np.random.default_rng(30)
    errors = []
    for name in PLAYERS:
        exact = best_response(policy_of(name), AGENT, OTHER, rounds=20).value
        errors.append([estimated(policy_of(name), n, rng) - exact for n in (24, 1200)])
    few, many = np.abs(errors).T
    assert many.max() < 0.04
    assert many.mean() < few.mean() / 4  # 50 times the data: about a seventh
