"""`folk export`: tables of a run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import click

__all__ = ["export"]


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "csv", "jsonl"]),
    default="parquet",
    show_default=True,
    help="The format of the tables.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Where to put them.  [DIR]")
def export(folder: Path, form: str, out: Path | None) -> int:
    """Write a run's tidy tables for other programs.

    Moves have one row per match, round and player; matches one per match and player; stages, of
    games that have them, one per match and stage; calls, where models played, one per call.
    docs/log.md tells their columns.
    """
    from harness.record.export import Format
    from harness.record.export import export as write

    for path in write(folder, cast("Format", form), out):
        click.echo(path)
    return 0
