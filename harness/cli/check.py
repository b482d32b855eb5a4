"""`folk check`: the conformance kit, on anybody's game or agent."""

from __future__ import annotations

import json
from pathlib import Path

import click

from harness import registry
from harness.agent import Agent
from harness.cli.catalogue import kind_of
from harness.cli.table import printable_lines
from harness.errors import UsageError
from harness.files import is_file, module_of, offered, path_of
from harness.game import Game
from harness.spec import FILE, expand, parse, split
from harness.testing.agents import check_agent
from harness.testing.games import check_game
from harness.testing.report import Report

__all__ = ["check"]


@click.command(no_args_is_help=True)
@click.argument("what", metavar="GAME | AGENT | FILE...", nargs=-1, required=True)
@click.option(
    "--snapshot",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of words and payoffs to compare games with.",
)
@click.option("--write", is_flag=True, help="Write the games' words and payoffs to that file.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(what: tuple[str, ...], snapshot: Path | None, *, write: bool, as_json: bool) -> int:
    """Try whether games and agents do what every one of them must do.

    Of a file, such as './my_game.py', all games and agents in it are tried. Agents play the games
    that are named beside them, or else those in their own file, or else all that are installed.
    Each check is one line; below a failed one stands what is wrong, where, and what to do.
    docs/plugins.md tells what the checks hold, and what they cannot see.

    With --snapshot, what a game says and pays must be what the file has, unless the game's
    `version` has risen; --write puts it there.

    Exit code: 0 nothing failed; 1 something did; 2 something named does not exist.
    """
    if write and snapshot is None:
        raise UsageError("--write needs --snapshot FILE, to know where to write")
    specs = [one for given in what for one in _all_in(given)]
    kinds = [kind_of(spec) for spec in specs]
    if snapshot is not None and "game" not in kinds:
        raise UsageError(f"snapshots are of games; {specs[0]} is an agent")
    if snapshot is not None and not write and not snapshot.exists():
        raise UsageError(f"there is no {snapshot}; --write makes it")
    named = [spec for spec, kind in zip(specs, kinds, strict=True) if kind == "game"]
    reports = []
    for spec, kind in zip(specs, kinds, strict=True):
        _refuse_namesake(kind, spec)
        if kind == "agent":
            reports.append(check_agent(spec, games=named or _beside(spec)))
            continue
        if snapshot is not None and write:
            _write(spec, snapshot)
        reports.append(check_game(spec, snapshot=snapshot))
    if as_json:
        click.echo(json.dumps([report.data() for report in reports], indent=2))
    else:
        click.echo("\n\n".join(map(_text, reports)))
    return 0 if all(report.ok for report in reports) else 1


def _all_in(given: str) -> list[str]:
    """All that is in a file, by what each is called; anything else as it is given."""
    file = FILE.fullmatch(given.strip())
    if file is None or file["name"] is not None or not is_file(given.strip()):
        return [given]
    module = module_of(path_of(given.strip()))
    names = [*offered(module, Game), *offered(module, Agent)]
    return [f"{given.strip()}:{name}" for name in names] if len(names) > 1 else [given]


def _refuse_namesake(kind: registry.Kind, spec: str) -> None:
    """Refuse a file that takes the name of what is installed, as a run does.

    Raises:
        PluginError: it does.
    """
    registry.refuse_namesakes(kind, [registry.build(kind, spec)])


def _beside(spec: str) -> list[str]:
    """The games in the file that an agent is in, if it is in one."""
    name = parse(split(expand(spec), "+")[0])[0]
    if not is_file(name):
        return []
    path = name.partition(".py:")[0].removesuffix(".py") + ".py"
    return [f"{path}:{game}" for game in offered(module_of(path_of(name)), Game)]


def _write(spec: str, snapshot: Path) -> None:
    """Put a game's words and payoffs into a file."""
    from harness.testing.snapshot import written

    written(registry.build("game", spec).what, snapshot)


def _text(report: Report) -> str:
    """A report, a line per check, and the faults below."""
    width = max(len(result.check) for result in report.results)
    lines = [f"{report.spec}  ({report.kind})"]
    for result in report.results:
        state = result.state.upper() if result.faults else result.state
        about = f"{result.about}" + (f" ({result.skipped})" if result.skipped else "")
        lines.append(f"  {state:7}  {result.check:{width}}  {about}")
        lines += [f"           {' ' * width}  - {fault}" for fault in result.faults]
    failed = len(report.faults)
    last = f"{failed} of {len(report.results)} checks failed" if failed else "nothing is wrong"
    return printable_lines("\n".join([*lines, last]))
