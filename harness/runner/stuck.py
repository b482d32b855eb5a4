"""Matches that had begun and cannot go on: what would be asked now is not what was."""

from __future__ import annotations

from collections.abc import Callable

from harness.config import RunPlan
from harness.errors import Mismatch, PluginError, Stopped
from harness.match import Match
from harness.models.model import Model
from harness.models.replies import Replies
from harness.outside import TERMINAL, Outside
from harness.play import play_async
from harness.record.answers import Answers
from harness.runner.halt import Halt
from harness.runner.logged import LogCaller
from harness.runner.loop import run_to_end

__all__ = ["stuck_matches"]


def stuck_matches(
    plan: RunPlan, replies: Replies, answers: Answers, clean: Callable[[bytes], bytes], halt: Halt
) -> dict[str, str]:
    """The matches that have begun and cannot go on from the log, and why.

    Each is played from the log to where it stood; nobody is asked, and nothing is written.

    Args:
        plan: the run.
        replies: the log of calls.
        answers: the log of answers from outside.
        clean: takes out of what is compared what is not written.
        halt: the way to ask for the end.

    Raises:
        Interrupted: the end was asked for.
    """
    begun = replies.begun | answers.begun
    matches = [match for match in plan.waiting if match.id in begun and _can_wait(match, plan)]
    caller = LogCaller(replies, answers, clean, Stopped, failures=False)

    async def find() -> dict[str, str]:
        TERMINAL.set(None)  # nobody is shown this
        found = {}
        for match in matches:
            halt.check()
            try:
                await play_async(match, caller)
            except Mismatch as error:
                found[match.id] = str(error)
            except (Stopped, PluginError):  # it stood here; what a game does wrong, play tells
                continue
        return found

    return run_to_end(find()) if matches else {}


def _can_wait(match: Match, plan: RunPlan) -> bool:
    """Whether all who take time are asked by way of a caller, so that the log can stand in."""
    slow = (seat.what for seat in match.seats if seat.key in plan.readers)
    return all(isinstance(what, Model | Outside) for what in slow)
