"""`folk run`: play a tournament."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.conduct import EXIT_BROKEN, EXIT_ERRORS, conduct
from harness.cli.options import knobs
from harness.config import RunConfig, RunPlan, override, read_run_file, resolve
from harness.errors import UsageError
from harness.files import is_file, path_of
from harness.record.disk import create_folder
from harness.record.folder import MANIFEST, is_run, read_manifest
from harness.schedule import NAMES
from harness.spec import parse, split

if TYPE_CHECKING:
    from harness.cli.live import Display
    from harness.runner.halt import Halt
    from harness.runner.progress import Progress
    from harness.runner.run import RunResult

__all__ = ["naming", "out_folder", "run"]


@click.command(no_args_is_help=True)
@click.argument("what", metavar="GAME... | RUN.toml", nargs=-1)
@click.option("--agents", help="Who takes part: A,B,… as in 'tit_for_tat,random(p=0.3)'.")
@click.option(
    "--schedule",
    help=f"Who meets whom: {', '.join(NAMES)}, or several, comma-separated; versus@1 is versus with"
    " the first agent in seat 1 (of 0, 1, …), invade@2 an invasion by two at once.  [round_robin]",
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
@knobs
@click.option(
    "--out", type=str, help="The run's folder; gone on with if it holds this run.  [results/…]"
)
@click.option("--from", "from_", type=str, help="A run's folder, one match of which is continued.")
@click.option("--match", type=str, help="That match, or the beginning of its name.")
@click.option("--round", "round_", type=int, help="The round, from 0, in which --agents take over.")
@click.option("--replay", type=str, help="A run's folder, to play again from its log.")
@click.option("--dry-run", is_flag=True, help="Say what would be played and what it takes; stop.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run(
    what: tuple[str, ...],
    agents: str | None,
    schedule: str | None,
    *,
    from_: str | None,
    match: str | None,
    round_: int | None,
    replay: str | None,
    dry_run: bool,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Play a tournament, log it, and print the standings.

    GAME is written name or name(key=value, …), as in 'prisoners_dilemma(rounds=10, noise=0.05)';
    RUN.toml is a file whose keys are the flags' names, and `games`. Flags win over the file. A
    model is written provider/model, as in 'openai/gpt-5(temperature=0)+reason'; its key is taken
    from the environment or a file `.env`. A game or an agent of your own that is a single file is
    written as its path: './my_game.py(rounds=5)'.

    With --from, --match and --round a match of an earlier run is continued from that round on by
    other players. With --replay an earlier run is played again from its log, without a key, and
    compared with it.

    Exit code: 0 done; 1 a game, a process or the disk failed after the start, or a replay is not
    what was logged; 2 nothing was played, because something asked for cannot be; 3 done, but more
    matches were void, forfeited or failed than --max-errors allows (none, if it is not given); 4
    stopped by a budget or a provider, to be resumed; 130 interrupted, to be resumed.
    """
    given: dict[str, Any] = {
        **flags,
        "agents": tuple(split(agents)) if agents is not None else None,
        "schedule": tuple(split(schedule)) if schedule is not None else None,
        "branch": _branch(from_, match, round_),
    }
    if given["branch"] is not None:
        _refuse_given(given, ("schedule", "seed", "swap"), "a match that is continued has its own")
    config = override(_base(what), given)
    if replay is not None:
        source = Path(replay)
        _refuse_given({"dry_run": dry_run or None}, ("dry_run",), "--replay asks nobody")
        if not what and not config.branch:
            _refuse_given(given, given.keys() - {"out"}, f"--replay plays what {source} holds")
            config = replace(_recorded(source), out=config.out)
        plan = _resolved(config, what)
        with out_folder(plan) as folder:
            return _replay(plan, source, folder, as_json=as_json, quiet=quiet)
    if config.histories:
        raise UsageError(f"histories is {config.histories}, which is for folk exact: leave it out")
    plan = _resolved(config, what)
    if dry_run:
        _print_plan(plan, as_json=as_json)
        return 0

    def start(display: Display, halt: Halt) -> RunResult:
        from harness.runner.run import resume as go_on
        from harness.runner.run import run as play

        if is_run(folder):
            display.say(f"going on with the run in {folder}")
            return go_on(plan, folder, show=display.update, warn=display.say, halt=halt)
        show = display.update if config.out else naming(folder, display)
        return play(plan, folder, show=show, warn=display.say, halt=halt)

    with out_folder(plan) as folder:
        return conduct(start, plan, folder, as_json=as_json, quiet=quiet)


