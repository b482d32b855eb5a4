"""`folk doctor`: what works here, what does not, and why."""

from __future__ import annotations

import json
import shutil
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.table import printable
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.doctor.check import Check, State

__all__ = ["doctor"]

EXIT_FAILS = 1
"""Something that is needed, or was asked for, does not work."""

JOINED = {"packages"}
"""Areas in which all that is `ok` is told in one entry: there is nothing to say but a version."""

WIDEST = 100
NARROWEST = 60
NAME_WIDTH = 20
STATE_WIDTH = 7
MARGIN = " " * (2 + STATE_WIDTH + 2)
UNBROKEN = "\N{NO-BREAK SPACE}"

COLOURS = {"ok": "green", "missing": "yellow", "broken": "red"}


@click.command()
@click.argument("models", metavar="[MODEL]...", nargs=-1)
@click.option("--out", type=str, help="The folder that runs are to go to.  [results]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(models: tuple[str, ...], out: str | None, *, as_json: bool) -> int:
    """Say what works here, what does not, and why: keys, servers, versions, plug-ins, disk.

    No model is asked anything, unless some are named, as in 'openai/gpt-5-mini': each of them is
    then asked for a word, as a run asks it before its first match, and nothing else is looked at.
    Of keys, only whether there are any is told.

    Exit code: 0 every run can be logged here, or every MODEL replied; 1 not so. A key, a server
    or a GPU that is not there is no failure of its own.
    """
    if models and out is not None:
        raise UsageError("with models, nothing but these is looked at: leave --out out")
    checks: list[Check] = []
    parts = _of_models(models) if models else _of_everything(Path(out or "results"))
    for part in parts:
        checks += part
        if not as_json:
            _print(part)
    if as_json:
        click.echo(json.dumps([asdict(check) for check in checks], indent=2))
    elif not models:
        click.echo(_verdict(checks))
    return EXIT_FAILS if any(check.fails for check in checks) else 0


def _of_models(models: Sequence[str]) -> Iterator[list[Check]]:
    """What models named reply."""
    from harness.doctor.models import models as ask

    told = ask(models, _warn)
    clean = _cleaner()  # `.env` is read by now
    yield [clean(check) for check in told]


def _of_everything(folder: Path) -> Iterator[list[Check]]:
    """All that can be looked at without asking a model, area by area, as each is found out."""
    from harness.doctor.access import keys, servers
    from harness.doctor.disk import disk
    from harness.doctor.installed import gpu, packages, system
    from harness.doctor.plugins import plugins, providers

    yield system()
    yield packages()
    known = providers()
    told = keys(known)
    clean = _cleaner(what.key_from[0] for what in known.values())  # `.env` is read by now
    looks = (plugins, lambda: told, partial(servers, known), partial(disk, folder), gpu)
    for look in looks:
        yield [clean(check) for check in look()]


def _cleaner(named: Iterable[str] = ()) -> Callable[[Check], Check]:
    """What takes secrets out of checks: before lines are broken, which would break secrets, too."""
    from harness.models.secrets import Scrubber

    scrub = Scrubber(named=set(named)).scrub

    def clean(check: Check) -> Check:
        return replace(check, name=scrub(check.name), detail=scrub(check.detail))

    return clean


def _warn(message: str) -> None:
    """Tell the user something about a model."""
    click.echo(f"folk: {printable(message)}", err=True)


def _print(checks: Sequence[Check]) -> None:
    """Print what was found in an area, under its name."""
    if not checks:
        return
    area = checks[0].area
    click.secho(area[0].upper() + area[1:], bold=True)
    fine = [check for check in checks if area in JOINED and check.state == "ok"]
    if fine:
        listed = ", ".join(check.name + UNBROKEN + check.detail for check in fine)
        _print_entry("ok", _wrapped(listed))
    others = [(printable(check.name), check) for check in checks if check not in fine]
    width = max((len(name) for name, _ in others), default=0)
    for name, check in others:
        if width > NAME_WIDTH:
            lines = [name, *_wrapped(check.detail, "  ")]
        else:
            first, *rest = _wrapped(check.detail, " " * (width + 2))
            lines = [name + first[len(name) :], *rest]
        _print_entry(check.state, lines)
    click.echo()


def _wrapped(text: str, indent: str = "") -> list[str]:
    """A text in lines that fit beside the states; words, such as addresses, stay whole."""
    room = max(NARROWEST, min(WIDEST, shutil.get_terminal_size().columns)) - len(MARGIN)
    lines = textwrap.wrap(
        printable(text),
        room,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [indent]


def _print_entry(state: State, lines: Sequence[str]) -> None:
    """Print one entry: its state in a column of its own, and its lines beside it."""
    shown = click.style(state, fg=COLOURS[state]) + " " * (STATE_WIDTH - len(state))
    click.echo(f"  {shown}  " + f"\n{MARGIN}".join(lines).replace(UNBROKEN, " "))


def _verdict(checks: Sequence[Check]) -> str:
    """The last word."""
    if failing := ", ".join(f"{check.area} {check.name}" for check in checks if check.fails):
        return printable(f"To be put right: {failing}")
    if all(check.state == "ok" for check in checks):
        return "All of this works."
    return (
        "Runs can be played and logged here. What is missing or broken above matters\n"
        "only to runs that use it."
    )
