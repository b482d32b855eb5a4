"""Best responses and NashConv against those of OpenSpiel (`benchmarks/spiel_reference.py`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.exact.walk import Walked
from harness.metrics.exact_response import best_response, expected_payoffs
from tests.exact.games import walked

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("spiel_reference.json").read_text("utf-8")
)["cases"]


def by_state(
    found: Walked, player: int, told: Mapping[str, Sequence[float]]
) -> dict[int, Sequence[float]]:
    """A strategy by history as one by information state."""
    first, second = found.game.what.row_actions, found.game.what.column_actions
    policy = {}
    for state in found.tree.states(player):
        past = found.places[state]
        policy[state] = told[" ".join(f"{first.index(a)}{second.index(b)}" for a, b in past)]
    return policy


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["game"])
def test_best_responses_and_nash_conv_are_those_of_open_spiel(case: dict[str, Any]) -> None:
    found = walked(f"matrix(payoffs={case['payoffs']}, rounds={case['rounds']})")
    first, second = (by_state(found, player, case["policies"][player]) for player in (0, 1))
    against = [best_response(found.tree, 0, second), best_response(found.tree, 1, first)]
    assert [best.value for best in against] == pytest.approx(case["best_response"], abs=1e-9)
    played = expected_payoffs(found.tree, first, second)
    nash_conv = sum(best.value - own for best, own in zip(against, played, strict=True))
    assert nash_conv == pytest.approx(case["nash_conv"], abs=1e-9)
