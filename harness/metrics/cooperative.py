"""Moves as cooperation and its opposite."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.metrics.seats import action_text

if TYPE_CHECKING:
    from harness.metrics.study import Study

__all__ = ["Moves", "cooperates"]

Moves: TypeAlias = NDArray[np.int8]


def cooperates(study: Study) -> Moves:
    """Every seat's moves: 0 where it cooperated, 1 where it did anything else, -1 where nothing.

    A player of whom no action counts as cooperation has only -1.

    Returns:
        Shape (seats, rounds of the longest match), as `Seats.moves` is.
    """
    seats = study.seats
    found = np.full(seats.moves.shape, -1, np.int8)
    for player in np.unique(seats.player).tolist():
        good = study.cooperative[player] if player < len(study.cooperative) else None
        if good is None:
            continue
        texts = [action_text(action) for action in seats.values_of(player)]
        rows = np.flatnonzero(seats.player == player)
        chosen = seats.moves[rows]
        index = texts.index(action_text(good)) if action_text(good) in texts else -2
        found[rows] = np.where(chosen < 0, -1, chosen != index)
    return found
