"""Ratings of a tournament of cooperators and defectors, as the axelrod library reports them."""

from __future__ import annotations

import numpy as np

from harness.metrics.cooperative import cooperates
from harness.metrics.interval import Estimate
from harness.metrics.seats import Seats
from harness.metrics.shares import Ints
from harness.metrics.study import Family, Findings, Study
from harness.metrics.tournament import TournamentRatings, tournament_ratings

__all__ = ["FAMILY"]

METRICS = {
    "axelrod_wins": "matches with a larger total than the opponent's (axelrod 4.14, as all these)",
    "axelrod_score": "sum of payoffs, without self-play",
    "axelrod_median_score": "median over repetitions of the mean over matches of payoff per round",
    "cooperating_rating": "share of decisions that were cooperation, without self-play",
    "initial_cooperation_rate": "share of matches opened with cooperation, without self-play",
    "good_partner_rating": "share of matches in which it cooperated at least as often as its "
    "opponent",
    "eigenjesus": "principal eigenvector of who cooperates with whom: who cooperates with those "
    "who do; needs self-play, and compares within this tournament alone",
    "eigenmoses": "the same of 2 (cooperation - 1/2): who defects on defectors gains too",
}


def compute(study: Study) -> Findings:
    """Axelrod's ratings; nothing unless two players may cooperate."""
    seats = study.seats
    rows = np.flatnonzero(seats.other >= 0)
    if not rows.size or not any(action is not None for action in study.cooperative):
        return Findings()
    found = _ratings(study, rows)
    met = rows[seats.opponent[rows] != seats.agent[rows]]
    n = np.bincount(seats.agent[met], minlength=len(seats.names)).tolist()
    columns: dict[str, list[float | None]] = {
        "axelrod_wins": [float(wins) for wins in found.wins],
        "axelrod_score": list(found.score),
        "axelrod_median_score": list(found.median_score),
        "cooperating_rating": list(found.cooperating_rating),
        "initial_cooperation_rate": list(found.initial_cooperation_rate),
        "good_partner_rating": list(found.good_partner_rating),
    }
    for name, vector in (("eigenjesus", found.eigenjesus), ("eigenmoses", found.eigenmoses)):
        columns[name] = (
            [None] * len(found.agents) if vector is None else [float(x) for x in vector.vector]
        )
    place = {agent: k for k, agent in enumerate(found.agents)}
    agents = {
        name: {
            metric: Estimate(_told(values, place.get(name), count), None, None, count)
            for metric, values in columns.items()
        }
        for name, count in zip(seats.names, n, strict=True)
    }
    details = {
        "agents": list(found.agents),
        "normalised_cooperation": found.normalised_cooperation,
        "ranking": [found.agents[k] for k in found.ranking],
    }
    missing = np.isnan(found.normalised_cooperation).any()
    notes = ["eigenjesus and eigenmoses need every pair, self-play included."] if missing else []
    return Findings(agents, details, notes)


def _told(values: list[float | None], place: int | None, n: int) -> float | None:
    """An agent's value; None where it met nobody else."""
    return None if place is None or not n else values[place]


def _ratings(study: Study, rows: Ints) -> TournamentRatings:
    """The ratings of the seats in matches of two."""
    seats = study.seats
    moves = cooperates(study)
    good, valid = (moves == 0).sum(axis=1), (moves >= 0).sum(axis=1)
    first = moves[:, 0].astype(float)
    opened = np.where(first < 0, np.nan, first == 0)
    other = seats.other[rows]
    names = np.array(seats.names, object)
    return tournament_ratings(
        names[seats.agent[rows]].tolist(),
        names[seats.agent[other]].tolist(),
        _repetitions(seats, rows),
        rounds=seats.rounds[rows],
        payoffs=seats.payoff[rows],
        opponent_payoffs=seats.payoff[other],
        decisions=valid[rows],
        cooperations=good[rows],
        opponent_cooperations=good[other],
        opened=opened[rows],
    )


def _repetitions(seats: Seats, rows: Ints) -> list[int]:
    """Which of its table's blocks each seat's match belongs to, counted from 0."""
    blocks, first = np.unique(seats.block, return_index=True)
    tables = seats.table[first]
    order = np.argsort(tables, kind="stable")
    starts = np.flatnonzero(np.diff(tables[order], prepend=-1))
    sizes = np.diff(np.r_[starts, len(order)])
    rank = np.empty(len(blocks), np.int64)
    rank[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    found: list[int] = rank[np.searchsorted(blocks, seats.block[rows])].tolist()
    return found


FAMILY = Family(compute, METRICS, "Ratings as Axelrod's tournaments have them.")
