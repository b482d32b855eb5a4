"""The family `beauty`: depth of reasoning in p-beauty contests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.metrics.cognitive_hierarchy import tau_estimate
from harness.metrics.guesses import best_number, foregone_share, strategic_depth
from harness.metrics.interval import Estimate, ratio
from harness.metrics.level_k import COMPONENTS, LevelMixture, level_mixture, nagel_levels
from harness.metrics.published_guesses import published_means
from harness.metrics.study import Family, Findings, Study

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAMILY"]


def _compute(study: Study) -> Findings:
    """First choices tell depth; all choices are held against what would have been best."""
    facts = study.facts
    numbers = [facts.get(name) for name in ("p", "low", "high", "level_zero")]
    if not all(isinstance(number, int | float) for number in numbers):
        return Findings()
    if not 0 < facts["p"] < 1 or facts.get("target") not in ("mean", "median"):
        return Findings()
    moves = _numbers(study.moves, facts)
    agents: dict[str, dict[str, Estimate]] = {}
    levels: dict[str, dict[str, int]] = {}
    sigmas: dict[str, dict[str, float | None]] = {}
    for agent, rows in moves.groupby("agent", sort=False, observed=True):
        own = rows[rows["valid"]]
        first = own[own["first"]]
        mixture = _mixture(first, facts, study.seed)
        agents[str(agent)] = _first(first, mixture, facts, study.seed)
        agents[str(agent)] |= _against_best(own, facts, study.seed)
        levels[str(agent)] = _bins(first, facts)
        sigmas[str(agent)] = mixture.sigma.as_dict()
    people = [one._asdict() for one in published_means(facts["p"], facts["low"], facts["high"])]
    details: dict[str, Any] = {"nagel_levels": levels, "sigma": sigmas, "people": people}
    return Findings(agents=agents, details=details if agents else {})


def _numbers(moves: pd.DataFrame, facts: Mapping[str, Any]) -> pd.DataFrame:
    """The moves with the number chosen, whether it is the player's own, and what was best."""
    import pandas as pd

    table = moves.reset_index(drop=True)
    chosen = pd.to_numeric(table["action"], errors="coerce").astype(float)
    place = [table["match"], table["round"]]
    total = chosen.groupby(place, observed=True).transform("sum")
    players = chosen.groupby(place, observed=True).transform("count")
    start = table.groupby("match", observed=True)["round"].transform("min")
    inside = chosen.between(facts["low"], facts["high"])
    others = (total - chosen) / (players - 1).where(players > 1)
    best = best_number(others, facts["p"], np.maximum(players, 2), facts["low"], facts["high"])
    return table.assign(
        number=chosen,
        valid=inside & ~table["substituted"].astype(bool),
        first=table["round"] == start,
        best=best,
        foregone=_foregone(table, chosen, facts),
    )


def _foregone(table: pd.DataFrame, chosen: pd.Series[float], facts: Mapping[str, Any]) -> Any:
    """What each number left of the prize; NaN where the prize is not split among the nearest."""
    left = np.full(len(table), np.nan)
    plain = {"payment": "split", "health": None, "decimals": None, "ties": "all"}
    if facts["target"] != "mean" or any(facts.get(k, v) != v for k, v in plain.items()):
        return left
    if not facts.get("all_equal_wins", True):
        return left
    prize, integers = float(facts.get("prize", 1)), bool(facts.get("integers", False))
    values = chosen.to_numpy(float)
    for where in table.groupby(["match", "round"], observed=True).indices.values():
        numbers = values[where]
        if len(numbers) > 1 and not np.isnan(numbers).any():
            for i, row in enumerate(where):
                left[row] = prize * foregone_share(
                    numbers, i, facts["p"], low=facts["low"], high=facts["high"], integers=integers
                )
    return left


def _first(
    first: pd.DataFrame, mixture: LevelMixture, facts: Mapping[str, Any], seed: int
) -> dict[str, Estimate]:
    """What the first choices tell: nothing has been learnt yet, so each is one observation."""
    p, start = facts["p"], facts["level_zero"]
    number = _mean(first, first["number"], seed)
    found = {
        "first_number": number,
        "strategic_depth": _mean(first, strategic_depth(first["number"], p, start), seed),
        "cognitive_hierarchy_tau": tau_estimate(number, p, start),
        **mixture.shares,
    }
    people = published_means(p, facts["low"], facts["high"]) if facts["target"] == "mean" else ()
    if people:
        mean = people[0].mean
        value, low, high = (
            None if bound is None else bound - mean
            for bound in (number.value, number.low, number.high)
        )
        found["above_people"] = Estimate(value, low, high, number.n)
    return found


def _mixture(first: pd.DataFrame, facts: Mapping[str, Any], seed: int) -> LevelMixture:
    return level_mixture(
        first["number"],
        facts["p"],
        low=facts["low"],
        high=facts["high"],
        level_zero=facts["level_zero"],
        groups=first["block"].tolist(),
        seed=seed,
    )


def _against_best(own: pd.DataFrame, facts: Mapping[str, Any], seed: int) -> dict[str, Estimate]:
    """All choices against the equilibrium and against the best answer to the others."""
    found = {"equilibrium_distance": _mean(own, (own["number"] - facts["low"]).abs(), seed)}
    if facts["target"] == "mean":
        error = own["number"] - own["best"]
        found["best_response_error"] = _mean(own, error, seed)
        found["best_response_distance"] = _mean(own, error.abs(), seed)
        if own["foregone"].notna().any():
            found["foregone_prize"] = _mean(own, own["foregone"], seed)
    return found


def _mean(rows: pd.DataFrame, values: Any, seed: int) -> Estimate:
    """The mean over rows that have a value."""
    told = np.asarray(values, float)
    kept = ~np.isnan(told)
    blocks, tables = rows["block"][kept].tolist(), rows["table"][kept].tolist()
    return ratio(told[kept], np.ones(int(kept.sum())), blocks, tables, seed)


def _bins(first: pd.DataFrame, facts: Mapping[str, Any]) -> dict[str, int]:
    """How many first choices lie in each of Nagel's bins."""
    told = nagel_levels(first["number"], facts["p"], facts["level_zero"])
    names = [f"level_{k}" for k in range(4)]
    counts = {name: told.count(k) for k, name in enumerate(names)}
    return counts | {"unclassified": told.count(None)}


FAMILY = Family(
    compute=_compute,
    about="How deep agents think, and how far from the best number theirs is.",
    metrics={
        "first_number": "mean number chosen in the first round",
        "strategic_depth": "mean of log_p(first number / level zero); none for numbers of 0"
        " (Zhang et al., arXiv:2402.01521)",
        "cognitive_hierarchy_tau": "mean steps of thinking that explain the mean first number"
        " (Camerer, Ho & Chong 2004)",
        **{
            name: f"estimated share of first numbers at {name.replace('_', ' ')}"
            " (mixture by maximum likelihood)"
            for name in COMPONENTS
        },
        "above_people": "mean first number less that of people in the laboratory, 18 players"
        " (as quoted in arXiv:2502.03158)",
        "equilibrium_distance": "mean distance of all numbers from the equilibrium",
        "best_response_error": "mean of number less best answer to the others' mean,"
        " p (N - 1) m / (N - p)",
        "best_response_distance": "mean absolute difference from that answer",
        "foregone_prize": "prize that the best answer would have won, less the prize won",
    },
)
