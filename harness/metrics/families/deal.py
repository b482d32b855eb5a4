"""The family `deal`: agreement, efficiency and fairness of negotiated divisions."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.metrics.agent_means import agent_means, counted, facing
from harness.metrics.bargaining import most_taken
from harness.metrics.interval import SHARE, Estimate
from harness.metrics.study import Family, Findings, Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAMILY"]

MEASURES = {
    "agreement_rate": "agreement",
    "utility": "own_score_all",
    "utility_agreed": "own_score",
    "joint_ratio": "joint_ratio_all",
    "joint_ratio_agreed": "joint_ratio",
    "pareto_share": "pareto_all",
    "pareto_share_agreed": "pareto",
    "frontier_distance": "pareto_distance_all",
    "frontier_distance_agreed": "pareto_distance",
    "achievable_gap": "gap_all",
    "achievable_gap_agreed": "gap",
    "nash_ratio": "nash_ratio_all",
    "nash_ratio_agreed": "nash_ratio",
    "egalitarian_ratio": "egalitarian_ratio_all",
    "egalitarian_ratio_agreed": "egalitarian_ratio",
    "fairness": "fairness_all",
    "fairness_agreed": "fairness",
    "objective": "payoff",
}
"""Public names, and the measures of the game that they are means of."""


SHARES = ("pareto_share", "joint_ratio", "nash_ratio", "egalitarian_ratio", "fairness")
POINTS = ("utility", "frontier_distance", "achievable_gap")
BOUNDS = {
    **dict.fromkeys(("agreement_rate", "walk_away_rate"), SHARE),
    **{f"{name}{which}": SHARE for name in SHARES for which in ("", "_agreed")},
    **{f"{name}{which}": (0.0, math.inf) for name in POINTS for which in ("", "_agreed")},
}
"""The least and the greatest that metrics can be; points depend on the items that were dealt."""


def _compute(study: Study) -> Findings:
    """Means over opponents of an agent's means with each of them."""
    rows = counted(study.matches)
    if not {"agreement", "own_score", "own_score_all"} <= set(rows) or rows.empty:
        return Findings()
    pairs = facing(rows)
    agents: dict[str, dict[str, Estimate]] = {str(a): {} for a in rows["agent"].unique()}
    if pairs.empty:
        return Findings(notes=["No two different agents negotiated, so nothing is told of them."])
    pairs = pairs.assign(walked_away=1 - pairs["agreement"])
    for name, column in {**MEASURES, "walk_away_rate": "walked_away"}.items():
        if column in pairs:
            for agent, found in agent_means(pairs, column, study.seed, by="opponent").items():
                agents[agent][name] = found
    if "fair_score" in pairs:
        for who, own in pairs.groupby("agent", sort=False, observed=True):
            agents[str(who)]["most_taken"] = _most_taken(own, study.seed)
    return Findings(
        agents={agent: metrics for agent, metrics in agents.items() if metrics},
        details={"by_opponent": _by_opponent(pairs)},
    )


def _most_taken(own: pd.DataFrame, seed: int) -> Estimate:
    """What the hardest of an agent's opponents took above its score at the Nash solution."""
    told = own[own["opponent_fair_score"].notna()]
    excess = told["opponent_own_score_all"] - told["opponent_fair_score"]
    return most_taken(excess, told["opponent"].tolist(), told["block"].tolist(), seed).taken


def _by_opponent(pairs: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """What came of each agent's matches with each opponent."""
    found: dict[str, dict[str, Any]] = {}
    for (agent, opponent), rows in pairs.groupby(["agent", "opponent"], sort=False, observed=True):
        found.setdefault(str(agent), {})[str(opponent)] = {
            "matches": len(rows),
            "walk_away_rate": float(rows["walked_away"].mean()),
            "utility": float(rows["own_score_all"].mean()),
            "opponent_utility": float(rows["opponent_own_score_all"].mean()),
        }
    return found


_ALL, _AGREED = "; 0 without a deal", "; deals only"

FAMILY = Family(
    compute=_compute,
    about="What agents bargain for, and what they leave on the table.",
    metrics={
        "agreement_rate": "share of matches with a deal",
        "walk_away_rate": "share of matches without one",
        "utility": f"points of the own share to the player itself{_ALL}",
        "utility_agreed": f"the same{_AGREED} (Lewis et al. 2017)",
        "joint_ratio": f"joint points over the most there could be{_ALL}",
        "joint_ratio_agreed": f"the same{_AGREED}",
        "pareto_share": "share of all matches with a deal that no division improves for one"
        " without harm to the other",
        "pareto_share_agreed": "share of deals that are so",
        "frontier_distance": "distance of the scores from the Pareto frontier, in points; without"
        " a deal from 0 and 0 (Baarslag et al. 2012)",
        "frontier_distance_agreed": f"the same{_AGREED}",
        "achievable_gap": "points that the player could have had besides, the other having no"
        " less; without a deal, the most with 1 for the other",
        "achievable_gap_agreed": f"the same{_AGREED}",
        "nash_ratio": f"product of the scores over the highest possible one{_ALL} (Nash 1950)",
        "nash_ratio_agreed": f"the same{_AGREED}",
        "egalitarian_ratio": f"lower score over the highest possible lower one{_ALL}",
        "egalitarian_ratio_agreed": f"the same{_AGREED}",
        "fairness": f"1 less the scores' difference over their sum{_ALL}",
        "fairness_agreed": f"the same{_AGREED}",
        "objective": "own points plus the game's weight times the other's: what the player was"
        " asked to maximise (Liao et al. 2024)",
        "most_taken": "points that the opponent who took most had above its score at the Nash"
        " solution; chosen on half of the blocks, judged on the other",
    },
    bounds=BOUNDS,
)
