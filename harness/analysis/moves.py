"""Anybody's table of moves, checked and completed: the form that metrics read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.analysis.company import tables
from harness.analysis.oddities import (
    canonical,
    merged_names,
    refuse_repeated_rows,
    seat_notes,
)
from harness.analysis.raw_table import Column, RawTable
from harness.columns import MOVE_COLUMNS, OK
from harness.errors import RecordError, did_you_mean, shorten
from harness.metrics.seats import action_text

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["moves_of"]

Ints: TypeAlias = NDArray[np.int64]

NEEDED = ("match", "round", "agent", "action", "payoff")
MISSING = {"", "nan", "na", "n/a", "none", "null"}
"""How an empty number is written in tables of text."""

TRUE, FALSE = {"true", "1", "1.0", "yes"}, {"false", "0", "0.0", "no"}
MOST_ROUND = 10**12
FORMULA_STARTS = ("'=", "'+", "'-", "'@", "'\t", "'\r")
"""How `folk export` writes texts that spreadsheet programs would run."""


def moves_of(raw: RawTable) -> tuple[pd.DataFrame, list[str]]:
    """The moves in a table, sorted, with all columns that metrics read; and what to know of them.

    In whichever order the rows stand, what comes out is the same.

    Needed are `match, round, agent, action` and `payoff`; `docs/metrics.md` tells what the others
    are where they are not there. Columns of other names are not read.

    Raises:
        RecordError: a column is missing, or a value cannot be; the message tells where it is.
    """
    _check_columns(raw)
    if not raw.n_rows:
        raise RecordError(f"{raw.path} holds no moves: there is no row below the names of columns")
    read = _Reader(raw)
    names = _game_names(read)
    match, matches = _matches(read, names)
    rounds = read.whole("round")
    agent, agents = read.texts("agent", needed=True)
    payoff = read.numbers("payoff")
    action, actions = read.actions()
    outcome, outcomes = read.texts("outcome", default=OK)
    substituted = read.flags("substituted")
    order = np.lexsort((rounds, match))
    if "player" in raw.columns:
        player = read.players()
        order = np.lexsort((player, rounds, match))
    else:
        refuse_repeated_rows(raw, match, rounds, agent, matches)
        player = _seats_by_agent(raw, (match, rounds, agent), agents, order)
        order = np.lexsort((player, rounds, match))
    _check_rows(raw, (match, rounds, player, agent), order, matches, agents)
    notes = [
        *_notes(action, outcome, outcomes, substituted),
        *merged_names(raw.columns["agent"], _text, "Agents"),
        *seat_notes(
            match, rounds, player, agent, names=(matches, agents), told="player" in raw.columns
        ),
    ]
    block, blocks = read.texts("block") if "block" in raw.columns else (match, matches)
    block = np.where(block < 0, len(blocks) + match, block)
    columns = {
        "match": _categorical(match, matches),
        "game": _categorical(names[0], names[1]),
        "round": rounds,
        "player": player,
        "agent": _categorical(agent, agents),
        "action": _action_column(action, actions),
        "payoff": payoff,
        "outcome": _categorical(outcome, outcomes),
        "substituted": substituted,
        "block": _categorical(block, [*blocks, *matches] if block.max() >= len(blocks) else blocks),
    }
    import pandas as pd

    table = pd.DataFrame(columns)[MOVE_COLUMNS].iloc[order].reset_index(drop=True)
    table["table"] = tables(table)
    return table, notes


def _check_columns(raw: RawTable) -> None:
    """Refuse a table that lacks what cannot be made up."""
    for name in NEEDED:
        if name in raw.columns:
            continue
        found = ", ".join(shorten(column, 40) for column in raw.columns)
        close = {column.strip().lower().replace(" ", "_"): column for column in raw.columns}
        if name in close:
            hint = f"; did you mean {shorten(close[name])}?"
        else:
            hint = did_you_mean(name, [c for c in raw.columns if c not in MOVE_COLUMNS])
        raise RecordError(
            f"{raw.path}: there is no column {name!r} among {found}{hint}; a table of moves needs"
            f" {', '.join(NEEDED)}, a row for each player and round"
        )


@dataclass(frozen=True)
class _Reader:
    """Columns of a raw table, checked one by one."""

    raw: RawTable

    def _parsed(
        self, name: str, parse: Callable[[Any], Any], wanted: str
    ) -> tuple[Ints, list[Any]]:
        """A column's values parsed; the first row with one that cannot be is told."""
        column = self.raw.columns[name]
        found = []
        for code, value in enumerate(column.distinct):
            try:
                found.append(parse(value))
            except (TypeError, ValueError):
                self.refuse(name, column, code, wanted)
        return column.codes, found

    def refuse(self, name: str, column: Column, code: int, wanted: str) -> None:
        """Refuse the first cell with this value.

        Raises:
            RecordError: always.
        """
        at = np.flatnonzero(column.codes == code)
        if not at.size:
            return  # a value that no row has
        where = self.raw.where(int(at[0]))
        value = "empty" if code < 0 else shorten(column.distinct[code])
        raise RecordError(f"{where}: {name} is {value}; {wanted}")

    def texts(
        self, name: str, *, default: str | None = None, needed: bool = False
    ) -> tuple[Ints, list[str]]:
        """A column of texts, equal ones once; empty cells are -1, or the default."""
        if name not in self.raw.columns:
            return np.zeros(self.raw.n_rows, np.int64), [str(default)]
        column = self.raw.columns[name]
        if needed:
            self.refuse(name, column, -1, f"every row has to name its {name}")
        named: dict[str, int] = {}
        table = [named.setdefault(_text(value), len(named)) for value in column.distinct]
        codes = np.array([*table, -1], np.int64)[column.codes]
        if default is not None and (codes < 0).any():
            codes = np.where(codes < 0, named.setdefault(default, len(named)), codes)
        return canonical(codes, list(named))

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of finite numbers."""
        wanted = "it has to be a number; leave rows out of players who took no part in the round"
        column = self.raw.columns[name]
        self.refuse(name, column, -1, wanted)
        codes, values = self._parsed(name, _number, wanted)
        return np.array([*values, math.nan])[codes]

    def whole(self, name: str) -> Ints:
        """A column of whole numbers of at least 0."""
        wanted = "it has to be a whole number of at least 0"
        self.refuse(name, self.raw.columns[name], -1, wanted)
        codes, values = self._parsed(name, _whole, wanted)
        return np.array([*values, -1], np.int64)[codes]

    def flags(self, name: str) -> NDArray[np.bool_]:
        """A column of true and false; false where it is missing or empty."""
        if name not in self.raw.columns:
            return np.zeros(self.raw.n_rows, bool)
        codes, values = self._parsed(name, _flag, "it has to be true or false")
        return np.array([*values, False])[codes]

    def players(self) -> Ints:
        """The column of players: numbers from 0, or from 1, or any names in order of the text."""
        column = self.raw.columns["player"]
        self.refuse("player", column, -1, "every row has to tell its seat; or leave the column out")
        try:
            numbers = [_whole(value) for value in column.distinct]
        except (TypeError, ValueError):
            texts = [_text(value) for value in column.distinct]
            rank = {text: i for i, text in enumerate(sorted(set(texts)))}
            numbers = [rank[text] for text in texts]
        distinct = sorted(set(numbers))
        if distinct[0] > 0 and distinct[-1] == len(distinct):  # counted from 1
            numbers = [number - 1 for number in numbers]
        elif distinct[-1] > 10 * len(distinct):
            numbers = [distinct.index(number) for number in numbers]
        return np.array(numbers, np.int64)[column.codes]

    def actions(self) -> tuple[Ints, list[Any]]:
        """The column of actions: numbers where all are, else texts."""
        column = self.raw.columns["action"]
        values = [_text(v) if isinstance(v, str) else v for v in column.distinct]
        blank = [isinstance(v, float) and math.isnan(v) for v in values]
        texts: dict[str, int] = {}
        table = [
            -1 if empty else texts.setdefault(action_text(value), len(texts))
            for value, empty in zip(values, blank, strict=True)
        ]
        codes, named = canonical(np.array([*table, -1], np.int64)[column.codes], list(texts))
        return codes, [_plain(text) for text in named]


def _text(value: Any) -> str:
    """A value as the text that names something."""
    text = action_text(value).strip()
    return text[1:] if text.startswith(FORMULA_STARTS) else text


def _plain(text: str) -> Any:
    """A number for a text that is exactly how one is written, otherwise the text."""
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if str(number) == text and math.isfinite(number):
            return number
    return text


def _number(value: Any) -> float:
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in MISSING):
        raise ValueError(value)
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(value)
    return number


def _whole(value: Any) -> int:
    number = _number(value)
    if number != int(number) or not 0 <= number <= MOST_ROUND:
        raise ValueError(value)
    return int(number)


def _flag(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in TRUE | FALSE:
        raise ValueError(value)
    return text in TRUE


def _categorical(codes: Ints, values: list[str]) -> pd.Categorical[Any]:
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index(values, dtype=str))


def _action_column(codes: Ints, values: list[Any]) -> Any:
    """Actions as a column: texts each kept once, or numbers, or what is either."""
    texts = [isinstance(value, str) for value in values]
    if all(texts):
        return _categorical(codes, values)
    if not any(texts) and (codes >= 0).all():
        return np.array(values)[codes]
    return np.array([*values, None], object)[codes]


def _game_names(read: _Reader) -> tuple[Ints, list[str]]:
    """The game of each row: the file's name where none is told."""
    return read.texts("game", default=read.raw.path.stem)


