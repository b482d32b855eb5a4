"""The seats of a study's matches as arrays: what families of metrics compute from.

A seat is one player of one match. Its moves are a row: the index of the action in each round, -1
where there is no move of the player's own to learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.columns import OK
from harness.errors import UsageError, shorten

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Moves", "Seats", "action_text", "seats_of"]

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Moves: TypeAlias = NDArray[np.int16 | np.int32]

MOST_CELLS = 2**31
"""Seats times rounds of the longest match; more would be memory without end."""


@dataclass(frozen=True)
class Seats:
    """Arrays with one entry per seat, sorted by match and player, and what its moves were.

    Attributes:
        names: names of the agents.
        agent: shape (s,), who sits there, as an index of `names`.
        match: shape (s,), numbers of matches, from 0.
        player: shape (s,), numbers of players.
        block: shape (s,), numbers of blocks: the unit of inference, those of different tables told
            apart.
        block_name: shape (s,), numbers of the blocks' names, which different tables may share.
        table: shape (s,), numbers of tables.
        other: shape (s,), the seat opposite in a match of two; -1 in all others.
        rounds: shape (s,), rounds in which the player took part.
        payoff: shape (s,), their sum.
        values: the actions that indices stand for, each player's own where the game's are known.
        moves: shape (s, rounds of the longest match), the player's own valid moves; -1 elsewhere.
        played: the same with the moves that the harness made in place of an answer.
        substituted: shape (s,), how many these are.
    """

    names: tuple[str, ...]
    agent: Ints
    match: Ints
    player: Ints
    block: Ints
    block_name: Ints
    table: Ints
    other: Ints
    rounds: Ints
    payoff: Floats
    values: tuple[tuple[Any, ...], ...]
    moves: Moves
    played: Moves
    substituted: Ints

    @cached_property
    def own(self) -> tuple[Ints, ...]:
        """The seats of each agent, in the order of `names`."""
        order = np.argsort(self.agent, kind="stable")
        ends = np.cumsum(np.bincount(self.agent, minlength=len(self.names)))
        return tuple(np.split(order, ends[:-1]))

    @cached_property
    def opponent(self) -> Ints:
        """Who sits opposite, as an index of `names`; -1 where not one other player does."""
        return np.where(self.other >= 0, self.agent[self.other], -1)

    @cached_property
    def n_players(self) -> int:
        """Players of the match that has most."""
        return int(np.bincount(self.match).max(initial=0))

    def values_of(self, player: int) -> tuple[Any, ...]:
        """What the indices of a player's moves stand for."""
        return self.values[player if player < len(self.values) else 0]


def action_text(action: Any) -> str:
    """An action as text, in which the number 1, 1.0 and the text 1 are the same.

    >>> action_text(1.0), action_text("C")
    ('1', 'C')
    """
    if isinstance(action, float | np.floating) and float(action).is_integer():
        action = int(action)
    return str(action)


def seats_of(
    moves: pd.DataFrame, actions: tuple[tuple[Any, ...], ...] | None, names: Sequence[str] = ()
) -> Seats:
    """Sort a table of moves by seat.

    Args:
        moves: as `harness.metrics.study.Study.moves` is.
        actions: the legal actions of each player; None to number those that occur, as text in
            alphabetical order, alike for all players.
        names: of agents to begin with, whether or not they are in the table.

    Raises:
        UsageError: a move is none of the legal actions, or matches differ in length beyond reason.
    """
    match, n_matches = _codes(moves["match"])
    rounds, player = (moves[name].to_numpy(np.int64) for name in ("round", "player"))
    width = int(player.max(initial=0)) + 1
    key = match * width + player
    there = np.zeros(n_matches * width, bool)
    there[key] = True
    seat = (np.cumsum(there) - 1)[key]
    n = int(there.sum())
    column = _columns(match, rounds)
    length = int(column.max(initial=-1)) + 1
    if n * length > MOST_CELLS:
        raise UsageError(
            f"the longest of {n_matches:,} matches has {length:,} rounds, too many to lay them all"
            " side by side; analyse long and short matches apart"
        )
    first = np.zeros(n, np.int64)
    first[seat[::-1]] = np.arange(len(seat))[::-1]
    seat_match, seat_player = match[first], player[first]
    agent, known = _named(moves["agent"], first, names)
    values, index = _indexed(moves["action"], player, actions)
    substituted = moves["substituted"].to_numpy(bool)
    own = ~substituted & (moves["outcome"] == OK).to_numpy()
    small = max(map(len, values)) <= np.iinfo(np.int16).max
    played: Moves = np.full((n, length), -1, np.int16 if small else np.int32)
    played[seat, column] = index
    valid = played.copy()
    valid[seat[~own], column[~own]] = -1
    table, _ = _codes(moves["table"].iloc[first])
    name, n_names = _codes(moves["block"].iloc[first])
    block = np.unique(table * n_names + name, return_inverse=True)[1]
    return Seats(
        names=known,
        agent=agent,
        match=seat_match,
        player=seat_player,
        block=block,
        block_name=name,
        table=table,
        other=_opposite(seat_match),
        rounds=np.bincount(seat, minlength=n),
        payoff=np.bincount(seat, moves["payoff"].to_numpy(float), n).astype(float),
        values=values,
        moves=valid,
        played=played,
        substituted=np.bincount(seat, substituted, n).astype(np.int64),
    )


