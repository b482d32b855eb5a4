"""Lines that a log of calls has lost: calls of matches that are over, which it must hold.

A call is on disk before its match is, so whatever crashes, the calls of a match that is over are
there. A log that was cut off at its end is taken as it is, with a warning; one that has lost lines
from within was spoiled by somebody, who may still have the whole one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from harness.config import RunPlan
from harness.errors import RecordError
from harness.match import Status
from harness.models.model import Model
from harness.models.replies import Span
from harness.record.calls import CALLS

__all__ = ["Missing"]


class _Over(NamedTuple):
    """A match that is over: who of it are models, and how many of their moves are told."""

    match: str
    moves: dict[int, int]
    branched: bool


class Missing:
    """Finds out what is missing.

    Args:
        plan: the run.
    """

    def __init__(self, plan: RunPlan) -> None:
        self._models = {agent.spec for agent in plan.agents if isinstance(agent.what, Model)}
        self._over: list[_Over] = []

    def notice(self, fields: Mapping[str, Any]) -> None:
        """Take note of a match that is over, in the order of the log."""
        models = [i for i, agent in enumerate(fields["agents"]) if agent in self._models]
        if models:
            moves = {player: _n_moves(fields, player) for player in models}
            self._over.append(_Over(fields["match"], moves, "branch" in fields))

    def look(self, folder: Path, spans: Mapping[tuple[str, int], Span]) -> tuple[int, str]:
        """How many matches lack calls, and where calls are missing from within; '' if nowhere.

        A match that lacks its last calls has lost them at the end of the log, unless another one
        that began after what is left of it, and ended after it, is whole.

        Args:
            folder: the run's.
            spans: which of the calls of matches that are over the log holds.
        """
        path, lacking, begun_later = folder / CALLS, 0, 0
        within = ""
        for over in reversed(self._over):
            held = {player: spans.get((over.match, player)) for player in over.moves}
            there = [span for span in held.values() if span is not None]
            for player, span in held.items():
                first = span.lowest if span is not None and over.branched else 1
                if span is not None and span.distinct != span.highest - first + 1:
                    within = f"{path} lacks calls of player {player} in match {over.match}"
            if all((0 if s is None else s.replied) >= over.moves[p] for p, s in held.items()):
                begun_later = max(begun_later, min((s.first for s in there), default=0))
                continue
            lacking += 1
            if spans and begun_later > max((s.last for s in there), default=0):
                within = f"{path} lacks calls of match {over.match}"
        return lacking + bool(within and not lacking), within

    def check(self, folder: Path, spans: Mapping[tuple[str, int], Span], *, mixed: bool) -> str:
        """What to warn of; nothing if all calls are there.

        Raises:
            RecordError: calls are missing from within the log, and `mixed` is not set.
        """
        lacking, within = self.look(folder, spans)
        if within and not mixed:
            raise RecordError(
                f"{within}, which is over: lines of this file were lost. Put the whole file back;"
                " or --mixed goes on without them, and what they took is not counted"
            )
        if not lacking:
            return ""
        gone = f"{folder / CALLS} lacks calls of {lacking} matches that are over"
        if not spans:
            gone = f"{folder / CALLS} holds no calls of the {lacking} matches that are over"
        return (
            f"{gone}: what they took in tokens and money is not counted, neither in what is told"
            " nor against budgets"
        )


def _n_moves(fields: Mapping[str, Any], player: int) -> int:
    """How many moves a player surely made itself, each of which took a call at least."""
    since = fields["branch"]["round"] if "branch" in fields else 0
    if "turns" in fields:
        mine = [action for who, action in fields["turns"] if who == player]
        return 0 if since else sum(action is not None for action in mine)
    until = fields["rounds"]
    if fields["status"] == Status.FORFEIT:  # the game may have closed it with rounds of its own
        until = fields["problems"][-1]["round"] if fields.get("problems") else 0
    return sum(action is not None for action in fields["actions"][player][since:until])
