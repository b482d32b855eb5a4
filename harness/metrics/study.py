"""What a family of metrics is, and what it is computed from: all that was played of one game.

An entry point of `folkbench.metrics` names a `Family`. `folk analyze` makes one `Study` per game,
from a run's log or from anybody's table of moves, and hands it to every family.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.game import Ladder
from harness.metrics.interval import Bounds, Estimate
from harness.metrics.seats import Seats, seats_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Family", "Findings", "Study", "settled"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Study:
    """All that was played of one game, and what is known of the game.

    Attributes:
        game: the game, as specified.
        moves: one row per match, round and player, sorted by these, with all of
            `harness.columns.MOVE_COLUMNS` and `table` (who played, whatever the seed). Only
            matches whose payoffs count are in it.
        matches: one row per match and player, whatever became of the match, with all of
            `harness.columns.MATCH_COLUMNS` and the game's measures.
        actions: the legal actions of each player, by player, in the order of `payoffs`; None where
            they are not a known finite list.
        payoffs: of the stage game, shape (players, actions of player 0, ..., of the last player);
            None where the game is no repeated game in normal form, or is not known.
        cooperative: the action that counts as cooperation, by player; None for a player to whom
            none does.
        facts: the rules for programs (`Game.facts`), and parameters; empty where not known.
        strategies: the mixed strategies that moves were drawn from, one row per decision and legal
            action: `match, round, player, agent, block, table, game, action, probability`; None
            where none was read.
        seed: of resampling.
        stages: one row per match and stage, with all of `harness.columns.STAGE_COLUMNS` and the
            game's numbers; None where the game has no stages, or they are not known.
        ladder: the exploiters that the game offers (`Game.ladder`); None where it has none, or is
            not known.
    """

    game: str
    moves: pd.DataFrame
    matches: pd.DataFrame
    actions: tuple[tuple[Any, ...], ...] | None = None
    payoffs: Floats | None = None
    cooperative: tuple[Any, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    strategies: pd.DataFrame | None = None
    seed: int = 0
    stages: pd.DataFrame | None = None
    ladder: Ladder | None = None

    @cached_property
    def seats(self) -> Seats:
        """The moves as arrays, a row for each player of each match; made once.

        All agents of `matches` are named in it, also those of whose matches none counts.
        """
        return seats_of(self.moves, self.actions, list(map(str, self.matches["agent"].unique())))


@dataclass(frozen=True)
class Findings:
    """What a family found.

    Attributes:
        agents: estimates by agent and by the metric's public name. A metric that there was no
            opportunity for is an estimate without a value; one that does not apply to the game is
            left out.
        details: what is no number of one agent, such as matrices and equilibria, as JSON data.
        notes: what a reader of the numbers has to know, a sentence each.
    """

    agents: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Family:
    """Metrics that are computed together.

    Attributes:
        metrics: what each metric is, by its public name: meaning, unit, source.
        compute: computes them. It reads no file, calls no model, and gives empty findings for a
            game that the family says nothing of.
        about: what they are about together, a sentence.
        bounds: the least and the greatest that a metric can be, where intervals are cut; none for
            one that is not named.
    """

    compute: Callable[[Study], Findings]
    metrics: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    bounds: Mapping[str, Bounds] = field(default_factory=dict)


def settled(estimate: Estimate) -> Estimate:
    """An estimate as it is told: n of 0 without a value, no interval of width 0.

    What cannot be told rests on nothing; and where bounds coincide, as after matches that all went
    alike, nothing is known of how far the number would vary.

    >>> settled(Estimate(None, None, None, 7))
    Estimate(value=None, low=None, high=None, n=0)
    >>> settled(Estimate(1.0, 1.0, 1.0, 7))
    Estimate(value=1.0, low=None, high=None, n=7)
    """
    if estimate.value is None:
        return Estimate(None, None, None, 0)
    if estimate.low is None or estimate.high is None:
        return estimate
    scale = max(1.0, abs(estimate.low), abs(estimate.high))
    wide = estimate.high - estimate.low > 1e-12 * scale
    return estimate if wide else replace(estimate, low=None, high=None)
