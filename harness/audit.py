"""What a game's payoffs are checked for, and how they add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from harness.errors import PluginError, shorten
from harness.match import MatchRecord

__all__ = ["audit", "total"]


def audit(record: MatchRecord) -> None:
    """Refuse rounds and totals that are not one entry, and one finite number, for each player.

    Raises:
        PluginError: there are such; the message names the game.
    """
    spec, n_players = record.match.game.spec, record.match.game.what.n_players
    told = [(r.actions, r.payoffs) for r in {id(r): r for r in record.rounds}.values()]
    told += [] if record.payoffs is None else [((None,) * n_players, record.payoffs)]
    for actions, payoffs in told:
        for what, entries in (("actions", actions), ("payoffs", payoffs)):
            if not isinstance(entries, tuple | list) or len(entries) != n_players:
                raise PluginError(
                    f"{spec}: {what} {shorten(entries)} for {n_players} players; give one for each"
                )
        for payoff in payoffs:
            if payoff is not None and not _finite(payoff):
                raise PluginError(
                    f"{spec}: a payoff is {shorten(payoff)}; it must be a finite number, or None"
                    " in a round that the player took no part in"
                )


def _finite(payoff: object) -> bool:
    """Whether this is a number that can be added up."""
    if isinstance(payoff, bool) or not isinstance(payoff, int | float):
        return False
    return isinstance(payoff, int) or math.isfinite(payoff)


def total(payoffs: Sequence[float | None]) -> float:
    """An exact sum of whole numbers, a correctly rounded one of others."""
    paid = payoffs if None not in payoffs else [u for u in payoffs if u is not None]
    exact = sum(cast("Sequence[float]", paid))
    return exact if isinstance(exact, int) else math.fsum(cast("Sequence[float]", paid))
