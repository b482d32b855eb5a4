"""How often agents cooperate, and when in a match."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.metrics.cooperative import Moves, cooperates
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.seats import Seats
from harness.metrics.shares import Ints, by_opponent, linearised, share
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY", "cooperation_rate"]

METRICS = {
    "cooperation_rate": "share of its own valid moves that are cooperation",
    "cooperation_by_opponent": "mean over opponents of the rate against each, every opponent "
    "alike, without self-play",
    "mutual_cooperation": "share of rounds of two valid moves in which both cooperated",
    "last_round_cooperation": "share of matches with cooperation in the last round",
    "end_effect": "cooperation in the last round less that from the third round to the third-last, "
    "where the length is announced (Selten & Stoecker 1986)",
}


def cooperation_rate(seats: Seats, moves: Moves, rows: Ints, seed: int) -> Estimate:
    """An agent's rate over some seats; `moves` are 0 for C, 1 for D, -1 for none, of all seats."""
    mine = moves[rows]
    return share(seats, rows, (mine == 0).sum(axis=1), (mine >= 0).sum(axis=1), seed)


def compute(study: Study) -> Findings:
    """Cooperation of every agent; nothing where no action is cooperation."""
    if not any(action is not None for action in study.cooperative):
        return Findings()
    seats, seed = study.seats, study.seed
    moves = cooperates(study)
    announced = study.facts.get("rounds") is not None
    found: dict[str, dict[str, Estimate]] = {}
    by_round: dict[str, list[float | None]] = {}
    for name, rows in zip(seats.names, seats.own, strict=True):
        mine = moves[rows]
        good, valid = mine == 0, mine >= 0
        counts = good.sum(axis=1), valid.sum(axis=1)
        found[name] = {
            "cooperation_rate": cooperation_rate(seats, moves, rows, seed),
            "last_round_cooperation": _last(seats, moves, rows, seed),
        }
        if seats.n_players == 2:
            found[name]["cooperation_by_opponent"] = by_opponent(seats, rows, *counts, seed)
            found[name]["mutual_cooperation"] = _mutual(seats, moves, rows, seed)
        if announced:
            found[name]["end_effect"] = _end_effect(seats, moves, rows, seed)
        by_round[name] = _course(good, valid)
    return Findings(found, {"cooperation_by_round": by_round})


def _course(good: Any, valid: Any) -> list[float | None]:
    """The rate in each round, over all matches that came to it."""
    tops, bottoms = good.sum(axis=0).tolist(), valid.sum(axis=0).tolist()
    return [top / bottom if bottom else None for top, bottom in zip(tops, bottoms, strict=True)]


def _lasts(seats: Seats, rows: Ints) -> Ints:
    """The column of each seat's last round."""
    there = seats.played[rows] >= 0
    last: Ints = there.shape[1] - 1 - np.argmax(there[:, ::-1], axis=1)
    return last


def _last(seats: Seats, moves: Moves, rows: Ints, seed: int) -> Estimate:
    """Cooperation in the last round."""
    if not rows.size:
        return Estimate(None, None, None, 0)
    last = moves[rows, _lasts(seats, rows)]
    return share(seats, rows, last == 0, last >= 0, seed)


def _mutual(seats: Seats, moves: Moves, rows: Ints, seed: int) -> Estimate:
    """Rounds in which both cooperated."""
    rows = rows[seats.other[rows] >= 0]
    mine, theirs = moves[rows], moves[seats.other[rows]]
    both = (mine >= 0) & (theirs >= 0)
    good = both & (mine == 0) & (theirs == 0)
    return share(seats, rows, good.sum(axis=1), both.sum(axis=1), seed)


def _end_effect(seats: Seats, moves: Moves, rows: Ints, seed: int) -> Estimate:
    """The last round against the middle of the match, in matches of six rounds or more."""
    last = _lasts(seats, rows) if rows.size else rows
    rows, last = rows[last >= 5], last[last >= 5]
    if not rows.size:
        return Estimate(None, None, None, 0)
    mine = moves[rows]
    at = np.arange(mine.shape[1])
    middle = (mine >= 0) & (at >= 2) & (at <= last[:, None] - 2)
    end = mine[np.arange(len(rows)), last]
    tops = (end == 0).astype(float), (middle & (mine == 0)).sum(axis=1)
    bottoms = (end >= 0).astype(float), middle.sum(axis=1)
    if not bottoms[0].sum() or not bottoms[1].sum():
        return Estimate(None, None, None, 0)
    rates = [top.sum() / bottom.sum() for top, bottom in zip(tops, bottoms, strict=True)]
    parts = [
        (top - rate * bottom) / bottom.sum()
        for top, bottom, rate in zip(tops, bottoms, rates, strict=True)
    ]
    return linearised(seats, rows, float(rates[0] - rates[1]), parts[0] - parts[1], seed=seed)


SHARES = (
    "cooperation_rate",
    "cooperation_by_opponent",
    "mutual_cooperation",
    "last_round_cooperation",
)
"""Metrics that are shares, from 0 to 1."""

FAMILY = Family(
    compute, METRICS, "How often agents cooperate, and when.", dict.fromkeys(SHARES, SHARE)
)
