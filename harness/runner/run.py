"""A run from plan to standings: plays every match and logs it before it counts."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import RunPlan
from harness.errors import plugin_call
from harness.match import Entry
from harness.record.folder import create
from harness.record.tables import frame
from harness.runner.scripted import play_all

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RunResult", "manifest", "run"]


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, its matches table, and its stages table."""

    folder: Path
    matches: pd.DataFrame
    stages: pd.DataFrame


def run(
    plan: RunPlan, folder: Path, progress: Callable[[int], None] = lambda done: None
) -> RunResult:
    """Play all matches of a plan and log them.

    Args:
        plan: what to play.
        folder: the run's folder, which must not exist.
        progress: called with the number of matches done, after each.

    Raises:
        UsageError: the folder exists or cannot be written.
        RecordError: the disk refuses a line; the matches logged before it are safe.
        PluginError: a game breaks the engine's contract.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    stages: list[dict[str, Any]] = []
    with create(folder, manifest(plan)) as log:
        for done, played in enumerate(play_all(plan.matches, plan.config.workers), 1):
            log.append(played.line)
            rows += played.rows
            stages += played.stages
            progress(done)
    return RunResult(folder, frame(rows), pd.DataFrame(stages))


def manifest(plan: RunPlan) -> dict[str, Any]:
    """What is written of a run before it begins: everything needed to repeat it."""
    return {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "folkbench": importlib.metadata.version("folkbench"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "config": asdict(plan.config),
        "games": [_described(game) for game in plan.games],
        "agents": [{"spec": agent.spec, **agent.identity} for agent in plan.agents],
        "matches": [match.id for match in plan.matches],
    }


def _described(game: Entry) -> dict[str, Any]:
    """What the manifest says of a game."""
    players = range(game.what.n_players)
    with plugin_call(game.spec, "cooperative()"):
        cooperative = [game.what.cooperative(player) for player in players]
    return {
        "spec": game.spec,
        **game.identity,
        "n_players": len(players),
        "cooperative": cooperative,
        "measures": dict(game.what.measures),
    }
