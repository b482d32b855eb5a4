"""Studies of agents on a ladder, played for the tests of what exploiters take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.config import RunConfig, resolve
from harness.games.matrix import MatrixGame
from harness.metrics.study import Study
from harness.record.tables import matches_table, moves_table
from harness.runner.run import run


def study(folder: Path, game: str, *agents: str, schedule: str = "exploit", **config: Any) -> Study:
    """What agents played against the exploiters of a game in normal form."""
    plan = resolve(RunConfig(games=(game,), agents=agents, schedule=(schedule,), **config))
    run(plan, folder)
    what: MatrixGame = plan.games[0].what
    moves, matches = moves_table(folder), matches_table(folder)
    tables = matches.drop_duplicates("match").set_index("match")["table"]
    moves["table"] = moves["match"].astype(str).map(tables)
    return Study(
        game,
        moves,
        matches,
        actions=(what.row_actions, what.column_actions),
        payoffs=np.stack([np.array(what.row), np.array(what.column)], axis=0).astype(float),
        cooperative=what.cooperate,
        ladder=what.ladder,
    )
