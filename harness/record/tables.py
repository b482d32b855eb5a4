"""Tidy tables made from a run's log: the interface between play and analysis."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    "Log",
    "cooperative_actions",
    "match_rows",
    "matches_table",
    "moves_table",
    "read_log",
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
    return moves.frame(MOVE_COLUMNS)


@dataclass(frozen=True)
class Log:
    """All that analysis reads of a run.

    Attributes:
        moves: as `moves_table` makes it, and `table`.
        matches: as `matches_table` does.
        strategies: mixed strategies that were read, a row for each action of each decision: `match,
            round, player, agent, block, table, game, action, probability`; None where there is
            none.
        endings: by game, the outcomes of answers that ended a match.
        stages: as `stages_table` makes it; None where no game has stages.
    """

    moves: pd.DataFrame
    matches: pd.DataFrame
    strategies: pd.DataFrame | None
    endings: dict[str, Counter[str]]
    stages: pd.DataFrame | None = None


def read_log(folder: Path) -> Log:
    """Read a run's log once, for analysis.

    Raises:
        RecordError: the folder is no run, or cannot be read.
    """
    import pandas as pd

    cooperative = cooperative_actions(read_manifest(folder))
    moves = _Moves()
    rows: list[dict[str, Any]] = []
    mixed: list[dict[str, Any]] = []
    stages: list[dict[str, Any]] = []
    endings: dict[str, Counter[str]] = defaultdict(Counter)
    for match in read_matches(folder):
        rows += match_rows(match, cooperative)
        if match["rounds"]:
            moves.add(match)
        mixed += _strategy_rows(match)
        stages += stage_rows(match)
        if match["status"] != "ok" and match.get("problems"):
            endings[match["game"]][match["problems"][-1]["outcome"]] += 1
    strategies, staged = (pd.DataFrame(listed) if listed else None for listed in (mixed, stages))
    return Log(moves.frame([*MOVE_COLUMNS, "table"]), frame(rows), strategies, endings, staged)


def _strategy_rows(match: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A row for each action of each decision whose mixed strategy was read."""
    for told in match.get("strategies", ()):
        same = {name: match[name] for name in ("match", "block", "table", "game")}
        same |= {"round": told["round"], "player": told["player"]}
        same["agent"] = match["agents"][told["player"]]
        for action, probability in told["probabilities"].items():
            yield {**same, "action": action, "probability": probability}


class _Moves:
    """The moves of matches, gathered as lists of whatever a match is told by, and then spread out.

    A row is made of every round and player; those of players who took no part are left out last.
    """

    OF_MATCH = ("match", "game", "block", "table")

    def __init__(self) -> None:
        self._names = {c: _Names() for c in (*self.OF_MATCH, "agent", "outcome")}
        self._told: dict[str, list[int]] = {
            c: [] for c in (*self.OF_MATCH, "agents", "players", "rows")
        }
        self._agents: list[int] = []
        self._actions: list[NDArray[np.int64]] = []
        self._known: dict[Any, int] = {}
        self._n_rows = 0
        self._payoffs: list[NDArray[np.float64]] = []
        self._unusual: dict[int, tuple[str, bool]] = {}

    def add(self, match: dict[str, Any]) -> None:
        """Add the moves of a match that has any."""
        import numpy as np

        names, told, start = self._names, self._told, self._n_rows
        paid = np.array(match["round_payoffs"], float).T  # NaN where a player took no part
        n_rounds, n_players = paid.shape
        self._payoffs.append(paid.ravel())
        self._n_rows += n_rounds * n_players
        self._actions.append(self._codes_of(match["actions"], n_rounds))
        for column in self.OF_MATCH:
            told[column].append(names[column].code(match[column]))
        told["agents"].append(len(self._agents))
        told["players"].append(n_players)
        told["rows"].append(n_rounds * n_players)
        self._agents += [names["agent"].code(a) if a else -1 for a in match["agents"]]
        problems = match.get("problems", ())
        for at, problem in enumerate(problems, 1):  # of several at once, the last counts
            ended = match["status"] != "ok" and at == len(problems)
            settled = problem["substituted"] or ended  # else the player was asked again, and moved
            if problem["round"] < n_rounds and settled:
                row = start + problem["round"] * n_players + problem["player"]
                self._unusual[row] = problem["outcome"], problem["substituted"]

    def _codes_of(self, actions: list[list[Any]], n_rounds: int) -> NDArray[np.int64]:
        """Actions, listed by player, as numbers in the order of rows; each value is kept once."""
        import numpy as np

        codes = np.empty((n_rounds, len(actions)), np.int64)
        for player, mine in enumerate(actions):
            try:
                codes[:, player] = np.fromiter(map(self._known.__getitem__, mine), np.int64)
            except (KeyError, TypeError):  # values that are new, or lists and objects
                codes[:, player] = [self._code(action) for action in mine]
        return codes.ravel()

    def _code(self, action: Any) -> int:
        """The number of an action; those that are no texts are kept apart by their type."""
        if isinstance(action, list | dict):
            action = canonical_json(action)
        key = action if isinstance(action, str) else (type(action), action)
        return self._known.setdefault(key, len(self._known))

    def frame(self, wanted: list[str]) -> pd.DataFrame:
        """The moves table, with these columns."""
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
        codes = {column: told[column][of] for column in self.OF_MATCH}
        codes["agent"] = np.array(self._agents, int)[told["agents"][of] + players]
        codes["outcome"] = outcomes
        columns = {c: self._names[c].column(v[there]) for c, v in codes.items()}
        columns |= {"round": rounds[there], "player": players[there], "payoff": payoffs[there]}
        columns["action"] = self._action_column(there)
        columns["substituted"] = substituted[there]
        return pd.DataFrame(columns)[wanted]

    def _action_column(self, there: NDArray[np.int64]) -> Any:
        """The actions: a categorical column where all are texts."""
        import numpy as np

        codes = np.concatenate(self._actions)[there] if self._actions else there
        if all(isinstance(key, str) for key in self._known):
            return _column(list(self._known), codes)
        values = np.empty(len(self._known), object)
        values[:] = [key if isinstance(key, str) else key[1] for key in self._known]
        return values[codes].tolist()


class _Names:
    """Texts that recur, each kept once, with a number of its own."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def column(self, codes: NDArray[np.int64]) -> Any:
        return _column(list(self._codes), codes)


def _column(texts: list[str], codes: NDArray[np.int64]) -> Any:
    """A column of texts, each kept once."""
    import pandas as pd

    return pd.Categorical.from_codes(codes, categories=pd.Index(texts, dtype=str))
