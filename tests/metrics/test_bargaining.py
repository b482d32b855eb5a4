"""Bargaining points against negmas 0.16.0, concessions and hard bargainers by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.errors import UsageError
from harness.metrics.bargaining import concession, frontier, most_taken, nash_values

# Instances of the bargaining game in OpenSpiel 2.0.2 with what negmas 0.16.0 makes of them.
FILE = Path(__file__).parents[1] / "games/deal_reference.json"
REFERENCE = json.loads(FILE.read_text("utf-8"))["instances"]


def outcomes(one: dict[str, Any]) -> list[tuple[int, int]]:
    """Both players' utilities in every division."""
    counts, (first, second) = one["counts"], one["values"]
    divisions = itertools.product(*(range(n + 1) for n in counts))
    return [
        (
            sum(v * k for v, k in zip(first, own, strict=True)),
            sum(v * (n - k) for v, n, k in zip(second, counts, own, strict=True)),
        )
        for own in divisions
    ]


@pytest.mark.parametrize("one", REFERENCE, ids=[str(one["index"]) for one in REFERENCE])
def test_frontier_and_nash_point_are_those_of_negmas(one: dict[str, Any]) -> None:
    points = outcomes(one)
    assert frontier(points).tolist() == one["frontier"]
    ties = np.mean(one["nash"], axis=0)
    assert nash_values(points) == pytest.approx(tuple(ties))


def test_without_a_gain_for_both_there_is_no_nash_point() -> None:
    assert nash_values([(10, 0), (0, 10)]) is None


def test_outcomes_are_pairs() -> None:
    for wrong in ([], [[1, 2, 3]], [1, 2]):
        with pytest.raises(UsageError, match="pairs"):
            frontier(wrong)


def test_concessions_are_slopes_and_totals() -> None:
    rng = np.random.default_rng(0)
    turns, demands = np.array([0, 2, 4, 7]), rng.random(4)
    found = concession(demands, turns)
    assert found is not None
    assert found.slope == pytest.approx(np.polyfit(turns, demands, 1)[0])
    assert found.total == pytest.approx(demands[0] - demands[-1])


def test_one_demand_is_no_concession() -> None:
    assert concession([10]) is None
    assert concession([]) is None
    with pytest.raises(UsageError, match="turn"):
        concession([10, 9], [0])


def test_the_hardest_opponent_is_told_by_half_and_judged_by_the_other() -> None:
    opponents = ["soft"] * 6 + ["hard"] * 6
    excess = [0.0] * 6 + [2.0, 3, 2, 3, 2, 3]
    found = most_taken(excess, opponents, [*range(6), *range(6)])
    assert found.opponent == "hard"
    assert found.plug_in == 2.5
    assert found.taken.value == pytest.approx(2.5)


def test_choosing_the_luckiest_of_many_alike_brings_no_bias() -> None:
    """20 opponents who take nothing on average: the largest mean is above 0, the honest one not."""
    rng = np.random.default_rng(9)
    opponents = np.repeat(range(20), 8).tolist()
    blocks = np.tile(range(8), 20).tolist()
    honest, plug_in = [], []
    for i in range(200):
        found = most_taken(rng.normal(size=160), opponents, blocks, seed=i)
        assert found.taken.value is not None
        assert found.plug_in is not None
        honest.append(found.taken.value)
        plug_in.append(found.plug_in)
    assert np.mean(plug_in) > 0.5
    assert abs(np.mean(honest)) < 4 * np.std(honest) / np.sqrt(200)


def test_one_block_of_each_tells_nothing() -> None:
    assert most_taken([1, 2], ["a", "b"], [0, 0]).taken.value is None
    assert most_taken([], [], []).taken.n == 0