def _matches(read: _Reader, games: tuple[Ints, list[str]]) -> tuple[Ints, list[str]]:
    """The match of each row; one name in two games is two matches."""
    match, names = read.texts("match", needed=True)
    both, codes = np.unique(match * len(games[1]) + games[0], return_inverse=True)
    if len(both) == len(names):
        return match, names
    found = [f"{names[key // len(games[1])]} ({games[1][key % len(games[1])]})" for key in both]
    return codes.astype(np.int64), found


def _seats_by_agent(
    raw: RawTable, keys: tuple[Ints, Ints, Ints], agents: list[str], order: Ints
) -> Ints:
    """Seats where no column tells them: agents in the order in which a match first names them.

    An agent that is named as often in every round of a match sits in as many seats. Where rounds of
    one match name them in different orders, rows tell no seats, and the agents' names do.
    """
    import pandas as pd

    match, rounds, agent = keys
    rows = pd.DataFrame({"match": match, "round": rounds, "agent": agent}).iloc[order]
    rows["time"] = rows.groupby(["match", "round", "agent"]).cumcount()
    seats = rows.groupby(["match", "agent", "time"], sort=False)["round"].transform("size")
    first = rows.groupby(["match", "agent", "time"], sort=False)["round"].transform("idxmin")
    often = rows["time"].to_numpy() > 0
    whole = rows.groupby("match")["round"].transform("nunique").to_numpy()
    partly = np.flatnonzero(often & (seats.to_numpy() < whole))
    if partly.size:
        at = int(rows.index[partly[0]])
        raise RecordError(
            f"{raw.where(at)}: agent {shorten(agents[agent[at]])} is there twice in round"
            f" {rounds[at]} of one match; leave one out, or name seats in a column player"
        )
    position = np.empty(len(order), np.int64)
    position[order] = np.arange(len(order))
    start = pd.Series(position[first.to_numpy()], index=rows.index)
    player = start.groupby(rows["match"]).rank(method="dense").astype(np.int64) - 1
    step = rows[["match", "round"]].diff().eq(0).all(axis=1) & (player.diff() < 0)
    if step.any():
        start = rows["agent"] * (int(rows["time"].max()) + 1) + rows["time"]
        player = start.groupby(rows["match"]).rank(method="dense").astype(np.int64) - 1
    return player.reindex(range(len(order))).to_numpy().astype(np.int64)


