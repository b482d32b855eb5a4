"""Which of thirty players of the literature extort, by what they are and by their play."""

from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.extortion import extortion_test, extortionate, zd_fit
from harness.metrics.memory_one import match_counts
from tests.metrics.memory_one_players import PLAYERS, Ints, play, policy_of, pool

EXTORTIONERS = ("Extort-2", "Extort-3", "Extort-5")
NEARLY = ("Joss", "TFT with noise 0.01")
"""Close to extortioners with chi 1.3 and 1.0: SSError 0.015 and 0.0001."""


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
