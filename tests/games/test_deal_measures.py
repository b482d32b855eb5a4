"""The measures of Deal or No Deal, against a third-party library and by brute force."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from harness.games.deal_contexts import Context, all_contexts
from harness.games.deal_measures import measure, outcomes, pareto_frontier

HERE = Path(__file__).parent
REFERENCE = json.loads((HERE / "deal_reference.json").read_text("utf-8"))["instances"]


@pytest.mark.parametrize("one", REFERENCE, ids=[str(one["index"]) for one in REFERENCE])
def test_measures_agree_with_negmas(one: dict[str, Any]) -> None:
    counts, (first, second) = tuple(one["counts"]), map(tuple, one["values"])
    context = Context(counts, (first, second))
    points = outcomes(context)
    assert [list(point) for point in pareto_frontier(points)] == one["frontier"]
    best = {tuple(point) for point in one["nash"]}
    for own in itertools.product(*(range(n + 1) for n in counts)):
        rest = tuple(n - taken for n, taken in zip(counts, own, strict=True))
        found = {k: v[0] for k, v in measure(context, (own, rest), (1, 1)).items()}
        x = sum(v * n for v, n in zip(first, own, strict=True))
        y = sum(v * n for v, n in zip(second, rest, strict=True))
        assert found["own_score"] == x
        assert found["joint_ratio"] == (x + y) / one["max_sum"]
        assert found["nash_ratio"] == x * y / one["nash_product"]
        assert (found["nash_ratio"] == 1) == ((x, y) in best)
        assert found["egalitarian_ratio"] == min(x, y) / one["max_min"]
        assert found["pareto"] == ([x, y] in one["frontier"])
        assert (found["pareto_distance"] == 0) == ([x, y] in one["frontier"])
        gaps = measure(context, (own, rest), (1, 1))["gap"]
        assert gaps == (one["max_0_given_1"][y] - x, one["max_1_given_0"][x] - y)
    none = measure(context, None, (1, 1))
    at_best = [sum(scores) / len(one["nash"]) for scores in zip(*one["nash"], strict=True)]
    assert none["fair_score"] == pytest.approx(tuple(at_best))
    assert none["gap_all"] == (one["max_0_given_1"][1], one["max_1_given_0"][1])


def test_frontier_and_best_product_agree_with_brute_force_on_all_contexts() -> None:
    for context in all_contexts():
        divisions = list(itertools.product(*(range(n + 1) for n in context.counts)))
        points = []
        for own in divisions:
            x = y = 0
            for n, taken, a, b in zip(context.counts, own, *context.values, strict=True):
                x, y = x + taken * a, y + (n - taken) * b
            points.append((x, y))
        beaten = {p for p in points for q in points if q != p and q[0] >= p[0] and q[1] >= p[1]}
        assert pareto_frontier(outcomes(context)) == sorted(set(points) - beaten)
        products = [x * y for x, y in points]
        for i in (products.index(max(products)), len(points) // 2):
            rest = tuple(n - taken for n, taken in zip(context.counts, divisions[i], strict=True))
            found = measure(context, (divisions[i], rest), (0, 0))
            assert found["nash_ratio"] == (products[i] / max(products),) * 2
            assert found["pareto"] == (points[i] not in beaten,) * 2


def test_ratios_to_nothing_are_unknown() -> None:
    rest = Context((1, 1, 1), ((0, 0, 0), (0, 0, 0)))
    found = measure(rest, ((1, 1, 1), (0, 0, 0)), (0, 0))
    for name in ("joint_ratio", "nash_ratio", "egalitarian_ratio", "fairness"):
        assert found[name] == found[f"{name}_all"] == (None, None)
    none = measure(rest, None, (0, 0))
    assert none["joint_ratio_all"] == none["gap_all"] == none["fair_score"] == (None, None)
    assert none["fairness_all"] == (0, 0)


def test_the_measures_of_a_deal_by_hand() -> None:
    context = Context((1, 2, 3), ((8, 1, 0), (4, 0, 2)))
    found = measure(context, ((0, 2, 1), (1, 0, 2)), (1, 1))
    # 2 and 8 points; the frontier is (2, 10), (10, 6), and the best product 60.
    expected: dict[str, tuple[float, float]] = {
        "own_score": (2, 8),
        "joint_score": (10, 10),
        "joint_ratio": (10 / 16, 10 / 16),
        "pareto": (0, 0),
        "pareto_distance": (2, 2),
        "gap": (0, 2),
        "nash_ratio": (16 / 60, 16 / 60),
        "egalitarian_ratio": (2 / 6, 2 / 6),
        "fairness": (0.4, 0.4),
        "score_gap": (6, 6),
        "envy": (6, 0),
    }
    for name, values in expected.items():
        assert found[name] == pytest.approx(values), name
        assert found.get(f"{name}_all", values) == pytest.approx(values), name
