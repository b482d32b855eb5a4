"""Standings: how each agent fared in each game, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.columns import MATCH_COLUMNS, STAGE_COLUMNS
from harness.metrics.interval import SHARE, Bounds, Estimate, ratio, within

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Stage", "Standing", "stage_means", "standings"]

COUNTED = ("ok", "forfeit")
"""Statuses of matches whose payoffs count."""


@dataclass(frozen=True)
class Standing:
    """How one agent fared in one game.

    Attributes:
        game: the game, as specified.
        agent: the agent, as specified.
        payoff_per_round: mean payoff per round over all counted matches, in the game's units.
        cooperation_rate: share of rounds in which the agent cooperated; None for a game that
            defines no cooperation.
        measures: the game's own measures by name: means over the counted players of this agent.
        seats: seats taken, in matches of any status.
        statuses: how many of them ended `ok`, `void`, `forfeit` and `error`.
        invalid: answers that were no moves.
        substituted: moves that the harness made instead.
    """

    game: str
    agent: str
    payoff_per_round: Estimate
    cooperation_rate: Estimate | None
    measures: dict[str, Estimate]
    seats: int
    statuses: dict[str, int]
    invalid: int
    substituted: int

    def as_dict(self) -> dict[str, Any]:
        """The standing as JSON data."""
        rate = self.cooperation_rate
        return {
            "game": self.game,
            "agent": self.agent,
            "payoff_per_round": self.payoff_per_round.as_dict(),
            "cooperation_rate": None if rate is None else rate.as_dict(),
            "measures": {name: estimate.as_dict() for name, estimate in self.measures.items()},
            "seats": self.seats,
            "statuses": self.statuses,
            "invalid": self.invalid,
            "substituted": self.substituted,
        }


def standings(
    matches: pd.DataFrame, bounds: Mapping[str, Mapping[str, Bounds]] | None = None
) -> list[Standing]:
    """Every agent's standing in every game, best payoff first within each game.

    Args:
        matches: the matches table, one row per match and player, with the columns that
            `harness.record.tables.match_rows` describes.
        bounds: by game, the least and the greatest that its measures can be
            (`Game.measure_bounds`), where intervals are cut.

    Returns:
        Games in the order of the table; agents without a counted match last.
    """
    found = []
    for game, of_game in matches.groupby("game", sort=False, observed=True):
        rows = [
            _standing(str(game), str(a), t, (bounds or {}).get(str(game), {}))
            for a, t in of_game.groupby("agent", sort=False, observed=True)
        ]
        found += sorted(rows, key=_rank)
    return found


def _rank(standing: Standing) -> tuple[float, str]:
    value = standing.payoff_per_round.value
    return (float("inf") if value is None else -value, standing.agent)


def _standing(game: str, agent: str, rows: pd.DataFrame, bounds: Mapping[str, Bounds]) -> Standing:
    """One agent's standing from its own rows of one game."""
    counted = rows[rows["status"].isin(COUNTED) & (rows["rounds"] > 0)]
    blocks, tables = counted["block"].tolist(), counted["table"].tolist()
    payoff = ratio(counted["round_payoff"], counted["rounds"], blocks, tables)
    rate = None
    if rows["cooperations"].notna().any():
        rate = within(ratio(counted["cooperations"], counted["rounds"], blocks, tables), SHARE)
    measures = {}
    for name in rows.columns.difference(MATCH_COLUMNS, sort=False):
        told = counted[counted[name].notna()]
        if len(told):
            ones, where = [1.0] * len(told), (told["block"].tolist(), told["table"].tolist())
            mean = ratio(told[name], ones, *where)
            measures[str(name)] = within(mean, bounds[name]) if name in bounds else mean
    statuses = rows["status"].value_counts()
    return Standing(
        game=game,
        agent=agent,
        payoff_per_round=payoff,
        cooperation_rate=rate,
        measures=measures,
        seats=len(rows),
        statuses={s: int(statuses.get(s, 0)) for s in ("ok", "void", "forfeit", "error")},
        invalid=int(rows["invalid"].sum()),
        substituted=int(rows["substituted"].sum()),
    )


@dataclass(frozen=True)
class Stage:
    """What a game's numbers for the whole table were at one stage of its matches, on average.

    Attributes:
        game: the game, as specified.
        stage: the stage, counted from 0.
        means: the game's numbers by name: means over matches, each with its interval.
    """

    game: str
    stage: int
    means: dict[str, Estimate]

    def as_dict(self) -> dict[str, Any]:
        """The stage as JSON data."""
        means = {name: estimate.as_dict() for name, estimate in self.means.items()}
        return {"game": self.game, "stage": self.stage, "means": means}


def stage_means(stages: pd.DataFrame) -> list[Stage]:
    """The course of each game that has stages, over all its matches that ended well.

    Matches that were forfeited are left out: their last stage may be unfinished.

    Args:
        stages: the stages table, one row per match and stage, with the columns that
            `harness.record.tables.stage_rows` describes.
    """
    found = []
    stages = stages[stages["status"] == "ok"] if len(stages) else stages
    places = dict.fromkeys(zip(stages["game"], stages["stage"], strict=True)) if len(stages) else {}
    for game, stage in places:
        rows = stages[(stages["game"] == game) & (stages["stage"] == stage)]
        means = {}
        for name in rows.columns.difference(STAGE_COLUMNS, sort=False):
            told = rows[rows[name].notna()]
            if len(told):
                where = told["block"].tolist(), told["table"].tolist()
                means[str(name)] = ratio(told[name], [1.0] * len(told), *where)
        found.append(Stage(str(game), int(stage), means))
    return found