def _check_rows(
    raw: RawTable,
    keys: tuple[Ints, Ints, Ints, Ints],
    order: Ints,
    matches: list[str],
    agents: list[str],
) -> None:
    """Refuse two rows for one player and round, and two agents for one player."""
    match, rounds, player, agent = (key[order] for key in keys)
    same = (np.diff(match) == 0) & (np.diff(player) == 0) & (np.diff(rounds) == 0)
    if same.any():
        at = int(np.flatnonzero(same)[0])
        first, second = sorted((int(order[at]), int(order[at + 1])))
        raise RecordError(
            f"{raw.where(second)}: match {shorten(matches[match[at]])} has round {rounds[at]} of"
            f" player {player[at]} already at {raw.where(first)}; leave one of the rows out"
        )
    width = int(player.max()) + 1
    seat = match * width + player
    _, start, which = np.unique(seat, return_index=True, return_inverse=True)
    other = np.flatnonzero(agent != agent[start][which])
    if other.size:
        at = int(other[0])
        raise RecordError(
            f"{raw.where(int(order[at]))}: player {player[at]} of match"
            f" {shorten(matches[match[at]])} is {shorten(agents[agent[at]])} here and was"
            f" {shorten(agents[agent[start][which][at]])} before; a player is one agent throughout"
            " a match (without a column player, seats are told by the agents' names)"
        )


def _notes(
    action: Ints, outcome: Ints, outcomes: list[str], substituted: NDArray[np.bool_]
) -> list[str]:
    """What a reader of the numbers has to know of the rows."""
    named = outcome == (outcomes.index(OK) if OK in outcomes else -1)
    blank = int(((action < 0) & named & ~substituted).sum())
    if not blank:
        return []
    return [f"{blank} rows name no action: they count for payoffs alone."]
