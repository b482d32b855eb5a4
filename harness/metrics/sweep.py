"""Sweeps: one game played under several values of one of its terms.

Takes the studies of a run together, finds games that are the same but for one term, and estimates
the effect of that term on each agent: stakes, temptation, penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.errors import UsageError
from harness.metrics.agent_means import counted
from harness.metrics.clustered import linear_trend, logit_trend
from harness.metrics.interval import Estimate
from harness.metrics.stakes import cooperation_index, stake_effect
from harness.metrics.study import Findings, Study
from harness.spec import parse, split

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["METRICS", "sweep"]

Floats: TypeAlias = NDArray[np.float64]

METRICS = {
    "stake_effect": "slope of the log odds of cooperation on log10 of the factor on all payoffs",
    "stake_difference": "cooperation under the largest factor less that under factor 1",
    "temptation_effect": "slope of the log odds of cooperation on (R - P)/(T - S)"
    " (Rapoport & Chammah 1965)",
    "penalty_effect": "slope of the mean claim on the penalty of the traveler's dilemma",
}
"""What `sweep` finds, by public name."""

CHANGED = {
    "stakes": ("stakes",),
    "temptation": ("payoffs", "benefit", "cost"),
    "penalty": ("penalty",),
}
"""Parameters of games that set each of the terms."""


@dataclass(frozen=True)
class _Point:
    """A study, and what its term's value is."""

    value: float
    study: Study


def sweep(studies: Sequence[Study]) -> Findings:
    """The effects of stakes, temptation and penalty, of as many as were varied.

    Games belong to one sweep if their specifications differ in the parameters of one term alone:
    `stakes`; `payoffs`, or benefit and cost, of prisoner's dilemmas; `penalty`. Intervals are
    those of the sandwich over blocks, and take the blocks of different games for independent.

    Args:
        studies: one for each game, such as all of a run.

    Returns:
        Effects by agent; nothing where no term was varied. Where a term was varied in several
        games, each agent's effect is that in the first, and a note says so. `details` hold the
        values, games and rates of each sweep.
    """
    agents: dict[str, dict[str, Estimate]] = {}
    details: dict[str, list[dict[str, Any]]] = {}
    notes = []
    for term, (value_of, effects) in _TERMS.items():
        groups: dict[Hashable, list[_Point]] = {}
        for study in studies:
            value = value_of(study)
            if value is not None:
                groups.setdefault(_rest(study.game, term), []).append(_Point(value, study))
        varied = [points for points in groups.values() if len({p.value for p in points}) > 1]
        for i, points in enumerate(varied):
            listed = sorted(points, key=lambda point: point.value)
            told = [{"value": point.value, "game": point.study.game} for point in listed]
            details.setdefault(term, []).append({"points": told, "agents": {}})
            for agent in _agents(listed):
                found = effects(agent, listed)
                details[term][-1]["agents"][agent] = {k: e.as_dict() for k, e in found.items()}
                if not i:
                    agents.setdefault(agent, {}).update(found)
        if len(varied) > 1:
            notes.append(
                f"The {term} was varied in {len(varied)} games; the effects told by agent are those"
                f" in {varied[0][0].study.game}."
            )
    return Findings(agents=agents, details=details, notes=notes)


def _rest(game: str, term: str) -> Hashable:
    """What a specification holds besides the parameters of a term."""
    base, *modifiers = split(game, "+")
    name, parameters = parse(base)
    kept = {key: value for key, value in parameters.items() if key not in CHANGED[term]}
    return name, repr(sorted(kept.items())), tuple(modifiers)


def _parameters(study: Study) -> dict[str, Any] | None:
    """The parameters in a game's specification; None where it is none, as of a foreign table."""
    try:
        return parse(split(study.game, "+")[0])[1]
    except (UsageError, IndexError):
        return None


