"""Which well-known strategies an agent's matches look like, and how often."""

from __future__ import annotations

import numpy as np

from harness.metrics.cooperative import cooperates
from harness.metrics.interval import Estimate
from harness.metrics.strategy_frequency import strategy_frequencies
from harness.metrics.strategy_library import DAL_BO_FRECHETTE
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

NAMES = {s.name: f"strategy_{s.name.lower()}" for s in DAL_BO_FRECHETTE}

ABOUT = {
    "ALLD": "always defect",
    "ALLC": "always cooperate",
    "GRIM": "grim: defect for good after any defection",
    "TFT": "tit for tat",
    "WSLS": "win-stay, lose-shift",
    "T2": "answer a defection of either with two of its own",
}

METRICS = {
    **{
        metric: f"share of its matches played by {ABOUT[name]}, in the mixture of Dal Bó & "
        "Fréchette (2011); n counts matches"
        for name, metric in NAMES.items()
    },
    "strategy_beta": "probability of following the strategy in a round, in the same mixture",
}

MOST_MATCHES = 100
"""Matches of an agent that are read, evenly spread over all of them."""


def compute(study: Study) -> Findings:
    """Shares of strategies of every agent; nothing unless two players may cooperate repeatedly."""
    seats = study.seats
    dilemma = seats.n_players == 2 and any(action is not None for action in study.cooperative)
    if not dilemma or seats.moves.shape[1] < 2:
        return Findings()
    moves = cooperates(study)
    found: dict[str, dict[str, Estimate]] = {}
    alike: dict[str, list[list[str]]] = {}
    cut = False
    for name, every in zip(seats.names, seats.own, strict=True):
        rows = every[seats.other[every] >= 0]
        if len(rows) > MOST_MATCHES:
            cut = True
            rows = rows[np.linspace(0, len(rows) - 1, MOST_MATCHES).astype(np.int64)]
        own, other = (moves[side].astype(np.int64) for side in (rows, seats.other[rows]))
        fit = strategy_frequencies(own, other, DAL_BO_FRECHETTE, seed=study.seed)
        found[name] = {metric: fit.shares[s] for s, metric in NAMES.items()}
        found[name]["strategy_beta"] = fit.beta
        if fit.alike:
            alike[name] = [list(group) for group in fit.alike]
    notes = []
    if cut:
        notes.append(
            f"Shares of strategies rest on {MOST_MATCHES} matches an agent, evenly spread."
        )
    if alike:
        notes.append(
            "Where several strategies say the same in all of an agent's matches, only the sum of"
            " their shares means anything (details: alike)."
        )
    return Findings(found, {"alike": alike} if alike else {}, notes)


FAMILY = Family(compute, METRICS, "Which well-known strategies matches look like.")
