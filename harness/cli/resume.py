"""`folk resume`: go on with a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.conduct import conduct
from harness.cli.options import knobs
from harness.cli.play import conduct_at_terminal, person_plays
from harness.config import override, resolve
from harness.errors import RecordError

if TYPE_CHECKING:
    from harness.cli.live import Display
    from harness.runner.halt import Halt
    from harness.runner.run import RunResult

__all__ = ["resume"]


@click.command(no_args_is_help=True)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@knobs
@click.option("--retry-errors", is_flag=True, help="Play matches again that ended as errors.")
@click.option(
    "--mixed", is_flag=True, help="Go on although the code or the log has changed, with what can."
)
@click.option("--quiet", is_flag=True, help="Show no progress.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def resume(
    folder: Path,
    *,
    retry_errors: bool,
    mixed: bool,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> int:
    """Go on with the run in DIR where it stopped, and print the standings at its end.

    Matches that are over stay as they are. Those that had begun are played again from the log up
    to where they stood, and no reply in it is asked or paid for again. Limits and budgets may be
    given anew; nothing else of the run may change. A run that is over is only printed.

    Exit codes are those of `folk run`.
    """
    from harness.record.folder import read_manifest
    from harness.runner.manifest import last_config
    from harness.runner.run import resume as go_on

    config = last_config(read_manifest(folder), f"{folder}/manifest.json")
    try:
        plan = resolve(override(config, flags))
    except RecordError as error:
        if not config.branch:
            raise
        raise RecordError(
            f"{error}. {folder} continues a match of {config.branch['from']}, which must be where"
            " it was (branch.from in manifest.json says where)"
        ) from error

    def start(display: Display, halt: Halt) -> RunResult:
        return go_on(
            plan,
            folder,
            mixed=mixed,
            retry_errors=retry_errors,
            show=display.update,
            warn=display.say,
            halt=halt,
        )

    if person_plays(plan) and not as_json:
        return conduct_at_terminal(start, plan, folder)
    return conduct(start, plan, folder, as_json=as_json, quiet=quiet)
