"""A tournament as a population of its agents: equilibria, selection, ratings, cycles."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.metrics.interval import Estimate
from harness.metrics.population import Equilibrium, Population, analyse_population
from harness.metrics.ratings import match_scores, ratings
from harness.metrics.seats import Seats
from harness.metrics.shares import Ints
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY"]

METRICS = {
    "alpha_rank": "mass under strong selection in a finite population (α-Rank, not of local "
    "selection, Omidshafiei et al. 2019); needs self-play",
    "strict_equilibrium_regret": "payoff forgone against the strict equilibrium where it forgoes "
    "least; needs self-play and a strict equilibrium",
    "replicator_regret": "payoff forgone against where the replicator dynamics lead from equal "
    "shares; needs self-play, and dynamics that come to rest, but not at a strict equilibrium",
    "nash_rating": "Nash average over margins, at most 0 (Balduzzi et al. 2018)",
    "elo": "Bradley-Terry strength on the Elo scale, mean 1500, in constant-sum play alone; n "
    "counts matches (Bradley & Terry 1952)",
}

MANY = 15
"""Agents above which fewer resamples are drawn."""

RESAMPLES = 500
LEAST_RESAMPLES = 100
MOST_CYCLIC = 0.1
"""Share of margins that no ranking explains above which a warning is given."""


def compute(study: Study) -> Findings:
    """The population of a tournament; nothing unless two or more agents met in matches of two."""
    seats = study.seats
    rows = np.flatnonzero(seats.other >= 0)
    if not (seats.opponent[rows] != seats.agent[rows]).any():
        return Findings()
    names = np.array(seats.names, object)
    agents = names[seats.agent[rows]].tolist()
    opponents = names[seats.opponent[rows]].tolist()
    resamples = RESAMPLES if len(set(agents)) <= MANY else LEAST_RESAMPLES
    found = analyse_population(
        agents,
        opponents,
        seats.payoff[rows] / seats.rounds[rows],
        seats.block[rows].tolist(),
        resamples=resamples,
        seed=study.seed,
    )
    told = _by_agent(found)
    notes = _notes(found)
    details = _details(found)
    if _constant_sum(study, seats, rows):
        scores = match_scores(seats.payoff[rows], seats.payoff[seats.other[rows]])
        rated = ratings(
            agents,
            opponents,
            scores,
            seats.block[rows].tolist(),
            resamples=resamples,
            seed=study.seed,
        )
        for agent, elo in zip(rated.agents, rated.elo, strict=True):
            told[agent]["elo"] = elo
        details["elo"] = {"prior_share": rated.prior_share, "tie_share": rated.tie_share}
        if rated.fit.reason:
            notes.append(f"Elo ratings rest on a prior: {rated.fit.reason}.")
    if len(told) > MANY:
        notes.append(f"Intervals of the population rest on {resamples} resamples.")
    return Findings(told, details, notes)


def _constant_sum(study: Study, seats: Seats, rows: Ints) -> bool:
    """Whether both players' payoffs per round sum to the same in every match.

    Where the game's payoffs are known they tell; where they are not, somebody has to have won.
    """
    if study.payoffs is not None:
        total = study.payoffs.sum(axis=0)
        return bool(np.ptp(total) <= 1e-9 * max(1.0, float(np.abs(study.payoffs).max())))
    if (seats.payoff[rows] == seats.payoff[seats.other[rows]]).all():
        return False
    joint = (seats.payoff[rows] + seats.payoff[seats.other[rows]]) / seats.rounds[rows]
    return bool(np.ptp(joint) <= 1e-9 * max(1.0, float(np.abs(seats.payoff[rows]).max())))


def _by_agent(found: Population) -> dict[str, dict[str, Estimate]]:
    """The metrics of every agent."""
    agents = found.matrix.agents
    told: dict[str, dict[str, Estimate]] = {agent: {} for agent in agents}
    equilibria = found.equilibria or ()
    strict = [e for e in equilibria if e.kind == "strict"]
    limits = [e for e in equilibria if e.kind == "replicator"]
    for k, agent in enumerate(agents):
        mine = told[agent]
        if found.alpha_rank is not None:
            mine["alpha_rank"] = found.alpha_rank[k]
        if strict:
            mine["strict_equilibrium_regret"] = min(
                (e.regret[k] for e in strict), key=lambda regret: regret.value or 0.0
            )
        if limits:
            mine["replicator_regret"] = limits[0].regret[k]
        if found.margins is not None:
            mine["nash_rating"] = found.margins.nash_ratings[k]
    return told


def _details(found: Population) -> dict[str, Any]:
    """Matrices and equilibria."""
    matrix, margins = found.matrix, found.margins
    details: dict[str, Any] = {
        "agents": list(matrix.agents),
        "payoff_matrix": matrix.mean,
        "standard_error": matrix.standard_error,
        "seats": matrix.n,
        "blocks": matrix.n_blocks,
        "missing": [list(pair) for pair in matrix.missing],
        "invasion": found.invasion,
        "invasion_low": found.invasion_low,
        "invasion_high": found.invasion_high,
    }
    if found.uniform_gain is not None:
        details["uniform_gain"] = found.uniform_gain
    if found.equilibria is not None:
        details["equilibria"] = [_equilibrium(e) for e in found.equilibria]
    if found.sweep is not None:
        details["alpha_sweep"] = {"alphas": found.sweep.alphas, "masses": found.sweep.masses}
    if found.first is not None:
        details["alpha_rank_first"] = list(found.first)
    if margins is not None:
        details["nash_population"] = margins.nash_population
        details["cyclic_share"] = margins.cyclic_share
        details["cyclic_share_corrected"] = margins.corrected_share
    return details


def _equilibrium(found: Equilibrium) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "population": found.population,
        "regret": list(found.regret),
        "support": found.support,
    }


def _notes(found: Population) -> list[str]:
    """What has to be known of the population."""
    notes = []
    if found.matrix.missing:
        pairs = [f"{a} against {b}" for a, b in found.matrix.missing]
        shown = ", ".join(pairs[:3]) + (f" and {len(pairs) - 3} more" if len(pairs) > 3 else "")
        notes.append(
            f"Equilibria of the population and α-Rank need every pair, self-play included"
            f" (--schedule round_robin,self_play); missing: {shown}."
        )
    if found.margins is not None:
        share = found.margins.corrected_share
        share = found.margins.cyclic_share.value if share is None else share
        if share is not None and share > MOST_CYCLIC:
            notes.append(
                f"{share:.0%} of who beats whom is cyclic: no ranking explains it; read the payoff"
                " matrix (details: population) before any rating."
            )
    return notes


FAMILY = Family(compute, METRICS, "A tournament as a population of its agents.")
