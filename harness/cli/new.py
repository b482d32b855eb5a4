"""`folk new`: a plug-in package, ready to install, with its test."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import click

from harness.scaffold import new as make

__all__ = ["new"]


@click.command(no_args_is_help=True)
@click.argument("kind", type=click.Choice(["game", "agent"]))
@click.argument("name")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="The folder to make the package's folder in.  [here]",
)
def new(kind: str, name: str, out: Path) -> int:
    """Make a package with a new game or agent, its test, and a workflow that runs the test.

    NAME is what it is called on the command line and in logs. The package plays as it is; its
    README tells what to change.
    """
    folder = make(cast('Literal["game", "agent"]', kind), name, out)
    (module,) = folder.glob("*.py")
    click.echo(f"made {folder}; now try it, and change it:\n")
    play = f"folk run {module} --agents random,first"
    if kind == "agent":
        play = f"folk run 'prisoners_dilemma(rounds=10)' --agents {module},tit_for_tat"
    for line in (play, f"folk check {module}", f"pip install -e '{folder}[test]'"):
        click.echo(f"  {line}")
    return 0
