"""What agents earned: raw, on the scale of the game, together with others, against others."""

from __future__ import annotations

import itertools
from dataclasses import asdict

import numpy as np

from harness.metrics.comparisons import compare_payoffs
from harness.metrics.equilibria import equilibria
from harness.metrics.fairness import envy, gini
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.normal_form import expected_payoffs
from harness.metrics.seats import Seats
from harness.metrics.security import is_constant_sum, maximin
from harness.metrics.shares import Floats, Ints, by_opponent, linearised, share
from harness.metrics.study import Family, Findings, Study

__all__ = ["FAMILY", "payoff_per_round"]

METRICS = {
    "payoff_per_round": "mean payoff per round over all its rounds, in the game's points",
    "payoff_per_round_by_opponent": "mean over opponents of the payoff per round against each, "
    "every opponent alike, without self-play, in points",
    "payoff_total": "mean over its seats of a match's total payoff, discounted where the game is",
    "payoff_normalised": "payoff per round on a scale where 0 is what the seat can secure and 1 an "
    "even share of the best joint payoff",
    "win_share": "share of matches with more than the opponent's total, a tie as a half; without "
    "self-play",
    "efficiency": "joint payoff of its matches where 0 is the sum of what all can secure and 1 the "
    "best cell (Koutsoupias & Papadimitriou 1999)",
    "welfare_share": "the same where 0 is the equilibrium of one round that pays least together",
    "gini": "mean over its matches of the Gini coefficient of the players' totals, such as what "
    "they own in the end (Sen 1973); null where a total is negative",
    "envy": "by how much the others earned more, per round and on average over them, in points "
    "(Fehr & Schmidt 1999)",
    "seat_effect": "payoff per round as player 0 less that as player 1, in points; without "
    "self-play",
}


def payoff_per_round(seats: Seats, rows: Ints, seed: int) -> Estimate:
    """An agent's payoff per round over some seats, substituted moves included."""
    return share(seats, rows, seats.payoff[rows], seats.rounds[rows], seed)


def compute(study: Study) -> Findings:
    """Payoffs of every agent."""
    seats, seed = study.seats, study.seed
    scale, notes = _Scale.of(study)
    fair = _fairness(seats, _final(study))
    found: dict[str, dict[str, Estimate]] = {}
    totals = _totals(study)
    for name, rows in zip(seats.names, seats.own, strict=True):
        rounds = seats.rounds[rows].astype(float)
        mine = {"payoff_per_round": payoff_per_round(seats, rows, seed)}
        if name in totals:
            mine["payoff_total"] = totals[name]
        if seats.n_players == 2:
            paid = seats.payoff[rows]
            mine["payoff_per_round_by_opponent"] = by_opponent(seats, rows, paid, rounds, seed)
            mine["win_share"] = _wins(seats, rows, seed)
            mine["seat_effect"] = _seat_effect(seats, rows, seed)
        mine |= scale.of_agent(seats, rows, seed)
        for metric, values in fair.items():
            told = np.isfinite(values[rows])
            weight = rounds if metric == "envy" else np.ones(len(rows))
            mine[metric] = share(
                seats, rows[told], (values[rows] * weight)[told], weight[told], seed
            )
        found[name] = mine
    compared = [asdict(one) for one in compare_payoffs(seats)] if seats.n_players == 2 else []
    return Findings(found, {"comparisons": compared} if compared else {}, notes)


def _totals(study: Study) -> dict[str, Estimate]:
    """Mean total payoff of a match, by agent; empty where no total of what was played is known."""
    from harness.metrics.interval import ratio

    table = study.matches
    table = table[table["payoff"].notna() & (table["rounds"] > 0)]
    if table.empty and len(study.moves):
        return {}
    found = {}
    of = {str(agent): rows for agent, rows in table.groupby("agent", observed=True)}
    for name in study.seats.names:
        rows = of.get(name)
        if rows is None:
            found[name] = Estimate(None, None, None, 0)
            continue
        blocks, tables = rows["block"].tolist(), rows["table"].tolist()
        found[name] = ratio(rows["payoff"], np.ones(len(rows)), blocks, tables, study.seed)
    return found


