"""The headline numbers under each policy for answers that are no moves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np

from harness.metrics.cooperative import cooperates
from harness.metrics.families.cooperation import cooperation_rate
from harness.metrics.families.payoff import payoff_per_round
from harness.metrics.interval import SHARE, Estimate, within
from harness.metrics.study import Study

__all__ = ["sensitivity"]


def sensitivity(study: Study, metrics: Collection[str]) -> dict[str, Any]:
    """Payoff and cooperation as played, and as other policies would have had them.

    `void`: matches with a substituted move, and forfeited ones, left out. `forfeit`: matches kept
    up to the round before the first substituted move. What would have followed a match that was
    void cannot be told. Empty where all policies give the same, or nothing.

    Args:
        study: what was played.
        metrics: which of the two to tell.
    """
    moves = study.moves
    marked = moves["substituted"].to_numpy(bool)
    status = study.matches.drop_duplicates("match").set_index("match")["status"]
    forfeited = status.index[status == "forfeit"]
    if not metrics or not (marked.any() or len(forfeited)):
        return {}
    import pandas as pd

    match = pd.factorize(moves["match"])[0]
    rounds = moves["round"].to_numpy(np.int64)
    first = np.full(int(match.max(initial=-1)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, match[marked], rounds[marked])
    kept = {
        "void": (first[match] == np.iinfo(np.int64).max)
        & ~moves["match"].isin(forfeited).to_numpy(),
        "forfeit": rounds < first[match],
    }
    found = {"as_played": _headlines(study, metrics)}
    for policy, rows in kept.items():
        part = replace(study, moves=moves[rows].reset_index(drop=True))
        found[policy] = _headlines(part, metrics)
    every = [e for of in found.values() for told in of.values() for e in told.values()]
    return found if any(e.value is not None for e in every) else {}


def _headlines(study: Study, metrics: Collection[str]) -> dict[str, dict[str, Estimate]]:
    """The headline metrics of every agent."""
    seats = study.seats
    moves = cooperates(study) if "cooperation_rate" in metrics else None
    found: dict[str, dict[str, Estimate]] = {}
    for name, rows in zip(seats.names, seats.own, strict=True):
        found[name] = {}
        if "payoff_per_round" in metrics:
            found[name]["payoff_per_round"] = payoff_per_round(seats, rows, study.seed)
        if moves is not None:
            rate = cooperation_rate(seats, moves, rows, study.seed)
            found[name]["cooperation_rate"] = within(rate, SHARE)
    return found
