"""Tidy tables made from a run's log: the interface between play and analysis."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.columns import MATCH_COLUMNS, MOVE_COLUMNS, STAGE_COLUMNS
from harness.errors import PluginError
from harness.identity import canonical_json
from harness.record.folder import read_manifest, read_matches

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = [
    "cooperative_actions",
    "match_rows",
    "matches_table",
    "moves_table",
    "stage_rows",
    "stages_table",
]


NO_ANSWER = ("timeout", "provider_error")
"""Outcomes of questions that nobody answered: the match's status says so."""


def cooperative_actions(manifest: dict[str, Any]) -> dict[str, list[Any]]:
    """The action that counts as cooperation, by game and player, as a manifest tells it."""
    return {game["spec"]: game["cooperative"] for game in manifest["games"]}


def match_rows(
    fields: dict[str, Any], cooperative: dict[str, list[Any]]
) -> Iterator[dict[str, Any]]:
    """The rows of the matches table for one match, one per player that took part.

    Columns: `match, block, table, game, player, agent, status, payoff` (total), `rounds` (in
    which the player took part), `round_payoff` (sum of the rounds' payoffs), `cooperations`
    (rounds in which the player cooperated; None where the game defines no cooperation), `invalid`
    (answers that were no moves), `substituted` (moves that the harness made instead), and the
    game's measures.

    Raises:
        PluginError: the game gives a measure the name of a column.
    """
    _check_names(fields["game"], "measure", fields.get("measures", {}), MATCH_COLUMNS)
    problems = fields.get("problems", ())
    n_players = len(fields["agents"])
    good = cooperative.get(fields["game"], [None] * n_players)
    actions, payoffs = fields["actions"], fields["round_payoffs"]
    for player, agent in enumerate(fields["agents"]):
        if agent is None:
            continue
        mine = [problem for problem in problems if problem["player"] == player]
        paid = [u for u in payoffs[player] if u is not None]
        yield {
            "match": fields["match"],
            "block": fields["block"],
            "table": fields["table"],
            "game": fields["game"],
            "player": player,
            "agent": agent,
            "status": str(fields["status"]),
            "payoff": None if fields["payoffs"] is None else fields["payoffs"][player],
            "rounds": len(paid),
            "round_payoff": sum(paid),
            "cooperations": (None if good[player] is None else actions[player].count(good[player])),
            "invalid": sum(problem["outcome"] not in NO_ANSWER for problem in mine),
            "substituted": sum(problem["substituted"] for problem in mine),
            **{name: values[player] for name, values in fields.get("measures", {}).items()},
        }


def frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Rows of the matches table as a data frame."""
    import pandas as pd

    listed = list(rows)
    measures = dict.fromkeys(name for row in listed for name in row if name not in MATCH_COLUMNS)
    table = pd.DataFrame(listed, columns=[*MATCH_COLUMNS, *measures])
    numbers = ("payoff", "round_payoff", "cooperations", *measures)
    return table.astype(dict.fromkeys(numbers, float))


def matches_table(folder: Path) -> pd.DataFrame:
    """One row per match and player; see `match_rows` for the columns.

    Raises:
        RecordError: the folder is no run, or cannot be read.
    """
    cooperative = cooperative_actions(read_manifest(folder))
    return frame(
        itertools.chain.from_iterable(match_rows(m, cooperative) for m in read_matches(folder))
    )


def stage_rows(fields: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of the stages table for one match, one per stage.

    Columns: `match, block, table, game, status` (of the match), `stage` (from 0), and the numbers
    that the game gives. In a match that did not end `ok` the last stage may be unfinished.

    Raises:
        PluginError: the game gives a number the name of a column.
    """
    for stage, numbers in enumerate(fields.get("stages", ())):
        _check_names(fields["game"], "stage's number", numbers, STAGE_COLUMNS)
        same = {column: fields[column] for column in STAGE_COLUMNS if column != "stage"}
        yield {**same, "stage": stage, **numbers}


def _check_names(game: str, what: str, given: Iterable[str], columns: Iterable[str]) -> None:
    """Refuse names that a game gives its numbers where tables have columns of these names."""
    taken = sorted(set(given) & set(columns))
    if taken:
        raise PluginError(f"{game}: a {what} cannot be called {taken[0]!r}, as a table's column is")