def _stakes(study: Study) -> float | None:
    """The factor on all payoffs, for games with a cooperative action."""
    parameters = _parameters(study)
    if parameters is None or not any(good is not None for good in study.cooperative):
        return None
    value = parameters.get("stakes", study.facts.get("stakes", 1))
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _temptation(study: Study) -> float | None:
    """The index of a symmetric prisoner's dilemma."""
    if _parameters(study) is None or study.payoffs is None or study.actions is None:
        return None
    game = np.asarray(study.payoffs, float)
    if game.shape != (2, 2, 2) or len(study.cooperative) != 2 or None in study.cooperative:
        return None
    first, second = (
        study.actions[i].index(good) if good in study.actions[i] else None
        for i, good in enumerate(study.cooperative)
    )
    if first is None or second is None:
        return None
    ways = ((0, 0), (0, 1), (1, 0), (1, 1))  # who defects: the player itself, the other
    own = [float(game[0, abs(first - i), abs(second - j)]) for i, j in ways]
    other = [float(game[1, abs(first - j), abs(second - i)]) for i, j in ways]
    reward, sucker, temptation, punishment = own
    if not np.allclose(own, other) or not temptation > reward > punishment > sucker:
        return None
    return cooperation_index(reward, sucker, temptation, punishment)


def _penalty(study: Study) -> float | None:
    """The penalty of a traveler's dilemma: what the lowest claim earns more for being lower."""
    parameters = _parameters(study)
    if parameters is None or study.payoffs is None:
        return None
    known = "penalty" in parameters or "penalty" in study.facts
    if not known and parse(split(study.game, "+")[0])[0] != "travelers_dilemma":
        return None
    game = np.asarray(study.payoffs, float)
    if game.ndim != 3 or min(game.shape[1:]) < 2:
        return None
    return float(game[0, 0, 1] - game[0, 0, 0])


def _agents(points: Sequence[_Point]) -> list[str]:
    """All agents, in the order of the tables."""
    return list(dict.fromkeys(str(a) for p in points for a in p.study.matches["agent"].unique()))


def _own(point: _Point, agent: str) -> pd.DataFrame:
    """An agent's counted rows."""
    rows = counted(point.study.matches)
    return rows[rows["agent"].astype(str) == agent]


def _cooperation(
    agent: str, points: Sequence[_Point]
) -> tuple[Floats, Floats, Floats, list[Hashable]]:
    """Values, cooperations, rounds and blocks of an agent's matches."""
    values: list[float] = []
    hits: list[float] = []
    rounds: list[float] = []
    blocks: list[Hashable] = []
    for i, point in enumerate(points):
        own = _own(point, agent)
        own = own[own["cooperations"].notna()]
        values += [point.value] * len(own)
        hits += own["cooperations"].tolist()
        rounds += own["rounds"].tolist()
        blocks += [(i, block) for block in own["block"]]
    return np.array(values, float), np.array(hits, float), np.array(rounds, float), blocks


def _stake_effects(agent: str, points: Sequence[_Point]) -> dict[str, Estimate]:
    found = stake_effect(*_cooperation(agent, points), seed=points[0].study.seed)
    return {"stake_effect": found.trend.slope, "stake_difference": found.difference}


def _temptation_effects(agent: str, points: Sequence[_Point]) -> dict[str, Estimate]:
    return {"temptation_effect": logit_trend(*_cooperation(agent, points)).slope}


def _penalty_effects(agent: str, points: Sequence[_Point]) -> dict[str, Estimate]:
    """Of the mean claim of each match; substituted claims are left out."""
    import pandas as pd

    values: list[float] = []
    claims: list[float] = []
    blocks: list[Hashable] = []
    for i, point in enumerate(points):
        moves = point.study.moves
        own = moves[(moves["agent"].astype(str) == agent) & ~moves["substituted"].astype(bool)]
        number = pd.to_numeric(own["action"], errors="coerce").astype(float)
        seats = own.assign(number=number).groupby(["match", "player"], observed=True)
        means = seats.agg({"number": "mean", "block": "first"}).dropna()
        values += [point.value] * len(means)
        claims += means["number"].tolist()
        blocks += [(i, block) for block in means["block"]]
    return {"penalty_effect": linear_trend(values, claims, blocks).slope}


_Effects: TypeAlias = Callable[[str, Sequence[_Point]], dict[str, Estimate]]

_TERMS: dict[str, tuple[Callable[[Study], float | None], _Effects]] = {
    "stakes": (_stakes, _stake_effects),
    "temptation": (_temptation, _temptation_effects),
    "penalty": (_penalty, _penalty_effects),
}
