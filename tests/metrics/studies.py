"""Studies of matches that bots play here and now, and checks of what families find in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness import registry
from harness.config import RunConfig, resolve
from harness.metrics.study import Family, Study
from harness.record.tables import matches_table, moves_table, stages_table
from harness.runner.run import run


def studies(
    folder: Path, games: tuple[str, ...], agents: tuple[str, ...], **knobs: Any
) -> list[Study]:
    """Play and make a study of each game, from the tables of the run's log."""
    run(resolve(RunConfig(games=games, agents=agents, **knobs)), folder)
    moves, matches, stages = moves_table(folder), matches_table(folder), stages_table(folder)
    tables = dict(zip(matches["match"], matches["table"], strict=True))
    found = []
    for spec in matches["game"].unique():
        game = registry.build("game", str(spec)).what
        while hasattr(game, "game"):
            game = game.game  # what modifiers hold
        own = moves[moves["game"] == spec]
        actions = payoffs = None
        if hasattr(game, "row"):
            actions = (tuple(game.actions(0)), tuple(game.actions(1)))
            payoffs = float(game.stakes) * np.array([game.row, game.column])
        found.append(
            Study(
                game=str(spec),
                moves=own.assign(table=own["match"].map(tables)),
                matches=matches[matches["game"] == spec].dropna(axis=1, how="all"),
                actions=actions,
                payoffs=payoffs,
                cooperative=tuple(game.cooperative(i) for i in range(game.n_players)),
                facts={**game.facts(0)},
                stages=stages[stages["game"] == spec] if len(stages) else None,
            )
        )
    return found


def value(family: Family, study: Study, agent: str, metric: str) -> float:
    found = family.compute(study).agents[agent][metric].value
    assert found is not None
    return found


def check_names(family: Family, study: Study) -> None:
    """What is found is described, and numbers have their bounds around them."""
    for metrics in family.compute(study).agents.values():
        assert set(metrics) <= set(family.metrics)
        for found in metrics.values():
            if found.low is not None and found.high is not None and found.value is not None:
                assert found.low <= found.value <= found.high
