"""The family `forecasts`: how good players' forecasts of each other were."""

from __future__ import annotations

import math

from harness.metrics.agent_means import agent_means, counted
from harness.metrics.forecast_scores import brier_skill
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

SCORES = {
    "brier": "forecast_brier",
    "log_score": "forecast_log_score",
    "hit_rate": "forecast_hit_rate",
    "squared_error": "forecast_squared_error",
}
"""Measures that the modifier `predict` gives a game, and their public names."""


def _compute(study: Study) -> Findings:
    """Means over each agent's matches of the mean scores of its forecasts."""
    rows = counted(study.matches)
    agents: dict[str, dict[str, Estimate]] = {}
    for measure, name in SCORES.items():
        if measure in rows and rows[measure].notna().any():
            for agent, found in agent_means(rows, measure, study.seed).items():
                agents.setdefault(agent, {})[name] = found
    sizes = {len(actions) for actions in study.actions or ()}
    if len(sizes) == 1 and min(sizes) > 1:
        for metrics in agents.values():
            if "forecast_brier" in metrics:
                metrics["forecast_skill"] = _skill(metrics["forecast_brier"], min(sizes))
    return Findings(agents=agents)


def _skill(score: Estimate, actions: int) -> Estimate:
    """The score against even chances; the bounds change places."""
    value, low, high = (
        None if bound is None else brier_skill(bound, actions)
        for bound in (score.value, score.high, score.low)
    )
    return Estimate(value, low, high, score.n)


FAMILY = Family(
    compute=_compute,
    about="How good the forecasts are that agents were asked for.",
    metrics={
        "forecast_brier": "Brier score of forecasts, 0 best to 2 (Brier 1950)",
        "forecast_log_score": "mean log of the probability forecast of what was done (Good 1952)",
        "forecast_hit_rate": "share of forecast actions that were what was done",
        "forecast_squared_error": "mean squared difference between numbers forecast and chosen",
        "forecast_skill": "1 less the Brier score over that of even chances: 1 is perfect",
    },
    bounds={
        "forecast_brier": (0.0, 2.0),
        "forecast_log_score": (-math.inf, 0.0),
        "forecast_hit_rate": SHARE,
        "forecast_squared_error": (0.0, math.inf),
        "forecast_skill": (-math.inf, 1.0),
    },
)