def _codes(column: pd.Series[Any]) -> tuple[Ints, int]:
    """A column's values as numbers in order of appearance, and how many there are."""
    import pandas as pd

    codes, found = pd.factorize(column)
    return codes.astype(np.int64), len(found)


def _named(
    agents: pd.Series[Any], first: Ints, names: Sequence[str]
) -> tuple[Ints, tuple[str, ...]]:
    """Each seat's agent as an index of the names, those given first."""
    code = {name: i for i, name in enumerate(names)}
    found = [code.setdefault(str(agent), len(code)) for agent in agents.iloc[first]]
    return np.array(found, np.int64), tuple(code)


def _columns(match: Ints, rounds: Ints) -> Ints:
    """In which column of its match's row each move stands: a gap between rounds leaves one empty.

    Both arguments are sorted, by match and within it by round.
    """
    if not match.size:
        return match
    step = np.zeros(match.size, np.int64)
    step[1:] = np.clip(np.diff(rounds), 0, 2)
    starts = np.flatnonzero(np.r_[True, np.diff(match) != 0])
    step[starts] = 0
    total = np.cumsum(step)
    return total - np.repeat(total[starts], np.diff(np.r_[starts, match.size]))


def _indexed(
    column: pd.Series[Any], player: Ints, actions: tuple[tuple[Any, ...], ...] | None
) -> tuple[tuple[tuple[Any, ...], ...], Ints]:
    """The actions, and each move's index among its player's; -1 where there is none."""
    import pandas as pd

    codes, found = pd.factorize(column, use_na_sentinel=True)
    texts = [action_text(action) for action in found]
    if actions is None:
        named: dict[str, Any] = dict(zip(texts, found, strict=True))
        order = {text: i for i, text in enumerate(sorted(named))}
        table = np.array([[order[text] for text in texts]], np.int64)
        values: tuple[tuple[Any, ...], ...] = (tuple(named[text] for text in order),)
        player = np.zeros_like(player)
    else:
        values = actions
        places = [{action_text(a): i for i, a in enumerate(mine)} for mine in actions]
        table = np.array([[mine.get(text, -2) for text in texts] for mine in places], np.int64)
    table = np.pad(table, ((0, 0), (0, 1)), constant_values=-1)
    index = table[np.minimum(player, len(table) - 1), codes]
    wrong = np.flatnonzero(index == -2)
    if wrong.size:
        at = int(wrong[0])
        legal = ", ".join(map(shorten, values[min(int(player[at]), len(values) - 1)]))
        raise UsageError(
            f"{shorten(found[codes[at]])} is no action of player {player[at]}, whose actions are"
            f" {legal}"
        )
    return values, index


def _opposite(match: Ints) -> Ints:
    """The other seat of each match of two; -1 in other matches. Seats of a match are together."""
    sizes = np.bincount(match) if match.size else np.zeros(0, np.int64)
    other = np.full(match.size, -1, np.int64)
    pairs = np.flatnonzero(sizes[match] == 2) if match.size else match
    other[pairs[::2]], other[pairs[1::2]] = pairs[1::2], pairs[::2]
    return other