class _Scale:
    """Payoffs and welfare on the scale of the game, where its payoffs are known."""

    def __init__(self, secured: Floats, best: float, at_equilibrium: float | None) -> None:
        self.secured, self.best, self.at_equilibrium = secured, best, at_equilibrium

    @classmethod
    def of(cls, study: Study) -> tuple[_Scale, list[str]]:
        """The scale of a study's game; one on which nothing is measured if it is not known."""
        if study.payoffs is None or is_constant_sum(study.payoffs):
            return cls(np.zeros(0), 0.0, None), []
        game = study.payoffs
        secured = np.array([maximin(game, player).value for player in range(len(game))])
        best = float(game.sum(axis=0).max())
        if best - secured.sum() <= 1e-9 * np.abs(game).max():
            return cls(np.zeros(0), 0.0, None), []
        solved, note = None, []
        if len(game) == 2:
            found = equilibria(game)
            if found.equilibria:
                solved = min(float(expected_payoffs(game, p).sum()) for p in found.equilibria)
            if not found.finished:
                note = [f"The equilibria of one round may not all be known: {found.reason}."]
        if solved is not None and best - solved <= 1e-9 * np.abs(game).max():
            solved = None
        return cls(secured, best, solved), note

    def of_agent(self, seats: Seats, rows: Ints, seed: int) -> dict[str, Estimate]:
        """The metrics of one agent; none where the game has no scale."""
        if not self.secured.size:
            return {}
        n, rounds = self.secured.size, seats.rounds[rows].astype(float)
        joint = np.bincount(seats.match, seats.payoff)[seats.match[rows]]
        full = np.bincount(seats.match)[seats.match[rows]] == n
        origin = self.secured[np.minimum(seats.player[rows], n - 1)]
        width = self.best / n - origin
        own = np.where(
            width > 0, (seats.payoff[rows] - origin * rounds) / np.where(width > 0, width, 1), 0
        )
        found = {"payoff_normalised": share(seats, rows, own, rounds * (width > 0), seed)}
        starts = {"efficiency": float(self.secured.sum()), "welfare_share": self.at_equilibrium}
        for metric, start in starts.items():
            if start is not None:
                had = (joint - start * rounds) / (self.best - start)
                found[metric] = share(seats, rows, had, rounds * full, seed)
        return found


def _wins(seats: Seats, rows: Ints, seed: int) -> Estimate:
    """Share of matches won."""
    rows = rows[(seats.opponent[rows] >= 0) & (seats.opponent[rows] != seats.agent[rows])]
    ahead = np.sign(seats.payoff[rows] - seats.payoff[seats.other[rows]])
    return share(seats, rows, (ahead + 1) / 2, np.ones(len(rows)), seed)


def _seat_effect(seats: Seats, rows: Ints, seed: int) -> Estimate:
    """What sitting first is worth."""
    rows = rows[(seats.opponent[rows] >= 0) & (seats.opponent[rows] != seats.agent[rows])]
    paid, rounds, first = seats.payoff[rows], seats.rounds[rows], seats.player[rows] == 0
    if first.all() or not first.any():
        return Estimate(None, None, None, 0)
    means, influence = [], np.zeros(len(rows))
    for side, sign in ((first, 1), (~first, -1)):
        mean = paid[side].sum() / rounds[side].sum()
        means.append(mean)
        influence[side] = sign * (paid[side] - mean * rounds[side]) / rounds[side].sum()
    return linearised(seats, rows, float(means[0] - means[1]), influence, seed=seed)


def _final(study: Study) -> Floats:
    """Each seat's total as its match ended, as the matches table tells it; NaN where it does not.

    A game may begin with an endowment, without which the sum over rounds is no level.
    """
    import pandas as pd

    seats, table = study.seats, study.matches[study.matches["payoff"].notna()]
    match = pd.Index(study.moves["match"].unique()).get_indexer(pd.Index(table["match"]))
    width = int(table["player"].max()) + 1 if len(table) else 1
    known = np.full(((int(seats.match.max(initial=-1)) + 1) * width,), np.nan)
    own = match >= 0
    known[match[own] * width + table["player"].to_numpy(np.int64)[own]] = table["payoff"][own]
    return np.where(seats.player < width, known[seats.match * width + seats.player % width], np.nan)


def _fairness(seats: Seats, final: Floats) -> dict[str, Floats]:
    """Gini coefficient and envy of each seat's match; NaN where undefined.

    `final` has shape (s,): the seats' totals, for what takes a level and not a difference.
    """
    found: dict[str, Floats] = {
        name: np.full(seats.match.size, np.nan) for name in ("gini", "envy")
    }
    if not seats.match.size or seats.n_players < 2:
        return {}
    pairs = np.flatnonzero(seats.other >= 0)
    mine, theirs = seats.payoff[pairs], seats.payoff[seats.other[pairs]]
    held, held_there = final[pairs], final[seats.other[pairs]]
    total = held + held_there
    even = (np.minimum(held, held_there) >= 0) & (total > 0)
    apart = np.abs(held - held_there) / (2 * np.where(even, total, 1))
    found["gini"][pairs] = np.where(even, apart, np.nan)
    found["envy"][pairs] = np.maximum(theirs - mine, 0) / seats.rounds[pairs]
    ends = np.flatnonzero(np.diff(seats.match, append=-1)) + 1
    for start, end in itertools.pairwise([0, *ends.tolist()]):
        if end - start > 2:
            held_all = final[start:end]
            spread = gini(held_all) if np.isfinite(held_all).all() else None
            above = envy(seats.payoff[start:end])
            found["gini"][start:end] = np.nan if spread is None else spread
            found["envy"][start:end] = np.nan if above is None else above / seats.rounds[start:end]
    if not np.isfinite(found["gini"]).any():
        del found["gini"]
    return found


SHARES = (
    "win_share",
    "gini",
)
"""Metrics that are shares, from 0 to 1."""

FAMILY = Family(
    compute,
    METRICS,
    "What agents earned, alone and together.",
    {**dict.fromkeys(SHARES, SHARE), "envy": (0.0, np.inf)},
)
