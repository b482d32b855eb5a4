"""A run played again from its log: nobody is asked, and the same must come out."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from harness import errors
from harness.config import RunPlan
from harness.errors import ProviderError, RecordError, Stopped
from harness.match import Entry, Match, Status
from harness.models.entry import logged_reply
from harness.models.model import Model
from harness.models.replies import Replies
from harness.models.request import Reply, Request
from harness.play import OutOfTime, play_async
from harness.record.calls import CALLS
from harness.record.folder import MATCH_KEYS, MATCHES, located_lines, read_manifest
from harness.record.writing import MatchLog, RunFolder
from harness.runner.course import Course
from harness.runner.halt import Halt
from harness.runner.manifest import manifest
from harness.runner.run import RunResult, cleaner, refuse_another, result_of
from harness.runner.scripted import Played, played
from harness.runner.session import Show, Warn

__all__ = ["replay"]

OUT_OF_TIME = "timeout: not over"
"""How the reason of a match begins that its own limit of time has ended."""

MOST_TOLD = 10
"""Differences that are told."""


def replay(
    plan: RunPlan,
    source: Path,
    folder: Path,
    *,
    show: Show = lambda progress: None,
    warn: Warn = lambda message: None,
    halt: Halt | None = None,
) -> tuple[RunResult, list[str]]:
    """Play the matches of a run again, each call answered from its log, and compare.

    Matches that were not over are left out. The new folder holds the same lines in the same order,
    where the same came out, and a copy of the log of calls.

    Args:
        plan: what the run holds.
        source: its folder.
        folder: where to log what comes out, which must not exist.
        show: is called with how far it has come.
        warn: is told what the user should know.
        halt: the way to ask for its end.

    Returns:
        What came out, and how it differs from what was logged; nothing if it does not.

    Raises:
        UsageError: `plan` is another run than `source` holds, or `folder` exists.
        RecordError: a log cannot be read.
    """
    halt, clean, told = halt or Halt(), cleaner(plan), read_manifest(source)
    refuse_another(told, plan, source, clean)
    Course(plan, show).read(source, told, retry_errors=False)  # refuses what is none of this run
    replies = Replies(source)
    by_id = {match.id: match for match in plan.matches}
    course, differing = Course(plan, show), []
    with RunFolder.create(folder, manifest(plan) | {"replay_of": str(source)}, clean) as opened:
        if (source / CALLS).exists():
            shutil.copyfile(source / CALLS, opened.path / CALLS)
        course.tallies = replies.tallies
        log = MatchLog(opened.path)
        with log, asyncio.Runner() as runner:
            n_lines = 0
            for number, line, fields in _lines(source):
                n_lines += 1
                match = by_id[fields["match"]]
                caller = _Log(replies, clean, out_of_time=_timed_out(fields))
                timeout_s = plan.config.match_timeout
                where = f"{source / MATCHES}:{number}: match {match.id}"
                try:
                    halt.check()
                    done = runner.run(_played(match, caller, timeout_s))
                except Stopped as stop:
                    course.stopped = stop
                    break
                except RecordError as error:
                    differing.append(f"{where} cannot be played again: {error}")
                    continue
                log.append(again := clean(done.line))
                course.take(match, done)
                course.tick()
                if again != line:
                    differing.append(f"{where} differs now in {_differing(again, fields)}")
    left = len(plan.matches) - n_lines
    if left and course.stopped is None:
        warn(f"{left} of {len(plan.matches)} matches were not over in {source}: they are left out")
    more = len(differing) - MOST_TOLD
    shown = [*islice(differing, MOST_TOLD), *([f"… and {more} more"] if more > 0 else [])]
    return result_of(course, folder), shown


async def _played(match: Match, caller: _Log, timeout_s: float) -> Played:
    return played(await play_async(match, caller, timeout_s))


def _lines(source: Path) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    """The lines of a log of matches, with their numbers, as bytes and as what they say."""
    with (source / MATCHES).open("rb") as file:
        for number, start, size, fields in located_lines(source / MATCHES, MATCH_KEYS, "match"):
            file.seek(start)
            yield number, file.read(size), fields


def _differing(line: bytes, fields: dict[str, Any]) -> str:
    """In which of its fields a match is another than it was."""
    now = json.loads(line)
    keys = [key for key in dict.fromkeys((*fields, *now)) if now.get(key) != fields.get(key)]
    return ", ".join(keys) or "its bytes"


def _timed_out(fields: dict[str, Any]) -> bool:
    """Whether a match ended by its own limit of time."""
    reason = str(fields.get("reason", ""))
    return bool(fields["status"] == Status.ERROR and reason.startswith(OUT_OF_TIME))


class _Log:
    """Carries calls to the log in which they stand.

    Args:
        replies: the log.
        clean: takes out of what is compared what is not written.
        out_of_time: whether a call that is not there is one that the match's end cut off.
    """

    def __init__(
        self, replies: Replies, clean: Callable[[bytes], bytes], *, out_of_time: bool
    ) -> None:
        self._replies = replies
        self._clean = clean
        self._out_of_time = out_of_time

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Reply]] | None:
        """What one player of a match calls; None for who is no model."""
        return partial(self._call, match, player) if isinstance(agent.what, Model) else None

    async def _call(
        self, match: str, player: int, number: int, model: Model, request: Request
    ) -> Reply:
        """The logged reply, or the logged failure."""
        body = model.body(request)
        call = self._replies.find(
            match, player, number, body, model.conversation_key, clean=self._clean
        )
        if call is None:
            if self._out_of_time:
                raise OutOfTime
            raise RecordError(
                f"the log holds no call {number} of player {player} in match {match}; without it"
                " the match cannot be played again"
            )
        if call["reply"] is None:
            raise _failure(call.get("error", {}))
        return logged_reply(call)


def _failure(told: dict[str, Any]) -> ProviderError:
    """The error that a line tells of."""
    kind = getattr(errors, str(told.get("error")), ProviderError)
    known = isinstance(kind, type) and issubclass(kind, ProviderError)
    error: ProviderError = (kind if known else ProviderError)(told.get("message", ""))
    return error
