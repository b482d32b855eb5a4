"""Totals of matches, as far as a table of moves tells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from harness.analysis.company import newcomers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["untold_totals"]


def untold_totals(moves: pd.DataFrame, facts: Mapping[str, Any]) -> str | None:
    """Why the sums of a table's payoffs are not the matches' totals; None where they may be.

    Args:
        moves: of one game, sorted by match, round and player.
        facts: what is known of the game's rules; empty where nothing is.
    """
    if facts.get("endowment"):
        return "players begin with an endowment, which is in no row"
    discount = facts.get("discount", 1)
    if isinstance(discount, int | float) and discount != 1:
        return f"rounds are discounted by {discount:g}, which no row tells"
    if newcomers(moves):
        return "players took the place of others who left, so that sums are of different lives"
    return None
