"""A run under way: what its matches have brought so far, and whether it may go on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.config import RunPlan
from harness.errors import Interrupted, RecordError, Stopped
from harness.match import Entry, Match, Status
from harness.models.model import Model
from harness.record.folder import MATCHES, located_lines
from harness.record.kind import MATCH
from harness.record.tables import cooperative_actions, match_rows, stage_rows
from harness.runner.progress import AgentProgress, Progress
from harness.runner.scripted import Played, reason_of

if TYPE_CHECKING:
    from harness.models.tally import Tally
    from harness.models.transport import Transport
    from harness.runner.forecast import Forecast
    from harness.runner.outlook import Outlook

__all__ = ["Course"]

SHOWN_EVERY_S = 0.25

ERRORS_FROM = 20
"""Matches that must be over before their share of errors can stop a run."""


class Course:
    """What the matches of a run have brought, over all of its sessions.

    Args:
        plan: the run.
        show: is called with how far it has come, a few times a second.

    Attributes:
        rows: of the matches table.
        stages: rows of the stages table.
        errors: why matches ended as errors, and how many for each reason.
        refused: why matches were void or forfeited, likewise.
        tallies: what calls took, by agent.
        done: identities of the matches that are over.
        stopped: why it ends early, if it does.
        stuck: matches that cannot go on from the log, and why.
    """

    def __init__(self, plan: RunPlan, show: Callable[[Progress], None]) -> None:
        self.plan = plan
        self.rows: list[dict[str, Any]] = []
        self.stages: list[dict[str, Any]] = []
        self.errors: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.tallies: dict[str, Tally] = {}
        self.done: set[str] = set()
        self.stopped: Stopped | None = None
        self.stuck: dict[str, str] = {}
        self._show = show
        self._shown = 0.0
        self._begun = time.monotonic()
        self._before = 0
        self._calls_before = 0
        self._under_way = 0
        self._not_ok = 0
        self._invalid: Counter[str] = Counter()
        self._transport: Transport | None = None
        self._forecast: Forecast | None = None
        self._outlook: Outlook | None = None
        self._models = [agent for agent in plan.agents if isinstance(agent.what, Model)]

    @property
    def seconds(self) -> float:
        """How long this session has taken."""
        return time.monotonic() - self._begun

    def read(
        self,
        folder: Path,
        manifest: Mapping[str, Any],
        *,
        retry_errors: bool,
        notice: Callable[[dict[str, Any]], None] = lambda fields: None,
    ) -> set[int]:
        """Take up what earlier sessions have played.

        Args:
            folder: the run's.
            manifest: what it holds.
            retry_errors: whether matches that ended as errors are to be played again.
            notice: is called with the line of every match that stays as it is.

        Returns:
            The lines, numbered from 1, of those that are.

        Raises:
            RecordError: the log cannot be read, or holds what this run does not.
        """
        good = cooperative_actions(dict(manifest))
        planned = {match.id for match in self.plan.matches}
        again = set()
        path = folder / MATCHES
        for number, _, _, fields in located_lines(path, MATCH):
            match = fields["match"]
            if match not in planned or match in self.done:
                what = "stands twice" if match in self.done else "is none of this run"
                raise RecordError(f"{path}:{number}: match {match} {what}")
            if retry_errors and fields["status"] == Status.ERROR:
                again.add(number)
                continue
            rows, stages = list(match_rows(fields, good)), list(stage_rows(fields))
            self._take(match, Played(b"", rows, stages, reason_of(fields)))
            notice(fields)
        self._before = len(self.done)
        return again

    def carry(self, transport: Transport, forecast: Forecast) -> None:
        """Know from now on what carries the calls, and what was foreseen of them."""
        self._transport, self._forecast = transport, forecast
        self.tallies = transport.tallies
        self._calls_before = self._calls()
        from harness.runner.outlook import Outlook

        self._outlook = Outlook(forecast, self._models)

    def begun(self, match: Match) -> None:
        """A match with models begins."""
        self._under_way += 1
        if self._outlook is not None:
            self._outlook.begin(self.tallies)

    def over(self, match: Match, played: Played | None) -> None:
        """A match with models has ended, and its line is on disk; or it was left unfinished."""
        self._under_way -= 1
        if played is not None:
            self.take(match, played)
            if self._transport is not None and (refusal := self.refusal()):
                self._transport.gate.close(Stopped(refusal))

    def take(self, match: Match, played: Played) -> None:
        """A match is over."""
        self._take(match.id, played)

    def tick(self) -> None:
        """Show how far it has come, if it has not been shown for a while."""
        now = time.monotonic()
        if now - self._shown >= SHOWN_EVERY_S:
            self._shown = now
            self.show()

    def _take(self, match: str, played: Played) -> None:
        self.done.add(match)
        self.rows += played.rows
        self.stages += played.stages
        status = played.rows[0]["status"]
        if status != Status.OK:
            self._not_ok += 1
            (self.errors if status == Status.ERROR else self.refused)[played.reason] += 1
        for row in played.rows:
            self._invalid[row["agent"]] += row["invalid"]

    def refusal(self) -> str:
        """Why no further match may begin, as far as matches tell; empty if one may."""
        config = self.plan.config
        if config.max_hours is not None and self.seconds > 3600 * config.max_hours:
            return f"it has taken {config.max_hours:g} hours, which max_hours allows"
        share, n_done = config.max_errors, len(self.done)
        if share is not None and n_done >= ERRORS_FROM and self._not_ok > share * n_done:
            return (
                "a larger share of matches was void, forfeited or ended as errors than max_errors"
                f" allows, {share:g}"
            )
        return ""

    def order(self) -> None:
        """Put what the matches brought into the order of the schedule."""
        place = {match.id: i for i, match in enumerate(self.plan.matches)}
        for listed in (self.rows, self.stages):
            listed.sort(key=lambda row: place[row["match"]])

    def show(self) -> None:
        """Show how far it has come."""
        self._show(self.progress())

    def progress(self) -> Progress:
        """How far it has come."""
        spent = [tally.usd for tally in self.tallies.values() if tally.calls > tally.unpriced]
        usd = sum(spent) if spent else None
        share, left_s = self._foreseen()
        return Progress(
            matches=len(self.plan.matches),
            done=len(self.done),
            before=self._before,
            under_way=self._under_way,
            not_ok=self._not_ok,
            seconds=self.seconds,
            agents=tuple(map(self._agent, self._models)),
            usd=usd,
            projected_usd=None if usd is None or share is None else usd / share,
            left_s=left_s,
            max_cost=self.plan.config.max_cost,
            ending=self._ending(),
        )

    def _agent(self, agent: Entry) -> AgentProgress:
        """How far one model has come."""
        tally = self.tallies.get(agent.spec)
        waiting, most = (0, 0) if self._transport is None else self._transport.on_the_way(agent)
        told = AgentProgress(
            agent.spec, invalid=self._invalid[agent.spec], waiting=waiting, most=most
        )
        if tally is None:
            return told
        return AgentProgress(
            agent.spec,
            calls=tally.calls,
            cached=tally.cached,
            failed=tally.failed,
            retries=tally.retries,
            input=tally.input,
            output=tally.output,
            usd=tally.usd if tally.calls > tally.unpriced else None,
            invalid=told.invalid,
            waiting=waiting,
            most=most,
        )

    def _calls(self) -> int:
        """Calls that are over, of all sessions."""
        return sum(t.calls + t.cached + t.failed for t in self.tallies.values())

    def _foreseen(self) -> tuple[float | None, float | None]:
        """The share of the run's work that is done, and the seconds that the rest will take.

        Where models play, work is counted in calls as the forecast has them, which those of
        unfinished matches are part of; elsewhere in matches. `Outlook` tells the time of calls.
        """
        if self._forecast is not None and self._models:
            whole = max(self._forecast.calls.likely, 1.0)
            before, now = self._calls_before, self._calls()
        else:
            whole, before, now = float(len(self.plan.matches)), self._before, len(self.done)
        if now <= before or len(self.done) == len(self.plan.matches):
            return (1.0 if len(self.done) == len(self.plan.matches) else None), None
        share = min(1.0, now / whole)
        if self._outlook is not None and self._models:
            return share, self._outlook.left_s(self.tallies)
        return share, max(whole - now, 0.0) * self.seconds / (now - before)

    def _ending(self) -> str:
        """Why nothing new begins, where that is so."""
        why = None if self._transport is None else self._transport.gate.why
        if why is None:
            return ""
        n = self._under_way
        what = f"finishing the calls of {n} matches" if n else "finishing"
        if isinstance(why, Interrupted):
            return f"{why}: {what}; the same again stops at once"
        return f"stopping, {why}: {what}"
