"""Means of a game's measures by agent, from the matches table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.metrics.interval import Estimate, ratio
from harness.metrics.standings import COUNTED

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["agent_means", "counted", "facing"]


def counted(matches: pd.DataFrame) -> pd.DataFrame:
    """The rows of matches whose payoffs count, of players that took part in a round."""
    return matches[matches["status"].isin(COUNTED) & (matches["rounds"] > 0)]


def facing(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of matches of two, each with the `opponent` and its measures as `opponent_…`.

    Matches of an agent with itself are left out.
    """
    two = rows[rows.groupby("match", observed=True)["player"].transform("size") == 2]
    other = two.drop(columns=["block", "table", "game", "status"]).rename(
        columns={name: f"opponent_{name}" for name in two if name not in ("match", "agent")}
    )
    both = two.merge(other.rename(columns={"agent": "opponent"}), on="match")
    both = both[both["player"] != both["opponent_player"]]
    return both[both["agent"].astype(str) != both["opponent"].astype(str)]


def agent_means(
    rows: pd.DataFrame, column: str, seed: int = 0, *, by: str | None = None
) -> dict[str, Estimate]:
    """Each agent's mean of a measure, with its interval over blocks.

    Args:
        rows: of the matches table.
        column: the measure; rows without it count neither in the mean nor in `n`.
        seed: of the bootstrap.
        by: a column, such as `opponent`, each value of which has the same weight in the mean.

    Returns:
        By agent, in the order of the table; without a value where no row has the measure.
    """
    found = {}
    for agent, own in rows.groupby("agent", sort=False, observed=True):
        told = own[own[column].notna()]
        weights = np.ones(len(told))
        if by is not None and len(told):
            weights /= told.groupby(by, observed=True)[column].transform("size").to_numpy(float)
        blocks, tables = told["block"].tolist(), told["table"].tolist()
        values = told[column].to_numpy(float)
        found[str(agent)] = ratio(weights * values, weights, blocks, tables, seed)
    return found
