"""A run played again from its log: nobody is asked, and the same must come out."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.config import RunPlan
from harness.errors import RecordError
from harness.match import Match, Status
from harness.models.replies import Replies
from harness.play import OutOfTime, play_async
from harness.record.answers import ANSWERS, Answers
from harness.record.calls import CALLS
from harness.record.folder import MATCHES, located_lines, read_manifest
from harness.record.kind import MATCH
from harness.record.writing import MatchLog, RunFolder
from harness.runner.course import Course
from harness.runner.halt import Halt
from harness.runner.logged import LogCaller
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
    replies, answers = Replies(source), Answers(source)
    course, differing, n_lines = Course(plan, show), list[str](), 0
    course.tallies = replies.tallies
    by_id = {match.id: match for match in plan.matches}
    with RunFolder.create(folder, manifest(plan) | {"replay_of": str(source)}, clean) as opened:
        for name in (CALLS, ANSWERS):
            if (source / name).exists():
                shutil.copyfile(source / name, opened.path / name)
        with MatchLog(opened.path) as log, asyncio.Runner() as runner:
            for line in _lines(source):
                if halt.why is not None:
                    course.stopped = halt.why
                    break
                n_lines += 1
                beyond = _cut_off if line.timed_out else _missing
                caller = LogCaller(replies, answers, clean, beyond, failures=True)
                match = by_id[line.fields["match"]]
                try:
                    done = runner.run(_played(match, caller, plan.config.match_timeout))
                except RecordError as error:
                    differing.append(f"{line.where} cannot be played again: {error}")
                    continue
                log.append(again := clean(done.line))
                course.take(match, done)
                course.tick()
                if again != line.content:
                    differing.append(f"{line.where} differs now in {line.differing(again)}")
    if (left := len(plan.matches) - n_lines) and course.stopped is None:
        warn(f"{left} of {len(plan.matches)} matches were not over in {source}: they are left out")
    more = len(differing) - MOST_TOLD
    shown = [*differing[:MOST_TOLD], *([f"… and {more} more"] if more > 0 else [])]
    return result_of(course, folder), shown


@dataclass(frozen=True)
class _Line:
    """A line of a log of matches: where it stands, its bytes, and what they say."""

    where: str
    content: bytes
    fields: dict[str, Any]

    @property
    def timed_out(self) -> bool:
        """Whether the match ended by its own limit of time."""
        reason = str(self.fields.get("reason", ""))
        return bool(self.fields["status"] == Status.ERROR and reason.startswith(OUT_OF_TIME))

    def differing(self, line: bytes) -> str:
        """In which of its fields another line differs."""
        now, then = json.loads(line), self.fields
        keys = [key for key in dict.fromkeys((*then, *now)) if now.get(key) != then.get(key)]
        return ", ".join(keys) or "its bytes"


def _lines(source: Path) -> Iterator[_Line]:
    """The lines of a log of matches."""
    path = source / MATCHES
    with path.open("rb") as file:
        for number, start, size, fields in located_lines(path, MATCH):
            file.seek(start)
            yield _Line(f"{path}:{number}: match {fields['match']}", file.read(size), fields)


async def _played(match: Match, caller: LogCaller, timeout_s: float) -> Played:
    return played(await play_async(match, caller, timeout_s))


def _cut_off(_: str) -> Exception:
    """A call that is not there is one that the end of the match's time cut off."""
    return OutOfTime()


def _missing(what: str) -> Exception:
    return RecordError(f"the log holds no {what}; without it the match cannot be played again")
