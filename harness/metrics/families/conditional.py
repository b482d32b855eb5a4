"""How agents answer what the other did in the last round, in games of cooperation between two."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from harness.metrics.conditional import Conditional, Fontana, conditional, fontana
from harness.metrics.cooperative import cooperates
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.memory_one import memory_one
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

STATES = ("cc", "cd", "dc", "dd")

METRICS = {
    "niceness": "share of matches in which it did not defect before, or in the round of, the "
    "other's first defection (Axelrod 1984)",
    "opening_cooperation": "share of matches that it opened with cooperation",
    "loyalty": "cooperation after both cooperated",
    "forgiveness": "cooperation after it cooperated and met defection",
    "retaliation": "defection then: 1 - forgiveness",
    "contrition": "cooperation after it defected and met cooperation",
    "reconciliation": "cooperation after both defected",
    "reciprocity": "cooperation after the other's C less that after its D, from -1 to 1",
    "emulation": "share of moves that are what the other did in the round before",
    "rounds_to_forgive": "median rounds from the other's first return to C to its own next C "
    "(Kaplan & Meier 1958); n counts such returns",
    **{
        f"cooperation_after_{state}": f"memory one: cooperation after {state.upper()}, the own "
        "move named first; the bounds are Beta (Jeffreys) and take answers for independent, which "
        "within one match they may not be; n counts opportunities (Brown, Cai & DasGupta 2001)"
        for state in STATES
    },
    "fontana_nice": "was not the first to defect (Fontana, Pierri & Aiello 2025, as all five)",
    "fontana_forgiving": "defections forgiven, relative to those and to rounds of penalty",
    "fontana_retaliatory": "unprovoked defections that it answered with defection",
    "fontana_troublemaking": "unprovoked defections of its own, relative to the occasions",
    "fontana_emulative": "rounds in which it did what the other had done before",
}


def compute(study: Study) -> Findings:
    """How every agent answers; nothing unless two players may cooperate."""
    seats = study.seats
    if seats.n_players != 2 or not any(action is not None for action in study.cooperative):
        return Findings()
    moves = cooperates(study)
    found: dict[str, dict[str, Estimate]] = {}
    for name, every in zip(seats.names, seats.own, strict=True):
        rows = every[seats.other[every] >= 0]
        own, other = (moves[side].astype(np.int64) for side in (rows, seats.other[rows]))
        where = seats.block[rows].tolist(), seats.table[rows].tolist(), study.seed
        answers = conditional(own, other, *where)
        states = memory_one(own, other)
        dimensions = fontana(own, other, *where)
        found[name] = {
            **_named(answers),
            **{f"cooperation_after_{state}": getattr(states, state) for state in STATES},
            **{f"fontana_{metric}": value for metric, value in _named(dimensions).items()},
        }
    return Findings(found)


def _named(told: Conditional | Fontana) -> dict[str, Estimate]:
    """The estimates by name."""
    return {field.name: getattr(told, field.name) for field in fields(told)}


SHARES = (
    "niceness",
    "opening_cooperation",
    "loyalty",
    "forgiveness",
    "retaliation",
    "contrition",
    "reconciliation",
    "emulation",
)
"""Metrics that are shares, from 0 to 1."""

FAMILY = Family(
    compute,
    METRICS,
    "How agents answer what the other did.",
    {**dict.fromkeys(SHARES, SHARE), "reciprocity": (-1.0, 1.0)},
)
