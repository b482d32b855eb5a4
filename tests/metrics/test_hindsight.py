from __future__ import annotations

import numpy as np
import pytest

from harness import UsageError
from harness.metrics.hindsight import external_regret, swap_regret
from harness.metrics.normal_form import regrets

CHICKEN = np.array([[[6, 2], [7, 0]], [[6, 7], [2, 0]]])
RPS = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])


def test_aumanns_correlated_equilibrium_leaves_no_regret() -> None:
    """A third on each of three cells of chicken; Aumann (1974), Subjectivity and correlation."""
    device = [[1, 1], [1, 0]]
    for player in (0, 1):
        assert swap_regret(CHICKEN, device, player) == 0
        assert external_regret(CHICKEN, device, player) < 0


def test_correlation_that_is_no_equilibrium_shows() -> None:
    """Always (yield, yield): daring would have gained 1."""
    assert swap_regret(CHICKEN, [[9, 0], [0, 0]], 0) == 1
    assert external_regret(CHICKEN, [[9, 0], [0, 0]], 0) == 1


def test_an_independent_profile_has_the_regret_of_the_profile() -> None:
    first, second = np.array([0.2, 0.3, 0.5]), np.array([0.6, 0.3, 0.1])
    game = [RPS, -RPS]
    told = regrets(game, [first, second])
    for player in (0, 1):
        assert external_regret(game, np.outer(first, second), player) == pytest.approx(told[player])


def test_swapping_gains_what_no_fixed_action_does() -> None:
    """Each of a player's moves loses to the very next one, all equally often."""
    beaten = np.roll(np.eye(3), 1, axis=1)
    game = [RPS, -RPS]
    assert external_regret(game, beaten, 0) == pytest.approx(1)
    assert swap_regret(game, beaten, 0) == pytest.approx(2)
    assert swap_regret(game, beaten, 1) == 0
    assert external_regret(game, beaten, 1) == -1


@pytest.mark.parametrize("joint", [np.zeros((2, 2)), np.ones((2, 3)), [[1, -1], [1, 1]]])
def test_what_is_no_play_is_refused(joint: np.ndarray) -> None:
    with pytest.raises(UsageError, match="joint play"):
        external_regret(CHICKEN, joint, 0)
