"""The family `donor`: giving in the Donor Game, and what becomes of societies by generation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.metrics.agent_means import agent_means, counted
from harness.metrics.generosity import evolution
from harness.metrics.interval import SHARE, Estimate, ratio
from harness.metrics.invaded import invasions, rounds_a_game, told
from harness.metrics.invasion import invasion_fitness
from harness.metrics.standings import stage_means
from harness.metrics.study import Family, Findings, Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAMILY"]

MEASURES = {
    "donated_share": "donated_share",
    "share_to_givers": "share_to_givers",
    "share_to_keepers": "share_to_keepers",
    "conditional_generosity": "answer_slope",
    "shunning": "shunning",
}
"""Public names, and the measures of individuals that they are means of."""


def _compute(study: Study) -> Findings:
    """Numbers of agents over the individuals that they played; of societies over matches."""
    rows = counted(study.matches)
    if not {"donated_share", "final_resources"} <= set(rows) or rows.empty:
        return Findings()
    agents: dict[str, dict[str, Estimate]] = {str(a): {} for a in rows["agent"].unique()}
    for name, column in MEASURES.items():
        if column in rows:
            for agent, found in agent_means(rows, column, study.seed).items():
                agents[agent][name] = found
    for agent, found in _weighted(study).items():
        agents[agent]["donated_share_weighted"] = found
    if len(agents) > 1:
        for agent, found in _fitness(rows, study.seed).items():
            agents[agent]["relative_fitness"] = found
    invaded, details = invasions(study, rows), _societies(study, rows)
    if invaded:
        details["invasions"] = [one.as_dict() for one in invaded]
    return Findings(agents=agents, details=details, notes=told(invaded))


def _weighted(study: Study) -> dict[str, Estimate]:
    """All that an agent's individuals gave over all that they owned when they could give.

    What was owned is reckoned from the changes in each game, so the endowment has to be known, and
    how many rounds a game has.
    """
    moves, facts = study.moves, study.facts
    if not {"endowment", "games_per_generation"} <= facts.keys() or moves.empty:
        return {}
    length = rounds_a_game(study)
    table = moves.assign(length=moves["match"].map(length))
    table = table[table["length"].notna()]
    if table.empty:
        return {}
    change = table["payoff"].fillna(0).astype(float)
    game = table["round"] // table["length"]
    before = change.groupby([table["match"], table["player"], game], observed=True).cumsum()
    owned = facts["endowment"] + before - change
    gives = table["action"].notna() & ~table["substituted"].astype(bool)
    given = (-change).clip(lower=0).where(table["action"].map(_gives), 0.0)
    owners = table.assign(given=given, owned=owned)[gives & (owned > 0)]
    return {
        str(agent): ratio(
            own["given"], own["owned"], own["block"].tolist(), own["table"].tolist(), study.seed
        )
        for agent, own in owners.groupby("agent", sort=False, observed=True)
    }


def _gives(action: Any) -> bool:
    """Whether an action is a gift: an amount, and no JSON text of another deed."""
    return not isinstance(action, str) or not action.startswith("{") or '"donate"' in action


def _fitness(rows: pd.DataFrame, seed: int) -> dict[str, Estimate]:
    """For each agent, the logarithm of its individuals' final units over those of all others."""
    told = rows[rows["final_resources"].notna()]
    keys = told.groupby("match", sort=False, observed=True)[["block", "table"]].first()
    totals = told.groupby("match", observed=True)["final_resources"].agg(["sum", "size"])
    found = {}
    for agent in told["agent"].unique():
        own = told[told["agent"] == agent].groupby("match", observed=True)["final_resources"]
        mine = own.agg(["sum", "size"]).reindex(totals.index, fill_value=0)
        others = totals - mine
        both = (mine["size"] > 0) & (others["size"] > 0)
        mine, others, where = mine[both], others[both], keys.loc[totals.index[both]]
        found[str(agent)] = invasion_fitness(
            mine["sum"] / mine["size"],
            others["sum"] / others["size"],
            where["block"].tolist(),
            where["table"].tolist(),
            seed,
        )
    return found


def _societies(study: Study, rows: pd.DataFrame) -> dict[str, Any]:
    """Numbers by generation, their slopes, and how far individuals differ."""
    details: dict[str, Any] = {}
    if "generation" in rows:
        details["donated_share_by_birth"] = _spread(rows)
    stages = study.stages
    if stages is None or not len(stages):
        return details
    details["generations"] = [stage.as_dict() for stage in stage_means(stages)]
    whole = stages[stages["status"] == "ok"].sort_values("stage", kind="stable")
    runs = [run for _, run in whole.groupby("match", sort=False)]
    blocks, tables = ([run[c].iloc[0] for run in runs] for c in ("block", "table"))
    details["evolution"] = {
        name: evolution([run[name] for run in runs], blocks, tables, study.seed).as_dict()
        for name in ("final_resources", "donated_share", "efficiency")
        if name in whole
    }
    return details


def _spread(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Mean and standard deviation of individuals' shares, by the generation they were born in."""
    told = rows[rows["donated_share"].notna() & rows["generation"].notna()]
    found = []
    for born, own in told.groupby("generation"):
        shares = own["donated_share"].to_numpy(float)
        deviation = float(np.std(shares, ddof=1)) if len(shares) > 1 else None
        line = {"mean": float(shares.mean()), "sd": deviation, "n": len(shares)}
        found.append({"generation": int(float(str(born))), **line})
    return found


FAMILY = Family(
    compute=_compute,
    about="What agents give, and to whom.",
    metrics={
        "donated_share": "mean share of its units that an individual gave as a donor",
        "donated_share_weighted": "all units given over all units owned by donors",
        "share_to_givers": "mean share given to who had last given half or more",
        "share_to_keepers": "mean share given to who had last given less than half",
        "conditional_generosity": "slope of the share given on the share that the recipient had"
        " last given, mean over individuals",
        "shunning": "share of acts that gave less than a tenth, of those to who had last given"
        " less than a tenth",
        "relative_fitness": "log of final units over those of all others in the match, mean over"
        " matches: above 0 the agent would spread",
    },
    bounds=dict.fromkeys(
        (
            "donated_share",
            "donated_share_weighted",
            "share_to_givers",
            "share_to_keepers",
            "shunning",
        ),
        SHARE,
    ),
)
