"""`folk run`: play a tournament."""

from __future__ import annotations

import contextlib
import itertools
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from harness.cli.table import calls_table, printable, standings_table
from harness.config import RunConfig, RunPlan, override, read_run_file, resolve
from harness.errors import FolkError, UsageError
from harness.schedule import SCHEDULES
from harness.spec import parse, split

__all__ = ["run"]

EXIT_BROKEN = 1
"""A game, a process or the disk failed in the middle of it."""

EXIT_ERRORS = 3
"""Some matches did not end well."""

EXIT_INTERRUPTED = 130

BAR_AFTER_S = 2.0

REASONS_SHOWN = 3
"""Reasons of errors that are told, the most frequent first; all of them are in the log."""


@click.command(no_args_is_help=True)
@click.argument("what", metavar="GAME... | RUN.toml", nargs=-1)
@click.option("--agents", help="Who takes part: A,B,… as in 'tit_for_tat,random(p=0.3)'.")
@click.option(
    "--schedule",
    help=f"Who meets whom: {', '.join(SCHEDULES)}, or several, comma-separated.  [round_robin]",
)
@click.option("--repeats", type=int, help="How many times each table plays.  [1]")
@click.option("--seed", type=int, help="The seed that all chance derives from.  [0]")
@click.option("--swap/--no-swap", default=None, help="Also play with seats swapped.  [swap]")
@click.option(
    "--on-invalid",
    type=click.Choice(["void", "forfeit", "substitute"]),
    help="What follows an answer that is no move.  [void]",
)
@click.option("--reask", type=int, help="How often to ask again before that.  [2]")
@click.option("--workers", type=int, help="Processes for scripted matches.  [1]")
@click.option("--concurrency", type=int, help="Most calls at once per model.  [found out]")
@click.option("--timeout", type=float, help="Seconds for one attempt at a call.  [120]")
@click.option("--attempts", type=int, help="Most attempts at one call.  [6]")
@click.option("--max-wait", type=float, help="Seconds after which no attempt begins.  [600]")
@click.option("--match-timeout", type=float, help="Seconds for a match with models.  [3600]")
@click.option("--cache", type=str, help="A file of replies to use again.  [none]")
@click.option("--out", type=str, help="The run's folder, which must not exist.  [results/…]")
@click.option("--dry-run", is_flag=True, help="Say what would be played, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    what: tuple[str, ...],
    agents: str | None,
    schedule: str | None,
    *,
    dry_run: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Play a tournament, log it, and print the standings.

    GAME is written name or name(key=value, …), as in 'prisoners_dilemma(rounds=10, noise=0.05)';
    RUN.toml is a file whose keys are the flags' names, and `games`. Flags win over the file. A
    model is written provider/model, as in 'openai/gpt-5(temperature=0)+reason'; its key is taken
    from the environment or a file `.env`.

    Exit code: 0 done; 1 a game, a process or the disk failed after the start; 2 nothing was
    played, because something asked for cannot be; 3 done, but matches were void, forfeited or
    failed; 130 interrupted.
    """
    config = override(
        _base(what),
        {
            **flags,
            "agents": tuple(split(agents)) if agents is not None else None,
            "schedule": tuple(split(schedule)) if schedule is not None else None,
        },
    )
    try:
        plan = resolve(config)
    except UsageError as error:
        if files := _run_files(what):
            raise UsageError(f"{files[0]}: {error}") from error
        raise
    if dry_run:
        _print_plan(plan, as_json=as_json)
        return 0
    folder = Path(config.out or _default_out(config))
    from harness.metrics.standings import stage_means, standings
    from harness.models.secrets import Scrubber
    from harness.runner.run import run as play

    try:
        with _terminable(), _progress(len(plan.matches)) as progress:
            result = play(plan, folder, progress, _warn)
            rows, course = standings(result.matches), stage_means(result.stages)
    except (FolkError, KeyboardInterrupt) as error:
        if isinstance(error, UsageError) or not folder.joinpath("matches.jsonl").exists():
            raise
        why = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        click.echo(f"folk: {why}; what was played until then is in {folder}", err=True)
        return EXIT_INTERRUPTED if isinstance(error, KeyboardInterrupt) else EXIT_BROKEN
    clean = Scrubber().scrub
    for reason, n_matches in result.errors.most_common(REASONS_SHOWN):
        _warn(clean(f"{n_matches} matches ended as errors: {reason}"))
    if as_json:
        content = {
            "run": str(folder),
            "matches": len(plan.matches),
            "standings": [row.as_dict() for row in rows],
            "stages": [stage.as_dict() for stage in course],
            "calls": {agent: tally.as_dict() for agent, tally in result.tallies.items()},
        }
        click.echo(clean(json.dumps(content, indent=2, allow_nan=False)))
    else:
        click.echo(clean(standings_table(rows, course)))
        if result.tallies:
            click.echo(clean(f"\n{calls_table(result.tallies)}"))
        click.echo(f"\n{len(plan.matches)} matches, logged in {folder}")
    return 0 if (result.matches["status"] == "ok").all() else EXIT_ERRORS


def _warn(message: str) -> None:
    """Tell the user something about a model."""
    click.echo(f"folk: {printable(message)}", err=True)


def _base(what: tuple[str, ...]) -> RunConfig:
    """The settings before flags: a run file's, or the defaults with the games named."""
    files = _run_files(what)
    if not files:
        return RunConfig(games=what)
    if len(what) > 1:
        raise UsageError(f"give games or one run file, not both: {' '.join(what)}")
    return read_run_file(Path(files[0]))


def _run_files(what: tuple[str, ...]) -> list[str]:
    """Those of the arguments that are run files."""
    return [name for name in what if name.lower().endswith(".toml") and "(" not in name]


def _default_out(config: RunConfig) -> str:
    """A new folder under `results`, named by the time and the first game."""
    stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    name = f"results/{stamp}-{parse(split(config.games[0], '+')[0])[0]}"
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    return next(free for free in names if not Path(free).exists())


def _print_plan(plan: RunPlan, *, as_json: bool) -> None:
    """Say what a run would hold."""
    games, agents = ([entry.spec for entry in entries] for entries in (plan.games, plan.agents))
    if as_json:
        content = {"games": games, "agents": agents, "matches": len(plan.matches)}
        click.echo(json.dumps(content, indent=2))
    else:
        played = ", ".join(games)
        click.echo(f"{len(plan.matches)} matches between {len(agents)} agents of {played}")


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Take a request to terminate, as batch systems send it, for an interrupt."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """What to call with the number of matches done: shows a bar once two seconds have passed.

    The bar goes to stderr: a live one on a terminal, a line every ten seconds elsewhere.
    """
    if sys.stderr.isatty():
        with _bar(total) as update:
            yield update
        return
    begun = last = time.monotonic()

    def line(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - begun >= BAR_AFTER_S and (now - last >= 10 or last == begun):
            last = now
            click.echo(f"folk: {done} of {total} matches", err=True)

    yield line


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    """A live bar, begun once two seconds have passed."""
    begun = time.monotonic()
    shown: list[Any] = []

    def update(done: int) -> None:
        if not shown:
            if time.monotonic() - begun < BAR_AFTER_S:
                return
            from rich.console import Console
            from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

            bar = Progress(
                *Progress.get_default_columns()[:2],
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            bar.start()
            shown.extend((bar, bar.add_task("matches", total=total)))
        shown[0].update(shown[1], completed=done)

    try:
        yield update
    finally:
        if shown:
            shown[0].stop()
