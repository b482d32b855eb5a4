"""Who played a match of anybody's table: what makes two matches repeats of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["newcomers", "tables"]

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


def tables(moves: pd.DataFrame) -> pd.Categorical[Any]:
    """Who played in each row's match, whoever sat where: those who did not join it on the way.

    Who takes the place of a player that left is what came of a match. Were newcomers counted, two
    matches that began alike would be of different tables, each played once, and what chance made of
    them would be missing in every interval.

    Args:
        moves: sorted by match, round and player.
    """
    import pandas as pd

    match, agent, start, new = _seats(moves)
    sitting: dict[int, list[int]] = {}
    for row in start[~new].tolist():
        sitting.setdefault(int(match[row]), []).append(int(agent[row]))
    names = moves["agent"].cat.categories
    code: dict[tuple[int, ...], int] = {}
    of = np.zeros(int(match.max()) + 1, np.int64)
    for number, seats in sitting.items():
        of[number] = code.setdefault(tuple(sorted(seats)), len(code))
    texts = [f"{i}: {' | '.join(names[k] for k in seats)}" for i, seats in enumerate(code)]
    return pd.Categorical.from_codes(of[match], categories=pd.Index(texts, dtype=str))


def newcomers(moves: pd.DataFrame) -> int:
    """How many players took the place of one who had left, in all matches together.

    Args:
        moves: sorted by match, round and player.
    """
    return int(_seats(moves)[3].sum())


def _seats(moves: pd.DataFrame) -> tuple[Ints, Ints, Ints, Flags]:
    """Match and agent of each row; the first row of each seat, and whether it is a newcomer's.

    A newcomer's first round comes after another's last, and has as many players as the first round
    of the match, two or more: where players move in turn, those who move later are none.
    """
    match = moves["match"].cat.codes.to_numpy().astype(np.int64)
    agent = moves["agent"].cat.codes.to_numpy().astype(np.int64)
    rounds, player = (moves[name].to_numpy(np.int64) for name in ("round", "player"))
    width = int(player.max()) + 1
    _, start, seat = np.unique(match * width + player, return_index=True, return_inverse=True)
    last = np.zeros(len(start), np.int64)
    np.maximum.at(last, seat, rounds)
    matches = int(match.max()) + 1
    someone_left = np.full(matches, np.iinfo(np.int64).max)
    np.minimum.at(someone_left, match[start], last)
    begins = (np.diff(match, prepend=-1) != 0) | (np.diff(rounds, prepend=-1) != 0)
    which = np.cumsum(begins) - 1
    present = np.bincount(which)[which]
    at_first = np.zeros(matches, np.int64)
    opening = np.flatnonzero(np.diff(match, prepend=-1) != 0)
    at_first[match[opening]] = present[opening]
    company = at_first[match[start]]
    new = (rounds[start] > someone_left[match[start]]) & (company > 1) & (present[start] >= company)
    return match, agent, start, new
