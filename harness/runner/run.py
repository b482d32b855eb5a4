"""A run from plan to tables: begun in a new folder, or gone on with where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import RunPlan
from harness.errors import Mismatch, ProviderError, Stopped, UsageError
from harness.models.model import Model
from harness.record.folder import n_lines, read_manifest
from harness.record.tables import frame
from harness.record.writing import RunFolder
from harness.runner.course import Course
from harness.runner.halt import Halt
from harness.runner.manifest import amended, changed_code, differences, lifted_caps, manifest
from harness.runner.session import Session, Show, Warn

if TYPE_CHECKING:
    import pandas as pd

    from harness.models.request import Usage
    from harness.models.tally import Price, Tally

__all__ = ["RunResult", "cleaner", "refuse_another", "result_of", "resume", "run"]


@dataclass(frozen=True)
class RunResult:
    """What a run has brought so far: its matches table, its stages table, and what calls took.

    Attributes:
        folder: where it is logged.
        matches: one row per match and player, in the order of the schedule.
        stages: one row per match and stage.
        tallies: what the calls of each model took, by agent, over all sessions.
        errors: why matches ended as errors, and how many for each reason.
        refused: why matches were void or forfeited, likewise.
        played: how many matches are over.
        stopped: why not all are; None if they are.
        stuck: how many of them cannot go on from the log.
    """

    folder: Path
    matches: pd.DataFrame
    stages: pd.DataFrame
    tallies: dict[str, Tally]
    errors: Counter[str]
    refused: Counter[str]
    played: int
    stopped: Stopped | None = None
    stuck: int = 0


def run(
    plan: RunPlan,
    folder: Path,
    *,
    show: Show = lambda progress: None,
    warn: Warn = lambda message: None,
    halt: Halt | None = None,
) -> RunResult:
    """Play all matches of a plan and log them in a new folder.

    Args:
        plan: what to play.
        folder: the run's folder, which must not exist, or be empty.
        show: is called with how far the run has come, a few times a second.
        warn: is told what the user should know of models.
        halt: the way to ask the run to end early.

    Raises:
        UsageError: the folder exists or cannot be written.
        RecordError: the disk refuses a line; the matches logged before it are safe. Or the cache
            of replies cannot be used; nothing has been written then.
        PluginError: a game breaks the engine's contract.
        ProviderError: a model does not answer at all; nothing has been played then.
    """
    clean = cleaner(plan)
    _try_cache(plan)
    with RunFolder.create(folder, manifest(plan), clean) as opened:
        course = Course(plan, show)
        try:
            Session(course, opened, clean, warn, halt or Halt()).play()
        except ProviderError:
            opened.discard()
            raise
        return result_of(course, folder)


def resume(
    plan: RunPlan,
    folder: Path,
    *,
    mixed: bool = False,
    retry_errors: bool = False,
    show: Show = lambda progress: None,
    warn: Warn = lambda message: None,
    halt: Halt | None = None,
) -> RunResult:
    """Go on with a run: play what is not over, and ask for no reply that is logged already.

    A run that is over is only read. Nothing is written before all of the logs has been looked at.

    Args:
        plan: what the run is to hold: the same as when it began, but for settings that no result
            depends on.
        folder: its folder.
        mixed: whether to go on although the code has changed since, without matches that cannot,
            and without calls that the log has lost.
        retry_errors: whether to play again the matches that ended as errors.
        show: is called with how far the run has come, a few times a second.
        warn: is told what the user should know.
        halt: the way to ask the run to end early.

    Raises:
        UsageError: another process plays it, or it is another run than `plan`.
        Mismatch: matches cannot go on from the log, and `mixed` is not set.
        RecordError: the folder holds no run, or cannot be read or written.
        PluginError, ProviderError: as `run` does; what is logged is safe.
    """
    from harness.models.replies import Replies
    from harness.record.answers import Answers
    from harness.runner.missing import Missing
    from harness.runner.stuck import stuck_matches

    clean, told = cleaner(plan), read_manifest(folder)
    where = f"{folder}/manifest.json"
    refuse_another(told, plan, folder, clean)
    changed, planned = changed_code(told, plan), {match.id for match in plan.matches}
    if n_lines(folder) >= len(planned):
        course, missing = Course(plan, show), Missing(plan)
        again = course.read(folder, told, retry_errors=retry_errors, notice=missing.notice)
        if not again and len(course.done) == len(planned):
            replies = Replies(folder, (), planned=planned, price=_price(plan))
            _warn_all(warn, missing.check(folder, replies.spans, mixed=mixed), _noted(changed))
            course.tallies = replies.tallies
            course.show()
            return result_of(course, folder)
    if changed and not mixed:
        raise UsageError(
            f"{folder} was played by other code than this, and results of both should not mix"
            f" unnoticed (--mixed goes on, and notes it in the manifest):{_listed(changed)}"
        )
    for cap in lifted_caps(told, plan, where):
        warn(f"the cap {cap} of the earlier session no longer holds")
    _try_cache(plan)
    with RunFolder.reopen(folder, warn) as opened:
        course, missing, halt = Course(plan, show), Missing(plan), halt or Halt()
        again = course.read(
            folder, read_manifest(folder), retry_errors=retry_errors, notice=missing.notice
        )
        left = {match.id for match in plan.waiting if match.id not in course.done}
        replies = Replies(folder, left, planned=planned, price=_price(plan))
        answers = Answers(folder, left)
        lost = missing.check(folder, replies.spans, mixed=mixed)
        course.stuck = stuck_matches(plan, replies, answers, clean, halt)
        if course.stuck and not mixed:
            raise _dead_end(course.stuck)
        _warn_all(warn, lost)
        opened.repair(warn)
        if again:
            opened.set_aside(again)
        opened.amend(amended(told, plan, len(course.done), where, lost), clean)
        Session(course, opened, clean, warn, halt, replies, answers).play()
        return result_of(course, folder)


def _try_cache(plan: RunPlan) -> None:
    """Open the cache of replies once, if there is to be one, before anything else is written.

    Raises:
        RecordError: it cannot be used.
    """
    if plan.config.cache and plan.waiting:
        from harness.models.cache import Cache

        Cache(Path(plan.config.cache)).close()


def _dead_end(stuck: Mapping[str, str]) -> Mismatch:
    """The refusal of a run of which matches cannot go on."""
    return Mismatch(
        f"{len(stuck)} matches that had begun can go on only with the code and the log that they"
        " began with; `folk resume --mixed` leaves them as they are, and plays the others:"
        f"{_listed([*stuck.values()])}"
    )


def _noted(changed: list[str]) -> str:
    """A note that a run which is only read was played by other code."""
    return f"other code than this played it: {'; '.join(changed)}" if changed else ""


def _warn_all(warn: Warn, *messages: str) -> None:
    for message in filter(None, messages):
        warn(message)


def result_of(course: Course, folder: Path) -> RunResult:
    """What the run has brought."""
    import pandas as pd

    course.order()
    return RunResult(
        folder,
        matches=frame(course.rows),
        stages=pd.DataFrame(course.stages),
        tallies=course.tallies,
        errors=course.errors,
        refused=course.refused,
        played=len(course.done),
        stopped=course.stopped,
        stuck=len(course.stuck),
    )


def refuse_another(
    told: dict[str, Any], plan: RunPlan, folder: Path, clean: Callable[[bytes], bytes]
) -> None:
    """Refuse to put two different runs into one folder.

    Raises:
        UsageError: they are different; the message says in what.
    """
    if found := differences(told, plan, f"{folder}/manifest.json", clean):
        raise UsageError(
            f"{folder} holds another run than this; choose another --out:{_listed(found)}"
        )


def _price(plan: RunPlan) -> Price:
    """What a call of a model of this plan costs, by the prices that are known now."""
    from harness.models.prices import Prices

    prices, models = Prices(plan.config.prices), {a.spec: a.what for a in plan.agents}

    def price(agent: str, usage: Usage) -> float | None:
        return prices.of(models[agent], usage) if agent in models else None

    return price


def _listed(found: list[str], most: int = 12) -> str:
    """Differences, one a line."""
    more = [f"… and {len(found) - most} more"] if len(found) > most else []
    return "".join(f"\n  {line}" for line in (*found[:most], *more))


def cleaner(plan: RunPlan) -> Callable[[bytes], bytes]:
    """What takes secrets out of whatever is written, where models play."""
    if not plan.waiting:
        return lambda text: text
    from harness.models.secrets import Scrubber, load_env

    load_env()
    models = [agent.what for agent in plan.agents if isinstance(agent.what, Model)]
    named = {name for model in models for name in model.key_variables}
    return Scrubber(named=named).scrub_bytes
