"""How long a match may go on: what ends one of a game that never returns.

The loop that plays a match goes over these steps, so that counting costs it next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from harness.errors import PluginError

if TYPE_CHECKING:  # a match is played before it is recorded
    from harness.match import MatchRecord

__all__ = ["MOST_IDLE", "MOST_STEPS", "steps"]

STRETCH = 10_000
"""Steps between two pauses: some milliseconds."""

MOST_STEPS = 10_000_000
"""What a game may yield in a match: decisions, simultaneous ones counted once, and rounds."""

MOST_IDLE = 1_000_000
"""What it may yield without any round in between."""


def steps(record: MatchRecord) -> Iterator[bool]:
    """The steps that a match may take, each with whether it is time for a pause.

    Raises:
        PluginError: as its last step, where the game has yielded too much to end at all.
    """
    return chain.from_iterable(_stretches(record))


def _stretches(record: MatchRecord) -> Iterator[tuple[bool, ...]]:
    """One stretch after another, as long as the match may go on."""
    stretch = (*(False,) * (STRETCH - 1), True)
    spec, idle = record.match.game.spec, 0
    for _ in range(MOST_STEPS // STRETCH):
        before = len(record.rounds)
        yield stretch
        idle = idle + STRETCH if len(record.rounds) == before else 0
        if idle >= MOST_IDLE:
            raise PluginError(
                f"{spec}: play() asked for {idle:,} decisions without a round; yield a Round for"
                " what decisions brought, and return at the end"
            )
    raise PluginError(
        f"{spec}: a match was not over after {MOST_STEPS:,} decisions and rounds; see to it that"
        " play() returns"
    )
