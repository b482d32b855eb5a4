"""`folk play`: a match between the person at the terminal and others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import registry
from harness.cli.conduct import Start, conduct
from harness.cli.console import Console, check_terminal
from harness.cli.table import printable
from harness.config import RunConfig, RunPlan, resolve
from harness.errors import UsageError
from harness.outside import TERMINAL, Outside
from harness.record.folder import is_run
from harness.spec import split

if TYPE_CHECKING:
    from harness.cli.live import Display
    from harness.runner.halt import Halt
    from harness.runner.run import RunResult

__all__ = ["conduct_at_terminal", "person_plays", "play"]

PERSON = "human"
"""The agent that takes the person's seat."""

AS_LONG_AS_IT_TAKES_S = 30.0 * 24 * 3600


@click.command(no_args_is_help=True)
@click.argument("game", metavar="GAME")
@click.option("--against", required=True, help="Who else plays: A, or one for each seat: A,B,…")
@click.option("--seat", type=int, default=0, show_default=True, help="Your seat, from 0.")
@click.option("--seed", type=int, default=0, show_default=True, help="The seed of all chance.")
@click.option("--out", default="", help="The match's folder; gone on with if it holds this match.")
def play(game: str, against: str, *, seat: int, seed: int, out: str) -> int:
    """Play a match of GAME yourself, at this terminal.

    You are told what a model is told, and your answers are read as a model's are: what cannot be
    read is asked again, with the reason. One A plays all other seats. The match is logged as any
    run is; after Ctrl-C, or the end of the input, it can be gone on with by folk resume.

    Exit code: 0 the match is over; 3 it is, but did not end well; 130 interrupted, to be resumed;
    1, 2 and 4 as of folk run.
    """
    from harness.cli.run import out_folder

    check_terminal()
    plan = resolve(_config(game, against, seat, seed, out))

    def start(display: Display, halt: Halt) -> RunResult:
        from harness.runner.run import resume as go_on
        from harness.runner.run import run

        begin = go_on if is_run(folder) else run
        return begin(plan, folder, warn=display.say, halt=halt)

    with out_folder(plan) as folder:
        return conduct_at_terminal(start, plan, folder)


def _config(game: str, against: str, seat: int, seed: int, out: str) -> RunConfig:
    """A run of one match, with the person in this seat.

    Raises:
        UsageError: the seats cannot be filled so.
    """
    n_seats = registry.build("game", game).what.n_seats
    others = split(against)
    if not 0 <= seat < n_seats:
        raise UsageError(f"--seat is {seat}; {game} has seats 0 to {n_seats - 1}")
    alike = len(others) == 1 and (seat == 0 or n_seats > 2)
    if not alike and len(others) != n_seats - 1:
        raise UsageError(
            f"--against names {len(others)}, and {n_seats - 1} others play {game} with you; name"
            " one for each seat, or one for all of them"
        )
    agents = [PERSON, *others] if alike else [*others[:seat], PERSON, *others[seat:]]
    versus = f"versus@{seat}" if seat else "versus"
    return RunConfig(
        games=(game,),
        agents=tuple(agents),
        schedule=(versus,) if alike else ("society",),
        seed=seed,
        swap=False,
        match_timeout=AS_LONG_AS_IT_TAKES_S,
        out=out,
    )


def person_plays(plan: RunPlan) -> bool:
    """Whether somebody takes part who is asked at the terminal."""
    return any(isinstance(agent.what, Outside) and not agent.what.timed for agent in plan.agents)


def conduct_at_terminal(start: Start, plan: RunPlan, folder: Path) -> int:
    """Conduct a run in which a person plays; the command's exit code.

    Raises:
        UsageError: this is no terminal.
        FolkError: nothing was played.
    """
    check_terminal()

    def seated(display: Display, halt: Halt) -> RunResult:
        token = TERMINAL.set(Console(halt))
        try:
            return start(display, halt)
        finally:
            TERMINAL.reset(token)

    return conduct(seated, plan, folder, as_json=False, quiet=True, show=_show)


def _show(result: RunResult, plan: RunPlan) -> None:
    """Print how the match ended for all, if it did."""
    if result.stopped is None:
        for row in result.matches.to_dict("records"):
            counts = row["status"] in ("ok", "forfeit")
            got = f"{row['payoff']:g}" if counts else str(row["status"])
            click.echo(printable(f"player {row['player']} ({row['agent']}): {got}"))
        for reason in result.errors:
            click.echo(printable(f"it ended as an error: {reason}"))
        click.echo(f"\nThe match is logged in {result.folder}")
