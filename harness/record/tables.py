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
    import numpy as np
    import pandas as pd

    read_manifest(folder)
    names = {column: _Names() for column in ("match", "game", "agent", "outcome", "block")}
    coded = ("match", "game", "round", "player", "agent", "block")
    parts: dict[str, list[NDArray[np.int64]]] = {column: [] for column in coded}
    actions: list[Any] = []
    payoffs: list[NDArray[np.float64]] = []
    unusual: list[tuple[int, str, bool]] = []
    for match in read_matches(folder):
        n_rounds, agents = match["rounds"], match["agents"]
        if not n_rounds:
            continue
        paid = np.array(match["round_payoffs"], float).T  # NaN where a player took no part
        rounds, players = np.nonzero(~np.isnan(paid))
        problems = {(p["round"], p["player"]): p for p in match.get("problems", ())}
        for row, at in enumerate(zip(rounds.tolist(), players.tolist(), strict=True), len(actions)):
            actions.append(_scalar(match["actions"][at[1]][at[0]]))
            if at in problems:  # the last, if there were several
                unusual.append((row, problems[at]["outcome"], problems[at]["substituted"]))
        for column in ("match", "game", "block"):
            parts[column].append(np.full(len(rounds), names[column].code(match[column])))
        codes = np.array([names["agent"].code(a) if a else -1 for a in agents])
        parts["agent"].append(codes[players])
        parts["round"].append(rounds)
        parts["player"].append(players)
        payoffs.append(paid[rounds, players])
    outcomes = np.full(len(actions), names["outcome"].code("ok"))
    substituted = np.zeros(len(actions), dtype=bool)
    for row, outcome, moved in unusual:
        outcomes[row] = names["outcome"].code(outcome)
        substituted[row] = moved
    joined = {c: np.concatenate(p) if p else np.zeros(0, int) for c, p in parts.items()}
    joined["outcome"] = outcomes
    columns = {c: names[c].column(v) if c in names else v for c, v in joined.items()}
    columns |= {
        "action": actions,
        "payoff": np.concatenate(payoffs) if payoffs else np.zeros(0),
        "substituted": substituted,
    }
    return pd.DataFrame(columns)[MOVE_COLUMNS]


class _Names:
    """Texts that recur, each kept once."""

    def __init__(self) -> None:
        self.codes: dict[str, int] = {}

    def code(self, name: str) -> int:
        return self.codes.setdefault(name, len(self.codes))

    def column(self, codes: NDArray[np.int64]) -> Any:
        import pandas as pd

        return pd.Categorical.from_codes(codes, categories=pd.Index(list(self.codes), dtype=str))


def _scalar(action: Any) -> Any:
    """An action as a table holds it."""
    return canonical_json(action) if isinstance(action, list | dict) else action
