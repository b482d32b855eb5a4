"""Small tables of moves for tests of what reads them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from harness.metrics.seats import Seats, seats_of


def moves(rows: list[tuple[str, str, str, str, list[Any], list[float]]]) -> pd.DataFrame:
    """A row each: match, block, agent, the other agent, the agent's actions and payoffs."""
    seen: dict[str, int] = {}
    table = []
    for match, block, agent, other, actions, payoffs in rows:
        player = seen.setdefault(match, -1) + 1
        seen[match] = player
        who = " | ".join(sorted((agent, other)))
        table += [
            {"match": match, "block": block, "table": who, "agent": agent, "player": player}
            | {"round": t, "action": action, "payoff": float(paid), "game": "game"}
            | {"outcome": "ok", "substituted": False}
            for t, (action, paid) in enumerate(zip(actions, payoffs, strict=True))
        ]
    return pd.DataFrame(table).sort_values(["match", "round", "player"], ignore_index=True)


def tournament(paid: dict[tuple[str, str], list[float]], *, common: bool) -> Seats:
    """Seats of one-round matches: what the first of a pair earned in each block, the other 0."""
    rows = []
    for (agent, other), earned in paid.items():
        for k, payoff in enumerate(earned):
            match = f"{agent}-{other}-{k}"
            block = f"seed {k}" if common else match
            rows.append((match, block, agent, other, ["C"], [payoff]))
            rows.append((match, block, other, agent, ["C"], [0.0]))
    return seats_of(moves(rows), None)
