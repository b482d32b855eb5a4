"""How an agent fares against the extortioners of a ladder, played: does it pay, and ever more?"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np

from harness.metrics.extortion import compliance, surcharge
from harness.metrics.interval import Estimate, ratio
from harness.metrics.ladder_matches import Met, Tried
from harness.metrics.study import Study

__all__ = ["EXTORTION", "extorted", "most_against"]

EXTORTION = {
    "extortion_surcharge": "how many times the agent's gain above mutual defection extortioners"
    " gained; the mean over extortioners, who want 2 or 3",
    "extortion_compliance": "how far the agent gives in to extortioners: 1 for the answer that is"
    " best in the long run, 0 for mutual defection; the mean over them",
    "extortion_trend": "change of the agent's cooperation rate with each round against them",
}


def most_against(payoffs: tuple[float, float, float, float], factor: float) -> float:
    """The most that anybody earns per round in the long run against an extortioner.

    Its gain above mutual defection is `factor` times the other's, and both are largest where the
    other always cooperates (Press & Dyson 2012, PNAS 109(26), p. 10411). Then only CC and DC occur,
    in the shares that this relation fixes.

    Args:
        payoffs: R, S, T, P of the prisoner's dilemma.
        factor: chi, at least 1.

    >>> most_against((3, 0, 5, 1), 2)
    2.25
    """
    r, s, t, p = payoffs
    share = (t - p - factor * (s - p)) / (t - r + factor * (r - s))
    return share * r + (1 - share) * s


def extorted(study: Study, one: Tried) -> tuple[dict[str, Any], dict[str, Estimate]]:
    """How an agent fares against the extortioners that it met.

    Returns:
        Details by extortioner, as JSON data, and the means over extortioners, where the value has
        an interval only if there is one extortioner.
    """
    factors = {} if study.ladder is None else study.ladder.extortioners
    payoffs = _dilemma(study)
    met = {rung: one.matches[rung] for rung in factors if rung in one.matches}
    if payoffs is None or not met:
        return {}, {}
    by_rung = {}
    for rung, matches in met.items():
        most = most_against(payoffs, factors[rung])
        by_rung[rung] = {
            "extortion_surcharge": _surcharge(matches, payoffs[3], study.seed),
            "extortion_compliance": _compliance(matches, most, payoffs[3], study.seed),
            "extortion_trend": _trend(study, one.agent, matches),
        }
    told = {r: {k: e.as_dict() for k, e in found.items()} for r, found in by_rung.items()}
    means = {name: _mean([found[name] for found in by_rung.values()]) for name in EXTORTION}
    return {"extortioners": told}, means


def _dilemma(study: Study) -> tuple[float, float, float, float] | None:
    """R, S, T, P of a symmetric prisoner's dilemma."""
    if study.payoffs is None or study.payoffs.shape != (2, 2, 2):
        return None
    (r, s), (t, p) = study.payoffs[0].tolist()
    return (r, s, t, p) if t > r > p > s else None


def _surcharge(matches: Sequence[Met], punishment: float, seed: int) -> Estimate:
    """The extortioner's gain over the agent's, with an interval where the agent surely gained."""
    rounds = sum(met.rounds for met in matches)
    taken, left = (sum(getattr(m, k) for m in matches) / rounds for k in ("taken", "left"))
    value = surcharge(taken, left, punishment)
    if value is None:
        return Estimate(None, None, None, len(matches))
    gained = [met.left - met.rounds * punishment for met in matches]
    if min(gained) <= 0:
        return Estimate(value, None, None, len(matches))
    gains = [met.taken - met.rounds * punishment for met in matches]
    return _ratio(matches, gains, gained, seed)


def _compliance(matches: Sequence[Met], most: float, punishment: float, seed: int) -> Estimate:
    """How far the agent gives in."""
    per_point = compliance(punishment + 1, most, punishment)
    if per_point is None:
        return Estimate(None, None, None, len(matches))
    gains = [(met.left - met.rounds * punishment) * per_point for met in matches]
    return _ratio(matches, gains, [met.rounds for met in matches], seed)


def _trend(study: Study, agent: str, matches: Sequence[Met]) -> Estimate:
    """Least-squares slope of cooperation on the round, the mean over matches.

    Sums of products over all matches make the same slope in all, weighted by how far their rounds
    spread.
    """
    moves = study.moves[study.moves["match"].isin([met.match for met in matches])]
    seats = {met.match: met.seat for met in matches}
    mine = moves[moves["player"] != moves["match"].map(seats).astype(int)]
    mine = mine[~mine["substituted"].astype(bool)]
    tops, bottoms, blocks = [], [], []
    for _, rows in mine.groupby("match", observed=True):
        player = int(rows["player"].iloc[0])
        good = (rows["action"] == study.cooperative[player]).to_numpy(float)
        t = rows["round"].to_numpy(float)
        tops.append(float(((t - t.mean()) * good).sum()))
        bottoms.append(float(((t - t.mean()) ** 2).sum()))
        blocks.append(str(rows["block"].iloc[0]))
    if not tops or not np.sum(bottoms):
        return Estimate(None, None, None, len(tops))
    return ratio(tops, bottoms, blocks, ["one"] * len(blocks), study.seed)


def _ratio(
    matches: Sequence[Met], tops: Sequence[float], bottoms: Sequence[float], seed: int
) -> Estimate:
    blocks = [met.block for met in matches]
    return ratio(tops, bottoms, blocks, ["one"] * len(blocks), seed)


def _mean(found: Sequence[Estimate]) -> Estimate:
    """The mean of what there is; the interval of one stays."""
    there = [e for e in found if e.value is not None]
    n = sum(e.n for e in there)
    if len(there) == 1:
        return there[0]
    values = [e.value for e in there if e.value is not None]
    return Estimate(fmean(values) if values else None, None, None, n)
