"""Whether a match comes out the same: again, after others, beside others, in another process."""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from harness import registry
from harness.errors import PluginError, shorten
from harness.game import Game
from harness.testing.draws import Draws
from harness.testing.kept import kept, kept_since
from harness.testing.walk import Trace, by_chance, difference, spelled, steps, walk

__all__ = [
    "altered_parameters",
    "carried_over",
    "digests",
    "elsewhere",
    "parameters",
    "unsteady",
    "unsteady_agent",
]

REACH = 200

HASH_SEEDS = (0, 1, 2, 3, 4, 5)
"""Of two things in a set, one comes first in about half of these processes."""

SORT = "never iterate over a set or use hash(): sort first"


def carried_over(game: Game) -> Iterator[str]:
    """What one match leaves behind in the game for the next, or for one beside it."""
    alone = copy.deepcopy(game)
    first, second = (walk(alone, Draws(s), by_chance(s), reach=REACH) for s in (1, 2))
    again = walk(alone, Draws(1), by_chance(1), reach=REACH)
    if found := difference(first, again):
        yield (
            "a match with the same chance and answers is another the second time, "
            f"{found}; keep what belongs to a match in variables of play(), and draw from its rng"
        )
        return
    traces = [Trace(), Trace()]
    walks = [
        itertools.islice(steps(alone, Draws(s), by_chance(s), trace), REACH)
        for s, trace in zip((1, 2), traces, strict=True)
    ]
    for _ in itertools.zip_longest(*walks):
        pass
    for one, other in zip((first, second), traces, strict=True):
        shorter = min(len(one.asked), len(other.asked)), min(len(one.rounds), len(other.rounds))
        if found := difference(_cut(one, *shorter), _cut(other, *shorter)):
            yield (
                "a match is another when a second one is played at the same time, "
                f"{found}; keep what belongs to a match in variables of play()"
            )
            return
    before = kept(alone)  # what was worked out once for these matches is there by now
    for seed in (2, 1):
        walk(alone, Draws(seed), by_chance(seed), reach=REACH)
    for what in kept_since(before, kept(alone)):
        yield (
            f"its matches change {what}: a later one may go by that; keep what belongs to a match"
            " in variables of play()"
        )


def _cut(trace: Trace, n_asked: int, n_rounds: int) -> Trace:
    """The beginning of a match."""
    return Trace(trace.asked[:n_asked], trace.rounds[:n_rounds])


def altered_parameters(game: Game, before: Mapping[str, str]) -> Iterator[str]:
    """The parameters that playing matches makes others than they were before."""
    walk(game, Draws(1), by_chance(1), reach=REACH)
    for name, value in parameters(game).items():
        if value != before[name]:
            yield (
                f"the parameter `{name}` was {shorten(before[name])} before a match and is"
                f" {shorten(value)} after it; parameters are what a match is identified by: copy"
                " what play() is to change"
            )


def parameters(game: Game) -> dict[str, str]:
    """The parameters of a game, and of the one that it holds, in one spelling."""
    found: dict[str, str] = {}
    if not is_dataclass(game):
        return found
    for field in fields(game):
        value = getattr(game, field.name)
        if isinstance(value, Game):
            found |= {f"{field.name}.{key}": inner for key, inner in parameters(value).items()}
        else:
            found[field.name] = spelled(value)
    return found


def unsteady(spec: str, hash_seeds: Sequence[int] = HASH_SEEDS) -> Iterator[str]:
    """What of a game depends on the order of a set, or on anything else of one process.

    Args:
        spec: the game; only one that can be named can be played in another process.
        hash_seeds: the values of PYTHONHASHSEED to play it with.
    """
    told = [each[spec] for each in elsewhere({"games": [spec]}, hash_seeds)]
    if (found := _parting(told)) is not None:
        yield (
            "the same match is another in another process (PYTHONHASHSEED="
            f"{hash_seeds[0]} and {hash_seeds[found[0]]}), at {found[1]}; {SORT}"
        )


def unsteady_agent(
    spec: str, games: Sequence[str], hash_seeds: Sequence[int] = HASH_SEEDS
) -> Iterator[str]:
    """What of an agent's play depends on the order of a set, or on anything else of one process.

    Args:
        spec: the agent.
        games: what it plays, if it takes it.
        hash_seeds: the values of PYTHONHASHSEED to play with.
    """
    asked = {"agents": [spec], "games": list(games)}
    told = [each[spec] for each in elsewhere(asked, hash_seeds)]
    if (found := _parting(told)) is not None:
        yield (
            f"it acts otherwise in another process (PYTHONHASHSEED={hash_seeds[0]} and"
            f" {hash_seeds[found[0]]}), in {found[1]}; {SORT}"
        )


def _parting(told: Sequence[list[list[str]]]) -> tuple[int, str] | None:
    """Which of several lists of digests is another than the first, and where; None if none is."""
    for number, other in enumerate(told[1:], 1):
        if (at := _parts(told[0], other)) is not None:
            return number, at
    return None


def _parts(one: list[list[str]], other: list[list[str]]) -> str | None:
    """Where two digests differ; None if they do not."""
    for (place, before), (_, after) in zip(one, other, strict=False):
        if before != after:
            return place
    return None if len(one) == len(other) else "its end"


def elsewhere(asked: Mapping[str, Any], hash_seeds: Sequence[int]) -> list[dict[str, Any]]:
    """What `harness.testing.elsewhere` answers in processes with these hash seeds.

    That is, for each game or agent that is asked for, the digests of its matches.

    Raises:
        PluginError: it fails in one of them.
    """
    command = [sys.executable, "-m", "harness.testing.elsewhere"]
    started = [
        subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            text=True,
        )
        for seed in hash_seeds
    ]
    told = []
    for process in started:
        out, err = process.communicate(json.dumps(asked))
        if process.returncode != 0:
            raise PluginError(f"it cannot be played in another process: {err.strip()[-400:]}")
        told.append(json.loads(out.splitlines()[-1]))
    return told


def digests(specs: Sequence[str]) -> dict[str, list[list[str]]]:
    """A hash of everything at each decision and round of a match of each game, by place."""
    return {spec: _digest(registry.build("game", spec).what) for spec in specs}


def _digest(game: Game) -> list[list[str]]:
    trace = walk(game, Draws(1), by_chance(1), reach=REACH)
    parts = [(a.place, [repr(a.space), a.seen, str(a.words), a.rules]) for a in trace.asked]
    parts += [(f"round {i}", [repr(r)]) for i, (_, r) in enumerate(trace.rounds)]
    parts.append(("the result", [repr(trace.result)]))
    return [[place, hashlib.blake2b(repr(what).encode()).hexdigest()[:16]] for place, what in parts]
