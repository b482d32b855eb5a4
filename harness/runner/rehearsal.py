"""Matches rehearsed: played to their end, with stand-ins for whoever would have to be asked."""

from __future__ import annotations

import asyncio
import itertools
import math
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from harness.match import Entry, Match
from harness.models.model import Model
from harness.models.prices import Prices
from harness.models.request import Reply, Request
from harness.play import play_async
from harness.runner.figures import NOTHING, Figures
from harness.runner.reckoning import Reckoner
from harness.runner.stand_in import Cast

__all__ = ["Rehearsed", "Table", "keys_of", "rehearse", "rehearse_all"]

FEWEST = 3
"""Rehearsals of a table, if it has as many matches, before it may be known well enough."""

PRECISE = 0.05
"""It is, once the standard error of the tokens that a match reads is this share of their mean."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A match rehearsed.

    Attributes:
        took: what the calls of each model took, by agent as specified.
        steps: calls that came one after another; those at the same time are one step.
    """

    took: dict[str, Figures]
    steps: int


def keys_of(match: Match) -> tuple[str, ...]:
    """The keys of a match's game and of those at its table."""
    return match.game.key, *[seat.key for seat in match.seats]


@dataclass(eq=False)
class Table:
    """The matches of a run that differ in nothing but chance.

    Attributes:
        game: the game.
        models: the models at the table, one for each seat that a model has.
        matches: the matches.
        rehearsed: what rehearsals of the first of them brought.
    """

    game: Entry
    models: tuple[Entry, ...]
    matches: list[Match]
    rehearsed: list[Rehearsed] = field(default_factory=list)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the game and of those at the table."""
        return keys_of(self.matches[0])

    @property
    def known(self) -> bool:
        """Whether further rehearsals would tell little."""
        n = len(self.rehearsed)
        if n < min(FEWEST, len(self.matches)):
            return False
        if n == len(self.matches):
            return True
        read = [sum(f.input_tokens.likely for f in r.took.values()) for r in self.rehearsed]
        return statistics.stdev(read) / math.sqrt(n) <= PRECISE * statistics.fmean(read)


async def rehearse_all(tables: Sequence[Table], cast: Cast, prices: Prices, until: float) -> None:
    """Rehearse a match of each game, then one of each table, then more where tables are not known.

    Args:
        tables: the tables.
        cast: who sits for whom.
        prices: what tokens cost.
        until: when no further match is to be under way, on the clock of `time.monotonic`; the first
            of each game are rehearsed all the same.

    Raises:
        PluginError: a game breaks the engine's contract.
    """
    took_s: dict[Entry, float] = {}

    async def go_on_with(table: Table) -> None:
        begun = time.monotonic()
        match = table.matches[len(table.rehearsed)]
        table.rehearsed.append(await rehearse(match, cast, prices))
        took_s[table.game] = time.monotonic() - begun

    there = _in_turn(tables)
    for table in there[: len({table.game for table in tables})]:
        await go_on_with(table)
    for n in itertools.count():
        there = [table for table in there if len(table.rehearsed) >= n and not table.known]
        if not there:
            return
        for table in there:
            if len(table.rehearsed) == n and time.monotonic() + took_s[table.game] <= until:
                await go_on_with(table)


def _in_turn(tables: Sequence[Table]) -> list[Table]:
    """The tables of all games by turns; of each game first those with models not yet seen there."""
    by_game: dict[Entry, list[Table]] = {}
    for table in tables:
        by_game.setdefault(table.game, []).append(table)
    orders = []
    for own in by_game.values():
        seen: set[Entry] = set()
        first: list[Table] = []
        later: list[Table] = []
        for table in own:
            (later if seen.issuperset(table.models) else first).append(table)
            seen.update(table.models)
        Random(0).shuffle(later)  # whatever there is time for is to be a fair sample
        orders.append(first + later)
    turns = itertools.zip_longest(*orders)
    return [table for turn in turns for table in turn if table is not None]


async def rehearse(match: Match, cast: Cast, prices: Prices) -> Rehearsed:
    """Play a match with stand-ins for its models; one that ends early counts as far as it came.

    Raises:
        PluginError: the game breaks the engine's contract.
    """
    course = _Course(cast, prices, asks_again=match.policy.reask > 0)
    await play_async(cast.of(match), course)
    return Rehearsed(course.took, course.steps)


class _Course:
    """Carries the calls of a match no further than to stand-ins, and reckons them."""

    def __init__(self, cast: Cast, prices: Prices, *, asks_again: bool) -> None:
        self.took: dict[str, Figures] = {}
        self.steps = 0
        self._cast = cast
        self._prices = prices
        self._asks_again = asks_again

    def for_player(
        self, match: str, player: int, agent: Entry
    ) -> Callable[..., Awaitable[Reply]] | None:
        """What a player calls; None for who is no model."""
        stand_in = self._cast.models.get(agent.spec)
        if stand_in is None:
            return None
        reckoner = Reckoner(stand_in, self._prices, asks_again=self._asks_again)

        async def call(number: int, model: Model, request: Request) -> Reply:
            begun = self.steps
            reply = await stand_in.reply(match, player, number, request)
            await asyncio.sleep(0)  # whoever is asked at the same time begins at the same step
            self.steps = max(self.steps, begun + 1)
            took = reckoner.take(request, reply)
            self.took[agent.spec] = self.took.get(agent.spec, NOTHING) + took
            return reply

        return call
