"""`folk smoke`: does every installed game play?"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness import registry
from harness.cli.junit import Case, junit_xml
from harness.cli.table import printable
from harness.errors import UsageError, did_you_mean
from harness.files import hint_at_file, is_file, path_of
from harness.spec import parse, split

if TYPE_CHECKING:
    from harness.runner.smoke import Tried

__all__ = ["smoke"]


@click.command()
@click.argument("games", metavar="[GAME]...", nargs=-1)
@click.option(
    "--junit", type=click.Path(path_type=Path), help="A file for the results, as JUnit XML."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def smoke(games: tuple[str, ...], *, junit: Path | None, as_json: bool) -> int:
    """Try every installed game, ours or a plug-in's, and every modifier on one; or each GAME.

    Each plays short matches with scripted bots, twice, and with a scripted model: it must end well,
    come out the same both times, and have words and observations that can be used. No key, network
    or disk is needed, and a few seconds. One that cannot be imported fails; one that needs
    parameters is skipped, unless it is named with them.

    Exit code: 0 all play; 1 one does not; 2 no GAME goes by that name, or FILE cannot be written.
    """
    from harness.runner.smoke import smoke as try_all

    begun = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    found = []
    _check_names(games)
    for tried in try_all(games):
        found.append(tried)
        if not as_json:
            click.echo(_line(tried))
    failed = [tried for tried in found if tried.failure]
    if junit is not None:
        _write(junit, junit_xml("folk smoke", [*map(_case, found)], begun))
    if as_json:
        told = {"ok": not failed, "tried": [tried.as_dict() for tried in found]}
        click.echo(json.dumps(told, indent=2))
    else:
        n_skipped = sum(bool(tried.skipped) for tried in found)
        seconds = sum(tried.seconds for tried in found)
        n_ok = len(found) - len(failed) - n_skipped
        skipped = f", {n_skipped} skipped" if n_skipped else ""
        click.echo(f"\n{n_ok} play, {len(failed)} do not{skipped}; {seconds:.1f} s")
    return 1 if failed else 0


def _check_names(games: tuple[str, ...]) -> None:
    """Refuse games that do not exist: a mistake in a name is none of a game's.

    Raises:
        UsageError: there is one.
    """
    known = registry.names("game")
    for spec in games:
        name = parse(split(spec, "+")[0])[0]
        if name in registry.libraries("game"):
            registry.build("game", spec)  # or there is no such title, or not what it needs
        elif is_file(name):
            if not os.path.isfile(path_of(name)):  # noqa: PTH113 - pathlib's may raise
                registry.load("game", name)  # which says so; what is wrong in a file is a failure
        elif name not in known:
            hint = hint_at_file(name) or did_you_mean(name, known)
            raise UsageError(f"there is no game {name!r}{hint}")


def _line(tried: Tried) -> str:
    """What came of one, on one line."""
    how = "FAILED" if tried.failure else "skipped" if tried.skipped else "ok"
    why = printable(tried.failure or tried.skipped)
    named = tried.name if tried.kind == "game" else f"+{tried.name}"
    return f"{how:8}{printable(named):24}{tried.seconds:6.2f} s  {why}".rstrip()


def _case(tried: Tried) -> Case:
    return Case(f"{tried.kind}s", tried.name, tried.seconds, tried.failure, tried.skipped)


def _write(path: Path, content: bytes) -> None:
    """Write the results.

    Raises:
        UsageError: the file cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(f"cannot write to {path}: {error.strerror}") from error
