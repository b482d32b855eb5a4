"""Scoring rules by hand (Brier 1950, Good 1952), against those of the game's modifier."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness import Choice, Distribution
from harness.errors import UsageError
from harness.games.predict import scores
from harness.metrics.forecast_scores import brier_scores, brier_skill, log_scores


def test_scores_by_hand() -> None:
    forecasts = [[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [1.0, 0.0, 0.0]]
    assert brier_scores(forecasts, [0, 2, 0]) == pytest.approx(
        [0.09 + 0.04 + 0.01, 0.49 + 0.04 + 0.81, 0]
    )
    assert log_scores(forecasts, [0, 2, 0]) == pytest.approx([math.log(0.7), math.log(0.1), 0])


def test_scores_are_those_of_the_modifier() -> None:
    space = Distribution(Choice(("H", "T")))
    for p in (0.0, 0.3, 1.0):
        told = scores({"H": p, "T": 1 - p}, "T", space)
        assert brier_scores([[p, 1 - p]], [1]) == pytest.approx([told["brier"]])
        assert log_scores([[p, 1 - p]], [1]) == pytest.approx([told["log_score"]])


def test_honest_forecasts_score_best_in_expectation() -> None:
    truth = np.array([0.2, 0.5, 0.3])
    others = np.random.default_rng(3).dirichlet([1, 1, 1], 200)

    def expected(forecasts: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> tuple[float, ...]:
        every = [
            (brier_scores([f] * 3, range(3)), log_scores([f] * 3, range(3))) for f in forecasts
        ]
        return min(float(truth @ b) for b, _ in every), max(float(truth @ g) for _, g in every)

    brier, log = expected(truth[None])
    best_brier, best_log = expected(others)
    assert brier < best_brier
    assert log > best_log


def test_skill_is_nothing_for_even_chances_and_one_for_certainty() -> None:
    assert brier_skill(float(brier_scores([[0.25] * 4], [1])[0]), 4) == pytest.approx(0)
    assert brier_skill(0, 4) == 1
    assert brier_skill(2, 2) == -3


def test_what_is_no_forecast_is_refused() -> None:
    for forecasts, done in (([[0.5, 0.4]], [0]), ([[0.5, 0.5]], [2]), ([[1.5, -0.5]], [0])):
        with pytest.raises(UsageError, match="probabilities"):
            brier_scores(forecasts, done)
    with pytest.raises(UsageError, match="actions"):
        brier_skill(0.1, 1)
