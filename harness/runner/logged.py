"""A run's own logs in the place of those who would be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from harness.errors import CutOff
from harness.match import Entry
from harness.models.entry import logged_reply
from harness.models.model import Model
from harness.models.replies import Replies
from harness.models.request import Reply, Request
from harness.outside import Heard, Outside
from harness.record.answers import Answers, digest
from harness.runner.outside import logged_failure

__all__ = ["LogCaller"]


class LogCaller:
    """Carries calls to the logs in which they stand.

    Args:
        replies: the log of calls.
        answers: the log of answers from outside.
        clean: takes out of what is compared what is not written.
        beyond: what to raise for a call that does not stand there.
        failures: whether what failed fails again; if not, it counts as not being there, as a call
            does in any case that was cut off.
    """

    def __init__(
        self,
        replies: Replies,
        answers: Answers,
        clean: Callable[[bytes], bytes],
        beyond: Callable[[str], Exception],
        *,
        failures: bool,
    ) -> None:
        self._replies = replies
        self._answers = answers
        self.clean = clean
        self._beyond = beyond
        self._failures = failures

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Any]] | None:
        """What one player of a match calls; None for who answers here."""
        if isinstance(agent.what, Outside):
            return partial(self._answer, match, player)
        return partial(self._call, match, player) if isinstance(agent.what, Model) else None

    async def _call(
        self, match: str, player: int, number: int, model: Model, request: Request
    ) -> Reply:
        """The logged reply, or the logged failure."""
        call = self._replies.find(
            match, player, number, model.body(request), model.conversation_key, clean=self.clean
        )
        beyond = self._beyond(f"call {number} of player {player} in match {match}")
        if call is None:
            raise beyond
        if call["reply"] is None:
            failure = logged_failure(call.get("error", {}))
            raise failure if self._failures and not isinstance(failure, CutOff) else beyond
        return logged_reply(call)

    async def _answer(
        self, match: str, player: int, number: int, asked: Mapping[str, Any], _: object
    ) -> Heard:
        """The logged answer of somebody outside, or the logged failure."""
        told = self._answers.find((match, player, number), digest(asked))
        if told is None or ("text" not in told and not self._failures):
            raise self._beyond(f"answer {number} of player {player} in match {match}")
        if "text" not in told:
            raise logged_failure(told.get("error", {}))
        return Heard(told["text"], logged=True)