def stages_table(folder: Path) -> pd.DataFrame:
    """One row per match and stage, of the games that have stages; see `stage_rows`.

    Raises:
        RecordError: the folder is no run, or cannot be read.
    """
    import pandas as pd

    read_manifest(folder)
    rows = itertools.chain.from_iterable(map(stage_rows, read_matches(folder)))
    return pd.DataFrame(list(rows))


def moves_table(folder: Path) -> pd.DataFrame:
    """One row per match, round and player that took part in it, in that order.

    Columns: `match, game, round` (from 0), `player, agent, action` (text or number; JSON text for
    actions that are neither), `payoff` (of the round), `outcome` (of the player's last answer in
    the round), `substituted` (the harness moved instead), `block`.

    Raises:
        RecordError: the folder is no run, or cannot be read.
    """
    read_manifest(folder)
    moves = _Moves()
    for match in read_matches(folder):
        if match["rounds"]:
            moves.add(match)
    return moves.frame()


class _Moves:
    """The moves of matches, gathered as lists of whatever a match is told by, and then spread out.

    A row is made of every round and player; those of players who took no part are left out last.
    """

    def __init__(self) -> None:
        self._names = {c: _Names() for c in ("match", "game", "block", "agent", "outcome")}
        self._told: dict[str, list[int]] = {
            c: [] for c in ("match", "game", "block", "agents", "players", "rows")
        }
        self._agents: list[int] = []
        self._actions: list[Any] = []
        self._payoffs: list[NDArray[np.float64]] = []
        self._unusual: dict[int, tuple[str, bool]] = {}
        self._texts: dict[str, str] = {}

    def add(self, match: dict[str, Any]) -> None:
        """Add the moves of a match that has any."""
        import numpy as np

        names, told, start = self._names, self._told, len(self._actions)
        paid = np.array(match["round_payoffs"], float).T  # NaN where a player took no part
        n_rounds, n_players = paid.shape
        self._payoffs.append(paid.ravel())
        in_order = itertools.chain.from_iterable(zip(*match["actions"], strict=True))
        self._actions += self._scalars(list(in_order))
        for column in ("match", "game", "block"):
            told[column].append(names[column].code(match[column]))
        told["agents"].append(len(self._agents))
        told["players"].append(n_players)
        told["rows"].append(n_rounds * n_players)
        self._agents += [names["agent"].code(a) if a else -1 for a in match["agents"]]
        for problem in match.get("problems", ()):  # of several at once, the last counts
            if problem["round"] < n_rounds:
                row = start + problem["round"] * n_players + problem["player"]
                self._unusual[row] = problem["outcome"], problem["substituted"]

    def _scalars(self, actions: list[Any]) -> Iterable[Any]:
        """Actions as a table holds them; texts that recur are kept once."""
        kinds = set(map(type, actions))
        if kinds == {str}:
            return map(self._texts.setdefault, actions, actions)
        if kinds & {list, dict}:
            return [canonical_json(a) if isinstance(a, list | dict) else a for a in actions]
        return actions

    def frame(self) -> pd.DataFrame:
        """The moves table."""
        import numpy as np
        import pandas as pd

        told = {column: np.array(listed, int) for column, listed in self._told.items()}
        payoffs = np.concatenate(self._payoffs) if self._payoffs else np.zeros(0)
        there = np.flatnonzero(~np.isnan(payoffs))
        of = np.repeat(np.arange(len(told["rows"])), told["rows"])
        at = np.arange(len(of)) - (np.cumsum(told["rows"]) - told["rows"])[of]
        rounds, players = np.divmod(at, told["players"][of])
        outcome = self._names["outcome"].code
        outcomes, substituted = np.full(len(of), outcome("ok")), np.zeros(len(of), dtype=bool)
        for row, (became, moved) in self._unusual.items():
            if not np.isnan(payoffs[row]):
                outcomes[row], substituted[row] = outcome(became), moved
        codes = {column: told[column][of] for column in ("match", "game", "block")}
        codes["agent"] = np.array(self._agents, int)[told["agents"][of] + players]
        codes["outcome"] = outcomes
        columns = {c: self._names[c].column(v[there]) for c, v in codes.items()}
        columns |= {"round": rounds[there], "player": players[there], "payoff": payoffs[there]}
        columns["action"] = [self._actions[row] for row in there.tolist()]
        columns["substituted"] = substituted[there]
        return pd.DataFrame(columns)[MOVE_COLUMNS]


class _Names:
    """Texts that recur, each kept once, with a number of its own."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def column(self, codes: NDArray[np.int64]) -> Any:
        import pandas as pd

        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self._codes), dtype=str))