def _refuse_given(given: Mapping[str, Any], names: Collection[str], why: str) -> None:
    """Refuse flags that would change nothing.

    Raises:
        UsageError: one is given.
    """
    for name in sorted(names):
        if given.get(name) is not None:
            raise UsageError(f"{why}: leave out --{name.replace('_', '-')}")


def naming(folder: Path, display: Display) -> Callable[[Progress], None]:
    """Show how far a run has come, and say once where it is logged, for nobody was asked."""
    told = False

    def show(progress: Progress) -> None:
        nonlocal told
        if progress.under_way and not told:
            told = True
            display.say(f"{progress.matches} matches, logged in {folder}")
        display.update(progress)

    return show


def _resolved(config: RunConfig, what: tuple[str, ...]) -> RunPlan:
    """The plan; what cannot be is told with the run file's name, if there is one."""
    try:
        return resolve(config)
    except UsageError as error:
        if files := _run_files(what):
            raise UsageError(f"{files[0]}: {error}") from error
        raise


def _recorded(folder: Path) -> RunConfig:
    """The settings of a run that was played."""
    from harness.runner.manifest import last_config

    return last_config(read_manifest(folder), f"{folder}/{MANIFEST}")


def _branch(folder: str | None, match: str | None, round_: int | None) -> dict[str, Any] | None:
    """The match that is to be continued, if flags name one."""
    given = {"from": folder, "match": match, "round": round_}
    if all(value is None for value in given.values()):
        return None
    for name, value in given.items():
        if value is None:
            raise UsageError(f"--{name} is missing: --from, --match and --round belong together")
    return given


def _replay(plan: RunPlan, source: Path, folder: Path, *, as_json: bool, quiet: bool) -> int:
    """Play a run again from its log, and say whether the same came out."""
    from harness.runner.replay import replay

    found: list[str] = []
    n_compared = 0

    def start(display: Display, halt: Halt) -> RunResult:
        nonlocal n_compared
        result, differing = replay(
            plan, source, folder, show=display.update, warn=display.say, halt=halt
        )
        found.extend(differing)
        n_compared = result.played
        return result

    code = conduct(start, plan, folder, as_json=as_json, quiet=quiet)
    for line in found:
        click.echo(f"folk: {line}", err=True)
    if not n_compared and not found:
        click.echo(f"folk: no match is over in {source}: nothing was compared", err=True)
    elif not found and code in (0, EXIT_ERRORS):
        told = f"the lines of all {n_compared} matches that are over in {source} came out again"
        click.echo(f"folk: {told}, byte for byte", err=True)
    return EXIT_BROKEN if found else code


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


@contextlib.contextmanager
def _default_out(plan: RunPlan) -> Iterator[Path]:
    """A new folder under `results`, named by the time and the first game; a context manager.

    It is made at once, so that no other process takes the same name, and goes again if nothing is
    put into it.

    Raises:
        UsageError: it cannot be made.
    """
    game = parse(split(plan.games[0].spec, "+")[0])[0]
    name = f"results/{_stamp()}-{path_of(game).stem if is_file(game) else game}"
    names = itertools.chain([name], (f"{name}-{i}" for i in itertools.count(2)))
    results = Path("results")
    new = not results.exists()
    for folder in map(Path, names):
        try:
            create_folder(folder)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"cannot make the folder {folder}: {error.strerror}") from error
        break
    try:
        yield folder
    finally:
        for made in (folder, results) if new else (folder,):
            with contextlib.suppress(OSError):  # it holds something, or has gone already
                made.rmdir()


def _stamp() -> str:
    """The time, as names of folders have it."""
    return datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")


def out_folder(plan: RunPlan) -> contextlib.AbstractContextManager[Path]:
    """The folder of a run: the one that was asked for, or a new one."""
    out = plan.config.out
    return contextlib.nullcontext(Path(out)) if out else _default_out(plan)


def _print_plan(plan: RunPlan, *, as_json: bool) -> None:
    """Say what a run would hold."""
    from harness.cli.forecast import forecast_data, forecast_lines
    from harness.runner.forecast import forecast

    games, agents = ([entry.spec for entry in entries] for entries in (plan.games, plan.agents))
    foreseen = forecast(plan)
    if as_json:
        content = {"games": games, "agents": agents, "matches": len(plan.matches)}
        click.echo(json.dumps(content | {"forecast": forecast_data(foreseen)}, indent=2))
    else:
        played = ", ".join(games)
        click.echo(f"{len(plan.matches)} matches between {len(agents)} agents of {played}")
        if plan.waiting:
            click.echo(forecast_lines(foreseen))
