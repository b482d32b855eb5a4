"""The opponents that games offer, for the schedules that set them against every agent."""

from __future__ import annotations

from harness import registry
from harness.errors import UsageError, plugin_call
from harness.match import Entry
from harness.schedule import INVADE

__all__ = ["offered_by"]


def offered_by(
    games: list[Entry], schedule: str, known: dict[str, Entry]
) -> dict[str, list[Entry]]:
    """The exploiters or invaders that each game offers, by its key; equal ones are one entry.

    `known` has those that were built before, by key.

    Raises:
        UsageError: a game offers none.
    """
    found: dict[str, list[Entry]] = {}
    for game in games:
        with plugin_call(game.spec, "ladder"):
            ladder = game.what.ladder
        specs = () if ladder is None else ladder.invaders if schedule == INVADE else ladder.rungs
        if not specs:
            others = "invaders" if schedule == INVADE else "exploiters"
            raise UsageError(
                f"{game.spec} offers no {others}, which --schedule {schedule} needs; name"
                " opponents of your own in --agents, with --schedule versus"
            )
        rungs = [registry.build("agent", spec) for spec in specs]
        found[game.key] = [known.setdefault(rung.key, rung) for rung in rungs]
    return found
