"""Snapshots: what a game says and pays, kept in a file, so that no change of it goes unnoticed.

Results under different words or payoffs do not compare, so a game's `version` rises with them. A
snapshot holds a sample match, word for word, with the version that it is of: where the match has
changed and the version has not, the comparison fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import RecordError, UsageError
from harness.game import Game
from harness.testing.draws import Draws
from harness.testing.walk import Trace, by_chance, cut, parting, walk

__all__ = ["compared", "read_snapshot", "snapshot", "written"]

REACH = 60


def snapshot(game: Game) -> dict[str, Any]:
    """A sample match as JSON data: all words, payoffs and legal actions, and the version."""
    trace = walk(game, Draws(1), by_chance(1), reach=REACH)
    return {
        "game": game.name,
        "parameters": game.parameters,
        "version": game.version,
        "match": list(_lines(trace)),
    }


def _lines(trace: Trace) -> Iterator[str]:
    told: set[int] = set()
    paid = 0
    for asked in trace.asked:
        while paid < len(trace.rounds) and trace.rounds[paid][0] <= asked.step:
            yield _brought(trace, paid)
            paid += 1
        if asked.player not in told:
            told.add(asked.player)
            yield f"player {asked.player}: rules: {asked.rules}"
        yield f"player {asked.player}: {asked.words}"
        yield f"player {asked.player} answers {json.dumps(asked.action)}, out of {asked.space}"
    for number in range(paid, len(trace.rounds)):
        yield _brought(trace, number)


def _brought(trace: Trace, number: int) -> str:
    happened = trace.rounds[number][1]
    return f"round {number} pays {json.dumps(happened.payoffs)}"


def read_snapshot(path: Path) -> list[dict[str, Any]]:
    """The snapshots in a file.

    Raises:
        RecordError: it cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        kept: list[dict[str, Any]] = content["snapshots"]
        for each in kept:
            _ = each["game"], each["parameters"], each["version"], each["match"][0:0]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is no file of snapshots: {error}") from error
    return kept


def compared(game: Game, path: Path) -> Iterator[str]:
    """How a game differs from its snapshot, with what to do.

    Raises:
        RecordError: the file cannot be read.
    """
    now, kept = snapshot(game), _kept(game, read_snapshot(path))
    write = f"folk check … --snapshot {path} --write"
    if kept is None:
        yield f"{path} has no snapshot of {game.name} with these parameters; write it: {write}"
    elif kept["match"] == now["match"] and kept["version"] == now["version"]:
        return
    elif kept["version"] == now["version"]:
        yield (
            f"words, payoffs or actions have changed since {path} was written, and the version"
            f" is still {game.version}: {_change(kept['match'], now['match'])}; raise the game's"
            f" `version`, so that old and new results do not mix, and write the snapshot: {write}"
        )
    else:
        yield (
            f"{path} is of version {kept['version']}, and {game.name} is version {game.version};"
            f" read what has changed and write the snapshot: {write}"
        )


def written(game: Game, path: Path) -> None:
    """Write a game's snapshot to a file, beside those of other games or parameters.

    Raises:
        UsageError: the file has another match under the same version.
        RecordError: the file cannot be read or written.
    """
    before = read_snapshot(path) if path.exists() else []
    now, kept = snapshot(game), _kept(game, before)
    if kept is not None and kept["version"] == now["version"] and kept["match"] != now["match"]:
        raise UsageError(
            f"{path} has another match of version {game.version} of {game.name}; raise the game's"
            " `version` first (or delete the file, if nobody has results of that version)"
        )
    left = [each for each in before if each is not kept]
    try:
        path.write_text(json.dumps({"snapshots": [*left, now]}, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise RecordError(f"cannot write {path}: {error.strerror}") from error


def _kept(game: Game, snapshots: list[dict[str, Any]]) -> dict[str, Any] | None:
    named = json.loads(json.dumps([game.name, game.parameters]))
    for each in snapshots:
        if [each["game"], each["parameters"]] == named:
            return each
    return None


def _change(before: list[str], after: list[str]) -> str:
    """The first line that is another."""
    for one, two in zip(before, after, strict=False):
        if one != two:
            return " is now ".join(cut(line, parting(one, two) - 30) for line in (one, two))
    return f"{len(before)} lines are now {len(after)}"
