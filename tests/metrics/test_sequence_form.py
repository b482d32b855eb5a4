from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.security import maximin
from harness.metrics.sequence_form import security_level
from tests.exact.games import ultimatum, walked


@pytest.mark.parametrize("feedback", ["full", "payoffs", "none"])
def test_a_repeated_game_is_worth_its_rounds_times_the_stage_game(feedback: str) -> None:
    rng = np.random.default_rng(0)
    for rounds, size in ((1, (3, 4)), (2, (2, 3)), (3, (2, 2))):
        payoffs = rng.integers(-5, 6, (2, *size)).astype(float)
        cells = np.moveaxis(payoffs, 0, 2).tolist()
        tree = walked(f"matrix(payoffs={cells}, rounds={rounds}, feedback={feedback!r})").tree
        for player in (0, 1):
            wanted = rounds * maximin(payoffs, player).value
            assert security_level(tree, player) == pytest.approx(wanted, abs=1e-8)


def test_what_is_seen_before_a_decision_is_worth_something() -> None:
    assert security_level(ultimatum().tree, 1) == pytest.approx(1)  # takes whatever is offered
    assert security_level(ultimatum().tree, 0) == pytest.approx(0)
