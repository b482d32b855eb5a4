"""Tidy tables made from a run's log: the interface between play and analysis."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.identity import canonical_json
from harness.record.folder import read_manifest, read_matches

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["cooperative_actions", "match_rows", "matches_table", "moves_table"]


def cooperative_actions(manifest: dict[str, Any]) -> dict[str, list[Any]]:
    """The action that counts as cooperation, by game and player, as a manifest tells it."""
    return {game["spec"]: game["cooperative"] for game in manifest["games"]}


def match_rows(
    fields: dict[str, Any], cooperative: dict[str, list[Any]]
) -> Iterator[dict[str, Any]]:
    """The rows of the matches table for one match, one per player.

    Columns: `match, block, game, player, agent, status, payoff` (total), `rounds`,
    `round_payoff` (sum of the rounds' payoffs), `cooperations` (rounds in which the player
    cooperated; None where the game defines no cooperation), `invalid` (answers that were no
    moves), `substituted` (moves that the harness made instead).
    """
    problems = fields.get("problems", ())
    good = cooperative.get(fields["game"], [None] * len(fields["agents"]))
    idle = [()] * len(fields["agents"])
    actions, payoffs = fields["actions"] or idle, fields["round_payoffs"] or idle
    for player, agent in enumerate(fields["agents"]):
        mine = [problem for problem in problems if problem["player"] == player]
        yield {
            "match": fields["match"],
            "block": fields["block"],
            "game": fields["game"],
            "player": player,
            "agent": agent,
            "status": str(fields["status"]),
            "payoff": None if fields["payoffs"] is None else fields["payoffs"][player],
            "rounds": fields["rounds"],
            "round_payoff": sum(payoffs[player]),
            "cooperations": (
                None if good[player] is None else list(actions[player]).count(good[player])
            ),
            "invalid": len(mine),
            "substituted": sum(problem["substituted"] for problem in mine),
        }


def frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Rows of the matches table as a data frame."""
    import pandas as pd

    table = pd.DataFrame(list(rows), columns=MATCH_COLUMNS)
    return table.astype({"payoff": float, "round_payoff": float, "cooperations": float})


MATCH_COLUMNS = [
    "match",
    "block",
    "game",
    "player",
    "agent",
    "status",
    "payoff",
    "rounds",
    "round_payoff",
    "cooperations",
    "invalid",
    "substituted",
]


def matches_table(folder: Path) -> pd.DataFrame:
    """One row per match and player; see `match_rows` for the columns.

    Raises:
        RecordError: the folder is no run, or cannot be read.
    """
    cooperative = cooperative_actions(read_manifest(folder))
    return frame(
        itertools.chain.from_iterable(match_rows(m, cooperative) for m in read_matches(folder))
    )


def moves_table(folder: Path) -> pd.DataFrame:
    """One row per match, round and player, in that order.

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
    payoffs: list[float] = []
    unusual: list[tuple[int, str, bool]] = []
    for match in read_matches(folder):
        n_players, n_rounds = len(match["agents"]), match["rounds"]
        for column in ("match", "game", "block"):
            parts[column].append(np.repeat(names[column].code(match[column]), n_players * n_rounds))
        parts["round"].append(np.repeat(np.arange(n_rounds), n_players))
        parts["player"].append(np.tile(np.arange(n_players), n_rounds))
        agents = [names["agent"].code(agent) for agent in match["agents"]]
        parts["agent"].append(np.tile(agents, n_rounds))
        for problem in match.get("problems", ()):
            if problem["round"] < n_rounds:  # a round that was not finished has no row
                row = len(actions) + problem["round"] * n_players + problem["player"]
                unusual.append((row, problem["outcome"], problem["substituted"]))
        actions += [_scalar(a) for at_once in zip(*match["actions"], strict=True) for a in at_once]
        payoffs += [u for at_once in zip(*match["round_payoffs"], strict=True) for u in at_once]
    outcomes = np.full(len(actions), names["outcome"].code("ok"))
    substituted = np.zeros(len(actions), dtype=bool)
    for row, outcome, moved in unusual:
        outcomes[row] = names["outcome"].code(outcome)
        substituted[row] = moved
    codes = {c: np.concatenate(p) if p else np.zeros(0, int) for c, p in parts.items()}
    codes["outcome"] = outcomes
    columns = {c: names[c].column(codes[c]) if c in names else codes[c] for c in codes}
    columns |= {"action": actions, "payoff": np.array(payoffs, float), "substituted": substituted}
    return pd.DataFrame(columns)[MOVE_COLUMNS]


MOVE_COLUMNS = [
    "match",
    "game",
    "round",
    "player",
    "agent",
    "action",
    "payoff",
    "outcome",
    "substituted",
    "block",
]


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
