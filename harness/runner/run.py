"""A run from plan to standings: plays every match and logs it before it counts."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import RunPlan
from harness.errors import plugin_call
from harness.match import Entry
from harness.record.folder import MatchLog, create
from harness.record.tables import frame
from harness.runner.scripted import Played, play_all

if TYPE_CHECKING:
    import pandas as pd

    from harness.models.tally import Tally

__all__ = ["RunResult", "manifest", "run"]


@dataclass(frozen=True)
class RunResult:
    """A finished run: its folder, its matches table, its stages table, and what calls took.

    Attributes:
        folder: where it is logged.
        matches: one row per match and player, in the order of the schedule.
        stages: one row per match and stage.
        tallies: what the calls of each model took, by agent.
        errors: why matches ended as errors, and how many for each reason.
    """

    folder: Path
    matches: pd.DataFrame
    stages: pd.DataFrame
    tallies: dict[str, Tally]
    errors: Counter[str]


def run(
    plan: RunPlan,
    folder: Path,
    progress: Callable[[int], None] = lambda done: None,
    warn: Callable[[str], None] = lambda message: None,
) -> RunResult:
    """Play all matches of a plan and log them.

    Args:
        plan: what to play.
        folder: the run's folder, which must not exist.
        progress: called with the number of matches done, after each.
        warn: called with what the user should know of models.

    Raises:
        UsageError: the folder exists or cannot be written.
        RecordError: the disk refuses a line; the matches logged before it are safe.
        PluginError: a game breaks the engine's contract.
        ProviderError: a model does not answer at all; nothing has been played then.
    """
    import pandas as pd

    course = _Course(plan, folder, progress)
    tallies: dict[str, Tally] = {}
    with contextlib.closing(course):
        if plan.waiting:
            tallies = asyncio.run(_play_models(course, warn))
        else:
            course.begin()
        for done in play_all(plan.scripted, plan.config.workers):
            course.take(done)
    course.order()
    tables = frame(course.rows), pd.DataFrame(course.stages)
    return RunResult(folder, *tables, tallies, course.errors)


class _Course:
    """A run under way: its log, and what its matches have brought.

    Attributes:
        clean: takes out of what is written what may not be.
    """

    def __init__(self, plan: RunPlan, folder: Path, progress: Callable[[int], None]) -> None:
        self.plan = plan
        self.folder = folder
        self.rows: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = []
        self.errors: Counter[str] = Counter()
        self.clean: Callable[[bytes], bytes] = lambda line: line
        self._progress = progress
        self._log: MatchLog | None = None
        self._done = 0

    def begin(self) -> Path:
        """Make the folder."""
        self._log = create(self.folder, manifest(self.plan), self.clean)
        return self.folder

    def take(self, played: Played) -> None:
        """Log a match that is over."""
        assert self._log is not None
        self._log.append(self.clean(played.line))
        self.rows += played.rows
        self.stages += played.stages
        self.errors.update([played.error] if played.error else [])
        self._done += 1
        self._progress(self._done)

    def order(self) -> None:
        """Put what the matches brought into the order of the schedule."""
        if self.plan.waiting:
            place = {match.id: i for i, match in enumerate(self.plan.matches)}
            for listed in (self.rows, self.stages):
                listed.sort(key=lambda row: place[row["match"]])

    def close(self) -> None:
        """Put everything on disk."""
        if self._log is not None:
            self._log.close()


async def _play_models(course: _Course, warn: Callable[[str], None]) -> dict[str, Tally]:
    """Play the matches that wait for somebody."""
    from harness.models.cache import Cache
    from harness.models.model import Model
    from harness.models.prices import Prices
    from harness.models.secrets import Scrubber, load_env
    from harness.models.transport import Limits, Transport
    from harness.runner.concurrent import play_waiting

    plan, config = course.plan, course.plan.config
    load_env()
    limits = Limits(config.concurrency, config.timeout, config.attempts, config.max_wait)
    cache = Cache(Path(config.cache)) if config.cache else None
    prices = Prices(config.prices)
    playing = {f"{a.what.name}/{a.what.model}" for a in plan.agents if isinstance(a.what, Model)}
    for name in config.prices.keys() - playing:
        warn(f"prices are given for {name}, which does not take part")
    models = [agent.what for agent in plan.agents if isinstance(agent.what, Model)]
    scrubber = Scrubber(named={name for model in models for name in model.key_variables})
    course.clean = scrubber.scrub_bytes
    async with Transport(
        limits, cache=cache, prices=prices, warn=warn, scrubber=scrubber
    ) as transport:
        await play_waiting(
            plan.waiting,
            plan.agents,
            transport,
            begin=course.begin,
            done=course.take,
            match_timeout_s=config.match_timeout,
        )
    return transport.tallies


PACKAGES = ("openai", "anthropic", "aiohttp", "torch", "transformers", "vllm")
"""What replies may depend on, if it is installed."""


def manifest(plan: RunPlan) -> dict[str, Any]:
    """What is written of a run before it begins: everything needed to repeat it."""
    return {**_made_with(plan), **_planned(plan)}


def _made_with(plan: RunPlan) -> dict[str, Any]:
    """When and on what a run was begun; where models play, with which packages and prices."""
    told: dict[str, Any] = {
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "folkbench": importlib.metadata.version("folkbench"),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    if plan.waiting:
        from harness.models.prices import Prices

        told |= {"packages": _versions(), "prices": Prices.as_of()}
    return told


def _versions() -> dict[str, str]:
    """The versions of the packages that replies may depend on."""
    found = {}
    for name in PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _planned(plan: RunPlan) -> dict[str, Any]:
    """What a run is to hold."""
    return {
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
