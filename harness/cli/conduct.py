"""Conducting a run: what is shown meanwhile, how it is interrupted, what is printed at its end."""

from __future__ import annotations

import contextlib
import json
import shlex
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from harness.cli.live import Display, showing
from harness.cli.table import calls_table, printable, standings_table
from harness.config import RunPlan
from harness.errors import FolkError, Interrupted
from harness.record.folder import is_run
from harness.runner.halt import Halt

if TYPE_CHECKING:
    from harness.runner.run import RunResult

__all__ = ["EXIT_BROKEN", "EXIT_ERRORS", "Start", "conduct"]

EXIT_BROKEN = 1
"""A game, a process or the disk failed in the middle of it."""

EXIT_ERRORS = 3
"""More matches did not end well than the run allows."""

EXIT_INTERRUPTED = 130

REASONS_SHOWN = 3
"""Reasons of errors that are told, the most frequent first; all of them are in the log."""

Start: TypeAlias = Callable[[Display, Halt], "RunResult"]


def conduct(
    start: Start,
    plan: RunPlan,
    folder: Path,
    *,
    as_json: bool,
    quiet: bool,
    show: Callable[[RunResult, RunPlan], None] | None = None,
) -> int:
    """Play a run, or go on with one, and print what it brought; the command's exit code.

    Args:
        start: plays it.
        plan: what it is to hold.
        folder: where it is logged.
        as_json: whether to print JSON.
        quiet: whether to show no progress.
        show: prints what came out, in place of the standings.

    Raises:
        FolkError: nothing was played.
    """
    halt = Halt()
    try:
        with showing(quiet=quiet) as display, _interruptible(halt):
            result = start(display, halt)
    except FolkError as error:
        if not error.in_play:
            raise
        click.echo(f"folk: {error}; {_kept(folder)}", err=True)
        return EXIT_BROKEN
    except KeyboardInterrupt:
        if not is_run(folder):
            raise
        click.echo(f"folk: interrupted; {_kept(folder)}", err=True)
        return EXIT_INTERRUPTED
    if show is None:
        _print(result, plan, as_json=as_json)
    else:
        show(result, plan)
    if result.stopped is not None:
        why = (
            str(result.stopped)
            if isinstance(result.stopped, Interrupted)
            else f"stopped: {result.stopped}"
        )
        hint = _hint(result, folder, len(plan.matches))
        click.echo(f"folk: {why}; {_come_to(result, plan)}. {hint}", err=True)
        return result.stopped.exit_code
    statuses = result.matches.drop_duplicates("match")["status"]
    allowed = (plan.config.max_errors or 0.0) * len(statuses)
    return 0 if (statuses != "ok").sum() <= allowed else EXIT_ERRORS


def _come_to(result: RunResult, plan: RunPlan) -> str:
    """How far a run came that is stopped, once everything on the way had come in."""
    told = f"{result.played} of {len(plan.matches)} matches are over"
    not_ok = (
        (result.matches.drop_duplicates("match")["status"] != "ok").sum() if result.played else 0
    )
    if not_ok:
        told += f", {not_ok} of them void, forfeited or ended as errors"
    tallies = result.tallies.values()
    if any(tally.calls > tally.unpriced for tally in tallies):
        told += f", ${sum(tally.usd for tally in tallies):.4g} is spent"
        told += " on calls whose price is known" * any(tally.unpriced for tally in tallies)
    if plan.config.max_tokens is not None and tallies:
        told += f", {sum(t.input + t.output for t in tallies):,} tokens are used"
    if unanswered := _unanswered(result):
        told += f"; {unanswered}"
    return told


def _unanswered(result: RunResult) -> str:
    """What may be billed although nothing came of it."""
    n = sum(tally.unanswered for tally in result.tallies.values())
    attempts = "attempt" if n == 1 else "attempts"
    return f"{n} {attempts} had no reply in time and may be billed all the same" if n else ""


def _kept(folder: Path) -> str:
    return f"what was played until then is in {folder}. {_going_on(folder)}"


def _going_on(folder: Path) -> str:
    """How to go on with a run."""
    return f"To go on: folk resume {shlex.quote(str(folder))}"


def _hint(result: RunResult, folder: Path, n_matches: int) -> str:
    """How to go on with a run of which some matches may not be able to."""
    if not result.stuck:
        return _going_on(folder)
    if result.played + result.stuck < n_matches:
        return f"{_going_on(folder)} --mixed"
    return (
        "The others can go on only with the code and the log that they began with; a new run plays"
        " them anew"
    )


def _print(result: RunResult, plan: RunPlan, *, as_json: bool) -> None:
    """Print what a run has brought; of one that is not over, only as JSON."""
    from harness.metrics.standings import stage_means, standings
    from harness.models.secrets import Scrubber

    clean = Scrubber().scrub
    for reason, n_matches in result.errors.most_common(REASONS_SHOWN):
        told = printable(clean(f"folk: {n_matches} matches ended as errors: {reason}"))
        click.echo(told, err=True)
    for reason, _ in result.refused.most_common(1):
        often = ", most often" if len(result.refused) > 1 else ""
        told = f"folk: {result.refused.total()} matches were void or forfeited{often}: {reason}"
        click.echo(printable(clean(told)), err=True)
    if result.stopped is not None and not as_json:
        return
    bounds = {game.spec: game.what.measure_bounds for game in plan.games}
    rows, course = standings(result.matches, bounds), stage_means(result.stages)
    if as_json:
        content: dict[str, Any] = {
            "run": str(result.folder),
            "matches": len(plan.matches),
            "played": result.played,
            "stopped": None if result.stopped is None else str(result.stopped),
            "standings": [row.as_dict() for row in rows],
            "stages": [stage.as_dict() for stage in course],
            "calls": {agent: tally.as_dict() for agent, tally in result.tallies.items()},
        }
        click.echo(clean(json.dumps(content, indent=2, allow_nan=False)))
        return
    click.echo(clean(standings_table(rows, course)))
    if result.tallies:
        click.echo(clean(f"\n{calls_table(result.tallies)}"))
    if unanswered := _unanswered(result):
        click.echo(f"\n{unanswered}")
    click.echo(f"\n{result.played} matches, logged in {result.folder}")


@contextlib.contextmanager
def _interruptible(halt: Halt) -> Iterator[None]:
    """Take an interrupt, or a request to terminate, for a wish to end; a second ends at once."""

    def interrupt(*_: object) -> None:
        if halt.why is not None:
            raise KeyboardInterrupt
        halt.ask(Interrupted("interrupted"))

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, interrupt) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
